"""A process of the helpline in the simulated world: its real loops, and how it is started, killed, frozen, stopped."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from helpline.app import effect_kinds
from helpline.clock import SystemClock, ids_from
from helpline.deadlines import Timers
from helpline.dispatch import Dispatcher
from helpline.errors import Unavailable
from helpline.intake import Intake
from helpline.keeping import Keeper
from helpline.leading import Leading
from helpline.metrics import Metrics
from helpline.outbox import Outbox
from helpline.presence import Presence
from helpline.simulation.disk import SimulatedStore
from helpline.simulation.loop import Process
from helpline.store import retention
from helpline.store.db import Unit
from helpline.sweep import Sweep
from helpline.threads.arrivals import TextIntake

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")

LEASE_S = 1.6
"""A lease that was not renewed for so long is taken away (`helpline.store.leases`)."""


class NotThere(Exception):
    """The process cannot be reached, or died before it answered."""


class Room:
    """Where the processes of one database hold their lease."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self.epoch = 0
        self.renewed_at = 0.0


class SimulatedLease:
    """`helpline.store.leases.Lease`, as the one of PostgreSQL behaves."""

    def __init__(self, room: Room, process: Process, world: "World") -> None:
        self._room, self._process, self._world = room, process, world
        self._epoch: int | None = None
        self.is_held = False

    async def hold(self) -> bool:
        await asyncio.sleep(self._world.chance.choice((0.001, 0.01)))
        if self._world.chance.random() < self._world.disk.troubles.refused:
            self._epoch = None
            raise Unavailable("store_gone", "the lease's connection has ended")
        room, now = self._room, self._world.loop.time()
        if self._epoch is not None:
            if room.epoch != self._epoch or room.holder != self._process.name:
                self._epoch = None
                raise Unavailable("lease_lost", "another process holds the lease")
            room.renewed_at = now
            return True
        if room.holder is not None and now - room.renewed_at <= LEASE_S:
            self.is_held = True
            return False
        room.holder, room.epoch, room.renewed_at = self._process.name, room.epoch + 1, now
        self._epoch, self.is_held = room.epoch, True
        self._world.trace.tell(self._process.name, "holds the lease")
        return True

    async def let_go(self) -> None:
        if self._epoch is not None and self._room.epoch == self._epoch:
            self._room.holder = None
        self._epoch, self.is_held = None, False


class _Suspended:
    """The dispatcher's store: as a plan is handed in, the process may be frozen before it is written."""

    def __init__(self, server: "Server") -> None:
        self._server, self._store = server, server.store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, unit: Unit[T]) -> T:
        world = self._server.world
        if world.chance.random() < world.weather.frozen_with_a_plan:
            world.freezes(self._server)
            world.spawn(world.boss.looks_up())
        return await self._store.write(unit)


class Server:
    """One life of one process. Who is killed is started again as another `Server`."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.process = Process(name)
        self.serves = False
        self.store: SimulatedStore
        self.intake: Intake
        self.texts: TextIntake
        self.leading: Leading
        self._presence: Presence
        self._loops: list[asyncio.Task[None]] = []
        self._asked: dict[asyncio.Future[Any], None] = {}  # in the order in which they came
        world.loop.start(self.process, self._live())

    @property
    def name(self) -> str:
        return self.process.name

    @property
    def is_reachable(self) -> bool:
        return self.process.alive and self.serves

    async def _live(self) -> None:
        """As `helpline.app.working` composes it; a start that fails is tried again, as a service is restarted."""
        world = self.world
        clock = SystemClock(wall=world.wall, steady=world.steady)
        alone = world.disk.alone
        new_id = ids_from(clock, random.Random(world.chance.random())) if alone else world.new_id
        self.store = store = SimulatedStore(world.disk, self.process, clock, new_id)
        who = new_id()
        world.trace.name(who, self.name)
        house, metrics = world.house, Metrics()
        while True:
            try:
                clock.not_before(await store.read(retention.latest_beat))
                dispatcher = Dispatcher(_Suspended(self), house, clock, metrics)
                self.leading = leading = Leading(SimulatedLease(world.lease, self.process, world), dispatcher)
                self._presence = Presence(store, clock, who, None, lambda it=leading: it.leads)  # type: ignore[misc]
                await self._presence.begin()
                break
            except Unavailable:
                await asyncio.sleep(1.0)
        timers = Timers(store, house, clock, metrics)
        outbox = Outbox(store, clock, metrics, effect_kinds(store, house, world.carrier), who)
        keeper = Keeper(store, house, clock, metrics, leads=lambda: leading.leads)
        sweep = Sweep(store, house, world.carrier, clock, lambda: leading.leads)
        self.intake, self.texts = Intake(store, house), TextIntake(store, house)
        work = [leading.run(), timers.run(), outbox.run(), keeper.run(), sweep.run()]
        if not alone:
            work.append(self._presence.run())
        self._loops = [asyncio.create_task(one) for one in work]
        for task in self._loops:
            task.add_done_callback(self._loop_ended)
        self.serves = True
        world.trace.tell(self.name, "serves")

    def _loop_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self.world.broke(AssertionError(f"a loop that never ends has ended: {task.exception()!r}"))

    async def do(self, work: Callable[["Server"], Awaitable[T]]) -> T:
        """Ask this process for something, from outside of it. Raises `NotThere`, and what the work raises."""
        if not self.is_reachable:
            raise NotThere
        asked: asyncio.Future[T] = self.world.loop.create_future()
        self._asked[asked] = None
        task = self.world.loop.start(self.process, self._done(work))
        task.add_done_callback(partial(_settle, asked))
        try:
            return await asked
        finally:
            self._asked.pop(asked, None)

    async def _done(self, work: Callable[["Server"], Awaitable[T]]) -> T:
        return await work(self)

    def kill(self) -> None:
        """Wherever it is, it is not any more; who waited for an answer gets none."""
        self.world.trace.tell(self.name, "is killed")
        self.world.loop.kill(self.process)
        self.world.servers.pop(self, None)
        if self.process.name == self.world.lease.holder and self.world.chance.random() < 0.7:
            self.world.lease.holder = None  # its connection ended with it; else it is found out later
        for asked in [one for one in self._asked if not one.done()]:
            asked.set_exception(NotThere())

    def stop(self) -> None:
        """SIGTERM: what it has under way comes to its end first."""
        self.world.trace.tell(self.name, "is told to stop")
        self.world.loop.start(self.process, self._stop())

    async def _stop(self) -> None:
        await self.leading.step_down()
        for task in self._loops:
            task.cancel()
        await asyncio.wait(self._loops, timeout=10)
        await self._presence.leave()
        self.serves = False
        await self.store.close()
        self.world.trace.tell(self.name, "has stopped")
        self.world.has_stopped(self)


def _settle(asked: asyncio.Future[T], task: asyncio.Task[T]) -> None:
    if asked.done():
        return
    if task.cancelled():
        asked.set_exception(NotThere())
    elif (error := task.exception()) is not None:
        asked.set_exception(error)
    else:
        asked.set_result(task.result())
