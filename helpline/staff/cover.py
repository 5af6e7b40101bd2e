"""Who of those who are due is there, and which hours have nobody who speaks a language. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.lines import Line
from helpline.clock import HOUR, MINUTE, SECOND
from helpline.errors import Invalid
from helpline.store.shifts import Member, Presence, Shift

LATE_AFTER = 5 * MINUTE
"""Whoever is off duty so long after the shift began is late."""


@dataclass(frozen=True, slots=True)
class Hour:
    """How many are rostered at every moment of an hour that begins at ``at`` (µs), by language.

    ``open`` is false when nobody answers at its beginning by the line's own hours: then nobody is missed.
    """

    at: int
    open: bool
    there: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Gap:
    """Hours on end in which nobody who speaks a language is rostered, from ``begins`` until before ``ends`` (µs)."""

    language: str
    begins: int
    ends: int


def standing(shift: Shift, presence: Presence, now: int) -> str:
    """due (not begun), expected (just begun), here, late, left (came and went), or over."""
    if now >= shift.ends_at:
        return "over"
    if presence.state != "off":
        return "here"
    if now < shift.starts_at:
        return "due"
    if presence.since > shift.starts_at:
        return "left"
    return "late" if now >= shift.starts_at + LATE_AFTER else "expected"


def cover(
    shifts: Iterable[Shift], members: Iterable[Member], line: Line, languages: Sequence[str], start: int, hours: int
) -> tuple[Hour, ...]:
    """The hours from the one that holds ``start`` on: the fewest who are rostered for each language in each.

    Who counts are counsellors who speak the language, at any level, and serve the line: as the alarms about cover
    count. An hour of which a part has nobody has nobody.
    """
    speakers = {
        member.worker_id: frozenset(member.languages)
        for member in members
        if "counsellor" in member.roles and (member.lines is None or line.id in member.lines)
    }
    counted = [shift for shift in shifts if shift.worker_id in speakers and shift.line in (None, line.id)]
    first = start - start % HOUR
    return tuple(_hour(at, counted, speakers, line, languages) for at in range(first, first + hours * HOUR, HOUR))


def _hour(
    at: int, shifts: Sequence[Shift], speakers: Mapping[str, frozenset[str]], line: Line, languages: Sequence[str]
) -> Hour:
    touching = [shift for shift in shifts if shift.starts_at < at + HOUR and shift.ends_at > at]
    # Somebody can only be missing from the beginning of the hour, or from the end of a shift within it.
    moments = {at, *(shift.ends_at for shift in touching if shift.ends_at < at + HOUR)}
    there = {
        language: min(_speaking(touching, speakers, language, moment) for moment in moments) for language in languages
    }
    return Hour(at, line.is_open(at), there)


def _speaking(shifts: Iterable[Shift], speakers: Mapping[str, frozenset[str]], language: str, at: int) -> int:
    there = {shift.worker_id for shift in shifts if shift.starts_at <= at < shift.ends_at}
    return sum(language in speakers[worker_id] for worker_id in there)


def gaps(hours: Sequence[Hour], languages: Iterable[str]) -> tuple[Gap, ...]:
    """Open hours without anybody, those on end as one, the soonest first."""
    found: list[Gap] = []
    for language in languages:
        for hour in hours:
            if not hour.open or hour.there[language]:
                continue
            if found and found[-1].language == language and found[-1].ends == hour.at:
                found[-1] = Gap(language, found[-1].begins, hour.at + HOUR)
            else:
                found.append(Gap(language, hour.at, hour.at + HOUR))
    return tuple(sorted(found, key=lambda gap: gap.begins))


@dataclass(frozen=True, slots=True)
class SharedGap:
    """Hours on end that the same languages have nobody in."""

    languages: tuple[str, ...]
    begins: int
    ends: int


def shared(found: Iterable[Gap]) -> tuple[SharedGap, ...]:
    """Gaps of the same hours as one, in the order of the first of each."""
    by_hours: dict[tuple[int, int], list[str]] = {}
    for gap in found:
        by_hours.setdefault((gap.begins, gap.ends), []).append(gap.language)
    return tuple(SharedGap(tuple(languages), *hours) for hours, languages in by_hours.items())


def span(day: date, begins: time, ends: time, zone: ZoneInfo) -> tuple[int, int]:
    """A shift in civil time as two moments (µs UTC). One that ends at or before it begins ends on the next day.

    Raises `Invalid` ("time_skipped") for a time that the clocks jump over. A beginning that comes twice is the first
    of the two, an end that comes twice the second, so that the shift holds both.
    """
    last = day if ends > begins else day + timedelta(days=1)
    return _moment(day, begins, zone, fold=0), _moment(last, ends, zone, fold=1)


def _moment(day: date, clock: time, zone: ZoneInfo, *, fold: int) -> int:
    local = datetime.combine(day, clock, zone).replace(fold=fold)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid("time_skipped", "The clocks go forward over this time on that day. Choose another.")
    return int(moment.timestamp()) * SECOND
