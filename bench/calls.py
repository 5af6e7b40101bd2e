"""Calls end to end, at rising rates until past saturation: webhook, menu, offer, yes, phone, key, conference.

1,000 counsellors with 1 to 4 of 12 languages are on duty; one call in twenty is in danger. The helpline runs in one
process (or two) beside the load generator, on the same processors. Calls come at their time whether those before were
answered or not, and each is timed from when it was due, so that no wait is lost. The generator learns of offers by
looking into the database (50 times a second), and people say yes and finish the record over HTTP; a row by itself says
what it costs that all of their pages are open.
"""

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import uvloop

from bench.databases import Servers, servers
from bench.deployment import Deployment, answers, free_port, house_of, in_store, new_deployment, process
from bench.fake_carrier import FakeCarrier
from bench.processor import spent
from bench.routing_bench import LANGUAGES, SEED
from bench.rows import Row, percentile, row
from helpline.app import serving
from helpline.clock import DAY
from helpline.ending import end
from helpline.house import House
from helpline.staff.signin import token_hash
from helpline.store import workers
from helpline.store.db import Tx
from helpline.store.sign_ins import add_sign_in
from helpline.store.tables import duty

KEYS = dict(zip(LANGUAGES, ("1", "2", "3", "4", "5", "6", "7", "8", "91", "92", "93", "94"), strict=True))
"""What a child presses in the menu."""

LOOK_EVERY_S = 0.02
DRAINS_WITHIN_S = 20.0
KEPT_UP = 0.95
"""Of the rate that was asked for; below it, or with a p99 above `PATIENCE_S`, it has not kept up."""

PATIENCE_S = 3.0
AIM_CPU_MS = 8.0

_LIVE = """
SELECT id, worker_id, contact_id, contact_version, state FROM assignments
WHERE ended_at IS NULL AND state IN ('offered', 'wrap_up')
"""
_WAITS = """
SELECT c.danger, min(a.offered_at) - c.queued_at FROM contacts c JOIN assignments a ON a.contact_id = c.id
WHERE c.queued_at > {since} GROUP BY c.id, c.danger, c.queued_at
"""

Rows = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@dataclass(frozen=True, slots=True)
class Size:
    workers: int
    rates: tuple[float, ...]
    seconds: float
    talk_s: float


WHOLE = Size(1_000, (10, 20, 30, 40, 60, 80, 100, 125, 150, 200, 250), 8.0, 2.0)
QUICK = Size(40, (5,), 1.0, 0.1)


@dataclass
class Step:
    """One rate. ``times``: s from when a call was due to the room, of those that got there; ``danger`` and ``others``:
    s from joining those who wait to the offer; processor time in ms a call, of the helpline and of PostgreSQL.
    """

    rate: float
    asked: int
    times: list[float]
    danger: list[float]
    others: list[float]
    helpline_ms: float
    database_ms: float
    reached: float  # calls a second that came into their rooms while calls came

    @property
    def kept_up(self) -> bool:
        whole = len(self.times) == self.asked
        return whole and self.reached >= KEPT_UP * self.rate and percentile(self.times, 99) <= PATIENCE_S


@dataclass
class Played:
    steps: list[Step] = field(default_factory=list)

    @property
    def knee(self) -> Step:
        """The highest rate that it kept up with; the first when there is none."""
        return next((step for step in reversed(self.steps) if step.kept_up), self.steps[0])


