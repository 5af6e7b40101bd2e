"""Whose turn it is for a worker, and who is best for a contact, from what the floor holds."""

from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from routing import planner
from routing.free import LOAD_CLASSES, Cell, Free, Worker
from routing.model import Stage, WaitingContact, WorkerState
from routing.planner import Policies, TurnKey
from routing.waiting import NOBODY, Entry, Lane, Shelf, Waiting, open_to

LAST: TurnKey = (9, 0.0, 0, "")
"""After everybody's."""

NO_LANES: Shelf = {}


class Choice(NamedTuple):
    """The best worker for a contact, out of how many, and whether the best is scarce elsewhere."""

    worker: Worker
    eligible: int
    scarce: bool


class Matching:
    """Who waits, who is on duty and who of these is free, with the questions that a plan asks of them."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.waiting = Waiting(policies)
        self.free = Free(any(one.scarcity for one in (policies.otherwise, *policies.lines.values())))
        self.workers: dict[str, Worker] = {}
        self.speakers: dict[str, int] = {}

    def count_speaker(self, state: WorkerState, more: int) -> None:
        """Count the worker in (1) or out (-1) as a speaker of their languages."""
        if planner.counts_as_speaker(state):
            for language in state.languages:
                self.speakers[language] = self.speakers.get(language, 0) + more

    def turn_key(self, entry: Entry, now: int) -> TurnKey:
        contact = entry.contact
        return planner.turn_key(contact, self.policies.of(contact.line), now)

    def open_lanes(self, worker: Worker, now: int) -> Iterator[Lane]:
        """The lanes whose head the worker may have by the stages that are open."""
        state = worker.state
        for load_class in LOAD_CLASSES:
            if not worker.has_room(load_class):
                continue
            for language, level in worker.tongues:
                for lane in self.waiting.shelves[load_class].get(language, NO_LANES).values():
                    if state.lines is not None and lane.line not in state.lines:
                        continue
                    if lane.barred is not None and lane.barred == state.id:
                        continue
                    if open_to(lane, lane.arrived, level, worker.counsels, state.gender, now):
                        yield lane

    def first_for(self, worker: Worker, now: int) -> Entry | None:
        """Whose turn is first of all whom the worker may have: of the heads of ``open_lanes``, and of those meant.

        The loop says ``open_to`` and ``planner.turn_key`` once more in place, because all that is fast hangs on it.
        """
        state, counsels = worker.state, worker.counsels
        lines, gender = state.lines, state.gender
        best: Lane | None = None
        best_urgency = -1.0
        for load_class in LOAD_CLASSES:
            shelves = self.waiting.shelves[load_class]
            if not shelves or not worker.has_room(load_class):
                continue
            for language, level in worker.tongues:
                for lane in shelves.get(language, NO_LANES).values():
                    wait = now - lane.arrived
                    if wait < 0:
                        wait = 0
                    urgency = lane.urgency or wait / lane.target
                    if urgency < best_urgency:
                        continue
                    wish = lane.wish
                    if wish is not None and wish is not gender and (lane.required or wait < lane.wish_ends):
                        continue
                    if level == 1 and wait < lane.basic:
                        continue
                    if not counsels and wait < lane.supervisors:
                        continue
                    if lines is not None and lane.line not in lines:
                        continue
                    if lane.barred is not None and lane.barred == state.id:
                        continue
                    if best is None or urgency > best_urgency or lane.before(best):
                        best, best_urgency = lane, urgency
        meant = self.waiting.meant_for(state.id)
        if meant:
            return self._first_of(best, meant, worker, now)
        return best.head if best is not None else None

    def _first_of(self, lane: Lane | None, meant: Iterable[Entry], worker: Worker, now: int) -> Entry | None:
        best, best_key = (lane.head, lane.turn_key(now)) if lane is not None else (None, LAST)
        for entry in meant:
            key = self.turn_key(entry, now)
            if key < best_key and self._may_have(worker, entry.contact, now):
                best, best_key = entry, key
        return best

    def choose(self, entry: Entry, now: int) -> Choice | None:
        """The best of all free workers for a contact that waits."""
        contact, lane = entry.contact, entry.lane
        if lane is None:
            named = self.workers.get(contact.only_worker or "")
            if named is None or not self._may_have(named, contact, now):
                return None
            return self.alone(named, contact)
        if contact.refusals or contact.preferred_worker is not None:
            return self._choose_with_past(contact, lane, now)
        worker, eligible, scarce = self._best(contact, lane, now, NOBODY)
        return None if worker is None else Choice(worker, eligible, scarce)

    def alone(self, worker: Worker, contact: WaitingContact) -> Choice:
        """The choice where the worker is the only one."""
        return Choice(worker, 1, self.free.by_tongues and self._scarce(worker.state.languages, contact))

    def stage(self, worker: Worker, entry: Entry, now: int) -> Stage:
        """The ``planner.standing`` of a worker who is known to be eligible."""
        contact, state = entry.contact, worker.state
        if entry.lane is None:
            return Stage.NAMED
        met = contact.preferred_worker == state.id
        if met and state.id not in planner.passed_by(contact, entry.lane.policy, now):
            return Stage.SAME_PERSON
        if not worker.counsels:
            return Stage.SUPERVISORS
        return planner.stage_of(None if contact.language is None else state.languages[contact.language])

    def _choose_with_past(self, contact: WaitingContact, lane: Lane, now: int) -> Choice | None:
        """The best for a contact that has met people, or passed them by, before."""
        recent = planner.passed_by(contact, lane.policy, now)
        worker, eligible, scarce = self._best(contact, lane, now, recent)
        barred = self.workers.get(lane.barred or "")
        if barred is not None and self._by_stage(barred, contact, lane, now):
            eligible -= 1
        met = self.workers.get(contact.preferred_worker or "")
        if met is not None and met.state.id not in recent and self._may_have(met, contact, now):
            eligible += not self._by_stage(met, contact, lane, now)
            return Choice(met, eligible, self._scarce(met.state.languages, contact))
        if worker is not None:
            return Choice(worker, eligible, scarce)
        again = [one for worker_id in recent if (one := self.workers.get(worker_id)) is not None]
        again = [one for one in again if self._may_have(one, contact, now)]
        if not again:
            return None
        worker = min(again, key=lambda one: planner.choice_key(one.counted(), contact, lane.policy, now, self.speakers))
        return Choice(worker, eligible, self._scarce(worker.state.languages, contact))

    def _best(
        self, contact: WaitingContact, lane: Lane, now: int, skip: Container[str]
    ) -> tuple[Worker | None, int, bool]:
        if not lane.policy.scarcity:
            return self.free.best(contact, lane, now, skip, None)
        return self.free.best(contact, lane, now, skip, lambda cell: self._scarce_cell(cell, contact))

    def _scarce(self, spoken: Iterable[str], contact: WaitingContact) -> bool:
        policy = self.policies.of(contact.line)
        return planner.speaks_scarcer(spoken, contact.language, self.speakers, policy)

    def _scarce_cell(self, cell: Cell, contact: WaitingContact) -> bool:
        return self._scarce(cell.spoken or (), contact)

    def _may_have(self, worker: Worker, contact: WaitingContact, now: int) -> bool:
        """Whether the worker is free and eligible, by whatever door."""
        if not worker.state.available or not worker.has_room(contact.channel.load_class):
            return False
        return isinstance(planner.standing(worker.state, contact, self.policies.of(contact.line), now), Stage)

    def _by_stage(self, worker: Worker, contact: WaitingContact, lane: Lane, now: int) -> bool:
        """Whether ``free.best`` has counted the worker for the contact."""
        state = worker.state
        if not worker.listed or not worker.has_room(contact.channel.load_class):
            return False
        if state.lines is not None and contact.line not in state.lines:
            return False
        if contact.language is not None and contact.language not in state.languages:
            return False
        level = None if contact.language is None else state.languages[contact.language]
        return open_to(lane, contact.first_arrival, level, worker.counsels, state.gender, now)
