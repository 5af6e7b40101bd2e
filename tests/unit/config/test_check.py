"""The whole configuration is read, and everything that would harm a caller is found before one calls."""

import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

from config.directory import OURS
from config.faults import ConfigurationError, Fault
from config.lines import Line
from helpline.check import read_configuration
from helpline.policies import policy_of
from ivr_scripts.loader import PROMPTS, SCRIPTS
from routing.policy import LinePolicy

PRODUCTION = {
    "HELPLINE_MODE": "production",
    "HELPLINE_PUBLIC_URL": "https://helpline.example.org",
    "HELPLINE_KEYS": "q83fA7m2Wc0ZJt1xv9LrS4bNHy6uPkEoTgXiQdVwRaU=",
    "HELPLINE_HASH_KEY": "b7c41d92e0f863a5174bd9ce206fa83e5d1c7b90",
    "HELPLINE_TWILIO__ACCOUNT_SID": "AC5de8b4790a24967c5731ddc3b8df0952",
    "HELPLINE_TWILIO__AUTH_TOKEN": "9f3b61c07ad24e58b1d6f0937ac2e845",
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A deployment's own folder: every file is there, and its line is its own."""
    folder = tmp_path / "directory"
    shutil.copytree(OURS, folder)
    shutil.copytree(SCRIPTS, folder / "scripts")
    shutil.copytree(PROMPTS, folder / "prompts")
    change(folder / "lines.toml", "demonstration = true\n", "")
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def env(tmp_path: Path, own: Path | None = None, /, **more: str) -> dict[str, str]:
    said = {"HELPLINE_DATA_DIR": str(tmp_path / "data")} | more
    return said if own is None else said | {"HELPLINE_DIRECTORY_DIR": str(own)}


def errors(said: dict[str, str]) -> list[Fault]:
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(said, make_keys=False)
    return [fault for fault in refused.value.faults if fault.is_error]


def test_what_is_shipped_has_no_error(tmp_path: Path) -> None:
    read = read_configuration(env(tmp_path), make_keys=False)
    assert list(read.directory.lines) == list(read.policies) == ["children", "institutions"]
    assert read.scripts["children"].language == "en"
    assert all(fault.remedy and fault.file and fault.key for fault in read.warnings)


def test_drafts_are_told_in_a_demonstration_and_stop_a_production_that_does_not_allow_them(
    tmp_path: Path, own: Path
) -> None:
    practised = read_configuration(env(tmp_path, own), make_keys=False)
    assert any(fault.problem == "no native speaker has reviewed these texts" for fault in practised.warnings)
    stopped = errors(env(tmp_path, own, **PRODUCTION))
    assert {fault.key for fault in stopped} <= {"review", "audio"}
    assert all("HELPLINE_ALLOW_DRAFT_PROMPTS" in fault.remedy for fault in stopped)
    allowed = env(tmp_path, own, **PRODUCTION, HELPLINE_ALLOW_DRAFT_PROMPTS="true")
    assert read_configuration(allowed, make_keys=False).settings.allow_draft_prompts


def test_production_is_warned_of_the_demonstrations_line(tmp_path: Path) -> None:
    allowed = read_configuration(env(tmp_path, **PRODUCTION, HELPLINE_ALLOW_DRAFT_PROMPTS="true"), make_keys=False)
    told = [(Path(one.file).name, one.key) for one in allowed.warnings if "invented" in one.problem]
    assert told == [("lines.toml", "line.children"), ("lines.toml", "line.institutions")]


def test_a_line_without_its_script_is_an_error(tmp_path: Path, own: Path) -> None:
    change(own / "lines.toml", 'script = "children"', 'script = "adults"')
    [fault] = errors(env(tmp_path, own))
    assert Path(fault.file).name == "adults.toml"


def test_a_script_that_hangs_up_on_a_silent_child_is_an_error(tmp_path: Path, own: Path) -> None:
    change(own / "scripts" / "children.toml", 'silent = { open = "waiting", closed = "closed" }\n', "")
    [fault] = errors(env(tmp_path, own))
    assert (fault.file, fault.problem) == (str(own / "scripts" / "children.toml"), "no branch for silence")


def test_a_language_on_the_menu_without_its_menu_line_is_an_error(tmp_path: Path, own: Path) -> None:
    (own / "prompts" / "so.toml").unlink()
    assert ("prompts/so.toml", "menu_language") in {(fault.file, fault.key) for fault in errors(env(tmp_path, own))}


def test_a_line_and_its_script_speak_the_same_own_language(tmp_path: Path, own: Path) -> None:
    change(own / "lines.toml", 'own_language = "en"', 'own_language = "fr"')
    [fault] = errors(env(tmp_path, own))
    assert fault.key == "line.children.own_language"


def test_a_permission_that_nothing_asks_for_is_an_error(tmp_path: Path, own: Path) -> None:
    change(own / "permissions.toml", '"institutions.keep", ', '"institutions.kept", ')
    [fault] = errors(env(tmp_path, own))
    assert (fault.key, fault.problem) == ("coordinator", "names what is no permission: institutions.kept")


def test_a_form_that_was_changed_without_a_new_version_is_an_error_and_one_without_a_seal_is_told(
    tmp_path: Path, own: Path
) -> None:
    form = own / "forms" / "contact.toml"
    change(form, 'label = "Nationality"', 'label = "Country of origin"')
    [fault] = errors(env(tmp_path, own))
    assert (fault.file, fault.key) == (str(form), "seal") and "version = 2" in fault.remedy
    change(form, form.read_text().split("version = 1\n")[1].splitlines()[0], "")
    warned = read_configuration(env(tmp_path, own), make_keys=False).warnings
    assert [fault.key for fault in warned if fault.file == str(form)] == ["seal"]


def test_a_form_that_takes_codes_from_no_list_is_an_error(tmp_path: Path, own: Path) -> None:
    change(own / "forms" / "contact.toml", 'list = "how_known"', 'list = "how_come"')
    assert "field.how_known.list" in {fault.key for fault in errors(env(tmp_path, own))}


def test_faults_of_settings_directory_and_scripts_are_told_together(tmp_path: Path, own: Path) -> None:
    change(own / "lines.toml", "offer_s = 20.0", "offer_s = 0")
    change(own / "scripts" / "children.toml", 'title = "', 'titel = "')
    told = errors(env(tmp_path, own, HELPLINE_HOST="0.0.0.0"))
    # The settings cannot be used, so the rest is read as the demonstration ships it; mended, the others are told.
    assert "HELPLINE_HOST" in {fault.key for fault in told}
    rest = errors(env(tmp_path, own))
    assert {"line.children.policy.offer_s", "titel"} <= {fault.key for fault in rest}


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ({"offer_s": 0}, "offer_s"),
        ({"offer": 20}, "offer"),
        ({"targets_s": 60}, "targets_s"),
        ({"targets_s": {"normal": 0}}, "targets_s.normal"),
        ({"default_priority": "high"}, "default_priority"),
        ({"default_priority": 1}, "default_priority"),
        ({"scarcity": "yes"}, "scarcity"),
        ({"scarcity_factor": 0.5}, "scarcity_factor"),
        ({"stages": 3}, "stages"),
        ({"stages": {"basic": 3}}, "stages.basic"),
        ({"stages": {"basic_after_s": "soon"}}, "stages.basic_after_s"),
        ({"stages": {"basic_after_s": 5}, "danger_stages": {"basic_after_s": 9}}, "danger_stages.basic_after_s"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_named_by_its_key(policy: dict[str, object], key: str) -> None:
    _, found = policy_of(_line(policy), "lines.toml")
    assert found
    assert found[0].key == f"line.children.policy.{key}"
    assert found[0].remedy


def test_what_a_policy_leaves_out_has_its_default() -> None:
    policy, found = policy_of(_line({"offer_s": 15, "stages": {"basic_after_s": 10}}), "lines.toml")
    assert not found
    alone = policy_of(_line({}), "lines.toml")[0]
    assert policy == replace(alone, offer_s=15, stages=replace(alone.stages, basic_after_s=10))


def test_the_shipped_line_names_every_number_of_its_policy(tmp_path: Path) -> None:
    shipped = read_configuration(env(tmp_path), make_keys=False).directory.lines["children"].policy
    assert set(shipped) == {field.name for field in fields(LinePolicy)}


def _line(policy: dict[str, object]) -> Line:
    return Line.model_validate(
        {
            "id": "children",
            "name": "116",
            "addresses": ["116"],
            "caller_id": "116",
            "fallback_number": "117",
            "script": "children",
            "own_language": "en",
            "menu": ["en"],
            "timezone": "UTC",
            "policy": policy,
        }
    )
