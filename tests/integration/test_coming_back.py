"""A child whose call drops and who calls again soon; and one in danger who is lost."""

from functools import partial

import pytest
import sqlalchemy as sa

from helpline.contacts import service
from helpline.errors import Conflict, Invalid
from helpline.staff import duty
from helpline.store import alarms as alarm_rows
from helpline.store import floor_view
from helpline.store.db import Tx
from helpline.store.tables import alarms, callers, effects
from helpline.threads.arrivals import text_arrived
from helpline.threads.service import say, texts_of
from tests.village import Call, Village, open_village
from webhooks.events import Caller, CallState, TextArrived

NUMBER = "+260971234567"


async def drops(village: Village, call: Call) -> None:
    village.carrier.end(call, CallState.COMPLETED)
    await village.post_everything()


async def open_alarms(village: Village) -> list[str]:
    def look(tx: Tx) -> list[str]:
        return [kind for (kind,) in tx.execute(sa.select(alarms.c.kind).where(alarms.c.closed_at.is_(None)))]

    return await village.store.read(look)


async def test_who_drops_while_waiting_and_calls_again_soon_keeps_the_place() -> None:
    village = await open_village()
    first = await village.calls_in(["1"], "+260971111111")
    came = (await village.contact()).first_arrival
    village.clock.pass_by(60)
    await village.calls_in(["1"], "+260972222222")
    village.clock.pass_by(60)
    await drops(village, first)
    village.clock.pass_by(60)
    await village.calls_in(["1"], "+260971111111")
    again = await village.contact()
    assert (again.first_arrival, again.resumed) == (came, False), "its place, and not before everybody"

    amina = await village.on_duty("amina", ("en", "fluent"))
    await village.dispatcher.step()
    assert (await village.offer_to(amina)).contact_id == again.id


async def test_who_drops_twice_while_waiting_still_has_the_first_place() -> None:
    village = await open_village()
    came = village.clock.now()
    for _ in range(3):
        call = await village.calls_in(["1"])
        assert (await village.contact()).first_arrival == came
        village.clock.pass_by(100)
        await drops(village, call)


async def test_who_left_in_the_menu_or_comes_too_late_or_hides_the_number_is_new() -> None:
    village = await open_village()
    menu = await village.dials("+260971111111")
    await drops(village, menu)
    village.clock.pass_by(60)
    waiting = await village.calls_in(["1"], "+260971111111")
    assert (await village.contact()).resumes_id is None, "it had not come further than the menu"

    await drops(village, waiting)
    village.clock.pass_by(901)
    late = await village.calls_in(["1"], "+260971111111")
    assert (await village.contact()).resumes_id is None
    await drops(village, late)
    await village.calls_in(["1"], None)
    assert (await village.contact()).first_arrival == village.clock.now()


async def writes(village: Village, number: int, body: str, caller: str = NUMBER) -> None:
    event = TextArrived(f"SM{number}", "sms", "+260116", "children", Caller(caller), body)
    await village.store.write(lambda tx: text_arrived(tx, village.house, event))


async def a_conversation(village: Village, *keys: str) -> tuple[Call, Call]:
    """A child who has come to a person; gives both calls."""
    amina = await village.on_duty("amina", ("en", "fluent"))
    child = await village.calls_in(["1", *keys])
    await village.dispatcher.step()
    await village.accepts(amina)
    await village.send()
    phone = await village.ringing()
    village.carrier.pick_up(phone)
    await village.post_everything()
    await village.presses(phone, "1")
    await village.settle()
    assert (await village.contact()).state == "connected"
    return child, phone


async def test_a_child_in_danger_who_lost_its_person_and_leaves_is_lost() -> None:
    village = await open_village()
    child, phone = await a_conversation(village, "0")
    await drops(village, phone)
    await village.send()
    assert (await village.contact()).state == "waiting"
    assert "danger_lost" not in await open_alarms(village)
    await drops(village, child)
    assert (await village.contact()).state == "closed"
    assert "danger_lost" in await open_alarms(village)


async def test_a_child_in_danger_who_leaves_its_person_is_not_lost() -> None:
    village = await open_village()
    child, _ = await a_conversation(village, "0")
    await drops(village, child)
    assert (await village.contact()).state == "wrap_up"
    assert "danger_lost" not in await open_alarms(village)


async def test_who_said_danger_and_drops_is_in_danger_still_when_calling_again() -> None:
    village = await open_village()
    other = await village.calls_in(["1"], "+260972222222")
    child = await village.calls_in(["1", "0"])
    await drops(village, child)
    await village.calls_in(["1"])
    again = await village.contact()
    assert again.danger, "what was said holds until a person has heard it"

    village.clock.pass_by(village.house.line(again.line).danger_alarm_s + 1)
    await village.timers.step()
    assert "danger_waiting" in await open_alarms(village)
    amina = await village.on_duty("amina", ("en", "fluent"))
    await village.dispatcher.step()
    assert (await village.offer_to(amina)).contact_id == again.id, "before one who came earlier"
    assert other.up


