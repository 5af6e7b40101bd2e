"""The directory of services: entries as they are stored, and who stands in for an officer who is away."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store.db import Tx
from helpline.store.tables import services, stand_ins


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the table, in its words."""

    id: str
    code: str
    name: str
    kind: str
    concerns: str
    places: str
    languages: str
    language: str
    timezone: str
    hours_json: str
    country: str
    legal_basis: str
    organisation: str
    aliases_json: str
    enforcement: bool
    contacts_enc: bytes
    person_enc: bytes | None
    texts_json: str
    verified_on: str
    stale_days: int
    state: str
    demonstration: bool
    version: int
    changed_at: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class StandIn:
    """Counts from ``from_on`` to ``until_on``, both within, once it is confirmed."""

    id: str
    service_id: str
    named_enc: bytes
    from_on: str
    until_on: str
    named_at: int
    confirmed_by: str | None
    confirmed_at: int | None


_ALL = sa.select(*(services.c[field.name] for field in fields(Stored))).order_by(services.c.name, services.c.id)
_GET = _ALL.where(services.c.id == sa.bindparam("wanted"))
_BY_CODE = _ALL.where(services.c.code == sa.bindparam("wanted"))
_STAND_INS = (
    sa.select(*(stand_ins.c[field.name] for field in fields(StandIn)))
    .where(stand_ins.c.removed_at.is_(None), stand_ins.c.until_on >= sa.bindparam("today"))
    .order_by(stand_ins.c.id.desc())
)
_OF_SERVICE = _STAND_INS.where(stand_ins.c.service_id == sa.bindparam("wanted"))


def everything(tx: Tx) -> list[Stored]:
    return [Stored(*row) for row in tx.rows(_ALL, {})]


def get(tx: Tx, id: str) -> Stored:
    """Raises `Invalid` ("service_unknown")."""
    row = tx.row(_GET, {"wanted": id})
    if row is None:
        raise Invalid("service_unknown", "There is no such service.")
    return Stored(*row)


def by_code(tx: Tx, code: str) -> Stored | None:
    row = tx.row(_BY_CODE, {"wanted": code})
    return None if row is None else Stored(*row)


def add(tx: Tx, values: dict[str, Any], by: str) -> str:
    id = tx.new_id()
    tx.insert(services, {"id": id, "version": 1, "changed_at": tx.now, "changed_by": by, **values})
    return id


def change(tx: Tx, id: str, version: int, values: dict[str, Any], by: str) -> None:
    """Raises `Conflict` ("service_changed") when it has another version by now."""
    changed = (
        services.update()
        .where(services.c.id == id, services.c.version == version)
        .values(version=version + 1, changed_at=tx.now, changed_by=by, **values)
    )
    if tx.execute(changed).rowcount != 1:
        raise Conflict("service_changed", "This entry was changed on another page.")


def stand_ins_of(tx: Tx, service_id: str, today: str) -> list[StandIn]:
    """Those that are not over, confirmed or not, the latest named first."""
    return [StandIn(*row) for row in tx.rows(_OF_SERVICE, {"wanted": service_id, "today": today})]


def all_stand_ins(tx: Tx, today: str) -> list[StandIn]:
    return [StandIn(*row) for row in tx.rows(_STAND_INS, {"today": today})]


def name_stand_in(tx: Tx, service_id: str, named_enc: bytes, from_on: str, until_on: str) -> str:
    id = tx.new_id()
    tx.insert(
        stand_ins,
        {
            "id": id,
            "service_id": service_id,
            "named_enc": named_enc,
            "from_on": from_on,
            "until_on": until_on,
            "named_at": tx.now,
        },
    )
    return id


def confirm_stand_in(tx: Tx, id: str, by: str) -> None:
    """Raises `Conflict` ("stand_in_over")."""
    _one(tx, id, confirmed_by=by, confirmed_at=tx.now)


def remove_stand_in(tx: Tx, id: str) -> None:
    """Raises `Conflict` ("stand_in_over")."""
    _one(tx, id, removed_at=tx.now)


def _one(tx: Tx, id: str, **values: Any) -> None:
    changed = stand_ins.update().where(stand_ins.c.id == id, stand_ins.c.removed_at.is_(None)).values(**values)
    if tx.execute(changed).rowcount != 1:
        raise Conflict("stand_in_over", "This stand-in is over already.")
