"""The check: what an operator wrote wrongly is found, with file, key and remedy."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr_scripts.languages import Languages
from ivr_scripts.loader import (
    PROMPTS,
    SCRIPTS,
    Fault,
    SpokenLine,
    load_languages,
    load_line,
    load_prompts,
    load_script,
    prove,
    prove_prompts,
)
from ivr_scripts.schema import Script
from ivr_scripts.wording import PromptFile, Prompts

Change = Callable[[dict[str, Any]], None]


def changed(change: Change) -> Script:
    """The line for children after an operator's change."""
    data = tomllib.loads((SCRIPTS / "children.toml").read_text(encoding="utf-8"))
    change(data)
    return Script.model_validate(data)


def errors(faults: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.code, fault.key) for fault in faults if fault.severity == "error"]


def put(*path: str, to: Any) -> Change:
    def change(data: dict[str, Any]) -> None:
        at = data
        for part in path[:-1]:
            at = at[part]
        if to is None:
            del at[path[-1]]
        else:
            at[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (put("node", "languages", "silent", to=None), ("missing_branch", "node.languages.silent")),
        (put("node", "closed", "wrong", to=None), ("missing_branch", "node.closed.wrong")),
        (put("node", "callback", "silent", to=None), ("missing_branch", "node.callback.silent")),
        (put("node", "message", "empty", to=None), ("missing_branch", "node.message.empty")),
        (put("node", "closed", "silent", to="nowhere"), ("no_such_node", "node.closed.silent")),
        (put("node", "closed", "keys", "1", "to", to="nowhere"), ("no_such_node", "node.closed.keys.1.to")),
        (
            put("node", "waiting", "other_language", "to", to="nowhere"),
            ("no_such_node", "node.waiting.other_language.to"),
        ),
        (put("start", to="nowhere"), ("no_such_node", "start")),
        (put("node", "closed", "silent", to="still_here"), ("hangs_up", "node.closed.silent")),
        (put("node", "languages", "wrong", to="still_here"), ("hangs_up", "node.languages.wrong")),
        (put("node", "other_language", "wrong", to="still_here"), ("hangs_up", "node.other_language.wrong")),
        (put("node", "other_language", "chosen", to="message"), ("hangs_up", "node.message.to")),
        (put("start", to="still_here"), ("hangs_up", "start")),
        (put("node", "closed", "silent", to="closed"), ("circle", "node.closed.silent")),
        (put("node", "message_empty", "silent", to="message"), ("circle", "node.message.silent")),
        (put("node", "waiting", "other_language", to=None), ("unreachable", "node.other_language")),
        (
            put("node", "closed", "keys", "0", to={"say": "key_message", "to": "message"}),
            ("key_taken", "node.closed.keys.0"),
        ),
        (put("keys", "cannot_speak", "press", to="9"), ("key_taken", "node.languages")),
        (put("node", "waiting", "wish", "man", "press", to="4"), ("key_taken", "node.waiting.wish.man")),
        (put("card", "keys", "0", to={"say": "answer_yes", "answer": "yes"}), ("key_taken", "card.keys.0")),
        (put("menu", to=["en", "xx"]), ("language", "menu")),
        (put("menu", to=[]), ("menu", "menu")),
        (put("node", "closed", "say", to=["no_such_prompt"]), ("missing_prompt", "node.closed.say")),
    ],
)
def test_a_change_that_would_leave_a_child_alone_is_found(
    line: SpokenLine, change: Change, found: tuple[str, str]
) -> None:
    assert found in errors(prove(changed(change), line.prompts, line.languages))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (put("keys", "danger", "to", to="closed"), "file"),
        (put("node", "closed", "colour", to="blue"), "node.closed.menu.colour"),
        (put("node", "closed", "kind", to="dance"), "node.closed"),
        (put("menu", to=["en", "so", "en"]), "menu"),
        (put("node", "waiting", "coming", to=[]), "node.waiting.wait.coming"),
        (put("title", to=None), "title"),
        (put("node", "closed", "timeout_s", to=0), "node.closed.menu.timeout_s"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, change: Change, key: str) -> None:
    data = tomllib.loads((SCRIPTS / "children.toml").read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "script.toml"
    path.write_text(_toml(data), encoding="utf-8")
    script, faults = load_script(path)
    assert script is None
    assert key in [fault.key for fault in faults]


def _toml(data: dict[str, Any]) -> str:
    """The little of TOML that a script needs, as inline values."""

    def value(given: Any) -> str:
        if isinstance(given, dict):
            return "{" + ", ".join(f"{key!r} = {value(inner)}" for key, inner in given.items()) + "}"
        if isinstance(given, list):
            return "[" + ", ".join(value(inner) for inner in given) + "]"
        return str(given) if isinstance(given, int) else '"' + given + '"'

    return "\n".join(f"{key} = {value(given)}" for key, given in data.items())


def test_a_slip_of_the_pen_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text('name = "children"\ntitle = = "x"\n', encoding="utf-8")
    script, [fault] = load_script(path)
    assert script is None
    assert (fault.key, fault.code, fault.file) == ("line 2", "syntax", str(path))


def test_a_key_that_stands_twice_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "en.toml"
    path.write_text('language = "en"\nreview = "draft"\n[prompts]\nno_key = "a"\nno_key = "b"\n', encoding="utf-8")
    prompts, [fault] = load_prompts(tmp_path)
    assert prompts.files == {}
    assert fault.key == "line 5"


def test_files_that_are_not_there_or_not_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "so.toml").write_bytes(b"\xff\xfe")
    assert [fault.code for fault in load_prompts(tmp_path)[1]] == ["unreadable"]
    assert [fault.code for fault in load_script(tmp_path / "none.toml")[1]] == ["unreadable"]
    assert [fault.code for fault in load_prompts(tmp_path / "none")[1]] == ["unreadable"]
    loaded, faults = load_line(tmp_path / "none.toml", tmp_path / "none.toml")
    assert loaded is None
    assert len(faults) == 2


