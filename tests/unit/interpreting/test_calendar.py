"""The calendar: who can come, in which order, why not the others, and what could be given up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from config.bookings import AnswerTime, BookingRules
from helpline.clock import DAY, HOUR, MINUTE
from helpline.interpreting.calendar import (
    Candidate,
    Needs,
    Place,
    Relaxation,
    answer_until,
    relaxations,
    shortlist,
    works,
)
from helpline.interpreting.civil import Civil, civil_of
from helpline.interpreting.qualified import Qualifications

RULES = BookingRules()
HEARING = Civil(date(2027, 2, 1), time(10), "Africa/Lusaka").moment  # a Monday
NEEDS = Needs("ti", None, HEARING, HEARING + 2 * HOUR, "phone", None, None, False, False, None, False)
OFFICE: Mapping[int, tuple[tuple[int, int], ...]] = dict.fromkeys(range(5), ((480, 720), (780, 1020)))  # 8-12, 13-17


def somebody(name: str, **known: Any) -> Candidate:
    about = {name: known.pop(name) for name in ("taken", "minutes", "served_at", "excluded") if name in known}
    values: dict[str, Any] = {
        "worker_id": name, "alias": name, "languages": {"ti": "fluent"}, "dialects": {}, "certified": frozenset(),
        "training": frozenset(), "undertaking": True, "gender": "woman", "hours": {}, "timezone": "Africa/Lusaka",
        "province": "lusaka", "district": "lusaka", "travels": frozenset(), "by_phone": False, **known,
    }  # fmt: skip
    return Candidate(Qualifications(**values), **about)


def listed(needs: Needs, *candidates: Candidate) -> list[str]:
    return [place.worker_id for place in shortlist(needs, candidates, RULES) if place.fits]


def against(needs: Needs, candidate: Candidate) -> tuple[str, ...]:
    return shortlist(needs, [candidate], RULES)[0].against


@pytest.mark.parametrize(
    ("needs", "known", "why"),
    [
        ({}, {"languages": {"ti": "basic"}}, "basic_only"),
        ({"dialect": "asmara"}, {"dialects": {"ti": frozenset({"tigray"})}}, "dialect_not_spoken"),
        ({"certified": True}, {"certified": frozenset({"am"})}, "not_certified"),
        ({"gender": "man", "gender_required": True}, {}, "wish_not_met"),
        ({"child_friendly": True}, {"training": frozenset({"court"})}, "no_child_training"),
        ({}, {"undertaking": False}, "no_undertaking"),
        ({"mode": "in_person", "province": "southern", "district": "livingstone"}, {}, "too_far"),
        ({}, {"hours": {6: ((480, 1020),)}}, "out_of_hours"),
        ({}, {"taken": ((HEARING - HOUR, HEARING - 10 * MINUTE),)}, "busy"),
        ({}, {"excluded": ("conflict_declared",)}, "conflict_declared"),
        ({}, {"excluded": ("served_child",)}, "served_child"),
    ],
)
def test_whoever_does_not_fit_is_listed_with_why(needs: dict[str, Any], known: dict[str, Any], why: str) -> None:
    wanted = replace(NEEDS, **needs)
    assert against(wanted, somebody("abeba", **known)) == (why,)
    fitting = somebody(
        "biniam", gender=needs.get("gender", "woman"), dialects={"ti": frozenset({"asmara"})},
        certified=frozenset({"ti"}), training=frozenset({"child_friendly"}), travels=frozenset({"southern"}),
    )  # fmt: skip
    assert listed(wanted, somebody("abeba", **known), fitting) == ["biniam"]


def test_whoever_does_not_speak_the_language_is_not_listed_at_all() -> None:
    assert shortlist(NEEDS, [somebody("dawit", languages={"am": "fluent"})], RULES) == ()


def test_whoever_had_least_is_asked_first_then_whoever_waited_longest() -> None:
    much, little, long_ago = (
        somebody("much", minutes=600, served_at=5), somebody("little", minutes=60, served_at=9),
        somebody("long-ago", minutes=60, served_at=3),
    )  # fmt: skip
    assert listed(NEEDS, much, little, long_ago, somebody("new")) == ["new", "long-ago", "little", "much"]


def test_a_wish_goes_before_fairness_and_keeps_nobody_out() -> None:
    wish = replace(NEEDS, gender="man")
    assert listed(wish, somebody("woman"), somebody("man", gender="man", minutes=900)) == ["man", "woman"]


def test_the_nearest_go_to_a_venue_first() -> None:
    court = replace(NEEDS, mode="in_person", province="lusaka", district="lusaka")
    near, far = somebody("near", minutes=900), somebody("far", district="kafue", travels=frozenset({"lusaka"}))
    assert listed(court, far, near) == ["near", "far"]


def test_nobody_who_wrote_no_place_down_is_too_far() -> None:
    court = replace(NEEDS, mode="in_person", province="lusaka", district="lusaka")
    assert listed(court, somebody("anywhere", province=None, district=None)) == ["anywhere"]


@pytest.mark.parametrize(
    ("mode", "district", "minutes"), [("phone", "lusaka", 15), ("in_person", "lusaka", 75), ("in_person", "kafue", 255)]
)
def test_a_venue_takes_the_way_there_as_well(mode: str, district: str, minutes: int) -> None:
    needs = replace(NEEDS, mode=mode, province="lusaka", district=district)
    one = somebody("abeba", travels=frozenset({"lusaka"}))
    before = HEARING - minutes * MINUTE
    assert shortlist(needs, [one], RULES)[0].span == (before, HEARING + 2 * HOUR + minutes * MINUTE)
    assert "busy" not in against(needs, replace(one, taken=((before - HOUR, before),)))
    assert "busy" in against(needs, replace(one, taken=((before - HOUR, before + 1),)))


# Working hours


@pytest.mark.parametrize(
    ("day", "begins", "minutes", "right"),
    [
        (date(2027, 2, 1), time(8), 240, True),
        (date(2027, 2, 1), time(11), 120, False),  # over lunch
        (date(2027, 2, 1), time(7, 59), 60, False),
        (date(2027, 2, 1), time(16), 61, False),
        (date(2027, 1, 31), time(10), 60, False),  # a Sunday
    ],
)
def test_working_hours_hold_the_whole_of_it(day: date, begins: time, minutes: int, right: bool) -> None:
    starts_at = Civil(day, begins, "Africa/Lusaka").moment
    assert works(somebody("abeba", hours=OFFICE).known, starts_at, starts_at + minutes * MINUTE) is right


def test_hours_are_those_of_the_interpreters_own_clock() -> None:
    """11:00 in Lusaka is noon in Addis Ababa, and the pause begins."""
    at = Civil(date(2027, 2, 1), time(11), "Africa/Lusaka").moment
    assert works(somebody("in-lusaka", hours=OFFICE).known, at, at + 60 * MINUTE)
    assert not works(somebody("in-addis", hours=OFFICE, timezone="Africa/Addis_Ababa").known, at, at + 60 * MINUTE)


def test_hours_of_a_night_belong_to_the_day_on_which_they_begin() -> None:
    night = somebody("abeba", hours={0: ((1320, 1320 + 480),)}).known  # Monday 22:00 to 06:00
    begins = Civil(date(2027, 2, 1), time(23), "Africa/Lusaka").moment
    assert works(night, begins, begins + 6 * HOUR) and not works(night, begins, begins + 8 * HOUR)
    assert not works(night, begins - DAY, begins - DAY + HOUR)


def test_hours_follow_the_clocks_when_they_change() -> None:
    """Nine in Berlin is eight UTC in winter and seven in summer."""
    berlin = somebody("abeba", hours=dict.fromkeys(range(7), ((540, 1020),)), timezone="Europe/Berlin").known
    for day in (date(2027, 3, 27), date(2027, 3, 28)):
        nine = Civil(day, time(9), "Europe/Berlin").moment
        assert works(berlin, nine, nine + HOUR) and not works(berlin, nine - 1, nine + HOUR)


# What could be given up


def test_what_could_be_relaxed_is_counted_one_thing_at_a_time() -> None:
    needs = replace(NEEDS, certified=True, gender="man", gender_required=True)
    places = shortlist(
        needs,
        [
            somebody("a", gender="man"),  # only without a certificate
            somebody("b", gender="man"),
            somebody("c", certified=frozenset({"ti"})),  # only a woman
            somebody("d"),  # neither: one thing is not enough
            somebody("e", gender="man", certified=frozenset({"ti"}), excluded=("silent",)),
            somebody("f", gender="man", certified=frozenset({"ti"}), excluded=("conflict_declared",)),
        ],
        RULES,
    )
    assert relaxations(places) == (
        Relaxation("wish_not_met", 1),
        Relaxation("not_certified", 2),
        Relaxation("silent", 1),
    )


def test_a_list_tells_why_each_is_where_they_are() -> None:
    needs = replace(NEEDS, mode="in_person", province="lusaka", district="lusaka", gender="woman")
    place: Place = shortlist(needs, [somebody("abeba", training=frozenset({"child_friendly"}))], RULES)[0]
    assert place.reasons == ("fluent", "wish_met", "child_friendly", "near", "never_booked")


# Time to answer


@pytest.mark.parametrize(
    ("ahead", "minutes"), [(14 * DAY, 1440), (3 * DAY, 240), (20 * HOUR, 60), (2 * HOUR, 15), (20 * MINUTE, 5)]
)
def test_the_nearer_the_hearing_the_less_time_there_is_to_answer(ahead: int, minutes: int) -> None:
    noon = Civil(date(2027, 2, 1), time(12), "Africa/Lusaka").moment
    assert answer_until(noon, noon + ahead, "Africa/Lusaka", RULES) - noon == minutes * MINUTE


def test_nobodys_night_counts_unless_the_hearing_is_near() -> None:
    evening = Civil(date(2027, 2, 1), time(20), "Africa/Lusaka").moment
    until = answer_until(evening, evening + 4 * DAY, "Africa/Lusaka", RULES)
    assert civil_of(until, "Africa/Lusaka") == Civil(date(2027, 2, 2), time(9), "Africa/Lusaka")
    night = Civil(date(2027, 2, 2), time(3), "Africa/Lusaka").moment
    assert civil_of(answer_until(night, night + 4 * DAY, "Africa/Lusaka", RULES), "Africa/Lusaka").clock == time(9)
    assert answer_until(night, night + 20 * HOUR, "Africa/Lusaka", RULES) == night + HOUR


def test_an_answer_is_never_due_after_the_hour() -> None:
    rules = BookingRules(answer=(AnswerTime(ahead_h=0, minutes=600),))
    assert answer_until(0, 30 * MINUTE, None, rules) == 30 * MINUTE
    assert answer_until(0, 10, None, rules) == MINUTE
    assert answer_until(HOUR, 0, None, RULES) == HOUR + 5 * MINUTE, "a replacement after the hour"
