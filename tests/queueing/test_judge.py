"""The router against exact results: Erlang-C, Erlang-A, strict priorities, the N-model; and against mistakes."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from helpline.simulation.queueing import Outcome, Simulation
from routing.index import Floor
from routing.model import Level, WaitingContact, WorkerState
from routing.planner import Policies
from routing.policy import LinePolicy
from tests.queueing.judge import CASES, PRIORITIES, RATES, Case, Kind, arrivals, faults, workers


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_floor_is_as_theory_says(case: Case, seed: int) -> None:
    assert not faults(case, seed)


# Wait ÷ target by its limits, where each single turn is looked at


def course(case: Case, seed: int, contacts: int = 6_000) -> list[Outcome]:
    floor = Floor(Policies({"line": case.policy}))
    return Simulation(floor, workers(case.speak)).run(arrivals(case, contacts, random.Random(seed))).outcomes


def overtaken(outcomes: Sequence[Outcome], may: dict[str, int]) -> list[tuple[Outcome, Outcome]]:
    """Pairs of which the second was answered while the first waited, though it is of no earlier class and came later.

    ``may``: the class of each priority.
    """
    found = []
    waiting: list[Outcome] = []
    events = sorted(
        [(one.arrival.at, 0, one) for one in outcomes] + [(one.answered_at or 0, 1, one) for one in outcomes],
        key=lambda event: (event[0], event[1]),
    )
    for _, answered, one in events:
        if not answered:
            waiting.append(one)
            continue
        waiting.remove(one)
        turn = (may[one.arrival.priority], one.arrival.at)
        found += [(other, one) for other in waiting if (may[other.arrival.priority], other.arrival.at) < turn]
    return found


def test_with_equal_targets_it_is_first_come_first_served_whatever_the_priorities(seed: int) -> None:
    equal = replace(PRIORITIES, policy=LinePolicy(targets_s=dict.fromkeys(RATES, 60.0), default_priority="third"))
    outcomes = course(equal, seed)
    assert sum(one.wait > 0 for one in outcomes) > 1_000
    answered = [one.answered_at or 0 for one in outcomes]
    assert all(before <= after for before, after in pairwise(answered))
    assert not overtaken(outcomes, dict.fromkeys(RATES, 0))


def test_with_targets_far_apart_nobody_of_an_earlier_class_is_left_waiting(seed: int) -> None:
    outcomes = course(PRIORITIES, seed)
    assert not overtaken(outcomes, {name: number for number, name in enumerate(RATES)})
    assert overtaken(outcomes, dict.fromkeys(RATES, 0)), "nobody was before anybody: the classes made no difference"


def test_with_targets_in_between_a_long_wait_beats_a_better_class(seed: int) -> None:
    """So that neither of the two limits is what the floor always does."""
    middle = replace(PRIORITIES, policy=replace(PRIORITIES.policy, targets_s={"first": 1, "second": 2, "third": 4}))
    outcomes = course(middle, seed)
    assert overtaken(outcomes, {name: number for number, name in enumerate(RATES)})
    assert overtaken(outcomes, dict.fromkeys(RATES, 0))


# Mistakes that theory is to notice


class TheLastComesFirst(Floor):
    def put_contact(self, contact: WaitingContact) -> None:
        super().put_contact(replace(contact, first_arrival=2**60 - contact.first_arrival))


class NobodyIsKeptFree(Floor):
    def __init__(self, policies: Policies) -> None:
        super().__init__(Policies({line: replace(one, scarcity=False) for line, one in policies.lines.items()}))


class SpeakersOfTheRareGoFirst(Floor):
    """Scarcity the wrong way round, as they look longest idle."""

    def put_worker(self, state: WorkerState) -> None:
        super().put_worker(replace(state, idle_since=0 if "so" in state.languages else state.idle_since))


class PrioritiesAreNotLookedAt(Floor):
    def put_contact(self, contact: WaitingContact) -> None:
        super().put_contact(replace(contact, priority="first"))


class SomebodyIsForgotten(Floor):
    """The third never has room again."""

    def put_worker(self, state: WorkerState) -> None:
        super().put_worker(replace(state, load_voice=1) if state.id.endswith("02") else state)


class OneHasTwoAtOnce(Floor):
    def put_worker(self, state: WorkerState) -> None:
        super().put_worker(replace(state, capacity_voice=2) if state.id.endswith("02") else state)


class TheLanguageIsDropped(Floor):
    def put_worker(self, state: WorkerState) -> None:
        super().put_worker(replace(state, languages={"en": Level.FLUENT, "so": Level.FLUENT}))


A9, N_PLAIN, N_SCARCE = CASES[2], CASES[5], CASES[6]


@pytest.mark.parametrize(
    ("mistake", "case"),
    [
        (TheLastComesFirst, A9),
        (NobodyIsKeptFree, N_SCARCE),
        (SpeakersOfTheRareGoFirst, N_PLAIN),
        (PrioritiesAreNotLookedAt, PRIORITIES),
        (SomebodyIsForgotten, A9),
        (OneHasTwoAtOnce, A9),
        (TheLanguageIsDropped, N_PLAIN),
    ],
    ids=lambda what: what.__name__ if isinstance(what, type) else what.name,
)
def test_theory_notices(mistake: type[Floor], case: Case, seed: int) -> None:
    """At once, on so few contacts: each lies five errors and more outside on half of them."""
    assert faults(replace(case, contacts=20_000), seed, mistake, times=1)


def test_theory_notices_one_caller_in_seven_too_many(seed: int) -> None:
    """How fine the judge is."""
    assert faults(replace(A9, kinds=(Kind(9 * 8 / 7, patience=2),), contacts=20_000), seed, times=1)
