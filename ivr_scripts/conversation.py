"""The values of a call in a script: its session, what comes in, what is said, what is decided.

All are frozen. A session goes to JSON and back (`to_json`, `from_json`), and keeps the menu as the
child heard it, so that a change of the configuration during a call does not move a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ivr_scripts.office_nodes import Purpose, Told

Gender = Literal["woman", "man"]
When = Literal["any", "morning", "afternoon", "evening"]
Answer = Literal["yes", "no", "dont_know"]
Whose = Literal["institution", "worker"]
Outcome = Literal["ok", "wrong", "slow_down", "not_digits", "not_allowed"]
Duty = Literal["off", "on", "browser", "away", "no_phone"]
"""Of a worker: off; on by telephone; on in the browser; away or on a break; without a telephone that could be rung."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where one call stands in its script.

    `step` grows by one with every input, the first included; it numbers the deliveries. `remembered`
    is the last language of this number. `menu` is the order that this caller hears. `queued`: waits
    for a person, or has one. `joined`: is with a person, where no keys are heard. `asking` is the
    question of the card that is open. `limits` tells whether the limits of confidentiality were heard.

    Of a line for institutions: `number` is what an officer or a worker has keyed in before the PIN, which is never
    kept; `who` is known by both, and a worker's `duty` with that. `children` is the number of the children's line.
    `wanted` is the language that an officer asks for, "" while it is not known, until the request is made; `purpose`
    is what for. `night`: it is night where the institution is. `about`: how many children the officer has told of.
    """

    script: str
    node: str
    language: str | None = None
    remembered: str | None = None
    menu: tuple[str, ...] = ()
    page: int = 0
    step: int = 0
    tries: int = 0
    loops: int = 0
    open: bool = True
    callable: bool = True
    danger: bool = False
    cannot_speak: bool = False
    wish: Gender | None = None
    unknown: bool = False
    queued: bool = False
    joined: bool = False
    asking: str | None = None
    limits: Literal["untold", "telling", "told"] = "untold"
    number: str = ""
    who: str | None = None
    duty: Duty | None = None
    children: str = ""
    wanted: str | None = None
    purpose: Purpose = "interview"
    night: bool = False
    about: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**plain, "menu": list(self.menu)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Session:
        """The session that was stored; a field of a newer or older version is left out or defaulted."""
        known = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        known["menu"] = tuple(known.get("menu", ()))
        return cls(**known)


# What comes in.


@dataclass(frozen=True, slots=True)
class Arrived:
    """A call's first webhook. `open`: the line is open now.

    `remembered` is the last language of this number. `resumed`: a call that was cut off goes on, and the
    limits of confidentiality were told in it; nothing else differs, and nothing that is said tells of an
    earlier call, because the phone may be in other hands. `callable` is False for a withheld number: no
    call-back is offered, and `remembered` must be None. `menu` replaces the script's order of languages
    when it is not empty. `children`: the number that a child is told who calls a line for institutions.
    """

    open: bool
    remembered: str | None = None
    resumed: bool = False
    callable: bool = True
    menu: tuple[str, ...] = ()
    children: str = ""


@dataclass(frozen=True, slots=True)
class Digits:
    """Keys that were pressed, as the carrier gives them. An empty string is silence."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The time to press a key ran out."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording ended. `recording` is the carrier's id, None when there is none; `keys` ended it."""

    recording: str | None
    seconds: int
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The child is moved to its person, in a conference where no keys are heard."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The child is without a person, and told why: one was `lost`, or the contact was `passed_on`, or there are
    `two_coming`.
    """

    why: Literal["lost", "passed_on", "two_coming"] = "lost"


@dataclass(frozen=True, slots=True)
class Question:
    """The counsellor asks a question of the card."""

    id: str


@dataclass(frozen=True, slots=True)
class NamedLanguage:
    """A counsellor named or corrected the language."""

    language: str


@dataclass(frozen=True, slots=True)
class Identified:
    """What came of an `Identify`. `wait_s`: seconds until another try is looked at, with "slow_down".

    With "ok", `who` is known. Of an institution: `menu` holds the languages that can be asked for, and `callable`
    tells whether there is a number to call it back on, and `night` that it is night there. Of a worker: `duty`.
    """

    outcome: Outcome
    who: str | None = None
    wait_s: int = 0
    menu: tuple[str, ...] = ()
    callable: bool = True
    duty: Duty | None = None
    night: bool = False


@dataclass(frozen=True, slots=True)
class DutyIs:
    """What came of a `DutyAsked`: the worker's duty as it is now."""

    duty: Duty


