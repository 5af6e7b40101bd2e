"""A service refused, said nothing in time, or could not be reached: the next one is asked, or a person is told."""

import json

from helpline.errors import HelplineError
from helpline.house import House
from helpline.protection import starting
from helpline.referrals import service
from helpline.referrals.lifecycle import OPEN
from helpline.referrals.matter import OverrideReason
from helpline.store import alarms, audit, referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored


def go_on(tx: Tx, house: House, referral: Stored, why: str) -> Stored | None:
    """The referral to the next service that may be told, sent; None when a person is told instead.

    ``why``: refused | silent | failed. Once for each referral, whatever happens to it after.
    """
    if followed_by(tx, referral) is not None:
        return None
    rest: list[str] = json.loads(referral.next_json)
    for place, service_id in enumerate(rest):
        following = _try(tx, house, referral, service_id, tuple(rest[place + 1 :]))
        if following is not None:
            audit.add(tx, "system", "referral_went_on", referral.contact_id, following.id, {"why": why})
            return following
    starting.alarm(tx, house, f"referral_{why}", f"referral:{referral.id}", contact_id=referral.contact_id)
    return None


def followed_by(tx: Tx, referral: Stored) -> Stored | None:
    """The one that was sent in its place."""
    if referral.concern_id is not None:
        others = referrals.of_concern(tx, referral.concern_id)
    elif referral.contact_id is not None:
        others = referrals.of_contact(tx, referral.contact_id)
    else:
        others = []
    return next((one for one in others if one.follows_id == referral.id and one.state != "draft"), None)


def served_twice(tx: Tx, referral: Stored) -> None:
    """A service accepts after another was asked in its place: a person decides who goes on with it."""
    other = followed_by(tx, referral)
    if other is not None and other.state in OPEN:
        alarms.raise_alarm(tx, "referral_twice", f"referral:{referral.id}", contact_id=referral.contact_id)


def _try(tx: Tx, house: House, before: Stored, service_id: str, rest: tuple[str, ...]) -> Stored | None:
    """Send to this one, unless something is in the way of it: it is paused, or may not be told."""
    wanted = service.Wanted(
        service_id,
        service.matter_of(house, before),
        before.contact_id,
        before.concern_id,
        OverrideReason(before.override_reason) if before.override_reason else None,
        before.override_by,
        rest,
        before.case_id,
        before.purpose,
        before.id,
    )
    try:
        with tx.savepoint():
            id = service.draft(tx, house, wanted, before.sent_by or before.created_by)
            return service.send(tx, house, id, referrals.get(tx, id).version, "system")
    except HelplineError:
        return None
