"""Workers, their languages, and whether they are on duty with how much to carry."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import duty, worker_languages, workers


@dataclass(frozen=True, slots=True)
class Worker:
    """A person, as far as the floor needs to know them, with their duty now."""

    id: str
    alias: str
    roles: str
    gender: str
    lines: str | None
    capacity_voice: int
    capacity_text: int
    reach_kind: str
    reach_enc: bytes | None
    state: str
    since: int
    reason: str | None
    idle_since: int
    load_voice: int
    load_text: int
    by_phone: bool
    version: int


_FROM_DUTY = {"state", "since", "reason", "idle_since", "load_voice", "load_text", "by_phone", "version"}
_COLUMNS = tuple((duty if field.name in _FROM_DUTY else workers).c[field.name] for field in fields(Worker))
_JOINED = (
    sa.select(*_COLUMNS)
    .join_from(workers, duty, duty.c.worker_id == workers.c.id)
    .where(workers.c.disabled_at.is_(None))
)
_GET = _JOINED.where(workers.c.id == sa.bindparam("wanted"))
_SOME = _JOINED.where(workers.c.id.in_(sa.bindparam("wanted", expanding=True)))
_SOME_LOCKED = _SOME.order_by(workers.c.id).with_for_update(of=duty)
_ON_DUTY = _JOINED.where(duty.c.state != "off")
_LOCALES = sa.select(workers.c.id, workers.c.locale).where(workers.c.id.in_(sa.bindparam("wanted", expanding=True)))
_LANGUAGES = sa.select(worker_languages.c.worker_id, worker_languages.c.language, worker_languages.c.level)
_SOME_LANGUAGES = _LANGUAGES.where(worker_languages.c.worker_id.in_(sa.bindparam("wanted", expanding=True)))


def get(tx: Tx, id: str) -> Worker:
    """Raises `Invalid` ("worker_unknown"), also for one who is disabled."""
    row = tx.row(_GET, {"wanted": id})
    if row is None:
        raise Invalid("worker_unknown")
    return Worker(*row)


def some(tx: Tx, ids: list[str]) -> list[Worker]:
    return [Worker(*row) for row in tx.some(_SOME, ids)]


def some_for_change(tx: Tx, ids: Iterable[str]) -> dict[str, Worker]:
    """Those of these who are not disabled, by id, their duty locked in the order of their ids."""
    return {row[0]: Worker(*row) for row in tx.some(_SOME_LOCKED, sorted(ids))}


def on_duty(tx: Tx) -> list[Worker]:
    """Everyone who is not off: available, on a break, or away."""
    return [Worker(*row) for row in tx.rows(_ON_DUTY, {})]


def languages(tx: Tx, ids: list[str] | None = None) -> dict[str, dict[str, str]]:
    """Level (fluent or basic) by language, by worker."""
    rows = tx.rows(_LANGUAGES, {}) if ids is None else tx.some(_SOME_LANGUAGES, ids)
    found: dict[str, dict[str, str]] = {}
    for worker_id, language, level in rows:
        found.setdefault(worker_id, {})[language] = level
    return found


def locales(tx: Tx, ids: list[str]) -> dict[str, str]:
    """In which language each of these has the console."""
    return {row[0]: row[1] for row in tx.some(_LOCALES, ids)}


def add(tx: Tx, values: dict[str, Any], spoken: Iterable[tuple[str, str]]) -> str:
    """A new worker, off duty. ``spoken``: (language, level) pairs. Returns the id."""
    id = tx.new_id()
    tx.execute(workers.insert(), {"id": id, "created_at": tx.now, **values})
    for language, level in spoken:
        tx.execute(worker_languages.insert(), {"worker_id": id, "language": language, "level": level})
    tx.execute(duty.insert(), {"worker_id": id, "state": "off", "since": tx.now, "idle_since": tx.now})
    return id


_TAKE = {
    name: duty.update()
    .where(
        duty.c.worker_id == sa.bindparam("b_id"),
        duty.c.state == "available",
        duty.c[f"load_{name}"]
        < sa.select(workers.c[f"capacity_{name}"])
        .where(workers.c.id == sa.bindparam("b_id"), workers.c.disabled_at.is_(None))
        .scalar_subquery(),
    )
    .values({duty.c[f"load_{name}"]: duty.c[f"load_{name}"] + 1, duty.c.version: duty.c.version + 1})
    for name in ("voice", "text")
}
_GIVE_BACK = {
    name: duty.update()
    .where(duty.c.worker_id == sa.bindparam("b_id"))
    .values(
        {
            duty.c[f"load_{name}"]: duty.c[f"load_{name}"] - 1,
            duty.c.version: duty.c.version + 1,
            duty.c.idle_since: sa.bindparam("at"),
        }
    )
    for name in ("voice", "text")
}
_SET_STATE = (
    duty.update()
    .where(duty.c.worker_id == sa.bindparam("b_id"), duty.c.state.in_(sa.bindparam("b_from", expanding=True)))
    .values(state=sa.bindparam("to"), since=sa.bindparam("at"), reason=sa.bindparam("why"), version=duty.c.version + 1)
)


_BY_PHONE = duty.update().where(duty.c.worker_id == sa.bindparam("b_id"), duty.c.by_phone != sa.bindparam("to"))
_BY_PHONE = _BY_PHONE.values(by_phone=sa.bindparam("to"), version=duty.c.version + 1)
_ONLY_BY_PHONE = sa.select(duty.c.worker_id).where(
    duty.c.worker_id.in_(sa.bindparam("wanted", expanding=True)), duty.c.by_phone
)


def set_by_phone(tx: Tx, worker_id: str, by_phone: bool) -> None:
    """Whether offers reach this worker by a call to their telephone, and in no other way."""
    if tx.execute(_BY_PHONE, {"b_id": worker_id, "to": by_phone}).rowcount:
        tx.hint("worker", worker_id)


def only_by_phone(tx: Tx, worker_ids: list[str]) -> frozenset[str]:
    """Those of these who are on duty with only a telephone."""
    return frozenset(str(id) for (id,) in tx.some(_ONLY_BY_PHONE, worker_ids))


def take_capacity(tx: Tx, worker_id: str, load_class: str) -> bool:
    """Count one more against an available worker; False when there is no room or the worker is not available."""
    return tx.change_one(_TAKE[load_class], {"b_id": worker_id})


_TAKE_ANYWAY = {
    name: duty.update()
    .where(duty.c.worker_id == sa.bindparam("b_id"))
    .values({duty.c[f"load_{name}"]: duty.c[f"load_{name}"] + 1, duty.c.version: duty.c.version + 1})
    for name in ("voice", "text")
}


def take_anyway(tx: Tx, worker_id: str, load_class: str) -> None:
    """Count one more against a worker, on duty or not: what was booked is theirs at its hour."""
    tx.change(_TAKE_ANYWAY[load_class], {"b_id": worker_id})
    tx.hint("worker", worker_id)


def give_capacity_back(tx: Tx, worker_id: str, load_class: str) -> None:
    """Once for each that was taken: the caller has just ended the assignment (`assignments.end`)."""
    tx.change(_GIVE_BACK[load_class], {"b_id": worker_id, "at": tx.now})
    tx.hint("worker", worker_id)


def set_state(tx: Tx, worker_id: str, to: str, was: Iterable[str], reason: str | None = None) -> bool:
    """Move a worker's duty to ``to`` if it is in one of ``was``; True when it was moved."""
    values = {"b_id": worker_id, "b_from": list(was), "to": to, "at": tx.now, "why": reason}
    moved = tx.execute(_SET_STATE, values).rowcount == 1
    if moved:
        tx.hint("worker", worker_id)
    return moved
