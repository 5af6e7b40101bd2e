"""A notice may come twice where a process died between sending and writing, and is never lost."""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpline.app import effect_kinds
from helpline.clock import SECOND, ids_from
from helpline.house import House
from helpline.metrics import Metrics
from helpline.notices import Notice, send
from helpline.notices.smtp import post_of
from helpline.outbox import LEASE, Outbox
from helpline.store import effects, notices
from helpline.store.db import Store
from helpline.store.engine import open_store
from helpline.store.notices import Stored
from tests.integration.one_that_dies import STARTED_AT
from tests.integration.one_that_dies_posting import ABOUT, smtp
from tests.post_office import post_office
from tests.village import HandClock, PaperCarrier, a_house
from webhooks.events import CallState
from webhooks.ports import CallSeen, CarrierTrouble, Reach

NUMBER = "+260966000111"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite+aiosqlite:///{tmp_path}/helpline.db"


@dataclass
class TextingCarrier(PaperCarrier):
    """Sends texts too. What it was asked to send is in ``texts``: its own id, and the words."""

    texts: list[tuple[str, str]] = field(default_factory=list)

    async def send_text(self, to: str, channel: str, from_address: str, body: str, text_id: str, part: int) -> str:
        trouble = self._ordered("send_text", text_id)
        self.texts.append((f"SM{len(self.texts)}", body))
        if trouble is not None:
            raise trouble
        return self.texts[-1][0]

    async def find_text(self, to: str, channel: str, from_address: str, body: str, since: int) -> str | None:
        self.orders.append(("find_text", to))
        return next((id for id, said in self.texts if said == body), None)


@dataclass
class House116:
    """A process over a database, with its outbox and what it talks to."""

    store: Store
    house: House
    clock: HandClock
    carrier: TextingCarrier
    outbox: Outbox

    async def sends(self, channel: str, to: str = NUMBER, body: str = "Come to the office.") -> str:
        notice = Notice("page", ABOUT, channel, to, body=body, ask_key="1" if channel == "voice" else None)
        return await self.store.write(lambda tx: send(tx, self.house, notice))

    async def works(self) -> None:
        """Until nothing is due within a minute."""
        for _ in range(20):
            await self.outbox.step()
            while self.outbox._under_way:
                await asyncio.gather(*self.outbox._under_way)
            next_at = await self.store.read(effects.next_due)
            if next_at is None:
                return
            self.clock.pass_by(max(0, next_at - self.clock.now()) / SECOND)

    async def stored(self, id: str) -> Stored:
        return await self.store.read(lambda tx: notices.get(tx, id))


@asynccontextmanager
async def a_process(url: str, port: int = 1, seed: int = 2, at: int = STARTED_AT) -> AsyncIterator[House116]:
    clock, house = HandClock(at), a_house()
    carrier = TextingCarrier(clock)
    store = await open_store(url, clock, ids_from(clock, random.Random(seed)))
    outbox = Outbox(
        store, clock, Metrics(), effect_kinds(store, house, carrier, post_of(smtp(port))), f"at work {seed}"
    )
    yield House116(store, house, clock, carrier, outbox)
    await store.close()


async def test_a_letter_of_a_process_that_was_killed_comes_again_and_is_seen_to_be_the_same(url: str) -> None:
    async with post_office() as office:
        module = "tests.integration.one_that_dies_posting"
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, url, str(office.port))
        office.taken = process.kill
        assert await process.wait() == -signal.SIGKILL
        office.taken = lambda: None
        assert len(office.letters) == 1
        async with a_process(url, office.port, at=STARTED_AT + LEASE + SECOND) as there:
            await there.works()
            [left] = await there.store.read(lambda tx: notices.about(tx, ABOUT))
            assert left.state == "sent"
        first, second = office.letters
        assert first["Message-ID"] == second["Message-ID"] and first["Date"] == second["Date"]


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_what_the_carrier_took_without_a_word_is_asked_for_and_not_sent_again(url: str, channel: str) -> None:
    async with a_process(url) as there:
        troubles = iter([CarrierTrouble("carrier_unreadable", retry=True, unknown=True)])
        there.carrier.trouble = lambda order: next(troubles, None)
        id = await there.sends(channel)
        await there.works()
        found = await there.stored(id)
        assert found.state == "sent" and found.provider_id is not None
        assert len(there.carrier.texts) + len(there.carrier.calls) == 1


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_a_carrier_that_is_down_for_a_moment_loses_nothing(url: str, channel: str) -> None:
    async with a_process(url) as there:
        troubles = iter([CarrierTrouble("carrier_unreachable", retry=True)] * 2)
        there.carrier.trouble = lambda order: next(troubles, None)
        id = await there.sends(channel)
        await there.works()
        assert (await there.stored(id)).state == "sent"
        assert len(there.carrier.texts) + len(there.carrier.calls) == 1


async def test_a_call_that_may_be_another_notices_does_not_stand_in_for_this_one(url: str) -> None:
    """Two are to ring the same phone, and of one order nothing is known: rather a call too many than one too few."""
    async with a_process(url) as there:
        troubles = iter([CarrierTrouble("carrier_unreadable", retry=True, unknown=True)] * 2)
        there.carrier.trouble = lambda order: next(troubles, None)
        ids = [await there.sends("voice"), await there.sends("voice")]
        await there.works()
        found = [await there.stored(id) for id in ids]
        assert {one.state for one in found} == {"sent"}
        assert {call.leg_id for call in there.carrier.calls.values()} == set(ids)


async def test_one_whose_callback_came_before_the_answer_is_not_sent_again(url: str) -> None:
    async with a_process(url) as there:
        id = await there.sends("voice")

        async def rings_and_tells(to: Reach, caller_id: str, leg_id: str, first: object, ring_s: int) -> str:
            there.carrier.orders.append(("place_call", leg_id))
            await there.store.write(lambda tx: notices.advance(tx, leg_id, "sent", was=("due",)))
            raise CarrierTrouble("carrier_unreadable", retry=True, unknown=True)

        there.carrier.place_call = rings_and_tells  # type: ignore[method-assign]
        await there.works()
        assert [order for order, _ in there.carrier.orders] == ["place_call"]
        assert (await there.stored(id)).state == "sent"


@pytest.mark.parametrize(
    ("channel", "to", "body", "code"),
    [
        ("sms", NUMBER, "", "text_empty"),
        ("sms", NUMBER, "x" * 481, "text_too_long"),
        ("sms", "", "Come.", "address_invalid"),
        ("voice", "\ud800", "Come.", "address_invalid"),
    ],
)
async def test_what_cannot_be_sent_fails_at_once(url: str, channel: str, to: str, body: str, code: str) -> None:
    async with a_process(url) as there:
        id = await there.sends(channel, to, body)
        await there.works()
        found = await there.stored(id)
        assert (found.state, found.error) == ("failed", code) and there.carrier.orders == []


async def test_a_call_that_the_carrier_says_is_over_has_failed(url: str) -> None:
    async with a_process(url) as there:
        id = await there.sends("voice")
        await there.works()

        async def is_busy(call_id: str) -> CallSeen:
            return CallSeen(call_id, CallState.BUSY)

        there.carrier.look = is_busy  # type: ignore[method-assign]
        await there.store.write(lambda tx: effects.add(tx, "notice_look", None, id))
        await there.works()
        assert (await there.stored(id)).error == "busy"
