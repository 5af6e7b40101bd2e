"""What SQLite promises beyond the contract: commits that are shared, and bad days that are survived."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from helpline.clock import SystemClock, ids_from
from helpline.errors import Refused, Unavailable
from helpline.store import connections, sqlite
from helpline.store.db import Hint, Store, Tx
from helpline.store.engine import open_store
from helpline.store.migrate import sqlite_path
from helpline.store.sqlite import MemoryStore
from helpline.store.tables import legs
from tests.contract.conftest import Opener
from tests.contract.rows import delivered, delivering, elsewhere


class Gate:
    """A unit that stands in the writer thread, after its insert, until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def unit(self, tx: Tx) -> None:
        delivering("gate")(tx)
        tx.hint("contact", "gate")
        self.entered.set()
        assert self.open.wait(20)


@pytest.fixture
def path(file_url: str) -> Path:
    found = sqlite_path(file_url)
    assert found is not None
    return found


async def test_units_that_wait_for_a_slow_one_are_committed_together(file_store: Store) -> None:
    heard: list[tuple[Hint, ...]] = []
    file_store.listen(heard.append)
    gate = Gate()

    def hinting(key: str) -> Callable[[Tx], None]:
        def unit(tx: Tx) -> None:
            delivering(key)(tx)
            tx.hint("contact", key)

        return unit

    slow = asyncio.ensure_future(file_store.write(gate.unit))
    await asyncio.to_thread(gate.entered.wait, 20)
    waiting = [asyncio.ensure_future(file_store.write(hinting(f"{each}"))) for each in range(9)]
    await asyncio.sleep(0)
    assert await file_store.read(delivered) == []
    assert not slow.done()

    gate.open.set()
    await asyncio.gather(slow, *waiting)

    topics = [hint.id for hints in heard for hint in hints]
    assert topics == ["gate", *"012345678"]
    assert len(heard) <= 2  # the gate alone may have used up a commit's time
    assert len(await file_store.read(delivered)) == 10


async def test_what_is_not_committed_is_seen_by_nobody(file_store: Store) -> None:
    gate = Gate()
    slow = asyncio.ensure_future(file_store.write(gate.unit))
    await asyncio.to_thread(gate.entered.wait, 20)
    assert await file_store.read(delivered) == []
    gate.open.set()
    await slow
    assert await file_store.read(delivered) == ["gate"]


async def test_a_slow_unit_is_not_cut_in_half_by_a_caller_that_leaves(file_store: Store) -> None:
    gate = Gate()
    slow = asyncio.ensure_future(file_store.write(gate.unit))
    await asyncio.to_thread(gate.entered.wait, 20)
    slow.cancel()
    with suppress(asyncio.CancelledError):
        await slow
    gate.open.set()
    await file_store.write(delivering("next"))
    assert await file_store.read(delivered) == ["gate", "next"]


async def test_every_acknowledged_unit_survives_a_kill(file_url: str) -> None:
    command = [sys.executable, "-m", "tests.contract.acknowledging", file_url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(300)]
    process.kill()
    acknowledged += process.stdout.read().split("\n")[:-1]
    process.stdout.close()
    process.wait(10)

    clock = SystemClock()
    store = await open_store(file_url, clock, ids_from(clock))
    kept = set(await store.read(delivered))
    await store.close()

    assert len(acknowledged) >= 300 and all(acknowledged)
    assert set(acknowledged) <= kept


async def test_another_process_writes_and_the_store_waits_for_its_turn(file_store: Store, file_url: str) -> None:
    await file_store.write(delivering("a"))
    await asyncio.to_thread(elsewhere, file_url, "INSERT INTO deliveries (key, received_at) VALUES ('b', 1)")
    await file_store.write(delivering("c"))
    assert await file_store.read(delivered) == ["a", "b", "c"]


