"""What the room decides: stories of single moments, and rules that hold wherever a conversation can get to.

The first rule: a child who is alone is in the loop, where keys are heard; with a person, it is in the room.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from helpline.contacts.lifecycle import Event, State, after
from helpline.store.legs import LegState
from helpline.voice.parties import Party, Room
from helpline.voice.room import (
    AdultAccepted,
    AdultGone,
    AdultPressed,
    Ask,
    Asked,
    CallAdult,
    CallChild,
    ChildGone,
    ChildJoined,
    ChildReady,
    Dismiss,
    Effect,
    Ended,
    Enter,
    HandedOver,
    Happen,
    Happening,
    Hear,
    HeardByAll,
    LetGo,
    Met,
    Release,
    Return,
    Stopped,
    Tell,
    TookTooLong,
    Withdrawn,
    decide,
)

A, B, C = "adult", "interpreter", "child"
IN_LOOP = Party(C, "child", LegState.ALONE)
TOLD_TO_JOIN = Party(C, "child", LegState.JOINING)
IN_ROOM = Party(C, "child", LegState.JOINED)
GONE = Party(C, "child", LegState.ENDED)
CALLED = Party(C, "child", LegState.RINGING, ready=False)
PICKED_UP = Party(C, "child", LegState.ALONE, ready=False)
RINGS = Party(A, "counsellor", LegState.RINGING, assignment_id="a")
AT_KEY = replace(RINGS, state=LegState.ALONE)
INSIDE = replace(RINGS, state=LegState.JOINED)
HUNG_UP = replace(RINGS, state=LegState.ENDED)
FORMER = Party("former", "counsellor", LegState.ALONE, wanted=False, assignment_id="before")
OTHER_RINGS = Party(B, "interpreter", LegState.RINGING, assignment_id="b")
OTHER_AT_KEY = replace(OTHER_RINGS, state=LegState.ALONE)
OTHER_INSIDE = replace(OTHER_RINGS, state=LegState.JOINED)
GUEST = Party("guest", "guest", LegState.JOINED, assignment_id="g", was_inside=True)
COACH = replace(GUEST, state=LegState.COACHING)
SECOND_PARTY = Party("second", "guest", LegState.JOINED, was_inside=True)
OTHER_HUNG_UP = replace(OTHER_RINGS, state=LegState.ENDED, was_inside=True)

OFFERED = Room(State.OFFERED, IN_LOOP)
RINGING = Room(State.CONNECTING, IN_LOOP, (RINGS,))
ABOUT_TO_PRESS = Room(State.CONNECTING, IN_LOOP, (AT_KEY,))
TALKING = Room(State.CONNECTED, IN_ROOM, (INSIDE,), met=True)
ASKED = Room(State.CONNECTED, IN_LOOP, (INSIDE,), met=True, asking=True)
TO_CALL_BACK = Room(State.CONNECTING, None, (AT_KEY,), callback=True)
CALLING_BACK = Room(State.CONNECTING, CALLED, (INSIDE,), callback=True)
BRIDGED = Room(State.CONNECTED, IN_ROOM, (INSIDE, OTHER_INSIDE), met=True)
OVER = Room(State.WRAP_UP, IN_ROOM, (INSIDE,), met=True)


def lost(why: str, whose: str = "a") -> Happen:
    return Happen(Event.ADULT_LOST, why, whose)


STORIES: list[tuple[str, Room, Happening, tuple[Effect, ...]]] = [
    ("who says yes is called", OFFERED, AdultAccepted("a"), (CallAdult("a"),)),
    ("the key lets both in, the adult first", ABOUT_TO_PRESS, AdultPressed(A), (Enter(A), Enter(C))),
    ("a second press moves nobody twice", replace(TALKING, adults=(AT_KEY,)), AdultPressed(A), (Enter(A), Met(A))),
    ("one who is no longer wanted is not let in", replace(RINGING, adults=(RINGS, FORMER)), AdultPressed("former"),
     (Release("former"),)),
    ("a key after the child left lets nobody in", Room(State.CONNECTING, GONE, (AT_KEY,)), AdultPressed(A),
     (Release(A),)),
    ("a key when the contact waits again lets nobody in", Room(State.WAITING, IN_LOOP, (AT_KEY,)), AdultPressed(A),
     (Release(A),)),
    ("both are together", Room(State.CONNECTING, TOLD_TO_JOIN, (INSIDE,)), ChildJoined(),
     (Happen(Event.JOINED, "joined"),)),
    ("the order is carried out late", TALKING, ChildJoined(), ()),
    ("nobody picks up: the child has never left the loop", replace(RINGING, adults=(HUNG_UP,)),
     AdultGone(A, "no_answer"), (lost("no_answer"),)),
    ("the counsellor's line drops: the child comes back", replace(TALKING, adults=(HUNG_UP,)), AdultGone(A, "hung_up"),
     (lost("hung_up"), Return("lost"))),
    ("it drops while the child is on the way in", Room(State.CONNECTING, TOLD_TO_JOIN, (HUNG_UP,)),
     AdultGone(A, "hung_up"), (lost("hung_up"), Return("lost"))),
    ("it drops while the child answers a question", replace(ASKED, adults=(HUNG_UP,)), AdultGone(A, "hung_up"),
     (lost("hung_up"), Return("lost"))),
    ("a former leg ends", replace(RINGING, adults=(RINGS, FORMER)), AdultGone("former", "hung_up"), ()),
    ("an adult's end after the child's is nothing", replace(OVER, adults=(HUNG_UP,)), AdultGone(A, "hung_up"), ()),
    ("the child hangs up: everyone is released", replace(TALKING, child=GONE), ChildGone(),
     (Release(A), Happen(Event.CHILD_LEFT, "child_left"))),
    ("the child hangs up while a phone rings", replace(RINGING, child=GONE), ChildGone(),
     (Release(A), Happen(Event.CHILD_LEFT, "child_left"))),
    ("the child hangs up while it waits", Room(State.WAITING, GONE), ChildGone(),
     (Happen(Event.CHILD_LEFT, "child_left"),)),
    ("the child's end after the end is nothing", replace(OVER, child=GONE), ChildGone(), ()),
    ("a question takes the child to where keys are heard", TALKING, Asked("q"), (Ask("q"),)),
    ("a second question waits its turn", ASKED, Asked("q"), ()),
    ("nobody is asked who is not there", RINGING, Asked("q"), ()),
    ("the counsellor ends it", TALKING, Ended(), (Release(C), Release(A), Happen(Event.ENDED, "ended"))),
    ("handed over, the child waits with keys again", TALKING, HandedOver("a"),
     (Release(A), Happen(Event.HANDED_OVER, "handed_over", "a"), Return("passed_on"))),
    ("who never came is a no-show", RINGING, TookTooLong("a"), (Release(A), lost("no_show"))),
    ("who waits in the room is no no-show", Room(State.CONNECTING, TOLD_TO_JOIN, (INSIDE,)), TookTooLong("a"),
     (Release(A), lost("lost"), Return("lost"))),
    ("too late to be too late: who is there has come", TALKING, TookTooLong("a"), (Met(A),)),
    ("the wrong person is called off", RINGING, Withdrawn("a", "other_language"), (Release(A), lost("other_language"))),
    ("an offer is called off", OFFERED, Withdrawn("a", "other_language"), (lost("other_language"),)),
    ("a supervisor stops it", TALKING, Stopped(), (Release(C), Release(A), Happen(Event.STOPPED, "stopped"))),
    ("a supervisor stops what waits", Room(State.WAITING, IN_LOOP), Stopped(),
     (Release(C), Happen(Event.STOPPED, "stopped"))),
    # Bridges: a counsellor and an interpreter.
    ("the first of two says yes: the child hears that two people come", replace(OFFERED, first_of_two=True),
     AdultAccepted("a"), (CallAdult("a"), Return("two_coming"))),
    ("the second says yes: the child has heard it", RINGING, AdultAccepted("b"), (CallAdult("b"),)),
    ("the interpreter is there first, and the child is not alone", replace(RINGING, adults=(RINGS, OTHER_AT_KEY)),
     AdultPressed(B), (Enter(B), Enter(C))),
    ("the second comes to those who are together", replace(TALKING, adults=(INSIDE, OTHER_AT_KEY)), AdultPressed(B),
     (Enter(B), Met(B))),
    ("the second comes while a question is asked, and has come", replace(ASKED, adults=(INSIDE, OTHER_AT_KEY)),
     AdultPressed(B), (Enter(B), Met(B))),
    ("the interpreter's line drops: the two stay together and hear of it",
     replace(BRIDGED, adults=(INSIDE, OTHER_HUNG_UP)), AdultGone(B, "hung_up"),
     (lost("hung_up", "b"), Tell("adult_lost"))),
    ("the interpreter is taken back: the two stay together and hear of it", BRIDGED, Withdrawn("b", "knows"),
     (Release(B), lost("knows", "b"), Tell("adult_lost"))),
    ("the interpreter does not pick up: nobody notices but the floor", replace(TALKING, adults=(INSIDE, OTHER_RINGS)),
     TookTooLong("b"), (Release(B), lost("no_show", "b"))),
    ("the only one inside drops, the other is on the way", replace(TALKING, adults=(HUNG_UP, OTHER_RINGS)),
     AdultGone(A, "hung_up"), (lost("hung_up"), Return("lost"))),
    ("the counsellor hands over, the interpreter stays with the child", BRIDGED, HandedOver("a"),
     (Release(A), Happen(Event.HANDED_OVER, "handed_over", "a"), Tell("adult_lost"))),
    ("the interpreter is let go", BRIDGED, LetGo("b", "let_go"), (Release(B), Dismiss("b", "let_go"))),
    ("whoever is the last with the child is let go by nobody", replace(TALKING, adults=(GUEST,)), LetGo("g", "let_go"),
     (Release("guest"), lost("let_go", "g"), Return("lost"))),
    # A guest coaches: only the counsellor hears them, until somebody else has to.
    ("who is asked in comes to the counsellor alone",
     replace(TALKING, adults=(INSIDE, replace(GUEST, state=LegState.ALONE))), AdultPressed("guest"),
     (Enter("guest", A), Met("guest"))),
    ("who is asked into a bridge comes to the counsellor alone",
     replace(BRIDGED, adults=(OTHER_INSIDE, INSIDE, replace(GUEST, state=LegState.ALONE))), AdultPressed("guest"),
     (Enter("guest", A), Met("guest"))),
    ("who comes when the counsellor was cut off is heard by all",
     replace(BRIDGED, adults=(HUNG_UP, OTHER_INSIDE, replace(GUEST, state=LegState.ALONE))), AdultPressed("guest"),
     (Enter("guest"), Met("guest"))),
    ("a second party is there to be heard",
     replace(TALKING, adults=(INSIDE, replace(SECOND_PARTY, state=LegState.ALONE))), AdultPressed("second"),
     (Enter("second"), Met("second"))),
    ("an interpreter is there to be heard", replace(TALKING, adults=(INSIDE, OTHER_AT_KEY)), AdultPressed(B),
     (Enter(B), Met(B))),
    ("it is left to the guest, whom the child hears first", replace(TALKING, adults=(INSIDE, COACH)),
     LetGo("a", "handed_over"), (Hear("guest"), Release(A), Dismiss("a", "handed_over"))),
    ("it is handed to the floor while a guest coaches", replace(TALKING, adults=(INSIDE, COACH)), HandedOver("a"),
     (Hear("guest"), Release(A), Happen(Event.HANDED_OVER, "handed_over", "a"), Tell("adult_lost"))),
    ("the counsellor is taken back while a guest coaches", replace(TALKING, adults=(INSIDE, COACH)),
     Withdrawn("a", "left"), (Hear("guest"), Release(A), lost("left"), Tell("adult_lost"))),
    ("the counsellor's line drops while a guest coaches",
     replace(TALKING, adults=(replace(HUNG_UP, was_inside=True), COACH)), AdultGone(A, "hung_up"),
     (Hear("guest"), lost("hung_up"), Tell("adult_lost"))),
    ("the interpreter's line drops while a guest coaches", replace(BRIDGED, adults=(INSIDE, OTHER_HUNG_UP, COACH)),
     AdultGone(B, "hung_up"), (lost("hung_up", "b"), Tell("adult_lost"))),
    ("the coach drops, and the child notices nothing",
     replace(TALKING, adults=(INSIDE, replace(COACH, state=LegState.ENDED))), AdultGone("guest", "hung_up"),
     (lost("hung_up", "g"),)),
    ("the coach leaves, and the child notices nothing", replace(TALKING, adults=(INSIDE, COACH)),
     LetGo("g", "let_go"), (Release("guest"), Dismiss("g", "let_go"))),
    ("the counsellor lets the child hear them", replace(TALKING, adults=(INSIDE, COACH)), HeardByAll("g"),
     (Hear("guest"),)),
    ("the child hears them already", replace(TALKING, adults=(INSIDE, GUEST)), HeardByAll("g"), ()),
    ("a guest who hangs up is missed by nobody",
     replace(TALKING, adults=(INSIDE, replace(GUEST, state=LegState.ENDED))), AdultGone("guest", "hung_up"),
     (lost("hung_up", "g"),)),
    ("a second party is no person of ours: who asked waits where keys are heard",
     replace(TALKING, adults=(HUNG_UP, SECOND_PARTY)), AdultGone(A, "hung_up"), (lost("hung_up"), Return("lost"))),
    ("the child hangs up: both are released", replace(BRIDGED, child=GONE), ChildGone(),
     (Release(A), Release(B), Happen(Event.CHILD_LEFT, "child_left"))),
    # Call-backs: the counsellor first, then the child, who presses a key like any adult.
    ("the child is called when a person is there", TO_CALL_BACK, AdultPressed(A), (Enter(A), CallChild())),
    ("who picks up is not let in without the key", replace(TO_CALL_BACK, child=PICKED_UP), AdultPressed(A),
     (Enter(A),)),
    ("the child presses the key", replace(CALLING_BACK, child=PICKED_UP), ChildReady(C), (Enter(C),)),
    ("the child presses it and nobody is left", Room(State.WAITING, PICKED_UP, callback=True), ChildReady(C),
     (Return("lost"),)),
    ("the child does not pick up", replace(CALLING_BACK, child=replace(CALLED, state=LegState.ENDED)), ChildGone(),
     (Release(A), Happen(Event.UNREACHED, "unreached"))),
    ("the counsellor leaves while it rings there", replace(CALLING_BACK, adults=(HUNG_UP,)), AdultGone(A, "hung_up"),
     (lost("hung_up"), Release(C))),
    ("one of two leaves while it rings there, and the other is on the way",
     replace(CALLING_BACK, adults=(HUNG_UP, OTHER_RINGS)), AdultGone(A, "hung_up"), (lost("hung_up"),)),
    ("it rings there for too long", CALLING_BACK, TookTooLong("a"),
     (Release(C), Release(A), Happen(Event.UNREACHED, "unreached"))),
    ("a call of ours that ended is still owed", Room(State.WAITING, GONE, callback=True), ChildGone(), ()),
    ("one who was reached and left is not called again", Room(State.WAITING, GONE, callback=True, met=True),
     ChildGone(), (Happen(Event.CHILD_LEFT, "child_left"),)),
    ("nor while the next person is called", Room(State.CONNECTING, GONE, (RINGS,), callback=True, met=True),
     ChildGone(), (Release(A), Happen(Event.CHILD_LEFT, "child_left"))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("room", "happening", "effects"), [story[1:] for story in STORIES], ids=[s[0] for s in STORIES]
)
def test_what_follows(room: Room, happening: Happening, effects: tuple[Effect, ...]) -> None:
    assert decide(room, happening) == effects


# Everything that can come of a conversation

SEATS = {"a": A, "b": B}
ROLES = {"a": "counsellor", "b": "interpreter"}


@dataclass(frozen=True)
class Moment:
    """A room, the legs that were told to hang up and have not yet, and how far each seat's person is."""

    room: Room
    released: frozenset[str] = frozenset()
    seats: frozenset[tuple[str, str]] = frozenset()

    def stage(self, seat: str) -> str | None:
        return dict(self.seats).get(seat)

    def seated(self, seat: str, stage: str | None) -> "Moment":
        kept = {name: at for name, at in self.seats if name != seat}
        if stage is not None:
            kept[seat] = stage
        adults = tuple(
            replace(adult, wanted=adult.wanted and stage is not None) if adult.assignment_id == seat else adult
            for adult in self.room.adults
        )
        return replace(self, seats=frozenset(kept.items()), room=replace(self.room, adults=adults))

    def __hash__(self) -> int:
        return hash((self.room, self.released, self.seats))


