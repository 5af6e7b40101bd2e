"""Conversations at their awkward moments: what comes late, at the same time, or from the wrong person.

Each was once a way to leave a child alone, or a counsellor with nobody.
"""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from helpline.clock import HOUR, SECOND
from helpline.contacts import service
from helpline.errors import Conflict
from helpline.keeping import look_at_calls
from helpline.staff import duty
from helpline.store import workers
from helpline.store.assignments import Assignment
from helpline.store.tables import alarms as alarms_table
from tests.village import LINE, Call, HandClock, Village, a_house, open_village
from tests.village import MONDAY_0800 as EIGHT
from webhooks.events import CallState, LegStep
from webhooks.ports import CarrierTrouble

ENGLISH, FRENCH, SOMALI = ["1"], ["9", "1"], ["9", "3"]
IN_THE_DAY = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-22:00",))


@pytest.fixture
async def village() -> AsyncIterator[Village]:
    opened = await open_village()
    yield opened
    await opened.store.close()


@pytest.fixture
async def closed() -> AsyncIterator[Village]:
    """Seven in the morning, an hour before anybody is there."""
    opened = await open_village(clock=HandClock(EIGHT - HOUR), house=a_house(hours=IN_THE_DAY))
    yield opened
    await opened.store.close()


async def offered(village: Village, keys: list[str] = ENGLISH) -> tuple[str, Call]:
    worker = await village.on_duty("amina", ("en", "fluent"), ("so", "basic"))
    child = await village.calls_in(keys)
    await village.dispatcher.step()
    return worker, child


async def at_the_key(village: Village) -> tuple[str, Call, Call]:
    """The counsellor has picked up and is about to press the key."""
    worker, child = await offered(village)
    await village.accepts(worker)
    await village.send()
    phone = await village.ringing()
    village.carrier.pick_up(phone)
    await village.post_everything()
    return worker, child, phone


async def talking(village: Village) -> tuple[str, Call, Call]:
    worker, child, phone = await at_the_key(village)
    await village.presses(phone, "1")
    await village.settle()
    assert child.room == phone.room is not None
    return worker, child, phone


async def does(village: Village, doing: object, *more: object) -> None:
    await village.store.write(lambda tx: doing(tx, village.house, *more))  # type: ignore[operator]


async def answer(village: Village, phone: Call, key: str) -> None:
    village.carrier.pick_up(phone)
    await village.post_everything()
    await village.presses(phone, key)


async def state(village: Village, contact: str | None = None) -> str:
    return (await village.contact(contact)).state


async def duty_of(village: Village, worker: str) -> str:
    return (await village.store.read(lambda tx: workers.get(tx, worker))).state


async def only(village: Village, worker: str) -> Assignment:
    (held,) = await village.live_of(worker)
    return held


# Orders to a call, and what the call asks meanwhile


async def test_a_child_who_is_silent_just_as_somebody_comes_is_joined_once(village: Village) -> None:
    _, child, phone = await at_the_key(village)
    village.carrier.asks(child)
    silence = village.carrier.post.pop()
    await village.presses(phone, "1")
    await village.deliver(silence)
    assert child.hears_keys, "kept where the order will find it"
    await village.settle()
    assert child.room == phone.room is not None
    assert await state(village) == "connected"
    assert Counter(order for order, _ in village.carrier.orders)["move"] == 1


async def test_a_child_joins_by_its_next_question_when_the_order_was_lost(village: Village) -> None:
    _, child, phone = await at_the_key(village)
    village.carrier.asks(child)
    silence = village.carrier.post.pop()
    await village.presses(phone, "1")
    await village.deliver(silence)
    village.carrier.asks(child)
    await village.post_everything()
    assert child.room == phone.room is not None
    assert await state(village) == "connected"


async def test_a_question_that_was_overtaken_twice_makes_no_order_one_of_yesterday(village: Village) -> None:
    worker, child, phone = await at_the_key(village)
    village.carrier.asks(child)
    late = village.carrier.post.pop()
    await village.presses(phone, "1")
    await village.send()
    await village.post_everything()
    contact = await village.contact()
    question = village.house.scripts[LINE].card.questions[0]
    await does(village, service.ask_question, contact.id, worker, question)
    village.carrier.end(phone, CallState.COMPLETED)
    village.carrier.post.append(late)
    await village.settle()
    assert child.room is None and child.hears_keys, "not left alone in a room"


