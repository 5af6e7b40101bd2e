"""Whatever happens, in whatever order, the floor keeps its promises; and floors that break one are found out.

A small helpline runs: children arrive, hang up, drop and call again; workers come, go, accept, decline, stay silent,
hand over and finish. After every event the floor plans, and what it planned is held against the promises, which are
written down here once more in the plainest way, and against the plan by its definition.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from routing import planner
from routing.free import Worker
from routing.index import Floor
from routing.model import (
    Channel,
    Decision,
    Gender,
    Level,
    LoadClass,
    Passing,
    Refusal,
    Role,
    Stage,
    WaitingContact,
    WorkerState,
)
from routing.planner import Policies, plan_reference
from routing.policy import SECOND, LinePolicy, Stages

START = 1_800_000_000 * SECOND
BASIC, WISH, SUPERVISORS, COOLDOWN, NAMED = 20, 40, 90, 60, 50
STAGES = Stages(basic_after_s=BASIC, wish_after_s=WISH, supervisors_after_s=SUPERVISORS)
TARGETS = {"urgent": 10.0, "normal": 60.0, "as normal": 60.0}
LANGUAGES = ["so", "en", "bem"]


def policies(scarcity: bool) -> Policies:
    policy = LinePolicy(
        targets_s=TARGETS, stages=STAGES, refusal_cooldown_s=COOLDOWN, named_after_s=NAMED, scarcity=scarcity
    )
    return Policies({"116": policy, "933": replace(policy, scarcity=False)})


roles = st.sampled_from(
    [
        frozenset({Role.COUNSELLOR}),
        frozenset({Role.COUNSELLOR}),
        frozenset({Role.SUPERVISOR}),
        frozenset({Role.COUNSELLOR, Role.INTERPRETER}),
        frozenset({Role.INTERPRETER}),
    ]
)
spoken = st.dictionaries(st.sampled_from(LANGUAGES), st.sampled_from(list(Level)), min_size=1)
lines = st.sampled_from([None, None, frozenset({"116"}), frozenset({"116", "933"})])
seldom = st.integers(0, 7).map(lambda number: number == 0)
chance = st.randoms(use_true_random=False)


@dataclass
class World:
    """What the database would know."""

    workers: dict[str, WorkerState] = field(default_factory=dict)
    waiting: dict[str, WaitingContact] = field(default_factory=dict)
    held: dict[str, Decision] = field(default_factory=dict)


class Helpline(RuleBasedStateMachine):
    """The helpline in miniature. The mutants below override what they break."""

    floor_kind: Callable[[Policies], Floor] = Floor

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.policies = policies(scarcity=True)
        self.floor = type(self).floor_kind(self.policies)
        self.world = World()
        self.arrived = 0

    # Events

    @rule(
        number=st.integers(0, 4),
        roles=roles,
        languages=spoken,
        gender=st.sampled_from(list(Gender)),
        lines=lines,
        texts=st.integers(0, 2),
    )
    def comes_on_duty(
        self, number: int, roles: frozenset[Role], languages: dict[str, Level], gender: Gender,
        lines: frozenset[str] | None, texts: int,
    ) -> None:
        known = self.world.workers.get(f"w{number}")
        fresh = WorkerState(
            id=f"w{number}", roles=roles, languages=languages, gender=gender, lines=lines, capacity_text=texts,
            idle_since=self.now,
        )
        if known is not None:
            fresh = replace(
                fresh, load_voice=known.load_voice, load_text=known.load_text, version=known.version + 1
            )
        self.tell_worker(fresh)

    @precondition(lambda self: self.world.workers)
    @rule(chance=chance)
    def goes_away_or_comes_back(self, chance: Any) -> None:
        one = self.world.workers[chance.choice(sorted(self.world.workers))]
        self.tell_worker(replace(one, available=not one.available, version=one.version + 1))

    @precondition(lambda self: len(self.world.waiting) < 12)
    @rule(
        language=st.sampled_from([*LANGUAGES, None]),
        channel=st.sampled_from([Channel.VOICE, Channel.VOICE, Channel.SMS]),
        line=st.sampled_from(["116", "116", "933"]),
        priority=st.sampled_from(sorted(TARGETS)),
        danger=seldom,
        wish=st.sampled_from([None, None, None, Gender.WOMAN, Gender.MAN]),
        required=seldom,
    )
    def calls(
        self, language: str | None, channel: Channel, line: str, priority: str, danger: bool, wish: Gender | None,
        required: bool,
    ) -> None:
        self.arrived += 1
        self.tell_contact(
            WaitingContact(
                id=f"c{self.arrived:03}", version=1, line=line, channel=channel, first_arrival=self.now,
                queued_at=self.now, language=language, priority=priority, danger=danger, gender_wish=wish,
                gender_required=required,
            )
        )

    @precondition(lambda self: self.world.waiting)
    @rule(chance=chance, what=st.sampled_from(["hangs up", "danger", "moved up", "language"]))
    def something_about_one_who_waits(self, chance: Any, what: str) -> None:
        contact = self.world.waiting[chance.choice(sorted(self.world.waiting))]
        if what == "hangs up":
            del self.world.waiting[contact.id]
            self.floor.drop_contact(contact.id)
            return
        changed = {"danger": {"danger": True}, "moved up": {"moved_up": True}, "language": {"language": "en"}}[what]
        self.tell_contact(replace(contact, version=contact.version + 1, **changed))

    @precondition(lambda self: self.world.held)
    @rule(chance=chance, kind=st.sampled_from(list(Passing)), away=st.booleans())
    def is_let_pass(self, chance: Any, kind: Passing, away: bool) -> None:
        decision = self.end_one(chance, away=away and kind is Passing.EXPIRED)
        self.wait_again(decision, refusals=(*decision.contact.refusals, Refusal(holder(decision), self.now, kind)))

    @precondition(lambda self: self.world.held)
    @rule(chance=chance)
    def drops_and_comes_back(self, chance: Any) -> None:
        decision = self.end_one(chance)
        self.wait_again(decision, resumed=True, preferred_worker=holder(decision))

    @precondition(lambda self: self.world.held)
    @rule(chance=chance)
    def is_handed_over(self, chance: Any) -> None:
        decision = self.end_one(chance)
        self.wait_again(
            decision, queued_at=self.now, only_worker=chance.choice(sorted(self.world.workers)), preferred_worker=None
        )

    @precondition(lambda self: self.world.held)
    @rule(chance=chance)
    def is_done(self, chance: Any) -> None:
        self.end_one(chance)

    @precondition(lambda self: self.world.held)
    @rule(chance=chance)
    def claim_fails(self, chance: Any) -> None:
        decision = self.world.held.pop(chance.choice(sorted(self.world.held)))
        self.world.waiting[decision.contact_id] = decision.contact
        self.floor.put_back(decision)
        worker = self.world.workers[holder(decision)]
        self.tell_worker(worker.with_load(decision.contact.channel.load_class, -1))

    @precondition(lambda self: self.world.workers and self.world.waiting)
    @rule(chance=chance)
    def something_stale_arrives(self, chance: Any) -> None:
        contact = self.world.waiting[chance.choice(sorted(self.world.waiting))]
        self.floor.put_contact(replace(contact, version=contact.version - 1, danger=not contact.danger))
        worker = self.world.workers[chance.choice(sorted(self.world.workers))]
        self.floor.put_worker(replace(worker, version=worker.version - 1, load_voice=0, available=True))

    @rule(seconds=st.sampled_from([1, 5, 20, 40, 60]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule()
    def time_passes_until_the_floor_asks(self) -> None:
        self.now = self.floor.next_change(self.now) or self.now

    # What the events do

    def tell_worker(self, state: WorkerState) -> None:
        self.world.workers[state.id] = state
        self.floor.put_worker(state)

    def tell_contact(self, contact: WaitingContact) -> None:
        self.world.waiting[contact.id] = contact
        self.floor.put_contact(contact)

    def end_one(self, chance: Any, away: bool = False) -> Decision:
        decision = self.world.held.pop(chance.choice(sorted(self.world.held)))
        worker = self.world.workers[holder(decision)].with_load(decision.contact.channel.load_class, -1)
        available = worker.available and not away
        self.release(replace(worker, available=available, idle_since=self.now, version=worker.version + 1))
        return decision

    def release(self, worker: WorkerState) -> None:
        self.tell_worker(worker)

    def wait_again(self, decision: Decision, **changed: Any) -> None:
        self.tell_contact(replace(decision.contact, version=decision.contact_version + 1, **changed))

    # The promises

    @invariant()
    def the_promises_hold(self) -> None:
        before = dict(self.world.waiting)
        expected = plan_reference(self.world.workers.values(), before.values(), self.policies, self.now)
        again = plan_reference(
            list(self.world.workers.values())[::-1], list(before.values())[::-1], self.policies, self.now
        )
        plan = self.floor.plan(self.now)
        for decision in plan:
            self.is_right(decision)
        self.nobody_is_left()
        assert plan == expected, "the plan by its definition"
        assert again == expected, "the same floor, the same plan"
        assert {one.id: one for one in self.floor.workers()} == self.world.workers
        assert {one.id: one for one in self.floor.contacts()} == self.world.waiting
        self.nothing_happens_before_the_floor_asks()

    def is_right(self, decision: Decision) -> None:
        world, contact = self.world, world_contact(self.world, decision)
        worker = world.workers[holder(decision)]
        load_class = contact.channel.load_class
        assert worker.available
        assert worker.load(load_class) < worker.capacity(load_class), "over capacity"
        assert language_matches(worker, contact, decision.stage, self.waited(contact)), "language and stage"
        assert not (contact.gender_required and worker.gender is not contact.gender_wish), "a required wish"
        assert not just_refused(worker, contact, self.now), "the refuser again"
        for other in world.waiting.values():
            if goes_before(other, contact, self.now) and could_have(worker, other, self.now):
                raise AssertionError(f"{other.id} was passed by {contact.id}")
        del world.waiting[contact.id]
        world.held[contact.id] = decision
        world.workers[worker.id] = worker.with_load(load_class, 1)

    def nobody_is_left(self) -> None:
        for contact in self.world.waiting.values():
            for worker in self.world.workers.values():
                assert not could_have(worker, contact, self.now), f"{contact.id} waits while {worker.id} is free"

    def nothing_happens_before_the_floor_asks(self) -> None:
        asks = self.floor.next_change(self.now)
        assert asks is None or asks > self.now, "it would be asked for ever"
        moment = self.now + 1_000 * SECOND if asks is None else asks - 1
        assert not plan_reference(
            self.world.workers.values(), self.world.waiting.values(), self.policies, moment
        ), "a door opens that the floor does not know of"

    def waited(self, contact: WaitingContact) -> float:
        return (self.now - contact.first_arrival) / SECOND


def holder(decision: Decision) -> str:
    return decision.workers[0][1]


def world_contact(world: World, decision: Decision) -> WaitingContact:
    assert decision.contact_id in world.waiting, "it does not wait: given twice?"
    assert decision.contact_id not in world.held, "two live assignments"
    contact = world.waiting[decision.contact_id]
    assert contact.version == decision.contact_version
    return contact


def language_matches(worker: WorkerState, contact: WaitingContact, stage: Stage, waited: float) -> bool:
    if contact.language is None:
        return True
    level = worker.languages.get(contact.language)
    soon = contact.danger
    return {
        Stage.FLUENT: level is Level.FLUENT,
        Stage.BASIC: level is Level.BASIC and (soon or waited >= BASIC),
        Stage.SUPERVISORS: level is not None and (soon or waited >= SUPERVISORS),
        Stage.NAMED: level is not None and worker.id == contact.only_worker,
        Stage.SAME_PERSON: level is not None and worker.id == contact.preferred_worker,
    }.get(stage, False)


def just_refused(worker: WorkerState, contact: WaitingContact, now: int) -> bool:
    """Of all whom it passed by, this one was the last, less than the cooldown ago."""
    if not contact.refusals:
        return False
    last = max(contact.refusals, key=lambda one: (one.at, one.worker_id))
    return last.worker_id == worker.id and now < last.at + COOLDOWN * SECOND


def goes_before(one: WaitingContact, other: WaitingContact, now: int) -> bool:
    if one.id == other.id or one.danger != other.danger:
        return one.danger and not other.danger
    front = [contact.resumed or contact.moved_up for contact in (one, other)]
    if not one.danger and front[0] != front[1]:
        return front[0]
    if one.first_arrival == other.first_arrival and TARGETS[one.priority] == TARGETS[other.priority]:
        return one.id < other.id
    if one.danger or front[0] or TARGETS[one.priority] == TARGETS[other.priority]:
        return one.first_arrival < other.first_arrival
    pressures = [(now - contact.first_arrival) / TARGETS[contact.priority] for contact in (one, other)]
    return pressures[0] > pressures[1]


def could_have(worker: WorkerState, contact: WaitingContact, now: int) -> bool:
    """The doors in the plainest words."""
    load_class, wait = contact.channel.load_class, (now - contact.first_arrival) / SECOND
    if not worker.available or worker.load(load_class) >= worker.capacity(load_class):
        return False
    if worker.roles == {Role.INTERPRETER} or (worker.lines is not None and contact.line not in worker.lines):
        return False
    level = worker.languages.get(contact.language) if contact.language else Level.FLUENT
    if level is None or just_refused(worker, contact, now):
        return False
    as_wished = contact.gender_wish in (None, worker.gender)
    if contact.gender_required and not as_wished:
        return False
    if contact.only_worker is not None and now < contact.queued_at + NAMED * SECOND:
        passed = any(
            one.worker_id == contact.only_worker and one.at >= contact.queued_at for one in contact.refusals
        )
        if not passed:
            return worker.id == contact.only_worker
    recently = any(one.worker_id == worker.id and now < one.at + COOLDOWN * SECOND for one in contact.refusals)
    if contact.danger or (worker.id == contact.preferred_worker and not recently):
        return True
    if level is Level.BASIC and wait < BASIC:
        return False
    if Role.COUNSELLOR not in worker.roles and wait < SUPERVISORS:
        return False
    return as_wished or wait >= WISH


def test_the_floor_keeps_its_promises() -> None:
    run_state_machine_as_test(Helpline, settings=settings(max_examples=150, stateful_step_count=40))


# What breaks a promise is found out


class CapacityIsNotChecked(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Worker, "has_room", lambda self, load_class: self.state.capacity(load_class) > 0)
        patch.setattr(Worker, "any_room", lambda self: True)


class OffersAreNotCounted(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Worker, "reserve", lambda self, contact_id, load_class: None)


class AReleaseIsForgotten(Helpline):
    def release(self, worker: WorkerState) -> None:
        self.world.workers[worker.id] = worker


class AContactIsTakenOffAndNotPutBack(Helpline):
    def wait_again(self, decision: Decision, **changed: Any) -> None:
        again = replace(decision.contact, version=decision.contact_version + 1, **changed)
        self.world.waiting[again.id] = again


class TheRefuserIsAskedAgain(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(planner, "barred_worker", lambda contact, policy, now: None)


class TheFirstArrivalIsLost(Helpline):
    def wait_again(self, decision: Decision, **changed: Any) -> None:
        super().wait_again(decision, **changed)
        again = self.world.waiting[decision.contact_id]
        self.floor.put_contact(replace(again, first_arrival=self.now))


class DangerWaitsItsTurn(Helpline):
    def tell_contact(self, contact: WaitingContact) -> None:
        self.world.waiting[contact.id] = contact
        self.floor.put_contact(replace(contact, danger=False))


class DangerIsNoTurnOfItsOwn(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr("routing.waiting.URGENCIES", (0.0, 0.0, 0.0))
        patch.setattr("routing.waiting.WAITED", 9)


class TheLanguageIsDropped(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        learn = Worker.learn

        def learns_everything(self: Worker) -> None:
            learn(self)
            self.tongues = [*((language, Level.FLUENT) for language in LANGUAGES), (None, None)]

        patch.setattr(Worker, "learn", learns_everything)
        patch.setattr("routing.matching.planner.stage_of", lambda level: Stage.FLUENT)


class NoDoorEverOpens(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Floor, "advance", lambda self, now: setattr(self, "_now", max(now, self._now)))


class BasicSpeakersComeAtOnce(Helpline):
    @staticmethod
    def floor_kind(policies: Policies) -> Floor:
        early = Stages(basic_after_s=0, wish_after_s=WISH, supervisors_after_s=SUPERVISORS)
        return Floor(Policies({line: replace(policy, stages=early) for line, policy in policies.lines.items()}))


class AStaleStateCounts(Helpline):
    class Gullible(Floor):
        def put_worker(self, state: WorkerState) -> None:
            known = self.worker(state.id)
            super().put_worker(state if known is None else replace(state, version=known.version + 1))

    floor_kind = Gullible


class APutBackIsForgotten(Helpline):
    class Forgetful(Floor):
        def put_back(self, decision: Decision) -> None:
            """Nothing."""

    floor_kind = Forgetful


MUTANTS = [
    CapacityIsNotChecked,
    OffersAreNotCounted,
    AReleaseIsForgotten,
    AContactIsTakenOffAndNotPutBack,
    TheRefuserIsAskedAgain,
    TheFirstArrivalIsLost,
    DangerWaitsItsTurn,
    DangerIsNoTurnOfItsOwn,
    TheLanguageIsDropped,
    NoDoorEverOpens,
    BasicSpeakersComeAtOnce,
    AStaleStateCounts,
    APutBackIsForgotten,
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_floor_that_breaks_a_promise_is_found_out(
    mutant: type[Helpline], monkeypatch: pytest.MonkeyPatch
) -> None:
    getattr(mutant, "breaks", lambda patch: None)(monkeypatch)
    hunt = settings(
        max_examples=2_000,
        stateful_step_count=40,
        phases=[Phase.generate],
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises((AssertionError, KeyError)):
        run_state_machine_as_test(mutant, settings=hunt)
