"""What happens next in a telephone conversation: legs and an event in, effects out. Pure.

One rule holds for the child's leg: alone, it is in a loop of prompts that hears keys; with a person, it is in the
room. Adults press a key before they are let in, so that no answering machine meets a child, and only the child's
leg ends a room by leaving it.
"""

from dataclasses import dataclass
from typing import Literal

from helpline.contacts.lifecycle import Event, State
from helpline.store.legs import LegState


@dataclass(frozen=True, slots=True)
class Party:
    """A leg as the room sees it.

    ``wanted``: its worker has the contact now; a leg of one who had it before is only still to end. ``ready``: a
    child whom we called has pressed the key; one who called us is always ready.
    """

    leg_id: str
    role: str
    state: LegState
    wanted: bool = True
    ready: bool = True

    @property
    def living(self) -> bool:
        return self.state is not LegState.ENDED

    @property
    def inside(self) -> bool:
        return self.state in (LegState.JOINING, LegState.JOINED)


@dataclass(frozen=True, slots=True)
class Room:
    """A voice contact: its state, the child's newest leg, and the legs of adults, wanted or still to end.

    ``callback``: we call the child. ``met``: child and adult have been together. ``asking``: a question is open.
    """

    state: State
    child: Party | None = None
    adults: tuple[Party, ...] = ()
    callback: bool = False
    met: bool = False
    asking: bool = False


# What happens.


@dataclass(frozen=True, slots=True)
class AdultAccepted:
    """The worker said yes in the console."""

    assignment_id: str


@dataclass(frozen=True, slots=True)
class AdultPressed:
    """The adult's phone was answered, and the key pressed."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class AdultGone:
    """The adult's leg ended, or never became one. ``why``: hung_up, no_answer, no_key, busy, failed, no_show."""

    leg_id: str
    why: str


@dataclass(frozen=True, slots=True)
class ChildReady:
    """The child of a call-back answered and pressed the key."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class ChildJoined:
    """The child's leg is in the room."""


@dataclass(frozen=True, slots=True)
class ChildGone:
    """The child's leg ended, or a call-back was not taken."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The counsellor asks a question of the card."""

    question: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The counsellor ends the conversation."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The counsellor hands the child over."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The offer or the connecting is taken back: the person is not the right one any more."""

    why: str


@dataclass(frozen=True, slots=True)
class TookTooLong:
    """The time for connecting is over."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A supervisor ends the contact."""


Happening = (
    AdultAccepted
    | AdultPressed
    | AdultGone
    | ChildReady
    | ChildJoined
    | ChildGone
    | Asked
    | Ended
    | HandedOver
    | Withdrawn
    | TookTooLong
    | Stopped
)


# What to do.


@dataclass(frozen=True, slots=True)
class CallAdult:
    """Ring the worker's own phone; what it hears first asks for a key."""

    assignment_id: str


@dataclass(frozen=True, slots=True)
class CallChild:
    """Ring the number that asked to be called."""


@dataclass(frozen=True, slots=True)
class Enter:
    """This leg goes into the room."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class Return:
    """The child goes back to the loop, and is told why."""

    why: Literal["lost", "passed_on"]


@dataclass(frozen=True, slots=True)
class Ask:
    """The child leaves the room for one question by key; the room stays for the others."""

    question: str


@dataclass(frozen=True, slots=True)
class Release:
    """Hang this leg up."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class Happen:
    """Move the contact. ``why`` goes to the assignment that ends with it."""

    event: Event
    why: str


Effect = CallAdult | CallChild | Enter | Return | Ask | Release | Happen

_PERSON_DUE = (State.CONNECTING, State.CONNECTED)


