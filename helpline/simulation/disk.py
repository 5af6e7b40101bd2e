"""The database of a simulation: in memory, outliving the processes that use it; and the store as each of them sees it.

The units are the real ones, in savepoints, on real SQLite, and they are committed together as the real writer does.
What is simulated is around them: how long it takes, that a commit fails, that a process dies just before it or just
after, and that hints to other processes come late or not at all. Between the units and their commit other callbacks
run, so that whoever acts before the commit is found out; whoever reads then, reads what was before.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from helpline.clock import Clock
from helpline.errors import Unavailable
from helpline.simulation.loop import OUTSIDE, Process, SimulatedLoop
from helpline.store.connections import Lost, Writer, connect_memory, new_engine
from helpline.store.db import Hint, Listener, Listeners, Outcome, T, Unit
from helpline.store.faults import told
from helpline.store.tables import metadata

UNITS_PER_COMMIT = 256


@dataclass(slots=True)
class Troubles:
    """How often things go wrong with the database, as probabilities; ``slow_s`` is the longest that one thing takes."""

    refused: float = 0.0
    commit_fails: float = 0.0
    dies_before: float = 0.0
    dies_after: float = 0.0
    hint_lost: float = 0.0
    slow: float = 0.0
    slow_s: float = 2.0


class Witness(Protocol):
    """Who watches the database. What it raises ends the simulation."""

    def committed(self, by: str, tables: frozenset[str]) -> None:
        """A commit has changed something in these tables. Nobody has heard of it yet."""

    def dies(self, process: Process) -> None:
        """This process is to be killed, now."""

    def broke(self, error: BaseException) -> None:
        """The witness itself, or a listener, has raised."""


@dataclass(slots=True, eq=False)
class _Job:
    store: "SimulatedStore"
    units: Sequence[Unit[Any]]
    asked: asyncio.Future[list[Outcome[Any]]]
    outcomes: list[Outcome[Any]] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Look:
    store: "SimulatedStore"
    query: Unit[Any]
    asked: asyncio.Future[Any]


class _Writer(Writer):
    """The one connection, which works for one process after the other."""

    def serve(self, store: "SimulatedStore") -> None:
        self._clock, self._new_id = store.clock, store.new_id

    def copy_to(self, other: sqlite3.Connection) -> None:
        self._raw.backup(other)

    def begin(self) -> None:
        super().begin()
        self._raw.execute("DELETE FROM touched")

    def touched(self) -> frozenset[str]:
        """The tables in which the transaction has changed rows so far."""
        return frozenset(name for (name,) in self._raw.execute("SELECT name FROM touched"))

    def note_what_is_touched(self) -> None:
        self._raw.execute("CREATE TABLE touched (name TEXT PRIMARY KEY) WITHOUT ROWID")
        for table in metadata.tables:
            known = f"SELECT 1 FROM touched WHERE name = '{table}'"  # noqa: S608 - of our own tables
            note = f"INSERT INTO touched SELECT '{table}' WHERE NOT EXISTS ({known})"
            for does in ("INSERT", "UPDATE", "DELETE"):
                self._raw.execute(f'CREATE TRIGGER "{table} {does}" AFTER {does} ON "{table}" BEGIN {note}; END')


class Disk:
    """See the module. ``alone``: one process has it to itself, and its units are committed together (SQLite); else
    each job is a transaction (PostgreSQL).
    """

    def __init__(
        self, loop: SimulatedLoop, chance: random.Random, clock: Clock, new_id: Callable[[], str], *, alone: bool
    ) -> None:
        self.loop, self.chance, self.alone = loop, chance, alone
        self.troubles = Troubles()
        self.witness: Witness | None = None
        self.stores: list[SimulatedStore] = []
        self._everybody: list[SimulatedStore] = []
        self.in_transaction = False
        self.commits = 0
        self._writer = _Writer(new_engine(_connect), clock, new_id)
        self._jobs: list[_Job] = []
        self._looks: list[_Look] = []
        self._coming = False

    def look_now(self, query: Unit[T]) -> T:
        """For who watches from outside of the simulated world; between commits only."""
        assert not self.in_transaction, "nobody sees what is not committed"
        return self._writer.look(query)

    def write_now(self, unit: Unit[T]) -> T:
        """For what was there before the simulation began."""
        hints: list[Hint] = []
        self._writer.begin()
        outcome = self._writer.attempt(unit, hints)
        self._writer.commit()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close_stores(self) -> None:
        """The simulation is over: nothing is committed any more, and nobody watches."""
        self.witness = None
        for store in self._everybody:
            store.is_closed = True

    def close(self) -> None:
        self._writer.roll_back()
        self._writer.close()

    # What stores hand in

    def opened(self, store: "SimulatedStore") -> None:
        self.stores = [one for one in self.stores if one.is_open] + [store]
        self._everybody.append(store)

    def hand_in(self, job: _Job) -> None:
        self._jobs.append(job)
        self._come()

    def ask(self, look: _Look) -> None:
        self._looks.append(look)
        self.loop.call_later(self._takes(), self._read, look, context=OUTSIDE)

    def _takes(self) -> float:
        if self.chance.random() < self.troubles.slow:
            return self.chance.uniform(0.05, self.troubles.slow_s)
        return self.chance.choice((0.0, 0.000_3, 0.001, 0.003))

    def _come(self) -> None:
        if self._jobs and not self._coming and not self.in_transaction:
            self._coming = True
            self.loop.call_later(self._takes(), self._begin, context=OUTSIDE)

    def _begin(self) -> None:
        self._coming = False
        taken = self._take()
        if not taken:
            return
        if self.chance.random() < self.troubles.refused:
            self._tell_all(taken, Unavailable("store_locked", "the database is locked"))
            self._come()
            return
        self._writer.begin()
        self.in_transaction = True
        try:
            for job in taken:
                self._writer.serve(job.store)
                for unit in job.units:
                    job.outcomes.append(self._writer.attempt(unit, job.hints))
        except Lost as lost:
            self._end()
            self._tell_all(taken, told(lost.__cause__ or lost))
            return
        self.loop.call_later(self._takes(), self._finish, taken, self._writer.touched(), context=OUTSIDE)

    def _take(self) -> list[_Job]:
        """What is written together; what a process left that has died is nobody's, and of one that is frozen waits."""
        self._jobs = [job for job in self._jobs if job.store.is_open]
        jobs = [job for job in self._jobs if not job.store.process.frozen]
        if not jobs:
            return []
        if self.alone:
            taken, units = [], 0
            while jobs and units < UNITS_PER_COMMIT:
                taken.append(jobs.pop(0))
                units += len(taken[-1].units)
        else:
            taken = [self.chance.choice(jobs)]
        self._jobs = [job for job in self._jobs if job not in taken]
        return taken

    def goes_on(self) -> None:
        """A process is thawed: what it had handed in is taken."""
        self._come()

    def _finish(self, taken: list[_Job], changed: frozenset[str]) -> None:
        process, troubles, draw = taken[0].store.process, self.troubles, self.chance.random()
        if changed and process.alive and self.witness is not None and draw < troubles.dies_before:
            self.witness.dies(process)
        if not all(job.store.is_open for job in taken):
            self._end()  # the connection went with its process
            return
        if changed and self.chance.random() < troubles.commit_fails:
            self._end()
            self._tell_all(taken, Unavailable("store_gone", "the commit failed"))
            return
        self._writer.commit()
        self.commits += 1
        self._end()
        hints = [hint for job in taken for hint in job.hints]
        try:
            if changed and self.witness is not None:
                self.witness.committed(process.name, changed)
        except BaseException as error:
            assert self.witness is not None
            self.witness.broke(error)
            return
        if (
            changed
            and self.witness is not None
            and troubles.dies_before <= draw < troubles.dies_before + troubles.dies_after
        ):
            self.witness.dies(process)
        self.loop.call_soon(self._deliver, taken, hints, context=process.context)
        for other in self.stores:
            if other.is_open and other.process is not process and hints and self.chance.random() >= troubles.hint_lost:
                delay = self.chance.choice((0.001, 0.01, 0.3))
                self.loop.call_later(delay, other.tell, tuple(dict.fromkeys(hints)), context=other.process.context)

    def _end(self) -> None:
        self._writer.roll_back()
        self.in_transaction = False
        self._come()
        for look in self._looks:
            self.loop.call_soon(self._read, look, context=OUTSIDE)

    def _deliver(self, taken: list[_Job], hints: list[Hint]) -> None:
        for job in taken:
            if not job.asked.done():
                job.asked.set_result(job.outcomes)
        taken[0].store.heard(hints)

    def _tell_all(self, taken: list[_Job], error: Exception) -> None:
        for job in taken:
            job.outcomes = [error for _ in job.units]
        self.loop.call_soon(self._deliver, taken, [], context=taken[0].store.process.context)

    def _read(self, look: _Look) -> None:
        if self.in_transaction or look not in self._looks:
            return
        self._looks.remove(look)
        if not look.store.is_open or look.asked.done():
            return
        if self.chance.random() < self.troubles.refused:
            look.asked.set_exception(Unavailable("store_locked", "the database is locked"))
            return
        self._writer.serve(look.store)
        try:
            found = self._writer.look(look.query)
        except Exception as error:
            look.asked.set_exception(error)
        else:
            look.asked.set_result(found)


