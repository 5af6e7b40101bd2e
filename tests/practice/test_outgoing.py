"""Calls that the helpline makes: over REST and by Dial, to phones that answer in their own ways."""

from __future__ import annotations

from typing import Any

import pytest

from helpline.practice import PhoneCall, PracticeCarrier

from .conftest import CHILD, COUNSELLOR, INTERPRETER, LINE, HelplineSide, Rest

GREETING = "<Say>Press 1 to take the call</Say><Pause length='600'/>"
EVENTS = ["initiated", "ringing", "answered", "completed"]


async def call_out(rest: Rest, helpline: HelplineSide, number: str = COUNSELLOR, **more: Any) -> Any:
    """The helpline calls a number, and wants to know everything."""
    settings = {
        "to": number,
        "from_": LINE,
        "url": f"{helpline.url}/adult",
        "status_callback": f"{helpline.url}/progress",
        "status_callback_event": EVENTS,
        **more,
    }
    return await rest(lambda client: client.calls.create(**settings))


async def test_a_phone_rings_is_answered_and_the_call_is_told_step_by_step(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/adult", GREETING)
    created = await call_out(rest, helpline)
    assert (created.status, created.direction) == ("queued", "outbound-api")
    incoming = await carrier.phone(COUNSELLOR).rings()
    assert incoming.sid == created.sid
    await incoming.answer()
    await incoming.hears("press 1")
    await incoming.hang_up()
    await carrier.settled()
    told = helpline.forms("/progress")
    assert [form["CallStatus"] for form in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in told] == ["0", "1", "2", "3"]
    assert int(told[-1]["CallDuration"]) >= 1
    assert helpline.forms("/adult")[0]["CallStatus"] == "in-progress"
    assert carrier.errors == []


@pytest.mark.parametrize(
    ("answers", "state"),
    [("never", "no-answer"), ("busy", "busy"), ("rejects", "busy"), ("unreachable", "failed")],
)
async def test_a_phone_that_nobody_answers_is_told_as_what_it_was(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest, answers: str, state: str
) -> None:
    phone = carrier.phone(COUNSELLOR, answers=answers)
    await call_out(rest, helpline, timeout=5)
    incoming = await phone.rings()
    assert await incoming.ended() == state
    await carrier.settled()
    assert helpline.forms("/progress")[-1]["CallStatus"] == state
    assert helpline.forms("/adult") == []


async def test_a_ringing_phone_is_called_off(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    created = await call_out(rest, helpline)
    incoming = await carrier.phone(COUNSELLOR).rings()
    await rest(lambda client: client.calls(created.sid).update(status="canceled"))
    assert await incoming.ended() == "canceled"


@pytest.mark.parametrize(("answers", "by"), [("machine", "machine_start"), ("person", "human")])
async def test_a_machine_is_told_from_a_person_where_that_was_asked(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest, answers: str, by: str
) -> None:
    helpline.says("/adult", GREETING)
    phone = carrier.phone(COUNSELLOR, answers=answers)
    await call_out(rest, helpline, machine_detection="Enable")
    await (await phone.rings()).hears("press 1")
    assert helpline.forms("/adult")[0]["AnsweredBy"] == by


async def test_nothing_is_said_about_machines_where_nobody_asked_and_a_machine_presses_nothing(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/adult", "<Gather timeout='2' numDigits='1'><Say>Press 1</Say></Gather><Say>No key</Say>")
    phone = carrier.phone(COUNSELLOR, answers="machine")
    await call_out(rest, helpline)
    await (await phone.rings()).hears("no key")
    assert "AnsweredBy" not in helpline.forms("/adult")[0]


async def test_a_person_who_talks_already_is_busy(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    helpline.says("/adult", GREETING)
    phone = carrier.phone(COUNSELLOR, answers="person")
    await call_out(rest, helpline)
    await (await phone.rings()).hears("press 1")
    await call_out(rest, helpline)
    assert await (await phone.rings()).ended() == "busy"


async def test_the_fallback_of_a_call_is_asked_when_its_url_fails(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/adult", "<Sing/>")
    helpline.says("/fallback", GREETING)
    phone = carrier.phone(COUNSELLOR, answers="person")
    await call_out(rest, helpline, fallback_url=f"{helpline.url}/fallback")
    await (await phone.rings()).hears("press 1")


async def dial(helpline: HelplineSide, carrier: PracticeCarrier, nouns: str, attributes: str = "") -> PhoneCall:
    helpline.says("/voice", f'<Dial action="/after" {attributes}>{nouns}</Dial>')
    helpline.says("/after", "<Say>Back at the line</Say>")
    return await carrier.phone(CHILD).dial("116")


async def test_a_dial_connects_two_and_its_action_is_asked_when_it_ends(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    call = await dial(helpline, carrier, f"<Number>{COUNSELLOR}</Number>")
    incoming = await carrier.phone(COUNSELLOR).rings()
    await incoming.answer()
    await call.connected()
    await call.says("Hello?")
    await incoming.hears("hello?")
    await incoming.hang_up()
    await call.hears("back at the line")
    (after,) = helpline.forms("/after")
    assert (after["DialCallStatus"], after["DialCallSid"]) == ("completed", incoming.sid)
    assert int(after["DialCallDuration"]) >= 1


@pytest.mark.parametrize(("answers", "state"), [("never", "no-answer"), ("busy", "busy"), ("unreachable", "failed")])
async def test_a_dial_that_reaches_nobody_says_why(
    helpline: HelplineSide, carrier: PracticeCarrier, answers: str, state: str
) -> None:
    carrier.phone(COUNSELLOR, answers=answers)
    call = await dial(helpline, carrier, f"<Number>{COUNSELLOR}</Number>", 'timeout="3"')
    await call.hears("back at the line")
    assert helpline.forms("/after")[0]["DialCallStatus"] == state


async def test_the_first_to_answer_is_connected_and_the_other_stops_ringing(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    call = await dial(helpline, carrier, f"<Number>{COUNSELLOR}</Number><Sip>sip:amina@pbx.example</Sip>")
    first = await carrier.phone(COUNSELLOR).rings()
    second = await carrier.phone("sip:amina@pbx.example").rings()
    await second.answer()
    await call.connected()
    assert await first.ended() == "canceled"
    assert second.is_connected


async def test_the_callee_hears_a_whisper_before_it_is_connected(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says("/whisper", "<Say>A call from the line</Say>")
    call = await dial(helpline, carrier, '<Client url="/whisper">amina</Client>')
    incoming = await carrier.phone("client:amina").rings()
    await incoming.answer()
    await incoming.hears("a call from the line")
    await call.connected()
    assert call.captions == []


async def test_a_callers_hang_up_during_a_dial_is_told_to_the_action(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    call = await dial(helpline, carrier, f"<Number>{COUNSELLOR}</Number>")
    incoming = await carrier.phone(COUNSELLOR).rings()
    await incoming.answer()
    await call.connected()
    await call.hang_up()
    await incoming.ended()
    (after,) = await helpline.asked_of("/after")
    assert after["CallStatus"] == "completed"
    assert call.captions == []


async def test_a_call_that_is_answered_on_bridge_rings_until_then(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    call = await dial(helpline, carrier, f"<Number>{COUNSELLOR}</Number>", 'answerOnBridge="true"')
    incoming = await carrier.phone(COUNSELLOR).rings()
    assert call.state == "ringing"
    await incoming.answer()
    await call.connected()
    assert call.state == "in-progress"


async def test_a_callee_can_be_led_away_by_the_helpline(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    call = await dial(helpline, carrier, f"<Number>{COUNSELLOR}</Number>")
    incoming = await carrier.phone(COUNSELLOR).rings()
    await incoming.answer()
    await call.connected()
    await rest(lambda client: client.calls(incoming.sid).update(twiml=f"<Response>{GREETING}</Response>"))
    await incoming.hears("press 1")
    await incoming.hang_up()
    await call.hears("back at the line")


async def test_a_caller_id_that_is_not_ours_is_refused(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    call = await dial(helpline, carrier, f"<Number>{COUNSELLOR}</Number>", 'callerId="+447700900000"')
    await call.hears("application error")
    assert [error.code for error in carrier.errors] == [13214]


async def test_an_interpreter_is_called_into_a_room_by_its_name(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/voice", '<Dial><Conference waitUrl="" participantLabel="child">room</Conference></Dial>')
    child = await carrier.phone(CHILD).dial("116")
    room = await child.in_conference(alone=True)
    seat = await rest(
        lambda client: client.conferences("room").participants.create(
            to=INTERPRETER, from_=LINE, label="interpreter", end_conference_on_exit=False, beep="false"
        )
    )
    assert (seat.status, seat.conference_sid, seat.label) == ("queued", room.sid, "interpreter")
    incoming = await carrier.phone(INTERPRETER).rings()
    await incoming.answer()
    await incoming.in_conference()
    assert room.who_hears_whom == {"child": {"interpreter"}, "interpreter": {"child"}}
    seats = await rest(lambda client: client.conferences(room.sid).participants.list())
    assert {(one.label, one.status) for one in seats} == {("child", "connected"), ("interpreter", "connected")}


async def test_one_who_could_not_be_reached_for_a_room_is_told_as_having_left(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    carrier.phone(INTERPRETER, answers="busy")
    await rest(
        lambda client: client.conferences("room").participants.create(
            to=INTERPRETER,
            from_=LINE,
            conference_status_callback=f"{helpline.url}/room",
            conference_status_callback_event=["join", "leave", "end"],
        )
    )
    left, ended = await helpline.asked_of("/room", 2)
    assert (left["ReasonParticipantLeft"], left["ParticipantCallStatus"]) == ("participant_add_failed", "busy")
    assert ended["StatusCallbackEvent"] == "conference-end"


async def test_a_room_that_ends_calls_off_those_who_still_ring(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/voice", '<Dial><Conference endConferenceOnExit="true" waitUrl="">room</Conference></Dial>')
    child = await carrier.phone(CHILD).dial("116")
    await child.in_conference(alone=True)
    await rest(lambda client: client.conferences("room").participants.create(to=INTERPRETER, from_=LINE))
    incoming = await carrier.phone(INTERPRETER).rings()
    await child.hang_up()
    assert await incoming.ended() == "canceled"
