"""Whatever happens, in whatever order, the floor keeps its promises.

A small helpline runs: children arrive, hang up, drop and call again; workers come, go, accept, decline, stay silent,
hand over, bridge and finish; courts ask for interpreters. After nearly every event the floor plans, and what it
planned is held against the promises, and against the plan by its definition. Many days are lived at random from the
run's seed; hypothesis lives some more, and shortens a day that goes wrong.
"""

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from routing.model import Decision, Role, Seeking, Stage, WaitingContact, WorkerState
from routing.planner import plan_reference
from routing.policy import SECOND
from tests.property.routing_helpline import Miniature, World
from tests.property.routing_promises import (
    could_have,
    could_pair,
    goes_before,
    just_refused,
    language_matches,
    pairs_may_come,
    recently,
)


class Helpline(Miniature):
    """The helpline and its promises. The mutants override what they break."""

    by_definition = True

    def lives(self, event: str, chance: random.Random) -> None:
        """An event of EVENTS, if it can happen now, and what the promises say of it."""
        getattr(self, event)(chance)
        if self.busy:
            self.busy -= 1
        else:
            self.the_promises_hold()

    # The promises

    def the_promises_hold(self) -> None:
        workers, waiting = list(self.world.workers.values()), list(self.world.waiting.values())
        plan = self.floor.plan(self.now, self.cut) + self.floor.plan(self.now)
        self.cut = 0
        for decision in plan:
            self.is_right(decision)
        self.nobody_is_left()
        if self.by_definition:
            assert plan == plan_reference(workers, waiting, self.policies, self.now)
            assert plan == plan_reference(workers[::-1], waiting[::-1], self.policies, self.now)
            assert {one.id: one for one in self.floor.workers()} == self.world.workers
            assert {one.id: one for one in self.floor.contacts()} == self.world.waiting
            self.nothing_happens_before_the_floor_asks()

    def is_right(self, decision: Decision) -> None:
        world, contact, now = self.world, world_contact(self.world, decision), self.now
        given = [world.workers[worker_id] for _, worker_id in decision.workers]
        load_class = contact.channel.load_class
        assert len({one.id for one in given}) == len(given), "one person twice"
        for one in given:
            assert one.available, "off duty"
            assert one.load(load_class) < one.capacity(load_class), "over capacity"
            assert one.id not in contact.avoid, "one to be avoided"
            assert not (contact.gender_required and one.gender is not contact.gender_wish), "a required wish"
            assert not just_refused(one, contact, now), "the refuser again"
        if decision.stage is Stage.PAIR and contact.seeking is Seeking.ANYONE:
            self.is_a_right_pair(decision, contact)
        else:
            assert len(given) == 1, "more than was sought"
            role = Role.INTERPRETER if contact.seeking is Seeking.INTERPRETER else Role.COUNSELLOR
            assert decision.workers[0][0] is role, "the wrong seat"
            assert language_matches(given[0], contact, decision.stage, now), "language and stage"
        staff = list(world.workers.values())
        for other in world.waiting.values():
            if goes_before(other, contact, now) and any(had_by(one, other, staff, now) for one in given):
                raise AssertionError(f"{other.id} was passed by {contact.id}")
        del world.waiting[contact.id]
        world.held[contact.id] = decision
        for one in given:
            world.workers[one.id] = one.with_load(load_class, 1)

    def is_a_right_pair(self, decision: Decision, contact: WaitingContact) -> None:
        staff, now = list(self.world.workers.values()), self.now
        assert [role for role, _ in decision.workers] == [Role.COUNSELLOR, Role.INTERPRETER], "both or neither"
        counsellor, interpreter = (self.world.workers[worker_id] for _, worker_id in decision.workers)
        bridge = decision.reasons.bridge
        assert bridge is not None
        assert bridge.relay != contact.language, "no relay"
        assert bridge.counsellor_level is counsellor.languages.get(bridge.relay or ""), "no relay"
        assert bridge.interpreter_level is interpreter.languages.get(bridge.relay or ""), "no relay"
        assert pairs_may_come(contact, staff, now), "a pair too early"
        assert could_pair(counsellor, interpreter, contact, now), "no right pair"
        for one in staff:
            if Role.COUNSELLOR in one.roles and not recently(one, contact, now):
                assert not could_have(one, contact, now), "two where one would do"

    def nobody_is_left(self) -> None:
        staff = list(self.world.workers.values())
        for contact in self.world.waiting.values():
            for one in staff:
                assert not had_by(one, contact, staff, self.now), f"{contact.id} waits while {one.id} is free"

    def nothing_happens_before_the_floor_asks(self) -> None:
        asks = self.floor.next_change(self.now)
        assert asks is None or asks > self.now, "it would be asked for ever"
        moment = self.now + 1_000 * SECOND if asks is None else asks - 1
        assert not plan_reference(self.world.workers.values(), self.world.waiting.values(), self.policies, moment), (
            "a door opens that the floor does not know of"
        )


def had_by(worker: WorkerState, contact: WaitingContact, staff: list[WorkerState], now: int) -> bool:
    """Whether the worker could have it, alone or as the interpreter or the counsellor of a pair."""
    if could_have(worker, contact, now):
        return True
    return pairs_may_come(contact, staff, now) and any(
        could_pair(worker, other, contact, now) or could_pair(other, worker, contact, now) for other in staff
    )


def world_contact(world: World, decision: Decision) -> WaitingContact:
    assert decision.contact_id in world.waiting, "it does not wait: given twice?"
    assert decision.contact_id not in world.held, "two live assignments"
    contact = world.waiting[decision.contact_id]
    assert contact.version == decision.contact_version, "by an old state"
    return contact


EVENTS = [
    *["calls"] * 4,
    *["comes_on_duty", "is_done", "time_passes", "time_passes_until_the_floor_asks", "is_let_pass"] * 2,
    "an_institution_asks",
    "one_of_a_bridge_is_lost",
    "adds_an_interpreter",
    "goes_away_or_comes_back",
    "goes_home",
    "changes_while_waiting",
    "hangs_up",
    "drops_and_comes_back",
    "is_handed_over",
    "claim_fails",
    "something_stale_arrives",
    "the_next_plan_is_made_in_two_parts",
    "the_dispatcher_is_busy",
]


def live_days(kind: type[Helpline], seed: int) -> None:
    for day in range(800):
        chance, helpline = random.Random(f"{seed} {day}"), kind(bridging=day % 2 == 1)
        for _ in range(8 if helpline.bridging else 0):
            helpline.lives("comes_on_duty", chance)
        for _ in range(60):
            helpline.lives(chance.choice(EVENTS), chance)


class Day(RuleBasedStateMachine):
    """A day that hypothesis makes up."""

    bridging = False

    def __init__(self) -> None:
        super().__init__()
        self.helpline = Helpline(self.bridging)

    @rule(event=st.sampled_from(EVENTS), chance=st.randoms(use_true_random=False))
    def something_happens(self, event: str, chance: random.Random) -> None:
        self.helpline.lives(event, chance)


def test_the_floor_keeps_its_promises_on_many_days(seed: int) -> None:
    live_days(Helpline, seed)


class DayOfBridges(Day):
    bridging = True


@pytest.mark.parametrize("day", [Day, DayOfBridges])
def test_the_floor_keeps_its_promises_on_days_made_up_to_break_them(day: type[Day]) -> None:
    run_state_machine_as_test(day, settings=settings(max_examples=100, stateful_step_count=30))
