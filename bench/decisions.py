"""Routing decisions a second that are durable: the dispatcher over the real store, on SQLite.

The same floor as in memory (`bench.routing_bench`): 1,000 workers with 1 to 4 of 12 languages and three hands each,
10,000 who wait in three priorities. Measured is `Dispatcher.step`: what was hinted is read, the plan is made, every
claim is committed, and what the claims hinted is read again.
"""

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop

from bench import routing_bench as memory
from bench.crowd import LINE, People
from bench.deployment import house_of, new_deployment, opened
from bench.rows import Row, middle, percentile, row
from helpline.clock import SystemClock
from helpline.contacts import moves
from helpline.contacts.lifecycle import Event
from helpline.dispatch import Dispatcher
from helpline.house import House
from helpline.metrics import Metrics
from helpline.store import contacts
from helpline.store.db import Store, Tx
from helpline.store.tables import assignments
from routing.policy import LinePolicy

AIM = 3_000.0


@dataclass(frozen=True, slots=True)
class Size:
    """Workers, contacts that wait, rounds, and contacts that end before each round."""

    workers: int
    waiting: int
    rounds: int
    ended: int


WHOLE = Size(1_000, 10_000, 5, 1_000)
QUICK = Size(30, 200, 2, 20)


@dataclass(frozen=True, slots=True)
class Measured:
    """Decisions a second while the floor is filled and in each round after; ms from a lone release to its offer."""

    filling: float
    rounds: tuple[float, ...]
    alone_ms: tuple[float, ...]


def run(quick: bool = False) -> list[Row]:
    loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder, loop as runner:
        found = runner.run(_measure(Path(folder), QUICK if quick else WHOLE))
    return [
        row("durable decisions, many workers freed at once", middle(found.rounds), "1/s", ("aim", AIM),
            "1,000 workers, 10,000 waiting; the reading, the plan and every commit included"),
        row("durable decisions, from an empty floor", found.filling, "1/s", ("aim", AIM),
            "the start of a dispatcher: all who wait and all workers are read first"),
        row("durable decision, one worker freed, p50", percentile(found.alone_ms, 50), "ms", ("aim of an offer", 10.0)),
        row("durable decision, one worker freed, p99", percentile(found.alone_ms, 99), "ms", ("aim of an offer", 10.0)),
    ]  # fmt: skip


async def _measure(folder: Path, size: Size) -> Measured:
    configuration = new_deployment(folder).configuration()
    store = await opened(configuration.settings.store_url)
    house = replace(house_of(configuration), policies={LINE: LinePolicy(targets_s=memory.TARGETS, offer_s=3_600)})
    people, chance = People(memory.Crowd()), random.Random(memory.SEED)
    await store.write(lambda tx: people.workers(tx, size.workers))
    await store.write(lambda tx: people.waiting(tx, size.waiting))
    dispatcher = Dispatcher(store, house, SystemClock(), Metrics())
    filling = await _timed(dispatcher)
    rounds = []
    for _ in range(size.rounds):
        await _end_some(store, house, chance, size.ended)
        rounds.append(await _timed(dispatcher))
    alone = []
    for _ in range(size.ended // 5):
        await _end_some(store, house, chance, 1)
        began = time.perf_counter()
        await dispatcher.step()
        alone.append((time.perf_counter() - began) * 1000)
    await store.close()
    return Measured(filling, tuple(rounds), tuple(alone))


async def _timed(dispatcher: Dispatcher) -> float:
    began = time.perf_counter()
    given = await dispatcher.step()
    return given / (time.perf_counter() - began)


async def _end_some(store: Store, house: House, chance: random.Random, count: int) -> None:
    """So many of the contacts that are offered end, and their workers are free again."""

    def unit(tx: Tx) -> None:
        offered = [id for (id,) in tx.execute(_OFFERED)]
        for id in chance.sample(offered, count):
            moves.close(tx, house, contacts.get(tx, id), Event.STOPPED, "system", "stopped", "stopped")

    await store.write(unit)


_OFFERED = assignments.select().with_only_columns(assignments.c.contact_id).where(assignments.c.ended_at.is_(None))
