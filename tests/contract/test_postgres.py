"""What PostgreSQL promises beyond the contract: units that meet are run again, and lost connections are replaced."""

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from helpline.errors import Unavailable
from helpline.store.db import Store, Tx
from helpline.store.tables import heartbeats
from tests.contract.rows import delivered, delivering, elsewhere
from tests.servers import PostgresServer


def _counting(name: str) -> Callable[[Tx], None]:
    def unit(tx: Tx) -> None:
        tx.execute(sa.update(heartbeats).where(heartbeats.c.name == name).values(at=heartbeats.c.at + 1))

    return unit


async def test_two_units_that_take_rows_in_opposite_order_both_succeed(postgres_store: Store) -> None:
    for name in ("left", "right"):
        await postgres_store.write(lambda tx, name=name: tx.put(heartbeats, {"name": name, "at": 0}))  # type: ignore[misc]
    runs: list[str] = []
    both_hold_one = asyncio.Barrier(2)

    def taking(first: str, second: str) -> Callable[[Tx], None]:
        def unit(tx: Tx) -> None:
            again = first in runs
            runs.append(first)
            _counting(first)(tx)
            if not again:
                await_only(both_hold_one.wait())
            _counting(second)(tx)

        return unit

    await asyncio.gather(
        postgres_store.write(taking("left", "right")), postgres_store.write_batch([taking("right", "left")])
    )

    assert len(runs) == 3
    counted = await postgres_store.read(lambda tx: tx.execute(sa.select(heartbeats.c.at)).scalars().all())
    assert counted == [2, 2]


async def test_a_connection_that_is_lost_before_the_commit_is_replaced(postgres_store: Store) -> None:
    runs: list[int] = []

    def unlucky_once(tx: Tx) -> str:
        runs.append(1)
        delivering("a")(tx)
        if len(runs) == 1:
            tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "a"

    assert await postgres_store.write(unlucky_once) == "a"
    assert len(runs) == 2
    assert await postgres_store.read(delivered) == ["a"]


async def test_pooled_connections_that_the_server_ended_are_noticed_by_nobody(
    postgres_store: Store, postgres_url: str
) -> None:
    everyone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'helpline'"
    await asyncio.gather(*(postgres_store.write(delivering(f"{each}")) for each in range(4)))

    await asyncio.to_thread(elsewhere, postgres_url, everyone)
    assert len(await postgres_store.read(delivered)) == 4

    await asyncio.to_thread(elsewhere, postgres_url, everyone)
    assert await postgres_store.write(delivering("later")) == "later"


async def test_a_server_that_died_is_unavailable_and_is_found_again_when_it_is_back(
    postgres_store: Store, postgres_server: PostgresServer
) -> None:
    await postgres_store.write(delivering("a"))

    await asyncio.to_thread(postgres_server.kill)
    try:
        (in_batch,) = await postgres_store.write_batch([delivering("b")])
        assert isinstance(in_batch, Unavailable) and in_batch.code == "store_gone"
        for call in (postgres_store.write(delivering("b")), postgres_store.read(delivered), postgres_store.ready()):
            with pytest.raises(Unavailable) as caught:
                await call
            assert caught.value.code == "store_gone"
    finally:
        await asyncio.to_thread(postgres_server.start)

    await postgres_store.ready()
    assert await postgres_store.write(delivering("c")) == "c"
    assert await postgres_store.read(delivered) == ["a", "c"]


async def test_a_server_that_takes_no_writes_is_unavailable_until_it_does(
    postgres_store: Store, postgres_url: str, postgres_server: PostgresServer
) -> None:
    """As a standby that has not taken over yet, or one whose operator wants no more in it."""
    everyone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'helpline'"
    database = postgres_url.partition("@/")[2].partition("?")[0]
    await postgres_store.write(delivering("a"))
    await asyncio.to_thread(postgres_server.run, f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    try:
        await asyncio.to_thread(elsewhere, postgres_url, everyone)
        (in_batch,) = await postgres_store.write_batch([delivering("b")])
        assert isinstance(in_batch, Unavailable) and in_batch.code == "store_read_only"
        with pytest.raises(Unavailable) as caught:
            await postgres_store.write(delivering("b"))
        assert caught.value.code == "store_read_only"
        assert await postgres_store.read(delivered) == ["a"]
    finally:
        await asyncio.to_thread(postgres_server.run, f"ALTER DATABASE {database} RESET default_transaction_read_only")
    await asyncio.to_thread(elsewhere, postgres_url, everyone)
    assert await postgres_store.write(delivering("c")) == "c"


async def test_a_row_that_somebody_keeps_locked_is_unavailable(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await postgres_store.write(lambda tx: tx.put(heartbeats, {"name": "kept", "at": 0}))
    held, free = asyncio.Event(), asyncio.Event()

    def keeps(tx: Tx) -> None:
        _counting("kept")(tx)
        held.set()
        await_only(free.wait())

    def wants(tx: Tx) -> None:
        tx.execute(sa.text("SET LOCAL lock_timeout = 20"))
        _counting("kept")(tx)

    keeping = asyncio.ensure_future(postgres_store.write(keeps))
    await held.wait()
    with pytest.raises(Unavailable) as caught:
        await postgres_store.write(wants)
    assert caught.value.code == "store_locked"

    free.set()
    await keeping
    await postgres_store.write(wants)


async def test_a_read_is_refused_by_the_database_when_it_would_write(postgres_store: Store) -> None:
    with pytest.raises(Unavailable) as caught:
        await postgres_store.read(delivering("a"))
    assert caught.value.code == "store_read_only"
