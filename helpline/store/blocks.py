"""Blocks of numbers: each known by the number's hash, for one line, and over by itself."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import blocks, contacts, threads, workers


@dataclass(frozen=True, slots=True)
class Block:
    """A block that holds. ``arrived``: contacts that came from the number since it was set."""

    id: str
    line: str
    contact_id: str | None
    pseudonym: str | None
    reason_enc: bytes
    set_by: str
    set_alias: str | None
    set_at: int
    until: int
    arrived: int


_HOLDS = (blocks.c.until > sa.bindparam("now"), blocks.c.lifted_at.is_(None))
_UNTIL = sa.select(blocks.c.until).where(
    blocks.c.caller_hash == sa.bindparam("hash"), blocks.c.line == sa.bindparam("of_line"), *_HOLDS
)
_CALLER = sa.select(blocks.c.line, blocks.c.caller_hash).where(blocks.c.id == sa.bindparam("wanted"))
_LIFT = (
    blocks.update()
    .where(blocks.c.id == sa.bindparam("b_id"), *_HOLDS)
    .values(lifted_by=sa.bindparam("by"), lifted_at=sa.bindparam("at"))
)
_later = contacts.alias("later")
_ARRIVED = (
    sa.select(sa.func.count(_later.c.id))
    .where(
        _later.c.caller_hash == blocks.c.caller_hash,
        _later.c.line == blocks.c.line,
        _later.c.id > blocks.c.id,  # ids grow; a first arrival may be that of the call before
    )
    .scalar_subquery()
)
_ALL = (
    sa.select(
        blocks.c.id,
        blocks.c.line,
        blocks.c.contact_id,
        contacts.c.pseudonym,
        blocks.c.reason_enc,
        blocks.c.set_by,
        workers.c.alias,
        blocks.c.set_at,
        blocks.c.until,
        _ARRIVED,
    )
    .outerjoin(contacts, contacts.c.id == blocks.c.contact_id)
    .outerjoin(workers, workers.c.id == blocks.c.set_by)
    .where(*_HOLDS)
    .order_by(blocks.c.until)
)
_KEPT_BACK = (
    sa.select(contacts.c.id)
    .join(threads, threads.c.contact_id == contacts.c.id)
    .where(
        contacts.c.caller_hash == sa.bindparam("hash"),
        contacts.c.line == sa.bindparam("of_line"),
        contacts.c.channel != "voice",
        sa.or_(
            contacts.c.state == "arriving",
            sa.and_(contacts.c.state == "parked", threads.c.owed_since.is_not(None)),
        ),
    )
    .order_by(contacts.c.first_arrival)
)


def add(tx: Tx, line: str, caller_hash: str, contact_id: str, reason_enc: bytes, set_by: str, until: int) -> str:
    id = tx.new_id()
    tx.insert(
        blocks,
        {
            "id": id,
            "line": line,
            "caller_hash": caller_hash,
            "contact_id": contact_id,
            "reason_enc": reason_enc,
            "set_by": set_by,
            "set_at": tx.now,
            "until": until,
        },
    )
    tx.hint("roster", id)
    return id


def blocked_until(tx: Tx, line: str, caller_hash: str | None) -> int | None:
    """Until when (µs) this number is blocked on this line; None when it is not, or is withheld."""
    if caller_hash is None:
        return None
    row = tx.row(_UNTIL, {"hash": caller_hash, "of_line": line, "now": tx.now})
    return None if row is None else int(row[0])


def caller_of(tx: Tx, id: str) -> tuple[str, str]:
    """The line and the number's hash. Raises `Invalid` ("block_unknown")."""
    row = tx.row(_CALLER, {"wanted": id})
    if row is None:
        raise Invalid("block_unknown", "There is no such block.")
    return row[0], row[1]


def lift(tx: Tx, id: str, by: str) -> bool:
    """True when it still held, and holds no more."""
    lifted = tx.change(_LIFT, {"b_id": id, "by": by, "at": tx.now, "now": tx.now}) == 1
    if lifted:
        tx.hint("roster", id)
    return lifted


def holding(tx: Tx) -> tuple[Block, ...]:
    """Those that hold now, the first to end first."""
    return tuple(Block(*row) for row in tx.execute(_ALL, {"now": tx.now}))


def kept_back(tx: Tx, line: str, caller_hash: str) -> list[str]:
    """Conversations by text of this number that reach nobody: contact ids, the oldest first."""
    return [id for (id,) in tx.execute(_KEPT_BACK, {"hash": caller_hash, "of_line": line})]


def forget_before(tx: Tx, at: int) -> int:
    """Delete those that ended before then; the audit still says that there were such."""
    return tx.execute(blocks.delete().where(blocks.c.until < at)).rowcount
