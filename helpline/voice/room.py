"""What happens next in a telephone conversation: legs and an event in, effects out. Pure.

One rule holds for the child's leg: alone, it is in a loop of prompts that hears keys; with a person, it is in the
room. Adults press a key before they are let in, so that no answering machine meets a child, and only the child's
leg ends a room by leaving it.
"""

from dataclasses import dataclass
from typing import Literal

from helpline.contacts.lifecycle import Event, State
from helpline.store.legs import LegState
from helpline.voice.parties import Party, Room, coached_by, not_yet_heard, unheard_without

# What happens.


@dataclass(frozen=True, slots=True)
class AdultAccepted:
    """The worker said yes. ``rings``: their phone was rung to ask them, so it need not be called."""

    assignment_id: str
    rings: bool = False


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
    """The adult who has this assignment hands the child over."""

    assignment_id: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What this assignment holds is taken back: its person is not the right one any more, or has left."""

    assignment_id: str
    why: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """The others go on without the adult who has this assignment, and nobody is sought instead."""

    assignment_id: str
    why: str


@dataclass(frozen=True, slots=True)
class HeardByAll:
    """The counsellor lets the child hear the guest who has this assignment."""

    assignment_id: str


@dataclass(frozen=True, slots=True)
class TookTooLong:
    """The time for connecting this assignment's adult is over."""

    assignment_id: str


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
    | LetGo
    | HeardByAll
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
    """This leg goes into the room. ``heard_by``: the one leg that alone hears it."""

    leg_id: str
    heard_by: str | None = None


@dataclass(frozen=True, slots=True)
class Hear:
    """From now on everyone in the room hears this leg, which one alone has heard."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class Return:
    """The child goes back to the loop, and is told why."""

    why: Literal["lost", "passed_on", "two_coming"]


@dataclass(frozen=True, slots=True)
class Tell:
    """Everyone in the room hears this sentence, and stays."""

    what: Literal["adult_lost"]


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
    """Move the contact. ``why`` goes to the assignment that ends with it, or to all where none is named."""

    event: Event
    why: str
    assignment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """An adult has come to those who are together already."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class Dismiss:
    """End this assignment; the conversation goes on without it."""

    assignment_id: str
    why: str


Effect = CallAdult | CallChild | Enter | Hear | Return | Tell | Ask | Release | Happen | Met | Dismiss

_PERSON_DUE = (State.CONNECTING, State.CONNECTED)


def decide(room: Room, happening: Happening) -> tuple[Effect, ...]:
    """What follows, in the order in which it is to be done. An event that comes too late decides nothing."""
    match happening:
        case AdultAccepted(assignment_id, rings):
            alone = room.child is not None and room.child.state is LegState.ALONE
            tells = room.first_of_two and alone and not room.asking
            calls = () if rings else (CallAdult(assignment_id),)
            return (*calls, *((Return("two_coming"),) if tells else ()))
        case AdultPressed(leg_id):
            return _adult_pressed(room, leg_id)
        case AdultGone(leg_id, why):
            return _adult_gone(room, leg_id, why)
        case Withdrawn(assignment_id, why):
            mine = _of(room, assignment_id)
            gone = _without(room, assignment_id, Event.ADULT_LOST, why)
            return (*_heard(unheard_without(room, assignment_id)), *_released(mine), *gone)
        case LetGo(assignment_id, why):
            mine, gone = _of(room, assignment_id), _let_go(room, assignment_id, why)
            return (*_heard(unheard_without(room, assignment_id)), *_released(mine), *gone)
        case HeardByAll(assignment_id):
            return _heard(not_yet_heard(_of(room, assignment_id)))
        case TookTooLong(assignment_id):
            return _took_too_long(room, assignment_id)
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
        case HandedOver(assignment_id):
            mine = _of(room, assignment_id)
            gone = _without(room, assignment_id, Event.HANDED_OVER, "handed_over")
            return (*_heard(unheard_without(room, assignment_id)), *_released(mine), *gone)
        case Stopped():
            return (*_everyone_released(room), Happen(Event.STOPPED, "stopped"))


def _of(room: Room, assignment_id: str) -> tuple[Party, ...]:
    return tuple(adult for adult in room.adults if adult.assignment_id == assignment_id)


