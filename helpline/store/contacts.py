"""Contacts: read, inserted, and changed only where the version is still the one that was read."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store.db import Tx
from helpline.store.tables import contacts


@dataclass(frozen=True, slots=True)
class Contact:
    """A row of the table, in its words."""

    id: str
    pseudonym: str
    line: str
    channel: str
    kind: str
    state: str
    version: int
    state_since: int
    language: str | None
    language_known_at: int | None
    priority: str
    danger: bool
    cannot_speak: bool
    resumed: bool
    moved_up: bool
    gender_wish: str | None
    gender_required: bool
    preferred_worker: str | None
    only_worker: str | None
    first_arrival: int
    queued_at: int | None
    not_before: int | None
    safe_when: str | None
    connected_at: int | None
    left_at: int | None
    closed_at: int | None
    outcome: str | None
    ended_by: str | None
    stop_reason_enc: bytes | None
    caller_hash: str | None
    caller_enc: bytes | None
    resumes_id: str | None
    generation: int
    asking: str | None
    attempts: int
    keep_until: int
    wants: str | None
    wants_since: int | None
    dialect: str | None
    certified: bool
    child_friendly: bool


COLUMNS = tuple(contacts.c[field.name] for field in fields(Contact))
_ALL = sa.select(*COLUMNS)
_GET = _ALL.where(contacts.c.id == sa.bindparam("wanted"))
_GET_LOCKED = _GET.with_for_update()
_SOME_LOCKED = (
    _ALL.where(contacts.c.id.in_(sa.bindparam("wanted", expanding=True))).order_by(contacts.c.id).with_for_update()
)
_WAITING = _ALL.where(contacts.c.state == "waiting")
_SOME_WAITING = _WAITING.where(contacts.c.id.in_(sa.bindparam("wanted", expanding=True)))
_WANTING = _ALL.where(contacts.c.wants.is_not(None))
_SOME_WANTING = _WANTING.where(contacts.c.id.in_(sa.bindparam("wanted", expanding=True)))
_CUT_OFF = (
    _ALL.where(
        contacts.c.caller_hash == sa.bindparam("hash"),
        contacts.c.line == sa.bindparam("of_line"),
        contacts.c.left_at >= sa.bindparam("since"),
        contacts.c.ended_by == "child",
        contacts.c.queued_at.is_not(None),
    )
    .order_by(contacts.c.id.desc())  # one that keeps the place of another has its first arrival too
    .limit(1)
)


def get(tx: Tx, id: str) -> Contact:
    """Raises `Invalid` ("contact_unknown")."""
    row = tx.row(_GET, {"wanted": id})
    if row is None:
        raise Invalid("contact_unknown")
    return Contact(*row)


def get_for_change(tx: Tx, id: str) -> Contact:
    """The same, locked until the transaction ends (SQLite has one writer, and needs no lock)."""
    row = tx.row(_GET_LOCKED, {"wanted": id})
    if row is None:
        raise Invalid("contact_unknown")
    return Contact(*row)


def some_for_change(tx: Tx, ids: Iterable[str]) -> dict[str, Contact]:
    """Those of these that exist, by id, locked in the order of their ids: two that lock some never wait in a circle."""
    return {row[0]: Contact(*row) for row in tx.some(_SOME_LOCKED, sorted(ids))}


def add(tx: Tx, values: dict[str, Any]) -> None:
    tx.insert(contacts, values)
    tx.hint("contact", str(values["id"]))


_changes: dict[tuple[str, ...], sa.Update] = {}


def change(tx: Tx, contact: Contact, values: dict[str, Any]) -> int:
    """Change it if it is still at the version that was read, and return the new one.

    Raises `Conflict` ("contact_changed") otherwise: nothing is changed, and the caller looks again.
    """
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            contacts.update()
            .where(contacts.c.id == sa.bindparam("b_id"), contacts.c.version == sa.bindparam("b_version"))
            .values(version=contacts.c.version + 1, **{name: sa.bindparam(f"v_{name}") for name in names})
        )
    parameters = {f"v_{name}": value for name, value in values.items()}
    if not tx.change_one(statement, {"b_id": contact.id, "b_version": contact.version, **parameters}):
        raise Conflict("contact_changed")
    tx.hint("contact", contact.id)
    return contact.version + 1


def waiting(tx: Tx, ids: list[str] | None = None) -> list[Contact]:
    """Those who wait for a person, or with one for another (all, or those of ``ids`` that do)."""
    if ids is None:
        return [Contact(*row) for row in (*tx.rows(_WAITING, {}), *tx.rows(_WANTING, {}))]
    return [Contact(*row) for row in (*tx.some(_SOME_WAITING, ids), *tx.some(_SOME_WANTING, ids))]


def cut_off(tx: Tx, caller_hash: str, line: str, since: int) -> Contact | None:
    """The newest contact from this number whose own connection ended since then, while it talked with a person or
    waited for one.
    """
    row = tx.row(_CUT_OFF, {"hash": caller_hash, "of_line": line, "since": since})
    return None if row is None else Contact(*row)
