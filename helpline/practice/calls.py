"""A call as the carrier knows it: who, when, what was heard and pressed, and how to interrupt it."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from helpline.practice.timing import Bell
from helpline.practice.twiml import Callback, TwimlError

if TYPE_CHECKING:
    from helpline.practice.conferences import Seat

QUEUED, RINGING, IN_PROGRESS, COMPLETED = (
    "queued",
    "ringing",
    "in-progress",
    "completed",
)
BUSY, NO_ANSWER, FAILED, CANCELED = "busy", "no-answer", "failed", "canceled"
ENDED = frozenset({COMPLETED, BUSY, NO_ANSWER, FAILED, CANCELED})
ANSWERED = "answered"

APOLOGY = "We are sorry, an application error has occurred. Goodbye."
"""What Twilio says, in English, to everybody, when it cannot go on."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Something that was heard. `kind`: say, play, voice (a person), music, beep or tone.

    `language` and `voice` are what speaks, whatever the text is written in; `audio` is the address of a recording.
    """

    kind: str
    text: str
    language: str = ""
    voice: str = ""
    audio: str = ""

    def __str__(self) -> str:
        verb = {"say": "line says", "play": "line plays", "voice": "hears"}.get(self.kind, "sound")
        return f"{verb}: {self.text}"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Where to get the next document, and what to say beside the fields of the call."""

    url: str
    method: str = "POST"
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Inline:
    """TwiML that came with a REST request. It is read when it is followed: its errors befall the call."""

    text: str


class Conductor(Protocol):
    """What leads a live call through its documents."""

    def move(self, target: object) -> None:
        """Drop what is going on and go on with a Fetch or a Document."""

    def stop(self) -> None:
        """End the call."""


@dataclass(slots=True, eq=False)
class Call:
    """One leg. Dates are real; `seconds` is its length in carrier seconds once it is over."""

    sid: str
    account_sid: str
    from_: str
    to: str
    direction: str
    phone_number: str
    created: datetime
    status: str = QUEUED
    parent_sid: str | None = None
    updated: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    answered_at: float | None = None
    seconds: int | None = None
    answered_by: str | None = None
    callback: Callback | None = None
    sequence: int = 0
    fallback: Fetch | None = None
    fallback_number: str | None = None
    captions: list[Caption] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    keys: asyncio.Queue[str] | None = None
    speech: asyncio.Queue[str] | None = None
    seat: Seat | None = None
    peer: Call | None = None
    conductor: Conductor | None = None
    decision: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    application_error: TwimlError | None = None
    fell_back: bool = False
    dropped: bool = False
    stopping: bool = False
    ready: bool = False
    afterwards: list[Fetch] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)
    above: Bell | None = None

    @property
    def is_over(self) -> bool:
        """Whether the call has reached one of its ends."""
        return self.status in ENDED

    def changed(self) -> None:
        """Tell whoever waits on this call, and whoever watches all of them."""
        self.bell.ring()
        if self.above is not None:
            self.above.ring()

    def note(self, line: str) -> None:
        """Write a line of the transcript."""
        self.transcript.append(line)
        self.changed()

    def hear(self, caption: Caption) -> None:
        """Something sounds in the phone's ear."""
        self.captions.append(caption)
        self.note(str(caption))

    def press(self, digit: str) -> None:
        """A key is pressed. Unless something collects keys just now it is lost, as with the real carrier."""
        if self.keys is None:
            self.note(f"presses {digit} (nothing listens)")
            return
        self.note(f"presses {digit}")
        self.keys.put_nowait(digit)

    def say(self, text: str) -> None:
        """The person speaks, and is heard or recorded by whoever can hear this call."""
        self.note(f"says: {text}")
        if self.speech is not None:
            self.speech.put_nowait(text)
        listeners = self.seat.listeners() if self.seat is not None else [self.peer] if self.peer else []
        for listener in listeners:
            listener.hear(Caption("voice", text))

    def decide(self, outcome: str) -> None:
        """Settle what becomes of a ringing call: answered, busy, no-answer, failed or canceled."""
        if not self.decision.done():
            self.decision.set_result(outcome)

    def hang_up(self) -> None:
        """The phone's person, or the carrier, ends the call."""
        if not self.decision.done():
            self.decide(CANCELED if self.direction != "inbound" else NO_ANSWER)
        self.stopping = True
        if self.conductor is not None:
            self.conductor.stop()

    def length(self, now: float) -> int:
        """Seconds since the answer, rounded up; 0 when it was not answered. `now` is the carrier clock."""
        return 0 if self.answered_at is None else max(1, math.ceil(now - self.answered_at))
