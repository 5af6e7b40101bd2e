"""The practice carrier beside a demonstration: a process of its own, which ends with ours."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from helpline.check import Configuration
from helpline.errors import Refused, Unavailable

STOP_WITHIN_S = 5.0


@contextmanager
def practice_carrier(configuration: Configuration) -> Iterator[None]:
    """Runs where the settings look for the carrier, with the demonstration's account.

    Raises Refused ("practice_in_production") and Unavailable ("practice_not_started"); the carrier has then said why.
    """
    settings = configuration.settings
    if not settings.is_demonstration:
        raise Refused("practice_in_production", "The practice carrier runs beside a demonstration only.")
    process = subprocess.Popen(
        _command(configuration),
        env=_environment(configuration),
        stdin=subprocess.PIPE,  # held open for as long as this process lives, however it ends
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # asked for just now
        started = process.stdout.readline()  # one line, once it serves
        if not started:
            raise Unavailable("practice_not_started", "The practice carrier did not start.")
        print(started, end="", flush=True)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _command(configuration: Configuration) -> list[str]:
    settings, lines = configuration.settings, configuration.directory.lines.values()
    place = urlsplit(settings.twilio.api_base_url)
    webhooks = f"{settings.public_url}/webhooks/twilio"
    command = [sys.executable, "-m", "helpline.practice", "--until-stdin-ends"]
    command += ["--host", "127.0.0.1" if place.hostname == "localhost" else place.hostname or "127.0.0.1"]
    command += ["--port", str(place.port or 80)]
    command += ["--webhook-url", f"{webhooks}/voice", "--status-url", f"{webhooks}/status"]
    command += ["--message-url", f"{webhooks}/messages", "--no-stop-words"]
    for line in lines:
        for address in (*line.addresses, line.test_from):
            if address is not None and "*" not in address:
                command += ["--number", address]
    fallback = next((line.fallback_number for line in lines), None)
    return [*command, *(["--fallback-number", fallback] if fallback else [])]


def _environment(configuration: Configuration) -> dict[str, str]:
    """The secrets go by the environment, which other users of the machine cannot read; ours stay here."""
    twilio = configuration.settings.twilio
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HELPLINE_")}
    account = {
        "PRACTICE_ACCOUNT_SID": twilio.account_sid,
        "PRACTICE_AUTH_TOKEN": twilio.auth_token.get_secret_value(),
    }
    return kept | account
