"""Rows behind what is counted of languages: who wanted one, who came, and what institutions asked for.

A period is of when a contact first arrived, a request was made, or a booking was to begin. Children's numbers, words
and pseudonyms are in none of these rows. ``invented``: whether what the demonstration invented of past weeks counts;
in a production it never does.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.clock import MINUTE, SECOND
from helpline.store.db import Tx
from helpline.store.tables import (
    assignments,
    audit,
    bookings,
    contacts,
    institutions,
    request_contacts,
    requests,
    worker_languages,
    workers,
)

INVENTED = "Demo-"
"""How the pseudonym of a contact begins that the demonstration invented; no other begins so."""

_SHORT = sa.literal_column(str(5 * SECOND), sa.BigInteger())
_QUARTER = sa.literal_column(str(15 * MINUTE), sa.BigInteger())
"""No time zone is apart from another by less. Written out, not bound: it is grouped by, as the same text twice."""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``after`` until before ``before`` (µs)."""

    after: int
    before: int
    invented: bool = False

    @property
    def values(self) -> dict[str, int | bool]:
        return {"after": self.after, "before": self.before, "invented": self.invented}


@dataclass(frozen=True, slots=True)
class Ended:
    """So many contacts of children, or calls of offices, that ended alike in a quarter of an hour (from ``at``, µs)."""

    line: str
    language: str | None
    outcome: str | None
    queued: bool
    connected: bool
    short: bool
    spoken: bool
    at: int
    count: int


@dataclass(frozen=True, slots=True)
class BookedFor:
    """So many bookings of one language that ended alike and were to begin in one quarter of an hour."""

    language: str
    state: str
    cancelled_by: str | None
    zone: str
    at: int
    count: int


@dataclass(frozen=True, slots=True)
class Made:
    """One request. ``at``: from when on it was wanted. ``group``: the id of the first request for these children."""

    id: str
    institution_id: str
    zone: str
    created_at: int
    at: int
    came_by: str
    languages: str
    purpose: str
    girls: int
    boys: int
    group: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Interpreted:
    """A conversation to which an interpreter came, bookings aside. ``request_id`` is None for a child's.

    ``met_at``: when one who speaks its language was there first; None when that was never. ``talked``: µs, of all of
    its interpreters that have ended.
    """

    contact_id: str
    request_id: str | None
    language: str | None
    known_at: int | None
    due_at: int | None
    met_at: int | None
    talked: int


