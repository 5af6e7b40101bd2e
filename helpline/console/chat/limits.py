"""How much one page, one address and one line may do in a while, counted in memory only and forgotten soon.

No address is kept: what stands for it is a hash under a key that lives for a minute. Where several processes serve and
count together (`helpline.counts`), conversations that begin are counted there too, for a minute, under a keyed hash.
"""

import hashlib
import ipaddress
from collections.abc import Callable

from helpline.clock import MINUTE, SECOND
from helpline.counts import Counts, Uncounted

SAYS = (20, 2 * SECOND)
"""A page may send so many texts at once, and one more in each such time (µs)."""

LOOKS = (60, SECOND // 2)
"""The same for asking what is new."""

BEGINS_BY_ADDRESS = 20
"""Conversations that one address may begin in a minute: a school's whole computer room."""

BEGINS_BY_LINE = 300
"""Conversations that may begin on one line in a minute."""

_MOST = 20_000


class Allowance:
    """A bucket for each key: ``burst`` at once, one more every ``refill`` µs. Bounded in size."""

    def __init__(self, burst: int, refill: int) -> None:
        self._burst = burst
        self._refill = refill
        self._full_at: dict[str, int] = {}

    def take(self, key: str, now: int) -> bool:
        """Whether ``key`` may once more, which counts if it may."""
        full_at = max(self._full_at.get(key, 0), now)
        if full_at - now > (self._burst - 1) * self._refill:
            return False
        if len(self._full_at) >= _MOST:
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
        self._full_at[key] = full_at + self._refill
        return True


class Limits:
    """All of them. ``secret`` makes a new key of 32 bytes; ``counts`` are those of all processes."""

    def __init__(self, secret: Callable[[], bytes], counts: Counts | None = None) -> None:
        self._secret = secret
        self._counts: Counts = counts or Uncounted()
        self._key = b""
        self._minute = -1
        self._begun: dict[str, int] = {}
        self._says = Allowance(*SAYS)
        self._looks = Allowance(*LOOKS)

    def may_say(self, visit: str, now: int) -> bool:
        return self._says.take(visit, now)

    def may_look(self, visit: str, now: int) -> bool:
        return self._looks.take(visit, now)

    async def may_begin_anywhere(self, line: str, address: str | None, now: int) -> bool:
        """Whether a conversation may begin, by what this process has counted and by what all have together."""
        if not self.may_begin(line, address, now):
            return False
        limits = {f"chat line {line}": BEGINS_BY_LINE}
        if address and _is_public(address):
            limits[f"chat address {address}"] = BEGINS_BY_ADDRESS
        for key, most in limits.items():
            if await self._counts.wait(key, most, MINUTE):
                return False
        for key in limits:
            await self._counts.add(key, MINUTE)
        return True

    def may_begin(self, line: str, address: str | None, now: int) -> bool:
        """Whether a conversation may begin, which counts if it may. An address that says nothing is not counted:
        behind a proxy of our own everybody comes from the same."""
        minute = now // MINUTE
        if minute != self._minute:
            self._minute, self._key, self._begun = minute, self._secret(), {}
        limits = {f"line:{line}": BEGINS_BY_LINE}
        if address and _is_public(address):
            limits[hashlib.blake2b(address.encode("utf-8", "replace"), key=self._key).hexdigest()] = BEGINS_BY_ADDRESS
        if any(self._begun.get(key, 0) >= most for key, most in limits.items()):
            return False
        for key in limits:
            self._begun[key] = self._begun.get(key, 0) + 1
        return True


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False
