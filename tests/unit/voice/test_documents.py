"""An answer that an effect keeps comes out as it went in, also through JSON and after a restart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline.voice.documents import from_plain, to_plain
from ivr_scripts.machine import HangUp, Listen, Record, Say
from webhooks.answers import Answer, Join, Stay

texts = st.text(max_size=20)
says = st.builds(Say, texts, texts, st.none() | texts)
lines = st.lists(says, max_size=3).map(tuple)
thens = st.one_of(
    st.builds(Listen, st.integers(1, 9), st.integers(0, 60), texts),
    st.builds(Record, st.integers(1, 600), st.integers(1, 30), texts),
    st.builds(Join, texts, texts, st.booleans(), lines, st.none() | texts),
    st.just(Stay()),
    st.just(HangUp()),
)
answers = st.builds(Answer, texts, st.integers(0, 9999), lines, thens)


@given(answers)
def test_what_is_kept_is_what_is_sent(answer: Answer) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(answer)))) == answer


def test_what_is_kept_says_which_kind_it_is() -> None:
    kept = to_plain(Answer("leg", 3, (Say("coming_1", "so"),), Join("room-0", "leg", ends_room=True)))
    said = {"prompt": "coming_1", "language": "so", "key": None, "strict": False}
    assert kept["then"]["kind"] == "Join" and kept["say"] == [said]


def test_a_kind_that_is_not_known_is_no_answer() -> None:
    with pytest.raises(KeyError):
        from_plain({"leg": "leg", "step": 1, "say": [], "then": {"kind": "Dance"}})
