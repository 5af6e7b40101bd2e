"""Tokens by which an institution's own systems ask. Only their hashes are here."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import institution_tokens, institutions


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without what it says."""

    id: str
    institution_id: str
    label: str
    created_at: int
    expires_at: int
    revoked_at: int | None

    def holds(self, now: int) -> bool:
        return self.revoked_at is None and self.expires_at > now


_COLUMNS = (
    institution_tokens.c.id,
    institution_tokens.c.institution_id,
    institution_tokens.c.label,
    institution_tokens.c.created_at,
    institution_tokens.c.expires_at,
    institution_tokens.c.revoked_at,
)
_ONE = sa.select(*_COLUMNS).where(institution_tokens.c.id == sa.bindparam("wanted"))
_OF_INSTITUTION = (
    sa.select(*_COLUMNS)
    .where(institution_tokens.c.institution_id == sa.bindparam("wanted"))
    .order_by(institution_tokens.c.id.desc())
)
_HELD = (
    sa.select(institution_tokens.c.institution_id)
    .join(institutions, institutions.c.id == institution_tokens.c.institution_id)
    .where(
        institution_tokens.c.token_hash == sa.bindparam("token"),
        institution_tokens.c.revoked_at.is_(None),
        institution_tokens.c.expires_at > sa.bindparam("now"),
        institutions.c.disabled_at.is_(None),
    )
)
_REVOKE = (
    institution_tokens.update()
    .where(institution_tokens.c.id == sa.bindparam("b_id"), institution_tokens.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("at"))
)


def add(tx: Tx, institution_id: str, token_hash: str, label: str, expires_at: int) -> str:
    id = tx.new_id()
    values = {"institution_id": institution_id, "token_hash": token_hash, "label": label, "expires_at": expires_at}
    tx.insert(institution_tokens, {"id": id, "created_at": tx.now, **values})
    return id


def find(tx: Tx, id: str) -> Token | None:
    row = tx.row(_ONE, {"wanted": id})
    return None if row is None else Token(*row)


def of_institution(tx: Tx, institution_id: str) -> tuple[Token, ...]:
    """All that were ever made, the latest first."""
    return tuple(Token(*row) for row in tx.rows(_OF_INSTITUTION, {"wanted": institution_id}))


def institution_of(tx: Tx, token_hash: str) -> str | None:
    """Whose it is, while it holds and the institution is not disabled."""
    row = tx.row(_HELD, {"token": token_hash, "now": tx.now})
    return None if row is None else str(row[0])


def revoke(tx: Tx, id: str) -> bool:
    """True when it held, and holds no more."""
    return tx.change(_REVOKE, {"b_id": id, "at": tx.now}) == 1
