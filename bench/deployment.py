"""A helpline of the bench's own: an empty folder, a free port, invented secrets."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from config.secrets import make_secrets
from helpline.check import Configuration, read_configuration
from helpline.clock import SystemClock, ids_from
from helpline.house import House
from helpline.privacy import Vault, pseudonym
from helpline.store.db import Store, Unit
from helpline.store.engine import open_store
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.twiml import TwimlRenderer
from webhooks.twilio.voices import PromptVoices

T = TypeVar("T")

_PORTS = random.SystemRandom()  # two benches may run beside each other

ACCOUNT = "AC" + "5a" * 16
TOKEN = "kestrel-otter-lantern-meadow-51"
STARTS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where it is, and where it looks for its carrier. ``database`` and ``redis``: their URLs; SQLite without."""

    folder: Path
    port: int
    carrier_url: str = "http://127.0.0.1:9"
    database: str = ""
    redis: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Its settings, as environment variables."""
        return {
            "HELPLINE_MODE": "demonstration",
            "HELPLINE_INVENTED_PAST": "false",
            "HELPLINE_DATA_DIR": str(self.folder),
            "HELPLINE_PORT": str(self.port),
            "HELPLINE_PUBLIC_URL": self.url,
            "HELPLINE_TWILIO__ACCOUNT_SID": ACCOUNT,
            "HELPLINE_TWILIO__AUTH_TOKEN": TOKEN,
            "HELPLINE_TWILIO__API_BASE_URL": self.carrier_url,
            "HELPLINE_LOG__LEVEL": "error",
            **({"HELPLINE_DATABASE_URL": self.database} if self.database else {}),
            **({"HELPLINE_REDIS_URL": self.redis} if self.redis else {}),
        }

    def configuration(self) -> Configuration:
        return read_configuration(self.environment)


def new_deployment(folder: Path, carrier_url: str = "http://127.0.0.1:9") -> Deployment:
    """One on a free port, with its secrets made."""
    folder.mkdir(parents=True, exist_ok=True)
    make_secrets(folder)
    return Deployment(folder, free_port(), carrier_url)


def free_port() -> int:
    """Below those that a system gives to whoever connects: no client of the bench takes it until it is served."""
    while True:
        port = _PORTS.randrange(12_000, 32_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def house_of(configuration: Configuration) -> House:
    """What services are handed, as the composition root hands it."""
    settings = configuration.settings
    edge = TwilioEdge(settings.twilio.account_sid, settings.twilio.auth_tokens, settings.public_url)
    voices = PromptVoices(configuration.prompts, configuration.languages, "en", bare=True)
    chance = random.Random(116)
    return House(
        directory=configuration.directory,
        scripts=configuration.scripts,
        policies=configuration.policies,
        vault=Vault(settings.vault_keys, settings.hash_key.get_secret_value(), country_code=settings.country_code),
        renderer=TwimlRenderer(edge, voices),
        pseudonym=lambda: pseudonym(chance),
        prompts=configuration.prompts,
        text_scripts=configuration.text_scripts,
    )


def in_store(url: str, unit: Unit[T]) -> T:
    """Run one unit in a store that nobody serves now; its tables are made if they are not there."""

    async def work() -> T:
        store = await opened(url)
        try:
            return await store.write(unit)
        finally:
            await store.close()

    return asyncio.run(work())


async def opened(url: str) -> Store:
    clock = SystemClock()
    return await open_store(url, clock, ids_from(clock))


@contextmanager
def process(arguments: list[str], environment: Mapping[str, str], ready: Callable[[], bool]) -> Iterator[int]:
    """A child process from the moment it is ready; gives its id, and ends it with the block."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HELPLINE_")}
    with subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env={**own, **environment},
        stdout=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parent.parent,
    ) as child:
        try:
            until = time.monotonic() + STARTS_WITHIN_S
            while not ready():
                if child.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{' '.join(arguments)} did not start")
                time.sleep(0.005)
            yield child.pid
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()


def answers(url: str) -> bool:
    """Whether a GET of this address is answered with 200 now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
