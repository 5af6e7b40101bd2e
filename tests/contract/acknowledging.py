"""A process that writes as fast as it can and says what it was told is safe, until somebody kills it.

Run as ``python -m tests.contract.acknowledging <database url>``; prints one key a line, after its commit.
"""

import asyncio
import sys

from helpline.clock import SystemClock, ids_from
from helpline.store.engine import open_store
from tests.contract.rows import delivering


async def acknowledge(url: str) -> None:
    clock = SystemClock()
    new_id = ids_from(clock)
    store = await open_store(url, clock, new_id)

    async def goes_on() -> None:
        while True:
            print(await store.write(delivering(new_id())), flush=True)

    await asyncio.gather(*(goes_on() for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(acknowledge(sys.argv[1]))
