"""A watch that is killed at any moment: `python -m tests.faults.watch_that_dies URL`.

A counsellor flags concern after concern, time passes, timers climb, and people answer, until this process is killed. It
says what was committed, a line each, only after it was.
"""

import asyncio
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
    says("ready")
    while True:
        if chance.random() < 0.3:
            says("flagged", await watch.flags(mary, chance.choice(("suicide_attempt", "missing")), contact))
        await watch.pass_by(chance.choice((5, 30, 95, 220)))
        says("now", clock.now())
        going = await watch.look(climbs.going)
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


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
