"""Conferences: a child, a counsellor and an interpreter, who hears whom, and who ends what."""

from __future__ import annotations

import pytest

from helpline.practice import PhoneCall, PracticeCarrier

from .conftest import CHILD, COUNSELLOR, INTERPRETER, LINE, HelplineSide, Rest

EVENTS = 'statusCallback="/room" statusCallbackEvent="start end join leave hold mute modify"'
WAIT = "<Gather numDigits='1' timeout='600' action='/key'><Say>Somebody is coming</Say></Gather>"


def join(label: str, *, ends: bool = False, extra: str = 'waitUrl=""') -> str:
    """TwiML that brings a leg into the room."""
    return (
        f'<Dial action="/after-{label}"><Conference {EVENTS} participantLabel="{label}" beep="false" '
        f'endConferenceOnExit="{str(ends).lower()}" {extra}>room-1</Conference></Dial>'
    )


async def child_waits(helpline: HelplineSide, carrier: PracticeCarrier) -> PhoneCall:
    helpline.says("/voice", WAIT)
    for label in ("child", "counsellor", "interpreter"):
        helpline.says(f"/after-{label}", f"<Say>The conference is over for the {label}</Say><Pause length='600'/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("somebody is coming")
    return call


async def adult_comes(rest: Rest, carrier: PracticeCarrier, number: str, label: str) -> PhoneCall:
    await rest(lambda client: client.calls.create(to=number, from_=LINE, url=f"{rest_base(carrier)}/adult-{label}"))
    call = await carrier.phone(number).rings()
    await call.answer()
    return call


def rest_base(carrier: PracticeCarrier) -> str:
    return carrier.switch.line.voice_url.rpartition("/")[0]


async def three_way(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> tuple[PhoneCall, PhoneCall, PhoneCall]:
    """A child waits where keys are heard, two adults come into the room, the child is moved to them."""
    child = await child_waits(helpline, carrier)
    helpline.says("/adult-counsellor", join("counsellor"))
    helpline.says("/adult-interpreter", join("interpreter"))
    counsellor = await adult_comes(rest, carrier, COUNSELLOR, "counsellor")
    await counsellor.in_conference(alone=True)
    interpreter = await adult_comes(rest, carrier, INTERPRETER, "interpreter")
    await interpreter.in_conference()
    text = f"<Response>{join('child', ends=True)}</Response>".replace('"/', f'"{rest_base(carrier)}/')
    await rest(lambda client: client.calls(child.sid).update(twiml=text))
    await child.in_conference()
    return child, counsellor, interpreter


async def test_three_hear_each_other(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    child, counsellor, interpreter = await three_way(helpline, carrier, rest)
    everyone = {"child", "counsellor", "interpreter"}
    assert carrier.conferences["room-1"].who_hears_whom == {who: everyone - {who} for who in everyone}
    await child.says("Waan baqayaa")
    await counsellor.hears("waan baqayaa")
    await interpreter.says("I am afraid")
    await counsellor.hears("i am afraid")
    await child.hears("i am afraid")
    assert carrier.errors == []


async def test_when_one_adult_leaves_the_others_go_on(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, counsellor, interpreter = await three_way(helpline, carrier, rest)
    await interpreter.hang_up()
    await carrier.settled()
    assert set(carrier.conferences["room-1"].participants) == {"child", "counsellor"}
    assert child.is_connected
    assert counsellor.is_connected
    left = [form for form in helpline.forms("/room") if form["StatusCallbackEvent"] == "participant-leave"]
    assert [(form["ParticipantLabel"], form["ReasonParticipantLeft"]) for form in left] == [
        ("interpreter", "participant_hung_up")
    ]


async def test_when_the_child_leaves_the_conference_ends_and_every_adult_goes_on_with_its_action(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, counsellor, interpreter = await three_way(helpline, carrier, rest)
    await child.hang_up()
    await counsellor.hears("over for the counsellor")
    await interpreter.hears("over for the interpreter")
    await carrier.settled()
    assert carrier.conferences.names == []
    assert helpline.forms("/after-counsellor")[0]["DialCallStatus"] == "answered"
    ended = helpline.forms("/room")[-1]
    assert ended["StatusCallbackEvent"] == "conference-end"
    assert ended["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert ended["CallSidEndingConference"] == child.sid
    assert "over for the child" not in str(child.transcript)


async def test_the_events_of_a_conference_are_numbered_and_say_who(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, _, _ = await three_way(helpline, carrier, rest)
    await child.hang_up()
    await carrier.settled()
    told = helpline.forms("/room")
    assert [(form["StatusCallbackEvent"], form.get("ParticipantLabel")) for form in told] == [
        ("participant-join", "counsellor"),
        ("participant-join", "interpreter"),
        ("conference-start", None),
        ("participant-join", "child"),
        ("participant-leave", "child"),
        ("participant-leave", "counsellor"),
        ("participant-leave", "interpreter"),
        ("conference-end", None),
    ]
    assert [int(form["SequenceNumber"]) for form in told] == list(range(1, 9))
    assert len({form["ConferenceSid"] for form in told}) == 1
    assert {form["FriendlyName"] for form in told} == {"room-1"}


async def test_a_leg_that_is_given_other_twiml_is_out_of_the_conference(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, counsellor, _ = await three_way(helpline, carrier, rest)
    text = "<Response><Say>A question for you</Say><Pause length='600'/></Response>"
    await rest(lambda client: client.calls(counsellor.sid).update(twiml=text))
    await counsellor.hears("a question")
    await carrier.settled()
    assert counsellor.room is None
    assert child.is_connected
    assert helpline.forms("/room")[-1]["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert helpline.forms("/after-counsellor") == []


async def test_taking_the_child_out_ends_the_conference_unless_it_is_told_not_to(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, counsellor, _ = await three_way(helpline, carrier, rest)
    room = carrier.conferences["room-1"].sid
    await rest(lambda client: client.conferences(room).participants("child").update(end_conference_on_exit=False))
    text = f"<Response>{WAIT}</Response>".replace("'/key'", f"'{helpline.url}/key'")
    await rest(lambda client: client.calls(child.sid).update(twiml=text))
    await child.hears("somebody is coming")
    helpline.says("/key", join("child", ends=True))
    await child.press("1")
    assert (await child.in_conference()).sid == room
    assert counsellor.is_connected


async def a_coach_comes(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest, coached: PhoneCall
) -> tuple[PhoneCall, str]:
    """One more adult, whom only ``coached`` is to hear; if that one has gone, everybody. The call, and its room."""
    helpline.says("/after-coach", join("coach"))
    helpline.says("/adult-coach", join("coach", extra=f'waitUrl="" coach="{coached.sid}"'))
    coach = await adult_comes(rest, carrier, "+260970000099", "coach")
    return coach, (await coach.in_conference()).sid


async def test_a_coach_hears_everybody_and_is_heard_by_one(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, counsellor, interpreter = await three_way(helpline, carrier, rest)
    coach, room = await a_coach_comes(helpline, carrier, rest, counsellor)
    hears = carrier.conferences["room-1"].who_hears_whom
    assert hears["coach"] == {"child", "counsellor", "interpreter"}
    assert [who for who in sorted(hears) if "coach" in hears[who]] == ["counsellor"]
    await coach.says("Ask her gently")
    await counsellor.hears("ask her gently")
    await carrier.settled()
    joined = [form for form in helpline.forms("/room") if form["StatusCallbackEvent"] == "participant-join"][-1]
    assert (joined["ParticipantLabel"], joined["Coaching"]) == ("coach", "true")
    seat = await rest(lambda client: client.conferences(room).participants(coach.sid).fetch())
    assert (seat.coaching, seat.call_sid_to_coach) == (True, counsellor.sid)
    done = await rest(lambda client: client.conferences(room).participants(coach.sid).update(coaching=False))
    assert (done.coaching, done.call_sid_to_coach) == (False, None)
    await coach.says("Hello, I am here too")
    await child.hears("i am here too")
    assert "gently" not in str(child.transcript) + str(interpreter.transcript) and carrier.errors == []


async def test_whose_coached_has_left_is_heard_by_nobody_until_that_is_changed(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, counsellor, _ = await three_way(helpline, carrier, rest)
    coach, room = await a_coach_comes(helpline, carrier, rest, counsellor)
    await counsellor.hang_up()
    await carrier.settled()
    assert carrier.conferences["room-1"].who_hears_whom["child"] == {"interpreter"}
    await rest(lambda client: client.conferences(room).participants("coach").update(coaching=False))
    assert carrier.conferences["room-1"].who_hears_whom["child"] == {"interpreter", "coach"}
    assert coach.is_connected and child.is_connected


async def test_who_is_to_coach_one_who_has_gone_goes_on_with_the_action(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    _, counsellor, _ = await three_way(helpline, carrier, rest)
    await counsellor.hang_up()
    await carrier.settled()
    await a_coach_comes(helpline, carrier, rest, counsellor)
    assert [error.code for error in carrier.errors] == [13240]
    assert "coach" in carrier.conferences["room-1"].who_hears_whom["child"]


async def test_keys_are_not_reported_from_a_conference(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, _, _ = await three_way(helpline, carrier, rest)
    await child.press("9")
    assert child.transcript[-1] == "presses 9 (nothing listens)"
    assert helpline.forms("/key") == []


async def test_one_alone_hears_what_is_there_to_wait_by(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", join("child", extra='waitUrl="/wait"'))
    helpline.says("/wait", "<Say>Please stay on the line</Say><Pause length='1'/><Redirect/>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("please stay")
    await call.hears("please stay")
    assert not call.is_connected
    assert helpline.forms("/wait")[0]["FriendlyName"] == "room-1"
    assert carrier.errors == []


async def test_a_gather_to_wait_by_is_an_error_and_the_leg_falls_out(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says("/voice", join("child", extra='waitUrl="/wait"'))
    helpline.says("/wait", "<Gather><Say>Press 1 if you are in danger</Say></Gather>")
    helpline.says("/after-child", "<Say>Fell out</Say>")
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("fell out")
    assert [error.code for error in carrier.errors] == [13238]


async def test_a_label_that_is_in_use_is_refused_and_the_call_goes_on_with_its_next_verb(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says("/voice", join("child") + "<Say>Not let in</Say>")
    first = await carrier.phone(CHILD).dial("116")
    await first.in_conference(alone=True)
    second = await carrier.phone(INTERPRETER).dial("116")
    await second.hears("not let in")
    assert [error.code for error in carrier.errors] == [16025]
    assert first.room is not None


async def test_a_name_is_a_new_room_after_the_old_one_has_ended(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    helpline.says("/voice", join("child"))
    first = await carrier.phone(CHILD).dial("116")
    earlier = await first.in_conference(alone=True)
    await first.hang_up()
    second = await carrier.phone(CHILD).dial("116")
    later = await second.in_conference(alone=True)
    assert later.name == earlier.name
    assert later.sid != earlier.sid
    assert earlier.reason_ended == "last-participant-left"


async def test_the_first_who_joins_says_whom_the_events_are_told_to(
    helpline: HelplineSide, carrier: PracticeCarrier
) -> None:
    room = '<Conference statusCallbackEvent="join" {}>room-2</Conference>'
    helpline.says("/voice", f"<Dial>{room.format('')}</Dial>")
    first = await carrier.phone(CHILD).dial("116")
    await first.in_conference(alone=True)
    told = room.format('statusCallback="/room"')
    helpline.says("/voice", f"<Dial>{told}</Dial>")
    second = await carrier.phone(INTERPRETER).dial("116")
    await second.in_conference()
    await carrier.settled()
    assert helpline.forms("/room") == []


@pytest.mark.parametrize(("who", "heard"), [("hold", set()), ("muted", {"counsellor", "interpreter"})])
async def test_one_on_hold_hears_nobody_and_one_muted_is_not_heard(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest, who: str, heard: set[str]
) -> None:
    await three_way(helpline, carrier, rest)
    room = carrier.conferences["room-1"]
    await rest(lambda client: client.conferences(room.sid).participants("child").update(**{who: True}))
    assert room.who_hears_whom["child"] == heard
    assert "child" not in room.who_hears_whom["counsellor"]
    await rest(lambda client: client.conferences(room.sid).participants("child").update(**{who: False}))
    assert "child" in room.who_hears_whom["counsellor"]


async def test_one_on_hold_hears_the_hold_document(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, _, _ = await three_way(helpline, carrier, rest)
    url = helpline.says("/hold", "<Say>One moment</Say>")
    room = carrier.conferences["room-1"].sid
    await rest(
        lambda client: (
            client.conferences(room).participants("child").update(hold=True, hold_url=url, hold_method="POST")
        )
    )
    await child.hears("one moment")


async def test_a_conference_that_is_ended_lets_everyone_go_on(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    child, counsellor, _ = await three_way(helpline, carrier, rest)
    room = carrier.conferences["room-1"].sid
    ended = await rest(lambda client: client.conferences(room).update(status="completed"))
    assert ended.status == "completed"
    await child.hears("over for the child")
    await counsellor.hears("over for the counsellor")


async def test_one_who_is_put_out_goes_on_alone(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    child, _, interpreter = await three_way(helpline, carrier, rest)
    room = carrier.conferences["room-1"].sid
    await rest(lambda client: client.conferences(room).participants("interpreter").delete())
    await interpreter.hears("over for the interpreter")
    assert child.is_connected


async def test_a_star_leaves_where_the_dial_allows_it(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", '<Dial hangupOnStar="true"><Conference waitUrl="">r</Conference></Dial><Say>Out</Say>')
    call = await carrier.phone(CHILD).dial("116")
    await call.in_conference(alone=True)
    await call.press("5")
    await call.press("*")
    await call.hears("out")


async def test_a_beep_is_heard_by_those_who_are_there(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    helpline.says("/voice", '<Dial><Conference waitUrl="">r</Conference></Dial>')
    first = await carrier.phone(CHILD).dial("116")
    await first.in_conference(alone=True)
    second = await carrier.phone(INTERPRETER).dial("116")
    await second.in_conference()
    await first.hears("(beep)")
    assert second.captions == []
