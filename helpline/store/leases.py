"""What only one process may do at a time: the lease on it, and how a dead or frozen holder loses it.

On PostgreSQL the lease is an advisory lock of the session, on a connection of its own, so that it is free as soon as a
holder's connection has ended. A holder that is frozen, or whose machine has lost its power, keeps its connection: so it
also renews a row, and who wants the lease and sees no renewal for `STALE_AFTER` ends that connection at the server.
A holder that comes back finds its connection ended, or its epoch over. On SQLite the lease is the lock on a file beside
the database, which the system frees when its holder dies.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from helpline.clock import SECOND
from helpline.errors import Unavailable
from helpline.store.alone import Alone

STALE_AFTER = 8 * SECOND // 5
"""A lease that was not renewed for so long (µs) is taken away."""

ENDS_WITHIN = 10
"""Looks, of a fiftieth of a second each, in which the server ends a connection."""

_DATABASE_NOW = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"

# To take the lock and to begin an epoch is one statement: there is no moment between the two.
_TAKE = f"""
INSERT INTO leases (name, epoch, holder, renewed_at)
SELECT $1, 1, $2, {_DATABASE_NOW} FROM (SELECT pg_try_advisory_lock(hashtext($1)) AS got) AS tried WHERE got
ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, holder = $2, renewed_at = {_DATABASE_NOW}
RETURNING epoch
"""  # noqa: S608  nothing in it comes from outside
_RENEW = f"""
UPDATE leases SET renewed_at = {_DATABASE_NOW} WHERE name = $1 AND holder = $2 AND epoch = $3 RETURNING epoch
"""  # noqa: S608
_AGE = f"SELECT {_DATABASE_NOW} - renewed_at FROM leases WHERE name = $1"  # noqa: S608
# The two halves of an advisory lock's number, as the server lists it.
_END_HOLDER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND ((classid::bigint << 32) | objid::bigint) = hashtext($1)::bigint
"""
_FREE = "SELECT pg_advisory_unlock(hashtext($1))"


class Lease(Protocol):
    """One lease, as one process sees it."""

    async def hold(self) -> bool:
        """Take it, or keep it; whether it is ours now. To be called twice a second or so. Raises `Unavailable`."""
        ...

    async def let_go(self) -> None:
        """Somebody else may have it at once. Raises nothing."""
        ...

    @property
    def is_held(self) -> bool:
        """Whether somebody had it when it was last looked at."""
        ...


class PostgresLease:
    """See the module."""

    def __init__(self, url: sa.URL, name: str, who: str) -> None:
        self._alone = Alone(url, name)
        self._name, self._who = name, who
        self._epoch: int | None = None
        self.is_held = False

    async def hold(self) -> bool:
        try:
            self.is_held = held = await self._keep() if self._epoch is not None else await self._take()
        except BaseException:
            self._epoch, self.is_held = None, False
            self._alone.drop()
            raise
        if held:
            return True
        age = await self._alone.row(_AGE, self._name)
        self.is_held = age is not None and age[0] <= STALE_AFTER
        return False if self.is_held else await self._take_away()

    async def let_go(self) -> None:
        self._epoch, self.is_held = None, False
        try:
            if self._alone.is_open:
                await self._alone.row(_FREE, self._name)
        except Unavailable:
            pass  # with the connection the lock has gone
        await self._alone.close()

    async def _take(self) -> bool:
        row = await self._alone.row(_TAKE, self._name, self._who)
        self._epoch = None if row is None else row[0]
        return row is not None

    async def _take_away(self) -> bool:
        """End the holder's connection, and be the first to take what becomes free."""
        await self._alone.row(_END_HOLDER, self._name)
        for _ in range(ENDS_WITHIN):
            self.is_held = await self._take()
            if self.is_held:
                return True
            await asyncio.sleep(0.02)
        return False

    async def _keep(self) -> bool:
        """Always true. Raises `Unavailable` where the connection has ended, or somebody else has begun an epoch."""
        if not self._alone.is_open:
            raise Unavailable("lease_lost", "the connection that held the lease has ended")
        if await self._alone.row(_RENEW, self._name, self._who, self._epoch) is not None:
            return True
        raise Unavailable("lease_lost", "another process holds the lease")


class FileLease:
    """A lock on a file that is made where it is missing, and stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @property
    def is_held(self) -> bool:
        return self._file is not None

    async def hold(self) -> bool:
        if self._file is None:
            self._file = _locked(self._path)
        return self._file is not None

    async def let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


class OwnLease:
    """Of a database in memory, which nobody else can see."""

    is_held = True

    async def hold(self) -> bool:
        return True

    async def let_go(self) -> None:
        pass


def lock_of(database: Path) -> Path:
    """The file whose lock says that a process serves this database."""
    return database.with_name(f"{database.name}.serving")


def is_served(database: Path, meanwhile: Callable[[], None] | None = None) -> bool:
    """Whether a process serves this SQLite file now. If none does, ``meanwhile`` is done while none can begin to."""
    file = _locked(lock_of(database))
    if file is None:
        return True
    try:
        if meanwhile is not None:
            meanwhile()
    finally:
        os.close(file)
    return False


def _locked(path: Path) -> int | None:
    """Raises `Unavailable` when the file cannot be made."""
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        raise Unavailable("store_read_only", "the folder of the database cannot be written") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