def test_a_prompt_file_must_be_called_as_its_language(tmp_path: Path) -> None:
    (tmp_path / "so.toml").write_text('language = "sw"\nreview = "draft"\nprompts = {}\n', encoding="utf-8")
    assert [fault.code for fault in load_prompts(tmp_path)[1]] == ["language"]


def test_a_language_that_stands_twice_in_the_table_is_told(tmp_path: Path, languages_file: Path) -> None:
    text = languages_file.read_text(encoding="utf-8")
    path = tmp_path / "languages.toml"
    path.write_text(text + text[text.index("[[language]]") :], encoding="utf-8")
    languages, faults = load_languages(path)
    assert len(list(languages)) == 18
    assert {fault.code for fault in faults} == {"twice"}


def test_the_language_table_holds_what_the_field_knows(languages_file: Path) -> None:
    languages, faults = load_languages(languages_file)
    assert faults == []
    assert languages.with_cloud_voice() == {"en", "fr", "am", "pt", "ar"}
    assert [language.code for language in languages if language.direction == "rtl"] == ["ar"]
    assert {language.code for language in languages if language.letters == "Ethi"} == {"am", "ti"}
    assert not {"to", "tog", "lu", "nyz"} & set(languages.by_code)


def words(**texts: str) -> Prompts:
    """The delivered prompts with some English texts changed."""
    prompts, _ = load_prompts(PROMPTS)
    english = prompts.files["en"]
    changed_file = english.model_copy(update={"prompts": {**english.prompts, **texts}})
    return Prompts({**prompts.files, "en": changed_file})


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("key_danger", "If you are in danger, press zero."),
        ("greeting", "Hello, press {key}."),
        ("key_woman", "Press {key} or {other}."),
        ("worker_offer", "A contact is waiting."),
    ],
)
def test_a_text_must_hold_its_key_and_nothing_else(line: SpokenLine, prompt: str, text: str) -> None:
    faults = prove(line.script, words(**{prompt: text}), line.languages)
    assert errors(faults) == [("placeholder", prompt)]


