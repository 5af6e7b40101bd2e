"""More than one adult in a conversation: an interpreter beside the counsellor, and a colleague who is asked in.

Each function is a unit of work; see `helpline.errors` for what they raise. None of them leaves the child alone.
"""

import json
from dataclasses import replace

from helpline.clock import SECOND
from helpline.contacts import moves
from helpline.contacts.lifecycle import State
from helpline.contacts.seats import COUNSELLOR, GUEST, INTERPRETER, may_take, seat, seek_interpreter_where_needed
from helpline.contacts.talking import happen
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.store import assignments, audit, contacts, deadlines, legs, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.legs import LegState
from helpline.voice import ringing
from helpline.voice import room as rooms
from helpline.voice.service import speak

_GOES_ON = (State.OFFERED, State.CONNECTING, State.CONNECTED)


def add_interpreter(tx: Tx, house: House, contact_id: str, worker_id: str, language: str | None = None) -> None:
    """Bring an interpreter in, for the contact's language or for ``language``, which is the contact's from now on.

    An interpreter who is there for another language is let go. Raises `Invalid` ("language_unknown"), `Conflict`
    ("interpreter_there", "cannot_ask_now").
    """
    contact, _ = _counselling(tx, contact_id, worker_id)
    wanted = language or contact.language
    if wanted is None or wanted not in house.directory.languages:
        raise Invalid("language_unknown", "Choose a language from the list.")
    there = seat(tx, contact.id, INTERPRETER)
    if there is not None and wanted == contact.language:
        raise Conflict("interpreter_there", "An interpreter is there, or on the way.")
    if there is not None:
        contact = happen(tx, house, contact, rooms.LetGo(there.id, "other_language"), worker_id)
    known_at = contact.language_known_at or tx.now
    if wanted != contact.language:
        known_at = tx.now
    moves.touch(
        tx, contact, language=wanted, language_known_at=known_at, wants=INTERPRETER, wants_since=tx.now,
        preferred_worker=None, only_worker=None,
    )  # fmt: skip
    speak(tx, house, contact, wanted)
    audit.add(tx, worker_id, "interpreter_wanted", contact.id, detail={"language": wanted})
    _tell(tx, contact.id)


def follow_language(tx: Tx, house: House, contact: Contact, actor: str) -> Contact:
    """The contact's language has been named anew. If the counsellor does not speak it, an interpreter who does stays,
    and is written down for it; any other is let go, and another is sought unless the counsellor speaks it.
    """
    there, mine = seat(tx, contact.id, INTERPRETER), seat(tx, contact.id, COUNSELLOR)
    spoken = workers.languages(tx, [each.worker_id for each in (there, mine) if each is not None])
    understood = mine is not None and contact.language in spoken.get(mine.worker_id, {})
    sought = contact.wants == INTERPRETER
    if there is not None and contact.language in spoken.get(there.worker_id, {}) and not understood:
        assignments.change(tx, there, there.state, language=contact.language)
        return contact
    if there is not None:
        contact = happen(tx, house, contact, rooms.LetGo(there.id, "other_language"), actor)
        sought = True
    if mine is None or not sought or contact.state not in _GOES_ON:
        return contact
    return moves.touch(tx, contact, wants=None if understood else INTERPRETER, wants_since=tx.now)


