"""Hints to open pages: after a commit, every page that watches learns that something changed, and looks again.

A hint is never the only copy of anything. A page that is slow gets one wake-up for many hints.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from helpline.store.db import Hint

Wanted = Callable[[Hint], bool]


class Subscription:
    """What one page has not yet looked at. Iterating waits for hints and takes all that came meanwhile."""

    __slots__ = ("_pending", "_wake", "_wanted")

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._pending: set[Hint] = set()
        self._wake = asyncio.Event()

    def offer(self, hints: tuple[Hint, ...]) -> None:
        before = len(self._pending)
        self._pending.update(hint for hint in hints if self._wanted(hint))
        if len(self._pending) != before:
            self._wake.set()

    def take(self) -> frozenset[Hint]:
        """What came since the last look; may be empty."""
        taken = frozenset(self._pending)
        self._pending.clear()
        self._wake.clear()
        return taken

    async def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for a hint; say whether there is one."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def __aiter__(self) -> AsyncIterator[frozenset[Hint]]:
        while True:
            await self._wake.wait()
            yield self.take()


class Hub:
    """Hands hints to the pages of this process; ``publish`` is what `Store.listen` is given."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, hints: tuple[Hint, ...]) -> None:
        """Call it in the event loop only."""
        for subscription in self._subscriptions:
            subscription.offer(hints)

    @contextmanager
    def watch(self, wanted: Wanted) -> Iterator[Subscription]:
        """A subscription for as long as the block runs."""
        subscription = Subscription(wanted)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    @property
    def watching(self) -> int:
        """How many pages watch."""
        return len(self._subscriptions)
