"""What is looked after in the background: a clock that jumps, lines that nobody answers, what is no longer kept."""

from typing import Any

import sqlalchemy as sa

from helpline.alarms import close_alarm, take_alarm
from helpline.clock import DAY, HOUR, SECOND
from helpline.keeping import Keeper
from helpline.metrics import Metrics
from helpline.protection import acknowledging
from helpline.staff import duty
from helpline.store import alarms as alarm_rows
from helpline.store import callers, climbs, floor_view, sign_ins
from helpline.store.climbs import Climb
from helpline.store.db import Tx
from helpline.store.tables import alarms
from helpline.store.tables import callers as callers_table
from helpline.store.tables import climbs as climbs_table
from helpline.store.tables import contacts as contacts_table
from helpline.store.tables import sign_ins as sign_ins_table
from tests.village import MONDAY_0800, HandClock, Village, a_house, open_village
from webhooks.events import CallState


class WallClock(HandClock):
    """A clock with a wall behind it, that somebody may turn."""

    def __init__(self) -> None:
        super().__init__(MONDAY_0800)
        self.ahead = 0

    def drift(self) -> int:
        return self.ahead


open_now = alarms.c.closed_at.is_(None)


def a_keeper(village: Village, metrics: Metrics | None = None) -> Keeper:
    assert isinstance(village.clock, WallClock)
    return Keeper(village.store, village.house, village.clock, metrics or Metrics(), lambda: 3)  # type: ignore[arg-type]


async def a_village(**line: Any) -> Village:
    return await open_village(clock=WallClock(), house=a_house(**{"menu": ("en",), **line}))


async def open_alarms(village: Village) -> list[str]:
    def look(tx: Tx) -> list[str]:
        rows = tx.execute(sa.select(alarms.c.kind).where(alarms.c.closed_at.is_(None)).order_by(alarms.c.raised_at))
        return [kind for (kind,) in rows]

    return await village.store.read(look)


async def climbs_of(village: Village) -> list[Climb]:
    def look(tx: Tx) -> list[Climb]:
        ids = tx.execute(sa.select(climbs_table.c.id).order_by(climbs_table.c.id)).all()
        return [climbs.get(tx, id) for (id,) in ids]

    return await village.store.read(look)


async def closes(village: Village, topic: str) -> None:
    """A supervisor has seen to it."""
    await village.store.write(lambda tx: alarm_rows.close_topic(tx, topic))


async def test_a_jump_of_the_clock_is_told_once_and_the_way_back_not_at_all() -> None:
    village = await a_village()
    keeper, clock = a_keeper(village), village.clock
    await village.on_duty("amina", ("en", "fluent"))
    assert isinstance(clock, WallClock)

    clock.ahead = HOUR
    await keeper.step()
    assert await open_alarms(village) == ["clock_jumped"]
    await closes(village, "clock_jumped")
    await keeper.step()
    assert await open_alarms(village) == [], "it is still as far ahead, which is known"

    clock.ahead = 2 * HOUR
    await keeper.step()
    assert await open_alarms(village) == ["clock_jumped"], "it has jumped again"
    await closes(village, "clock_jumped")
    clock.ahead = SECOND
    await keeper.step()
    assert await open_alarms(village) == [], "somebody has set it right"


async def test_a_shift_that_never_began_is_an_alarm_until_somebody_comes() -> None:
    village = await a_village()
    keeper = a_keeper(village)
    await keeper.step()
    assert await open_alarms(village) == ["line_uncovered"]
    await village.on_duty("bwalya", ("en", "fluent"), capacity_voice=0)
    assert "line_uncovered" in await open_alarms(village), "who takes no calls does not answer one"
    worker = await village.on_duty("amina", ("en", "fluent"))
    assert await open_alarms(village) == []

    await village.store.write(lambda tx: duty.go_off_duty(tx, village.house, worker))
    await closes(village, "line:children")
    village.clock.pass_by(61)
    await keeper.step()
    assert "line_uncovered" in await open_alarms(village), "it was closed, and there is still nobody"


async def test_nobody_is_missed_while_the_line_is_closed() -> None:
    village = await a_village(hours={"mon": ("09:00-17:00",)})
    keeper = a_keeper(village)
    await keeper.step()
    assert await open_alarms(village) == [], "it is eight in the morning"
    village.clock.pass_by(HOUR / SECOND)
    await keeper.step()
    assert await open_alarms(village) == ["line_uncovered"]
    village.clock.pass_by(9 * HOUR / SECOND)
    await keeper.step()
    assert await open_alarms(village) == [], "it is six, and nobody need come any more"


async def test_a_language_with_nobody_is_missed_when_the_line_opens_and_climbed_for_once() -> None:
    village = await a_village(hours={"mon": ("09:00-17:00",)}, menu=("en", "so", "ti"))
    keeper = a_keeper(village)
    await village.on_duty("amina", ("en", "fluent"))
    boss = await village.hire("grace", roles="supervisor")
    await village.store.write(lambda tx: duty.go_on_duty(tx, village.house, boss))
    await keeper.step()
    assert await open_alarms(village) == [], "it is eight in the morning"
    village.clock.pass_by(HOUR / SECOND + 2)
    await keeper.step()
    assert await open_alarms(village) == ["language_uncovered"] * 2
    (climb,) = await climbs_of(village)
    await keeper.step()
    await village.on_duty("selam", ("ti", "fluent"), ("en", "fluent"), roles="interpreter")
    assert await open_alarms(village) == ["language_uncovered"], "one who interprets serves a child with a counsellor"
    alarm = await village.store.read(lambda tx: str(tx.execute(sa.select(alarms.c.id).where(open_now)).scalar()))
    await village.store.write(lambda tx: take_alarm(tx, alarm, boss))
    assert (await climbs_of(village))[0].ended_by == boss
    village.clock.pass_by(600)
    await keeper.step()
    assert [one.id for one in await climbs_of(village)] == [climb.id], "it is known, and told no more"
    await village.on_duty("yusuf", ("so", "fluent"), ("en", "basic"))
    assert await open_alarms(village) == []