async def test_who_said_danger_and_drops_is_not_kept_by_a_question_when_writing() -> None:
    village = await open_village()
    child = await village.calls_in(["1", "0"])
    await drops(village, child)
    await village.store.write(lambda tx: tx.execute(callers.delete()) and None)

    await writes(village, 1, "hi")
    again = await village.contact()
    assert (again.danger, again.state, again.language) == (True, "waiting", None)
    asked = await village.store.read(lambda tx: texts_of(tx, village.house, again.id))
    assert "1 English" in asked[-1].body, "it is asked for a language all the same"
    await writes(village, 2, "1")
    assert (await village.contact()).language == "en"


async def test_a_child_in_danger_is_not_left_to_itself_when_its_person_goes_home() -> None:
    village = await open_village()
    amina = await village.on_duty("amina", ("en", "fluent"))
    for number, first in ((1, "english"), (2, "0")):
        await writes(village, number, first, f"+26097700000{number}")
        await village.dispatcher.step()
        await village.accepts(amina)
        contact = await village.contact()
        await village.store.write(
            partial(say, house=village.house, contact_id=contact.id, worker_id=amina, body="Yes?")
        )
    await village.store.write(lambda tx: duty.go_off_duty(tx, village.house, amina))
    await village.timers.step()
    assert [(one.danger, one.state) for one in await village.contacts()] == [(False, "parked"), (True, "waiting")]


async def test_children_in_danger_stand_first_on_the_board_also_when_somebody_is_on_it() -> None:
    village = await open_village()
    supervisor = await village.hire("grace", ("en", "fluent"), roles="supervisor")
    for kind in ("line_uncovered", "danger_waiting", "clock_jumped", "danger_lost"):
        await village.store.write(partial(alarm_rows.raise_alarm, kind=kind, topic=kind))
        village.clock.pass_by(1)
    board = await village.store.read(floor_view.open_alarms)
    assert [alarm.kind for alarm in board] == ["danger_waiting", "danger_lost", "line_uncovered", "clock_jumped"]
    await village.store.write(lambda tx: alarm_rows.take(tx, board[0].alarm_id, supervisor))
    board = await village.store.read(floor_view.open_alarms)
    assert [alarm.kind for alarm in board] == ["danger_lost", "danger_waiting", "line_uncovered", "clock_jumped"]


async def test_a_supervisor_lets_only_a_woman_answer_until_told_otherwise() -> None:
    village = await open_village()
    him = await village.on_duty("chanda", ("en", "fluent"), gender="man")
    supervisor = await village.hire("grace", ("en", "fluent"), roles="supervisor", gender="woman")
    await village.calls_in(["1"])
    contact = await village.contact()

    async def requires(gender: str | None) -> None:
        await village.store.write(lambda tx: service.require_gender(tx, village.house, contact.id, supervisor, gender))

    await requires("woman")
    village.clock.pass_by(600)  # a wish would have been given up by now
    await village.dispatcher.step()
    assert (await village.contact()).state == "waiting"
    with pytest.raises(Invalid, match="woman or a man"):
        await requires("other")

    await requires(None)
    await village.dispatcher.step()
    assert (await village.offer_to(him)).contact_id == contact.id
    with pytest.raises(Conflict):
        await requires("woman")


async def test_how_long_the_dispatcher_took_is_measured() -> None:
    village = await open_village()
    await village.on_duty("amina", ("en", "fluent"))
    await village.dispatcher.step()
    await village.calls_in(["1"])
    village.clock.pass_by(0.25)
    await village.dispatcher.step()
    told = village.dispatcher._metrics.registry.get_sample_value
    assert told("helpline_dispatch_lag_seconds_count") == 1
    assert told("helpline_dispatch_lag_seconds_sum") == 0.25


async def test_to_hang_up_who_has_hung_up_already_is_done_and_no_alarm() -> None:
    village = await open_village()
    child, phone = await a_conversation(village)
    village.carrier.end(phone, CallState.COMPLETED)
    village.carrier.post.clear()  # nobody hears of it
    await drops(village, child)
    await village.settle()

    def look(tx: Tx) -> list[str]:
        return [state for (state,) in tx.execute(sa.select(effects.c.state).where(effects.c.kind == "hang_up"))]

    assert await village.store.read(look) == ["done"]
    assert "effect_failed" not in await open_alarms(village)
