"""A number that called before, known by its keyed hash alone. A phone is not a child."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import callers

_LANGUAGE = sa.select(callers.c.language).where(callers.c.hash == sa.bindparam("wanted"))


def language(tx: Tx, hash: str) -> str | None:
    """The language that was last chosen on this number."""
    found = tx.row(_LANGUAGE, {"wanted": hash})
    return None if found is None or found[0] is None else str(found[0])


def remember(tx: Tx, hash: str, language: str) -> None:
    tx.put(callers, {"hash": hash, "language": language, "seen_at": tx.now})
