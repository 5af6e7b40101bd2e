"""SQLite: one writer thread that commits for many, and readers that see what is committed.

A flush to disk costs as much as many statements, so the units that wait are run one after the other, each in a
savepoint, and committed together. Nobody hears of a result before the commit.

A read is one errand to a reader's thread, however many statements it has: to go there and back for each of them (as
an asynchronous driver does) costs several times what the statements cost.
"""

import asyncio
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, cast

import sqlalchemy as sa

from helpline.clock import Clock
from helpline.errors import Unavailable
from helpline.store.db import Committed, Hint, Listener, Listeners, Outcome, T, Tx, Unit, unheard
from helpline.store.faults import told, unavailable
from helpline.store.tables import heartbeats, metadata

BUSY_MS = 2_000  # waiting for another process (a backup, the command line) that holds the lock
READERS = 4
UNITS_PER_COMMIT = 256
SECONDS_PER_COMMIT = 0.02  # a commit that has gathered units for this long takes no more
WAITING_LIMIT = 20_000  # units, or reads; beyond it the store is called busy at once
READY_WITHIN_S = 5.0
PAGES_PER_CHECKPOINT = 4_000  # of 4 KB: the commit that moves them into the database takes some milliseconds longer


class _Lost(Exception):
    """The database itself rolled the whole transaction back."""


class _Connection:
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


class _Writer(_Connection):
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
            raise _Lost from error
        self._raw.execute("ROLLBACK TO unit")
        self._raw.execute("RELEASE unit")

    def commit(self) -> None:
        self._raw.execute("COMMIT")

    def create_all(self) -> None:
        metadata.create_all(self._conn)