def begins(*, callback: bool) -> Moment:
    return Moment(Room(State.WAITING, None if callback else IN_LOOP, callback=callback))


def follows(moment: Moment, happening: Happening) -> Moment:
    """Carry out what the room decides, as the service does. An illegal move raises."""
    for effect in decide(moment.room, happening):
        moment = carried_out(moment, effect)
    return moment


def carried_out(moment: Moment, effect: Effect) -> Moment:
    room = moment.room
    match effect:
        case CallAdult(seat):
            leg = SEATS[seat]
            former = tuple(
                replace(adult, leg_id=f"former {leg}", wanted=False, assignment_id="before")
                if adult.leg_id == leg
                else adult
                for adult in room.adults
                if adult.leg_id != f"former {leg}"
            )
            released = frozenset(f"former {leg}" if each == leg else each for each in moment.released)
            called = Party(leg, ROLES[seat], LegState.DIALLING, assignment_id=seat)
            return replace(moment, room=replace(room, adults=(*former, called)), released=released)
        case CallChild():
            return replace(moment, room=replace(room, child=replace(CALLED, state=LegState.DIALLING)))
        case Enter("child"):
            return with_child(moment, state=LegState.JOINING, ready=True)
        case Enter(leg_id):
            return with_adult(moment, leg_id, LegState.JOINED)
        case Return():
            return with_child(moment, state=LegState.ALONE, ready=True)
        case Ask():
            return with_child(replace(moment, room=replace(room, asking=True)), state=LegState.ALONE)
        case Release(leg_id):
            return replace(moment, released=moment.released | {leg_id})
        case Tell() | Hear():
            return moment
        case Met(leg_id):
            seat = next(adult.assignment_id for adult in room.adults if adult.leg_id == leg_id)
            return moment.seated(seat or "", "connected")
        case Dismiss(seat, _):
            return moment.seated(seat, None)
        case Happen(event, _, seat):
            return moved(moment, event, seat)


