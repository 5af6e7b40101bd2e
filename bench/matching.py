"""Durable routing decisions beside two rivals that do the same work on the same servers, and what each gets wrong.

1,000 workers with 1 to 4 of 12 languages and three hands each, 10,000 contacts in three strict priorities. First all
hands are filled; then, in each round, some contacts end and the hands that are free are filled again. Only the filling
is timed. Every decision of every one of them is held against the same rules (`bench.rules`).
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvloop
from redis.asyncio import Redis

from bench import routing_bench as memory
from bench.crowd import LINE, People
from bench.databases import servers
from bench.deployment import house_of, new_deployment, opened
from bench.rivals import PRIORITIES, Matcher, PlainContact, PlainWorker, RoundRobin, connected, prepared
from bench.rows import Row, middle, row
from bench.rules import Broken, Given, broken
from helpline.clock import SystemClock
from helpline.contacts import moves
from helpline.contacts.lifecycle import Event
from helpline.dispatch import Dispatcher
from helpline.house import House
from helpline.metrics import Metrics
from helpline.store import contacts
from helpline.store.db import Store, Tx
from helpline.store.tables import assignments, worker_languages
from helpline.store.tables import contacts as contacts_table
from routing.model import Level, WaitingContact, WorkerState
from routing.policy import LinePolicy

STRICT = {"urgent": 1.0, "normal": 1e6, "low": 1e12}
"""Targets so far apart that the order of priorities is strict."""

AIM = 2.0


@dataclass(frozen=True, slots=True)
class Size:
    """Workers, contacts, rounds, and contacts that end before each round."""

    workers: int
    contacts: int
    rounds: int
    ended: int


WHOLE = Size(1_000, 10_000, 3, 1_000)
QUICK = Size(30, 300, 2, 20)


class PlainCrowd(memory.Crowd):
    """Without what the rivals do not know: levels of a language, and wishes for a woman or a man."""

    def worker(self, now: int) -> WorkerState:
        found = super().worker(now)
        return replace(found, languages=dict.fromkeys(found.languages, Level.FLUENT))

    def contact(self, now: int) -> WaitingContact:
        return replace(super().contact(now), gender_wish=None)


@dataclass
class Measured:
    """Decisions a second while all hands are filled, and in the rounds after; and what was decided."""

    filling: float = 0.0
    rounds: list[float] = field(default_factory=list)
    stages: list[tuple[list[Given], list[Given]]] = field(default_factory=list)
    wrong: Broken = field(default_factory=Broken)

    @property
    def rate(self) -> float:
        return middle(self.rounds)


async def play(
    size: Size,
    assign: Callable[[], Awaitable[int]],
    end: Callable[[list[Given]], Awaitable[None]],
    given: Callable[[], Awaitable[list[Given]]],
) -> Measured:
    """The course of the work, the same for all. ``given``: all that was given so far, in its order."""
    chance, found = random.Random(memory.SEED), Measured()
    alive: list[Given] = []
    known = 0
    ended: list[Given] = []
    for number in range(size.rounds + 1):
        began = time.perf_counter()
        done = await assign()
        rate = done / (time.perf_counter() - began)
        all_given = await given()
        fresh, known = all_given[known:], len(all_given)
        if len(fresh) != done:
            raise RuntimeError(f"{done} said, {len(fresh)} stored")
        found.stages.append((ended, fresh))
        alive += fresh
        if number:
            found.rounds.append(rate)
        else:
            found.filling = rate
        chance.shuffle(alive)
        ended, alive = alive[: size.ended], alive[size.ended :]
        await end(ended)
    return found


# Ours


async def ours(url: str, folder: Path, size: Size) -> Measured:
    configuration = new_deployment(folder).configuration()
    store = await opened(url or configuration.settings.store_url)
    house = replace(house_of(configuration), policies={LINE: LinePolicy(targets_s=STRICT, offer_s=3_600)})
    people = People(PlainCrowd())
    await store.write(lambda tx: people.workers(tx, size.workers))
    await store.write(lambda tx: people.waiting(tx, size.contacts))
    dispatcher = Dispatcher(store, house, SystemClock(), Metrics())
    try:
        found = await play(size, dispatcher.step, lambda pairs: _end(store, house, pairs), lambda: store.read(_given))
        who, whom = await store.read(_people)
    finally:
        await store.close()
    found.wrong = broken(found.stages, who, whom)
    return found


async def _end(store: Store, house: House, pairs: Sequence[Given]) -> None:
    def ends(tx: Tx, contact: str) -> None:
        moves.close(tx, house, contacts.get(tx, contact), Event.STOPPED, "system", "stopped", "stopped")

    await store.write_batch([partial(ends, contact=contact) for contact, _ in pairs])


def _given(tx: Tx) -> list[Given]:
    columns = (assignments.c.contact_id, assignments.c.worker_id)
    return [(row[0], row[1]) for row in tx.execute(sa.select(*columns).order_by(assignments.c.id))]


def _people(tx: Tx) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, int]]]:
    spoken: dict[str, tuple[str, ...]] = {}
    for worker, language in tx.execute(sa.select(worker_languages.c.worker_id, worker_languages.c.language)):
        spoken[worker] = (*spoken.get(worker, ()), language)
    columns = (contacts_table.c.id, contacts_table.c.language, contacts_table.c.priority)
    return spoken, {id: (language, PRIORITIES.index(of)) for id, language, of in tx.execute(sa.select(*columns))}


# The rivals


def _crowd(size: Size) -> tuple[list[PlainWorker], list[PlainContact]]:
    crowd = PlainCrowd()
    people = [PlainWorker(n, tuple(crowd.worker(memory.START).languages)) for n in range(size.workers)]
    made = (crowd.contact(memory.START) for _ in range(size.contacts))
    return people, [PlainContact(n, str(one.language), PRIORITIES.index(one.priority)) for n, one in enumerate(made)]


async def matcher(url: str, hands: int, size: Size) -> Measured:
    conns = await connected(url, hands)
    people, waiting = _crowd(size)
    await prepared(conns[0], people, waiting)
    rival = Matcher(conns, size.workers)
    return await _played(rival.assign, rival.end, conns, size)


async def round_robin(url: str, valkey: str, hands: int, size: Size) -> Measured:
    conns = await connected(url, hands)
    people, waiting = _crowd(size)
    await prepared(conns[0], people, waiting)
    redis = Redis.from_url(valkey)
    rival = RoundRobin(conns, redis, people)
    await rival.prepare(waiting)
    try:
        return await _played(rival.assign, rival.end, conns, size)
    finally:
        await redis.aclose()


async def _played(
    assign: Callable[[], Awaitable[int]],
    end: Callable[[Sequence[int]], Awaitable[None]],
    conns: list[Any],
    size: Size,
) -> Measured:
    async def given() -> list[Given]:
        rows = await conns[0].fetch("SELECT contact_id, worker_id FROM rival_assignments ORDER BY seq")
        return [(str(row[0]), str(row[1])) for row in rows]

    found = await play(size, assign, lambda pairs: end([int(contact) for contact, _ in pairs]), given)
    for conn in conns:
        await conn.close()
    people, waiting = _crowd(size)
    spoken = {str(one.id): one.languages for one in people}
    found.wrong = broken(found.stages, spoken, {str(one.id): (one.language, one.priority) for one in waiting})
    return found


def run(quick: bool = False) -> list[Row]:
    size = QUICK if quick else WHOLE
    with (
        tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder,
        servers() as here,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        url, sqlite, on_postgres = here.new_url(), Path(folder) / "sqlite", Path(folder) / "postgres"
        mine = runner.run(ours("", sqlite, size))
        mine_there = runner.run(ours(url, on_postgres, size))
        others, valkey = here.new_url(), here.valkey.url
        one = runner.run(matcher(others, 1, size))
        four = runner.run(matcher(others, 4, size))
        ring = runner.run(round_robin(others, valkey, 1, size))
        ring_four = runner.run(round_robin(others, valkey, 4, size))
    best = max(one.rate, four.rate)
    rival = ("SKIP LOCKED, the better", best)
    made = f"{size.workers:,} workers, {size.contacts:,} contacts; median of {size.rounds} rounds; "
    return [
        row("decisions, ours on SQLite", mine.rate, "1/s", rival, f"{made}aim: {AIM:g}; {mine.wrong}"),
        row("decisions, ours on PostgreSQL", mine_there.rate, "1/s", rival, f"aim: {AIM:g}; {mine_there.wrong}"),
        row("decisions, SKIP LOCKED, 1 worker", one.rate, "1/s", rival, str(one.wrong)),
        row("decisions, SKIP LOCKED, 4 workers", four.rate, "1/s", rival, str(four.wrong)),
        row("decisions, ring in Valkey, 1 worker", ring.rate, "1/s", rival, str(ring.wrong)),
        row("decisions, ring in Valkey, 4 workers", ring_four.rate, "1/s", rival, str(ring_four.wrong)),
        row("the same from an empty floor, ours on SQLite", mine.filling, "1/s", ("SKIP LOCKED, 4", four.filling)),
        row(
            "the same from an empty floor, ours on PostgreSQL",
            mine_there.filling,
            "1/s",
            ("SKIP LOCKED, 4", four.filling),
        ),
        row(
            "broken rules, ours on both",
            mine.wrong.all + mine_there.wrong.all,
            "count",
            ("ring, both", max(1, ring.wrong.all + ring_four.wrong.all)),
        ),
    ]
