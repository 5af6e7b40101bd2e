"""What the edge needs from the house (`VoiceIntake`, `TextIntake`), and the house from it (`Carrier`, `Renderer`)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from webhooks.answers import Answer
from webhooks.events import (
    CallArrived,
    CallState,
    CallStatus,
    LegStep,
    RecordingReady,
    RoomChanged,
    TextArrived,
    TextState,
    TextStatus,
)

LineAt = Callable[[str], tuple[str, str] | None]
"""The line that answers at an address in whatever spelling it was dialled: its id, and the address as configured."""


class VoiceIntake(Protocol):
    """Takes events that were verified and parsed. Each call returns after what it stores is committed.

    Both documents are what the provider is to be answered, rendered; a repeat of an event gets the same document.
    Raises `helpline.errors` kinds, which the edge maps by their ``status`` and ``code``, and any exception of a store
    that is gone: the edge then answers with the fallback and never with an error that the caller could hear.
    """

    async def call_arrived(self, event: CallArrived) -> str: ...

    async def leg_step(self, event: LegStep) -> str: ...

    async def call_status(self, event: CallStatus) -> None: ...

    async def room_changed(self, event: RoomChanged) -> None: ...

    async def recording_ready(self, event: RecordingReady) -> None: ...


class TextIntake(Protocol):
    """Takes texts that were verified and parsed; returns after what it stores is committed. Answers go out later."""

    async def text_arrived(self, event: TextArrived) -> None: ...

    async def text_status(self, event: TextStatus) -> None: ...


class Renderer(Protocol):
    """Turns an answer into the provider's markup. Pure."""

    def render(self, answer: Answer) -> str: ...


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an adult (or, for a call-back, a child) can be called: ``kind`` phone, sip or client."""

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A call as the carrier lists it."""

    call_id: str
    state: CallState


@dataclass(frozen=True, slots=True)
class CallListed:
    """A call to a line, as the carrier lists it: what its webhook told, or would have told. ``began``: µs."""

    arrived: CallArrived
    state: CallState
    began: int


class CarrierTrouble(Exception):
    """The carrier did not do it. ``code`` is stable; ``retry``: may work later; ``unknown``: it may have been done."""

    def __init__(self, code: str, *, retry: bool, unknown: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry
        self.unknown = unknown


class CallGone(CarrierTrouble):
    """The call (or room, or recording) is over or was never there: nothing is left to do to it."""

    def __init__(self) -> None:
        super().__init__("call_gone", retry=False)


class Carrier(Protocol):
    """What we ask of the telephone carrier. Every method raises `CarrierTrouble` (or `CallGone`).

    Times are by the clock of this house, however far the carrier's is from it.
    """

    async def place_call(self, to: Reach, caller_id: str, leg_id: str, first: Answer, ring_s: int) -> str:
        """Ring ``to``; when it is answered it hears ``first``. Returns the carrier's call id."""
        ...

    async def find_call(self, to: Reach, caller_id: str, since: int, but: Collection[str] = ()) -> CallSeen | None:
        """The newest call placed to ``to`` since that time (µs), to learn what became of an attempt.

        ``but``: ids of calls that are known to be others.
        """
        ...

    async def look(self, call_id: str) -> CallSeen: ...

    async def move(self, call_id: str, answer: Answer) -> None:
        """Take a live call out of whatever it is doing, and give it ``answer``."""
        ...

    async def hang_up(self, call_id: str) -> None: ...

    async def keep_room(self, room: str, call_id: str) -> None:
        """Let the room go on when this call leaves it."""
        ...

    async def let_hear(self, room: str, call_id: str) -> None:
        """From now on everyone in the room hears this call, which one of them alone has heard."""
        ...

    async def announce(self, room: str, said: tuple[tuple[str, str], ...]) -> None:
        """Everyone in the room hears these (language, prompt) pairs once, and stays."""
        ...

    async def send_text(self, to: str, channel: str, from_address: str, body: str, text_id: str, part: int) -> str:
        """Send one part of a text; its status callbacks carry the carrier's id, which is returned."""
        ...

    async def find_text(self, to: str, channel: str, from_address: str, body: str, since: int) -> str | None:
        """The carrier's id of a text with this body sent to ``to`` since that time (µs), to learn of an attempt."""
        ...

    async def text_state(self, message_id: str) -> TextState: ...

    async def texts_to(self, address: str, line: str, channel: str, since: int) -> tuple[TextArrived, ...]:
        """The texts to a line's address since that time (µs), oldest first."""
        ...

    async def delete_text(self, message_id: str) -> None: ...

    async def calls_to_lines(self, line_at: LineAt, since: int) -> tuple[CallListed, ...]:
        """The calls to our lines that began since that time (µs), oldest first."""
        ...

    async def is_with_others(self, call_id: str) -> bool:
        """Whether a live call is being connected, or is connected, to somebody without us: a fallback serves it."""
        ...

    async def ask_anew(self, call_id: str) -> None:
        """Let a live call come to us as if it had just arrived."""
        ...

    async def fetch_recording(self, recording_id: str) -> bytes: ...

    async def delete_recording(self, recording_id: str) -> None: ...

    async def delete_call(self, call_id: str) -> None: ...
