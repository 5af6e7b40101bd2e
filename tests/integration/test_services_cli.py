"""What an operator does with services at the command line, from the page that tells of it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from tests.integration.test_cli import Terminal
from tests.integration.test_cli import terminal as terminal
from tests.integration.test_institutions_cli import says

DOCS = Path(__file__).parents[2] / "docs"
TODAY = datetime.now(UTC).date()
WAYS = """\
    { channel = "webhook", to = "https://hooks.kafue.example/in", settings = { account = "kafue" } },
    { channel = "primero", to = "https://primero.example" },
"""


def test_the_entry_of_the_docs_is_loaded_changed_and_what_the_settings_do_not_allow_is_named(
    terminal: Terminal, tmp_path: Path
) -> None:
    written = re.search(r"```toml\n(\[\[service\]\].*?)```", (DOCS / "referrals.md").read_text(), re.DOTALL)
    assert written
    file = tmp_path / "my_services.toml"
    file.write_text(re.sub(r"verified_on = [\d-]+", f"verified_on = {TODAY}", written[1]))
    first = terminal.types("services", "load", str(file))
    assert (first.code, first.said) == (0, "1 added, 0 changed, 0 as they were.\n")
    assert first.complained == (
        "kafue_welfare: way 1 (email) is an email address, and no mail server is set up: set HELPLINE_SMTP__HOST.\n"
    )
    assert "0 added, 0 changed, 1 as they were." in says(terminal, "services", "load", str(file))
    assert "kafue_welfare  Kafue District Welfare  [social_welfare; open;" in says(terminal, "services", "list")
    file.write_text(file.read_text().replace("contacts = [\n", "contacts = [\n" + WAYS))
    named = says(terminal, "services", "load", str(file))
    assert "0 added, 1 changed" in named
    assert "kafue_welfare: way 1 (webhook) is at a place that may not be sent to" in named
    assert "kafue_welfare: way 2 (primero) is a Primero, and none is set up" in named
    assert "hooks.kafue" not in named
    assert "kafue_welfare: way 1 (webhook)" in says(terminal, "services", "check", fails=True)
    file.write_text(file.read_text().replace('"social_welfare"', '"castle"').replace(f"{TODAY}", "2020-01-01"))
    assert "service.kafue_welfare.kind: is no kind of service" in says(
        terminal, "services", "load", str(file), fails=True
    )
    file.write_text(file.read_text().replace('"castle"', '"social_welfare"'))
    says(terminal, "services", "load", str(file))
    assert "kafue_welfare: was verified on 2020-01-01. Call it" in says(terminal, "services", "check", fails=True)
    assert json.loads(says(terminal, "services", "list", "--json"))[0]["stale"] is True
