"""Hints between the processes that serve one database, so that each hears at once what another has committed.

Redis carries them where there is one, else, or when it is gone, PostgreSQL's notifications do. A hint is a topic and an
id, and never the only copy of anything: whoever may have missed some is told so (topic ``missed``), and looks at
everything again. Who hears nothing by Redis says so with its presence, and is told by the other way.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Protocol

import structlog

from helpline.ending import end
from helpline.store.db import Hint, Store
from helpline.store.presence import Present

EVERY_S = 1.0
"""A process says something at least so often, so that all know who hears whom."""

OWN_WITHIN_S = 2.5
"""Who has not heard itself for so long hears nothing."""

OTHERS_WITHIN_S = 5.0
"""A process that is there and was not heard for so long talks to somebody else: there are two Redis, or half of one."""

SAY_WITHIN_S = 1.0
AGAIN_AFTER_S = 0.5
MISSED_FOR_S = 3.0
"""After losing a way the others may not know of it for so long: meanwhile everything is looked at each second."""

_NOT_TOLD = frozenset({"deadline", "effect", "missed"})
"""What the process that wrote it sees to itself. If it dies, the tick of another finds the row."""

_MISSED = (Hint("missed", ""),)

log = structlog.get_logger()


class Way(StrEnum):
    """How a process hears of the others' changes."""

    REDIS = "redis"
    NOTIFY = "notify"  # no Redis is configured
    GONE = "gone"  # there should be a Redis


class Channel(Protocol):
    """A way for short messages to every process that listens, this one among them."""

    most_bytes: int

    async def say(self, message: str) -> None:
        """Raises an exception of any kind when it could not be said."""
        ...

    async def listen(self, heard: Callable[[str], None], joined: Callable[[], None]) -> None:
        """Listen until cancelled; raises when nothing can be heard any more. ``joined``: from now on it is."""
        ...

    async def close(self) -> None: ...


class Relay:
    """Tells what this process commits, and hears what others do. ``redis`` is None where none is configured."""

    def __init__(self, store: Store, who: str, redis: Channel | None, notify: Channel) -> None:
        self._store, self._who, self._redis, self._notify = store, who, redis, notify
        self._pending: dict[Hint, None] = {}
        self._wake = asyncio.Event()
        self._heard_at: dict[str, float] = {}  # by Redis, from whom
        self._there_since: dict[str, float] = {}  # others that hear by Redis
        self._others_hear = True
        self._told_way: Way | None = None
        self._missing_until = 0.0
        self._everything = False
        store.listen(self._publish, own_only=True)

    @property
    def way(self) -> Way:
        """How this process hears now."""
        if self._redis is None:
            return Way.NOTIFY
        now = _now()
        if now - self._heard_at.get(self._who, -OWN_WITHIN_S) > OWN_WITHIN_S:
            return Way.GONE
        for id, since in self._there_since.items():
            if now - max(since, self._heard_at.get(id, 0.0)) > OTHERS_WITHIN_S:
                return Way.GONE
        return Way.REDIS

    def are_there(self, present: Iterable[Present]) -> None:
        """Who serves now, as their presence says."""
        others = [one for one in present if one.id != self._who]
        now = _now()
        by_redis = {one.id for one in others if one.hints == Way.REDIS}
        self._there_since = {id: self._there_since.get(id, now) for id in by_redis}
        self._others_hear = all(one.hints == Way.REDIS for one in others)

    def leave_effects(self) -> None:
        """This process is about to end: from now on others are told of effects too."""
        self._everything = True

    async def run(self) -> None:
        """Tell and hear until cancelled. What is pending then is told."""
        self._heard_at[self._who] = _now()  # until it should have heard itself
        listening = [asyncio.create_task(self._listen(channel)) for channel in (self._redis, self._notify) if channel]
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        await self._wake.wait()
                self._wake.clear()
                await self._tell()
                self._look_at_myself()
        finally:
            await end(listening)
            await self._tell()
            for channel in (self._redis, self._notify):
                if channel is not None:
                    await channel.close()

    def _publish(self, hints: tuple[Hint, ...]) -> None:
        for hint in hints:
            if hint.topic not in _NOT_TOLD or (self._everything and hint.topic == "effect"):
                self._pending[hint] = None
        if self._pending:
            self._wake.set()

    async def _tell(self) -> None:
        hints, self._pending = tuple(self._pending), {}
        by_redis = self._redis is not None and await self._say(self._redis, hints)
        if hints and not (by_redis and self._others_hear and self.way is Way.REDIS):
            await self._say(self._notify, hints)

    async def _say(self, channel: Channel, hints: tuple[Hint, ...]) -> bool:
        try:
            for message in messages(self._who, hints, channel.most_bytes):
                async with asyncio.timeout(SAY_WITHIN_S):
                    await channel.say(message)
        except Exception:  # whatever it was: the other way, or the tick, brings it
            return False
        return True

    async def _listen(self, channel: Channel) -> None:
        joined_before = False

        def joined() -> None:
            nonlocal joined_before
            if joined_before:
                self._store.tell(_MISSED)
            joined_before = True

        while True:
            try:
                await channel.listen(lambda message: self._hear(channel, message), joined)
            except Exception as error:
                log.warning("hints_lost", kind=type(error).__name__)
                self._store.tell(_MISSED)
            await asyncio.sleep(AGAIN_AFTER_S)

    def _hear(self, channel: Channel, message: str) -> None:
        who, hints = read(message)
        if channel is self._redis:
            self._heard_at[who] = _now()
        if hints and who != self._who:
            self._store.tell(hints)

    def _look_at_myself(self) -> None:
        way, now = self.way, _now()
        if way is not self._told_way:
            if self._told_way is not None:
                (log.warning if way is Way.GONE else log.info)("hints_by", kind=way.value)
                self._missing_until = now + MISSED_FOR_S
            self._told_way = way
        if now < self._missing_until:
            self._store.tell(_MISSED)
        self._heard_at = {who: at for who, at in self._heard_at.items() if now - at < 10 * OTHERS_WITHIN_S}


def messages(who: str, hints: Iterable[Hint], most_bytes: int) -> Iterator[str]:
    """What is said of these hints, in pieces of at most so many bytes; without hints, that somebody is there."""
    some: list[Hint] = []
    size = 0
    for hint in hints:
        more = len(hint.topic.encode()) + len(hint.id.encode()) + 16
        if some and size + more > most_bytes - 100:
            yield json.dumps([who, some])
            some, size = [], 0
        some.append(hint)
        size += more
    yield json.dumps([who, some])


def read(message: str) -> tuple[str, tuple[Hint, ...]]:
    """Who said it, and the hints. What is not of our making says nothing of anybody."""
    try:
        who, hints = json.loads(message)
        return str(who), tuple(Hint(str(topic), str(id)) for topic, id in hints)
    except (ValueError, TypeError):
        return "", ()


def _now() -> float:
    return asyncio.get_running_loop().time()
