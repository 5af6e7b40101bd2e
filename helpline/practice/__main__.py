"""Run the practice carrier: `python -m helpline.practice --help`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys

from helpline.practice.carrier import PracticeCarrier


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m helpline.practice",
        description="A carrier on a laptop: calls the helpline as Twilio does, and serves a page with phones.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8117, help="default: %(default)s")
    parser.add_argument(
        "--account-sid",
        default=os.environ.get("PRACTICE_ACCOUNT_SID"),
        help="or PRACTICE_ACCOUNT_SID",
    )
    parser.add_argument(
        "--auth-token",
        default=os.environ.get("PRACTICE_AUTH_TOKEN"),
        help="or PRACTICE_AUTH_TOKEN, which other users of the machine cannot see in the list of processes",
    )
    parser.add_argument("--webhook-url", default="http://127.0.0.1:8116/webhooks/twilio/voice")
    parser.add_argument("--status-url", help="told when an incoming call ends")
    parser.add_argument("--message-url", help="asked about texts")
    parser.add_argument("--fallback-url", help="asked when the webhook fails")
    parser.add_argument(
        "--fallback-number",
        help="called when the webhook fails and there is no --fallback-url",
    )
    parser.add_argument(
        "--number",
        action="append",
        help="a number of the helpline; give it once for each",
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="how many times faster than life (default: 1)",
    )
    parser.add_argument(
        "--no-stop-words",
        action="store_true",
        help="the account's default stop words are switched off, as a helpline has them",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=None,
        help="for identifiers and faults (default: by chance)",
    )
    parser.add_argument(
        "--until-stdin-ends",
        action="store_true",
        help="stop when standard input is closed: with whoever started this, however they end",
    )
    given = parser.parse_args()
    if not given.account_sid or not given.auth_token:
        parser.error("--account-sid and --auth-token are required (or PRACTICE_ACCOUNT_SID and PRACTICE_AUTH_TOKEN)")
    return given


async def _serve(given: argparse.Namespace) -> None:
    carrier = PracticeCarrier(
        account_sid=given.account_sid,
        auth_token=given.auth_token,
        voice_url=given.webhook_url,
        numbers=given.number or ["116", "+260116"],
        fallback_url=given.fallback_url,
        fallback_number=given.fallback_number,
        status_url=given.status_url,
        message_url=given.message_url,
        speed=given.speed,
        # A new seed each time, so that a new run's identifiers are not taken for an earlier run's.
        seed=int.from_bytes(os.urandom(6), "big") if given.seed is None else given.seed,
        host=given.host,
        stop_words=not given.no_stop_words,
        port=given.port,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(sign, stop.set)
    if given.until_stdin_ends:
        loop.add_reader(sys.stdin.fileno(), _read_on, loop, stop)
    async with carrier:
        print(f"Practice phones: {carrier.url}/", flush=True)
        await stop.wait()


def _read_on(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Pass over what standard input holds, until its end."""
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()


def main() -> int:
    """Serve until interrupted. 2 for a setting that cannot be, 1 for a port that is taken."""
    given = _arguments()
    try:
        asyncio.run(_serve(given))
    except ValueError as problem:
        print(f"practice carrier: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(
            f"practice carrier: cannot serve on port {given.port}: {problem.strerror}",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
