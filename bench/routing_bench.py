"""How fast the floor decides, in memory, in one thread.

Steady state: a worker lets a contact go, a new contact arrives, and the floor plans. What is measured is what the
floor does (``put_worker``, ``put_contact``, ``plan``); the states that are handed in stand ready before, as the
database would give them. ``python -m bench.routing_bench`` prints the table.
"""

import gc
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from routing import planner, rules
from routing.index import Floor
from routing.model import Channel, Decision, Gender, Level, LoadClass, Role, Stage, WaitingContact, WorkerState
from routing.planner import Policies
from routing.policy import SECOND, LinePolicy

SEED = 116
LINE = "116"
LANGUAGES = ("en", "bem", "ny", "toi", "loz", "kqn", "lun", "lue", "fr", "sw", "so", "am")
BRIDGED = ("ti", "om", "rw")
"""Languages that only interpreters speak, of a tenth of the contacts where there are any."""

TARGETS = {"urgent": 30.0, "normal": 120.0, "low": 600.0}
COUNSELLOR = frozenset({Role.COUNSELLOR})
INTERPRETER = frozenset({Role.INTERPRETER})
START = 1_800_000_000 * SECOND


@dataclass(frozen=True, slots=True)
class Measured:
    """Decisions a second of processor time, and µs by the clock for one in the middle and the slowest hundredth.

    Processor time, so that what else runs on the machine does not count as the floor's.
    """

    rate: float
    p50: float
    p99: float


class Crowd:
    """Invented workers and contacts, the same for the same seed.

    ``bridges``: a tenth of the contacts are in languages that only interpreters speak, a tenth of the workers.
    """

    def __init__(self, scarcity: bool = False, bridges: bool = False) -> None:
        self._chance = random.Random(SEED)
        self._bridges = bridges
        self._made = 0
        self.policies = Policies({LINE: LinePolicy(targets_s=TARGETS, scarcity=scarcity)})

    def worker(self, now: int) -> WorkerState:
        chance = self._chance
        spoken, roles = chance.sample(LANGUAGES, chance.randint(1, 4)), COUNSELLOR
        if self._bridges and chance.random() < 0.1:
            spoken, roles = (
                [*chance.sample(BRIDGED, chance.randint(1, 2)), *chance.sample(("en", "sw", "fr"), 2)],
                INTERPRETER,
            )
        return WorkerState(
            id=self._id("w"),
            roles=roles,
            languages={language: chance.choice((Level.FLUENT, Level.FLUENT, Level.BASIC)) for language in spoken},
            gender=chance.choice((Gender.WOMAN, Gender.MAN)),
            capacity_voice=0,
            capacity_text=3,
            idle_since=now - chance.randrange(600 * SECOND),
        )

    def contact(self, now: int) -> WaitingContact:
        chance = self._chance
        return WaitingContact(
            id=self._id("c"),
            version=1,
            line=LINE,
            channel=Channel.WEBCHAT,
            first_arrival=now,
            queued_at=now,
            language=chance.choice(BRIDGED if self._bridges and chance.random() < 0.1 else LANGUAGES),
            priority=chance.choice(tuple(TARGETS)),
            gender_wish=chance.choice((None,) * 9 + (Gender.WOMAN,)),
        )

    def _id(self, kind: str) -> str:
        self._made += 1
        return f"{kind}0000000-0000-7000-8000-{self._made:012d}"


Step = Callable[[list[WorkerState], WaitingContact, int], list[Decision]]


