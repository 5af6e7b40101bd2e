"""Ending background work so that it has ended.

A cancellation can get lost on its way: until Python 3.12, `asyncio.wait_for`, which libraries below us use, returns a
result that came at the same moment in its place. Whoever then waits for the task waits for ever.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_AFTER_S = 12.0
"""A task that has not ended by then did not hear of it, and is told again. What it has under way takes less."""


async def end(tasks: Iterable[asyncio.Task[Any]], within_s: float | None = None) -> None:
    """Cancel these, and return when all have ended, or after ``within_s`` seconds. Raises nothing that they raised."""
    loop = asyncio.get_running_loop()
    until = None if within_s is None else loop.time() + within_s
    remaining = {task for task in tasks if not task.done()}
    while remaining and (until is None or loop.time() < until):
        for task in remaining:
            task.cancel()
        pause = AGAIN_AFTER_S if until is None else min(AGAIN_AFTER_S, max(0.0, until - loop.time()))
        _, remaining = await asyncio.wait(remaining, timeout=pause)