Input = Arrived | Digits | Silence | Recorded | Joined | Resumed | Question | NamedLanguage | Identified | DutyIs


# What is said and done.


@dataclass(frozen=True, slots=True)
class Say:
    """A prompt in one language. `key` is what `{key}` stands for in it. `strict`: in this language or not at all."""

    prompt: str
    language: str
    key: str | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear up to `keys` keys, for `timeout_s` seconds after what is said. Keys interrupt what is said.

    `finish` is the key that ends the input; empty when none does, so that # counts as a key.
    """

    keys: int
    timeout_s: int
    finish: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Record for at most `max_s` seconds, until `silence_s` of silence or a key of `finish`."""

    max_s: int
    silence_s: int
    finish: str


@dataclass(frozen=True, slots=True)
class Rejoin:
    """Into the conference with the person."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The end of the call."""


Then = Listen | Record | Rejoin | HangUp


# Facts for the service that commits them.


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """The caller chose a language, or wrote in one that is certain. Emitted when it differs from the one before."""

    language: str


@dataclass(frozen=True, slots=True)
class LanguageUnknown:
    """The caller goes on without a language. At most once a call, and never after the `Queue`."""


@dataclass(frozen=True, slots=True)
class Danger:
    """The caller pressed "I am in danger now". At most once a call."""


@dataclass(frozen=True, slots=True)
class CannotSpeak:
    """The caller pressed "I cannot speak". At most once a call."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The caller wishes for a woman or a man. Emitted when it differs from the one before."""

    gender: Gender


@dataclass(frozen=True, slots=True)
class LimitsTold:
    """The limits of confidentiality were heard to the end. At most once a call."""


@dataclass(frozen=True, slots=True)
class Queue:
    """From now on the caller waits for a person. At most once a call."""


@dataclass(frozen=True, slots=True)
class CallbackAsked:
    """The caller asks to be called, and said when it is safe."""

    when: When


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """A recording to be fetched and kept. `seconds` is what the carrier says, never below zero."""

    recording: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a question of the card; None when there was none."""

    question: str
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class ChildHere:
    """A child has dialled a line for institutions, and said so by key: the call goes on in the line for children.

    Never after the caller was identified. Until the call has gone, it stays where it is.
    """


@dataclass(frozen=True, slots=True)
class Identify:
    """Number and PIN were keyed in. Whoever gets this looks at them now, and gives back `Identified`.

    The PIN is kept nowhere, and shown in no representation of this.
    """

    whose: Whose
    number: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DutyAsked:
    """A worker wants to be on duty by telephone, or off. It is answered with `DutyIs`."""

    who: str
    to: Literal["on", "off"]


@dataclass(frozen=True, slots=True)
class InterpreterWanted:
    """An institution wants an interpreter now. `language` None: it is not known yet. Comes before the `Queue`."""

    who: str
    language: str | None
    purpose: Purpose = "interview"


@dataclass(frozen=True, slots=True)
class RequestTold:
    """An officer has said something more of the request: `count` girls or boys, or 1 for children who are detained;
    the `number` of a second party, which is shown in no representation of this.
    """

    part: Told
    count: int = 0
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OfficerCallAsked:
    """An officer would rather be called once there is an interpreter, or from the beginning of the day on. The last
    thing in a call.
    """

    by_day: bool = False


Decision = (
    LanguageChosen
    | LanguageUnknown
    | Danger
    | CannotSpeak
    | Wish
    | LimitsTold
    | Queue
    | CallbackAsked
    | MessageLeft
    | Answered
    | ChildHere
    | Identify
    | DutyAsked
    | InterpreterWanted
    | RequestTold
    | OfficerCallAsked
)


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from one input: say all of `say`, then do `then`; commit `decisions` first."""

    session: Session
    say: tuple[Say, ...]
    then: Then
    decisions: tuple[Decision, ...] = ()
