"""The carrier's time: a factor that makes everything run faster, and a bell to wait on instead of polling."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")


class PracticeClock:
    """Carrier seconds: `speed` of them pass in one real second. Dates stay real, durations are carrier seconds."""

    def __init__(self, speed: float) -> None:
        if not (math.isfinite(speed) and 0 < speed <= 1000):
            raise ValueError("speed must be above 0 and at most 1000")
        self.speed = speed

    async def pause(self, seconds: float) -> None:
        """Wait for `seconds` carrier seconds."""
        await asyncio.sleep(self.real(seconds))

    def real(self, seconds: float) -> float:
        """How many real seconds `seconds` carrier seconds take."""
        return max(0.0, seconds) / self.speed

    def elapsed(self) -> float:
        """Carrier seconds on a clock that only goes forward."""
        return asyncio.get_running_loop().time() * self.speed

    def now(self) -> datetime:
        """The date, for what the carrier writes down."""
        return datetime.now(UTC)


class Bell:
    """Rung when something changed; whoever waits looks again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self.rings = 0

    def ring(self) -> None:
        """Wake everyone who waits."""
        self.rings += 1
        waiting, self._waiting = self._waiting, set()
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def next_ring(self) -> asyncio.Future[None]:
        """A future that the next ring settles; a ring right after this call is not missed."""
        ring: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(ring)
        ring.add_done_callback(self._waiting.discard)
        return ring

    async def wait(self, timeout: float | None = None) -> None:
        """Wait for the next ring. Raises TimeoutError after `timeout` real seconds."""
        ring = self.next_ring()
        try:
            async with asyncio.timeout(timeout):
                await ring
        finally:
            self._waiting.discard(ring)

    async def until(self, look: Callable[[], T | None], timeout: float | None) -> T:
        """Wait until `look()` gives something true, and give it. Raises TimeoutError after `timeout` real seconds."""
        async with asyncio.timeout(timeout):
            while True:
                seen = look()
                if seen:
                    return seen
                await self.wait()


class Sids:
    """Twilio's identifiers: two letters and 32 hexadecimal digits, from a seeded generator."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def new(self, prefix: str) -> str:
        """A new identifier that begins with `prefix`."""
        return f"{prefix}{self._chance.getrandbits(128):032x}"
