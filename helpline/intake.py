"""A provider's event becomes a stored fact, once; what a call is answered is stored with it.

Each event is one unit of work, committed before the answer leaves. A repeat finds the stored answer and changes
nothing; what comes late finds a contact that has moved on.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from helpline import lines
from helpline.contacts import moves
from helpline.contacts.arrival import call_back_later, known_of_caller, new_contact
from helpline.contacts.bridging import follow_language
from helpline.contacts.lifecycle import Event, State
from helpline.errors import Unavailable
from helpline.house import House
from helpline.interpreting import by_phone
from helpline.notices import calls as notice_calls
from helpline.protection import trial_calls
from helpline.store import (
    assignments,
    audit,
    blocks,
    callers,
    contacts,
    deliveries,
    effects,
    legs,
    messages,
    questions,
    workers,
)
from helpline.store.contacts import Contact
from helpline.store.db import Store, Tx
from helpline.store.legs import INSIDE, Leg, LegState
from helpline.voice import offering
from helpline.voice import room as rooms
from helpline.voice.documents import child_answer, join
from helpline.voice.ringing import has_call
from helpline.voice.service import back_inside, child_joined, child_leg, happen, leg_over, session_of, spoken_to
from ivr_scripts import machine
from ivr_scripts.machine import HangUp, Listen, Say
from webhooks.answers import Answer
from webhooks.events import CallArrived, CallState, CallStatus, LegStep, RecordingReady, RoomChanged

ADULT_KEY = "1"
"""What an adult presses to be let in; whoever answers a call-back presses it too."""

ADULT_TRIES = 2
ADULT_LISTEN_S = 8
ORDER_WITHIN_S = 5
"""An order to a call has been carried out by then, or the call takes what it asks for."""


@dataclass(frozen=True, slots=True)
class Intake:
    """`webhooks.ports.VoiceIntake` over the store."""

    store: Store
    house: House

    async def call_arrived(self, event: CallArrived) -> str:
        return await self.store.write(lambda tx: call_arrived(tx, self.house, event))

    async def leg_step(self, event: LegStep) -> str:
        return await self.store.write(lambda tx: leg_step(tx, self.house, event))

    async def call_status(self, event: CallStatus) -> None:
        await self.store.write(lambda tx: call_status(tx, self.house, event))

    async def room_changed(self, event: RoomChanged) -> None:
        await self.store.write(lambda tx: room_changed(tx, self.house, event))

    async def recording_ready(self, event: RecordingReady) -> None:
        await self.store.write(lambda tx: recording_ready(tx, event))


def call_arrived(tx: Tx, house: House, event: CallArrived) -> str:
    """A call rings: a contact begins, and hears the first words of its script."""
    key = f"call:{event.call_id}:0"
    delivered = deliveries.find(tx, key)
    if delivered is not None:
        return delivered.answer or ""
    if trial_calls.has_arrived(tx, house, event):
        document = house.renderer.render(Answer(event.call_id, 0, (), HangUp()))
        deliveries.add(tx, key, None, document)
        return document
    line = house.line(event.line)
    for_institutions = line.audience == "institutions"
    known = known_of_caller(tx, house, event.line, event.caller)
    remembered = callers.language(tx, known["caller_hash"]) if known else None
    blocked = blocks.blocked_until(tx, line.id, known.get("caller_hash")) is not None
    callable, menu = event.caller is not None and not blocked, house.heard_menu(line)
    is_open = lines.is_open(tx, house, line.id) and not blocked
    children = by_phone.children_number(house) if for_institutions else ""
    arrived = machine.Arrived(is_open, remembered, callable=callable, menu=menu, children=children)
    script = house.scripts[line.script]
    step = machine.begin(script, arrived)
    contact = new_contact(tx, house, line.id, **known, kind=by_phone.ARRIVING if for_institutions else "call")
    leg_id = legs.add(
        tx,
        contact.id,
        "child",
        LegState.ALONE,
        provider_id=event.call_id,
        step=step.session.step,
        session_json=json.dumps(step.session.to_json()),
    )
    audit.add(tx, "child", "call_arrived", contact.id, leg_id)
    if blocked:
        audit.add(tx, "system", "held_back", contact.id)
    contact = _apply(tx, house, contact, step.decisions)
    return _answered(tx, house, key, contact, child_answer(contact, legs.get(tx, leg_id), step, script))


def _answered(tx: Tx, house: House, key: str, contact: Contact, answer: Answer) -> str:
    document = house.renderer.render(answer)
    deliveries.add(tx, key, contact.id, document)
    return document


def leg_step(tx: Tx, house: House, event: LegStep) -> str:
    """A leg, or a call for a notice, asks what to do next. Raises `Unavailable` for another: others must answer it."""
    key = f"call:{event.call_id}:{event.step}{':left' if event.left_room else ''}"
    delivered = deliveries.find(tx, key)
    if delivered is not None:
        return delivered.answer or ""
    found = legs.find(tx, event.leg_id)
    if found is None:
        return notice_calls.next_step(tx, house, event)
    contact = contacts.get_for_change(tx, found.contact_id)
    leg = legs.again(tx, found)
    if leg.provider_id != event.call_id:
        leg = _claimed_leg(tx, leg, event)
    if event.over and leg.living:
        leg_over(tx, house, leg, "hung_up")
        leg, contact = legs.get(tx, leg.id), contacts.get_for_change(tx, leg.contact_id)
    if not leg.living or contact.state in (State.CLOSED, State.WRAP_UP):
        answer = Answer(leg.id, leg.step, (), HangUp())
    elif leg.role != "child":
        contact, answer = _adult_step(tx, house, contact, leg, event)
    elif leg.session_json is None:
        contact, answer = _callback_step(tx, house, contact, leg, event)
    else:
        contact, answer = _child_step(tx, house, contact, leg, event)
    return _answered(tx, house, key, contact, answer)


def _claimed_leg(tx: Tx, leg: Leg, event: LegStep) -> Leg:
    """A leg that we rang asks before the carrier's answer to our order has come back."""
    if leg.provider_id is not None or (leg.role == "child" and leg.session_json is not None):
        raise Unavailable("leg_unknown")
    has_call(tx, leg, event.call_id)
    return legs.get(tx, leg.id)


