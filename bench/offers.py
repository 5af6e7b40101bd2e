"""From a worker becoming free to the offer on the screen, through HTTP.

500 callers wait, 50 people answer, each conversation lasts a second in the mean. The helpline is a process of its own;
another holds the people (a stream of events and posts each, as the desk's page has) and the carrier.
"""

import asyncio
import json
import random
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from bench.deployment import Deployment, answers, house_of, in_store, new_deployment, process
from bench.fake_carrier import FakeCarrier
from bench.rows import Row, percentile, row
from helpline.app import serving
from helpline.clock import DAY, SystemClock
from helpline.ending import end
from helpline.house import House
from helpline.staff.signin import token_hash
from helpline.store import workers
from helpline.store.db import Tx
from helpline.store.sign_ins import add_sign_in

SEED = 116
AIM_MS = 10.0
WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Size:
    workers: int
    callers: int
    talk_s: float


WHOLE = Size(50, 500, 1.0)
QUICK = Size(3, 9, 0.1)


def run(quick: bool = False) -> list[Row]:
    size = QUICK if quick else WHOLE
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            people, path = runner.run(_play(Path(folder), size))
        return _rows(people, _idle(path), size)


@dataclass(slots=True)
class Person:
    """A counsellor's desk, without eyes: accepts at once, and finishes the record as soon as it may."""

    worker_id: str
    token: str
    csrf: str
    http: aiohttp.ClientSession
    url: str
    clock: SystemClock
    shown: dict[str, int] = field(default_factory=dict)  # when an assignment's offer was on the screen (µs)
    finished: set[str] = field(default_factory=set)  # contacts whose record is done
    refused: int = 0

    async def work(self) -> None:
        """Listen and answer until cancelled."""
        async with self.http.get(f"{self.url}/console/events", headers=self._headers) as stream:
            async for name, data in _events(stream):
                if name != "desk":
                    continue
                offer, contact = data["offer"], data["contact"]
                if offer and offer["assignment"] not in self.shown:
                    self.shown[offer["assignment"]] = self.clock.now()
                    path = f"/console/desk/offers/{offer['assignment']}/accept"
                    await self.post(path, version=str(offer["version"]))
                if contact and contact["state"] == "wrap_up" and contact["contact"] not in self.finished:
                    form = {"base_version": "0", "do": "finish", "contact_type": "self"}
                    await self.post(f"/console/contacts/{contact['contact']}/record", **form)
                    self.finished.add(contact["contact"])

    async def post(self, path: str, **form: str) -> None:
        async with self.http.post(self.url + path, data={**form, "csrf": self.csrf}, headers=self._headers) as answer:
            await answer.read()
            self.refused += answer.status != 200

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"helpline={self.token}", "Accept": "application/json"}


async def _events(stream: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    name = ""
    while line := await stream.content.readline():
        if line.startswith(b"event: "):
            name = line[7:].strip().decode()
        elif line.startswith(b"data: "):
            yield name, json.loads(line[6:])


async def _play(folder: Path, size: Size) -> tuple[list[Person], Path]:
    chance, clock = random.Random(SEED), SystemClock()
    async with AsyncExitStack() as stack:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), read_bufsize=2**20,
            timeout=aiohttp.ClientTimeout(total=None),
        )  # fmt: skip
        http = await stack.enter_async_context(session)
        carrier = FakeCarrier(lambda: chance.expovariate(1 / size.talk_s), http)
        stack.push_async_callback(carrier.close)
        port = await stack.enter_async_context(serving(carrier.application(), "127.0.0.1", 0))
        deployment = new_deployment(folder, f"http://127.0.0.1:{port}")
        carrier.line = deployment
        people = await asyncio.to_thread(_hired, deployment, size, http, clock)
        serve = process(["helpline", "serve"], deployment.environment, partial(answers, f"{deployment.url}/readyz"))
        await asyncio.to_thread(serve.__enter__)
        stack.push_async_callback(asyncio.to_thread, serve.__exit__, None, None, None)
        await _callers(carrier, size.callers)
        work = [asyncio.create_task(person.work()) for person in people]
        await asyncio.gather(*(person.post("/console/desk/duty", to="on") for person in people))
        async with asyncio.timeout(WITHIN_S):
            while sum(len(person.finished) for person in people) < size.callers:
                await asyncio.sleep(0.05)
        await end(work)
        if carrier.refused or any(person.refused for person in people):
            raise RuntimeError(f"refused: {carrier.refused} webhooks, {sum(one.refused for one in people)} posts")
    return people, folder / "helpline.db"


