"""Hints to open pages, and Redis: what is live, and never the only copy of anything.

After a commit, every page that watches learns that something changed, and looks again. A page that is slow gets one
wake-up for many hints. Redis (or Valkey) carries hints between processes, and counts what all of them limit together.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from helpline.store.db import Hint

Wanted = Callable[[Hint], bool]


_OF_ONE = ("contact", "worker", "text")
"""Topics by which a page follows one contact or one worker."""


MOST_PENDING = 1_000
"""A page that takes nothing any more has so many hints waiting; then it is told to look at everything instead."""


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

    @property
    def overflows(self) -> bool:
        return len(self._pending) > MOST_PENDING

    def forget(self) -> None:
        """Whatever is pending is not wanted one by one any more."""
        self._pending.clear()

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
            if hint.topic == "missed":
                self._look_again()
            for key in (hint.topic, hint.id, ""):
                for subscription in self._hearing.get(key, ()):
                    subscription.offer((hint,))
                    if subscription.overflows:
                        subscription.forget()
                        self._hint_at_everything(subscription)

    def _look_again(self) -> None:
        """Something may have changed that nobody told."""
        for subscription in self._subscriptions:
            self._hint_at_everything(subscription)

    def _hint_at_everything(self, subscription: Subscription) -> None:
        """At all that this page follows."""
        for key in self._subscriptions[subscription]:
            subscription.offer((Hint(key, ""), *(Hint(topic, key) for topic in _OF_ONE)))

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


QUIET_S = 3.0
"""Every process says something each second: a connection that hears nothing for so long is broken."""

ANSWERS_WITHIN_S = 0.5
UNASKED_S = 5.0
"""A Redis that did not answer is not asked for counts for so long: nobody waits for it again and again."""


class RedisChannel:
    """`helpline.relay.Channel` on publish and subscribe. Nothing is kept there."""

    most_bytes = 60_000

    def __init__(self, url: str, name: str) -> None:
        self._name = name
        self._speaking = _commands(url)
        # One that waits for what others say must not be ended for being quiet by the client itself.
        self._listening = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=1.0, retry=_NO_RETRY)

    async def say(self, message: str) -> None:
        await self._speaking.publish(self._name, message)

    async def listen(self, heard: Callable[[str], None], joined: Callable[[], None]) -> None:
        async with self._listening.pubsub() as pubsub:
            async with asyncio.timeout(QUIET_S):
                await pubsub.subscribe(self._name)
            while True:
                async with asyncio.timeout(QUIET_S):
                    message = await pubsub.get_message(timeout=None)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    joined()
                elif message["type"] == "message":
                    heard(message["data"].decode("utf-8", "replace"))

    async def close(self) -> None:
        await self._speaking.aclose()
        await self._listening.aclose()


class RedisCounts:
    """`helpline.counts.Counts` for all processes. ``hashed`` makes of a key what may be known to others."""

    def __init__(self, url: str, prefix: str, hashed: Callable[[str], str]) -> None:
        self._redis = _commands(url)
        self._prefix, self._hashed = prefix, hashed
        self._unasked_until = 0.0

    async def wait(self, key: str, most: int, within: int) -> int:
        return int(await self._ask(_WAIT, key, most, within) or 0)

    async def add(self, key: str, within: int) -> None:
        await self._ask(_ADD, key, secrets.token_hex(8), within)

    async def take_back(self, key: str) -> None:
        await self._ask("redis.call('ZPOPMAX', KEYS[1])", key)

    async def forget(self, key: str) -> None:
        await self._ask("redis.call('DEL', KEYS[1])", key)

    async def close(self) -> None:
        await self._redis.aclose()

    async def _ask(self, script: str, key: str, *given: Any) -> Any:
        now = asyncio.get_running_loop().time()
        if now < self._unasked_until:
            return None
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                return await self._redis.eval(script, 1, f"{self._prefix}:{self._hashed(key)}", *given)
        except Exception:  # gone, full, a copy that cannot be written to: each process counts for itself
            self._unasked_until = now + UNASKED_S
            return None


# Times are the server's, in microseconds, which a double holds exactly.
_CLOCK = "local t = redis.call('TIME'); local now = t[1] * 1000000 + t[2]; "
_ADD = f"""{_CLOCK}
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] / 1000))
"""
_WAIT = f"""{_CLOCK}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
local oldest = redis.call('ZRANGE', KEYS[1], -ARGV[1], -ARGV[1], 'WITHSCORES')
if #oldest == 0 then return 0 end
return string.format('%.0f', math.max(1, oldest[2] + ARGV[2] - now))
"""

_NO_RETRY = Retry(NoBackoff(), 0)
"""A command whose answer was lost is not sent again by the client."""


def _commands(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0, retry=_NO_RETRY)