def _child_step(tx: Tx, house: House, contact: Contact, leg: Leg, event: LegStep) -> tuple[Contact, Answer]:
    script, session = house.scripts[house.line(contact.line).script], session_of(house, contact, leg)
    if event.step < session.step and event.recording is None:
        return _awaits_order(tx, house, contact, leg, session, event)
    given: machine.Input
    if event.recording is not None:
        given = machine.Recorded(event.recording, event.recorded_s, event.keys or "")
    elif event.left_room or event.step != session.step:
        given = machine.Arrived(session.open)  # the call as it stands
    elif event.keys:
        given = machine.Digits(event.keys)
    else:
        given = machine.Silence()
    step = machine.advance(script, session, given)
    contact, step = by_phone.answered(tx, house, contact, script, step)
    if machine.ChildHere() in step.decisions and (there := by_phone.to_children(tx, house, contact, step)):
        contact, script, step = there
    inside = isinstance(step.then, machine.Rejoin)
    state = LegState.JOINED if inside else LegState.ALONE
    legs.change(tx, leg, state=state, step=step.session.step, session_json=json.dumps(step.session.to_json()))
    contact = _apply(tx, house, contact, step.decisions)
    if inside and contact.state == State.CONNECTING:
        contact = child_joined(tx, house, contact)
    if isinstance(step.then, HangUp) and contact.state == State.ARRIVING:
        outcome = "duty" if contact.kind == by_phone.DUTY else _turned_into(step, tx, contact)
        contact = moves.close(tx, house, contact, Event.TURNED, "child", outcome, "turned")
    return contact, child_answer(contact, leg, step, script)


def _awaits_order(
    tx: Tx, house: House, contact: Contact, leg: Leg, session: machine.Session, event: LegStep
) -> tuple[Contact, Answer]:
    """The call asks while an order of ours is on its way: it is kept where it is, so that the order finds it there.

    To go on from here would make the order one of yesterday, which is not carried out, though the call may be past
    hearing this answer; and to answer with the room would move the child twice, which ends it.
    """
    script = house.scripts[house.line(contact.line).script]
    if event.keys == script.keys.danger.press and not session.danger:
        legs.change(tx, leg, session_json=json.dumps(replace(session, danger=True).to_json()))
        contact = _apply(tx, house, contact, (machine.Danger(),))
    coming = Say(script.refuge.coming[0], session.language or script.language)
    return contact, Answer(leg.id, session.step, (coming,), Listen(1, ORDER_WITHIN_S))


def _turned_into(step: machine.Step, tx: Tx, contact: Contact) -> str:
    if messages.of_contact(tx, contact.id) is not None:
        return "message_left"
    asked = any(isinstance(decision, machine.CallbackAsked) for decision in step.decisions)
    return "callback_asked" if asked else "left_in_menu"