async def test_danger_is_heard_also_while_an_order_is_on_its_way(village: Village) -> None:
    _, child, phone = await at_the_key(village)
    village.carrier.asks(child, keys="0")
    pressed = village.carrier.post.pop()
    await village.presses(phone, "1")
    await village.deliver(pressed)
    await village.settle()
    contact = await village.contact()
    assert contact.danger and contact.state == "connected"


async def test_a_question_right_after_joining_finds_no_room_and_is_asked_all_the_same(village: Village) -> None:
    worker, child, _ = await talking(village)
    contact = await village.contact()

    async def no_such_room(room: str, call_id: str) -> None:
        from webhooks.ports import CallGone

        raise CallGone

    village.carrier.keep_room = no_such_room  # type: ignore[method-assign]
    await does(village, service.ask_question, contact.id, worker, village.house.scripts[LINE].card.questions[0])
    await village.settle()
    assert await state(village) == "connected" and child.hears_keys


async def test_a_question_that_cannot_be_asked_leaves_both_where_they_are(village: Village) -> None:
    worker, child, phone = await talking(village)
    contact = await village.contact()
    question = village.house.scripts[LINE].card.questions[0]
    village.carrier.trouble = lambda order: CarrierTrouble("carrier_503", retry=False)
    await does(village, service.ask_question, contact.id, worker, question)
    await village.settle()
    village.carrier.trouble = lambda order: None
    assert child.room == phone.room is not None and (await village.contact()).asking is None
    await does(village, service.ask_question, contact.id, worker, question)
    await village.settle()
    assert child.hears_keys


# The end of a call, in any order


async def test_the_adults_news_before_the_childs_is_no_loss_of_the_adult(village: Village) -> None:
    worker, child, phone = await talking(village)
    village.carrier.end(child, CallState.COMPLETED)
    of_the_child = [event for event in village.carrier.post if not isinstance(event, LegStep)]
    village.carrier.post[:] = [event for event in village.carrier.post if isinstance(event, LegStep)]
    await village.post_everything()
    village.carrier.post.extend(of_the_child)
    await village.settle()
    assert await state(village) == "wrap_up"
    assert (await only(village, worker)).state == "wrap_up" and phone.over


@pytest.mark.parametrize("who", ["child", "adult"])
async def test_a_hang_up_that_nobody_told_us_of_is_found_out(village: Village, who: str) -> None:
    _, child, phone = await talking(village)
    village.carrier.end(child if who == "child" else phone, CallState.COMPLETED)
    village.carrier.post.clear()
    await village.store.write(look_at_calls)
    await village.settle()
    assert await state(village) == "connected", "too early to doubt"
    village.clock.pass_by(121)
    await village.store.write(look_at_calls)
    await village.settle()
    if who == "child":
        assert await state(village) == "wrap_up" and phone.over
    else:
        assert child.room is None and child.hears_keys


async def test_calls_are_looked_at_now_and_then_and_not_all_the_time(village: Village) -> None:
    await talking(village)
    village.clock.pass_by(121)
    for _ in range(3):
        await village.store.write(look_at_calls)
        await village.settle()
    assert Counter(order for order, _ in village.carrier.orders)["look"] == 2


# Who is on the way


async def test_a_former_counsellor_who_presses_late_is_not_let_in(village: Village) -> None:
    worker, child, phone = await at_the_key(village)
    village.clock.pass_by(31)
    await village.timers.step()
    other = await village.on_duty("bwalya", ("en", "fluent"))
    await village.dispatcher.step()
    await village.accepts(other)
    village.carrier.asks(phone, keys="1")
    await village.post_everything()
    assert phone.over and child.hears_keys
    assert (await only(village, other)).state == "connecting" and await village.live_of(worker) == []


async def test_a_child_who_corrects_the_language_does_not_get_who_was_on_the_way(village: Village) -> None:
    worker, child = await offered(village)
    await village.presses(child, "#", *FRENCH)
    contact = await village.contact()
    assert contact.language == "fr" and contact.state == "waiting"
    assert await village.live_of(worker) == [] and await duty_of(village, worker) == "available"


async def test_one_who_speaks_the_other_language_too_still_comes(village: Village) -> None:
    worker, child = await offered(village)
    await village.presses(child, "#", *SOMALI)
    assert (await village.contact()).language == "so" and await state(village) == "offered"
    await village.accepts(worker)


