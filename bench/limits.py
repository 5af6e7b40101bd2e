"""What the webhooks stand beside: servers that do a part of the work. ``python -m bench.limits KIND`` serves one.

``bare``: a handler that answers; ``signed``: body, signature and form; ``stored``: the same, and the rows of a call in
raw sqlite3, whose one writer thread commits for all who wait.
"""

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

import uvloop
from aiohttp import web

from bench.deployment import TOKEN
from config.directory import Directory
from helpline.app import serving
from helpline.check import read_configuration
from helpline.clock import SystemClock, ids_from
from helpline.store.migrate import migrate
from webhooks.body import read_body
from webhooks.events import CallArrived
from webhooks.twilio import edge as at
from webhooks.twilio import parse
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.form import Received, verified
from webhooks.twilio.signature import Signatures

DOCUMENT = "<?xml version='1.0'?><Response>" + "<Say>For this language, press a key.</Say>" * 40 + "</Response>"
MOST_PER_COMMIT = 256

Answer = Callable[[CallArrived], Awaitable[None]]

_KNOWN = "SELECT answer FROM deliveries WHERE key = ?"
_ROWS = (
    """INSERT INTO contacts (id, pseudonym, line, channel, state, state_since, first_arrival, keep_until, caller_hash)
       VALUES (:contact, 'Kwi-4821', :line, 'voice', 'arriving', :now, :now, :now, :caller)""",
    """INSERT INTO legs (id, contact_id, role, provider_id, state, step, created_at, session_json)
       VALUES (:leg, :contact, 'child', :call, 'alone', 1, :now, '{}')""",
    """INSERT INTO audit (at, actor, action, contact_id, subject_id)
       VALUES (:now, 'child', 'call_arrived', :contact, :leg)""",
    """INSERT INTO deliveries (key, received_at, contact_id, answer) VALUES (:call, :now, :contact, :answer)""",
)


class RawStore:
    """A connection, a thread, a queue."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[tuple[CallArrived, asyncio.Future[None]]] = SimpleQueue()
        clock = SystemClock()
        self._now, self._new_id = clock.now, ids_from(clock)
        threading.Thread(target=self._run, daemon=True).start()

    async def store(self, event: CallArrived) -> None:
        asked = self._loop.create_future()
        self._queue.put((event, asked))
        await asked

    def _run(self) -> None:
        conn = sqlite3.connect(self._path, isolation_level=None)
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA foreign_keys = ON")
        while True:
            jobs = [self._queue.get()]
            conn.execute("BEGIN IMMEDIATE")
            self._insert(conn, jobs[0][0])
            while len(jobs) < MOST_PER_COMMIT:
                try:
                    jobs.append(self._queue.get_nowait())
                except Empty:
                    break
                self._insert(conn, jobs[-1][0])
            conn.execute("COMMIT")
            self._loop.call_soon_threadsafe(_told, [asked for _, asked in jobs])

    def _insert(self, conn: sqlite3.Connection, event: CallArrived) -> None:
        if conn.execute(_KNOWN, (event.call_id,)).fetchone() is not None:
            return
        values = {
            "contact": self._new_id(),
            "leg": self._new_id(),
            "line": event.line,
            "now": self._now(),
            "caller": event.caller.number if event.caller else "",
            "call": event.call_id,
            "answer": DOCUMENT,
        }
        for statement in _ROWS:
            conn.execute(statement, values)


def _told(asked: list[asyncio.Future[None]]) -> None:
    for one in asked:
        if not one.done():
            one.set_result(None)


async def _nothing(_: CallArrived) -> None:
    """Nothing is stored."""


def _signed(
    public_url: str, account: str, directory: Directory, store: Answer
) -> Callable[..., Awaitable[web.Response]]:
    edge = TwilioEdge(account, (TOKEN,), public_url)
    signatures = Signatures(edge.auth_tokens, public_url)
    line_at = partial(_line_at, directory)

    async def voice(request: web.Request) -> web.Response:
        body = await read_body(request, edge.most_bytes, edge.read_within_s)
        headers = request.headers
        received = Received(
            request.raw_path, headers.get("Content-Type", ""), headers.get("X-Twilio-Signature", ""), body
        )
        event = parse.call_arrived(verified(received, signatures, account), line_at)
        await store(event)
        return web.Response(text=DOCUMENT, content_type="application/xml", headers={"Cache-Control": "no-store"})

    return voice


def _line_at(directory: Directory, dialled: str) -> tuple[str, str] | None:
    line = directory.line_at(dialled)
    return None if line is None else (line.id, dialled)


async def _bare(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text=DOCUMENT, content_type="application/xml", headers={"Cache-Control": "no-store"})


async def _serve(kind: str) -> None:
    configuration = read_configuration()
    settings = configuration.settings
    app = web.Application()
    if kind == "bare":
        handler: Callable[..., Awaitable[web.Response]] = _bare
    else:
        store: Answer = _nothing
        if kind == "stored":
            path = settings.data_dir / "raw.db"
            migrate(f"sqlite+aiosqlite:///{path}")
            store = RawStore(path).store
        handler = _signed(settings.public_url, settings.twilio.account_sid, configuration.directory, store)
    app.router.add_post(at.VOICE, handler)
    app.router.add_get("/readyz", lambda _: _ready())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(app, settings.host, settings.port))
        await asyncio.Event().wait()


async def _ready() -> web.Response:
    return web.Response()


if __name__ == "__main__":
    os.umask(0o077)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(sys.argv[1]))
