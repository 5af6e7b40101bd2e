"""The rows of the table, and how they are printed."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``rival`` names what it stands beside (an aim, or another way); ``ratio`` is value ÷ rival_value."""

    name: str
    value: float
    unit: str
    rival: str
    rival_value: float
    ratio: float
    note: str


def row(name: str, value: float, unit: str, rival: tuple[str, float], note: str = "") -> Row:
    """A row with its ratio."""
    return Row(name, _short(value), unit, rival[0], _short(rival[1]), round(value / rival[1], 3), note)


def _short(value: float) -> float:
    return round(value, 1 if abs(value) >= 10 else 3)


def percentile(values: Iterable[float], of_hundred: float) -> float:
    """The smallest value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * of_hundred / 100))]


def middle(values: Iterable[float]) -> float:
    """The median: what a run of something else on the same machine does not move."""
    return median(values)


def table(rows: Iterable[Row]) -> str:
    """The rows for a terminal, each note below its row."""
    lines = [f"{'':52} {'value':>12} {'unit':6} {'rival':>12} {'ratio':>8}  rival is", ""]
    for one in rows:
        lines.append(
            f"{one.name:52} {one.value:>12,.10g} {one.unit:6} {one.rival_value:>12,.10g} {one.ratio:>8.3g}  {one.rival}"
        )
        lines += textwrap.wrap(one.note, 116, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)
