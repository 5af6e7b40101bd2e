"""A database that is locked, full or read-only: no caller hears of it, nothing is promised, and it heals by itself."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from helpline.errors import Unavailable
from helpline.store import connections
from helpline.store.db import Tx
from tests.town import Town, town, until

Trouble = Callable[[Town, Path], Awaitable[Callable[[], Awaitable[None]]]]
"""Begins it; what it gives ends it."""


async def locked(here: Town, path: Path) -> Callable[[], Awaitable[None]]:
    """Another program keeps the lock."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")

    async def ends() -> None:
        conn.execute("ROLLBACK")
        conn.close()

    return ends


async def full(here: Town, path: Path) -> Callable[[], Awaitable[None]]:
    """The file may grow no more, and what room is left in it is used up."""

    def no_more(tx: Tx) -> None:
        tx.conn.exec_driver_sql("CREATE TABLE padding (x)")
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await here.helpline.store.write(no_more)

    def more(tx: Tx) -> None:
        tx.conn.exec_driver_sql("INSERT INTO padding VALUES (zeroblob(3000))")

    with pytest.raises(Unavailable) as caught:
        while True:
            await here.helpline.store.write(more)
    assert caught.value.code == "store_full"

    async def ends() -> None:
        await here.helpline.store.write(_room)

    return ends


def _room(tx: Tx) -> None:
    tx.conn.exec_driver_sql("PRAGMA max_page_count = 1000000")


async def read_only(here: Town, path: Path) -> Callable[[], Awaitable[None]]:
    """As after a file system that the system has set to read-only."""
    raw: list[sqlite3.Connection] = []

    def unit(tx: Tx) -> None:
        found = tx.conn.connection.dbapi_connection
        assert isinstance(found, sqlite3.Connection)
        found.execute("PRAGMA query_only = ON")
        raw.append(found)

    await here.helpline.store.write(unit)

    async def ends() -> None:
        await asyncio.to_thread(raw[0].execute, "PRAGMA query_only = OFF")

    return ends


async def texts_until_refused(here: Town) -> list[asyncio.Task[Any]]:
    """Children write until one is refused for now; a page that had room may have taken some."""
    writing = []
    for number in range(2_000):
        phone = await here.child(f"+26097111{number:04d}")
        writing.append(asyncio.create_task(phone.text("+260116", "english")))
        await until(lambda: sum(one.kind == "message" for one in here.carrier.deliveries) > number, "its webhook")  # noqa: B023
        if any(one.kind == "message" and one.status == 503 for one in here.carrier.deliveries):
            return writing
    raise AssertionError("none was refused")


@pytest.mark.parametrize("trouble", [locked, full, read_only])
async def test_the_caller_reaches_the_fallback_and_the_text_comes_again(
    trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_MS", 300)
    async with town(tmp_path) as here:
        fallback = await here.child("+260950000116")
        ends = await trouble(here, tmp_path / "helpline.db")
        call = await (await here.child()).dial("116")
        rings = await fallback.rings(14)
        await rings.answer()
        await call.connected()
        assert call.application_error is None, "the caller is never told that an error has occurred"
        writing = await texts_until_refused(here)
        await ends()
        await asyncio.gather(*writing)
        here.carrier.errors.clear()  # it notes what it had to try again
        await (await here.child("+260971111111")).text("+260116", "english, please")
        healed = await (await here.child("+260979999999")).dial("116")
        await healed.hears("For English")

        async def both() -> bool:
            return {one.channel for one in await here.contacts()} >= {"sms", "voice"}

        await until(both, "both being here")
        await call.hang_up()
        await healed.hang_up()
