"""Opening the store that a URL names."""

import asyncio
from collections.abc import Callable

from helpline.clock import Clock
from helpline.errors import Unavailable
from helpline.store import migrate as migrating
from helpline.store.db import Store
from helpline.store.postgres import PostgresStore
from helpline.store.sqlite import MemoryStore, SqliteStore


async def open_store(url: str, clock: Clock, new_id: Callable[[], str], *, migrate: bool = True) -> Store:
    """The store at ``url``: ``sqlite+aiosqlite:///file``, ``sqlite://`` (in memory) or ``postgresql+asyncpg://...``.

    With ``migrate`` its tables are brought up to date first; without it `Unavailable` ("store_migrations_pending") is
    raised when they are not. Raises `Invalid` for another URL and `Unavailable` when the database cannot be reached.
    """
    path = migrating.sqlite_path(url)
    parsed = migrating.parse(url)
    if path is None and parsed.get_backend_name() == "sqlite":
        return MemoryStore(clock, new_id)
    if migrate:
        await asyncio.to_thread(migrating.migrate, url)
    elif await asyncio.to_thread(migrating.pending, url):
        raise Unavailable("store_migrations_pending", "the database has an older form: run `helpline migrate`")
    if path is not None:
        store = SqliteStore(path, clock, new_id)
        await store.open()
        return store
    return PostgresStore(parsed, clock, new_id)
