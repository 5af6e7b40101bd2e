"""A contact with a concern is not closed silently: who finishes its record has seen what is still open."""

from helpline.errors import Conflict
from helpline.protection.concerns import open_of
from helpline.store.db import Tx


def mark_of(tx: Tx, contact_id: str) -> str:
    """What of a contact is still open, as one mark that changes with it; empty when nothing is.

    What is private is not among it: whoever finishes the record may be nobody who is to know of it.
    """
    return " ".join(f"{one.id}:{one.state}" for one in open_of(tx, contact_id) if not one.private)


def must_be_seen(tx: Tx, contact_id: str, seen: str) -> None:
    """Raises `Conflict` ("concerns_open") unless ``seen`` is the mark of what is open now."""
    if (mark := mark_of(tx, contact_id)) and mark != seen:
        raise Conflict("concerns_open", "What was flagged is not closed yet.")
