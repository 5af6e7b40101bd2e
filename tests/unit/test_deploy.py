"""What stands in deploy/ fits the code: settings are settings, commands are commands, files are there.

There is no container engine on the machines that test this: images are not built here, and no unit is started.
"""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer.main
import yaml

from config.settings import Settings
from helpline.__main__ import app
from tests.unit.test_docs import settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMMANDS = set(typer.main.get_group(app).commands)
OUTSIDE = {"HELPLINE_CONFIG"}
UNITS = sorted(DEPLOY.glob("*.service"))


def names_in(text: str) -> set[str]:
    return set(re.findall(r"HELPLINE_[A-Z_]*[A-Z]", text))


def example() -> dict[str, str]:
    """The settings of the example, by name."""
    lines = (DEPLOY / "helpline.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


@pytest.mark.parametrize("file", sorted(DEPLOY.iterdir()), ids=lambda file: file.name)
def test_every_setting_that_is_named_is_one(file: Path) -> None:
    assert names_in(file.read_text()) - OUTSIDE <= settings()


def test_the_compose_file_starts_two_processes_that_can_reach_their_servers(compose: dict[str, Any]) -> None:
    services = compose["services"]
    ours = {name: one for name, one in services.items() if name.startswith("helpline-")}
    assert set(ours) == {"helpline-1", "helpline-2"}
    given = example()
    kept = {"database_url": given["HELPLINE_DATABASE_URL"], "redis_url": given["HELPLINE_REDIS_URL"]}
    Settings(**kept)  # type: ignore[arg-type]  # the drivers are ours
    assert {urlsplit(url).hostname for url in kept.values()} <= set(services)
    for one in ours.values():
        assert one["env_file"] == "helpline.env"
        assert set(one["depends_on"]) == {"postgres", "valkey"}
        assert all("healthcheck" in services[server] for server in one["depends_on"])
        assert int(one["stop_grace_period"].removesuffix("s")) > 30 + float(given["HELPLINE_DRAIN_S"])
        (folder,) = (volume.split(":")[1] for volume in one["volumes"])
        assert given["HELPLINE_DIRECTORY_DIR"] == folder
    for name, one in services.items():
        assert set(one["networks"]) <= set(compose["networks"]), name
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).exists() or source == "./directory", source
    assert compose["networks"]["inside"]["internal"], "neither server is reached from outside"
    assert all(port.startswith("127.0.0.1:") for one in services.values() for port in one.get("ports", ()))


def test_the_balancer_knows_every_process_and_asks_whether_it_is_ready(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "haproxy.cfg").read_text()
    assert set(re.findall(r"^\s+server (\S+)", text, re.MULTILINE)) == {
        name for name in compose["services"] if name.startswith("helpline-")
    }
    assert "httpchk GET /readyz" in text


def test_the_example_of_settings_holds_no_secret() -> None:
    given = example()
    assert set(given) <= settings()
    assert not any(given[name] for name in given if re.search("KEY|TOKEN|SID", name))
    assert "PASSWORD@" in given["HELPLINE_DATABASE_URL"]


def test_what_is_secret_is_kept_out_of_the_history_and_the_image() -> None:
    secret = {"helpline.env", "postgres.password"}
    assert secret <= set((DEPLOY / ".gitignore").read_text().split())
    assert {f"deploy/{name}" for name in secret} <= set((DEPLOY / "Dockerfile.dockerignore").read_text().split())


def test_the_image_is_made_of_what_is_there_and_starts_what_is_a_command() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for source in line.split():
            assert (ROOT / source).exists(), source
    (command,) = re.findall(r'^CMD \["(\w+)"\]$', text, re.MULTILINE)
    assert command in COMMANDS
    assert "USER helpline" in text and "STOPSIGNAL SIGTERM" in text


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_starts_a_command_of_ours_and_keeps_to_itself(file: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes="#")
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read_string(file.read_text())
    service = unit["Service"]
    (command,) = re.findall(r"-m helpline (\w+)", service["ExecStart"])
    assert command in COMMANDS
    assert service["User"] == "helpline" and service["UMask"] == "0077"
    assert service["ProtectSystem"] == "strict" and service["NoNewPrivileges"] == "true"
    if command == "serve":
        assert int(service["TimeoutStopSec"]) > 30 + 60, (
            "longer than the longest HELPLINE_DRAIN_S and two rounds of ten"
        )


def test_systemd_understands_the_units() -> None:
    """Where there is a systemd; that the program is not at its place on this machine is no fault."""
    if shutil.which("systemd-analyze") is None:
        return
    for file in UNITS:
        seen = subprocess.run(
            ["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False, timeout=30
        )
        wrong = [line for line in seen.stderr.splitlines() if line and "is not executable" not in line]
        assert [line for line in wrong if file.name.split("@")[0] in line] == []


def test_the_unit_and_the_page_that_leads_to_it_say_the_same() -> None:
    unit = (DEPLOY / "helpline.service").read_text()
    page = (ROOT / "docs" / "operating.md").read_text()
    assert "deploy/helpline.service" in page
    for path in ("/opt/helpline/app", "/etc/helpline/secrets.env"):
        assert path in unit and path in page
