"""Officers and workers in the script for institutions, as it is delivered."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_scripts.conversation import Say
from ivr_scripts.draw import mermaid, understood, walk
from ivr_scripts.loader import SCRIPTS, SpokenLine, load_line, prove
from ivr_scripts.machine import (
    Arrived,
    ChildHere,
    Digits,
    DutyAsked,
    DutyIs,
    HangUp,
    Identified,
    Identify,
    Input,
    InterpreterWanted,
    Joined,
    Listen,
    OfficerCallAsked,
    Queue,
    Rejoin,
    RequestTold,
    Resumed,
    Session,
    Silence,
    Step,
    advance,
    begin,
)
from ivr_scripts.schema import Script

LANGUAGES = Path(__file__).parents[3] / "config" / "directory" / "languages.toml"
_LINE, FAULTS = load_line(SCRIPTS / "institutions.toml", LANGUAGES)
assert _LINE is not None
LINE: SpokenLine = _LINE
SCRIPT = LINE.script
TEN = ("ti", "so", "am", "ar", "fr", "sw", "bem", "ny", "toi", "loz")


class Caller:
    """One call; `step` is what the line does last."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.step = begin(SCRIPT, Arrived(is_open, children="116"))

    def does(self, *given: Input) -> "Caller":
        for one in given:
            self.step = advance(SCRIPT, Session.from_json(json.loads(json.dumps(self.step.session.to_json()))), one)
        return self

    def presses(self, *keys: str) -> "Caller":
        return self.does(*map(Digits, keys))

    @property
    def hears(self) -> str:
        spoken = (LINE.prompts.spoken(say, SCRIPT.language) for say in self.step.say)
        return " ".join(one.text for one in spoken if one is not None)


def officer(*menu: str, callable: bool = True) -> Caller:
    """An officer who is known, and hears the languages."""
    caller = Caller().presses("1", "100116", "4711")
    return caller.does(Identified("ok", "court", menu=menu or TEN, callable=callable))


def waiting(*, callable: bool = True) -> Caller:
    """An officer who has said no more than the language and the purpose, and waits."""
    return officer(callable=callable).presses("1", "1").does(Silence(), Silence(), Silence())


def worker(duty: Any) -> Caller:
    return Caller().presses("2", "20009", "4711").does(Identified("ok", "selam", duty=duty))


def test_the_script_that_is_delivered_has_no_fault() -> None:
    assert [str(fault) for fault in FAULTS] == []


def test_number_and_pin_are_looked_at_together_and_the_pin_is_kept_nowhere() -> None:
    caller = Caller().presses("1")
    assert isinstance(caller.step.then, Listen) and (caller.step.then.keys, caller.step.then.finish) == (12, "#")
    caller.presses("100116")
    assert "enter the PIN" in caller.hears
    caller.presses("830527")
    assert caller.step.decisions == (Identify("institution", "100116", "830527"),)
    assert "830527" not in repr(caller.step) and "830527" not in json.dumps(caller.step.session.to_json())


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Identified("wrong"), "do not belong together"),
        (Identified("not_digits"), "only the keys from 0 to 9"),
        (Identified("slow_down", wait_s=37), "wait 37 seconds"),
    ],
)
def test_what_was_wrong_is_said_and_the_number_asked_for_again(outcome: Identified, said: str) -> None:
    caller = Caller().presses("1", "100116", "4712").does(outcome)
    assert said in caller.hears and "number of your institution" in caller.hears
    assert caller.presses("100116", "4711").step.decisions == (Identify("institution", "100116", "4711"),)


def test_after_five_tries_the_call_ends_with_the_childrens_number() -> None:
    caller = Caller().presses("1")
    for _ in range(5):
        assert not isinstance(caller.step.then, HangUp)
        caller.presses("100116", "1234").does(Identified("wrong"))
    assert isinstance(caller.step.then, HangUp) and "116" in caller.hears


def test_an_institution_that_may_only_book_is_told_so() -> None:
    caller = Caller().presses("1", "100116", "4711").does(Identified("not_allowed", "court"))
    assert "book an interpreter" in caller.hears and isinstance(caller.step.then, HangUp)


def test_languages_are_named_and_said_in_themselves_on_several_levels() -> None:
    caller = officer()
    assert "Tigrinya. Press 1." in caller.hears
    assert Say("menu_language", "ti", "1", strict=True) in caller.step.say
    assert "For more languages, press 9" in caller.hears and "Tonga" not in caller.hears
    caller.presses("9")
    assert "Tonga. Press 1" in caller.hears and "first languages again" in caller.hears
    caller.presses("1", "4")
    assert caller.step.decisions == (InterpreterWanted("court", "toi", "hearing"), Queue())
    assert "We are looking for an interpreter" in caller.hears


def test_a_language_that_cannot_be_said_in_itself_is_only_named() -> None:
    assert LINE.prompts.spoken(Say("menu_language", "xx", "1", strict=True), "en") is None


