"""The carrier's news in any order, days late, doubled or never: what is over stays over, and nobody is left alone."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from helpline.clock import DAY, SECOND
from helpline.contacts import service
from helpline.keeping import look_at_calls
from helpline.store import workers
from helpline.store.tables import audit
from tests.village import Call, Village, open_village
from webhooks.events import CallState, CallStatus, LegStep, RoomChanged


@pytest.fixture
async def village(url: str) -> AsyncIterator[Village]:
    found = await open_village(url)
    await found.outbox.begin()
    yield found
    await found.store.close()


async def they_talk(village: Village) -> tuple[str, Call, Call]:
    worker = await village.on_duty("amina", ("en", "fluent"))
    child = await village.calls_in(["1"])
    await village.dispatcher.step()
    await village.accepts(worker)
    await village.send()
    phone = await village.ringing()
    village.carrier.pick_up(phone)
    await village.post_everything()
    await village.presses(phone, "1")
    await village.settle()
    assert (await village.contact()).state == "connected"
    return worker, child, phone


async def history(village: Village) -> list[str]:
    """What has become of the contact, as the audit has it."""
    rows = await village.store.read(lambda tx: tx.execute(sa.select(audit.c.action).order_by(audit.c.seq)).all())
    return [action for (action,) in rows if action.startswith("contact_")]


async def test_completed_before_ringing_and_the_call_stays_over(village: Village) -> None:
    worker = await village.on_duty("amina", ("en", "fluent"))
    await village.calls_in(["1"])
    await village.dispatcher.step()
    await village.accepts(worker)
    await village.send()
    phone = await village.ringing()
    village.carrier.post.clear()
    phone.state = CallState.BUSY
    for state, number in ((CallState.BUSY, 3), (CallState.RINGING, 1), (CallState.ANSWERED, 2), (CallState.BUSY, 3)):
        await village.deliver(CallStatus(phone.id, phone.leg_id, state, number))
    await village.settle()
    assert (await village.contact()).state == "waiting"
    person = await village.store.read(lambda tx: workers.get(tx, worker))
    assert (person.state, person.load_voice) == ("away", 0)


async def test_a_callback_a_day_late_changes_nothing(village: Village) -> None:
    worker, child, phone = await they_talk(village)
    contact = await village.contact()
    room = child.room
    village.carrier.end(child, CallState.COMPLETED)
    await village.settle()
    content = {"contact_type": village.house.directory.taxonomy.contact_types[0].code}
    await village.store.write(lambda tx: service.save_record(tx, village.house, contact.id, worker, content, 0))
    await village.store.write(lambda tx: service.finish_record(tx, village.house, contact.id, worker))
    assert (await village.contact()).state == "closed"
    before, orders = await history(village), len(village.carrier.orders)

    village.clock.pass_by(DAY / SECOND)
    assert child.leg_id and phone.leg_id and room
    for late in (
        CallStatus(phone.id, phone.leg_id, CallState.RINGING, 1),
        CallStatus(phone.id, phone.leg_id, CallState.ANSWERED, 2),
        CallStatus(child.id, None, CallState.ANSWERED, 2),
        LegStep(phone.id, phone.leg_id, 1, "1"),
        LegStep(child.id, child.leg_id, 1, "0"),
        RoomChanged("CF", room, "join", phone.id, phone.leg_id, 3),
        RoomChanged("CF", room, "leave", phone.id, phone.leg_id, 4),
        CallStatus(child.id, None, CallState.COMPLETED, 9),
    ):
        await village.deliver(late)
        await village.dispatcher.step()
    assert await history(village) == before
    assert (await village.contact()).state == "closed" and len(await village.contacts()) == 1
    assert len(village.carrier.orders) == orders, "nobody is called because of yesterday"
    assert (await village.store.read(lambda tx: workers.get(tx, worker))).load_voice == 0


async def test_without_a_single_callback_everybody_is_let_go_in_the_end(village: Village) -> None:
    worker, child, phone = await they_talk(village)
    village.carrier.end(child, CallState.COMPLETED)
    village.carrier.end(phone, CallState.COMPLETED)
    for _ in range(20):
        village.carrier.post.clear()
        village.clock.pass_by(60)
        await village.store.write(look_at_calls)  # as the keeper does
        await village.settle()
        if (await village.contact()).state in ("wrap_up", "closed"):
            break
    assert (await village.contact()).state in ("wrap_up", "closed")
    village.clock.pass_by(400)
    await village.settle()
    assert (await village.store.read(lambda tx: workers.get(tx, worker))).load_voice == 0