class Scan:
    """The rival: lists and the rules as they stand, a look at each who waits for a freed worker, and so on."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self.workers: dict[str, WorkerState] = {}
        self.contacts: dict[str, WaitingContact] = {}

    def step(self, released: list[WorkerState], arrived: WaitingContact, now: int) -> list[Decision]:
        (freed,) = released
        self.workers[freed.id] = freed
        self.contacts[arrived.id] = arrived
        waiting = [one for one in self.contacts.values() if self._may_have(freed, one, now)]
        first = min(waiting, key=lambda one: self._turn(one, now), default=None)
        plan = [] if first is None else [self._give(freed, first, now, 1)]
        if arrived.id in self.contacts:
            free = [one for one in self.workers.values() if self._may_have(one, arrived, now)]
            if free:
                policy = self._policies.of(arrived.line)
                best = min(free, key=lambda one: rules.choice_key(one, arrived, policy, now, {}))
                plan.append(self._give(best, arrived, now, len(free)))
        return plan

    def _may_have(self, worker: WorkerState, contact: WaitingContact, now: int) -> bool:
        return isinstance(rules.eligibility(worker, contact, self._policies.of(contact.line), now), Stage)

    def _turn(self, contact: WaitingContact, now: int) -> rules.TurnKey:
        return rules.turn_key(contact, self._policies.of(contact.line), now)

    def _give(self, worker: WorkerState, contact: WaitingContact, now: int, eligible: int) -> Decision:
        policy, load = self._policies.of(contact.line), worker.load_text
        stage = rules.standing(worker, contact, policy, now)
        assert isinstance(stage, Stage)
        del self.contacts[contact.id]
        self.workers[worker.id] = worker.with_load(LoadClass.TEXT, 1)
        return planner.decide(
            worker, contact, policy, now, stage=stage, load=load, eligible=eligible, scarce_speaker=False
        )


@dataclass(slots=True)
class Scene:
    """A floor with its people, and the contacts that they hold."""

    crowd: Crowd
    floor: Floor
    staff: dict[str, WorkerState]
    busy: list[Decision]
    now: int = START

    def step(self, released: list[WorkerState], arrived: WaitingContact, now: int) -> list[Decision]:
        for freed in released:
            self.floor.put_worker(freed)
        self.floor.put_contact(arrived)
        return self.floor.plan(now)


def scene(workers: int, waiting: int, *, scarcity: bool = False, bridges: bool = False) -> Scene:
    """So many workers with all hands full while so many wait; or, with none waiting, with half their hands full."""
    crowd = Crowd(scarcity, bridges)
    staff = {one.id: one for one in (crowd.worker(START) for _ in range(workers))}
    floor = Floor(crowd.policies)
    for worker in staff.values():
        floor.put_worker(worker)
    contacts = waiting + 3 * workers if waiting else 3 * workers // 2
    for number in range(contacts):
        floor.put_contact(crowd.contact(START - 300 * SECOND + 300 * SECOND * number // contacts))
    busy = floor.plan(START)
    for decision in busy:
        _hold(staff, decision)
    return Scene(crowd, floor, staff, busy)


def steady(step: Step, scene: Scene, steps: int) -> Measured:
    """``steps`` times: one contact is done with, one arrives, the floor plans."""
    chance = random.Random(SEED)
    clock, used = time.perf_counter_ns, time.thread_time_ns
    staff, busy, now = scene.staff, scene.busy, scene.now
    total, each = 0, []
    arrivals = [scene.crowd.contact(now + step * SECOND // 100) for step in range(1, steps + 1)]
    for arrived in arrivals:
        now = arrived.first_arrival
        at = chance.randrange(len(busy))
        done, busy[at] = busy[at], busy[-1]
        busy.pop()
        held = [staff[worker_id] for _, worker_id in done.workers]
        freed = [replace(one.with_load(LoadClass.TEXT, -1), idle_since=now, version=one.version + 1) for one in held]
        used_before, before = used(), clock()
        plan = step(freed, arrived, now)
        spent, total = clock() - before, total + used() - used_before
        each += [spent / len(plan)] * len(plan) if plan else []
        staff.update((one.id, one) for one in freed)
        for decision in plan:
            _hold(staff, decision)
        busy += plan
    scene.now = now
    each.sort()
    return Measured(len(each) * 1e9 / total, each[len(each) // 2] / 1000, each[len(each) * 99 // 100] / 1000)


def _hold(staff: dict[str, WorkerState], decision: Decision) -> None:
    for _, worker_id in decision.workers:
        staff[worker_id] = staff[worker_id].with_load(LoadClass.TEXT, 1)


def rounds(scene: Scene, steps: int) -> Measured:
    """The middle one of three rounds that follow each other, as something else may run on the machine.

    What stands is frozen for the garbage collector first, as a server does after its start.
    """
    gc.collect()
    gc.freeze()
    measured = [steady(scene.step, scene, steps) for _ in range(3)]
    gc.unfreeze()
    return sorted(measured, key=lambda one: one.rate)[1]


def bytes_a_contact(waiting: int) -> float:
    """What a waiting contact takes of memory, its own values and texts included."""
    crowd = Crowd()
    floor = Floor(crowd.policies)
    gc.collect()
    tracemalloc.start()
    for _ in range(waiting):
        floor.put_contact(crowd.contact(START))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / waiting


def run() -> list[dict[str, Any]]:
    """The rows of the table: name, value, unit, rival, rival_value, ratio, note."""
    small = scene(1_000, 10_000)
    rival = Scan(small.crowd.policies)
    rival.workers = dict(small.staff)
    rival.contacts = {one.id: one for one in small.floor.contacts()}
    before = Scene(small.crowd, small.floor, dict(small.staff), list(small.busy))
    scanned = steady(rival.step, before, 60)
    few = rounds(small, 10_000)
    many = rounds(scene(10_000, 100_000), 10_000)
    tiny = rounds(scene(10, 1_000), 2_000)
    idle = rounds(scene(1_000, 0), 10_000)
    kept = rounds(scene(1_000, 0, scarcity=True), 2_000)
    size = "1,000 workers, 10,000 waiting"
    return [
        _row("routing decisions", few.rate, "1/s", ("a scan of all who wait", scanned.rate), size),
        _row("routing p50 a decision", few.p50, "us", ("a scan of all who wait", scanned.p50), size),
        _row("routing p99 a decision", few.p99, "us", ("a scan of all who wait", scanned.p99), size),
        _row(
            "routing decisions, ten times the size",
            many.rate,
            "1/s",
            ("the smaller size", few.rate),
            "10,000 workers, 100,000 waiting; the ratio is to be 0.5 or more",
        ),
        _row(
            "routing p50, a hundredth of the workers",
            tiny.p50,
            "us",
            ("10,000 workers, 100,000 waiting", many.p50),
            "10 workers, 1,000 waiting; the ratio is to be 0.5 or more",
        ),
        _row("routing p50, ten times the size", many.p50, "us", ("the smaller size", few.p50), "as above"),
        _row("routing p99, ten times the size", many.p99, "us", ("the smaller size", few.p99), "as above"),
        _row("routing decisions, nobody waits", idle.rate, "1/s", ("many wait", few.rate), "1,000 workers half free"),
        _row(
            "routing decisions, nobody waits, scarcity on",
            kept.rate,
            "1/s",
            ("scarcity off", idle.rate),
            "793 mixes of languages, far more than a real floor has",
        ),
        *_with_pairs(few, idle),
        _row("memory of a waiting contact", bytes_a_contact(10_000), "bytes", ("aim", 2048), "its values included"),
    ]


def _with_pairs(few: Measured, idle: Measured) -> list[dict[str, Any]]:
    bridged = scene(1_000, 10_000, bridges=True)
    paired, many = rounds(bridged, 10_000), rounds(scene(10_000, 100_000, bridges=True), 10_000)
    free = rounds(scene(1_000, 0, bridges=True), 10_000)
    share = sum(len(one.workers) == 2 for one in bridged.busy) / len(bridged.busy)
    size = "1,000 workers, 10,000 waiting"
    return [
        _row(
            "routing decisions with pairs",
            paired.rate,
            "1/s",
            ("without", few.rate),
            f"{size}; a tenth interpret, a tenth need one; {share:.0%} of those served have a pair",
        ),
        _row("routing p99 a decision with pairs", paired.p99, "us", ("without", few.p99), "as above"),
        _row(
            "routing decisions with pairs, ten times the size",
            many.rate,
            "1/s",
            ("the smaller size", paired.rate),
            "the ratio is to be 0.5 or more",
        ),
        _row("routing decisions with pairs, nobody waits", free.rate, "1/s", ("without", idle.rate), "half free"),
    ]


def _row(name: str, value: float, unit: str, rival: tuple[str, float], note: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "rival": rival[0],
        "rival_value": round(rival[1], 1),
        "ratio": round(value / rival[1], 3),
        "note": note,
    }


def main() -> None:
    for row in run():
        print(
            f"{row['name']:48} {row['value']:>12,} {row['unit']:6} {row['ratio']:>10,} of"
            f" {row['rival_value']:>12,} ({row['rival']}); {row['note']}"
        )


if __name__ == "__main__":
    main()
