"""Units of work: plain functions of a transaction.

`Store.write` runs one, commits, and only then tells the listeners what the unit hinted. A unit may be run again
after a conflict, so it has no effect but on the transaction, and what it returns is a plain value (never a result
that is still to be read). Stores are opened by `helpline.store.engine.open_store`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store import prepared
from helpline.store.drivers import driver_of
from helpline.store.prepared import Prepared, Statement, Values

T = TypeVar("T")


class Hint(NamedTuple):
    """Something that others may want to look at, told after the commit; never the only copy of anything.

    ``topic``: contact | worker | text | read | effect | deadline | alarm | record | message | roster | broadcast;
    and ``missed``, which no unit says: something may have changed that another process could not tell of.
    """

    topic: str
    id: str


class Tx:
    """One transaction: the connection, the time it runs at, and where ids come from."""

    __slots__ = ("_driver", "_put_off", "conn", "hints", "new_id", "now")

    def __init__(self, conn: sa.Connection, now: int, new_id: Callable[[], str]) -> None:
        self.conn = conn
        self.now = now
        self.new_id = new_id
        self.hints: list[Hint] = []
        self._driver = driver_of(conn)
        self._put_off: dict[Prepared, list[Values]] | None = None

    def execute(
        self, statement: sa.Executable, parameters: Values | Sequence[Values] | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run a statement. One that is built once, at the top of its file, goes faster by `row`, `rows` and `change`.

        Raises `Invalid` ("text_not_storable") for a parameter with NUL or a lone surrogate, on both engines alike.
        """
        for values in (parameters,) if isinstance(parameters, Mapping) else parameters or ():
            _must_be_storable(values)
        return self.conn.execute(statement, parameters)

    def row(self, query: "sa.Select[Any]", values: Values) -> tuple[Any, ...] | None:
        """The first row of a query that is built once (see `helpline.store.prepared`)."""
        _must_be_storable(values)
        return self._driver.first(prepared.prepared(query, self._driver.engine), values)

    def rows(self, query: "sa.Select[Any]", values: Values) -> list[tuple[Any, ...]]:
        """All rows of a query that is built once."""
        _must_be_storable(values)
        return self._driver.all(prepared.prepared(query, self._driver.engine), values)

    def some(self, query: "sa.Select[Any]", ids: Sequence[str]) -> list[tuple[Any, ...]]:
        """The rows of a query, built once, that asks for the ids of a list by the name ``wanted``; in no order."""
        found: list[tuple[Any, ...]] = []
        for at in range(0, len(ids), prepared.MOST_IDS):
            wanted = ids[at : at + prepared.MOST_IDS]
            for id in wanted:
                _must_be_storable({"wanted": id})
            found += self._driver.all(*prepared.for_list(query, wanted, self._driver.engine))
        return found

    def change(self, statement: Statement, values: Values) -> int:
        """How many rows an update or a deletion, built once, has changed."""
        _must_be_storable(values)
        return self._driver.change(prepared.prepared(statement, self._driver.engine), values)

    def insert(self, table: sa.Table, values: Values) -> None:
        """Insert one row. The statement is looked up by the names of the values alone."""
        self._write(prepared.insert(table, tuple(values), self._driver.engine), values)

    def insert_once(self, table: sa.Table, values: Values) -> bool:
        """Insert one row unless a unique key or index already has its like; whether it went in."""
        _must_be_storable(values)
        return self._driver.change(prepared.insert_once(table, tuple(values), self._driver.engine), values) == 1

    def put(self, table: sa.Table, values: Values) -> None:
        """Insert one row, or give the row with that primary key the other values."""
        self._write(prepared.put(table, tuple(values), self._driver.engine), values)

    def change_one(self, statement: Statement, values: Values) -> bool:
        """Change one row if it is still as it was read; whether it was. In a `together` block it is sure to be."""
        if self._put_off is None:
            return self.change(statement, values) == 1
        self._write(prepared.prepared(statement, self._driver.engine), values)
        return True

    def _write(self, known: Prepared, values: Values) -> None:
        _must_be_storable(values)
        if self._put_off is None:
            self._driver.change(known, values)
        else:
            self._put_off.setdefault(known, []).append(values)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is inserted, put, and changed by `change_one` is sent at the end of the block, by statement.

        For work on many rows, all of which this transaction has locked as it read them (`some_for_change`). Nothing in
        the block may ask for what it wrote. An error that leaves the block is to end the unit.
        """
        assert self._put_off is None
        put_off: dict[Prepared, list[Values]] = {}
        self._put_off = put_off
        try:
            yield
        finally:
            self._put_off = None
        for known, each in put_off.items():
            self._driver.change_each(known, each)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What raises inside is undone, hints included, and the transaction goes on when the error is caught outside.

        The only place where a unit may catch an error of the database (`sqlalchemy.exc.IntegrityError`).
        """
        hinted = len(self.hints)
        self._driver.say("SAVEPOINT inner_unit")
        try:
            yield
        except BaseException:
            del self.hints[hinted:]
            self._driver.say("ROLLBACK TO SAVEPOINT inner_unit")
            self._driver.say("RELEASE SAVEPOINT inner_unit")
            raise
        self._driver.say("RELEASE SAVEPOINT inner_unit")

    def hint(self, topic: str, id: str) -> None:
        self.hints.append(Hint(topic, id))


