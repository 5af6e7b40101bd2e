"""A small helpline: who is there, who waits, and all that happens, as the database would tell the floor."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

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
    WaitingContact,
    WorkerState,
)
from routing.planner import Policies
from routing.policy import SECOND
from tests.property.routing_promises import COURTS, TARGETS, policies

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


class Miniature:
    """A helpline in miniature, and all that can happen to it.

    ``bridging``: many interpreters are there, and many call in a language that hardly a counsellor speaks.
    """

    floor_kind: Callable[[Policies], Floor] = Floor

    def __init__(self, bridging: bool = False) -> None:
        self.bridging = bridging
        self.now = START
        self.policies = policies(scarcity=True)
        self.floor = type(self).floor_kind(self.policies)
        self.world = World()
        self.arrived = 0
        self.cut = 0
        self.busy = 0

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

    def the_dispatcher_is_busy(self, chance: random.Random) -> None:
        self.busy = chance.randint(1, 9)

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
