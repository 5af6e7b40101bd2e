"""Whatever happens, in whatever order, the floor keeps its promises.

A small helpline runs: children arrive, hang up, drop and call again; workers come, go, accept, decline, stay silent,
hand over and finish. After every event the floor plans, and what it planned is held against the promises, which are
written down here once more in the plainest way, and against the plan by its definition. Many days are lived at random
from the run's seed; hypothesis lives some more, and shortens a day that goes wrong.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from routing.index import Floor
from routing.model import (
    Channel,
    Decision,
    Gender,
    Level,
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


ROLES = [
    {Role.COUNSELLOR},
    {Role.COUNSELLOR},
    {Role.SUPERVISOR},
    {Role.COUNSELLOR, Role.SUPERVISOR},
    {Role.COUNSELLOR, Role.INTERPRETER},
    {Role.INTERPRETER},
]
LINES = [None, None, frozenset({"116"}), frozenset({"116", "933"})]


@dataclass
class World:
    """What the database would know."""

    workers: dict[str, WorkerState] = field(default_factory=dict)
    waiting: dict[str, WaitingContact] = field(default_factory=dict)
    held: dict[str, Decision] = field(default_factory=dict)


class Helpline:
    """The helpline in miniature. The mutants override what they break."""

    floor_kind: Callable[[Policies], Floor] = Floor
    by_definition = True

    def __init__(self) -> None:
        self.now = START
        self.policies = policies(scarcity=True)
        self.floor = type(self).floor_kind(self.policies)
        self.world = World()
        self.arrived = 0
        self.cut = 0

    def lives(self, event: str, chance: random.Random) -> None:
        """An event of EVENTS, if it can happen now, and what the promises say of it."""
        getattr(self, event)(chance)
        self.the_promises_hold()

    # Events

    def comes_on_duty(self, chance: random.Random) -> None:
        name = f"w{chance.randint(0, 5)}"
        spoken = chance.sample(LANGUAGES, chance.randint(1, len(LANGUAGES)))
        fresh = WorkerState(
            id=name,
            roles=frozenset(chance.choice(ROLES)),
            languages={language: chance.choice(list(Level)) for language in spoken},
            gender=chance.choice(list(Gender)),
            lines=chance.choice(LINES),
            capacity_text=chance.randint(0, 2),
            idle_since=self.now - chance.randint(0, 3) * SECOND,
        )
        known = self.world.workers.get(name)
        if known is not None:
            fresh = replace(fresh, load_voice=known.load_voice, load_text=known.load_text, version=known.version + 1)
        self.tell_worker(fresh)

    def goes_away_or_comes_back(self, chance: random.Random) -> None:
        if self.world.workers:
            one = self.world.workers[chance.choice(sorted(self.world.workers))]
            self.tell_worker(replace(one, available=not one.available, version=one.version + 1))

    def goes_home(self, chance: random.Random) -> None:
        idle = [one.id for one in self.world.workers.values() if not one.load_voice and not one.load_text]
        if idle:
            name = chance.choice(sorted(idle))
            del self.world.workers[name]
            self.floor.drop_worker(name)

    def calls(self, chance: random.Random) -> None:
        if len(self.world.waiting) > 12:
            return
        self.arrived += 1
        wish = chance.choice([*[None] * 6, Gender.WOMAN, Gender.MAN])
        self.tell_contact(
            WaitingContact(
                id=f"c{self.arrived:03}",
                version=1,
                line=chance.choice(["116", "116", "116", "933"]),
                channel=chance.choice([*[Channel.VOICE] * 4, Channel.SMS]),
                first_arrival=self.now - chance.choice([0, 0, 0, 15, 100]) * SECOND,
                queued_at=self.now,
                language=chance.choice([*LANGUAGES, *LANGUAGES, None]),
                priority=chance.choice(sorted(TARGETS)),
                danger=chance.random() < 0.1,
                gender_wish=wish,
                gender_required=wish is not None and chance.random() < 0.2,
                preferred_worker=chance.choice([None, None, "w0", "w1"]),
            )
        )

    def changes_while_waiting(self, chance: random.Random) -> None:
        if self.world.waiting:
            contact = self.world.waiting[chance.choice(sorted(self.world.waiting))]
            changed: dict[str, Any] = chance.choice([{"danger": True}, {"moved_up": True}, {"language": "en"}])
            self.tell_contact(replace(contact, version=contact.version + 1, **changed))

    def hangs_up(self, chance: random.Random) -> None:
        if self.world.waiting:
            name = chance.choice(sorted(self.world.waiting))
            del self.world.waiting[name]
            self.floor.drop_contact(name)

    def is_let_pass(self, chance: random.Random) -> None:
        if self.world.held:
            kind = chance.choice(list(Passing))
            decision = self.end_one(chance, away=kind is Passing.EXPIRED)
            refusal = Refusal(holder(decision), self.now, kind)
            self.wait_again(decision, refusals=(*decision.contact.refusals, refusal))

    def drops_and_comes_back(self, chance: random.Random) -> None:
        if self.world.held:
            decision = self.end_one(chance)
            self.wait_again(decision, resumed=True, preferred_worker=holder(decision))

    def is_handed_over(self, chance: random.Random) -> None:
        if self.world.held:
            decision = self.end_one(chance)
            named = chance.choice(sorted(self.world.workers))
            self.wait_again(decision, queued_at=self.now, only_worker=named, preferred_worker=None)

    def is_done(self, chance: random.Random) -> None:
        if self.world.held:
            self.end_one(chance)

    def claim_fails(self, chance: random.Random) -> None:
        if self.world.held:
            decision = self.world.held.pop(chance.choice(sorted(self.world.held)))
            self.world.waiting[decision.contact_id] = decision.contact
            self.floor.put_back(decision)
            worker = self.world.workers[holder(decision)]
            self.tell_worker(worker.with_load(decision.contact.channel.load_class, -1))

    def something_stale_arrives(self, chance: random.Random) -> None:
        if self.world.waiting and self.world.workers:
            contact = self.world.waiting[chance.choice(sorted(self.world.waiting))]
            self.floor.put_contact(replace(contact, version=contact.version - 1, danger=not contact.danger))
            worker = self.world.workers[chance.choice(sorted(self.world.workers))]
            self.floor.put_worker(replace(worker, version=worker.version - 1, load_voice=0, available=True))

    def the_next_plan_is_made_in_two_parts(self, chance: random.Random) -> None:
        self.cut = chance.randint(1, 3)

    def time_passes(self, chance: random.Random) -> None:
        self.now += chance.choice([1, 5, 20, 40, 60]) * SECOND

    def time_passes_until_the_floor_asks(self, chance: random.Random) -> None:
        self.now = self.floor.next_change(self.now) or self.now

    # What the events do

    def tell_worker(self, state: WorkerState) -> None:
        self.world.workers[state.id] = state
        self.floor.put_worker(state)

    def tell_contact(self, contact: WaitingContact) -> None:
        self.world.waiting[contact.id] = contact
        self.floor.put_contact(contact)

    def end_one(self, chance: random.Random, away: bool = False) -> Decision:
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
        world, contact = self.world, world_contact(self.world, decision)
        worker = world.workers[holder(decision)]
        load_class = contact.channel.load_class
        assert worker.available, "off duty"
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
        assert not plan_reference(self.world.workers.values(), self.world.waiting.values(), self.policies, moment), (
            "a door opens that the floor does not know of"
        )

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
        passed = any(one.worker_id == contact.only_worker and one.at >= contact.queued_at for one in contact.refusals)
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


EVENTS = [
    *["calls"] * 4,
    *["comes_on_duty", "is_done", "time_passes", "time_passes_until_the_floor_asks", "is_let_pass"] * 2,
    "goes_away_or_comes_back",
    "goes_home",
    "changes_while_waiting",
    "hangs_up",
    "drops_and_comes_back",
    "is_handed_over",
    "claim_fails",
    "something_stale_arrives",
    "the_next_plan_is_made_in_two_parts",
]


def live_days(kind: type[Helpline], seed: int) -> None:
    for day in range(800):
        chance, helpline = random.Random(f"{seed} {day}"), kind()
        for _ in range(60):
            helpline.lives(chance.choice(EVENTS), chance)


class Day(RuleBasedStateMachine):
    """A day that hypothesis makes up."""

    def __init__(self) -> None:
        super().__init__()
        self.helpline = Helpline()

    @rule(event=st.sampled_from(EVENTS), chance=st.randoms(use_true_random=False))
    def something_happens(self, event: str, chance: random.Random) -> None:
        self.helpline.lives(event, chance)


def test_the_floor_keeps_its_promises_on_many_days(seed: int) -> None:
    live_days(Helpline, seed)


def test_the_floor_keeps_its_promises_on_days_made_up_to_break_them() -> None:
    run_state_machine_as_test(Day, settings=settings(max_examples=100, stateful_step_count=30))