class Crew:
    """Everybody's hands: say yes to offers, and finish records, as the database says."""

    def __init__(self, rows: Rows, http: aiohttp.ClientSession, urls: list[str], sign_ins: dict[str, int]) -> None:
        self._rows, self._http, self._urls, self._sign_ins = rows, http, urls, sign_ins
        self._done: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.refused = 0

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            for id, worker, contact, version, state in await self._rows(_LIVE):
                if (id, state) in self._done:
                    continue
                self._done.add((id, state))
                if state == "offered":
                    path, form = f"/console/desk/offers/{id}/accept", {"version": str(version)}
                else:
                    path = f"/console/contacts/{contact}/record"
                    form = {"base_version": "0", "do": "finish", "contact_type": "self"}
                task = asyncio.create_task(self._post(worker, path, form))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _post(self, worker: str, path: str, form: dict[str, str]) -> None:
        number = self._sign_ins[worker]
        headers = {"Cookie": f"helpline=token-{number}", "Accept": "application/json"}
        url = self._urls[number % len(self._urls)] + path
        try:
            async with self._http.post(url, data={**form, "csrf": f"csrf-{number}"}, headers=headers) as answer:
                await answer.read()
                self.refused += answer.status >= 400
        except (aiohttp.ClientError, TimeoutError):
            self.refused += 1


@dataclass
class Scene:
    carrier: FakeCarrier
    crew: Crew
    rows: Rows
    pids: list[int]
    here: Servers | None
    size: Size
    chance: random.Random
    made: int = 0

    async def step(self, rate: float) -> Step:
        """Calls at this rate; then whoever still waits is waited for."""
        self.carrier.joined.clear()
        since = (await self.rows("SELECT coalesce(max(queued_at), 0) FROM contacts"))[0][0]
        before, database = self._taken(), self._database_s()
        began = time.monotonic()
        due: dict[str, float] = {}
        under_way: list[asyncio.Task[None]] = []
        asked = max(1, int(rate * self.size.seconds))
        for number in range(asked):
            at = began + number / rate
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            under_way.append(asyncio.create_task(self._call(due, at)))
        await asyncio.sleep(max(0.0, began + self.size.seconds - time.monotonic()))
        while (len(self.carrier.joined) < asked or not all(task.done() for task in under_way)) and (
            time.monotonic() < began + self.size.seconds + DRAINS_WITHIN_S
        ):
            await asyncio.sleep(0.05)
        joined = dict(self.carrier.joined)
        while self.carrier.hung_up < len(self.carrier.joined) and time.monotonic() < began + self.size.seconds + 30:
            await asyncio.sleep(0.05)
        after, database = self._taken(), self._database_s() - database
        waits = await self.rows(_WAITS.format(since=since))
        times = sorted(at - due[sid] for sid, at in joined.items() if sid in due)
        last = max(joined.values(), default=began) - began
        count = max(1, len(joined))
        return Step(
            rate, asked, times, sorted(w / 1e6 for danger, w in waits if danger),
            sorted(w / 1e6 for danger, w in waits if not danger),
            (after - before) / count, 1000 * database / count, len(joined) / max(last, self.size.seconds),
        )  # fmt: skip

    async def _call(self, due: dict[str, float], at: float) -> None:
        self.made += 1
        language = self.chance.choice(LANGUAGES)
        keys = KEYS[language] + ("0" if self.chance.random() < 0.05 else "")
        try:
            sid = await self.carrier.child_calls(f"+2609{self.made:08d}", keys)
        except (aiohttp.ClientError, TimeoutError, RuntimeError):
            return
        due[sid] = at

    def _taken(self) -> float:
        """ms of the helpline's processes."""
        found = [spent(pid) for pid in self.pids]
        return sum(one.loop_us + one.threads_us for one in found) / 1000

    def _database_s(self) -> float:
        return self.here.processor_s() if self.here is not None else 0.0


