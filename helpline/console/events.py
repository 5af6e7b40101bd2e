"""Server-sent events: a page hears at once that something changed, and looks again.

Events: ``hello`` (``missed``: something happened since the page last heard), ``desk`` (a counsellor's own state with
the fragments that show it, so that an offer needs no second request), ``text`` (``contact``: in one of the person's
conversations there is a new text, or one has come further), ``waiting``, ``floor``, ``alarms``, and ``beat``
every 15 s, so that a page knows when it has lost its connection. The id of an event is the latest number of the audit.
"""

import asyncio
import json
import random
from typing import Any

from aiohttp import web

from helpline.console import gate
from helpline.console.context import Visit
from helpline.console.counsellor import desk as desks
from helpline.live import Subscription
from helpline.store import audit
from helpline.store.card_view import Around
from helpline.store.db import Hint, Tx

BEAT_S = 15.0
SENT_WITHIN_S = 30.0
"""A page that takes nothing for so long is gone, or asleep: it comes back by itself, and is told what it has missed."""

COUNTS_EVERY_S = 0.5  # the floor and the queue may change many times a second; nobody can read that fast
_COUNTED = ("contact", "record", "roster", "worker")  # topics that may change what is counted
CLOSING = web.AppKey("console_closing", asyncio.Event)
STREAMS: web.AppKey[set[asyncio.Task[Any]]] = web.AppKey("console_streams", set)


async def stream(visit: Visit) -> web.StreamResponse:
    """One page's stream, until the page goes or the server stops."""
    response = web.StreamResponse(headers={**gate.HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    task = asyncio.current_task()
    assert task is not None  # a request is handled in one
    streams = visit.request.app[STREAMS]
    streams.add(task)
    try:
        told = _Stream(visit, response)
        with visit.console.hub.watch(told.wants, *told.keys()) as subscription:
            await response.prepare(visit.request)
            await told.run(subscription)
    except ConnectionResetError:
        pass
    except asyncio.CancelledError:
        if not visit.request.app[CLOSING].is_set():
            raise
    finally:
        streams.discard(task)
    return response


async def send(request: web.Request, response: web.StreamResponse, said: str) -> None:
    """Raises `ConnectionResetError` when the page is gone or takes nothing: its connection is cut then."""
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            await response.write(said.encode())
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError from None


async def close_all(app: web.Application) -> None:
    """End every stream, so that stopping the server waits for nobody."""
    app[CLOSING].set()
    streams = app[STREAMS]
    for task in tuple(streams):
        task.cancel()


_FOR_ALL = frozenset({"contact", "record", "roster", "broadcast"})
"""Topics that every page may have to look at again for."""


class _Stream:
    """What one page was told so far, and what it is told next."""

    def __init__(self, visit: Visit, response: web.StreamResponse) -> None:
        self._visit = visit
        self._response = response
        self._desk = visit.may("desk.use")
        self._floor = visit.may("floor.see")
        self._concerns = visit.may("concerns.flag")
        self._mine: frozenset[str] = frozenset()
        self._last: str | None = None
        self._heads: dict[str, str] = {}
        self._around = Around()
        self._subscription: Subscription | None = None

    def wants(self, hint: Hint) -> bool:
        """Whether a hint concerns this person's pages at all."""
        if hint.topic == "worker":
            return self._floor or hint.id == self._visit.me.worker_id
        if hint.topic in ("text", "read"):
            return hint.id in self._mine
        if hint.topic == "concern":
            return self._concerns
        return hint.topic in _FOR_ALL or (self._floor and hint.topic == "alarm")

    def keys(self) -> frozenset[str]:
        """The topics and ids under which the hub finds this person's pages."""
        theirs = {"worker", "alarm"} if self._floor else {self._visit.me.worker_id}
        return _FOR_ALL | theirs | self._mine | ({"concern"} if self._concerns else set())

    async def run(self, subscription: Subscription) -> None:
        self._subscription = subscription
        await self._hello()
        loop = asyncio.get_running_loop()
        counts_due: float | None = None
        beat_due = loop.time() + BEAT_S * random.uniform(0.2, 1.0)  # the pages of a process do not all beat at once
        while True:
            until = min(beat_due, counts_due) if counts_due else beat_due
            if await subscription.wait(max(0.0, until - loop.time())):
                hints = subscription.take()
                await self._at_once(hints)
                if counts_due is None and any(hint.topic in _COUNTED for hint in hints):
                    counts_due = loop.time() + COUNTS_EVERY_S
            if counts_due is not None and loop.time() >= counts_due:
                counts_due = None
                await self._counts()
            if loop.time() >= beat_due:
                beat_due = loop.time() + BEAT_S
                await self._beat()

    async def _hello(self) -> None:
        seq = await self._visit.store.read(audit.latest)
        heard = self._visit.request.headers.get("Last-Event-ID", "")
        await self._send("hello", {"missed": heard != str(seq)}, seq)
        if self._desk:
            await self._tell_desk()

    async def _at_once(self, hints: frozenset[Hint]) -> None:
        """What must not wait: my own desk, and alarms."""
        if self._desk and any(self._is_mine(hint) for hint in hints):
            await self._tell_desk()
        for contact in {hint.id for hint in hints if hint.topic == "text"}:
            await self._send("text", {"contact": contact})
        if any(hint.topic == "alarm" for hint in hints):
            await self._send("alarms", {})
        if any(hint.topic == "concern" for hint in hints):
            await self._send("concerns", {})
        if any(hint.topic == "broadcast" for hint in hints):
            await self._send("broadcast", {})

    def _is_mine(self, hint: Hint) -> bool:
        if hint.topic == "worker":
            return hint.id == self._visit.me.worker_id
        return hint.topic in ("contact", "text", "read") and hint.id in self._mine

    async def _tell_desk(self, *, around: bool = False) -> None:
        """The desk as it is now, unless the page has just been told the same.

        Colleagues come and go all the time: that alone is told only where ``around`` says so.
        """
        me = self._visit.me.worker_id
        if around or self._last is None:
            self._around = await self._visit.console.around.now(self._visit.store)
        known = self._around

        def look(tx: Tx) -> tuple[desks.Now, int]:
            return desks.now_of(tx, me, known), audit.latest(tx)

        now, seq = await self._visit.store.read(look)
        own = now.own()
        self._mine = frozenset(held.contact_id for held in now.desk.in_hand)
        if self._subscription is not None:
            self._visit.console.hub.follow(self._subscription, self.keys())
        heads = now.heads()
        if own == self._last and heads == self._heads:
            return
        self._last, self._heads = own, heads
        await self._send("desk", desks.live_json(self._visit, now), seq)

    async def _counts(self) -> None:
        if self._desk:
            await self._tell_desk()
            await self._send("waiting", {})
        if self._floor:
            await self._send("floor", {})

    async def _beat(self) -> None:
        """Also where a stream ends whose session has ended: signed out, expired, disabled."""
        if await gate.still_signed_in(self._visit) is None:
            await self._send("signed_out", {})
            raise ConnectionResetError
        if self._desk and self._mine:
            await self._tell_desk(around=True)
        await self._send("beat", {})

    async def _send(self, event: str, data: dict[str, Any], seq: int | None = None) -> None:
        head = f"id: {seq}\n" if seq is not None else ""
        await send(self._visit.request, self._response, f"{head}event: {event}\ndata: {json.dumps(data)}\n\n")
