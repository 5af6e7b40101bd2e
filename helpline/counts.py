"""How often something happened lately, counted by all processes together, for limits that must hold for all of them.

Each process also counts for itself. When nobody counts for all (there is no Redis, or it is gone), that has to do.
"""

from typing import Protocol


class Counts(Protocol):
    """Counts by key. Raises nothing: what cannot be counted is not."""

    async def wait(self, key: str, most: int, within: int) -> int:
        """Microseconds until it may happen again, if at most so many are allowed ``within`` so many; 0: now."""
        ...

    async def add(self, key: str, within: int) -> None:
        """It has happened; that is remembered ``within`` so many microseconds."""
        ...

    async def take_back(self, key: str) -> None:
        """The latest did not count."""
        ...

    async def forget(self, key: str) -> None: ...


class Uncounted:
    """Nobody counts for all."""

    async def wait(self, key: str, most: int, within: int) -> int:
        return 0

    async def add(self, key: str, within: int) -> None:
        pass

    async def take_back(self, key: str) -> None:
        pass

    async def forget(self, key: str) -> None:
        pass
