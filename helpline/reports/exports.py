"""Counts as files for a spreadsheet. Pure. Nobody can be told by a small number in a file that leaves the house.

A count of people from 1 to 4 is not written: ``*`` stands for it. Where counts add up to one that is written, one
hidden count alone would be found by taking away: another is hidden with it, by the same sign, so that neither is known
to be the small one. What is measured on fewer than five people is left empty. 0 is written: it tells of nobody.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from helpline.clock import SECOND
from helpline.interpreting.statements import Filled, no_formula
from helpline.reports.metrics import FEW, Group, Timing
from helpline.reports.unmet import APART, REACHED, UNMET, Demand

HIDDEN = "*"
SOURCES = ("bridge", "request")

Cell = str | int
Row = Sequence[Cell]


def people(count: int) -> Cell:
    """One count of people, as it is written."""
    return HIDDEN if _few(count) else count


def parts(counts: Sequence[int]) -> list[Cell]:
    """Counts of people whose sum is written too. A sum of few is hidden by itself, and then all of them are."""
    cells = [people(count) for count in counts]
    if cells.count(HIDDEN) == 1:
        others = [place for place, count in enumerate(counts) if count >= FEW]
        if others:
            cells[min(others, key=lambda place: (counts[place], place))] = HIDDEN
    return cells


def by_language(found: Iterable[Demand], rates: Iterable[Filled], timings: Iterable[Timing]) -> str:
    """One line a language: what was wanted, how it ended, and how long an interpreter took."""
    filled = {one.language: one for one in rates}
    timed = {(one.source, one.language): one for one in timings}
    demand = {one.language: one for one in found}
    head = ["language", "speakers", "wanted", REACHED, "unmet", *UNMET, *APART, "requests_and_bookings",
            "taken_back_by_institution", "with_interpreter", "fill_rate", "minutes_interpreted",
            *(f"{source}_time_{name}_s" for source in SOURCES for name in ("p50", "p90"))]  # fmt: skip
    rows: list[Row] = []
    for language in dict.fromkeys([*demand, *filled]):
        rate = filled.get(language, Filled(language, 0, 0, 0, 0))
        share = "" if rate.rate is None else f"{rate.rate:.3f}"
        times = [cell for source in SOURCES for cell in _times(timed.get((source, language)))]
        rows.append([language or "", *_wishes(demand.get(language, Demand(language, 0))), rate.requested,
                     rate.withdrawn, rate.filled, share, rate.minutes, *times])  # fmt: skip
    return _file(head, rows)


def _wishes(one: Demand) -> list[Cell]:
    reached, unmet = parts([one.ways.get(REACHED, 0), one.unmet])
    counts = [one.ways.get(way, 0) for way in UNMET]
    ways = parts(counts) if isinstance(unmet, int) else [_hidden(count) for count in counts]
    return [one.speakers, people(one.wanted), reached, unmet, *ways, *(people(one.ways.get(way, 0)) for way in APART)]


def by_hour(found: Iterable[Demand]) -> str:
    """One line for a language and an hour in which anything was wanted."""
    rows: list[Row] = []
    for one in found:
        hidden = _hidden_hours(one)
        for hour, (wanted, unmet) in enumerate(zip(one.wanted_by_hour, one.unmet_by_hour, strict=True)):
            if wanted:
                cells = (_hidden(wanted), _hidden(unmet)) if hour in hidden else (wanted, unmet)
                rows.append([one.language or "", f"{hour:02d}:00", *cells])
    return _file(["language", "hour", "wanted", "unmet"], rows)


def _hidden_hours(one: Demand) -> set[int]:
    """Hours in which few were reached or not met; never one alone, which the other file's sums would give away."""
    both = list(zip(one.wanted_by_hour, one.unmet_by_hour, strict=True))
    hidden = {hour for hour, (wanted, unmet) in enumerate(both) if _few(unmet) or _few(wanted - unmet)}
    others = [hour for hour, (wanted, _) in enumerate(both) if wanted and hour not in hidden]
    if len(hidden) == 1 and others:
        hidden.add(min(others, key=lambda hour: (both[hour][0], hour)))
    return hidden


def children(total: Group, groups: int) -> str:
    """Children for whom interpreters were asked, in one line. ``groups``: each asked for once or more often."""
    girls, boys = parts([total.girls, total.boys])
    row = [people(total.children), girls, boys, groups, total.asked]
    return _file(["children", "girls", "boys", "groups", "times_asked"], [row])


def _few(count: int) -> bool:
    return 0 < count < FEW


def _hidden(count: int) -> Cell:
    """A count that is not written, unless it is 0."""
    return HIDDEN if count else 0


def _times(one: Timing | None) -> tuple[Cell, Cell]:
    """p50 and p90 in seconds."""
    if one is None or one.conversations < FEW:
        return "", ""
    p50, p90 = (round(value / SECOND) if value is not None else "" for value in (one.p50, one.p90))
    return p50, p90


def _file(head: Row, rows: Iterable[Row]) -> str:
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    out.writerow(head)
    for row in rows:
        out.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return written.getvalue()