def moved(moment: Moment, event: Event, seat: str | None = None) -> Moment:
    """As `moves.lose` does: while another has the child or is on the way, only this one is let go."""
    if seat is not None:
        others = {at for name, at in moment.seats if name != seat}
        moment = moment.seated(seat, None)
        if others:
            furthest = next(at for at in ("connected", "connecting", "offered") if at in others)
            if furthest == moment.room.state:
                return moment
            event = Event.OTHER_COMES if furthest == "connecting" else Event.OTHER_RINGS
            moment = replace(moment, room=replace(moment.room, asking=False))
    state = after(moment.room.state, event)
    if state in (State.WAITING, State.CLOSED, State.WRAP_UP):
        for name in SEATS:
            moment = moment.seated(name, None)
    if event is Event.JOINED:
        for adult in moment.room.adults:
            if adult.inside and adult.wanted and adult.assignment_id is not None:
                moment = moment.seated(adult.assignment_id, "connected")
    room = moment.room
    asking = room.asking and event is Event.JOINED
    return replace(moment, room=replace(room, state=state, asking=asking, met=room.met or event is Event.JOINED))


def with_child(moment: Moment, *, state: LegState, ready: bool | None = None) -> Moment:
    child = moment.room.child
    if child is None or not child.living:
        return moment
    child = replace(child, state=state, ready=child.ready if ready is None else ready)
    return replace(moment, room=replace(moment.room, child=child))


