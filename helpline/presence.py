"""Each second this process says in the database that it is there, and learns who else is.

What one that has died held is free after three seconds, since a live call may wait for it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from helpline.clock import SECOND, Clock
from helpline.relay import Relay, Way
from helpline.store import alarms, presence
from helpline.store.db import Store, Tx
from helpline.store.presence import Present, Seen

EVERY_S = 1.0
GONE_FOR_S = 3.0
"""A Redis that is gone for so long is told to the supervisors."""

APART = 10 * SECOND
"""A computer's clock that differs so much (µs) from the database's is told to them too."""

log = structlog.get_logger()


class Presence:
    """Beats until cancelled. ``relay`` is None where there is one process. ``leads``: whether this one dispatches."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        who: str,
        relay: Relay | None = None,
        leads: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._clock, self._who, self._relay, self._leads = store, clock, who, relay, leads
        self._gone_since: float | None = None
        self.present: tuple[Present, ...] = ()

    async def begin(self) -> None:
        """To be done before this process takes anything up, so that nobody thinks it dead."""
        if self._store.name != "postgresql":
            await self._store.write(lambda tx: presence.begin_alone(tx, self._who))
        await self.step()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.step()
            except Exception:  # the next beat tries again; whoever thinks us dead meanwhile does no harm
                log.warning("presence_failed", exc_info=True)

    async def step(self) -> None:
        way = self._relay.way if self._relay is not None else Way.NOTIFY
        leads = self._leads()

        def unit(tx: Tx) -> Seen:
            seen = presence.beat(tx, self._who, way.value)
            if leads:
                self._tell(tx, seen)
            return seen

        seen = await self._store.write(unit)
        self.present = seen.present
        if self._relay is not None:
            self._relay.are_there(seen.present)

    async def leave(self) -> None:
        """This process ends. A database that is gone learns of it by itself."""
        with suppress(Exception):
            await self._store.write(lambda tx: presence.leave(tx, self._who))

    def _tell(self, tx: Tx, seen: Seen) -> None:
        """The one that dispatches looks after the alarms about the servers."""
        now = asyncio.get_running_loop().time()
        if not any(one.hints == Way.GONE for one in seen.present):
            self._gone_since = None
            alarms.close_topic(tx, "redis_gone")
        elif self._gone_since is None:
            self._gone_since = now
        elif now - self._gone_since >= GONE_FOR_S:
            alarms.raise_alarm(tx, "redis_gone", "redis_gone")
        if abs(seen.now - self._clock.now()) > APART:
            alarms.raise_alarm(tx, "clock_jumped", "clock_jumped")
