"""Texts as a carrier brings them, over HTTP: what is taken, mended and refused, and when it is to come again."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from defusedxml.ElementTree import fromstring
from twilio.request_validator import RequestValidator

from ivr_scripts.machine import Say
from webhooks.events import (
    CallArrived,
    Caller,
    CallStatus,
    LegStep,
    RecordingReady,
    RoomChanged,
    TextArrived,
    TextState,
    TextStatus,
)
from webhooks.server import attach
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.twiml import TwimlRenderer
from webhooks.twilio.voices import Sound

PUBLIC = "https://line.example.org"
ACCOUNT = "AC" + "0" * 32
SM = "SM" + "1" * 32
CHILD = "+260971234567"
TEXT = "01936f2e-0000-7000-8000-000000000001"
FORM_TYPE = "application/x-www-form-urlencoded"
MESSAGES = "/webhooks/twilio/messages"
STATUS = f"{MESSAGES}/status"
OF_A_PART = f"{STATUS}?text={TEXT}&part=2"

WRITES = {
    "AccountSid": ACCOUNT,
    "MessageSid": SM,
    "SmsSid": SM,
    "SmsMessageSid": SM,
    "SmsStatus": "received",
    "NumMedia": "0",
    "NumSegments": "1",
    "To": "116",
    "From": CHILD,
    "FromCity": "Kitwe",
    "Body": "ሰላም እኔ ብቻዬን ነኝ 👋🏽",
}
DELIVERED = {
    "AccountSid": ACCOUNT,
    "MessageSid": SM,
    "MessageStatus": "delivered",
    "SmsStatus": "delivered",
    "To": CHILD,
    "From": "116",
}
EVERY_PATH = [(MESSAGES, WRITES), (OF_A_PART, DELIVERED)]


class Conflicted(Exception):
    status = 409
    code = "text_unknown"


class StoreGone(Exception):
    status = 503
    code = "store_gone"


@dataclass
class House:
    """A `TextIntake` that keeps what it is told, and can be made to fail or to take its time."""

    events: list[TextArrived | TextStatus] = field(default_factory=list)
    failure: Exception | None = None
    may_end: asyncio.Event | None = None

    async def _take(self, event: TextArrived | TextStatus) -> None:
        if self.may_end is not None:
            await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        self.events.append(event)

    async def text_arrived(self, event: TextArrived) -> None:
        await self._take(event)

    async def text_status(self, event: TextStatus) -> None:
        await self._take(event)


class NoCalls:
    """A `VoiceIntake` to which nobody calls."""

    async def call_arrived(self, event: CallArrived) -> str:
        raise AssertionError

    async def leg_step(self, event: LegStep) -> str:
        raise AssertionError

    async def call_status(self, event: CallStatus) -> None:
        raise AssertionError

    async def room_changed(self, event: RoomChanged) -> None:
        raise AssertionError

    async def recording_ready(self, event: RecordingReady) -> None:
        raise AssertionError


class Mute:
    def sound(self, say: Say) -> Sound | None:
        return None


def line_at(address: str) -> tuple[str, str] | None:
    return {"116": ("children", "116"), "+260116": ("children", "+260116")}.get(address)


@dataclass
class Carrier:
    """Posts to the edge as Twilio does."""

    client: TestClient[web.Request, web.Application]
    told: list[tuple[str, str]]
    token: str = "first"

    def sign(self, target: str, form: dict[str, str]) -> dict[str, str]:
        signature = RequestValidator(self.token).compute_signature(PUBLIC + target, form)
        return {"X-Twilio-Signature": signature, "Content-Type": FORM_TYPE}

    async def post(self, target: str, form: dict[str, str]) -> aiohttp.ClientResponse:
        return await self.send(target, urlencode(form).encode(), self.sign(target, form))

    async def send(self, target: str, body: bytes, headers: dict[str, str]) -> aiohttp.ClientResponse:
        url = self.client.make_url("/")
        encoded = type(url)(str(url).rstrip("/") + target, encoded=True)
        response = await self.client.session.post(encoded, data=body, headers=headers)
        await response.read()
        return response


Open = Callable[..., Coroutine[Any, Any, Carrier]]
EDGE = TwilioEdge(ACCOUNT, ("first", "second"), PUBLIC, retries="")


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def open_edge(house: House) -> AsyncIterator[Open]:
    clients: list[TestClient[web.Request, web.Application]] = []

    async def open_(edge: TwilioEdge = EDGE, *, texts: bool = True) -> Carrier:
        told: list[tuple[str, str]] = []
        app = web.Application()
        attach(
            app,
            edge,
            NoCalls(),
            TwimlRenderer(edge, Mute()),
            line_at=line_at,
            fallback_for=lambda line: "",
            tell=lambda kind, outcome, seconds: told.append((kind, outcome)),
            texts=house if texts else None,
        )
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return Carrier(client, told)

    yield open_
    for client in clients:
        await client.close()


@pytest.fixture
async def carrier(open_edge: Open) -> Carrier:
    return await open_edge()


async def is_answered_with_nothing(response: aiohttp.ClientResponse) -> bool:
    """An empty document: nothing is sent back by the carrier itself."""
    document = fromstring(await response.text())
    return (response.status, response.content_type, document.tag, len(document)) == (
        200,
        "application/xml",
        "Response",
        0,
    )


class TestATextToALine:
    async def test_is_stored_and_answered_with_nothing(self, carrier: Carrier, house: House) -> None:
        assert await is_answered_with_nothing(await carrier.post(MESSAGES, WRITES))
        assert house.events == [TextArrived(SM, "sms", "116", "children", Caller(CHILD), WRITES["Body"])]
        assert carrier.told == [("message", "taken")]

    async def test_by_whatsapp(self, carrier: Carrier, house: House) -> None:
        form = {**WRITES, "To": "whatsapp:+260116", "From": f"whatsapp:{CHILD}", "ProfileName": "A", "WaId": CHILD[1:]}
        assert await is_answered_with_nothing(await carrier.post(MESSAGES, form))
        assert house.events == [TextArrived(SM, "whatsapp", "+260116", "children", Caller(CHILD), WRITES["Body"])]

    async def test_of_four_thousand_letters_is_taken_and_cut(self, carrier: Carrier, house: House) -> None:
        assert await is_answered_with_nothing(await carrier.post(MESSAGES, {**WRITES, "Body": "አ" * 4096}))
        (event,) = house.events
        assert event == TextArrived(SM, "sms", "116", "children", Caller(CHILD), "አ" * 1600, cut=True)

    @pytest.mark.parametrize(
        ("body", "kept"),
        [
            ("a\x00b", "a\ufffdb"),
            ("", ""),
            ("\u202eabc\u200d", "\u202eabc\u200d"),
            ("<Response/>", "<Response/>"),
            ("👨‍👩‍👧🇿🇲", "👨‍👩‍👧🇿🇲"),
        ],
    )
    async def test_of_any_letters_is_taken(self, carrier: Carrier, house: House, body: str, kept: str) -> None:
        assert await is_answered_with_nothing(await carrier.post(MESSAGES, {**WRITES, "Body": body}))
        (event,) = house.events
        assert isinstance(event, TextArrived)
        assert event.body == kept

    async def test_with_bytes_that_are_no_text_is_mended(self, carrier: Carrier, house: House) -> None:
        form = {**WRITES, "Body": "a\ufffdb"}
        body = urlencode(form).replace("a%EF%BF%BDb", "a%FFb").encode()
        assert await is_answered_with_nothing(await carrier.send(MESSAGES, body, carrier.sign(MESSAGES, form)))
        assert len(house.events) == 1

    async def test_in_json_with_half_a_letter_is_mended(self, carrier: Carrier, house: House) -> None:
        body = json.dumps({**WRITES, "Body": "a\ud83d"}).encode()
        target = f"{MESSAGES}?bodySHA256={hashlib.sha256(body).hexdigest()}"
        headers = {**carrier.sign(target, {}), "Content-Type": "application/json"}
        assert await is_answered_with_nothing(await carrier.send(target, body, headers))
        (event,) = house.events
        assert isinstance(event, TextArrived)
        assert event.body == "a\ufffd"

    async def test_with_a_picture_is_taken_without_it(self, carrier: Carrier, house: House) -> None:
        form = {**WRITES, "Body": "", "NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x"}
        assert await is_answered_with_nothing(await carrier.post(MESSAGES, form))
        assert house.events == [TextArrived(SM, "sms", "116", "children", Caller(CHILD), "", media=1)]

    async def test_without_texts_the_line_has_no_such_place(self, open_edge: Open) -> None:
        carrier = await open_edge(texts=False)
        assert (await carrier.post(MESSAGES, WRITES)).status == 404
        assert (await carrier.post(STATUS, DELIVERED)).status == 404


class TestTheStateOfATextOfOurs:
    async def test_comes_with_the_part_that_it_is_of(self, carrier: Carrier, house: House) -> None:
        assert (await carrier.post(OF_A_PART, DELIVERED)).status == 204
        assert (
            await carrier.post(STATUS, {**DELIVERED, "MessageStatus": "failed", "ErrorCode": "30003"})
        ).status == 204
        assert house.events == [
            TextStatus(SM, TextState.DELIVERED, None, TEXT, 2),
            TextStatus(SM, TextState.FAILED, "30003"),
        ]
        assert carrier.told == [("message_status", "taken")] * 2

    async def test_of_a_text_to_us_is_passed_over(self, carrier: Carrier, house: House) -> None:
        assert (await carrier.post(STATUS, {**DELIVERED, "MessageStatus": "received"})).status == 204
        assert house.events == []

    async def test_is_asked_for_where_it_is_taken(self) -> None:
        assert EDGE.message_status_url(TEXT, 2) == PUBLIC + OF_A_PART
        assert replace(EDGE, retries="rc=3").message_status_url(TEXT, 2) == PUBLIC + OF_A_PART + "#rc=3"


class TestWhatIsRefused:
    @pytest.mark.parametrize(("path", "form"), EVERY_PATH)
    async def test_whoever_is_not_the_carrier(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str]
    ) -> None:
        unsigned = await carrier.send(path, urlencode(form).encode(), {"Content-Type": FORM_TYPE})
        guessed = await replace(carrier, token="guessed").post(path, form)
        other = await carrier.post(path, {**form, "AccountSid": "AC" + "9" * 32})
        refused = [(one.status, await one.text()) for one in (unsigned, guessed, other)]
        assert refused == [(403, "unsigned"), (403, "signature"), (403, "account")]
        assert house.events == []

    @pytest.mark.parametrize(
        ("path", "form", "status", "reason"),
        [
            (MESSAGES, {**WRITES, "To": "117"}, 403, "address"),
            (MESSAGES, {**WRITES, "To": "messenger:116"}, 400, "channel"),
            (MESSAGES, {**WRITES, "MessageSid": "SM"}, 400, "id_malformed"),
            (MESSAGES, {**WRITES, "MessageSid": ""}, 400, "id_missing"),
            (STATUS, {**DELIVERED, "MessageStatus": "asleep"}, 400, "text_state"),
            (f"{STATUS}?text=..&part=1", DELIVERED, 400, "leg"),
            (f"{STATUS}?text={TEXT}&part=x", DELIVERED, 400, "step"),
        ],
    )
    async def test_what_makes_no_sense(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str], status: int, reason: str
    ) -> None:
        response = await carrier.post(path, form)
        assert (response.status, await response.text()) == (status, reason)
        assert house.events == []
        assert carrier.told[0][1] == "refused"

    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            (b"", FORM_TYPE, 403),
            (b"Body=%ED%A0%80", FORM_TYPE, 403),
            (b"Body=\xff", FORM_TYPE, 403),
            (b"no pairs here", FORM_TYPE, 400),
            (b"a=b", "multipart/form-data; boundary=x", 415),
            (b"a=b", FORM_TYPE + "; charset=bogus", 415),
            (b"[" * 60_000, "application/json", 403),
            (b"x" * (64 * 1024 + 1), FORM_TYPE, 413),
        ],
    )
    @pytest.mark.parametrize("path", [MESSAGES, STATUS])
    async def test_what_is_malformed(
        self, carrier: Carrier, house: House, path: str, body: bytes, content_type: str, status: int
    ) -> None:
        headers = {"Content-Type": content_type, "X-Twilio-Signature": "guessed"}
        assert (await carrier.send(path, body, headers)).status == status
        assert house.events == []

    @pytest.mark.parametrize("path", [MESSAGES, STATUS])
    async def test_what_is_not_posted(self, carrier: Carrier, path: str) -> None:
        assert (await carrier.client.get(path)).status == 405


class TestWhenTheHouseFails:
    @pytest.mark.parametrize("failure", [StoreGone(CHILD), RuntimeError(CHILD), TimeoutError()])
    @pytest.mark.parametrize(("path", "form"), EVERY_PATH)
    async def test_the_carrier_brings_it_again(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str], failure: Exception
    ) -> None:
        house.failure = failure
        response = await carrier.post(path, form)
        assert (response.status, response.headers["Retry-After"]) == (503, "1")
        house.failure = None
        assert (await carrier.post(path, form)).status in (200, 204)
        assert len(house.events) == 1
        assert [outcome for _, outcome in carrier.told] == ["try_again", "taken"]

    @pytest.mark.parametrize(("path", "form"), EVERY_PATH)
    async def test_what_the_house_refuses_is_refused(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str]
    ) -> None:
        house.failure = Conflicted()
        response = await carrier.post(path, form)
        assert (response.status, await response.text()) == (409, "text_unknown")

    async def test_a_house_that_is_too_slow_still_stores(self, open_edge: Open, house: House) -> None:
        carrier = await open_edge(replace(EDGE, answer_within_s=0.05))
        house.may_end = asyncio.Event()
        assert (await carrier.post(MESSAGES, WRITES)).status == 503
        assert house.events == []
        house.may_end.set()
        await carrier.client.close()
        assert len(house.events) == 1

    async def test_logs_hold_neither_number_nor_word(self, carrier: Carrier, house: House) -> None:
        house.failure = RuntimeError(CHILD)
        with structlog.testing.capture_logs() as logs:
            await carrier.post(MESSAGES, WRITES)
            await carrier.post(MESSAGES, {**WRITES, "To": "117"})
        assert logs == [
            {"event": "webhook_try_again", "kind": "message", "reason": "RuntimeError", "log_level": "error"},
            {"event": "webhook_refused", "kind": "message", "reason": "address", "log_level": "warning"},
        ]
