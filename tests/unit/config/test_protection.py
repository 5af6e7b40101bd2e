"""Concerns and ladders of a deployment: what is wrong is named by file, key and remedy."""

from pathlib import Path

import pytest

from config.directory import OURS, load_directory
from config.faults import ConfigurationError
from ivr_scripts.loader import load_languages

LANGUAGES = load_languages(Path("config/directory/languages.toml"))[0].by_code


def own(folder: Path, name: str, old: str, new: str) -> Path:
    """A deployment whose file differs from ours in one place."""
    text = (OURS / name).read_text(encoding="utf-8")
    assert old in text
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("ladders.toml", 'post = "manager_on_call", how = "voice"', 'post = "nobody", how = "voice"', "no post"),
        ("ladders.toml", "wait_s = 90\n", "", "says not how long it waits"),
        ("ladders.toml", "repeat_s = 120", "repeat_s = 1", "ladder.five_minutes.repeat_s"),
        ("ladders.toml", 'danger_waiting = "danger"', 'danger_waits = "danger"', "starts nothing"),
        ("ladders.toml", 'danger_waiting = "danger"', 'danger_waiting = "stairs"', "is no ladder"),
        ("ladders.toml", 'role = "supervisor", how = "console"', 'role = "queen", how = "console"', "possible values"),
        ("ladders.toml", 'role = "supervisor", how = "console"', 'how = "console"', "exactly one of role"),
        ("ladders.toml", 'role = "supervisor", how = "sms"', 'role = "supervisor", how = "email"', "is not known"),
        ("ladders.toml", "matter waits for you, code {code}.", "matter {name}.", "braces"),
        ("ladders.toml", "wait_s = 210", "wait_s = 2100", "later than acknowledge_s"),
        ("ladders.toml", "[messages.en]", "[messages.sw]", "no English"),
        ("concerns.toml", 'ladder = "five_minutes"', 'ladder = "five"', "is no ladder"),
        ("concerns.toml", "urgency = [{ act_s = 0,", "urgency = [{ imminent = true, act_s = 0,", "what is left"),
        ("concerns.toml", 'told = ["mental_health"]', 'told = ["witch"]', "no kind of service"),
        ("concerns.toml", 'code = "missing"', 'code = "trafficking"', "twice"),
        ("concerns.toml", "private = true", "privat = true", "not a known key"),
        ("concerns.toml", 'ladder = "complaint"', 'ladder = "one_day"', "tells a role"),
        ("danger_words/en.toml", 'review = "reviewed"', 'review = "good"', "review"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_its_remedy(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_directory(LANGUAGES, own(tmp_path, file, old, new))
    faults = raised.value.faults
    assert any(said in str(fault) for fault in faults), faults
    assert all(fault.remedy and fault.key and fault.file.endswith(".toml") for fault in faults)


def test_an_operator_adds_a_rung(tmp_path: Path) -> None:
    rung = '[[ladder.cover.rungs]]\ntell = [{ post = "board", how = "sms" }]\nwait_s = 600\n'
    old = '[[ladder.cover.rungs]]\ntell = [{ post = "manager_on_call", how = "sms" }]\n'
    found = load_directory(LANGUAGES, own(tmp_path, "ladders.toml", old, rung + old))
    assert [rung.tell[0].who for rung in found.ladders.ladder["cover"].rungs] == [
        "role:supervisor",
        "post:board",
        "post:manager_on_call",
    ]


def test_a_list_of_words_in_no_language_of_ours_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "danger_words"
    folder.mkdir()
    (folder / "xx.toml").write_text('review = "draft"\nwords = ["help"]\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no language"):
        load_directory(LANGUAGES, tmp_path)