class _Readers:
    """A few threads that read, each on a connection of its own that is kept for the next read."""

    def __init__(self, path: Path, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = _engine(partial(_connect_reader, path))
        self._clock, self._new_id = clock, new_id
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._idle: deque[_Connection] = deque()
        self._waiting = 0

    async def read(self, query: Unit[T], may_begin: Callable[[], None]) -> T:
        """``may_begin`` is asked first, in the reader's thread."""
        if self._waiting >= WAITING_LIMIT:
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
            connection = _Connection(self._engine, self._clock, self._new_id)
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


@dataclass(slots=True, eq=False)
class _Job:
    """Units handed in together by one caller, who waits for ``asked``."""

    units: Sequence[Unit[Any]]
    asked: asyncio.Future[list[Outcome[Any]]]
    outcomes: list[Outcome[Any]] = field(default_factory=list)


class SqliteStore:
    """A database file that one server process serves; others may look in and write a little (`helpline.store.db`)."""

    name = "sqlite"

    def __init__(self, path: Path, clock: Clock, new_id: Callable[[], str], committed: Committed = unheard) -> None:
        self._path = path
        self._clock = clock
        self._new_id = new_id
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._listeners = Listeners(self._complain)
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting = 0
        self._closed = False
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._readers = _Readers(path, clock, new_id)

    async def open(self) -> None:
        """Raises `Unavailable` when the file is not there or cannot be opened."""
        self._identity = self._seen()
        self._thread.start()
        await self._opened

    async def write(self, unit: Unit[T]) -> T:
        (outcome,) = await self.write_batch((unit,))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def write_batch(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        if self._closed:
            raise Unavailable("store_gone", "the store is closed")
        if self._waiting + len(units) > WAITING_LIMIT:
            raise Unavailable("store_busy", "too much waits to be written")
        job = _Job(units, self._loop.create_future())
        self._waiting += len(units)
        self._queue.put(job)
        return await job.asked

    async def read(self, query: Unit[T]) -> T:
        if self._closed:
            raise Unavailable("store_gone", "the store is closed")
        try:
            return await self._readers.read(query, self._must_be_there)
        except Exception as error:
            raise told(error) from None

    def listen(self, listener: Listener) -> None:
        self._listeners.add(listener)

    async def ready(self) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self.write(_beat)
        except TimeoutError:
            raise Unavailable("store_locked", "the database did not answer in time") from None

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await self._ended.wait()
        await self._readers.close()

    def _complain(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "a listener of the store failed", "exception": error})

    def _seen(self) -> tuple[int, int]:
        try:
            status = os.stat(self._path)
        except OSError:
            raise Unavailable("store_gone", "the database file is not there") from None
        return status.st_dev, status.st_ino

    def _must_be_there(self) -> None:
        # A file that was deleted or replaced can still be written to through the open connection, and is lost.
        if self._seen() != self._identity:
            raise Unavailable("store_gone", "the database file is another one than at the start")

    # What follows runs in the writer thread.

    def _run(self) -> None:
        try:
            writer = _Writer(_engine(partial(_connect, self._path)), self._clock, self._new_id)
        except Exception as error:
            self._call(self._fail_to_open, told(error))
            return
        self._call(self._opened.set_result, None)
        while (job := self._queue.get()) is not None:
            last = self._commit_with_others(writer, job)
            if last:
                break
        writer.close()
        self._call(self._ended.set)

    def _fail_to_open(self, error: Exception) -> None:
        self._closed = True
        self._ended.set()
        self._opened.set_exception(error)

    def _commit_with_others(self, writer: _Writer, first: _Job) -> bool:
        """Commit the job and those that come meanwhile; whether the queue has ended."""
        jobs = [first]
        hints: list[Hint] = []
        last = False
        began = time.monotonic()
        try:
            self._must_be_there()
            writer.begin()
            last = self._attempt_all(writer, jobs, hints)
            writer.commit()
        except BaseException as error:
            cause = error.__cause__ if isinstance(error, _Lost) and error.__cause__ else error
            self._give_up(writer, jobs, told(cause))
            hints.clear()
        else:
            self._call(self._committed, time.monotonic() - began, sum(len(job.units) for job in jobs))
        self._call(self._deliver, jobs, hints)
        return last

    def _attempt_all(self, writer: _Writer, jobs: list[_Job], hints: list[Hint]) -> bool:
        until = time.monotonic() + SECONDS_PER_COMMIT
        units = 0
        while True:
            job = jobs[-1]
            for unit in job.units:
                job.outcomes.append(writer.attempt(unit, hints))
            units += len(job.units)
            if units >= UNITS_PER_COMMIT or time.monotonic() > until:
                return False
            try:
                following = self._queue.get_nowait()
            except Empty:
                return False
            if following is None:
                return True
            jobs.append(following)

    def _give_up(self, writer: _Writer, jobs: list[_Job], error: Exception) -> None:
        failed = error if isinstance(error, Unavailable) else Unavailable("store_gone", "the commit failed")
        try:
            writer.roll_back()
        except sqlite3.Error as second:
            failed = unavailable(second) or failed
        for job in jobs:
            job.outcomes = [Unavailable(failed.code, failed.message) for _ in job.units]

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self._loop.call_soon_threadsafe(function, *arguments)

    # What follows runs in the event loop again.

    def _deliver(self, jobs: list[_Job], hints: list[Hint]) -> None:
        for job in jobs:
            self._waiting -= len(job.units)
            if not job.asked.done():
                job.asked.set_result(job.outcomes)
        self._listeners.tell(hints)


class MemoryStore:
    """A database in memory, for tests and simulations: everything happens at once, in the caller's own thread."""

    name = "memory"

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._listeners = Listeners(_raise)
        self._closed = False
        self._writer = _Writer(_engine(_connect_memory), clock, new_id)
        self._writer.create_all()

    def write_now(self, unit: Unit[T]) -> T:
        (outcome,) = self.write_batch_now((unit,))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def write_batch_now(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        self._must_be_open()
        hints: list[Hint] = []
        self._writer.begin()
        try:
            outcomes = [self._writer.attempt(unit, hints) for unit in units]
            self._writer.commit()
        except _Lost as lost:
            raise told(lost.__cause__ or lost) from None
        finally:
            self._writer.roll_back()
        self._listeners.tell(hints)
        return outcomes

    def read_now(self, query: Unit[T]) -> T:
        self._must_be_open()
        return self._writer.look(query)

    async def write(self, unit: Unit[T]) -> T:
        return self.write_now(unit)

    async def write_batch(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        return self.write_batch_now(units)

    async def read(self, query: Unit[T]) -> T:
        return self.read_now(query)

    def listen(self, listener: Listener) -> None:
        self._listeners.add(listener)

    async def ready(self) -> None:
        self.write_now(_beat)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._writer.close()

    def _must_be_open(self) -> None:
        if self._closed:
            raise Unavailable("store_gone", "the store is closed")


def _beat(tx: Tx) -> None:
    tx.put(heartbeats, {"name": "ready", "at": tx.now})


def _raise(error: Exception) -> None:
    raise error


def _engine(connect: Callable[[], sqlite3.Connection]) -> sa.Engine:
    return sa.create_engine(
        "sqlite://", creator=connect, poolclass=sa.NullPool, hide_parameters=True, query_cache_size=2_000
    )


def _connect(path: Path) -> sqlite3.Connection:
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


def _connect_memory() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512, check_same_thread=False)
    conn.execute("PRAGMA foreign_keys = ON")
    return conn
