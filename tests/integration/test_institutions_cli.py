"""What an operator does with institutions and interpreters at the command line."""

import json
import re
from pathlib import Path

from tests.integration.test_cli import Terminal
from tests.integration.test_cli import terminal as terminal
from tests.office import INSTITUTIONS, INTERPRETERS


def says(terminal: Terminal, *words: str, given: str = "", fails: bool = False) -> str:
    """What the command prints; it ends well unless it is to fail."""
    answer = terminal.types(*words, stdin=given)
    assert (answer.code != 0) is fails, answer
    return answer.said + answer.complained


def test_institutions_are_proved_loaded_listed_and_given_what_they_ask_with(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "institutions.toml"
    file.write_text(INSTITUTIONS)
    assert "2 would be added, 0 would be changed, 0 the same." in says(
        terminal, "institutions", "load", str(file), "--check"
    )
    assert "None yet" in says(terminal, "institutions", "list"), "it was only proved"
    assert "added: High Court\nadded: Central Prison\n2 added" in says(terminal, "institutions", "load", str(file))
    assert "0 added, 0 changed, 2 the same." in says(terminal, "institutions", "load", str(file))
    listed = json.loads(says(terminal, "institutions", "list", "--json"))
    assert [(one["number"], one["may"], one["has_pin"]) for one in listed] == [
        ("100117", ["request"], False),
        ("100116", ["request", "book"], False),
    ]
    assert re.search(
        r"The PIN of 100116 is \d{6}\. It is not shown again\.", says(terminal, "institutions", "pin", "100116")
    )
    assert says(terminal, "tokens", "new", "100116", "--label", "case system").startswith("hli_")
    assert "[institution_unknown]" in says(terminal, "tokens", "new", "555555", "--label", "x", fails=True)
    added = says(
        terminal,
        "officers",
        "add",
        "banda",
        "--institution",
        "100117",
        "--alias",
        "Banda",
        given="otter kestrel lantern 7\n",
    )
    assert "Added banda." in added
    assert "Changed mulenga." in says(terminal, "officers", "password", "mulenga", given="lantern kestrel otter 7\n")
    assert "The password" in says(terminal, "officers", "password", "mulenga", given="short\n", fails=True)
    assert "Disabled banda." in says(terminal, "officers", "disable", "banda")
    assert "Disabled 100117." in says(terminal, "institutions", "disable", "100117")
    assert "Central Prison  prison  request  disabled" in says(terminal, "institutions", "list")


def test_a_fault_names_file_key_and_remedy_and_nothing_is_written(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "institutions.toml"
    file.write_text(INSTITUTIONS.replace('"prison"', '"castle"'))
    assert f"{file}: institution.1.kind: is none of the possible values" in says(
        terminal, "institutions", "load", str(file), fails=True
    )
    file.write_text(INSTITUTIONS.replace('"+260211000001"', '"reception"'))
    told = says(terminal, "institutions", "load", str(file), fails=True)
    assert f"{file}: institution.0.telephones.0: is no telephone number. Write it as +260211000000." in told
    assert "None yet" in says(terminal, "institutions", "list")


def test_an_interpreter_is_loaded_and_given_a_pin(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "interpreters.toml"
    file.write_text(INTERPRETERS)
    assert "1 added" in says(terminal, "interpreters", "load", str(file))
    assert "1 the same." in says(terminal, "interpreters", "load", str(file))
    assert re.search(r"The number of abeba is \d{5}, the PIN \d{6}\.", says(terminal, "staff", "pin", "abeba"))
    assert "abeba has no PIN now." in says(terminal, "staff", "pin", "abeba", "--remove")
    assert "[worker_unknown]" in says(terminal, "staff", "pin", "nobody", fails=True)
    said = says(
        terminal, "staff", "add", "chama", "--alias", "Chama", "--roles", "coordinator", "--languages", "en",
        given="otter kestrel lantern 7\n",
    )  # fmt: skip
    assert "Added chama" in said
