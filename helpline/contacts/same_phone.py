"""Earlier contacts from the same number. A phone is not a child: whether it is the same one, a person says."""

from helpline.errors import Invalid, Refused
from helpline.store import audit, history_view
from helpline.store.db import Tx
from helpline.store.history_view import Earlier

SAYS = ("same", "not", "unknown")


def earlier(tx: Tx, contact_id: str, worker_id: str, *, reads_all: bool) -> tuple[Earlier, ...] | None:
    """Those before it from its number, the newest first; none of a withheld one. None: not for this person to see.

    They are seen by whoever may read any contact (``reads_all``), and by those who have the contact now.
    """
    if not reads_all and not history_view.has_now(tx, contact_id, worker_id):
        return None
    return history_view.earlier_from_phone(tx, contact_id)


def say_same(tx: Tx, contact_id: str, other_id: str, worker_id: str, says: str, *, reads_all: bool) -> None:
    """What a person thinks of it; the last answer stands.

    Raises `Invalid` ("says_unknown", "not_same_phone") or `Refused` ("not_yours").
    """
    if says not in SAYS:
        raise Invalid("says_unknown", "Say whether it is the same child.")
    found = earlier(tx, contact_id, worker_id, reads_all=reads_all)
    if found is None:
        raise Refused("not_yours", "This contact is not with you.")
    if other_id not in {one.contact_id for one in found}:
        raise Invalid("not_same_phone", "That contact did not come from this number.")
    history_view.keep_same_child(tx, contact_id, other_id, worker_id, says)
    audit.add(tx, worker_id, "same_child_said", contact_id, other_id, {"says": says})
