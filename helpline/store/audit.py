"""Who did what, when: written in the transaction of what was done. Its sequence numbers let pages catch up."""

import json
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import audit

_LATEST = sa.select(sa.func.coalesce(sa.func.max(audit.c.seq), 0))


def add(
    tx: Tx,
    actor: str,
    action: str,
    contact_id: str | None = None,
    subject_id: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """``detail`` holds codes, ids and counts only: nothing of what was said, no number, no name."""
    tx.insert(
        audit,
        {
            "at": tx.now,
            "actor": actor,
            "action": action,
            "contact_id": contact_id,
            "subject_id": subject_id,
            "detail_json": json.dumps(detail) if detail else None,
        },
    )


def latest(tx: Tx) -> int:
    """The highest sequence number so far; 0 in an empty store."""
    row = tx.row(_LATEST, {})
    return int(row[0]) if row else 0
