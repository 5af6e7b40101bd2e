"""Which process dispatches: the one that holds the lease. Another takes over within three seconds.

Two that dispatch for a moment do no harm: the database decides every claim. What the lease saves is work, and a floor
that is planned by one mind.
"""

import asyncio
from contextlib import suppress

import structlog

from helpline.dispatch import Dispatcher
from helpline.ending import end
from helpline.errors import Conflict, Unavailable
from helpline.store.leases import Lease

EVERY_S = 0.4
"""How often the lease is renewed, or looked at by those who do not have it."""

TICKS_WITHIN_S = 3.0
"""A dispatcher that ticks each second and has not for so long is not well."""

STUCK_AFTER_S = 5.0
"""A dispatcher that has not ticked for so long while the database answers is stuck: another is to try."""

PAUSE_S = 2.0
"""Who was stuck lets the others try first."""

MUST_HOLD_WITHIN_S = 3.0

log = structlog.get_logger()


class Leading:
    """Holds the lease or waits for it, and dispatches while it has it; until cancelled, or told to step down."""

    def __init__(self, lease: Lease, dispatcher: Dispatcher) -> None:
        self._lease, self._dispatcher = lease, dispatcher
        self._dispatching: asyncio.Task[None] | None = None
        self._steps_down, self._ended = asyncio.Event(), asyncio.Event()
        self._tick, self._tick_seen_at = 0, 0.0

    @property
    def leads(self) -> bool:
        """Whether this process dispatches."""
        return self._dispatching is not None

    async def must_hold(self) -> None:
        """For a database that one process has to itself. Raises `Conflict` ("store_in_use") when another serves it."""
        tries = round(MUST_HOLD_WITHIN_S / EVERY_S)
        for turn in range(tries):
            if await self._lease.hold():
                return
            if turn + 1 < tries:
                await asyncio.sleep(EVERY_S)  # whoever was told to stop may be about to
        raise Conflict(
            "store_in_use",
            "Another process serves this database. On SQLite there can be one; several need PostgreSQL.",
        )

    async def run(self) -> None:
        self._dispatcher.rest()
        try:
            while not self._steps_down.is_set():
                pause = await self._step()
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._steps_down.wait()
        finally:
            await self._stop_dispatching()
            await self._lease.let_go()
            self._ended.set()

    async def step_down(self) -> None:
        """Dispatch no more, for good, and let another process do it at once."""
        self._steps_down.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(MUST_HOLD_WITHIN_S):
                await self._ended.wait()

    async def is_seen_to(self) -> bool:
        """For a health check: this process dispatches as it should, or another has the lease."""
        return self._tickless_s() <= TICKS_WITHIN_S if self.leads else self._lease.is_held

    async def _step(self) -> float:
        """Renew or look; returns after how many seconds to do so again."""
        try:
            holds = await self._lease.hold()
        except Unavailable as error:
            if self.leads:
                log.warning("lease_lost", code=error.code)
            holds = False
        if not holds:
            await self._stop_dispatching()
        elif self._dispatching is None:
            log.info("dispatching")
            self._tick_seen_at = asyncio.get_running_loop().time()
            self._dispatching = asyncio.create_task(self._dispatcher.run())
        elif self._tickless_s() > STUCK_AFTER_S:
            log.error("dispatcher_stuck")
            await self._stop_dispatching()
            await self._lease.let_go()
            return PAUSE_S
        return EVERY_S

    def _tickless_s(self) -> float:
        """For how long no tick was seen, by a clock that nobody can turn."""
        now = asyncio.get_running_loop().time()
        if self._dispatcher.ticked_at != self._tick:
            self._tick, self._tick_seen_at = self._dispatcher.ticked_at, now
        return now - self._tick_seen_at

    async def _stop_dispatching(self) -> None:
        task, self._dispatching = self._dispatching, None
        if task is not None:
            await end([task])
            self._dispatcher.rest()
