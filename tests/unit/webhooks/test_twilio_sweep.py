"""Calls that a webhook may have lost, as Twilio lists them, and how one is led to us."""

from tests.unit.webhooks.twilio_rest import ACCOUNT, NOON, Rest
from webhooks.events import CallArrived, Caller, CallState
from webhooks.ports import CallListed
from webhooks.twilio.gateway import TwilioCarrier

CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
SECOND = 1_000_000


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