def without(prompts: Prompts, language: str, *gone: str) -> Prompts:
    file = prompts.files[language]
    left = {prompt: text for prompt, text in file.prompts.items() if prompt not in gone}
    return Prompts({**prompts.files, language: file.model_copy(update={"prompts": left})})


def test_a_language_without_its_menu_line_may_not_stand_on_the_menu(line: SpokenLine) -> None:
    [fault] = [
        fault
        for fault in prove(line.script, without(line.prompts, "so", "menu_language"), line.languages)
        if fault.severity == "error"
    ]
    assert (fault.code, fault.file, fault.key) == ("off_menu", "prompts/so.toml", "menu_language")


def test_a_later_prompt_that_is_missing_is_said_in_english_and_told(line: SpokenLine) -> None:
    faults = prove(line.script, without(line.prompts, "so", "coming_2", "limits"), line.languages)
    [fault] = [fault for fault in faults if fault.code == "falls_back" and "so" in fault.file]
    assert fault.severity == "warning"
    assert "limits" in fault.problem
    assert "coming_2" in fault.problem


def test_the_prompts_of_adults_must_be_there(line: SpokenLine) -> None:
    assert errors(prove(line.script, without(line.prompts, "en", "worker_offer"), line.languages)) == [
        ("missing_prompt", "worker_offer")
    ]


def test_drafts_and_languages_without_a_voice_are_warnings_that_a_start_can_weigh(line: SpokenLine) -> None:
    faults = prove(line.script, line.prompts, line.languages, ("en", "fr", "so"))
    assert [(fault.code, fault.file) for fault in faults] == [
        ("draft", "prompts/fr.toml"),
        ("draft", "prompts/so.toml"),
        ("unvoiced", "prompts/so.toml"),
    ]


def recorded(line: SpokenLine, **audio: str) -> Prompts:
    somali = line.prompts.files["so"].model_copy(update={"audio": audio})
    return Prompts({**line.prompts.files, "so": somali})


def test_recordings_must_exist_for_every_key(line: SpokenLine) -> None:
    prompts = recorded(
        line, greeting="so/hello.ogg", menu_language="so/menu_{key}.ogg", key_cannot_speak="so/c_{key}.ogg"
    )
    have = {"so/hello.ogg", *(f"so/menu_{key}.ogg" for key in "123456789"), "so/c_star.ogg"}
    assert errors(prove(line.script, prompts, line.languages, recordings=have)) == []
    have.remove("so/menu_7.ogg")
    [fault] = [f for f in prove(line.script, prompts, line.languages, recordings=have) if f.severity == "error"]
    assert (fault.code, fault.key) == ("no_recording", "audio.menu_language")
    assert "so/menu_7.ogg" in fault.problem


def test_one_recording_cannot_stand_for_all_keys(line: SpokenLine) -> None:
    faults = prove(line.script, recorded(line, key_woman="so/woman.ogg"), line.languages)
    assert errors(faults) == [("placeholder", "audio.key_woman")]


def test_prompts_that_nobody_says_and_languages_that_nobody_knows_are_told(line: SpokenLine) -> None:
    stray = PromptFile(language="xx", review="draft", prompts={"greting": "Hello"})
    scripts = [script for script, _ in map(load_script, SCRIPTS.glob("*.toml")) if script is not None]
    faults = prove_prompts(scripts, Prompts({**line.prompts.files, "xx": stray}), line.languages)
    assert [(fault.code, fault.key) for fault in faults] == [("language", "language"), ("unused_prompt", "greting")]
    assert prove_prompts(scripts, line.prompts, line.languages) == []


def test_a_table_without_the_lines_own_language_is_told(line: SpokenLine) -> None:
    assert ("language", "language") in errors(prove(line.script, line.prompts, Languages({})))
