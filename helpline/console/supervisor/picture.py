"""The last hour as a small picture: where its bars stand. Pure; the page draws it as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpline.store.hour_view import Piece

WIDTH, HEIGHT, BASE, TOP = 480, 130, 108, 14
_LEFT, _GAP = 26, 6
_LABEL_EVERY = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. ``kind``: offered, answered or abandoned."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A time under the picture."""

    x: float
    at: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Measures in units of the view box; ``most`` is the height of the scale."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    most: int
    width: int = WIDTH
    height: int = HEIGHT
    base: int = BASE
    top: int = TOP
    left: int = _LEFT


def picture_of(pieces: Sequence[Piece]) -> Picture:
    """Who was answered stands within who wanted a person; who left stands beside."""
    most = max([1, *(max(one.offered, one.answered, one.abandoned) for one in pieces)])
    slot = (WIDTH - _LEFT) / max(1, len(pieces))
    wide = (slot - _GAP) * 0.62
    bars: list[Bar] = []
    for number, one in enumerate(pieces):
        x = _LEFT + number * slot + _GAP / 2
        bars += _bar("offered", x, wide, one.offered, most)
        bars += _bar("answered", x + wide * 0.2, wide * 0.6, one.answered, most)
        bars += _bar("abandoned", x + wide + 2, (slot - _GAP) * 0.38 - 2, one.abandoned, most)
    marks = tuple(
        Mark(round(_LEFT + number * slot + _GAP / 2, 1), one.at)
        for number, one in enumerate(pieces)
        if number % _LABEL_EVERY == 0
    )
    return Picture(tuple(bars), marks, most)


def _bar(kind: str, x: float, width: float, count: int, most: int) -> list[Bar]:
    if count == 0:
        return []
    height = (BASE - TOP) * count / most
    return [Bar(kind, round(x, 1), round(BASE - height, 1), round(width, 1), round(height, 1))]
