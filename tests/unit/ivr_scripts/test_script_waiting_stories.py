"""A child waits for a person, meets one, loses one."""

import pytest

from ivr_scripts.machine import (
    Answered,
    Arrived,
    CannotSpeak,
    Danger,
    LanguageChosen,
    LimitsTold,
    Listen,
    NamedLanguage,
    Queue,
    Recorded,
    Rejoin,
    Resumed,
    Wish,
)
from tests.unit.ivr_scripts.child_on_the_phone import Child


@pytest.fixture
def waiting(child: Child) -> Child:
    """A child who chose French and heard the limits."""
    child.calls(remembered="fr").presses("1").does_nothing()
    child.decided.clear()
    return child


def test_the_limits_are_said_until_they_were_heard_to_the_end(child: Child) -> None:
    child.calls().presses("1", "4")
    assert "en:limits" not in child.hears
    child.does_nothing()
    assert child.hears[0] == "en:limits"
    assert LimitsTold() not in child.decided
    child.does_nothing()
    assert child.decided[-1] == LimitsTold()
    child.does_nothing(20)
    assert child.decided.count(LimitsTold()) == 1


def test_a_person_who_comes_before_the_limits_were_heard_can_see_it(child: Child) -> None:
    child.calls().presses("1").meets_a_person()
    assert LimitsTold() not in child.decided
    child.loses_the_person()
    assert "en:limits" in child.hears


def test_someone_is_coming_is_said_in_varying_words(waiting: Child) -> None:
    said = []
    for _ in range(3):
        said.append(waiting.hears[0])
        waiting.does_nothing()
    assert said == ["fr:coming_2", "fr:coming_3", "fr:coming_1"]


def test_a_long_wait_is_told_honestly_and_again_later(child: Child) -> None:
    child.calls().presses("1")
    honest = []
    for turn in range(1, 13):
        child.does_nothing()
        if "en:long_wait" in child.hears:
            honest.append(turn)
    assert honest == [5, 10]
    assert not child.is_hung_up_on


def test_the_keys_are_said_again_every_few_turns(waiting: Child) -> None:
    waiting.does_nothing(3)
    assert waiting.hears[1:] == [
        "fr:key_danger(0)",
        "fr:key_cannot_speak(*)",
        "fr:key_woman(4)",
        "fr:key_man(5)",
        "fr:key_languages(#)",
    ]


def test_danger_while_waiting_is_told_once(waiting: Child) -> None:
    waiting.presses("0", "0")
    assert waiting.decided == [Danger()]
    assert waiting.hears == ["fr:danger_heard"]
    waiting.does_nothing(3)
    assert "fr:key_cannot_speak(*)" in waiting.hears
    assert "fr:key_danger(0)" not in waiting.hears


def test_a_child_who_cannot_speak_says_so_by_key(waiting: Child) -> None:
    waiting.presses("*")
    assert waiting.decided == [CannotSpeak()]
    assert waiting.hears == ["fr:cannot_speak_heard"]
    waiting.presses("*")
    assert waiting.decided == [CannotSpeak()]


def test_a_wish_for_a_woman_can_be_changed_to_a_man(waiting: Child) -> None:
    waiting.presses("4", "4", "5")
    assert waiting.decided == [Wish("woman"), Wish("man")]
    assert waiting.hears == ["fr:man_heard"]


def test_a_child_who_chose_the_wrong_language_keeps_its_place(waiting: Child) -> None:
    waiting.presses("#")
    assert waiting.hears[-1].endswith(":menu_language(9)")
    waiting.presses("3")
    assert waiting.decided == [LanguageChosen("bem")]
    assert waiting.hears[0] == "bem:coming_1"


def test_a_child_who_does_not_choose_again_keeps_its_language(waiting: Child) -> None:
    waiting.presses("#").does_nothing(2)
    assert waiting.decided == []
    assert waiting.session.language == "fr"
    assert waiting.hears[0] == "fr:coming_1"


def test_danger_in_the_second_language_menu_is_heard(waiting: Child) -> None:
    waiting.presses("#", "0")
    assert waiting.decided == [Danger()]
    assert waiting.session.node == "waiting"


def test_a_key_without_a_meaning_goes_on_waiting(waiting: Child) -> None:
    waiting.presses("8")
    assert waiting.decided == []
    assert isinstance(waiting.step.then, Listen)


def test_the_child_goes_to_its_person_and_no_key_is_heard_there(waiting: Child) -> None:
    waiting.meets_a_person()
    assert waiting.step.then == Rejoin()
    waiting.presses("0").does_nothing()
    assert waiting.decided == []
    assert waiting.step.then == Rejoin()


def test_when_the_person_is_lost_the_child_hears_that_we_come_back_and_keys_work(waiting: Child) -> None:
    waiting.meets_a_person().loses_the_person()
    assert waiting.hears[0] == "fr:coming_back"
    assert "fr:limits" not in waiting.hears
    assert waiting.decided == []
    waiting.presses("0")
    assert waiting.decided == [Danger()]


def test_a_child_who_is_passed_on_hears_that_another_person_comes(waiting: Child) -> None:
    waiting.meets_a_person().does(Resumed("passed_on"))
    assert waiting.hears[0] == "fr:another_person"


