"""Ready answers are data, and each says whether anybody has read it over."""

from pathlib import Path

import pytest

from config.directory import OURS, load_directory
from config.faults import ConfigurationError, Fault
from config.replies import LONGEST, Replies
from ivr_scripts.loader import load_languages

LANGUAGES = load_languages(OURS / "languages.toml")[0].by_code


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(ConfigurationError) as refused:
        load_directory(LANGUAGES, folder)
    return list(refused.value.faults)


def test_ours_are_found_by_language_and_count_their_drafts() -> None:
    replies = load_directory(LANGUAGES).replies
    in_amharic = replies.in_language("am")
    assert len(in_amharic) == len(replies.reply) and all(wording.text for _, wording in in_amharic)
    assert replies.in_language("toi") == () and replies.in_language(None) == ()
    assert replies.drafts()["am"] == sum(wording.review == "draft" for _, wording in in_amharic)


def test_what_was_reviewed_is_no_draft() -> None:
    texts = {"en": {"text": "Hello.", "review": "reviewed"}, "fr": {"text": "Bonjour."}}
    replies = Replies.model_validate({"reply": [{"id": "hello", "label": "Hello", "texts": texts}]})
    assert replies.drafts() == {"fr": 1}


@pytest.mark.parametrize(
    ("written", "key", "problem"),
    [
        ('id = "a"\nlabel = "A"\ntexts = { xx = { text = "?" } }', "reply.a.texts.xx", "is no language"),
        ('id = "a"\nlabel = "A"\ntexts = {}', "reply.0.texts", "at least 1 item"),
        (
            'id = "a"\nlabel = "A"\ntexts = { en = { text = "?", review = "perhaps" } }',
            "reply.0.texts.en.review",
            "none of the possible values",
        ),
        (
            f'id = "a"\nlabel = "A"\ntexts = {{ en = {{ text = "{"a" * (LONGEST + 1)}" }} }}',
            "reply.0.texts.en.text",
            "480",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, written: str, key: str, problem: str) -> None:
    (tmp_path / "replies.toml").write_text(f"[[reply]]\n{written}\n")
    [fault] = faults(tmp_path)
    assert fault.key == key and problem in fault.problem


def test_two_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    one = '[[reply]]\nid = "a"\nlabel = "A"\ntexts = { en = { text = "?" } }\n'
    (tmp_path / "replies.toml").write_text(one * 2)
    [fault] = faults(tmp_path)
    assert "names a twice" in fault.problem
