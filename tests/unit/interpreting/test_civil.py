"""Civil time: what was written down means the same moment for everybody, also when clocks change."""

from datetime import UTC, date, datetime, time

import pytest

from helpline.clock import HOUR, SECOND
from helpline.errors import Invalid
from helpline.interpreting.civil import Civil, civil_of, ends_after, place_of, said, zone_of, zones


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[misc,arg-type]


def test_ten_in_lusaka_is_booked_in_addis_ababa() -> None:
    hearing = Civil(date(2027, 2, 1), time(10), "Africa/Lusaka")
    assert hearing.moment == utc(2027, 2, 1, 8)
    assert said(hearing.moment, "Africa/Lusaka", "Africa/Addis_Ababa") == (
        "Mon 1 Feb 2027, 10:00 (Lusaka), which is 11:00 (Addis Ababa)"
    )
    assert civil_of(hearing.moment, "Africa/Addis_Ababa").clock == time(11)


def test_a_reader_beyond_midnight_is_told_the_day_too() -> None:
    hearing = Civil(date(2027, 2, 1), time(23, 30), "Africa/Lusaka")
    assert said(hearing.moment, "Africa/Lusaka", "Asia/Tokyo").endswith("which is Tue 2 Feb 2027, 06:30 (Tokyo)")


@pytest.mark.parametrize("reader", [None, "Africa/Lusaka", "Africa/Maputo"])
def test_a_reader_whose_clock_says_the_same_is_told_once(reader: str | None) -> None:
    assert said(utc(2027, 2, 1, 8), "Africa/Lusaka", reader) == "Mon 1 Feb 2027, 10:00 (Lusaka)"


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    twice = Civil(date(2027, 10, 31), time(2, 30), "Europe/Berlin")
    assert twice.comes_twice and twice.moment == utc(2027, 10, 31, 0, 30)


def test_a_time_that_the_clocks_jump_over_is_no_time() -> None:
    skipped = Civil(date(2027, 3, 28), time(2, 30), "Europe/Berlin")
    with pytest.raises(Invalid) as caught:
        _ = skipped.moment
    assert caught.value.code == "time_skipped" and not skipped.comes_twice


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2027, 3, 29), 23), (date(2027, 3, 28), 23), (date(2027, 11, 1), 24), (date(2027, 10, 31), 25)],
)
def test_a_reminder_comes_at_the_same_time_of_day_whatever_the_clocks_do(day: date, hours: int) -> None:
    hearing = Civil(day, time(10) if day.day != 29 else time(2, 30), "Europe/Berlin")
    if day == date(2027, 3, 29):  # 02:30 did not exist on the day before
        assert hearing.moment - hearing.day_before() == 23 * HOUR
    else:
        assert hearing.moment - hearing.day_before() == hours * HOUR


def test_a_hearing_over_the_change_lasts_as_long_as_it_was_booked_for() -> None:
    begins = Civil(date(2027, 3, 28), time(1), "Europe/Berlin")
    assert civil_of(ends_after(begins.moment, 120), "Europe/Berlin").clock == time(4)


@pytest.mark.parametrize(
    "name", ["", "Lusaka", "Africa", "Africa/lusaka", "../etc/passwd", "/etc/passwd", "localtime", "Mars/X"]
)
def test_an_impossible_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        zone_of(name)
    assert caught.value.code == "zone_unknown"


def test_zones_to_choose_from_begin_with_africa() -> None:
    names = zones()
    assert names[0].startswith("Africa/") and "Africa/Lusaka" in names and "Europe/Paris" in names
    assert not any(name.startswith("Etc/") for name in names) and place_of("Africa/Addis_Ababa") == "Addis Ababa"
