"""What routing speaks about: who waits, who is on duty, what was decided and why.

Values only. Times are UTC in integer microseconds, ids are opaque texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple


class LoadClass(StrEnum):
    """What a contact uses up of a worker: the ear, or a part of the typing hand."""

    VOICE = "voice"
    TEXT = "text"


class Channel(StrEnum):
    """How the contact comes in."""

    VOICE = "voice"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    WEBCHAT = "webchat"
    OFFLINE = "offline"

    @property
    def load_class(self) -> LoadClass:
        """The capacity that a contact of this channel takes from its worker."""
        return _LOAD_CLASSES[self]


_LOAD_CLASSES = {
    Channel.VOICE: LoadClass.VOICE,
    Channel.SMS: LoadClass.TEXT,
    Channel.WHATSAPP: LoadClass.TEXT,
    Channel.WEBCHAT: LoadClass.TEXT,
    Channel.OFFLINE: LoadClass.TEXT,
}


class Level(IntEnum):
    """How well a worker speaks a language; the greater is the better."""

    BASIC = 1
    FLUENT = 2


class Role(StrEnum):
    COUNSELLOR = "counsellor"
    INTERPRETER = "interpreter"
    SUPERVISOR = "supervisor"


class Seeking(StrEnum):
    """Whom a contact waits for.

    ``ANYONE``: a counsellor, or by the pair stage a counsellor and an interpreter together. ``INTERPRETER``: all
    others are there already. ``COUNSELLOR``: the interpreter of its bridge is there and stays.
    """

    ANYONE = "anyone"
    INTERPRETER = "interpreter"
    COUNSELLOR = "counsellor"


class Gender(StrEnum):
    WOMAN = "woman"
    MAN = "man"
    UNKNOWN = "unknown"


class Passing(StrEnum):
    """How a contact passed a worker by."""

    DECLINED = "declined"
    EXPIRED = "expired"
    LOST = "lost"
    HANDED_OVER = "handed_over"


class Stage(StrEnum):
    """By which door a worker came to a contact, or how far a waiting contact's doors have opened."""

    NAMED = "named"
    SAME_PERSON = "same_person"
    UNKNOWN_LANGUAGE = "unknown_language"
    FLUENT = "fluent"
    BASIC = "basic"
    PAIR = "pair"
    SUPERVISORS = "supervisors"
    ON_CALL = "on_call"
    FALLBACK = "fallback"


class Bar(StrEnum):
    """Why a worker may not have a contact now."""

    OFF_DUTY = "off_duty"
    FULL = "full"
    ROLE = "role"
    LINE = "line"
    LANGUAGE = "language"
    RELAY = "relay"
    CERTIFIED = "certified"
    CHILD_FRIENDLY = "child_friendly"
    AVOIDED = "avoided"
    KEPT_FOR_NAMED = "kept_for_named"
    REFUSED = "refused"
    GENDER = "gender"
    TOO_EARLY = "too_early"


class Turn(StrEnum):
    """Why a contact's turn came when it came."""

    DANGER = "danger"
    RESUMED = "resumed"
    MOVED_UP = "moved_up"
    WAITED = "waited"


class Wish(StrEnum):
    """What became of a wish for a woman or a man."""

    REQUIRED = "required"
    HONOURED = "honoured"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A worker whom the contact passed by, and when (µs)."""

    worker_id: str
    at: int
    kind: Passing = Passing.DECLINED


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A person on duty as the database has them.

    ``languages``: BCP-47 code to level. ``lines``: None is every line. ``available``: on duty and neither away
    nor on a break. ``idle_since``: µs since the last of what they had was given back. ``version`` only grows.
    Loads count offers too. A load class is free while its load is under its capacity.

    One who interprets does it in the languages spoken. ``certified``: the languages they are certified for.
    ``child_friendly``: trained to interpret for children. ``dialects``: opaque names. ``voice_only``: works with
    only a telephone, and never has a text.
    """

    id: str
    roles: frozenset[Role]
    languages: Mapping[str, Level]
    gender: Gender = Gender.UNKNOWN
    lines: frozenset[str] | None = None
    capacity_voice: int = 1
    capacity_text: int = 5
    load_voice: int = 0
    load_text: int = 0
    available: bool = True
    idle_since: int = 0
    version: int = 0
    certified: frozenset[str] = frozenset()
    child_friendly: bool = False
    dialects: frozenset[str] = frozenset()
    voice_only: bool = False

    def capacity(self, load_class: LoadClass) -> int:
        if load_class is LoadClass.VOICE:
            return self.capacity_voice
        return 0 if self.voice_only else self.capacity_text

    def load(self, load_class: LoadClass) -> int:
        return self.load_voice if load_class is LoadClass.VOICE else self.load_text

    def with_load(self, load_class: LoadClass, more: int) -> "WorkerState":
        """The same worker with ``more`` (or, negative, less) on the hands, never under nothing."""
        if load_class is LoadClass.VOICE:
            return replace(self, load_voice=max(0, self.load_voice + more))
        return replace(self, load_text=max(0, self.load_text + more))


