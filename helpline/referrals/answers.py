"""What becomes of a referral at the service: by link, reply, key, call, their own system, or as one of ours was told.

Units of work. What comes late or twice changes nothing.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from helpline.errors import Conflict, Invalid
from helpline.house import Hooks, House
from helpline.protection import kept, starting
from helpline.referrals import directory, going_on, service, telling
from helpline.referrals.lifecycle import UNANSWERED, Event
from helpline.referrals.moving import move
from helpline.store import alarms, notices, referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored

REFUSALS = ("no_room", "not_ours", "elsewhere", "too_little_known", "conflict_of_interest", "other")
RECEIVED = (
    "medical", "safe_place", "counselling", "legal", "documents", "family_tracing", "food_or_money", "school",
    "assessment", "police_report", "other",
)  # fmt: skip
NAME_MAX = 160


@dataclass(frozen=True, slots=True)
class Heard:
    """``how``: link | reply | key | call | system | console. ``actor``: "service", "system" or a worker's id.

    ``name``: who there said so, if they gave a name. ``reason``: of a refusal, one of `REFUSALS`. ``what`` (one of
    `RECEIVED`) and ``on``: the service that the child received, and the day.
    """

    event: Event
    how: str
    actor: str = "service"
    name: str = ""
    said: str = ""
    reason: str = ""
    what: str = ""
    on: date | None = None


def hear(tx: Tx, house: House, referral_id: str, heard: Heard) -> Stored:
    """The referral as it is then.

    Raises `Conflict` ("referral_illegal_move") or `Invalid` ("refusal_unknown", "received_unknown",
    "received_in_future", "name_too_long", "text_too_long").
    """
    referral = referrals.get(tx, referral_id)
    values = _values(tx, house, referral, heard)
    detail = {"how": heard.how, **({"reason": heard.reason} if heard.reason else {})}
    moved = move(tx, referral, heard.event, heard.actor, detail, **values)
    if moved is None:
        return referral
    if moved.state not in UNANSWERED:
        service.over(tx, moved.id)
    if heard.event in (Event.REFUSED, Event.WITHDRAWN):
        referrals.revoke_links(tx, moved.id)  # who does not help has no more need to read it
        kept.from_now(tx, house, moved.contact_id)
        going_on.go_on(tx, house, moved, "refused")
    elif heard.event is Event.FAILED:
        return _failed(tx, house, moved)
    elif heard.event in (Event.ACCEPTED, Event.RECEIVED):
        going_on.served_twice(tx, moved)
    elif heard.event is Event.DELIVERED:
        starting.mended(tx, f"{service.PENDING}:{moved.id}")
    return moved


def silent(tx: Tx, house: House, referral_id: str) -> None:
    """The deadline: nobody there has taken note in time. It stays open, and may be answered yet."""
    referral = referrals.find(tx, referral_id)
    if referral is None or referral.state not in UNANSWERED or referral.silent_at is not None:
        return
    marked = referrals.change(tx, referral, silent_at=tx.now)
    going_on.go_on(tx, house, marked, "silent")


def pending(tx: Tx, house: House, referral_id: str) -> None:
    """The deadline: it should have left the house by now. It is still tried, and somebody sees that it waits."""
    referral = referrals.find(tx, referral_id)
    if referral is None or referral.state != "sent":
        return
    if any(one.purpose == telling.NOTICE and one.sent_at is not None for one in notices.about(tx, referral_id)):
        return
    topic = f"{service.PENDING}:{referral.id}"
    starting.alarm(tx, house, service.PENDING, topic, contact_id=referral.contact_id)


def _failed(tx: Tx, house: House, referral: Stored) -> Stored:
    """Another way to the same service; then the next service, or a person."""
    starting.mended(tx, f"{service.PENDING}:{referral.id}")
    again = service.send_again(tx, house, referral, "system")
    if again is not None:
        return again
    going_on.go_on(tx, house, referral, "failed")
    return referral


def _values(tx: Tx, house: House, referral: Stored, heard: Heard) -> dict[str, Any]:
    if len(heard.name) > NAME_MAX:
        raise Invalid("name_too_long")
    said = service.sealed(house, heard.said)
    match heard.event:
        case Event.DELIVERED:
            return {"delivered_at": tx.now}
        case Event.FAILED:
            return {"failed_at": tx.now, "problem": heard.reason[:40] or None}
        case Event.ACKNOWLEDGED:
            return _noted(tx, house, referral, heard)
        case Event.ACCEPTED:
            return {**_noted(tx, house, referral, heard), "answered_at": tx.now, "said_enc": said}
        case Event.REFUSED:
            if heard.reason not in REFUSALS:
                raise Invalid("refusal_unknown", "Say why.")
            answer = {"answered_at": tx.now, "refused_reason": heard.reason, "said_enc": said}
            return {**_noted(tx, house, referral, heard), **answer}
        case Event.RECEIVED:
            return {**_noted(tx, house, referral, heard), **_received(tx, house, referral, heard, said)}
        case Event.WITHDRAWN:
            return {"closed_at": tx.now, "closed_by": heard.actor, "outcome": "withdrawn", "closed_enc": said}
    raise Invalid("event_unknown")


def _received(tx: Tx, house: House, referral: Stored, heard: Heard, said: bytes | None) -> dict[str, Any]:
    if heard.what not in RECEIVED:
        raise Invalid("received_unknown", "Say what the child received.")
    today = directory.today_at(directory.get(tx, house, referral.service_id).service.timezone, tx.now)
    on = heard.on or today
    if on > today:
        raise Invalid("received_in_future", "This day has not come yet.")
    return {
        "received_at": tx.now, "received_what": heard.what, "received_on": on.isoformat(), "received_enc": said
    }  # fmt: skip


def _noted(tx: Tx, house: House, referral: Stored, heard: Heard) -> dict[str, Any]:
    """That a person there took note is said by every answer; the first one counts."""
    if referral.acknowledged_at is not None:
        return {}
    name = heard.name.strip()
    return {
        "acknowledged_at": tx.now,
        "acknowledged_how": heard.how,
        "acknowledged_enc": house.vault.seal(name) if name else None,
    }


# What became of notices

_YES = re.compile(r"\b(yes|oui)\b", re.IGNORECASE)
_NO = re.compile(r"\b(no|non)\b", re.IGNORECASE)


def _notice_failed(tx: Tx, house: House, referral_id: str, code: str) -> None:
    """The notice with the link did not arrive. A late word of an earlier way says nothing of the one that is tried."""
    referral = referrals.find(tx, referral_id)
    if referral is None or referral.state not in UNANSWERED:
        return
    of_this = [one for one in notices.about(tx, referral_id) if one.purpose == telling.NOTICE]
    if of_this and of_this[-1].state != "failed":
        return
    hear(tx, house, referral_id, Heard(Event.FAILED, "system", "system", reason=code))


def _notice_delivered(tx: Tx, house: House, referral_id: str) -> None:
    referral = referrals.find(tx, referral_id)
    if referral is not None and referral.state in UNANSWERED:
        hear(tx, house, referral_id, Heard(Event.DELIVERED, "system", "carrier"))


def _notice_answered(tx: Tx, house: House, referral_id: str, how: str, said: str) -> None:
    """A key or a reply says that somebody has it; YES or NO in a reply says more, but not both ("yes, no problem")."""
    event, reason = Event.ACKNOWLEDGED, ""
    yes, no = how == "reply" and _YES.search(said), how == "reply" and _NO.search(said)
    if no and not yes:
        event, reason = Event.REFUSED, "other"
    elif yes and not no:
        event = Event.ACCEPTED
    try:
        hear(tx, house, referral_id, Heard(event, how, reason=reason))
    except Conflict:
        pass  # it was closed in the meantime: nothing hangs on this answer any more


def _code_failed(tx: Tx, house: House, referral_id: str, code: str) -> None:
    """The link can be there and the code not: one of ours says it on the phone."""
    referral = referrals.find(tx, referral_id)
    if referral is not None and referral.state in UNANSWERED:
        alarms.raise_alarm(
            tx, "referral_code_failed", f"referral_code:{referral_id}", contact_id=referral.contact_id
        )  # fmt: skip


def _nothing(tx: Tx, house: House, referral_id: str, how: str, said: str) -> None:
    """A code expects no answer."""


HOOKS = {
    telling.NOTICE: Hooks(_notice_failed, _notice_answered, _notice_delivered),
    telling.CODE: Hooks(_code_failed, _nothing),
}
"""By the purpose of the notice."""
