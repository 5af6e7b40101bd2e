"""In which language a text is written, where that is certain. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ivr_scripts.languages import Languages
from ivr_scripts.words import Words, words_of

LATIN = "Latn"
"""Letters that say nothing of the language, however few languages of a table are written in them."""

LETTERS: Mapping[str, str] = {
    "ADLAM": "Adlm",
    "ARABIC": "Arab",
    "BENGALI": "Beng",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "ETHIOPIC": "Ethi",
    "GREEK": "Grek",
    "HEBREW": "Hebr",
    "LATIN": LATIN,
    "MYANMAR": "Mymr",
    "NKO": "Nkoo",
    "TAMIL": "Taml",
    "THAANA": "Thaa",
    "TIFINAGH": "Tfng",
}
"""ISO 15924 by the first word of a letter's name in Unicode."""


@dataclass(frozen=True, slots=True)
class Guess:
    """`language` when it is certain; else `among` are the few that its letters leave, none when they leave many."""

    language: str | None = None
    among: tuple[str, ...] = ()


def guess(text: str, languages: Languages, words: Words) -> Guess:
    """The language of a text by its letters, then by words that no other language has.

    Two thirds of the letters must be of one alphabet. A text with words of two languages is not certain,
    nor is one whose only sign is a single word that merely tells.
    """
    alphabet = _alphabet(text)
    if alphabet is None:
        return Guess()
    shown = frozenset(unicodedata.normalize("NFKC", text))
    of_alphabet = [language.code for language in languages if language.letters == alphabet]
    left = tuple(code for code in of_alphabet if not shown & words.foreign(code))
    if alphabet != LATIN and len(left) == 1:
        return Guess(left[0])
    by_words = _by_words(text, left, words)
    if by_words is not None:
        return Guess(by_words)
    return Guess(among=left if alphabet != LATIN else ())


def _alphabet(text: str) -> str | None:
    """That of two thirds of the letters; None when there is none, or one that no language here has."""
    counted = Counter(unicodedata.name(letter, "?").split(maxsplit=1)[0] for letter in text if letter.isalpha())
    if not counted:
        return None
    name, count = counted.most_common(1)[0]
    return LETTERS.get(name) if count * 3 >= counted.total() * 2 else None


def _by_words(text: str, codes: tuple[str, ...], words: Words) -> str | None:
    """The one language whose words decide, and beside which another's count for little."""
    said = frozenset(words_of(text))
    certain = {code: len(said & words.certain.get(code, frozenset())) for code in codes}
    telling = {code: len(said & words.telling.get(code, frozenset())) for code in codes}
    deciding = [code for code in codes if certain[code] or telling[code] >= 2]
    if len(deciding) != 1:
        return None
    found = deciding[0]
    others = max((telling[code] for code in codes if code != found), default=0)
    return found if 2 * others < 2 * certain[found] + telling[found] else None
