"""One process dispatches: it holds the floor in memory, plans, commits many decisions together, and tells.

The claim is the commit (`helpline.claiming`): a decision that no longer fits the database changes nothing, what it was
about is read afresh, and the next plan knows better. There is no polling in the way of a caller; a tick each second is
the guarantee behind every hint.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog

from helpline.claiming import claim, may_be_called
from helpline.clock import SECOND, Clock
from helpline.errors import Conflict, HelplineError
from helpline.house import House
from helpline.interpreting import qualified
from helpline.metrics import Metrics
from helpline.protection import concerns
from helpline.store import assignments, busy, contacts, workers
from helpline.store.contacts import Contact
from helpline.store.db import Hint, Store, Tx
from helpline.store.faults import StoreFault
from helpline.store.workers import Worker
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
from routing.policy import LinePolicy

TICK_S = 1.0
BATCH = 256
"""Decisions that are committed together."""

FRUITLESS_MOST = 10
"""Rounds of decisions of which the database took none, after which to rest until the next tick."""

RECONCILE_EVERY_S = 10
"""Seconds after which the floor is compared with the database, whatever was hinted."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Able:
    """What a worker may be given beyond the rows of duty. ``lapsed``: an undertaking of confidentiality has ended, and
    nobody is interpreted for without one. ``held_back``: booked about now, or not to be given anything new.
    """

    certified: frozenset[str] = frozenset()
    child_friendly: bool = False
    dialects: frozenset[str] = frozenset()
    lapsed: bool = False
    held_back: bool = False


_ROLES = frozenset(Role)
_KNOWS = "knows"
"""How one passes a contact by who may know the child: it is never offered to them again."""


def as_worker_state(worker: Worker, languages: Mapping[str, str], able: Able | None = None) -> WorkerState:
    """A worker's rows as routing sees them. ``able``: what is known of one who interprets."""
    able = able or Able()
    return WorkerState(
        id=worker.id,
        roles=_roles(worker, able),
        languages={language: Level[level.upper()] for language, level in languages.items()},
        gender=Gender(worker.gender),
        lines=None if worker.lines is None else frozenset(worker.lines.split()),
        capacity_voice=worker.capacity_voice,
        capacity_text=worker.capacity_text,
        load_voice=worker.load_voice,
        load_text=worker.load_text,
        available=worker.state == "available" and not able.held_back,
        idle_since=worker.idle_since,
        version=worker.version,
        certified=able.certified,
        child_friendly=able.child_friendly,
        dialects=able.dialects,
        voice_only=worker.by_phone,
    )


def _roles(worker: Worker, able: Able) -> frozenset[Role]:
    roles = frozenset(Role(role) for role in worker.roles.split() if role in _ROLES)
    return roles - {Role.INTERPRETER} if able.lapsed else roles


def as_waiting(
    contact: Contact,
    refusers: Iterable[tuple[str, int, str]],
    there: Iterable[tuple[str, str]] = (),
    relays: frozenset[str] | None = None,
) -> WaitingContact:
    """A contact's row as routing sees it. ``there``: (worker, role) of those who have it already, and ``relays``:
    what they speak.
    """
    passed = list(refusers)
    return WaitingContact(
        id=contact.id,
        version=contact.version,
        line=contact.line,
        channel=Channel(contact.channel),
        first_arrival=contact.first_arrival if contact.not_before is None else contact.not_before,
        queued_at=contact.state_since if contact.wants_since is None else max(contact.state_since, contact.wants_since),
        language=contact.language,
        danger=contact.danger,
        resumed=contact.resumed,
        moved_up=contact.moved_up,
        priority=contact.priority,
        gender_wish=None if contact.gender_wish is None else Gender(contact.gender_wish),
        gender_required=contact.gender_required,
        preferred_worker=contact.preferred_worker,
        only_worker=contact.only_worker,
        refusals=tuple(Refusal(worker, at, Passing(how)) for worker, at, how in passed if how != _KNOWS),
        seeking=_seeking(contact),
        relays=relays,
        dialect=contact.dialect,
        certified=contact.certified,
        child_friendly=contact.child_friendly,
        avoid=frozenset([*(id for id, _, how in passed if how == _KNOWS), *(id for id, _ in there)]),
    )


