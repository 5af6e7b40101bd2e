"""What the child's page itself says, in each language that has a file; languages are data.

A language without a file is served in the line's own: the conversation is in the child's language all the same.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.dates import format_datetime
from pydantic import BaseModel, ConfigDict, ValidationError

from config.lines import Line
from helpline.errors import Invalid

FOLDER = Path(__file__).resolve().parent / "words"
SOURCE = "en"
_ACCEPTED = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9-]{1,20})?(?:\s*;\s*q=([01](?:\.[0-9]{1,3})?))?")


class WordFile(BaseModel):
    """One language's file. ``review`` is ``reviewed`` when a native speaker has read every word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    review: Literal["draft", "reviewed"]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """One language: ``words.say("send")``."""

    language: str
    direction: str
    said: Mapping[str, str]

    def say(self, word: str, **values: str) -> str:
        """Raises KeyError for a word that there is not."""
        text = self.said[word]
        return text.format(**values) if values else text

    def back_at(self, line: Line, now: int) -> str:
        """When people answer again; empty when they do now or nobody knows."""
        opens = line.opens_at(now)
        if opens is None:
            return ""
        when = format_datetime(opens.replace(tzinfo=None), "EEEE HH:mm", locale=Locale.parse(self.language))
        zone = line.timezone.rpartition("/")[2].replace("_", " ")
        return self.say("back_at", when=when, zone=zone)


class Wordbook:
    """All languages that may be shown. Drafts are left out unless the deployment allows them."""

    def __init__(self, files: Mapping[str, WordFile], *, drafts: bool) -> None:
        source = files[SOURCE].words
        self._languages = {
            code: Words(code, _direction(code), {**source, **file.words})
            for code, file in files.items()
            if drafts or file.review == "reviewed"
        }

    def of(self, *languages: str | None) -> Words:
        """The first of these that there is; else English, which there always is."""
        found = (self._languages.get(code) for code in languages if code is not None)
        return next((words for words in found if words is not None), self._languages[SOURCE])

    def accepted(self, header: str) -> str | None:
        """The language that a browser asks for most among those that we have (RFC 9110, section 12.5.4)."""
        wanted: list[tuple[float, str]] = []
        for part in header[:500].split(","):
            match = _ACCEPTED.fullmatch(part.strip())
            if match and match[1].lower() in self._languages:
                wanted.append((float(match[2] or 1), match[1].lower()))
        best = max(wanted, key=lambda each: each[0], default=(0.0, ""))
        return best[1] if best[0] > 0 else None

    def labels(self, word: str) -> dict[str, str]:
        """One word in every language."""
        return {code: words.say(word) for code, words in self._languages.items()}


def load_words(folder: Path = FOLDER) -> dict[str, WordFile]:
    """Read every file. Raises Invalid ("chat_words_unreadable") with the file's name."""
    files: dict[str, WordFile] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            file = WordFile.model_validate(tomllib.loads(path.read_text("utf-8")))
        except (ValidationError, ValueError) as error:
            raise Invalid("chat_words_unreadable", f"{path.name} cannot be read.") from error
        files[file.language] = file
    return files


def _direction(code: str) -> str:
    return "rtl" if Locale.parse(code).text_direction == "rtl" else "ltr"