@asynccontextmanager
async def scene(
    folder: Path, size: Size, here: Servers | None = None, url: str = "", processes: int = 1, pages: int = 0
) -> AsyncIterator[Scene]:
    """A helpline in so many processes, with everybody on duty, and a carrier."""
    chance = random.Random(SEED)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(_session())
        carrier = FakeCarrier(lambda: chance.expovariate(1 / size.talk_s), http)
        stack.push_async_callback(carrier.close)
        port = await stack.enter_async_context(serving(carrier.application(), "127.0.0.1", 0))
        first = replace(
            new_deployment(folder, f"http://127.0.0.1:{port}"), database=url, redis=here.valkey.url if here else ""
        )
        carrier.line = first
        crew = await asyncio.to_thread(_hired, first, size.workers)
        pids: list[int] = []
        urls: list[str] = []
        for _ in range(processes):
            one = first if not urls else replace(first, port=free_port())
            environment = {**one.environment, "HELPLINE_PUBLIC_URL": first.url}
            serve = process(["helpline", "serve"], environment, partial(answers, f"{one.url}/readyz"))
            pids.append(await asyncio.to_thread(serve.__enter__))
            stack.push_async_callback(asyncio.to_thread, serve.__exit__, None, None, None)
            urls.append(one.url)
        stack.push_async_callback(carrier.close)  # before they end, so that nobody is told what nobody hears
        carrier.processes = urls if processes > 1 else []
        rows = await stack.enter_async_context(_on_postgres(url) if url else _on_file(folder / "helpline.db"))
        people = Crew(rows, http, urls, crew)
        for number in range(pages):
            task = asyncio.create_task(_page(http, urls[number % len(urls)], number))
            stack.push_async_callback(end, [task])
        stack.push_async_callback(end, [asyncio.create_task(people.work())])
        yield Scene(carrier, people, rows, pids, here, size, chance)


async def _page(http: aiohttp.ClientSession, url: str, number: int) -> None:
    """A desk that is open: what it is told is received, and that is all."""
    async with http.get(f"{url}/console/events", headers={"Cookie": f"helpline=token-{number}"}) as stream:
        async for _ in stream.content.iter_any():
            pass


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=15),
    )  # fmt: skip


def _hired(deployment: Deployment, count: int) -> dict[str, int]:
    """Workers on duty with a session each, by their ids."""
    configuration = deployment.configuration()
    house, chance = house_of(configuration), random.Random(SEED)

    def unit(tx: Tx) -> dict[str, int]:
        return {_hire(tx, house, chance, number): number for number in range(count)}

    return in_store(configuration.settings.store_url, unit)


def _hire(tx: Tx, house: House, chance: random.Random, number: int) -> str:
    values = {
        "sign_in": f"bench-{number}",
        "alias": f"Bench {number}",
        "roles": "counsellor",
        "reach_enc": house.vault.seal(f"+26095{number:07d}"),
    }
    spoken = chance.sample(LANGUAGES, chance.randint(1, 4)) if number >= len(LANGUAGES) else [LANGUAGES[number]]
    id = workers.add(tx, values, [(language, "fluent") for language in spoken])
    tx.execute(duty.update().where(duty.c.worker_id == id).values(state="available", idle_since=tx.now))
    add_sign_in(tx, token_hash(f"token-{number}"), id, f"csrf-{number}", tx.now + DAY)
    return id


@asynccontextmanager
async def _on_postgres(url: str) -> AsyncIterator[Rows]:
    conn = await asyncpg.connect(url.replace("+asyncpg", ""))
    lock = asyncio.Lock()

    async def rows(statement: str) -> list[tuple[Any, ...]]:
        async with lock:
            return [tuple(each) for each in await conn.fetch(statement)]

    try:
        yield rows
    finally:
        await conn.close()


@asynccontextmanager
async def _on_file(path: Path) -> AsyncIterator[Rows]:
    conn = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

    async def rows(statement: str) -> list[tuple[Any, ...]]:
        return [tuple(each) for each in conn.execute(statement).fetchall()]

    try:
        yield rows
    finally:
        conn.close()


async def rising(here: Scene) -> Played:
    """Rate after rate until it does not keep up; then once at twice the knee."""
    played = Played()
    for rate in here.size.rates:
        played.steps.append(await here.step(rate))
        if not played.steps[-1].kept_up:
            break
    if len(here.size.rates) > 1:
        played.steps.append(await here.step(2 * played.knee.rate))
    return played


