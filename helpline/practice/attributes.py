"""The values that TwiML attributes and addresses may take, each read strictly. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from helpline.practice.twiml import TwimlError

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SIP = re.compile(r"sips?:[^@\s]+@[^@\s]+")
_CLIENT = re.compile(r"[A-Za-z0-9_.\-]{1,121}")
CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
ROOM_EVENTS = frozenset(
    {
        "start",
        "end",
        "join",
        "leave",
        "mute",
        "hold",
        "modify",
        "speaker",
        "announcement",
    }
)

Reader = Callable[[str], Any]
Fields = Mapping[str, tuple[Reader, Any]]


def address(text: str) -> str | None:
    """An address that the carrier can call: +E.164, `sip:` or `client:`; None for anything else."""
    text = text.strip()
    known = bool(_E164.fullmatch(text) or _SIP.fullmatch(text))
    known |= text.startswith("client:") and bool(_CLIENT.fullmatch(text[7:]))
    return text if known else None


def label(text: str, code: int) -> str:
    """A participant's label (16023 in TwiML, 16024 over REST). Raises TwimlError."""
    slash = "/" in text or "%2f" in text.lower()
    if not text or len(text) > 128 or slash or re.fullmatch(r"CA[0-9a-f]{32}", text):
        raise TwimlError(code, "Invalid participant label")
    return text


def call_sid(text: str) -> str:
    """The sid of a call."""
    if not re.fullmatch(r"CA[0-9a-f]{32}", text):
        raise TwimlError(12200, "Expected the sid of a call")
    return text


def whole(least: int, most: int, code: int) -> Reader:
    """A whole number within bounds; `code` is the error's."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
            raise TwimlError(code, f"Expected a whole number from {least} to {most}")
        return int(text)

    return read


def one_of(*allowed: str, code: int = 12200) -> Reader:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise TwimlError(code, f"Expected one of {', '.join(allowed)}")
        return text

    return read


def yes_or_no(text: str) -> bool:
    """true or false."""
    return bool(one_of("true", "false")(text) == "true")


def http_method(text: str) -> str:
    """GET or POST."""
    return str(one_of("GET", "POST")(text))


def web_address(text: str) -> str:
    """An absolute or relative http address."""
    if not text or re.search(r"\s", text) or (":" in text.partition("/")[0] and not re.match(r"https?://", text)):
        raise TwimlError(11100, "Invalid URL")
    return text


def web_address_or_nothing(text: str) -> str:
    """An address, or the empty string."""
    return web_address(text) if text else ""


def finish_keys(code: int) -> Reader:
    """The keys that end an input; the empty string is none."""

    def read(text: str) -> str:
        if not re.fullmatch(r"[0-9*#]*", text):
            raise TwimlError(code, "finishOnKey takes 0-9, * and #, or nothing")
        return text

    return read


def events(allowed: frozenset[str]) -> Reader:
    """A list of event names, separated by spaces."""

    def read(text: str) -> frozenset[str]:
        named = frozenset(text.split())
        if not named <= allowed:
            raise TwimlError(12200, f"Unknown events {sorted(named - allowed)}")
        return named

    return read


def attributes(element: Element, known: Fields) -> dict[str, Any]:
    """Every attribute of an element by name, with defaults. Raises TwimlError for an unknown one."""
    values = {name: default for name, (_, default) in known.items()}
    for name, text in element.attrib.items():
        if name not in known:
            raise TwimlError(12200, f"{element.tag} has no attribute {name}")
        values[name] = known[name][0](text)
    return values


def refuse_text(element: Element) -> None:
    """Refuse text beside the elements inside."""
    pieces = [element.text, *(child.tail for child in element)]
    if any(piece and piece.strip() for piece in pieces):
        raise TwimlError(12200, f"{element.tag} may not hold text")


def only_text(element: Element) -> str:
    """The text of an element that holds no other."""
    if len(element):
        raise TwimlError(12200, f"{element.tag} may not hold {element[0].tag}")
    return (element.text or "").strip()


def phone_number(text: str) -> str:
    """An E.164 number."""
    if not _E164.fullmatch(text):
        raise TwimlError(13224, "Dial: invalid phone number")
    return text


def sip_address(text: str) -> str:
    """A `sip:` address."""
    if not _SIP.fullmatch(text):
        raise TwimlError(13241, "Dial: invalid SIP address")
    return text


def client_name(text: str) -> str:
    """A client's name, as a `client:` address."""
    if not _CLIENT.fullmatch(text):
        raise TwimlError(13256, "Dial: invalid client name")
    return f"client:{text}"
