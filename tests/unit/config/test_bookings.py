"""The numbers of bookings: ours can be read, and a file that makes no sense is told at its key."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.bookings import AnswerTime, BookingRules
from config.directory import OURS
from config.faults import read_toml


def test_our_file_says_what_is_built_in() -> None:
    assert BookingRules.model_validate(read_toml(Path(OURS) / "bookings.toml")) == BookingRules()


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [{"ahead_h": 1, "minutes": 15}],
        [{"ahead_h": 0, "minutes": 5}, {"ahead_h": 24, "minutes": 60}],
        [{"ahead_h": 24, "minutes": 60}, {"ahead_h": 24, "minutes": 30}, {"ahead_h": 0, "minutes": 5}],
    ],
)
def test_times_to_answer_go_from_far_to_near_and_leave_no_gap(answer: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError, match="from far to near"):
        BookingRules.model_validate({"answer": answer})


@pytest.mark.parametrize("key", ["buffer", "longest", "least_ahead", "keep_days", "quiet_from_h"])
def test_a_number_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        BookingRules.model_validate({key: -1})


def test_the_time_to_answer_is_that_of_the_next_nearer_step() -> None:
    rules = BookingRules(answer=(AnswerTime(ahead_h=10, minutes=100), AnswerTime(ahead_h=0, minutes=5)))
    assert [rules.answer_minutes(minutes) for minutes in (5_000, 600, 599, 0)] == [100, 100, 5, 5]
