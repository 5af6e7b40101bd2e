"""The claim is the commit: contacts are given to workers as the database knows them, whatever the floor believes.

Many decisions are claimed together: what they are about is read and locked in one go, each is checked against it and
against those before it, and what they write is sent in one go.
"""

import json
from collections.abc import Mapping, Sequence

from helpline.clock import SECOND
from helpline.contacts.callback import is_safe
from helpline.contacts.lifecycle import Event
from helpline.contacts.moves import move, touch
from helpline.errors import Conflict
from helpline.house import House
from helpline.store import assignments, contacts, deadlines, workers
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.workers import Worker
from helpline.voice import ringing
from routing.model import Channel, Decision, Role

_GOES_ON = ("offered", "connecting", "connected")
"""Where a contact may want one more adult."""


def claim(tx: Tx, house: House, decisions: Sequence[Decision]) -> list[Conflict | None]:
    """Give each contact to its workers: all of a decision, or nothing of it and a `Conflict` ("claim_stale")."""
    found = contacts.some_for_change(tx, [decision.contact_id for decision in decisions])
    room = Room(workers.some_for_change(tx, {id for decision in decisions for _, id in decision.workers}))
    refused: list[Conflict | None] = []
    with tx.together():
        for decision in decisions:
            contact = found.pop(decision.contact_id, None)
            if contact is None or not _still_fits(house, contact, decision, tx.now) or not room.take(decision, contact):
                refused.append(Conflict("claim_stale"))
                continue
            _give(tx, house, decision, contact, room)
            refused.append(None)
    return refused


class Room:
    """What these workers, who are locked, can still take."""

    def __init__(self, there: Mapping[str, Worker]) -> None:
        self.workers = there
        self._left = {
            "voice": {id: one.capacity_voice - one.load_voice for id, one in there.items()},
            "text": {id: one.capacity_text - one.load_text for id, one in there.items()},
        }

    def take(self, decision: Decision, contact: Contact) -> bool:
        """Take up room with every worker of the decision, or with none when one has none or is not available."""
        left = self._left[Channel(contact.channel).load_class.value]
        wanted = [worker_id for _, worker_id in decision.workers]
        if any(left.get(id, 0) < 1 or self.workers[id].state != "available" for id in wanted):
            return False
        for id in wanted:
            left[id] -= 1
        return True


def may_be_called(house: House, contact: Contact, now: int) -> bool:
    """A call-back waits only while its caller has said that it is safe, however long nobody was free."""
    if contact.not_before is None or contact.connected_at is not None:
        return True
    return contact.not_before <= now and is_safe(house.line(contact.line), contact.safe_when, now)


def _still_fits(house: House, contact: Contact, decision: Decision, now: int) -> bool:
    waits = contact.state == "waiting" if contact.wants is None else contact.state in _GOES_ON
    return waits and contact.version == decision.contact_version and may_be_called(house, contact, now)


def _give(tx: Tx, house: House, decision: Decision, contact: Contact, room: Room) -> None:
    load_class = Channel(contact.channel).load_class
    for _, worker_id in decision.workers:
        workers.take_capacity(tx, worker_id, load_class.value)
    joins = contact.wants is not None
    contact = touch(tx, contact, wants=None) if joins else move(tx, contact, Event.OFFERED, "system")
    bridge = decision.reasons.bridge
    reasons = json.dumps(decision.reasons.as_json())
    for role, worker_id in decision.workers:
        id, until = tx.new_id(), tx.now + int(house.policies[contact.line].offer_s * SECOND)
        rings = load_class.value == "voice" and room.workers[worker_id].by_phone
        if rings:
            until = max(until, tx.now + ringing.OFFER_BY_PHONE)
        assignments.add(tx, {
            "id": id, "contact_id": contact.id, "worker_id": worker_id, "role": role.value, "state": "offered",
            "contact_version": contact.version, "load_class": load_class.value, "stage": decision.stage.value,
            "reasons_json": reasons, "offered_at": tx.now, "until": until,
            "language": contact.language if role is Role.INTERPRETER else None,
            "relay": bridge.relay if role is Role.INTERPRETER and bridge is not None else None,
        })  # fmt: skip
        deadlines.add(tx, "offer", id, until)
        if rings:
            ringing.ring(tx, contact.id, id, worker_id, role.value)
        tx.hint("worker", worker_id)
