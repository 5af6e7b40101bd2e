"""What a supervisor's page shows: people, contacts, why each went where it went, and alarms."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import alarms, assignments, contacts, duty, worker_languages, workers


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
    serving: tuple[Serving, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person must see to."""

    alarm_id: str
    kind: str
    line: str | None
    language: str | None
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
        Person(*[row.id, row.alias, tuple(row.roles.split()), *row[3:], tuple(speaks.get(row.id, ()))]) for row in rows
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
        )
        .where(contacts.c.state != "closed")
        .order_by(contacts.c.danger.desc(), contacts.c.first_arrival)
        .limit(SHOWN)
    )
    return tuple(Open(*[*row, tuple(serving.get(row.id, ()))]) for row in rows)


def open_alarms(tx: Tx) -> tuple[Alarm, ...]:
    """Alarms that nobody has closed: those that nobody has taken first, then the oldest."""
    taker = workers.alias("taker")
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
        .order_by(alarms.c.taken_at.is_not(None), alarms.c.raised_at)
        .limit(SHOWN)
    )
    return tuple(Alarm(*row) for row in rows)
