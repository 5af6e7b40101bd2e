"""Contacts by what is known of them, and by the hashed words of their records."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import assignments, contacts, record_words, records

PAGE = 25
"""Contacts on one page."""

COUNTED = 1_000
"""Contacts that are counted; beyond it there are "more"."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; what is None is not. Times in µs UTC, ``since`` within and ``before`` not. ``tokens`` all."""

    worker_id: str | None = None  # only those that this person served
    since: int | None = None
    before: int | None = None
    line: str | None = None
    language: str | None = None
    contact_type: str | None = None
    state: str | None = None
    outcome: str | None = None
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One contact in a list."""

    contact_id: str
    pseudonym: str
    first_arrival: int
    line: str
    channel: str
    kind: str
    language: str | None
    danger: bool
    state: str
    outcome: str | None
    contact_type: str | None
    finished: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first. ``count`` is exact up to `COUNTED`, and one more when there are more. ``after`` leads on."""

    found: tuple[Found, ...]
    count: int
    after: str | None


_LIST = (
    sa.select(
        contacts.c.id,
        contacts.c.pseudonym,
        contacts.c.first_arrival,
        contacts.c.line,
        contacts.c.channel,
        contacts.c.kind,
        contacts.c.language,
        contacts.c.danger,
        contacts.c.state,
        contacts.c.outcome,
        records.c.contact_type,
        sa.type_coerce(records.c.finished_at.is_not(None), sa.Boolean()),
    )
    .outerjoin(records, records.c.contact_id == contacts.c.id)
    .order_by(contacts.c.first_arrival.desc(), contacts.c.id.desc())
)


def find(tx: Tx, wanted: Wanted, after: str = "") -> Page:
    """One page of what is wanted: that which follows a page's ``after``, or the first."""
    conditions = _conditions(wanted)
    here = conditions + ([_follows(after)] if after else [])
    rows = tx.execute(_LIST.where(*here).limit(PAGE + 1)).all()
    found = tuple(Found(*row) for row in rows[:PAGE])
    some = (
        sa.select(contacts.c.id)
        .outerjoin(records, records.c.contact_id == contacts.c.id)
        .where(*conditions)
        .limit(COUNTED + 1)
    )
    count = tx.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()
    last = found[-1] if len(rows) > PAGE else None
    return Page(found, count, None if last is None else f"{last.first_arrival}.{last.contact_id}")


def set_words(tx: Tx, contact_id: str, tokens: frozenset[str]) -> None:
    """A record is found by these from now on, and by no others."""
    had = set(tx.execute(sa.select(record_words.c.word_hash).where(record_words.c.contact_id == contact_id)).scalars())
    gone = sorted(had - tokens)
    if gone:
        tx.execute(
            record_words.delete().where(record_words.c.contact_id == contact_id, record_words.c.word_hash.in_(gone))
        )
    new = [{"contact_id": contact_id, "word_hash": one} for one in sorted(tokens - had)]
    if new:
        tx.execute(record_words.insert(), new)


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found = [
        column == value
        for column, value in (
            (contacts.c.line, wanted.line),
            (contacts.c.language, wanted.language),
            (records.c.contact_type, wanted.contact_type),
            (contacts.c.state, wanted.state),
            (contacts.c.outcome, wanted.outcome),
        )
        if value is not None
    ]
    if wanted.since is not None:
        found.append(contacts.c.first_arrival >= wanted.since)
    if wanted.before is not None:
        found.append(contacts.c.first_arrival < wanted.before)
    if wanted.worker_id is not None:
        served = sa.select(assignments.c.contact_id).where(
            assignments.c.worker_id == wanted.worker_id, assignments.c.accepted_at.is_not(None)
        )
        found.append(contacts.c.id.in_(served))
    for token in wanted.tokens:
        with_word = sa.select(record_words.c.contact_id).where(record_words.c.word_hash == token)
        found.append(contacts.c.id.in_(with_word))
    return found


def _follows(after: str) -> sa.ColumnElement[bool]:
    at, _, contact_id = after.partition(".")
    when = int(at) if at.isascii() and at.isdigit() and len(at) < 19 else 0
    contact_id = contact_id if contact_id.isascii() and contact_id.isprintable() else ""
    return sa.or_(
        contacts.c.first_arrival < when, sa.and_(contacts.c.first_arrival == when, contacts.c.id < contact_id)
    )
