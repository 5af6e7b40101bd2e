"""The floor: who waits and who is free, now, kept so that a change costs what it touches and no more.

The floor is a picture and disposable: the database decides. What it plans, it counts at once as given, so that
plans that follow each other never give the same contact or the same room twice.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from itertools import count

from routing import planner, rules
from routing.free import LOAD_CLASSES, Worker
from routing.matching import Choice, Matching
from routing.model import Decision, LoadClass, Role, Stage, WaitingContact, WorkerState
from routing.pairing import Pair
from routing.rules import Policies, TurnKey
from routing.waiting import Entry, Lane

FEW = 3
"""Up to so many fresh workers ask for themselves."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How many wait, and how long (µs) the first of them has waited."""

    count: int
    longest: int


class Floor:
    """Plans as ``planner.plan_reference`` does, from changes. No I/O; not for two threads at once.

    ``now`` is in µs and never runs backwards: an earlier one counts as the latest that was handed in.

    What keeps it fast: after a plan, nobody who waits could be had by anybody who is free. So a next plan looks
    only at ``_fresh`` (workers put since), ``_stirred`` (lanes whose head is new or has a stage newly open) and
    ``_singles`` (new contacts that are meant for a person).
    """

    def __init__(self, policies: Policies) -> None:
        self._match = Matching(policies)
        self._waiting, self._free = self._match.waiting, self._match.free
        self._workers = self._match.workers
        self._fresh: dict[str, Worker] = {}
        self._stirred: dict[Lane, None] = {}
        self._singles: dict[str, Entry] = {}
        self._timers: list[tuple[int, int, Lane | Entry]] = []
        self._count = count()
        self._now = 0

    # What happened

    def put_worker(self, state: WorkerState) -> None:
        """A worker as the database has them now, offers counted; a state older than the one held is ignored."""
        worker = self._workers.get(state.id)
        if worker is None:
            worker = self._workers[state.id] = Worker(state)
            self._match.count_speaker(state, 1)
        else:
            old = worker.state
            if state.version < old.version:
                return
            self._free.delist(worker)
            worker.take(state)
            if not _alike(old, state):
                worker.learn()
                self._match.count_speaker(old, -1)
                self._match.count_speaker(state, 1)
                self._stir_unspoken(old)
        self._freshen(worker)

    def drop_worker(self, worker_id: str) -> None:
        """The worker went off duty for good; unknown ids are no error."""
        worker = self._workers.pop(worker_id, None)
        if worker is not None:
            self._free.delist(worker)
            self._fresh.pop(worker_id, None)
            self._match.count_speaker(worker.state, -1)
            self._stir_unspoken(worker.state)

    def put_contact(self, contact: WaitingContact) -> None:
        """A contact waits, or waits as something else than before; one older than the one held is ignored."""
        entry = self._waiting.entries.get(contact.id)
        if entry is not None:
            if contact.version < entry.contact.version:
                return
            self._take(entry)
        self._stir(self._waiting.put(contact, self._now))

    def drop_contact(self, contact_id: str) -> None:
        """The contact waits no more; unknown ids are no error."""
        entry = self._waiting.entries.get(contact_id)
        if entry is not None:
            self._take(entry)

    def put_back(self, decision: Decision) -> None:
        """Undo a decision that did not come true: the contact waits as before, the workers have their room again.

        What was put for them since then stands. The next plan decides the same again unless something changed.
        """
        for _, worker_id in decision.workers:
            worker = self._workers.get(worker_id)
            if worker is not None and decision.contact_id in worker.reserved:
                self._free.delist(worker)
                worker.give_back(decision.contact_id)
                self._freshen(worker)
        if decision.contact_id not in self._waiting.entries:
            self.put_contact(decision.contact)

    # What is on the floor

    def worker(self, worker_id: str) -> WorkerState | None:
        """The worker, with the offers counted that were planned since the state was put."""
        worker = self._workers.get(worker_id)
        return None if worker is None else worker.counted()

    def contact(self, contact_id: str) -> WaitingContact | None:
        """The contact, if it waits."""
        entry = self._waiting.entries.get(contact_id)
        return None if entry is None else entry.contact

    def workers(self) -> Iterator[WorkerState]:
        """All workers, as ``worker`` gives them."""
        return (worker.counted() for worker in self._workers.values())

    def contacts(self) -> Iterator[WaitingContact]:
        """All who wait, in no order."""
        return (entry.contact for entry in self._waiting.entries.values())

    def waiting_count(self) -> int:
        return len(self._waiting.entries)

    def queues(self, now: int) -> dict[tuple[str, str | None, Stage], Queue]:
        """Who waits by line, language and the stage reached. Costs a look at each who waits."""
        queues: dict[tuple[str, str | None, Stage], tuple[int, int]] = {}
        for contact in self.contacts():
            stage = rules.stage_reached(
                contact,
                self._match.policies.of(contact.line),
                now,
                self._match.spoken(contact.channel.load_class, contact.line, contact.language),
            )
            key = (contact.line, contact.language, stage)
            number, longest = queues.get(key, (0, 0))
            queues[key] = (number + 1, max(longest, rules.waited(contact, now)))
        return {key: Queue(*value) for key, value in queues.items()}

    def on_duty(self, line: str, language: str | None = None, role: Role = Role.COUNSELLOR) -> int:
        """Those on duty for the line in the role, busy or free, who speak the language. Costs a look at each worker."""
        return sum(
            state.available
            and role in state.roles
            and rules.serves_line(state, line)
            and (language is None or language in state.languages)
            for state in (worker.state for worker in self._workers.values())
        )

    # Time

    def advance(self, now: int) -> None:
        """Open what has come due: stages, wishes, named persons given up, refusers who may come back."""
        if now < self._now:
            now = self._now
        self._now = now
        while self._timers and self._timers[0][0] <= now:
            at, _, what = heappop(self._timers)
            if what.timer != at:
                continue
            what.timer = None
            if isinstance(what, Lane):
                if what.live:
                    self._stirred[what] = None
            elif what.waiting:
                self._left(self._waiting.leave_lane(what))
                self._waiting.place(what, now)
                self._stir(what)

    def next_change(self, now: int) -> int | None:
        """When to plan again if nothing happens: never later than time alone could bring a decision.

        ``now`` or earlier: at once. None: not before something happens.
        """
        if self._fresh or self._stirred or self._singles:
            return now
        while self._timers and self._timers[0][2].timer != self._timers[0][0]:
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    # The plan

    def plan(self, now: int, limit: int | None = None) -> list[Decision]:
        """All decisions that can be made now, in their order, or the first ``limit`` of them.

        Their contacts wait no more, and their offers count on the workers, until fresh states are put or the
        decision is put back.
        """
        self.advance(now)
        plan: list[Decision] = []
        room = sys.maxsize if limit is None else limit
        if self._stirred:
            for lane in [one for one in self._stirred if not self._free.any_for(one)]:
                self._calm(lane)
        if self._stirred or self._singles or len(self._fresh) > 1:
            self._settle(plan, room)
        elif self._fresh:
            self._feed(next(iter(self._fresh.values())), plan, room)
        return plan

    def _feed(self, worker: Worker, plan: list[Decision], room: int) -> None:
        """One worker has changed and nothing else: nobody else who is free could have any who wait."""
        while len(plan) < room:
            entry = self._match.first_for(worker, self._now) if worker.any_room() else None
            choice = None if entry is None else self._match.choose_for(worker, entry, self._now)
            if entry is None or choice is None:
                self._fresh.clear()
                if worker.any_room():
                    self._free.enlist(worker)
                return
            plan.append(self._assign(entry, choice))
            for given in choice.workers():
                if given is not worker:
                    self._free.enlist(given)

    def _settle(self, plan: list[Decision], room: int) -> None:
        """Several things have changed: go by turn through all whose turn may have come by that."""
        now = self._now
        turns = self._changed(now)
        heapify(turns)
        while turns and len(plan) < room:
            key, number, what = turns[0]
            if isinstance(what, Lane):
                entry = what.head
                if entry is not None and key != (turn := what.turn_key(now)):
                    heapreplace(turns, (turn, number, what))
                    continue
            else:
                entry = self._waiting.entries.get(key[3])
            choice = None if entry is None else self._match.choose(entry, now)
            if entry is not None and choice is not None:
                plan.append(self._assign(entry, choice))
                for given in choice.workers():
                    self._free.enlist(given)
            elif isinstance(what, Worker) and (after := self._match.first_for(what, now)) not in (None, entry):
                heapreplace(turns, (self._match.turn_key(after, now), number, what))
            else:
                heappop(turns)
                self._calm(what)

    def _changed(self, now: int) -> list[tuple[TurnKey, int, Lane | Entry | Worker]]:
        """What may bring a decision, each with the turn of the contact that it may bring it for.

        A few fresh workers each ask for whose turn it is. Many would all ask for the same contact, again and
        again, so that then the lanes that are open to them are gone through instead.
        """
        fresh = list(self._fresh.values())
        few = len(self._fresh) <= FEW
        turns: list[tuple[TurnKey, int, Lane | Entry | Worker]] = []
        for worker in fresh:
            self._free.enlist(worker)
        if few:
            for worker in fresh:
                entry = self._match.first_for(worker, now)
                if entry is None:
                    self._calm(worker)
                else:
                    turns.append((self._match.turn_key(entry, now), next(self._count), worker))
        else:
            self._fresh.clear()
            for lane in self._match.lanes_for(fresh, now):
                self._stirred[lane] = None
            for worker in fresh:
                for entry in self._waiting.meant_for(worker.state.id):
                    self._singles[entry.contact.id] = entry
        turns += ((lane.turn_key(now), next(self._count), lane) for lane in self._stirred)
        turns += ((self._match.turn_key(one, now), next(self._count), one) for one in self._singles.values())
        return turns

    def _assign(self, entry: Entry, choice: Choice | Pair) -> Decision:
        """Take the contact off and count the offer; who is given has to be enlisted again for what room is left."""
        contact = entry.contact
        load_class = contact.channel.load_class
        policy = self._match.policies.of(contact.line)
        if isinstance(choice, Pair):
            decision = planner.decide_pair(
                choice.counsellor.counted(),
                choice.interpreter.counted(),
                contact,
                policy,
                self._now,
                relay=choice.relay,
                eligible=choice.eligible,
            )
            self._give(choice.counsellor, contact.id, load_class)
            self._give(choice.interpreter, contact.id, load_class)
        else:
            worker = choice.worker
            decision = planner.decide(
                worker.state,
                contact,
                policy,
                self._now,
                stage=self._match.stage(worker, entry, self._now),
                load=worker.load(load_class),
                eligible=choice.eligible,
                scarce_speaker=choice.scarce,
            )
            self._give(worker, contact.id, load_class)
        self._take(entry)
        return decision

    def _give(self, worker: Worker, contact_id: str, load_class: LoadClass) -> None:
        self._free.delist(worker)
        worker.reserve(contact_id, load_class)

    # What the next plan has to look at

    def _freshen(self, worker: Worker) -> None:
        state = worker.state
        if state.available and worker.any_room() and (worker.tongues or worker.interprets):
            self._fresh[state.id] = worker
        else:
            self._fresh.pop(state.id, None)

    def _stir(self, entry: Entry) -> None:
        """The entry is new where it stands: behind the head of its lane it changes nothing by its stages."""
        contact, lane = entry.contact, entry.lane
        if lane is None or contact.preferred_worker is not None:
            self._singles[contact.id] = entry
        if lane is not None and lane.head is entry:
            self._stirred[lane] = None
        at = self._waiting.next_change(entry, self._now)
        if at is not None:
            entry.timer = at
            heappush(self._timers, (at, next(self._count), entry))

    def _stir_unspoken(self, old: WorkerState) -> None:
        """Where the last who spoke a language has left or gone away, nothing is waited for before a pair may come."""
        if not rules.counts_as_speaker(old):
            return
        for load_class in LOAD_CLASSES:
            for language in old.languages:
                for lane in self._match.pair_lanes(load_class, language, self._now):
                    self._stirred[lane] = None

    def _calm(self, what: Lane | Entry | Worker) -> None:
        """There is no match for it now: wait for time, or for another change."""
        if isinstance(what, Lane):
            self._stirred.pop(what, None)
            self._arm(what)
        elif isinstance(what, Worker):
            self._fresh.pop(what.state.id, None)
        else:
            self._singles.pop(what.contact.id, None)

    def _take(self, entry: Entry) -> None:
        self._singles.pop(entry.contact.id, None)
        self._left(self._waiting.take(entry))

    def _left(self, lane: Lane | None) -> None:
        """Someone left the lane: its new head, if any, is open to nobody to whom the old one was not."""
        if lane is None:
            return
        if not lane.live:
            self._stirred.pop(lane, None)
        else:
            self._arm(lane)

    def _arm(self, lane: Lane) -> None:
        """See to it that the lane is looked at when its head's next stage opens; sooner does no harm."""
        at = lane.next_opening(self._now)
        if at is not None and (lane.timer is None or at < lane.timer):
            lane.timer = at
            heappush(self._timers, (at, next(self._count), lane))


def _alike(old: WorkerState, new: WorkerState) -> bool:
    return (
        old.languages == new.languages
        and old.available is new.available
        and old.roles == new.roles
        and old.lines == new.lines
        and old.gender is new.gender
        and old.capacity_voice == new.capacity_voice
        and old.capacity_text == new.capacity_text
        and old.voice_only is new.voice_only
    )
