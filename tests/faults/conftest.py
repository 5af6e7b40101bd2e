"""How many rounds each fault is tried: a short round in `make test`, as many as `make faults ROUNDS=...` says."""

import os
import random

import pytest


@pytest.fixture(scope="session")
def rounds() -> int:
    """Times that what happens at a random moment is tried."""
    return int(os.environ.get("HELPLINE_TESTS_ROUNDS", "2"))


@pytest.fixture
def chance(seed: int) -> random.Random:
    return random.Random(seed)
