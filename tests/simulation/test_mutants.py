"""The rules bite: each planted bug is found within a hundred seeds, and mostly within a few."""

import pytest

from tests.simulation.mutants import MUTANTS, OF_TWO
from tests.simulation.world import run

SEEDS = range(100)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, rules = MUTANTS[name]
    plant(monkeypatch)
    seeds = sorted(SEEDS, key=lambda seed: seed % 2 == 0) if name in OF_TWO else SEEDS
    broken = next((done.broken for done in map(run, seeds) if done.broken is not None), None)
    assert broken is not None, "nobody noticed"
    assert any(rule in broken for rule in rules), broken
