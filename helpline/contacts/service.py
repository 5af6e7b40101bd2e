"""What people do with contacts. Each function is a unit of work; see `helpline.errors` for what they raise."""

from helpline.clock import SECOND
from helpline.contacts import bridging, moves
from helpline.contacts.lifecycle import Event, State
from helpline.contacts.seats import INTERPRETER, follows, may_take, seek_interpreter_where_needed
from helpline.contacts.talking import happen
from helpline.contacts.writing import finish_record as finish_record
from helpline.contacts.writing import save_record as save_record
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.store import assignments, audit, contacts, deadlines, questions
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.threads import handing, sending
from helpline.voice import ringing
from helpline.voice import room as rooms
from helpline.voice.service import speak

REASON_MAX = 500
"""Characters of a supervisor's reason."""

GENDERS = ("woman", "man")
"""What can be required of whoever answers."""


def accept(tx: Tx, house: House, assignment_id: str, worker_id: str, contact_version: int) -> None:
    """The worker takes the offer. Raises `Conflict` ("offer_gone") when it is no longer open; nothing changes then."""
    assignment, contact = _open_offer(tx, assignment_id, worker_id, contact_version)
    until = tx.now + int(house.policies[contact.line].connect_s * SECOND)
    assignments.change(tx, assignment, "offered", state="connecting", accepted_at=tx.now, until=until)
    deadlines.clear(tx, assignment.id)
    deadlines.add(tx, "connect", assignment.id, until)
    if contact.state == State.OFFERED:
        contact = moves.move(tx, contact, Event.ACCEPTED, worker_id)
    else:
        contact = moves.touch(tx, contact, only_worker=None)
        audit.add(tx, worker_id, "one_more_accepted", contact.id, assignment.id)
    contact = seek_interpreter_where_needed(tx, house, contact, assignment)
    rings = bool(ringing.rung(tx, contact.id, assignment.id))
    happen(tx, house, contact, rooms.AdultAccepted(assignment.id, rings), worker_id)
    tx.hint("worker", worker_id)


def decline(
    tx: Tx, house: House, assignment_id: str, worker_id: str, contact_version: int, *, knows: bool = False
) -> None:
    """The worker lets it pass, which costs nothing. Raises `Conflict` ("offer_gone").

    ``knows``: the worker may know the child or the family, and is never offered this contact again.
    """
    assignment, contact = _open_offer(tx, assignment_id, worker_id, contact_version)
    why = "knows" if knows else "declined"
    moves.lose(tx, house, contact, Event.PASSED, why, worker_id, assignment.id)


def _open_offer(tx: Tx, assignment_id: str, worker_id: str, contact_version: int) -> tuple[Assignment, Contact]:
    assignment = assignments.get(tx, assignment_id)
    if assignment is None or assignment.worker_id != worker_id:
        raise Invalid("offer_unknown", "There is no such offer for you.")
    contact = contacts.get_for_change(tx, assignment.contact_id)
    assignment = assignments.again(tx, assignment)
    if assignment.state != "offered" or assignment.contact_version != contact_version or assignment.until <= tx.now:
        raise Conflict("offer_gone", "This offer is no longer open.")
    return assignment, contact


def end_contact(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The counsellor ends the conversation, and has time for the record; a request, its interpreter.

    An interpreter or a guest leaves it (`bridging.leave`), and it goes on: raises `Refused` ("not_yours_to_end").
    """
    contact = _mine(tx, contact_id, worker_id, "connected")
    mine = assignments.held_by(tx, contact_id, worker_id)
    if mine is not None and (mine.role == "guest" or (mine.role == "interpreter" and contact.kind != "request")):
        raise Refused("not_yours_to_end", "The counsellor ends the conversation. You can leave it.")
    happen(tx, house, contact, rooms.Ended(), worker_id)


def hand_over(
    tx: Tx, house: House, contact_id: str, worker_id: str, to_worker: str | None, note: str | None = None,
    ask_first: bool = False,
) -> None:  # fmt: skip
    """To the floor, or to a named person on duty. The contact keeps its history and its place.

    ``note`` stays with the contact for the adults who come next. With ``ask_first`` the conversation stays with this
    worker until the named person takes it: one of texts by `helpline.threads.handing`; in a call only this
    worker hears the other until it is left to them (`helpline.contacts.bridging`).
    Raises `Conflict` ("worker_not_there") when the named person is not on duty, ("would_not_follow") when they could
    not talk with the child at once and are not asked first, and as `sending.worth_sending` does.
    """
    contact = _mine(tx, contact_id, worker_id, "connected")
    mine = assignments.held_by(tx, contact.id, worker_id)
    asks_in = ask_first and contact.channel == "voice"
    if mine is None or mine.role == "guest" or (mine.role == INTERPRETER and asks_in):
        raise Refused("not_yours", "This contact is not yours to hand over.")
    if to_worker is not None and not may_take(tx, contact, mine.role, to_worker):
        raise Conflict("worker_not_there", "This person is not there now. Choose another, or the floor.")
    if to_worker is not None and not ask_first and not follows(tx, contact, to_worker):
        raise Conflict("would_not_follow", "This person does not speak the child's language. Ask them first.")
    if note is not None and note.strip():
        sending.whisper(tx, house, contact, worker_id, note)
    if ask_first and to_worker is not None:
        if contact.channel == "voice":
            bridging.ask_in(tx, house, contact, worker_id, to_worker)
        else:
            handing.ask(tx, contact, worker_id, to_worker)
        return
    assignments.refuse(tx, contact.id, worker_id, "handed_over")
    contact = moves.touch(tx, contact, only_worker=to_worker, preferred_worker=None)
    happen(tx, house, contact, rooms.HandedOver(mine.id), worker_id)


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
    contact = moves.touch(tx, contact, language=language, language_known_at=contact.language_known_at or tx.now)
    speak(tx, house, contact, language)
    if contact.state == State.CONNECTED:
        bridging.follow_language(tx, house, contact, worker_id)
    audit.add(tx, worker_id, "language_named", contact.id, detail={"language": language})


def _mine(tx: Tx, contact_id: str, worker_id: str, *states: str) -> Contact:
    """The contact, if this worker has it and it is in one of these states. One who is only asked, or on the way to
    those who are together already, does not have it yet.
    """
    contact = contacts.get_for_change(tx, contact_id)
    mine = assignments.held_by(tx, contact_id, worker_id)
    if mine is None:
        raise Refused("not_yours", "This contact is not with you (any more).")
    if contact.state not in states or mine.state not in ("connected", "wrap_up"):
        raise Conflict("contact_changed", "This contact has moved on. Look again.")
    return contact


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


def require_gender(tx: Tx, house: House, contact_id: str, worker_id: str, gender: str | None) -> None:
    """A supervisor lets only a woman, or only a man, answer a contact that waits; None makes it a wish again.

    What the child wishes by key is given up when its stage says so; this is not. Raises `Invalid` ("gender_unknown")
    or `Conflict` ("contact_changed").
    """
    if gender not in (*GENDERS, None):
        raise Invalid("gender_unknown", "Choose a woman or a man.")
    contact = contacts.get_for_change(tx, contact_id)
    if contact.state != State.WAITING:
        raise Conflict("contact_changed", "This contact no longer waits.")
    moves.touch(tx, contact, gender_wish=gender or contact.gender_wish, gender_required=gender is not None)
    audit.add(tx, worker_id, "gender_required", contact.id, detail={"gender": gender})
