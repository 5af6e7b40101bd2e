"""Server-sent events: a page hears at once that something changed, and looks again.

Events: ``hello`` (``missed``: something happened since the page last heard), ``desk`` (a counsellor's own state with
the fragment that shows it, so that an offer needs no second request), ``waiting``, ``floor``, ``alarms``, and ``beat``
every 15 s, so that a page knows when it has lost its connection. The id of an event is the latest number of the audit.
"""

import asyncio
import json
from typing import Any

from aiohttp import web

from helpline.console import gate
from helpline.console.context import Visit
from helpline.console.counsellor.state import desk_state
from helpline.live import Subscription
from helpline.store import audit, desk_view
from helpline.store.db import Hint, Tx

BEAT_S = 15.0
COUNTS_EVERY_S = 0.5  # the floor and the queue may change many times a second; nobody can read that fast
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
        with visit.console.hub.watch(_interest(visit)) as subscription:
            await response.prepare(visit.request)
            await _Stream(visit, response, subscription).run()
    except ConnectionResetError:
        pass
    except asyncio.CancelledError:
        if not visit.request.app[CLOSING].is_set():
            raise
    finally:
        streams.discard(task)
    return response


async def close_all(app: web.Application) -> None:
    """End every stream, so that stopping the server waits for nobody."""
    app[CLOSING].set()
    streams = app[STREAMS]
    for task in tuple(streams):
        task.cancel()


def _interest(visit: Visit) -> Any:
    """Which hints concern this person's pages at all."""
    me, floor = visit.me.worker_id, visit.may("floor.see")

    def wanted(hint: Hint) -> bool:
        if hint.topic == "worker":
            return floor or hint.id == me
        return hint.topic in ("contact", "record", "roster") or (floor and hint.topic == "alarm")

    return wanted


class _Stream:
    """What one page was told so far, and what it is told next."""

    def __init__(self, visit: Visit, response: web.StreamResponse, subscription: Subscription) -> None:
        self._visit = visit
        self._response = response
        self._subscription = subscription
        self._desk = visit.may("desk.use")
        self._floor = visit.may("floor.see")
        self._mine: frozenset[str] = frozenset()
        self._last: str | None = None
        self._around: tuple[desk_view.Colleague, ...] = ()

    async def run(self) -> None:
        await self._hello()
        loop = asyncio.get_running_loop()
        counts_due: float | None = None
        beat_due = loop.time() + BEAT_S
        while True:
            until = min(beat_due, counts_due) if counts_due else beat_due
            if await self._subscription.wait(max(0.0, until - loop.time())):
                hints = self._subscription.take()
                await self._at_once(hints)
                if counts_due is None and any(hint.topic != "alarm" for hint in hints):
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
        if any(hint.topic == "alarm" for hint in hints):
            await self._send("alarms", {})

    def _is_mine(self, hint: Hint) -> bool:
        if hint.topic == "worker":
            return hint.id == self._visit.me.worker_id
        return hint.topic == "contact" and hint.id in self._mine

    async def _tell_desk(self, *, around: bool = False) -> None:
        """The desk as it is now, unless the page has just been told the same.

        Colleagues come and go all the time: that alone is told only where ``around`` says so.
        """
        me, last = self._visit.me.worker_id, self._last

        def look(tx: Tx) -> tuple[desk_view.Desk, desk_view.Card, str, int] | None:
            desk = desk_view.desk_of(tx, me)
            own = repr((desk, desk_view.card_of(tx, desk, around=False)))
            if own == last and not around:
                return None
            return desk, desk_view.card_of(tx, desk), own, audit.latest(tx)

        found = await self._visit.store.read(look)
        if found is None:
            return
        desk, card, own, seq = found
        self._mine = frozenset(held.contact_id for held in desk.in_hand)
        if own == self._last and card.colleagues == self._around:
            return
        self._last, self._around = own, card.colleagues
        html = self._visit.console.pages.render(
            self._visit, "desk_now.html", {"desk": desk, "card": card, "notice": None}
        )
        await self._send("desk", {**desk_state(desk), "html": html}, seq)

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
        if self._desk:
            await self._tell_desk(around=True)
        await self._send("beat", {})

    async def _send(self, event: str, data: dict[str, Any], seq: int | None = None) -> None:
        head = f"id: {seq}\n" if seq is not None else ""
        await self._response.write(f"{head}event: {event}\ndata: {json.dumps(data)}\n\n".encode())
