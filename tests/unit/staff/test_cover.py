"""Who is late, and which hours have nobody who speaks a language."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from config.lines import Line
from helpline.clock import HOUR, MINUTE, SECOND
from helpline.errors import Invalid
from helpline.staff.cover import Gap, SharedGap, cover, gaps, shared, span, standing
from helpline.store.shifts import Member, Presence, Shift

LUSAKA, BERLIN = ZoneInfo("Africa/Lusaka"), ZoneInfo("Europe/Berlin")
EIGHT = int(datetime(2027, 1, 18, 8, tzinfo=UTC).timestamp()) * SECOND


def line(**changes: object) -> Line:
    given = {
        "id": "children", "name": "116", "addresses": ("116",), "caller_id": "116", "fallback_number": "117",
        "script": "children", "own_language": "en", "menu": ("en", "so"), "timezone": "UTC", **changes,
    }  # fmt: skip
    return Line.model_validate(given)


def somebody(name: str, *languages: str, roles: str = "counsellor", lines: tuple[str, ...] | None = None) -> Member:
    return Member(name, name, tuple(roles.split()), lines, languages, Presence("off", 0))


def shift(worker: str, begins: float, ends: float, of_line: str | None = None) -> Shift:
    """In hours after eight."""
    return Shift(f"{worker}-{begins}", worker, EIGHT + int(begins * HOUR), EIGHT + int(ends * HOUR), of_line)


@pytest.mark.parametrize(
    ("state", "since_h", "now_min", "said"),
    [
        ("off", -9, -60, "due"),
        ("available", -1, -30, "here"),
        ("off", -9, 0, "expected"),
        ("off", -9, 4, "expected"),
        ("off", -9, 5, "late"),
        ("off", -9, 200, "late"),
        ("available", 0.1, 10, "here"),
        ("break", 0.1, 10, "here"),
        ("away", 0.1, 10, "here"),
        ("off", 0.5, 60, "left"),
        ("off", -9, 240, "over"),
    ],
)
def test_whoever_is_due_stands_somewhere(state: str, since_h: float, now_min: int, said: str) -> None:
    presence = Presence(state, EIGHT + int(since_h * HOUR))
    assert standing(shift("amina", 0, 4), presence, EIGHT + now_min * MINUTE) == said


def test_an_hour_counts_the_fewest_who_are_there_at_any_moment_of_it() -> None:
    staff = (somebody("amina", "so", "en"), somebody("bwalya", "en"))
    written = (shift("amina", 0, 2.5), shift("bwalya", 1, 4))
    found = cover(written, staff, line(), ("en", "so"), EIGHT + 20 * MINUTE, 4)
    assert [hour.at for hour in found] == [EIGHT + n * HOUR for n in range(4)]
    assert [hour.there["en"] for hour in found] == [1, 2, 1, 1]
    assert [hour.there["so"] for hour in found] == [1, 1, 0, 0], "from half past ten nobody speaks Somali"


def test_one_who_takes_over_at_the_minute_leaves_no_gap() -> None:
    staff = (somebody("amina", "so"), somebody("abdi", "so"))
    found = cover((shift("amina", 0, 1.5), shift("abdi", 1.5, 3)), staff, line(), ("so",), EIGHT, 3)
    assert [hour.there["so"] for hour in found] == [1, 1, 1]


def test_two_entries_of_one_person_are_one_person() -> None:
    staff = (somebody("amina", "so"),)
    found = cover((shift("amina", 0, 2), shift("amina", 0, 1, "children")), staff, line(), ("so",), EIGHT, 1)
    assert found[0].there["so"] == 1


def test_interpreters_other_lines_and_strangers_do_not_count() -> None:
    staff = (
        somebody("yusuf", "so", roles="interpreter"),
        somebody("mary", "so", lines=("violence",)),
        somebody("amina", "so"),
    )
    written = (shift("yusuf", 0, 1), shift("mary", 0, 1), shift("amina", 0, 1, "violence"), shift("gone", 0, 1))
    assert cover(written, staff, line(), ("so",), EIGHT, 1)[0].there["so"] == 0


def test_hours_on_end_without_anybody_are_one_gap_and_closed_hours_are_none() -> None:
    staff = (somebody("amina", "so", "en"),)
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("08:00-13:00",))
    found = cover((shift("amina", 1, 3),), staff, line(hours=week), ("en", "so"), EIGHT, 8)
    assert gaps(found, ("so",)) == (Gap("so", EIGHT, EIGHT + HOUR), Gap("so", EIGHT + 3 * HOUR, EIGHT + 5 * HOUR))
    both = gaps(found, ("en", "so"))
    assert [gap.begins for gap in both] == sorted(gap.begins for gap in both) and len(both) == 4


def test_languages_that_lack_somebody_in_the_same_hours_are_told_together() -> None:
    found = (Gap("so", EIGHT, EIGHT + HOUR), Gap("am", EIGHT, EIGHT + HOUR), Gap("en", EIGHT + HOUR, EIGHT + 2 * HOUR))
    assert shared(found) == (
        SharedGap(("so", "am"), EIGHT, EIGHT + HOUR),
        SharedGap(("en",), EIGHT + HOUR, EIGHT + 2 * HOUR),
    )


def hours(begins_and_ends: tuple[int, int]) -> float:
    return (begins_and_ends[1] - begins_and_ends[0]) / HOUR


def test_a_shift_is_written_down_in_the_time_of_the_place() -> None:
    begins, ends = span(date(2027, 1, 18), time(8), time(16), LUSAKA)
    assert (begins, ends) == (EIGHT - 2 * HOUR, EIGHT + 6 * HOUR)
    assert hours(span(date(2027, 1, 18), time(22), time(6), LUSAKA)) == 8, "it ends on the next day"
    assert hours(span(date(2027, 1, 18), time(8), time(8), LUSAKA)) == 24


def test_the_night_in_which_the_clocks_change_is_as_long_as_it_is() -> None:
    assert hours(span(date(2026, 3, 28), time(22), time(6), BERLIN)) == 7
    assert hours(span(date(2026, 10, 24), time(22), time(6), BERLIN)) == 9
    assert hours(span(date(2026, 10, 25), time(2, 30), time(2, 45), BERLIN)) == 1.25, "a time that comes twice: both"
    with pytest.raises(Invalid) as skipped:
        span(date(2026, 3, 29), time(2, 30), time(6), BERLIN)
    assert skipped.value.code == "time_skipped"
