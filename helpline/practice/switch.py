"""The switch: everything that the carrier knows and does, without its web server."""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urljoin

from helpline.practice import calls
from helpline.practice.calls import Call, Fetch
from helpline.practice.conferences import ADD_FAILED, Conferences
from helpline.practice.delivery import Courier, Delivery
from helpline.practice.faults import Faults
from helpline.practice.interpreter import (
    Interpreter,
    Parked,
    announce,
    answered,
    finish,
)
from helpline.practice.messages import Messages
from helpline.practice.phones import Phones
from helpline.practice.sounds import Recording, Sounds
from helpline.practice.timing import Bell, PracticeClock, Sids
from helpline.practice.twiml import Callback, TwimlError

T = TypeVar("T")

WITHHELD = ("Anonymous", "+266696687", "Restricted")
"""What arrives in place of a number that is withheld; the first is the usual one."""


@dataclass(frozen=True, slots=True)
class Line:
    """How the helpline's numbers are configured at the carrier.

    `fallback_url` is asked when the helpline fails; without one `fallback_number` is dialled (which is what a
    document hosted at the carrier would do); without either the caller hears the apology.
    """

    account_sid: str
    auth_token: str
    numbers: tuple[str, ...]
    voice_url: str
    fallback_url: str | None = None
    fallback_number: str | None = None
    status_url: str | None = None
    message_url: str | None = None


@dataclass(frozen=True, slots=True)
class CarrierError:
    """An entry of the carrier's error log. Holds no number and no text."""

    code: int
    message: str
    call_sid: str | None
    url: str = ""


