"""A climb that is killed at its n-th moment: `python -m tests.faults.climb_that_dies FOLDER`.

A suicide attempt is flagged, the supervisor is told at the console, by a text and by a call, and the manager presses
the key. Moments are: in the middle of each transaction, after each, and when the carrier has an order that nobody has
written down yet. For each moment a process of its own is killed by SIGKILL, over a database of its own: `FOLDER/1` for
the first, and so on, until one comes to the end. What it said stands in `FOLDER/1/said`.
"""

import asyncio
import os
import random
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from helpline.app import effect_kinds
from helpline.clock import ids_from
from helpline.deadlines import Timers
from helpline.house import House
from helpline.metrics import Metrics
from helpline.outbox import Outbox
from helpline.protection import acknowledging
from helpline.store import climbs, effects
from helpline.store.db import Outcome, Store, T, Tx, Unit
from helpline.store.engine import open_store
from tests.village import HandClock, Interrupted, PaperCarrier
from tests.watch import Watch, a_watched_house
from webhooks.answers import Answer
from webhooks.ports import Reach

STARTED_AT = 1_800_000_000_000_000
MOST = 200
"""Moments that there may be: a course that never ends is a mistake."""


class Dying:
    """Counts moments; at the one that was chosen this process is dead."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.begun = False

    def moment(self) -> None:
        if not self.begun:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingStore(Interrupted):
    def __init__(self, store: Store, dying: Dying) -> None:
        super().__init__(store)
        self._dying = dying

    def _in_two(self, unit: Unit[T]) -> Unit[T]:
        def work(tx: Tx) -> T:
            result = unit(tx)
            self._dying.moment()
            return result

        return work

    async def write(self, unit: Unit[T]) -> T:
        result = await super().write(self._in_two(unit))
        self._dying.moment()
        return result

    async def write_batch(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        result = await super().write_batch([self._in_two(unit) for unit in units])
        self._dying.moment()
        return result


class DyingCarrier(PaperCarrier):
    dying: Dying

    async def place_call(self, to: Reach, caller_id: str, leg_id: str, first: Answer, ring_s: int) -> str:
        placed = await super().place_call(to, caller_id, leg_id, first, ring_s)
        self.dying.moment()
        return placed

    async def send_text(self, to: str, channel: str, from_address: str, body: str, text_id: str, part: int) -> str:
        sent = await super().send_text(to, channel, from_address, body, text_id, part)
        self.dying.moment()
        return sent


class Course:
    """A watch with an outbox: what a server does between the flag and the key."""

    def __init__(self, store: Store, house: House, clock: HandClock, carrier: PaperCarrier, who: str) -> None:
        self.timers = Timers(store, house, clock, Metrics())
        self.watch = Watch(store, house, clock, self.timers)
        self.outbox = Outbox(store, clock, Metrics(), effect_kinds(store, house, carrier), who)

    async def does_what_is_due(self) -> None:
        await self.timers.step()
        while True:
            await self.outbox.step()
            if self.outbox._under_way:
                await asyncio.gather(*self.outbox._under_way)
            due = await self.watch.look(effects.next_due)
            if due is None or due > self.watch.clock.now():
                return

    async def presses_the_key(self) -> None:
        """Whoever was called last takes it."""
        store, house = self.watch.store, self.watch.house
        [climb] = [one for one in await store.read(climbs.going) if one.concern_id is not None]
        page = [one for one in await store.read(lambda tx: climbs.pages_of(tx, climb.id)) if one.how == "voice"][-1]
        await store.write(lambda tx: acknowledging.page_answered(tx, house, page.id, "key", "1"))


async def main(folder: Path, at: int) -> None:
    said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def says(*words: Any) -> None:
        os.write(said, (" ".join(map(str, words)) + "\n").encode())

    clock, house, dying = HandClock(STARTED_AT), a_watched_house(), Dying(at)
    carrier = DyingCarrier(clock)
    carrier.dying = dying
    real = await open_store(f"sqlite+aiosqlite:///{folder}/helpline.db", clock, ids_from(clock, random.Random(at)))
    course = Course(DyingStore(real, dying), house, clock, carrier, "dead")
    mary = await course.watch.hire("mary")
    await course.watch.hire("grace", "supervisor")
    await course.watch.holds_post("manager_on_call")
    contact = await course.watch.conversation(mary)
    dying.begun = True
    says("flagged", await course.watch.flags(mary, "suicide_attempt", contact))
    await course.does_what_is_due()
    for seconds in (90, 210):
        clock.pass_by(seconds)
        says("now", clock.now())
        await course.does_what_is_due()
    await course.presses_the_key()
    says("answered")
    await real.close()


async def empty_database(path: Path) -> None:
    """With its tables, to be copied: to make them takes longer than a whole climb."""
    clock = HandClock(STARTED_AT)
    await (await open_store(f"sqlite+aiosqlite:///{path}", clock, ids_from(clock, random.Random(0)))).close()


def each_moment(folder: Path) -> int:
    """Gives how many moments there are."""
    asyncio.run(empty_database(folder / "empty.db"))
    for at in range(1, MOST):
        of_it = folder / str(at)
        of_it.mkdir()
        shutil.copy(folder / "empty.db", of_it / "helpline.db")
        child = os.fork()
        if child == 0:
            asyncio.run(main(of_it, at))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, f"moment {at} went wrong by itself"
            return at - 1
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("it never comes to its end")


if __name__ == "__main__":
    sys.stdout.write(f"{each_moment(Path(sys.argv[1]))}\n")
