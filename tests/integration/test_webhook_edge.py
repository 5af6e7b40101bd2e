"""The edge as a carrier meets it, over HTTP: what is taken, what is refused, and that no caller ever hears an error."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from defusedxml.ElementTree import fromstring
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from ivr_scripts.machine import Say
from webhooks.events import CallArrived, Caller, CallState, CallStatus, LegStep, RecordingReady, RoomChanged
from webhooks.server import attach
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.twiml import TwimlRenderer
from webhooks.twilio.voices import Sound, Spoken

PUBLIC = "https://line.example.org"
ACCOUNT = "AC" + "0" * 32
CALL = "CA" + "1" * 32
ROOM = "CF" + "3" * 32
RECORDING = "RE" + "2" * 32
LEG = "01936f2e-0000-7000-8000-000000000001"
FORM_TYPE = "application/x-www-form-urlencoded"
VOICE = "/webhooks/twilio/voice"
STEP = f"{VOICE}/legs/{LEG}/3"
STATUS = "/webhooks/twilio/status"
CONFERENCE = "/webhooks/twilio/conference"
RECORDED = "/webhooks/twilio/recording"
WAIT = "/webhooks/twilio/wait/so/please_wait"

ARRIVES = {
    "AccountSid": ACCOUNT,
    "CallSid": CALL,
    "CallStatus": "ringing",
    "Direction": "inbound",
    "To": "116",
    "From": "+260971234567",
    "FromCity": "Kitwe",
}
PRESSES = {**ARRIVES, "CallStatus": "in-progress", "Digits": "1"}
HANGS_UP = {**ARRIVES, "CallStatus": "completed", "SequenceNumber": "4", "CallDuration": "61"}
JOINS = {
    "AccountSid": ACCOUNT,
    "ConferenceSid": ROOM,
    "FriendlyName": "contact-1.2",
    "StatusCallbackEvent": "participant-join",
    "CallSid": CALL,
    "ParticipantLabel": LEG,
    "SequenceNumber": "2",
}
HAS_RECORDED = {
    "AccountSid": ACCOUNT,
    "CallSid": CALL,
    "RecordingSid": RECORDING,
    "RecordingStatus": "completed",
    "RecordingDuration": "9",
}
EVERY_PATH = [(VOICE, ARRIVES), (STEP, PRESSES), (STATUS, HANGS_UP), (CONFERENCE, JOINS), (RECORDED, HAS_RECORDED)]
CALL_PATHS = EVERY_PATH[:2]
NOTED_PATHS = EVERY_PATH[2:]

Event = CallArrived | LegStep | CallStatus | RoomChanged | RecordingReady


class Conflicted(Exception):
    status = 409
    code = "call_unknown"


class StoreGone(Exception):
    status = 503
    code = "store_gone"


@dataclass
class House:
    """A `VoiceIntake` that keeps what it is told, and can be made to fail or to take its time."""

    events: list[Event] = field(default_factory=list)
    failure: Exception | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event | None = None

    async def _take(self, event: Event) -> None:
        self.began.set()
        if self.may_end is not None:
            await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        self.events.append(event)

    async def call_arrived(self, event: CallArrived) -> str:
        await self._take(event)
        return "<Response><Say>Welcome</Say></Response>"

    async def leg_step(self, event: LegStep) -> str:
        await self._take(event)
        return f"<Response><Say>{event.keys}</Say></Response>"

    async def call_status(self, event: CallStatus) -> None:
        await self._take(event)

    async def room_changed(self, event: RoomChanged) -> None:
        await self._take(event)

    async def recording_ready(self, event: RecordingReady) -> None:
        await self._take(event)


class OneVoice:
    def sound(self, say: Say) -> Sound | None:
        return Spoken("Sug") if say == Say("please_wait", "so") else None


def line_at(address: str) -> tuple[str, str] | None:
    return {"116": ("children", "116"), "sip:116@trunk.example.org": ("children", "sip:116@*")}.get(address)


@dataclass
class Carrier:
    """Posts to the edge as Twilio does."""

    client: TestClient[web.Request, web.Application]
    cancelled: asyncio.Event
    told: list[tuple[str, str]]
    token: str = "first"

    def sign(self, target: str, form: "MultiDict[str] | dict[str, str]") -> dict[str, str]:
        signature = RequestValidator(self.token).compute_signature(PUBLIC + target, form)
        return {"X-Twilio-Signature": signature, "Content-Type": FORM_TYPE}

    async def post(self, target: str, form: "MultiDict[str] | dict[str, str]") -> aiohttp.ClientResponse:
        body = urlencode(list(form.items()))
        return await self.send(target, body.encode(), self.sign(target, form))

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
async def open_edge(house: House, tmp_path: Path) -> AsyncIterator[Open]:
    clients: list[TestClient[web.Request, web.Application]] = []

    async def open_(edge: TwilioEdge = EDGE, fallback: str = "+260211000000") -> Carrier:
        cancelled = asyncio.Event()
        told: list[tuple[str, str]] = []

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except asyncio.CancelledError:
                cancelled.set()
                raise

        app = web.Application(middlewares=[watch])
        renderer = TwimlRenderer(edge, OneVoice())
        attach(
            app,
            edge,
            house,
            renderer,
            line_at=line_at,
            fallback_for=lambda line: fallback,
            media_folder=str(tmp_path),
            tell=lambda kind, outcome, seconds: told.append((kind, outcome)),
        )
        client = TestClient(TestServer(app))  # whose server cancels a handler when the other side hangs up
        await client.start_server()
        clients.append(client)
        return Carrier(client, cancelled, told)

    yield open_
    for client in clients:
        await client.close()


@pytest.fixture
async def carrier(open_edge: Open) -> Carrier:
    return await open_edge()


async def document(response: aiohttp.ClientResponse) -> list[Element]:
    assert response.status == 200
    assert response.content_type == "application/xml"
    return list(fromstring(await response.text()))


class TestWhatTheCarrierTellsUs:
    async def test_a_child_calls_and_is_answered_once_it_is_stored(self, carrier: Carrier, house: House) -> None:
        response = await carrier.post(VOICE, ARRIVES)
        assert [verb.text for verb in await document(response)] == ["Welcome"]
        assert response.headers["Cache-Control"] == "no-store"
        assert house.events == [CallArrived(CALL, "116", "children", Caller("+260971234567"))]

    async def test_a_trunk_brings_sip_addresses(self, carrier: Carrier, house: House) -> None:
        trunk = {**ARRIVES, "To": "sip:116@trunk.example.org", "From": "sip:0971234567@trunk.example.org;user=phone"}
        await document(await carrier.post(VOICE, trunk))
        assert house.events == [CallArrived(CALL, "sip:116@*", "children", Caller("0971234567"))]

    async def test_a_withheld_number_is_nobody(self, carrier: Carrier, house: House) -> None:
        await document(await carrier.post(VOICE, {**ARRIVES, "From": "Anonymous"}))
        assert house.events == [CallArrived(CALL, "116", "children", None)]

    async def test_a_key_is_pressed_and_a_stay_in_a_room_ends(self, carrier: Carrier, house: House) -> None:
        await document(await carrier.post(STEP, PRESSES))
        await document(await carrier.post(STEP + "?left=1", {**ARRIVES, "CallStatus": "in-progress"}))
        assert house.events == [LegStep(CALL, LEG, 3, keys="1"), LegStep(CALL, LEG, 3, left_room=True)]

    async def test_a_counsellors_leg_goes_to_the_counsellors_number(self, carrier: Carrier, house: House) -> None:
        leg = {**PRESSES, "Direction": "outbound-api", "To": "+260955000111", "From": "116"}
        await document(await carrier.post(STEP, leg))
        assert (await carrier.post(f"{STATUS}?leg={LEG}", {**leg, "CallStatus": "in-progress"})).status == 204
        assert house.events == [
            LegStep(CALL, LEG, 3, keys="1"),
            CallStatus(CALL, LEG, CallState.ANSWERED, 2),
        ]

    async def test_calls_rooms_and_recordings_are_told_of(self, carrier: Carrier, house: House) -> None:
        for path, form in NOTED_PATHS:
            assert (await carrier.post(path, form)).status == 204
        assert carrier.told == [("status", "taken"), ("conference", "taken"), ("recording", "taken")]
        assert house.events == [
            CallStatus(CALL, None, CallState.COMPLETED, 4, 61),
            RoomChanged(ROOM, "contact-1.2", "join", CALL, LEG, 2),
            RecordingReady(CALL, RECORDING, 9),
        ]

    async def test_what_does_not_matter_is_taken_and_passed_over(self, carrier: Carrier, house: House) -> None:
        assert (await carrier.post(CONFERENCE, {**JOINS, "StatusCallbackEvent": "participant-mute"})).status == 204
        assert (await carrier.post(RECORDED, {**HAS_RECORDED, "RecordingStatus": "absent"})).status == 204
        assert house.events == []

    async def test_repeated_keys_are_part_of_what_is_signed(self, carrier: Carrier, house: House) -> None:
        form = MultiDict([*ARRIVES.items(), ("SipHeader_X-Way", "b"), ("SipHeader_X-Way", "a")])
        await document(await carrier.post(VOICE, form))
        assert len(house.events) == 1

    async def test_the_second_token_is_valid_while_they_are_exchanged(self, carrier: Carrier, house: House) -> None:
        await document(await replace(carrier, token="second").post(VOICE, ARRIVES))
        assert len(house.events) == 1

    async def test_a_status_in_json_is_taken_with_its_hash(self, carrier: Carrier, house: House) -> None:
        body = json.dumps(HANGS_UP).encode()
        target = f"{STATUS}?bodySHA256={hashlib.sha256(body).hexdigest()}"
        headers = {**carrier.sign(target, {}), "Content-Type": "application/json"}
        assert (await carrier.send(target, body, headers)).status == 204
        assert (await carrier.send(target, body + b" ", headers)).status == 403
        assert house.events == [CallStatus(CALL, None, CallState.COMPLETED, 4, 61)]


class TestWhoIsNotTheCarrier:
    @pytest.mark.parametrize(("path", "form"), EVERY_PATH)
    async def test_without_a_signature_nothing_is_taken(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str]
    ) -> None:
        unsigned = await carrier.send(path, urlencode(form).encode(), {"Content-Type": FORM_TYPE})
        wrong = await replace(carrier, token="guessed").post(path, form)
        assert (unsigned.status, await unsigned.text()) == (403, "unsigned")
        assert (wrong.status, await wrong.text()) == (403, "signature")
        assert house.events == []

    async def test_an_empty_token_opens_nothing(self, open_edge: Open, house: House) -> None:
        carrier = replace(await open_edge(replace(EDGE, auth_tokens=("",))), token="")
        assert (await carrier.post(VOICE, ARRIVES)).status == 403
        assert house.events == []

    @pytest.mark.parametrize(("path", "form"), EVERY_PATH)
    async def test_another_account_is_not_ours(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str]
    ) -> None:
        response = await carrier.post(path, {**form, "AccountSid": "AC" + "9" * 32})
        assert (response.status, await response.text()) == (403, "account")
        assert house.events == []

    @pytest.mark.parametrize(("path", "form"), EVERY_PATH[:3])
    async def test_a_call_to_another_number_is_not_ours(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str]
    ) -> None:
        response = await carrier.post(path, {**form, "To": "+260977000000"})
        assert (response.status, await response.text()) == (403, "address")
        assert house.events == []

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
    @pytest.mark.parametrize("path", [path for path, _ in EVERY_PATH])
    async def test_nothing_but_a_post_is_heard(self, carrier: Carrier, path: str, method: str) -> None:
        assert (await carrier.client.request(method, path)).status == 405


class TestWhatIsMalformed:
    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            (b"", FORM_TYPE, 403),
            (b"From=%ff", FORM_TYPE, 400),
            (b"From=\xc3\x28", FORM_TYPE, 400),
            (b"From=%ED%A0%80", FORM_TYPE, 400),
            (b"From=%00", FORM_TYPE, 403),
            (b"no pairs here", FORM_TYPE, 400),
            (b"a=b", FORM_TYPE + "; charset=bogus", 415),
            (b"a=b", "multipart/form-data", 415),
            (b"--x\r\nContent-Dis", "multipart/form-data; boundary=x", 415),
            (b"a=b", "text/plain", 415),
            (b"a=b", "\xff\xfe", 415),
            (b"[" * 60_000, "application/json", 403),
            (b"x" * (64 * 1024 + 1), FORM_TYPE, 413),
            (b"x" * 1_000_000, FORM_TYPE, 413),
            (b"\x1f\x8b\x08", FORM_TYPE, 400),
        ],
    )
    @pytest.mark.parametrize("path", [path for path, _ in EVERY_PATH])
    async def test_is_refused_clearly(
        self, carrier: Carrier, house: House, path: str, body: bytes, content_type: str, status: int
    ) -> None:
        headers = {"Content-Type": content_type, "X-Twilio-Signature": "guessed"}
        assert (await carrier.send(path, body, headers)).status == status
        assert house.events == []

    @pytest.mark.parametrize(
        ("path", "form", "reason"),
        [
            (VOICE, {**ARRIVES, "CallSid": ""}, "id_missing"),
            (VOICE, {**ARRIVES, "CallSid": "CA" + "1" * 5000}, "id_malformed"),
            (VOICE, {**ARRIVES, "CallSid": CALL[:-1] + "\x00"}, "id_malformed"),
            (f"{VOICE}/legs/{LEG}/three", PRESSES, "step"),
            (f"{VOICE}/legs/{LEG}/-1", PRESSES, "step"),
            (f"{VOICE}/legs/{LEG}/99999999999", PRESSES, "step"),
            (f"{VOICE}/legs/{'x' * 65}/1", PRESSES, "leg"),
            (f"{VOICE}/legs/%2e%2e/1", PRESSES, "leg"),
            (f"{VOICE}/legs/%00/1", PRESSES, "leg"),
            (STEP, {**PRESSES, "Digits": "call me"}, "keys"),
            (STATUS, {**HANGS_UP, "CallStatus": "asleep"}, "call_state"),
            (STATUS, {**HANGS_UP, "SequenceNumber": "-7"}, "number"),
            (CONFERENCE, {**JOINS, "SequenceNumber": ""}, "sequence"),
            (CONFERENCE, {**JOINS, "FriendlyName": "r" * 200}, "room"),
            (RECORDED, {**HAS_RECORDED, "RecordingSid": "../../etc"}, "id_malformed"),
        ],
    )
    async def test_is_refused_even_with_a_signature(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str], reason: str
    ) -> None:
        response = await carrier.post(path, form)
        assert (response.status, await response.text()) == (400, reason)
        assert house.events == []

    async def test_a_caller_whose_number_makes_no_sense_is_still_answered(self, carrier: Carrier, house: House) -> None:
        await document(await carrier.post(VOICE, {**ARRIVES, "From": "+26097\x00"}))
        assert house.events == [CallArrived(CALL, "116", "children", None)]

    async def test_a_compressed_body_is_refused(self, carrier: Carrier) -> None:
        headers = {"Content-Type": FORM_TYPE, "Content-Encoding": "gzip"}
        assert (await carrier.send(VOICE, b"\x1f\x8b\x08", headers)).status in (400, 415)

    async def test_a_body_without_a_length_is_bounded_as_well(self, carrier: Carrier) -> None:
        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 1024

        response = await carrier.client.post(VOICE, data=endless(), headers={"Content-Type": FORM_TYPE})
        assert response.status == 413

    async def test_a_body_that_does_not_come_is_not_waited_for(self, open_edge: Open) -> None:
        carrier = await open_edge(replace(EDGE, read_within_s=0.05))
        url = carrier.client.make_url("/")
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST {VOICE} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM_TYPE}\r\nContent-Length: 9\r\n\r\na="
        writer.write(head.encode())
        assert b" 408 " in await reader.readline()
        writer.close()

    async def test_bytes_in_the_address_that_are_no_text_are_refused(self, carrier: Carrier) -> None:
        url = carrier.client.make_url("/")
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = b"POST " + VOICE.encode() + b"?x=\xff HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: \xff\r\n"
        writer.write(head + b"Content-Type: " + FORM_TYPE.encode() + b"\r\nContent-Length: 3\r\n\r\na=b")
        assert (await reader.readline()).split()[1] in (b"400", b"403")
        writer.close()


class TestWhenTheHouseFails:
    @pytest.mark.parametrize("failure", [StoreGone("+260971234567"), RuntimeError("+260971234567"), TimeoutError()])
    @pytest.mark.parametrize(("path", "form"), CALL_PATHS)
    async def test_the_caller_is_put_through_to_the_fallback(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str], failure: Exception
    ) -> None:
        house.failure = failure
        (dial,) = await document(await carrier.post(path, form))
        assert [callee.text for callee in dial] == ["+260211000000"]
        assert dial.attrib["action"] == f"{PUBLIC}{path}?again=1"

    @pytest.mark.parametrize(("path", "form"), CALL_PATHS)
    async def test_without_a_fallback_the_caller_holds_until_we_are_back(
        self, open_edge: Open, house: House, path: str, form: dict[str, str]
    ) -> None:
        carrier = await open_edge(fallback="")
        house.failure = StoreGone()
        (pause, redirect) = await document(await carrier.post(path, form))
        assert (pause.tag, redirect.text) == ("Pause", f"{PUBLIC}{path}?again=1")
        house.failure = None
        (say,) = await document(await carrier.post(f"{path}?again=1", {**form, "Digits": "1"}))
        assert say.tag == "Say"

    async def test_who_was_served_elsewhere_is_done(self, carrier: Carrier, house: House) -> None:
        (end,) = await document(await carrier.post(VOICE + "?again=1", {**ARRIVES, "DialCallStatus": "completed"}))
        assert (end.tag, house.events) == ("Hangup", [])

    async def test_who_was_not_is_taken_back(self, carrier: Carrier, house: House) -> None:
        (say,) = await document(await carrier.post(VOICE + "?again=1", {**ARRIVES, "DialCallStatus": "no-answer"}))
        assert (say.text, len(house.events)) == ("Welcome", 1)

    async def test_a_counsellor_is_not_put_through_to_the_fallback(self, carrier: Carrier, house: House) -> None:
        house.failure = StoreGone()
        leg = {**PRESSES, "Direction": "outbound-api", "To": "+260955000111"}
        assert [verb.tag for verb in await document(await carrier.post(STEP, leg))] == ["Pause", "Redirect"]

    @pytest.mark.parametrize(("path", "form"), NOTED_PATHS)
    async def test_the_carrier_is_asked_to_say_it_again(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str]
    ) -> None:
        house.failure = StoreGone()
        assert (await carrier.post(path, form)).status == 503
        house.failure = None
        assert (await carrier.post(path, form)).status == 204
        assert len(house.events) == 1

    @pytest.mark.parametrize(("path", "form"), EVERY_PATH)
    async def test_what_the_house_refuses_is_refused(
        self, carrier: Carrier, house: House, path: str, form: dict[str, str]
    ) -> None:
        house.failure = Conflicted("+260971234567")
        response = await carrier.post(path, form)
        assert (response.status, await response.text()) == (409, "call_unknown")

    async def test_a_house_that_is_too_slow_is_not_waited_for_and_still_stores(
        self, open_edge: Open, house: House
    ) -> None:
        carrier = await open_edge(replace(EDGE, answer_within_s=0.05))
        house.may_end = asyncio.Event()
        (dial,) = await document(await carrier.post(VOICE, ARRIVES))
        assert (dial.tag, house.events) == ("Dial", [])
        house.may_end.set()
        await carrier.client.close()
        assert len(house.events) == 1

    async def test_a_carrier_that_hangs_up_in_the_middle_does_not_undo_it(self, carrier: Carrier, house: House) -> None:
        house.may_end = asyncio.Event()
        posting = asyncio.create_task(carrier.post(VOICE, ARRIVES))
        await house.began.wait()
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
        await carrier.cancelled.wait()
        house.may_end.set()
        await carrier.client.close()
        assert len(house.events) == 1

    async def test_logs_hold_a_code_and_nobodys_number(self, carrier: Carrier, house: House) -> None:
        house.failure = RuntimeError("no row for +260971234567")
        with structlog.testing.capture_logs() as logs:
            await carrier.post(VOICE, ARRIVES)
            await carrier.post(STATUS, HANGS_UP)
            await replace(carrier, token="guessed").post(STEP, PRESSES)
        assert carrier.told == [("voice", "fallback"), ("status", "try_again"), ("step", "refused")]
        assert logs == [
            {"event": "webhook_fallback", "kind": "voice", "reason": "RuntimeError", "log_level": "error"},
            {"event": "webhook_try_again", "kind": "status", "reason": "RuntimeError", "log_level": "error"},
            {"event": "webhook_refused", "kind": "step", "reason": "signature", "log_level": "warning"},
        ]


class TestWaitingInARoom:
    async def test_something_is_heard_over_and_over(self, carrier: Carrier, house: House) -> None:
        say, pause, redirect = await document(await carrier.post(WAIT, JOINS))
        assert [say.tag, pause.tag, redirect.tag] == ["Say", "Pause", "Redirect"]
        assert (say.text, redirect.text, house.events) == ("Sug", PUBLIC + WAIT, [])

    async def test_it_may_be_fetched_as_well(self, carrier: Carrier) -> None:
        response = await carrier.client.get(WAIT, headers=carrier.sign(WAIT, {}))
        assert [verb.tag for verb in await document(response)] == ["Say", "Pause", "Redirect"]

    async def test_only_by_the_carrier(self, carrier: Carrier) -> None:
        assert (await carrier.client.get(WAIT)).status == 403
        assert (await replace(carrier, token="guessed").post(WAIT, JOINS)).status == 403

    @pytest.mark.parametrize(
        ("said", "status"),
        [("so", 400), ("so/please_wait/en", 400), ("/".join(["so", "please_wait"] * 9), 400), ("so/unknown", 404)],
    )
    async def test_only_what_was_written(self, carrier: Carrier, said: str, status: int) -> None:
        assert (await carrier.post(f"/webhooks/twilio/wait/{said}", JOINS)).status == status


class TestRecordedPrompts:
    async def test_a_file_is_served_and_nothing_beside_it(self, carrier: Carrier, tmp_path: Path) -> None:
        (tmp_path / "so").mkdir()
        (tmp_path / "so" / "press_star.mp3").write_bytes(b"ID3")
        response = await carrier.client.get("/webhooks/twilio/media/so/press_star.mp3")
        assert (response.status, await response.read()) == (200, b"ID3")
        for path in ("", "so/", "so/none.mp3", quote("../secret", safe="")):
            assert (await carrier.client.get(f"/webhooks/twilio/media/{path}")).status in (403, 404)
