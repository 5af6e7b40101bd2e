"""Whatever a child writes, in whatever order, the text script answers, and leaves no child alone."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ivr_scripts.conversation import NamedLanguage
from ivr_scripts.loader import SCRIPTS, load_line, load_words
from ivr_scripts.stop_words import stop_word
from ivr_scripts.texting import (
    Attached,
    Chosen,
    Danger,
    LanguageUnknown,
    NoChoice,
    Queue,
    SafeAsked,
    TextDecision,
    TextInput,
    TextSession,
    TextStep,
    Waited,
    Wrote,
    advance_text,
    begin_text,
    text_script,
)

LANGUAGES = Path(__file__).parents[2] / "config" / "directory" / "languages.toml"
LINE, _ = load_line(SCRIPTS / "children.toml", LANGUAGES)
assert LINE is not None
MADE = text_script(LINE.script, LINE.languages, load_words()[0])
assert MADE is not None
SCRIPT, PROMPTS, NEUTRAL = MADE, LINE.prompts, {"text_language", "text_urgent", "text_danger_heard", "text_unknown"}

CODES = st.sampled_from(["en", "so", "ar", "am", "ti", "rw", "xx", "", "zu-latn"])
KNOWN = st.sampled_from(
    ["0", "1", "2", "14", "٣", "፩", "#", "so", "Kiswahili", "hello", "ሰላም", "ነው", "مرحبا", "END", "yes"]
)
BODIES = KNOWN | st.text(st.characters(), max_size=20) | st.text(max_size=200) | st.integers(0, 20).map(str)
WROTE = st.builds(Wrote, BODIES, st.none() | CODES, st.booleans(), st.integers(0, 2))
BEGINNINGS: st.SearchStrategy[Wrote | Chosen] = WROTE | st.builds(Chosen, st.none() | CODES, st.booleans())
INPUTS: st.SearchStrategy[TextInput] = st.one_of(
    WROTE,
    WROTE,
    BEGINNINGS,
    st.builds(NoChoice),
    st.builds(Waited),
    st.builds(SafeAsked),
    st.builds(Attached),
    st.builds(NamedLanguage, CODES),
)
SESSIONS = st.builds(
    TextSession,
    script=st.text(max_size=3),
    step=st.integers(0, 99),
    language=st.none() | CODES,
    how=st.sampled_from([None, "chosen", "guessed", "remembered"]),
    offered=st.lists(CODES, unique=True).map(tuple),
    tries=st.integers(0, 5),
    page=st.booleans(),
    danger=st.booleans(),
    unknown=st.booleans(),
    queued=st.booleans(),
    safe=st.sampled_from(["unasked", "asked", "again"]),
    media=st.sampled_from(["none", "due", "told"]),
)


def conversation(first: Wrote | Chosen, inputs: list[TextInput]) -> list[TextStep]:
    """A whole conversation, through JSON between texts as the store does it."""
    steps = [begin_text(SCRIPT, first)]
    for one in inputs:
        stored = json.dumps(steps[-1].session.to_json())
        steps.append(advance_text(SCRIPT, TextSession.from_json(json.loads(stored)), one))
    return steps


def decisions(steps: list[TextStep]) -> list[TextDecision]:
    return [decision for step in steps for decision in step.decisions]


@given(SESSIONS, INPUTS)
def test_every_session_has_an_answer_to_every_input(session: TextSession, one: TextInput) -> None:
    step = advance_text(SCRIPT, session, one)
    assert step.session.step == session.step + 1
    assert TextSession.from_json(json.loads(json.dumps(step.session.to_json()))) == step.session
    for reply in step.replies:
        assert PROMPTS.written(reply.say, SCRIPT.language).strip()


@given(BEGINNINGS, st.lists(INPUTS, max_size=30))
def test_a_conversation_keeps_its_promises(first: Wrote | Chosen, inputs: list[TextInput]) -> None:
    steps = conversation(first, inputs)
    decided = decisions(steps)
    for once in (Queue(), Danger(), LanguageUnknown()):
        assert decided.count(once) <= 1
    if Queue() in decided and LanguageUnknown() in decided:
        assert decided.index(LanguageUnknown()) < decided.index(Queue())
    for step, given_ in zip(steps, [first, *inputs], strict=True):
        if isinstance(given_, Wrote) and stop_word(given_.body):
            assert (step.replies, step.decisions) == ((), ())


@given(WROTE, st.lists(WROTE, max_size=10))
def test_before_a_language_is_known_nothing_tells_of_a_child_or_a_helpline(
    first: Wrote, wrote: list[TextInput]
) -> None:
    for step in conversation(first, wrote):
        if step.session.language is None and not step.session.unknown:
            assert {say.prompt for reply in step.replies for say in reply.say} <= NEUTRAL


@given(WROTE, st.lists(WROTE, max_size=10))
def test_who_writes_and_then_chooses_nothing_reaches_a_person(first: Wrote, wrote: list[TextInput]) -> None:
    steps = conversation(first, [*wrote, NoChoice()])
    assert steps[-1].session.queued
    assert Queue() in decisions(steps)


@given(BEGINNINGS, st.lists(INPUTS, max_size=20), st.sampled_from(["0", "٠", "00", "0!"]))
def test_danger_reaches_the_floor_from_anywhere(first: Wrote | Chosen, inputs: list[TextInput], zero: str) -> None:
    steps = conversation(first, [*inputs, Wrote(zero)])
    assert steps[-1].session.queued
    assert {Danger(), Queue()} <= set(decisions(steps))
