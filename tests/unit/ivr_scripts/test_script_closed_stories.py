"""A child calls out of hours: the danger key, a message, a call-back."""

import pytest

from ivr_scripts.machine import (
    CallbackAsked,
    CannotSpeak,
    Danger,
    HangUp,
    LanguageChosen,
    LanguageUnknown,
    Listen,
    MessageLeft,
    Queue,
    Record,
)
from tests.unit.ivr_scripts.child_on_the_phone import Child


@pytest.fixture
def closed(child: Child) -> Child:
    """A child who called out of hours and chose Swahili."""
    child.calls(closed=True).presses("9", "2")
    child.decided.clear()
    return child


def test_the_language_is_asked_first_and_then_it_is_said_that_nobody_is_here(child: Child) -> None:
    child.calls(closed=True)
    assert child.hears[0] == "en:greeting"
    child.presses("9", "2")
    assert child.decided == [LanguageChosen("sw")]
    assert child.hears == [
        "sw:closed",
        "sw:key_message(1)",
        "sw:key_callback(2)",
        "sw:key_languages(9)",
        "sw:key_danger(0)",
        "sw:key_cannot_speak(*)",
        "sw:key_again(#)",
    ]


def test_danger_still_reaches_the_floor(closed: Child) -> None:
    closed.presses("0")
    assert closed.decided == [Danger(), Queue()]
    assert isinstance(closed.step.then, Listen)
    assert closed.hears[0] == "sw:danger_heard"


def test_danger_before_a_language_reaches_the_floor(child: Child) -> None:
    child.calls(closed=True).presses("0")
    assert child.decided == [Danger(), LanguageUnknown(), Queue()]


def test_a_message_is_said_to_be_recorded_before_it_is(closed: Child) -> None:
    closed.presses("1")
    assert closed.hears[:2] == ["sw:limits", "sw:message_record"]
    assert closed.step.then == Record(max_s=180, silence_s=8, finish="#0*")
    closed.speaks(31, keys="#")
    assert closed.decided == [MessageLeft("RE1", 31)]
    assert closed.hears == ["sw:message_thanks", "sw:farewell"]
    assert closed.is_hung_up_on


def test_danger_during_a_message_keeps_the_message_and_reaches_the_floor(closed: Child) -> None:
    closed.presses("1").speaks(4, keys="0")
    assert closed.decided == [MessageLeft("RE1", 4), Danger(), Queue()]
    assert isinstance(closed.step.then, Listen)


def test_a_message_of_nothing_is_asked_for_once_more(closed: Child) -> None:
    closed.presses("1").speaks(0)
    assert closed.hears[0] == "sw:message_empty"
    closed.presses("1").speaks(9)
    assert closed.decided == [MessageLeft("RE1", 9)]


def test_the_carrier_that_tells_an_empty_recording_as_silence_is_understood(closed: Child) -> None:
    closed.presses("1").does_nothing()
    assert closed.hears[0] == "sw:message_empty"


def test_a_key_pressed_before_anything_was_recorded_is_heard(closed: Child) -> None:
    closed.presses("1", "*")
    assert closed.hears[:2] == ["sw:cannot_speak_heard", "sw:message_empty"]
    closed.presses("1", "0")
    assert closed.decided == [CannotSpeak(), Danger(), Queue()]


@pytest.mark.parametrize(("key", "when"), [("1", "any"), ("2", "morning"), ("3", "afternoon"), ("4", "evening")])
def test_a_call_back_is_asked_for_with_when_it_is_safe(closed: Child, key: str, when: str) -> None:
    closed.presses("2", key)
    assert [decision.when for decision in closed.decided if isinstance(decision, CallbackAsked)] == [when]
    assert closed.hears == ["sw:callback_thanks", "sw:farewell"]
    assert closed.is_hung_up_on


def test_without_a_time_nobody_is_called_and_a_message_can_be_left(closed: Child) -> None:
    closed.presses("2").does_nothing()
    assert closed.hears[0] == "sw:no_key"
    closed.does_nothing()
    assert closed.decided == []
    assert isinstance(closed.step.then, Record)


def test_a_withheld_number_is_not_offered_a_call_back(child: Child) -> None:
    child.calls(closed=True, withheld=True).presses("1")
    assert "en:key_callback(2)" not in child.hears
    child.presses("2")
    assert child.hears[0] == "en:wrong_key"
    child.presses("*")
    assert child.session.node == "closed"
    assert child.decided == [LanguageChosen("en"), CannotSpeak()]


def test_whoever_cannot_speak_is_asked_when_a_call_is_safe(closed: Child) -> None:
    closed.presses("*")
    assert closed.hears[:2] == ["sw:cannot_speak_heard", "sw:callback_when"]
    closed.presses("4")
    assert closed.decided == [CannotSpeak(), CallbackAsked("evening")]


def test_cannot_speak_ends_a_message_and_offers_a_call_back(closed: Child) -> None:
    closed.presses("1").does_nothing().presses("1").speaks(0, keys="*")
    assert closed.hears[:2] == ["sw:cannot_speak_heard", "sw:message_empty"]


def test_a_child_who_never_presses_a_key_may_leave_a_message_before_the_call_ends(child: Child) -> None:
    child.calls(closed=True).does_nothing(2)
    assert child.decided == [LanguageUnknown()]
    assert child.hears[0] == "en:closed"
    child.does_nothing(2)
    assert isinstance(child.step.then, Record)
    child.does_nothing().does_nothing(2)
    assert child.hears == ["en:farewell"]
    assert child.is_hung_up_on
    assert child.decided == [LanguageUnknown()]


def test_wrong_keys_do_not_end_a_call_either(child: Child) -> None:
    child.calls(closed=True).presses("12", "34", "66", "5")
    assert isinstance(child.step.then, Record)


def test_the_language_can_be_chosen_again(closed: Child) -> None:
    closed.presses("9", "9", "6")
    assert closed.decided == [LanguageChosen("ar")]
    assert closed.hears[0] == "ar:closed"


def test_after_the_end_nothing_is_said_any_more(closed: Child) -> None:
    closed.presses("2", "1", "1", "0").does_nothing()
    assert closed.decided == [CallbackAsked("any")]
    assert closed.step.say == ()
    assert closed.step.then == HangUp()


@pytest.mark.parametrize("path", [(), ("1",), ("1", "1"), ("1", "2"), ("12", "34", "1", "2"), ("1", "9")])
def test_the_danger_key_works_wherever_the_line_listens(child: Child, path: tuple[str, ...]) -> None:
    child.calls(closed=True).presses(*path)
    if isinstance(child.step.then, Record):
        child.speaks(0, keys="0")
    else:
        child.presses("0")
    assert Danger() in child.decided
    assert Queue() in child.decided
