"""What the documentation says is there: diagrams, settings, commands, targets of make, files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel

from config.lines import Line
from config.settings import Settings
from config.sources import variable
from helpline.__main__ import app
from helpline.console.permissions import NAMES, PUBLIC
from helpline.contacts.lifecycle import diagram
from helpline.interpreting import booking_lifecycle
from helpline.referrals import lifecycle as referral_lifecycle
from ivr_scripts.draw import mermaid
from ivr_scripts.loader import SCRIPTS, load_script
from routing.policy import LinePolicy, Stages

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

_CODE = re.compile(r"```\w*\n(.*?)```|^((?: {4}\S[^\n]*\n)+)|`([^`\n]+)`", re.DOTALL | re.MULTILINE)


def code_in(page: Path) -> list[str]:
    """What stands in fences, indented, or in backticks; each line of it."""
    found = ("".join(groups) for groups in _CODE.findall(page.read_text(encoding="utf-8")))
    return [line.strip() for block in found for line in block.splitlines()]


def settings(model: type[BaseModel] = Settings, path: tuple[str, ...] = ()) -> set[str]:
    """Every environment variable that is a setting."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= settings(kind, (*path, name))
        else:
            found.add(variable((*path, name)))
    return found


def first_column(page: str) -> set[str]:
    """What stands in backticks in the first column of a page's tables."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return {name for row in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall("`([^`]+)`", row)}


def test_the_drawn_life_of_a_contact_is_the_table_and_the_drawn_script_is_the_script() -> None:
    script, _ = load_script(SCRIPTS / "children.toml")
    assert script is not None
    lives = {diagram(), booking_lifecycle.diagram(), referral_lifecycle.diagram()}
    drawn = {"stateDiagram-v2": lives, "flowchart TD": {mermaid(script)}}
    seen = set()
    for page in PAGES:
        for block in re.findall(r"```mermaid\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            kind = block.splitlines()[0]
            if kind in drawn:
                seen.add(block)
                assert block in drawn[kind], f"{page.name}: print the {kind} anew"
    assert seen == set().union(*drawn.values())


@each_page
def test_every_setting_that_a_page_names_is_one(page: Path) -> None:
    named = set(re.findall(r"HELPLINE_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8")))
    assert named - {"HELPLINE_CONFIG"} <= settings()


def test_the_page_of_settings_names_all_of_them() -> None:
    text = (ROOT / "docs/configuring.md").read_text(encoding="utf-8")
    keys = (
        set(Line.model_fields) - {"id", "policy"}
        | set(LinePolicy.__dataclass_fields__)
        | set(Stages.__dataclass_fields__)
    )
    assert settings() <= first_column("configuring.md")
    assert not {key for key in keys if f"`{key}`" not in text}
    assert NAMES - {PUBLIC} <= first_column("configuring.md")


@each_page
def test_every_target_of_make_that_a_page_names_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for line in code_in(page) for target in re.findall(r"\bmake ([a-z]+)\b", line)}
    assert named <= targets


@each_page
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    for line in code_in(page):
        for words in re.findall(r"(?:^|bin/|-m )helpline ((?:[a-z]+ ?)+)", line):
            commands: Mapping[str, Any] = typer.main.get_group(app).commands
            for word in words.split():
                if not commands:
                    break
                assert word in commands, f"{page.name}: {line}"
                commands = getattr(commands[word], "commands", {})


@each_page
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text) + re.findall(r'src="(?!https?:)([^"]+)"', text):
        path, _, heading = target.partition("#")
        to = (page.parent / path) if path else page
        assert to.exists(), f"{page.name}: {target}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", to.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-") for title in titles}