class Switch:
    """Calls, conferences, recordings and the phones at their ends."""

    def __init__(self, line: Line, *, speed: float, seed: int, webhook_timeout: float) -> None:
        self.line = line
        self.account_sid = line.account_sid
        self.clock = PracticeClock(speed)
        self.sids = Sids(random.Random(seed))
        self.faults = Faults(seed)
        self.bell = Bell()
        self.errors: list[CarrierError] = []
        self.warnings: list[CarrierError] = []
        self.courier = Courier(line.auth_token, self.faults, self.spawn, self.warn, webhook_timeout)
        self.sounds = Sounds(self.courier, self.clock)
        self.calls: dict[str, Call] = {}
        self.recordings: dict[str, Recording] = {}
        self.conferences = Conferences(self)
        self.phones = Phones(self)
        self.messages = Messages(self)
        self.url = ""
        self._tasks: set[asyncio.Future[Any]] = set()

    # Work that goes on by itself

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work that the switch looks after until it closes."""
        task = asyncio.ensure_future(work)
        self.keep(task)
        return task

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Look after work that was started elsewhere."""
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        problem = None if task.cancelled() else task.exception()
        if problem is not None and not isinstance(problem, TwimlError):
            # A fault of the carrier itself: tests see it, a person reads it. Where, and not what: no number leaks.
            place = traceback.extract_tb(problem.__traceback__)[-1]
            what = f"The practice carrier failed: {type(problem).__name__} at {place.name}:{place.lineno}"
            self.errors.append(CarrierError(0, what, None))

    async def close(self) -> None:
        """End all work."""
        while self._tasks:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.wait(self._tasks, timeout=10.0)  # and told again: a cancellation can get lost on its way
        await self.courier.close()

    def report(self, problem: TwimlError, call: Call | None, url: str = "") -> None:
        """Write an error into the carrier's log."""
        self.errors.append(CarrierError(problem.code, problem.message, call.sid if call else None, url))
        self.bell.ring()

    def warn(self, problem: TwimlError, delivery: Delivery | None) -> None:
        """Write a warning: something that does not harm a call."""
        self.warnings.append(CarrierError(problem.code, problem.message, None, delivery.url if delivery else ""))

    # Addresses

    def absolute(self, url: str, base: str | None) -> str:
        """A URL relative to the document that named it. Raises TwimlError (11100) where there is no such document."""
        if base is None and not url.startswith(("http://", "https://")):
            raise TwimlError(11100, "A relative URL in a document that came from nowhere")
        return urljoin(base or "", url) if url else str(base)

    def api_url(self, path: str) -> str:
        """The address of a REST resource of our account."""
        return f"{self.url}/2010-04-01/Accounts/{self.account_sid}/{path}"

    def is_ours(self, address: str) -> bool:
        """Whether an address is one of the helpline's: a number as configured, or its `sip:` form at any host."""
        bare = address.removeprefix("sip:").partition("@")[0] if address.startswith("sip:") else address
        return bare in self.line.numbers or address in self.line.numbers

    # Calls

    def new_call(self, from_: str, to: str, direction: str, phone_number: str) -> Call:
        """Enter a call into the books; `phone_number` is whose handset is at its far end."""
        now = self.clock.now()
        call = Call(
            self.sids.new("CA"),
            self.account_sid,
            from_,
            to,
            direction,
            phone_number,
            now,
            updated=now,
        )
        call.above = self.bell
        self.calls[call.sid] = call
        self.phones.connect(call)
        return call

    def incoming(self, from_: str, to: str, phone_number: str) -> Call:
        """A phone calls the helpline. The call lives by itself from here."""
        call = self.new_call(from_, to, "inbound", phone_number)
        call.status = calls.RINGING
        call.started = self.clock.now()
        line = self.line
        if line.status_url is not None:
            call.callback = Callback(line.status_url, "POST", frozenset({"completed"}))
        call.fallback = Fetch(line.fallback_url) if line.fallback_url else None
        call.fallback_number = line.fallback_number
        call.decide(calls.ANSWERED)
        self.lead(call, Fetch(line.voice_url))
        call.changed()
        return call

    def outgoing(self, call: Call, target: object, timeout: float, detect_machine: bool) -> None:
        """Ring a phone, and lead the call when it answers. `timeout` in seconds, to which the carrier adds five."""
        self.spawn(self._outgoing(call, target, timeout + 5, detect_machine))
        if self.is_ours(call.to):
            self.spawn(self._comes_in(call))

    async def _comes_in(self, call: Call) -> None:
        """One of our own numbers is rung: the call arrives there as any other, and what one end does the other has."""
        there = self.incoming(call.from_, call.to, call.from_)
        await there.bell.until(lambda: there.answered_at is not None or there.is_over, None)
        call.decide(calls.BUSY if there.answered_at is None else calls.ANSWERED)
        await self.bell.until(lambda: there.is_over or call.is_over, None)
        call.hang_up()
        there.hang_up()

    async def _outgoing(self, call: Call, target: object, timeout: float, detect_machine: bool) -> None:
        if not await self.ring(call, timeout):
            if call.seat is not None:
                self.conferences.leave(call.seat, ADD_FAILED)
            return
        if detect_machine:
            machine = self.phones.is_machine(call)
            await self.clock.pause(4 if machine else 2)
            call.answered_by = "machine_start" if machine else "human"
        if call.stopping:
            finish(self, call, calls.COMPLETED)
            return
        self.lead(call, target)

    async def ring(self, call: Call, timeout: float) -> bool:
        """Ring the phone of an outgoing call for `timeout` carrier seconds. True when it was answered."""
        announce(self, call, "initiated", "initiated")
        await self.clock.pause(0.2)
        call.status = calls.RINGING
        call.started = self.clock.now()
        if not call.decision.done():
            announce(self, call, "ringing", calls.RINGING)
            call.changed()
            self.phones.ring(call)
        await asyncio.wait({call.decision}, timeout=self.clock.real(timeout))
        call.decide(calls.NO_ANSWER)
        if call.decision.result() != calls.ANSWERED:
            finish(self, call, call.decision.result())
            return False
        answered(self, call)
        return True

    def lead(self, call: Call, target: object) -> None:
        """Put a conductor on a live call: it follows a Fetch or a Document."""
        self.spawn(Interpreter(self, call).live(target))

    def lead_to_bridge(self, call: Call, whisper: Fetch | None) -> None:
        """Put a conductor on a leg that another leg's Dial has called; `whisper` is played to it first."""
        self.lead(call, Parked(whisper))

    def answered(self, call: Call) -> None:
        """The line picks up."""
        answered(self, call)
