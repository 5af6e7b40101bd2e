"""What a service's computer is told, how it knows that it is us, and what its answers mean."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from helpline.clock import DAY, HOUR, MINUTE, SECOND
from helpline.referrals.delivering import PAUSES
from helpline.referrals.http_client import LONGEST_PAUSE, Answer, retry_after
from helpline.referrals.port import DeliveryTrouble, Outgoing
from helpline.referrals.signed_webhook import (
    IDEMPOTENCY_KEY,
    SIGNATURE,
    TOLERANCE,
    body_of,
    is_signed,
    signature,
    signed_headers,
    taken,
)

NOW = 1_800_000_000 * SECOND
REFERRAL = Outgoing(
    id="01978c7e-0000-7000-8000-000000000001",
    service_id="01978c7e-0000-7000-8000-0000000000aa",
    channel="webhook",
    settings={"url": "https://safe.example/in", "account": "shelter"},
    content={"concern": "trafficking", "age": 14, "summary": "መርዳት", "circumstances": ["unaccompanied"]},
    language="en",
    concern="trafficking",
    sent_at=NOW,
    due_at=NOW + HOUR,
)


def test_the_documented_signature_can_be_made_by_hand() -> None:
    # printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac secret
    made = "440dfbb83aabca24d9e5027629cfd81cb45254690f8d410bb28f1cc17c990dbc"
    assert signature("secret", 1_800_000_000, b'{"a":1}') == made


def test_the_body_is_the_same_at_every_try_and_holds_what_is_released() -> None:
    assert body_of(REFERRAL) == body_of(REFERRAL)
    said = json.loads(body_of(REFERRAL))
    assert said["id"] == REFERRAL.id
    assert said["content"] == REFERRAL.content
    assert said["acknowledge_by"] - said["sent_at"] == 3600
    assert "safe.example" not in body_of(REFERRAL).decode() and "shelter" not in body_of(REFERRAL).decode()


def test_the_receiver_takes_what_we_sign() -> None:
    headers = signed_headers(["one"], NOW, b"body", "key-1")
    assert headers[IDEMPOTENCY_KEY] == "key-1"
    assert is_signed(headers[SIGNATURE], ["one"], NOW, b"body")


def test_while_a_secret_is_exchanged_either_side_may_be_first() -> None:
    ours_first = signed_headers(["old", "new"], NOW, b"body", "k")[SIGNATURE]
    assert is_signed(ours_first, ["old"], NOW, b"body") and is_signed(ours_first, ["new"], NOW, b"body")
    theirs_first = signed_headers(["old"], NOW, b"body", "k")[SIGNATURE]
    assert is_signed(theirs_first, ["old", "new"], NOW, b"body")


@pytest.mark.parametrize(
    ("header", "now", "body"),
    [
        (signed_headers(["one"], NOW, b"body", "k")[SIGNATURE], NOW, b"bodY"),
        (signed_headers(["one"], NOW, b"body", "k")[SIGNATURE], NOW + TOLERANCE + 1, b"body"),
        (signed_headers(["one"], NOW, b"body", "k")[SIGNATURE], NOW - TOLERANCE - 1, b"body"),
        (signed_headers(["two"], NOW, b"body", "k")[SIGNATURE], NOW, b"body"),
        (signed_headers([""], NOW, b"body", "k")[SIGNATURE], NOW, b"body"),
        (f"t={NOW // SECOND}", NOW, b"body"),
        (f"t={NOW // SECOND},t=1,v1={signature('one', 1, b'body')}", NOW, b"body"),
        (f"v1={signature('one', NOW // SECOND, b'body')}", NOW, b"body"),
        ("t=,v1=", NOW, b"body"),
        ("t=٣,v1=x", NOW, b"body"),
        ("", NOW, b"body"),
    ],
)
def test_what_is_altered_old_or_not_ours_is_refused(header: str, now: int, body: bytes) -> None:
    assert not is_signed(header, ["one", ""], now, body)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_taken(status: int) -> None:
    taken(Answer(status, b""))


@pytest.mark.parametrize(
    ("status", "code", "retry", "unknown"),
    [
        (301, "redirected", False, False),
        (400, "invalid", False, False),
        (401, "unauthorised", False, False),
        (403, "unauthorised", False, False),
        (404, "invalid", False, False),
        (408, "their_fault", True, True),
        (410, "gone", False, False),
        (422, "invalid", False, False),
        (429, "busy", True, False),
        (500, "their_fault", True, True),
        (502, "their_fault", True, True),
        (503, "busy", True, False),
    ],
)
def test_what_other_answers_mean(status: int, code: str, retry: bool, unknown: bool) -> None:
    with pytest.raises(DeliveryTrouble) as told:
        taken(Answer(status, b"", after=7 * SECOND))
    trouble = told.value
    assert (trouble.code, trouble.retry, trouble.unknown) == (code, retry, unknown)
    assert trouble.after == (7 * SECOND if retry else None)


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("7", None, 7),
        (" 120 ", None, 120),
        ("0", None, 0),
        ("99999999999999", None, LONGEST_PAUSE // SECOND),
        ("Sat, 21 Nov 2026 10:05:00 GMT", "Sat, 21 Nov 2026 10:00:00 GMT", 300),
        ("Sat, 21 Nov 2026 09:00:00 GMT", "Sat, 21 Nov 2026 10:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 10:05:00 GMT", None, None),
        ("Sat, 21 Nov 2026 10:05:00 GMT", "soon", None),
        ("soon", None, None),
        ("-5", None, None),
        ("٣", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, date: str | None, seconds: int | None) -> None:
    assert retry_after(value, date) == (None if seconds is None else seconds * SECOND)


def test_the_page_says_when_it_is_tried_again_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "docs/webhooks-out.md").read_text(encoding="utf-8")
    assert "After 2 s, 5 s, 15 s, 1 min and 5 min, then every 15 minutes, for two days." in page
    first, rest = PAUSES[:5], PAUSES[5:]
    assert first == (2 * SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE)
    assert set(rest) == {15 * MINUTE}
    assert 2 * DAY <= sum(PAUSES) <= 2 * DAY + HOUR


def test_the_page_signs_as_we_do() -> None:
    page = (Path(__file__).parents[3] / "docs/webhooks-out.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    space: dict[str, Any] = {}
    exec(code.group(1), space)
    now = int(time.time())
    header = signed_headers(["old", "new"], now * SECOND, b"body", "k")[SIGNATURE]
    assert space["is_ours"](header, b"body", "new") and space["is_ours"](header, b"body", "old")
    assert not space["is_ours"](header, b"body", "other") and not space["is_ours"](header, b"bodY", "new")
    old = signed_headers(["new"], (now - 301) * SECOND, b"body", "k")[SIGNATURE]
    assert not space["is_ours"](old, b"body", "new")
