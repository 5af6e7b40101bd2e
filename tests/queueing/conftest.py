from pathlib import Path

import pytest

from tests.queueing.days import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "day.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written