async def _callers(carrier: FakeCarrier, count: int) -> None:
    """They call one after the other, a few at a time, and choose English."""
    numbers = iter([f"+26097{number:07d}" for number in range(count)])

    async def some() -> None:
        for number in numbers:
            await carrier.child_calls(number, "1")

    await asyncio.gather(*(some() for _ in range(8)))


def _hired(deployment: Deployment, size: Size, http: aiohttp.ClientSession, clock: SystemClock) -> list[Person]:
    """People with a phone and an open session each, made in the store: a password takes a fifth of a second."""
    configuration = deployment.configuration()
    house = house_of(configuration)
    made = in_store(configuration.settings.store_url, lambda tx: [_hire(tx, house, n) for n in range(size.workers)])
    return [Person(id, token, csrf, http, deployment.url, clock) for id, token, csrf in made]


def _hire(tx: Tx, house: House, number: int) -> tuple[str, str, str]:
    reach = house.vault.seal(f"+26095{number:07d}")
    values = {"sign_in": f"bench-{number}", "alias": f"Bench {number}", "roles": "counsellor", "reach_enc": reach}
    id = workers.add(tx, values, [("en", "fluent")])
    token, csrf = f"token-{number}", f"csrf-{number}"
    add_sign_in(tx, token_hash(token), id, csrf, tx.now + DAY)
    return id, token, csrf


@dataclass(frozen=True, slots=True)
class Idle:
    """By assignment: when its worker's one before had ended (µs), and when it was offered. The first is not in it."""

    free_at: dict[str, int]
    offered_at: dict[str, int]
    span: int  # µs from the first offer to the last end, of all workers together


def _idle(path: Path) -> Idle:
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as conn:
        rows = conn.execute(
            "SELECT id, worker_id, offered_at, ended_at FROM assignments WHERE ended_at IS NOT NULL"
            " ORDER BY worker_id, offered_at"
        ).fetchall()
    conn.close()
    free_at, offered_at, span = {}, {}, 0
    before: tuple[str, int] | None = None
    for id, worker, offered, ended in rows:
        if before is not None and before[0] == worker:
            free_at[id], offered_at[id] = before[1], offered
            span += ended - before[1]
        else:
            span += ended - offered
        before = (worker, ended)
    return Idle(free_at, offered_at, span)


def _rows(people: list[Person], idle: Idle, size: Size) -> list[Row]:
    shown = {id: at for person in people for id, at in person.shown.items()}
    to_screen = [(shown[id] - at) / 1000 for id, at in idle.free_at.items() if id in shown]
    waits = [(idle.offered_at[id] - at) / 1000 for id, at in idle.free_at.items()]
    mean, idle_ms = sum(to_screen) / len(to_screen), sum(waits) / len(waits)
    served = len(shown) / (idle.span / size.workers / 1e6)
    aim = ("aim", AIM_MS)
    said = (
        f"{size.callers} callers, {size.workers} workers, talk of {size.talk_s:g} s in the mean; "
        f"{served:.0f} conversations a second, each connected, ended and recorded"
    )
    return [
        row("free worker to offer on screen, mean", mean, "ms", aim, said),
        row("free worker to offer on screen, p50", percentile(to_screen, 50), "ms", aim),
        row("free worker to offer on screen, p99", percentile(to_screen, 99), "ms", aim),
        row("idle worker while callers wait, mean", idle_ms, "ms", ("a conversation", size.talk_s * 1000),
            "from the end of one assignment to the next offer, as the store has them; "
            f"{100 * sum(waits) * 1000 / idle.span:.1f} % of the time on duty"),
    ]  # fmt: skip
