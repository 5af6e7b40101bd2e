"""What was promised is kept: timers run and effects are done after a process has died, each as if it had not.

Dying here is to walk away from a village without a word and to open another over the same database.
"""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from helpline.contacts import service
from helpline.errors import Conflict
from helpline.staff import duty
from helpline.store import effects, presence, workers
from helpline.store.effects import Effect
from helpline.store.tables import alarms, deliveries, legs, processes
from helpline.store.tables import contacts as contacts_table
from helpline.store.tables import effects as effects_table
from routing.model import WaitingContact, WorkerState
from tests.integration.one_that_dies import STARTED_AT
from tests.village import LINE, MONDAY_0800, Call, HandClock, PaperCarrier, Village, a_house, open_village
from webhooks.events import CallArrived, Caller, CallState, CallStatus, LegStep
from webhooks.ports import CarrierTrouble

Opening = Callable[[], Awaitable[Village]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite+aiosqlite:///{tmp_path}/helpline.db"


@pytest.fixture
async def opening(url: str) -> AsyncIterator[Opening]:
    """Opens the same database again and again, each time in a process of its own, with one carrier and one clock."""
    clock, house = HandClock(MONDAY_0800), a_house()
    carrier = PaperCarrier(clock)
    opened: list[Village] = []

    async def fresh() -> Village:
        number = len(opened)
        village = await open_village(
            url, seed=number + 1, clock=clock, carrier=carrier, house=house, who=f"process {number}"
        )
        await village.outbox.begin()
        opened.append(village)
        return village

    yield fresh
    for village in opened:
        await village.store.close()


async def a_call_that_is_offered(village: Village) -> tuple[str, Call]:
    worker = await village.on_duty("amina", ("en", "fluent"))
    child = await village.calls_in(["1"])
    await village.dispatcher.step()
    return worker, child


async def a_conversation(village: Village) -> tuple[str, Call, Call]:
    worker, child = await a_call_that_is_offered(village)
    await village.accepts(worker)
    await village.send()
    phone = await village.ringing()
    await answers(village, phone)
    await village.settle()
    assert (await village.contact()).state == "connected"
    return worker, child, phone


async def answers(village: Village, phone: Call) -> None:
    """Pick up, and press the key."""
    village.carrier.pick_up(phone)
    await village.post_everything()
    await village.presses(phone, "1")


async def state_of(village: Village, worker: str) -> str:
    return (await village.store.read(lambda tx: workers.get(tx, worker))).state


# Timers


async def test_an_offer_that_nobody_answers_goes_on_after_the_restart(opening: Opening) -> None:
    first = await opening()
    worker, _ = await a_call_that_is_offered(first)
    another = await first.hire("bwalya", ("en", "fluent"))
    first.clock.pass_by(21)

    second = await opening()
    await second.timers.step()
    assert (await second.contact()).state == "waiting"
    assert await state_of(second, worker) == "away"
    await second.store.write(lambda tx: duty.go_on_duty(tx, second.house, another))
    await second.dispatcher.step()
    assert (await second.offer_to(another)).contact_id == (await second.contact()).id


async def test_a_connecting_that_comes_to_nothing_ends_after_the_restart(opening: Opening) -> None:
    first = await opening()
    worker, child = await a_call_that_is_offered(first)
    await first.accepts(worker)
    await first.send()
    await first.post_everything()
    first.clock.pass_by(31)

    second = await opening()
    await second.settle()
    assert (await second.contact()).state == "waiting"
    assert await state_of(second, worker) == "away"
    assert child.hears_keys and not any(call.state is CallState.RINGING for call in second.carrier.calls.values())


async def test_the_time_for_the_record_ends_after_the_restart(opening: Opening) -> None:
    first = await opening()
    worker, child, _ = await a_conversation(first)
    first.carrier.end(child, CallState.COMPLETED)
    await first.settle()
    assert (await first.contact()).state == "wrap_up"
    first.clock.pass_by(301)

    second = await opening()
    await second.timers.step()
    assert (await second.contact()).state == "closed"
    assert (await second.store.read(lambda tx: workers.get(tx, worker))).load_voice == 0


async def test_a_timer_runs_once_however_many_look(opening: Opening) -> None:
    first, second = await opening(), await opening()
    await a_call_that_is_offered(first)
    first.clock.pass_by(21)
    assert sum(await asyncio.gather(first.timers.step(), second.timers.step())) == 1
    assert (await first.contact()).state == "waiting"


# Effects


async def claimed_by_the_dead(village: Village) -> list[Effect]:
    """A process takes what is due, and dies before it has done anything with it."""
    return await village.store.write(lambda tx: effects.claim(tx, "dead", 45_000_000, 64))


async def test_what_nobody_had_begun_is_done_after_the_restart(opening: Opening) -> None:
    first = await opening()
    worker, child = await a_call_that_is_offered(first)
    await first.accepts(worker)

    second = await opening()
    await second.send()
    await answers(second, await second.ringing())
    await second.settle()
    assert (await second.contact()).state == "connected" and child.room is not None
    assert Counter(order for order, _ in second.carrier.orders) == {"place_call": 1, "move": 1}


async def test_an_effect_of_the_dead_is_asked_for_and_then_done(opening: Opening) -> None:
    first = await opening()
    worker, _ = await a_call_that_is_offered(first)
    await first.accepts(worker)
    assert [effect.unknown for effect in await claimed_by_the_dead(first)] == [False]

    second = await opening()
    await second.send()
    assert [order for order, _ in second.carrier.orders] == ["find_call", "place_call"]


async def test_an_effect_of_one_who_is_alive_is_left_alone_until_it_is_seen_no_more(postgres_url: str) -> None:
    first = await open_village(postgres_url, who="first")
    worker, _ = await a_call_that_is_offered(first)
    await first.accepts(worker)
    await first.store.write(lambda tx: presence.beat(tx, "dead", "redis"))
    await claimed_by_the_dead(first)

    second = await open_village(
        postgres_url, seed=2, clock=first.clock, carrier=first.carrier, house=first.house, who="second"
    )
    await second.outbox.begin()
    await second.store.write(lambda tx: presence.beat(tx, "second", "redis"))
    await second.send()
    assert second.carrier.orders == []
    await second.store.write(lambda tx: tx.execute(processes.update().values(seen_at=processes.c.seen_at - 3_100_000)))
    seen = await second.store.write(lambda tx: presence.beat(tx, "second", "redis"))
    assert [one.id for one in seen.present] == ["second"]
    await second.send()
    assert [order for order, _ in second.carrier.orders] == ["find_call", "place_call"]
    for village in (first, second):
        await village.store.close()


async def test_a_call_that_the_dead_had_placed_is_found_and_not_doubled(opening: Opening) -> None:
    first = await opening()
    worker, _ = await a_call_that_is_offered(first)
    await first.accepts(worker)
    first.carrier.trouble = lambda order: CarrierTrouble("timed_out", retry=True, unknown=True)
    await first.send()
    first.carrier.trouble = lambda order: None

    second = await opening()
    second.clock.pass_by(1)
    await second.send()
    assert [order for order, _ in second.carrier.orders] == ["place_call", "find_call"]
    phones = [call for call in second.carrier.calls.values() if call.placed]
    assert len(phones) == 1
    await answers(second, phones[0])
    await second.settle()
    assert (await second.contact()).state == "connected"


async def test_a_call_that_is_found_over_is_over(opening: Opening) -> None:
    first = await opening()
    worker, _ = await a_call_that_is_offered(first)
    await first.accepts(worker)
    first.carrier.trouble = lambda order: CarrierTrouble("timed_out", retry=True, unknown=True)
    await first.send()
    first.carrier.trouble = lambda order: None
    first.carrier.end(await first.ringing(), CallState.BUSY)
    first.carrier.post.clear()  # nobody was there to hear of it

    second = await opening()
    second.clock.pass_by(1)
    await second.send()
    assert (await second.contact()).state == "waiting"
    assert await state_of(second, worker) == "away"


async def test_effects_of_one_contact_go_in_order_also_when_the_first_was_taken_by_the_dead(opening: Opening) -> None:
    first = await opening()
    worker, child = await a_call_that_is_offered(first)
    await first.accepts(worker)
    await claimed_by_the_dead(first)
    first.carrier.end(child, CallState.COMPLETED)
    await first.post_everything()

    second = await opening()
    second.clock.pass_by(46)
    await second.settle()
    rows = await second.store.read(
        lambda tx: tx.execute(sa.select(effects_table.c.kind, effects_table.c.state).order_by(effects_table.c.id)).all()
    )
    of_the_call = [tuple(row) for row in rows if row.kind != "delete_call"]  # that is for the day after tomorrow
    assert of_the_call == [("call_adult", "done"), ("hang_up", "done")]
    assert not any(order == "place_call" for order, _ in second.carrier.orders), "nobody wanted it any more"
    assert (await second.contact()).state == "closed"


async def test_a_recording_that_takes_its_time_holds_nothing_up(opening: Opening) -> None:
    village = await opening()
    worker, _ = await a_call_that_is_offered(village)
    contact = await village.contact()
    await village.store.write(
        lambda tx: effects.add(tx, "delete_recording", contact.id, None, not_before=tx.now + 48 * 3600 * 1_000_000)
    )
    await village.accepts(worker)
    await village.send()
    assert [order for order, _ in village.carrier.orders] == ["place_call"]


async def test_the_carrier_is_asked_again_and_then_given_up_with_an_alarm(opening: Opening) -> None:
    village = await opening()
    worker, child = await a_call_that_is_offered(village)
    await village.accepts(worker)
    village.carrier.trouble = lambda order: CarrierTrouble("carrier_503", retry=True)
    for _ in range(5):
        await village.send()
        village.clock.pass_by(4)
    await village.send()

    orders = Counter(order for order, _ in village.carrier.orders)
    assert orders == {"place_call": 5, "find_call": 4}
    assert (await village.contact()).state == "waiting" and child.hears_keys
    assert await state_of(village, worker) == "away"
    kinds = await village.store.read(lambda tx: [kind for (kind,) in tx.execute(sa.select(alarms.c.kind))])
    assert "effect_failed" in kinds


async def test_an_error_that_passes_is_not_an_alarm(opening: Opening) -> None:
    village = await opening()
    worker, _ = await a_call_that_is_offered(village)
    await village.accepts(worker)
    left = [CarrierTrouble("carrier_503", retry=True)] * 2
    village.carrier.trouble = lambda order: left.pop() if left and order == "place_call" else None
    await village.settle()
    assert (await village.ringing()).number.startswith("+26095")
    raised = await village.store.read(lambda tx: tx.execute(sa.select(alarms.c.kind)).scalars().all())
    assert set(raised) <= {"language_uncovered"}


# The floor


async def test_the_floor_after_a_restart_is_the_floor_before(opening: Opening) -> None:
    first = await opening()
    staff = [await first.on_duty(f"w{n}", ("en", "fluent"), ("fr", "basic")) for n in range(4)]
    for n in range(9):
        await first.calls_in(["9", "1"] if n % 2 else ["1"], f"+2609700000{n:02d}")
        first.clock.pass_by(3)
        await first.dispatcher.step()
        if n == 3:
            await first.accepts((await one_who_is_offered(first, staff))[0])
            worker, offer_id, version = await one_who_is_offered(first, staff)
            await first.store.write(
                lambda tx, w=worker, o=offer_id, v=version: service.decline(tx, first.house, o, w, v)  # type: ignore[misc]
            )
    await first.store.write(lambda tx: duty.take_break(tx, first.house, staff[-1]))
    await first.settle()

    second = await opening()
    await second.dispatcher.step()
    assert floor(second) == floor(first)
    assert len(floor(second)[0]) > 2 and len(floor(second)[1]) == 4
    second.clock.pass_by(1)
    await first.dispatcher._rebuild()
    assert second.dispatcher.floor.plan(second.clock.now()) == first.dispatcher.floor.plan(first.clock.now())


async def one_who_is_offered(village: Village, staff: list[str]) -> tuple[str, str, int]:
    for worker in staff:
        for each in await village.live_of(worker):
            if each.state == "offered":
                return worker, each.id, each.contact_version
    raise AssertionError("nobody is offered anything")


def floor(village: Village) -> tuple[list[WaitingContact], list[WorkerState]]:
    here = village.dispatcher.floor
    return sorted(here.contacts(), key=lambda contact: contact.id), sorted(here.workers(), key=lambda worker: worker.id)


# The whole of it on both engines, with everything at once


async def test_a_call_from_the_first_ring_to_the_record_with_everything_twenty_times_at_once(opening: Opening) -> None:
    village, house = await opening(), a_house()
    worker = await village.on_duty("amina", ("en", "fluent"))
    other = await village.on_duty("bwalya", ("en", "fluent"))
    call = village.carrier.new_call("+260971234567", CallState.ANSWERED, placed=False)
    arrived = CallArrived(call.id, "116", LINE, Caller("+260971234567"))

    documents = await asyncio.gather(*(village.intake.call_arrived(arrived) for _ in range(20)))
    assert len(set(documents)) == 1
    assert await rows(village, contacts_table) == 1 and await rows(village, legs) == 1
    call.answer = village.answer_in(documents[0])
    call.leg_id = call.answer.leg_id

    pressed = LegStep(call.id, call.leg_id, 1, "1")
    documents = await asyncio.gather(*(village.intake.leg_step(pressed) for _ in range(20)))
    assert len(set(documents)) == 1 and await rows(village, deliveries) == 2
    village.carrier.give(call, village.answer_in(documents[0]))

    looked = await asyncio.gather(village.dispatcher.step(), village.other_dispatcher.step())
    assert sum(looked) == 1
    chosen = worker if await village.live_of(worker) else other
    offer = await village.offer_to(chosen)

    async def says_yes() -> None:
        await village.store.write(lambda tx: service.accept(tx, house, offer.id, chosen, offer.contact_version))

    said = await asyncio.gather(*(says_yes() for _ in range(20)), return_exceptions=True)
    assert Counter(one.code if isinstance(one, Conflict) else one for one in said) == {None: 1, "offer_gone": 19}
    await asyncio.gather(*(village.outbox.step() for _ in range(5)))
    await village.send()
    phone = await village.ringing()
    village.carrier.pick_up(phone)
    await village.post_everything()
    key = LegStep(phone.id, phone.leg_id or "", 1, "1")
    documents = await asyncio.gather(*(village.intake.leg_step(key) for _ in range(20)))
    assert len(set(documents)) == 1
    village.carrier.give(phone, village.answer_in(documents[0]))
    await village.settle()
    assert call.room is not None and call.room == phone.room
    assert (await village.contact()).state == "connected"

    village.carrier.end(call, CallState.COMPLETED)
    over = CallStatus(call.id, None, CallState.COMPLETED, 9)
    await asyncio.gather(*(village.intake.call_status(over) for _ in range(20)))
    await village.settle()
    contact = await village.contact()
    assert contact.state == "wrap_up" and phone.over
    content = {"contact_type": house.directory.taxonomy.contact_types[0].code}
    await village.store.write(lambda tx: service.save_record(tx, house, contact.id, chosen, content, 0))
    await village.store.write(lambda tx: service.finish_record(tx, house, contact.id, chosen))
    assert (await village.contact()).state == "closed"
    loads = await village.store.read(lambda tx: [workers.get(tx, one).load_voice for one in (worker, other)])
    assert loads == [0, 0]


async def rows(village: Village, table: sa.Table) -> int:
    return await village.store.read(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize("turn", range(5))
async def test_yes_and_goodbye_at_the_same_moment_leave_nobody_behind(opening: Opening, turn: int) -> None:
    village = await opening()
    worker, child = await a_call_that_is_offered(village)
    offer = await village.offer_to(worker)
    village.carrier.end(child, CallState.COMPLETED)

    async def says_yes() -> None:
        await village.store.write(lambda tx: service.accept(tx, village.house, offer.id, worker, offer.contact_version))

    both = [says_yes(), village.post_everything()]
    outcomes = await asyncio.gather(*(both if turn % 2 else reversed(both)), return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
    await village.settle()
    assert (await village.contact()).state == "closed"
    person = await village.store.read(lambda tx: workers.get(tx, worker))
    assert person.load_voice == 0 and person.state == "available"
    assert not any(call.placed and not call.over for call in village.carrier.calls.values())


async def test_many_calls_and_two_dispatchers_at_once_never_overload_anybody(opening: Opening) -> None:
    first, second = await opening(), await opening()
    staff = [await first.on_duty(f"w{n}", ("en", "fluent")) for n in range(5)]
    await asyncio.gather(*(first.calls_in(["1"], f"+26097000{n:04d}") for n in range(12)))
    await first.dispatcher._rebuild()
    await second.dispatcher._rebuild()
    given = await asyncio.gather(first.dispatcher.step(), second.dispatcher.step())
    assert sum(given) == 5
    held = [len(await first.live_of(worker)) for worker in staff]
    assert held == [1] * 5


# A real death


async def test_a_process_that_is_killed_while_the_carrier_has_its_order_leaves_nothing_undone(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/helpline.db"
    dying = [sys.executable, "-m", "tests.integration.one_that_dies", url]
    with subprocess.Popen(dying, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "the order is on its way\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL

    clock = HandClock(STARTED_AT + 2_000_000)
    village = await open_village(url, seed=2, clock=clock, carrier=PaperCarrier(clock, name="CB"), who="next")
    await village.outbox.begin()
    await village.dispatcher.step()
    await village.timers.step()
    assert (await village.contact()).state == "connecting"
    await village.send()
    assert [order for order, _ in village.carrier.orders] == ["find_call", "place_call"]
    clock.pass_by(31)
    await village.settle()
    assert (await village.contact()).state == "waiting"
    assert [contact.id for contact in village.dispatcher.floor.contacts()] == [(await village.contact()).id]
    await village.store.close()
