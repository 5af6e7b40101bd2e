"""The values that routing speaks in."""

import json

import pytest

from routing.model import Channel, Level, LoadClass, Stage, Turn, Wish
from tests.unit.routing.people import child, man, plan, woman, worker


@pytest.mark.parametrize(
    ("channel", "taken"),
    [
        (Channel.VOICE, LoadClass.VOICE),
        (Channel.SMS, LoadClass.TEXT),
        (Channel.WHATSAPP, LoadClass.TEXT),
        (Channel.WEBCHAT, LoadClass.TEXT),
        (Channel.OFFLINE, LoadClass.TEXT),
    ],
)
def test_a_call_takes_the_ear_and_everything_written_shares_the_hand(channel: Channel, taken: LoadClass) -> None:
    assert channel.load_class is taken


def test_fluent_is_more_than_basic() -> None:
    assert Level.FLUENT > Level.BASIC


def test_a_load_never_falls_under_nothing() -> None:
    asha = worker("asha", "so", load_voice=1, load_text=2, capacity_text=5)
    assert asha.with_load(LoadClass.VOICE, -1).load(LoadClass.VOICE) == 0
    assert asha.with_load(LoadClass.VOICE, -3).load(LoadClass.VOICE) == 0
    assert asha.with_load(LoadClass.TEXT, 1).load(LoadClass.TEXT) == 3
    assert asha.with_load(LoadClass.TEXT, 1).load(LoadClass.VOICE) == 1


def test_a_decision_says_why_in_words_that_a_supervisor_can_read_and_a_row_can_hold() -> None:
    waits = child("amal", "so", waited=70, gender_wish=man("x").gender)
    (decision,) = plan([woman("asha", "so", "en"), woman("bupe", "so-")], [waits])
    reasons = decision.reasons
    assert (reasons.stage, reasons.turn, reasons.wish) == (Stage.FLUENT, Turn.WAITED, Wish.GIVEN_UP)
    told = json.loads(json.dumps(reasons.as_json()))
    assert told == {
        "stage": "fluent",
        "turn": "waited",
        "waited_s": 70.0,
        "language": "so",
        "level": "fluent",
        "languages_spoken": 2,
        "load": 0,
        "capacity": 1,
        "idle_s": 600.0,
        "eligible": 2,
        "wish": "given_up",
        "passed_by": [],
        "scarce_speaker": False,
        "came_round": False,
        "bridge": None,
    }
    assert set(told) == set(reasons._fields)
