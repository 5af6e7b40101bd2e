"""Calls of our own to a line, to see that they arrive."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import test_calls


@dataclass(frozen=True, slots=True)
class TestCall:
    """A row of the table, in its words. ``minute``: of the line's own day."""

    __test__ = False  # no case of pytest's

    id: str
    line: str
    minute: int
    set_by: str
    set_at: int
    placed_at: int | None
    arrived_at: int | None
    lost_at: int | None


_ALL = sa.select(*(test_calls.c[field.name] for field in fields(TestCall))).order_by(test_calls.c.line)
_GET = _ALL.where(test_calls.c.id == sa.bindparam("wanted"))
_OF_LINE = _ALL.where(test_calls.c.line == sa.bindparam("wanted"))


def all_of(tx: Tx) -> list[TestCall]:
    return [TestCall(*row) for row in tx.rows(_ALL, {})]


def find(tx: Tx, id: str) -> TestCall | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else TestCall(*row)


def of_line(tx: Tx, line: str) -> TestCall | None:
    row = tx.row(_OF_LINE, {"wanted": line})
    return None if row is None else TestCall(*row)


def add(tx: Tx, line: str, minute: int, by: str) -> str:
    id = tx.new_id()
    tx.insert(test_calls, {"id": id, "line": line, "minute": minute, "set_by": by, "set_at": tx.now})
    return id


def change(tx: Tx, id: str, **values: Any) -> None:
    tx.execute(test_calls.update().where(test_calls.c.id == id).values(**values))


def remove(tx: Tx, id: str) -> None:
    tx.execute(test_calls.delete().where(test_calls.c.id == id))
