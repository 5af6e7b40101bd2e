"""One step of a referral's life: the table is asked, the row is changed, the audit is written. Units of work."""

from typing import Any

from helpline.referrals.lifecycle import LATE, Event, State, after
from helpline.store import audit, referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored


def move(
    tx: Tx, referral: Stored, event: Event, actor: str, detail: dict[str, Any] | None = None, **values: Any
) -> Stored | None:
    """The referral as it is then; None when it comes late and changes nothing.

    Raises `IllegalMove` ("referral_illegal_move") or `Conflict` ("referral_changed").
    """
    state = State(referral.state)
    to = after(state, event)
    if (state, event) in LATE:
        return None
    moved = referrals.change(tx, referral, state=to, **values)
    audit.add(tx, actor, f"referral_{event}", referral.contact_id, referral.id, detail)
    return moved
