"""Durable timers. To take one and to do what it says is one transaction, so no lease is needed: a process that dies
with one gives it back by dying.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import deadlines

_DUE = (
    sa.select(deadlines.c.id, deadlines.c.kind, deadlines.c.subject_id, deadlines.c.due_at, deadlines.c.attempts)
    .where(deadlines.c.due_at <= sa.bindparam("now"))
    .order_by(deadlines.c.due_at, deadlines.c.id)
    .limit(sa.bindparam("most"))
)
_NEXT = sa.select(sa.func.min(deadlines.c.due_at))
_TAKE = deadlines.delete().where(deadlines.c.id == sa.bindparam("wanted"))
# On PostgreSQL one that another process is doing just now is passed over: nobody waits for it in a row of others.
_FREE = sa.select(deadlines.c.id).where(deadlines.c.id == sa.bindparam("wanted")).with_for_update(skip_locked=True)
_TAKE_FREE = deadlines.delete().where(deadlines.c.id.in_(_FREE))
_CLEAR = deadlines.delete().where(deadlines.c.subject_id == sa.bindparam("subject"))
_DROP = deadlines.delete().where(
    deadlines.c.subject_id == sa.bindparam("subject"), deadlines.c.kind == sa.bindparam("asked")
)
_POSTPONE = (
    deadlines.update()
    .where(deadlines.c.id == sa.bindparam("wanted"))
    .values(due_at=sa.bindparam("until"), attempts=deadlines.c.attempts + 1)
)


@dataclass(frozen=True, slots=True)
class Deadline:
    id: str
    kind: str
    subject_id: str
    due_at: int
    attempts: int


def add(tx: Tx, kind: str, subject_id: str, due_at: int) -> None:
    tx.insert(deadlines, {"id": tx.new_id(), "kind": kind, "subject_id": subject_id, "due_at": due_at})
    tx.hint("deadline", str(due_at))


def due(tx: Tx, most: int) -> list[Deadline]:
    """Those whose time has come, the longest overdue first."""
    return [Deadline(*row) for row in tx.rows(_DUE, {"now": tx.now, "most": most})]


def next_due(tx: Tx) -> int | None:
    row = tx.row(_NEXT, {})
    return None if row is None or row[0] is None else int(row[0])


def take(tx: Tx, id: str) -> bool:
    """True for the one transaction that gets to do it."""
    take = _TAKE_FREE if tx.conn.dialect.name == "postgresql" else _TAKE
    return tx.change(take, {"wanted": id}) == 1


def clear(tx: Tx, subject_id: str) -> None:
    """Drop every timer of this subject: what they waited for has happened."""
    tx.change(_CLEAR, {"subject": subject_id})


def drop(tx: Tx, kind: str, subject_id: str) -> None:
    """Drop the timers of one kind alone."""
    tx.change(_DROP, {"subject": subject_id, "asked": kind})


def postpone(tx: Tx, id: str, until: int) -> None:
    """Try it again later: doing it failed for a reason that may pass."""
    tx.execute(_POSTPONE, {"wanted": id, "until": until})
