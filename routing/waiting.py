"""Those who wait, in lanes whose head stands for all behind it.

A lane holds contacts that differ only in when they arrived. Its head arrived first, so every stage that is open
for one behind it is open for the head: where the head finds nobody, nobody in the lane would. Only the extra
doors of a contact (the person named or met before) are looked at apart.
"""

import math
import sys
from collections.abc import Iterable, Set
from heapq import heapify, heappop, heappush
from itertools import count

from routing import rules
from routing.model import Gender, Level, LoadClass, Seeking, WaitingContact
from routing.policy import LinePolicy, micros
from routing.rules import CLASSES, DANGER, MOVED_UP, WAITED, Policies, TurnKey

Needs = tuple[Seeking, str | None, frozenset[str] | None, bool, bool, frozenset[str]]
"""Who is sought, language, relay languages, certified, child-friendly, avoided; for those who ask for such."""

LaneKey = tuple[str, int, int, Gender | None, bool, str | None, Needs | None]
"""Line, class of turn, T (µs), wish, wish required, worker kept out of the way, needs."""

Place = tuple[LoadClass, Seeking, str | None]
"""Where those stand who have needs: load class, who is sought, language."""

Shelf = dict[LaneKey, "Lane"]
"""The lanes that hold someone, of one load class and language."""

URGENCIES = (math.inf, sys.float_info.max, 0.0)
"""What stands above every waited ÷ T, by class of turn; none for those whose turn comes by waiting."""

NOBODY: frozenset[str] = frozenset()

SPARE = 32
"""Taken entries that a heap may carry along beyond the live ones before it is swept."""


class Entry:
    """A contact that waits, and where."""

    __slots__ = ("contact", "lane", "timer", "waiting")

    def __init__(self, contact: WaitingContact) -> None:
        self.contact = contact
        self.lane: Lane | None = None
        self.timer: int | None = None
        self.waiting = True


class Lane:
    """Contacts of one line, load class, language, class of turn, T, wish and kept-out worker, first come first.

    ``needs``: None for those whom any counsellor may have who speaks the language; the others stand apart.
    ``pair``: when its stage for pairs opens (µs), if it does.
    """

    __slots__ = (
        "arrived",
        "barred",
        "basic",
        "head",
        "heap",
        "key",
        "language",
        "line",
        "live",
        "load_class",
        "needs",
        "openings",
        "pair",
        "policy",
        "rank",
        "required",
        "shelf",
        "supervisors",
        "target",
        "timer",
        "urgency",
        "wish",
        "wish_ends",
    )

    def __init__(self, key: LaneKey, place: tuple[LoadClass, str | None], policy: LinePolicy, shelf: Shelf) -> None:
        self.key = key
        self.load_class, self.language = place
        self.line, self.rank, self.target, self.wish, self.required, self.barred, self.needs = key
        self.urgency = URGENCIES[self.rank % CLASSES]
        stages = policy.stages_for(danger=self.rank % CLASSES == DANGER)
        self.policy = policy
        self.basic = micros(stages.basic_after_s)
        self.supervisors = micros(stages.supervisors_after_s)
        self.wish_ends = micros(stages.wish_after_s)
        after = stages.pair_after_s
        alone = self.language is None or (self.needs is not None and self.needs[0] is not Seeking.ANYONE)
        self.pair = None if after is None or alone else micros(after)
        openings = {self.basic, self.supervisors, self.wish_ends, self.pair}
        self.openings = sorted(opening for opening in openings if opening is not None)
        self.shelf = shelf
        self.heap: list[tuple[int, str, int, Entry]] = []
        self.live = 0
        self.head: Entry | None = None
        self.arrived = 0
        self.timer: int | None = None

    def add(self, entry: Entry, number: int) -> None:
        """``number`` tells twice the same contact apart."""
        contact = entry.contact
        entry.lane = self
        heappush(self.heap, (contact.first_arrival, contact.id, number, entry))
        self.live += 1
        if self.live == 1:
            self.shelf[self.key] = self
        self._find_head()

    def leave(self, entry: Entry) -> None:
        entry.lane = None
        self.live -= 1
        if not self.live:
            self.head = None
            self.heap.clear()
            del self.shelf[self.key]
        elif entry is self.head:
            self._find_head()
        elif len(self.heap) > 2 * self.live + SPARE:
            self._sweep()

    def before(self, other: "Lane") -> bool:
        """Whether the head came before the other lane's head; of two lanes that are not empty."""
        if self.arrived != other.arrived:
            return self.arrived < other.arrived
        return self.heap[0][1] < other.heap[0][1]

    def turn_key(self, now: int) -> TurnKey:
        """The ``rules.turn_key`` of the head of a lane that is not empty."""
        arrived, head = self.arrived, self.head
        assert head is not None
        if not self.target:
            return (self.rank, 0.0, arrived, head.contact.id)
        return (self.rank, -((now - arrived if now > arrived else 0) / self.target), arrived, head.contact.id)

    def next_opening(self, now: int) -> int | None:
        """When the head's next stage opens, after ``now``."""
        if not self.live or now >= self.arrived + self.openings[-1]:
            return None
        return next(at for opening in self.openings if (at := self.arrived + opening) > now)

    def _find_head(self) -> None:
        heap = self.heap
        while heap[0][3].lane is not self:
            heappop(heap)
        self.arrived = heap[0][0]
        self.head = heap[0][3]

    def _sweep(self) -> None:
        self.heap = [item for item in self.heap if item[3].lane is self]
        heapify(self.heap)


