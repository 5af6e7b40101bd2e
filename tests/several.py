"""Several real processes of one helpline, over one PostgreSQL and one Valkey, behind a balancer that keeps nobody.

The carrier, the phones and the people are those of `tests.town`; the processes are started as an operator would.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import aiohttp
import asyncpg
from aiohttp import web

from helpline import demonstration
from helpline.practice.carrier import PracticeCarrier
from tests.town import ACCOUNT, SPEED, TOKEN, Counsellor, Town, free_port, until

ROOT = Path(__file__).parent.parent
HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"})


@dataclass
class Server:
    """One process."""

    name: str
    env: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "helpline", "serve"],
                cwd=ROOT,
                env={**os.environ, **self.env, "HELPLINE_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )

    def send(self, sign: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(sign)

    def kill(self) -> None:
        """As a power cut would: nothing is said, nothing is finished."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def ready(self) -> dict[str, Any] | None:
        """What it says of its health; None when it says nothing within a second."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as answer:
            return dict(json.load(answer))
        except OSError:
            return None

    def is_ready(self) -> bool:
        found = self.ready()
        return found is not None and bool(found["ready"])

    def dispatches(self) -> bool:
        found = self.ready()
        return found is not None and bool(found["dispatches"])


class Balancer:
    """Sends each request to the next process; to another when that one does not take the connection.

    ``only``: if it is set, all go there.
    """

    def __init__(self, port: int, servers: list[Server]) -> None:
        self.port, self.servers = port, servers
        self.only: Server | None = None
        self.turn = count()
        self.served: dict[str, int] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False) as self._http:
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            try:
                yield
            finally:
                await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        first = next(self.turn)
        order = [self.servers[(first + n) % len(self.servers)] for n in range(len(self.servers))]
        for server in [self.only] if self.only is not None else order:
            try:
                return await self._ask(server, request, body)
            except aiohttp.ClientConnectorError:
                continue
        return web.Response(status=502)

    async def _ask(self, server: Server, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        url = server.url + request.raw_path
        async with self._http.request(
            request.method, url, data=body, headers=headers, allow_redirects=False, timeout=aiohttp.ClientTimeout(30)
        ) as answer:
            self.served[server.name] = self.served.get(server.name, 0) + 1
            said = [(name, value) for name, value in answer.headers.items() if name.lower() not in HOP]
            return web.Response(status=answer.status, body=await answer.read(), headers=said)


@dataclass
class Several:
    """All of it, as a test has it in hand."""

    servers: list[Server]
    database: str
    carrier_port: int
    balancer_port: int
    _seeds: Iterator[int] = field(default_factory=count)

    async def all_ready(self) -> None:
        async def look() -> bool:
            ready = await asyncio.gather(*(asyncio.to_thread(server.is_ready) for server in self.servers))
            return all(ready)

        await within(90, look, "all servers being ready")

    async def leader(self) -> Server:
        """The one that dispatches."""

        async def look() -> Server | None:
            found = await asyncio.gather(*(asyncio.to_thread(server.dispatches) for server in self.servers))
            leading = [server for server, leads in zip(self.servers, found, strict=True) if leads]
            return leading[0] if len(leading) == 1 else None

        return cast(Server, await until(look, "one of them dispatching"))

    async def rows(self, statement: str, *given: object) -> list[tuple[Any, ...]]:
        """Straight from the database."""
        conn = await asyncpg.connect(self.database.replace("+asyncpg", ""))
        try:
            return [tuple(row) for row in await conn.fetch(statement, *given)]
        finally:
            await conn.close()

    @asynccontextmanager
    async def open(self, **more: Any) -> AsyncIterator["Place"]:
        """A carrier and a balancer for one test; at the end the carrier has seen no error of ours."""
        async with AsyncExitStack() as stack:
            balancer = Balancer(self.balancer_port, self.servers)
            await stack.enter_async_context(balancer.serving())
            carrier = await stack.enter_async_context(
                PracticeCarrier(
                    account_sid=ACCOUNT,
                    auth_token=TOKEN,
                    numbers=["116", "+260116"],
                    voice_url=f"{balancer.url}/webhooks/twilio/voice",
                    status_url=f"{balancer.url}/webhooks/twilio/status",
                    message_url=f"{balancer.url}/webhooks/twilio/messages",
                    fallback_number="+260950000116",
                    port=self.carrier_port,
                    stop_words=False,
                    **{"speed": SPEED, "seed": next(self._seeds), **more},  # no call of one test has an id of another's
                )
            )
            yield Place(self, carrier, balancer, stack)
            assert carrier.errors == [], carrier.errors


@dataclass
class Place:
    """What `Several.open` gives: phones, and people at the console of one process or behind the balancer."""

    several: Several
    carrier: PracticeCarrier
    balancer: Balancer
    stack: AsyncExitStack
    url: str = ""

    async def person(self, sign_in: str, at: Server | None = None, *, duty: bool = True) -> Counsellor:
        """A demonstration worker, signed in at one process, or wherever the balancer sends each request."""
        http = await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        number = next(one.number for one in demonstration.STAFF if one.sign_in == sign_in)
        there = Place(self.several, self.carrier, self.balancer, self.stack, at.url if at else self.balancer.url)
        person = Counsellor(cast(Town, there), sign_in, http, self.carrier.phone(number))
        await person.signs_in()
        if duty:
            await person.duty("on")
        return person

    async def becomes(self, state: str, language: str | None = None) -> str:
        """Wait until the newest contact (in this language) is in a state; gives its id."""

        found: list[tuple[Any, ...]] = []

        async def look() -> str | None:
            newest = "SELECT id, state, outcome FROM contacts WHERE coalesce(language, '') LIKE $1 ORDER BY id DESC"
            found[:] = await self.several.rows(f"{newest} LIMIT 1", language or "%")
            return found[0][0] if found and found[0][1] == state else None

        try:
            return str(await until(look, f"the contact becoming {state}"))
        except AssertionError as error:
            audit = await self.several.rows(
                "SELECT actor, action, detail_json FROM audit WHERE contact_id = $1 ORDER BY seq", found[0][0]
            )
            raise AssertionError("\n".join([f"{error}: {found}", *map(str, audit)])) from None


def on_this_machine(seconds: float) -> float:
    """What was promised of a machine with nothing else to do: one that does more at once than it can is allowed as many
    times as long.
    """
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def within(seconds: float, look: Callable[[], Any], what: str) -> float:
    """Wait until ``look`` gives something true; how many seconds it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not await look():
        assert loop.time() - began < seconds, f"{what} did not happen within {seconds:g} s"
        await asyncio.sleep(0.05)
    return loop.time() - began


@contextmanager
def several(folder: Path, database: str, redis: str, names: str = "abc", **more: str) -> Iterator[Several]:
    """Processes that are started when the test says so; all are ended with the block."""
    balancer, carrier = free_port(), free_port()
    env = {
        "HELPLINE_MODE": "demonstration",
        "HELPLINE_INVENTED_PAST": "false",
        "HELPLINE_DATA_DIR": str(folder / "data"),
        "HELPLINE_DATABASE_URL": database,
        "HELPLINE_REDIS_URL": redis,
        "HELPLINE_PUBLIC_URL": f"http://127.0.0.1:{balancer}",
        "HELPLINE_TWILIO__ACCOUNT_SID": ACCOUNT,
        "HELPLINE_TWILIO__AUTH_TOKEN": TOKEN,
        "HELPLINE_TWILIO__API_BASE_URL": f"http://127.0.0.1:{carrier}",
        **more,
    }
    servers = [Server(name, env, folder / f"{name}.log") for name in names]
    try:
        yield Several(servers, database, carrier, balancer)
    finally:
        for server in servers:
            server.kill()
