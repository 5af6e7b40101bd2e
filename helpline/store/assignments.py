"""Assignments: a contact held for a worker, offered or accepted, with the reasons for it."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict
from helpline.store.db import Tx
from helpline.store.tables import assignments, contacts, refusals


@dataclass(frozen=True, slots=True)
class Assignment:
    """A row of the table, in its words."""

    id: str
    contact_id: str
    worker_id: str
    role: str
    state: str
    contact_version: int
    load_class: str
    stage: str
    reasons_json: str
    offered_at: int
    until: int
    accepted_at: int | None
    connected_at: int | None
    ended_at: int | None
    end: str | None
    language: str | None
    relay: str | None


_COLUMNS = tuple(assignments.c[field.name] for field in fields(Assignment))
_ALL = sa.select(*_COLUMNS)
_GET = _ALL.where(assignments.c.id == sa.bindparam("wanted"))
_LIVE_OF_CONTACT = _ALL.where(assignments.c.contact_id == sa.bindparam("wanted"), assignments.c.ended_at.is_(None))
_LIVE_OF_WORKER = _ALL.where(assignments.c.worker_id == sa.bindparam("wanted"), assignments.c.ended_at.is_(None))
_LATEST = _ALL.where(
    assignments.c.contact_id == sa.bindparam("wanted"), assignments.c.connected_at.is_not(None)
).order_by(
    sa.case((sa.or_(assignments.c.role == "interpreter", assignments.c.role == "guest"), 1), else_=0),
    assignments.c.id.desc(),
)
_END = (
    assignments.update()
    .where(assignments.c.id == sa.bindparam("b_id"), assignments.c.ended_at.is_(None))
    .values(state="ended", ended_at=sa.bindparam("at"), end=sa.bindparam("how"))
)
_changes: dict[tuple[str, ...], sa.Update] = {}


def get(tx: Tx, id: str) -> Assignment | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Assignment(*row)


def live_of_contact(tx: Tx, contact_id: str) -> list[Assignment]:
    return [Assignment(*row) for row in tx.rows(_LIVE_OF_CONTACT, {"wanted": contact_id})]


def live_of_worker(tx: Tx, worker_id: str) -> list[Assignment]:
    return [Assignment(*row) for row in tx.rows(_LIVE_OF_WORKER, {"wanted": worker_id})]


def latest_connected(tx: Tx, contact_id: str) -> Assignment | None:
    """The last one in which an adult and the child were together; of a bridge, the counsellor's."""
    row = tx.row(_LATEST, {"wanted": contact_id})
    return None if row is None else Assignment(*row)


_SERVED = (
    sa.select(assignments.c.id)
    .where(
        assignments.c.contact_id == sa.bindparam("contact"),
        assignments.c.worker_id == sa.bindparam("worker"),
        assignments.c.accepted_at.is_not(None),
    )
    .limit(1)
)


_KNOWS = sa.select(refusals.c.worker_id).where(
    refusals.c.contact_id == sa.bindparam("contact"),
    refusals.c.worker_id == sa.bindparam("worker"),
    refusals.c.how == "knows",
)


