"""Civil time: a day and a time of day in a place, and the moments that they mean. Pure.

A booking keeps what was written down beside its moments, so that "10:00 in Lusaka" stays so whatever the reader's
clock, the server's, or the change of summer time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from helpline.clock import MINUTE, SECOND
from helpline.errors import Invalid


@dataclass(frozen=True, slots=True)
class Civil:
    """A time of day on a day, by the clocks of ``zone`` (an IANA name that `zone_of` knows)."""

    day: date
    clock: time
    zone: str

    @property
    def moment(self) -> int:
        """Microseconds UTC; of a time that comes twice when clocks go back, the first.

        Raises `Invalid` ("time_skipped") for a time that the clocks jump over.
        """
        zone = zone_of(self.zone)
        local = datetime.combine(self.day, self.clock, zone)
        moment = local.astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise Invalid("time_skipped", "The clocks go forward over this time on that day. Choose another.")
        return int(moment.timestamp()) * SECOND

    @property
    def comes_twice(self) -> bool:
        """Whether clocks go back over it, so that a reader must be told which of the two is meant."""
        local = datetime.combine(self.day, self.clock, zone_of(self.zone))
        first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
        assert first is not None and second is not None
        return first > second

    def day_before(self) -> int:
        """The same time of day on the day before (µs UTC): 23, 24 or 25 hours earlier. A time that the clocks jump
        over there is as much later as they jump.
        """
        local = datetime.combine(self.day - timedelta(days=1), self.clock, zone_of(self.zone))
        return int(local.astimezone(UTC).timestamp()) * SECOND


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if name != "localtime")


def zone_of(name: str) -> ZoneInfo:
    """Raises `Invalid` ("zone_unknown") for what is no IANA zone."""
    if name not in _zones():
        raise Invalid("zone_unknown", "Choose a time zone such as Africa/Lusaka.")
    return ZoneInfo(name)


def zones() -> tuple[str, ...]:
    """The names of places that a person may choose from: Africa first."""
    no_places = ("Etc/", "posix/", "right/", "SystemV/")
    places = [name for name in _zones() if "/" in name and not name.startswith(no_places)]
    return tuple(sorted(places, key=lambda name: (not name.startswith("Africa/"), name)))


def civil_of(moment: int, zone: str) -> Civil:
    """What the clocks of a place say at a moment (µs UTC)."""
    local = datetime.fromtimestamp(moment // SECOND, UTC).astimezone(zone_of(zone))
    return Civil(local.date(), local.time().replace(second=0, microsecond=0), zone)


def place_of(zone: str) -> str:
    """The place that a zone is called by: "Addis Ababa"."""
    return zone.rpartition("/")[2].replace("_", " ")


def said(starts_at: int, zone: str, reader: str | None = None) -> str:
    """A moment for a person to read: "Tue 19 Jan 2027, 10:00 (Lusaka)", with the reader's own time where it differs."""
    here = civil_of(starts_at, zone)
    text = f"{_day(here.day)}, {here.clock:%H:%M} ({place_of(zone)})"
    if reader is None or reader == zone:
        return text
    there = civil_of(starts_at, reader)
    if (there.day, there.clock) == (here.day, here.clock):
        return text
    day = "" if there.day == here.day else f"{_day(there.day)}, "
    return f"{text}, which is {day}{there.clock:%H:%M} ({place_of(reader)})"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(day: date) -> str:
    # Not by strftime: a server's locale is nobody's language.
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def minutes_of_week(starts_at: int, ends_at: int, zone: str) -> tuple[tuple[int, int, int], ...]:
    """A span as (weekday from Monday 0, first minute, minute after the last) for each civil day that it touches."""
    found = []
    begin, end = (datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone_of(zone)) for at in (starts_at, ends_at))
    day = begin.date()
    while day <= end.date():
        first = begin.hour * 60 + begin.minute if day == begin.date() else 0
        last = end.hour * 60 + end.minute + bool(end.second) if day == end.date() else 24 * 60
        if last > first:
            found.append((day.weekday(), first, last))
        day += timedelta(days=1)
    return tuple(found)


def ends_after(starts_at: int, minutes: int) -> int:
    """A hearing lasts as long as it was booked for, also over a change of the clocks."""
    return starts_at + minutes * MINUTE
