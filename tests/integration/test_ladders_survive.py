"""The server is killed at any moment between a flag and an acknowledgement, and nobody falls through."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from helpline.clock import HOUR, SECOND
from helpline.protection import watching
from helpline.store import climbs, concerns
from helpline.store.climbs import Climb, Page
from helpline.store.db import Tx
from tests.village import HandClock
from tests.watch import Watch, open_watch

TIMES = int(os.environ.get("HELPLINE_TESTS_KILLS", "12"))
"""Kills in this run."""


async def killed(url: str, seed: int, after: int) -> tuple[list[str], list[str], int]:
    """Let the other process live until it has said so many lines, and kill it; what it had flagged, what was answered,
    and the time on its clock.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.watch_that_dies", url, str(seed), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = [(await process.stdout.readline()).decode().split() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    said += [line.split() for line in (await process.stdout.read()).decode().splitlines() if line]
    await process.wait()
    flagged = [words[1] for words in said if words[:1] == ["flagged"] and len(words) == 2]
    answered = [words[1] for words in said if words[:1] == ["answered"] and len(words) == 2]
    return flagged, answered, max((int(words[1]) for words in said if words[:1] == ["now"]), default=0)


def steps_of(told: list[Page]) -> list[tuple[int, int]]:
    """The rungs in the order in which they were told."""
    return list(dict.fromkeys((page.rung, page.round) for page in told))


def no_step_skipped(climb: Climb, told: list[Page]) -> None:
    steps = steps_of(told)
    top = 2  # each rung of both ladders reaches somebody here
    expected = [(rung, 0) for rung in range(top + 1)] + [(top, again) for again in range(1, len(steps) + 1)]
    assert steps == expected[: len(steps)], (climb.ladder, steps)
    assert (climb.rung, climb.round) == steps[-1]


async def everything(watch: Watch) -> tuple[list[Climb], dict[str, list[Page]]]:
    def look(tx: Tx) -> tuple[list[Climb], dict[str, list[Page]]]:
        found = [climbs.of_concern(tx, one.id) for one in concerns.not_closed(tx)]
        all_of_them = [climb for climb in found if climb is not None]
        return all_of_them, {climb.id: climbs.pages_of(tx, climb.id) for climb in all_of_them}

    return await watch.look(look)


async def test_killed_at_any_moment_no_concern_is_lost_and_no_step_is_skipped(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for time in range(TIMES):
        url = f"sqlite+aiosqlite:///{tmp_path}/{time}/helpline.db"
        flagged, answered, now = await killed(url, chance.randrange(2**32), chance.randrange(3, 40))
        # The next process begins two hours later.
        clock = HandClock(max(now, 1_800_000_000_000_000) + 2 * HOUR)
        watch = await open_watch(url, clock=clock, seed=time)
        await goes_on(watch, flagged, answered)
        await watch.store.close()


async def goes_on(watch: Watch, flagged: list[str], answered: list[str]) -> None:
    """What the dead one committed is there, and each ladder takes one step and has its timer."""
    all_of_them, told = await everything(watch)
    assert set(flagged) <= {climb.concern_id for climb in all_of_them}, "a concern was lost"
    for climb in all_of_them:
        no_step_skipped(climb, told[climb.id])
        if climb.id in answered:
            assert climb.ended_how == "console"
    before = {climb.id: climb for climb in all_of_them}
    await watch.write(lambda tx: watching.take_up(tx, watch.house))
    await watch.timers.step()
    after, told = await everything(watch)
    for climb in after:
        no_step_skipped(climb, told[climb.id])
        was = before[climb.id]
        if was.ended_at is None:
            moved = (climb.rung - was.rung) + (climb.round - was.round)
            assert moved == 1, "it is late only by the outage, and takes one step"
            assert watch.clock.now() < climb.due_at <= watch.clock.now() + 600 * SECOND
            assert await has_timer(watch, climb.id)


async def has_timer(watch: Watch, climb_id: str) -> bool:
    return await watch.look(lambda tx: climbs.waits(tx, climb_id))
