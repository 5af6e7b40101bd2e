"""Numbers that a supervisor has revealed, each with its reason and its end."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import contacts, reveals

_UNTIL = sa.select(sa.func.max(reveals.c.until)).where(
    reveals.c.contact_id == sa.bindparam("of"),
    reveals.c.by == sa.bindparam("who"),
    reveals.c.until > sa.bindparam("now"),
)
_CALLED_BACK = (
    sa.select(contacts.c.id)
    .where(
        contacts.c.resumes_id == sa.bindparam("of"),
        contacts.c.kind == "callback",
        contacts.c.danger.is_(sa.true()),
        contacts.c.state != "closed",
    )
    .limit(1)
)


def add(tx: Tx, contact_id: str, by: str, reason_enc: bytes, until: int) -> str:
    id = tx.new_id()
    values = {"id": id, "contact_id": contact_id, "by": by, "reason_enc": reason_enc, "at": tx.now, "until": until}
    tx.insert(reveals, values)
    return id


def until(tx: Tx, contact_id: str, by: str) -> int | None:
    """Until when (µs) this person sees the number; None when they do not."""
    row = tx.row(_UNTIL, {"of": contact_id, "who": by, "now": tx.now})
    return None if row is None or row[0] is None else int(row[0])


def called_back(tx: Tx, contact_id: str) -> bool:
    """Whether a call-back for this contact is under way."""
    return tx.row(_CALLED_BACK, {"of": contact_id}) is not None
