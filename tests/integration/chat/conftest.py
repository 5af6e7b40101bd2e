"""A town for a child's page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.town import Town, town


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as found:
        yield found
