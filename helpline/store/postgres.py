"""PostgreSQL: a transaction for each unit, run again when two of them got into each other's way."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from helpline.clock import Clock
from helpline.errors import Unavailable
from helpline.store.db import Committed, Hint, Listener, Listeners, Outcome, T, Tx, Unit, unheard
from helpline.store.drivers import driver_of
from helpline.store.faults import sqlstate, told, unavailable
from helpline.store.tables import heartbeats

R = TypeVar("R")
Work = Callable[[sa.Connection, list[Hint]], R]

POOL = 10
STATEMENTS = 1_000  # of each connection, which the server has parsed
TRIES = 6
UNIQUE_TRIES = 3  # of two that insert the same, the second finds the row when it is run again
READY_WITHIN_S = 5.0
_SETTINGS = {
    "application_name": "helpline",
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "15000",
}
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SERIALIZATION, _DEADLOCK, _UNIQUE = "40001", "40P01", "23505"


class PostgresStore:
    """A database that several processes may share (`helpline.store.db`). It is first reached at the first use."""

    name = "postgresql"

    def __init__(self, url: sa.URL, clock: Clock, new_id: Callable[[], str], committed: Committed = unheard) -> None:
        self._clock = clock
        self._new_id = new_id
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._listeners = Listeners(self._complain)
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._engine = create_async_engine(
            url,
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=10.0,
            pool_recycle=1_800,
            pool_use_lifo=True,
            hide_parameters=True,
            query_cache_size=2_000,
            isolation_level="AUTOCOMMIT",  # transactions are begun and ended on the driver's connection
            connect_args={
                "timeout": 5,
                "command_timeout": 15,
                "statement_cache_size": STATEMENTS,
                "max_cached_statement_lifetime": 0,
                "server_settings": _SETTINGS,
            },
        )

    async def write(self, unit: Unit[T]) -> T:
        def work(conn: sa.Connection, hints: list[Hint]) -> T:
            tx = self._tx(conn)
            result = unit(tx)
            hints.extend(tx.hints)
            return result

        return await self._to_the_end(self._repeat(work, 1))

    async def write_batch(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        def work(conn: sa.Connection, hints: list[Hint]) -> list[Outcome[T]]:
            return [self._attempt(conn, unit, hints) for unit in units]

        try:
            return await self._to_the_end(self._repeat(work, len(units)))
        except Unavailable as error:
            if self._closed:
                raise
            return [Unavailable(error.code, error.message) for _ in units]

    async def read(self, query: Unit[T]) -> T:
        self._must_be_open()
        try:
            return await self._look(query)
        except Exception as error:
            if not _lost(error):
                raise told(error) from None
        try:
            return await self._look(query)  # the server had ended a pooled connection: a new one may do
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
        self._closed = True
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    def _tx(self, conn: sa.Connection) -> Tx:
        return Tx(conn, self._clock.now(), self._new_id)

    def _attempt(self, conn: sa.Connection, unit: Unit[T], hints: list[Hint]) -> Outcome[T]:
        """Run one unit of a batch in a savepoint; its result, or its error with everything undone."""
        driver = driver_of(conn)
        driver.say("SAVEPOINT unit")
        tx = self._tx(conn)
        try:
            result = unit(tx)
        except Exception as error:
            if _lost(error) or sqlstate(error) in (_SERIALIZATION, _DEADLOCK):
                raise
            driver.say("ROLLBACK TO SAVEPOINT unit")
            return told(error)
        driver.say("RELEASE SAVEPOINT unit")
        hints.extend(tx.hints)
        return result

    async def _look(self, query: Unit[T]) -> T:
        async with self._begun(_SNAPSHOT) as conn:
            return await conn.run_sync(lambda sync: query(self._tx(sync)))

    async def _to_the_end(self, running: Coroutine[Any, Any, R]) -> R:
        """A caller that is cancelled leaves; what it asked for goes on."""
        if self._closed:
            running.close()
        self._must_be_open()
        task = self._loop.create_task(running)
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, also when nobody waits for it any more

    async def _repeat(self, work: Work[R], units: int) -> R:
        for tried in range(1, TRIES):
            try:
                return await self._transaction(work, units)
            except Exception as error:
                if not _worth_another_try(error, tried):
                    raise told(error) from None
            await asyncio.sleep(0.002 * 2**tried)
        try:
            return await self._transaction(work, units)
        except Exception as error:
            raise told(error) from None

    async def _transaction(self, work: Work[R], units: int) -> R:
        hints: list[Hint] = []
        began = time.monotonic()
        async with self._begun("BEGIN") as conn:
            result = await conn.run_sync(work, hints)
            try:
                await conn.run_sync(_say, "COMMIT")
            except Exception as error:
                # Whether it was committed is not known, so the unit is not run again here.
                raise unavailable(error) or told(error) from None
        self._committed(time.monotonic() - began, units)
        self._listeners.committed(hints)
        return result

    @asynccontextmanager
    async def _begun(self, begin: str) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction; what is not committed when it is given back is rolled back."""
        conn = self._engine.connect()
        try:
            await conn.start()
        except OSError:  # TimeoutError is one
            raise Unavailable("store_gone", "the database cannot be reached") from None
        except Exception as error:
            raise unavailable(error) or told(error) from None
        try:
            await conn.run_sync(_say, begin)
            yield conn
        finally:
            try:
                await conn.run_sync(_leave)
            finally:
                await conn.close()

    def _must_be_open(self) -> None:
        if self._closed:
            raise Unavailable("store_gone", "the store is closed")

    def _complain(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "a listener of the store failed", "exception": error})


def _say(conn: sa.Connection, sql: str) -> None:
    driver_of(conn).say(sql)


def _leave(conn: sa.Connection) -> None:
    """In no transaction, or not at all: a connection of which that is not known is not used again."""
    if conn.invalidated:
        return
    try:
        if conn.connection.driver_connection.is_in_transaction():  # type: ignore[union-attr]
            _say(conn, "ROLLBACK")
    except Exception:
        conn.invalidate()


def _lost(error: Exception) -> bool:
    return bool(getattr(error, "connection_invalidated", False))


def _worth_another_try(error: Exception, tried: int) -> bool:
    state = sqlstate(error)
    if state == _UNIQUE:
        return tried < UNIQUE_TRIES
    return state in (_SERIALIZATION, _DEADLOCK) or _lost(error)


def _beat(tx: Tx) -> None:
    tx.put(heartbeats, {"name": "ready", "at": tx.now})
