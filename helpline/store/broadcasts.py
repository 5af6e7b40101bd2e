"""What is told to everyone who works here, and who has put it away."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import broadcasts, broadcasts_read, workers


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One that is not over. ``body_enc`` is sealed."""

    id: str
    body_enc: bytes
    set_alias: str | None
    set_at: int
    until: int


_NOT_OVER = (broadcasts.c.until > sa.bindparam("now"), broadcasts.c.ended_at.is_(None))
_ALL = (
    sa.select(broadcasts.c.id, broadcasts.c.body_enc, workers.c.alias, broadcasts.c.set_at, broadcasts.c.until)
    .outerjoin(workers, workers.c.id == broadcasts.c.set_by)
    .where(*_NOT_OVER)
    .order_by(broadcasts.c.set_at, broadcasts.c.id)
)
_PUT_AWAY = sa.select(broadcasts_read.c.broadcast_id).where(broadcasts_read.c.worker_id == sa.bindparam("worker"))
_FOR = _ALL.where(broadcasts.c.id.not_in(_PUT_AWAY))
_ONE = sa.select(broadcasts.c.id).where(broadcasts.c.id == sa.bindparam("wanted"), *_NOT_OVER)
_END = (
    broadcasts.update()
    .where(broadcasts.c.id == sa.bindparam("b_id"), *_NOT_OVER)
    .values(ended_by=sa.bindparam("by"), ended_at=sa.bindparam("at"))
)


def add(tx: Tx, body_enc: bytes, set_by: str, until: int) -> str:
    id = tx.new_id()
    tx.insert(broadcasts, {"id": id, "body_enc": body_enc, "set_by": set_by, "set_at": tx.now, "until": until})
    _tell(tx, id)
    return id


def not_over(tx: Tx) -> tuple[Broadcast, ...]:
    return tuple(Broadcast(*row) for row in tx.rows(_ALL, {"now": tx.now}))


def for_worker(tx: Tx, worker_id: str) -> tuple[Broadcast, ...]:
    """Those that this person has not put away, the oldest first."""
    return tuple(Broadcast(*row) for row in tx.rows(_FOR, {"now": tx.now, "worker": worker_id}))


def put_away(tx: Tx, id: str, worker_id: str) -> bool:
    """This person has read it. False for one that is over."""
    if tx.row(_ONE, {"wanted": id, "now": tx.now}) is None:
        return False
    tx.insert_once(broadcasts_read, {"broadcast_id": id, "worker_id": worker_id, "at": tx.now})
    return True


def end(tx: Tx, id: str, by: str) -> bool:
    """True when it was not over, and is now."""
    ended = tx.change(_END, {"b_id": id, "by": by, "at": tx.now, "now": tx.now}) == 1
    if ended:
        _tell(tx, id)
    return ended


def _tell(tx: Tx, id: str) -> None:
    tx.hint("broadcast", id)
    tx.hint("roster", id)  # for pages that look at everything around them


def forget_before(tx: Tx, at: int) -> int:
    """Delete those that ended before then, with who had read them."""
    old = sa.select(broadcasts.c.id).where(broadcasts.c.until < at)
    tx.execute(broadcasts_read.delete().where(broadcasts_read.c.broadcast_id.in_(old)))
    return tx.execute(broadcasts.delete().where(broadcasts.c.until < at)).rowcount