Unit = Callable[[Tx], T]
Outcome: TypeAlias = T | Exception
Listener = Callable[[tuple[Hint, ...]], None]
Committed = Callable[[float, int], None]
"""Hears of each commit how many seconds it took, from its beginning until it was durable, and how many units it had."""


def unheard(seconds: float, units: int) -> None:
    """For a store whose commits nobody measures."""


class Store(Protocol):
    """Reads and writes. All raise `helpline.errors.Unavailable` when the database cannot be reached.

    Its codes: ``store_locked``, ``store_busy`` (too much waits), ``store_full``, ``store_read_only``, ``store_gone``.
    An error of the database that a unit lets through is a `Conflict` ("integrity") or a `StoreFault`. A caller that
    is cancelled no longer hears of its unit; the unit itself is always run to its end.
    """

    name: str  # sqlite | memory | postgresql

    async def write(self, unit: Unit[T]) -> T:
        """Run the unit and commit. It was durable before this returns; when it raises, nothing was changed."""
        ...

    async def write_batch(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        """Run the units in order, each in a savepoint, with one commit: for each its result or its error."""
        ...

    async def read(self, query: Unit[T]) -> T:
        """Run a query against one consistent state of what is committed. It cannot change anything."""
        ...

    def listen(self, listener: Listener, *, own_only: bool = False) -> None:
        """Call ``listener`` in the event loop after each commit that hinted anything, and for what `tell` is given.

        With ``own_only`` not for the latter.
        """
        ...

    def tell(self, hints: tuple[Hint, ...]) -> None:
        """Hints from elsewhere: another process has committed something."""
        ...

    async def ready(self) -> None:
        """Write a heartbeat ("ready"); raises `Unavailable` when that does not work within five seconds."""
        ...

    async def close(self) -> None:
        """Finish what was handed in, then let go; later calls raise `Unavailable` ("store_gone")."""
        ...


class Listeners:
    """Who wants to hear hints. One that fails harms no other: its error goes to ``complain``."""

    __slots__ = ("_complain", "_everything", "_own")

    def __init__(self, complain: Callable[[Exception], None]) -> None:
        self._everything: list[Listener] = []
        self._own: list[Listener] = []
        self._complain = complain

    def add(self, listener: Listener, own_only: bool) -> None:
        (self._own if own_only else self._everything).append(listener)

    def committed(self, hints: Sequence[Hint]) -> None:
        """Of a commit of this process."""
        once = tuple(dict.fromkeys(hints))
        self._tell(self._own, once)
        self._tell(self._everything, once)

    def tell(self, hints: Sequence[Hint]) -> None:
        """From elsewhere."""
        self._tell(self._everything, tuple(hints))

    def _tell(self, listeners: Sequence[Listener], hints: tuple[Hint, ...]) -> None:
        for listener in listeners if hints else ():
            try:
                listener(hints)
            except Exception as error:
                self._complain(error)


def _must_be_storable(values: Values) -> None:
    for name, value in values.items():
        if isinstance(value, str) and ("\0" in value or (not value.isascii() and not _storable(value))):
            raise Invalid("text_not_storable", f"{name} holds a character that no text can hold")


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
