"""Contacts come, wait, give up, are answered and are done with, in virtual time, on the real floor.

No clock, no thread, no chance but those handed in: the same arrivals, people and chances give the same course. What
the database does between two plans is done here in memory as the store does it: an offer counts as load at once,
``idle_since`` is when something was last given back, who declines is kept out of the contact's way.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from routing.index import Floor
from routing.model import Channel, Decision, LoadClass, Refusal, Role, Stage, WaitingContact, WorkerState


@dataclass(frozen=True, slots=True)
class Arrival:
    """One who comes. Times in µs.

    ``talk`` and ``wrap_up`` are how long it takes whoever answers. ``patience``: how long they wait before they
    give up; None: for ever.
    """

    id: str
    at: int
    language: str | None
    talk: int
    wrap_up: int = 0
    patience: int | None = None
    channel: Channel = Channel.VOICE
    line: str = "line"
    priority: str = "normal"
    danger: bool = False


class Outcome(NamedTuple):
    """What became of one who came: answered, or gave up, at a time (µs); neither where it was never decided."""

    arrival: Arrival
    answered_at: int | None
    left_at: int | None
    stage: Stage | None
    workers: tuple[str, ...]

    @property
    def wait(self) -> int:
        """µs until answered or given up. Of nobody for whom neither has come."""
        end = self.left_at if self.answered_at is None else self.answered_at
        assert end is not None
        return end - self.arrival.at


class Duty(NamedTuple):
    """From ``at`` (µs) on a worker is on duty, or no longer."""

    at: int
    worker_id: str
    available: bool


class Busy(NamedTuple):
    """A worker had something on the hands from ``start`` to ``end`` (µs)."""

    worker_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answering:
    """How offers are answered. ``delay``: µs that one rings; ``declined``: the share that is let pass.

    ``bridge_factor``: how much longer a talk takes over an interpreter. ``chance`` gives numbers from 0 to 1.
    """

    delay: int = 0
    declined: float = 0.0
    bridge_factor: float = 1.0
    chance: Callable[[], float] = lambda: 1.0


@dataclass(frozen=True, slots=True)
class Course:
    """All that happened, in the order of arrival; the busy times in the order in which they ended."""

    outcomes: list[Outcome] = field(default_factory=list)
    busy: list[Busy] = field(default_factory=list)


class _Caller:
    """One who is there. ``decision`` while an offer rings or they talk; ``contact`` as the floor has it."""

    __slots__ = ("answered_at", "arrival", "contact", "decision", "left_at", "order", "stage", "workers")

    def __init__(self, arrival: Arrival, order: int) -> None:
        self.arrival = arrival
        self.order = order
        self.contact = WaitingContact(
            id=arrival.id,
            version=1,
            line=arrival.line,
            channel=arrival.channel,
            first_arrival=arrival.at,
            queued_at=arrival.at,
            language=arrival.language,
            danger=arrival.danger,
            priority=arrival.priority,
        )
        self.decision: Decision | None = None
        self.answered_at: int | None = None
        self.left_at: int | None = None
        self.stage: Stage | None = None
        self.workers: tuple[str, ...] = ()

    def outcome(self) -> Outcome:
        return Outcome(self.arrival, self.answered_at, self.left_at, self.stage, self.workers)


class Simulation:
    """One course of events on one floor, which is to be new. Ids of workers and arrivals are each to be unique."""

    def __init__(
        self,
        floor: Floor,
        workers: Iterable[WorkerState],
        duty: Iterable[Duty] = (),
        answering: Answering | None = None,
    ) -> None:
        self._floor = floor
        self._answering = answering or Answering()
        self._workers = {worker.id: worker for worker in workers}
        self._busy_since: dict[str, int] = {}
        self._callers: dict[str, _Caller] = {}
        self._events: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._number = count()
        self._course = Course()
        self._outcomes: list[Outcome | None] = []
        for worker in self._workers.values():
            floor.put_worker(worker)
        for one in duty:
            self._at(one.at, self._on_duty, one)

    def run(self, arrivals: Iterable[Arrival]) -> Course:
        """Until nothing more can happen. ``arrivals`` in the order of their time; may be made while it runs."""
        coming = iter(arrivals)
        arriving = next(coming, None)
        events, floor = self._events, self._floor
        now, wake = 0, None
        while True:
            at: float = math.inf if arriving is None else arriving.at
            if events and events[0][0] < at:
                at = events[0][0]
            if wake is not None and wake < at:
                at = wake
            if at == math.inf:
                return self._finished()
            now = max(now, int(at))
            while events and events[0][0] <= now:
                _, _, happens, what = heappop(events)
                happens(now, *what)
            while arriving is not None and arriving.at <= now:
                self._arrives(arriving)
                arriving = next(coming, None)
            for decision in floor.plan(now):
                self._offered(now, decision)
            wake = floor.next_change(now)

    def _finished(self) -> Course:
        """Who still waits is neither answered nor gone."""
        for caller in self._callers.values():
            self._outcomes[caller.order] = caller.outcome()
        self._course.outcomes.extend(one for one in self._outcomes if one is not None)
        return self._course

    def _at(self, at: int, happens: Callable[..., None], *what: object) -> None:
        heappush(self._events, (at, next(self._number), happens, what))

    # Callers

    def _arrives(self, arrival: Arrival) -> None:
        caller = self._callers[arrival.id] = _Caller(arrival, len(self._outcomes))
        self._outcomes.append(None)
        self._floor.put_contact(caller.contact)
        if arrival.patience is not None:
            self._at(arrival.at + arrival.patience, self._gives_up, caller)

    def _gives_up(self, now: int, caller: _Caller) -> None:
        if caller.answered_at is not None:
            return
        caller.left_at = now
        if caller.decision is None:
            self._floor.drop_contact(caller.arrival.id)
        else:
            for _, worker_id in caller.decision.workers:
                self._give_back(now, worker_id, caller.arrival.channel.load_class)
        self._gone(caller)

    def _gone(self, caller: _Caller) -> None:
        self._outcomes[caller.order] = caller.outcome()
        del self._callers[caller.arrival.id]

    # Offers

    def _offered(self, now: int, decision: Decision) -> None:
        caller = self._callers[decision.contact_id]
        caller.decision = decision
        for _, worker_id in decision.workers:
            self._take(now, worker_id, caller.arrival.channel.load_class)
        if self._answering.delay or self._answering.declined:
            self._at(now + self._answering.delay, self._answered, caller, decision)
        else:
            self._answered(now, caller, decision)

    def _answered(self, now: int, caller: _Caller, decision: Decision) -> None:
        """Where they have given up meanwhile it comes to nothing."""
        if caller.decision is not decision or caller.left_at is not None:
            return
        answering, arrival = self._answering, caller.arrival
        if answering.declined:
            decliner = next((who for _, who in decision.workers if answering.chance() < answering.declined), None)
            if decliner is not None:
                self._declined(now, caller, decision, decliner)
                return
        caller.answered_at, caller.stage = now, decision.stage
        caller.workers = tuple(worker_id for _, worker_id in decision.workers)
        talk = round(arrival.talk * answering.bridge_factor) if len(caller.workers) > 1 else arrival.talk
        for role, worker_id in decision.workers:
            # The record is the counsellor's to write.
            until = now + talk + (0 if role is Role.INTERPRETER else arrival.wrap_up)
            self._at(until, self._give_back, worker_id, arrival.channel.load_class)
        self._gone(caller)

    def _declined(self, now: int, caller: _Caller, decision: Decision, decliner: str) -> None:
        for _, worker_id in decision.workers:
            self._give_back(now, worker_id, caller.arrival.channel.load_class)
        contact = caller.contact
        refusals = (*contact.refusals, Refusal(decliner, now))
        caller.decision = None
        caller.contact = replace(contact, version=contact.version + 1, refusals=refusals)
        self._floor.put_contact(caller.contact)

    # Workers

    def _on_duty(self, now: int, duty: Duty) -> None:
        worker = self._workers[duty.worker_id]
        self._put(replace(worker, available=duty.available, version=worker.version + 1))

    def _take(self, now: int, worker_id: str, load_class: LoadClass) -> None:
        worker = self._workers[worker_id]
        if not worker.load_voice and not worker.load_text:
            self._busy_since[worker_id] = now
        self._put(_with_load(worker, load_class, 1, worker.idle_since))

    def _give_back(self, now: int, worker_id: str, load_class: LoadClass) -> None:
        worker = _with_load(self._workers[worker_id], load_class, -1, now)
        if not worker.load_voice and not worker.load_text:
            self._course.busy.append(Busy(worker_id, self._busy_since.pop(worker_id), now))
        self._put(worker)

    def _put(self, worker: WorkerState) -> None:
        self._workers[worker.id] = worker
        self._floor.put_worker(worker)


def _with_load(worker: WorkerState, load_class: LoadClass, more: int, idle_since: int) -> WorkerState:
    version = worker.version + 1
    if load_class is LoadClass.VOICE:
        return replace(worker, load_voice=worker.load_voice + more, idle_since=idle_since, version=version)
    return replace(worker, load_text=worker.load_text + more, idle_since=idle_since, version=version)


def poisson(rate: float, chance: Callable[[], float], until: float = math.inf, start: float = 0.0) -> Iterator[float]:
    """Times of arrivals at a rate, from ``start`` on; ``chance`` gives numbers from 0 to below 1."""
    at = start
    while True:
        at -= math.log(1.0 - chance()) / rate
        if at >= until:
            return
        yield at
