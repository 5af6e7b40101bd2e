"""Messages that were left out of hours, and who dealt with them."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import contacts, messages


@dataclass(frozen=True, slots=True)
class Left:
    """A message that was left out of hours."""

    contact_id: str
    pseudonym: str
    language: str | None
    state: str
    left_at: int
    seconds: int
    fetched: bool
    heard_at: int | None


def messages_left(tx: Tx) -> tuple[Left, ...]:
    """Messages that nobody has finished with, oldest first."""
    rows = tx.execute(
        sa.select(
            contacts.c.id,
            contacts.c.pseudonym,
            contacts.c.language,
            contacts.c.state,
            messages.c.left_at,
            messages.c.seconds,
            messages.c.fetched_at.is_not(None),
            messages.c.heard_at,
        )
        .join(contacts, contacts.c.id == messages.c.contact_id)
        .where(messages.c.heard_at.is_(None))
        .order_by(messages.c.left_at)
        .limit(100)
    )
    return tuple(Left(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]), row[7]) for row in rows)


def message_of(tx: Tx, contact_id: str) -> bytes | None:
    """The sealed sound of a message, when it has been fetched."""
    row = tx.execute(sa.select(messages.c.media_enc).where(messages.c.contact_id == contact_id)).first()
    return None if row is None else row.media_enc


def mark_handled(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Note who dealt with a message; False when somebody already had."""
    changed = tx.execute(
        sa.update(messages)
        .where(messages.c.contact_id == contact_id, messages.c.heard_at.is_(None))
        .values(heard_by=worker_id, heard_at=tx.now)
    )
    return bool(changed.rowcount)
