"""How long what was done for a child is kept: after its end as long as its line keeps a contact."""

from helpline.clock import DAY
from helpline.house import House
from helpline.store import contacts, retention
from helpline.store.db import Tx


def from_now(tx: Tx, house: House, contact_id: str | None) -> None:
    """Something about this contact has ended: from now on it is kept for the days of its line."""
    if contact_id is not None:
        line = house.line(contacts.get(tx, contact_id).line)
        retention.keep_until(tx, contact_id, tx.now + line.keep_days * DAY)
