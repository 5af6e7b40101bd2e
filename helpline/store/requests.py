"""Requests of institutions for an interpreter now."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import assignments, contacts, idempotency_keys, request_contacts, requests, workers


@dataclass(frozen=True, slots=True)
class Request:
    """A row of the table, in its words."""

    id: str
    institution_id: str
    officer_id: str | None
    came_by: str
    line: str
    languages: str
    dialect: str | None
    gender_wish: str | None
    child_friendly: bool
    certified: bool
    purpose: str
    girls: int
    boys: int
    detained: bool
    call_to_enc: bytes | None
    guest_enc: bytes | None
    group_of: str | None
    not_before: int | None
    created_at: int
    cancelled_at: int | None
    done_at: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of a request, as its institution may know it. Times in µs UTC."""

    contact_id: str
    number: int
    state: str
    language: str | None
    queued_at: int | None
    connected_at: int | None
    closed_at: int | None
    outcome: str | None
    interpreter: str | None  # the alias of who has it, or had it last
    interpreter_id: str | None


_COLUMNS = tuple(requests.c[field.name] for field in fields(Request))
_ALL = sa.select(*_COLUMNS)
_GET = _ALL.where(requests.c.id == sa.bindparam("wanted"))
_OF_INSTITUTION = _ALL.where(requests.c.institution_id == sa.bindparam("institution")).order_by(
    requests.c.created_at.desc(), requests.c.id.desc()
)
_OF_CONTACT = _ALL.join(request_contacts, request_contacts.c.request_id == requests.c.id).where(
    request_contacts.c.contact_id == sa.bindparam("contact")
)
_CONVERSATIONS = (
    sa.select(
        contacts.c.id, request_contacts.c.number, contacts.c.state, contacts.c.language, contacts.c.queued_at,
        contacts.c.connected_at, contacts.c.closed_at, contacts.c.outcome,
    )
    .join(request_contacts, request_contacts.c.contact_id == contacts.c.id)
    .where(request_contacts.c.request_id == sa.bindparam("request"))
    .order_by(request_contacts.c.number)
)  # fmt: skip
_INTERPRETER = (
    sa.select(workers.c.alias, workers.c.id)
    .join(assignments, assignments.c.worker_id == workers.c.id)
    .where(assignments.c.contact_id == sa.bindparam("contact"), assignments.c.accepted_at.is_not(None))
    .order_by(assignments.c.id.desc())
    .limit(1)
)


def add(tx: Tx, values: dict[str, Any]) -> Request:
    tx.insert(requests, values)
    tx.hint("request", str(values["id"]))
    return Request(**values)


def find(tx: Tx, id: str) -> Request | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Request(*row)


def get(tx: Tx, id: str) -> Request:
    """Raises `Invalid` ("request_unknown")."""
    found = find(tx, id)
    if found is None:
        raise Invalid("request_unknown", "There is no such request.")
    return found


def of_institution(tx: Tx, institution_id: str, most: int = 100) -> list[Request]:
    """The newest first."""
    rows = tx.execute(_OF_INSTITUTION.limit(most), {"institution": institution_id})
    return [Request(*row) for row in rows]


def of_contact(tx: Tx, contact_id: str) -> Request | None:
    row = tx.row(_OF_CONTACT, {"contact": contact_id})
    return None if row is None else Request(*row)


def change(tx: Tx, request: Request, **values: Any) -> None:
    tx.execute(requests.update().where(requests.c.id == request.id).values(**values))
    tx.hint("request", request.id)


def add_contact(tx: Tx, request_id: str, contact_id: str) -> None:
    """The next conversation of this request. A unique index refuses two with one number."""
    latest = tx.execute(
        sa.select(sa.func.coalesce(sa.func.max(request_contacts.c.number), 0)).where(
            request_contacts.c.request_id == request_id
        )
    ).scalar_one()
    tx.insert(request_contacts, {"contact_id": contact_id, "request_id": request_id, "number": int(latest) + 1})


def conversations(tx: Tx, request_id: str) -> list[Conversation]:
    """In their order."""
    found = []
    for row in tx.rows(_CONVERSATIONS, {"request": request_id}):
        who = tx.execute(_INTERPRETER, {"contact": row[0]}).first()
        found.append(Conversation(*row, *(who or (None, None))))
    return found


def groups(tx: Tx, institution_id: str | None = None) -> Iterable[tuple[int, int]]:
    """(girls, boys) of each group that was asked for: linked requests are one, with the largest numbers."""
    key = sa.func.coalesce(requests.c.group_of, requests.c.id)
    query = sa.select(sa.func.max(requests.c.girls), sa.func.max(requests.c.boys)).group_by(key)
    if institution_id is not None:
        query = query.where(requests.c.institution_id == institution_id)
    return [(int(girls), int(boys)) for girls, boys in tx.execute(query)]


def kept_answer(tx: Tx, institution_id: str, key: str) -> tuple[str, int, str] | None:
    """(hash of the body, status, answer) of what a machine asked before under this key."""
    row = tx.execute(
        sa.select(idempotency_keys.c.body_hash, idempotency_keys.c.status, idempotency_keys.c.answer).where(
            idempotency_keys.c.institution_id == institution_id, idempotency_keys.c.key == key
        )
    ).first()
    return None if row is None else (str(row[0]), int(row[1]), str(row[2]))


def keep_answer(tx: Tx, institution_id: str, key: str, body_hash: str, status: int, answer: str) -> None:
    values = {"institution_id": institution_id, "key": key, "body_hash": body_hash, "status": status}
    tx.insert(idempotency_keys, {**values, "answer": answer, "created_at": tx.now})
