"""Time of interpreters that bookings have taken. The database itself refuses two spans of one that overlap."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from helpline.errors import Conflict
from helpline.store.db import Tx
from helpline.store.tables import busy


@dataclass(frozen=True, slots=True)
class Busy:
    """From ``begins`` until before ``ends`` (µs UTC), buffers and travel within."""

    worker_id: str
    begins: int
    ends: int
    booking_id: str


_COLUMNS = (busy.c.worker_id, busy.c.busy_from, busy.c.busy_until, busy.c.booking_id)
_ALL = sa.select(*_COLUMNS)
_SPAN = (busy.c.busy_from < sa.bindparam("before"), busy.c.busy_until > sa.bindparam("after"))
_BETWEEN = _ALL.where(*_SPAN).order_by(busy.c.busy_from)
_NOW = _ALL.where(busy.c.busy_from <= sa.bindparam("now"), busy.c.busy_until > sa.bindparam("now"))
_OF_BOOKING = _ALL.where(busy.c.booking_id == sa.bindparam("booking"))
_FREE = busy.delete().where(busy.c.booking_id == sa.bindparam("b_booking"))


def take(tx: Tx, booking_id: str, worker_id: str, begins: int, ends: int) -> None:
    """Take this time of this interpreter for a booking, in place of what the booking had.

    Raises `Conflict` ("interpreter_busy") when some of it is taken; the transaction goes on as if nothing was tried.
    """
    values = {"booking_id": booking_id, "worker_id": worker_id, "busy_from": begins, "busy_until": ends}
    try:
        with tx.savepoint():
            tx.change(_FREE, {"b_booking": booking_id})
            tx.insert(busy, values)
    except IntegrityError:
        raise Conflict("interpreter_busy", "This interpreter is booked at that time already.") from None
    tx.hint("worker", worker_id)


def free(tx: Tx, booking_id: str) -> None:
    """The booking takes nobody's time any more."""
    found = of_booking(tx, booking_id)
    if found is not None:
        tx.change(_FREE, {"b_booking": booking_id})
        tx.hint("worker", found.worker_id)


def of_booking(tx: Tx, booking_id: str) -> Busy | None:
    row = tx.row(_OF_BOOKING, {"booking": booking_id})
    return None if row is None else Busy(*row)


def between(tx: Tx, after: int, before: int) -> dict[str, tuple[Busy, ...]]:
    """Spans that touch the time between two moments, by interpreter."""
    found: dict[str, list[Busy]] = {}
    for row in tx.rows(_BETWEEN, {"after": after, "before": before}):
        found.setdefault(row[0], []).append(Busy(*row))
    return {worker_id: tuple(spans) for worker_id, spans in found.items()}


def at(tx: Tx, moment: int) -> tuple[Busy, ...]:
    """Those who are taken at a moment; one span each."""
    return tuple(Busy(*row) for row in tx.rows(_NOW, {"now": moment}))
