"""A backup while the helpline runs, the disk that dies, and the helpline as it is after the restore."""

import asyncio
import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from helpline import sweep as sweeping
from helpline.clock import SECOND
from helpline.demonstration import STAFF
from helpline.store.leases import FileLease, lock_of
from helpline.store.tables import sign_ins
from helpline.sweep import Sweep
from tests.integration.test_cli import Terminal
from tests.town import town

NUMBER = "+260971234567"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


async def test_what_came_after_the_backup_is_swept_in_after_the_restore(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "UNDER_WAY", -5 * SECOND)  # carriers tell the time by the second
    copy = tmp_path / "monday.db"
    async with town(tmp_path / "data") as here:
        child = await here.child(NUMBER)
        call = await child.dial("116")
        await call.hears("For English")
        await call.hang_up()
        await here.becomes("closed")
        await here.person("demo-amina", duty=False)
        sweep = Sweep(here.helpline.store, here.helpline.house, here.helpline.carrier, here.clock)
        await sweep.step()
        done = await asyncio.to_thread(terminal.types, "backup", str(copy))
        assert done.code == 0 and done.said.startswith(f"Written: {copy} ("), done.complained
        assert "HELPLINE_KEYS" in done.said and "keys.toml" in done.said
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600

        after = await (await here.child("+260972222222")).dial("116")
        await after.hears("For English")
        await after.hang_up()
        await (await here.child("+260973333333")).text("+260116", "english")
        assert len(await here.contacts()) == 3
        served = await asyncio.to_thread(terminal.types, "restore", str(copy))
        assert (served.code, "store_in_use" in served.complained) == (1, True)
        assert len(await here.contacts()) == 3
        carrier_remembers = here.carrier.calls, here.carrier.switch.messages.by_sid

    lost = tmp_path / "data" / "helpline.db"
    lost.write_bytes(b"the disk is broken" * 1000)
    back = await asyncio.to_thread(terminal.types, "restore", str(copy))
    assert back.code == 0, back.complained
    kept = next(
        path for path in lost.parent.iterdir() if ".before-" in path.name and not path.name.endswith(("m", "l"))
    )
    assert kept.read_bytes().startswith(b"the disk is broken")

    async with town(tmp_path / "data") as here:
        here.carrier.calls.update(carrier_remembers[0])
        here.carrier.switch.messages.by_sid.update(carrier_remembers[1])
        assert len(await here.contacts()) == 1
        await Sweep(here.helpline.store, here.helpline.house, here.helpline.carrier, here.clock).step()
        contacts = await here.contacts()
        assert {(one.channel, one.outcome) for one in contacts[1:]} == {("voice", "missed"), ("sms", None)}
        assert (contacts[0].outcome, len(contacts)) == ("left_in_menu", 3)
        sessions = await here.helpline.store.read(lambda tx: tx.execute(sa.select(sign_ins)).all())
        assert sessions == [], "everybody signs in again"


async def test_what_was_still_to_be_done_is_asked_for_after_a_restore(tmp_path: Path, terminal: Terminal) -> None:
    async with town(tmp_path / "data") as here:
        call = await (await here.child(NUMBER)).dial("116")
        await call.hears("For English")
        await call.hang_up()
        await here.becomes("closed")
    assert (await asyncio.to_thread(terminal.types, "backup", str(tmp_path / "a.db"))).code == 0
    assert (await asyncio.to_thread(terminal.types, "restore", str(tmp_path / "a.db"))).code == 0
    found = terminal.sql("SELECT DISTINCT state, claimed_by FROM effects WHERE done_at IS NULL")
    assert found == [("claimed", "restored")]


def test_a_backup_is_never_written_over_another_and_says_what_is_wrong(tmp_path: Path, terminal: Terminal) -> None:
    missing = terminal.types("backup", str(tmp_path / "a.db"))
    assert (missing.code, "store_missing" in missing.complained) == (1, True)
    terminal.types("migrate")
    assert terminal.types("backup", str(tmp_path / "a.db")).code == 0
    again = terminal.types("backup", str(tmp_path / "a.db"))
    assert (again.code, "backup_exists" in again.complained) == (1, True)
    nowhere = terminal.types("backup", str(tmp_path / "no" / "b.db"))
    assert (nowhere.code, "backup_not_written" in nowhere.complained) == (1, True)
    elsewhere = terminal.types("backup", str(tmp_path / "c.db"), HELPLINE_DATABASE_URL="postgresql+asyncpg://h@x/h")
    assert (elsewhere.code, "pg_dump" in elsewhere.complained) == (1, True)
    assert sorted(path.name for path in tmp_path.glob("*.db*")) == ["a.db"]


def test_a_file_that_is_damaged_or_none_of_ours_is_not_restored(tmp_path: Path, terminal: Terminal) -> None:
    terminal.types("migrate")
    before = (tmp_path / "data" / "helpline.db").read_bytes()
    terminal.types("backup", str(tmp_path / "a.db"))
    damaged = bytearray((tmp_path / "a.db").read_bytes())
    damaged[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    (tmp_path / "damaged.db").write_bytes(damaged)
    (tmp_path / "text.db").write_text("no database at all")
    for name in ("damaged.db", "text.db", "none.db"):
        refused = terminal.types("restore", str(tmp_path / name))
        assert refused.code == 1 and "backup_" in refused.complained, refused
    assert (tmp_path / "data" / "helpline.db").read_bytes() == before


def test_keys_that_open_nothing_of_a_backup_are_noticed_before_it_is_too_late(
    tmp_path: Path, terminal: Terminal
) -> None:
    terminal.types("staff", "list")  # a demonstration's database and its keys
    person = STAFF[0]
    assert terminal.types("staff", "add", "a", "--alias=A", "--roles=counsellor", "--languages=so",
                          f"--reach={person.number}", stdin="four small wet frogs\n").code == 0  # fmt: skip
    terminal.types("backup", str(tmp_path / "a.db"))
    (tmp_path / "data" / "keys.toml").unlink()
    refused = terminal.types("restore", str(tmp_path / "a.db"))
    assert (refused.code, "backup_keys_missing" in refused.complained) == (1, True)
    forced = terminal.types("restore", str(tmp_path / "a.db"), "--anyway")
    assert forced.code == 0 and "Not readable with these keys: 1 of 1" in forced.complained


async def test_a_second_process_on_the_same_file_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "helpline.db"
    first, second = FileLease(lock_of(path)), FileLease(lock_of(path))
    assert await first.hold() and await first.hold()
    assert not await second.hold()
    await first.let_go()
    assert await second.hold()
    await second.let_go()
