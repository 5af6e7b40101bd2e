"""How many rounds each fault is tried: a short round in `make test`, as many as `make faults ROUNDS=...` says."""

import os
import random
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def rounds() -> int:
    """Times that what happens at a random moment is tried."""
    return int(os.environ.get("HELPLINE_TESTS_ROUNDS", "1"))


@pytest.fixture
def chance(seed: int) -> random.Random:
    return random.Random(seed)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either engine."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite+aiosqlite:///{tmp_path}/helpline.db"
