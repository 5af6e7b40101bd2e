"""How a prompt can sound at Twilio, and who knows it."""

from dataclasses import dataclass
from typing import Protocol

from ivr_scripts.languages import Languages
from ivr_scripts.machine import Say
from ivr_scripts.wording import Prompts
from webhooks.answers import Sentence


@dataclass(frozen=True, slots=True)
class Audio:
    """A recorded file, by its path below the media folder."""

    path: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text in a voice and language that go together at Twilio. Both None: its basic voice, for demonstrations."""

    text: str
    voice: str | None = None
    language: str | None = None


Sound = Audio | Spoken


class Voices(Protocol):
    """The prompts as they can be heard: recorded, else a cloud voice, else (in a demonstration) the bare text."""

    def sound(self, say: Say) -> Sound | None:
        """None when nothing can be heard for it, in its language or the line's: it is then left out."""
        ...


@dataclass(frozen=True, slots=True)
class PromptVoices:
    """`Voices` from the prompt files and the table of languages.

    ``otherwise``: the language in which a prompt is said that its own language does not have. ``bare``: whether a
    text that has neither a recording nor a cloud voice is read out all the same, as only a demonstration may.
    """

    prompts: Prompts
    languages: Languages
    otherwise: str
    bare: bool = False

    def sound(self, say: Say) -> Sound | None:
        if isinstance(say, Sentence) and (found := self._words(say)) is not None:
            return found
        spoken = self.prompts.spoken(say, self.otherwise, None if self.bare else self.languages.with_cloud_voice())
        if spoken is None:
            return None
        if spoken.audio is not None:
            return Audio(spoken.audio)
        language = self.languages.get(spoken.language)
        if language is None or language.cloud is None:
            return Spoken(spoken.text)
        return Spoken(spoken.text, language.cloud.voice, language.cloud.language)

    def _words(self, say: Sentence) -> Spoken | None:
        """None where no voice is known to speak this language: what is read in a wrong one may fail the call."""
        language = self.languages.get(say.language)
        if language is not None and language.cloud is not None:
            return Spoken(say.text, language.cloud.voice, language.cloud.language)
        return Spoken(say.text) if self.bare else None
