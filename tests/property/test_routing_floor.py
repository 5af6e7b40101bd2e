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

import pytest
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
    Seeking,
    Stage,
    WaitingContact,
    WorkerState,
)
from routing.planner import Policies, plan_reference
from routing.policy import SECOND
from tests.property.routing_promises import (
    COURTS,
    TARGETS,
    could_have,
    could_pair,
    goes_before,
    just_refused,
    language_matches,
    pairs_may_come,
    policies,
    recently,
)

START = 1_800_000_000 * SECOND
LANGUAGES = ["so", "en", "bem", "ti"]


ROLES_OF_BRIDGES = [
    {Role.COUNSELLOR},
    {Role.COUNSELLOR},
    {Role.COUNSELLOR, Role.INTERPRETER},
    {Role.INTERPRETER},
    {Role.INTERPRETER},
    {Role.SUPERVISOR},
]
ROLES = [
    {Role.COUNSELLOR},
    {Role.COUNSELLOR},
    {Role.SUPERVISOR},
    {Role.COUNSELLOR, Role.SUPERVISOR},
    {Role.COUNSELLOR, Role.INTERPRETER},
    {Role.INTERPRETER},
    {Role.INTERPRETER},
]
LINES = [None, None, None, frozenset({"116"}), frozenset({"116", "933"})]


@dataclass
class World:
    """What the database would know. ``there``: who is with a contact that waits for another."""

    workers: dict[str, WorkerState] = field(default_factory=dict)
    waiting: dict[str, WaitingContact] = field(default_factory=dict)
    held: dict[str, Decision] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)


