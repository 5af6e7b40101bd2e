"""Killed at any moment under load, by a signal that leaves no time for a word: what was acknowledged is there, once."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.faults.deployments import calls_kept, on_postgres, on_sqlite, start_all
from tests.faults.knocking import Knocking, stopped
from tests.servers import PostgresServer
from tests.several import Several


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    folder = tmp_path_factory.mktemp("killed")
    if request.param == "sqlite":
        with on_sqlite(folder) as found:
            yield found
        return
    server, redis = request.getfixturevalue("postgres_server"), request.getfixturevalue("valkey_server")
    with on_postgres(folder, server, redis.url) as found:
        yield found


@pytest.fixture
async def knocking(deployment: Several) -> AsyncIterator[Knocking]:
    start_all(deployment)
    await deployment.all_ready()
    before, _ = await calls_kept(deployment)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        found = Knocking(deployment.servers[0].env["HELPLINE_PUBLIC_URL"], http)
        found.has_before(before)
        yield found


async def all_are_there(deployment: Several, knocking: Knocking) -> None:
    """Every acknowledged call is there once; and one that the carrier brings again is not there twice."""
    kept, contacts = await calls_kept(deployment)
    assert set(kept.values()) <= {1}, [id for id, times in kept.items() if times > 1]
    assert not set(knocking.acknowledged) - set(kept)
    assert contacts == len(kept), "a contact without its call"
    again, knocking.unacknowledged = knocking.unacknowledged, []
    for call in again:
        assert await knocking.call(deployment.servers[0].url, call) == "menu"
    kept, contacts = await calls_kept(deployment)
    assert set(kept) == set(knocking.acknowledged) and contacts == len(kept) == sum(kept.values())
    await knocking.all_hang_up(deployment.servers[0].url)


@pytest.mark.timeout(3_600)
async def test_a_process_that_is_killed_under_load_has_kept_what_it_acknowledged(
    deployment: Several, knocking: Knocking, chance: random.Random, rounds: int
) -> None:
    for _ in range(rounds):
        load = asyncio.create_task(knocking.keep_on([server.url for server in deployment.servers]))
        await knocking.has_acknowledged(chance.randint(1, 150))
        chance.choice(deployment.servers).kill()
        if len(deployment.servers) > 1:
            await knocking.has_acknowledged(20)  # the others go on
        await stopped(load)
        start_all(deployment)
        await deployment.all_ready()
        await all_are_there(deployment, knocking)


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("deployment", ["postgresql"], indirect=True, scope="module")
async def test_a_database_that_is_killed_in_the_middle_of_transactions_has_kept_them(
    deployment: Several, knocking: Knocking, postgres_server: PostgresServer, chance: random.Random, rounds: int
) -> None:
    for _ in range(rounds):
        load = asyncio.create_task(knocking.keep_on([server.url for server in deployment.servers]))
        await knocking.has_acknowledged(chance.randint(1, 150))
        await asyncio.to_thread(postgres_server.kill)
        while not knocking.answers["fallback"]:
            await asyncio.sleep(0.01)  # the caller is put through to the fallback number
        await asyncio.to_thread(postgres_server.start)
        await knocking.has_acknowledged(20)  # healed by itself
        await stopped(load)
        assert not set(knocking.answers) - {"menu", "fallback", "lost"}, knocking.answers
        knocking.answers.clear()
        await deployment.all_ready()
        await all_are_there(deployment, knocking)
