"""A contact with a concern is not closed silently: who finishes its record has seen what is still open of it, concerns
and referrals.
"""

from helpline.errors import Conflict
from helpline.protection.concerns import open_of
from helpline.store import referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored

_OVER = ("refused", "closed")


def open_referrals(tx: Tx, contact_id: str) -> list[Stored]:
    """Those that were written and not sent, and those of which something is expected."""
    return [one for one in referrals.of_contact(tx, contact_id) if one.state not in _OVER]


def mark_of(tx: Tx, contact_id: str) -> str:
    """What of a contact is still open, as one mark that changes with it; empty when nothing is.

    What is private is not among it: whoever finishes the record may be nobody who is to know of it. That a text has
    come to a phone changes nothing.
    """
    flagged = [f"{one.id}:{one.state}" for one in open_of(tx, contact_id) if not one.private]
    return " ".join(flagged + [one.id for one in open_referrals(tx, contact_id)])


def must_be_seen(tx: Tx, contact_id: str, seen: str) -> None:
    """Raises `Conflict` ("concerns_open") unless ``seen`` is the mark of what is open now."""
    if (mark := mark_of(tx, contact_id)) and mark != seen:
        raise Conflict("concerns_open", "What was flagged or referred is not closed yet.")
