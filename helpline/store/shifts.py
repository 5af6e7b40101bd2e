"""Shifts: who is due on duty, from when to when."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import duty, shifts, worker_languages, workers


@dataclass(frozen=True, slots=True)
class Shift:
    """A row of the table, in its words; from ``starts_at`` until before ``ends_at``. ``line`` None: every line."""

    id: str
    worker_id: str
    starts_at: int
    ends_at: int
    line: str | None


@dataclass(frozen=True, slots=True)
class Presence:
    """A person's duty: off, available, break or away, and since when (µs)."""

    state: str
    since: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works here, as the roster needs to know them."""

    worker_id: str
    alias: str
    roles: tuple[str, ...]
    lines: tuple[str, ...] | None
    languages: tuple[str, ...]
    presence: Presence


_COLUMNS = (shifts.c.id, shifts.c.worker_id, shifts.c.starts_at, shifts.c.ends_at, shifts.c.line)
_ALL = sa.select(*_COLUMNS)
_BETWEEN = _ALL.where(shifts.c.starts_at < sa.bindparam("before"), shifts.c.ends_at > sa.bindparam("after")).order_by(
    shifts.c.starts_at, shifts.c.id
)
_OF_WORKER = _ALL.where(
    shifts.c.worker_id == sa.bindparam("worker"),
    shifts.c.starts_at < sa.bindparam("before"),
    shifts.c.ends_at > sa.bindparam("after"),
).order_by(shifts.c.starts_at, shifts.c.id)
_ONE = _ALL.where(shifts.c.id == sa.bindparam("wanted"))
_REMOVE = shifts.delete().where(shifts.c.id == sa.bindparam("b_id"))


def add(tx: Tx, worker_id: str, starts_at: int, ends_at: int, line: str | None, set_by: str) -> str:
    id = tx.new_id()
    tx.insert(
        shifts,
        {
            "id": id,
            "worker_id": worker_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "line": line,
            "set_by": set_by,
            "set_at": tx.now,
        },
    )
    tx.hint("roster", id)
    return id


def find(tx: Tx, id: str) -> Shift | None:
    row = tx.row(_ONE, {"wanted": id})
    return None if row is None else Shift(*row)


def get(tx: Tx, id: str) -> Shift:
    """Raises `Invalid` ("shift_unknown")."""
    shift = find(tx, id)
    if shift is None:
        raise Invalid("shift_unknown", "There is no such shift.")
    return shift


def remove(tx: Tx, id: str) -> None:
    tx.change(_REMOVE, {"b_id": id})
    tx.hint("roster", id)


def between(tx: Tx, after: int, before: int) -> tuple[Shift, ...]:
    """Shifts of which some part lies between the two times (µs), the first to begin first."""
    return tuple(Shift(*row) for row in tx.rows(_BETWEEN, {"after": after, "before": before}))


def of_worker(tx: Tx, worker_id: str, after: int, before: int) -> tuple[Shift, ...]:
    values = {"worker": worker_id, "after": after, "before": before}
    return tuple(Shift(*row) for row in tx.rows(_OF_WORKER, values))


def members(tx: Tx) -> tuple[Member, ...]:
    """Everyone who is not disabled, by alias."""
    spoken: dict[str, list[str]] = {}
    for worker_id, language in tx.execute(sa.select(worker_languages.c.worker_id, worker_languages.c.language)):
        spoken.setdefault(worker_id, []).append(language)
    rows = tx.execute(
        sa.select(
            workers.c.id,
            workers.c.alias,
            workers.c.roles,
            workers.c.lines,
            sa.func.coalesce(duty.c.state, "off"),
            sa.func.coalesce(duty.c.since, workers.c.created_at),
        )
        .outerjoin(duty, duty.c.worker_id == workers.c.id)
        .where(workers.c.disabled_at.is_(None))
        .order_by(workers.c.alias)
    )
    return tuple(
        Member(
            id,
            alias,
            tuple(roles.split()),
            None if lines is None else tuple(lines.split()),
            tuple(sorted(spoken.get(id, ()))),
            Presence(state, since),
        )
        for id, alias, roles, lines, state, since in rows
    )
