"""The texts of a line in each language, and which of them a child hears."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ivr_scripts.conversation import Say
from ivr_scripts.schema import Key, LanguageCode, Name, Part

Text = Annotated[str, StringConstraints(min_length=1, max_length=600, pattern=r"\S")]
FileName = Annotated[
    str,
    StringConstraints(
        max_length=200, pattern=r"^[A-Za-z0-9_{}-][A-Za-z0-9_.{}-]*(/[A-Za-z0-9_{}-][A-Za-z0-9_.{}-]*)*$"
    ),
]

ADULT_PROMPTS: Mapping[str, bool] = {
    "worker_offer": True,
    "guest_invited": True,
    "worker_no_key": False,
    "worker_holding": False,
    "worker_other_left": False,
    "worker_gone": False,
    "worker_asking": False,
    "worker_one_lost": False,
    "callback_neutral": True,
    "callback_no_key": False,
    "line_closed": False,
    "offer_bridge": False,
    "offer_request": False,
    "offer_contact": False,
    "offer_language_unknown": False,
    "offer_accept": True,
    "offer_pass": True,
    "offer_knows": True,
    "offer_passed": False,
    "interpreter_first": False,
    "notice_waits": False,
    "notice_key": True,
    "notice_thanks": False,
    "notice_no_key": False,
}
"""Prompts of the adults' legs, which no script names; True when the text must hold `{key}`.

They are neutral: whoever picks up hears nothing of a child or a helpline.
"""


class PromptFile(Part):
    """One language's prompts.

    `review` is `reviewed` when a native speaker has read every text, else `draft`. `keys` names the
    keys that have no digit. `audio` names recorded files, under `audio/` beside the prompt files; a
    name that holds `{key}` stands for one file a key (`star` and `hash` for * and #).
    """

    language: LanguageCode
    review: Literal["draft", "reviewed"]
    keys: dict[Key, Text] = Field(default_factory=dict)
    prompts: dict[Name, Text]
    audio: dict[Name, FileName] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said in the end. `language` is the one that it is said in, `audio` a file's name or None."""

    prompt: str
    language: str
    text: str
    audio: str | None


@dataclass(frozen=True, slots=True)
class Prompts:
    """All prompt files, by language."""

    files: Mapping[str, PromptFile]

    def has(self, prompt: str, language: str) -> bool:
        """Whether a prompt is written in a language."""
        return language in self.files and prompt in self.files[language].prompts

    def spoken(self, say: Say, otherwise: str, audible: Container[str] | None = None) -> Spoken | None:
        """The words or the recording of `say`.

        A prompt that its language does not have is said in `otherwise`, the line's own language. With
        `audible` (the languages that a cloud voice speaks) a text that has neither voice nor recording
        counts as missing; without it any text will do, as in a demonstration. None when neither
        language has it, or when `say` is strict and its own has not: nothing is said.
        """
        for language in (say.language,) if say.strict else (say.language, otherwise):
            found = self._in(language, say)
            if found and (found.audio is not None or audible is None or language in audible):
                return found
        return None

    def written(self, lines: Iterable[Say], otherwise: str) -> str:
        """One message: a line for each of `lines`, as on calls, but with keys as they are typed.

        A line that comes twice, because a language has not its own, is written once.
        """
        found = []
        for say in lines:
            language = next((code for code in (say.language, otherwise) if self.has(say.prompt, code)), None)
            if language is not None:
                text = self.files[language].prompts[say.prompt]
                found.append(text if say.key is None else text.replace("{key}", say.key))
        return "\n".join(dict.fromkeys(found))

    def _in(self, language: str, say: Say) -> Spoken | None:
        if not self.has(say.prompt, language):
            return None
        file = self.files[language]
        text, audio = file.prompts[say.prompt], file.audio.get(say.prompt)
        if say.key is not None:
            text = text.replace("{key}", file.keys.get(say.key, say.key))
            audio = audio and audio_of_key(audio, say.key)
        return Spoken(say.prompt, language, text, audio)


def audio_of_key(name: str, key: str) -> str:
    """The recorded file of a key line for one key."""
    return name.replace("{key}", {"*": "star", "#": "hash"}.get(key, key))


def offered(
    menu: tuple[str, ...], line: str, prompts: Prompts, audible: Container[str] | None = None
) -> tuple[str, ...]:
    """The languages of a menu that can be offered: those whose menu line can be said in themselves.

    `line` is the key line of the language menu (`LanguageMenu.line`).
    """

    def said_in_itself(language: str) -> bool:
        spoken = prompts.spoken(Say(line, language, "1"), language, audible)
        return spoken is not None

    return tuple(language for language in menu if said_in_itself(language))
