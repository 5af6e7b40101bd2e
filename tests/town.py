"""A town in which scenarios play: the whole helpline, a practice carrier, phones, and people at consoles.

Everything is real but the carrier and the calendar: time passes as it does, and `Town.later` moves the helpline's
clock on. What is waited for is a condition, never a length of time.
"""

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from config.directory import Line
from helpline import demonstration
from helpline.app import Helpline, serving, working
from helpline.check import Configuration, read_configuration
from helpline.clock import SECOND, SystemClock
from helpline.practice.carrier import PracticeCarrier
from helpline.practice.phones import Phone
from helpline.store import contacts
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.tables import contacts as contacts_table

T = TypeVar("T")

SPEED = 30.0
"""How much faster the carrier speaks and waits than life."""

_PORTS = random.SystemRandom()  # tests run beside each other

PATIENCE_S = 10.0
"""Real seconds after which what was waited for has not happened."""

ACCOUNT = "AC" + "5a" * 16
TOKEN = "kestrel-otter-lantern-meadow-51"


class HandClock(SystemClock):
    """The system's clock, which a test can move on."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0

    def now(self) -> int:
        return super().now() + self._ahead

    def drift(self) -> int:
        return 0

    def advance(self, seconds: float) -> None:
        self._ahead += int(seconds * SECOND)


async def until(look: Callable[[], Any], what: str = "it") -> Any:
    """Wait until ``look`` (plain or awaitable) gives something true, and give it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {PATIENCE_S:g} s")
        await asyncio.sleep(0.005)