def with_adult(moment: Moment, leg_id: str, state: LegState) -> Moment:
    adults = tuple(replace(adult, state=state) if adult.leg_id == leg_id else adult for adult in moment.room.adults)
    return replace(moment, room=replace(moment.room, adults=adults))


def next_moments(moment: Moment) -> Iterator[tuple[str, Moment]]:
    yield from _people(moment)
    yield from _phones(moment)


def _people(moment: Moment) -> Iterator[tuple[str, Moment]]:
    state = moment.room.state
    if state is State.WAITING:
        for pair in (("a",), ("a", "b")):
            offered = moved(moment, Event.OFFERED)
            for seat in pair:
                offered = offered.seated(seat, "offered")
            yield f"offered to {pair}", offered
    for seat, at in sorted(moment.seats):
        yield from _person(moment, seat, at)
    if state in (State.OFFERED, State.CONNECTING, State.CONNECTED) and len(moment.seats) == 1:
        missing = next(seat for seat in SEATS if moment.stage(seat) is None)
        if not any(adult.leg_id.startswith("former") for adult in moment.room.adults):
            yield f"offered to one more, {missing}", moment.seated(missing, "offered")
    if state is State.CONNECTED:
        for happening in (Asked("q"), Ended()):
            yield type(happening).__name__, follows(moment, happening)
        if moment.room.asking:
            answered = replace(moment, room=replace(moment.room, asking=False))
            yield "answered", with_child(answered, state=LegState.JOINED)
    if state is State.WRAP_UP:
        yield "finished", moved(moment, Event.FINISHED)
    if state is not State.CLOSED:
        yield "stopped", follows(moment, Stopped())


