"""Real processes on either engine, and what is in their database, seen without them."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from tests.servers import PostgresServer
from tests.several import Several, several

_CHILDREN = "SELECT provider_id FROM legs WHERE role = 'child'"
_CONTACTS = "SELECT count(*) FROM contacts"


@contextmanager
def on_sqlite(folder: Path, **more: str) -> Iterator[Several]:
    """One process."""
    with several(folder, f"sqlite+aiosqlite:///{folder}/helpline.db", "", "a", **more) as found:
        yield found


@contextmanager
def on_postgres(folder: Path, server: PostgresServer, redis: str, names: str = "ab", **more: str) -> Iterator[Several]:
    """Several, over one PostgreSQL and one Valkey."""
    with several(folder, server.new_database(), redis, names, **more) as found:
        yield found


def start_all(deployment: Several) -> None:
    """Those that do not run are started."""
    for server in deployment.servers:
        if server.process is None or server.process.poll() is not None:
            server.start()


async def calls_kept(deployment: Several) -> tuple[Counter[str], int]:
    """How often each call is in the database, and how many contacts there are, at one moment."""
    if deployment.database.startswith("sqlite"):
        return await asyncio.to_thread(_kept_in_file, Path(deployment.database.partition(":///")[2]))
    conn = await asyncpg.connect(deployment.database.replace("+asyncpg", ""))
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            rows = await conn.fetch(_CHILDREN)
            return Counter(str(row[0]) for row in rows), int(await conn.fetchval(_CONTACTS))
    finally:
        await conn.close()


def _kept_in_file(path: Path) -> tuple[Counter[str], int]:
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        conn.execute("BEGIN")
        return Counter(id for (id,) in conn.execute(_CHILDREN)), conn.execute(_CONTACTS).fetchone()[0]
    finally:
        conn.close()