class Waiting:
    """All who wait, by id, by lane, and by the worker they are meant for."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self.shelves: dict[LoadClass, dict[str | None, Shelf]] = {one: {} for one in LoadClass}
        self.apart: dict[Place, Shelf] = {}
        self._targets: dict[tuple[str, str], int] = {}
        self._count = count()
        self.entries: dict[str, Entry] = {}
        self._meant_for: dict[str, dict[str, Entry]] = {}

    def meant_for(self, worker_id: str) -> Iterable[Entry]:
        """Those who prefer this worker or are kept for them."""
        meant = self._meant_for.get(worker_id)
        return meant.values() if meant else ()

    def put(self, contact: WaitingContact, now: int) -> Entry:
        """Let a contact wait that does not wait yet."""
        entry = Entry(contact)
        self.entries[contact.id] = entry
        self.place(entry, now)
        return entry

    def place(self, entry: Entry, now: int) -> None:
        """Put the entry where it belongs now; it stands in no lane."""
        contact = entry.contact
        policy = self._policies.of(contact.line)
        for worker_id in _meant(contact):
            self._meant_for.setdefault(worker_id, {})[contact.id] = entry
        barred = rules.barred_worker(contact, policy, now) if contact.refusals else None
        if contact.only_worker is None or not rules.waits_for_named(contact, policy, now):
            self._lane(contact, policy, barred).add(entry, next(self._count))

    def leave_lane(self, entry: Entry) -> Lane | None:
        """Take the entry out of its lane, which is given back."""
        lane = entry.lane
        if lane is not None:
            lane.leave(entry)
        return lane

    def take(self, entry: Entry) -> Lane | None:
        """The contact waits no more; its lane is given back."""
        contact = entry.contact
        entry.waiting = False
        del self.entries[contact.id]
        for worker_id in _meant(contact):
            meant = self._meant_for[worker_id]
            del meant[contact.id]
            if not meant:
                del self._meant_for[worker_id]
        return self.leave_lane(entry)

    def next_change(self, entry: Entry, now: int) -> int | None:
        """When the contact moves by itself: the named person is given up, or a refuser may come back."""
        contact = entry.contact
        if not contact.refusals and contact.only_worker is None:
            return None
        policy = self._policies.of(contact.line)
        times = []
        if rules.waits_for_named(contact, policy, now):
            times.append(contact.queued_at + micros(policy.named_after_s))
        barred = rules.barred_worker(contact, policy, now)
        for worker_id, at in rules.passed_by(contact, policy, now).items():
            if worker_id in (barred, contact.preferred_worker):
                times.append(at + micros(policy.refusal_cooldown_s))
        return min(times, default=None)

    def _lane(self, contact: WaitingContact, policy: LinePolicy, barred: str | None) -> Lane:
        rank, target, needs = WAITED, 0, _needs(contact, policy)
        if contact.danger:
            rank = DANGER
        elif contact.resumed or contact.moved_up:
            rank = MOVED_UP
        else:
            target = self._target(contact, policy)
        if policy.after_children:
            rank += CLASSES
        load_class = contact.channel.load_class
        if needs is None:
            shelves = self.shelves[load_class]
            shelf = shelves.get(contact.language)
            if shelf is None:
                shelf = shelves[contact.language] = {}
        else:
            # Whom a counsellor may have over several languages is found by none of them.
            language = None if contact.seeking is Seeking.COUNSELLOR else contact.language
            shelf = self.apart.setdefault((load_class, contact.seeking, language), {})
        key = (contact.line, rank, target, contact.gender_wish, contact.gender_required, barred, needs)
        return shelf.get(key) or Lane(key, (load_class, contact.language), policy, shelf)

    def _target(self, contact: WaitingContact, policy: LinePolicy) -> int:
        key = (contact.line, contact.priority)
        target = self._targets.get(key)
        if target is None:
            target = self._targets[key] = policy.target(contact.priority)
        return target


def _meant(contact: WaitingContact) -> Set[str]:
    """The workers whom the contact is meant for."""
    if contact.preferred_worker is None and contact.only_worker is None:
        return NOBODY
    return {one for one in (contact.preferred_worker, contact.only_worker) if one is not None}


def _needs(contact: WaitingContact, policy: LinePolicy) -> Needs | None:
    """What the contact needs beyond somebody who speaks its language, or that its turn comes after the children's."""
    if (
        contact.seeking is Seeking.ANYONE
        and not contact.avoid
        and not contact.certified
        and not contact.child_friendly
        and not policy.after_children
    ):
        return None
    return (
        contact.seeking,
        contact.language,
        contact.relays,
        contact.certified,
        contact.child_friendly,
        contact.avoid,
    )


def open_to(lane: Lane, arrived: int, level: Level | None, counsels: bool, gender: Gender, now: int) -> bool:
    """Whether the stages of a lane's head, that ``arrived`` (µs) then, are open to such a worker."""
    wait = now - arrived if now > arrived else 0
    if lane.wish is not None and lane.wish is not gender and (lane.required or wait < lane.wish_ends):
        return False
    if level is Level.BASIC and wait < lane.basic:
        return False
    return counsels or wait >= lane.supervisors
