"""Whose turn it is for a worker, and who is best for a contact, from what the floor holds."""

from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from routing import rules
from routing.free import EMPTY, LOAD_CLASSES, Cell, Free, Worker
from routing.model import LoadClass, Seeking, Stage, WaitingContact, WorkerState
from routing.pairing import Pair, Pairing
from routing.rules import Policies, TurnKey
from routing.waiting import NOBODY, Entry, Lane, Place, Shelf, Waiting, open_to

LAST: TurnKey = (9, 0.0, 0, "")
"""After everybody's."""

NO_LANES: Shelf = {}


class Choice(NamedTuple):
    """The best worker for a contact, out of how many, and whether the best is scarce elsewhere."""

    worker: Worker
    eligible: int
    scarce: bool

    def workers(self) -> tuple[Worker, ...]:
        return (self.worker,)


class Matching:
    """Who waits, who is on duty and who of these is free, with the questions that a plan asks of them."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.waiting = Waiting(policies)
        self.free = Free(any(one.scarcity for one in (policies.otherwise, *policies.lines.values())))
        self.workers: dict[str, Worker] = {}
        self.pairing = Pairing(self.free, self.workers)
        self.speakers: dict[str, int] = {}
        self._serving: dict[tuple[LoadClass, str | None, str], int] = {}

    def count_speaker(self, state: WorkerState, more: int) -> None:
        """Count the worker in (1) or out (-1) as a speaker of their languages, by line (None: every line) too."""
        if not rules.counts_as_speaker(state):
            return
        lines = (None,) if state.lines is None else state.lines
        load_classes = [one for one in LOAD_CLASSES if state.capacity(one) > 0]
        for language in state.languages:
            self.speakers[language] = self.speakers.get(language, 0) + more
            for load_class in load_classes:
                for line in lines:
                    place = (load_class, line, language)
                    self._serving[place] = self._serving.get(place, 0) + more

    def spoken(self, load_class: LoadClass, line: str, language: str | None) -> bool:
        """Whether anybody on duty, busy or free, could have such a contact alone."""
        if language is None:
            return True
        serving = self._serving
        return bool(serving.get((load_class, None, language)) or serving.get((load_class, line, language)))

    def pair_open(self, lane: Lane, arrived: int, now: int) -> bool:
        """The ``rules.pair_open`` of one in the lane who ``arrived`` (µs) then."""
        if lane.pair is None:
            return False
        return max(0, now - arrived) >= lane.pair or not self.spoken(lane.load_class, lane.line, lane.language)

    def pair_lanes(self, load_class: LoadClass, language: str | None, now: int) -> Iterator[Lane]:
        """The lanes of the language to whose head the stage for pairs is open."""
        for shelf in (
            self.waiting.shelves[load_class].get(language, NO_LANES),
            self.waiting.apart.get((load_class, Seeking.ANYONE, language), NO_LANES),
        ):
            for lane in shelf.values():
                if self.pair_open(lane, lane.arrived, now):
                    yield lane

    def lanes_for(self, workers: Iterable[Worker], now: int) -> Iterator[Lane]:
        """The lanes whose head one of these, who are enlisted, may have: all of these, and others in between."""
        places: set[Place] = set()
        for worker in workers:
            yield from self._open_lanes(worker, now)
            places.update(_places(worker))
        for place in places:
            yield from self.waiting.apart.get(place, NO_LANES).values()
        for load_class in LOAD_CLASSES:
            for language, bench in self.free.interpreting[load_class].items():
                if bench:
                    yield from self.pair_lanes(load_class, language, now)

    def turn_key(self, entry: Entry, now: int) -> TurnKey:
        contact = entry.contact
        return rules.turn_key(contact, self.policies.of(contact.line), now)

    def _open_lanes(self, worker: Worker, now: int) -> Iterator[Lane]:
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
        """Whose turn is first of all whom the worker may have, alone or in a pair.

        Of the heads of the lanes that are open, that is, and of a few others. The loop says ``open_to`` and
        ``rules.turn_key`` once more in place, because all that is fast hangs on it.
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
        entry = best.head if best is not None else None
        meant = self.waiting.meant_for(state.id)
        if meant or self.waiting.apart or self.free.benched or worker.interprets:
            for other in self._others(worker, entry, meant, now):
                entry = other
        return entry

    def _others(self, worker: Worker, first: Entry | None, meant: Iterable[Entry], now: int) -> Iterator[Entry]:
        """Those who are not found by the first look, each of an earlier turn than the one before."""
        best_key = LAST if first is None else self.turn_key(first, now)
        for entry in meant:
            key = self.turn_key(entry, now)
            if key < best_key and self._may_have(worker, entry.contact, now):
                best_key = key
                yield entry
        for lane in self._apart_lanes(worker):
            key, head = lane.turn_key(now), lane.head
            if key < best_key and head is not None and self._may_have(worker, head.contact, now):
                best_key = key
                yield head
        for load_class in LOAD_CLASSES:
            for language in self._paired_languages(worker, load_class):
                for lane in self.pair_lanes(load_class, language, now):
                    key, head = lane.turn_key(now), lane.head
                    if key < best_key and head is not None and self.pairing.any_with(worker, head.contact, lane, now):
                        best_key = key
                        yield head

    def _apart_lanes(self, worker: Worker) -> Iterator[Lane]:
        """The lanes of those who stand apart and may want this worker."""
        apart = self.waiting.apart
        if apart:
            for place in _places(worker):
                yield from apart.get(place, NO_LANES).values()

    def _paired_languages(self, worker: Worker, load_class: LoadClass) -> Iterable[str | None]:
        """The languages of contacts for whom the worker may be one of a pair."""
        if not worker.has_room(load_class):
            return ()
        if not worker.counsels:
            return worker.interpreted
        benches = self.free.interpreting[load_class]
        languages = [language for language, bench in benches.items() if bench] if benches else []
        return {*languages, *worker.interpreted} if worker.interpreted else languages

    def choose(self, entry: Entry, now: int) -> Choice | Pair | None:
        """The best of all free workers, or the best pair, for a contact that waits."""
        contact, lane = entry.contact, entry.lane
        choice = self._choose_one(contact, lane, now)
        if lane is None or lane.pair is None or not self.free.benched:
            return choice
        if not self.free.interpreting[lane.load_class].get(lane.language):
            return choice
        return self._or_pair(choice, contact, lane, now)

    def choose_for(self, worker: Worker, entry: Entry, now: int) -> Choice | Pair | None:
        """The best for the ``first_for`` a worker, where nobody else who is free may have any who wait.

        The worker is not enlisted, and is enlisted where there may be a pair.
        """
        lane = entry.lane
        if lane is not None and (self.free.benched or worker.interprets) and lane.pair is not None:
            bench = self.free.interpreting[lane.load_class].get(lane.language)
            if bench or lane.language in worker.interpreted:
                self.free.enlist(worker)
                return self.choose(entry, now)
        return self.alone(worker, entry.contact)

    def _choose_one(self, contact: WaitingContact, lane: Lane | None, now: int) -> Choice | None:
        if lane is None:
            named = self.workers.get(contact.only_worker or "")
            if named is None or not self._may_have(named, contact, now):
                return None
            return self.alone(named, contact)
        if lane.needs is not None:
            return self._choose_apart(contact, lane, now)
        if contact.refusals or contact.preferred_worker is not None:
            return self._choose_with_past(contact, lane, now)
        worker, eligible, scarce = self._best(contact, lane, now, NOBODY)
        return None if worker is None else Choice(worker, eligible, scarce)

    def alone(self, worker: Worker, contact: WaitingContact) -> Choice:
        """The choice where the worker is the only one."""
        scarce = self.free.by_tongues and self._kept_free(worker, contact)
        return Choice(worker, 1, scarce)

    def stage(self, worker: Worker, entry: Entry, now: int) -> Stage:
        """The ``rules.standing`` of a worker who is known to be eligible."""
        contact, state = entry.contact, worker.state
        if entry.lane is None:
            return Stage.NAMED
        if entry.lane.needs is not None:
            standing = rules.standing(state, contact, entry.lane.policy, now)
            assert isinstance(standing, Stage)
            return standing
        met = contact.preferred_worker == state.id
        if met and state.id not in rules.passed_by(contact, entry.lane.policy, now):
            return Stage.SAME_PERSON
        if not worker.counsels:
            return Stage.SUPERVISORS
        return rules.stage_of(None if contact.language is None else state.languages[contact.language])

    def _or_pair(self, choice: Choice | None, contact: WaitingContact, lane: Lane, now: int) -> Choice | Pair | None:
        """The pair, if its stage is open and it comes before the best who is alone."""
        if not self.pair_open(lane, contact.first_arrival, now):
            return choice
        recent = rules.passed_by(contact, lane.policy, now) if contact.refusals else {}
        if choice is None:
            return self.pairing.best(contact, lane, now, recent)
        came_round = choice.worker.state.id in recent
        counsels = self._counsellor_alone(choice.worker, contact, lane, now, recent)
        if counsels and not came_round:
            return choice
        pair = self.pairing.best(contact, lane, now, recent)
        if pair is None:
            return choice
        again = pair.counsellor.state.id in recent or pair.interpreter.state.id in recent
        return pair if (again, counsels) < (came_round, True) else choice

    def _counsellor_alone(
        self, best: Worker, contact: WaitingContact, lane: Lane, now: int, recent: Container[str]
    ) -> bool:
        """Whether there is another than a supervisor among those of whom this one is the best."""
        came_round = best.state.id in recent
        if best.counsels or (best.state.id == contact.preferred_worker and not came_round):
            return True
        return any(
            one.counsels and (one.state.id in recent) is came_round and self._may_have(one, contact, now)
            for one in self.free.speakers(lane.load_class, lane.language)
        )

    def _choose_apart(self, contact: WaitingContact, lane: Lane, now: int) -> Choice | None:
        """The best for one who asks for more than a language: few do, so that it is the rules that are asked."""
        found = {one.state.id: one for one in self._candidates(contact, lane) if self._may_have(one, contact, now)}
        if not found:
            return None
        worker = self._best_of(found.values(), contact, lane, now)
        return Choice(worker, len(found), self._kept_free(worker, contact))

    def _candidates(self, contact: WaitingContact, lane: Lane) -> Iterable[Worker]:
        load_class, language = lane.load_class, lane.language
        if contact.seeking is Seeking.INTERPRETER:
            return self.free.interpreting[load_class].get(language, EMPTY).values()
        if contact.seeking is Seeking.ANYONE:
            return self.free.speakers(load_class, language)
        if contact.relays is None:
            return self.free.speakers(load_class, None)
        understood = sorted(contact.relays if language is None else {*contact.relays, language})
        return (one for other in understood for one in self.free.speakers(load_class, other))

    def _best_of(self, workers: Iterable[Worker], contact: WaitingContact, lane: Lane, now: int) -> Worker:
        return min(workers, key=lambda one: rules.choice_key(one.counted(), contact, lane.policy, now, self.speakers))

    def _choose_with_past(self, contact: WaitingContact, lane: Lane, now: int) -> Choice | None:
        """The best for a contact that has met people, or passed them by, before."""
        recent = rules.passed_by(contact, lane.policy, now)
        worker, eligible, scarce = self._best(contact, lane, now, recent)
        barred = self.workers.get(lane.barred or "")
        if barred is not None and self._by_stage(barred, contact, lane, now):
            eligible -= 1
        met = self.workers.get(contact.preferred_worker or "")
        if met is not None and met.state.id not in recent and self._may_have(met, contact, now):
            eligible += not self._by_stage(met, contact, lane, now)
            return Choice(met, eligible, self._kept_free(met, contact))
        if worker is not None:
            return Choice(worker, eligible, scarce)
        again = [one for worker_id in recent if (one := self.workers.get(worker_id)) is not None]
        again = [one for one in again if self._may_have(one, contact, now)]
        if not again:
            return None
        worker = self._best_of(again, contact, lane, now)
        return Choice(worker, eligible, self._kept_free(worker, contact))

    def _best(
        self, contact: WaitingContact, lane: Lane, now: int, skip: Container[str]
    ) -> tuple[Worker | None, int, bool]:
        if not lane.policy.scarcity:
            return self.free.best(contact, lane, now, skip, None)
        return self.free.best(contact, lane, now, skip, lambda cell: self._scarce_cell(cell, contact))

    def _kept_free(self, worker: Worker, contact: WaitingContact) -> bool:
        return rules.kept_free(worker.state, contact, self.speakers, self.policies.of(contact.line))

    def _scarce_cell(self, cell: Cell, contact: WaitingContact) -> bool:
        policy = self.policies.of(contact.line)
        return rules.speaks_scarcer(cell.spoken or (), contact.language, self.speakers, policy)

    def _may_have(self, worker: Worker, contact: WaitingContact, now: int) -> bool:
        """Whether the worker is free and eligible, by whatever door."""
        if not worker.state.available or not worker.has_room(contact.channel.load_class):
            return False
        return isinstance(rules.standing(worker.state, contact, self.policies.of(contact.line), now), Stage)

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


def _places(worker: Worker) -> Iterator[Place]:
    """Where those stand who may want the worker for a seat beside others, or with needs of their own."""
    for load_class in LOAD_CLASSES:
        if not worker.has_room(load_class):
            continue
        for language in worker.interpreted:
            yield load_class, Seeking.INTERPRETER, language
        if worker.tongues:
            yield load_class, Seeking.COUNSELLOR, None
        for language, _ in worker.tongues:
            yield load_class, Seeking.ANYONE, language
