"""Institutions that ask for interpreters, and the telephones that they call from."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import bookings, institution_numbers, institutions, officers


@dataclass(frozen=True, slots=True)
class Institution:
    """One institution. ``number`` are the digits that it is known by on the telephone; ``may`` of request and book.

    ``line`` is whose policy and caller id serve it, None for the first.
    """

    id: str
    name: str
    kind: str
    province: str | None
    district: str | None
    timezone: str
    number: str
    may: tuple[str, ...]
    line: str | None
    demonstration: bool
    has_pin: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone of an institution, sealed; found by its hash."""

    number_hash: str
    number_enc: bytes


_COLUMNS = (
    institutions.c.id,
    institutions.c.name,
    institutions.c.kind,
    institutions.c.place_province,
    institutions.c.place_district,
    institutions.c.timezone,
    institutions.c.number,
    institutions.c.may,
    institutions.c.line,
    institutions.c.demonstration,
    institutions.c.pin_hash,
    institutions.c.disabled_at,
)
_ALL = sa.select(*_COLUMNS).order_by(institutions.c.name, institutions.c.number)
_ONE = sa.select(*_COLUMNS).where(institutions.c.id == sa.bindparam("wanted"))
_NUMBERED = sa.select(*_COLUMNS).where(institutions.c.number == sa.bindparam("wanted"))
_PIN = sa.select(institutions.c.pin_hash).where(institutions.c.id == sa.bindparam("wanted"))
_TELEPHONES = (
    sa.select(institution_numbers.c.number_hash, institution_numbers.c.number_enc)
    .where(institution_numbers.c.institution_id == sa.bindparam("wanted"))
    .order_by(institution_numbers.c.number_hash)
)
_OWNS = sa.select(institution_numbers.c.number_hash).where(
    institution_numbers.c.institution_id == sa.bindparam("wanted"),
    institution_numbers.c.number_hash == sa.bindparam("number_hash"),
)
_CALLING = (
    sa.select(*_COLUMNS)
    .join(institution_numbers, institution_numbers.c.institution_id == institutions.c.id)
    .where(institution_numbers.c.number_hash == sa.bindparam("wanted"), institutions.c.disabled_at.is_(None))
    .order_by(institutions.c.id)
)
_OFFICERS = (
    sa.select(officers.c.institution_id, sa.func.count())
    .where(officers.c.disabled_at.is_(None))
    .group_by(officers.c.institution_id)
)
_BOOKED = sa.select(bookings.c.id).where(
    bookings.c.institution_id == sa.bindparam("wanted"),
    bookings.c.closed_at.is_(None),
    bookings.c.ends_at > sa.bindparam("now"),
)


def everyone(tx: Tx) -> tuple[Institution, ...]:
    """All that were ever added, by name, the disabled ones too."""
    return tuple(_of(row) for row in tx.rows(_ALL, {}))


def find(tx: Tx, id: str) -> Institution | None:
    row = tx.row(_ONE, {"wanted": id})
    return None if row is None else _of(row)


def get(tx: Tx, id: str) -> Institution:
    """Raises `Invalid` ("institution_unknown"); a disabled one is known."""
    found = find(tx, id)
    if found is None:
        raise Invalid("institution_unknown", "There is no such institution.")
    return found


def numbered(tx: Tx, number: str) -> Institution | None:
    """The institution that is known by these digits, disabled or not."""
    row = tx.row(_NUMBERED, {"wanted": number})
    return None if row is None else _of(row)


def calling(tx: Tx, number_hash: str) -> tuple[Institution, ...]:
    """Those that this telephone belongs to, without disabled ones; several may share one."""
    return tuple(_of(row) for row in tx.rows(_CALLING, {"wanted": number_hash}))


def pin_hash(tx: Tx, id: str) -> str | None:
    row = tx.row(_PIN, {"wanted": id})
    return None if row is None else row[0]


def officers_of_each(tx: Tx) -> dict[str, int]:
    """How many officers can sign in, by institution."""
    return {id: int(count) for id, count in tx.rows(_OFFICERS, {})}


def has_bookings(tx: Tx, id: str) -> bool:
    """Whether any of its bookings is still open, and to come."""
    return tx.row(_BOOKED, {"wanted": id, "now": tx.now}) is not None


def add(tx: Tx, values: dict[str, Any]) -> str:
    """``values``: columns. The caller has seen that the number is free."""
    id = tx.new_id()
    tx.insert(institutions, {"id": id, "created_at": tx.now, **values})
    return id


def change(tx: Tx, id: str, values: dict[str, Any]) -> None:
    tx.execute(institutions.update().where(institutions.c.id == id).values(**values))


def telephones(tx: Tx, id: str) -> tuple[Telephone, ...]:
    return tuple(Telephone(hash, bytes(sealed)) for hash, sealed in tx.rows(_TELEPHONES, {"wanted": id}))


def owns(tx: Tx, id: str, number_hash: str) -> bool:
    return tx.row(_OWNS, {"wanted": id, "number_hash": number_hash}) is not None


def add_telephone(tx: Tx, id: str, number_hash: str, number_enc: bytes) -> bool:
    """False when the institution has it already."""
    values = {"institution_id": id, "number_hash": number_hash, "number_enc": number_enc}
    return tx.insert_once(institution_numbers, values)


def remove_telephone(tx: Tx, id: str, number_hash: str) -> bool:
    return (
        tx.execute(
            institution_numbers.delete().where(
                institution_numbers.c.institution_id == id, institution_numbers.c.number_hash == number_hash
            )
        ).rowcount
        == 1
    )


def _of(row: tuple[Any, ...]) -> Institution:
    id, name, kind, province, district, timezone, number, may, line, demonstration, pin, disabled_at = row
    return Institution(
        id,
        name,
        kind,
        province,
        district,
        timezone,
        number,
        tuple(may.split()),
        line,
        bool(demonstration),
        pin is not None,
        disabled_at is not None,
    )