async def test_an_offer_can_be_accepted_after_the_child_pressed_danger(village: Village) -> None:
    worker, child = await offered(village)
    await village.presses(child, "0")
    contact = await village.contact()
    assert contact.danger and contact.state == "offered"
    await village.accepts(worker)
    village.clock.pass_by(30)
    await village.timers.step()
    kinds = await village.store.read(lambda tx: [row.kind for row in tx.execute(alarms_table.select())])
    assert "danger_waiting" in kinds


@pytest.mark.parametrize("leaves", [duty.go_off_duty, duty.take_break])
async def test_an_offer_does_not_go_on_ringing_for_one_who_left(village: Village, leaves: object) -> None:
    worker, _ = await offered(village)
    other = await village.hire("bwalya", ("en", "fluent"))
    await does(village, duty.go_on_duty, other)
    offer = await village.offer_to(worker)
    await does(village, leaves, worker)
    with pytest.raises(Conflict):
        await does(village, service.accept, offer.id, worker, offer.contact_version)
    await village.timers.step()
    await village.dispatcher.step()
    assert (await only(village, other)).state == "offered"


# Handing over


async def test_who_was_named_and_declines_is_not_waited_for_again(village: Village) -> None:
    worker, _, _ = await talking(village)
    named = await village.on_duty("bwalya", ("en", "fluent"))
    third = await village.on_duty("chanda", ("en", "fluent"))
    contact = await village.contact()
    await does(village, service.hand_over, contact.id, worker, named)
    await village.settle()
    offer = await only(village, named)
    assert offer.stage == "named"
    await does(village, service.decline, offer.id, named, offer.contact_version)
    await village.settle()
    offer = await only(village, third)
    village.clock.pass_by(1)
    await does(village, service.decline, offer.id, third, offer.contact_version)
    await village.settle()
    held = [each.stage for one in (worker, named, third) for each in await village.live_of(one)]
    assert held == ["fluent"]
    assert (await village.contact()).first_arrival == contact.first_arrival


async def test_a_named_language_is_heard_when_the_child_waits_again(village: Village) -> None:
    worker, child = await offered(village, [])
    await village.presses(child, "", "")
    await village.settle()
    await village.accepts(worker)
    await village.send()
    await answer(village, await village.ringing(), "1")
    await village.settle()
    contact = await village.contact()
    await does(village, service.name_language, contact.id, worker, "so")
    await does(village, service.hand_over, contact.id, worker, None)
    await village.settle()
    assert child.answer is not None
    assert {said.language for said in child.answer.say} == {"so"}


async def test_a_former_counsellor_does_not_end_anothers_time_for_the_record(village: Village) -> None:
    worker, child, _ = await talking(village)
    contact = await village.contact()
    second = await village.on_duty("bwalya", ("en", "fluent"))
    content = {"contact_type": village.house.directory.taxonomy.contact_types[0].code}
    await does(village, service.save_record, contact.id, worker, content, 0)
    await does(village, service.hand_over, contact.id, worker, second)
    await village.settle()
    await village.accepts(second)
    await village.send()
    await answer(village, await village.ringing(), "1")
    await village.settle()
    village.carrier.end(child, CallState.COMPLETED)
    await village.settle()
    with pytest.raises(Conflict) as caught:
        await does(village, service.finish_record, contact.id, worker)
    assert caught.value.code == "still_written" and await state(village) == "wrap_up"
    await does(village, service.finish_record, contact.id, second)
    assert await state(village) == "closed"


# Call-backs


async def asked_for(village: Village, when: str) -> str:
    """A child calls when nobody is there and asks to be called; when: 1 any, 2 morning, 3 afternoon, 4 evening."""
    await village.calls_in([*ENGLISH, "2", when])
    await village.settle()
    (asked,) = [each.id for each in await village.contacts() if each.kind == "callback"]
    return asked


async def goes_to(village: Village, time: int) -> None:
    village.clock.pass_by((time - village.clock.now()) / SECOND)
    await village.timers.step()
    await village.dispatcher.step()


async def ringing_at_the_childs(village: Village) -> tuple[str, str, Call, Call]:
    asked = await asked_for(village, "1")
    worker = await village.on_duty("amina", ("en", "fluent"))
    await goes_to(village, EIGHT)
    await village.accepts(worker)
    await village.send()
    phone = await village.ringing()
    await answer(village, phone, "1")
    await village.send()
    return asked, worker, phone, await village.ringing()


