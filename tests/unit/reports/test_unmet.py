"""How each wish counts, and the answer to: which language do we lack, and when?"""

from datetime import UTC, datetime

import pytest

from helpline.clock import SECOND
from helpline.console.coordinator.lack_picture import LEVELS, MOST_ROWS, picture_of
from helpline.reports.unmet import (
    UNMET,
    Demand,
    Wish,
    demands,
    hour_of,
    way_of_booking,
    way_of_contact,
    way_of_request,
    worst,
)

MENU = {"queued": False, "connected": False, "short": False, "spoken": False, "known": False}


@pytest.mark.parametrize(
    ("outcome", "changed", "way"),
    [
        ("left_in_menu", {}, "left_in_menu"),
        ("left_in_menu", {"known": True}, "left_in_menu"),
        ("left_in_menu", {"short": True}, "short"),
        ("abandoned", {"queued": True, "known": True}, "left_waiting"),
        ("abandoned", {"queued": True, "known": True, "short": True}, "short"),
        ("message_left", {"known": True}, "message"),
        ("unreached", {"queued": True, "known": True}, "unreached"),
        ("served", {"queued": True, "connected": True, "known": True, "spoken": True}, "reached"),
        ("served", {"queued": True, "connected": True, "known": True}, "not_spoken"),
        ("served", {"queued": True, "connected": True}, "reached"),
        ("lost", {"queued": True, "connected": True, "known": True, "spoken": True}, "reached"),
        ("served", {"connected": True, "short": True, "known": True, "spoken": True}, "reached"),
        ("callback_asked", {"queued": True, "known": True}, None),
        ("stopped", {"queued": True, "known": True}, None),
        ("duty", {}, None),
        (None, {}, None),
    ],
)
def test_how_the_wish_of_a_caller_ended(outcome: str | None, changed: dict[str, bool], way: str | None) -> None:
    assert way_of_contact(outcome, **{**MENU, **changed}) == way


@pytest.mark.parametrize(
    ("outcome", "way"),
    [("served", "reached"), ("nobody_came", "nobody_came"), ("cancelled", "taken_back"), ("unreached", "taken_back"),
     (None, None)],
)  # fmt: skip
def test_how_the_wish_of_a_request_ended(outcome: str | None, way: str | None) -> None:
    assert way_of_request(outcome) == way


@pytest.mark.parametrize(
    ("state", "by", "way"),
    [
        ("completed", None, "reached"),
        ("unfilled", None, "unfilled"),
        ("no_show", None, "taken_back"),
        ("cancelled", "officer", "taken_back"),
        ("cancelled", "coordinator", "unfilled"),
        ("adjourned", None, None),
        ("confirmed", None, None),
        ("exhausted", None, None),
    ],
)
def test_how_the_wish_of_a_booking_ended(state: str, by: str | None, way: str | None) -> None:
    assert way_of_booking(state, by) == way


def test_an_hour_is_that_of_the_place() -> None:
    moment = int(datetime(2027, 7, 1, 21, 30, tzinfo=UTC).timestamp()) * SECOND
    zones = {"Africa/Lusaka": 23, "Africa/Addis_Ababa": 0, "Asia/Kathmandu": 3, "Europe/London": 22}
    assert {zone: hour_of(moment, zone) for zone in zones} == zones


def test_what_is_lacked_stands_first_and_what_was_counted_apart_is_in_no_sum() -> None:
    wishes = [
        Wish("so", "left_waiting", 2, 3),
        Wish("so", "reached", 2, 7),
        Wish("so", "short", 2, 50),
        Wish("om", "nobody_came", 20),
        Wish("om", "left_in_menu", 20, 4),
        Wish("bem", "reached", 9, 90),
        Wish(None, "left_in_menu", 9, 99),
    ]
    oromo, somali, bemba, unknown = demands(wishes, {"so": 2, "bem": 5})
    assert (oromo.language, oromo.unmet, oromo.wanted, oromo.share) == ("om", 5, 5, 1.0)
    assert oromo.nobody_speaks_it and not somali.nobody_speaks_it and not unknown.nobody_speaks_it
    assert (somali.wanted, somali.unmet, somali.ways["short"]) == (10, 3, 50)
    assert (bemba.unmet, bemba.share, unknown.language) == (0, 0.0, None)
    assert Demand("fr", 0).share is None, "nobody wanted it"
    answer = worst((oromo, somali, bemba, unknown))
    assert answer is not None and (answer.language, answer.unmet, answer.in_these) == ("om", 5, 5)
    assert worst((bemba, unknown)) is None


def test_the_worst_hours_go_over_midnight() -> None:
    wishes = [Wish("ti", "left_waiting", hour, count) for hour, count in ((22, 1), (23, 4), (0, 5), (1, 4), (12, 6))]
    answer = worst(demands(wishes, {}))
    assert answer is not None and (answer.from_hour, answer.until_hour, answer.in_these) == (23, 2, 13)


def test_the_picture_has_a_cell_where_anything_was_wanted_and_a_number_in_each() -> None:
    many = [Wish(f"x{number}", "left_waiting", 5, 1 + number) for number in range(MOST_ROWS + 2)]
    many += [Wish("x3", "reached", 6), Wish("met", "reached", 5), Wish(None, "left_in_menu", 5, 500)]
    picture = picture_of(demands(many, {}))
    assert len(picture.rows) == MOST_ROWS and picture.left_out == 2
    assert picture.rows[0].cells[0].level == LEVELS and picture.rows[0].cells[0].unmet == MOST_ROWS + 2
    x3 = next(row for row in picture.rows if row.language == "x3")
    assert [(cell.level, cell.unmet) for cell in x3.cells] == [(2, 4), (0, 0)]
    assert all(cell.x + picture.cell <= picture.width for row in picture.rows for cell in row.cells)
    assert picture_of([]).rows == () and "taken_back" not in UNMET
