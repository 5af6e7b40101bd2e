"""A store on a watched disk: `python -m tests.faults.one_that_is_watched DATABASE EVENTS SYNCHRONOUS UNITS`.

Eight write at once, and note when each is told that its own is safe. Exits with 3 where nothing can be watched.
"""

import asyncio
import pickle
import sqlite3
import sys
from pathlib import Path

from helpline.clock import SystemClock, ids_from
from helpline.store import connections, sqlite
from helpline.store.engine import open_store
from tests.contract.rows import delivering
from tests.faults.watched_disk import NotWatchable, WatchedDisk

PAGES_PER_CHECKPOINT = 60
"""So few that moving pages into the database is often under way when the power goes."""


async def write(disk: WatchedDisk, path: Path, units: int) -> None:
    clock = SystemClock()
    new_id = ids_from(clock)
    store = await open_store(f"sqlite+aiosqlite:///{path}", clock, new_id)

    async def some() -> None:
        for _ in range(units // 8):
            disk.told(await store.write(delivering(new_id())))

    await asyncio.gather(*(some() for _ in range(8)))
    disk.told("end")
    await store.close()


def main(path: Path, events: Path, synchronous: str, units: int) -> None:
    disk = WatchedDisk()
    try:
        disk.install()
    except NotWatchable:
        sys.exit(3)

    def connect(path: Path) -> sqlite3.Connection:
        found = connections.connect_writer(path)
        found.execute(f"PRAGMA synchronous = {synchronous}")
        return found

    connections.PAGES_PER_CHECKPOINT = PAGES_PER_CHECKPOINT
    setattr(sqlite, "connect_writer", connect)  # noqa: B010  its own name for it
    asyncio.run(write(disk, path, units))
    events.write_bytes(pickle.dumps(disk.events))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
