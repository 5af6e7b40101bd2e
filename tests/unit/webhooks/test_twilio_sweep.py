"""Calls that a webhook may have lost, as Twilio lists them, and how one is led to us."""

import pytest

from tests.unit.webhooks.twilio_rest import ACCOUNT, EDGE, NOON, Rest, Words
from webhooks.events import CallArrived, Caller, CallState
from webhooks.ports import CallListed, Reach
from webhooks.twilio.gateway import TwilioCarrier, open_carrier

CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


def listed(digit: str, created: str, **more: object) -> dict[str, object]:
    return {
        "sid": "CA" + digit * 32,
        "status": "completed",
        "direction": "inbound",
        "to": "sip:116@trunk.example.org",
        "from": "+260971234567",
        "date_created": f"Thu, 01 Jan 2026 {created} +0000",
        **more,
    }


def text(digit: str, created: str) -> dict[str, object]:
    return {
        "sid": "SM" + digit * 32,
        "status": "received",
        "direction": "inbound",
        "to": "+260116",
        "from": "+260971234567",
        "body": "hello",
        "num_media": "0",
        "date_created": f"Thu, 01 Jan 2026 {created} +0000",
    }


def line_at(address: str) -> tuple[str, str] | None:
    return ("children", "sip:116@*") if address.startswith("sip:116@") else None


async def test_calls_to_our_lines_come_oldest_first_and_no_further_back_than_asked(
    rest: Rest, carrier: TwilioCarrier
) -> None:
    rest.will_say(
        {
            "calls": [
                listed("4", "12:00:05", **{"from": "Anonymous", "status": "in-progress"}),
                listed("3", "12:00:04", direction="outbound-api"),
                listed("2", "12:00:03", to="+15550100"),
                listed("1", "12:00:01", direction="trunking-originating", status="no-answer"),
                listed("0", "11:59:59"),
            ],
            "next_page_uri": None,
        }
    )
    assert await carrier.calls_to_lines(line_at, NOON + SECOND // 2) == (
        CallListed(
            CallArrived("CA" + "1" * 32, "sip:116@*", "children", Caller("+260971234567")),
            CallState.NO_ANSWER,
            NOON + SECOND,
        ),
        CallListed(CallArrived("CA" + "4" * 32, "sip:116@*", "children", None), CallState.ANSWERED, NOON + 5 * SECOND),
    )
    assert rest.asked[0].query["StartTime>"].startswith("2026-01-01"), "Twilio counts in days"


@pytest.mark.parametrize("ahead", [2 * HOUR, -2 * HOUR])
async def test_a_clock_that_is_hours_off_asks_and_hears_in_its_own_time(rest: Rest, ahead: int) -> None:
    """The carrier says what time it is with each answer: a call of a minute ago is found, and is a minute old."""
    now = NOON + ahead
    async with open_carrier(EDGE, Words(), base_url=rest.address, now=lambda: now + MINUTE) as carrier:
        rest.will_say({"calls": [], "next_page_uri": None}, date="Thu, 01 Jan 2026 12:01:00 GMT")
        rest.will_say(
            {"calls": [listed("1", "12:00:01"), listed("0", "11:49:00")], "next_page_uri": None},
            date="Thu, 01 Jan 2026 12:01:00 GMT",
        )
        (found,) = await carrier.calls_to_lines(line_at, now - 10 * MINUTE)
        assert found.began == now + SECOND
        assert rest.asked[1].query["StartTime>"].startswith("2026-01-01")
        rest.will_say(
            {"messages": [text("1", "12:00:30"), text("0", "11:49:00")]}, date="Thu, 01 Jan 2026 12:01:00 GMT"
        )
        (heard,) = await carrier.texts_to("+260116", "children", "sms", now - 10 * MINUTE)
        assert heard.message_id == "SM" + "1" * 32
        assert rest.asked[2].query["DateSent>"] == "2026-01-01T11:49:58Z"


@pytest.mark.parametrize("ahead", [2 * HOUR, -2 * HOUR])
async def test_an_attempt_is_found_by_a_clock_that_is_hours_off(rest: Rest, ahead: int) -> None:
    """Who would not find it would ring an adult twice, or take the call of yesterday for this one."""
    now = NOON + ahead
    async with open_carrier(EDGE, Words(), base_url=rest.address, now=lambda: now + 5 * SECOND) as carrier:
        rest.will_say(
            {"calls": [listed("2", "11:30:00"), listed("1", "12:00:01")], "next_page_uri": None},
            date="Thu, 01 Jan 2026 12:00:05 GMT",
        )
        seen = await carrier.find_call(Reach("phone", "+260971234567"), "+260116", now)
        assert seen is not None and seen.call_id == "CA" + "1" * 32
        rest.will_say({"calls": [listed("2", "11:30:00")], "next_page_uri": None}, date="Thu, 01 Jan 2026 12:00:05 GMT")
        assert await carrier.find_call(Reach("phone", "+260971234567"), "+260116", now) is None


async def test_who_is_being_connected_by_a_fallback_is_known_by_the_calls_that_it_made(
    rest: Rest, carrier: TwilioCarrier
) -> None:
    child = "CA" + "1" * 32
    rest.will_say({"calls": [listed("7", "12:00:00", status="ringing")], "next_page_uri": None})
    rest.will_say({"calls": [listed("7", "12:00:00", status="busy")], "next_page_uri": None})
    assert await carrier.is_with_others(child)
    assert not await carrier.is_with_others(child)
    assert rest.asked[0].query["ParentCallSid"] == child


async def test_a_live_call_is_led_to_where_calls_arrive(rest: Rest, carrier: TwilioCarrier) -> None:
    rest.will_say(listed("1", "12:00:00", status="in-progress"))
    await carrier.ask_anew("CA" + "1" * 32)
    (asked,) = rest.asked
    assert (asked.method, asked.path) == ("POST", f"{CALLS}/CA{'1' * 32}.json")
    assert dict(asked.form)["Url"].startswith("https://line.example.org/webhooks/twilio/voice")