def test_a_counsellor_names_the_language_and_lets_the_child_go_on(child: Child) -> None:
    child.calls().does_nothing(2).meets_a_person()
    child.does(NamedLanguage("ti"))
    assert child.step.then == Rejoin()
    child.does(Resumed("passed_on"))
    assert child.hears[:2] == ["ti:another_person", "ti:limits"]
    assert LanguageChosen("ti") not in child.decided


def test_a_language_named_while_the_child_waits_is_spoken_at_once(child: Child) -> None:
    child.calls().does_nothing(2).does(NamedLanguage("so"))
    assert child.hears[:2] == ["so:limits", "so:coming_1"]


def test_a_call_that_goes_on_does_not_tell_the_limits_again(child: Child) -> None:
    child.calls(resumed=True, remembered="fr")
    assert child.hears[0] == "en:greeting"
    child.presses("1")
    assert child.hears[0] == "fr:coming_1"


def test_a_question_of_the_card_is_answered_by_key_and_the_child_returns(waiting: Child) -> None:
    waiting.presses("*").meets_a_person().is_asked("question_hurt")
    assert waiting.hears == [
        "fr:question_intro",
        "fr:question_hurt",
        "fr:answer_yes(1)",
        "fr:answer_no(2)",
        "fr:answer_dont_know(3)",
    ]
    waiting.presses("1")
    assert waiting.decided[-1] == Answered("question_hurt", "yes")
    assert waiting.step.then == Rejoin()


@pytest.mark.parametrize(("key", "answer"), [("1", "yes"), ("2", "no"), ("3", "dont_know")])
def test_each_answer_has_its_key(waiting: Child, key: str, answer: str) -> None:
    waiting.meets_a_person().is_asked("question_doctor").presses(key)
    assert [decision.answer for decision in waiting.decided if isinstance(decision, Answered)] == [answer]


def test_a_question_without_an_answer_is_asked_twice_and_the_child_returns(waiting: Child) -> None:
    waiting.meets_a_person().is_asked("question_hurt").presses("8")
    assert waiting.hears[0] == "fr:question_hurt"
    waiting.does_nothing()
    assert waiting.decided == [Answered("question_hurt", None)]
    assert waiting.step.then == Rejoin()


def test_danger_instead_of_an_answer_is_told_and_the_child_returns(waiting: Child) -> None:
    waiting.meets_a_person().is_asked("question_hurt").presses("0")
    assert waiting.decided == [Danger(), Answered("question_hurt", None)]
    assert waiting.step.then == Rejoin()


def test_a_question_can_be_heard_again_as_often_as_it_takes(waiting: Child) -> None:
    waiting.meets_a_person().is_asked("question_hurt").presses("#", "#", "#", "*", "2")
    assert waiting.decided == [CannotSpeak(), Answered("question_hurt", "no")]


def test_a_question_that_the_card_has_not_is_unanswered_at_once(waiting: Child) -> None:
    waiting.meets_a_person().is_asked("question_from_another_script")
    assert waiting.decided == [Answered("question_from_another_script", None)]
    assert waiting.step.then == Rejoin()


def test_a_person_who_is_lost_during_a_question_takes_the_question_along(waiting: Child) -> None:
    waiting.meets_a_person().is_asked("question_hurt").loses_the_person().presses("5")
    assert waiting.decided == [Wish("man")]


def test_a_session_of_an_older_script_waits_for_a_person(child: Child) -> None:
    child.calls()
    stored = {**child.session.to_json(), "node": "a_node_that_was_renamed", "colour": "blue"}
    del stored["limits"]
    child.step = type(child.step)(type(child.session).from_json(stored), (), child.step.then)
    child.does_nothing()
    assert isinstance(child.step.then, Listen)
    assert child.hears[0].startswith("en:coming")


def test_a_second_first_webhook_says_the_same_again(child: Child) -> None:
    first = child.calls().hears
    child.does(Arrived(open=True))
    assert child.hears == first
    assert child.decided == []


def test_a_first_webhook_that_comes_late_is_no_try_at_a_question(waiting: Child) -> None:
    waiting.meets_a_person().is_asked("question_hurt").does(Arrived(open=True)).does(Arrived(open=True))
    assert waiting.hears[0] == "fr:question_hurt"
    waiting.presses("1")
    assert waiting.decided == [Answered("question_hurt", "yes")]


def test_a_recording_that_comes_while_waiting_is_not_lost(waiting: Child) -> None:
    waiting.does(Recorded("RE9", -3))
    assert [(decision.recording, decision.seconds) for decision in waiting.decided] == [("RE9", 0)]  # type: ignore[union-attr]
    assert isinstance(waiting.step.then, Listen)


def test_a_call_of_ours_that_never_was_in_the_script_can_wait_and_choose(child: Child) -> None:
    child.calls()
    bare = type(child.session)(script="children", node="languages", queued=True)
    child.step = type(child.step)(bare, (), Rejoin())
    child.loses_the_person().presses("2")
    assert child.decided == [LanguageChosen("bem")]
    assert Queue() not in child.decided
