"""What usually comes to a line, learned by the hour of the week."""

from helpline.clock import DAY, HOUR
from helpline.protection.silence import ODD, expected

WEEK_H = 168
NOW_H = 480_000
NOW = NOW_H * HOUR


def busy(per_hour: int, hours: range = range(24)) -> dict[int, int]:
    """Four weeks in which so many came in each of these hours of every day."""
    return {hour: per_hour for hour in range(NOW_H - 4 * WEEK_H, NOW_H) if hour % 24 in hours}


def test_an_hour_is_as_that_hour_of_that_weekday_usually_is() -> None:
    assert expected(busy(4), NOW - 2 * HOUR, NOW) == 8.0
    assert expected(busy(4), NOW - HOUR // 2, NOW) == 2.0


def test_a_night_that_is_always_silent_is_not_odd() -> None:
    day = busy(10, range(8, 20))
    night_ends = NOW - NOW % DAY + 8 * HOUR
    assert expected(day, night_ends - 12 * HOUR, night_ends) == 0.0
    assert expected(day, night_ends, night_ends + HOUR) >= ODD


def test_a_quiet_line_is_odd_only_after_days() -> None:
    rare = dict.fromkeys(range(NOW_H - 4 * WEEK_H, NOW_H, 24), 1)
    assert expected(rare, NOW - 2 * DAY, NOW) < ODD
    assert expected(rare, NOW - 9 * DAY, NOW) >= ODD


def test_one_busy_hour_of_one_week_counts_a_quarter() -> None:
    assert expected({NOW_H - WEEK_H: 8}, NOW - WEEK_H * HOUR, NOW - (WEEK_H - 1) * HOUR) == 2.0