@dataclass
class Counsellor:
    """A person at the console, over HTTP as a browser would, with a phone beside it."""

    town: "Town"
    sign_in: str
    http: aiohttp.ClientSession
    phone: Phone
    csrf: str = ""
    seen: dict[str, Any] = field(default_factory=dict)

    async def post(self, path: str, **form: Any) -> dict[str, Any]:
        """Do something at the console; a refusal comes back with its status."""
        data = list(form.items()) + [("csrf", self.csrf)]
        headers = {"Accept": "application/json"}
        async with self.http.post(self.town.url + path, data=data, headers=headers, allow_redirects=False) as answer:
            body = await answer.json() if answer.content_type == "application/json" else {}
            return {"status": answer.status, **body}

    async def signs_in(self) -> None:
        form = {"name": self.sign_in, "password": demonstration.PASSWORD}
        async with self.http.post(f"{self.town.url}/console/sign-in", data=form, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
        async with self.http.get(f"{self.town.url}/console/me") as answer:
            self.csrf = (await answer.text()).split('name="csrf" value="')[1].split('"')[0]

    async def state(self) -> dict[str, Any]:
        """The desk as its page sees it."""
        async with self.http.get(self.town.url + "/console/desk/state") as answer:
            assert answer.status == 200, await answer.text()
            self.seen = await answer.json()
            return self.seen

    async def duty(self, to: str) -> None:
        answer = await self.post("/console/desk/duty", to=to)
        assert answer["status"] == 200, answer

    async def is_offered(self) -> dict[str, Any]:
        """Wait for an offer to ring."""

        async def look() -> Any:
            return (await self.state())["offer"]

        return dict(await until(look, f"an offer to {self.sign_in}"))

    async def accepts(self) -> dict[str, Any]:
        """Take the offer that rings; the person's own phone is called then."""
        offer = await self.is_offered()
        path = f"/console/desk/offers/{offer['assignment']}/accept"
        answer = await self.post(path, version=offer["version"])
        assert answer["status"] == 200, answer
        return offer

    async def declines(self) -> dict[str, Any]:
        offer = await self.is_offered()
        answer = await self.post(f"/console/desk/offers/{offer['assignment']}/decline", version=offer["version"])
        assert answer["status"] == 200, answer
        return offer

    async def picks_up(self) -> Any:
        """Answer the phone that rings, and press the key."""
        call = await self.phone.rings(PATIENCE_S)
        await call.answer()
        await call.hears("press 1")
        await call.press("1")
        return call

    async def is_in_duty(self, state: str) -> None:
        async def look() -> bool:
            return bool((await self.state())["duty"]["state"] == state)

        await until(look, f"{self.sign_in} being {state}")

    async def is_with(self, contact_state: str) -> dict[str, Any]:
        """Wait until the contact that this person has is in that state."""

        async def look() -> Any:
            has = (await self.state())["contact"]
            return has if has and has["contact_state"] == contact_state else None

        return dict(await until(look, f"{self.sign_in} having a contact that is {contact_state}"))

    async def writes(self, contact: str, **content: str) -> dict[str, Any]:
        """Save the record's draft as the form posts it."""
        return await self.post(f"/console/contacts/{contact}/record", **content)


@dataclass
class Town:
    """See the module. ``configuration`` is what the helpline was started with."""

    helpline: Helpline
    carrier: PracticeCarrier
    clock: HandClock
    url: str
    stack: AsyncExitStack
    configuration: Configuration

    async def child(self, number: str = "+260971234567", withheld: bool = False) -> Phone:
        return self.carrier.phone(number, withheld=withheld)

    async def person(self, sign_in: str, *, duty: bool = True) -> Counsellor:
        """A demonstration worker, signed in; on duty unless told otherwise."""
        jar = aiohttp.CookieJar(unsafe=True)
        http = await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        number = next(one.number for one in demonstration.STAFF if one.sign_in == sign_in)
        person = Counsellor(self, sign_in, http, self.carrier.phone(number))
        await person.signs_in()
        if duty:
            await person.duty("on")
        return person

    async def later(self, seconds: float) -> None:
        """Time passes for the helpline: what is due by then is done."""
        self.clock.advance(seconds)
        self.helpline.timers.nudge()
        self.helpline.dispatcher.nudge()
        self.helpline.outbox.nudge()

    async def contacts(self) -> list[Contact]:
        """All contacts, the oldest first."""

        def look(tx: Tx) -> list[Contact]:
            ids = [id for (id,) in tx.execute(contacts_table.select().with_only_columns(contacts_table.c.id))]
            return sorted((contacts.get(tx, id) for id in ids), key=lambda one: one.id)

        return await self.helpline.store.read(look)

    async def contact(self) -> Contact:
        """The newest."""
        return (await self.contacts())[-1]

    async def becomes(self, state: str) -> Contact:
        """Wait until the newest contact is in a state."""

        async def look() -> Contact | None:
            found = await self.contacts()
            return found[-1] if found and found[-1].state == state else None

        found: Contact = await until(look, f"the contact becoming {state}")
        return found

    async def is_quiet(self) -> None:
        """Wait until nothing is under way between us and the carrier."""

        async def look() -> bool:
            await self.carrier.settled()
            return not await self.helpline.store.read(_pending)

        await until(look, "quiet")


def _pending(tx: Tx) -> int:
    from helpline.store.effects import pending

    return sum(count for kind, count in pending(tx).items() if not kind.startswith("delete_"))


def free_port() -> int:
    """Below those that a system gives to whoever connects: nobody's client takes it until it is served."""
    while True:
        port = _PORTS.randrange(12_000, 32_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def settings_for(data_dir: Path, port: int, carrier_url: str, **more: str) -> dict[str, str]:
    return {
        "HELPLINE_MODE": "demonstration",
        "HELPLINE_INVENTED_PAST": "false",  # a town begins with nobody in it
        "HELPLINE_DATA_DIR": str(data_dir),
        "HELPLINE_PORT": str(port),
        "HELPLINE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HELPLINE_TWILIO__ACCOUNT_SID": ACCOUNT,
        "HELPLINE_TWILIO__AUTH_TOKEN": TOKEN,
        "HELPLINE_TWILIO__API_BASE_URL": carrier_url,
        **more,
    }


def with_line(configuration: Configuration, **changes: Any) -> Configuration:
    """The same with another children's line."""
    line = configuration.directory.lines["children"]
    changed: Mapping[str, Line] = {"children": line.model_copy(update=changes)}
    return replace(configuration, directory=replace(configuration.directory, lines=changed))


def _without_cover(configuration: Configuration) -> Configuration:
    ladders = configuration.directory.ladders
    causes = {cause: name for cause, name in ladders.causes.items() if not cause.endswith("_uncovered")}
    calm = replace(configuration.directory, ladders=ladders.model_copy(update={"causes": causes}))
    return replace(configuration, directory=calm)


@asynccontextmanager
async def town(
    data_dir: Path,
    *,
    speed: float = SPEED,
    seed: int = 1,
    change: Callable[[Configuration], Configuration] | None = None,
    cover: bool = False,
) -> AsyncIterator[Town]:
    """A helpline on a free port with its carrier; at the end the carrier has seen no error of ours.

    ``cover``: a line or a language with nobody on duty climbs a ladder, besides being an alarm. In a town with two
    people somebody would always be told of it.
    """
    clock = HandClock()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(
            PracticeCarrier(
                account_sid=ACCOUNT,
                auth_token=TOKEN,
                numbers=["116", "+260116", "+260950000100"],
                voice_url=f"{url}/webhooks/twilio/voice",
                status_url=f"{url}/webhooks/twilio/status",
                message_url=f"{url}/webhooks/twilio/messages",
                fallback_number="+260950000116",
                speed=speed,
                seed=seed,
                stop_words=False,  # as docs/operating.md asks of the account
            )
        )
        configuration = read_configuration(settings_for(data_dir, port, carrier.url))
        if not cover:
            configuration = _without_cover(configuration)
        if change is not None:
            configuration = change(configuration)
        helpline = await stack.enter_async_context(working(configuration, clock=clock))
        await stack.enter_async_context(serving(helpline.app, "127.0.0.1", port))
        yield Town(helpline, carrier, clock, url, stack, configuration)
        assert carrier.errors == [], carrier.errors
