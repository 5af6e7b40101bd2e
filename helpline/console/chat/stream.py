"""Server-sent events to a child's page: the conversation from the number on up to which the page has been told.

An unnamed event is what `told.as_json` gives, with the number of the last text as its id; ``beat`` comes every 15 s, so
that a page knows when it has lost its connection; ``gone`` says that the conversation is not this page's any more.
"""

import asyncio
import json
from typing import Any

from aiohttp import web

from helpline.console.chat import told
from helpline.console.chat.child import Child, hashed
from helpline.console.chat.conversation import after_of
from helpline.console.chat.door import TooFast, dress
from helpline.console.events import BEAT_S, CLOSING, STREAMS, send
from helpline.errors import Refused
from helpline.live import Subscription
from helpline.store.db import Hint


async def follow(child: Child) -> web.StreamResponse:
    """One page's stream, until the page goes, the conversation ends or the server stops."""
    if not child.chat.limits.may_look(hashed(child), child.now):
        raise TooFast("too_fast")
    try:
        _, found = await told.look(child, told.NOTHING_AFTER)
    except Refused:
        return web.Response(status=204)  # which tells a browser not to come again
    contact_id = found.view.contact_id

    def wanted(hint: Hint) -> bool:
        return hint.id == contact_id and hint.topic in ("text", "contact")

    response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    dress(response, child)
    task = asyncio.current_task()
    assert task is not None  # a request is handled in one
    streams = child.request.app[STREAMS]
    streams.add(task)
    try:
        with child.console.hub.watch(wanted, contact_id) as subscription:
            await response.prepare(child.request)
            await _run(child, response, subscription)
    except ConnectionResetError:
        pass
    except asyncio.CancelledError:
        if not child.request.app[CLOSING].is_set():
            raise
    finally:
        streams.discard(task)
    return response


async def _run(child: Child, response: web.StreamResponse, subscription: Subscription) -> None:
    last, before = after_of(child), ""
    while True:
        subscription.take()
        try:
            here, found = await told.look(child, last)
        except Refused:
            await _send(child, response, "gone", {})
            return
        now = told.as_json(here, found)
        last = found.last
        if str(now) != before:
            before = str({**now, "texts": []})
            await _send(child, response, "", now, last)
        if found.ended:
            return
        while not await subscription.wait(BEAT_S):
            await _send(child, response, "beat", {})
            if found.view.state == "waiting":
                break  # what is said of the wait may change by itself


async def _send(
    child: Child, response: web.StreamResponse, event: str, data: dict[str, Any], seq: int | None = None
) -> None:
    head = (f"id: {seq}\n" if seq is not None else "") + (f"event: {event}\n" if event else "")
    await send(child.request, response, f"{head}data: {json.dumps(data)}\n\n")
