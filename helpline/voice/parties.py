"""Who is in a telephone conversation, and who of them hears whom. Pure.

A colleague who is asked in coaches: hears everybody, and is heard by the counsellor alone, so that the two can speak
first while the child goes on hearing the counsellor. Nobody coaches without a counsellor in the room: a child is never
left with an adult whom it cannot hear.
"""

from dataclasses import dataclass

from helpline.contacts.lifecycle import State
from helpline.store.legs import INSIDE, LegState


@dataclass(frozen=True, slots=True)
class Party:
    """A leg as the room sees it. ``assignment_id``: for which an adult is there.

    ``wanted``: its worker has the contact now; a leg of one who had it before is only still to end. ``ready``: a
    child whom we called has pressed the key; one who called us is always ready. ``was_inside``: has been in the room.
    """

    leg_id: str
    role: str
    state: LegState
    wanted: bool = True
    ready: bool = True
    assignment_id: str | None = None
    was_inside: bool = False

    @property
    def living(self) -> bool:
        return self.state is not LegState.ENDED

    @property
    def inside(self) -> bool:
        return self.state in INSIDE


@dataclass(frozen=True, slots=True)
class Room:
    """A voice contact: its state, the child's newest leg, and the legs of adults, wanted or still to end.

    ``callback``: we call the child. ``met``: child and adult have been together. ``asking``: a question is open.
    ``first_of_two``: the first of two who are to come together has said yes.
    The adults of a bridge are a counsellor and an interpreter; a person may have asked in one more, a guest.
    """

    state: State
    child: Party | None = None
    adults: tuple[Party, ...] = ()
    callback: bool = False
    met: bool = False
    asking: bool = False
    first_of_two: bool = False


def coached_by(room: Room, leg_id: str) -> str | None:
    """The leg that alone is to hear this one when it comes in; None: it is heard by all.

    A second party who was dialled in has no assignment, and is there to be heard.
    """
    comes = next((adult for adult in room.adults if adult.leg_id == leg_id), None)
    if comes is None or comes.role != "guest" or comes.assignment_id is None:
        return None
    return _counsellor_inside(room, but=comes.assignment_id)


def unheard_without(room: Room, assignment_id: str) -> tuple[Party, ...]:
    """Those whom nobody would hear once the adult who has this assignment is not there."""
    if _counsellor_inside(room, but=assignment_id) is not None:
        return ()
    return not_yet_heard(tuple(adult for adult in room.adults if adult.assignment_id != assignment_id))


def not_yet_heard(adults: tuple[Party, ...]) -> tuple[Party, ...]:
    """Those of them whom the child does not hear."""
    return tuple(adult for adult in adults if adult.wanted and adult.state is LegState.COACHING)


def _counsellor_inside(room: Room, but: str) -> str | None:
    there = (adult for adult in room.adults if adult.wanted and adult.inside and adult.role not in _BESIDE)
    return next((adult.leg_id for adult in there if adult.assignment_id != but), None)


_BESIDE = ("guest", "interpreter")
