"""Calls: what the line says is heard, what is pressed arrives, and the end is told."""

from __future__ import annotations

import asyncio
import io
import wave

import pytest
from aiohttp import web

from helpline.practice import NotHeard, PracticeCarrier

from .conftest import CHILD, LINE, HelplineSide, Opener

MENU = '<Gather numDigits="1" action="/key" timeout="5"><Say>For English press 1</Say></Gather><Say>Nobody chose</Say>'


async def test_a_child_calls_hears_the_menu_presses_a_key_and_is_answered(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says("/voice", MENU)
    helpline.says("/key", "<Say>Someone is coming</Say>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("press 1")
    await call.press("1")
    await call.hears("someone is coming")
    assert await call.ended() == "completed"
    assert helpline.forms("/key")[0]["Digits"] == "1"
    assert "presses 1" in call.transcript
    assert carrier.errors == []


async def test_the_first_webhook_says_what_twilio_says(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", "<Hangup/>")
    call = await carrier.phone(CHILD).dial("sip:116@pbx.example.org")
    await call.ended()
    (form,) = helpline.forms("/voice")
    told = {name: form[name] for name in ("CallSid", "From", "To", "Caller", "Called", "CallStatus")}
    assert told == {
        "CallSid": call.sid,
        "From": CHILD,
        "To": "sip:116@pbx.example.org",
        "Caller": CHILD,
        "Called": "sip:116@pbx.example.org",
        "CallStatus": "ringing",
    }
    assert form["Direction"] == "inbound"
    assert form["ApiVersion"] == "2010-04-01"
    assert form["FromCountry"] == "ZM"
    headers = helpline.headers[0]
    assert headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert len(headers["I-Twilio-Idempotency-Token"]) == 36


@pytest.mark.parametrize(
    ("withheld", "arrives"),
    [(True, "Anonymous"), ("Restricted", "Restricted"), ("+266696687", "+266696687")],
)
async def test_a_withheld_number_arrives_as_one_literal(
    helpline: HelplineSide,
    carrier: PracticeCarrier,
    withheld: bool | str,
    arrives: str,
) -> None:
    helpline.says("/voice", "<Hangup/>")
    call = await carrier.phone(CHILD, withheld=withheld).dial(LINE)
    await call.ended()
    form = helpline.forms("/voice")[0]
    assert form["From"] == arrives
    assert CHILD not in str(form)
    assert form["FromCity"] == ""


@pytest.mark.parametrize(
    ("attributes", "pressed", "digits"),
    [
        ('numDigits="1"', "7", "7"),
        ('numDigits="2"', "42", "42"),
        ("", "12#", "12"),
        ('finishOnKey="*"', "1#*", "1#"),
        ('finishOnKey="" numDigits="2"', "1#", "1#"),
        ('timeout="2"', "9", "9"),
    ],
)
async def test_keys_are_gathered(
    helpline: HelplineSide,
    carrier: PracticeCarrier,
    attributes: str,
    pressed: str,
    digits: str,
) -> None:
    helpline.says("/voice", f'<Gather action="/key" {attributes}><Say>Press</Say></Gather>')
    helpline.says("/key", "<Hangup/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("press")
    await call.press(pressed)
    await call.ended()
    assert [form["Digits"] for form in helpline.forms("/key")] == [digits]


async def test_silence_falls_through_to_the_next_verb(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", MENU)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("nobody chose")
    await call.ended()
    assert helpline.forms("/key") == []


async def test_silence_is_told_where_the_document_asks_for_it(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says(
        "/voice",
        '<Gather numDigits="1" timeout="1" action="/key" actionOnEmptyResult="true"/>',
    )
    helpline.says("/key", "<Hangup/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.ended()
    assert [form["Digits"] for form in helpline.forms("/key")] == [""]


async def test_a_key_during_a_prompt_cuts_the_prompt_short(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    prompts = "<Say>One</Say><Pause length='60'/><Say>Two</Say>"
    helpline.says("/voice", f'<Gather numDigits="1" action="/key">{prompts}</Gather>')
    helpline.says("/key", "<Hangup/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("one")
    await call.press("1")
    await call.ended()
    assert [caption.text for caption in call.captions] == ["One"]


async def test_a_key_that_nothing_listens_for_is_lost(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", f"<Say>Welcome to the line</Say>{MENU}")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("welcome")
    await call.press("1")
    await call.hears("nobody chose")
    assert "presses 1 (nothing listens)" in call.transcript
    assert helpline.forms("/key") == []


async def test_say_without_a_language_speaks_english_whatever_is_written(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    voice = "Google.am-ET-Standard-A"
    helpline.says(
        "/voice",
        f'<Say>አማርኛ</Say><Say voice="{voice}" language="am-ET">አማርኛ</Say>',
    )
    call = await carrier.phone(CHILD).dial("116")
    assert (await call.hears("አማርኛ")).language == "en-US"
    assert (await call.hears("አማርኛ")).language == "am-ET"


async def test_a_recorded_prompt_is_fetched_and_named(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 4000)
    helpline.says("/voice", "<Play>prompts/so/welcome.wav</Play>")
    helpline.says(
        "/prompts/so/welcome.wav",
        web.Response(body=sound.getvalue(), content_type="audio/wav"),
    )
    call = await carrier.phone(CHILD).dial("116")
    assert (await call.hears("welcome.wav")).kind == "play"
    await call.ended()
    assert carrier.errors == []


async def test_a_redirect_leads_on_and_a_hang_up_ends(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", "<Redirect>next?step=2</Redirect>")
    helpline.says("/next", "<Say>Second</Say><Hangup/><Say>Never</Say>")
    call = await carrier.phone(CHILD).dial("116")
    await call.ended()
    assert [caption.text for caption in call.captions] == ["Second"]
    assert helpline.forms("/next")[0]["step"] == "2"


@pytest.mark.parametrize(("reason", "state"), [("busy", "busy"), ("rejected", "no-answer")])
async def test_a_rejected_call_is_never_answered(
    helpline: HelplineSide, carrier: PracticeCarrier, reason: str, state: str
) -> None:
    helpline.says("/voice", f'<Reject reason="{reason}"/>')
    call = await carrier.phone(CHILD).dial("116")
    assert await call.ended() == state
    assert call.call.answered_at is None


async def test_a_hang_up_in_a_menu_ends_the_call_and_is_told(helpline: HelplineSide, open_carrier: Opener) -> None:
    carrier = await open_carrier(status_url=f"{helpline.url}/status")
    helpline.says("/voice", MENU)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("press 1")
    await call.hang_up()
    await carrier.settled()
    (told,) = helpline.forms("/status")
    assert told["CallStatus"] == "completed"
    assert int(told["CallDuration"]) >= 1
    assert told["SequenceNumber"] == "0"


async def test_a_dropped_connection_ends_the_call_without_a_hang_up(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says("/voice", MENU)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("press 1")
    await carrier.drop(call)
    assert call.state == "completed"
    assert call.transcript[-2:] == [
        "loses the connection",
        "ends (the connection dropped)",
    ]


async def test_a_hang_up_does_not_cut_a_webhook_that_is_under_way(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    arrived, let_go, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(form: dict[str, str]) -> web.StreamResponse:
        arrived.set()
        await let_go.wait()
        finished.set()
        return web.Response(text="<Response/>", content_type="text/xml")

    helpline.says("/voice", slow)
    call = await carrier.phone(CHILD).dial("116")
    await arrived.wait()
    await call.hang_up()
    let_go.set()
    await asyncio.wait_for(finished.wait(), 5)
    assert call.captions == []


async def test_what_was_not_heard_is_told_with_the_transcript(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", "<Say>Good morning</Say><Pause length='600'/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("good morning")
    with pytest.raises(NotHeard, match="line says: Good morning"):
        await call.hears("good evening", timeout=0.05)


async def test_a_message_is_recorded_and_can_be_ended_by_a_key(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says(
        "/voice",
        '<Record action="/left" finishOnKey="#" recordingStatusCallback="/recorded"/>',
    )
    helpline.says("/left", "<Say>Thank you</Say>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("(beep)")
    await call.says("Please call me back after school")
    await call.press("#")
    await call.hears("thank you")
    await carrier.settled()
    (left,) = helpline.forms("/left")
    assert left["Digits"] == "#"
    assert int(left["RecordingDuration"]) >= 1
    assert left["RecordingUrl"] == (
        f"{carrier.url}/2010-04-01/Accounts/{left['AccountSid']}/Recordings/{left['RecordingSid']}"
    )
    assert helpline.forms("/recorded")[0]["RecordingStatus"] == "completed"


async def test_a_message_is_kept_when_the_caller_hangs_up(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", '<Record action="/left"/>')
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("(beep)")
    await call.says("Call me")
    await call.hang_up()
    (left,) = await helpline.asked_of("/left")
    assert (left["Digits"], left["CallStatus"]) == ("hangup", "completed")


async def test_silence_leaves_no_message(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", '<Record action="/left" timeout="2"/><Say>Nothing was said</Say>')
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("nothing was said")
    assert helpline.forms("/left") == []
    assert carrier.recordings == {}
