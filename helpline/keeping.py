"""What is looked after in the background: the clock's heartbeat, the gauges, and what is no longer to be kept."""

import asyncio

import structlog

from helpline.clock import DAY, HOUR, SECOND, SystemClock
from helpline.metrics import Metrics
from helpline.store import alarms, deliveries, effects, legs, retention
from helpline.store.db import Store, Tx

BEAT_S = 5.0
JUMP = 30 * SECOND
"""A wall clock that is this far from ours has jumped, and a supervisor is told."""

LOOK_AT_CALLS_EVERY = 20 * SECOND
LOOKED_AT_WITHIN = 120 * SECOND
"""A carrier loses callbacks: after so long it is asked whether a call is still going on."""

LOOKS_AT_ONCE = 100
"""Of this many calls, so that a busy night does not become a flood of questions."""

CLEAN_EVERY = HOUR
REPEATS_WITHIN = 7 * DAY
"""A delivery is remembered for as long as a carrier may still repeat it."""

log = structlog.get_logger()


class Keeper:
    """Beats until cancelled. ``clock`` is the process's own; one without a wall behind it (tests) never jumps."""

    def __init__(self, store: Store, clock: SystemClock, metrics: Metrics) -> None:
        self._store, self._clock, self._metrics = store, clock, metrics
        self._cleaned_at = 0
        self._looked_at = 0

    async def run(self) -> None:
        while True:
            try:
                await self.step()
            except Exception:  # nobody waits for it; the next beat tries again
                log.error("keeping_failed", exc_info=True)
            await asyncio.sleep(BEAT_S)

    async def step(self) -> None:
        jumped = abs(self._clock.drift()) > JUMP
        await self._store.write(lambda tx: _beat(tx, jumped))
        await self._gauge()
        now = self._clock.now()
        if now - self._looked_at > LOOK_AT_CALLS_EVERY:
            self._looked_at = now
            await self._store.write(look_at_calls)
        if now - self._cleaned_at > CLEAN_EVERY:
            self._cleaned_at = now
            while await self._store.write(_clean):
                await asyncio.sleep(0)

    async def _gauge(self) -> None:
        found = await self._store.read(
            lambda tx: (
                retention.open_contacts(tx),
                retention.duty_states(tx),
                effects.pending(tx),
                retention.open_alarms(tx),
            )
        )
        self._metrics.contacts(found[0])
        self._metrics.workers(found[1])
        self._metrics.effects_pending(found[2])
        self._metrics.alarms(found[3])


def _beat(tx: Tx, jumped: bool) -> None:
    retention.beat(tx, "clock")
    if jumped:
        alarms.raise_alarm(tx, "clock_jumped", "clock_jumped")


def look_at_calls(tx: Tx) -> None:
    """A child whose hang-up nobody told us of is not waited for, and none waits alone where a counsellor was."""
    for leg_id, contact_id in legs.unchecked(tx, tx.now - LOOKED_AT_WITHIN, LOOKS_AT_ONCE):
        effects.add(tx, "check_call", contact_id, leg_id)


def _clean(tx: Tx) -> int:
    """Some of what is past its time, so that no caller waits behind a long deletion; 0 when nothing is left."""
    forgotten = deliveries.forget_before(tx, tx.now - REPEATS_WITHIN)
    return forgotten + retention.forget_contacts(tx)
