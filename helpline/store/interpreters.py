"""What is known of interpreters beyond their duty: undertaking, training, certificates, hours, places."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import (
    alarms,
    busy,
    certificates,
    deadlines,
    duty,
    interpreters,
    worker_languages,
    worker_pins,
    workers,
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One who has the role, or is known as one. Dates are year-month-day. ``details``: something was written down."""

    worker_id: str
    sign_in: str
    alias: str
    roles: tuple[str, ...]
    gender: str
    reach_kind: str
    reach_enc: bytes | None
    disabled: bool
    details: bool
    undertaking_on: str | None
    undertaking_until: str | None
    training: tuple[str, ...]
    hours_json: str
    timezone: str | None
    province: str | None
    district: str | None
    travels: tuple[str, ...]
    by_phone: bool
    email_enc: bytes | None
    pin_number: str | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language of a worker's. ``level``: fluent or basic."""

    language: str
    level: str
    dialects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. Dates are year-month-day; without ``expires_on`` it does not end."""

    id: str
    worker_id: str
    language: str
    body: str
    number_enc: bytes | None
    issued_on: str | None
    expires_on: str | None


_ROLE = sa.literal(" ").concat(workers.c.roles).concat(" ").like("% interpreter %")
_COLUMNS = (
    workers.c.id,
    workers.c.sign_in,
    workers.c.alias,
    workers.c.roles,
    workers.c.gender,
    workers.c.reach_kind,
    workers.c.reach_enc,
    workers.c.disabled_at,
    interpreters.c.worker_id,
    interpreters.c.undertaking_on,
    interpreters.c.undertaking_until,
    interpreters.c.training,
    interpreters.c.hours_json,
    interpreters.c.timezone,
    interpreters.c.province,
    interpreters.c.district,
    interpreters.c.travels,
    interpreters.c.by_phone,
    interpreters.c.email_enc,
    worker_pins.c.number,
)
_JOINED = (
    sa.select(*_COLUMNS)
    .select_from(workers)
    .outerjoin(interpreters, interpreters.c.worker_id == workers.c.id)
    .outerjoin(worker_pins, worker_pins.c.worker_id == workers.c.id)
)
_ALL = _JOINED.where(workers.c.disabled_at.is_(None), _ROLE).order_by(workers.c.alias, workers.c.id)
_SOME = _JOINED.where(workers.c.disabled_at.is_(None), _ROLE, workers.c.id.in_(sa.bindparam("wanted", expanding=True)))
_ONE = _JOINED.where(workers.c.id == sa.bindparam("wanted"))
_NAMED = _JOINED.where(workers.c.sign_in == sa.bindparam("wanted"))
_CERTIFICATES = sa.select(
    certificates.c.id,
    certificates.c.worker_id,
    certificates.c.language,
    certificates.c.body,
    certificates.c.number_enc,
    certificates.c.issued_on,
    certificates.c.expires_on,
)
_ALL_CERTIFICATES = _CERTIFICATES.order_by(certificates.c.language, certificates.c.id)
_SOME_CERTIFICATES = _CERTIFICATES.where(certificates.c.worker_id.in_(sa.bindparam("wanted", expanding=True)))
_ONE_CERTIFICATE = _CERTIFICATES.where(certificates.c.id == sa.bindparam("wanted"))
_LANGUAGES = sa.select(
    worker_languages.c.worker_id, worker_languages.c.language, worker_languages.c.level, worker_languages.c.dialects
)
_SOME_LANGUAGES = _LANGUAGES.where(worker_languages.c.worker_id.in_(sa.bindparam("wanted", expanding=True)))
_BOOKED = sa.select(busy.c.booking_id).where(
    busy.c.worker_id == sa.bindparam("wanted"), busy.c.busy_until > sa.bindparam("now")
)
_RAISED = sa.select(alarms.c.id).where(alarms.c.topic == sa.bindparam("wanted"))
_OPEN_ABOUT = sa.select(alarms.c.topic, alarms.c.kind).where(
    alarms.c.worker_id == sa.bindparam("wanted"), alarms.c.closed_at.is_(None)
)
_FORGET_LOOKS = deadlines.delete().where(
    deadlines.c.kind == sa.bindparam("b_kind"), deadlines.c.subject_id == sa.bindparam("b_subject")
)


def everyone(tx: Tx) -> tuple[Interpreter, ...]:
    """All with the role who are not disabled, by alias."""
    return tuple(_of(row) for row in tx.rows(_ALL, {}))


def some(tx: Tx, worker_ids: list[str]) -> tuple[Interpreter, ...]:
    """Those of the list who have the role and are not disabled, in no order."""
    return tuple(_of(row) for row in tx.some(_SOME, worker_ids))


def find(tx: Tx, worker_id: str) -> Interpreter | None:
    """Any worker, whatever the roles, disabled or not."""
    row = tx.row(_ONE, {"wanted": worker_id})
    return None if row is None else _of(row)


def named(tx: Tx, sign_in: str) -> Interpreter | None:
    """Any worker, by sign-in."""
    row = tx.row(_NAMED, {"wanted": sign_in})
    return None if row is None else _of(row)


def languages(tx: Tx, worker_ids: list[str] | None = None) -> dict[str, tuple[Spoken, ...]]:
    """Languages with level and dialects, by worker; of all workers when none are named."""
    rows = tx.rows(_LANGUAGES, {}) if worker_ids is None else tx.some(_SOME_LANGUAGES, worker_ids)
    found: dict[str, list[Spoken]] = {}
    for worker_id, language, level, dialects in sorted(rows, key=lambda row: row[:2]):
        found.setdefault(worker_id, []).append(Spoken(language, level, tuple((dialects or "").split())))
    return {worker_id: tuple(spoken) for worker_id, spoken in found.items()}


def certificates_of(tx: Tx, worker_ids: list[str] | None = None) -> dict[str, tuple[Certificate, ...]]:
    """Certificates, lapsed ones too, by worker; of all workers when none are named."""
    rows = tx.rows(_ALL_CERTIFICATES, {}) if worker_ids is None else tx.some(_SOME_CERTIFICATES, worker_ids)
    found: dict[str, list[Certificate]] = {}
    for row in sorted(rows, key=lambda row: (row[2], row[0])):
        found.setdefault(row[1], []).append(Certificate(*row))
    return {worker_id: tuple(theirs) for worker_id, theirs in found.items()}


def certificate(tx: Tx, id: str) -> Certificate | None:
    row = tx.row(_ONE_CERTIFICATE, {"wanted": id})
    return None if row is None else Certificate(*row)


def is_booked(tx: Tx, worker_id: str) -> bool:
    """Whether time of this person is taken by a booking, now or later."""
    return tx.row(_BOOKED, {"wanted": worker_id, "now": tx.now}) is not None


def put(tx: Tx, worker_id: str, values: dict[str, Any]) -> None:
    """Write the details down, in place of those that were there; ``values``: columns, ``timezone`` among them."""
    tx.put(interpreters, {"worker_id": worker_id, **values})


def change_worker(tx: Tx, worker_id: str, values: dict[str, Any]) -> None:
    """``values``: columns of the worker's own row, such as roles and gender; the floor hears of it."""
    if values:
        tx.execute(workers.update().where(workers.c.id == worker_id).values(**values))
    tx.execute(duty.update().where(duty.c.worker_id == worker_id).values(version=duty.c.version + 1))
    tx.hint("worker", worker_id)
    tx.hint("roster", worker_id)


