"""Rows behind what is counted of bookings, and of what an interpreter has done."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import (
    assignments,
    booking_offers,
    bookings,
    contacts,
    institutions,
    request_contacts,
    requests,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Bookings of one language that ended alike."""

    language: str
    state: str
    cancelled_by: str | None
    bookings: int
    minutes: int  # interpreted in truth, of those that were reported


@dataclass(frozen=True, slots=True)
class Answer:
    """How often offers ended so, by interpreter and language."""

    worker_id: str
    language: str
    end: str
    offers: int


@dataclass(frozen=True, slots=True)
class Served:
    """One thing that an interpreter did. ``kind``: booking | request | helpline; times in µs UTC.

    ``institution`` is None for a contact of the helpline, of which nothing else is told. ``state`` is a booking's.
    """

    kind: str
    begun_at: int
    ended_at: int
    language: str | None
    institution: str | None
    state: str | None


_PERIOD = (bookings.c.starts_at >= sa.bindparam("after"), bookings.c.starts_at < sa.bindparam("before"))
_LENGTH = sa.func.coalesce(sa.func.sum((bookings.c.ended_at - bookings.c.begun_at) / 60_000_000), 0)
_TALLY = (
    sa.select(bookings.c.language, bookings.c.state, bookings.c.cancelled_by, sa.func.count(), _LENGTH)
    .where(*_PERIOD)
    .group_by(bookings.c.language, bookings.c.state, bookings.c.cancelled_by)
)
_TALLY_OF = _TALLY.where(bookings.c.institution_id == sa.bindparam("institution"))
_ANSWERS = (
    sa.select(booking_offers.c.worker_id, bookings.c.language, booking_offers.c.end, sa.func.count())
    .join(bookings, bookings.c.id == booking_offers.c.booking_id)
    .where(
        booking_offers.c.end.is_not(None),
        booking_offers.c.offered_at >= sa.bindparam("after"),
        booking_offers.c.offered_at < sa.bindparam("before"),
    )
    .group_by(booking_offers.c.worker_id, bookings.c.language, booking_offers.c.end)
)
_BOOKED = (
    sa.select(
        sa.literal_column("'booking'"),
        bookings.c.begun_at,
        bookings.c.ended_at,
        bookings.c.language,
        institutions.c.name,
        bookings.c.state,
    )
    .join(institutions, institutions.c.id == bookings.c.institution_id)
    .where(bookings.c.worker_id == sa.bindparam("worker"), *_PERIOD)
)
_HELD = _BOOKED.where(bookings.c.state == "completed", bookings.c.begun_at.is_not(None))
_WAITED = (
    sa.select(
        sa.literal_column("'booking'"),
        bookings.c.starts_at,
        bookings.c.starts_at,
        bookings.c.language,
        institutions.c.name,
        bookings.c.state,
    )
    .join(institutions, institutions.c.id == bookings.c.institution_id)
    .where(bookings.c.worker_id == sa.bindparam("worker"), bookings.c.state == "no_show", *_PERIOD)
)
# A booking by telephone is a conversation too, and is counted once: as the booking.
_SPOKEN = (
    sa.select(
        sa.case((contacts.c.kind == "request", sa.literal_column("'request'")), else_=sa.literal_column("'helpline'")),
        assignments.c.connected_at,
        assignments.c.ended_at,
        sa.func.coalesce(assignments.c.language, contacts.c.language),
        institutions.c.name,
        sa.null(),
    )
    .select_from(assignments)
    .join(contacts, contacts.c.id == assignments.c.contact_id)
    .outerjoin(request_contacts, request_contacts.c.contact_id == contacts.c.id)
    .outerjoin(requests, requests.c.id == request_contacts.c.request_id)
    .outerjoin(institutions, institutions.c.id == requests.c.institution_id)
    .outerjoin(bookings, bookings.c.contact_id == contacts.c.id)
    .where(
        assignments.c.worker_id == sa.bindparam("worker"),
        assignments.c.role == "interpreter",
        assignments.c.connected_at >= sa.bindparam("after"),
        assignments.c.connected_at < sa.bindparam("before"),
        assignments.c.ended_at.is_not(None),
        bookings.c.id.is_(None),
    )
)


def tallies(tx: Tx, after: int, before: int, institution_id: str | None = None) -> tuple[Tally, ...]:
    """Of bookings that were to begin in the period; of one institution, or of all."""
    values = {"after": after, "before": before}
    if institution_id is None:
        return tuple(_tally(row) for row in tx.rows(_TALLY, values))
    return tuple(_tally(row) for row in tx.rows(_TALLY_OF, {**values, "institution": institution_id}))


def _tally(row: tuple[str, str, str | None, int, int]) -> Tally:
    language, state, cancelled_by, count, minutes = row
    return Tally(language, state, cancelled_by, int(count), int(minutes))


def answers(tx: Tx, after: int, before: int) -> tuple[Answer, ...]:
    """Of offers that were made in the period and have ended."""
    return tuple(
        Answer(row[0], row[1], row[2], int(row[3])) for row in tx.rows(_ANSWERS, {"after": after, "before": before})
    )


def served(tx: Tx, worker_id: str, after: int, before: int) -> tuple[Served, ...]:
    """Bookings, requests and bridges of one interpreter in the period, the first to begin first."""
    values = {"worker": worker_id, "after": after, "before": before}
    rows = [row for query in (_HELD, _WAITED, _SPOKEN) for row in tx.rows(query, values)]
    return tuple(sorted((Served(*row) for row in rows), key=lambda one: (one.begun_at, one.kind)))
