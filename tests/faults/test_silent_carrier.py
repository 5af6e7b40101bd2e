"""A carrier that takes one order and never answers: nothing waits for it that does not depend on it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from helpline.clock import SECOND
from helpline.ending import end
from helpline.store import effects
from tests.town import until
from tests.village import MONDAY_0800, Call, HandClock, PaperCarrier, Village, open_village
from webhooks.answers import Answer
from webhooks.events import CallState
from webhooks.ports import Reach


@dataclass
class SilentCarrier(PaperCarrier):
    """Does these orders (or, if ``lost``, does not), and never says so."""

    silent: frozenset[str] = frozenset()
    lost: bool = False
    never: asyncio.Event = field(default_factory=asyncio.Event)

    async def place_call(self, to: Reach, caller_id: str, leg_id: str, first: Answer, ring_s: int) -> str:
        if "place_call" in self.silent and self.lost:
            self.orders.append(("place_call", leg_id))
            await self.never.wait()
        placed = await super().place_call(to, caller_id, leg_id, first, ring_s)
        if "place_call" in self.silent:
            await self.never.wait()
        return placed

    async def move(self, call_id: str, answer: Answer) -> None:
        await super().move(call_id, answer)
        if "move" in self.silent:
            await self.never.wait()


@pytest.fixture
async def carrier() -> SilentCarrier:
    return SilentCarrier(HandClock(MONDAY_0800))


@pytest.fixture
async def village(url: str, carrier: SilentCarrier) -> AsyncIterator[Village]:
    found = await open_village(url, clock=carrier.clock, carrier=carrier)
    await found.outbox.begin()
    yield found
    await end(set(found.outbox._under_way))
    await found.store.close()


async def a_phone_is_to_ring(village: Village) -> Call:
    """A counsellor has said yes to a child; gives the child's call."""
    amina = await village.on_duty("amina", ("en", "fluent"))
    child = await village.calls_in(["1"])
    await village.dispatcher.step()
    await village.accepts(amina)
    return child


async def is_ordered(village: Village, carrier: SilentCarrier, order: str) -> None:
    """What is due is begun, until this has been ordered. No time passes."""

    async def look() -> bool:
        await village.post_everything()
        await village.outbox.step()
        return any(ordered == order for ordered, _ in carrier.orders)

    await until(look, f"{order} being ordered")


async def test_the_counsellor_is_let_go_while_the_carrier_is_silent_about_the_childs_leg(
    village: Village, carrier: SilentCarrier
) -> None:
    child = await a_phone_is_to_ring(village)
    await village.send()
    phone = await village.ringing()
    carrier.silent = frozenset({"move"})
    carrier.pick_up(phone)
    await village.post_everything()
    await village.presses(phone, "1")
    await is_ordered(village, carrier, "move")
    carrier.end(child, CallState.COMPLETED)
    await is_ordered(village, carrier, "hang_up")
    assert phone.over


async def test_a_phone_that_rings_is_let_go_though_the_order_to_ring_it_was_never_answered(
    village: Village, carrier: SilentCarrier
) -> None:
    carrier.silent = frozenset({"place_call"})
    child = await a_phone_is_to_ring(village)
    await is_ordered(village, carrier, "place_call")
    phone = await village.ringing()
    carrier.end(child, CallState.COMPLETED)
    await is_ordered(village, carrier, "hang_up")
    assert phone.over


async def test_a_phone_of_which_nothing_is_known_is_not_let_go_before_it_can_have_rung(
    village: Village, carrier: SilentCarrier
) -> None:
    carrier.silent, carrier.lost = frozenset({"place_call"}), True
    child = await a_phone_is_to_ring(village)
    await is_ordered(village, carrier, "place_call")
    carrier.end(child, CallState.COMPLETED)
    await village.post_everything()
    assert await village.store.write(lambda tx: effects.claim(tx, "another", SECOND, 9)) == []
    carrier.silent = frozenset()
    carrier.never.set()
    phone = await ringing_at_last(village)
    await is_ordered(village, carrier, "hang_up")
    assert phone.over


async def ringing_at_last(village: Village) -> Call:
    async def look() -> Call | None:
        return next((call for call in village.carrier.calls.values() if call.placed), None)

    found = await until(look, "the phone ringing")
    assert isinstance(found, Call)
    return found


FIRST_THEN_SECOND = [
    ("call_adult", "a leg", "hang_up", "a leg", True),
    ("call_child", "a leg", "move", "a leg", True),
    ("move", "a leg", "move", "a leg", True),
    ("ask", "a leg", "move", "a leg", True),
    ("hang_up", "a leg", "move", "a leg", True),
    ("move", "a leg", "hang_up", "a leg", False),
    ("check_call", "a leg", "hang_up", "a leg", False),
    ("check_call", "a leg", "move", "a leg", False),
    ("call_adult", "a leg", "hang_up", "another", False),
    ("call_adult", "a leg", "move", "another", False),
    ("call_adult", "a leg", "call_adult", "another", False),
    ("move", "a leg", "announce", None, False),
    ("announce", None, "announce", None, False),
    ("announce", None, "hang_up", "a leg", False),
    ("hear", "a leg", "hang_up", "another", False),
    ("fetch_recording", "a message", "hang_up", "a leg", False),
    ("send_text", "a text", "send_text", "another", True),
    ("send_text", "a text", "hang_up", "a leg", False),
]


async def test_what_waits_for_what(village: Village) -> None:
    for number, (first, about, second, of, waits) in enumerate(FIRST_THEN_SECOND):
        contact = f"contact {number}"
        await village.store.write(partial(effects.add, kind=first, contact_id=contact, subject_id=about))
        await village.store.write(partial(effects.add, kind=second, contact_id=contact, subject_id=of))
        at_once = [first] if waits else [first, second]
        assert await done(village) == at_once, (first, second)
        assert await done(village) == [first, second][len(at_once) :], (first, second)


async def done(village: Village) -> list[str]:
    """The kinds that may be done now; all are."""
    taken = await village.store.write(lambda tx: effects.claim(tx, "me", 45 * SECOND, 9))
    for one in taken:
        await village.store.write(partial(effects.settle, id=one.id, who="me", to="done"))
    return [one.kind for one in taken]