@dataclass(frozen=True, slots=True)
class Turned:
    """So many offers to interpret now that ended so before anything was interpreted."""

    language: str | None
    end: str
    offers: int


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Who interpreted in a contact, between which languages, from when to when (None: still)."""

    alias: str
    language: str | None
    relay: str | None
    began_at: int
    ended_at: int | None


_counts = sa.or_(sa.bindparam("invented", type_=sa.Boolean()), contacts.c.pseudonym.not_like(f"{INVENTED}%"))
_known = sa.or_(sa.bindparam("invented", type_=sa.Boolean()), institutions.c.demonstration.is_(sa.false()))
_ARRIVED = (
    contacts.c.first_arrival >= sa.bindparam("after"),
    contacts.c.first_arrival < sa.bindparam("before"),
    _counts,
)


def _quarter(moment: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return moment - moment % _QUARTER


_MOMENT = sa.func.coalesce(contacts.c.not_before, contacts.c.queued_at, contacts.c.first_arrival)
_WAITED = contacts.c.left_at - sa.func.coalesce(contacts.c.queued_at, contacts.c.first_arrival)
_LEFT_SHORTLY = _WAITED < _SHORT
_SPEAKER = sa.exists(
    sa.select(sa.literal_column("1"))
    .select_from(assignments)
    .outerjoin(
        worker_languages,
        sa.and_(
            worker_languages.c.worker_id == assignments.c.worker_id, worker_languages.c.language == contacts.c.language
        ),
    )
    .where(
        assignments.c.contact_id == contacts.c.id,
        assignments.c.connected_at.is_not(None),
        sa.or_(worker_languages.c.language.is_not(None), assignments.c.language == contacts.c.language),
    )
    .correlate(contacts)
)
_OF_EACH = (
    sa.select(
        contacts.c.line,
        contacts.c.language,
        contacts.c.outcome,
        contacts.c.queued_at.is_not(None).label("queued"),
        contacts.c.connected_at.is_not(None).label("connected"),
        sa.func.coalesce(_LEFT_SHORTLY, sa.false()).label("short"),
        sa.case((contacts.c.connected_at.is_not(None), _SPEAKER), else_=sa.false()).label("spoken"),
        _quarter(_MOMENT).label("at"),
    )
    .where(
        *_ARRIVED,
        contacts.c.state == "closed",
        sa.or_(contacts.c.kind == "call", contacts.c.kind == "callback", contacts.c.kind == "office"),
        contacts.c.channel != "offline",
    )
    .subquery()
)
_ENDED = sa.select(*_OF_EACH.c, sa.func.count()).group_by(*_OF_EACH.c)

_BOOKED = (
    sa.select(
        bookings.c.language, bookings.c.state, bookings.c.cancelled_by, bookings.c.zone,
        _quarter(bookings.c.starts_at).label("at"),
    )
    .join(institutions, institutions.c.id == bookings.c.institution_id)
    .where(bookings.c.starts_at >= sa.bindparam("after"), bookings.c.starts_at < sa.bindparam("before"), _known)
    .subquery()
)  # fmt: skip
_BOOKED_FOR = sa.select(*_BOOKED.c, sa.func.count()).group_by(*_BOOKED.c)

_MADE = (
    sa.select(
        requests.c.id, requests.c.institution_id, institutions.c.timezone, requests.c.created_at,
        sa.func.coalesce(requests.c.not_before, requests.c.created_at), requests.c.came_by, requests.c.languages,
        requests.c.purpose, requests.c.girls, requests.c.boys, sa.func.coalesce(requests.c.group_of, requests.c.id),
        requests.c.outcome,
    )
    .join(institutions, institutions.c.id == requests.c.institution_id)
    .where(requests.c.created_at >= sa.bindparam("after"), requests.c.created_at < sa.bindparam("before"), _known)
    .order_by(requests.c.created_at, requests.c.id)
)  # fmt: skip
_MADE_BY = _MADE.where(requests.c.institution_id == sa.bindparam("institution"))

_IN_ITS_LANGUAGE = sa.case((assignments.c.language == contacts.c.language, assignments.c.connected_at))
_INTERPRETED = (
    sa.select(
        contacts.c.id, request_contacts.c.request_id, contacts.c.language, contacts.c.language_known_at,
        contacts.c.not_before, sa.func.min(_IN_ITS_LANGUAGE),
        sa.func.coalesce(sa.func.sum(assignments.c.ended_at - assignments.c.connected_at), 0),
    )
    .select_from(contacts)
    .join(assignments, assignments.c.contact_id == contacts.c.id)
    .outerjoin(request_contacts, request_contacts.c.contact_id == contacts.c.id)
    .outerjoin(bookings, bookings.c.contact_id == contacts.c.id)
    .where(
        assignments.c.role == "interpreter",
        assignments.c.connected_at.is_not(None),
        bookings.c.id.is_(None),
    )
    .group_by(
        contacts.c.id, request_contacts.c.request_id, contacts.c.language, contacts.c.language_known_at,
        contacts.c.not_before,
    )
)  # fmt: skip
_INTERPRETED_THEN = _INTERPRETED.where(*_ARRIVED)
_INTERPRETED_FOR = _INTERPRETED.join(requests, requests.c.id == request_contacts.c.request_id).where(
    requests.c.institution_id == sa.bindparam("institution"),
    requests.c.created_at >= sa.bindparam("after"),
    requests.c.created_at < sa.bindparam("before"),
)
_WANTED_ANEW = (
    sa.select(audit.c.contact_id, audit.c.at)
    .select_from(contacts)
    .join(assignments, assignments.c.contact_id == contacts.c.id)
    .join(audit, audit.c.contact_id == contacts.c.id)
    .where(
        *_ARRIVED,
        assignments.c.role == "interpreter",
        assignments.c.connected_at.is_not(None),
        sa.or_(audit.c.action == "interpreter_wanted", audit.c.action == "language_named"),
    )
    .distinct()
)
_TURNED = (
    sa.select(sa.func.coalesce(assignments.c.language, contacts.c.language), assignments.c.end, sa.func.count())
    .select_from(contacts)
    .join(assignments, assignments.c.contact_id == contacts.c.id)
    .where(
        *_ARRIVED,
        assignments.c.role == "interpreter",
        assignments.c.connected_at.is_(None),
        assignments.c.end.is_not(None),
    )
    .group_by(sa.func.coalesce(assignments.c.language, contacts.c.language), assignments.c.end)
)
_SPEAKERS = (
    sa.select(worker_languages.c.language, sa.func.count())
    .join(workers, workers.c.id == worker_languages.c.worker_id)
    .where(workers.c.disabled_at.is_(None))
    .group_by(worker_languages.c.language)
)
_ANY_CONTACT, _ANY_REQUEST = sa.select(contacts.c.id).limit(1), sa.select(requests.c.id).limit(1)
_WHO = (
    sa.select(
        workers.c.alias, assignments.c.language, assignments.c.relay, assignments.c.connected_at, assignments.c.ended_at
    )
    .join(workers, workers.c.id == assignments.c.worker_id)
    .where(
        assignments.c.contact_id == sa.bindparam("contact"),
        assignments.c.role == "interpreter",
        assignments.c.connected_at.is_not(None),
    )
    .order_by(assignments.c.connected_at, assignments.c.id)
)


def ended(tx: Tx, span: Span) -> list[Ended]:
    """Children's contacts and offices' calls that are closed; what was entered by hand and workers' duty are not."""
    return [Ended(*row) for row in tx.rows(_ENDED, span.values)]


