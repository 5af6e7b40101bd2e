"""Whatever comes in, in whatever order, the script machine answers, and leaves no child alone."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ivr_scripts.loader import SCRIPTS, load_line
from ivr_scripts.machine import (
    Arrived,
    CannotSpeak,
    Danger,
    Decision,
    Digits,
    HangUp,
    Input,
    Joined,
    LanguageChosen,
    LanguageUnknown,
    LimitsTold,
    Listen,
    NamedLanguage,
    Question,
    Queue,
    Record,
    Recorded,
    Resumed,
    Session,
    Silence,
    Step,
    advance,
    begin,
)

LANGUAGES = Path(__file__).parents[2] / "config" / "directory" / "languages.toml"
LINE, _ = load_line(SCRIPTS / "children.toml", LANGUAGES)
assert LINE is not None
SCRIPT, PROMPTS = LINE.script, LINE.prompts

CODES = st.sampled_from(["en", "so", "ar", "xx", "", "zu-latn"])
MENUS = st.lists(CODES, unique=True, max_size=20).map(tuple) | st.just(SCRIPT.menu)
KEYS = st.sampled_from(list("0123456789*#")) | st.text(max_size=5)

ARRIVED = st.builds(Arrived, st.booleans(), st.none() | CODES, st.booleans(), st.booleans(), MENUS)
PHONE: st.SearchStrategy[Input] = st.one_of(
    st.builds(Digits, KEYS),
    st.builds(Silence),
    st.builds(Recorded, st.none() | st.just("RE1"), st.integers(-1, 9), KEYS),
)
INPUTS: st.SearchStrategy[Input] = st.one_of(
    PHONE,
    PHONE,
    ARRIVED,
    st.builds(Joined),
    st.builds(Resumed, st.sampled_from(["lost", "passed_on"])),
    st.builds(Question, st.sampled_from([*SCRIPT.card.questions, "none", ""])),
    st.builds(NamedLanguage, CODES),
)
SESSIONS = st.builds(
    Session,
    script=st.text(max_size=3),
    node=st.sampled_from([*SCRIPT.node, "gone"]),
    language=st.none() | CODES,
    menu=MENUS,
    page=st.integers(0, 5),
    step=st.integers(0, 99),
    tries=st.integers(0, 5),
    loops=st.integers(0, 99),
    asking=st.none() | st.sampled_from([*SCRIPT.card.questions, "gone"]),
)


def call(arrived: Arrived, inputs: list[Input]) -> list[Step]:
    """A whole call, through JSON between deliveries as the store does it; it ends with a hang-up."""
    steps = [begin(SCRIPT, arrived)]
    for one in inputs:
        if isinstance(steps[-1].then, HangUp):
            break
        stored = json.dumps(steps[-1].session.to_json())
        steps.append(advance(SCRIPT, Session.from_json(json.loads(stored)), one))
    return steps


def decisions(steps: list[Step]) -> list[Decision]:
    return [decision for step in steps for decision in step.decisions]


@given(SESSIONS, INPUTS)
def test_every_session_has_an_answer_to_every_input(session: Session, one: Input) -> None:
    step = advance(SCRIPT, session, one)
    assert step.session.step == session.step + 1
    assert Session.from_json(json.loads(json.dumps(step.session.to_json()))) == step.session


@given(ARRIVED, st.lists(INPUTS, max_size=40))
def test_a_call_keeps_its_promises(arrived: Arrived, inputs: list[Input]) -> None:
    steps = call(arrived, inputs)
    assert [step.session.step for step in steps] == list(range(1, len(steps) + 1))
    decided = decisions(steps)
    for once in (Queue(), Danger(), CannotSpeak(), LanguageUnknown(), LimitsTold()):
        assert decided.count(once) <= 1
    for step in steps:
        assert step.say or not isinstance(step.then, Listen | Record)
        for say in step.say:
            assert PROMPTS.spoken(say, SCRIPT.language) is not None


@given(ARRIVED, st.lists(INPUTS, max_size=40))
def test_nobody_is_hung_up_on_before_a_person_a_message_or_a_call_back(arrived: Arrived, inputs: list[Input]) -> None:
    steps = call(arrived, inputs)
    if not isinstance(steps[-1].then, HangUp):
        return
    assert not arrived.open
    assert not steps[-1].session.queued
    assert any(isinstance(step.then, Record) or step.session.node == "callback" for step in steps)


@given(ARRIVED, st.lists(PHONE, max_size=40))
def test_danger_reaches_the_floor_from_wherever_the_line_listens(arrived: Arrived, inputs: list[Input]) -> None:
    steps = call(arrived, inputs)
    if isinstance(steps[-1].then, HangUp):
        return
    pressed: Input = Recorded(None, 0, "0") if isinstance(steps[-1].then, Record) else Digits("0")
    steps.append(advance(SCRIPT, steps[-1].session, pressed))
    assert isinstance(steps[-1].then, Listen)
    assert steps[-1].session.queued
    assert {Danger(), Queue()} <= set(decisions(steps))


@given(ARRIVED, st.lists(PHONE, max_size=40))
def test_who_waits_has_a_language_or_is_known_to_have_none(arrived: Arrived, inputs: list[Input]) -> None:
    settled = False
    for decision in decisions(call(arrived, inputs)):
        settled = settled or isinstance(decision, LanguageChosen | LanguageUnknown)
        assert settled or not isinstance(decision, Queue)


@given(ARRIVED, st.lists(st.just(Silence()), min_size=9, max_size=12))
def test_who_does_nothing_gets_somewhere(arrived: Arrived, inputs: list[Input]) -> None:
    last = call(arrived, inputs)[-1]
    assert last.session.queued if arrived.open else isinstance(last.then, HangUp)
