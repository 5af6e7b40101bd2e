"""The roster: who is due, who is there, who is late, and which languages will have nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from config.lines import Line
from helpline.clock import DAY, HOUR, SECOND
from helpline.console import words
from helpline.console.context import Visit
from helpline.errors import HelplineError, Invalid
from helpline.staff import cover
from helpline.staff import roster as work
from helpline.store import shifts
from helpline.store.db import Tx
from helpline.store.shifts import Member, Shift

HOURS = 24
"""So far ahead a language without anybody is seen."""

AHEAD = 14 * DAY
"""So far ahead shifts are listed."""

_BEHIND = DAY
_FIELDS = ("worker", "day", "begins", "ends", "days", "line")


@dataclass(frozen=True, slots=True)
class Entry:
    """One shift of one person, with how it stands."""

    shift: Shift
    alias: str
    standing: str


@dataclass(frozen=True, slots=True)
class LineCover:
    """The coming hours of one line. ``gaps`` are hours without anybody, the soonest first."""

    line: Line
    languages: tuple[str, ...]
    hours: tuple[cover.Hour, ...]
    gaps: tuple[cover.SharedGap, ...]

    def is_whole(self, gap: cover.SharedGap) -> bool:
        """Whether it is all of the hours that were looked at."""
        return gap.begins == self.hours[0].at and gap.ends == self.hours[-1].at + HOUR


async def page(visit: Visit, *, problem: str | None = None, status: int = 200) -> web.Response:
    """All of it for those who see the floor; everybody else's own shifts."""
    now, whole, me = visit.now, visit.may("floor.see"), visit.me.worker_id

    def look(tx: Tx) -> tuple[tuple[Shift, ...], tuple[Member, ...]]:
        if whole:
            return shifts.between(tx, now - _BEHIND, now + AHEAD), shifts.members(tx)
        return shifts.of_worker(tx, me, now - 1, now + AHEAD), shifts.members(tx)

    written, members = await visit.store.read(look)
    entries = _entries(written, members, now)
    values: dict[str, Any] = {
        "mine": _by_day(visit, (one for one in entries if one.shift.worker_id == me and one.standing != "over")),
        "problem": problem,
        "typed": {name: visit.form.get(name, "") for name in _FIELDS},
        "today": _today(visit),
    }
    if not whole:
        return visit.page("roster_mine.html", status=status, **values)
    due = {one.shift.worker_id for one in entries if one.shift.starts_at <= now < one.shift.ends_at}
    values |= {
        "now_due": [one for one in entries if one.shift.starts_at <= now < one.shift.ends_at],
        "beside": [one for one in members if one.presence.state != "off" and one.worker_id not in due],
        "coming": _by_day(visit, (one for one in entries if one.shift.starts_at > now)),
        "covers": covers(visit, written, members, HOURS),
        "members": members,
        "any": any(one.ends_at > now for one in written),
    }
    return visit.page("roster.html", status=status, **values)


def covers(visit: Visit, written: Iterable[Shift], members: tuple[Member, ...], hours: int) -> tuple[LineCover, ...]:
    """What each line's menu will have in the coming hours."""
    written = tuple(written)
    found = []
    for line in visit.house.directory.lines.values():
        seen = cover.cover(written, members, line, line.menu, visit.now, hours)
        found.append(LineCover(line, line.menu, seen, cover.shared(cover.gaps(seen, line.menu))))
    return tuple(found)


def _entries(written: Iterable[Shift], members: tuple[Member, ...], now: int) -> list[Entry]:
    """Of those who work here; whoever was disabled is due nowhere."""
    known = {member.worker_id: member for member in members}
    return [
        Entry(shift, member.alias, cover.standing(shift, member.presence, now))
        for shift in written
        if (member := known.get(shift.worker_id)) is not None
    ]


def _by_day(visit: Visit, entries: Iterable[Entry]) -> list[tuple[int, list[Entry]]]:
    """Grouped by the day on which they begin; each day is told by the moment of its first shift."""
    days: list[tuple[int, list[Entry]]] = []
    for one in entries:
        if not days or _day(visit, days[-1][0]) != _day(visit, one.shift.starts_at):
            days.append((one.shift.starts_at, []))
        days[-1][1].append(one)
    return days


def _day(visit: Visit, at: int) -> date:
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(visit.wording.zone).date()


def _today(visit: Visit) -> str:
    return _day(visit, visit.now).isoformat()


async def add(visit: Visit) -> web.Response:
    """``worker`` is due on ``day`` from ``begins`` to ``ends``, for ``days`` days, on ``line`` (empty: every line).

    What was typed stays in the form when something is wrong with it.
    """
    house, me = visit.house, visit.me.worker_id

    def unit(tx: Tx) -> None:
        work.add_shifts(tx, house, me, _read(visit))

    return await _do(visit, unit)


async def remove(visit: Visit) -> web.Response:
    me, shift = visit.me.worker_id, visit.request.match_info["shift"]

    def unit(tx: Tx) -> None:
        work.remove_shift(tx, me, shift)

    return await _do(visit, unit)


def _read(visit: Visit) -> work.NewShift:
    form = visit.form
    line = form.get("line") or None
    try:
        day = date.fromisoformat(form.get("day", ""))
        begins, ends = time.fromisoformat(form.get("begins", "")), time.fromisoformat(form.get("ends", ""))
        days = int(form.get("days") or 1)
    except ValueError:
        raise Invalid("shift_unreadable") from None
    if not 2000 <= day.year <= 2200 or begins.tzinfo is not None or ends.tzinfo is not None:
        raise Invalid("shift_unreadable")
    known = visit.house.directory.lines.get(line) if line is not None else None
    zone = ZoneInfo(known.timezone) if known is not None else visit.wording.zone
    return work.NewShift(form.get("worker", ""), day, begins, ends, days, line, zone)


async def _do(visit: Visit, unit: Any) -> web.Response:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go("/console/roster")


SOON = 12 * HOUR


def soon(visit: Visit, written: tuple[Shift, ...], members: tuple[Member, ...]) -> tuple[LineCover, ...]:
    """Lines with a gap in the coming hours, for the floor; none while no roster is kept at all."""
    if not any(shift.ends_at > visit.now for shift in written):
        return ()
    found = covers(visit, written, members, SOON // HOUR)
    return tuple(one for one in found if one.gaps)
