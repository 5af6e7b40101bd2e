"""The words by which a written language is known, and the names by which it is chosen..

One file a language, `words/<language>.toml`. A word is compared without case, accents and invisible
marks (`fold`), so that it may be written in any way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ivr_scripts.faults import Fault, error, warning
from ivr_scripts.languages import Filled, Languages
from ivr_scripts.schema import LanguageCode, Part

Word = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^\S+$")]

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_APOSTROPHES = str.maketrans("\u2019\u2018\u02bc\u02bb\uff07", "'''''")
_INVISIBLE = ("Mn", "Me", "Cf")


class WordFile(Part):
    """One language's words.

    `review` as in the prompt files. `names`: what the language is called, beside its endonym and its
    English name. A `certain` word decides alone, two different `telling` words do together; neither
    list may hold a word that another language of the table has too, or that is borrowed everywhere.
    `foreign`: letters of the same alphabet that the language has not. `yes` and `no`: whole messages.
    """

    language: LanguageCode
    review: Literal["draft", "reviewed"]
    names: tuple[Filled, ...] = ()
    certain: tuple[Word, ...] = ()
    telling: tuple[Word, ...] = ()
    foreign: Annotated[str, Field(max_length=200)] = ""
    yes: tuple[Filled, ...] = ()
    no: tuple[Filled, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """All files of words, by language, with their words folded."""

    files: Mapping[str, WordFile]
    certain: Mapping[str, frozenset[str]] = field(init=False)
    telling: Mapping[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        for kind in ("certain", "telling"):
            found = {code: frozenset(map(fold, getattr(file, kind))) for code, file in self.files.items()}
            object.__setattr__(self, kind, found)

    def foreign(self, language: str) -> frozenset[str]:
        """Letters with which a text is not in this language, though it is in its alphabet."""
        file = self.files.get(language)
        return frozenset(file.foreign if file else "")

    def answers(self, language: str, answer: Literal["yes", "no"]) -> frozenset[str]:
        """The whole messages, folded to their letters, that mean yes or no."""
        file = self.files.get(language)
        said = () if file is None else file.yes if answer == "yes" else file.no
        return frozenset(map(letters, said))


def fold(text: str) -> str:
    """Without case, accents, vowel marks and invisible characters; one form of each letter."""
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    return "".join(letter for letter in plain if unicodedata.category(letter) not in _INVISIBLE)


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    return _WORD.findall(fold(text))


def letters(text: str) -> str:
    """The letters of a text alone, folded: `Français.` and `FRANCAIS` are one."""
    return "".join(letter for letter in fold(text) if letter.isalpha())


def names_of(languages: Languages, words: Words) -> dict[str, str]:
    """The language of each name, by the name's letters. A name that two languages have is nobody's."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for code, name in _names(languages, words):
        if found.setdefault(name, code) != code:
            shared.add(name)
    return {name: code for name, code in found.items() if name not in shared}


def prove_words(words: Words, languages: Languages) -> list[Fault]:
    """Every fault of the words: with an error a text could be taken for another language's."""
    return [*_of_files(words, languages), *_of_names(words, languages), *_of_shared(words)]


def _names(languages: Languages, words: Words) -> Iterator[tuple[str, str]]:
    for language in languages:
        file = words.files.get(language.code)
        short = language.name.partition("(")[0]
        for name in (language.endonym, language.name, short, *(file.names if file else ())):
            if letters(name):
                yield language.code, letters(name)


def _of_files(words: Words, languages: Languages) -> Iterator[Fault]:
    for code, file in words.files.items():
        name = _file(code)
        if code not in languages:
            yield error(name, "language", "no such language", "add it to the table, or take the file away", "language")
        if file.review == "draft":
            problem, remedy = "no native speaker has reviewed these words", "have them reviewed, then set 'reviewed'"
            yield warning(name, "review", problem, remedy, "draft_words")
        for key in ("certain", "telling"):
            if any(words_of(word) != [fold(word)] for word in getattr(file, key)):
                yield error(name, key, "one of them is not one word", "write single words without signs", "words")
        if words.answers(code, "yes") & words.answers(code, "no"):
            yield error(name, "yes", "a word means both yes and no", "take it out of one of the two", "words")


def _of_names(words: Words, languages: Languages) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    for code, name in _names(languages, words):
        if owner.setdefault(name, code) != code:
            problem = f"a name is also one of '{owner[name]}'"
            yield error(_file(code), "names", problem, "take it out of both", "shared_name")


def _of_shared(words: Words) -> Iterator[Fault]:
    for code, certain in words.certain.items():
        for other, telling in words.telling.items():
            if other != code and certain & (telling | words.certain[other]):
                problem = f"a certain word is also one of '{other}'"
                yield error(_file(code), "certain", problem, "take it out of both", "shared_word")


def _file(language: str) -> str:
    return f"words/{language}.toml"
