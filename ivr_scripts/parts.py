"""A text in parts of a size that its alphabet allows, numbered: some networks do not join them. Pure.

Sizes: 3GPP TS 23.038 (the 7-bit alphabet) and 23.040 (what a joined part has left).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

SEVEN_BIT = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("\f^{}\\[~]|€")
"""Of the 7-bit alphabet's extension: each takes two places."""

ONE_7_BIT, OF_MANY_7_BIT = 160, 153
ONE_16_BIT, OF_MANY_16_BIT = 70, 67

_JOINER = "\u200d"


def parts(body: str) -> tuple[str, ...]:
    """The body whole where it fits in one part; else in parts that begin with `1/3 ` and their like.

    What follows the numbers joins back to the body. A part ends between words, else between characters
    as a person sees them; only one that alone is longer than a part is broken, and never a surrogate
    pair. An empty body is one empty part.
    """
    plain = all(sign in SEVEN_BIT or sign in TWICE for sign in body)
    size = _places if plain else _units
    if size(body) <= (ONE_7_BIT if plain else ONE_16_BIT):
        return (body,)
    room = OF_MANY_7_BIT if plain else OF_MANY_16_BIT
    digits = 1
    while True:
        pieces = _split(body, room - len(f"{'9' * digits}/{'9' * digits} "), size)
        if len(str(len(pieces))) <= digits:
            return tuple(f"{number}/{len(pieces)} {piece}" for number, piece in enumerate(pieces, 1))
        digits += 1


def _places(text: str) -> int:
    return len(text) + sum(sign in TWICE for sign in text)


def _units(text: str) -> int:
    """In UTF-16."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def _split(body: str, room: int, size: Callable[[str], int]) -> list[str]:
    pieces = []
    start = 0
    while start < len(body):
        end, left = start, room
        while end < len(body) and size(body[end]) <= left:
            left -= size(body[end])
            end += 1
        if end < len(body):
            end = _break(body, start, end)
        pieces.append(body[start:end])
        start = end
    return pieces


def _break(body: str, start: int, end: int) -> int:
    """The last good place to end a part, after its start and not after `end`."""
    for good in (_between_words, _between_characters, _between_pairs):
        for at in range(end, start, -1):
            if good(body, at):
                return at
    return end


def _between_words(body: str, at: int) -> bool:
    return (body[at - 1].isspace() or body[at].isspace()) and _between_characters(body, at)


def _between_pairs(body: str, at: int) -> bool:
    """Not within a surrogate pair that was stored as two."""
    return not ("\ud800" <= body[at - 1] <= "\udbff" and "\udc00" <= body[at] <= "\udfff")


def _between_characters(body: str, at: int) -> bool:
    """Near enough to Unicode's extended grapheme clusters (UAX 29) for what people write in texts."""
    before, after = body[at - 1], body[at]
    if unicodedata.category(after) in ("Mn", "Mc", "Me") or _JOINER in (before, after):
        return False
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return False
    if before == "\r" and after == "\n":
        return False
    return not (_flag(after) and _flags_before(body, at) % 2) and _between_pairs(body, at)


def _flag(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _flags_before(body: str, at: int) -> int:
    """How many halves of flags stand directly before."""
    count = 0
    while count < at and _flag(body[at - 1 - count]):
        count += 1
    return count