def stop_seeking(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The counsellor goes on without. Raises `Conflict` ("nobody_sought") when none is sought any more."""
    contact, _ = _counselling(tx, contact_id, worker_id)
    if contact.wants != INTERPRETER:
        raise Conflict("nobody_sought", "Nobody is being sought now. Look again.")
    moves.touch(tx, contact, wants=None, wants_since=None)
    audit.add(tx, worker_id, "interpreter_not_wanted", contact.id)
    _tell(tx, contact.id)


def let_interpreter_go(tx: Tx, house: House, contact_id: str, worker_id: str, *, knows: bool = False) -> None:
    """The counsellor lets the interpreter go. ``knows``: the child may know them: another is sought, and this one
    never gets the contact again, and has no mark for it. Raises `Conflict` ("no_interpreter").
    """
    contact, _ = _counselling(tx, contact_id, worker_id)
    there = seat(tx, contact.id, INTERPRETER)
    if there is None:
        raise Conflict("no_interpreter", "There is no interpreter now.")
    if knows:
        happen(tx, house, contact, rooms.Withdrawn(there.id, "knows"), worker_id)
    else:
        happen(tx, house, contact, rooms.LetGo(there.id, "let_go"), worker_id)
    audit.add(tx, worker_id, "interpreter_let_go", contact.id, there.id, {"knows": knows})


def leave(tx: Tx, house: House, contact_id: str, worker_id: str, *, knows: bool = False) -> None:
    """An interpreter or a guest leaves; the others go on, and for an interpreter another is sought.

    ``knows``: they may know the child or the family. Raises `Refused` ("not_yours").
    """
    contact = contacts.get_for_change(tx, contact_id)
    mine = assignments.held_by(tx, contact_id, worker_id)
    if mine is None or mine.role not in (INTERPRETER, GUEST) or mine.state == "offered":
        raise Refused("not_yours", "This contact is not with you (any more).")
    if mine.role == GUEST:
        happen(tx, house, contact, rooms.LetGo(mine.id, "let_go"), worker_id)
    else:
        happen(tx, house, contact, rooms.Withdrawn(mine.id, "knows" if knows else "left"), worker_id)


def ask_in(tx: Tx, house: House, contact: Contact, worker_id: str, to_worker: str) -> None:
    """Ask a colleague into the conversation, who is told why by a note. Who calls this has seen that the contact is
    connected and with ``worker_id``. Raises `Conflict` ("somebody_asked", "worker_not_there").
    """
    if seat(tx, contact.id, GUEST) is not None:
        raise Conflict("somebody_asked", "Somebody has been asked in already.")
    load_class = "voice" if contact.channel == "voice" else "text"
    if not may_take(tx, contact, GUEST, to_worker) or not workers.take_capacity(tx, to_worker, load_class):
        raise Conflict("worker_not_there", "This person is not there now. Choose another, or the floor.")
    if contact.wants is not None:
        contact = moves.touch(tx, contact)  # who is asked in is not offered the seat that is sought
    id, until = tx.new_id(), tx.now + int(house.policies[contact.line].offer_s * SECOND)
    by_phone = ringing.by_phone(tx, [to_worker], load_class)
    if by_phone:
        until = max(until, tx.now + ringing.OFFER_BY_PHONE)
    assignments.add(tx, {
        "id": id, "contact_id": contact.id, "worker_id": to_worker, "role": GUEST, "state": "offered",
        "contact_version": contact.version, "load_class": load_class, "stage": "named",
        "reasons_json": json.dumps({"stage": "named", "language": contact.language}), "offered_at": tx.now,
        "until": until,
    })  # fmt: skip
    deadlines.add(tx, "offer", id, until)
    if by_phone:
        ringing.ring(tx, contact.id, id, to_worker, GUEST)
    audit.add(tx, worker_id, "asked_in", contact.id, to_worker)
    tx.hint("worker", to_worker)
    _tell(tx, contact.id)


def ask_supervisor_in(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """Ask a supervisor who is on duty and free, whoever has been so longest. Raises `Conflict` ("no_supervisor")."""
    contact, _ = _counselling(tx, contact_id, worker_id)
    there = [one for one in workers.on_duty(tx) if "supervisor" in one.roles.split() and one.state == "available"]
    load, capacity = ("load_voice", "capacity_voice") if contact.channel == "voice" else ("load_text", "capacity_text")
    free = [one for one in there if getattr(one, load) < getattr(one, capacity)]
    free = [one for one in free if may_take(tx, contact, GUEST, one.id)]
    if not free:
        raise Conflict("no_supervisor", "No supervisor is free now.")
    ask_in(tx, house, contact, worker_id, min(free, key=lambda one: (one.idle_since, one.id)).id)


def let_hear(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The child hears the colleague too, whom only this counsellor has heard.

    Raises `Conflict` ("nobody_whispers") when the child hears everybody.
    """
    contact, _ = _counselling(tx, contact_id, worker_id)
    guest = seat(tx, contact.id, GUEST)
    spoken = [leg for leg in legs.of_contact(tx, contact.id) if leg.state == LegState.COACHING]
    if guest is None or not any(leg.assignment_id == guest.id for leg in spoken):
        raise Conflict("nobody_whispers", "The child hears everybody who is there.")
    happen(tx, house, contact, rooms.HeardByAll(guest.id), worker_id)
    audit.add(tx, worker_id, "guest_heard", contact.id, guest.worker_id)
    _tell(tx, contact.id)


def leave_to_guest(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The colleague who was asked in has it from now on, and this worker leaves: the warm end of a hand-over.

    Raises `Conflict` ("nobody_came") unless the colleague is in the conversation.
    """
    contact, mine = _counselling(tx, contact_id, worker_id)
    guest = seat(tx, contact.id, GUEST)
    if guest is None or guest.state != "connected":
        raise Conflict("nobody_came", "The colleague whom you asked is not in the conversation yet.")
    happen(tx, house, contact, rooms.LetGo(mine.id, "handed_over"), worker_id)
    assignments.refuse(tx, contact.id, worker_id, "handed_over")
    assignments.change(tx, guest, "connected", role=mine.role)
    seek_interpreter_where_needed(tx, house, contacts.get(tx, contact.id), replace(guest, role=mine.role))
    audit.add(tx, worker_id, "contact_handed_over", contact.id, guest.worker_id)
    _tell(tx, contact.id)


def _counselling(tx: Tx, contact_id: str, worker_id: str) -> tuple[Contact, Assignment]:
    """The conversation that goes on, and this worker's part in it as its counsellor."""
    contact = contacts.get_for_change(tx, contact_id)
    mine = assignments.held_by(tx, contact_id, worker_id)
    if mine is None or mine.role in (INTERPRETER, GUEST):
        raise Refused("not_yours", "This contact is not with you (any more).")
    if mine.state != "connected" or contact.state not in _GOES_ON:
        raise Conflict("contact_changed", "This contact has moved on. Look again.")
    return contact, mine


def _tell(tx: Tx, contact_id: str) -> None:
    """The pages of all who have it look again."""
    for each in assignments.live_of_contact(tx, contact_id):
        tx.hint("worker", each.worker_id)
