"""The roster: shifts are written down in civil time, and who does not come is an alarm. Units of work."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from helpline.clock import HOUR
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.staff.cover import LATE_AFTER, span
from helpline.store import alarms, audit, deadlines, shifts, workers
from helpline.store.db import Tx

LONGEST = 16 * HOUR
DAYS_MOST = 31
"""Days in a row that one entry may be written down for."""


@dataclass(frozen=True, slots=True)
class NewShift:
    """A person is due on ``day`` from ``begins`` to ``ends``, civil time of ``zone``, for ``days`` days in a row.

    ``line`` is None for every line.
    """

    worker_id: str
    day: date
    begins: time
    ends: time
    days: int
    line: str | None
    zone: ZoneInfo


def add_shifts(tx: Tx, house: House, by: str, new: NewShift) -> int:
    """Write them down, all or none; returns how many.

    Raises `Invalid` ("worker_unknown", "line_unknown", "days_wrong", "shift_too_long", "shift_over", "time_skipped"),
    or `Conflict` ("shift_overlaps").
    """
    workers.get(tx, new.worker_id)
    if new.line is not None and new.line not in house.directory.lines:
        raise Invalid("line_unknown")
    if not 1 <= new.days <= DAYS_MOST:
        raise Invalid("days_wrong", f"From 1 to {DAYS_MOST} days.")
    for ahead in range(new.days):
        starts_at, ends_at = span(new.day + timedelta(days=ahead), new.begins, new.ends, new.zone)
        if ends_at - starts_at > LONGEST:
            raise Invalid("shift_too_long", "Nobody is due for so long. Look at the times.")
        if ends_at <= tx.now:
            raise Invalid("shift_over", "This shift would be over already. Look at the day.")
        if shifts.of_worker(tx, new.worker_id, starts_at, ends_at):
            raise Conflict("shift_overlaps", "This person is due at that time already.")
        id = shifts.add(tx, new.worker_id, starts_at, ends_at, new.line, by)
        deadlines.add(tx, "shift_begun", id, starts_at + LATE_AFTER)
        audit.add(tx, by, "shift_added", subject_id=id)
    return new.days


def remove_shift(tx: Tx, by: str, shift_id: str) -> None:
    """Raises `Invalid` ("shift_unknown")."""
    shifts.get(tx, shift_id)
    shifts.remove(tx, shift_id)
    deadlines.clear(tx, shift_id)
    alarms.close_topic(tx, _topic(shift_id))
    audit.add(tx, by, "shift_removed", subject_id=shift_id)


def shift_begun(tx: Tx, house: House, shift_id: str) -> None:
    """Timer, some minutes into a shift: whoever is still off duty and has not been there is an alarm, once a shift."""
    shift = shifts.find(tx, shift_id)
    if shift is None or shift.ends_at <= tx.now:
        return
    worker = next(iter(workers.some(tx, [shift.worker_id])), None)
    if worker is not None and worker.state == "off" and worker.since <= shift.starts_at:
        alarms.raise_alarm(tx, "shift_missed", _topic(shift_id), line=shift.line, worker_id=shift.worker_id)


def has_come(tx: Tx, worker_id: str) -> None:
    """Somebody is there: whoever was missed is missed no more."""
    for shift in shifts.of_worker(tx, worker_id, tx.now, tx.now + 1):
        alarms.close_topic(tx, _topic(shift.id))


def _topic(shift_id: str) -> str:
    return f"shift_missed:{shift_id}"
