"""The REST interface, through the real `twilio` library: shapes, lists, refusals and faults."""

from __future__ import annotations

import asyncio
import base64
import io
import wave
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from helpline.practice import PracticeCarrier

from .conftest import ACCOUNT, CHILD, COUNSELLOR, INTERPRETER, LINE, TOKEN, HelplineSide, Opener, Rest

WAIT = "<Say>Wait</Say><Pause length='600'/>"


async def refusal(rest: Rest, work: Any) -> tuple[int, int]:
    """How the carrier refuses: the status and Twilio's code."""
    with pytest.raises(TwilioRestException) as refused:
        await rest(work)
    return refused.value.status, refused.value.code


def _listed(client: Client, filters: dict[str, Any]) -> Any:
    return client.calls.list(**filters)


async def test_a_call_is_fetched_and_listed(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    helpline.says("/voice", WAIT)
    before = datetime.now(UTC) - timedelta(minutes=1)
    first = await carrier.phone(CHILD).dial("116")
    await first.hears("wait")
    second = await carrier.phone(INTERPRETER).dial(LINE)
    await second.hears("wait")
    await first.hang_up()
    fetched = await rest(lambda client: client.calls(first.sid).fetch())
    assert (fetched.status, fetched.direction, fetched._from, fetched.to) == ("completed", "inbound", CHILD, "116")
    assert int(fetched.duration) >= 1
    assert fetched.start_time >= before
    lists: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [second.sid, first.sid]),
        ({"to": "116"}, [first.sid]),
        ({"from_": INTERPRETER}, [second.sid]),
        ({"status": "in-progress"}, [second.sid]),
        ({"start_time_after": before}, [second.sid, first.sid]),
        ({"start_time_before": before}, []),
    ]
    for filters, expected in lists:
        found = await rest(partial(_listed, filters=filters))
        assert [call.sid for call in found] == expected, filters


