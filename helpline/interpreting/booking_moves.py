"""Moving a booking along its life, with its timers and alarms in the same transaction."""

from dataclasses import replace
from datetime import date, time
from typing import Any

from helpline.clock import HOUR, MINUTE
from helpline.house import House
from helpline.interpreting.booking_lifecycle import OVER, SEEKING, Event, State, after
from helpline.interpreting.civil import Civil
from helpline.store import alarms, audit, bookings, busy, deadlines
from helpline.store.bookings import Booking
from helpline.store.db import Tx

ALARMS = ("booking_unfilled", "booking_near", "booking_not_begun", "booking_unreported", "booking_untold")
"""Everything that can be wrong with a booking; each is one topic a booking."""


def move(tx: Tx, house: House, booking: Booking, event: Event, actor: str, **values: Any) -> Booking:
    """The booking after ``event``, with the timers of where it is now.

    Raises `IllegalMove`, or `Conflict` ("booking_moved_on") when it has changed since it was read.
    """
    state = after(State(booking.state), event)
    if state in OVER:
        values["closed_at"] = tx.now
    moved = _changed(tx, booking, {"state": state.value, "state_since": tx.now, **values})
    audit.add(tx, actor, f"booking_{event}", subject_id=booking.id)
    if state not in SEEKING or event is Event.CHANGED:
        close_alarm(tx, booking.id, "booking_unfilled")
    if state in OVER:
        for kind in ALARMS:
            close_alarm(tx, booking.id, kind)
    plan(tx, house, moved)
    return moved


def touch(tx: Tx, house: House, booking: Booking, actor: str, action: str, **values: Any) -> Booking:
    """Change what is known of a booking without moving it; its timers follow its time."""
    changed = _changed(tx, booking, values)
    audit.add(tx, actor, action, subject_id=booking.id)
    if values.keys() & {"starts_at", "ends_at", "worker_id"}:
        plan(tx, house, changed)
    return changed


def plan(tx: Tx, house: House, booking: Booking) -> None:
    """The timers of a booking, in place of those that it had. What is past already is not made up for."""
    deadlines.clear(tx, booking.id)
    state, rules = State(booking.state), house.directory.bookings
    due: list[tuple[str, int]] = []
    if state in SEEKING:
        due.append(("booking_unfilled", booking.starts_at - rules.unfilled_alarm_h * HOUR))
        due.append(("booking_lapses", booking.ends_at))
    if state is State.CONFIRMED:
        taken = busy.of_booking(tx, booking.id)
        if taken is not None:
            due += [("booking_near", taken.begins), ("booking_freed", taken.ends)]
        due += [
            ("booking_day", civil_time(booking).day_before()),
            ("booking_hours", booking.starts_at - rules.remind_before * MINUTE),
            ("booking_begins", booking.starts_at),
            ("booking_late", booking.starts_at + rules.late_after * MINUTE),
        ]
    if state in (State.CONFIRMED, State.BEGUN):
        due.append(("booking_report", booking.ends_at + rules.report_after * MINUTE))
    for kind, at in due:
        if at > tx.now or kind in ("booking_begins", "booking_lapses"):
            deadlines.add(tx, kind, booking.id, max(at, tx.now))


def civil_time(booking: Booking) -> Civil:
    """The time as it was written down."""
    return Civil(date.fromisoformat(booking.day), time.fromisoformat(booking.clock), booking.zone)


def raise_alarm(tx: Tx, booking: Booking, kind: str, worker_id: str | None = None) -> bool:
    """Once for each booking until it is closed; True when it was not open yet."""
    return alarms.raise_alarm(tx, kind, f"{kind}:{booking.id}", language=booking.language, worker_id=worker_id)


def close_alarm(tx: Tx, booking_id: str, kind: str) -> None:
    alarms.close_topic(tx, f"{kind}:{booking_id}")


def _changed(tx: Tx, booking: Booking, values: dict[str, Any]) -> Booking:
    version = bookings.change(tx, booking, values)
    return replace(booking, version=version, **values)
