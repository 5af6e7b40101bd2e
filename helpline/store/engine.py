"""Opening the store that a URL names, and what processes that share it need beside it."""

import asyncio
from collections.abc import Callable

from helpline.clock import Clock
from helpline.errors import Unavailable
from helpline.store import migrate as migrating
from helpline.store.db import Committed, Store, unheard
from helpline.store.leases import FileLease, Lease, OwnLease, PostgresLease, lock_of
from helpline.store.notify import NotifyChannel
from helpline.store.postgres import PostgresStore
from helpline.store.sqlite import MemoryStore, SqliteStore


async def open_store(
    url: str, clock: Clock, new_id: Callable[[], str], *, migrate: bool = True, committed: Committed = unheard
) -> Store:
    """The store at ``url``: ``sqlite+aiosqlite:///file``, ``sqlite://`` (in memory) or ``postgresql+asyncpg://...``.

    With ``migrate`` its tables are brought up to date first; without it `Unavailable` is raised when they are not
    ("store_migrations_pending") or when there are none ("store_missing"). Raises `Invalid` for another URL and
    `Unavailable` when the database cannot be reached. ``committed`` hears of each commit; a store in memory has none.
    """
    path = migrating.sqlite_path(url)
    parsed = migrating.parse(url)
    if path is None and parsed.get_backend_name() == "sqlite":
        return MemoryStore(clock, new_id)
    if migrate:
        await asyncio.to_thread(migrating.migrate, url)
    elif waiting := await asyncio.to_thread(migrating.pending, url):
        if waiting == migrating.revisions():
            raise Unavailable("store_missing", "there is no database yet: make it with `helpline migrate`")
        raise Unavailable("store_migrations_pending", "the database has an older form: run `helpline migrate`")
    if path is not None:
        store = SqliteStore(path, clock, new_id, committed)
        await store.open()
        return store
    return PostgresStore(parsed, clock, new_id, committed)


def open_lease(url: str, name: str, who: str) -> Lease:
    """The lease of this name on the database at ``url``. Nothing is reached yet."""
    path, parsed = migrating.sqlite_path(url), migrating.parse(url)
    if path is not None:
        return FileLease(lock_of(path))
    return OwnLease() if parsed.get_backend_name() == "sqlite" else PostgresLease(parsed, name, who)


def open_notifications(url: str) -> NotifyChannel:
    """The database's own way for hints between processes; for a PostgreSQL URL."""
    return NotifyChannel(migrating.parse(url))
