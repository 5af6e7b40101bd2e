"""The phones at the far ends: who they are, how they answer, what was heard and pressed on them.

Everything that a test or the page does, it does through these. Waiting times are real seconds; what is waited
for happens on the carrier's clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from helpline.practice import calls
from helpline.practice.calls import Call, Caption
from helpline.practice.conferences import IN_PROGRESS, Room
from helpline.practice.twiml import TwimlError

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

T = TypeVar("T")

ANSWERS = ("manual", "person", "machine", "never", "busy", "rejects", "unreachable")
"""How a phone answers: by somebody's hand, by a person after two seconds, by a machine after four, and so on."""
GREETING = "I cannot come to the phone. Leave a message after the tone."
_KEYS = frozenset("0123456789*#")


class NotHeard(AssertionError):
    """What was waited for did not happen; the transcript of the call says what did."""


class PhoneCall:
    """A call as the person with the phone has it."""

    def __init__(self, switch: Switch, phone: Phone, call: Call) -> None:
        self._switch = switch
        self._heard = 0
        self.phone = phone
        self.call = call
        self.given = call.direction == "inbound"

    @property
    def sid(self) -> str:
        """The carrier's identifier of this leg."""
        return self.call.sid

    @property
    def state(self) -> str:
        """queued, ringing, in-progress, completed, busy, no-answer, failed or canceled."""
        return self.call.status

    @property
    def transcript(self) -> list[str]:
        """All that was heard, said and pressed, a line each."""
        return list(self.call.transcript)

    @property
    def captions(self) -> list[Caption]:
        """All that was heard."""
        return list(self.call.captions)

    @property
    def application_error(self) -> TwimlError | None:
        """The error for which the carrier apologised and hung up, or None."""
        return self.call.application_error

    @property
    def fell_back(self) -> bool:
        """Whether the carrier turned to the number's fallback."""
        return self.call.fell_back

    @property
    def room(self) -> Room | None:
        """The conference in which this call sits."""
        seat = self.call.seat
        return seat.room if seat is not None and seat.joined else None

    @property
    def is_connected(self) -> bool:
        """Whether there is somebody to talk to."""
        return self.call.peer is not None or (self.room is not None and self.room.status == IN_PROGRESS)

    async def hears(self, text: str, timeout: float = 5.0, language: str | None = None) -> Caption:
        """Wait until a caption that holds `text` began, counted from the last match; case does not matter.

        Raises NotHeard with the transcript after `timeout` real seconds, or as soon as the call has ended.
        """

        def look() -> Caption | None:
            for place in range(self._heard, len(self.call.captions)):
                caption = self.call.captions[place]
                if text.casefold() in caption.text.casefold() and language in (
                    None,
                    caption.language,
                ):
                    self._heard = place + 1
                    return caption
            return None

        return await self._until(look, timeout, f"did not hear {text!r}")

    async def press(self, digits: str) -> None:
        """Press keys, one after the other."""
        if not digits or not set(digits) <= _KEYS:
            raise ValueError("keys are 0-9, * and #")
        for digit in digits:
            self.call.press(digit)
        await asyncio.sleep(0)

    async def says(self, text: str) -> None:
        """Speak: the others in the conversation hear it, or a recording takes it."""
        self.call.say(text)
        await asyncio.sleep(0)

    async def answer(self) -> None:
        """Pick up a ringing phone."""
        self.call.decide(calls.ANSWERED)
        await self._until(
            lambda: self.state not in (calls.QUEUED, calls.RINGING),
            5,
            "could not answer",
        )

    async def reject(self) -> None:
        """Refuse a ringing call."""
        self.call.decide(calls.BUSY)
        await self.ended()

    async def hang_up(self) -> None:
        """End the call, and wait until it has ended."""
        if not self.call.is_over:
            self.call.note("hangs up")
            self.call.hang_up()
            await self.ended()

    async def ended(self, timeout: float = 5.0) -> str:
        """Wait for the end of the call, and give its last state."""
        await self._until(lambda: self.call.is_over, timeout, "the call did not end")
        return self.state

    async def answered(self, timeout: float = 5.0) -> None:
        """Wait until the other side has picked up."""
        await self._until(
            lambda: self.call.answered_at is not None,
            timeout,
            "the call was not answered",
        )

    async def in_conference(self, timeout: float = 5.0, *, alone: bool = False) -> Room:
        """Wait until this call is in a conference with somebody else (or, if `alone`, in a conference at all)."""
        return await self._until(
            lambda: self.room if self.room and (alone or self.is_connected) else None,
            timeout,
            "is in no conference",
        )

    async def out_of_conference(self, timeout: float = 5.0) -> None:
        """Wait until this call is in no conference."""
        await self._until(
            lambda: self.room is None or self.call.is_over,
            timeout,
            "is still in the conference",
        )

    async def connected(self, timeout: float = 5.0) -> None:
        """Wait until there is somebody to talk to, in a conference or directly."""
        await self._until(lambda: self.is_connected, timeout, "is not connected")

    async def _until(self, look: Callable[[], T | None], timeout: float, what: str) -> T:
        def look_or_give_up() -> T | None:
            found = look()
            if not found and self.call.is_over:
                raise NotHeard(self._story(f"{what}, and the call has ended"))
            return found

        try:
            return await self.call.bell.until(look_or_give_up, timeout)
        except TimeoutError:
            raise NotHeard(self._story(f"{what} within {timeout:g} s")) from None

    def _story(self, what: str) -> str:
        lines = "\n".join(f"    {line}" for line in self.call.transcript) or "    (nothing)"
        return f"{what} (state {self.state}). What happened:\n{lines}"