def test_the_language_may_not_be_known_yet() -> None:
    assert officer().presses("*", "3").step.decisions == (InterpreterWanted("court", None), Queue())


def test_whoever_says_nothing_of_the_request_waits_for_an_interview() -> None:
    caller = officer().presses("1").does(Silence(), Silence())
    assert caller.step.decisions == (InterpreterWanted("court", "ti"), Queue())
    assert [caller.does(Silence()).step.decisions for _ in range(3)] == [(), (), ()]
    assert "We are calling an interpreter" in caller.hears


def test_an_officer_tells_how_many_children_and_who_joins_while_an_interpreter_is_sought() -> None:
    caller = officer().presses("1", "1")
    assert caller.step.decisions[0] == InterpreterWanted("court", "ti", "welfare")
    assert "How many girls" in caller.hears and isinstance(caller.step.then, Listen) and caller.step.then.finish == "#"
    assert "from 0 to 500" in caller.presses("501").hears
    assert caller.presses("2").step.decisions == (RequestTold("girls", 2),)
    assert "How many boys" in caller.hears
    assert caller.presses("14").step.decisions == (RequestTold("boys", 14),)
    assert "Are they detained" in caller.hears
    assert caller.presses("1").step.decisions == (RequestTold("detained", 1),)
    assert "somebody else" in caller.hears
    caller.presses("0971234567")
    assert caller.step.decisions == (RequestTold("second_party", number="0971234567"),)
    assert "0971234567" not in repr(caller.step) and "0971234567" not in json.dumps(caller.step.session.to_json())
    assert "We call them" in caller.hears and "We are calling an interpreter" not in caller.hears


def test_everything_but_the_language_is_left_out_by_one_key_each_and_nobody_is_detained_of_nobody() -> None:
    caller = officer().presses("1", "2")
    for said in ("How many girls", "How many boys", "somebody else"):
        assert said in caller.hears
        caller.does(Digits(""))
    assert caller.step.session.node == "waiting"


def test_whoever_comes_cuts_the_questions_short() -> None:
    caller = officer().presses("1", "2").does(Joined())
    assert isinstance(caller.step.then, Rejoin)
    assert "connection to the interpreter was lost" in caller.does(Resumed()).hears


@pytest.mark.parametrize(("key", "decisions"), [
    ("1", (InterpreterWanted("court", "ti"), OfficerCallAsked(by_day=True))),
    ("2", (InterpreterWanted("court", "ti"), Queue())),
])  # fmt: skip
def test_an_interview_at_night_can_wait_for_the_day(key: str, decisions: tuple[Any, ...]) -> None:
    known = Identified("ok", "court", menu=TEN, night=True)
    caller = Caller().presses("1", "100116", "4711").does(known).presses("1", "3")
    assert "Can this interview wait" in caller.hears
    assert caller.presses(key).step.decisions == decisions
    urgent = Caller().presses("1", "100116", "4711").does(known).presses("1", "1")
    assert "How many girls" in urgent.hears, "what is urgent does not wait"
    nobody = replace(known, callable=False)
    caller = Caller().presses("1", "100116", "4711").does(nobody).presses("1", "3")
    assert "eight in the morning" not in caller.hears


def test_who_waits_is_told_honestly_and_can_be_called_or_hear_how_to_book() -> None:
    caller = waiting().does(Silence(), Silence())
    assert "takes long" in caller.hears and "press 1" in caller.hears and "press 2" in caller.hears
    assert "Sign in on our page" in caller.presses("2").hears
    assert isinstance(caller.step.then, Listen)
    caller.presses("1")
    assert caller.step.decisions == (OfficerCallAsked(),) and isinstance(caller.step.then, HangUp)


def test_who_cannot_be_called_is_not_offered_it() -> None:
    caller = waiting(callable=False).does(Silence(), Silence())
    assert "To be called" not in caller.hears and "how to book" in caller.hears
    assert caller.presses("1").step.decisions == ()


def test_the_officer_hears_the_lines_language_before_and_after_an_interpreter() -> None:
    caller = waiting().does(Joined())
    assert isinstance(caller.step.then, Rejoin)
    assert "connection to the interpreter was lost" in caller.does(Resumed()).hears


@pytest.mark.parametrize(
    ("duty", "said", "key", "to"),
    [
        ("off", "off duty", "1", "on"),
        ("on", "on duty by telephone", "2", "off"),
        ("browser", "in the browser", "1", "on"),
        ("away", "did not answer", "1", "on"),
    ],
)
def test_a_worker_hears_the_duty_and_changes_it(duty: str, said: str, key: str, to: Any) -> None:
    caller = worker(duty)
    assert said in caller.hears
    assert caller.presses(key).step.decisions == (DutyAsked("selam", to),)
    assert "You are off duty" in caller.does(DutyIs("off")).hears


def test_a_closed_line_still_lets_workers_go_off_duty() -> None:
    assert "No interpreter is here" in Caller(is_open=False).presses("1").hears
    assert "enter your number" in Caller(is_open=False).presses("2").hears


