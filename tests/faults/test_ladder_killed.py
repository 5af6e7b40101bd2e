"""Killed between a flag and an acknowledgement, at each step and at any moment: nobody falls through."""

import asyncio
import os
import random
import shutil
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from helpline.clock import HOUR, SECOND, ids_from
from helpline.protection import watching
from helpline.store import climbs, concerns, notices
from helpline.store.climbs import Climb, Page
from helpline.store.db import Tx
from helpline.store.engine import open_store
from tests.faults.climb_that_dies import STARTED_AT, Course, empty_database
from tests.village import HandClock, PaperCarrier
from tests.watch import Watch, a_watched_house, open_watch

TIMES = int(os.environ.get("HELPLINE_TESTS_ROUNDS", "12"))
"""Kills at random moments in this run."""


class Watches:
    """The process whose children are killed; to start one for each would be most of the time that a kill takes."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def _says(self) -> list[str]:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().split()

    async def killed(self, url: str, seed: int, after: int) -> tuple[list[str], list[str], int]:
        """Let one live until it has said so many lines, and kill it; what it had flagged, what was answered, and the
        time on its clock.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{url} {seed}\n".encode())
        is_, pid = await self._says()
        assert is_ == "is"
        said: list[list[str]] = []
        while (words := await self._says())[0] != "dead":
            said.append(words)
            if len(said) == after:
                os.kill(int(pid), signal.SIGKILL)
        assert words == ["dead", str(-signal.SIGKILL)], "it died by itself"
        flagged = [words[1] for words in said if words[0] == "flagged"]
        answered = [words[1] for words in said if words[0] == "answered"]
        return flagged, answered, max((int(words[1]) for words in said if words[0] == "now"), default=0)


@pytest.fixture
async def watches() -> AsyncIterator[Watches]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.watch_that_dies",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    yield Watches(process)
    process.kill()
    await process.wait()


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


@pytest.mark.timeout(3_600)
async def test_killed_at_any_moment_no_concern_is_lost_and_no_step_is_skipped(
    watches: Watches, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    await empty_database(tmp_path / "empty.db")
    for time in range(TIMES):
        (tmp_path / str(time)).mkdir()
        shutil.copy(tmp_path / "empty.db", tmp_path / str(time) / "helpline.db")
        url = f"sqlite+aiosqlite:///{tmp_path}/{time}/helpline.db"
        flagged, answered, now = await watches.killed(url, chance.randrange(2**32), chance.randrange(3, 40))
        # The next process begins two hours later.
        clock = HandClock(max(now, STARTED_AT) + 2 * HOUR)
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


OUTAGE_S = 7_200
WAITS_S = (90, 210, 120)
"""Of the ladder that is climbed for a suicide attempt."""


@pytest.mark.timeout(600)
async def test_killed_at_each_step_between_the_flag_and_the_key_the_next_process_goes_on(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.climb_that_dies", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    moments = int(out)
    assert moments > 20, "there is a moment before and after each commit, and at each order to the carrier"
    flagged = 0
    for at in range(1, moments + 1):
        flagged += await _goes_on_after(tmp_path / str(at))
    assert flagged >= moments - 1, "only the very first was killed before anything was written"


async def _goes_on_after(folder: Path) -> bool:
    """Two hours later the next process begins over the same database; whether there is a concern in it."""
    said_by = folder / "said"
    said = [line.split() for line in said_by.read_text().splitlines()] if said_by.exists() else []
    now = max((int(words[1]) for words in said if words[0] == "now"), default=STARTED_AT)
    clock, house = HandClock(now + OUTAGE_S * SECOND), a_watched_house()
    carrier = PaperCarrier(clock, name="NE")
    url = f"sqlite+aiosqlite:///{folder}/helpline.db"
    store = await open_store(url, clock, ids_from(clock, random.Random(1)))
    course = Course(store, house, clock, carrier, "alive")
    found, _ = await everything(course.watch)
    assert len(found) == 1 or not any(words[0] == "flagged" for words in said), "a concern was lost"
    if found and found[0].ended_at is None:
        await course.outbox.begin()
        await store.write(lambda tx: watching.take_up(tx, house))
        await course.does_what_is_due()
        for _ in range(3):  # at most the rungs that are left
            clock.pass_by(210)
            await course.does_what_is_due()
        await course.presses_the_key()
    if found:
        await _all_was_told(course.watch, found[0].id)
    await store.close()
    return bool(found)


async def _all_was_told(watch: Watch, climb_id: str) -> None:
    """Each rung once and in order, late by the outage at the most; what was to be sent is sent, or was called off."""
    climb = await watch.look(lambda tx: climbs.get(tx, climb_id))
    told = await watch.pages(climb)
    assert climb.ended_how == "key"
    assert steps_of(told)[:3] == [(0, 0), (1, 0), (2, 0)]
    no_step_skipped(climb, told)
    assert len({(page.rung, page.round, page.who, page.how) for page in told}) == len(told), "a rung was told twice"
    at = {page.rung: page.told_at for page in told if page.round == 0}
    for rung in (1, 2):
        late_s = (at[rung] - at[rung - 1]) / SECOND - WAITS_S[rung - 1]
        assert late_s <= OUTAGE_S + max(WAITS_S), f"rung {rung} is late by {late_s} s"
    for page in told:
        if page.notice_id is not None:
            notice = await watch.look(partial(notices.get, id=page.notice_id))
            assert notice.sent_at is not None or (notice.state == "cancelled" and page.state == "ended"), page