@dataclass(slots=True, eq=False)
class Text:
    """A text between a phone and the helpline; ``sent`` when the phone wrote it.

    ``channel`` is sms or whatsapp, ``line`` the helpline's number. ``state`` is the carrier's word for a text to the
    phone (queued, sent, delivered, read, undelivered); what the phone wrote is sending, taken, or lost when the
    helpline did not answer.
    """

    sid: str
    channel: str
    line: str
    body: str
    sent: bool
    at: datetime
    state: str


@dataclass(eq=False)
class Phone:
    """A phone. `withheld` is what arrives in place of its number, or None; `answers` is one of ANSWERS.

    `texts` are those that it wrote or has received; `thread` holds those on the way to it and those that failed too.
    """

    switch: Switch
    number: str
    answers: str = "manual"
    withheld: str | None = None
    calls: list[PhoneCall] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    thread: list[Text] = field(default_factory=list)
    _read: int = 0

    async def dial(self, to: str) -> PhoneCall:
        """Call one of the helpline's numbers, as it would be dialled (116, +260116, sip:116@host)."""
        if not self.switch.is_ours(to):
            raise ValueError("the helpline has no such number at this carrier")
        call = self.switch.incoming(self.withheld or self.number, to, self.number)
        await asyncio.sleep(0)
        return next(one for one in reversed(self.calls) if one.call is call)

    async def rings(self, timeout: float = 5.0) -> PhoneCall:
        """Wait for the next call to this phone that nobody has been given yet."""

        def look() -> PhoneCall | None:
            waiting = (one for one in self.calls if not one.given and one.call.started is not None)
            return next(waiting, None)

        try:
            incoming = await self.switch.bell.until(look, timeout)
        except TimeoutError:
            raise NotHeard(f"the phone did not ring within {timeout:g} s") from None
        incoming.given = True
        return incoming

    async def text(self, to: str, body: str) -> None:
        """Send a text to one of the helpline's numbers, and wait until the helpline has been asked about it.

        By WhatsApp when ``to`` says so (whatsapp:+260116). Raises ValueError for a number that is not the helpline's.
        """
        await self.switch.messages.receive(self, to, body)

    async def receives(self, text: str, timeout: float = 5.0) -> Text:
        """Wait for a text that holds `text`, counted from the last match."""

        def look() -> Text | None:
            for place in range(self._read, len(self.texts)):
                if not self.texts[place].sent and text.casefold() in self.texts[place].body.casefold():
                    self._read = place + 1
                    return self.texts[place]
            return None

        try:
            return await self.switch.bell.until(look, timeout)
        except TimeoutError:
            bodies = "\n".join(f"    {one.body}" for one in self.texts) or "    (nothing)"
            raise NotHeard(f"no text with {text!r} within {timeout:g} s. What came:\n{bodies}") from None


class Phones:
    """All phones by their address. One that is called and not known rings until somebody answers it."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.by_number: dict[str, Phone] = {}

    def get(self, number: str) -> Phone:
        """The phone at an address."""
        if number not in self.by_number:
            self.by_number[number] = Phone(self._switch, number)
        return self.by_number[number]

    def connect(self, call: Call) -> None:
        """Put a call on the phone at its far end."""
        phone = self.get(call.phone_number)
        phone.calls.append(PhoneCall(self._switch, phone, call))

    def is_machine(self, call: Call) -> bool:
        """Whether a machine has answered."""
        return self.get(call.phone_number).answers == "machine"

    def ring(self, call: Call) -> None:
        """The phone rings; it does what it does."""
        phone = self.get(call.phone_number)
        call.note("rings")
        if phone.answers == "busy":
            call.decide(calls.BUSY)
        elif phone.answers == "unreachable":
            call.decide(calls.FAILED)
        elif phone.answers in ("person", "machine", "rejects"):
            self._switch.spawn(self._react(phone, call))

    async def _react(self, phone: Phone, call: Call) -> None:
        if phone.answers == "machine":
            await self._switch.clock.pause(4)
            call.decide(calls.ANSWERED)
            call.say(GREETING)
            return
        elsewhere = any(one.call is not call and one.state == calls.IN_PROGRESS for one in phone.calls)
        await self._switch.clock.pause(2)
        call.decide(calls.BUSY if elsewhere or phone.answers == "rejects" else calls.ANSWERED)
