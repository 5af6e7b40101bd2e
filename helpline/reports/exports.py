"""Counts as files for a spreadsheet. Pure. No file lets anybody be told by a small number.

A count of people from 1 to 4 is written as ``<5``. Where that leaves one hidden count beside a total that is shown,
the total would give it away: the smallest other count is then hidden too, as ``*``. What is measured on fewer than
five people is left empty. 0 is written: that nobody was there tells of nobody.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from helpline.clock import SECOND
from helpline.interpreting.statements import Filled, no_formula
from helpline.reports.metrics import FEW, Group, Timing
from helpline.reports.unmet import APART, REACHED, UNMET, Demand

HIDDEN = f"<{FEW}"
HIDDEN_TOO = "*"

Cell = str | int
Row = Sequence[Cell]


def people(count: int) -> Cell:
    """One count of people by itself, with nothing beside it that adds up to it."""
    return HIDDEN if 0 < count < FEW else count


def parts(counts: Sequence[int]) -> list[Cell]:
    """Counts of people whose total is, or may be, known from elsewhere."""
    cells = [people(count) for count in counts]
    if cells.count(HIDDEN) == 1:
        others = [place for place, count in enumerate(counts) if count >= FEW]
        if others:
            cells[min(others, key=lambda place: (counts[place], place))] = HIDDEN_TOO
    return cells


def by_language(found: Iterable[Demand], rates: Iterable[Filled], timings: Iterable[Timing]) -> str:
    """One line a language: what was wanted, how it ended, and how long an interpreter took."""
    filled = {one.language: one for one in rates}
    timed = {(one.source, one.language): one for one in timings}
    demand = {one.language: one for one in found}
    languages = [*demand, *(language for language in filled if language not in demand)]
    head = ["language", "speakers", "wanted", *(REACHED, *UNMET, *APART), "unmet",
            "requests_and_bookings", "taken_back_by_institution", "with_interpreter", "fill_rate", "minutes_interpreted",
            *(f"{source}_time_{share}_s" for source in ("bridge", "request") for share in ("p50", "p90"))]  # fmt: skip
    rows: list[Row] = []
    for language in languages:
        one = demand.get(language, Demand(language, 0))
        rate = filled.get(language, Filled(language, 0, 0, 0, 0))
        counted = parts([one.ways.get(way, 0) for way in (REACHED, *UNMET, *APART)])
        hidden = HIDDEN in counted
        share = "" if rate.rate is None else f"{rate.rate:.3f}"
        times = [_time(timed.get((source, language)), name) for source in ("bridge", "request") for name in ("p50", "p90")]
        rows.append([language or "", one.speakers, *_totals(one, hidden)[:1], *counted, *_totals(one, hidden)[1:],
                     rate.requested, rate.withdrawn, rate.filled, share, rate.minutes, *times])  # fmt: skip
    return _file(head, rows)


def _totals(one: Demand, hidden: bool) -> list[Cell]:
    """Wanted and unmet. What is hidden among the ways is spread over both, so neither is written beside few."""
    return [people(one.wanted), people(one.unmet) if not hidden or _several(one) else HIDDEN_TOO]


def _several(one: Demand) -> bool:
    """Whether the ways of what was not met hide more than one count, or none: their total then tells nothing."""
    small = [one.ways.get(way, 0) for way in UNMET if 0 < one.ways.get(way, 0) < FEW]
    return len(small) != 1


def _time(one: Timing | None, name: str) -> Cell:
    if one is None or one.conversations < FEW:
        return ""
    value = one.p50 if name == "p50" else one.p90
    return "" if value is None else round(value / SECOND)


def by_hour(found: Iterable[Demand]) -> str:
    """One line for a language and an hour in which anything was wanted; no totals, which would give cells away."""
    rows: list[Row] = []
    for one in found:
        wanted, unmet = parts(one.wanted_by_hour), parts(one.unmet_by_hour)
        rows += [
            [one.language or "", f"{hour:02d}:00", wanted[hour], unmet[hour]]
            for hour in range(len(wanted))
            if one.wanted_by_hour[hour]
        ]
    return _file(["language", "hour", "wanted", "unmet"], rows)


def children(total: Group, groups: int) -> str:
    """Children for whom interpreters were asked, in one line."""
    girls, boys = parts([total.girls, total.boys])
    whole = total.children if HIDDEN not in (girls, boys) else people(total.children)
    if HIDDEN in (girls, boys) and HIDDEN_TOO not in (girls, boys) and 0 in (total.girls, total.boys):
        whole = HIDDEN
    return _file(["children", "girls", "boys", "groups", "times_asked"], [[whole, girls, boys, groups, total.asked]])


def _file(head: Row, rows: Iterable[Row]) -> str:
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    out.writerow(head)
    for row in rows:
        out.writerow([no_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return written.getvalue()
