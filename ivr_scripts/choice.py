"""What a short text means where something was asked: a key, a number, the name or code of a language. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping

from ivr_scripts.languages import Languages
from ivr_scripts.words import fold, letters

LONGEST = 80
"""Characters. A longer text is a message, and no choice."""

_ETHIOPIC = re.compile("[\u1369-\u137c]+")
_PIECES = re.compile(r"[0-9]+|[^\W\d_]+")
_CODE = re.compile(r"([a-z]{2,3})(?:[-_](?:[a-z]{4}|[a-z]{2}|[0-9]{3}))*")
_PRESSED = re.compile(r"[0-9*#]+")


def pressed(text: str) -> str | None:
    """The one key that a whole message means, however its digit is written and whatever stands around it.

    A child in a hurry writes 00 for 0, or the letter O; two different keys are none.
    """
    if len(text) > LONGEST:
        return None
    plain = "".join(sign for sign in _digits(text) if sign.isalnum() or sign in "*#")
    keys = set("0" if set(plain) == {"o"} else plain)
    return keys.pop() if len(keys) == 1 and _PRESSED.fullmatch(plain.replace("o", "0")) else None


def number(text: str) -> int | None:
    """The one number of a message that holds nothing else but signs."""
    if len(text) > LONGEST:
        return None
    found = _PIECES.findall(_digits(text))
    return int(found[0]) if len(found) == 1 and found[0].isdecimal() else None


def named(text: str, names: Mapping[str, str]) -> str | None:
    """The language that a whole message names, in whatever case, accents and signs."""
    return names.get(letters(text)) if len(text) <= LONGEST and not any(map(str.isnumeric, text)) else None


def chosen(text: str, offered: Mapping[int, str], names: Mapping[str, str], languages: Languages) -> str | None:
    """The language that is chosen among those `offered` by number, or by name or code among all.

    `2`, `2.`, `٢`, `፪`, `2 Kiswahili`, `kiswahili!`, `SW` and `sw-KE` are one; a number with the name of
    another language is none.
    """
    if len(text) > LONGEST:
        return None
    pieces = _PIECES.findall(_digits(text))
    numbers = {int(piece) for piece in pieces if piece.isdecimal()}
    name = "".join(piece for piece in pieces if not piece.isdecimal())
    if len(numbers) > 1:
        return None
    by_number = offered.get(numbers.pop()) if numbers else None
    if not name:
        return by_number
    by_name = names.get(letters(name)) or (_coded(text, languages) if name == "".join(pieces) else None)
    return by_name if by_name == by_number or name == "".join(pieces) else None


def means(text: str, answers: Container[str]) -> bool:
    """Whether a whole message is one of these answers."""
    return len(text) <= LONGEST and letters(text) in answers


def _coded(text: str, languages: Languages) -> str | None:
    """By BCP-47 (with any script and region) or ISO 639-3."""
    found = _CODE.fullmatch(fold(text).strip(" \t\r\n.,;:!?\"'()"))
    if found is None:
        return None
    return next((one.code for one in languages if found[1] in (one.code, one.iso639_3)), None)


def _digits(text: str) -> str:
    """The folded text with the digits of every script as 0 to 9."""
    plain = _ETHIOPIC.sub(lambda found: str(int(sum(map(unicodedata.numeric, found[0])))), fold(text))
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in plain)
