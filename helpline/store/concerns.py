"""Protection concerns: read, inserted, and changed only where the version is still the one that was read."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store.db import Tx
from helpline.store.tables import assignments, concerns


@dataclass(frozen=True, slots=True)
class Concern:
    """A row of the table, in its words."""

    id: str
    contact_id: str | None
    line: str | None
    origin: str
    kind: str
    private: bool
    happening: str
    province: str | None
    district: str | None
    safe_tonight: str
    imminent: bool
    hazardous: bool
    incident_at: int | None
    harmed_by: str | None
    organisation_enc: bytes | None
    about_worker: str | None
    consents_json: str
    sentence_enc: bytes | None
    institution_id: str | None
    girls: int | None
    boys: int | None
    flagged_by: str
    flagged_at: int
    state: str
    version: int
    holds_flagger: bool
    act_by: int
    acknowledge_by: int
    acknowledged_at: int | None
    acknowledged_by: str | None
    acknowledged_name_enc: bytes | None
    acknowledged_how: str | None
    closed_at: int | None
    closed_by: str | None
    outcome: str | None
    closed_enc: bytes | None


_ALL = sa.select(*(concerns.c[field.name] for field in fields(Concern)))
_GET = _ALL.where(concerns.c.id == sa.bindparam("wanted"))
_GET_LOCKED = _GET.with_for_update()
_OF_CONTACT = _ALL.where(concerns.c.contact_id == sa.bindparam("wanted")).order_by(concerns.c.id)
_NOT_CLOSED = _ALL.where(concerns.c.state != sa.literal_column("'closed'", sa.String())).order_by(concerns.c.id)
_HELD_BACK = (
    sa.select(concerns.c.flagged_by)
    .outerjoin(
        assignments,
        sa.and_(
            assignments.c.contact_id == concerns.c.contact_id,
            assignments.c.worker_id == concerns.c.flagged_by,
            assignments.c.ended_at.is_(None),
        ),
    )
    .where(
        concerns.c.flagged_by.in_(sa.bindparam("wanted", expanding=True)),
        concerns.c.holds_flagger.is_(sa.true()),
        sa.or_(
            concerns.c.state == "open",
            # Somebody else has taken it, and the conversation itself still goes on.
            sa.and_(concerns.c.state == "acknowledged", assignments.c.id.is_not(None)),
        ),
    )
)
_changes: dict[tuple[str, ...], sa.Update] = {}


def find(tx: Tx, id: str) -> Concern | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Concern(*row)


def get(tx: Tx, id: str) -> Concern:
    """Raises `Invalid` ("concern_unknown")."""
    found = find(tx, id)
    if found is None:
        raise Invalid("concern_unknown", "There is no such concern.")
    return found


def get_for_change(tx: Tx, id: str) -> Concern:
    """The same, locked until the transaction ends (SQLite has one writer, and needs no lock)."""
    row = tx.row(_GET_LOCKED, {"wanted": id})
    if row is None:
        raise Invalid("concern_unknown", "There is no such concern.")
    return Concern(*row)


def lock(tx: Tx, id: str) -> None:
    """What is done about this concern is done one after the other (SQLite has one writer, and needs no lock)."""
    tx.row(_GET_LOCKED, {"wanted": id})


def of_contact(tx: Tx, contact_id: str) -> list[Concern]:
    """All of a contact, the first that was flagged first."""
    return [Concern(*row) for row in tx.rows(_OF_CONTACT, {"wanted": contact_id})]


def not_closed(tx: Tx) -> list[Concern]:
    return [Concern(*row) for row in tx.rows(_NOT_CLOSED, {})]


def held_back(tx: Tx, worker_ids: Sequence[str]) -> set[str]:
    """Those of them who have flagged what must not be left alone for another contact."""
    return {row[0] for row in tx.some(_HELD_BACK, list(worker_ids))}


def add(tx: Tx, values: dict[str, Any]) -> str:
    id = tx.new_id()
    tx.insert(concerns, {"id": id, **values})
    tx.hint("concern", id)
    return id


def change(tx: Tx, concern: Concern, **values: Any) -> None:
    """Change it if it is still at the version that was read. Raises `Conflict` ("concern_changed") otherwise."""
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            concerns.update()
            .where(concerns.c.id == sa.bindparam("b_id"), concerns.c.version == sa.bindparam("b_version"))
            .values(version=concerns.c.version + 1, **{name: sa.bindparam(f"v_{name}") for name in names})
        )
    parameters = {f"v_{name}": value for name, value in values.items()}
    if tx.change(statement, {"b_id": concern.id, "b_version": concern.version, **parameters}) != 1:
        raise Conflict("concern_changed", "This concern was changed in the meantime. Look again.")
    tx.hint("concern", concern.id)
