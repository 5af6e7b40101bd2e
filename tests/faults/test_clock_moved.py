"""Somebody sets the machine's clock two hours forward or back in the middle of everything."""

import pytest

from helpline.clock import HOUR, SECOND, SystemClock
from helpline.protection import watching
from helpline.store import retention
from tests.village import MONDAY_0800, HandClock, Village, a_house, open_village
from tests.watch import open_watch


class TurnedClock(HandClock):
    """The helpline's own clock over the clocks of a machine that a test moves."""

    def __init__(self, wall: int) -> None:
        super().__init__(wall)
        self.wall, self.steady = wall, 0
        self.system = SystemClock(wall=lambda: self.wall, steady=lambda: self.steady)

    def now(self) -> int:
        return self.system.now()

    def pass_by(self, seconds: float) -> None:
        self.wall += int(seconds * SECOND)
        self.steady += int(seconds * SECOND)


async def offered(village: Village) -> str:
    worker = await village.on_duty("amina", ("en", "fluent"))
    await village.calls_in(["1"])
    await village.dispatcher.step()
    assert (await village.contact()).state == "offered"
    return worker


@pytest.mark.parametrize("hours", [2, -2])
async def test_an_offer_ends_when_its_time_is_over_and_not_before_or_after(url: str, hours: int) -> None:
    clock = TurnedClock(MONDAY_0800)
    village = await open_village(url, clock=clock)
    await offered(village)
    clock.wall += hours * HOUR
    assert clock.system.drift() == hours * HOUR
    clock.pass_by(19)
    assert await village.timers.step() == 0
    assert (await village.contact()).state == "offered"
    clock.pass_by(2)
    await village.timers.step()
    assert (await village.contact()).state == "waiting"
    await village.store.close()


async def test_a_restart_with_the_clock_set_back_waits_no_two_hours(url: str) -> None:
    clock = TurnedClock(MONDAY_0800)
    village = await open_village(url, clock=clock)
    await offered(village)
    await village.store.ready()  # as each of its health checks does
    await village.store.close()

    later = TurnedClock(MONDAY_0800 - 2 * HOUR)
    second = await open_village(url, seed=2, clock=later, house=a_house())
    later.system.not_before(await second.store.read(retention.latest_beat))
    assert await second.timers.step() == 0
    later.pass_by(21)
    await second.timers.step()
    assert (await second.contact()).state == "waiting"
    await second.store.close()


@pytest.mark.parametrize("hours", [2, -2])
async def test_a_ladder_is_climbed_rung_by_rung_whatever_the_clock_does_to_it(url: str, hours: int) -> None:
    clock = TurnedClock(MONDAY_0800)
    night = await open_watch(url, clock=clock)
    mary = await night.hire("mary")
    await night.hire("grace", "supervisor")
    await night.holds_post("manager_on_call")
    concern = await night.flags(mary, "suicide_attempt", await night.conversation(mary))
    clock.wall += hours * HOUR
    await night.pass_by(89)
    assert (await night.climb(concern)).rung == 0
    await night.pass_by(2)
    assert (await night.climb(concern)).rung == 1, "in time, neither at once nor two hours later"
    await night.store.ready()  # as each of its health checks does
    await night.store.close()

    again = TurnedClock(clock.wall)
    next_day = await open_watch(url, seed=2, clock=again)
    again.system.not_before(await next_day.look(retention.latest_beat))
    await next_day.write(lambda tx: watching.take_up(tx, next_day.house))
    await next_day.timers.step()
    assert (await next_day.climb(concern)).rung <= 2, "a process that begins two hours later takes one step"
    await next_day.pass_by(211)
    climb = await next_day.climb(concern)
    assert (climb.rung, climb.ended_at) == (2, None)
    told = [(page.rung, page.round) for page in await next_day.pages(climb)]
    assert sorted(set(told)) == [(rung, 0) for rung in range(3)] + [(2, one) for one in range(1, climb.round + 1)]
    await next_day.store.close()