def booked_for(tx: Tx, span: Span) -> list[BookedFor]:
    return [BookedFor(*row) for row in tx.rows(_BOOKED_FOR, span.values)]


def made(tx: Tx, span: Span, institution_id: str | None = None) -> list[Made]:
    """The oldest first: of one institution, or of all."""
    if institution_id is None:
        return [Made(*row) for row in tx.rows(_MADE, span.values)]
    return [Made(*row) for row in tx.rows(_MADE_BY, {**span.values, "institution": institution_id})]


def interpreted(tx: Tx, span: Span) -> list[Interpreted]:
    """Bridges and conversations of requests."""
    return [_interpreted(row) for row in tx.rows(_INTERPRETED_THEN, span.values)]


def interpreted_for(tx: Tx, span: Span, institution_id: str) -> list[Interpreted]:
    """Conversations of one institution's requests that were made in the period."""
    values = {"after": span.after, "before": span.before, "institution": institution_id}
    return [_interpreted(row) for row in tx.rows(_INTERPRETED_FOR, values)]


def _interpreted(row: tuple[str, str | None, str | None, int | None, int | None, int | None, int]) -> Interpreted:
    return Interpreted(*row[:6], talked=int(row[6]))


def wanted_anew(tx: Tx, span: Span) -> dict[str, list[int]]:
    """When somebody in a bridged conversation asked for an interpreter, or named the language anew, by contact."""
    found: dict[str, list[int]] = {}
    for contact_id, at in tx.rows(_WANTED_ANEW, span.values):
        found.setdefault(contact_id, []).append(at)
    return found


def turned(tx: Tx, span: Span) -> list[Turned]:
    return [Turned(*row) for row in tx.rows(_TURNED, span.values)]


def speakers(tx: Tx) -> dict[str, int]:
    """How many people who work here now speak each language, at any level."""
    return {language: int(count) for language, count in tx.rows(_SPEAKERS, {})}


def is_untouched(tx: Tx) -> bool:
    """Whether nobody has called, written or asked yet."""
    return tx.row(_ANY_CONTACT, {}) is None and tx.row(_ANY_REQUEST, {}) is None


def interpreters_of(tx: Tx, contact_id: str) -> tuple[Interpreter, ...]:
    """Who interpreted in a contact, in their order. Nobody types it: the floor gave it, and the carrier joined them."""
    return tuple(Interpreter(*row) for row in tx.rows(_WHO, {"contact": contact_id}))
