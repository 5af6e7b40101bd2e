"""Watches that are killed at any moment: `python -m tests.faults.watch_that_dies`.

For each line that comes in, a database's address and a seed, a process of its own works over it: a counsellor
flags concern after concern, time passes, timers climb, and people answer, until it is killed. It says who it is, then
what was committed, a line each, only after it was; and when it is dead, this one says so, and of what.
"""

import asyncio
import os
import random
import sys

from helpline.protection import acknowledging, climbing
from helpline.store import climbs
from helpline.store.db import Tx
from tests.village import HandClock
from tests.watch import Watch, open_watch

STARTED_AT = 1_800_000_000_000_000


def says(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def main(url: str, seed: int) -> None:
    chance = random.Random(seed)
    clock = HandClock(STARTED_AT)
    watch = await open_watch(url, clock=clock, seed=seed)
    mary = await watch.hire("mary")
    grace = await watch.hire("grace", "supervisor", number="+260955000900")
    await watch.holds_post("manager_on_call")
    contact = await watch.conversation(mary)
    while True:
        if chance.random() < 0.3:
            says("flagged", await watch.flags(mary, chance.choice(("suicide_attempt", "missing")), contact))
        await watch.pass_by(chance.choice((5, 30, 95, 220)))
        says("now", clock.now())
        going = [climb for climb in await watch.look(climbs.going) if climb.concern_id is not None]
        if going and chance.random() < 0.3:
            await _something(watch, chance, grace, chance.choice(going).id)


async def _something(watch: Watch, chance: random.Random, grace: str, climb_id: str) -> None:
    """A page fails, or a person answers."""
    if chance.random() < 0.5:
        told = await watch.look(lambda tx: climbs.pages_of(tx, climb_id))
        page = chance.choice(told)

        def fails(tx: Tx) -> None:
            climbing.page_failed(tx, watch.house, page.id, "unreachable")

        await watch.write(fails)
        return
    await watch.write(lambda tx: acknowledging.by_worker(tx, climb_id, grace))
    says("answered", climb_id)


def one_after_another() -> None:
    for line in sys.stdin:
        url, seed = line.split()
        child = os.fork()
        if child == 0:
            says("is", os.getpid())
            asyncio.run(main(url, int(seed)))
        _, status = os.waitpid(child, 0)
        says("dead", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    one_after_another()
