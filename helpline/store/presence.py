"""Which processes serve this database now. One that has died loses what it held of effects.

Times are the database's, so that machines whose clocks differ agree on who is there.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from helpline.clock import SECOND
from helpline.store import effects
from helpline.store.db import Tx
from helpline.store.tables import processes

GONE_AFTER = 3 * SECOND
"""A process that was not seen for so long (µs) is dead, or as good as dead."""

_NOW = sa.select(sa.literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)", sa.BigInteger()))
_ALL = sa.select(processes.c.id, processes.c.began_at, processes.c.seen_at, processes.c.hints)


@dataclass(frozen=True, slots=True)
class Present:
    """A process that serves. ``hints``: how it hears of the others' changes (redis, notify, gone)."""

    id: str
    began_at: int
    hints: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is there, this process among them, and the database's time (µs)."""

    now: int
    present: tuple[Present, ...]


_BEAT = (
    processes.update()
    .where(processes.c.id == sa.bindparam("wanted"))
    .values(seen_at=sa.bindparam("at"), hints=sa.bindparam("how"))
)


def database_now(tx: Tx) -> int:
    """The time of the database's own clock (µs); on SQLite it is this process's."""
    row = tx.row(_NOW, {}) if tx.conn.dialect.name == "postgresql" else None
    return tx.now if row is None else int(row[0])


def beat(tx: Tx, id: str, hints: str) -> Seen:
    """This process is there. What those held who are not any more is free at once."""
    now = database_now(tx)
    if tx.change(_BEAT, {"wanted": id, "at": now, "how": hints}) == 0:
        tx.insert(processes, {"id": id, "began_at": now, "seen_at": now, "hints": hints})
    rows = tx.rows(_ALL, {})
    gone = [row[0] for row in rows if row[0] != id and row[2] < now - GONE_AFTER]
    if gone:
        _forget(tx, gone)
    return Seen(now, tuple(Present(one, began, how) for one, began, _, how in rows if one not in gone))


def in_turn(tx: Tx, what: str) -> None:
    """Until this transaction ends, no other that asks for the same goes on: processes may start at one moment."""
    if tx.conn.dialect.name == "postgresql":
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": what})


def begin_alone(tx: Tx, id: str) -> None:
    """Where one process has the database to itself: whoever else was there has died."""
    _forget(tx, [row[0] for row in tx.rows(_ALL, {}) if row[0] != id])


def living(tx: Tx) -> frozenset[str]:
    """The ids of those that were seen lately."""
    since = database_now(tx) - GONE_AFTER
    return frozenset(id for id, _, seen_at, _ in tx.rows(_ALL, {}) if seen_at >= since)


def leave(tx: Tx, id: str) -> None:
    """This process ends, and holds nothing any more."""
    _forget(tx, [id])


def _forget(tx: Tx, ids: Collection[str]) -> None:
    if ids:
        tx.execute(processes.delete().where(processes.c.id.in_(ids)))
        effects.free_claims_of(tx, ids)
