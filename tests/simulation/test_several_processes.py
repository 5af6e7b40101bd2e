"""Fifty runs of a helpline that two or three processes serve together, as they do on PostgreSQL."""

import pytest

from tests.simulation.world import run


@pytest.mark.parametrize("seed", range(1, 100, 2))
def test_the_rules_hold_in_every_weather(seed: int) -> None:
    done = run(seed)
    assert done.broken is None, done.told()
