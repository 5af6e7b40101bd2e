"""Bookings: rows as they are, and changes that a version guards."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store.db import Tx
from helpline.store.tables import booking_feedback, booking_offers, bookings, contacts


@dataclass(frozen=True, slots=True)
class Booking:
    """A row of the table, in its words."""

    id: str
    institution_id: str
    officer_id: str | None
    state: str
    state_since: int
    version: int
    created_at: int
    reference_enc: bytes
    reference_hash: str
    language: str
    dialect: str | None
    day: str
    clock: str
    zone: str
    minutes: int
    starts_at: int
    ends_at: int
    mode: str
    province: str | None
    district: str | None
    place_enc: bytes
    technique: str
    hearing: str
    person_role: str
    gender_wish: str | None
    gender_required: bool
    child_friendly: bool
    certified: bool
    girls: int
    boys: int
    worker_id: str | None
    confirmed_at: int | None
    round: int
    linked_contact_id: str | None
    linked_by: str | None
    adjourned_from: str | None
    calendar_uid: str
    calendar_sequence: int
    contact_id: str | None
    arrived_at: int | None
    begun_at: int | None
    ended_at: int | None
    closed_at: int | None
    cancelled_by: str | None
    cancel_reason_enc: bytes | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one side said after it: ``rating`` from 1 to 5."""

    side: str
    rating: int
    said_enc: bytes | None
    by: str
    at: int


def _in_state(*states: str) -> sa.ColumnElement[bool]:
    # A statement that is built once takes no list with its values.
    return sa.or_(*(bookings.c.state == state for state in states))


_ALL = sa.select(*(bookings.c[field.name] for field in fields(Booking)))
_GET = _ALL.where(bookings.c.id == sa.bindparam("wanted"))
_GET_LOCKED = _GET.with_for_update()
_SPAN = (bookings.c.starts_at < sa.bindparam("before"), bookings.c.ends_at > sa.bindparam("after"))
_IN_ORDER = (bookings.c.starts_at, bookings.c.id)
_BETWEEN = _ALL.where(*_SPAN).order_by(*_IN_ORDER)
_OF_INSTITUTION = _ALL.where(bookings.c.institution_id == sa.bindparam("institution"), *_SPAN).order_by(*_IN_ORDER)
_OF_WORKER = _ALL.where(bookings.c.worker_id == sa.bindparam("worker"), *_SPAN).order_by(*_IN_ORDER)
_AHEAD_OF_WORKER = _ALL.where(bookings.c.worker_id == sa.bindparam("worker"), _in_state("confirmed", "begun")).order_by(
    *_IN_ORDER
)
_OF_CONTACT = _ALL.where(bookings.c.contact_id == sa.bindparam("contact")).order_by(bookings.c.id.desc())
_IN_NEED = _ALL.where(_in_state("requested", "offering", "exhausted")).order_by(*_IN_ORDER)
_FEEDBACK = sa.select(*(booking_feedback.c[field.name] for field in fields(Feedback))).where(
    booking_feedback.c.booking_id == sa.bindparam("booking")
)
_MINUTES = (
    sa.select(bookings.c.worker_id, sa.func.sum(bookings.c.minutes), sa.func.max(bookings.c.ends_at))
    .where(
        bookings.c.worker_id.is_not(None),
        bookings.c.starts_at > sa.bindparam("after"),
        _in_state("confirmed", "begun", "completed", "no_show"),
    )
    .group_by(bookings.c.worker_id)
)
_changes: dict[tuple[str, ...], sa.Update] = {}


def find(tx: Tx, id: str) -> Booking | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Booking(*row)


def get(tx: Tx, id: str) -> Booking:
    """Raises `Invalid` ("booking_unknown")."""
    found = find(tx, id)
    if found is None:
        raise Invalid("booking_unknown", "There is no such booking.")
    return found


def get_for_change(tx: Tx, id: str) -> Booking:
    """The row, which nobody else changes until this transaction ends."""
    row = tx.row(_GET_LOCKED, {"wanted": id})
    if row is None:
        raise Invalid("booking_unknown", "There is no such booking.")
    return Booking(*row)


def add(tx: Tx, values: dict[str, Any]) -> None:
    tx.insert(bookings, values)
    tx.hint("booking", values["id"])


