"""Who may speak to us: requests are signed with a token of the account, over the address that we gave."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from webhooks.twilio.signature import Signatures

URL = "https://line.example.org"
TARGET = "/webhooks/twilio/voice?left=1"
FORM = {"CallSid": "CA" + "1" * 32, "To": "+260116", "From": "", "CallerCity": "Kitwe é"}


def as_twilio_documents_it(token: str, url: str, pairs: list[tuple[str, str]]) -> str:
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_what_the_account_signed_is_taken() -> None:
    signature = as_twilio_documents_it("first", URL + TARGET, list(FORM.items()))
    assert Signatures(("first",), URL).of_form(TARGET, FORM, signature)


@pytest.mark.parametrize("token", ["first", "second"])
def test_while_tokens_are_rotated_both_are_valid(token: str) -> None:
    signature = as_twilio_documents_it(token, URL + TARGET, list(FORM.items()))
    assert Signatures(("first", "second"), URL).of_form(TARGET, FORM, signature)


@pytest.mark.parametrize("tokens", [(), ("",), ("", " ")])
def test_an_empty_token_validates_nothing(tokens: tuple[str, ...]) -> None:
    signature = as_twilio_documents_it("", URL + TARGET, list(FORM.items()))
    assert not Signatures(tokens, URL).of_form(TARGET, FORM, signature)
    assert not Signatures(tokens, URL).of_form(TARGET, FORM, "")


@pytest.mark.parametrize(
    ("target", "form"),
    [
        ("/webhooks/twilio/voice?left=2", FORM),
        ("/webhooks/twilio/voice", FORM),
        (TARGET, FORM | {"To": "+260117"}),
        (TARGET, FORM | {"Digits": "1"}),
        (TARGET, {name: value for name, value in FORM.items() if name != "CallSid"}),
    ],
)
def test_what_was_changed_on_the_way_is_not(target: str, form: dict[str, str]) -> None:
    signature = as_twilio_documents_it("first", URL + TARGET, list(FORM.items()))
    assert not Signatures(("first",), URL).of_form(target, form, signature)


@pytest.mark.parametrize("signature", ["", "x", "é", "\udcff", "A" * 10_000])
def test_a_signature_of_any_shape_is_only_wrong(signature: str) -> None:
    assert not Signatures(("first",), URL).of_form(TARGET, FORM, signature)


def test_a_repeated_key_counts_with_each_of_its_values() -> None:
    pairs = [("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "a"), ("To", "+260116")]
    signature = as_twilio_documents_it("first", URL + TARGET, pairs)
    assert Signatures(("first",), URL).of_form(TARGET, MultiDict(pairs), signature)
    assert not Signatures(("first",), URL).of_form(TARGET, MultiDict(pairs[1:]), signature)


@pytest.mark.parametrize(
    ("public", "signed"),
    [
        ("https://line.example.org", "https://line.example.org:443"),
        ("https://line.example.org:443", "https://line.example.org"),
        ("https://line.example.org:8443", "https://line.example.org"),
        ("http://127.0.0.1:8116", "http://127.0.0.1:8116"),
        ("https://line.example.org/sub", "https://line.example.org:443/sub"),
    ],
)
def test_the_port_may_be_spelled_out_or_not(public: str, signed: str) -> None:
    signature = as_twilio_documents_it("first", signed + TARGET, list(FORM.items()))
    assert Signatures(("first",), public).of_form(TARGET, FORM, signature)


def test_another_host_is_another_address() -> None:
    signature = as_twilio_documents_it("first", "https://else.example.org" + TARGET, list(FORM.items()))
    assert not Signatures(("first",), URL).of_form(TARGET, FORM, signature)


class TestJson:
    BODY = b'{"CallSid":"CA1"}'

    def address(self, body: bytes) -> str:
        return f"/webhooks/twilio/status?bodySHA256={hashlib.sha256(body).hexdigest()}"

    def test_its_hash_is_over_the_raw_bytes(self) -> None:
        target = self.address(self.BODY)
        signature = as_twilio_documents_it("first", URL + target, [])
        signatures = Signatures(("first",), URL)
        assert signatures.of_json(target, self.BODY, signature)
        assert not signatures.of_json(target, self.BODY + b" ", signature)

    @pytest.mark.parametrize("query", ["", "?bodySHA256=", "?other=1"])
    def test_without_a_hash_nothing_binds_the_body(self, query: str) -> None:
        target = "/webhooks/twilio/status" + query
        signature = as_twilio_documents_it("first", URL + target, [])
        assert not Signatures(("first",), URL).of_json(target, self.BODY, signature)

    def test_two_hashes_are_none(self) -> None:
        target = self.address(b"other") + "&" + self.address(self.BODY).partition("?")[2]
        signature = as_twilio_documents_it("first", URL + target, [])
        assert not Signatures(("first",), URL).of_json(target, self.BODY, signature)


words = st.text(max_size=12)


@settings(max_examples=150)
@given(pairs=st.lists(st.tuples(words, words), max_size=8), path=st.from_regex(r"\A/[a-z0-9/]{0,20}\Z"))
def test_it_agrees_with_the_library_about_any_form(pairs: list[tuple[str, str]], path: str) -> None:
    form = MultiDict(pairs)
    library = RequestValidator("first")
    signature = library.compute_signature(URL + path, form)
    ours = Signatures(("other", "first"), URL)
    assert library.validate(URL + path, form, signature)
    assert ours.of_form(path, form, signature)
    changed = MultiDict([*pairs, ("Extra", "1")])
    assert ours.of_form(path, changed, signature) == library.validate(URL + path, changed, signature)
