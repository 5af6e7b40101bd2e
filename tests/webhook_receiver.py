"""A service's own computer for tests: takes signed webhooks as docs/webhooks-out.md says, each referral once."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from helpline.clock import Clock
from helpline.referrals.signed_webhook import is_signed


@dataclass
class WebhookReceiver:
    """``answers``: statuses for the requests to come; then 204. 0: no answer at all, -1: taken, and never answered.

    ``taken``: what it holds, by idempotency key; ``tries``: every request that reached it, signed or not.
    """

    secrets: tuple[str, ...]
    clock: Clock
    url: str = ""
    down: bool = False
    retry_after: str = "7"
    answers: deque[int] = field(default_factory=deque)
    taken: dict[str, Any] = field(default_factory=dict)
    tries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    unsigned: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.tries.append((dict(request.headers), body))
        if self.down:
            return _broken_off(request)
        if not is_signed(request.headers.get("Helpline-Signature", ""), self.secrets, self.clock.now(), body):
            self.unsigned += 1
            return web.Response(status=401)
        status = self.answers.popleft() if self.answers else 204
        if 200 <= status < 300 or status == -1:
            self.taken.setdefault(request.headers["Helpline-Idempotency-Key"], json.loads(body))
        if status <= 0:
            await self.released.wait()
            return _broken_off(request)
        headers = {"Retry-After": self.retry_after} if status in (429, 503) else {}
        if 300 <= status < 400:
            headers["Location"] = f"{self.url}/elsewhere"
        return web.Response(status=status, headers=headers)


def _broken_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@asynccontextmanager
async def webhook_receiver(clock: Clock, *secrets: str) -> AsyncIterator[WebhookReceiver]:
    """A receiver on this machine, as long as the block lasts. ``url`` is where it takes referrals."""
    receiver = WebhookReceiver(secrets, clock)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    async with TestServer(app) as server:
        receiver.url = f"http://127.0.0.1:{server.port}/referrals"
        try:
            yield receiver
        finally:
            receiver.released.set()
