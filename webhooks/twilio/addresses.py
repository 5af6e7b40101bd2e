"""Telephone addresses in the spellings that Twilio and SIP trunks give them. Pure."""

import re
from urllib.parse import unquote

from webhooks.events import Caller

MOST_CHARACTERS = 256

_ANGLES = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"(sips?|tel):", re.IGNORECASE)
_DECORATION = re.compile(r"[\s\-().]")
_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

# What stands in the place of a withheld number: one literal for everybody. The numbers are the words on a keypad.
# Source: Twilio, "Why am I getting calls from these strange numbers". Only with the plus are they no real number.
_WITHHELD_WORDS = {
    "anonymous",
    "blocked",
    "not available",
    "private",
    "restricted",
    "unavailable",
    "unknown",
    "withheld",
}
_WITHHELD_NUMBERS = {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}


def plain(address: str) -> str:
    """The number, or the user part of a SIP address: ``+260116``, ``116``, ``client:amina``.

    Spaces, hyphens, dots and brackets of a number go, as do the scheme, host and parameters of a SIP address.
    """
    found = _ANGLES.search(address)
    text = unquote((found[1] if found else address).strip())
    scheme = _SCHEME.match(text)
    if scheme:
        text = text[scheme.end() :].partition(";")[0].partition("?")[0].rpartition("@")[0] or text[scheme.end() :]
    text = text.partition(";")[0].strip()
    number = _DECORATION.sub("", text)
    return number if _NUMBER.fullmatch(number) else text


def caller(address: str) -> Caller | None:
    """Who calls; None when the number is withheld, or is nothing that could name anybody."""
    if len(address) > MOST_CHARACTERS or _UNPRINTABLE.search(address):
        return None
    number = plain(address)
    if number.lower() in _WITHHELD_WORDS or number in _WITHHELD_NUMBERS or "anonymous.invalid" in address.lower():
        return None
    if _UNPRINTABLE.search(number) or not number.strip("+0 "):
        return None
    return Caller(number)
