"""What a TwiML document says, once it has been read. Values only; `grammar.py` reads them."""

from __future__ import annotations

from dataclasses import dataclass


class TwimlError(Exception):
    """The carrier cannot go on with this call. `code` is Twilio's error code; the text names no caller."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Callback:
    """Where to tell what happens, and which events."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Say:
    """Speak. `language` is the language that is heard; `loop` 0 means until something else happens."""

    text: str
    language: str
    voice: str | None
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """Play a recording."""

    url: str
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence for `length` seconds."""

    length: int = 1


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    """Collect keys. `timeout` in seconds runs from the end of the prompts and from each key."""

    prompts: tuple[Prompt, ...]
    action: str | None
    method: str
    timeout: int
    num_digits: int | None
    finish_on_key: str
    action_on_empty_result: bool


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse a call before it is answered."""

    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """Record what the caller says. Seconds: `timeout` of silence ends it, `max_length` bounds it."""

    action: str | None
    method: str
    timeout: int
    max_length: int
    finish_on_key: str
    play_beep: bool
    status_callback: Callback | None


@dataclass(frozen=True, slots=True)
class Conference:
    """A room by name. `wait_url` None is the carrier's own music, empty is silence."""

    name: str
    start_on_enter: bool = True
    end_on_exit: bool = False
    wait_url: str | None = None
    wait_method: str = "POST"
    callback: Callback | None = None
    label: str | None = None
    beep: str = "true"
    muted: bool = False
    max_participants: int = 250
    coach: str | None = None


@dataclass(frozen=True, slots=True)
class Callee:
    """Someone to call: a number, a `sip:` address or a `client:` name."""

    address: str
    url: str | None = None
    method: str = "POST"
    callback: Callback | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the call with callees, or with a conference."""

    callees: tuple[Callee, ...]
    conference: Conference | None
    action: str | None = None
    method: str = "POST"
    timeout: int = 30
    time_limit: int = 14400
    caller_id: str | None = None
    answer_on_bridge: bool = False
    hangup_on_star: bool = False


Verb = Say | Play | Pause | Gather | Redirect | Hangup | Reject | Record | Dial


@dataclass(frozen=True, slots=True)
class Document:
    """One answer of the helpline. `url` is where it came from; None for one that came inline."""

    verbs: tuple[Verb, ...]
    url: str | None