def _seeking(contact: Contact) -> Seeking:
    """Whom it waits for; a request of an institution is for an interpreter alone."""
    if contact.wants is not None:
        return Seeking(contact.wants)
    return Seeking.INTERPRETER if contact.kind == "request" else Seeking.ANYONE


class Dispatcher:
    """See the module. ``run`` works until it is cancelled; it hears of changes by the store's hints."""

    def __init__(self, store: Store, house: House, clock: Clock, metrics: Metrics) -> None:
        self._store, self._house, self._clock, self._metrics = store, house, clock, metrics
        self._policies = Policies(house.policies, LinePolicy())
        self.floor = Floor(self._policies)
        self._contacts: set[str] = set()
        self._workers: set[str] = set()
        self._wake = asyncio.Event()
        self._reconciled_at = 0
        self._heard_at: int | None = None
        self._rests = False
        self.ticked_at = 0
        store.listen(self._hear)

    def _hear(self, hints: tuple[Hint, ...]) -> None:
        if self._rests:
            return
        for hint in hints:
            if hint.topic == "contact":
                self._contacts.add(hint.id)
            elif hint.topic == "worker":
                self._workers.add(hint.id)
            elif hint.topic == "missed":
                self._reconciled_at = 0
            else:
                continue
            self._wake.set()
            if self._heard_at is None:
                self._heard_at = self._clock.now()

    def nudge(self) -> None:
        """Look now: something may have changed that no hint tells of, such as the time."""
        self._wake.set()

    def rest(self) -> None:
        """Another process dispatches: what is hinted is not taken in, until `run` reads all of it afresh."""
        self._rests = True
        self._contacts.clear()
        self._workers.clear()

    async def run(self) -> None:
        """Dispatch for ever. The store may go and come back meanwhile."""
        self._rests = False
        self._reconciled_at = 0
        while True:
            try:
                await self.step()
            except Exception:  # whatever it was, who waits is planned for again
                log.error("dispatch_failed", exc_info=True)
                self._reconciled_at = 0
                await asyncio.sleep(TICK_S)
            await self._wait()

    async def step(self) -> int:
        """Take in what happened, plan, and commit; returns how many contacts were given to workers.

        Raises `Conflict` ("dispatch_fruitless") when floor and database cannot agree: then read all of it afresh.
        """
        now = self._clock.now()
        self.ticked_at = now
        heard_at, self._heard_at = self._heard_at, None
        if now - self._reconciled_at > RECONCILE_EVERY_S * SECOND:
            await self._rebuild()
            self._reconciled_at = now
        else:
            await self._refresh()
        given = fruitless = 0
        while decisions := self.floor.plan(self._clock.now(), BATCH):
            done = await self._commit(decisions)
            self.ticked_at = self._clock.now()  # who has much to commit is not stuck
            if done and heard_at is not None:
                self._metrics.dispatched((self._clock.now() - heard_at) / SECOND)
                heard_at = None
            await self._refresh()
            given += done
            fruitless = 0 if done else fruitless + 1
            if fruitless == FRUITLESS_MOST:
                raise Conflict("dispatch_fruitless")
        return given

    async def _wait(self) -> None:
        now = self._clock.now()
        change = self.floor.next_change(now)
        pause = TICK_S if change is None else min(TICK_S, max(0.0, (change - now) / SECOND))
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._wake.wait()
        self._wake.clear()

    async def _commit(self, decisions: list[Decision]) -> int:
        outcomes = await self._claim(decisions)
        given = 0
        for decision, outcome in zip(decisions, outcomes, strict=True):
            if outcome is None:
                given += 1
                self._metrics.offer("made")
                continue
            self._metrics.offer("stale")
            self.floor.put_back(decision)
            self._contacts.add(decision.contact_id)
            self._workers.update(worker_id for _, worker_id in decision.workers)
            if not isinstance(outcome, HelplineError):
                raise outcome
        return given

    async def _claim(self, decisions: list[Decision]) -> list[Exception | None]:
        """All together; one by one when one of them is such that the database refuses them all."""
        try:
            return [*await self._store.write(lambda tx: claim(tx, self._house, decisions))]
        except (Conflict, StoreFault):
            outcomes = await self._store.write_batch([partial(_claim_one, self._house, each) for each in decisions])
            return [one if isinstance(one, Exception) else None for one in outcomes]
        except HelplineError as error:
            return [error for _ in decisions]

    async def _refresh(self) -> None:
        """Read what was hinted at, and put it on the floor or take it off."""
        if not self._contacts and not self._workers:
            return
        contact_ids, worker_ids = list(self._contacts), list(self._workers)
        self._contacts.clear()
        self._workers.clear()
        try:
            read = await self._store.read(lambda tx: _read(tx, self._house, contact_ids, worker_ids))
        except HelplineError:
            self._contacts.update(contact_ids)
            self._workers.update(worker_ids)
            raise
        self._put(*read, contact_ids, worker_ids)

    async def _rebuild(self) -> None:
        """Compare all of the floor with all of the database; at the start, that fills it."""
        self._contacts.clear()
        self._workers.clear()
        read = await self._store.read(lambda tx: _read(tx, self._house, None, None))
        gone = [contact.id for contact in self.floor.contacts()]
        off = [worker.id for worker in self.floor.workers()]
        self._put(*read, gone, off)

    def _put(
        self, waiting: list[WaitingContact], there: list[WorkerState], contact_ids: list[str], worker_ids: list[str]
    ) -> None:
        for worker in there:
            self.floor.put_worker(worker)
        for worker_id in set(worker_ids) - {worker.id for worker in there}:
            self.floor.drop_worker(worker_id)
        for contact in waiting:
            self.floor.put_contact(contact)
        for contact_id in set(contact_ids) - {contact.id for contact in waiting}:
            self.floor.drop_contact(contact_id)