async def test_a_database_that_somebody_keeps_locked_is_unavailable_until_it_is_let_go(
    file_opener: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_MS", 20)
    store = await file_opener()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    first, second = await asyncio.gather(
        store.write(delivering("a")), store.write_batch([delivering("b")]), return_exceptions=True
    )
    assert isinstance(first, Unavailable) and first.code == "store_locked" and first.retry
    assert isinstance(second, list) and isinstance(second[0], Unavailable)
    assert await store.read(delivered) == []

    other.execute("ROLLBACK")
    other.close()
    assert await store.write(delivering("c")) == "c"
    assert await store.read(delivered) == ["c"]


async def test_a_file_that_is_taken_away_is_gone_and_never_made_anew(file_store: Store, path: Path) -> None:
    await file_store.write(delivering("a"))
    away = path.with_name("away.db")
    path.rename(away)

    for call in (file_store.write(delivering("b")), file_store.read(delivered), file_store.ready()):
        with pytest.raises(Unavailable) as caught:
            await call
        assert caught.value.code == "store_gone"
    assert not path.exists()

    away.rename(path)
    assert await file_store.write(delivering("c")) == "c"
    assert await file_store.read(delivered) == ["a", "c"]


async def test_a_disk_that_is_full_loses_only_what_was_never_acknowledged(file_store: Store) -> None:
    await file_store.write(delivering("a"))

    def no_more_room(tx: Tx) -> None:
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def large(tx: Tx) -> None:
        tx.conn.exec_driver_sql("CREATE TABLE large AS SELECT zeroblob(1000000)")

    await file_store.write(no_more_room)
    with pytest.raises(Unavailable) as caught:
        await file_store.write(large)
    assert caught.value.code == "store_full"

    def room_again(tx: Tx) -> None:
        tx.conn.exec_driver_sql("PRAGMA max_page_count = 1000000")

    await file_store.write(room_again)
    assert await file_store.write(delivering("b")) == "b"
    assert await file_store.read(delivered) == ["a", "b"]


async def test_a_commit_that_fails_is_told_to_everybody_and_hinted_to_nobody(file_store: Store) -> None:
    heard: list[Hint] = []
    file_store.listen(heard.extend)

    def hints(tx: Tx) -> None:
        delivering("a")(tx)
        tx.hint("contact", "a")

    def spoils_the_commit(tx: Tx) -> None:
        tx.conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tx.insert(legs, {"id": "l", "contact_id": "nobody", "role": "child", "state": "ringing", "created_at": 1})

    outcomes = await file_store.write_batch([hints, spoils_the_commit])

    assert [isinstance(each, Unavailable) for each in outcomes] == [True, True]
    await file_store.write(lambda tx: tx.hint("contact", "b"))
    assert heard == [Hint("contact", "b")]
    assert await file_store.read(delivered) == []


async def test_a_read_is_refused_by_the_database_when_it_would_write(file_store: Store) -> None:
    with pytest.raises(Unavailable) as caught:
        await file_store.read(delivering("a"))
    assert caught.value.code == "store_read_only"


async def test_a_database_that_may_only_be_read_says_so(file_store: Store) -> None:
    def nothing(tx: Tx) -> None:
        tx.conn.exec_driver_sql("PRAGMA query_only = ON")

    await file_store.write(nothing)
    with pytest.raises(Unavailable) as caught:
        await file_store.ready()
    assert caught.value.code == "store_read_only"


async def test_too_much_that_waits_is_said_at_once(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "WAITING_LIMIT", 2)
    gate = Gate()
    slow = asyncio.ensure_future(file_store.write(gate.unit))
    await asyncio.to_thread(gate.entered.wait, 20)
    second = asyncio.ensure_future(file_store.write(delivering("a")))
    await asyncio.sleep(0)

    with pytest.raises(Unavailable) as caught:
        await file_store.write(delivering("b"))
    assert caught.value.code == "store_busy"

    gate.open.set()
    await asyncio.gather(slow, second)
    assert await file_store.write(delivering("c")) == "c"


async def test_a_unit_that_wants_to_end_the_process_does_not_end_the_writer(file_store: Store) -> None:
    def leaves(tx: Tx) -> None:
        delivering("a")(tx)
        sys.exit(3)

    def stops(tx: Tx) -> None:
        raise StopIteration

    for unit in (leaves, stops):
        with pytest.raises(RuntimeError):
            await file_store.write(unit)
    assert await file_store.write(delivering("b")) == "b"
    assert await file_store.read(delivered) == ["b"]


async def test_the_files_can_be_read_by_their_owner_only(file_store: Store, path: Path) -> None:
    await file_store.write(delivering("a"))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_commits_reach_the_disk_before_they_are_told(file_store: Store) -> None:
    def settings(tx: Tx) -> tuple[object, ...]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return tuple(tx.conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names)

    assert await file_store.write(settings) == ("wal", 2, 1)


async def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    clock = SystemClock()
    with pytest.raises(Unavailable) as caught:
        await open_store(f"sqlite+aiosqlite:///{tmp_path}/file/helpline.db", clock, ids_from(clock))
    assert caught.value.code == "store_read_only"


async def test_a_file_that_is_no_database_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "helpline.db").write_bytes(os.urandom(8192))
    clock = SystemClock()
    with pytest.raises(Unavailable) as caught:
        await open_store(f"sqlite+aiosqlite:///{tmp_path}/helpline.db", clock, ids_from(clock))
    assert caught.value.code == "store_gone"


def test_a_simulation_writes_and_reads_without_waiting() -> None:
    clock = SystemClock()
    store = MemoryStore(clock, ids_from(clock))
    heard: list[Hint] = []
    store.listen(heard.extend)

    def refuses(tx: Tx) -> None:
        delivering("b")(tx)
        tx.hint("contact", "b")
        raise Refused("not_yours")

    assert store.write_now(delivering("a")) == "a"
    with pytest.raises(Refused):
        store.write_now(refuses)
    outcomes = store.write_batch_now([delivering("c"), refuses, lambda tx: tx.hint("contact", "c")])

    assert [type(each) for each in outcomes] == [str, Refused, type(None)]
    assert store.read_now(delivered) == ["a", "c"]
    assert heard == [Hint("contact", "c")]
    asyncio.run(store.close())
