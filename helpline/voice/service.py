"""Carries out what the room decides: legs, assignments, the contact and the effects, in one transaction."""

import json
from dataclasses import replace

from helpline.clock import MINUTE, SECOND
from helpline.contacts import moves
from helpline.contacts.callback import next_safe_time
from helpline.contacts.lifecycle import Event, State
from helpline.house import House
from helpline.store import assignments, audit, contacts, deadlines, effects, legs
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.legs import INSIDE, Leg, LegState
from helpline.voice import room as rooms
from helpline.voice.documents import child_answer, join, room_name, to_plain
from helpline.voice.parties import Party, Room, coached_by
from ivr_scripts import machine
from ivr_scripts.machine import Say, Session
from webhooks.answers import Answer

CALLBACK_TRIES = 3
"""Times that a call-back is tried before it is closed as not reached."""

CALLBACK_PAUSE = 30 * MINUTE
"""At least so long between the tries of a call-back; the next is at an hour that is safe, too."""

OFFICER_PAUSE = 2 * MINUTE
"""So long between the tries of calling an officer, who asked for it now."""

CHILD_COMES_WITHIN = 75 * SECOND
"""From ringing the child of a call-back until it must be in the room: the ringing, and twice the prompt."""


def look(tx: Tx, contact: Contact) -> Room:
    """The conversation as the room sees it: the child's newest leg, and the adults' that live or are wanted."""
    child: Party | None = None
    adults: list[Party] = []
    live = {assignment.id: assignment for assignment in assignments.live_of_contact(tx, contact.id)}
    due = [each for each in live.values() if each.role != "guest"]
    for leg in legs.of_contact(tx, contact.id):
        state = LegState(leg.state)
        if leg.role == "child":
            child = Party(leg.id, leg.role, state, ready=leg.session_json is not None)
        elif leg.living or leg.assignment_id in live:
            wanted = leg.assignment_id in live or (leg.assignment_id is None and contact.state == State.CONNECTED)
            been = leg.joined_at is not None
            role = live[leg.assignment_id].role if leg.assignment_id in live else leg.role
            adults.append(Party(leg.id, role, state, wanted, assignment_id=leg.assignment_id, was_inside=been))
    return Room(
        State(contact.state),
        child,
        tuple(adults),
        callback=contact.kind == "callback" or (contact.kind == "request" and contact.not_before is not None),
        met=contact.connected_at is not None,
        asking=contact.asking is not None,
        first_of_two=len(due) == 2 and sum(each.accepted_at is not None for each in due) == 1,
    )


def happen(
    tx: Tx, house: House, contact: Contact, happening: rooms.Happening, actor: str, *, answering: str | None = None
) -> tuple[Contact, Answer | None]:
    """Let something happen in a conversation. What a leg other than ``answering`` is to hear goes out as an effect;
    what ``answering`` is to hear is returned.
    """
    answer: Answer | None = None
    for effect in rooms.decide(look(tx, contact), happening):
        match effect:
            case rooms.CallAdult(assignment_id):
                _call_adult(tx, contact, assignment_id)
            case rooms.CallChild():
                _call_child(tx, contact)
            case rooms.Enter(leg_id, heard_by):
                contact, said = _enter(tx, house, contact, legs.get(tx, leg_id), heard_by, answering)
                answer = said or answer
            case rooms.Hear(leg_id):
                legs.change(tx, legs.get(tx, leg_id), state=LegState.JOINED)
                effects.add(tx, "hear", contact.id, leg_id, {"room": room_name(contact)})
            case rooms.Return(why):
                answer = _advance_child(tx, house, contact, machine.Resumed(why), "move", answering) or answer
            case rooms.Ask(question):
                contact = moves.touch(tx, contact, asking=question)
                answer = _advance_child(tx, house, contact, machine.Question(question), "ask", answering) or answer
            case rooms.Tell(what):
                effects.add(tx, "announce", contact.id, None, {"what": what, "room": room_name(contact)})
            case rooms.Met(leg_id):
                contact = _met(tx, contact, legs.get(tx, leg_id))
            case rooms.Dismiss(assignment_id, why):
                contact = moves.let_go(tx, house, contact, assignment_id, why)
            case rooms.Release(leg_id):
                if leg_id != answering:
                    effects.add(tx, "hang_up", contact.id, leg_id)
            case rooms.Happen(event, why, about):
                contact = _moved(tx, house, contact, event, why, actor, about)
    return contact, answer


def _call_adult(tx: Tx, contact: Contact, assignment_id: str) -> None:
    assignment = assignments.get(tx, assignment_id)
    assert assignment is not None, "a room names live assignments only"
    leg_id = legs.add(
        tx, contact.id, assignment.role, LegState.DIALLING, assignment_id=assignment.id, worker_id=assignment.worker_id
    )
    effects.add(tx, "call_adult", contact.id, leg_id)


