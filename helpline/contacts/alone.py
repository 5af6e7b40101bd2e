"""Whether a child has no counsellor: not yet, or not any more. One with an interpreter or a guest alone has none."""

from helpline.contacts.lifecycle import State
from helpline.store import assignments
from helpline.store.contacts import Contact
from helpline.store.db import Tx

_NOBODY_YET = (State.WAITING, State.OFFERED, State.CONNECTING)


def has_no_counsellor(tx: Tx, contact: Contact) -> bool:
    """One who is only asked, or on the way, is not there: asking one after the other ends no child's wait."""
    if contact.state != State.CONNECTED:
        return contact.state in _NOBODY_YET
    live = assignments.live_of_contact(tx, contact.id)
    return not any(each.role == "counsellor" and each.state == "connected" for each in live)
