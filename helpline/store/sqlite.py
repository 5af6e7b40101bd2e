"""SQLite: one writer thread that commits for many, and readers that see what is committed.

A flush to disk costs as much as many statements, so the units that wait are run one after the other, each in a
savepoint, and committed together. Nobody hears of a result before the commit.
"""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from helpline.clock import Clock
from helpline.errors import Unavailable
from helpline.store.connections import Lost, Readers, Writer, connect_memory, connect_writer, new_engine
from helpline.store.db import Committed, Hint, Listener, Listeners, Outcome, T, Tx, Unit, unheard
from helpline.store.faults import told, unavailable
from helpline.store.tables import heartbeats

UNITS_PER_COMMIT = 256
SECONDS_PER_COMMIT = 0.02  # a commit that has gathered units for this long takes no more
WAITING_LIMIT = 20_000  # units; beyond it the store is called busy at once
READY_WITHIN_S = 5.0


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
        self._readers = Readers(path, clock, new_id)

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

    def listen(self, listener: Listener, *, own_only: bool = False) -> None:
        self._listeners.add(listener, own_only)

    def tell(self, hints: tuple[Hint, ...]) -> None:
        self._listeners.tell(hints)

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
            writer = Writer(new_engine(partial(connect_writer, self._path)), self._clock, self._new_id)
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

    def _commit_with_others(self, writer: Writer, first: _Job) -> bool:
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
            cause = error.__cause__ if isinstance(error, Lost) and error.__cause__ else error
            self._give_up(writer, jobs, told(cause))
            hints.clear()
        else:
            self._call(self._committed, time.monotonic() - began, sum(len(job.units) for job in jobs))
        self._call(self._deliver, jobs, hints)
        return last

    def _attempt_all(self, writer: Writer, jobs: list[_Job], hints: list[Hint]) -> bool:
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

    def _give_up(self, writer: Writer, jobs: list[_Job], error: Exception) -> None:
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
        self._listeners.committed(hints)


class MemoryStore:
    """A database in memory, for tests and simulations: everything happens at once, in the caller's own thread."""

    name = "memory"

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._listeners = Listeners(_raise)
        self._closed = False
        self._writer = Writer(new_engine(connect_memory), clock, new_id)
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
        except Lost as lost:
            raise told(lost.__cause__ or lost) from None
        finally:
            self._writer.roll_back()
        self._listeners.committed(hints)
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

    def listen(self, listener: Listener, *, own_only: bool = False) -> None:
        self._listeners.add(listener, own_only)

    def tell(self, hints: tuple[Hint, ...]) -> None:
        self._listeners.tell(hints)

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
