"""What we ask of Twilio, against a small REST server that answers as it does."""

import asyncio
import json
import logging
from base64 import b64encode

import pytest
from aiohttp import web

from ivr_scripts.machine import HangUp
from tests.unit.webhooks.twilio_rest import ACCOUNT, EDGE, NOON, Rest, Words
from webhooks.answers import Answer
from webhooks.events import CallState
from webhooks.ports import CallGone, CallSeen, CarrierTrouble, Reach
from webhooks.twilio.gateway import TwilioCarrier, open_carrier

CALL = "CA" + "1" * 32
ROOM = "CF" + "3" * 32
RECORDING = "RE" + "2" * 32
LEG = "01936f2e-0000-7000-8000-000000000001"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
PHONE = Reach("phone", "+260971234567")
OURS = "+260116000"

FIRST = Answer(LEG, 1, (), HangUp())


def call(status: str = "in-progress", created: str = "Thu, 01 Jan 2026 12:00:00 +0000", sid: str = CALL) -> object:
    return {"sid": sid, "status": status, "date_created": created, "start_time": None}


def basic(token: str) -> str:
    return "Basic " + b64encode(f"{ACCOUNT}:{token}".encode()).decode()


class TestCalls:
    async def test_a_counsellor_is_called_and_hears_our_words_first(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say(call("queued"), 201)
        assert await carrier.place_call(PHONE, OURS, LEG, FIRST, 25) == CALL
        (asked,) = rest.asked
        assert (asked.method, asked.path, asked.sign_in) == ("POST", f"{CALLS}.json", basic("token"))
        assert sorted(asked.form) == sorted(
            [
                ("To", "+260971234567"),
                ("From", OURS),
                ("Twiml", Words().words),
                ("Timeout", "25"),
                ("StatusCallback", f"https://line.example.org/webhooks/twilio/status?leg={LEG}"),
                ("StatusCallbackMethod", "POST"),
                *(("StatusCallbackEvent", event) for event in ("initiated", "ringing", "answered", "completed")),
            ]
        )

    @pytest.mark.parametrize(
        ("reach", "to"),
        [
            (Reach("phone", "+260971234567"), "+260971234567"),
            (Reach("sip", "amina@pbx.example.org"), "sip:amina@pbx.example.org"),
            (Reach("sip", "sip:amina@pbx.example.org"), "sip:amina@pbx.example.org"),
            (Reach("client", "amina"), "client:amina"),
        ],
    )
    async def test_people_can_be_reached_in_three_ways(
        self, rest: Rest, carrier: TwilioCarrier, reach: Reach, to: str
    ) -> None:
        rest.will_say(call("queued"), 201)
        await carrier.place_call(reach, OURS, LEG, FIRST, 25)
        assert dict(rest.asked[0].form)["To"] == to

    async def test_a_document_that_is_too_long_is_never_sent(self, rest: Rest) -> None:
        async with open_carrier(EDGE, Words("x" * 4001), base_url=rest.address) as carrier:
            for asking in (carrier.place_call(PHONE, OURS, LEG, FIRST, 25), carrier.move(CALL, FIRST)):
                with pytest.raises(CarrierTrouble, match="answer_too_long") as trouble:
                    await asking
                assert not trouble.value.retry
        assert rest.asked == []

    async def test_what_became_of_an_attempt_is_the_newest_call_since(self, rest: Rest, carrier: TwilioCarrier) -> None:
        other = "CA" + "5" * 32
        rest.will_say(
            {
                "calls": [
                    call("completed", "Thu, 01 Jan 2026 11:59:59 +0000", sid="CA" + "4" * 32),
                    call("ringing", "Thu, 01 Jan 2026 12:00:02 +0000", sid=other),
                    call("busy", "Thu, 01 Jan 2026 12:00:00 +0000"),
                ],
                "next_page_uri": None,
            }
        )
        seen = await carrier.find_call(PHONE, OURS, NOON + 400_000)
        assert seen == CallSeen(other, CallState.RINGING)
        assert rest.asked[0].query == {"To": "+260971234567", "From": OURS, "PageSize": "20"}

    async def test_an_attempt_that_was_never_made_is_not_found(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"calls": [call(created="Thu, 01 Jan 2026 11:59:59 +0000")], "next_page_uri": None})
        rest.will_say({"calls": [], "next_page_uri": None})
        assert await carrier.find_call(PHONE, OURS, NOON) is None
        assert await carrier.find_call(PHONE, OURS, NOON) is None

    async def test_a_call_is_looked_at_moved_and_hung_up(self, rest: Rest, carrier: TwilioCarrier) -> None:
        for _ in range(3):
            rest.will_say(call())
        assert await carrier.look(CALL) == CallSeen(CALL, CallState.ANSWERED)
        await carrier.move(CALL, FIRST)
        await carrier.hang_up(CALL)
        assert [(asked.method, asked.path, asked.form) for asked in rest.asked] == [
            ("GET", f"{CALLS}/{CALL}.json", []),
            ("POST", f"{CALLS}/{CALL}.json", [("Twiml", Words().words)]),
            ("POST", f"{CALLS}/{CALL}.json", [("Status", "completed")]),
        ]

    async def test_what_is_no_longer_needed_there_is_deleted(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.answers = [web.Response(status=204), web.Response(status=204)]
        await carrier.delete_call(CALL)
        await carrier.delete_recording(RECORDING)
        assert [(asked.method, asked.path) for asked in rest.asked] == [
            ("DELETE", f"{CALLS}/{CALL}.json"),
            ("DELETE", f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.json"),
        ]


class TestRooms:
    async def test_a_room_goes_on_without_a_leg(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"conferences": [{"sid": ROOM, "status": "in-progress"}], "next_page_uri": None})
        rest.will_say({"call_sid": CALL})
        await carrier.keep_room("contact-1.2", CALL)
        listing, update = rest.asked
        assert listing.query["FriendlyName"] == "contact-1.2"
        assert listing.query["Status"] == "in-progress"
        assert update.path == f"/2010-04-01/Accounts/{ACCOUNT}/Conferences/{ROOM}/Participants/{CALL}.json"
        assert update.form == [("EndConferenceOnExit", "false")]

    async def test_who_coached_is_heard_by_all(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"conferences": [{"sid": ROOM, "status": "in-progress"}], "next_page_uri": None})
        rest.will_say({"call_sid": CALL})
        await carrier.let_hear("contact-1.2", CALL)
        listing, update = rest.asked
        assert (listing.query["FriendlyName"], listing.query["Status"]) == ("contact-1.2", "in-progress")
        assert update.path == f"/2010-04-01/Accounts/{ACCOUNT}/Conferences/{ROOM}/Participants/{CALL}.json"
        assert update.form == [("Coaching", "false")]

    async def test_nobody_is_heard_in_a_room_that_is_over(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"conferences": [], "next_page_uri": None})
        with pytest.raises(CallGone):
            await carrier.let_hear("contact-1.2", CALL)

    async def test_a_room_that_is_over_cannot(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"conferences": [], "next_page_uri": None})
        with pytest.raises(CallGone):
            await carrier.keep_room("contact-1.2", CALL)


