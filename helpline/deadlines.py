"""Due timers: taken, and done in the same transaction, so that each happens once however many look."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import structlog

from helpline.clock import SECOND, Clock
from helpline.contacts import blocks, moves
from helpline.contacts.alone import has_no_counsellor
from helpline.contacts.lifecycle import Event
from helpline.house import House
from helpline.interpreting import booking_days, booking_offers, following, lapsing, requests
from helpline.metrics import Metrics
from helpline.notices import outcomes as notices
from helpline.protection import climbing, concerns, silence, starting, trial_calls
from helpline.referrals import answers as referrals
from helpline.referrals import directory, follow_ups
from helpline.referrals import service as referring
from helpline.staff import roster
from helpline.store import assignments, contacts, deadlines
from helpline.store.contacts import Contact
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
    contact = _held(tx, assignment_id, "offered")
    if contact is not None:
        moves.lose(tx, house, contact, Event.PASSED, "expired", "system", assignment_id)


def connect_expires(tx: Tx, house: House, assignment_id: str) -> None:
    """The worker said yes, and child and worker were not together in time."""
    contact = _held(tx, assignment_id, "connecting")
    if contact is not None:
        happen(tx, house, contact, rooms.TookTooLong(assignment_id), "system")


def wrap_up_over(tx: Tx, house: House, assignment_id: str) -> None:
    """The counsellor is free again; the draft stays, to be finished later."""
    contact = _held(tx, assignment_id, "wrap_up")
    if contact is not None:
        moves.close(tx, house, contact, Event.FINISHED, "system", contact.outcome or "served", "wrap_up_over")


def _held(tx: Tx, assignment_id: str, state: str) -> Contact | None:
    """The contact, locked, of an assignment that is in this state; None when that has passed."""
    assignment = assignments.get(tx, assignment_id)
    if assignment is None:
        return None
    contact = contacts.get_for_change(tx, assignment.contact_id)
    return contact if assignments.again(tx, assignment).state == state else None


def danger_waits(tx: Tx, house: House, contact_id: str) -> None:
    """A child in danger still has nobody."""
    contact = contacts.get(tx, contact_id)
    if has_no_counsellor(tx, contact):
        starting.alarm(
            tx,
            house,
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
    "guest_due": following.guest_due,
    "request_language": requests.next_language,
    "booked_lost": following.booked_lost,
    "text_choice": arrivals.no_choice,
    "text_waits": arrivals.waits_long,
    "text_silence": arrivals.fell_silent,
    "text_parked": arrivals.parked_too_long,
    "worker_left": talk.worker_left,
    "shift_begun": roster.shift_begun,
    "block_over": blocks.block_over,
    lapsing.TIMER: lapsing.look,
    "notice_look": notices.look_due,
    climbing.DEADLINE: climbing.due,
    concerns.ACT: concerns.act_due,
    silence.DEADLINE: silence.look,
    trial_calls.PLACE: trial_calls.place,
    trial_calls.LOOK: trial_calls.look,
    referring.DUE: referrals.silent,
    referring.PENDING: referrals.pending,
    follow_ups.FOLLOW_UP: follow_ups.due,
    directory.STALE: directory.stale,
    "booking_offer": booking_offers.offer_over,
    "booking_offer_clash": booking_offers.offer_clashes,
    "booking_day": booking_days.remind_on_the_day_before,
    "booking_hours": booking_days.remind_hours_before,
    "booking_near": booking_days.near,
    "booking_freed": booking_days.freed,
    "booking_unfilled": booking_days.still_unfilled,
    "booking_lapses": booking_days.lapses,
    "booking_begins": booking_days.begin,
    "booking_late": booking_days.late,
    "booking_report": booking_days.unreported,
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
            with suppress(TimeoutError):
                async with asyncio.timeout(min(TICK_S, max(0.0, pause))):
                    await self._wake.wait()
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
