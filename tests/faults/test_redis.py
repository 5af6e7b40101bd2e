"""Redis loses everything, is replaced by another, or will not be written to: nothing in it is the only copy."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from redis.asyncio import Redis

from tests.faults.deployments import on_postgres, start_all
from tests.servers import PostgresServer, ValkeyServer
from tests.several import Place, Several

Trouble = Callable[[ValkeyServer, Redis], Awaitable[None]]


@pytest.fixture(scope="module")
def two(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, valkey_server: ValkeyServer
) -> Iterator[Several]:
    with on_postgres(tmp_path_factory.mktemp("redis"), postgres_server, valkey_server.url) as found:
        start_all(found)
        yield found


@pytest.fixture
async def place(two: Several) -> AsyncIterator[Place]:
    await two.all_ready()
    async with two.open() as found:
        yield found


async def is_flushed(server: ValkeyServer, redis: Redis) -> None:
    await redis.flushall()
    await redis.script_flush()


async def fails_over(server: ValkeyServer, redis: Redis) -> None:
    """Another answers at the address of the one that has died, and knows nothing."""
    server.send(signal.SIGKILL)
    server.stop()
    await asyncio.to_thread(server.start)


async def becomes_a_copy(server: ValkeyServer, redis: Redis) -> None:
    """As one that was the first before a fail-over: it takes no writes."""
    await redis.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]


TROUBLES: list[tuple[Trouble, str, str]] = [
    (is_flushed, "demo-amina", "1"), (fails_over, "demo-bwalya", "2"), (becomes_a_copy, "demo-chanda", "3"),
]  # fmt: skip


@pytest.mark.parametrize(("trouble", "sign_in", "key"), TROUBLES)
async def test_a_call_gets_to_its_counsellor_all_the_same(
    place: Place, valkey_server: ValkeyServer, trouble: Trouble, sign_in: str, key: str
) -> None:
    call = await place.carrier.phone(f"+26097100002{key}").dial("116")
    await call.hears("For English")
    redis = Redis.from_url(valkey_server.url)
    try:
        await trouble(valkey_server, redis)
    finally:
        await redis.aclose()
    await call.press(key)
    counsellor = await place.person(sign_in)  # signing in counts tries, with Redis where there is one
    await counsellor.accepts()
    phone = await counsellor.picks_up()
    await call.in_conference()
    await place.becomes("connected")
    await call.hang_up()
    assert await phone.ended() == "completed"
    await place.becomes("wrap_up")
