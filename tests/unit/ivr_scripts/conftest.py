"""The line for children as it is delivered."""

from pathlib import Path

import pytest

from ivr_scripts.loader import SCRIPTS, SpokenLine, load_line
from tests.unit.ivr_scripts.child_on_the_phone import Child

LANGUAGES = Path(__file__).parents[3] / "config" / "directory" / "languages.toml"


@pytest.fixture(scope="session")
def line() -> SpokenLine:
    loaded, faults = load_line(SCRIPTS / "children.toml", LANGUAGES)
    assert loaded is not None
    assert [fault for fault in faults if fault.severity == "error"] == []
    return loaded


@pytest.fixture
def child(line: SpokenLine) -> Child:
    return Child(line.script)


@pytest.fixture(scope="session")
def languages_file() -> Path:
    return LANGUAGES
