"""What Twilio posts, and which event it is."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from multidict import MultiDict

from webhooks.events import CallArrived, Caller, CallState, CallStatus, LegStep, RecordingReady, RoomChanged
from webhooks.refusal import Unacceptable
from webhooks.twilio import parse

CALL = "CA" + "1" * 32
RECORDING = "RE" + "2" * 32
ROOM = "CF" + "3" * 32
LEG = "01936f2e-0000-7000-8000-000000000001"


def line_at(address: str) -> tuple[str, str] | None:
    return {"116": ("children", "116"), "sip:116@trunk;user=phone": ("children", "sip:116@*")}.get(address)


def form(**fields: str) -> MultiDict[str]:
    return MultiDict({"CallSid": CALL, **fields})


def reason(parsing: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(Unacceptable) as refused:
        parsing()
    return refused.value.status, refused.value.reason


class TestFirstRequest:
    @pytest.mark.parametrize(("dialled", "address"), [("116", "116"), ("sip:116@trunk;user=phone", "sip:116@*")])
    def test_a_child_calls(self, dialled: str, address: str) -> None:
        event = parse.call_arrived(form(To=dialled, From="+260 97 1234567", FromCity="Lusaka"), line_at)
        assert event == CallArrived(CALL, address, "children", Caller("+260971234567"))

    @pytest.mark.parametrize("withheld", [{}, {"From": ""}, {"From": "Anonymous"}, {"From": "+266696687"}])
    def test_a_withheld_number_is_nobody(self, withheld: dict[str, str]) -> None:
        assert parse.call_arrived(form(To="116", **withheld), line_at).caller is None

    @pytest.mark.parametrize("to", ["", "117", "x" * 100_000])
    def test_an_address_that_is_none_of_ours_is_refused(self, to: str) -> None:
        assert reason(lambda: parse.call_arrived(form(To=to, From="1"), line_at)) == (403, "address")

    def test_a_field_that_says_two_things_is_refused(self) -> None:
        both = MultiDict([("CallSid", CALL), ("To", "116"), ("To", "117")])
        assert reason(lambda: parse.call_arrived(both, line_at)) == (400, "field_repeated")

    def test_a_field_that_says_one_thing_twice_is_not(self) -> None:
        both = MultiDict([("CallSid", CALL), ("To", "116"), ("To", "116")])
        assert parse.call_arrived(both, line_at).line == "children"


@pytest.mark.parametrize(
    ("call_id", "why"),
    [
        ("", "id_missing"),
        ("CA", "id_malformed"),
        ("CA" + "1" * 33, "id_malformed"),
        ("CA" + "1" * 100_000, "id_malformed"),
        ("SM" + "1" * 32, "id_malformed"),
        ("CA" + "1" * 31 + "\x00", "id_malformed"),
        ("CA" + "1" * 32 + "\n", "id_malformed"),
        ("CA" + "١" * 32, "id_malformed"),
        ("../" + "1" * 31, "id_malformed"),
    ],
)
def test_a_call_without_a_proper_id_is_refused(call_id: str, why: str) -> None:
    fields = MultiDict({"CallSid": call_id, "To": "116", "CallStatus": "ringing"})
    assert reason(lambda: parse.call_arrived(fields, line_at)) == (400, why)
    assert reason(lambda: parse.leg_step(fields, LEG, "1", "")) == (400, why)
    assert reason(lambda: parse.call_status(fields, None)) == (400, why)


class TestSteps:
    @pytest.mark.parametrize(
        ("fields", "step"),
        [
            ({"Digits": "1"}, LegStep(CALL, LEG, 3, keys="1")),
            ({"Digits": "*#0"}, LegStep(CALL, LEG, 3, keys="*#0")),
            ({"Digits": ""}, LegStep(CALL, LEG, 3)),
            ({}, LegStep(CALL, LEG, 3)),
            ({"CallStatus": "in-progress", "Digits": "2"}, LegStep(CALL, LEG, 3, keys="2")),
            ({"CallStatus": "completed"}, LegStep(CALL, LEG, 3, over=True)),
            (
                {"RecordingSid": RECORDING, "RecordingDuration": "12", "Digits": "#"},
                LegStep(CALL, LEG, 3, keys="#", recording=RECORDING, recorded_s=12),
            ),
            (
                {"RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{RECORDING}"},
                LegStep(CALL, LEG, 3, recording=RECORDING),
            ),
            ({"RecordingUrl": "https://elsewhere.example.org/x"}, LegStep(CALL, LEG, 3)),
            (
                {"RecordingSid": RECORDING, "RecordingDuration": "4", "Digits": "hangup"},
                LegStep(CALL, LEG, 3, recording=RECORDING, recorded_s=4, over=True),
            ),
        ],
    )
    def test_a_call_asks_what_to_do_next(self, fields: dict[str, str], step: LegStep) -> None:
        assert parse.leg_step(form(**fields), LEG, "3", "") == step

    def test_a_leg_has_left_its_conference(self) -> None:
        assert parse.leg_step(form(DialCallStatus="completed"), LEG, "4", "1").left_room
        assert not parse.leg_step(form(), LEG, "4", "0").left_room

    @pytest.mark.parametrize(
        ("leg", "step", "fields", "why"),
        [
            ("", "1", {}, "leg"),
            ("a" * 65, "1", {}, "leg"),
            ("a b", "1", {}, "leg"),
            ("../../x", "1", {}, "leg"),
            ("leg\x00", "1", {}, "leg"),
            (LEG, "", {}, "step"),
            (LEG, "one", {}, "step"),
            (LEG, "-1", {}, "step"),
            (LEG, "1.5", {}, "step"),
            (LEG, "٣", {}, "step"),
            (LEG, "1000001", {}, "step"),
            (LEG, "9" * 5000, {}, "step"),
            (LEG, "1", {"Digits": "1;drop"}, "keys"),
            (LEG, "1", {"Digits": "1" * 65}, "keys"),
            (LEG, "1", {"Digits": "\x00"}, "keys"),
            (LEG, "1", {"RecordingSid": "RE1"}, "id_malformed"),
            (LEG, "1", {"RecordingSid": RECORDING, "RecordingDuration": "long"}, "number"),
            (LEG, "1", {"CallStatus": "daydreaming"}, "call_state"),
        ],
    )
    def test_what_is_not_of_its_form_is_refused(self, leg: str, step: str, fields: dict[str, str], why: str) -> None:
        assert reason(lambda: parse.leg_step(form(**fields), leg, step, "")) == (400, why)


class TestStatus:
    @pytest.mark.parametrize(
        ("said", "state"),
        [
            ("queued", CallState.QUEUED),
            ("initiated", CallState.INITIATED),
            ("ringing", CallState.RINGING),
            ("in-progress", CallState.ANSWERED),
            ("answered", CallState.ANSWERED),
            ("completed", CallState.COMPLETED),
            ("busy", CallState.BUSY),
            ("no-answer", CallState.NO_ANSWER),
            ("failed", CallState.FAILED),
            ("canceled", CallState.CANCELED),
        ],
    )
    def test_every_state_has_a_name_of_ours(self, said: str, state: CallState) -> None:
        event = parse.call_status(form(CallStatus=said, SequenceNumber="7", CallDuration="61"), LEG)
        assert event == CallStatus(CALL, LEG, state, 7, 61)

    def test_one_without_a_number_stands_where_twilio_would_put_it(self) -> None:
        order = [parse.call_status(form(CallStatus=said), None).sequence for said in ("ringing", "answered", "busy")]
        assert order == [1, 2, 3]

    def test_an_unknown_duration_is_none(self) -> None:
        assert parse.call_status(form(CallStatus="completed", CallDuration="-1"), None).duration_s is None

    @pytest.mark.parametrize(
        ("fields", "leg", "why"),
        [
            ({}, None, "call_state"),
            ({"CallStatus": "paused"}, None, "call_state"),
            ({"CallStatus": "Ringing"}, None, "call_state"),
            ({"CallStatus": "ringing", "SequenceNumber": "x"}, None, "number"),
            ({"CallStatus": "ringing", "SequenceNumber": "9" * 100}, None, "number"),
            ({"CallStatus": "completed", "CallDuration": "1.5"}, None, "number"),
            ({"CallStatus": "ringing"}, "", "leg"),
            ({"CallStatus": "ringing"}, "a/b", "leg"),
        ],
    )
    def test_what_is_not_of_its_form_is_refused(self, fields: dict[str, str], leg: str | None, why: str) -> None:
        assert reason(lambda: parse.call_status(form(**fields), leg)) == (400, why)


class TestRooms:
    FIELDS: ClassVar = {"ConferenceSid": ROOM, "FriendlyName": "contact-1.2", "SequenceNumber": "5"}

    @pytest.mark.parametrize(
        ("said", "what"),
        [
            ("conference-start", "start"),
            ("participant-join", "join"),
            ("participant-leave", "leave"),
            ("conference-end", "end"),
        ],
    )
    def test_somebody_comes_or_goes(self, said: str, what: str) -> None:
        event = parse.room_changed(form(**self.FIELDS, StatusCallbackEvent=said, ParticipantLabel=LEG))
        assert event == RoomChanged(ROOM, "contact-1.2", what, CALL, LEG, 5)

    def test_the_room_itself_has_no_call(self) -> None:
        event = parse.room_changed(MultiDict({**self.FIELDS, "StatusCallbackEvent": "conference-end"}))
        assert event == RoomChanged(ROOM, "contact-1.2", "end", None, None, 5)

    def test_what_we_did_not_ask_for_is_passed_over(self) -> None:
        assert parse.room_changed(form(**self.FIELDS, StatusCallbackEvent="participant-mute")) is None

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"StatusCallbackEvent": ""}, "room_event"),
            ({"FriendlyName": ""}, "room"),
            ({"FriendlyName": "x" * 129}, "room"),
            ({"FriendlyName": "a\x00"}, "room"),
            ({"SequenceNumber": ""}, "sequence"),
            ({"SequenceNumber": "x"}, "number"),
            ({"ConferenceSid": ""}, "id_missing"),
            ({"ConferenceSid": "CFx"}, "id_malformed"),
            ({"ParticipantLabel": "a/b"}, "leg"),
        ],
    )
    def test_what_is_not_of_its_form_is_refused(self, changed: dict[str, str], why: str) -> None:
        fields = form(**{**self.FIELDS, "StatusCallbackEvent": "participant-join", **changed})
        assert reason(lambda: parse.room_changed(fields)) == (400, why)


class TestRecordings:
    @pytest.mark.parametrize("state", [{}, {"RecordingStatus": "completed"}])
    def test_one_can_be_fetched(self, state: dict[str, str]) -> None:
        event = parse.recording_ready(form(RecordingSid=RECORDING, RecordingDuration="9", **state))
        assert event == RecordingReady(CALL, RECORDING, 9)

    @pytest.mark.parametrize("state", ["in-progress", "absent", "failed"])
    def test_there_is_nothing_to_fetch(self, state: str) -> None:
        assert parse.recording_ready(form(RecordingSid=RECORDING, RecordingStatus=state)) is None

    def test_one_without_an_id_is_refused(self) -> None:
        assert reason(lambda: parse.recording_ready(form(RecordingDuration="9"))) == (400, "id_missing")