def decide(room: Room, happening: Happening) -> tuple[Effect, ...]:
    """What follows, in the order in which it is to be done. An event that comes too late decides nothing."""
    match happening:
        case AdultAccepted(assignment_id):
            return (CallAdult(assignment_id),)
        case AdultPressed(leg_id):
            return _adult_pressed(room, leg_id)
        case AdultGone(leg_id, why):
            return _adult_gone(room, leg_id, why)
        case Withdrawn(why):
            return (*_released(room.adults), *_without_adult(room, why))
        case TookTooLong():
            return _took_too_long(room)
        case ChildReady(leg_id):
            return _child_ready(room, leg_id)
        case ChildJoined():
            return (Happen(Event.JOINED, "joined"),) if room.state is State.CONNECTING else ()
        case ChildGone():
            return _child_gone(room)
        case Asked(question):
            ready = room.state is State.CONNECTED and room.child is not None and room.child.inside
            return (Ask(question),) if ready and not room.asking else ()
        case Ended():
            return (*_everyone_released(room), Happen(Event.ENDED, "ended"))
        case HandedOver():
            return (*_released(room.adults), Happen(Event.HANDED_OVER, "handed_over"), Return("passed_on"))
        case Stopped():
            return (*_everyone_released(room), Happen(Event.STOPPED, "stopped"))


def _adult_pressed(room: Room, leg_id: str) -> tuple[Effect, ...]:
    wanted = any(adult.leg_id == leg_id and adult.living and adult.wanted for adult in room.adults)
    if room.state not in _PERSON_DUE or not wanted:
        return (Release(leg_id),)
    if room.child is not None and room.child.living:
        comes = room.child.ready and not room.child.inside and not room.asking
        return (Enter(leg_id), Enter(room.child.leg_id)) if comes else (Enter(leg_id),)
    if room.callback:
        return (Enter(leg_id), CallChild())
    return (Release(leg_id),)


def _adult_gone(room: Room, leg_id: str, why: str) -> tuple[Effect, ...]:
    if not any(adult.leg_id == leg_id and adult.wanted for adult in room.adults):
        return ()
    return _without_adult(room, why)


def _without_adult(room: Room, why: str) -> tuple[Effect, ...]:
    """The child is told that we are coming back; one who never left the loop need not be."""
    if room.state not in (State.OFFERED, *_PERSON_DUE):
        return ()
    lost = Happen(Event.ADULT_LOST, why)
    child = room.child
    if child is None or not child.living:
        return (lost,)
    if child.inside or room.asking:
        return (lost, Return("lost"))
    if room.callback and child.state in (LegState.DIALLING, LegState.RINGING):
        return (lost, Release(child.leg_id))
    return (lost,)


def _took_too_long(room: Room) -> tuple[Effect, ...]:
    """Only one who never came is a no-show: whoever waits in the room was let down by the rest of us."""
    if room.state is not State.CONNECTING:
        return ()
    if not _someone_inside(room):
        return (*_released(room.adults), *_without_adult(room, "no_show"))
    if room.callback and not room.met:
        return (*_everyone_released(room), Happen(Event.UNREACHED, "unreached"))
    return (*_released(room.adults), *_without_adult(room, "lost"))


def _someone_inside(room: Room) -> bool:
    return any(adult.inside and adult.wanted for adult in room.adults)


def _child_ready(room: Room, leg_id: str) -> tuple[Effect, ...]:
    if _someone_inside(room) and room.state in _PERSON_DUE:
        return (Enter(leg_id),)
    return (Return("lost"),)


def _child_gone(room: Room) -> tuple[Effect, ...]:
    if room.state in (State.WRAP_UP, State.CLOSED):
        return ()  # everyone was released when it ended
    if room.callback and not room.met and room.state in (State.WAITING, State.OFFERED):
        return ()  # the child is still to be called
    if room.callback and not room.met and room.state is State.CONNECTING:
        return (*_released(room.adults), Happen(Event.UNREACHED, "unreached"))
    return (*_released(room.adults), Happen(Event.CHILD_LEFT, "child_left"))


def _released(parties: tuple[Party, ...]) -> tuple[Effect, ...]:
    return tuple(Release(party.leg_id) for party in parties if party.living)


def _everyone_released(room: Room) -> tuple[Effect, ...]:
    return _released(((room.child,) if room.child else ()) + room.adults)
