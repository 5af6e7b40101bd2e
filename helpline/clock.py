"""Time and ids, handed in wherever they are needed so that tests and simulations own them.

All times are UTC in integer microseconds since 1970. A running process counts on a clock that a change of the
wall clock does not move: the wall is read once at the start, and a later jump is reported, never followed.
"""

import os
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """What tells the time: microseconds UTC that never run backwards within a process."""

    def now(self) -> int: ...


Reading = Callable[[], int]
"""Reads a clock of the machine, in microseconds."""


def _wall() -> int:
    return time.time_ns() // 1000


def _steady() -> int:
    return time.monotonic_ns() // 1000


class SystemClock:
    """The wall clock as it was at the start, carried on by the monotonic clock.

    ``floor`` is the latest time that the store has seen: a process that starts with its wall clock set back
    goes on from there, so that no durable deadline is ever moved into a far future. ``wall`` and ``steady`` stand in
    for the machine's clocks in simulations.
    """

    def __init__(self, floor: int = 0, wall: Reading = _wall, steady: Reading = _steady) -> None:
        self._wall, self._steady = wall, steady
        self._offset = max(wall(), floor) - steady()

    def now(self) -> int:
        return self._offset + self._steady()

    def drift(self) -> int:
        """Microseconds by which the wall clock is now ahead of (+) or behind (-) this clock."""
        return self._wall() - self.now()

    def not_before(self, floor: int) -> None:
        """Go on from ``floor`` if this clock is behind it."""
        self._offset = max(self._offset, floor - self._steady())


class Chance(random.SystemRandom):
    """The system's random source, fetched for many draws at once.

    Each fetch is a call of the kernel that lets the other threads of the process go first. Safe to use from several.
    """

    _DRAW = 16  # bytes
    _DRAWS = 256

    def __init__(self) -> None:
        super().__init__()
        self._ready: deque[bytes] = deque()

    def getrandbits(self, k: int) -> int:
        if not 0 < k <= 8 * self._DRAW:
            return super().getrandbits(k)
        try:
            drawn = self._ready.popleft()
        except IndexError:
            fetched = os.urandom(self._DRAW * self._DRAWS)
            self._ready.extend(fetched[at : at + self._DRAW] for at in range(self._DRAW, len(fetched), self._DRAW))
            drawn = fetched[: self._DRAW]
        return int.from_bytes(drawn) >> (8 * self._DRAW - k)


def uuid7(now: int, bits: int) -> str:
    """The UUIDv7 text for a time in microseconds and 74 random ``bits`` (RFC 9562, section 5.7)."""
    milliseconds = now // 1000
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | (bits >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | bits & ((1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def ids_from(clock: Clock, chance: random.Random | None = None) -> Callable[[], str]:
    """A source of UUIDv7 ids from a clock and a random source (the system's when none is given).

    Ids of one source only grow, also within a millisecond, so that their order is the order of what was written.
    """
    source = chance or Chance()
    last = ""

    def fresh() -> str:
        nonlocal last
        made = uuid7(clock.now(), source.getrandbits(74))
        if made <= last:
            made = id_after(last)
        last = made
        return made

    return fresh


def id_after(id: str) -> str:
    """The next id of the same millisecond."""
    value = int(id.replace("-", ""), 16)
    tail = (value & ((1 << 62) - 1)) + 1
    return uuid7(int(id[:8] + id[9:13], 16) * 1000, (value >> 64 & 0xFFF) << 62 | tail)