async def test_a_child_is_called_back_and_both_talk(closed: Village) -> None:
    asked, _, phone, child = await ringing_at_the_childs(closed)
    closed.clock.pass_by(24)
    await answer(closed, child, "1")
    await closed.settle()
    assert child.room == phone.room is not None and await state(closed, asked) == "connected"


async def test_a_counsellor_who_waits_while_it_rings_is_no_no_show(closed: Village) -> None:
    asked, worker, _, _ = await ringing_at_the_childs(closed)
    closed.clock.pass_by(31)
    await closed.timers.step()
    assert await state(closed, asked) == "connecting", "a child's phone may ring longer than a counsellor's"
    closed.clock.pass_by(50)
    await closed.settle()
    assert await duty_of(closed, worker) == "available"
    contact = await closed.contact(asked)
    assert contact.state == "waiting" and contact.attempts == 1


async def test_whoever_picks_up_a_call_back_meets_nobody_without_the_key(closed: Village) -> None:
    asked, worker, phone, child = await ringing_at_the_childs(closed)
    closed.carrier.pick_up(child)
    closed.carrier.end(phone, CallState.COMPLETED)
    await closed.post_everything()
    assert await state(closed, asked) == "waiting"
    await closed.dispatcher.step()
    other = await closed.on_duty("bwalya", ("en", "fluent"))
    closed.clock.pass_by(1)
    await closed.dispatcher.step()
    taker = worker if await closed.live_of(worker) else other
    await closed.accepts(taker)
    await closed.send()
    await answer(closed, await closed.ringing(), "1")
    await closed.settle()
    assert child.room is None


async def test_the_next_try_is_at_an_hour_that_is_safe_too(closed: Village) -> None:
    asked = await asked_for(closed, "2")
    await goes_to(closed, EIGHT + 3 * HOUR + 45 * 60 * SECOND)
    worker = await closed.on_duty("amina", ("en", "fluent"))
    await closed.dispatcher.step()
    await closed.accepts(worker)
    await closed.send()
    await answer(closed, await closed.ringing(), "1")
    await closed.send()
    closed.carrier.end(await closed.ringing(), CallState.NO_ANSWER)
    await closed.settle()
    contact = await closed.contact(asked)
    assert contact.attempts == 1 and contact.not_before == EIGHT + 24 * HOUR


async def test_nobody_is_called_in_the_evening_who_said_morning_however_long_nobody_was_free(closed: Village) -> None:
    asked = await asked_for(closed, "2")
    await goes_to(closed, EIGHT + 10 * HOUR)
    worker = await closed.on_duty("amina", ("en", "fluent"))
    await closed.dispatcher.step()
    assert await closed.live_of(worker) == []
    await goes_to(closed, EIGHT + 24 * HOUR)
    assert (await only(closed, worker)).contact_id == asked


async def test_a_child_who_was_reached_and_left_is_not_called_again(closed: Village) -> None:
    asked, worker, phone, child = await ringing_at_the_childs(closed)
    await answer(closed, child, "1")
    await closed.settle()
    closed.carrier.end(phone, CallState.COMPLETED)
    await closed.settle()
    await closed.accepts(worker)
    closed.carrier.end(child, CallState.COMPLETED)
    await closed.settle()
    contact = await closed.contact(asked)
    assert contact.state == "closed" and contact.outcome == "lost"


# A supervisor


@pytest.mark.parametrize("moment", ["waiting", "offered", "connecting", "connected", "wrap_up"])
async def test_a_supervisor_stops_it_wherever_it_is_and_everyone_is_let_go(village: Village, moment: str) -> None:
    if moment == "waiting":
        child = await village.calls_in(ENGLISH)
    elif moment == "offered":
        _, child = await offered(village)
    elif moment == "connecting":
        _, child, _ = await at_the_key(village)
    else:
        _, child, _ = await talking(village)
    contact = await village.contact()
    if moment == "wrap_up":
        village.carrier.end(child, CallState.COMPLETED)
        await village.settle()
    assert await state(village) == moment
    await does(village, service.stop_contact, contact.id, "a supervisor", "it was stuck")
    await village.settle()
    stopped = await village.contact()
    assert stopped.state == "closed" and stopped.outcome == "stopped" and stopped.stop_reason_enc is not None
    assert all(call.over for call in village.carrier.calls.values())
    with pytest.raises(Conflict):
        await does(village, service.stop_contact, contact.id, "a supervisor", "again")
