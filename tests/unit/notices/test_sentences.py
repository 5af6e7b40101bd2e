"""What an adult's phone hears: the sentence, where a voice speaks its language, else words that are always there."""

import pytest

from ivr_scripts.loader import load_languages, load_prompts
from webhooks.answers import Sentence
from webhooks.twilio.voices import PromptVoices, Spoken


def heard(language: str, *, bare: bool = False) -> Spoken:
    from config.directory import directory_file

    languages, _ = load_languages(directory_file("languages.toml", None))
    voices = PromptVoices(load_prompts()[0], languages, "en", bare=bare)
    sound = voices.sound(Sentence("notice_waits", language, text="Words of its own."))
    assert isinstance(sound, Spoken)
    return sound


@pytest.mark.parametrize("language", ["en", "fr", "am"])
def test_a_language_with_a_voice_is_read_in_it(language: str) -> None:
    sound = heard(language)
    assert sound.text == "Words of its own." and sound.voice is not None and sound.language is not None


@pytest.mark.parametrize("language", ["bem", "so", "xx", ""])
def test_a_language_without_a_voice_is_not_read_in_a_wrong_one(language: str) -> None:
    sound = heard(language)
    assert sound.text == "A message about work is waiting for you."
    assert heard(language, bare=True).text == "Words of its own."
