"""PINs of workers, and how often a wrong one was tried."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import pin_tries, worker_pins, workers

_TRIES = (
    sa.select(pin_tries.c.wrong, pin_tries.c.last_at)
    .where(pin_tries.c.topic == sa.bindparam("wanted"))
    .with_for_update()
)
_COUNT = (
    pin_tries.update()
    .where(pin_tries.c.topic == sa.bindparam("b_topic"))
    .values(wrong=sa.bindparam("times"), last_at=sa.bindparam("at"))
)
_FORGET = pin_tries.delete().where(pin_tries.c.topic == sa.bindparam("b_topic"))
_FORGET_BEFORE = pin_tries.delete().where(pin_tries.c.last_at < sa.bindparam("before"))
_NUMBERED = (
    sa.select(worker_pins.c.worker_id, worker_pins.c.pin_hash, workers.c.reach_kind, workers.c.reach_enc)
    .join(workers, workers.c.id == worker_pins.c.worker_id)
    .where(worker_pins.c.number == sa.bindparam("wanted"), workers.c.disabled_at.is_(None))
)
_OF_WORKER = sa.select(worker_pins.c.number).where(worker_pins.c.worker_id == sa.bindparam("wanted"))
_TAKEN = sa.select(worker_pins.c.worker_id).where(worker_pins.c.number == sa.bindparam("wanted"))


def hold_tries(tx: Tx, topic: str) -> tuple[int, int]:
    """How many wrong ones there were, and when the latest; nobody else counts for this topic until the commit."""
    tx.insert_once(pin_tries, {"topic": topic, "wrong": 0, "last_at": tx.now})
    row = tx.row(_TRIES, {"wanted": topic})
    return (0, tx.now) if row is None else (int(row[0]), int(row[1]))


def count(tx: Tx, topic: str, wrong: int) -> None:
    tx.change(_COUNT, {"b_topic": topic, "times": wrong, "at": tx.now})


def forget_tries(tx: Tx, topic: str) -> None:
    tx.change(_FORGET, {"b_topic": topic})


def forget_before(tx: Tx, before: int) -> int:
    """Counts of which the latest wrong try is older; how many there were."""
    return tx.change(_FORGET_BEFORE, {"before": before})


def worker_numbered(tx: Tx, number: str) -> tuple[str, str, str, bytes | None] | None:
    """Worker, hash of the PIN, kind of reach and sealed reach, unless the worker is disabled."""
    row = tx.row(_NUMBERED, {"wanted": number})
    return None if row is None else (row[0], row[1], row[2], row[3])


def number_of(tx: Tx, worker_id: str) -> str | None:
    """The digits by which a worker is known on the telephone; None without a PIN."""
    row = tx.row(_OF_WORKER, {"wanted": worker_id})
    return None if row is None else str(row[0])


def is_taken(tx: Tx, number: str) -> bool:
    return tx.row(_TAKEN, {"wanted": number}) is not None


def put(tx: Tx, worker_id: str, number: str, pin_hash: str) -> None:
    """Set number and PIN, in place of what was there."""
    tx.put(worker_pins, {"worker_id": worker_id, "number": number, "pin_hash": pin_hash, "set_at": tx.now})


def remove(tx: Tx, worker_id: str) -> bool:
    return tx.execute(worker_pins.delete().where(worker_pins.c.worker_id == worker_id)).rowcount == 1