async def test_whoever_answers_for_one_missing_language_has_heard_of_all() -> None:
    village = await a_village(menu=("en", "so", "ti"))
    boss = await village.hire("grace", roles="supervisor")
    amina = await village.on_duty("amina", ("en", "fluent"), ("so", "fluent"), ("ti", "fluent"))
    other = await village.on_duty("bwalya", ("en", "fluent"))
    await village.store.write(lambda tx: duty.go_off_duty(tx, village.house, amina))
    (climb,) = await climbs_of(village)
    await village.store.write(lambda tx: acknowledging.by_worker(tx, climb.id, boss))
    taken = await village.store.read(lambda tx: tx.execute(sa.select(alarms.c.taken_by).where(open_now)).all())
    assert [row[0] for row in taken] == [boss, boss]
    (card,) = await village.store.read(floor_view.open_alarms)
    assert card.languages == ("so", "ti"), "on the board it is one matter"
    await village.store.write(lambda tx: close_alarm(tx, village.house, card.alarm_id, boss, "Yusuf is on the way."))
    assert await open_alarms(village) == [], "and so is what was done"
    await village.store.write(lambda tx: duty.go_off_duty(tx, village.house, other))
    assert await open_alarms(village) == ["line_uncovered"]
    await village.store.write(lambda tx: duty.go_on_duty(tx, village.house, amina))
    assert await open_alarms(village) == []
    assert [one.ended_how for one in await climbs_of(village)] == ["console", "mended"]


async def test_numbers_and_sessions_are_forgotten_when_their_time_is_over() -> None:
    village = await a_village(keep_days=30)
    keeper = a_keeper(village)
    worker = await village.hire("amina", ("en", "fluent"))
    await village.store.write(lambda tx: callers.remember(tx, "an old number", "so"))
    await village.store.write(lambda tx: sign_ins.add_sign_in(tx, "a token", worker, "csrf", tx.now + HOUR))
    village.clock.pass_by(29 * DAY / SECOND)
    await village.store.write(lambda tx: callers.remember(tx, "a newer number", "am"))
    await keeper.step()
    assert await _count(village, callers_table) == 2
    assert await _count(village, sign_ins_table) == 0
    village.clock.pass_by(2 * DAY / SECOND)
    await keeper.step()
    assert await village.store.read(lambda tx: callers.language(tx, "an old number")) is None
    assert await village.store.read(lambda tx: callers.language(tx, "a newer number")) == "am"


async def test_a_contact_is_kept_until_its_calls_are_deleted_at_the_carrier_too() -> None:
    village = await a_village(keep_days=1)
    keeper = a_keeper(village)
    child = await village.calls_in(["1"])
    village.carrier.end(child, CallState.COMPLETED)
    await village.settle()
    village.clock.pass_by(47 * HOUR / SECOND)
    await village.settle()
    await keeper.step()
    assert ("delete_call", child.id) not in village.carrier.orders
    assert await _count(village, contacts_table) == 1, "its day is over, and the carrier still has the call"

    village.clock.pass_by(2 * HOUR / SECOND)
    await village.settle()
    assert ("delete_call", child.id) in village.carrier.orders
    await keeper.step()
    assert await _count(village, contacts_table) == 0


async def _count(village: Village, table: sa.Table) -> int:
    def look(tx: Tx) -> int:
        return int(tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

    return await village.store.read(look)


async def test_offers_and_waits_are_counted_as_they_ended() -> None:
    village = await a_village()
    metrics = Metrics()
    keeper = a_keeper(village, metrics)
    await keeper.step()
    worker = await village.on_duty("amina", ("en", "fluent"))

    child = await village.calls_in(["1"])
    village.clock.pass_by(5)
    await village.dispatcher.step()
    village.clock.pass_by(21)
    await village.timers.step()  # she lets it ring
    await village.store.write(lambda tx: duty.come_back(tx, village.house, worker))
    await village.dispatcher.step()
    await village.accepts(worker)
    await village.send()
    phone = await village.ringing()
    village.carrier.pick_up(phone)
    await village.post_everything()
    await village.presses(phone, "1")
    await village.settle()
    assert (await village.contact()).state == "connected"
    village.carrier.end(child, CallState.COMPLETED)
    await village.settle()

    await keeper.step()
    await keeper.step()  # nothing is counted twice
    told = metrics.registry.get_sample_value
    assert told("helpline_offers_total", {"result": "expired"}) == 1
    assert told("helpline_offers_total", {"result": "accepted"}) == 1
    assert told("helpline_offers_total", {"result": "lost"}) is None
    wait = {"line": "children", "language": "en"}
    assert told("helpline_queue_wait_seconds_count", wait) == 1
    assert 26 <= (told("helpline_queue_wait_seconds_sum", wait) or 0) < 40
    assert told("helpline_pages_watching") == 3


async def test_an_offer_whose_child_has_left_is_lost() -> None:
    village = await a_village()
    metrics = Metrics()
    keeper = a_keeper(village, metrics)
    await keeper.step()
    await village.on_duty("amina", ("en", "fluent"))
    child = await village.calls_in(["1"])
    await village.dispatcher.step()
    village.carrier.end(child, CallState.COMPLETED)
    await village.post_everything()
    await keeper.step()
    assert metrics.registry.get_sample_value("helpline_offers_total", {"result": "lost"}) == 1
