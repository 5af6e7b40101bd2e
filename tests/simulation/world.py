"""One run: servers, a carrier, people and what goes wrong, all from one seed, and the rules after every commit."""

import asyncio
import random
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from helpline.clock import HOUR, MINUTE, SECOND, ids_from
from helpline.house import House
from helpline.privacy import pseudonym
from helpline.simulation.disk import Disk, Troubles
from helpline.simulation.loop import OUTSIDE, Process, SimulatedLoop
from helpline.simulation.trace import LAST, Trace
from helpline.staff import duty
from helpline.store import workers
from routing.policy import LinePolicy
from tests.property.floor_rules import Broken
from tests.simulation import people, rules
from tests.simulation.carrier import SimulatedCarrier
from tests.simulation.people import PEOPLE, RELAYED, SPOKEN, Person
from tests.simulation.servers import NotThere, Room, Server
from tests.simulation.watching import Listening
from tests.simulation.weather import Weather, draw
from tests.village import MONDAY_0800, Call, a_house
from webhooks.events import CallState

T = TypeVar("T")

LIVES_S = 80.0
"""So long children call and people work; then the world comes to rest, and nothing goes wrong any more."""

RESTS_S = 30.0
HEALS_S = 150.0
"""A hang-up that nobody told us of is found within this time (`helpline.keeping`)."""

QUIET_TRIES = 60


@dataclass(frozen=True, slots=True)
class Run:
    """How it went. ``digest``: of everything that happened."""

    seed: int
    digest: str
    steps: int
    commits: int
    broken: str | None
    story: tuple[str, ...]
    weather: str

    def told(self) -> str:
        """What is to be read when a rule is broken."""
        again = f"again: make simulate SEEDS=1 START={self.seed}   (all of it: STORY=1)"
        return "\n".join(("", *self.story, "", f"weather: {self.weather}", self.broken or "held", again))


