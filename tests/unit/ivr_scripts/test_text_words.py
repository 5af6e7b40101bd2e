"""What a short text means: keys, numbers, names, stop words; which words decide a language, and the proof of them."""

from pathlib import Path
from typing import Any

import pytest

from ivr_scripts.choice import chosen, pressed
from ivr_scripts.conversation import Say
from ivr_scripts.guess import Guess, guess
from ivr_scripts.loader import SpokenLine, load_words, prove_words
from ivr_scripts.schema import Script
from ivr_scripts.stop_words import stop_word
from ivr_scripts.text_proof import prove_texts
from ivr_scripts.wording import Prompts
from ivr_scripts.words import WordFile, Words, names_of

WORDS, _ = load_words()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0", "0"),
        ("000", "0"),
        (" '0' ", "0"),
        ("0️⃣", "0"),
        ("٠", "0"),
        ("۰", "0"),
        ("፩", "1"),
        ("o", "0"),
        ("#", "#"),
        ("*.", "*"),
        ("01", None),
        ("zero", None),
        ("no", None),
        ("0 my friend", None),
        ("", None),
        ("...", None),
        ("0" * 81, None),
    ],
)
def test_a_key_is_a_whole_message(text: str, key: str | None) -> None:
    assert pressed(text) == key


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("2", "so"),
        ("2)", "so"),
        ("(2)", "so"),
        ("02", "so"),
        ("٢", "so"),
        ("፪", "so"),
        ("2️⃣", "so"),
        ("２", "so"),
        ("2 Soomaali", "so"),
        ("Soomaali 2", "so"),
        ("2 français", None),
        ("1 2", None),
        ("3", None),
        ("-", None),
        ("", None),
        ("FRANÇAIS", "fr"),
        ("francais", "fr"),
        ("fran\u00adcais", "fr"),
        ("f r a n c a i s", "fr"),
        ("French", "fr"),
        ("fra", "fr"),
        ("FR-fr", "fr"),
        ("fr_CD", "fr"),
        ("zh-Hant", None),
        ("am", "am"),
        ("አማርኛ።", "am"),
        ("العَرَبِيَّة", "ar"),
        ("lingala", "ln"),
        ("Tonga", "toi"),
        ("tonga (zambia)", "toi"),
        ("toi", "toi"),
        ("to", None),
        ("tog", None),
        ("lu", None),
        ("nyz", None),
        ("kiswahili tafadhali", None),
        ("I do not speak French", None),
        ("9" * 5000, None),
    ],
)
def test_a_language_is_chosen(line: SpokenLine, text: str, language: str | None) -> None:
    names = names_of(line.languages, WORDS)
    assert chosen(text, {1: "en", 2: "so"}, names, line.languages) == language


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Guess()),
        ("🙂 1234", Guess()),
        ("hello", Guess()),
        ("please help me", Guess()),
        ("bonjour", Guess()),
        ("jambo", Guess()),
        ("my", Guess()),
        ("my my MY", Guess()),
        ("They took my bag", Guess("en")),
        ("J’ai peur", Guess("fr")),
        ("je suis avec ma mere", Guess("fr")),
        ("Nisaidie", Guess("sw")),
        ("nisaidie my father", Guess()),
        ("nisaidie, they took my bag", Guess()),
        ("Waxaan", Guess("so")),
        ("Gargaarsa barbaada", Guess("om")),
        ("Natotela", Guess("bem")),
        ("ሰላም", Guess(among=("am", "ti"))),
        ("ሰላም ነው", Guess("am")),
        ("ከመይ ኣሎ", Guess("ti")),
        ("ነው እዩ", Guess(among=("am", "ti"))),
        ("ሰላም help", Guess()),
        ("ሰላም ነው ok", Guess("am")),
        ("سلام", Guess("ar")),
        ("می‌خواهم", Guess()),
        ("گفت", Guess()),
        ("привет", Guess()),
        ("你好", Guess()),
        ("\ud800\x00", Guess()),
    ],
)
def test_a_language_is_guessed_where_it_is_certain(line: SpokenLine, text: str, found: Guess) -> None:
    assert guess(text, line.languages, WORDS) == found


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("STOP", True),
        ("stop.", True),
        (" End ", True),
        ("“Quit”", True),
        ("unsubscribe", True),
        ("Cancel!", True),
        ("stop all", True),
        ("arrêt", True),
        ("ARRET", True),
        ("Simama", True),
        ("توقف", True),
        ("አቁም", True),
        ("the end", False),
        ("stop it", False),
        ("please stop", False),
        ("I want it to end", False),
        ("ended", False),
        ("", False),
        ("end" + "." * 80, False),
    ],
)
def test_a_stop_word_is_a_whole_message(text: str, stops: bool) -> None:
    assert stop_word(text) is stops


