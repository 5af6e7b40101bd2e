"""Those who are free: who answers in cells of people who are alike to a contact, who interprets by language.

The head of a cell is its best: the least loaded, then the longest idle. A worker stands in one cell for each
language and line they serve, and leaves them all at once when something about them changes.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import count

from routing import rules
from routing.model import Gender, Level, LoadClass, Seeking, WaitingContact, WorkerState
from routing.waiting import SPARE, Lane, open_to

LOAD_CLASSES = tuple(LoadClass)

Bench = dict[str, "Worker"]
"""Free interpreters of one load class and language, by id."""

EMPTY: Mapping[str, "Worker"] = {}

Item = tuple[float, int, str, int, "Worker"]
CellKey = tuple[int, bool, Gender, str | None, frozenset[str] | None]
"""Level (or how many languages), counsels, gender, line (None: every line), languages where scarcity counts."""


class Worker:
    """A worker on the floor, with the load that counts the offers planned since the state was put."""

    __slots__ = (
        "benches",
        "counsels",
        "homes",
        "interpreted",
        "interprets",
        "listed",
        "reserved",
        "stamp",
        "state",
        "text",
        "tongues",
        "voice",
    )

    def __init__(self, state: WorkerState) -> None:
        self.listed: list[Cell] = []
        self.benches: list[Bench] = []
        self.stamp = -1
        self.reserved: dict[str, LoadClass] = {}
        self.take(state)
        self.learn()

    def take(self, state: WorkerState) -> None:
        """Replace what is known, the offers included."""
        self.state = state
        self.voice = state.load_voice
        self.text = state.load_text
        if self.reserved:
            self.reserved = {}

    def learn(self) -> None:
        """Draw what the search needs from the roles, languages, gender and lines of the state.

        ``tongues`` are those that the worker answers in alone, ``interpreted`` those of an interpreter; None among
        them stands for a language that is not known.
        """
        state = self.state
        self.counsels = rules.counsels(state)
        self.interprets = rules.interprets(state)
        spoken: list[tuple[str | None, Level | None]] = [*state.languages.items(), (None, None)]
        self.tongues = spoken if rules.can_answer(state) else []
        self.interpreted = [language for language, _ in spoken] if self.interprets else []
        self.homes: dict[LoadClass, list[Cell]] | None = None

    def load(self, load_class: LoadClass) -> int:
        return self.voice if load_class is LoadClass.VOICE else self.text

    def has_room(self, load_class: LoadClass) -> bool:
        return self.load(load_class) < self.state.capacity(load_class)

    def any_room(self) -> bool:
        state = self.state
        return self.voice < state.capacity_voice or (self.text < state.capacity_text and not state.voice_only)

    def reserve(self, contact_id: str, load_class: LoadClass) -> None:
        """Count an offer."""
        self.reserved[contact_id] = load_class
        self._add(load_class, 1)

    def give_back(self, contact_id: str) -> None:
        """Count an offer no more."""
        self._add(self.reserved.pop(contact_id), -1)

    def counted(self) -> WorkerState:
        """The state with the offers counted."""
        return replace(self.state, load_voice=self.voice, load_text=self.text) if self.reserved else self.state

    def _add(self, load_class: LoadClass, more: int) -> None:
        if load_class is LoadClass.VOICE:
            self.voice += more
        else:
            self.text += more


class Cell:
    """Free workers of one load class and language who are alike in all that a contact may mind."""

    __slots__ = ("counsels", "gender", "heap", "key", "level", "line", "live", "row", "spoken")

    def __init__(self, key: CellKey, row: dict[CellKey, "Cell"]) -> None:
        self.key = key
        self.level, self.counsels, self.gender, self.line, self.spoken = key
        self.row = row
        self.heap: list[Item] = []
        self.live = 0

    def head(self, skip: Container[str | None]) -> Item | None:
        """The best whose id is not in ``skip``."""
        heap, aside = self.heap, []
        while heap:
            item = heap[0]
            if item[4].stamp != item[3]:
                heappop(heap)
            elif item[2] in skip:
                aside.append(heappop(heap))
            else:
                break
        best = heap[0] if heap else None
        for item in aside:
            heappush(heap, item)
        return best

    def leave(self) -> None:
        """One of the cell is no longer free."""
        self.live -= 1
        if not self.live:
            del self.row[self.key]
            self.heap.clear()
        elif len(self.heap) > 2 * self.live + SPARE:
            self.heap = [item for item in self.heap if item[4].stamp == item[3]]
            heapify(self.heap)


class Free:
    """All free workers, ``benched`` of them interpreters.

    ``by_tongues`` keeps those apart who speak other languages, for lines that mind scarcity.
    """

    def __init__(self, by_tongues: bool) -> None:
        self.by_tongues = by_tongues
        self._rows: dict[LoadClass, dict[str | None, dict[CellKey, Cell]]] = {one: {} for one in LOAD_CLASSES}
        self.interpreting: dict[LoadClass, dict[str | None, Bench]] = {one: {} for one in LOAD_CLASSES}
        self.benched = 0
        self._cells: dict[tuple[LoadClass, str | None, CellKey], Cell] = {}
        self._count = count()

    def enlist(self, worker: Worker) -> None:
        """Let contacts find the worker for all that the hands still have room for."""
        self.delist(worker)
        state = worker.state
        worker.stamp = stamp = next(self._count)
        homes = worker.homes
        if homes is None:
            homes = worker.homes = {one: self._homes(worker, one) for one in LOAD_CLASSES}
        for load_class in LOAD_CLASSES:
            if worker.has_room(load_class):
                load = worker.load(load_class) / state.capacity(load_class)
                item = (load, state.idle_since, state.id, stamp, worker)
                for cell in homes[load_class]:
                    heappush(cell.heap, item)
                    cell.live += 1
                    if cell.live == 1:
                        cell.row[cell.key] = cell
                    worker.listed.append(cell)
                for language in worker.interpreted:
                    bench = self.interpreting[load_class].setdefault(language, {})
                    bench[state.id] = worker
                    worker.benches.append(bench)
        self.benched += bool(worker.benches)

    def delist(self, worker: Worker) -> None:
        if not worker.listed and not worker.benches:
            return
        worker.stamp = -1
        if worker.benches:
            self.benched -= 1
            for bench in worker.benches:
                del bench[worker.state.id]
            worker.benches.clear()
        for cell in worker.listed:
            cell.leave()
        worker.listed.clear()

    def any_for(self, lane: Lane) -> bool:
        """Whether anybody is free whom the head of the lane could need."""
        if lane.needs is not None and lane.needs[0] is Seeking.COUNSELLOR:
            return any(self._rows[lane.load_class].values())
        return bool(
            self._rows[lane.load_class].get(lane.language) or self.interpreting[lane.load_class].get(lane.language)
        )

    def speakers(self, load_class: LoadClass, language: str | None) -> Iterator[Worker]:
        """All who are free to answer alone in the language; one who serves several lines comes several times."""
        for cell in self._rows[load_class].get(language, {}).values():
            yield from (item[4] for item in cell.heap if item[4].stamp == item[3])

    def counsellor(
        self, contact: WaitingContact, lane: Lane, language: str, now: int, skip: Container[str | None]
    ) -> Worker | None:
        """The best counsellor for a pair with this relay language, by ``pairs.pair_key``, who is not in ``skip``."""
        wish = contact.gender_wish
        given_up = not lane.required and max(0, now - contact.first_arrival) >= lane.wish_ends
        best, best_key = None, None
        for cell in self._rows[lane.load_class].get(language, {}).values():
            if not cell.counsels or (cell.line is not None and cell.line != contact.line):
                continue
            unmet = wish is not None and wish is not cell.gender
            if unmet and not given_up:
                continue
            head = cell.head(skip)
            if head is not None and (best_key is None or (unmet, -cell.level, head) < best_key):
                best, best_key = head[4], (unmet, -cell.level, head)
        return best

    def best(
        self, contact: WaitingContact, lane: Lane, now: int, skip: Container[str], scarce: Callable[[Cell], bool] | None
    ) -> tuple[Worker | None, int, bool]:
        """The best worker by the stages that are open, how many they are open to, and whether the best is scarce.

        Workers in ``skip`` are counted and not chosen. ``scarce`` tells whether a cell's people are scarce.
        """
        row = self._rows[contact.channel.load_class].get(contact.language)
        if not row:
            return None, 0, False
        eligible, best, best_key = 0, None, None
        for cell in row.values():
            if cell.line is not None and cell.line != contact.line:
                continue
            level = None if contact.language is None else Level(cell.level)
            if not open_to(lane, contact.first_arrival, level, cell.counsels, cell.gender, now):
                continue
            eligible += cell.live
            head = cell.head(skip)
            if head is not None:
                unmet = contact.gender_wish is not None and contact.gender_wish is not cell.gender
                key = (-cell.level, not cell.counsels, unmet, scarce is not None and scarce(cell), head)
                if best_key is None or key < best_key:
                    best, best_key = head[4], key
        return best, eligible, best_key is not None and best_key[3]

    def _homes(self, worker: Worker, load_class: LoadClass) -> list[Cell]:
        state = worker.state
        spoken = frozenset(state.languages) if self.by_tongues else None
        cells = []
        for language, level in worker.tongues:
            row = self._rows[load_class].setdefault(language, {})
            for line in (None,) if state.lines is None else sorted(state.lines):
                key = (level or len(state.languages), worker.counsels, state.gender, line, spoken)
                place = (load_class, language, key)
                cell = self._cells.get(place)
                if cell is None:
                    cell = self._cells[place] = Cell(key, row)
                cells.append(cell)
        return cells