def test_a_child_by_mistake_hears_its_number_and_is_gone_after_one_key() -> None:
    caller = Caller()
    assert "The number for you is 116" in caller.hears and "press 0" in caller.hears
    for keys in ((), ("1",), ("2",), ("1", "100116")):
        assert ChildHere() in Caller().presses(*keys, "0").step.decisions
        assert ChildHere() in Caller().presses(*keys, "00").step.decisions


def test_who_is_known_is_no_child() -> None:
    assert ChildHere() not in officer().presses("0").step.decisions
    assert ChildHere() not in officer().presses("1", "1", "0").step.decisions


def test_a_call_can_be_drawn_and_walked() -> None:
    assert "children" in mermaid(SCRIPT)
    told = [one for word in ("1", "100116", "4711", "known ti", "1", "3", "2", "silence") if (one := understood(word))]
    transcript = list(walk(SCRIPT, LINE.prompts, told))
    assert "[wants an interpreter for ti]" in transcript and "[waits for a person]" in transcript


# What an operator wrote wrongly.


def changed(change: Callable[[dict[str, Any]], None]) -> Script:
    data = tomllib.loads((SCRIPTS / "institutions.toml").read_text(encoding="utf-8"))
    change(data)
    return Script.model_validate(data)


def found(script: Script) -> list[tuple[str, str]]:
    return [(fault.code, fault.key) for fault in prove(script, LINE.prompts, LINE.languages)]


def test_somebody_who_is_not_known_must_not_wait() -> None:
    def change(data: dict[str, Any]) -> None:
        data["node"]["officer"]["silent"] = "languages"

    assert ("not_identified", "node.officer.silent") in found(changed(change))


def test_an_officer_who_waits_is_not_hung_up_on() -> None:
    def change(data: dict[str, Any]) -> None:
        data["node"]["waiting"]["instead"]["1"]["to"] = "goodbye"

    assert ("hangs_up", "node.waiting.instead.1.to") in found(changed(change))


def test_a_key_with_two_meanings_is_told() -> None:
    def change(data: dict[str, Any]) -> None:
        data["node"]["languages"]["unknown"]["press"] = "9"

    assert ("key_taken", "node.languages.unknown") in found(changed(change))


def test_a_branch_that_is_missing_is_told() -> None:
    def change(data: dict[str, Any]) -> None:
        del data["node"]["duty"]["silent"]

    assert ("missing_branch", "node.duty.silent") in found(changed(change))


# Whatever is pressed.

KEYS = st.sampled_from(list("0123456789*#")) | st.text("0123456789*#", max_size=14)
OUTCOMES = st.sampled_from(["ok", "wrong", "slow_down", "not_digits", "not_allowed"])
DUTIES = st.sampled_from(["off", "on", "browser", "away", "no_phone"])
INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.builds(Digits, KEYS), st.builds(Digits, KEYS), st.builds(Silence), st.builds(DutyIs, DUTIES),
    st.builds(
        Identified, OUTCOMES, who=st.just("somebody"), menu=st.sampled_from([(), ("ti",), TEN]),
        callable=st.booleans(), duty=DUTIES, night=st.booleans(),
    ),
    st.builds(Joined), st.builds(Resumed),
)  # fmt: skip


def call(inputs: list[Input]) -> list[Step]:
    steps = [begin(SCRIPT, Arrived(True, children="116"))]
    for one in inputs:
        if isinstance(steps[-1].then, HangUp):
            break
        steps.append(advance(SCRIPT, steps[-1].session, one))
    return steps


@given(st.lists(INPUTS, max_size=30))
def test_nobody_waits_who_was_not_known_or_was_hung_up_on_while_waiting(inputs: list[Input]) -> None:
    joined = False
    for step in call(inputs):
        joined = joined or step.session.joined or any(isinstance(one, Resumed) for one in inputs)
        if Queue() in step.decisions and not joined:
            assert step.session.who is not None
            assert isinstance(step.decisions[0], InterpreterWanted)
        if step.session.queued and isinstance(step.then, HangUp):
            assert step.session.node in ("called_back", "called_by_day")


@given(st.lists(st.one_of(st.builds(Digits, KEYS), st.builds(Silence)), max_size=20))
def test_until_somebody_is_known_the_childs_key_leads_to_the_children(inputs: list[Input]) -> None:
    last = call(inputs)[-1]
    if isinstance(last.then, HangUp):
        assert any(say.prompt == "office_children_number" for say in last.say)
    else:
        assert ChildHere() in advance(SCRIPT, last.session, Digits("0")).decisions


@given(st.lists(st.just(Silence()), min_size=40, max_size=40), st.sampled_from([(), ("1",), ("2",)]))
def test_who_does_nothing_is_not_kept_for_ever(silence: list[Input], keys: tuple[str, ...]) -> None:
    assert isinstance(call([*map(Digits, keys), *silence])[-1].then, HangUp)
