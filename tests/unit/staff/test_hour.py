"""The picture of the last hour, and who is counted on the wall."""

from helpline.clock import MINUTE
from helpline.console.supervisor.picture import BASE, TOP, picture_of
from helpline.console.supervisor.wall import People, people_of
from helpline.store.floor_view import Person
from helpline.store.hour_view import Piece


def test_the_tallest_bar_reaches_the_top_and_nothing_is_drawn_for_nobody() -> None:
    pieces = (Piece(0, 4, 2, 0), Piece(5 * MINUTE, 0, 0, 0), Piece(10 * MINUTE, 1, 1, 1))
    drawn = picture_of(pieces)
    assert drawn.most == 4
    heights = [(bar.kind, bar.height) for bar in drawn.bars]
    whole = float(BASE - TOP)
    assert heights == [("offered", whole), ("answered", whole / 2)] + [
        (kind, whole / 4) for kind in ("offered", "answered", "abandoned")
    ]
    assert all(bar.y + bar.height == BASE for bar in drawn.bars)


def test_an_hour_in_which_nothing_happened_has_a_scale_all_the_same() -> None:
    assert picture_of(tuple(Piece(n * 5 * MINUTE, 0, 0, 0) for n in range(12))).most == 1


def somebody(state: str, voice: int = 0, text: int = 0) -> Person:
    return Person("id", "alias", ("counsellor",), state, 0, None, voice, 1, text, 5, (), 0, None)


def test_whoever_has_something_in_hand_is_busy_wherever_they_stand() -> None:
    there = (
        somebody("available"),
        somebody("available", voice=1),
        somebody("off", text=2),
        somebody("away"),
        somebody("break"),
        somebody("off"),
    )
    assert people_of(there) == People(free=1, busy=2, pausing=2)
