"""What people have typed for a child and not sent yet, sealed: one text a conversation and person."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import drafts


@dataclass(frozen=True, slots=True)
class Draft:
    """``at`` (µs) grows with each keeping, and so is the draft's version."""

    body_enc: bytes
    at: int


_GET = sa.select(drafts.c.body_enc, drafts.c.at).where(
    drafts.c.contact_id == sa.bindparam("contact"), drafts.c.worker_id == sa.bindparam("worker")
)
_DROP = drafts.delete().where(
    drafts.c.contact_id == sa.bindparam("b_contact"), drafts.c.worker_id == sa.bindparam("b_worker")
)


def find(tx: Tx, contact_id: str, worker_id: str) -> Draft | None:
    row = tx.row(_GET, {"contact": contact_id, "worker": worker_id})
    return None if row is None else Draft(*row)


def keep(tx: Tx, contact_id: str, worker_id: str, body_enc: bytes, before: Draft | None) -> int:
    """Returns its ``at``, which is later than that of the one before."""
    at = tx.now if before is None else max(tx.now, before.at + 1)
    tx.put(drafts, {"contact_id": contact_id, "worker_id": worker_id, "body_enc": body_enc, "at": at})
    return at


def drop(tx: Tx, contact_id: str, worker_id: str) -> None:
    tx.execute(_DROP, {"b_contact": contact_id, "b_worker": worker_id})
