"""Prepared statements on the driver itself, beside what SQLAlchemy says of its own on the same connection."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

import asyncpg
import sqlalchemy as sa
from sqlalchemy import exc

from helpline.store.prepared import Prepared, Values

Row = tuple[Any, ...]


class Driver(Protocol):
    """All raise SQLAlchemy's errors, without the values."""

    engine: str  # the name of SQLAlchemy's dialect

    def first(self, known: Prepared, values: Values) -> Row | None: ...

    def all(self, known: Prepared, values: Values) -> list[Row]: ...

    def change(self, known: Prepared, values: Values) -> int:
        """How many rows were changed."""
        ...

    def change_each(self, known: Prepared, each: Sequence[Values]) -> None:
        """The same statement for each of these, in order."""
        ...

    def say(self, sql: str) -> None:
        """Commands without values, such as those about savepoints."""
        ...


class SqliteDriver:
    engine = "sqlite"

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def first(self, known: Prepared, values: Values) -> Row | None:
        cursor = self._run(known, values)
        seen = cursor.fetchone()
        cursor.close()
        return None if seen is None else known.read(seen)

    def all(self, known: Prepared, values: Values) -> list[Row]:
        seen = self._run(known, values).fetchall()
        return [known.read(row) for row in seen] if known.booleans else seen

    def change(self, known: Prepared, values: Values) -> int:
        return self._run(known, values).rowcount

    def change_each(self, known: Prepared, each: Sequence[Values]) -> None:
        try:
            self._driver.executemany(known.sql, map(known.ordered, each))
        except sqlite3.Error as error:
            raise _without_values(known.sql, error) from None

    def say(self, sql: str) -> None:
        try:
            self._driver.execute(sql)
        except sqlite3.Error as error:
            raise _without_values(sql, error) from None

    def _run(self, known: Prepared, values: Values) -> sqlite3.Cursor:
        try:
            return self._driver.execute(known.sql, known.ordered(values))
        except sqlite3.Error as error:
            raise _without_values(known.sql, error) from None


class PostgresDriver:
    """One round trip a statement; those of `change_each` go together."""

    engine = "postgresql"

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn
        self._adapted: Any = conn.connection.dbapi_connection
        self._driver: asyncpg.Connection = conn.connection.driver_connection

    def first(self, known: Prepared, values: Values) -> Row | None:
        seen = self._await(known.sql, self._driver.fetchrow, *known.ordered(values))
        return None if seen is None else tuple(seen)

    def all(self, known: Prepared, values: Values) -> list[Row]:
        return [tuple(row) for row in self._await(known.sql, self._driver.fetch, *known.ordered(values))]

    def change(self, known: Prepared, values: Values) -> int:
        # The driver says how many in words: "UPDATE 1", "INSERT 0 1".
        said = self._await(known.sql, self._driver.execute, *known.ordered(values))
        return int(said.rpartition(" ")[2])

    def change_each(self, known: Prepared, each: Sequence[Values]) -> None:
        self._await(known.sql, self._driver.executemany, [known.ordered(values) for values in each])

    def say(self, sql: str) -> None:
        self._await(sql, self._driver.execute)

    def _await(self, sql: str, ask: Any, *given: Any) -> Any:
        try:
            return self._adapted.run_async(lambda _: ask(sql, *given))
        except FAULTS as error:
            if self._driver.is_closed() or isinstance(error, TimeoutError):
                self._conn.invalidate()  # no other unit is to get this connection
                raise _without_values(sql, error, lost=True) from None
            raise _without_values(sql, error) from None


FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What PostgreSQL's driver raises. A `TimeoutError` is an `OSError`."""


def driver_of(conn: sa.Connection) -> Driver:
    """What the connection stands on."""
    driver = conn.connection.dbapi_connection
    return SqliteDriver(driver) if isinstance(driver, sqlite3.Connection) else PostgresDriver(conn)


def _without_values(sql: str, error: Exception, *, lost: bool = False) -> Exception:
    if isinstance(error, sqlite3.Error):
        return exc.DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True)
    kind = exc.IntegrityError if isinstance(error, asyncpg.IntegrityConstraintViolationError) else exc.DBAPIError
    return kind(sql, None, error, hide_parameters=True, connection_invalidated=lost)
