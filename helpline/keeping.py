"""What is looked after in the background: the clock, the gauges, cover, and what is no longer to be kept."""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from helpline import cover
from helpline.clock import DAY, HOUR, MINUTE, SECOND, SystemClock
from helpline.house import House
from helpline.interpreting import bookings
from helpline.interpreting.pins import FORGOTTEN_AFTER
from helpline.metrics import Metrics
from helpline.store import alarms, blocks, broadcasts, deliveries, effects, legs, notices, pins, referrals, retention
from helpline.store.db import Store, Tx
from helpline.tally import Tally

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

MEASURES_KEPT = 30 * DAY
"""A block or a message to everyone that is over so long is deleted; that there was one stays in the audit."""

NOTICE_WORDS_KEPT = 7 * DAY
"""Recipient and words of a message to an adult, after its end."""

NOTICES_KEPT = 90 * DAY
"""That there was one, when and how it ended, after it was written."""

log = structlog.get_logger()


class Keeper:
    """Beats until cancelled. ``clock`` is the process's own; one without a wall behind it (tests) never jumps.

    ``watching`` tells how many pages are open. ``leads``: whether this process is the one that dispatches; it alone
    does what is to be done once for all.
    """

    def __init__(
        self,
        store: Store,
        house: House,
        clock: SystemClock,
        metrics: Metrics,
        watching: Callable[[], int] = lambda: 0,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store, self._house, self._clock, self._metrics = store, house, clock, metrics
        self._watching, self._leads = watching, leads
        self._tally = Tally(store, metrics)
        self._told_drift = 0
        self._looked_at = self._covered_at = self._cleaned_at = 0

    async def run(self) -> None:
        while True:
            try:
                await self.step()
            except Exception:  # nobody waits for it; the next beat tries again
                log.error("keeping_failed", exc_info=True)
            await asyncio.sleep(BEAT_S)

    async def step(self) -> None:
        jumped = self._has_jumped()
        await self._store.write(partial(_beat, jumped=jumped))
        if self._leads():
            await self._keep_house()
            await self._tally.count()
        else:
            self._tally.pass_over()
        await self._gauge()

    async def _keep_house(self) -> None:
        now = self._clock.now()
        if now - self._looked_at > LOOK_AT_CALLS_EVERY:
            self._looked_at = now
            await self._store.write(look_at_calls)
        if now // MINUTE != self._covered_at // MINUTE:  # a line opens at a full minute
            self._covered_at = now
            await self._store.write(partial(cover.look, house=self._house))
        if now - self._cleaned_at > CLEAN_EVERY:
            self._cleaned_at = now
            while await self._store.write(partial(_clean, house=self._house)):
                await asyncio.sleep(0)

    def _has_jumped(self) -> bool:
        """True once for each jump: one that was told of is not told again, and the way back is no jump."""
        drift = self._clock.drift()
        if abs(drift) <= JUMP:
            self._told_drift = 0
            return False
        if abs(drift - self._told_drift) <= JUMP:
            return False
        self._told_drift = drift
        return True

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
        self._metrics.pages(self._watching())


def _beat(tx: Tx, jumped: bool) -> None:
    retention.beat(tx, "clock")
    if jumped:
        alarms.raise_alarm(tx, "clock_jumped", "clock_jumped")


def look_at_calls(tx: Tx) -> None:
    """A child whose hang-up nobody told us of is not waited for, and none waits alone where a counsellor was."""
    for leg_id, contact_id in legs.unchecked(tx, tx.now - LOOKED_AT_WITHIN, LOOKS_AT_ONCE):
        effects.add(tx, "check_call", contact_id, leg_id)


def _clean(tx: Tx, house: House) -> int:
    """Some of what is past its time, so that no caller waits behind a long deletion; 0 when nothing is left."""
    longest = max(line.keep_days for line in house.directory.lines.values())
    kept_since = tx.now - longest * DAY
    return (
        deliveries.forget_before(tx, tx.now - REPEATS_WITHIN)
        + retention.forget_contacts(tx)
        + retention.forget_cases(tx, kept_since)
        + retention.forget_referrals(tx, kept_since)
        + retention.forget_concerns(tx, kept_since)
        + retention.forget_climbs(tx, kept_since)
        + retention.forget_holders(tx, kept_since)
        + retention.forget_callers(tx, kept_since)
        + retention.forget_sign_ins(tx)
        + referrals.forget_visits(tx)
        + blocks.forget_before(tx, tx.now - MEASURES_KEPT)
        + broadcasts.forget_before(tx, tx.now - MEASURES_KEPT)
        + bookings.forget(tx, house)
        + notices.erase(tx, tx.now - NOTICE_WORDS_KEPT)
        + notices.forget_before(tx, tx.now - NOTICES_KEPT)
        + pins.forget_before(tx, tx.now - FORGOTTEN_AFTER)
    )
