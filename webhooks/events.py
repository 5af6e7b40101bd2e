"""What a provider told us, in our own words; a provider's folder turns its requests into these."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, in E.164 or, where a trunk gives no more, the digits or user part that it gave."""

    number: str


class CallState(StrEnum):
    """How far a telephone call has come, in the order in which it happens."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def over(self) -> bool:
        return self in _OVER


_OVER = {CallState.COMPLETED, CallState.BUSY, CallState.NO_ANSWER, CallState.FAILED, CallState.CANCELED}


@dataclass(frozen=True, slots=True)
class CallArrived:
    """The first request of an inbound call. ``caller`` is None when the number was withheld: it is nobody's."""

    call_id: str
    address: str  # the line's address that was dialled, as configured
    line: str
    caller: Caller | None


@dataclass(frozen=True, slots=True)
class LegStep:
    """A call asks what to do next at a numbered step of its leg.

    ``keys`` is None when nothing was pressed in time. ``recording`` is set after a Record. ``left_room`` is true
    when the leg's stay in a conference has ended while the call goes on.
    """

    call_id: str
    leg_id: str
    step: int
    keys: str | None = None
    recording: str | None = None
    recorded_s: int = 0
    left_room: bool = False
    over: bool = False  # the call itself had already ended when this was posted


@dataclass(frozen=True, slots=True)
class CallStatus:
    """A status callback of a call. ``leg_id`` is None for a call that we did not place (match by ``call_id``)."""

    call_id: str
    leg_id: str | None
    state: CallState
    sequence: int
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """A callback of a conference. ``label`` is the leg's id as we gave it."""

    conference_id: str
    room: str
    what: str  # start | join | leave | end
    call_id: str | None
    label: str | None
    sequence: int


@dataclass(frozen=True, slots=True)
class RecordingReady:
    """A recording can be fetched now."""

    call_id: str
    recording_id: str
    seconds: int


class TextState(StrEnum):
    """How far a text of ours has come, in the order in which it happens."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TextArrived:
    """A text from outside. ``channel`` is sms or whatsapp; ``caller`` is None when the number was withheld.

    ``body`` is whole or, where ``cut``, its first 1,600 characters; NUL and lone surrogates are replaced. ``media``
    counts attachments, which are never fetched.
    """

    message_id: str
    channel: str
    address: str  # the line's address that was written to, as configured
    line: str
    caller: Caller | None
    body: str
    cut: bool = False
    media: int = 0


@dataclass(frozen=True, slots=True)
class TextStatus:
    """How far a text of ours has come. ``error`` is the carrier's code when it failed.

    ``text_id`` and ``part`` are what the text was sent with: a status may come before the carrier's id is stored.
    """

    message_id: str
    state: TextState
    error: str | None = None
    text_id: str | None = None
    part: int | None = None