class Helpline:
    """The helpline in miniature. The mutants override what they break.

    ``bridging``: many interpreters are there, and many call in a language that hardly a counsellor speaks.
    """

    floor_kind: Callable[[Policies], Floor] = Floor
    by_definition = True

    def __init__(self, bridging: bool = False) -> None:
        self.bridging = bridging
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
        name = f"w{chance.randint(0, 8 if self.bridging else 5)}"
        roles = frozenset(chance.choice(ROLES_OF_BRIDGES if self.bridging else ROLES))
        spoken = chance.sample(LANGUAGES[: 2 if self.bridging else 3], chance.randint(1, 2))
        if Role.INTERPRETER in roles or chance.random() < 0.1:
            spoken = sorted({*spoken, chance.choice(["ti", "ti", "bem"])})
        fresh = WorkerState(
            id=name,
            roles=roles,
            languages={language: chance.choice(list(Level)) for language in spoken},
            gender=chance.choice(list(Gender)),
            lines=chance.choice(LINES),
            capacity_text=chance.randint(0, 2),
            idle_since=self.now - chance.randint(0, 3) * SECOND,
            certified=frozenset(chance.sample(LANGUAGES, chance.randint(0, 2))),
            child_friendly=chance.random() < 0.7,
            dialects=frozenset(chance.sample(["north", "south"], chance.randint(0, 2))),
            voice_only=chance.random() < 0.1,
        )
        old = self.world.workers.get(name)
        if old is not None:
            fresh = replace(fresh, load_voice=old.load_voice, load_text=old.load_text, version=old.version + 1)
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
                language=chance.choice(["ti", "ti", "so"] if self.bridging else [*LANGUAGES, *LANGUAGES, None]),
                priority=chance.choice(sorted(TARGETS)),
                danger=chance.random() < 0.1,
                gender_wish=wish,
                gender_required=wish is not None and chance.random() < 0.2,
                preferred_worker=chance.choice([None, None, "w0", "w1"]),
                child_friendly=chance.random() < 0.1,
                dialect=chance.choice([None, None, "north"]),
                avoid=frozenset(chance.choice([*[()] * 6, ("w2",), ("w0", "w3")])),
            )
        )

    def an_institution_asks(self, chance: random.Random) -> None:
        if len(self.world.waiting) > 12:
            return
        self.arrived += 1
        self.tell_contact(
            WaitingContact(
                id=f"c{self.arrived:03}",
                version=1,
                line=COURTS,
                channel=Channel.VOICE,
                first_arrival=self.now,
                queued_at=self.now,
                language=chance.choice([*LANGUAGES, None]),
                danger=chance.random() < 0.1,
                gender_wish=chance.choice([None, None, Gender.WOMAN]),
                seeking=Seeking.INTERPRETER,
                relays=chance.choice([None, frozenset({"en"}), frozenset({"en", "bem"})]),
                certified=chance.random() < 0.2,
                child_friendly=chance.random() < 0.2,
                dialect=chance.choice([None, "south"]),
                avoid=frozenset(chance.choice([(), (), ("w1",)])),
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
            contact = self.world.waiting.pop(name)
            self.floor.drop_contact(name)
            if name in self.world.there:
                self.let_go(self.world.there.pop(name), contact)

    def is_let_pass(self, chance: random.Random) -> None:
        if self.world.held:
            kind = chance.choice(list(Passing))
            decision = self.one_held(chance)
            for_whom = chance.choice(decision.workers)[1]
            refusals = (*decision.contact.refusals, Refusal(for_whom, self.now, kind))
            if len(decision.workers) == 2 and chance.random() < 0.5:
                self.loses(decision, for_whom, away=kind is Passing.EXPIRED, refusals=refusals)
                return
            self.end(decision, away=for_whom if kind is Passing.EXPIRED else None, all_go=False)
            self.wait_again(decision, refusals=refusals)

    def one_of_a_bridge_is_lost(self, chance: random.Random) -> None:
        both = [decision for decision in self.world.held.values() if len(decision.workers) == 2]
        if both:
            decision = chance.choice(both)
            lost = chance.choice(decision.workers)[1]
            self.loses(decision, lost, away=chance.random() < 0.5, preferred_worker=lost, resumed=True)

    def adds_an_interpreter(self, chance: random.Random) -> None:
        one = [each for each in self.world.held.values() if each.contact.seeking is Seeking.ANYONE]
        one = [each for each in one if len(each.workers) == 1]
        if one:
            decision = self.world.held.pop(chance.choice(one).contact_id)
            self.stays(decision, decision.workers[0][1], Seeking.INTERPRETER, language=chance.choice(LANGUAGES))

    def drops_and_comes_back(self, chance: random.Random) -> None:
        if self.world.held:
            decision = self.one_held(chance)
            self.end(decision)
            met = chance.choice(decision.workers)[1]
            self.wait_again(decision, resumed=True, preferred_worker=met, **self.as_it_came(decision))

    def is_handed_over(self, chance: random.Random) -> None:
        if self.world.held:
            decision = self.one_held(chance)
            self.end(decision)
            named = chance.choice(sorted(self.world.workers))
            self.wait_again(
                decision, queued_at=self.now, only_worker=named, preferred_worker=None, **self.as_it_came(decision)
            )

    def is_done(self, chance: random.Random) -> None:
        if self.world.held:
            self.end(self.one_held(chance))

    def claim_fails(self, chance: random.Random) -> None:
        if self.world.held:
            decision = self.one_held(chance)
            self.world.waiting[decision.contact_id] = decision.contact
            self.floor.put_back(decision)
            for _, worker_id in decision.workers:
                worker = self.world.workers[worker_id]
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

    def one_held(self, chance: random.Random) -> Decision:
        return self.world.held.pop(chance.choice(sorted(self.world.held)))

    def end(self, decision: Decision, away: str | None = None, all_go: bool = True) -> None:
        """Those to whom it was given let it go; ``all_go``: and who was there before."""
        for _, worker_id in decision.workers:
            self.let_go(worker_id, decision.contact, away=worker_id == away)
        if all_go and decision.contact_id in self.world.there:
            self.let_go(self.world.there.pop(decision.contact_id), decision.contact)

    def let_go(self, worker_id: str, contact: WaitingContact, away: bool = False) -> None:
        worker = self.world.workers[worker_id].with_load(contact.channel.load_class, -1)
        available = worker.available and not away
        self.release(replace(worker, available=available, idle_since=self.now, version=worker.version + 1))

    def loses(self, decision: Decision, lost: str, away: bool, **changed: Any) -> None:
        """One of the two goes, the other stays and waits for another with the child."""
        self.world.held.pop(decision.contact_id, None)
        (counsellor, interpreter) = (worker_id for _, worker_id in decision.workers)
        self.let_go(lost, decision.contact, away=away)
        if lost == counsellor:
            self.stays(decision, interpreter, Seeking.COUNSELLOR, **changed)
        else:
            self.stays(decision, counsellor, Seeking.INTERPRETER, **changed)

    def stays(self, decision: Decision, worker_id: str, seeking: Seeking, **changed: Any) -> None:
        self.world.there[decision.contact_id] = worker_id
        self.wait_again(
            decision,
            seeking=seeking,
            relays=frozenset(self.world.workers[worker_id].languages),
            avoid=decision.contact.avoid | {worker_id},
            **changed,
        )

    def as_it_came(self, decision: Decision) -> dict[str, Any]:
        """All of it is sought again; who has to be kept away is another than before, to see the floor learn it."""
        return (
            {} if decision.contact.line == COURTS else {"seeking": Seeking.ANYONE, "relays": None, "avoid": frozenset()}
        )

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
    assert contact.version == decision.contact_version
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
