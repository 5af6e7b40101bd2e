"""Tokens by which an institution's own systems ask. A token is shown once; the database holds a hash of it."""

import hashlib
import secrets

from helpline.clock import DAY
from helpline.errors import Conflict, Invalid
from helpline.interpreting.fields import Faults
from helpline.store import audit, institution_tokens, institutions
from helpline.store.db import Tx
from helpline.store.institutions import Institution

DAYS = 365
"""A token holds so long unless somebody says otherwise."""

DAYS_MOST = 3 * 365
LABEL_MAX = 64
_MARK = "hli_"  # by which a scanner for lost secrets knows it


def fresh() -> str:
    """What a new token says: 256 random bits."""
    return _MARK + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new(tx: Tx, by: str, institution_id: str, label: str, token: str, days: int = DAYS) -> str:
    """Let what `fresh` gave ask for this institution; returns the token's id.

    Raises `Unfit` ("label": "missing", "too_long"; "days": "days_wrong"), `Invalid` ("institution_unknown") and
    `Conflict` ("institution_disabled").
    """
    institution = institutions.get(tx, institution_id)
    if institution.disabled:
        raise Conflict("institution_disabled", "This institution is disabled.")
    label = label.strip()
    faults = Faults()
    faults.check(bool(label), "label", "missing")
    faults.check(len(label) <= LABEL_MAX, "label", "too_long")
    faults.check(1 <= days <= DAYS_MOST, "days", "days_wrong")
    faults.raise_any()
    id = institution_tokens.add(tx, institution.id, token_hash(token), label, tx.now + days * DAY)
    audit.add(tx, by, "institution_token_made", subject_id=institution.id, detail={"token": id, "days": days})
    return id


def institution_of(tx: Tx, token: str) -> Institution | None:
    """Whose token it is; None for one that is unknown, expired or revoked, or whose institution is disabled."""
    id = institution_tokens.institution_of(tx, token_hash(token))
    return None if id is None else institutions.get(tx, id)


def revoke(tx: Tx, by: str, token_id: str) -> str:
    """From now on it lets nobody in; returns the institution's id. Raises `Invalid` ("token_unknown")."""
    found = institution_tokens.find(tx, token_id)
    if found is None or not institution_tokens.revoke(tx, token_id):
        raise Invalid("token_unknown", "There is no such token, or it is revoked already.")
    audit.add(tx, by, "institution_token_revoked", subject_id=found.institution_id, detail={"token": token_id})
    return found.institution_id
