"""Texts: what Twilio posts and which event it is; what we ask of it, against a small REST server."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from multidict import MultiDict

from tests.unit.webhooks.twilio_rest import ACCOUNT, EDGE, NOON, SECOND, Rest, Words
from webhooks.events import Caller, TextArrived, TextState, TextStatus
from webhooks.ports import CallGone, CarrierTrouble
from webhooks.refusal import Unacceptable
from webhooks.twilio import parse
from webhooks.twilio.form import Received, verified
from webhooks.twilio.gateway import TwilioCarrier, open_carrier
from webhooks.twilio.signature import Signatures

SM = "SM" + "1" * 32
MM = "MM" + "1" * 32
TEXT = "01936f2e-0000-7000-8000-000000000001"
CHILD = "+260971234567"
OURS = "+260116"
AMHARIC = "ሰላም እኔ ብቻዬን ነኝ 👋🏽"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
STATUS_URL = "https://line.example.org/webhooks/twilio/messages/status?text={}&part={}"


def line_at(address: str) -> tuple[str, str] | None:
    return {"116": ("children", "116"), OURS: ("children", OURS)}.get(address)


def form(**fields: str) -> MultiDict[str]:
    return MultiDict({"MessageSid": SM, "To": "116", "From": CHILD, "Body": "hello", **fields})


def arrived(**fields: str) -> TextArrived:
    return parse.text_arrived(form(**fields), line_at)


def reason(parsing: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(Unacceptable) as refused:
        parsing()
    return refused.value.status, refused.value.reason


class TestATextToALine:
    def test_is_taken_with_its_number_and_no_town(self) -> None:
        event = arrived(FromCity="Kitwe", FromZip="10101", ProfileName="Amina", NumMedia="0", SmsSid=SM)
        assert event == TextArrived(SM, "sms", "116", "children", Caller(CHILD), "hello")

    def test_by_whatsapp_is_the_same_but_for_its_channel(self) -> None:
        event = arrived(To=f"whatsapp:{OURS}", From=f"whatsapp:{CHILD}")
        assert event == TextArrived(SM, "whatsapp", OURS, "children", Caller(CHILD), "hello")
        assert arrived(To=f"WhatsApp:{OURS}", From=f"WhatsApp:{CHILD}") == event

    @pytest.mark.parametrize(
        "body", [AMHARIC, "أنا وحدي", "", " ", "a\r\nb\t", "+ & = %41", "x" * 1600, "አ" * 1600, "👋" * 1600]
    )
    def test_is_kept_whole(self, body: str) -> None:
        event = arrived(Body=body)
        assert (event.body, event.cut) == (body, False)

    @pytest.mark.parametrize(("body", "kept"), [("x" * 1601, "x" * 1600), ("አ" * 4096, "አ" * 1600)])
    def test_that_is_longer_is_cut_and_says_so(self, body: str, kept: str) -> None:
        event = arrived(Body=body)
        assert (event.body, event.cut) == (kept, True)

    @pytest.mark.parametrize(
        ("body", "kept"),
        [
            ("a\x00b", "a\ufffdb"),
            ("\ud800", "\ufffd"),
            ("\udc00\ud83d", "\ufffd\ufffd"),
            ("\x00" * 1600, "\ufffd" * 1600),
        ],
    )
    def test_that_no_store_could_keep_is_mended(self, body: str, kept: str) -> None:
        assert arrived(Body=body).body == kept

    def test_without_words_is_one_all_the_same(self) -> None:
        fields = form(NumMedia="2")
        del fields["Body"]
        event = parse.text_arrived(fields, line_at)
        assert (event.body, event.media) == ("", 2)

    @pytest.mark.parametrize(
        ("fields", "media"),
        [
            ({}, 0),
            ({"NumMedia": "0"}, 0),
            ({"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x"}, 1),
            ({"NumMedia": "many"}, 0),
            ({"NumMedia": "-1"}, 0),
            ({"NumMedia": "999999999"}, 99),
            ({"Latitude": "-15.4", "Longitude": "28.3"}, 1),
        ],
    )
    def test_has_attachments_that_are_counted(self, fields: dict[str, str], media: int) -> None:
        assert arrived(**fields).media == media

    @pytest.mark.parametrize("withheld", ["", "Anonymous", "+266696687", "whatsapp:", "+26097\x00", "\ud800"])
    def test_from_a_withheld_number_is_nobodys(self, withheld: str) -> None:
        assert arrived(From=withheld).caller is None

    @pytest.mark.parametrize("to", ["", "117", "whatsapp:", "whatsapp:117", "x" * 100_000])
    def test_to_an_address_that_is_none_of_ours_is_refused(self, to: str) -> None:
        assert reason(lambda: arrived(To=to)) == (403, "address")

    @pytest.mark.parametrize("to", ["messenger:116", "rcs:116"])
    def test_by_a_channel_that_we_do_not_speak_is_refused(self, to: str) -> None:
        assert reason(lambda: arrived(To=to)) == (400, "channel")

    @pytest.mark.parametrize(
        ("fields", "id"),
        [({"MessageSid": MM}, MM), ({"SmsSid": SM}, SM), ({"MessageSid": SM, "SmsSid": MM}, SM)],
    )
    def test_has_an_id(self, fields: dict[str, str], id: str) -> None:
        given = form(**fields)
        if "MessageSid" not in fields:
            del given["MessageSid"]
        assert parse.text_arrived(given, line_at).message_id == id

    @pytest.mark.parametrize(
        ("id", "why"),
        [
            ("", "id_missing"),
            ("SM", "id_malformed"),
            ("CA" + "1" * 32, "id_malformed"),
            (SM + "\n", "id_malformed"),
            (SM + MM, "id_malformed"),
            ("S", "id_malformed"),
            ("SM" + "1" * 100_000, "id_malformed"),
        ],
    )
    def test_without_a_proper_id_is_refused(self, id: str, why: str) -> None:
        assert reason(lambda: arrived(MessageSid=id)) == (400, why)


class TestTheStateOfATextOfOurs:
    @pytest.mark.parametrize(
        ("said", "state"),
        [
            ("accepted", TextState.QUEUED),
            ("queued", TextState.QUEUED),
            ("sending", TextState.QUEUED),
            ("sent", TextState.SENT),
            ("delivered", TextState.DELIVERED),
            ("read", TextState.DELIVERED),
            ("undelivered", TextState.FAILED),
            ("failed", TextState.FAILED),
            ("canceled", TextState.FAILED),
        ],
    )
    def test_is_one_of_four(self, said: str, state: TextState) -> None:
        assert parse.text_status(form(MessageStatus=said), None, None) == TextStatus(SM, state)
        assert parse.text_status(form(SmsStatus=said), TEXT, "2") == TextStatus(SM, state, None, TEXT, 2)

    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            ("failed", "30003", "30003"),
            ("undelivered", "", None),
            ("failed", "+260971234567", None),
            ("sent", "1", None),
        ],
    )
    def test_says_why_it_failed(self, status: str, code: str, error: str | None) -> None:
        found = parse.text_status(form(MessageStatus=status, ErrorCode=code), None, None)
        assert found is not None
        assert found.error == error

    @pytest.mark.parametrize("said", ["receiving", "received"])
    def test_of_a_text_to_us_says_nothing(self, said: str) -> None:
        assert parse.text_status(form(MessageStatus=said), None, None) is None

    @pytest.mark.parametrize(
        ("fields", "text", "part", "why"),
        [
            ({"MessageStatus": "asleep"}, None, None, "text_state"),
            ({}, None, None, "text_state"),
            ({"MessageStatus": "sent", "MessageSid": "SM1"}, None, None, "id_malformed"),
            ({"MessageStatus": "sent"}, "../x", "1", "leg"),
            ({"MessageStatus": "sent"}, TEXT, "first", "step"),
        ],
    )
    def test_that_makes_no_sense_is_refused(
        self, fields: dict[str, str], text: str | None, part: str | None, why: str
    ) -> None:
        assert reason(lambda: parse.text_status(form(**fields), text, part)) == (400, why)


class TestBytesThatAreNoText:
    @pytest.mark.parametrize(("sent", "kept"), [(b"Body=a%FFb", "a\ufffdb"), (b"Body=a\xffb", "a\ufffdb")])
    def test_are_mended_where_a_text_would_be_lost(self, sent: bytes, kept: str) -> None:
        fields = {"AccountSid": ACCOUNT, "Body": kept}
        signatures = Signatures(EDGE.auth_tokens, EDGE.public_url)
        signature = next(signatures._computed("/m", fields))
        body = b"AccountSid=" + ACCOUNT.encode() + b"&" + sent
        received = Received("/m", "application/x-www-form-urlencoded", signature, body)
        assert verified(received, signatures, ACCOUNT, mended=True)["Body"] == kept
        assert reason(lambda: verified(received, signatures, ACCOUNT)) == (400, "encoding")


def text(
    body: str = "hello",
    created: str = "Thu, 01 Jan 2026 12:00:00 +0000",
    sid: str = SM,
    status: str = "sent",
    direction: str = "outbound-api",
    **more: object,
) -> dict[str, object]:
    said = {"sid": sid, "body": body, "date_created": created, "status": status, "direction": direction}
    return {**said, "date_sent": None, "from": CHILD, "num_media": "0", **more}


class TestWriting:
    async def test_a_part_is_sent_as_it_is_given(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say(text(), 201)
        body = f"1/2 {AMHARIC}\n "
        assert await carrier.send_text(CHILD, "sms", OURS, body, TEXT, 1) == SM
        (asked,) = rest.asked
        assert (asked.method, asked.path) == ("POST", f"{MESSAGES}.json")
        assert dict(asked.form) == {
            "To": CHILD,
            "From": OURS,
            "Body": body,
            "StatusCallback": STATUS_URL.format(TEXT, 1),
        }

    @pytest.mark.parametrize("prefix", ["", "whatsapp:"])
    async def test_by_whatsapp_both_addresses_say_so(self, rest: Rest, carrier: TwilioCarrier, prefix: str) -> None:
        rest.will_say(text(), 201)
        await carrier.send_text(prefix + CHILD, "whatsapp", prefix + OURS, "hello", TEXT, 1)
        sent = dict(rest.asked[0].form)
        assert (sent["To"], sent["From"]) == (f"whatsapp:{CHILD}", f"whatsapp:{OURS}")

    @pytest.mark.parametrize(("body", "sent"), [("\ud83d\udc4b", "👋"), ("a\ud83d", "a\ufffd")])
    async def test_halves_of_letters_do_not_stop_it(
        self, rest: Rest, carrier: TwilioCarrier, body: str, sent: str
    ) -> None:
        rest.will_say(text(), 201)
        await carrier.send_text(CHILD, "sms", OURS, body, TEXT, 1)
        assert dict(rest.asked[0].form)["Body"] == sent

    @pytest.mark.parametrize(
        ("status", "body", "code", "retry", "unknown"),
        [
            (400, {"code": 21610}, "carrier_21610", False, False),
            (404, {"code": 20404}, "carrier_404", False, False),
            (429, {}, "carrier_busy", True, False),
            (503, {}, "carrier_down", True, True),
            (201, {}, "carrier_unreadable", True, True),
        ],
    )
    async def test_a_refusal_says_whether_to_try_again(
        self, rest: Rest, carrier: TwilioCarrier, status: int, body: object, code: str, retry: bool, unknown: bool
    ) -> None:
        rest.will_say(body, status)
        with pytest.raises(CarrierTrouble) as trouble:
            await carrier.send_text(CHILD, "sms", OURS, "hello", TEXT, 1)
        assert (trouble.value.code, trouble.value.retry, trouble.value.unknown) == (code, retry, unknown)
        assert not isinstance(trouble.value, CallGone)


class TestWhatBecameOfAnAttempt:
    async def test_is_the_newest_with_the_very_body(self, rest: Rest, carrier: TwilioCarrier) -> None:
        other = "SM" + "2" * 32
        rest.will_say(
            {
                "messages": [
                    text("another", "Thu, 01 Jan 2026 12:00:09 +0000", "SM" + "3" * 32),
                    text("1/2 ሰላም", "Thu, 01 Jan 2026 12:00:02 +0000", other),
                    text("1/2 ሰላም", "Thu, 01 Jan 2026 12:00:00 +0000"),
                    text("1/2 ሰላም", "Thu, 01 Jan 2026 11:59:59 +0000", "SM" + "4" * 32),
                ],
                "next_page_uri": None,
            }
        )
        found = await carrier.find_text(CHILD, "whatsapp", OURS, "1/2 ሰላም ", NOON + 400_000)
        assert found == other
        assert rest.asked[0].query == {"To": f"whatsapp:{CHILD}", "From": f"whatsapp:{OURS}", "PageSize": "50"}

    async def test_is_nothing_when_it_was_never_made(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"messages": [text(created="Thu, 01 Jan 2026 11:59:59 +0000")], "next_page_uri": None})
        rest.will_say({"messages": [], "next_page_uri": None})
        assert await carrier.find_text(CHILD, "sms", OURS, "hello", NOON) is None
        assert await carrier.find_text(CHILD, "sms", OURS, "hello", NOON) is None

    async def test_is_asked_by_its_id(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say(text(status="undelivered"))
        assert await carrier.text_state(SM) is TextState.FAILED
        assert rest.asked[0].path == f"{MESSAGES}/{SM}.json"

    async def test_in_a_state_that_nobody_knows_may_be_asked_again(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say(text(status="daydreaming"))
        with pytest.raises(CarrierTrouble, match="carrier_unreadable") as trouble:
            await carrier.text_state(SM)
        assert trouble.value.retry


class TestDeleting:
    async def test_what_is_safe_here_goes_there(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.answers = [web.Response(status=204)]
        await carrier.delete_text(SM)
        assert [(asked.method, asked.path) for asked in rest.asked] == [("DELETE", f"{MESSAGES}/{SM}.json")]

    async def test_what_is_still_being_sent_goes_later(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"code": 20009}, 409)
        with pytest.raises(CarrierTrouble, match="carrier_not_yet") as trouble:
            await carrier.delete_text(SM)
        assert trouble.value.retry

    async def test_what_is_gone_is_gone(self, rest: Rest, carrier: TwilioCarrier) -> None:
        rest.will_say({"code": 20404}, 404)
        with pytest.raises(CallGone):
            await carrier.delete_text(SM)


class TestTextsWhoseWebhookWasLost:
    async def test_are_listed_oldest_first_as_if_they_had_been_posted(self, rest: Rest, carrier: TwilioCarrier) -> None:
        later = "SM" + "2" * 32
        theirs = {"direction": "inbound", "status": "received"}
        rest.will_say(
            {
                "messages": [
                    text("a\x00b", "Thu, 01 Jan 2026 12:00:05 +0000", later, **{**theirs, "from": "Anonymous"}),
                    text("ours", "Thu, 01 Jan 2026 12:00:04 +0000"),
                    text("", "Thu, 01 Jan 2026 12:00:01 +0000", MM, **{**theirs, "num_media": "1"}),
                    text("old", "Thu, 01 Jan 2026 11:59:59 +0000", **theirs),
                ],
                "next_page_uri": None,
            }
        )
        assert await carrier.texts_to("116", "children", "sms", NOON + SECOND // 2) == (
            TextArrived(MM, "sms", "116", "children", Caller(CHILD), "", media=1),
            TextArrived(later, "sms", "116", "children", None, "a\ufffdb"),
        )
        assert rest.asked[0].query == {"To": "116", "DateSent>": "2026-01-01T12:00:00Z", "PageSize": "1000"}

    async def test_by_whatsapp_have_bare_numbers(self, rest: Rest, carrier: TwilioCarrier) -> None:
        heard = text("hi", direction="inbound", **{"from": f"whatsapp:{CHILD}"})
        rest.will_say({"messages": [heard], "next_page_uri": None})
        (event,) = await carrier.texts_to(OURS, "children", "whatsapp", NOON)
        assert (event.caller, event.channel) == (Caller(CHILD), "whatsapp")
        assert rest.asked[0].query["To"] == f"whatsapp:{OURS}"


async def test_a_carrier_that_is_not_there_has_sent_nothing(unused_tcp_port: int) -> None:
    async with open_carrier(EDGE, Words(), base_url=f"http://127.0.0.1:{unused_tcp_port}") as carrier:
        with pytest.raises(CarrierTrouble, match="carrier_unreachable") as trouble:
            await carrier.send_text(CHILD, "sms", OURS, "hello", TEXT, 1)
    assert not trouble.value.unknown
