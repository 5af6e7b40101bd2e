"""What a supervisor's page shows: people, contacts, why each went where it went, and alarms."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import alarms, assignments, contacts, duty, texts, threads, worker_languages, workers


@dataclass(frozen=True, slots=True)
class Speaks:
    language: str
    level: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here."""

    worker_id: str
    alias: str
    roles: tuple[str, ...]
    state: str
    since: int
    reason: str | None
    load_voice: int
    capacity_voice: int
    load_text: int
    capacity_text: int
    languages: tuple[Speaks, ...]
    owed: int  # conversations in which the child waits for an answer
    owed_since: int | None  # the oldest of these


@dataclass(frozen=True, slots=True)
class Serving:
    """A live assignment and the stored reasons for it."""

    worker_id: str
    alias: str
    role: str
    state: str
    stage: str
    reasons: Mapping[str, Any]
    offered_at: int
    until: int


@dataclass(frozen=True, slots=True)
class Open:
    """A contact that is not closed."""

    contact_id: str
    pseudonym: str
    line: str
    channel: str
    kind: str
    state: str
    state_since: int
    language: str | None
    danger: bool
    cannot_speak: bool
    resumed: bool
    moved_up: bool
    first_arrival: int
    not_before: int | None
    owed_since: int | None  # a text conversation: the child waits for an answer since then
    only_gender: str | None  # a supervisor lets only a woman, or only a man, answer
    serving: tuple[Serving, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person must see to. ``alarm_id``: of several that are one matter, the first's."""

    alarm_id: str
    kind: str
    line: str | None
    languages: tuple[str, ...]
    contact_id: str | None
    pseudonym: str | None
    worker_id: str | None
    alias: str | None
    raised_at: int
    taken_by: str | None
    taken_alias: str | None
    taken_at: int | None


@dataclass(frozen=True, slots=True)
class Floor:
    people: tuple[Person, ...]
    contacts: tuple[Open, ...]
    alarms: tuple[Alarm, ...]
    contacts_total: int


_OWED = (
    sa.select(assignments.c.worker_id, sa.func.count(), sa.func.min(threads.c.owed_since))
    .join(threads, threads.c.contact_id == assignments.c.contact_id)
    .where(assignments.c.ended_at.is_(None), assignments.c.state == "connected", threads.c.owed_since.is_not(None))
    .group_by(assignments.c.worker_id)
)

SHOWN = 200  # contacts on one page; the rest is counted
_STATE_ORDER = {"available": 0, "away": 1, "break": 2, "off": 3}


def floor(tx: Tx) -> Floor:
    """The floor as it is now; those in danger first, then the longest wait."""
    total = tx.execute(sa.select(sa.func.count()).where(contacts.c.state != "closed")).scalar_one()
    return Floor(_people(tx), _open(tx), open_alarms(tx), total)


def _people(tx: Tx) -> tuple[Person, ...]:
    speaks: dict[str, list[Speaks]] = {}
    for row in tx.execute(
        sa.select(worker_languages).order_by(worker_languages.c.level.desc(), worker_languages.c.language)
    ):
        speaks.setdefault(row.worker_id, []).append(Speaks(row.language, row.level))
    owed = {worker: (count, since) for worker, count, since in tx.rows(_OWED, {})}
    rows = tx.execute(
        sa.select(
            workers.c.id,
            workers.c.alias,
            workers.c.roles,
            sa.func.coalesce(duty.c.state, "off").label("state"),
            sa.func.coalesce(duty.c.since, workers.c.created_at).label("since"),
            duty.c.reason,
            sa.func.coalesce(duty.c.load_voice, 0).label("load_voice"),
            workers.c.capacity_voice,
            sa.func.coalesce(duty.c.load_text, 0).label("load_text"),
            workers.c.capacity_text,
        )
        .outerjoin(duty, duty.c.worker_id == workers.c.id)
        .where(workers.c.disabled_at.is_(None))
        .order_by(workers.c.alias)
    )
    found = [
        Person(
            *[
                row.id,
                row.alias,
                tuple(row.roles.split()),
                *row[3:],
                tuple(speaks.get(row.id, ())),
                *owed.get(row.id, (0, None)),
            ]
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda person: _STATE_ORDER.get(person.state, 9)))


def _open(tx: Tx) -> tuple[Open, ...]:
    serving: dict[str, list[Serving]] = {}
    for row in tx.execute(
        sa.select(
            assignments.c.contact_id,
            assignments.c.worker_id,
            workers.c.alias,
            assignments.c.role,
            assignments.c.state,
            assignments.c.stage,
            assignments.c.reasons_json,
            assignments.c.offered_at,
            assignments.c.until,
        )
        .join(workers, workers.c.id == assignments.c.worker_id)
        .where(assignments.c.ended_at.is_(None))
    ):
        serving.setdefault(row.contact_id, []).append(Serving(*[*row[1:6], json.loads(row.reasons_json), *row[7:]]))
    rows = tx.execute(
        sa.select(
            contacts.c.id,
            contacts.c.pseudonym,
            contacts.c.line,
            contacts.c.channel,
            contacts.c.kind,
            contacts.c.state,
            contacts.c.state_since,
            contacts.c.language,
            contacts.c.danger,
            contacts.c.cannot_speak,
            contacts.c.resumed,
            contacts.c.moved_up,
            contacts.c.first_arrival,
            contacts.c.not_before,
            threads.c.owed_since,
            sa.case((contacts.c.gender_required, contacts.c.gender_wish)),
        )
        .outerjoin(threads, sa.and_(threads.c.contact_id == contacts.c.id, contacts.c.channel != "voice"))
        .where(contacts.c.state != "closed")
        .order_by(contacts.c.danger.desc(), contacts.c.first_arrival)
        .limit(SHOWN)
    )
    return tuple(Open(*[*row, tuple(serving.get(row.id, ()))]) for row in rows)


def open_alarms(tx: Tx) -> tuple[Alarm, ...]:
    """Alarms that nobody has closed: of children in danger first, then those that nobody has taken, then the oldest."""
    taker = workers.alias("taker")
    in_danger = alarms.c.kind.in_(("danger_waiting", "danger_lost"))
    rows = tx.execute(
        sa.select(
            alarms.c.id,
            alarms.c.kind,
            alarms.c.line,
            alarms.c.language,
            alarms.c.contact_id,
            contacts.c.pseudonym,
            alarms.c.worker_id,
            workers.c.alias,
            alarms.c.raised_at,
            alarms.c.taken_by,
            taker.c.alias.label("taken_alias"),
            alarms.c.taken_at,
        )
        .outerjoin(contacts, contacts.c.id == alarms.c.contact_id)
        .outerjoin(workers, workers.c.id == alarms.c.worker_id)
        .outerjoin(taker, taker.c.id == alarms.c.taken_by)
        .where(alarms.c.closed_at.is_(None))
        .order_by(in_danger.desc(), alarms.c.taken_at.is_not(None), alarms.c.raised_at)
        .limit(SHOWN)
    )
    found = (Alarm(*[*row[:3], (row.language,) if row.language else (), *row[4:]]) for row in rows)
    return tuple(_gathered(found))


def _gathered(found: Iterable[Alarm]) -> Iterator[Alarm]:
    """Languages of one line that nobody speaks now are one matter: one card for all that the same person sees to."""
    cards: dict[tuple[str, ...], Alarm] = {}
    for alarm in found:
        key = (alarm.kind, alarm.line or "", alarm.taken_by or "") if alarm.languages else (alarm.alarm_id,)
        first = cards.get(key)
        cards[key] = alarm if first is None else replace(first, languages=(*first.languages, *alarm.languages))
    yield from cards.values()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a contact now, and the language in which they read. ``assignment_id`` is the live one."""

    worker_id: str
    alias: str
    locale: str
    assignment_id: str


_HOLDER = (
    sa.select(workers.c.id, workers.c.alias, workers.c.locale, assignments.c.id)
    .join(assignments, assignments.c.worker_id == workers.c.id)
    .where(
        assignments.c.contact_id == sa.bindparam("contact"),
        assignments.c.ended_at.is_(None),
        assignments.c.accepted_at.is_not(None),
    )
    .order_by(assignments.c.role)
    .limit(1)
)


def holder_of(tx: Tx, contact_id: str) -> Holder | None:
    """The counsellor before an interpreter; None while nobody has taken it."""
    row = tx.row(_HOLDER, {"contact": contact_id})
    return None if row is None else Holder(*row)


_NOTE = sa.select(texts.c.id).where(
    texts.c.contact_id == sa.bindparam("contact"), texts.c.client_key == sa.bindparam("key")
)


def has_note(tx: Tx, contact_id: str, client_key: str) -> bool:
    """Whether a text with this key of its sender's is in the conversation."""
    return tx.row(_NOTE, {"contact": contact_id, "key": client_key}) is not None