def _person(moment: Moment, seat: str, at: str) -> Iterator[tuple[str, Moment]]:
    if at == "offered":
        yield f"{seat} passes", moved(moment, Event.PASSED, seat)
        former = [adult for adult in moment.room.adults if adult.leg_id == f"former {SEATS[seat]}"]
        if not former:
            accepted = moment.seated(seat, "connecting")
            if moment.room.state is State.OFFERED:
                accepted = moved(accepted, Event.ACCEPTED)
            first = len(accepted.seats) == 2 and "offered" in {stage for _, stage in accepted.seats}
            accepted = replace(accepted, room=replace(accepted.room, first_of_two=first))
            then = follows(accepted, AdultAccepted(seat))
            yield f"{seat} accepts", replace(then, room=replace(then.room, first_of_two=False))
    if at in ("offered", "connecting"):
        yield f"{seat} withdrawn", follows(moment, Withdrawn(seat, "other_language"))
    if at == "connecting":
        yield f"{seat} takes too long", follows(moment, TookTooLong(seat))
    if at == "connected" and moment.room.state is State.CONNECTED:
        yield f"{seat} hands over", follows(moment, HandedOver(seat))
        if any(each.inside and each.wanted and each.assignment_id != seat for each in moment.room.adults):
            yield f"{seat} let go", follows(moment, LetGo(seat, "let_go"))


