"""A child chooses a language, or does not."""

import pytest

from ivr_scripts.loader import SpokenLine
from ivr_scripts.machine import Danger, LanguageChosen, LanguageUnknown, Listen, Queue
from tests.unit.ivr_scripts.child_on_the_phone import Child


def test_a_child_hears_each_language_in_itself_and_nine_for_those_behind(child: Child) -> None:
    child.calls()
    assert child.hears == [
        "en:greeting",
        "en:key_danger(0)",
        "en:key_cannot_speak(*)",
        "en:menu_language(1)",
        "bem:menu_language(2)",
        "ny:menu_language(3)",
        "toi:menu_language(4)",
        "loz:menu_language(5)",
        "kqn:menu_language(6)",
        "lun:menu_language(7)",
        "lue:menu_language(8)",
        "fr:menu_language(9)",
        "sw:menu_language(9)",
        "so:menu_language(9)",
        "am:menu_language(9)",
        "ti:menu_language(9)",
        "ar:menu_language(9)",
    ]
    assert child.step.then == Listen(keys=1, timeout_s=7)
    assert child.decided == []


def test_a_somali_child_finds_somali_on_the_second_level(child: Child) -> None:
    child.calls().presses("9")
    assert "so:menu_language(3)" in child.hears
    assert child.hears[-1] == "en:menu_first(9)"
    child.presses("3")
    assert child.decided == [LanguageChosen("so"), Queue()]
    assert child.hears == [
        "so:limits",
        "so:coming_1",
        "so:key_danger(0)",
        "so:key_cannot_speak(*)",
        "so:key_woman(4)",
        "so:key_man(5)",
        "so:key_languages(#)",
    ]


def test_nine_on_the_last_level_leads_back_to_the_first(child: Child) -> None:
    child.calls().presses("9", "9", "1")
    assert child.decided == [LanguageChosen("en"), Queue()]


@pytest.mark.parametrize("key", ["7", "8", "99a", "12", "A", "hangup", " ", "🙂"])
def test_a_key_that_no_language_has_is_wrong_and_the_menu_is_said_again(child: Child, key: str) -> None:
    child.calls().presses("9", key)
    assert child.decided == []
    assert "so:menu_language(3)" in child.hears


def test_silence_twice_leads_to_a_person_and_never_to_a_hang_up(child: Child) -> None:
    child.calls().does_nothing()
    assert "en:greeting" not in child.hears
    assert child.decided == []
    child.does_nothing()
    assert child.decided == [LanguageUnknown(), Queue()]
    assert child.hears[0] == "en:coming_1"


def test_a_wrong_key_and_a_silence_are_two_tries(child: Child) -> None:
    child.calls().presses("9", "8").does_nothing()
    assert child.decided == [LanguageUnknown(), Queue()]


def test_going_to_the_next_level_is_not_a_try(child: Child) -> None:
    child.calls().does_nothing().presses("9").does_nothing()
    assert child.decided == []


def test_a_caller_without_a_language_can_still_name_it_while_waiting(child: Child) -> None:
    child.calls().does_nothing(3)
    assert "fr:menu_language(1)" in child.hears
    child.does_nothing()
    assert "bem:menu_language(2)" in child.hears
    child.presses("9", "2")
    assert child.decided == [LanguageUnknown(), Queue(), LanguageChosen("sw")]
    assert child.hears[:2] == ["sw:limits", "sw:coming_1"]


def test_a_wrong_key_while_waiting_without_a_language_goes_on_waiting(child: Child) -> None:
    child.calls().does_nothing(2).presses("77x", "#")
    assert child.decided == [LanguageUnknown(), Queue()]
    assert not child.is_hung_up_on


def test_the_remembered_language_comes_first_and_is_never_chosen_by_itself(child: Child) -> None:
    child.calls(remembered="am")
    assert child.hears[3:5] == ["am:menu_language(1)", "en:menu_language(2)"]
    assert child.session.language is None
    child.presses("1")
    assert child.decided == [LanguageChosen("am"), Queue()]


def test_a_remembered_language_that_left_the_menu_changes_nothing(child: Child) -> None:
    child.calls(remembered="om")
    assert child.hears[3] == "en:menu_language(1)"


def test_nine_languages_fit_on_one_level(child: Child) -> None:
    child.calls(menu=("en", "bem", "ny", "toi", "loz", "kqn", "lun", "lue", "so"))
    assert child.hears[-1] == "so:menu_language(9)"
    child.presses("9")
    assert child.decided == [LanguageChosen("so"), Queue()]


def test_on_three_levels_every_language_behind_is_said_before_nine(child: Child) -> None:
    many = tuple(f"x{letter}" for letter in "abcdefghijklmnopqr")
    child.calls(menu=many)
    assert [heard for heard in child.hears if heard.endswith("(9)")] == [
        f"{code}:menu_language(9)" for code in many[8:]
    ]
    child.presses("9", "9", "2")
    assert child.decided == [LanguageChosen("xr"), Queue()]


def test_the_keys_stay_where_they_were_heard_when_the_menu_changes_during_the_call(
    child: Child, line: SpokenLine
) -> None:
    child.calls()
    child.script = line.script.with_menu(("so", "en"))
    child.presses("1")
    assert child.decided == [LanguageChosen("en"), Queue()]


def test_hash_says_the_menu_again_from_its_first_level(child: Child) -> None:
    child.calls().presses("9", "#")
    assert "bem:menu_language(2)" in child.hears
    assert child.session.tries == 0


def test_danger_before_a_language_waits_at_once_and_the_language_keys_stay_alive(child: Child) -> None:
    child.calls().presses("0")
    assert child.decided == [Danger(), LanguageUnknown(), Queue()]
    assert child.hears[0] == "en:danger_heard"
    assert "ny:menu_language(3)" in child.hears
    child.presses("3")
    assert child.decided[-1] == LanguageChosen("ny")


def test_a_child_in_a_hurry_presses_zero_three_times(child: Child) -> None:
    child.calls().presses("000")
    assert child.decided == [Danger(), LanguageUnknown(), Queue()]
