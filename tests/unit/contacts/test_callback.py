"""When a child who asked for it may be called: at the hour that it said is safe, when somebody is there."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lines import Line
from helpline.clock import HOUR, SECOND
from helpline.contacts.callback import is_safe, next_safe_time
from tests.village import LINE, a_directory

WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-17:00",))


def a_line(zone: str = "Africa/Lusaka", hours: object = "always", holidays: frozenset[date] = frozenset()) -> Line:
    line: Line = a_directory(timezone=zone, hours=hours, holidays=holidays).lines[LINE]
    return line


def at(text: str, zone: str = "Africa/Lusaka") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def civil(time: int, zone: str = "Africa/Lusaka") -> str:
    return datetime.fromtimestamp(time // SECOND, UTC).astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M")


# 2027-01-18 is a Monday.
@pytest.mark.parametrize(
    ("when", "asked", "called"),
    [
        ("any", "2027-01-18T21:30", "Tue 19 08:00"),  # nobody is there before
        ("any", "2027-01-18T11:10", "Mon 18 11:10"),
        ("morning", "2027-01-18T06:00", "Mon 18 08:00"),
        ("morning", "2027-01-18T11:59", "Mon 18 11:59"),
        ("morning", "2027-01-18T12:00", "Tue 19 08:00"),
        ("afternoon", "2027-01-18T08:00", "Mon 18 12:00"),
        ("afternoon", "2027-01-18T17:00", "Tue 19 12:00"),
        ("morning", "2027-01-22T13:00", "Mon 25 08:00"),  # over the weekend
        ("evening", "2027-01-18T08:00", "Mon 18 17:00"),  # nobody is ever there in the evening: safe goes first
        ("any", "2027-01-23T10:00", "Mon 25 08:00"),
    ],
)
def test_the_first_hour_that_is_safe_and_open(when: str, asked: str, called: str) -> None:
    line = a_line(hours=WEEK)
    assert civil(next_safe_time(line, when, at(asked))) == called


def test_a_holiday_is_passed_over() -> None:
    line = a_line(hours=WEEK, holidays=frozenset({date(2027, 1, 19), date(2027, 1, 20)}))
    assert civil(next_safe_time(line, "morning", at("2027-01-18T18:00"))) == "Thu 21 08:00"


def test_an_hour_counts_by_the_clock_on_the_childs_wall() -> None:
    kolkata = a_line("Asia/Kolkata")  # half an hour beside the full ones of UTC
    asked = at("2027-01-18T13:00", "Asia/Kolkata")
    called = next_safe_time(kolkata, "morning", asked)
    assert civil(called, "Asia/Kolkata") in ("Tue 19 08:00", "Tue 19 08:30")


def test_the_night_in_which_the_clocks_change_is_no_trap() -> None:
    berlin = a_line("Europe/Berlin")
    for asked in ("2027-03-27T22:00", "2027-10-30T22:00"):
        called = next_safe_time(berlin, "morning", at(asked, "Europe/Berlin"))
        assert civil(called, "Europe/Berlin").endswith("08:00")


@given(
    when=st.sampled_from(["any", "morning", "afternoon", "evening"]),
    now=st.integers(at("2026-12-01T00:00"), at("2027-12-31T00:00")),
    zone=st.sampled_from(["Africa/Lusaka", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland"]),
    hours=st.sampled_from(["always", WEEK, {"sat": ("22:00-06:00",)}]),
)
def test_a_call_back_is_never_in_the_past_and_never_at_an_hour_that_is_not_safe(
    when: str, now: int, zone: str, hours: object
) -> None:
    line = a_line(zone, hours)
    called = next_safe_time(line, when, now)
    assert called >= now
    assert is_safe(line, when, called)
    assert called - now <= 14 * 24 * HOUR
    if called > now:
        assert called % HOUR == 0


def test_who_said_nothing_of_it_may_be_called_at_any_hour() -> None:
    assert all(is_safe(a_line(), None, at(f"2027-01-18T{hour:02d}:00")) for hour in range(24))


def test_one_who_said_morning_is_not_called_at_night() -> None:
    safe = [hour for hour in range(24) if is_safe(a_line(), "morning", at(f"2027-01-18T{hour:02d}:30"))]
    assert safe == [8, 9, 10, 11]