class TestRecordings:
    async def test_a_recording_is_fetched(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.answers = [web.Response(body=b"RIFF....WAVE")]
        assert await carrier.fetch_recording(RECORDING) == b"RIFF....WAVE"
        assert rest.asked[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.wav"
        assert rest.asked[0].sign_in == basic("token")

    async def test_one_that_is_too_large_is_not(
        self, rest: Rest, carrier: TwilioCarrier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("webhooks.twilio.gateway.MOST_RECORDING_BYTES", 1000)
        rest.answers = [web.Response(body=b"x" * 1001)]
        with pytest.raises(CarrierTrouble, match="too_large"):
            await carrier.fetch_recording(RECORDING)

    async def test_our_password_goes_nowhere_else(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.answers = [web.Response(status=302, headers={"Location": rest.address + "/elsewhere"})]
        with pytest.raises(CarrierTrouble, match="carrier_redirect"):
            await carrier.fetch_recording(RECORDING)
        assert len(rest.asked) == 1


class TestTroubles:
    @pytest.mark.parametrize(
        ("status", "body", "code", "retry", "unknown"),
        [
            (404, {"code": 20404, "message": "x"}, "call_gone", False, False),
            (404, "not json", "call_gone", False, False),
            (400, {"code": 21220}, "call_gone", False, False),
            (400, {"code": 21211, "message": "The number +260971234567 is not valid"}, "carrier_21211", False, False),
            (400, {"code": "21211"}, "carrier_400", False, False),
            (403, [], "carrier_403", False, False),
            (429, {"code": 20429}, "carrier_busy", True, False),
            (500, {}, "carrier_down", True, True),
            (503, "<html>", "carrier_down", True, True),
            (307, {}, "carrier_redirect", False, False),
        ],
    )
    async def test_a_refusal_is_told_by_its_code(
        self, rest: Rest, carrier: TwilioCarrier, status: int, body: object, code: str, retry: bool, unknown: bool
    ) -> None:
        rest.will_say(body, status)
        with pytest.raises(CarrierTrouble) as trouble:
            await carrier.move(CALL, FIRST)
        assert (trouble.value.code, trouble.value.retry, trouble.value.unknown) == (code, retry, unknown)
        assert isinstance(trouble.value, CallGone) == (code == "call_gone")
        assert "260971234567" not in repr(trouble.value)

    async def test_a_call_that_is_not_there_yet_cannot_be_over(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"code": 20404}, 404)
        with pytest.raises(CarrierTrouble, match="carrier_404") as trouble:
            await carrier.place_call(PHONE, OURS, LEG, FIRST, 25)
        assert not isinstance(trouble.value, CallGone)

    @pytest.mark.parametrize("body", ["", "[]", "{}", json.dumps(call("daydreaming")), '{"sid": "x", "status": 3}'])
    async def test_an_answer_that_makes_no_sense_may_mean_that_it_was_done(
        self, rest: Rest, carrier: TwilioCarrier, body: str
    ) -> None:
        rest.answers = [web.Response(text=body, content_type="application/json")]
        with pytest.raises(CarrierTrouble, match="carrier_unreadable") as trouble:
            await carrier.look(CALL)
        assert trouble.value.retry

    async def test_a_call_without_an_id_may_have_been_placed(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({}, 201)
        with pytest.raises(CarrierTrouble, match="carrier_unreadable") as trouble:
            await carrier.place_call(PHONE, OURS, LEG, FIRST, 25)
        assert trouble.value.unknown

    async def test_after_the_tokens_were_exchanged_the_other_one_is_used(
        self, rest: Rest, carrier: TwilioCarrier
    ) -> None:
        rest.will_say({"code": 20003}, 401)
        rest.will_say(call())
        await carrier.hang_up(CALL)
        assert [asked.sign_in for asked in rest.asked] == [basic("token"), basic("next token")]

    async def test_when_none_is_valid_it_says_so(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({}, 401)
        rest.will_say({}, 401)
        with pytest.raises(CarrierTrouble, match="carrier_sign_in"):
            await carrier.hang_up(CALL)

    async def test_a_carrier_that_falls_silent_may_have_done_it(self, rest: Rest) -> None:
        asked = asyncio.Event()
        silence = asyncio.Event()

        async def silent() -> web.Response:
            asked.set()
            await silence.wait()
            return web.Response()

        rest.answers = [silent]
        async with open_carrier(EDGE, Words(), base_url=rest.address, timeout_s=0.1) as carrier:
            with pytest.raises(CarrierTrouble, match="carrier_timeout") as trouble:
                await carrier.place_call(PHONE, OURS, LEG, FIRST, 25)
        silence.set()
        assert asked.is_set()
        assert (trouble.value.retry, trouble.value.unknown) == (True, True)

    async def test_a_carrier_that_is_not_there_has_not(self, unused_tcp_port: int) -> None:
        async with open_carrier(EDGE, Words(), base_url=f"http://127.0.0.1:{unused_tcp_port}") as carrier:
            with pytest.raises(CarrierTrouble, match="carrier_unreachable") as trouble:
                await carrier.place_call(PHONE, OURS, LEG, FIRST, 25)
        assert (trouble.value.retry, trouble.value.unknown) == (True, False)

    async def test_a_connection_that_breaks_off_may_have_done_it(self) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, open_carrier(EDGE, Words(), base_url=f"http://127.0.0.1:{port}") as carrier:
            with pytest.raises(CarrierTrouble, match="carrier_broken_off") as trouble:
                await carrier.place_call(PHONE, OURS, LEG, FIRST, 25)
        assert (trouble.value.retry, trouble.value.unknown) == (True, True)


async def test_nothing_of_it_is_logged(rest: Rest, carrier: TwilioCarrier, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rest.will_say(call("queued"), 201)
    rest.will_say({"calls": [], "next_page_uri": None})
    await carrier.place_call(PHONE, OURS, LEG, FIRST, 25)
    await carrier.find_call(PHONE, OURS, NOON)
    said = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert not [words for words in said if "260971234567" in words or "token" in words]
