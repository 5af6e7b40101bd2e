"""Who was asked for a booking, and what became of it."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict
from helpline.store.db import Tx
from helpline.store.tables import booking_offers, bookings


@dataclass(frozen=True, slots=True)
class Offer:
    """A row of the table, in its words."""

    id: str
    booking_id: str
    worker_id: str
    round: int
    state: str
    end: str | None
    offered_at: int
    until: int
    answered_at: int | None
    ended_at: int | None
    channel: str | None
    notice_id: str | None
    reasons_json: str
    reason_enc: bytes | None
    chosen_by: str | None
    chosen_because_enc: bytes | None


_ALL = sa.select(*(booking_offers.c[field.name] for field in fields(Offer)))
_GET = _ALL.where(booking_offers.c.id == sa.bindparam("wanted"))
_LIVE = _ALL.where(booking_offers.c.booking_id == sa.bindparam("booking"), booking_offers.c.ended_at.is_(None))
_OF_BOOKING = _ALL.where(booking_offers.c.booking_id == sa.bindparam("booking")).order_by(booking_offers.c.id)
_OPEN_OF_WORKER = _ALL.where(
    booking_offers.c.worker_id == sa.bindparam("worker"), booking_offers.c.state == "open"
).order_by(booking_offers.c.until)
# A conflict of interest that was declared once holds for the case, whatever hearing of it is booked next.
_CONFLICTS = (
    sa.select(booking_offers.c.worker_id)
    .distinct()
    .join(bookings, bookings.c.id == booking_offers.c.booking_id)
    .where(
        bookings.c.institution_id == sa.bindparam("institution"),
        bookings.c.reference_hash == sa.bindparam("reference"),
        booking_offers.c.end == "conflict",
    )
)
_changes: dict[tuple[str, ...], sa.Update] = {}


def get(tx: Tx, id: str) -> Offer | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Offer(*row)


def live(tx: Tx, booking_id: str) -> Offer | None:
    """The one that is open or agreed."""
    row = tx.row(_LIVE, {"booking": booking_id})
    return None if row is None else Offer(*row)


def of_booking(tx: Tx, booking_id: str) -> tuple[Offer, ...]:
    """All that ever were, in their order."""
    return tuple(Offer(*row) for row in tx.rows(_OF_BOOKING, {"booking": booking_id}))


def open_of_worker(tx: Tx, worker_id: str) -> tuple[Offer, ...]:
    """What this interpreter has not answered yet, the most pressing first."""
    return tuple(Offer(*row) for row in tx.rows(_OPEN_OF_WORKER, {"worker": worker_id}))


def conflicts(tx: Tx, institution_id: str, reference_hash: str) -> frozenset[str]:
    """Interpreters who have declared a conflict of interest on a case."""
    values = {"institution": institution_id, "reference": reference_hash}
    return frozenset(row[0] for row in tx.rows(_CONFLICTS, values))


def add(tx: Tx, values: dict[str, Any]) -> str:
    """A unique index refuses a second live one for a booking."""
    id = tx.new_id()
    tx.insert(booking_offers, {"id": id, "offered_at": tx.now, **values})
    tx.hint("worker", values["worker_id"])
    return id


def change(tx: Tx, offer: Offer, **values: Any) -> None:
    """Change one that has not ended. Raises `Conflict` ("offer_gone") when it has, or is in another state by now."""
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            booking_offers.update()
            .where(
                booking_offers.c.id == sa.bindparam("b_id"),
                booking_offers.c.ended_at.is_(None),
                booking_offers.c.state == sa.bindparam("b_was"),
            )
            .values(**{name: sa.bindparam(f"v_{name}") for name in names})
        )
    given = {f"v_{name}": value for name, value in values.items()}
    if tx.change(statement, {"b_id": offer.id, "b_was": offer.state, **given}) != 1:
        raise Conflict("offer_gone", "This offer is no longer open.")
    tx.hint("worker", offer.worker_id)


def end(tx: Tx, offer: Offer, how: str, reason_enc: bytes | None = None) -> None:
    """Raises `Conflict` ("offer_gone") as `change` does."""
    change(tx, offer, state="ended", end=how, ended_at=tx.now, reason_enc=reason_enc)