def knows(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Whether this worker may know the child or the family, as one of the two has said."""
    return tx.row(_KNOWS, {"contact": contact_id, "worker": worker_id}) is not None


def carry_knows(tx: Tx, from_contact: str, to_contact: str) -> None:
    """Who may know the child of one contact is not asked for the one that goes on from it."""
    known = sa.select(refusals.c.worker_id).where(refusals.c.contact_id == from_contact, refusals.c.how == "knows")
    for (worker_id,) in tx.execute(known).all():
        refuse(tx, to_contact, worker_id, "knows")


def again(tx: Tx, assignment: Assignment) -> Assignment:
    """The assignment as it is now that its contact is locked: before that, on PostgreSQL, another may have ended it."""
    return get(tx, assignment.id) or assignment if tx.conn.dialect.name == "postgresql" else assignment


def held_by(tx: Tx, contact_id: str, worker_id: str) -> Assignment | None:
    """This worker's live assignment for this contact."""
    return next((each for each in live_of_contact(tx, contact_id) if each.worker_id == worker_id), None)


def holds(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Whether this worker has this contact now."""
    return held_by(tx, contact_id, worker_id) is not None


def served(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Whether this worker ever took this contact on."""
    return tx.row(_SERVED, {"contact": contact_id, "worker": worker_id}) is not None


def add(tx: Tx, values: dict[str, Any]) -> None:
    """A unique index refuses a second live assignment for a contact and role."""
    tx.insert(assignments, {"language": None, "relay": None, **values})


_SHARING = (
    sa.select(assignments.c.contact_id, assignments.c.worker_id, assignments.c.role)
    .join(contacts, contacts.c.id == assignments.c.contact_id)
    .where(assignments.c.ended_at.is_(None), contacts.c.wants.is_not(None))
)


def of_wanting(tx: Tx) -> dict[str, list[tuple[str, str]]]:
    """(worker, role) of those who are there or on their way, by contact, where one more is wanted."""
    found: dict[str, list[tuple[str, str]]] = {}
    for contact_id, worker_id, role in tx.rows(_SHARING, {}):
        found.setdefault(contact_id, []).append((worker_id, role))
    return found


def change(tx: Tx, assignment: Assignment, was: str, **values: Any) -> None:
    """Change a live assignment that is in state ``was``. Raises `Conflict` ("offer_gone") when it is not."""
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            assignments.update()
            .where(
                assignments.c.id == sa.bindparam("b_id"),
                assignments.c.ended_at.is_(None),
                assignments.c.state == sa.bindparam("b_was"),
            )
            .values(**{name: sa.bindparam(f"v_{name}") for name in names})
        )
    parameters = {"b_id": assignment.id, "b_was": was, **{f"v_{name}": value for name, value in values.items()}}
    if tx.change(statement, parameters) != 1:
        raise Conflict("offer_gone", "This offer is no longer open.")


def end(tx: Tx, assignment: Assignment, how: str) -> bool:
    """True for the one transaction that ended it: only that one gives the capacity back."""
    return tx.change(_END, {"b_id": assignment.id, "at": tx.now, "how": how}) == 1


_REFUSERS = sa.select(refusals.c.contact_id, refusals.c.worker_id, refusals.c.at, refusals.c.how).where(
    refusals.c.contact_id.in_(sa.bindparam("wanted", expanding=True))
)
_ALL_REFUSERS = (
    sa.select(refusals.c.contact_id, refusals.c.worker_id, refusals.c.at, refusals.c.how)
    .join(contacts, contacts.c.id == refusals.c.contact_id)
    .where(sa.or_(contacts.c.state == "waiting", contacts.c.wants.is_not(None)))
)


def refuse(tx: Tx, contact_id: str, worker_id: str, how: str) -> None:
    """This worker let this contact pass by, now."""
    tx.put(refusals, {"contact_id": contact_id, "worker_id": worker_id, "at": tx.now, "how": how})


def forget_missed(tx: Tx, worker_id: str) -> None:
    """Offers that this worker did not answer keep nobody out of its way any more; those that were declined do."""
    waiting = sa.select(contacts.c.id).where(sa.or_(contacts.c.state == "waiting", contacts.c.wants.is_not(None)))
    missed = sa.select(refusals.c.contact_id).where(
        refusals.c.worker_id == worker_id, refusals.c.how == "expired", refusals.c.contact_id.in_(waiting)
    )
    for (contact_id,) in tx.execute(missed).all():
        tx.execute(refusals.delete().where(refusals.c.contact_id == contact_id, refusals.c.worker_id == worker_id))
        tx.hint("contact", contact_id)


def refusers(tx: Tx, contact_ids: list[str] | None = None) -> dict[str, list[tuple[str, int, str]]]:
    """(worker, at, how) by contact, for these contacts or for all that wait."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    rows = tx.rows(_ALL_REFUSERS, {}) if contact_ids is None else tx.some(_REFUSERS, contact_ids)
    for contact_id, worker_id, at, how in rows:
        found.setdefault(contact_id, []).append((worker_id, at, how))
    return found
