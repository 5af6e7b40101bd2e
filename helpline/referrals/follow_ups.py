"""A day on which a counsellor asks what became of it. It comes back to their desk, and stays until it was done."""

from dataclasses import dataclass
from datetime import date, timedelta

from helpline.clock import HOUR
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.referrals.directory import midnight, today_at
from helpline.store import alarms, audit, contacts, deadlines, referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored

FOLLOW_UP = "referral_follow_up"
MORNING = 8 * HOUR
"""After midnight of the day (µs): nobody is to be called at night."""

LONGEST = 366  # days ahead
TO_SUPERVISOR_AFTER = 24 * HOUR
"""A follow-up that was not done by then is an alarm: the counsellor may be away."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``late``: since its day has passed."""

    referral: Stored
    late: bool


def set_day(tx: Tx, house: House, referral_id: str, by: str, on: date, whose: str | None = None) -> None:
    """``whose`` desk it comes back to: that of ``by`` when nobody else is named.

    Raises `Invalid` ("follow_up_day") for a day that is past or more than a year ahead.
    """
    referral = referrals.get(tx, referral_id)
    zone = _zone(tx, house, referral)
    today = today_at(zone, tx.now)
    if not today <= on <= today + timedelta(days=LONGEST):
        raise Invalid("follow_up_day", "Choose a day from today on, within a year.")
    at = max(tx.now, midnight(on, zone) + MORNING)
    referrals.change(
        tx, referral, follow_up_on=on.isoformat(), follow_up_at=at, follow_up_by=whose or by, followed_up_at=None
    )
    deadlines.add(tx, FOLLOW_UP, referral.id, at)
    audit.add(tx, by, "follow_up_set", referral.contact_id, referral.id)


def due(tx: Tx, house: House, referral_id: str) -> None:
    """The deadline. A day that was moved since has a deadline of its own."""
    referral = referrals.find(tx, referral_id)
    if referral is None or referral.follow_up_at is None or referral.followed_up_at is not None:
        return
    if referral.follow_up_at > tx.now:
        return
    tx.hint("record", referral.contact_id or referral.id)  # the desk looks again at what is owed
    if tx.now >= referral.follow_up_at + TO_SUPERVISOR_AFTER:
        alarms.raise_alarm(tx, "follow_up_late", f"follow_up:{referral.id}", contact_id=referral.contact_id)
    else:
        deadlines.add(tx, FOLLOW_UP, referral.id, referral.follow_up_at + TO_SUPERVISOR_AFTER)


def done(tx: Tx, house: House, referral_id: str, by: str) -> None:
    """Somebody has asked. Raises `Conflict` ("follow_up_done") when none is open."""
    referral = referrals.get(tx, referral_id)
    if referral.follow_up_at is None or referral.followed_up_at is not None:
        raise Conflict("follow_up_done", "This follow-up was done already.")
    referrals.change(tx, referral, followed_up_at=tx.now)
    alarms.close_topic(tx, f"follow_up:{referral.id}")
    audit.add(tx, by, "follow_up_done", referral.contact_id, referral.id)


def on_desk(tx: Tx, worker_id: str | None = None) -> list[FollowUp]:
    """Those that are due, the first due first; of one worker, or of everybody."""
    found = [one for one in referrals.to_follow_up(tx, tx.now) if worker_id in (None, one.follow_up_by)]
    return [FollowUp(one, tx.now >= (one.follow_up_at or 0) + TO_SUPERVISOR_AFTER) for one in found]


def _zone(tx: Tx, house: House, referral: Stored) -> str:
    """The child's line's: its counsellors are to do it."""
    if referral.contact_id is None:
        return next(iter(house.directory.lines.values())).timezone
    return house.line(contacts.get(tx, referral.contact_id).line).timezone