def run(quick: bool = False) -> list[Row]:
    size = QUICK if quick else WHOLE

    async def play(folder: Path, **more: Any) -> Played:
        async with scene(folder, size, **more) as there:
            return await rising(there)

    async def at(folder: Path, rate: float, **more: Any) -> Step:
        async with scene(folder, size, **more) as there:
            return await there.step(rate)

    with (
        tempfile.TemporaryDirectory(prefix="helpline-bench-") as name,
        servers() as here,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        folder, urls = Path(name), [here.new_url() for _ in range(3)]
        on_file = runner.run(play(folder / "file"))
        calm_file = max(1.0, on_file.knee.rate / 2)
        if quick:
            there = on_file
            one = two = runner.run(at(folder / "two", 5.0, here=here, url=urls[2], processes=2))
            shut = shown = runner.run(at(folder / "shown", calm_file, pages=size.workers))
        else:
            there = runner.run(play(folder / "postgres", here=here, url=urls[0]))
            # One against two at a rate that neither finds hard.
            calm = max(1.0, there.knee.rate / 2)
            one = runner.run(at(folder / "one", calm, here=here, url=urls[1]))
            two = runner.run(at(folder / "two", calm, here=here, url=urls[2], processes=2))
            shut = runner.run(at(folder / "shut", calm_file))
            shown = runner.run(at(folder / "shown", calm_file, pages=size.workers))
    return [
        *_rows("SQLite", on_file, 125.0, size),
        *_rows("PostgreSQL", there, 80.0, size),
        row("calls, processor time a call, two processes", two.helpline_ms, "ms", ("one process", one.helpline_ms),
            f"PostgreSQL, {one.rate:g} calls a second; aim: a ratio of 1.15; PostgreSQL itself {two.database_ms:.1f} ms"
            f" beside {one.database_ms:.1f}; two p99 {1000 * percentile(two.times, 99):.0f} ms"
            f" beside {1000 * percentile(one.times, 99):.0f}"),
        row("calls, processor time a call, all pages open", shown.helpline_ms, "ms", ("no page open", shut.helpline_ms),
            f"SQLite, {calm_file:g} calls a second, {size.workers:,} pages"),
    ]  # fmt: skip


def _rows(engine: str, played: Played, aim: float, size: Size) -> list[Row]:
    knee, past = played.knee, played.steps[-1]
    asked = ", ".join(
        f"{one.rate:g}/s: {one.reached:.0f}/s reached, p50 {1000 * percentile(one.times or [0], 50):.0f} ms,"
        f" p99 {1000 * percentile(one.times or [0], 99):.0f} ms, {one.helpline_ms:.1f} ms a call"
        for one in played.steps
    )
    kept = "" if knee.kept_up else "none was kept up with; "
    danger, others = percentile(knee.danger or [0], 50), percentile(past.others or [0], 50)
    middle, slowest = 1000 * percentile(knee.times or [0], 50), 1000 * percentile(knee.times or [0], 99)
    waits = (
        f"p50 at {past.rate:g} a second; p99 {1000 * percentile(past.danger or [0], 99):.0f} ms;"
        f" others p50 {1000 * others:.0f} ms"
    )
    return [
        row(
            f"calls at the knee, {engine}", knee.reached, "1/s", ("aim", aim),
            f"{kept}{size.workers:,} workers; {asked}",
        ),
        row(
            f"calls, due to conference, p50, {engine}", middle, "ms", ("p99", max(1e-9, slowest)),
            f"at {knee.rate:g} a second",
        ),
        row(
            f"calls, processor time a call, {engine}", knee.helpline_ms, "ms", ("aim", AIM_CPU_MS),
            f"of the helpline; PostgreSQL itself {knee.database_ms:.1f} ms",
        ),
        row(
            f"calls in danger, wait for the offer, {engine}", 1000 * percentile(past.danger or [0], 50), "ms",
            ("at the knee", max(1e-3, 1000 * danger)), waits,
        ),
    ]  # fmt: skip
