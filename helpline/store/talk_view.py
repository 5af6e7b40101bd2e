"""One conversation as an adult reads it: who may, who wrote what, and how far this person has read."""

import sqlalchemy as sa

from helpline.store import assignments, hand_overs
from helpline.store.db import Tx
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import texts, workers

_READ = (
    assignments_table.update()
    .where(
        assignments_table.c.contact_id == sa.bindparam("b_contact"),
        assignments_table.c.worker_id == sa.bindparam("b_worker"),
        assignments_table.c.ended_at.is_(None),
        assignments_table.c.read_seq < sa.bindparam("seq"),
    )
    .values(read_seq=sa.bindparam("seq"))
)
_KEYS = sa.select(texts.c.seq, texts.c.client_key).where(
    texts.c.contact_id == sa.bindparam("contact"),
    texts.c.worker_id == sa.bindparam("worker"),
    texts.c.client_key.is_not(None),
)
_ALIASES = (
    sa.select(workers.c.id, workers.c.alias)
    .join(texts, texts.c.worker_id == workers.c.id)
    .where(texts.c.contact_id == sa.bindparam("contact"))
    .distinct()
)


def may_read(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Who has the conversation now, or is asked to take it over; when nobody has it, who had it last."""
    live = {each.worker_id for each in assignments.live_of_contact(tx, contact_id) if each.accepted_at is not None}
    if worker_id in live:
        return True
    asked = hand_overs.of_contact(tx, contact_id, worker_id)
    if asked is not None and asked.to_worker == worker_id and asked.declined_at is None:
        return True
    last = None if live else assignments.latest_connected(tx, contact_id)
    return last is not None and last.worker_id == worker_id and last.end != "handed_over"


def read_until(tx: Tx, contact_id: str, worker_id: str, seq: int) -> None:
    """This person has seen the texts up to this number."""
    if tx.execute(_READ, {"b_contact": contact_id, "b_worker": worker_id, "seq": seq}).rowcount:
        tx.hint("read", contact_id)


def keys(tx: Tx, contact_id: str, worker_id: str) -> dict[int, str]:
    """By which id of its own the page of this person sent each of their texts."""
    return dict(tx.rows(_KEYS, {"contact": contact_id, "worker": worker_id}))


def aliases(tx: Tx, contact_id: str) -> dict[str, str]:
    """What the adults who wrote in it are called, by their id."""
    return dict(tx.rows(_ALIASES, {"contact": contact_id}))
