"""Cases in the small, as they are stored."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store.db import Tx
from helpline.store.tables import case_contacts, case_documents, case_steps, cases, contacts


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table, in its words."""

    id: str
    pseudonym: str
    state: str
    version: int
    keeper: str
    opened_at: int
    opened_by: str
    circumstance: str | None
    best_interests: str | None
    primero_case: str | None
    outcome: str | None
    closed_at: int | None
    closed_by: str | None
    closed_enc: bytes | None


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    case_id: str
    what_enc: bytes
    who: str
    due_on: str
    done_at: int | None
    done_by: str | None


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    title_enc: bytes
    kept_enc: bytes
    dated_on: str | None
    added_at: int
    added_by: str


_ALL = sa.select(*(cases.c[field.name] for field in fields(Case)))
_GET = _ALL.where(cases.c.id == sa.bindparam("wanted"))
_OPEN = _ALL.where(cases.c.state == "open").order_by(cases.c.opened_at.desc(), cases.c.id)
_OF_CONTACT = (
    _ALL.join(case_contacts, case_contacts.c.case_id == cases.c.id)
    .where(case_contacts.c.contact_id == sa.bindparam("wanted"))
    .order_by(cases.c.id)
)
_CONTACTS = (
    sa.select(contacts.c.id, contacts.c.pseudonym, contacts.c.first_arrival, contacts.c.channel)
    .join(case_contacts, case_contacts.c.contact_id == contacts.c.id)
    .where(case_contacts.c.case_id == sa.bindparam("wanted"))
    .order_by(contacts.c.first_arrival)
)
_STEPS = (
    sa.select(*(case_steps.c[field.name] for field in fields(Step)))
    .where(case_steps.c.case_id == sa.bindparam("wanted"))
    .order_by(case_steps.c.due_on, case_steps.c.id)
)
_STEPS_DUE = (
    sa.select(*(case_steps.c[field.name] for field in fields(Step)))
    .where(
        case_steps.c.who == sa.bindparam("wanted"),
        case_steps.c.done_at.is_(None),
        case_steps.c.due_on <= sa.bindparam("today"),
    )
    .order_by(case_steps.c.due_on, case_steps.c.id)
)
_DOCUMENTS = (
    sa.select(*(case_documents.c[field.name] for field in fields(Document)))
    .where(case_documents.c.case_id == sa.bindparam("wanted"), case_documents.c.removed_at.is_(None))
    .order_by(case_documents.c.id)
)


def get(tx: Tx, id: str) -> Case:
    """Raises `Invalid` ("case_unknown")."""
    row = tx.row(_GET, {"wanted": id})
    if row is None:
        raise Invalid("case_unknown", "There is no such case.")
    return Case(*row)


def still_open(tx: Tx) -> list[Case]:
    """The last opened first."""
    return [Case(*row) for row in tx.rows(_OPEN, {})]


def of_contact(tx: Tx, contact_id: str) -> list[Case]:
    return [Case(*row) for row in tx.rows(_OF_CONTACT, {"wanted": contact_id})]


def contacts_of(tx: Tx, case_id: str) -> list[tuple[str, str, int, str]]:
    """(id, pseudonym, first arrival, channel), the first that arrived first."""
    return [(row[0], row[1], row[2], row[3]) for row in tx.rows(_CONTACTS, {"wanted": case_id})]


def steps_of(tx: Tx, case_id: str) -> list[Step]:
    return [Step(*row) for row in tx.rows(_STEPS, {"wanted": case_id})]


def steps_due(tx: Tx, worker_id: str, today: str) -> list[Step]:
    """What this person was to have done by today."""
    return [Step(*row) for row in tx.rows(_STEPS_DUE, {"wanted": worker_id, "today": today})]


def documents_of(tx: Tx, case_id: str) -> list[Document]:
    return [Document(*row) for row in tx.rows(_DOCUMENTS, {"wanted": case_id})]


def add(tx: Tx, pseudonym: str, by: str, circumstance: str | None) -> str:
    id = tx.new_id()
    tx.insert(
        cases,
        {
            "id": id, "pseudonym": pseudonym, "keeper": by, "opened_at": tx.now, "opened_by": by,
            "circumstance": circumstance,
        },
    )  # fmt: skip
    return id


def change(tx: Tx, case: Case, **values: Any) -> None:
    """Raises `Conflict` ("case_changed") when somebody has changed it since it was read."""
    changed = (
        cases.update()
        .where(cases.c.id == case.id, cases.c.version == case.version)
        .values(version=case.version + 1, **values)
    )
    if tx.execute(changed).rowcount != 1:
        raise Conflict("case_changed", "This case was changed on another page.")


def add_contact(tx: Tx, case_id: str, contact_id: str, by: str) -> bool:
    """False when it was there already."""
    row = {"case_id": case_id, "contact_id": contact_id, "added_at": tx.now, "added_by": by}
    return tx.insert_once(case_contacts, row)


def remove_contact(tx: Tx, case_id: str, contact_id: str) -> bool:
    removed = case_contacts.delete().where(case_contacts.c.case_id == case_id, case_contacts.c.contact_id == contact_id)
    return tx.execute(removed).rowcount == 1


def add_step(tx: Tx, case_id: str, what_enc: bytes, who: str, due_on: str, by: str) -> str:
    id = tx.new_id()
    row = {"id": id, "case_id": case_id, "what_enc": what_enc, "who": who, "due_on": due_on}
    tx.insert(case_steps, {**row, "added_at": tx.now, "added_by": by})
    return id


def step_done(tx: Tx, case_id: str, step_id: str, by: str) -> bool:
    done = (
        case_steps.update()
        .where(case_steps.c.id == step_id, case_steps.c.case_id == case_id, case_steps.c.done_at.is_(None))
        .values(done_at=tx.now, done_by=by)
    )
    return tx.execute(done).rowcount == 1


def add_document(tx: Tx, case_id: str, title_enc: bytes, kept_enc: bytes, dated_on: str | None, by: str) -> str:
    id = tx.new_id()
    row = {"id": id, "case_id": case_id, "title_enc": title_enc, "kept_enc": kept_enc, "dated_on": dated_on}
    tx.insert(case_documents, {**row, "added_at": tx.now, "added_by": by})
    return id


def remove_document(tx: Tx, case_id: str, document_id: str) -> bool:
    removed = (
        case_documents.update()
        .where(
            case_documents.c.id == document_id,
            case_documents.c.case_id == case_id,
            case_documents.c.removed_at.is_(None),
        )
        .values(removed_at=tx.now)
    )
    return tx.execute(removed).rowcount == 1
