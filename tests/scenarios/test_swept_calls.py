"""Calls whose webhook was lost, or that came while nobody was there: the carrier still knows of them."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from helpline import sweep as sweeping
from helpline.clock import SECOND
from helpline.store import trial_calls as calls
from helpline.store.db import Tx
from helpline.store.tables import alarms
from helpline.sweep import Sweep
from tests.town import Town, town, until

NUMBER = "+260971234567"


def sweep_of(here: Town) -> Sweep:
    return Sweep(here.helpline.store, here.helpline.house, here.helpline.carrier, here.clock)


def lose_webhooks(here: Town) -> None:
    """From now on calls reach nobody: the carrier's fallback has them."""
    here.carrier.serves(f"{here.url}/nobody", status_url=f"{here.url}/nobody")


def take_webhooks(here: Town) -> None:
    here.carrier.serves(f"{here.url}/webhooks/twilio/voice", status_url=f"{here.url}/webhooks/twilio/status")


async def open_alarms(here: Town) -> list[str]:
    def look(tx: Tx) -> list[str]:
        rows = tx.execute(alarms.select().with_only_columns(alarms.c.kind).where(alarms.c.closed_at.is_(None)))
        return [kind for (kind,) in rows]

    return await here.helpline.store.read(look)


async def test_a_call_that_came_and_went_without_us_becomes_a_missed_contact_once(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        lose_webhooks(here)
        call = await (await here.child(NUMBER)).dial("116")
        await call.ended()
        take_webhooks(here)
        sweep = sweep_of(here)
        await sweep.step()
        assert await here.contacts() == [], "it may still be on its way"

        here.clock.advance(31)
        await sweep.step()
        (contact,) = await here.contacts()
        assert (contact.state, contact.outcome, contact.line) == ("closed", "missed", "children")
        assert contact.first_arrival < here.clock.now() - 30_000_000
        vault = here.helpline.house.vault
        assert contact.caller_hash == vault.hash_number(NUMBER) and vault.open(contact.caller_enc or b"") == NUMBER
        assert "calls_missed" in await open_alarms(here)
        await sweep.step()
        assert len(await here.contacts()) == 1
        here.carrier.errors.clear()


async def test_a_test_call_comes_from_another_number_of_ours_and_makes_no_contact(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await here.person("demo-supervisor")
        zone = ZoneInfo(here.helpline.house.line("children").timezone)
        next_at = datetime.fromtimestamp(here.clock.now() / SECOND, zone).replace(second=0) + timedelta(minutes=2)
        await boss.post("/console/test-calls", line="children", at=f"{next_at:%H:%M}")

        async def arrived() -> bool:
            found = await here.helpline.store.read(lambda tx: calls.of_line(tx, "children"))
            return found is not None and found.arrived_at is not None

        await here.later(next_at.timestamp() - here.clock.now() / SECOND)
        await until(arrived, "the test call")
        await here.later(200)
        await sweep_of(here).step()
        assert await here.contacts() == [], "the carrier tells of the call, and it is known"
        assert "test_call_lost" not in await open_alarms(here)


async def test_a_child_whom_nobody_serves_is_taken_back_and_one_with_the_fallback_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        lose_webhooks(here)
        helper = here.carrier.phone("+260950000116")
        served = await (await here.child(NUMBER)).dial("116")
        with_child = await helper.rings()
        await with_child.answer()
        await served.connected()
        take_webhooks(here)

        monkeypatch.setattr(sweeping, "UNDER_WAY", -5 * SECOND)  # carriers tell the time by the second
        sweep = sweep_of(here)
        await sweep.step()
        assert await here.contacts() == [] and served.is_connected

        await with_child.hang_up()
        await served.ended()
        await sweep.step()
        (contact,) = await here.contacts()
        assert contact.outcome == "missed"
        here.carrier.errors.clear()


async def test_a_child_who_hears_only_a_fallback_that_waits_comes_to_us_when_the_sweep_finds_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def waits(_request: web.Request) -> web.Response:
        document = "<Response><Say>Please hold.</Say><Pause length='600'/></Response>"
        return web.Response(text=document, content_type="application/xml")

    elsewhere = web.Application()
    elsewhere.router.add_post("/", waits)
    async with TestServer(elsewhere) as bin, town(tmp_path) as here:
        here.carrier.serves(str(bin.make_url("/")))
        call = await (await here.child(NUMBER)).dial("116")
        await call.hears("Please hold")
        take_webhooks(here)
        sweep = sweep_of(here)
        await sweep.step()
        assert await here.contacts() == [], "its webhook may be on its way"
        monkeypatch.setattr(sweeping, "UNDER_WAY", -5 * SECOND)  # carriers tell the time by the second
        await sweep.step()
        await call.hears("For English")
        (contact,) = await here.contacts()
        assert contact.state == "arriving"