def _claim_one(house: House, decision: Decision, tx: Tx) -> None:
    (refused,) = claim(tx, house, [decision])
    if refused is not None:
        raise refused


def _read(
    tx: Tx, house: House, contact_ids: list[str] | None, worker_ids: list[str] | None
) -> tuple[list[WaitingContact], list[WorkerState]]:
    """Those who wait and those on duty, of these ids or all. A call-back that is not safe now does not wait now."""
    waiting = [one for one in contacts.waiting(tx, contact_ids) if may_be_called(house, one, tx.now)]
    refusers = assignments.refusers(tx, contact_ids) if waiting else {}
    sharing = assignments.of_wanting(tx) if any(one.wants is not None for one in waiting) else {}
    there = workers.on_duty(tx) if worker_ids is None else [w for w in workers.some(tx, worker_ids) if w.state != "off"]
    spoken = workers.languages(tx, worker_ids) if there else {}
    able = _able(tx, there)
    return (
        [
            as_waiting(one, refusers.get(one.id, ()), sharing.get(one.id, ()), _relays(tx, house, one, sharing))
            for one in waiting
        ],
        [as_worker_state(worker, spoken.get(worker.id, {}), able.get(worker.id)) for worker in there],
    )


def _able(tx: Tx, there: list[Worker]) -> dict[str, Able]:
    """What is known of these beyond their duty, of whom something is."""
    ids = [worker.id for worker in there]
    held = concerns.holds_back(tx, ids) | {span.worker_id for span in busy.at(tx, tx.now)} if ids else set()
    interpreting = [worker.id for worker in there if Role.INTERPRETER in worker.roles.split()]
    today = datetime.fromtimestamp(tx.now // SECOND, UTC).date()
    known = qualified.of(tx, interpreting, today) if interpreting else {}
    found = {id: Able(held_back=True) for id in held}
    for id, one in known.items():
        dialects = frozenset(dialect for spoken in one.dialects.values() for dialect in spoken)
        found[id] = Able(one.certified, one.child_friendly, dialects, one.undertaking_lapsed, id in held)
    return found


def _relays(
    tx: Tx, house: House, contact: Contact, sharing: Mapping[str, list[tuple[str, str]]]
) -> frozenset[str] | None:
    """What the one who is there speaks: over one of these languages the bridge is built.

    Of two who are there, the other one of the bridge; an officer speaks the line's own language.
    """
    there = sharing.get(contact.id, [])
    if contact.wants is None:
        return frozenset([house.line(contact.line).own_language]) if contact.kind == "request" else None
    other = {"interpreter": "counsellor", "counsellor": "interpreter"}[contact.wants]
    who = next((worker for worker, role in there if role == other), there[0][0] if there else None)
    if who is None:
        return None
    return frozenset(workers.languages(tx, [who]).get(who, {}))
