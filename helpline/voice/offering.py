"""An offer by call: what it asks, and what follows from the key. One key accepts and leads to the conversation."""

from helpline.contacts import service as contact_service
from helpline.errors import Conflict
from helpline.house import House
from helpline.interpreting.conversing import KIND
from helpline.store import assignments, audit, contacts, legs
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.legs import Leg, LegState
from helpline.voice import room as rooms
from helpline.voice.service import happen, leg_over
from ivr_scripts.machine import HangUp, Listen, Say
from ivr_scripts.speech import language_name
from webhooks.answers import Answer
from webhooks.events import LegStep

ACCEPT, PASS, KNOWS = "1", "2", "3"
"""What a worker presses whose phone rings for an offer."""

TRIES = 2
LISTEN_S = 8


def offered(tx: Tx, leg: Leg) -> Assignment | None:
    """The offer for which this leg rings, while it is open."""
    assignment = assignments.get(tx, leg.assignment_id) if leg.assignment_id else None
    return assignment if assignment is not None and assignment.state == "offered" else None


def question(house: House, contact: Contact, assignment: Assignment, leg_id: str, step: int) -> Answer:
    """Who asks, the language by name, and the keys. Nothing that is said tells of a child or a helpline."""
    language = house.line(contact.line).own_language
    what = "offer_request" if contact.kind == KIND else "offer_contact"
    if contact.kind != KIND and assignment.role == "interpreter":
        what = "offer_bridge"
    wanted = assignment.language or contact.language
    named = language_name(wanted) if wanted is not None else "offer_language_unknown"
    keys = (("offer_accept", ACCEPT), ("offer_pass", PASS), ("offer_knows", KNOWS))
    asked = tuple(Say(prompt, language, key) for prompt, key in keys)
    return Answer(leg_id, step, (Say(what, language), Say(named, language), *asked), Listen(1, LISTEN_S))


def answered(
    tx: Tx, house: House, contact: Contact, leg: Leg, assignment: Assignment, event: LegStep
) -> tuple[Contact, Answer]:
    """A key, or none, of a worker whose phone was rung for this offer."""
    language = house.line(contact.line).own_language
    if event.keys in (PASS, KNOWS):
        return _passes(tx, house, leg, assignment, event)
    if event.keys == ACCEPT:
        return _accepts(tx, house, leg, assignment, event)
    if event.step < TRIES:
        legs.change(tx, leg, state=LegState.ALONE, step=event.step + 1)
        return contact, question(house, contact, assignment, leg.id, event.step + 1)
    leg_over(tx, house, leg, "no_key")
    return contact, Answer(leg.id, event.step + 1, (Say("worker_no_key", language),), HangUp())


def _passes(tx: Tx, house: House, leg: Leg, assignment: Assignment, event: LegStep) -> tuple[Contact, Answer]:
    _done(tx, leg, "passed")
    try:
        knows = event.keys == KNOWS
        contact_service.decline(tx, house, assignment.id, assignment.worker_id, assignment.contact_version, knows=knows)
    except Conflict:
        pass  # it is over, and passes by itself
    contact = contacts.get(tx, leg.contact_id)
    said = Say("offer_passed", house.line(contact.line).own_language)
    return contact, Answer(leg.id, event.step + 1, (said,), HangUp())


def _accepts(tx: Tx, house: House, leg: Leg, assignment: Assignment, event: LegStep) -> tuple[Contact, Answer]:
    """The key that accepts is the one that lets the worker in, too."""
    try:
        contact_service.accept(tx, house, assignment.id, assignment.worker_id, assignment.contact_version)
    except Conflict:
        answer = None
    else:
        contact = contacts.get_for_change(tx, leg.contact_id)
        _, answer = happen(tx, house, contact, rooms.AdultPressed(leg.id), "carrier", answering=leg.id)
    contact = contacts.get(tx, leg.contact_id)
    if answer is not None:
        return contact, answer
    _done(tx, leg, "not_needed")
    said = Say("worker_gone", house.line(contact.line).own_language)
    return contact, Answer(leg.id, event.step + 1, (said,), HangUp())


def _done(tx: Tx, leg: Leg, why: str) -> None:
    """The call has nothing more to decide, though the carrier still says goodbye in it."""
    legs.change(tx, leg, state=LegState.ENDED, ended_at=tx.now, end_reason=why)
    audit.add(tx, "carrier", "leg_ended", leg.contact_id, leg.id, {"role": leg.role, "why": why})
