"""What people do with contacts. Each function is a unit of work; see `helpline.errors` for what they raise."""

import json
from typing import Any

from helpline.clock import SECOND
from helpline.contacts import moves
from helpline.contacts.lifecycle import Event, State
from helpline.contacts.record import contact_type_of, read_content
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.store import assignments, audit, contacts, deadlines, questions, records, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.voice import room as rooms
from helpline.contacts.talking import happen
from helpline.voice.service import speak

REASON_MAX = 500
"""Characters of a supervisor's reason."""


def accept(tx: Tx, house: House, assignment_id: str, worker_id: str, contact_version: int) -> None:
    """The worker takes the offer. Raises `Conflict` ("offer_gone") when it is no longer open; nothing changes then."""
    assignment, contact = _open_offer(tx, assignment_id, worker_id, contact_version)
    until = tx.now + int(house.policies[contact.line].connect_s * SECOND)
    assignments.change(tx, assignment, "offered", state="connecting", accepted_at=tx.now, until=until)
    deadlines.clear(tx, assignment.id)
    deadlines.add(tx, "connect", assignment.id, until)
    contact = moves.move(tx, contact, Event.ACCEPTED, worker_id)
    happen(tx, house, contact, rooms.AdultAccepted(assignment.id), worker_id)
    tx.hint("worker", worker_id)


def decline(tx: Tx, house: House, assignment_id: str, worker_id: str, contact_version: int) -> None:
    """The worker lets it pass, which costs nothing. Raises `Conflict` ("offer_gone")."""
    _, contact = _open_offer(tx, assignment_id, worker_id, contact_version)
    moves.back_to_waiting(tx, house, contact, Event.PASSED, "declined", worker_id)


def _open_offer(tx: Tx, assignment_id: str, worker_id: str, contact_version: int) -> tuple[Assignment, Contact]:
    assignment = assignments.get(tx, assignment_id)
    if assignment is None or assignment.worker_id != worker_id:
        raise Invalid("offer_unknown", "There is no such offer for you.")
    if assignment.state != "offered" or assignment.contact_version != contact_version or assignment.until <= tx.now:
        raise Conflict("offer_gone", "This offer is no longer open.")
    return assignment, contacts.get_for_change(tx, assignment.contact_id)


