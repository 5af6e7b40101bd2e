"""Somebody sets the machine's clock two hours forward or back in the middle of everything."""

import pytest

from helpline.clock import HOUR, SECOND, SystemClock
from helpline.store import retention
from tests.village import MONDAY_0800, HandClock, Village, a_house, open_village


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