def _phones(moment: Moment) -> Iterator[tuple[str, Moment]]:
    for adult in moment.room.adults:
        if adult.state in (LegState.DIALLING, LegState.ALONE) and moment.room.state in CONVERSING:
            yield f"{adult.leg_id} presses", follows(moment, AdultPressed(adult.leg_id))
        yield f"{adult.leg_id} ends", ended_adult(moment, adult)
    child = moment.room.child
    if child is None or not child.living:
        return
    if child.state is LegState.JOINING:
        joined = with_child(moment, state=LegState.JOINED)
        yield "child joined", follows(joined, ChildJoined())
    if child.state is LegState.DIALLING:
        yield "child picks up", with_child(moment, state=LegState.ALONE)
    if not child.ready and child.state is LegState.ALONE and moment.room.state in CONVERSING:
        yield "child presses", follows(moment, ChildReady(C))
    over = with_child(replace(moment, released=moment.released - {C}), state=LegState.ENDED)
    yield "child ends", follows(over, ChildGone())


CONVERSING = frozenset(State) - {State.WRAP_UP, State.CLOSED}
"""After it everyone who asks is hung up."""


def ended_adult(moment: Moment, adult: Party) -> Moment:
    """The end of a leg whose worker has the contact counts; the leg is nobody's from then on."""
    over = with_adult(replace(moment, released=moment.released - {adult.leg_id}), adult.leg_id, LegState.ENDED)
    if adult.wanted:
        over = follows(over, AdultGone(adult.leg_id, "hung_up"))
    rest = tuple(each for each in over.room.adults if each.leg_id != adult.leg_id)
    return replace(over, room=replace(over.room, adults=rest))


