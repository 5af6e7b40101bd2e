"""The desk as plain values: what the page's scripts, tests and benches read."""

from typing import Any

from helpline.store.desk_view import Desk, InHand, Waits
from helpline.store.hand_overs import HandOver


def desk_state(desk: Desk, asked: tuple[HandOver, ...] = ()) -> dict[str, Any]:
    """Times are microseconds UTC. ``offer`` and ``contact`` are the first offer, and the call or first conversation."""
    return {
        "duty": {"state": desk.duty.state, "since": desk.duty.since, "reason": desk.duty.reason},
        "offer": _held(desk.offer),
        "contact": _held(desk.contact),
        "offers": [_held(offer) for offer in desk.offers],
        "conversations": [_conversation(held) for held in desk.conversations],
        "asked": [{"contact": one.contact_id, "by": one.alias, "since": one.asked_at} for one in asked],
    }


def waiting_state(waiting: tuple[Waits, ...]) -> list[dict[str, Any]]:
    return [{"language": one.language, "count": one.count, "since": one.since, "danger": one.danger} for one in waiting]


def _conversation(held: InHand) -> dict[str, Any]:
    return {
        "contact": held.contact_id,
        "assignment": held.assignment_id,
        "channel": held.channel,
        "state": held.state,
        "contact_state": held.contact_state,
        "language": held.language,
        "pseudonym": held.pseudonym,
        "danger": held.danger,
        "owed_since": held.owed_since,
        "until": held.until,
        "unread": held.unread,
        "look_first": held.look_first,
        "stopped": held.stopped,
        "latest_seq": held.latest_seq,
        "heard_seq": held.heard_seq,
        "role": held.role,
        "wants": held.wants,
    }


def _held(held: InHand | None) -> dict[str, Any] | None:
    if held is None:
        return None
    return {
        "assignment": held.assignment_id,
        "contact": held.contact_id,
        "version": held.contact_version,
        "state": held.state,
        "contact_state": held.contact_state,
        "kind": held.kind,
        "channel": held.channel,
        "language": held.language,
        "danger": held.danger,
        "cannot_speak": held.cannot_speak,
        "resumed": held.resumed,
        "first_arrival": held.first_arrival,
        "offered_at": held.offered_at,
        "until": held.until,
        "stage": held.stage,
        "reasons": dict(held.reasons),
        "role": held.role,
        "wants": held.wants,
    }
