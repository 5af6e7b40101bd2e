"""Connections to SQLite: the one that writes, and those that read, each used by one thread at a time.

A read is one errand to a reader's thread, however many statements it has: to go there and back for each of them (as
an asynchronous driver does) costs several times what the statements cost.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from helpline.clock import Clock
from helpline.errors import Unavailable
from helpline.store.db import Hint, Outcome, T, Tx, Unit
from helpline.store.faults import told
from helpline.store.tables import metadata

BUSY_MS = 2_000  # waiting for another process (a backup, the command line) that holds the lock
READERS = 4
READS_WAITING = 20_000  # beyond it the store is called busy at once
PAGES_PER_CHECKPOINT = 4_000  # of 4 KB: the commit that moves them into the database takes some milliseconds longer


class Lost(Exception):
    """The database itself rolled the whole transaction back."""


class Connection:
    """One connection. Used by one thread at a time."""

    def __init__(self, engine: sa.Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        # Transactions are begun and ended on the driver's connection: SQLAlchemy sees one that never ends.
        self._conn = engine.connect()
        self._raw = cast(sqlite3.Connection, self._conn.connection.dbapi_connection)

    def look(self, query: Unit[T]) -> T:
        """Run a query in a transaction of its own; whatever it changed is undone."""
        self._raw.execute("BEGIN")
        try:
            return query(Tx(self._conn, self._clock.now(), self._new_id))
        except BaseException as error:
            raise told(error) from None
        finally:
            self.roll_back()

    def roll_back(self) -> None:
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def close(self) -> None:
        self._conn.close()


class Writer(Connection):
    """The one connection that writes."""

    def begin(self) -> None:
        self._raw.execute("BEGIN IMMEDIATE")

    def attempt(self, unit: Unit[T], hints: list[Hint]) -> Outcome[T]:
        """Run one unit in a savepoint; its result, or its error with everything undone."""
        self._raw.execute("SAVEPOINT unit")
        tx = Tx(self._conn, self._clock.now(), self._new_id)
        try:
            result = unit(tx)
        except BaseException as error:
            self._undo_unit(error)
            return told(error)
        self._raw.execute("RELEASE unit")
        hints.extend(tx.hints)
        return result

    def _undo_unit(self, error: BaseException) -> None:
        if not self._raw.in_transaction:
            raise Lost from error
        self._raw.execute("ROLLBACK TO unit")
        self._raw.execute("RELEASE unit")

    def commit(self) -> None:
        self._raw.execute("COMMIT")

    def create_all(self) -> None:
        metadata.create_all(self._conn)


class Readers:
    """A few threads that read, each on a connection of its own that is kept for the next read."""

    def __init__(self, path: Path, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = new_engine(partial(_connect_reader, path))
        self._clock, self._new_id = clock, new_id
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._idle: deque[Connection] = deque()
        self._waiting = 0

    async def read(self, query: Unit[T], may_begin: Callable[[], None]) -> T:
        """``may_begin`` is asked first, in the reader's thread."""
        if self._waiting >= READS_WAITING:
            raise Unavailable("store_busy", "too much waits to be read")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._look, query, may_begin)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            self._idle.pop().close()

    def _look(self, query: Unit[T], may_begin: Callable[[], None]) -> T:
        may_begin()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = Connection(self._engine, self._clock, self._new_id)
        try:
            found = connection.look(query)
        except Unavailable:
            connection.close()
            raise
        except BaseException:
            self._idle.append(connection)
            raise
        self._idle.append(connection)
        return found


def new_engine(connect: Callable[[], sqlite3.Connection]) -> sa.Engine:
    return sa.create_engine(
        "sqlite://", creator=connect, poolclass=sa.NullPool, hide_parameters=True, query_cache_size=2_000
    )


def connect_writer(path: Path) -> sqlite3.Connection:
    conn = _open(path)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA foreign_keys = ON")
    # What a savepoint may have to undo would else be written to a file, page by page: 30 writes a unit.
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.execute(f"PRAGMA wal_autocheckpoint = {PAGES_PER_CHECKPOINT}")
    return conn


def _connect_reader(path: Path) -> sqlite3.Connection:
    conn = _open(path)
    conn.execute("PRAGMA query_only = ON")
    return conn


def _open(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is missing is never made anew, empty and without tables. Each connection is used by one
    # thread at a time, not always by the one that opened it.
    conn = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        cached_statements=512,
        check_same_thread=False,
    )
    conn.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return conn


def connect_memory() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512, check_same_thread=False)
    conn.execute("PRAGMA foreign_keys = ON")
    return conn
