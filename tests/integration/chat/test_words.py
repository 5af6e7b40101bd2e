"""The words of the child's page, as data."""

import re
from datetime import UTC, datetime

import pytest

from config.directory import load_directory
from helpline.clock import SECOND
from helpline.console.chat.words import FOLDER, SOURCE, Wordbook, load_words
from ivr_scripts.loader import load_languages

FILES = load_words()
FIELD = re.compile(r"\{[a-z]*\}")


@pytest.mark.parametrize("code", FILES)
def test_every_file_has_every_word_with_its_fields(code: str) -> None:
    file, source = FILES[code], FILES[SOURCE]
    assert file.words.keys() == source.words.keys()
    for word, text in file.words.items():
        assert set(FIELD.findall(text)) == set(FIELD.findall(source.words[word])), word
        assert text.strip(), word


def test_the_source_is_reviewed_and_drafts_are_left_out_unless_they_are_allowed() -> None:
    assert FILES[SOURCE].review == "reviewed"
    assert Wordbook(FILES, drafts=False).of("am", "en").language == "en"
    assert Wordbook(FILES, drafts=True).of("am", "en").language == "am"
    assert Wordbook(FILES, drafts=True).of("xx", None).language == "en"


def test_the_tab_tells_nothing_of_a_helpline() -> None:
    assert {file.words["title"] for file in FILES.values()} == {"Chat"}


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("fr", "fr"),
        ("fr-CD,fr;q=0.9,en;q=0.8", "fr"),
        ("de, ar;q=0.3, sw;q=0.7", "sw"),
        ("AM-et", "am"),
        ("en;q=0, so;q=0.1", "so"),
        ("de", None),
        ("", None),
        ("*;;,=q", None),
        ("a" * 100_000, None),
    ],
)
def test_what_a_browser_asks_for(header: str, wanted: str | None) -> None:
    assert Wordbook(FILES, drafts=True).accepted(header) == wanted


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "hours", "said"),
    [
        ("2027-01-16T20:00", {"mon": ("08:00-17:00",)}, "We are back on Monday 08:00 (time in Lusaka)."),
        ("2027-01-18T05:30", {"mon": ("08:00-12:00", "13:00-17:00")}, "We are back on Monday 08:00 (time in Lusaka)."),
        ("2027-01-18T10:30", {"mon": ("08:00-12:00", "13:00-17:00")}, "We are back on Monday 13:00 (time in Lusaka)."),
        ("2027-01-18T10:30", "always", ""),
    ],
)
def test_when_we_are_back(now: str, hours: object, said: str) -> None:
    languages, _ = load_languages(FOLDER.parents[3] / "config/directory/languages.toml")
    line = load_directory(languages.by_code).lines["children"].model_copy(update={"hours": hours})
    assert Wordbook(FILES, drafts=True).of("en").back_at(line, _at(now)) == said
    assert (line.opens_at(_at(now)) is None) == (not said)


def test_a_line_that_is_closed_for_long_does_not_say_when() -> None:
    languages, _ = load_languages(FOLDER.parents[3] / "config/directory/languages.toml")
    line = load_directory(languages.by_code).lines["children"]
    days = frozenset(datetime.fromordinal(datetime(2027, 1, 1).toordinal() + n).date() for n in range(90))  # noqa: DTZ001
    assert line.model_copy(update={"holidays": days}).opens_at(_at("2027-01-18T10:30")) is None
