"""Handing a conversation of texts to a colleague who is asked first: it stays with who has it until the other takes it.

Between the two there is no moment without a person, and the child notices nothing but another name.
"""

import json
from dataclasses import replace

from helpline.contacts import moves
from helpline.contacts.lifecycle import State
from helpline.contacts.seats import may_take, seek_interpreter_where_needed
from helpline.errors import Conflict, Refused
from helpline.house import House
from helpline.store import assignments, audit, contacts, hand_overs, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.hand_overs import HandOver


def ask(tx: Tx, contact: Contact, worker_id: str, to_worker: str) -> None:
    """Ask a colleague. Who calls this has seen that the contact is this worker's and connected, and the other there."""
    mine = _own(tx, contact.id, worker_id)
    hand_overs.ask(tx, contact.id, mine.id, worker_id, to_worker)
    audit.add(tx, worker_id, "hand_over_asked", contact.id, to_worker)


def withdraw(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """Who asked has thought better of it, or has read the answer. Raises `Conflict` ("not_asked")."""
    contacts.get_for_change(tx, contact_id)
    one = _standing(tx, contact_id, worker_id)
    if one.from_worker != worker_id:
        raise Refused("not_yours", "Another person asked for this.")
    hand_overs.drop(tx, one)
    audit.add(tx, worker_id, "hand_over_withdrawn", contact_id, one.to_worker)


def decline(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """Not now; the conversation stays where it is. Raises `Conflict` ("not_asked")."""
    contacts.get_for_change(tx, contact_id)
    one = _asked_of(tx, contact_id, worker_id)
    hand_overs.decline(tx, one)
    audit.add(tx, worker_id, "hand_over_declined", contact_id, one.from_worker)


def take_over(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The colleague has it from now on. Raises `Conflict` ("not_asked", "no_room_for_it")."""
    contact = contacts.get_for_change(tx, contact_id)
    one = _asked_of(tx, contact_id, worker_id)
    if contact.state != State.CONNECTED:
        raise Conflict("contact_changed", "This conversation has moved on. Look again.")
    before = _own(tx, contact_id, one.from_worker)
    if not may_take(tx, contact, before.role, worker_id) or not workers.take_capacity(tx, worker_id, before.load_class):
        raise Conflict("no_room_for_it", "You are not on duty, or have as many conversations as you can.")
    moves.release(tx, house, before, "handed_over")
    assignments.refuse(tx, contact_id, one.from_worker, "handed_over")
    contact = moves.touch(tx, contact, only_worker=None, preferred_worker=None)
    assignments.add(tx, {
        "id": tx.new_id(), "contact_id": contact_id, "worker_id": worker_id, "role": before.role, "state": "connected",
        "contact_version": contact.version, "load_class": before.load_class, "stage": "named",
        "reasons_json": json.dumps({"stage": "named", "language": contact.language}), "offered_at": tx.now,
        "until": tx.now, "accepted_at": tx.now, "connected_at": tx.now, "language": before.language,
        "relay": before.relay,
    })  # fmt: skip
    seek_interpreter_where_needed(tx, house, contact, replace(before, worker_id=worker_id))
    hand_overs.drop(tx, one)
    audit.add(tx, one.from_worker, "contact_handed_over", contact_id, worker_id)
    audit.add(tx, worker_id, "contact_taken_over", contact_id, one.from_worker)


def _standing(tx: Tx, contact_id: str, worker_id: str) -> HandOver:
    one = hand_overs.of_contact(tx, contact_id, worker_id)
    if one is None:
        raise Conflict("not_asked", "This question no longer stands.")
    return one


def _asked_of(tx: Tx, contact_id: str, worker_id: str) -> HandOver:
    one = _standing(tx, contact_id, worker_id)
    if one.to_worker != worker_id or one.declined_at is not None:
        raise Conflict("not_asked", "This question no longer stands.")
    return one


def _own(tx: Tx, contact_id: str, worker_id: str) -> Assignment:
    for each in assignments.live_of_contact(tx, contact_id):
        if each.worker_id == worker_id and each.state == "connected":
            return each
    raise Refused("not_yours", "This contact is not with you (any more).")