async def test_a_long_list_comes_in_pages(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    helpline.says("/voice", "<Hangup/>")
    calls = [await carrier.phone(CHILD).dial("116") for _ in range(5)]
    found = await rest(lambda client: client.calls.list(page_size=2))
    assert [call.sid for call in found] == [call.sid for call in reversed(calls)]


REFUSED: list[tuple[str, dict[str, Any], tuple[int, int]]] = [
    ("no such number", {"to": "116"}, (400, 21211)),
    ("a national number", {"to": "0950000001"}, (400, 21211)),
    ("a number of ours that calls itself", {"to": "+260116", "from_": "+260116"}, (400, 21211)),
    ("from a number that is not ours", {"from_": CHILD}, (400, 21210)),
    ("nothing to do", {"url": None}, (400, 21205)),
    ("a relative address", {"url": "/adult"}, (400, 21205)),
    ("inline TwiML that is too long", {"url": None, "twiml": "x" * 4001}, (400, 21617)),
    ("an event that is none", {"status_callback": "http://h/s", "status_callback_event": ["begun"]}, (400, 21626)),
    ("ringing for hours", {"timeout": 6000}, (400, 20001)),
]


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_call_that_cannot_be_made_is_refused(
    carrier: PracticeCarrier, rest: Rest, changes: dict[str, Any], expected: tuple[int, int]
) -> None:
    settings: dict[str, Any] = {"to": COUNSELLOR, "from_": LINE, "url": "http://h/adult", **changes}
    given = {name: value for name, value in settings.items() if value is not None}
    assert await refusal(rest, lambda client: client.calls.create(**given)) == expected
    assert carrier.calls == {}


async def test_a_wrong_token_is_refused(carrier: PracticeCarrier) -> None:
    def work(client: Client) -> Any:
        return client.calls("CA" + "0" * 32).fetch()

    assert await refusal(Rest(carrier.url, "another"), work) == (401, 20003)
    assert await refusal(Rest(carrier.url), work) == (404, 20404)


async def test_a_parameter_that_is_not_practised_is_an_error_that_the_test_sees(
    carrier: PracticeCarrier, rest: Rest
) -> None:
    def work(client: Client) -> Any:
        return client.calls.create(to=COUNSELLOR, from_=LINE, url="http://h/a", record=True)

    assert await refusal(rest, work) == (400, 20001)
    assert [error.code for error in carrier.errors] == [20001]


async def test_inline_twiml_of_4000_characters_is_followed(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    text = f"<Response><Say>Hello</Say><!--{'x' * 3948}--><Pause/></Response>"
    assert len(text) == 4000
    phone = carrier.phone(COUNSELLOR, answers="person")
    await rest(lambda client: client.calls.create(to=COUNSELLOR, from_=LINE, twiml=text))
    await (await phone.rings()).hears("hello")


async def test_inline_twiml_knows_no_relative_address(carrier: PracticeCarrier, rest: Rest) -> None:
    phone = carrier.phone(COUNSELLOR, answers="person")
    text = "<Response><Redirect>/next</Redirect></Response>"
    await rest(lambda client: client.calls.create(to=COUNSELLOR, from_=LINE, twiml=text))
    await (await phone.rings()).hears("application error")
    assert [error.code for error in carrier.errors] == [11100]


async def test_a_call_is_led_to_another_document(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    helpline.says("/voice", WAIT)
    url = helpline.says("/next", "<Say>Next</Say>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("wait")
    updated = await rest(lambda client: client.calls(call.sid).update(url=url, method="POST"))
    assert updated.status == "in-progress"
    await call.hears("next")


async def test_a_call_is_ended_by_the_helpline_and_cannot_be_led_after_that(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/voice", WAIT)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("wait")
    await rest(lambda client: client.calls(call.sid).update(status="completed"))
    assert await call.ended() == "completed"
    text = "<Response><Say>Too late</Say></Response>"
    assert await refusal(rest, lambda client: client.calls(call.sid).update(twiml=text)) == (400, 21220)
    assert await refusal(rest, lambda client: client.calls(call.sid).update(status="completed")) == (400, 21220)


async def test_a_ringing_call_cannot_be_led(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    created = await rest(lambda client: client.calls.create(to=COUNSELLOR, from_=LINE, url="http://h/a"))
    await carrier.phone(COUNSELLOR).rings()
    text = "<Response/>"
    assert await refusal(rest, lambda client: client.calls(created.sid).update(twiml=text)) == (400, 21220)


async def test_the_books_are_deleted_only_after_the_call(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/voice", WAIT)
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("wait")
    assert await refusal(rest, lambda client: client.calls(call.sid).delete()) == (409, 20009)
    await call.hang_up()
    assert await rest(lambda client: client.calls(call.sid).delete()) is True
    assert await refusal(rest, lambda client: client.calls(call.sid).fetch()) == (404, 20404)


async def test_conferences_are_found_by_name_and_state(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/voice", '<Dial><Conference waitUrl="">room</Conference></Dial>')
    first = await carrier.phone(CHILD).dial("116")
    room = await first.in_conference(alone=True)
    found = await rest(lambda client: client.conferences.list(friendly_name="room", status="init"))
    assert [one.sid for one in found] == [room.sid]
    await first.hang_up()
    (past,) = await rest(lambda client: client.conferences.list(friendly_name="room", status="completed"))
    assert (past.reason_conference_ended, past.call_sid_ending_conference) == ("last-participant-left", first.sid)
    assert await refusal(
        rest, lambda client: client.conferences(room.sid).participants.create(to=COUNSELLOR, from_=LINE)
    ) == (404, 20404)


@pytest.mark.parametrize(
    ("label", "expected"), [("child", (400, 16026)), ("a/b", (400, 16024)), ("x" * 129, (400, 16024))]
)
async def test_a_label_is_its_owners(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest, label: str, expected: tuple[int, int]
) -> None:
    helpline.says("/voice", '<Dial><Conference waitUrl="" participantLabel="child">room</Conference></Dial>')
    child = await carrier.phone(CHILD).dial("116")
    await child.in_conference(alone=True)
    made = len(carrier.calls)
    assert (
        await refusal(
            rest,
            lambda client: client.conferences("room").participants.create(to=COUNSELLOR, from_=LINE, label=label),
        )
        == expected
    )
    assert len(carrier.calls) == made


async def test_a_message_that_was_left_is_fetched_and_deleted(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/voice", '<Record timeout="2"/><Say>Thank you</Say>')
    helpline.says("/voice", '<Record timeout="2" action="/left"/>')
    helpline.says("/left", "<Hangup/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("(beep)")
    await call.says("Please call me")
    await call.ended()
    (recording,) = await rest(lambda client: client.recordings.list(call_sid=call.sid))
    url = helpline.forms("/left")[0]["RecordingUrl"]
    key = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as stranger:
            assert stranger.status == 401
        for address in (url, f"{url}.wav"):
            async with session.get(address, headers={"Authorization": f"Basic {key}"}) as answer:
                assert answer.content_type == "audio/x-wav"
                data = await answer.read()
    with wave.open(io.BytesIO(data)) as file:
        assert round(file.getnframes() / file.getframerate()) == int(recording.duration)
    assert await rest(lambda client: client.recordings(recording.sid).delete()) is True
    assert carrier.recordings == {}


async def test_a_text_is_sent_delivered_and_told(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    body = "ሰላም " * 20
    sent = await rest(
        lambda client: client.messages.create(
            to=CHILD, from_=LINE, body=body, status_callback=f"{helpline.url}/message-status"
        )
    )
    assert (sent.status, sent.num_segments) == ("queued", "2")
    await carrier.phone(CHILD).receives("ሰላም")
    told = await helpline.asked_of("/message-status", 2)
    assert [form["MessageStatus"] for form in told] == ["sent", "delivered"]
    (listed,) = await rest(lambda client: client.messages.list(to=CHILD))
    assert (listed.status, listed.body) == ("delivered", body)
    assert await rest(lambda client: client.messages(sent.sid).delete()) is True
    assert await refusal(rest, lambda client: client.messages(sent.sid).fetch()) == (404, 20404)


async def test_a_phone_writes_is_answered_and_a_stop_word_silences_it(
    helpline: HelplineSide, open_carrier: Opener
) -> None:
    carrier = await open_carrier(message_url=f"{helpline.url}/text")
    rest = Rest(carrier.url)
    helpline.says("/text", "<Message>We are here</Message>")
    phone = carrier.phone(CHILD)
    await phone.text(LINE, "Hallo")
    await phone.receives("we are here")
    form = helpline.forms("/text")[0]
    assert (form["Body"], form["From"], form["SmsStatus"], form["NumSegments"]) == ("Hallo", CHILD, "received", "1")
    await phone.text(LINE, "end")
    assert await refusal(rest, lambda client: client.messages.create(to=CHILD, from_=LINE, body="Are you there?")) == (
        400,
        21610,
    )


async def test_a_phone_writes_by_whatsapp_and_reads_the_answer(helpline: HelplineSide, open_carrier: Opener) -> None:
    carrier = await open_carrier(message_url=f"{helpline.url}/text")
    rest, phone = Rest(carrier.url), carrier.phone(CHILD)
    await phone.text(f"whatsapp:{LINE}", "ሰላም")
    (form,) = helpline.forms("/text")
    assert (form["From"], form["To"], form["Body"]) == (f"whatsapp:{CHILD}", f"whatsapp:{LINE}", "ሰላም")
    assert (form["WaId"], form["MessageType"]) == (CHILD[1:], "text")
    assert "FromCountry" not in form
    url = f"{helpline.url}/told"
    sent = await rest(
        lambda client: client.messages.create(
            to=f"whatsapp:{CHILD}", from_=f"whatsapp:{LINE}", body="We are here", status_callback=url
        )
    )
    assert (await phone.receives("we are here")).channel == "whatsapp"
    told = await helpline.asked_of("/told", 3)
    assert [one["MessageStatus"] for one in told] == ["sent", "delivered", "read"]
    assert {one["To"] for one in told} == {f"whatsapp:{CHILD}"}
    shown = await rest(lambda client: client.messages(sent.sid).fetch())
    assert (shown.to, shown.from_) == (f"whatsapp:{CHILD}", f"whatsapp:{LINE}")
    assert [text.state for text in phone.thread] == ["taken", "read"]


async def test_whatsapp_takes_no_text_for_one_who_has_not_written_for_a_day(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    url = f"{helpline.url}/told"
    await rest(
        lambda client: client.messages.create(
            to=f"whatsapp:{CHILD}", from_=f"whatsapp:{LINE}", body="Are you there?", status_callback=url
        )
    )
    told = await helpline.asked_of("/told", 2)
    assert (told[-1]["MessageStatus"], told[-1]["ErrorCode"]) == ("undelivered", "63016")
    assert [text.state for text in carrier.phone(CHILD).thread] == ["undelivered"]
    assert carrier.phone(CHILD).texts == []


@pytest.mark.parametrize(
    ("to", "from_", "code"),
    [
        (f"whatsapp:{CHILD}", LINE, 21910),
        (CHILD, f"whatsapp:{LINE}", 21910),
        (f"whatsapp:{CHILD}", "whatsapp:116", 63007),
        ("whatsapp:0971234567", f"whatsapp:{LINE}", 21211),
    ],
)
async def test_both_ends_of_a_text_are_on_one_channel(rest: Rest, to: str, from_: str, code: int) -> None:
    assert await refusal(rest, lambda client: client.messages.create(to=to, from_=from_, body="Hi")) == (400, code)


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (500, 20500)])
async def test_the_interface_fails_when_told_to_and_does_nothing(
    carrier: PracticeCarrier, rest: Rest, status: int, code: int
) -> None:
    carrier.faults.rest_answers(status, when=lambda method, path: method == "POST")

    def work(client: Client) -> Any:
        return client.calls.create(to=COUNSELLOR, from_=LINE, url="http://h/a")

    assert await refusal(rest, work) == (status, code)
    assert carrier.calls == {}
    assert (await rest(work)).status == "queued"


@pytest.mark.parametrize(("how", "accepted"), [("hang", True), ("reset", True), ("reset", False)])
async def test_the_interface_may_act_and_never_answer(carrier: PracticeCarrier, how: str, accepted: bool) -> None:
    carrier.faults.rest_times_out(how=how, accepted=accepted)
    key = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    form = {"To": COUNSELLOR, "From": LINE, "Url": "http://127.0.0.1:9/a"}
    url = f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    timeout = aiohttp.ClientTimeout(total=0.3)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        with pytest.raises((aiohttp.ClientError, asyncio.TimeoutError)):
            await session.post(url, data=form, headers={"Authorization": f"Basic {key}"})
    assert len(carrier.calls) == accepted
