"""The seats of a conversation: a counsellor's, an interpreter's, and a guest's; who has them, and who may."""

from helpline.contacts import moves
from helpline.house import House
from helpline.store import assignments, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx

COUNSELLOR, INTERPRETER, GUEST = "counsellor", "interpreter", "guest"


def seat(tx: Tx, contact_id: str, role: str) -> Assignment | None:
    """Who has, or is asked to take, this seat now."""
    return next((each for each in assignments.live_of_contact(tx, contact_id) if each.role == role), None)


def may_take(tx: Tx, contact: Contact, role: str, worker_id: str) -> bool:
    """Whether this person can be asked for this seat by name: is there, has the role, has no other seat in the same
    conversation, and has not said that they may know the child. Room in their hands is left aside.
    """
    worker = workers.get(tx, worker_id)
    roles = worker.roles.split()
    fit = INTERPRETER in roles if role == INTERPRETER else COUNSELLOR in roles or "supervisor" in roles
    if role == INTERPRETER and contact.language is not None:
        fit = fit and contact.language in workers.languages(tx, [worker_id]).get(worker_id, {})
    if worker.state != "available" or (worker.by_phone and contact.channel != "voice"):
        return False
    return fit and not assignments.holds(tx, contact.id, worker_id) and not assignments.knows(tx, contact.id, worker_id)


def follows(tx: Tx, contact: Contact, worker_id: str) -> bool:
    """Whether this person would follow the conversation at once: in the child's language, while it is not known, or
    through the interpreter who is in it. Nobody else is given it by the floor.
    """
    if contact.language is None:
        return True
    there = seat(tx, contact.id, INTERPRETER)
    asked = [worker_id] if there is None else [worker_id, there.worker_id]
    spoken = workers.languages(tx, asked)
    mine = spoken.get(worker_id, {})
    if contact.language in mine or there is None or there.state != "connected":
        return contact.language in mine
    return bool(spoken.get(there.worker_id, {}).keys() & mine.keys())


def seek_interpreter_where_needed(tx: Tx, house: House, contact: Contact, assignment: Assignment) -> Contact:
    """A counsellor who does not speak the child's language has it, and no interpreter is on the way: seek one.

    So it is for a contact that comes back to its counsellor, or that was handed to a person or a supervisor by name.
    """
    if assignment.role in (INTERPRETER, GUEST) or contact.language is None or contact.wants is not None:
        return contact
    if house.policies[contact.line].stages_for(contact.danger).pair_after_s is None:
        return contact
    if contact.language in workers.languages(tx, [assignment.worker_id]).get(assignment.worker_id, {}):
        return contact
    if seat(tx, contact.id, INTERPRETER) is not None:
        return contact
    return moves.touch(tx, contact, wants=INTERPRETER, wants_since=tx.now)
