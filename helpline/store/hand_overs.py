"""Colleagues who were asked to take over a conversation. A question ends with the assignment of who asked it."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import assignments, contacts, hand_overs, workers


@dataclass(frozen=True, slots=True)
class HandOver:
    """A question that still stands. ``alias`` is of the other: who asks, or who is asked. Times in µs."""

    contact_id: str
    assignment_id: str
    from_worker: str
    to_worker: str
    asked_at: int
    declined_at: int | None
    pseudonym: str
    language: str | None
    danger: bool
    channel: str
    alias: str


_OTHER = sa.case(
    (hand_overs.c.from_worker == sa.bindparam("me"), hand_overs.c.to_worker), else_=hand_overs.c.from_worker
)
_STANDING = (
    sa.select(
        hand_overs.c.contact_id,
        hand_overs.c.assignment_id,
        hand_overs.c.from_worker,
        hand_overs.c.to_worker,
        hand_overs.c.asked_at,
        hand_overs.c.declined_at,
        contacts.c.pseudonym,
        contacts.c.language,
        contacts.c.danger,
        contacts.c.channel,
        workers.c.alias,
    )
    .join(assignments, assignments.c.id == hand_overs.c.assignment_id)
    .join(contacts, contacts.c.id == hand_overs.c.contact_id)
    .join(workers, workers.c.id == _OTHER)
    .where(assignments.c.ended_at.is_(None), assignments.c.state == "connected", contacts.c.state == "connected")
)
_OF_WORKER = _STANDING.where(
    sa.or_(hand_overs.c.from_worker == sa.bindparam("me"), hand_overs.c.to_worker == sa.bindparam("me"))
).order_by(hand_overs.c.asked_at)
_OF_CONTACT = _STANDING.where(hand_overs.c.contact_id == sa.bindparam("contact"))
_DROP = hand_overs.delete().where(hand_overs.c.contact_id == sa.bindparam("b_contact"))
_DECLINE = (
    hand_overs.update()
    .where(hand_overs.c.contact_id == sa.bindparam("b_contact"))
    .values(declined_at=sa.bindparam("at"))
)


def of_worker(tx: Tx, worker_id: str) -> tuple[HandOver, ...]:
    """Those that this person asked for and those that they were asked for, the oldest first."""
    return tuple(HandOver(*row) for row in tx.rows(_OF_WORKER, {"me": worker_id}))


def of_contact(tx: Tx, contact_id: str, worker_id: str) -> HandOver | None:
    """The one that stands for a conversation, as this person sees it."""
    row = tx.row(_OF_CONTACT, {"me": worker_id, "contact": contact_id})
    return None if row is None else HandOver(*row)


def ask(tx: Tx, contact_id: str, assignment_id: str, from_worker: str, to_worker: str) -> None:
    """In place of one that was asked before."""
    values = {"contact_id": contact_id, "assignment_id": assignment_id, "from_worker": from_worker}
    tx.put(hand_overs, {**values, "to_worker": to_worker, "asked_at": tx.now, "declined_at": None})
    _tell(tx, from_worker, to_worker)


def decline(tx: Tx, one: HandOver) -> None:
    tx.execute(_DECLINE, {"b_contact": one.contact_id, "at": tx.now})
    _tell(tx, one.from_worker, one.to_worker)


def drop(tx: Tx, one: HandOver) -> None:
    tx.execute(_DROP, {"b_contact": one.contact_id})
    _tell(tx, one.from_worker, one.to_worker)


def _tell(tx: Tx, *worker_ids: str) -> None:
    for worker_id in worker_ids:
        tx.hint("worker", worker_id)
