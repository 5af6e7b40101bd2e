"""What a machine asks about this process: alive, ready, and its numbers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from helpline.clock import SECOND, Clock
from helpline.metrics import CONTENT_TYPE, Metrics
from helpline.store.db import Store

Check = Callable[[], Awaitable[bool]]
"""Says whether a part works; may also raise."""

WITHIN_S = 2.0
"""How long one check may take before it counts as failed."""

TICK_WITHIN = 3 * SECOND
"""A part that ticks each second and has not for this long does not work (µs)."""


def writable(store: Store) -> Check:
    """The store takes a write and commits it."""

    async def check() -> bool:
        await store.ready()
        return True

    return check


def ticking(clock: Clock, last: Callable[[], int | None], within: int = TICK_WITHIN) -> Check:
    """``last`` tells when it ticked (µs), None when it has not yet."""

    async def check() -> bool:
        at = last()
        return at is not None and clock.now() - at <= within

    return check


Facts = Callable[[], Mapping[str, object]]
"""What else is worth knowing of this process, by a name, and no reason to be called unready."""


def routes(checks: Mapping[str, Check], metrics: Metrics, facts: Facts = dict) -> list[web.RouteDef]:
    """`/healthz`, `/readyz` (503 unless every check passes, each told by its name) and `/metrics`."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True}, headers=_FRESH)

    async def readyz(_request: web.Request) -> web.Response:
        passed = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
        found = dict(zip(checks, passed, strict=True))
        ready = all(passed)
        said = {"ready": ready, "checks": found, **facts()}
        return web.json_response(said, status=200 if ready else 503, headers=_FRESH)

    async def numbers(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE, **_FRESH})

    return [
        web.get("/healthz", healthz, name="healthz"),
        web.get("/readyz", readyz, name="readyz"),
        web.get("/metrics", numbers, name="metrics"),
    ]


_FRESH = {"Cache-Control": "no-store"}


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(WITHIN_S):
            return await check()
    except Exception:  # a check that cannot be made has failed, whatever the cause
        structlog.get_logger().warning("check_failed", check=name, exc_info=True)
        return False
