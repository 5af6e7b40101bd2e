"""What a machine that watches over us is told: alive, ready, and the numbers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from helpline import health
from helpline.clock import SECOND, SystemClock, ids_from
from helpline.metrics import Metrics
from helpline.store.db import Store
from helpline.store.engine import open_store

Client = TestClient[web.Request, web.Application]


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.at = 1_000 * SECOND

    def now(self) -> int:
        return self.at


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    clock = SystemClock()
    found = await open_store(f"sqlite+aiosqlite:///{tmp_path}/helpline.db", clock, ids_from(clock))
    yield found
    await found.close()


async def asked(checks: dict[str, health.Check], path: str) -> tuple[int, str]:
    app = web.Application()
    app.add_routes(health.routes(checks, Metrics()))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status, await answer.text()


async def test_a_process_that_answers_is_alive_even_when_it_is_not_ready() -> None:
    async def fails() -> bool:
        return False

    assert (await asked({"store": fails}, "/healthz"))[0] == 200
    assert await asked({"store": fails}, "/readyz") == (503, '{"ready": false, "checks": {"store": false}}')


async def test_it_is_ready_while_the_store_takes_writes_and_no_longer(store: Store) -> None:
    checks = {"store": health.writable(store)}
    assert await asked(checks, "/readyz") == (200, '{"ready": true, "checks": {"store": true}}')
    await store.close()
    assert (await asked(checks, "/readyz"))[0] == 503


async def test_a_part_that_ticks_no_more_is_told_by_its_name() -> None:
    clock = Hands()
    last: int | None = None
    checks = {"dispatcher": health.ticking(clock, lambda: last)}
    assert (await asked(checks, "/readyz"))[0] == 503
    last = clock.now()
    clock.at += 3 * SECOND
    assert (await asked(checks, "/readyz"))[0] == 200
    clock.at += 1
    assert await asked(checks, "/readyz") == (503, '{"ready": false, "checks": {"dispatcher": false}}')


async def test_a_check_that_breaks_or_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks() -> bool:
        raise RuntimeError("said by the database, with a password in it")

    async def hangs() -> bool:
        import asyncio

        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(health, "WITHIN_S", 0.01)
    status, text = await asked({"store": breaks, "timers": hangs}, "/readyz")
    assert (status, text) == (503, '{"ready": false, "checks": {"store": false, "timers": false}}')


async def test_the_numbers_are_there_for_prometheus() -> None:
    status, text = await asked({}, "/metrics")
    assert status == 200
    assert "# TYPE helpline_contacts gauge" in text
