"""What processes need of each other: the lease, presence, hints and common counts, on real servers."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from helpline.clock import SECOND, SystemClock, ids_from
from helpline.counts import Uncounted
from helpline.ending import end
from helpline.errors import Unavailable
from helpline.live import RedisChannel, RedisCounts
from helpline.relay import Relay, Way, messages, read
from helpline.store import effects, presence
from helpline.store.db import Hint, Store
from helpline.store.engine import open_lease, open_notifications, open_store
from helpline.store.leases import STALE_AFTER, Lease
from tests.servers import PostgresServer, ValkeyServer
from tests.town import until

# The lease


@pytest.fixture
async def leases(postgres_url: str) -> AsyncIterator[tuple[Lease, Lease]]:
    """The same lease as two processes see it."""
    both = open_lease(postgres_url, "dispatcher", "first"), open_lease(postgres_url, "dispatcher", "second")
    yield both
    for lease in both:
        await lease.let_go()


async def asked(url: str, statement: str) -> list[Any]:
    conn = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return list(await conn.fetch(statement))
    finally:
        await conn.close()


async def test_one_holds_the_lease_until_it_lets_go(leases: tuple[Lease, Lease]) -> None:
    first, second = leases
    assert await first.hold() and await first.hold()
    assert not await second.hold()
    assert second.is_held, "it knows that somebody has it"
    await first.let_go()
    assert await second.hold()
    assert not await first.hold()


async def test_a_holder_whose_connection_has_ended_knows_that_it_lost_the_lease(
    leases: tuple[Lease, Lease], postgres_url: str
) -> None:
    first, second = leases
    assert await first.hold()
    await asked(postgres_url, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    with pytest.raises(Unavailable):
        await first.hold()
    assert await second.hold()
    assert not await first.hold()


async def test_a_holder_that_does_not_renew_loses_the_lease_and_finds_out(leases: tuple[Lease, Lease]) -> None:
    first, second = leases
    began = time.monotonic()
    assert await first.hold()
    assert not await second.hold()
    await until(second.hold, "the second having the lease")
    assert time.monotonic() - began >= STALE_AFTER / SECOND, "not before it was due"
    with pytest.raises(Unavailable):
        await first.hold()
    assert not await first.hold()


async def test_a_lock_that_a_pool_still_holds_is_worth_nothing_once_another_epoch_has_begun(
    leases: tuple[Lease, Lease], postgres_url: str
) -> None:
    first, _ = leases
    assert await first.hold()
    await asked(postgres_url, "UPDATE leases SET epoch = epoch + 1, holder = 'another'")
    with pytest.raises(Unavailable) as lost:
        await first.hold()
    assert lost.value.code == "lease_lost"


async def test_without_the_database_nobody_holds_the_lease(tmp_path: Path) -> None:
    lease = open_lease(f"postgresql+asyncpg://helpline@/none?host={tmp_path}", "dispatcher", "first")
    with pytest.raises(Unavailable):
        await lease.hold()
    assert not lease.is_held
    await lease.let_go()


# Presence


async def test_who_is_not_seen_for_three_seconds_is_gone_with_what_it_held(postgres_url: str) -> None:
    store = await opened(postgres_url)
    await store.write(lambda tx: effects.add(tx, "hang_up", None, None))
    await store.write(partial(presence.beat, id="dead", hints="redis"))
    (held,) = await store.write(lambda tx: effects.claim(tx, "dead", 45 * SECOND, 9))
    seen = await store.write(partial(presence.beat, id="alive", hints="redis"))
    assert {one.id for one in seen.present} == {"dead", "alive"}
    assert await store.write(lambda tx: effects.claim(tx, "alive", 45 * SECOND, 9)) == []

    await asked(postgres_url, "UPDATE processes SET seen_at = seen_at - 3100000 WHERE id = 'dead'")
    seen = await store.write(partial(presence.beat, id="alive", hints="redis"))
    assert [one.id for one in seen.present] == ["alive"]
    (again,) = await store.write(lambda tx: effects.claim(tx, "alive", 45 * SECOND, 9))
    assert (again.id, again.unknown) == (held.id, True), "what became of it is to be asked for"
    assert not await store.write(lambda tx: effects.settle(tx, held.id, "dead", "done")), "it comes back too late"
    await store.close()


async def test_one_that_starts_frees_only_what_the_dead_held(postgres_url: str) -> None:
    store = await opened(postgres_url)
    for name in ("dead", "alive"):
        await store.write(lambda tx: effects.add(tx, "hang_up", None, None))
        await store.write(lambda tx, name=name: effects.claim(tx, name, 45 * SECOND, 1))  # type: ignore[misc]
    await store.write(partial(presence.beat, id="alive", hints="redis"))
    await store.write(lambda tx: effects.free_claims(tx, presence.living(tx)))
    taken = await store.write(lambda tx: effects.claim(tx, "third", 45 * SECOND, 9))
    assert len(taken) == 1
    await store.close()


async def test_effects_of_a_contact_keep_their_order_when_clocks_differ(postgres_url: str) -> None:
    class Behind(SystemClock):
        def now(self) -> int:
            return super().now() - 5 * SECOND

    ahead, behind = await opened(postgres_url), await opened(postgres_url, Behind())
    await ahead.write(lambda tx: effects.add(tx, "call_adult", "contact", "leg"))
    await behind.write(lambda tx: effects.add(tx, "hang_up", "contact", "leg"))
    (first,) = await ahead.write(lambda tx: effects.claim(tx, "a", 45 * SECOND, 9))
    assert first.kind == "call_adult"
    for store in (ahead, behind):
        await store.close()


# Hints


class Process:
    """A store with its relay, and what it has heard."""

    def __init__(self, store: Store, who: str, url: str, redis: str | None) -> None:
        self.store, self.who = store, who
        channel = None if redis is None else RedisChannel(redis, "helpline:test")
        self.relay = Relay(store, who, channel, open_notifications(url))
        self.heard: list[Hint] = []
        store.listen(self.heard.extend)
        self.running = asyncio.create_task(self.relay.run())

    async def says(self, topic: str, id: str) -> None:
        await self.store.write(lambda tx: tx.hint(topic, id))

    async def hears(self, topic: str, id: str) -> None:
        await until(lambda: Hint(topic, id) in self.heard, f"{self.who} hearing of {id}")

    async def ends(self) -> None:
        await end([self.running])
        await self.store.close()


async def opened(url: str, clock: SystemClock | None = None) -> Store:
    clock = clock or SystemClock()
    return await open_store(url, clock, ids_from(clock, random.Random(random.random())))


@pytest.fixture
async def starts(postgres_url: str) -> AsyncIterator[Callable[..., Any]]:
    started: list[Process] = []

    async def start(who: str, redis: str | None = None) -> Process:
        started.append(Process(await opened(postgres_url), who, postgres_url, redis))
        return started[-1]

    yield start
    for process in started:
        await process.ends()


async def hear_each_other(*processes: Process) -> None:
    """Say something until all have heard it: from then on nothing is lost."""
    for n, one in enumerate(processes):
        for other in processes:
            if other is not one:

                async def looks(one: Process = one, other: Process = other, n: int = n) -> bool:
                    await one.says("contact", f"{n}")
                    return Hint("contact", f"{n}") in other.heard

                await until(looks, f"{other.who} hearing {one.who}")


async def test_a_hint_reaches_the_others_and_its_own_process_once(
    starts: Callable[..., Any], valkey_server: ValkeyServer
) -> None:
    a, b = await starts("a", valkey_server.url), await starts("b", valkey_server.url)
    await hear_each_other(a, b)
    await a.says("contact", "x")
    await b.hears("contact", "x")
    await a.says("deadline", "1")
    await a.says("worker", "y")
    await b.hears("worker", "y")
    assert a.heard.count(Hint("contact", "x")) == 1
    assert Hint("deadline", "1") in a.heard and Hint("deadline", "1") not in b.heard, "who wrote it sees to it"


async def test_without_redis_the_database_carries_hints(starts: Callable[..., Any]) -> None:
    a, b = await starts("a"), await starts("b")
    await hear_each_other(a, b)
    assert a.relay.way is Way.NOTIFY
    for n in range(300):
        await a.says("contact", f"many {n}")
    await b.hears("contact", "many 299")
    assert sum(hint.id.startswith("many") for hint in b.heard) == 300


async def test_one_that_hears_by_redis_and_one_that_cannot_still_hear_each_other(
    starts: Callable[..., Any], valkey_server: ValkeyServer
) -> None:
    a, b = await starts("a", valkey_server.url), await starts("b")
    for one in (a, b):
        one.relay.are_there([presence.Present("a", 0, "redis"), presence.Present("b", 0, "notify")])
    await hear_each_other(a, b)


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_when_redis_goes_the_database_takes_over_and_when_it_comes_back_so_does_it(
    starts: Callable[..., Any], valkey_server: ValkeyServer, how: str
) -> None:
    a, b = await starts("a", valkey_server.url), await starts("b", valkey_server.url)
    await hear_each_other(a, b)
    if how == "stopped":
        valkey_server.stop()
    else:
        valkey_server.send(signal.SIGSTOP)
    try:
        await a.says("contact", "meanwhile")
        await b.hears("contact", "meanwhile")
        await until(lambda: a.relay.way is Way.GONE and b.relay.way is Way.GONE, "both noticing")
        await a.hears("missed", "")
        await b.hears("missed", "")
    finally:
        if how == "stopped":
            valkey_server.start()
        else:
            valkey_server.send(signal.SIGCONT)
    await until(lambda: a.relay.way is Way.REDIS and b.relay.way is Way.REDIS, "both hearing by Redis")
    await a.says("contact", "afterwards")
    await b.hears("contact", "afterwards")


async def test_two_that_talk_to_different_redis_notice_it(
    starts: Callable[..., Any], valkey_server: ValkeyServer
) -> None:
    a = await starts("a", valkey_server.url)
    await until(lambda: a.relay.way is Way.REDIS, "it hearing itself")

    async def alone() -> bool:
        a.relay.are_there([presence.Present("a", 0, "redis"), presence.Present("b", 0, "redis")])
        return bool(a.relay.way is Way.GONE)

    await until(alone, "it noticing that b says nothing here")


async def test_a_server_that_is_restarted_makes_everybody_look_again(
    starts: Callable[..., Any], postgres_server: PostgresServer
) -> None:
    a, b = await starts("a"), await starts("b")
    await hear_each_other(a, b)
    await asyncio.to_thread(postgres_server.kill)
    await asyncio.to_thread(postgres_server.start)
    await b.hears("missed", "")
    await hear_each_other(a, b)


def test_what_is_said_is_cut_into_pieces_that_fit_and_nonsense_says_nothing() -> None:
    hints = [Hint("contact", f"{n:036d}") for n in range(1000)]
    said = list(messages("me", hints, 7_000))
    assert all(len(one.encode()) < 7_000 for one in said) and len(said) > 5
    assert [hint for one in said for hint in read(one)[1]] == hints
    assert list(map(read, messages("me", (), 7_000))) == [("me", ())]
    for nonsense in ("", "{}", "[1]", '["a", [["b"]]]', '["a", 5]', "null"):
        assert read(nonsense) == ("", ())


# Counts


async def test_what_is_counted_together_holds_for_all_and_is_forgotten(valkey_server: ValkeyServer) -> None:
    a, b = (RedisCounts(valkey_server.url, "t", lambda key: f"h{key}") for _ in range(2))
    assert await a.wait("grace", 2, 300 * SECOND) == 0
    await a.add("grace", 300 * SECOND)
    assert await b.wait("grace", 2, 300 * SECOND) == 0
    await b.add("grace", 300 * SECOND)
    for one in (a, b):
        assert 290 * SECOND < await one.wait("grace", 2, 300 * SECOND) <= 300 * SECOND
    assert await a.wait("amina", 2, 300 * SECOND) == 0
    await a.take_back("grace")
    assert await b.wait("grace", 2, 300 * SECOND) == 0
    await b.add("grace", 300 * SECOND)
    await b.forget("grace")
    assert await a.wait("grace", 1, 300 * SECOND) == 0
    await a.add("short", SECOND // 20)
    await until(partial(_free, a), "it being forgotten")
    for one in (a, b):
        await one.close()


async def _free(counts: RedisCounts) -> bool:
    return await counts.wait("short", 1, SECOND // 20) == 0


async def test_who_cannot_count_lets_each_process_count_for_itself() -> None:
    gone = RedisCounts("redis://127.0.0.1:1/0", "t", str)
    await gone.add("grace", SECOND)
    assert await gone.wait("grace", 1, SECOND) == 0
    await gone.close()
    nobody = Uncounted()
    await nobody.add("grace", SECOND)
    assert await nobody.wait("grace", 1, SECOND) == 0
