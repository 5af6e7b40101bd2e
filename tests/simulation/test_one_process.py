"""Fifty runs of a helpline that one process serves, as it does on SQLite; each from a seed of its own."""

import pytest

from tests.simulation.world import run


@pytest.mark.parametrize("seed", range(0, 100, 2))
def test_the_rules_hold_in_every_weather(seed: int) -> None:
    done = run(seed)
    assert done.broken is None, done.told()