class TrueClock:
    """The time outside, which no server's clock can change."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def now(self) -> int:
        return MONDAY_0800 + int(self._loop.time() * SECOND)


@cache
def _the_house() -> House:
    return a_house(1, LinePolicy(wrap_up_s=40))


class World:
    """See the module; `helpline.simulation.disk.Witness`."""

    def __init__(
        self, seed: int, weather: Weather | None = None, *, keep: int | None = LAST, lives_s: float = LIVES_S
    ) -> None:
        self.seed, self._lives_s = seed, lives_s
        self.chance = random.Random(f"{seed} chance")
        self.weather = weather or draw(seed)
        self.loop = SimulatedLoop(random.Random(f"{seed} order"))
        self.trace = Trace(self.loop.time, keep)
        self.true_clock = TrueClock(self.loop)
        self.wall_is_off = 0
        self.new_id = ids_from(self.true_clock, random.Random(f"{seed} ids"))
        source = random.Random(f"{seed} house")
        self.house = replace(_the_house(), chance=source, pseudonym=lambda: pseudonym(source))
        alone = self.weather.processes == 1
        self.disk = Disk(self.loop, random.Random(f"{seed} disk"), self.true_clock, self.new_id, alone=alone)
        self.carrier = SimulatedCarrier(self)
        self.carrier.pressed = lambda call: self.spawn(people.a_phone(self, call))  # type: ignore[assignment]
        self.lease = Room()
        self.servers: dict[Server, None] = {}
        self.lives = 0
        self.rests = False
        self.people: list[Person] = []
        self.boss: Person
        self.error: BaseException | None = None
        self._ended: asyncio.Future[None] = self.loop.create_future()
        self.rules = rules.Rules(self)
        self.disk.witness = self

    # Time

    def wall(self) -> int:
        return self.true_clock.now() + self.wall_is_off

    def steady(self) -> int:
        return int(self.loop.time() * SECOND)

    def later(self, seconds: float, do: Callable[..., object], *given: object) -> None:
        self.loop.call_later(seconds, do, *given, context=OUTSIDE)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Something outside of all servers. What it raises ends the run."""
        task = self.loop.create_task(work, context=OUTSIDE)
        task.add_done_callback(self._ended_with, context=OUTSIDE)
        return task

    def _ended_with(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.broke(error)

    # What happened

    def tell(self, who: str, what: str) -> None:
        self.trace.tell(who, what)

    def broke(self, error: BaseException) -> None:
        if self.error is None:
            self.error = error
        if not self._ended.done():
            self._ended.set_result(None)

    def committed(self, by: str, tables: frozenset[str]) -> None:
        self.rules.committed(by, tables)

    def must_be_committed(self, order: str, about: str | None, kinds: tuple[str, ...]) -> None:
        self.rules.must_be_committed(order, about, kinds)

    # Servers

    def a_server(self) -> Server:
        there = [server for server in self.servers if server.is_reachable]
        if not there:
            raise NotThere
        return self.chance.choice(there)

    def starts(self) -> None:
        self.lives += 1
        self.servers[Server(self, f"server{self.lives}")] = None

    def dies(self, process: Process) -> None:
        for server in list(self.servers):
            if server.process is process:
                server.kill()
                self.later(self.chance.choice((0.2, 1.0, 4.0)), self._replaces)

    def has_stopped(self, server: Server) -> None:
        server.process.alive = False
        self.servers.pop(server, None)
        self.later(0.5, self._replaces)

    def _replaces(self) -> None:
        """Of one alone, the next starts when it has gone; of several, as soon as there are too few."""
        if len(self.servers) < self.weather.processes:
            self.starts()

    # The run

    def run(self) -> Run:
        with Listening(self.broke):
            try:
                self.disk.write_now(lambda tx: None)
                self._hire()
                asyncio.set_event_loop(self.loop)
                main = self.loop.create_task(self._main(), context=OUTSIDE)
                main.add_done_callback(self._ended_with, context=OUTSIDE)
                self.loop.run_until_complete(self._ended)
            except Exception as error:
                self.broke(error)
            finally:
                steps, broken = self.loop.steps, None
                if self.error is not None:
                    broken = _told(self.error)
                self._clear_up()
        return Run(
            self.seed, self.trace.digest, steps, self.disk.commits, broken, tuple(self.trace.lines),
            str(self.weather),
        )  # fmt: skip

    def _hire(self) -> None:
        for number, plan in enumerate(PEOPLE):
            spoken = self.chance.sample(SPOKEN, self.chance.randint(1, 3))
            if plan.get("roles") == "interpreter" and self.chance.random() < 0.9:
                spoken.append(RELAYED)
            levels = [(language, self.chance.choice(("fluent", "fluent", "basic"))) for language in spoken]
            row = {
                "sign_in": f"w{number}", "alias": f"w{number}", "roles": "counsellor",
                "reach_enc": self.house.vault.seal(f"{people.ADULTS}{number:07d}"), **plan,
            }  # fmt: skip
            id = self.disk.write_now(lambda tx, row=row, levels=levels: workers.add(tx, row, levels))  # type: ignore[misc]
            directs = "supervisor" in str(plan.get("roles"))
            person = Person(self, id, f"w{number}", by_phone=self.chance.random() < 0.15, directs=directs)
            self.trace.name(id, person.name)
            self.people.append(person)
            if plan.get("roles") == "supervisor":
                self.boss = person
            if self.chance.random() < 0.8:
                begin = duty.be_on_by_phone if person.by_phone else duty.go_on_duty
                self.disk.write_now(lambda tx, who=id, begin=begin: begin(tx, self.house, who))  # type: ignore[misc]

    async def _main(self) -> None:
        self.tell("world", f"{self.weather}")
        for _ in range(self.weather.processes):
            self.starts()
        self.disk.troubles = self.weather.store
        for person in self.people:
            self.spawn(person.works())
        arriving = [self.spawn(self._arrive()), *(self.spawn(one) for one in self._misfortunes())]
        self.spawn(self.rules.watch())
        await asyncio.sleep(self._lives_s)
        for task in arriving:
            task.cancel()
        await self._comes_to_rest()
        self.broke_nothing()

    def broke_nothing(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    async def _comes_to_rest(self) -> None:
        self.tell("world", "comes to rest")
        self.rests = True
        self.weather, self.disk.troubles = Weather(self.weather.processes), Troubles()
        for server in self.servers:
            self._thaws(server)
        await asyncio.sleep(HEALS_S if self.carrier.has_lost else RESTS_S)
        await self.rules.becomes_quiet(QUIET_TRIES)

    async def _arrive(self) -> None:
        """Children, one after the other."""
        chance = self.chance
        while True:
            await asyncio.sleep(chance.expovariate(1 / chance.choice((1.0, 4.0, 10.0))))
            if chance.random() < 0.3:
                self.spawn(people.a_child_writes(self))
            elif sum(call.up and not call.placed for call in self.carrier.calls.values()) < 8:
                self.spawn(people.a_child_calls(self))

    def hang_up(self, call: Call, who: str) -> None:
        self.tell(who, f"{call.id[-3:]} hangs up")
        self.carrier.end(call, CallState.COMPLETED)

    # What goes wrong

    def _misfortunes(self) -> list[Coroutine[Any, Any, None]]:
        weather = self.weather
        every = [
            (weather.killed_every_s, self._one_is_killed),
            (weather.stopped_every_s, self._one_is_stopped),
            (weather.frozen_every_s, self._one_is_frozen),
            (weather.lease_lost_every_s, self._the_lease_is_lost),
        ]
        found = [self._now_and_then(seconds, do) for seconds, do in every if seconds]
        if weather.wall_jumps:
            found.append(self._now_and_then(60, self._the_wall_clock_is_moved))
        if weather.sleeps_deeply:
            found.append(self._now_and_then(80, self._all_sleep_deeply))
        return found

    async def _now_and_then(self, seconds: float, do: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / seconds))
            do()

    def _some_server(self) -> Server | None:
        there = list(self.servers)
        return self.chance.choice(there) if there else None

    def _one_is_killed(self) -> None:
        server = self._some_server()
        if server is not None:
            self.dies(server.process)

    def _one_is_stopped(self) -> None:
        server = self._some_server()
        if server is not None and server.is_reachable and not server.process.frozen:
            server.stop()
            self.later(15, self._is_gone_at_last, server)

    def _is_gone_at_last(self, server: Server) -> None:
        if server in self.servers:
            self.dies(server.process)

    def _one_is_frozen(self) -> None:
        server = self._some_server()
        if server is not None:
            self.freezes(server)

    def freezes(self, server: Server) -> None:
        """It stands still, and whoever leads meanwhile knows better than what it has planned."""
        if not self.rests and not server.process.frozen:
            seconds = self.chance.choice((0.5, 1.0, 1.0, 4.0, 12.0))
            self.tell(server.name, f"is frozen for {seconds} s")
            self.loop.freeze(server.process)
            self.later(seconds, self._thaws, server)

    def _thaws(self, server: Server) -> None:
        if server.process.frozen and server.process.alive:
            self.tell(server.name, "is thawed")
            self.loop.thaw(server.process)
            self.disk.goes_on()

    def _the_lease_is_lost(self) -> None:
        """The connection that held it has ended, and its holder does not know yet: two dispatch for a moment."""
        self.tell("world", "the lease is free")
        self.lease.holder = None

    def _the_wall_clock_is_moved(self) -> None:
        """By two hours, and the machine is started again."""
        self.wall_is_off = self.chance.choice((-2, 2, 0)) * HOUR
        self.tell("world", f"the wall clock is {self.wall_is_off // MINUTE} minutes off")
        for server in list(self.servers):
            self.dies(server.process)

    def _all_sleep_deeply(self) -> None:
        seconds = self.chance.choice((20.0, 400.0, 4000.0))
        self.tell("world", f"everything stands still for {seconds} s")
        self.loop.sleep_deeply(seconds)

    def _clear_up(self) -> None:
        """Whatever still runs ends; nobody looks at it any more."""
        self.disk.close_stores()
        self.loop.set_exception_handler(lambda _loop, about: None)
        self.loop.bury()
        self.disk.close()
        asyncio.set_event_loop(None)
        self.loop.close()


def _told(error: BaseException) -> str:
    if isinstance(error, Broken):
        return str(error)
    return "".join(traceback.format_exception(error))


def run(seed: int, *, keep: int | None = LAST, lives_s: float = LIVES_S) -> Run:
    """The run of this seed; ``keep``: how many lines of its story, None for all of it."""
    return World(seed, keep=keep, lives_s=lives_s).run()
