"""Which language is lacked, and when: where the cells of the picture stand. Pure; the page draws it as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpline.reports.unmet import HOURS, Demand

LEFT, TOP, CELL, HIGH, GAP = 120, 22, 28, 26, 2
MOST_ROWS = 12
LEVELS = 4
"""Of colour, each a quarter of the most that one cell holds. A number stands in every cell too."""

MARKED = (0, 6, 12, 18)
"""Hours that are written above."""


@dataclass(frozen=True, slots=True)
class Cell:
    """``level`` 0: wanted and met; 1 to 4: not met, by how much."""

    x: int
    y: int
    level: int
    unmet: int


@dataclass(frozen=True, slots=True)
class Row:
    """One language; ``y`` is the line on which its name stands."""

    language: str
    y: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Measures in units of the view box. ``left_out``: languages for which there was no room."""

    rows: tuple[Row, ...]
    marks: tuple[tuple[int, int], ...]
    height: int
    left_out: int
    width: int = LEFT + HOURS * CELL
    cell: int = CELL - GAP
    high: int = HIGH - GAP
    left: int = LEFT


def picture_of(found: Sequence[Demand]) -> Picture:
    """Languages that are known and lacked, the most lacked above; an hour in which nobody wanted one has no cell."""
    lacked = [one for one in found if one.language is not None and one.unmet]
    shown = lacked[:MOST_ROWS]
    most = max((count for one in shown for count in one.unmet_by_hour), default=1)
    rows = tuple(_row(one, place, most) for place, one in enumerate(shown))
    marks = tuple((LEFT + hour * CELL, hour) for hour in MARKED)
    return Picture(rows, marks, TOP + len(shown) * HIGH, len(lacked) - len(shown))


def _row(one: Demand, place: int, most: int) -> Row:
    top = TOP + place * HIGH
    cells = tuple(
        Cell(LEFT + hour * CELL, top, -(-unmet * LEVELS // most), unmet)
        for hour, (wanted, unmet) in enumerate(zip(one.wanted_by_hour, one.unmet_by_hour, strict=True))
        if wanted
    )
    return Row(one.language or "", top + 17, cells)
