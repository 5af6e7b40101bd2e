"""From bytes to a form: strict about its encoding, deaf to who did not sign."""

import hashlib
import json
from urllib.parse import urlencode

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from webhooks.refusal import Unacceptable
from webhooks.twilio.form import Received, signed_address, verified
from webhooks.twilio.signature import Signatures

URL = "https://line.example.org"
ACCOUNT = "AC" + "0" * 32
TARGET = "/webhooks/twilio/status"
SIGNATURES = Signatures(("token",), URL)
FORM_TYPE = "application/x-www-form-urlencoded"


def posted(pairs: list[tuple[str, str]], target: str = TARGET, content_type: str = FORM_TYPE) -> Received:
    signature = RequestValidator("token").compute_signature(URL + target, MultiDict(pairs))
    return Received(target, content_type, signature, urlencode(pairs).encode())


def posted_json(body: bytes, query: str | None = None) -> Received:
    query = f"bodySHA256={hashlib.sha256(body).hexdigest()}" if query is None else query
    target = f"{TARGET}?{query}"
    signature = RequestValidator("token").compute_signature(URL + target, {})
    return Received(target, "application/json", signature, body)


def refusal(received: Received, account: str = ACCOUNT) -> tuple[int, str]:
    with pytest.raises(Unacceptable) as refused:
        verified(received, SIGNATURES, account)
    return refused.value.status, refused.value.reason


@pytest.mark.parametrize(
    "content_type",
    [
        FORM_TYPE,
        "Application/X-WWW-Form-URLencoded",
        FORM_TYPE + "; charset=UTF-8",
        FORM_TYPE + ';charset="utf-8"',
        FORM_TYPE + "; charset=utf8; other=1",
    ],
)
def test_a_signed_form_is_read_with_its_empty_and_repeated_fields(content_type: str) -> None:
    pairs = [("AccountSid", ACCOUNT), ("From", ""), ("City", "Lilongwe é ሰላም"), ("Media", "a"), ("Media", "b")]
    form = verified(posted(pairs, content_type=content_type), SIGNATURES, ACCOUNT)
    assert form["From"] == ""
    assert form["City"] == "Lilongwe é ሰላም"
    assert form.getall("Media") == ["a", "b"]


@pytest.mark.parametrize(
    ("content_type", "body", "answer"),
    [
        ("", b"a=b", (415, "content_type")),
        ("text/plain", b"a=b", (415, "content_type")),
        ("multipart/form-data", b"a=b", (415, "content_type")),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken", (415, "content_type")),
        (";;;=", b"a=b", (415, "content_type")),
        (FORM_TYPE + "; charset=bogus", b"a=b", (415, "charset")),
        (FORM_TYPE + "; charset=utf-16", b"a=b", (415, "charset")),
        ("application/json; charset=latin-1", b"{}", (415, "charset")),
        (FORM_TYPE, b"From=%ff", (400, "encoding")),
        (FORM_TYPE, b"From=\xff\xfe", (400, "encoding")),
        (FORM_TYPE, b"From=%ED%A0%80", (400, "encoding")),
        (FORM_TYPE, b"From=%C0%80", (400, "encoding")),
        (FORM_TYPE, b"From", (400, "form")),
        (FORM_TYPE, b"a=b&&c=d", (400, "form")),
        (FORM_TYPE, b"&".join(b"a=b" for _ in range(201)), (400, "form")),
        (FORM_TYPE, b"", (403, "signature")),
        (FORM_TYPE, b"a=b", (403, "signature")),
        (FORM_TYPE, b"a=%00", (403, "signature")),
        ("application/json", b"[" * 50_000, (403, "signature")),
        ("application/json", b"\xff", (403, "signature")),
    ],
)
def test_what_is_no_form_of_twilios_is_refused(content_type: str, body: bytes, answer: tuple[int, str]) -> None:
    assert refusal(Received(TARGET, content_type, "made up", body)) == answer


def test_an_unsigned_form_is_told_so() -> None:
    assert refusal(Received(TARGET, FORM_TYPE, "", b"a=b")) == (403, "unsigned")


def test_an_address_that_is_no_text_is_refused() -> None:
    assert refusal(Received("/\udcff", FORM_TYPE, "x", b"a=b")) == (400, "encoding")


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("AccountSid", "AC" + "9" * 32)],
        [("AccountSid", "")],
        [("AccountSid", ACCOUNT), ("AccountSid", "AC" + "9" * 32)],
    ],
)
def test_another_account_is_not_ours(pairs: list[tuple[str, str]]) -> None:
    assert refusal(posted([*pairs, ("CallSid", "x")])) == (403, "account")


def test_without_an_account_of_ours_nobody_is() -> None:
    assert refusal(posted([("AccountSid", "")]), account="") == (403, "account")


def test_a_signed_json_object_is_a_form() -> None:
    body = json.dumps({"AccountSid": ACCOUNT, "SequenceNumber": 2, "Flag": True, "Nothing": None}).encode()
    form = verified(posted_json(body), SIGNATURES, ACCOUNT)
    assert dict(form) == {"AccountSid": ACCOUNT, "SequenceNumber": "2", "Flag": "true"}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"[" * 60_000, (400, "json")),
        (b'{"a":' * 10_000, (400, "json")),
        (b'{"a": {"b": "c"}}', (400, "json")),
        (b'{"a": ["b"]}', (400, "json")),
        (b'{"a": NaN}', (400, "json")),
        (b'{"a": ' + b"9" * 5000 + b"}", (400, "json")),
        (b"[]", (400, "json")),
        (b'"text"', (400, "json")),
        (b"", (400, "json")),
        (b"{", (400, "json")),
        (b'{"a": "\xff"}', (400, "encoding")),
        (b'{"From": "\\ud800"}', (400, "encoding")),
        (b"{}", (403, "account")),
    ],
)
def test_signed_json_that_is_no_form_is_refused(body: bytes, answer: tuple[int, str]) -> None:
    assert refusal(posted_json(body)) == answer


def test_json_whose_hash_is_another_bodys_is_refused() -> None:
    signed = posted_json(b"{}")
    assert refusal(Received(signed.target, signed.content_type, signed.signature, b'{"a":1}')) == (403, "signature")


def test_json_without_a_hash_is_refused() -> None:
    assert refusal(posted_json(b"{}", query="")) == (403, "signature")


def test_a_get_is_signed_by_its_address() -> None:
    signature = RequestValidator("token").compute_signature(URL + TARGET, {})
    signed_address(TARGET, signature, SIGNATURES)
    with pytest.raises(Unacceptable, match="signature"):
        signed_address(TARGET + "?x=1", signature, SIGNATURES)
    with pytest.raises(Unacceptable, match="unsigned"):
        signed_address(TARGET, "", SIGNATURES)
