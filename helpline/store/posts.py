"""Who holds a post: one of our own, or a name with a number and an address."""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import post_holders


@dataclass(frozen=True, slots=True)
class Holder:
    """A row of the table, in its words."""

    id: str
    post: str
    worker_id: str | None
    name_enc: bytes | None
    phone_enc: bytes | None
    email_enc: bytes | None
    set_by: str
    set_at: int


_HOLDING = sa.select(*(post_holders.c[field.name] for field in fields(Holder))).where(
    post_holders.c.removed_at.is_(None)
)
_ALL = _HOLDING.order_by(post_holders.c.post, post_holders.c.id)
_OF_POST = _HOLDING.where(post_holders.c.post == sa.bindparam("wanted")).order_by(post_holders.c.id)
_OF_WORKER = sa.select(post_holders.c.post).where(
    post_holders.c.worker_id == sa.bindparam("wanted"), post_holders.c.removed_at.is_(None)
)
_ONE = sa.select(*(post_holders.c[field.name] for field in fields(Holder))).where(
    post_holders.c.id == sa.bindparam("wanted")
)
_REMOVE = (
    post_holders.update()
    .where(post_holders.c.id == sa.bindparam("b_id"), post_holders.c.removed_at.is_(None))
    .values(removed_by=sa.bindparam("by"), removed_at=sa.bindparam("at"))
)


def holding(tx: Tx, post: str | None = None) -> list[Holder]:
    """Who holds this post now, or all posts."""
    rows = tx.rows(_ALL, {}) if post is None else tx.rows(_OF_POST, {"wanted": post})
    return [Holder(*row) for row in rows]


def ever_held(tx: Tx) -> set[str]:
    """Posts that somebody holds, or has held."""
    return {row[0] for row in tx.execute(sa.select(post_holders.c.post).distinct())}


def find(tx: Tx, id: str) -> Holder | None:
    """Also one who holds it no more."""
    row = tx.row(_ONE, {"wanted": id})
    return None if row is None else Holder(*row)


def of_worker(tx: Tx, worker_id: str) -> frozenset[str]:
    """The posts that one of our own holds."""
    return frozenset(row[0] for row in tx.rows(_OF_WORKER, {"wanted": worker_id}))


def add(
    tx: Tx,
    post: str,
    by: str,
    *,
    worker_id: str | None = None,
    name_enc: bytes | None = None,
    phone_enc: bytes | None = None,
    email_enc: bytes | None = None,
) -> str:
    id = tx.new_id()
    values = {"id": id, "post": post, "worker_id": worker_id, "name_enc": name_enc, "phone_enc": phone_enc}
    tx.insert(post_holders, {**values, "email_enc": email_enc, "set_by": by, "set_at": tx.now})
    return id


def remove(tx: Tx, id: str, by: str) -> None:
    """Raises `Invalid` ("holder_unknown")."""
    if tx.change(_REMOVE, {"b_id": id, "by": by, "at": tx.now}) != 1:
        raise Invalid("holder_unknown", "This person does not hold the post any more.")