def end_contact(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The counsellor ends the conversation, and has time for the record."""
    contact = _mine(tx, contact_id, worker_id, "connected")
    happen(tx, house, contact, rooms.Ended(), worker_id)


def hand_over(tx: Tx, house: House, contact_id: str, worker_id: str, to_worker: str | None) -> None:
    """To the floor, or to a named person on duty. The contact keeps its history and its place.

    Raises `Conflict` ("worker_not_there") when the named person is not on duty.
    """
    contact = _mine(tx, contact_id, worker_id, "connected")
    if to_worker is not None and (to_worker == worker_id or workers.get(tx, to_worker).state != "available"):
        raise Conflict("worker_not_there", "This person is not there now. Choose another, or the floor.")
    assignments.refuse(tx, contact.id, worker_id, "handed_over")
    contact = moves.touch(tx, contact, only_worker=to_worker, preferred_worker=None)
    happen(tx, house, contact, rooms.HandedOver(), worker_id)


def ask_question(tx: Tx, house: House, contact_id: str, worker_id: str, question: str) -> None:
    """Ask a child who cannot speak. Raises `Invalid` ("question_unknown") or `Conflict` ("cannot_ask_now")."""
    contact = _mine(tx, contact_id, worker_id, "connected")
    script = house.scripts[house.line(contact.line).script]
    if question not in script.card.questions:
        raise Invalid("question_unknown", "There is no such question on the card.")
    questions.ask(tx, contact.id, worker_id, question)
    after = happen(tx, house, contact, rooms.Asked(question), worker_id)
    if after.asking != question or contact.asking is not None:
        raise Conflict("cannot_ask_now", "A question is being asked, or the child is not on the line.")
    audit.add(tx, worker_id, "question_asked", contact.id, detail={"question": question})


def name_language(tx: Tx, house: House, contact_id: str, worker_id: str, language: str) -> None:
    """The language was unknown or wrong. Raises `Invalid` ("language_unknown")."""
    if language not in house.directory.languages:
        raise Invalid("language_unknown", "Choose a language from the list.")
    contact = _mine(tx, contact_id, worker_id, "connected", "wrap_up")
    moves.touch(tx, contact, language=language, language_known_at=contact.language_known_at or tx.now)
    speak(tx, house, contact, language)
    audit.add(tx, worker_id, "language_named", contact.id, detail={"language": language})


def _mine(tx: Tx, contact_id: str, worker_id: str, *states: str) -> Contact:
    """The contact, if this worker has it and it is in one of these states."""
    contact = contacts.get_for_change(tx, contact_id)
    if not _has(tx, contact_id, worker_id):
        raise Refused("not_yours", "This contact is not with you (any more).")
    if contact.state not in states:
        raise Conflict("contact_changed", "This contact has moved on. Look again.")
    return contact


def _has(tx: Tx, contact_id: str, worker_id: str) -> bool:
    return any(each.worker_id == worker_id for each in assignments.live_of_contact(tx, contact_id))


def save_record(
    tx: Tx, house: House, contact_id: str, worker_id: str, content: dict[str, Any], base_version: int
) -> int:
    """Keep the draft as it is typed; returns its new version.

    Raises `Invalid` with the field, `Refused` ("not_yours"), or `Conflict` ("record_changed").
    """
    contact = _written_by(tx, contact_id, worker_id)
    kept = read_content(house.directory, content)
    sealed = house.vault.seal(json.dumps(kept, ensure_ascii=False))
    version = records.save(tx, contact.id, worker_id, contact_type_of(kept), sealed, base_version)
    audit.add(tx, worker_id, "record_saved", contact.id)
    tx.hint("record", contact.id)
    return version


def _written_by(tx: Tx, contact_id: str, worker_id: str) -> Contact:
    """Whoever served the contact may write its record, also after the time for it is over."""
    contact = contacts.get(tx, contact_id)
    if not assignments.served(tx, contact_id, worker_id):
        raise Refused("not_yours", "Only those who served this contact write its record.")
    return contact


def finish_record(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The record is done, and after a conversation the worker is free again.

    Raises `Invalid` ("contact_type_missing"), or `Conflict` ("still_talking", "still_written").
    """
    contact = contacts.get_for_change(tx, contact_id)
    _written_by(tx, contact_id, worker_id)
    written = records.get(tx, contact_id)
    if written is None or not written.contact_type:
        raise Invalid("contact_type_missing", "Say what type of contact it was.")
    if contact.state not in (State.WRAP_UP, State.CLOSED):
        raise Conflict("still_talking", "End the conversation first.")
    if contact.state == State.WRAP_UP and not _has(tx, contact_id, worker_id):
        raise Conflict("still_written", "Another person is writing this record now.")
    records.finish(tx, contact_id)
    audit.add(tx, worker_id, "record_finished", contact_id)
    tx.hint("record", contact_id)
    if contact.state == State.WRAP_UP:
        moves.close(tx, house, contact, Event.FINISHED, worker_id, contact.outcome or "served", "finished")


def stop_contact(tx: Tx, house: House, contact_id: str, worker_id: str, reason: str) -> None:
    """A supervisor ends a contact that is stuck. Raises `Invalid` ("reason_missing")."""
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise Invalid("reason_missing", f"Give a reason of at most {REASON_MAX} characters.")
    contact = contacts.get_for_change(tx, contact_id)
    happen(tx, house, contact, rooms.Stopped(), worker_id)
    contact = contacts.get_for_change(tx, contact_id)
    contacts.change(tx, contact, {"stop_reason_enc": house.vault.seal(reason)})


def move_up(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """A supervisor lets a contact go before others."""
    contact = contacts.get_for_change(tx, contact_id)
    if contact.state != State.WAITING:
        raise Conflict("contact_changed", "This contact no longer waits.")
    moves.touch(tx, contact, moved_up=True)
    audit.add(tx, worker_id, "contact_moved_up", contact.id)


def read_contact(tx: Tx, contact_id: str, worker_id: str) -> Contact:
    """The contact, and an audit row that says who read it."""
    contact = contacts.get(tx, contact_id)
    audit.add(tx, worker_id, "contact_read", contact_id)
    return contact
