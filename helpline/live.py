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
    """Hands hints to the pages of this process; ``publish`` is what `Store.listen` is given.

    Thousands of pages watch, and most hints concern one or two: a page says which topics it hears of, and of which ids.
    """

    def __init__(self) -> None:
        self._subscriptions: dict[Subscription, frozenset[str]] = {}
        self._hearing: dict[str, set[Subscription]] = {}  # of a topic, or of an id

    def publish(self, hints: tuple[Hint, ...]) -> None:
        """Call it in the event loop only."""
        for hint in hints:
            for key in (hint.topic, hint.id, ""):
                for subscription in self._hearing.get(key, ()):
                    subscription.offer((hint,))

    @contextmanager
    def watch(self, wanted: Wanted, *keys: str) -> Iterator[Subscription]:
        """A subscription for as long as the block runs, to the hints with one of these topics or ids; all by itself."""
        subscription = Subscription(wanted)
        self.follow(subscription, frozenset(keys or ("",)))
        try:
            yield subscription
        finally:
            self.follow(subscription, frozenset())
            del self._subscriptions[subscription]

    def follow(self, subscription: Subscription, keys: frozenset[str]) -> None:
        """From now on these topics and ids, in place of those before."""
        before = self._subscriptions.get(subscription, frozenset())
        for key in before - keys:
            self._hearing[key].discard(subscription)
            if not self._hearing[key]:
                del self._hearing[key]
        for key in keys - before:
            self._hearing.setdefault(key, set()).add(subscription)
        self._subscriptions[subscription] = keys

    @property
    def watching(self) -> int:
        """How many pages watch."""
        return len(self._subscriptions)