def _adult_pressed(room: Room, leg_id: str) -> tuple[Effect, ...]:
    wanted = any(adult.leg_id == leg_id and adult.living and adult.wanted for adult in room.adults)
    if room.state not in _PERSON_DUE or not wanted:
        return (Release(leg_id),)
    child = room.child
    if child is not None and child.living:
        if room.state is State.CONNECTED and (child.inside or room.asking):
            return (Enter(leg_id, coached_by(room, leg_id)), Met(leg_id))
        comes = child.ready and not child.inside
        return (Enter(leg_id), Enter(child.leg_id)) if comes else (Enter(leg_id),)
    if room.callback:
        return (Enter(leg_id), CallChild())
    return (Release(leg_id),)


def _adult_gone(room: Room, leg_id: str, why: str) -> tuple[Effect, ...]:
    for adult in room.adults:
        if adult.leg_id == leg_id and adult.wanted and adult.assignment_id is not None:
            gone = _without(room, adult.assignment_id, Event.ADULT_LOST, why)
            return (*_heard(unheard_without(room, adult.assignment_id)), *gone)
    return ()


def _without(room: Room, assignment_id: str, event: Event, why: str) -> tuple[Effect, ...]:
    """One adult less. The child is with the other, who hears of it too; or is told that we are coming back; one who
    never left the loop need not be.
    """
    if room.state not in (State.OFFERED, *_PERSON_DUE):
        return ()
    happens = Happen(event, why, assignment_id)
    child = room.child
    if child is None or not child.living:
        return (happens,)
    if _someone_inside(room, but=assignment_id):
        missed = any(one.role != "guest" and (one.inside or one.was_inside) for one in _of(room, assignment_id))
        return (happens, Tell("adult_lost")) if missed and child.inside else (happens,)
    if child.inside or room.asking:
        return (happens, Return("passed_on" if event is Event.HANDED_OVER else "lost"))
    called = room.callback and child.state in (LegState.DIALLING, LegState.RINGING)
    if called and not _someone_comes(room, but=assignment_id):
        return (happens, Release(child.leg_id))
    return (happens,)


def _let_go(room: Room, assignment_id: str, why: str) -> tuple[Effect, ...]:
    """Whoever was the last with the child is let go by nobody: the child must have another."""
    child = room.child
    together = child is not None and child.living and (child.inside or room.asking)
    if together and not _someone_inside(room, but=assignment_id):
        return _without(room, assignment_id, Event.ADULT_LOST, why)
    return (Dismiss(assignment_id, why),)


def _took_too_long(room: Room, assignment_id: str) -> tuple[Effect, ...]:
    """Only one who never came is a no-show: whoever waits in the room was let down by the rest of us, and whoever is
    among those who are together has come.
    """
    mine = _of(room, assignment_id)
    if not any(adult.inside for adult in mine):
        return (*_released(mine), *_without(room, assignment_id, Event.ADULT_LOST, "no_show"))
    if room.state is State.CONNECTED:
        return tuple(Met(adult.leg_id) for adult in mine if adult.inside)
    if room.state is not State.CONNECTING:
        return ()
    if room.callback and not room.met:
        return (*_everyone_released(room), Happen(Event.UNREACHED, "unreached"))
    return (*_released(mine), *_without(room, assignment_id, Event.ADULT_LOST, "lost"))


def _someone_inside(room: Room, but: str | None = None) -> bool:
    """A person of ours; a second party who was dialled in is none."""
    ours = [adult for adult in room.adults if adult.wanted and adult.assignment_id not in (None, but)]
    return any(adult.inside for adult in ours)


def _someone_comes(room: Room, but: str) -> bool:
    return any(one.living and one.wanted and one.assignment_id not in (None, but) for one in room.adults)


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


def _heard(guests: tuple[Party, ...]) -> tuple[Effect, ...]:
    return tuple(Hear(guest.leg_id) for guest in guests)


def _released(parties: tuple[Party, ...]) -> tuple[Effect, ...]:
    return tuple(Release(party.leg_id) for party in parties if party.living)


def _everyone_released(room: Room) -> tuple[Effect, ...]:
    return _released(((room.child,) if room.child else ()) + room.adults)
