"""One course of events, followed by hand."""

from collections.abc import Iterable
from dataclasses import replace

from helpline.simulation.queueing import Answering, Arrival, Busy, Course, Duty, Simulation
from routing.index import Floor
from routing.model import Channel, Level, Role, Stage, WorkerState
from routing.planner import Policies
from routing.policy import SECOND, LinePolicy

COUNSELLOR, INTERPRETER = frozenset({Role.COUNSELLOR}), frozenset({Role.INTERPRETER})
ENGLISH, SOMALI = {"en": Level.FLUENT}, {"so": Level.FLUENT, "en": Level.FLUENT}

ANN = WorkerState("ann", COUNSELLOR, ENGLISH, idle_since=1)
BEN = WorkerState("ben", COUNSELLOR, ENGLISH, idle_since=2)
IFRAH = WorkerState("ifrah", INTERPRETER, SOMALI)


def caller(id: str, at: float, talk: float = 60, patience: float | None = None, **more: object) -> Arrival:
    waits = None if patience is None else round(patience * SECOND)
    arrival = Arrival(id, round(at * SECOND), "en", round(talk * SECOND), patience=waits)
    return replace(arrival, **more)  # type: ignore[arg-type]


def course(
    workers: Iterable[WorkerState],
    callers: Iterable[Arrival],
    duty: Iterable[Duty] = (),
    answering: Answering | None = None,
) -> Course:
    return Simulation(Floor(Policies({"line": LinePolicy()})), workers, duty, answering).run(callers)


def story(happened: Course) -> list[tuple[str, float | None, float | None, tuple[str, ...]]]:
    """Who, answered when, given up when, by whom."""
    return [
        (
            one.arrival.id,
            None if one.answered_at is None else one.answered_at / SECOND,
            None if one.left_at is None else one.left_at / SECOND,
            one.workers,
        )
        for one in happened.outcomes
    ]


def test_who_comes_first_is_answered_first_and_who_waits_too_long_gives_up() -> None:
    happened = course([ANN], [caller("a", 0), caller("b", 10), caller("c", 20, patience=30), caller("d", 30)])
    assert story(happened) == [
        ("a", 0, None, ("ann",)),
        ("b", 60, None, ("ann",)),
        ("c", None, 50, ()),
        ("d", 120, None, ("ann",)),
    ]
    assert [one.wait / SECOND for one in happened.outcomes] == [0, 50, 30, 90]
    assert happened.busy[0] == Busy("ann", 0, 60 * SECOND)


def test_the_longest_idle_is_who_gave_back_the_longest_ago() -> None:
    """Ann was given something first and took longer: Ben has been idle for longer."""
    happened = course([ANN, BEN], [caller("a", 0, talk=90), caller("b", 1, talk=10), caller("c", 100)])
    assert story(happened)[2] == ("c", 100, None, ("ben",))


def test_the_record_keeps_the_counsellor_and_an_interpreter_is_free_before() -> None:
    happened = course(
        [ANN, IFRAH],
        [caller("a", 0, talk=60, wrap_up=40 * SECOND, language="so")],
        answering=Answering(bridge_factor=1.5),
    )
    assert story(happened) == [("a", 0, None, ("ann", "ifrah"))]
    assert happened.outcomes[0].stage is Stage.PAIR
    assert happened.busy == [Busy("ifrah", 0, 90 * SECOND), Busy("ann", 0, 130 * SECOND)]


def test_who_declines_is_kept_out_of_the_way_and_the_place_is_kept() -> None:
    answers = iter([0.0, 0.9, 0.9])  # the first offer is declined
    ringing = Answering(delay=5 * SECOND, declined=0.5, chance=lambda: next(answers))
    happened = course([ANN, BEN], [caller("a", 0)], answering=ringing)
    assert story(happened) == [("a", 10, None, ("ben",))]


def test_who_gives_up_while_it_rings_leaves_the_worker_free_for_the_next() -> None:
    ringing = Answering(delay=5 * SECOND)
    happened = course([ANN], [caller("a", 0, patience=3), caller("b", 1)], answering=ringing)
    assert story(happened) == [("a", None, 3, ()), ("b", 8, None, ("ann",))]


def test_nobody_new_after_duty_ends_and_what_was_begun_is_finished() -> None:
    absent = replace(ANN, available=False)
    duty = [Duty(10 * SECOND, "ann", True), Duty(50 * SECOND, "ann", False)]
    happened = course([absent], [caller("a", 0), caller("b", 20, patience=100), caller("c", 80)], duty)
    assert story(happened) == [("a", 10, None, ("ann",)), ("b", None, 120, ()), ("c", None, None, ())]
    assert happened.busy == [Busy("ann", 10 * SECOND, 70 * SECOND)]


def test_a_stage_opens_by_time_alone() -> None:
    learner = replace(ANN, languages={"en": Level.BASIC})
    assert story(course([learner], [caller("a", 0)])) == [("a", 20, None, ("ann",))]


def test_three_chats_at_once_are_one_busy_time() -> None:
    typing = replace(ANN, capacity_text=3)
    chats = [caller(name, at, talk=30, channel=Channel.WEBCHAT) for at, name in enumerate("abcd")]
    happened = course([typing], chats)
    assert [when for _, when, _, _ in story(happened)] == [0, 1, 2, 30]
    assert happened.busy == [Busy("ann", 0, 60 * SECOND)]


def test_the_same_chances_give_the_same_course() -> None:
    callers = [caller(f"{number:03}", number * 7, talk=50 + number % 13, patience=40) for number in range(200)]
    assert course([ANN, BEN], callers) == course([ANN, BEN], callers)
