"""Languages as data: one table feeds the menu, the skills, the forms and the reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints

from ivr_scripts.schema import LanguageCode, Part

Filled = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class CloudVoice(Part):
    """A language and voice that a carrier speaks; the two belong together."""

    language: Filled
    voice: Filled


class Language(Part):
    """One language. `letters` is ISO 15924; `draft` a voice for drafts, never for a child."""

    code: LanguageCode
    iso639_3: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")]
    endonym: Filled
    name: Filled
    direction: Literal["ltr", "rtl"]
    letters: Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]{3}$")]
    cloud: CloudVoice | None = None
    draft: Filled | None = None


class LanguageFile(Part):
    """The form of the table's file."""

    language: tuple[Language, ...]


@dataclass(frozen=True, slots=True)
class Languages:
    """The table, in its own order."""

    by_code: Mapping[str, Language]

    def __iter__(self) -> Iterator[Language]:
        return iter(self.by_code.values())

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def get(self, code: str) -> Language | None:
        """The language of a code, None when the table has it not."""
        return self.by_code.get(code)

    def with_cloud_voice(self) -> frozenset[str]:
        """Codes of the languages that a carrier can speak without a recording."""
        return frozenset(language.code for language in self if language.cloud)