def change(tx: Tx, booking: Booking, values: dict[str, Any]) -> int:
    """The version after it. Raises `Conflict` ("booking_moved_on") when the row has changed since it was read."""
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            bookings.update()
            .where(bookings.c.id == sa.bindparam("b_id"), bookings.c.version == sa.bindparam("b_version"))
            .values(version=sa.bindparam("v_version"), **{name: sa.bindparam(f"v_{name}") for name in names})
        )
    given = {f"v_{name}": value for name, value in values.items()}
    version = booking.version + 1
    if tx.change(statement, {"b_id": booking.id, "b_version": booking.version, "v_version": version, **given}) != 1:
        raise Conflict("booking_moved_on", "This booking has changed in the meantime. Look again.")
    tx.hint("booking", booking.id)
    return version


def between(tx: Tx, after: int, before: int) -> tuple[Booking, ...]:
    """Those of which some part lies between the two times (µs), the first to begin first."""
    return tuple(Booking(*row) for row in tx.rows(_BETWEEN, {"after": after, "before": before}))


def of_institution(tx: Tx, institution_id: str, after: int, before: int) -> tuple[Booking, ...]:
    values = {"institution": institution_id, "after": after, "before": before}
    return tuple(Booking(*row) for row in tx.rows(_OF_INSTITUTION, values))


def of_worker(tx: Tx, worker_id: str, after: int, before: int) -> tuple[Booking, ...]:
    """Those that this interpreter has agreed to, or had."""
    values = {"worker": worker_id, "after": after, "before": before}
    return tuple(Booking(*row) for row in tx.rows(_OF_WORKER, values))


def agreed_of_worker(tx: Tx, worker_id: str) -> tuple[Booking, ...]:
    """Those that are confirmed or have begun, whenever they are."""
    return tuple(Booking(*row) for row in tx.rows(_AHEAD_OF_WORKER, {"worker": worker_id}))


def of_contact(tx: Tx, contact_id: str) -> Booking | None:
    """The booking that this telephone conversation belongs to."""
    row = tx.row(_OF_CONTACT, {"contact": contact_id})
    return None if row is None else Booking(*row)


def in_need(tx: Tx) -> tuple[Booking, ...]:
    """Those that have no interpreter yet, the soonest first."""
    return tuple(Booking(*row) for row in tx.rows(_IN_NEED, {}))


def loads(tx: Tx, after: int) -> dict[str, tuple[int, int]]:
    """(minutes booked, end of the latest in µs) by interpreter, of bookings that begin after a time."""
    return {worker_id: (int(minutes), int(last)) for worker_id, minutes, last in tx.rows(_MINUTES, {"after": after})}


def contacts_named(tx: Tx, name: str) -> list[str]:
    """Contacts of the helpline with this pseudonym, or the one with this id."""
    wanted = sa.or_(contacts.c.pseudonym == name, contacts.c.id == name)
    return list(tx.execute(sa.select(contacts.c.id).where(wanted).limit(2)).scalars())


def erase(tx: Tx, before: int, reference_enc: bytes, place_enc: bytes, most: int) -> int:
    """Take the words out of bookings that closed before a time; what is counted stays. Gives how many."""
    closed = sa.select(bookings.c.id).where(bookings.c.closed_at < before, bookings.c.reference_hash != "").limit(most)
    ids = list(tx.execute(closed).scalars())
    if ids:
        gone = {"reference_enc": reference_enc, "place_enc": place_enc, "reference_hash": "", "cancel_reason_enc": None}
        tx.execute(bookings.update().where(bookings.c.id.in_(ids)).values(gone))
        reasons = {"reason_enc": None, "chosen_because_enc": None}
        tx.execute(booking_offers.update().where(booking_offers.c.booking_id.in_(ids)).values(reasons))
        tx.execute(booking_feedback.update().where(booking_feedback.c.booking_id.in_(ids)).values(said_enc=None))
    return len(ids)


def put_feedback(tx: Tx, booking_id: str, side: str, rating: int, said_enc: bytes | None, by: str) -> None:
    """Once a side; said again, it stands in place of what was said."""
    values = {"booking_id": booking_id, "side": side, "rating": rating, "said_enc": said_enc, "by": by, "at": tx.now}
    tx.put(booking_feedback, values)


def feedback(tx: Tx, booking_id: str) -> dict[str, Feedback]:
    """By side."""
    return {row[0]: Feedback(*row) for row in tx.rows(_FEEDBACK, {"booking": booking_id})}
