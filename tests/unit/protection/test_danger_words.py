"""Words of danger: whole words in any case and accent, with the endings of their list, and beginnings with a star."""

import pytest

from config.danger_words import DangerWords
from helpline.protection.danger_words import matches
from tests.village import a_directory

ENGLISH = a_directory().danger_words["en"]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("I want to die", ("want to die",)),
        ("i WANT   to\ndie.", ("want to die",)),
        ("I do not want to diet", ()),
        ("thinking of suicide", ("suicid*",)),
        ("he is SUICIDAL!", ("suicid*",)),
        ("he raped me", ("rape",)),
        ("a grapefruit", ()),
        ("drape the cloth", ()),
        ("they locked me in", ("locked me",)),
        ("rape... and he has a knife", ("rape", "has a knife")),
        ("my poisoned dog", ("poison",)),
        ("how are you", ()),
        ("", ()),
        ("123 😀", ()),
        ("kill", ()),
        ("to die i want", ()),
    ],
)
def test_a_text_and_what_is_found_in_it(text: str, entries: tuple[str, ...]) -> None:
    assert matches(ENGLISH, text) == entries


def test_a_list_that_nobody_has_reviewed_finds_nothing() -> None:
    draft = ENGLISH.model_copy(update={"review": "draft"})
    assert matches(draft, "I want to die") == ()


def test_accents_are_no_difference_and_scripts_without_spaces_of_ours_are_whole_words_too() -> None:
    french = DangerWords(review="reviewed", words=("tué",), endings=("e", "s"))
    assert matches(french, "ils l'ont TUE") == ("tué",)
    assert matches(french, "tuées") == ()
    amharic = DangerWords(review="reviewed", words=("ሞት",))
    assert matches(amharic, "ሞት እፈልጋለሁ") == ("ሞት",)
    assert matches(amharic, "ሞቱ") == ()


def test_only_english_is_reviewed_among_ours() -> None:
    assert {code for code, words in a_directory().danger_words.items() if words.review == "reviewed"} == {"en"}