def _call_child(tx: Tx, contact: Contact) -> None:
    until = tx.now + CHILD_COMES_WITHIN
    for assignment in assignments.live_of_contact(tx, contact.id):
        if assignment.state == "connecting":
            assignments.change(tx, assignment, "connecting", until=until)
            deadlines.clear(tx, assignment.id)
            deadlines.add(tx, "connect", assignment.id, until)
    leg_id = legs.add(tx, contact.id, "child", LegState.DIALLING)
    effects.add(tx, "call_child", contact.id, leg_id)


def _enter(
    tx: Tx, house: House, contact: Contact, leg: Leg, heard_by: str | None, answering: str | None
) -> tuple[Contact, Answer | None]:
    if leg.role == "child":
        answer = _advance_child(tx, house, contact, machine.Joined(), "move", answering)
        if answer is not None:
            contact = child_joined(tx, house, contact)
        return contact, answer
    coached = legs.get(tx, heard_by).provider_id if heard_by is not None else None
    state = LegState.JOINED if coached is None else LegState.COACHING
    legs.change(tx, leg, state=state, joined_at=tx.now, step=leg.step + 1)
    language = house.line(contact.line).own_language
    first = (Say("interpreter_first", language),) if _interprets_alone(tx, contact, leg) else ()
    waiting = (Say("worker_holding", language),)
    return contact, Answer(leg.id, leg.step + 1, first, join(contact, leg, waiting, coached))


def back_inside(tx: Tx, house: House, contact: Contact, leg: Leg) -> Answer:
    """Once more what let this adult in, who asks again; who coached does so as long as there is a counsellor."""
    heard_by = coached_by(look(tx, contact), leg.id) if leg.state == LegState.COACHING else None
    coached = legs.get(tx, heard_by).provider_id if heard_by is not None else None
    waiting = (Say("worker_holding", house.line(contact.line).own_language),)
    return Answer(leg.id, leg.step, (), join(contact, leg, waiting, coached))


def _interprets_alone(tx: Tx, contact: Contact, leg: Leg) -> bool:
    """An interpreter is the first of a bridge, and is told the sentence that holds the child."""
    others = (each for each in legs.of_contact(tx, contact.id) if each.role not in ("child", leg.role))
    return leg.role == "interpreter" and contact.kind != "request" and not any(one.state in INSIDE for one in others)


def child_joined(tx: Tx, house: House, contact: Contact) -> Contact:
    """The child's leg is in the room, as far as can be known: the carrier has taken the order."""
    leg = child_leg(tx, contact)
    if leg is not None and leg.living:
        legs.change(tx, leg, state=LegState.JOINED, joined_at=tx.now)
    contact, _ = happen(tx, house, contact, rooms.ChildJoined(), "system")
    return contact


def spoken_to(house: House, contact: Contact) -> str:
    """The language of what a child's phone says; an officer wants an interpreter for another, and hears the line's."""
    own = house.line(contact.line).own_language
    return own if contact.kind == "request" else contact.language or own


def child_leg(tx: Tx, contact: Contact) -> Leg | None:
    """The newest: a call-back that is tried again has a leg for every try."""
    found = None
    for leg in legs.of_contact(tx, contact.id):
        if leg.role == "child":
            found = leg
    return found


def session_of(house: House, contact: Contact, leg: Leg) -> Session:
    """Where the leg is in its script; a call-back that has not begun one is where a person is due."""
    if leg.session_json:
        return Session.from_json(json.loads(leg.session_json))
    line = house.line(contact.line)
    script = house.scripts[line.script]
    return Session(
        script=script.name,
        node=script.start,
        language=spoken_to(house, contact) if contact.kind == "request" else contact.language,
        step=leg.step,
        menu=house.heard_menu(line),
        queued=True,
    )


def not_asked(tx: Tx, house: House, contact: Contact) -> None:
    """The child could not be taken out of the room for a question, and is in it still: another may be asked."""
    leg = child_leg(tx, contact)
    if contact.asking is None or leg is None or not leg.living:
        return
    script = house.scripts[house.line(contact.line).script]
    session = machine.advance(script, session_of(house, contact, leg), machine.Joined()).session
    legs.change(tx, leg, state=LegState.JOINED, step=session.step, session_json=json.dumps(session.to_json()))
    moves.touch(tx, contact, asking=None)


def speak(tx: Tx, house: House, contact: Contact, language: str) -> None:
    """From now on the child's leg is spoken to in this language; nothing is said at once."""
    leg = child_leg(tx, contact)
    if leg is not None and leg.living and leg.session_json is not None and contact.kind != "request":
        session = replace(session_of(house, contact, leg), language=language)
        legs.change(tx, leg, session_json=json.dumps(session.to_json()))


