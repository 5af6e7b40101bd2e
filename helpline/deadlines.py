"""Due timers: taken, and done in the same transaction, so that each happens once however many look."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from helpline.clock import SECOND, Clock
from helpline.contacts import blocks, moves
from helpline.contacts.lifecycle import Event, State
from helpline.house import House
from helpline.metrics import Metrics
from helpline.staff import roster
from helpline.store import alarms, assignments, contacts, deadlines
from helpline.store.db import Hint, Store, Tx
from helpline.store.deadlines import Deadline
from helpline.threads import arrivals, talk
from helpline.voice import room as rooms
from helpline.voice.service import happen

TICK_S = 1.0
BATCH = 200
PATIENCE_S = (1, 2, 5, 15, 60)
"""Seconds until one that failed is tried again; the last value repeats."""

log = structlog.get_logger()

Handler = Callable[[Tx, House, str], None]


def offer_expires(tx: Tx, house: House, assignment_id: str) -> None:
    """Nobody answered the offer: it goes on, and the worker is set away and told so."""
    assignment = assignments.get(tx, assignment_id)
    if assignment is not None and assignment.state == "offered":
        contact = contacts.get_for_change(tx, assignment.contact_id)
        moves.back_to_waiting(tx, house, contact, Event.PASSED, "expired", "system")


def connect_expires(tx: Tx, house: House, assignment_id: str) -> None:
    """The worker said yes, and child and worker were not together in time."""
    assignment = assignments.get(tx, assignment_id)
    if assignment is not None and assignment.state == "connecting":
        contact = contacts.get_for_change(tx, assignment.contact_id)
        happen(tx, house, contact, rooms.TookTooLong(), "system")


def wrap_up_over(tx: Tx, house: House, assignment_id: str) -> None:
    """The counsellor is free again; the draft stays, to be finished later."""
    assignment = assignments.get(tx, assignment_id)
    if assignment is not None and assignment.state == "wrap_up":
        contact = contacts.get_for_change(tx, assignment.contact_id)
        moves.close(tx, house, contact, Event.FINISHED, "system", contact.outcome or "served", "wrap_up_over")


def danger_waits(tx: Tx, house: House, contact_id: str) -> None:
    """A child in danger still has nobody."""
    contact = contacts.get(tx, contact_id)
    if contact.state in (State.WAITING, State.OFFERED, State.CONNECTING):
        alarms.raise_alarm(
            tx,
            "danger_waiting",
            f"danger_waiting:{contact.id}",
            line=contact.line,
            language=contact.language,
            contact_id=contact.id,
        )


def callback_due(tx: Tx, house: House, contact_id: str) -> None:
    """It is safe to call now: the contact joins those who wait."""
    tx.hint("contact", contact_id)


HANDLERS: Mapping[str, Handler] = {
    "offer": offer_expires,
    "connect": connect_expires,
    "wrap_up": wrap_up_over,
    "danger_waiting": danger_waits,
    "callback_due": callback_due,
    "text_choice": arrivals.no_choice,
    "text_waits": arrivals.waits_long,
    "text_silence": arrivals.fell_silent,
    "text_parked": arrivals.parked_too_long,
    "worker_left": talk.worker_left,
    "shift_begun": roster.shift_begun,
    "block_over": blocks.block_over,
}


def run_one(tx: Tx, house: House, deadline: Deadline) -> bool:
    """Take it and do it. False when another was first."""
    if not deadlines.take(tx, deadline.id):
        return False
    HANDLERS[deadline.kind](tx, house, deadline.subject_id)
    return True


class Timers:
    """Runs what is due, as soon as it is due, until cancelled."""

    def __init__(self, store: Store, house: House, clock: Clock, metrics: Metrics) -> None:
        self._store, self._house, self._clock, self._metrics = store, house, clock, metrics
        self._next: int | None = None
        self._wake = asyncio.Event()
        self.ticked_at = 0
        store.listen(self._hear)

    def _hear(self, hints: tuple[Hint, ...]) -> None:
        for hint in hints:
            if hint.topic == "deadline" and (self._next is None or int(hint.id) < self._next):
                self._next = int(hint.id)
                self._wake.set()

    def nudge(self) -> None:
        """Look now: something may have changed that no hint tells of, such as the time."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                await self.step()
            except Exception:  # the rows are still there, and the next tick finds them
                log.error("timers_failed", exc_info=True)
                await asyncio.sleep(TICK_S)
            pause = TICK_S if self._next is None else (self._next - self._clock.now()) / SECOND
            try:
                await asyncio.wait_for(self._wake.wait(), min(TICK_S, max(0.0, pause)))
            except TimeoutError:
                pass
            self._wake.clear()

    async def step(self) -> int:
        """Do all that is due now; returns how many."""
        done = 0
        self.ticked_at = self._clock.now()
        while True:
            due, self._next = await self._store.read(lambda tx: (deadlines.due(tx, BATCH), deadlines.next_due(tx)))
            if not due:
                return done
            units = [partial(run_one, house=self._house, deadline=deadline) for deadline in due]
            for deadline, outcome in zip(due, await self._store.write_batch(units), strict=True):
                if isinstance(outcome, Exception):
                    await self._failed(deadline, outcome)
                else:
                    done += outcome
                    self._metrics.deadline(deadline.kind, (self._clock.now() - deadline.due_at) / SECOND)

    async def _failed(self, deadline: Deadline, error: Exception) -> None:
        """It is tried again later, and never dropped."""
        log.error("deadline_failed", kind=deadline.kind, deadline=deadline.id, exc_info=error)
        pause = PATIENCE_S[min(deadline.attempts, len(PATIENCE_S) - 1)]
        until = self._clock.now() + pause * SECOND
        await self._store.write(lambda tx: deadlines.postpone(tx, deadline.id, until))