def wrong_with(moment: Moment) -> str | None:
    room, child = moment.room, moment.room.child
    person = any(adult.inside and adult.wanted for adult in room.adults)
    if child is not None and child.inside and C not in moment.released:
        if not person:
            return "a child is alone in a room"
        if room.state not in (State.CONNECTING, State.CONNECTED):
            return "a child is in a room without a person due"
        if not child.ready:
            return "somebody who pressed no key meets a counsellor"
    if room.state is State.CONNECTED and not room.asking and (child is None or not child.inside):
        return "connected, and the child is elsewhere"
    if room.state in (State.WRAP_UP, State.CLOSED):
        for party in (*room.adults, *([child] if child else [])):
            if party.living and party.leg_id not in moment.released:
                return f"it is over, and nobody lets {party.leg_id} go"
    for adult in room.adults:
        if not adult.wanted and adult.living and adult.leg_id not in moment.released:
            return "an adult who is not wanted is kept"
    for role in ROLES.values():
        inside = [one for one in room.adults if one.role == role and one.inside and one.leg_id not in moment.released]
        if len(inside) > 1:
            return f"two of the role {role} in one room"
    return None


@pytest.mark.parametrize("callback", [False, True], ids=["a call", "a call-back"])
def test_a_child_alone_is_in_the_loop_and_with_a_person_in_the_room_wherever_it_can_get_to(callback: bool) -> None:
    first = begins(callback=callback)
    told: dict[Moment, tuple[str, ...]] = {first: ()}
    todo = deque([first])
    while todo:
        moment = todo.popleft()
        for name, then in next_moments(moment):
            if then not in told:
                told[then] = (*told[moment], name)
                assert wrong_with(then) is None, (wrong_with(then), told[then], then)
                todo.append(then)
    assert len(told) > 500
    assert {moment.room.state for moment in told} >= CONVERSING - {State.ARRIVING, State.PARKED}


def test_the_search_would_notice_a_child_that_is_left_alone() -> None:
    alone = Moment(Room(State.CONNECTED, IN_ROOM, (), met=True))
    assert wrong_with(alone) == "a child is alone in a room"
    assert wrong_with(replace(alone, released=frozenset({C}))) is None
