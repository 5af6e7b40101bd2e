"""Which words a child hears, and how a script and a call are shown to an operator."""

import pytest

from ivr_scripts.draw import mermaid, understood, walk
from ivr_scripts.loader import SpokenLine
from ivr_scripts.machine import Arrived, Digits, Input, Joined, Question, Recorded, Resumed, Say, Silence
from ivr_scripts.wording import ADULT_PROMPTS, Prompts, offered


def test_a_key_is_named_in_the_language_of_the_text(line: SpokenLine) -> None:
    spoken = line.prompts.spoken(Say("key_cannot_speak", "fr", "*"), "en")
    assert spoken is not None
    assert spoken.text == "Si tu ne peux pas parler, appuie sur étoile."


def test_a_prompt_that_a_language_has_not_is_said_in_the_lines_own(line: SpokenLine) -> None:
    spoken = line.prompts.spoken(Say("key_finish", "bem", "#"), "en")
    assert spoken is not None
    assert (spoken.language, spoken.text) == ("en", "When you have finished, press hash.")


def test_a_prompt_that_nobody_has_is_not_said(line: SpokenLine) -> None:
    assert line.prompts.spoken(Say("nothing", "so"), "en") is None
    assert line.prompts.spoken(Say("greeting", "xx"), "yy") is None


def test_without_a_voice_or_a_recording_a_text_is_not_heard(line: SpokenLine) -> None:
    audible = line.languages.with_cloud_voice()
    said = line.prompts.spoken(Say("coming_1", "so"), "en", audible)
    assert said is not None
    assert said.language == "en"
    somali = line.prompts.files["so"].model_copy(update={"audio": {"coming_1": "so/coming_1.ogg"}})
    said = Prompts({**line.prompts.files, "so": somali}).spoken(Say("coming_1", "so"), "en", audible)
    assert said is not None
    assert (said.language, said.audio) == ("so", "so/coming_1.ogg")


def test_a_language_that_cannot_say_its_own_line_is_off_the_menu(line: SpokenLine) -> None:
    everyone = offered(line.script.menu, "menu_language", line.prompts)
    assert everyone == line.script.menu
    audible = offered((*line.script.menu, "xx"), "menu_language", line.prompts, line.languages.with_cloud_voice())
    assert audible == ("en", "fr", "am", "ar")


def test_every_language_of_the_table_has_its_menu_line(line: SpokenLine) -> None:
    assert [language.code for language in line.languages if not line.prompts.has("menu_language", language.code)] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_adults_hear_nothing_of_a_child_or_a_helpline(line: SpokenLine, language: str) -> None:
    for prompt in ADULT_PROMPTS:
        text = line.prompts.files[language].prompts[prompt].lower()
        assert not [word for word in ("child", "enfant", "help", "aide", "danger", "somali") if word in text]


def test_a_walk_reads_as_a_transcript(line: SpokenLine) -> None:
    inputs: list[Input] = [Digits("1"), Digits("0"), Joined(), Question("question_doctor"), Digits("2"), Resumed()]
    transcript = list(walk(line.script, line.prompts, inputs))
    at = transcript.index("the child presses 1")
    assert transcript[0] == "the line says (en): Hello. This is the helpline for children. The call is free."
    assert transcript[at : at + 5] == [
        "the child presses 1",
        "[language en]",
        "[waits for a person]",
        transcript[at + 3],
        "the line says (en): Someone is coming to talk with you. Please stay on the line.",
    ]
    assert transcript[at + 3].startswith("the line says (en): What you tell us stays with us")
    assert "[question_doctor: no]" in transcript
    assert transcript[-1] == "the line listens for 8 s"


def test_a_walk_ends_with_the_call(line: SpokenLine) -> None:
    inputs: list[Input] = [Digits("1"), Digits("1"), Recorded("RE1", 7), Silence(), Silence()]
    transcript = list(walk(line.script, line.prompts, inputs, Arrived(open=False)))
    assert transcript[-1] == "the line hangs up"
    assert "[left a message of 7 s]" in transcript
    assert transcript.count("the child does nothing") == 0


@pytest.mark.parametrize(
    "word", ["dance", "1x", "message x", "message ²", "message 99999", "ask", "language", "ask a b"]
)
def test_a_word_that_means_nothing_is_not_understood(word: str) -> None:
    assert understood(word) is None


def test_words_that_mean_something_are_understood() -> None:
    assert understood("*") == Digits("*")
    assert understood("") == Silence()
    assert understood("message 0") == Recorded(None, 0)
    assert understood("ask question_hurt") == Question("question_hurt")


def test_the_picture_shows_every_node_and_the_danger_key(line: SpokenLine) -> None:
    picture = mermaid(line.script)
    assert picture.startswith("flowchart TD\n")
    for name in line.script.node:
        assert f"  {name}" in picture
    assert 'languages -->|"a language, closed; silence, closed; wrong key, closed"| closed' in picture
    assert '"0 danger"| waiting' in picture
    assert 'waiting -->|"#35;"| other_language' in picture
