"""How webhooks are posted: the signature, the time limits, the retries, and what the caller hears when all fail."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from helpline.practice import PracticeCarrier
from helpline.practice.delivery import overrides
from helpline.practice.signing import sign

from .conftest import CHILD, TOKEN, HelplineSide, Opener, twiml

GREETING = "<Say>Good morning</Say><Pause length='600'/>"
APOLOGY = "application error"


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://helpline.example/voice?line=116", {"CallSid": "CA1", "Digits": "1"}),
        ("http://127.0.0.1:8116/voice", {"From": "sip:116@pbx.example", "Body": "አማርኛ ☎ a=b&c"}),
        ("https://helpline.example/voice", {}),
    ],
)
def test_the_real_library_accepts_our_signature(url: str, form: dict[str, str]) -> None:
    validator = RequestValidator(TOKEN)
    signature = sign(TOKEN, url + "#rc=2&rp=all", form.items())
    assert validator.validate(url, form, signature)
    assert not validator.validate(url, {**form, "Digits": "2"}, signature)
    assert not validator.validate(url + "x", form, signature)


@pytest.mark.parametrize(
    ("url", "bare", "retries", "policy", "read"),
    [
        ("http://h/v", "http://h/v", 1, {"ct"}, 15.0),
        ("http://h/v#rc=5&rp=all", "http://h/v", 5, {"4xx", "5xx", "ct", "rt"}, 15.0),
        ("http://h/v?a=1#rc=2&rp=5xx,rt&rt=2000", "http://h/v?a=1", 2, {"5xx", "rt"}, 2.0),
        ("http://h/v#rc=9", "http://h/v", 5, {"ct"}, 15.0),
        ("http://h/v#rc=0", "http://h/v", 0, {"ct"}, 15.0),
        ("http://h/v#rt=1", "http://h/v", 1, {"ct"}, 0.1),
    ],
)
def test_a_fragment_overrides_how_to_connect(url: str, bare: str, retries: int, policy: set[str], read: float) -> None:
    asked, how = overrides(url, 15.0)
    assert (asked, how.retries, set(how.policy), how.read) == (bare, retries, policy, read)


class Failing:
    """Fails a number of times, then greets."""

    def __init__(self, times: int, status: int = 500) -> None:
        self.left = times
        self.status = status

    async def __call__(self, form: dict[str, str]) -> web.StreamResponse:
        if self.left:
            self.left -= 1
            return web.Response(status=self.status)
        return twiml(GREETING)


async def test_a_500_is_not_asked_again_and_the_caller_hears_the_apology(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says("/voice", Failing(1))
    call = await carrier.phone(CHILD).dial("116")
    await call.hears(APOLOGY)
    assert await call.ended() == "completed"
    assert call.application_error is not None
    assert call.application_error.code == 11200
    assert [error.code for error in carrier.errors] == [11200]
    assert len(helpline.forms("/voice")) == 1


async def test_a_500_is_asked_again_where_the_url_says_so_with_the_same_token(
    helpline: HelplineSide, open_carrier: Opener
) -> None:
    carrier = await open_carrier(voice_url=f"{helpline.url}/voice#rc=3&rp=all")
    helpline.says("/voice", Failing(2))
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("good morning")
    tokens = {headers["I-Twilio-Idempotency-Token"] for headers in helpline.headers}
    assert (len(helpline.forms("/voice")), len(tokens)) == (3, 1)
    assert carrier.errors == []


async def test_a_connection_that_fails_is_tried_once_more(helpline: HelplineSide, open_carrier: Opener) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}/voice"
        carrier = await open_carrier(voice_url=nowhere)
        call = await carrier.phone(CHILD).dial("116")
        await call.hears(APOLOGY)
    assert carrier.deliveries[0].attempts == 2


async def test_an_answer_that_comes_too_late_is_no_answer(helpline: HelplineSide, open_carrier: Opener) -> None:
    carrier = await open_carrier(webhook_timeout=0.2)
    never = asyncio.Event()

    async def slow(form: dict[str, str]) -> web.StreamResponse:
        await never.wait()
        return twiml(GREETING)

    helpline.says("/voice", slow)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears(APOLOGY)
    never.set()
    assert len(helpline.forms("/voice")) == 1


async def test_the_fallback_url_is_asked_when_the_helpline_fails(helpline: HelplineSide, open_carrier: Opener) -> None:
    carrier = await open_carrier(fallback_url=f"{helpline.url}/fallback")
    helpline.says("/voice", web.Response(status=503))
    helpline.says("/fallback", GREETING)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("good morning")
    assert call.fell_back
    assert call.application_error is None
    assert helpline.forms("/fallback")[0]["ErrorCode"] == "11200"


async def test_the_fallback_number_is_called_when_the_helpline_fails(
    helpline: HelplineSide, open_carrier: Opener
) -> None:
    carrier = await open_carrier(fallback_number="+260950000009")
    helpline.says("/voice", web.Response(status=500))
    other_line = carrier.phone("+260950000009", answers="person")
    call = await carrier.phone(CHILD).dial("116")
    answered = await other_line.rings()
    await call.connected()
    await answered.says("Childline, hello")
    await call.hears("childline, hello")
    assert call.application_error is None


async def test_a_fallback_that_fails_too_ends_in_the_apology(helpline: HelplineSide, open_carrier: Opener) -> None:
    carrier = await open_carrier(fallback_url=f"{helpline.url}/fallback")
    helpline.says("/voice", web.Response(status=500))
    helpline.says("/fallback", "<Sing/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears(APOLOGY)
    assert [error.code for error in carrier.errors] == [11200, 12200]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (web.Response(status=204), 12100),
        (web.Response(text="<Response/>", content_type="text/plain"), 12300),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), 11200),
        ('<Say language="so-SO">Salaan</Say>', 13512),
        ("<Gather><Hangup/></Gather>", 12200),
        ("<Play>/missing.wav</Play>", 12300),
    ],
)
async def test_an_answer_that_cannot_be_followed_is_an_error_that_the_test_sees(
    helpline: HelplineSide, carrier: PracticeCarrier, answer: str | web.Response, code: int
) -> None:
    helpline.says("/voice", answer)
    if code == 12100:
        helpline.says("/voice", web.Response(text="", content_type="text/xml"))
    call = await carrier.phone(CHILD).dial("116")
    await call.hears(APOLOGY)
    assert [error.code for error in carrier.errors] == [code]
    assert carrier.errors[0].call_sid == call.sid


async def test_a_webhook_by_get_carries_the_form_in_its_query(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", '<Redirect method="GET">/next?step=1</Redirect>')
    helpline.says("/next", GREETING)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("good morning")
    assert helpline.forms("/next")[0]["CallSid"] == call.sid
