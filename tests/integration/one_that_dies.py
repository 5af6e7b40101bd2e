"""A process that is killed while the carrier has its order: `python -m tests.integration.one_that_dies URL`.

A counsellor accepts a call; the order to ring their phone is on its way when this process says so, and hangs.
"""

import asyncio
import sys

from tests.village import HandClock, PaperCarrier, open_village
from webhooks.answers import Answer
from webhooks.ports import Reach

STARTED_AT = 1_800_000_000_000_000


class HangingCarrier(PaperCarrier):
    async def place_call(self, to: Reach, caller_id: str, leg_id: str, first: Answer, ring_s: int) -> str:
        sys.stdout.write("the order is on its way\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
        raise AssertionError


async def main(url: str) -> None:
    clock = HandClock(STARTED_AT)
    village = await open_village(url, clock=clock, carrier=HangingCarrier(clock), who="dead")
    worker = await village.on_duty("amina", ("en", "fluent"))
    await village.calls_in(["1"])
    await village.dispatcher.step()
    await village.accepts(worker)
    await village.send()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
