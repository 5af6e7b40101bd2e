"""A line that falls silent, and calls of our own to see that calls arrive: the same on every engine."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from helpline.clock import DAY, HOUR, SECOND
from helpline.contacts.arrival import new_contact
from helpline.errors import Invalid
from helpline.protection import silence, trial_calls
from helpline.store import climbs
from helpline.store import trial_calls as calls
from helpline.store.climbs import Climb
from helpline.store.db import Tx
from helpline.store.tables import alarms
from helpline.sweep import call_missed
from tests.village import LINE
from tests.watch import Watch, a_watched_house, open_watch
from webhooks.events import CallArrived, Caller, CallState
from webhooks.ports import CallListed

OURS = "+260950000100"
"""Another number of ours, from which the line is called as a test."""


@pytest.fixture
async def watch(url: str) -> AsyncIterator[Watch]:
    house = a_watched_house()
    line = house.line(LINE).model_copy(update={"test_from": OURS})
    opened = await open_watch(url, house=replace(house, directory=replace(house.directory, lines={LINE: line})))
    yield opened
    await opened.store.close()


async def open_alarms(watch: Watch) -> set[str]:
    def look(tx: Tx) -> set[str]:
        return {row.kind for row in tx.execute(alarms.select().where(alarms.c.closed_at.is_(None)))}

    return await watch.look(look)


async def of_topic(watch: Watch, topic: str) -> Climb:
    found = await watch.look(lambda tx: climbs.open_of(tx, topic))
    assert found is not None
    return found


async def test_a_line_that_is_never_silent_and_is_silent_is_an_alarm_until_somebody_calls(watch: Watch) -> None:
    now = watch.clock.now()

    def three_weeks(tx: Tx) -> None:
        for hour in range(21 * 24):
            for at in (hour * HOUR, hour * HOUR + HOUR // 3):
                new_contact(tx, watch.house, LINE, state="closed", first_arrival=now - 21 * DAY + at)

    await watch.write(three_weeks)
    await watch.write(lambda tx: silence.take_up(tx, watch.house))
    for _ in range(6):
        await watch.pass_by(3600)
    assert "line_silent" in await open_alarms(watch)
    climb = await of_topic(watch, f"line_silent:{LINE}")
    await watch.write(lambda tx: new_contact(tx, watch.house, LINE, first_arrival=tx.now))
    await watch.pass_by(600)
    assert "line_silent" not in await open_alarms(watch)
    assert (await watch.look(lambda tx: climbs.get(tx, climb.id))).ended_how == "mended"


async def test_a_line_that_is_young_or_closed_is_never_oddly_silent(watch: Watch) -> None:
    await watch.write(lambda tx: new_contact(tx, watch.house, LINE, first_arrival=tx.now - DAY))
    await watch.write(lambda tx: silence.take_up(tx, watch.house))
    await watch.pass_by(7 * 24 * 3600)
    assert "line_silent" not in await open_alarms(watch)


async def test_a_test_call_that_arrives_makes_no_contact_and_one_that_does_not_is_an_alarm(watch: Watch) -> None:
    await watch.write(lambda tx: trial_calls.schedule(tx, watch.house, "operator", LINE, "09:00"))
    await watch.pass_by(3600)
    (call,) = await watch.look(calls.all_of)
    assert call.placed_at == watch.clock.now()
    ours = CallArrived("CA1", "116", LINE, Caller(OURS))
    child = CallArrived("CA2", "116", LINE, Caller("+260971234567"))
    assert await watch.write(lambda tx: [trial_calls.has_arrived(tx, watch.house, one) for one in (child, ours)]) == [
        False,
        True,
    ]
    await watch.pass_by(180)
    assert "test_call_lost" not in await open_alarms(watch)
    await watch.pass_by(24 * 3600 - 180)
    await watch.pass_by(180)
    assert "test_call_lost" in await open_alarms(watch)
    assert await of_topic(watch, f"test_call_lost:{LINE}")
    listed = CallListed(
        CallArrived("CA3", "116", LINE, Caller(OURS)), CallState.COMPLETED, watch.clock.now() - 170 * SECOND
    )
    await watch.write(lambda tx: call_missed(tx, watch.house, listed))
    assert "calls_missed" not in await open_alarms(watch), "it came while we were away, and was no child's"
    await watch.write(lambda tx: trial_calls.schedule(tx, watch.house, "operator", LINE, ""))
    assert await watch.look(calls.all_of) == [] and "test_call_lost" not in await open_alarms(watch)


async def test_one_who_calls_with_our_own_number_at_another_time_is_a_caller(watch: Watch) -> None:
    ours = CallArrived("CA1", "116", LINE, Caller(OURS))
    await watch.write(lambda tx: trial_calls.schedule(tx, watch.house, "operator", LINE, "09:00"))
    assert not await watch.write(lambda tx: trial_calls.has_arrived(tx, watch.house, ours))


async def test_a_line_that_has_no_other_number_is_not_called_and_who_asks_is_told(watch: Watch) -> None:
    bare = watch.house.line(LINE).model_copy(update={"test_from": None})
    house = replace(watch.house, directory=replace(watch.house.directory, lines={LINE: bare}))
    with pytest.raises(Invalid) as refused:
        await watch.write(lambda tx: trial_calls.schedule(tx, house, "operator", LINE, "09:00"))
    assert refused.value.code == "test_from_missing"
