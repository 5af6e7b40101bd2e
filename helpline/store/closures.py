"""Lines that are closed by a person's decision, each until a time or until somebody opens the line."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import closures, workers


@dataclass(frozen=True, slots=True)
class Closure:
    """One that is not over. ``until`` is None for an open end."""

    id: str
    line: str
    begins_at: int
    until: int | None
    reason_enc: bytes
    set_by: str
    set_alias: str | None
    set_at: int


_NOT_OVER = (
    closures.c.lifted_at.is_(None),
    sa.or_(closures.c.until.is_(None), closures.c.until > sa.bindparam("now")),
)
_HOLDS = (closures.c.begins_at <= sa.bindparam("now"), *_NOT_OVER)
_OF_LINE = sa.select(closures.c.until).where(closures.c.line == sa.bindparam("of_line"), *_HOLDS)
_ALL = (
    sa.select(
        closures.c.id,
        closures.c.line,
        closures.c.begins_at,
        closures.c.until,
        closures.c.reason_enc,
        closures.c.set_by,
        workers.c.alias,
        closures.c.set_at,
    )
    .outerjoin(workers, workers.c.id == closures.c.set_by)
    .where(*_NOT_OVER)
    .order_by(closures.c.begins_at, closures.c.id)
)
_LIFT = (
    closures.update()
    .where(closures.c.id == sa.bindparam("b_id"), *_NOT_OVER)
    .values(lifted_by=sa.bindparam("by"), lifted_at=sa.bindparam("at"))
)


def add(tx: Tx, line: str, until: int | None, reason_enc: bytes, set_by: str) -> str:
    """From now on."""
    id = tx.new_id()
    tx.insert(
        closures,
        {
            "id": id,
            "line": line,
            "begins_at": tx.now,
            "until": until,
            "reason_enc": reason_enc,
            "set_by": set_by,
            "set_at": tx.now,
        },
    )
    tx.hint("roster", id)
    return id


def ends(tx: Tx, line: str) -> list[int | None]:
    """The ends of the closures of this line that hold now; empty: it is not closed."""
    return [row[0] for row in tx.rows(_OF_LINE, {"of_line": line, "now": tx.now})]


def not_over(tx: Tx) -> tuple[Closure, ...]:
    return tuple(Closure(*row) for row in tx.execute(_ALL, {"now": tx.now}))


def lift(tx: Tx, id: str, by: str) -> bool:
    """True when it was not over, and is now."""
    lifted = tx.change(_LIFT, {"b_id": id, "by": by, "at": tx.now, "now": tx.now}) == 1
    if lifted:
        tx.hint("roster", id)
    return lifted
