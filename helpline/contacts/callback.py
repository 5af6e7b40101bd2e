"""When a call-back may be made. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.lines import Line
from helpline.clock import HOUR, SECOND

_WHEN = {"any": range(24), "morning": range(8, 12), "afternoon": range(12, 17), "evening": range(17, 20)}
"""Hours of the line's own day in which the caller said that it is safe."""

_LOOK_AHEAD_H = 24 * 14


def is_safe(line: Line, when: str | None, now: int) -> bool:
    """Whether the caller said that this hour (of ``now``, in µs) is safe. None: they said nothing of it."""
    return _fits(ZoneInfo(line.timezone), now, _WHEN.get(when or "any", _WHEN["any"]))


def next_safe_time(line: Line, when: str | None, now: int) -> int:
    """The first time (µs) from now on that is safe as the caller said, and at which the line is open.

    A line that has no such hour in the coming two weeks is called at the first safe hour all the same.
    """
    hours = _WHEN.get(when or "any", _WHEN["any"])
    zone = ZoneInfo(line.timezone)
    safe: int | None = None
    if _fits(zone, now, hours) and line.is_open(now):
        return now
    start = now - now % HOUR + HOUR
    for step in range(_LOOK_AHEAD_H):
        at = start + step * HOUR
        if _fits(zone, at, hours):
            safe = at if safe is None else safe
            if line.is_open(at):
                return at
    return safe if safe is not None else now


def _fits(zone: ZoneInfo, at: int, hours: range) -> bool:
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at // SECOND)
    return local.astimezone(zone).hour in hours