def test_the_words_that_are_delivered_belong_to_one_language_each(line: SpokenLine) -> None:
    faults = prove_words(WORDS, line.languages)
    assert {fault.code for fault in faults} == {"draft_words"}
    assert set(WORDS.files) == set(line.languages.by_code)


def test_the_examples_of_the_prompts_are_not_taken_for_another_language(line: SpokenLine) -> None:
    """Each text that we wrote ourselves is guessed as its language, or not at all."""
    for code, file in line.prompts.files.items():
        for text in file.prompts.values():
            assert guess(text, line.languages, WORDS).language in (code, None)


def words(**files: dict[str, Any]) -> Words:
    return Words({code: WordFile(language=code, review="reviewed", **said) for code, said in files.items()})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (words(xx={}), ("language", "words/xx.toml", "language")),
        (words(sw={"certain": ["hapa-sasa"]}), ("words", "words/sw.toml", "certain")),
        (words(sw={"telling": ["2"]}), ("words", "words/sw.toml", "telling")),
        (words(sw={"yes": ["Ndiyo"], "no": ["ndiyo."]}), ("words", "words/sw.toml", "yes")),
        (words(sw={"certain": ["sana"]}, bem={"telling": ["Sana"]}), ("shared_word", "words/sw.toml", "certain")),
        (words(sw={"names": ["arabic"]}), ("shared_name", "words/ar.toml", "names")),
    ],
)
def test_words_that_would_mislead_are_found(line: SpokenLine, given: Words, found: tuple[str, str, str]) -> None:
    assert found in [(fault.code, fault.file, fault.key) for fault in prove_words(given, line.languages)]


def test_a_name_that_two_languages_have_chooses_none(line: SpokenLine) -> None:
    names = names_of(line.languages, words(sw={"names": ["arabic", "swa"]}))
    assert "arabic" not in names
    assert names["swa"] == "sw"


def test_a_file_of_words_must_be_called_as_its_language(tmp_path: Path) -> None:
    (tmp_path / "so.toml").write_text('language = "sw"\nreview = "draft"\n', encoding="utf-8")
    (tmp_path / "fr.toml").write_text('language = "fr"\n', encoding="utf-8")
    read, faults = load_words(tmp_path)
    assert read.files == {}
    assert sorted(fault.code for fault in faults) == ["form", "language"]


def changed(script: Script, *path: str, to: Any) -> Script:
    data = script.model_dump()
    at = data
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = to
    return Script.model_validate(data)


@pytest.mark.parametrize(
    ("path", "to", "found"),
    [
        (("keys", "danger", "press"), "*", ("danger_key", "keys.danger.press")),
        (("texts", "safe", "no", "press"), "1", ("key_taken", "texts.safe.no.press")),
        (("texts", "safe", "yes", "press"), "0", ("key_taken", "texts.safe.yes.press")),
        (("texts", "another", "press"), "0", ("key_taken", "texts.another.press")),
    ],
)
def test_keys_that_would_mislead_are_found(
    line: SpokenLine, path: tuple[str, ...], to: str, found: tuple[str, str]
) -> None:
    faults = prove_texts(changed(line.script, *path, to=to), line.prompts, line.languages, "file")
    assert [(fault.code, fault.key) for fault in faults if fault.severity == "error"] == [found]


def test_a_menu_line_says_the_language_in_itself(line: SpokenLine) -> None:
    somali = line.prompts.files["so"]
    odd = somali.model_copy(update={"prompts": {**somali.prompts, "text_language": "{key} Somali"}})
    faults = prove_texts(line.script, Prompts({**line.prompts.files, "so": odd}), line.languages, "file")
    assert [(fault.code, fault.file, fault.severity) for fault in faults] == [("endonym", "prompts/so.toml", "warning")]


def test_a_question_that_takes_too_many_parts_is_told(line: SpokenLine) -> None:
    files = {
        code: file.model_copy(
            update={"prompts": {**file.prompts, "text_language": f"{{key}} {language.endonym} {language.endonym * 3}"}}
        )
        for code, file in line.prompts.files.items()
        if (language := line.languages.get(code))
    }
    faults = prove_texts(line.script, Prompts(files), line.languages, "file")
    assert [(fault.code, fault.severity) for fault in faults] == [("long_menu", "warning")]


def test_a_line_that_comes_twice_is_written_once_and_keys_as_they_are_typed(line: SpokenLine) -> None:
    lines = [
        Say("text_another", "fr", "#"),
        Say("text_another", "bem", "#"),
        Say("text_another", "en", "#"),
        Say("no", "en"),
    ]
    assert line.prompts.written(lines, "en") == "Pour une autre langue, écris #.\nFor another language, write #."
