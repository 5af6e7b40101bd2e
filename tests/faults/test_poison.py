"""One thing that cannot be done holds up no other; and whatever is due is done once, however many look."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import sqlalchemy as sa

from helpline import deadlines as timers
from helpline.clock import SECOND
from helpline.house import House
from helpline.store import deadlines
from helpline.store.db import Tx
from helpline.store.tables import alarms, deliveries
from helpline.store.tables import deadlines as deadlines_table
from helpline.sweep import Sweep
from helpline.threads import arrivals
from tests.village import LINE, MONDAY_0800, HandClock, PaperCarrier, Village, open_village
from webhooks.events import Caller, TextArrived
from webhooks.ports import CarrierTrouble

Opening = Callable[[], Awaitable[Village]]


@pytest.fixture
async def opening(url: str) -> AsyncIterator[Opening]:
    """Opens the same database again and again, each time in a process of its own, with one clock."""
    clock = HandClock(MONDAY_0800)
    opened: list[Village] = []

    async def fresh() -> Village:
        number = len(opened)
        opened.append(
            await open_village(url, seed=number + 1, clock=clock, carrier=PaperCarrier(clock), who=f"process {number}")
        )
        return opened[-1]

    yield fresh
    for village in opened:
        await village.store.close()


def counted(tx: Tx, house: House, subject: str) -> None:
    """A timer whose every run can be counted, and of which a second one would fail."""
    tx.insert(deliveries, {"key": subject, "received_at": tx.now})


def poisoned(tx: Tx, house: House, subject: str) -> None:
    counted(tx, house, f"begun {subject}")
    raise ValueError("this can never be done")


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "HANDLERS", {**timers.HANDLERS, "counted": counted, "poisoned": poisoned})


async def test_four_timer_workers_do_each_timer_once(opening: Opening) -> None:
    villages = [await opening() for _ in range(4)]

    def unit(tx: Tx) -> None:
        for number in range(300):
            deadlines.add(tx, "counted", f"timer {number}", tx.now)

    await villages[0].store.write(unit)
    done = await asyncio.gather(*(village.timers.step() for village in villages))
    assert sum(done) == 300 and len(await keys(villages[0])) == 300
    assert await left(villages[0]) == []


async def test_a_timer_that_can_never_be_done_holds_up_no_other_and_is_never_dropped(opening: Opening) -> None:
    village = await opening()

    def unit(tx: Tx) -> None:
        deadlines.add(tx, "poisoned", "poison", tx.now)
        for number in range(5):
            deadlines.add(tx, "counted", f"timer {number}", tx.now + number * SECOND)

    await village.store.write(unit)
    for _ in range(10):
        await village.timers.step()
        village.clock.pass_by(1)
    assert await keys(village) == [f"timer {number}" for number in range(5)], "and what it had begun is undone"
    ((kind, attempts, due),) = await left(village)
    assert kind == "poisoned" and attempts >= 3, "it is tried again"
    assert due > village.clock.now() - 10 * SECOND, "later and later"


async def test_an_order_that_always_breaks_is_given_up_and_the_others_go_on(opening: Opening) -> None:
    village = await opening()
    await village.outbox.begin()
    amina = await village.on_duty("amina", ("en", "fluent"))
    child = await village.calls_in(["1"])
    await village.dispatcher.step()
    await village.accepts(amina)
    bwalya = await village.on_duty("bwalya", ("en", "fluent"))
    other = await village.calls_in(["1"], "+260977777777")
    await village.dispatcher.step()
    await village.accepts(bwalya)
    poison = await leg_of(village, amina)

    def trouble(order: str) -> CarrierTrouble | None:
        if village.carrier.orders[-1] == ("place_call", poison):
            raise ValueError("no fault of the carrier's")
        return None

    village.carrier.trouble = trouble
    await village.send()
    phone = await village.ringing()
    village.carrier.pick_up(phone)
    await village.post_everything()
    await village.presses(phone, "1")
    for _ in range(8):
        village.clock.pass_by(5)
        await village.settle()
    assert other.room is not None and other.room == phone.room
    assert child.hears_keys, "the child is back in the loop, and waits for another"
    kinds = await village.store.read(lambda tx: {kind for (kind,) in tx.execute(sa.select(alarms.c.kind))})
    assert "effect_failed" in kinds


class Listing(PaperCarrier):
    """Lists texts that it could not bring us."""

    listed: tuple[tuple[int, TextArrived], ...] = ()

    async def texts_to(self, address: str, line: str, channel: str, since: int) -> tuple[TextArrived, ...]:
        return tuple(
            text for at, text in self.listed if at >= since and (text.channel, text.address) == (channel, address)
        )


async def test_a_text_that_cannot_be_taken_in_holds_up_no_other_and_is_not_forgotten(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = Listing(HandClock(MONDAY_0800))
    village = await open_village(url, clock=carrier.clock, carrier=carrier)
    address = next(one for one in village.house.line(LINE).addresses if one.startswith("+"))
    carrier.listed = tuple(
        (MONDAY_0800, TextArrived(f"SM{name}", "sms", address, LINE, Caller(f"+26097123456{number}"), "english"))
        for number, name in enumerate(("before", "poison", "after"))
    )
    taken_in = arrivals.text_arrived

    def breaks(tx: Tx, house: House, event: TextArrived) -> None:
        taken_in(tx, house, event)
        if event.message_id == "SMpoison":
            raise ValueError("this cannot be taken in")

    monkeypatch.setattr(arrivals, "text_arrived", breaks)
    sweep = Sweep(village.store, village.house, carrier, carrier.clock)
    await sweep.step()
    assert len(await village.contacts()) == 2, "those before and after it"
    village.clock.pass_by(6 * 3600)
    await sweep.step()
    assert len(await village.contacts()) == 2
    monkeypatch.setattr(arrivals, "text_arrived", taken_in)
    await sweep.step()
    assert len(await village.contacts()) == 3, "once it can be, hours later, it is"
    await village.store.close()


async def leg_of(village: Village, worker: str) -> str:
    from helpline.store.tables import assignments, legs

    def look(tx: Tx) -> str:
        found = sa.select(legs.c.id).join(assignments, legs.c.assignment_id == assignments.c.id)
        return str(tx.execute(found.where(assignments.c.worker_id == worker)).scalar_one())

    return await village.store.read(look)


async def keys(village: Village) -> list[str]:
    rows = await village.store.read(lambda tx: tx.execute(sa.select(deliveries.c.key)).all())
    return sorted(key for (key,) in rows if key.startswith(("timer", "begun")))


async def left(village: Village) -> list[tuple[str, int, int]]:
    columns = (deadlines_table.c.kind, deadlines_table.c.attempts, deadlines_table.c.due_at)
    wanted = sa.select(*columns).where(deadlines_table.c.kind.in_(("counted", "poisoned")))
    return [(row[0], row[1], row[2]) for row in await village.store.read(lambda tx: tx.execute(wanted).all())]
