"""PINs by themselves: how slowly a wrong one is answered, what is a PIN, and what is too easy."""

import random

import pytest

from helpline.clock import HOUR, MINUTE, SECOND
from helpline.errors import Invalid
from helpline.interpreting import pins
from helpline.interpreting.pins import LONGEST_FOR_CALLER, slowed


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [(0, 0), (1, 0), (2, 0), (3, 5), (4, 10), (5, 20), (6, 40), (9, 320), (10, 640), (11, 900), (12, 900), (5000, 900)],
)
def test_each_wrong_pin_after_the_third_doubles_the_wait_up_to_a_bound(wrong: int, seconds: int) -> None:
    assert slowed(wrong, 0, 0, LONGEST_FOR_CALLER) == seconds * SECOND


def test_the_wait_runs_from_the_latest_wrong_pin_and_is_over_by_itself() -> None:
    assert slowed(4, last_at=0, now=4 * SECOND, longest=HOUR) == 6 * SECOND
    assert slowed(4, last_at=0, now=10 * SECOND, longest=HOUR) == 0
    assert slowed(4000, last_at=0, now=LONGEST_FOR_CALLER, longest=LONGEST_FOR_CALLER) == 0


def test_after_an_hour_without_a_wrong_one_all_is_forgotten() -> None:
    assert slowed(4000, last_at=0, now=HOUR, longest=2 * HOUR) == 0
    assert slowed(4000, last_at=0, now=HOUR - MINUTE, longest=2 * HOUR) > 0


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("100116", "100116"),
        (" 100 116 ", "100116"),
        ("100-116", "100116"),
        ("٤٧١١", "4711"),
        ("４７１１", "4711"),
        ("\u200e4711\u200f", "4711"),
        ("", None),
        ("four", None),
        ("47a1", None),
        ("47#1", None),
        ("²³⁴⁵x", None),
        ("1" * 41, None),
    ],
)
def test_digits_of_any_script_are_digits_and_nothing_else_is(said: str, digits: str | None) -> None:
    assert pins.digits(said) == digits


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("abcd", "pin_not_digits"),
        ("", "pin_not_digits"),
        ("471", "pin_length"),
        ("471193028", "pin_length"),
        ("1111", "pin_too_easy"),
        ("1212", "pin_too_easy"),
        ("4567", "pin_too_easy"),
        ("7890", "pin_too_easy"),
        ("3210", "pin_too_easy"),
        ("100116", "pin_too_easy"),
    ],
)
def test_a_pin_that_cannot_be_used_is_refused_with_its_reason(pin: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        pins.fit(pin, number="100116")
    assert refused.value.code == code
    assert pin not in refused.value.message or not pin, "nobody reads a PIN in a log"


def test_pins_that_we_make_are_six_digits_and_never_easy() -> None:
    chance = random.Random(116)
    made = [pins.fresh(chance) for _ in range(2_000)]
    assert all(pins.fit(pin, "") == pin and len(pin) == 6 for pin in made)


def test_a_free_number_is_one_that_nobody_has_and_does_not_begin_with_nought() -> None:
    chance, taken = random.Random(4), {str(number) for number in range(1000, 9990)}
    numbers = {pins.free_number(lambda said: said in taken, chance, 4) for _ in range(20)}
    assert numbers <= {str(number) for number in range(9990, 10_000)}
