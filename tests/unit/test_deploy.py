"""What stands in deploy/ names what there is. No container engine is needed, and none was asked: see docs/operating.md."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


def test_the_compose_file_has_two_of_us_a_database_and_a_store_of_hints() -> None:
    services = compose()["services"]
    assert set(services) == {"helpline-1", "helpline-2", "postgres", "valkey"}
    for name in ("helpline-1", "helpline-2"):
        assert services[name]["env_file"] == "helpline.env"
        assert all(port.startswith("127.0.0.1:") for port in services[name]["ports"]), "a proxy stands in front"
    used = {volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", ())}
    assert used == set(compose()["volumes"])


@pytest.mark.parametrize("file", ["helpline.env.example", "Dockerfile"])
def test_every_setting_that_is_named_is_one(file: str) -> None:
    named = set(re.findall(r"\bHELPLINE_([A-Z_]+)=", (DEPLOY / file).read_text(encoding="utf-8")))
    assert named
    for name in named:
        field: Any = Settings
        for part in name.lower().split("__"):
            assert part in field.model_fields, f"{file}: HELPLINE_{name}"
            field = field.model_fields[part].annotation


def test_the_container_copies_what_is_there_and_starts_what_there_is() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for name in source.split():
            assert (DEPLOY.parent / name).exists(), name
    assert '"python", "-m", "helpline", "serve"' in text and "USER helpline" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_systemd_can_read_the_unit() -> None:
    ran = subprocess.run(["systemd-analyze", "verify", str(DEPLOY / "helpline.service")], capture_output=True, text=True)
    faults = [line for line in ran.stderr.splitlines() if "is not executable" not in line and "not found" not in line]
    assert not faults, faults


def test_the_unit_and_the_page_that_leads_to_it_say_the_same() -> None:
    unit = (DEPLOY / "helpline.service").read_text(encoding="utf-8")
    page = (DEPLOY.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    assert "deploy/helpline.service" in page
    for path in ("/opt/helpline/app", "/etc/helpline/secrets.env"):
        assert path in unit and path in page
