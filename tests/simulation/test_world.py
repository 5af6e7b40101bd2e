"""The simulated world itself: the same seed is the same run, and what cannot be simulated is refused."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Coroutine
from typing import Any

import pytest

from helpline.clock import SECOND
from helpline.simulation.loop import NothingLeft, Process, Refused, SimulatedLoop
from tests.simulation.world import World, run


def in_the_world(work: Coroutine[Any, Any, Any], seed: int = 1) -> SimulatedLoop:
    loop = SimulatedLoop(random.Random(seed))
    try:
        loop.run_until_complete(work)
    finally:
        loop.bury()
        loop.close()
    return loop


def test_the_same_seed_is_the_same_run() -> None:
    first, second, other = (run(seed, lives_s=20) for seed in (11, 11, 13))
    assert first.digest == second.digest and first.steps == second.steps
    assert first.digest != other.digest


def test_the_same_seed_is_the_same_run_in_every_process() -> None:
    """What Python draws anew for each process, such as the order of a set of texts, decides nothing."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seeds", "1", "--start", "15"],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert told.startswith(f"seed 15: {run(15).digest}, "), told


def test_a_night_takes_no_time() -> None:
    async def sleeps() -> float:
        await asyncio.sleep(8 * 3600)
        return asyncio.get_running_loop().time()

    loop = SimulatedLoop(random.Random(1))
    assert loop.run_until_complete(sleeps()) == pytest.approx(8 * 3600)
    loop.close()


def test_the_seed_decides_who_goes_first() -> None:
    def order(seed: int) -> str:
        said: list[str] = []

        async def says(letter: str) -> None:
            said.append(letter)

        async def all_say() -> None:
            await asyncio.gather(*map(says, "abcdef"))

        in_the_world(all_say(), seed)
        return "".join(said)

    assert order(1) == order(1)
    assert len({order(seed) for seed in range(20)}) > 10


def test_what_is_killed_never_goes_on_and_cleans_nothing_up() -> None:
    said: list[str] = []

    async def lives() -> None:
        try:
            await asyncio.sleep(2)
            said.append("lives")
        finally:
            said.append("cleans up")

    async def world() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        process = Process("server")
        loop.start(process, lives())
        await asyncio.sleep(1)
        loop.kill(process)
        await asyncio.sleep(10)
        assert said == []

    in_the_world(world())


def test_what_is_frozen_goes_on_when_it_is_thawed() -> None:
    at: list[float] = []

    async def lives() -> None:
        await asyncio.sleep(2)
        at.append(asyncio.get_running_loop().time())

    async def world() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        process = Process("server")
        loop.start(process, lives())
        await asyncio.sleep(1)
        loop.freeze(process)
        await asyncio.sleep(5)
        loop.thaw(process)
        await asyncio.sleep(1)

    in_the_world(world())
    assert at == [pytest.approx(6, abs=0.1)]


async def _uses_a_thread() -> None:
    await asyncio.to_thread(print)


async def _opens_a_socket() -> None:
    await asyncio.open_connection("127.0.0.1", 9)


async def _waits_for_ever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("work", [_uses_a_thread, _opens_a_socket])
def test_what_cannot_be_simulated_is_refused(work: Any) -> None:
    with pytest.raises((Refused, NotImplementedError)):
        in_the_world(work())


def test_a_world_in_which_nothing_can_happen_any_more_says_so() -> None:
    loop = SimulatedLoop(random.Random(1))
    with pytest.raises(NothingLeft):
        loop.run_until_complete(_waits_for_ever())
    loop.bury()
    loop.close()


def test_a_wall_clock_that_is_set_back_before_a_start_moves_no_deadline() -> None:
    """The next process goes on from the latest time that the database has seen."""
    world = World(0)
    found: list[int] = []

    async def looks() -> None:
        await asyncio.sleep(20)
        world.wall_is_off = -7200 * SECOND
        for server in list(world.servers):
            world.dies(server.process)
        await asyncio.sleep(10)
        found.extend(server.store.clock.now() - world.true_clock.now() for server in world.servers)

    world.spawn(looks())
    assert world.run().broken is None
    assert found and all(abs(one) < 15 * SECOND for one in found)