def _callback_step(tx: Tx, house: House, contact: Contact, leg: Leg, event: LegStep) -> tuple[Contact, Answer]:
    """Whoever answers a call-back hears nothing of a helpline, and is joined after a key."""
    if event.keys == ADULT_KEY:
        contact, answer = happen(tx, house, contact, rooms.ChildReady(leg.id), "child", answering=leg.id)
        if answer is not None:
            return contact, answer
    language = spoken_to(house, contact)
    if event.step < ADULT_TRIES:
        legs.change(tx, leg, state=LegState.ALONE, step=event.step + 1)
        return contact, ask_for_key(leg.id, event.step + 1, "callback_neutral", language)
    leg_over(tx, house, leg, "no_key")
    return contact, Answer(leg.id, event.step + 1, (Say("callback_no_key", language),), HangUp())


def ask_for_key(leg_id: str, step: int, prompt: str, language: str) -> Answer:
    """What an adult's phone, and a call-back, hears first."""
    return Answer(leg_id, step, (Say(prompt, language, ADULT_KEY),), Listen(1, ADULT_LISTEN_S))


def invitation(leg: Leg) -> str:
    """What an adult's phone says first, until a key is pressed."""
    return "worker_offer" if leg.assignment_id is not None else "guest_invited"


def _adult_step(tx: Tx, house: House, contact: Contact, leg: Leg, event: LegStep) -> tuple[Contact, Answer]:
    language = house.line(contact.line).own_language
    if event.left_room:
        return _adult_left_room(tx, house, contact, leg, event)
    if (offer := offering.offered(tx, leg)) is not None:
        return offering.answered(tx, house, contact, leg, offer, event)
    if leg.state in INSIDE and event.step < leg.step:
        return contact, back_inside(tx, house, contact, leg)
    if event.keys == ADULT_KEY:
        contact, answer = happen(tx, house, contact, rooms.AdultPressed(leg.id), "carrier", answering=leg.id)
        if answer is not None:
            return contact, answer
        leg_over(tx, house, leg, "not_needed")
        return contact, Answer(leg.id, event.step + 1, (Say("worker_gone", language),), HangUp())
    if event.step < ADULT_TRIES:
        legs.change(tx, leg, state=LegState.ALONE, step=event.step + 1)
        return contact, ask_for_key(leg.id, event.step + 1, invitation(leg), language)
    leg_over(tx, house, leg, "no_key")
    return contact, Answer(leg.id, event.step + 1, (Say("worker_no_key", language),), HangUp())


def _adult_left_room(tx: Tx, house: House, contact: Contact, leg: Leg, event: LegStep) -> tuple[Contact, Answer]:
    """The room has ended around this adult, who goes back in while the child's call is not known to have ended.

    Whoever is hung up here would count as lost, though it was the child who left: so the child's call is looked at,
    and if it is over, everyone is released. A guest who goes back in is heard by all: the counsellor may not be there.
    """
    language = house.line(contact.line).own_language
    wanted = leg.assignment_id is None or any(
        each.id == leg.assignment_id for each in assignments.live_of_contact(tx, contact.id)
    )
    child = child_leg(tx, contact)
    if not wanted or child is None or not child.living:
        return contact, Answer(leg.id, leg.step + 1, (Say("worker_other_left", language),), HangUp())
    if contact.asking is None:
        effects.add(tx, "check_call", contact.id, child.id)
    heard = Say("worker_holding" if contact.asking is None else "worker_asking", language)
    legs.change(tx, leg, state=LegState.JOINED, step=leg.step + 1)
    return contact, Answer(leg.id, leg.step + 1, (), join(contact, leg, (heard,)))