class SimulatedStore:
    """`helpline.store.db.Store` of one process."""

    def __init__(self, disk: Disk, process: Process, clock: Clock, new_id: Callable[[], str]) -> None:
        self.process, self.clock, self.new_id = process, clock, new_id
        self.name = "sqlite" if disk.alone else "postgresql"
        self._disk = disk
        self._listeners = Listeners(self._complain)
        self.is_closed = False
        disk.opened(self)

    @property
    def is_open(self) -> bool:
        return self.process.alive and not self.is_closed

    async def write(self, unit: Unit[T]) -> T:
        (outcome,) = await self.write_batch((unit,))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def write_batch(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        self._must_be_open()
        job = _Job(self, units, self._disk.loop.create_future())
        self._disk.hand_in(job)
        return await job.asked

    async def read(self, query: Unit[T]) -> T:
        self._must_be_open()
        look = _Look(self, query, self._disk.loop.create_future())
        self._disk.ask(look)
        found: T = await look.asked
        return found

    def listen(self, listener: Listener, *, own_only: bool = False) -> None:
        self._listeners.add(listener, own_only)

    def heard(self, hints: Sequence[Hint]) -> None:
        self._listeners.committed(hints)

    def tell(self, hints: tuple[Hint, ...]) -> None:
        self._listeners.tell(hints)

    async def ready(self) -> None:
        await self.read(lambda tx: None)

    async def close(self) -> None:
        self.is_closed = True

    def _must_be_open(self) -> None:
        if self.is_closed:
            raise Unavailable("store_gone", "the store is closed")

    def _complain(self, error: Exception) -> None:
        if self._disk.witness is not None:
            self._disk.witness.broke(error)


@cache
def _tables() -> "_Writer":
    """An empty database with all tables; to copy it costs a fiftieth of making it."""
    writer = _Writer(new_engine(connect_memory), _NoClock(), str)
    writer.create_all()
    writer.note_what_is_touched()
    return writer


def _connect() -> sqlite3.Connection:
    connection = connect_memory()
    _tables().copy_to(connection)
    return connection


class _NoClock:
    def now(self) -> int:
        return 0
