"""From the bytes of a webhook to a form that is known to be Twilio's. Pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from multidict import MultiDict, MultiMapping

from webhooks.refusal import Unacceptable
from webhooks.twilio.signature import Signatures

MOST_FIELDS = 200

Form = MultiMapping[str]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came. ``target`` is its path and query, undecoded."""

    target: str
    content_type: str
    signature: str
    body: bytes


def verified(received: Received, signatures: Signatures, account_sid: str, *, mended: bool = False) -> Form:
    """The form, once its signature and account are ours.

    ``mended``: bytes that are no text become U+FFFD, and lone surrogates are let through; for what people write, which
    would be lost otherwise. Raises `Unacceptable`: 415 for another content type or charset, 400 for what is no form,
    403 for the rest.
    """
    errors = "replace" if mended else "strict"
    kind = _media_type(received.content_type)
    if kind == "application/x-www-form-urlencoded":
        form = _read_form(received.body, errors)
        signed = _checked(lambda: signatures.of_form(received.target, form, received.signature))
    elif kind == "application/json":
        # A body that nobody vouched for is hashed, and never parsed.
        signed = _checked(lambda: signatures.of_json(received.target, received.body, received.signature))
        form = _read_json(received.body, errors) if signed else MultiDict()
    else:
        raise Unacceptable(415, "content_type")
    if not signed:
        raise Unacceptable(403, "signature" if received.signature else "unsigned")
    if form.getall("AccountSid", []) != [account_sid] or not account_sid:
        raise Unacceptable(403, "account")
    return form


def signed_address(target: str, signature: str, signatures: Signatures) -> None:
    """A GET has no body: its address alone is signed. Raises `Unacceptable` (403)."""
    if not _checked(lambda: signatures.of_form(target, {}, signature)):
        raise Unacceptable(403, "signature" if signature else "unsigned")


def _checked(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except UnicodeEncodeError:
        raise Unacceptable(400, "encoding") from None


def _media_type(content_type: str) -> str:
    kind, _, parameters = content_type.partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise Unacceptable(415, "charset")
    return kind.strip().lower()


def _read_form(body: bytes, errors: str) -> MultiDict[str]:
    try:
        text = body.decode("utf-8", errors)
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors=errors, max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Unacceptable(400, "encoding") from None
    except ValueError:
        raise Unacceptable(400, "form") from None
    return MultiDict(pairs)


def _read_json(body: bytes, errors: str) -> MultiDict[str]:
    """A flat object of plain values, with repeated keys kept."""
    try:
        pairs = json.loads(body.decode("utf-8", errors), object_pairs_hook=_flat)
    except UnicodeDecodeError:
        raise Unacceptable(400, "encoding") from None
    except (ValueError, RecursionError):
        raise Unacceptable(400, "json") from None
    if not isinstance(pairs, MultiDict) or len(pairs) > MOST_FIELDS:
        raise Unacceptable(400, "json")
    surrogates = any("\ud800" <= letter <= "\udfff" for value in pairs.values() for letter in value)
    if surrogates and errors == "strict":
        raise Unacceptable(400, "encoding")
    return pairs


def _flat(pairs: list[tuple[str, object]]) -> MultiDict[str]:
    flat: MultiDict[str] = MultiDict()
    for name, value in pairs:
        if isinstance(value, list | MultiDict | float):
            raise ValueError(name)
        if value is not None:
            flat.add(name, str(value).lower() if isinstance(value, bool) else str(value))
    return flat
