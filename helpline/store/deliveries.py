"""What came from outside, once: a repeat finds the answer that the first was given."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import deliveries

_FIND = sa.select(deliveries.c.answer).where(deliveries.c.key == sa.bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Delivered:
    """That it came before, and what it was answered (None where no document is owed)."""

    answer: str | None


def find(tx: Tx, key: str) -> Delivered | None:
    row = tx.row(_FIND, {"wanted": key})
    return None if row is None else Delivered(row[0])


def add(tx: Tx, key: str, contact_id: str | None, answer: str | None = None) -> None:
    """Raises the engine's integrity error when another transaction took the key first; the unit is then run again."""
    tx.insert(deliveries, {"key": key, "received_at": tx.now, "contact_id": contact_id, "answer": answer})


def forget_before(tx: Tx, time: int) -> int:
    """Deletes deliveries received before ``time``; returns how many."""
    return tx.execute(deliveries.delete().where(deliveries.c.received_at < time)).rowcount
