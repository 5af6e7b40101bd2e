"""What counts where, as tables; nothing divided by nothing is a number nowhere."""

import pytest

from helpline.clock import HOUR, MINUTE, SECOND
from helpline.interpreting.statements import Filled, together
from helpline.reports import metrics
from helpline.reports.metrics import Asked, Group, Met


@pytest.mark.parametrize(
    ("values", "p50", "p90"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([3, 1, 2], 2, 3),
        (list(range(1, 11)), 5, 9),
        (list(range(1, 12)), 6, 10),
        ([5] * 99 + [1000], 5, 5),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[int], p50: int | None, p90: int | None) -> None:
    assert (metrics.percentile(values, 0.5), metrics.percentile(values, 0.9)) == (p50, p90)


def test_a_share_of_nothing_is_no_number() -> None:
    assert metrics.rate(0, 0) is None and metrics.rate(0, 4) == 0.0 and metrics.rate(3, 4) == 0.75
    empty = metrics.timing("bridge", "ti", [])
    assert (empty.conversations, empty.p50, empty.p90, empty.within_good) == (0, None, None, None)
    assert together(metrics.filled_requests([])).rate is None


@pytest.mark.parametrize(
    ("met", "time"),
    [
        (Met("bridge", "ti", known_at=0, met_at=40 * SECOND), 40 * SECOND),
        (Met("request", "ti", known_at=0, met_at=HOUR + 20 * SECOND, due_at=HOUR), 20 * SECOND),
        (Met("request", "ti", known_at=HOUR, met_at=HOUR + MINUTE, due_at=0), MINUTE),
        (Met("bridge", "so", known_at=0, met_at=HOUR + MINUTE, asked_at=HOUR), MINUTE),
        (Met("bridge", "so", known_at=0, met_at=MINUTE, asked_at=HOUR), MINUTE),
        (Met("bridge", "so", known_at=HOUR, met_at=MINUTE), 0),
    ],
    ids=["known to spoken", "not before the day", "after the day began", "added in the middle", "asked for later again",
         "there already"],
)  # fmt: skip
def test_time_to_an_interpreter_runs_from_the_language_being_known(met: Met, time: int) -> None:
    assert met.time == time


def test_times_stand_by_language_and_source_with_the_share_that_is_a_good_service() -> None:
    met = [Met("bridge", "ti", 0, seconds * SECOND) for seconds in (10, 30, 31, 200)]
    request = Met("request", "ti", 0, 5 * SECOND)
    bridges, requests = metrics.timings([*met, request])
    assert (bridges.source, bridges.conversations, bridges.p50, bridges.p90) == ("bridge", 4, 30 * SECOND, 200 * SECOND)
    assert bridges.within_good == 0.5 and requests.within_good == 1.0


def test_the_fill_rate_leaves_out_what_the_requester_took_back_and_what_is_open() -> None:
    asked = [Asked("ti", outcome, 10) for outcome in ("served", "served", "nobody_came", "cancelled", "unreached")]
    (tigrinya,) = metrics.filled_requests([*asked, Asked("ti", None, 99)])
    assert tigrinya == Filled("ti", requested=5, withdrawn=2, filled=2, minutes=50) and tigrinya.rate == 2 / 3
    (withdrawn,) = metrics.filled_requests([Asked("so", "cancelled")])
    assert withdrawn.rate is None, "nothing was left to fill"
    booked = [Filled("ti", 3, 0, 3, 120), Filled("fr", 1, 0, 0, 0)]
    assert [one.language for one in metrics.joined([tigrinya], booked)] == ["ti", "fr"]
    assert metrics.joined([tigrinya], booked)[0] == Filled("ti", 8, 2, 5, 170)


def test_children_of_a_group_count_once_however_often_they_were_asked_for() -> None:
    total = metrics.children([Group(0, 14, 3), Group(2, 1)])
    assert (total.children, total.girls, total.boys, total.asked) == (17, 2, 15, 4)
    assert metrics.children([]) == Group(0, 0, 0)
