"""The ladder, step by step, as it is read in the table."""

import pytest

from config.ladders import Ladder, Rung, Tell
from helpline.clock import MINUTE, SECOND
from helpline.protection.ladder import (
    HASTE_S,
    Acknowledged,
    CallOff,
    Due,
    Failed,
    Mended,
    Restarted,
    TellRung,
    Told,
    begin,
    step,
)

NOON = 1_800_000_000 * SECOND
THREE = Ladder(
    repeat_s=120,
    rungs=(
        Rung(tell=(Tell(role="supervisor", how="console"),), wait_s=90),
        Rung(tell=(Tell(role="supervisor", how="voice"),), wait_s=210),
        Rung(tell=(Tell(post="manager_on_call", how="voice"),)),
    ),
)


def told(*pages: str) -> Told:
    return Told(frozenset(pages))


def test_nobody_answers_and_every_rung_is_told_in_its_turn_and_the_last_again_and_again() -> None:
    state, effects, due = begin(THREE, NOON)
    heard = []
    for _ in range(5):
        assert due is not None
        (tell,) = effects
        heard.append((tell, due - state.due))
        state, effects, due = step(THREE, state, told("a page"), state.due)
        assert effects == () and due is not None
        state, effects, due = step(THREE, state, Due(), due)
    rounds = [(tell.rung, tell.round) for tell, _ in heard if isinstance(tell, TellRung)]
    assert rounds == [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2)]
    assert state.ended is None


def test_each_rung_waits_as_long_as_it_says_from_the_moment_at_which_it_was_told() -> None:
    state, _, due = begin(THREE, NOON)
    assert due == NOON + 90 * SECOND
    late = NOON + 7 * MINUTE
    state, effects, due = step(THREE, state, Due(), late)
    assert effects == (TellRung(1, 0),)
    assert due == late + 210 * SECOND


def test_a_timer_that_is_early_or_comes_twice_tells_nobody() -> None:
    state, _, due = begin(THREE, NOON)
    state, effects, again = step(THREE, state, Due(), NOON + SECOND)
    assert (effects, again) == ((), due)
    state, _, due = step(THREE, state, Due(), state.due)
    assert step(THREE, state, Due(), NOON + 90 * SECOND) == (state, (), due)


def test_a_page_that_cannot_be_delivered_is_silence_at_once() -> None:
    state, _, _ = begin(THREE, NOON)
    state, _, _ = step(THREE, state, told("sms"), NOON)
    _, effects, due = step(THREE, state, Failed("sms"), NOON + 2 * SECOND)
    assert effects == (TellRung(1, 0),)
    assert due == NOON + 212 * SECOND


def test_while_another_page_of_the_rung_may_be_answered_it_is_waited_for() -> None:
    state, _, due = begin(THREE, NOON)
    state, _, _ = step(THREE, state, told("sms", "console"), NOON)
    _, effects, again = step(THREE, state, Failed("sms"), NOON + 2 * SECOND)
    assert (effects, again) == ((), due)


def test_a_page_of_an_earlier_rung_that_fails_late_changes_nothing() -> None:
    state, _, _ = begin(THREE, NOON)
    state, _, _ = step(THREE, state, told("sms"), NOON)
    state, _, due = step(THREE, state, Due(), NOON + 90 * SECOND)
    state, _, _ = step(THREE, state, told("call"), NOON + 90 * SECOND)
    assert step(THREE, state, Failed("sms"), NOON + 91 * SECOND) == (state, (), due)


def test_a_rung_that_reaches_nobody_is_left_at_once() -> None:
    state, _, _ = begin(THREE, NOON)
    state, effects, _ = step(THREE, state, told(), NOON)
    assert effects == (TellRung(1, 0),)


def test_the_last_rung_is_tried_again_soon_when_it_cannot_be_delivered_but_never_at_once() -> None:
    state, _, _ = begin(THREE, NOON)
    for _ in range(2):
        state, _, _ = step(THREE, state, told(), NOON)
    state, effects, due = step(THREE, state, told("call"), NOON)
    assert (effects, due) == ((), NOON + 120 * SECOND)
    state, effects, due = step(THREE, state, Failed("call"), NOON + SECOND)
    assert (effects, due) == ((), NOON + SECOND + HASTE_S * SECOND)


def test_an_acknowledgement_stops_it_for_good() -> None:
    state, _, _ = begin(THREE, NOON)
    state, effects, due = step(THREE, state, Acknowledged("banda"), NOON + SECOND)
    assert (effects, due) == ((CallOff(),), None)
    assert state.ended == "banda"
    for event in (Due(), Failed("sms"), told(), Acknowledged("phiri"), Restarted()):
        assert step(THREE, state, event, NOON + MINUTE) == (state, (), None)


def test_nobody_in_particular_acknowledges_nothing() -> None:
    state, _, _ = begin(THREE, NOON)
    with pytest.raises(ValueError, match="name"):
        step(THREE, state, Acknowledged(""), NOON)


def test_a_concern_is_not_mended_by_itself_and_a_line_without_people_is() -> None:
    state, _, due = begin(THREE, NOON)
    assert step(THREE, state, Mended(), NOON) == (state, (), due)
    state, _, _ = begin(THREE, NOON, mends=True)
    state, effects, due = step(THREE, state, Mended(), NOON)
    assert (state.ended, effects, due) == ("mended", (CallOff(),), None)


def test_a_clock_that_was_two_hours_ahead_leaves_no_deadline_in_the_far_future() -> None:
    state, _, _ = begin(THREE, NOON + 120 * MINUTE)
    state, effects, due = step(THREE, state, Restarted(), NOON)
    assert (effects, due) == ((), NOON + 90 * SECOND)
