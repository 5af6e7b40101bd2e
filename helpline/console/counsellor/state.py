"""The desk as plain values: what the page's scripts, tests and benches read."""

from typing import Any

from helpline.store.desk_view import Desk, InHand, Waits


def desk_state(desk: Desk) -> dict[str, Any]:
    """Times are microseconds UTC."""
    return {
        "duty": {"state": desk.duty.state, "since": desk.duty.since, "reason": desk.duty.reason},
        "offer": _held(desk.offer),
        "contact": _held(desk.contact),
    }


def waiting_state(waiting: tuple[Waits, ...]) -> list[dict[str, Any]]:
    return [{"language": one.language, "count": one.count, "since": one.since, "danger": one.danger} for one in waiting]


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
        "language": held.language,
        "danger": held.danger,
        "cannot_speak": held.cannot_speak,
        "resumed": held.resumed,
        "first_arrival": held.first_arrival,
        "offered_at": held.offered_at,
        "until": held.until,
        "stage": held.stage,
        "reasons": dict(held.reasons),
    }