def _apply(tx: Tx, house: House, contact: Contact, decisions: tuple[machine.Decision, ...]) -> Contact:
    """What the child decided by key, in one change of the contact."""
    values: dict[str, Any] = {}
    queued = called_back = by_day = False
    for decision in decisions:
        match decision:
            case machine.LanguageChosen(language):
                values |= {"language": language, "language_known_at": contact.language_known_at or tx.now}
                if contact.caller_hash is not None:
                    callers.remember(tx, contact.caller_hash, language)
            case machine.Danger():
                values["danger"] = True
            case machine.CannotSpeak():
                values["cannot_speak"] = True
            case machine.Wish(gender):
                values["gender_wish"] = gender
            case machine.Queue():
                queued = True
            case machine.Answered(question, answer):
                values["asking"] = None
                questions.answer(tx, contact.id, question, answer or "silence")
            case machine.CallbackAsked(when):
                call_back_later(tx, house, contact, when)
            case machine.MessageLeft(recording, seconds):
                _keep_message(tx, contact, recording, seconds)
            case machine.InterpreterWanted(who, language, purpose):
                values |= by_phone.wanted(tx, house, contact, who, language, purpose)
            case machine.RequestTold():
                by_phone.told(tx, house, contact, decision)
            case machine.OfficerCallAsked(by_day):
                called_back = True
            case machine.LimitsTold():
                audit.add(tx, "child", "limits_told", contact.id)
            case machine.LanguageUnknown():
                pass
    if queued:
        contact = moves.queue(tx, house, contact, **values)
    elif values:
        contact = moves.touch(tx, contact, **values)
    if values.get("danger"):
        audit.add(tx, "child", "danger_key", contact.id)
        if not queued:
            moves.watch_danger(tx, house, contact)
    if "language" in values and contact.state in (State.OFFERED, State.CONNECTING):
        contact = _meet_another(tx, house, contact, values["language"])
    return by_phone.call_back(tx, house, contact, by_day=by_day) if called_back else contact


def _meet_another(tx: Tx, house: House, contact: Contact, language: str) -> Contact:
    """A child who corrects the language does not get those who were on the way and do not speak it."""
    live = assignments.live_of_contact(tx, contact.id)
    speaks = workers.languages(tx, [each.worker_id for each in live])
    if any(language in speaks.get(each.worker_id, {}) for each in live):
        return follow_language(tx, house, contact, "child")
    for assignment in live:
        contact, _ = happen(tx, house, contact, rooms.Withdrawn(assignment.id, "other_language"), "child")
    return contact


def _keep_message(tx: Tx, contact: Contact, recording: str, seconds: int) -> None:
    if messages.of_contact(tx, contact.id) is None:
        message_id = messages.add(tx, contact.id, recording, seconds)
        effects.add(tx, "fetch_recording", contact.id, message_id)
        audit.add(tx, "child", "message_left", contact.id, message_id)


ENDS = {
    CallState.COMPLETED: "hung_up",
    CallState.BUSY: "busy",
    CallState.NO_ANSWER: "no_answer",
    CallState.FAILED: "failed",
    CallState.CANCELED: "no_answer",
}
"""Why a leg ended, by how its call did."""


def call_status(tx: Tx, house: House, event: CallStatus) -> None:
    """How far a call has come. Only forwards: a late ringing after completed changes nothing."""
    leg = _leg_of(tx, event.call_id, event.leg_id)
    if leg is None:
        notice_calls.status(tx, house, event)
    if leg is None or not leg.living:
        return
    contacts.get_for_change(tx, leg.contact_id)  # another process may be taking this leg on just now
    leg = legs.again(tx, leg)
    if leg.provider_id is None:
        has_call(tx, leg, event.call_id)
    if event.state.over:
        leg_over(tx, house, leg, ENDS[event.state])
    elif event.state is CallState.RINGING and leg.state == LegState.DIALLING:
        legs.change(tx, leg, state=LegState.RINGING)
    elif event.state is CallState.ANSWERED and leg.state in (LegState.DIALLING, LegState.RINGING):
        legs.change(tx, leg, state=LegState.ALONE)


def _leg_of(tx: Tx, call_id: str | None, leg_id: str | None) -> Leg | None:
    if leg_id is not None:
        leg = legs.find(tx, leg_id)
        return leg if leg is not None and leg.provider_id in (None, call_id) else None
    return legs.by_call(tx, call_id) if call_id is not None else None


def room_changed(tx: Tx, house: House, event: RoomChanged) -> None:
    """Someone left a room. A room of an older generation is nobody's any more."""
    if event.what != "leave" or event.label is None:
        return
    leg = _leg_of(tx, event.call_id, event.label)
    if leg is None or not leg.living:
        return
    contact = contacts.get_for_change(tx, leg.contact_id)
    leg = legs.again(tx, leg)
    if event.room != f"{contact.id}-{contact.generation}" or contact.state != State.CONNECTED:
        return
    if contact.asking is None and leg.state in (LegState.JOINED, LegState.COACHING):
        effects.add(tx, "check_call", contact.id, leg.id)


def recording_ready(tx: Tx, event: RecordingReady) -> None:
    """A recording can be fetched. Its message may have been stored already, with the step that ended it."""
    leg = legs.by_call(tx, event.call_id)
    if leg is None or event.seconds <= 0 or messages.of_contact(tx, leg.contact_id) is not None:
        return
    contact = contacts.get(tx, leg.contact_id)
    _keep_message(tx, contact, event.recording_id, event.seconds)