@dataclass(frozen=True, slots=True)
class WaitingContact:
    """A contact that waits for a person.

    ``first_arrival`` (µs) never changes and counts for its turn and its stages. ``queued_at`` (µs) is since when
    it waits this time; the patience for ``only_worker`` counts from it. ``language`` None: not known.
    ``resumed``: it was being served and lost its person, or dropped and came back soon. ``preferred_worker``: who
    had it before, and has it again if free. ``only_worker``: handed over to this person. ``version`` only grows.

    ``relays``: what those speak who are there already; whoever comes to interpret between them and the contact's
    language, or to counsel over the interpreter, shares one of these. None: no relay language is needed.
    ``certified``, ``child_friendly``: what the interpreter has to be. ``dialect``: what the interpreter had better
    speak. ``avoid``: workers who must not have it in any seat: a conflict of interest, or they are there already.
    """

    id: str
    version: int
    line: str
    channel: Channel
    first_arrival: int
    queued_at: int
    language: str | None = None
    danger: bool = False
    resumed: bool = False
    moved_up: bool = False
    priority: str = "normal"
    gender_wish: Gender | None = None
    gender_required: bool = False
    preferred_worker: str | None = None
    only_worker: str | None = None
    refusals: tuple[Refusal, ...] = ()
    seeking: Seeking = Seeking.ANYONE
    relays: frozenset[str] | None = None
    dialect: str | None = None
    certified: bool = False
    child_friendly: bool = False
    avoid: frozenset[str] = frozenset()


class BridgeReasons(NamedTuple):
    """How the two of a bridge understand each other, and the interpreter's hands when both are new.

    Where only one of the two was sought, the levels and hands of the one who was there already are None; so is
    ``relay`` for a request that needs none and for a counsellor who speaks the contact's language themselves.
    """

    relay: str | None
    counsellor_level: Level | None = None
    interpreter_level: Level | None = None
    interpreter_load: int | None = None
    interpreter_capacity: int | None = None
    interpreter_idle_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values under the same names, for a JSON column."""
        return {
            "relay": self.relay,
            "counsellor_level": _name(self.counsellor_level),
            "interpreter_level": _name(self.interpreter_level),
            "interpreter_load": self.interpreter_load,
            "interpreter_capacity": self.interpreter_capacity,
            "interpreter_idle_s": self.interpreter_idle_s,
        }


class Reasons(NamedTuple):
    """Why this worker for this contact now, for the assignment's row and the supervisor's eyes.

    A tuple, as one is made for every decision and that takes a third of a frozen dataclass's time.

    ``load`` of ``capacity`` is what the worker had before this. ``eligible`` counts all who could have had the
    contact, this worker among them. ``passed_by`` are those kept out of its way because it has just passed them.
    ``scarce_speaker``: the line keeps speakers of scarce languages free, and this is one, as no other was free.
    ``came_round``: it has passed this worker by before, and nobody else was left. ``bridge``: for all who are to
    serve it over a relay language.

    Of a pair, ``level`` is the interpreter's in the contact's language, ``languages_spoken``, ``load``,
    ``capacity``, ``idle_s`` and ``wish`` are the counsellor's, and ``eligible`` counts the interpreters who could
    have come with some counsellor.
    """

    stage: Stage
    turn: Turn
    waited_s: float
    language: str | None
    level: Level | None
    languages_spoken: int
    load: int
    capacity: int
    idle_s: float
    eligible: int
    wish: Wish | None = None
    passed_by: tuple[str, ...] = ()
    scarce_speaker: bool = False
    came_round: bool = False
    bridge: BridgeReasons | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values under the same names, for a JSON column."""
        return {
            "stage": self.stage.value,
            "turn": self.turn.value,
            "waited_s": self.waited_s,
            "language": self.language,
            "level": _name(self.level),
            "languages_spoken": self.languages_spoken,
            "load": self.load,
            "capacity": self.capacity,
            "idle_s": self.idle_s,
            "eligible": self.eligible,
            "wish": None if self.wish is None else self.wish.value,
            "passed_by": list(self.passed_by),
            "scarce_speaker": self.scarce_speaker,
            "came_round": self.came_round,
            "bridge": None if self.bridge is None else self.bridge.as_json(),
        }


def _name(level: Level | None) -> str | None:
    return None if level is None else level.name.lower()


@dataclass(frozen=True, slots=True)
class Decision:
    """A contact and the worker or workers whom it is to be offered to.

    ``workers`` is one (role, id), or for a pair the counsellor's and then the interpreter's: all of them are
    claimed or none. ``contact`` is what was decided upon, so that the floor can take it back.
    """

    contact_id: str
    contact_version: int
    workers: tuple[tuple[Role, str], ...]
    stage: Stage
    reasons: Reasons
    contact: WaitingContact = field(repr=False, compare=False)