def set_languages(tx: Tx, worker_id: str, spoken: Iterable[Spoken]) -> None:
    """All the languages of a worker, in place of those that were there."""
    tx.execute(worker_languages.delete().where(worker_languages.c.worker_id == worker_id))
    for one in spoken:
        values = {"worker_id": worker_id, "language": one.language, "level": one.level}
        tx.insert(worker_languages, {**values, "dialects": " ".join(one.dialects) or None})


def add_certificate(tx: Tx, worker_id: str, values: dict[str, Any]) -> str:
    id = tx.new_id()
    tx.insert(certificates, {"id": id, "worker_id": worker_id, **values})
    return id


def remove_certificate(tx: Tx, id: str) -> bool:
    return tx.execute(certificates.delete().where(certificates.c.id == id)).rowcount == 1


def was_raised(tx: Tx, topic: str) -> bool:
    """Whether there ever was an alarm of this topic."""
    return tx.row(_RAISED, {"wanted": topic}) is not None


def open_about(tx: Tx, worker_id: str, kinds: Collection[str]) -> list[str]:
    """The topics of the open alarms of these kinds about a worker."""
    return [topic for topic, kind in tx.rows(_OPEN_ABOUT, {"wanted": worker_id}) if kind in kinds]


def forget_looks(tx: Tx, kind: str, worker_id: str) -> None:
    """Drop the timers of one kind about a worker; others about the same person stay."""
    tx.change(_FORGET_LOOKS, {"b_kind": kind, "b_subject": worker_id})


def _of(row: tuple[Any, ...]) -> Interpreter:
    (id, sign_in, alias, roles, gender, reach_kind, reach, disabled_at, details, since, until) = row[:11]
    (training, hours, timezone, province, district, travels, by_phone, email, number) = row[11:]
    return Interpreter(
        id,
        sign_in,
        alias,
        tuple(roles.split()),
        gender,
        reach_kind,
        reach,
        disabled_at is not None,
        details is not None,
        since,
        until,
        tuple((training or "").split()),
        hours or "{}",
        timezone,
        province,
        district,
        tuple((travels or "").split()),
        bool(by_phone),
        email,
        number,
    )