def _advance_child(
    tx: Tx, house: House, contact: Contact, given: machine.Input, kind: str, answering: str | None
) -> Answer | None:
    """Take the child's leg on by an order of ours, as the answer that it waits for or as an effect."""
    leg = child_leg(tx, contact)
    if leg is None or not leg.living:
        return None
    script = house.scripts[house.line(contact.line).script]
    step = machine.advance(script, session_of(house, contact, leg), given)
    inside = LegState.JOINING if isinstance(step.then, machine.Rejoin) else LegState.ALONE
    legs.change(tx, leg, state=inside, step=step.session.step, session_json=json.dumps(step.session.to_json()))
    answer = child_answer(contact, leg, step, script)
    if leg.id == answering:
        return answer
    effects.add(
        tx, kind, contact.id, leg.id, {"answer": to_plain(answer), "room": f"{contact.id}-{contact.generation}"}
    )
    return None


def _moved(
    tx: Tx, house: House, contact: Contact, event: Event, why: str, actor: str, assignment_id: str | None
) -> Contact:
    match event:
        case Event.ADULT_LOST | Event.HANDED_OVER:
            assert assignment_id is not None, "somebody is lost"
            contact = moves.lose(tx, house, contact, event, why, actor, assignment_id)
            _release_uncalled_for(tx, contact, assignment_id)
            return contact
        case Event.JOINED:
            return _joined(tx, house, contact)
        case Event.ENDED:
            return moves.begin_wrap_up(tx, house, contact, event, actor, ended_by="counsellor")
        case Event.CHILD_LEFT if contact.state == State.CONNECTED:
            return moves.begin_wrap_up(tx, house, contact, event, actor, ended_by="child")
        case Event.CHILD_LEFT:
            return moves.close(tx, house, contact, event, "child", _left_outcome(contact), "child_left")
        case Event.UNREACHED:
            return _unreached(tx, house, contact)
        case _:
            return moves.close(tx, house, contact, event, actor, "stopped", "stopped")


def _release_uncalled_for(tx: Tx, contact: Contact, but: str) -> None:
    """A guest who was on the way into a conversation that has ended for now is not called any more."""
    kept = {None, but, *(each.id for each in assignments.live_of_contact(tx, contact.id))}
    for leg in legs.of_contact(tx, contact.id):
        if leg.living and leg.role == "guest" and leg.assignment_id not in kept:
            effects.add(tx, "hang_up", contact.id, leg.id)


def _joined(tx: Tx, house: House, contact: Contact) -> Contact:
    contact = moves.move(
        tx, contact, Event.JOINED, "system", connected_at=contact.connected_at or tx.now, only_worker=None
    )
    inside = {leg.assignment_id for leg in legs.of_contact(tx, contact.id) if leg.state in INSIDE}
    moves.there_is(tx, contact, inside)
    moves.follow(tx, house, contact, "met")
    return contact


def _met(tx: Tx, contact: Contact, leg: Leg) -> Contact:
    """One more adult hears those who are together already."""
    moves.there_is(tx, contact, {leg.assignment_id})
    return moves.touch(tx, contact)


def _left_outcome(contact: Contact) -> str:
    """Missed and abandoned are outcomes that the system sets, never labels that a counsellor gives."""
    if contact.connected_at is not None:
        return "lost"
    if contact.kind == "duty":
        return "duty"
    return "left_in_menu" if contact.queued_at is None else "abandoned"


def _unreached(tx: Tx, house: House, contact: Contact) -> Contact:
    """A call-back that nobody took waits for another try, and after the last is closed as not reached."""
    moves.release_all(tx, house, contact, "unreached")
    attempts = contact.attempts + 1
    if attempts >= CALLBACK_TRIES:
        return moves.close(tx, house, contact, Event.CHILD_LEFT, "system", "unreached", "unreached")
    if contact.kind == "request":
        again = tx.now + OFFICER_PAUSE
    else:
        again = next_safe_time(house.line(contact.line), contact.safe_when, tx.now + CALLBACK_PAUSE)
    contact = moves.move(
        tx,
        contact,
        Event.UNREACHED,
        "system",
        not_before=again,
        attempts=attempts,
        generation=contact.generation + 1,
        only_worker=None,
        wants=None,
    )
    deadlines.add(tx, "callback_due", contact.id, again)
    return contact


def leg_over(tx: Tx, house: House, leg: Leg, why: str) -> None:
    """A leg's telephone call has ended: whatever comes later about it changes nothing."""
    contact = contacts.get_for_change(tx, leg.contact_id)
    leg = legs.again(tx, leg)
    if not leg.living:
        return
    legs.change(tx, leg, state=LegState.ENDED, ended_at=tx.now, end_reason=why)
    audit.add(tx, "carrier", "leg_ended", leg.contact_id, leg.id, {"role": leg.role, "why": why})
    if leg.role != "child":
        if _still_assigned(tx, leg):
            happen(tx, house, contact, rooms.AdultGone(leg.id, why), "carrier")
        return
    newest = child_leg(tx, contact)
    if newest is not None and newest.id == leg.id:
        happen(tx, house, contact, rooms.ChildGone(), "child")


def _still_assigned(tx: Tx, leg: Leg) -> bool:
    """A leg of a worker whom the contact has left behind decides nothing for the next one."""
    live = assignments.live_of_contact(tx, leg.contact_id)
    return any(assignment.id == leg.assignment_id for assignment in live)
