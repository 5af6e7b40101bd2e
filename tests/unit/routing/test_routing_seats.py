"""One seat beside others: an interpreter for those who are there, a counsellor for a child with an interpreter."""

from dataclasses import replace
from typing import Any

import pytest

from routing.index import Floor
from routing.model import Bar, Gender, Level, Refusal, Role, Seeking, Stage, WaitingContact, WorkerState
from routing.planner import Policies, eligibility, stage_reached
from routing.policy import LinePolicy
from tests.unit.routing.people import (
    LINE,
    NOW,
    ago,
    child,
    interpreter,
    later,
    man,
    pairs,
    plan,
    policies,
    who,
    worker,
)

COURTS = "partners"


def for_interpreter(name: str, language: str | None, waited: float = 0, **known: Any) -> WaitingContact:
    known.setdefault("relays", frozenset({"en"}))
    return child(name, language, waited, seeking=Seeking.INTERPRETER, **known)


def for_counsellor(name: str, language: str | None, waited: float = 0, **known: Any) -> WaitingContact:
    known.setdefault("relays", frozenset({"en", "ti"}))
    return child(name, language, waited, seeking=Seeking.COUNSELLOR, **known)


# An interpreter


def test_a_counsellor_who_adds_somali_gets_an_interpreter_and_no_counsellor() -> None:
    amal = for_interpreter("amal", "so", avoid=frozenset({"asha"}))
    staff = [worker("asha", "en", "so"), worker("bupe", "so", "en"), interpreter("ifrah", "so", "en-")]
    (decision,) = plan(staff, [amal])
    assert decision.workers == ((Role.INTERPRETER, "ifrah"),)
    assert decision.stage is Stage.FLUENT
    bridge = decision.reasons.bridge
    assert bridge is not None
    assert (bridge.relay, bridge.interpreter_level, bridge.counsellor_level) == ("en", Level.BASIC, None)


def test_one_who_counsels_in_a_bridge_is_not_asked_to_interpret_in_it_too() -> None:
    both = worker("asha", "en", "so", roles=frozenset(Role), capacity_voice=2, load_voice=1)
    assert who([both], for_interpreter("amal", "so", waited=900, avoid=frozenset({"asha"}))) is None
    assert who([both], for_interpreter("amal", "so", waited=900)) == "asha"


def test_who_shares_no_language_with_those_there_does_not_come() -> None:
    ifrah = interpreter("ifrah", "so", "ar")
    assert who([ifrah], for_interpreter("amal", "so", waited=900)) is None
    assert who([ifrah], for_interpreter("amal", "so", relays=frozenset({"so"}))) is None, "that relays nothing"
    assert who([ifrah], for_interpreter("amal", "so", relays=frozenset({"ar", "en"}))) == "ifrah"
    assert who([ifrah], for_interpreter("amal", "so", relays=None)) == "ifrah"


def test_fluent_first_then_the_better_relay_then_the_dialect_then_the_least_busy() -> None:
    amal = for_interpreter("amal", "so", waited=60, dialect="south")
    little = interpreter("a", "so-", "en", idle_since=ago(900))
    halting = interpreter("b", "so", "en-", idle_since=ago(800))
    northern = interpreter("c", "so", "en", idle_since=ago(700))
    southern = interpreter("d", "so", "en", dialects=frozenset({"south"}))
    for staff in ([little], [halting, little], [northern, halting, little], [southern, northern, halting, little]):
        assert who(staff, amal) == staff[0].id
    assert who([little], replace(amal, first_arrival=ago(19))) is None


def test_the_same_interpreter_comes_back_first_whatever_the_stage() -> None:
    lost = for_interpreter("amal", "so", preferred_worker="zahra", resumed=True)
    staff = [interpreter("ifrah", "so", "en"), interpreter("zahra", "so-", "en")]
    (decision,) = plan(staff, [lost])
    assert (decision.workers[0][1], decision.stage) == ("zahra", Stage.SAME_PERSON)
    assert who(staff[:1], lost) == "ifrah"


def test_an_interpreter_who_says_that_they_may_know_the_child_is_passed_by() -> None:
    staff = [interpreter("ifrah", "so", "en", idle_since=ago(900)), interpreter("zahra", "so", "en")]
    amal = for_interpreter("amal", "so", waited=30, refusals=(Refusal("ifrah", ago(2)),))
    assert who(staff, amal) == "zahra"
    assert who(staff[:1], replace(amal, avoid=frozenset({"ifrah"})), now=later(900)) is None


def test_an_officer_who_does_not_know_the_language_gets_who_speaks_most() -> None:
    staff = [
        interpreter("ifrah", "so", "en"),
        interpreter("many", "ti-", "am-", "en"),
        worker("c", "a", "b", "en", "d"),
    ]
    (decision,) = plan(staff, [for_interpreter("request", None)])
    assert (decision.workers, decision.stage) == (((Role.INTERPRETER, "many"),), Stage.UNKNOWN_LANGUAGE)


def test_a_wish_for_a_woman_and_a_required_one() -> None:
    wish = for_interpreter("request", "so", gender_wish=Gender.WOMAN)
    he = man("he", "so", "en", role=Role.INTERPRETER)
    assert who([he], wish, now=later(59)) is None
    assert who([he], wish, now=later(60)) == "he"
    assert who([he], replace(wish, gender_required=True), now=later(900)) is None


def test_a_supervisor_is_no_interpreter_however_long_it_takes() -> None:
    waits = for_interpreter("request", "so", waited=900)
    assert who([worker("boss", "so", "en", role=Role.SUPERVISOR)], waits) is None
    assert stage_reached(waits, LinePolicy(), NOW) is Stage.BASIC


@pytest.mark.parametrize(
    ("asked", "contact", "bar"),
    [
        (worker("asha", "so", "en"), for_interpreter("x", "so"), Bar.ROLE),
        (interpreter("ifrah", "so", "en", lines=frozenset()), for_interpreter("x", "so"), Bar.LINE),
        (interpreter("ifrah", "en"), for_interpreter("x", "so"), Bar.LANGUAGE),
        (interpreter("ifrah", "so"), for_interpreter("x", "so"), Bar.RELAY),
        (interpreter("ifrah", "so", "en"), for_interpreter("x", "so", certified=True), Bar.CERTIFIED),
        (interpreter("ifrah", "so", "en"), for_interpreter("x", "so", child_friendly=True), Bar.CHILD_FRIENDLY),
        (interpreter("ifrah", "so", "en"), for_interpreter("x", "so", avoid=frozenset({"ifrah"})), Bar.AVOIDED),
        (interpreter("ifrah", "so-", "en"), for_interpreter("x", "so"), Bar.TOO_EARLY),
        (interpreter("ifrah", "so", "en"), for_counsellor("x", "so"), Bar.ROLE),
        (worker("asha", "bem"), for_counsellor("x", "so"), Bar.RELAY),
    ],
)
def test_who_may_not_is_told_why(asked: WorkerState, contact: WaitingContact, bar: Bar) -> None:
    assert eligibility(asked, contact, LinePolicy(), NOW) is bar


# A counsellor


def test_a_child_left_with_an_interpreter_gets_a_counsellor_who_understands_either() -> None:
    dawit = for_counsellor("dawit", "ti", avoid=frozenset({"tsega"}))
    over_relay = worker("asha", "en")
    (decision,) = plan([over_relay, worker("bupe", "bem"), interpreter("x", "ti", "en")], [dawit])
    assert decision.workers == ((Role.COUNSELLOR, "asha"),)
    assert decision.stage is Stage.PAIR
    assert decision.reasons.bridge is not None
    assert decision.reasons.bridge.relay == "en"
    (decision,) = plan([over_relay, worker("chanda", "ti")], [dawit])
    assert (decision.workers[0][1], decision.stage) == ("chanda", Stage.FLUENT)
    assert decision.reasons.bridge is not None
    assert decision.reasons.bridge.relay is None
    assert decision.reasons.eligible == 2


def test_nobody_is_waited_for_who_would_understand_them_better() -> None:
    dawit = for_counsellor("dawit", "ti")
    assert who([worker("asha", "en-")], dawit) == "asha"
    assert who([worker("asha", "ti-")], dawit) == "asha"
    assert who([worker("asha", "en-"), worker("bupe", "en")], dawit) == "bupe"
    assert who([worker("asha", "bem")], dawit) is None


def test_a_supervisor_counsels_over_the_interpreter_when_nobody_else_came() -> None:
    boss, dawit = worker("boss", "en", role=Role.SUPERVISOR), for_counsellor("dawit", "ti")
    assert who([boss], dawit, now=later(119)) is None
    assert who([boss], dawit, now=later(120)) == "boss"


def test_the_interpreter_of_the_bridge_does_not_become_its_counsellor() -> None:
    both = worker("tsega", "ti", "en", roles=frozenset(Role), capacity_voice=2, load_voice=1)
    assert who([both], for_counsellor("dawit", "ti", waited=900, avoid=frozenset({"tsega"}))) is None


# Turns


def courts_and_children(*, after_children: bool = True) -> Policies:
    return Policies({LINE: LinePolicy(), COURTS: LinePolicy(after_children=after_children)})


def served_first(*waiting: WaitingContact, after_children: bool = True) -> str:
    floor = Floor(courts_and_children(after_children=after_children))
    floor.put_worker(interpreter("ifrah", "so", "en"))
    floor.put_worker(worker("asha", "en"))
    for one in waiting:
        floor.put_contact(one)
    return floor.plan(NOW)[0].contact_id


def test_a_court_waits_for_the_children_where_its_line_says_so() -> None:
    court = for_interpreter("court", "so", waited=900, line=COURTS)
    amal = child("amal", "so", waited=1)
    assert served_first(court, amal) == "amal"
    assert served_first(court, for_interpreter("amal", "so", waited=1)) == "amal"
    assert served_first(replace(court, danger=True, moved_up=True), amal) == "amal"
    assert served_first(court, amal, after_children=False) == "court"


def test_among_the_courts_the_order_is_the_usual_one() -> None:
    first, second = for_interpreter("b", "so", 9, line=COURTS), for_interpreter("a", "so", 8, line=COURTS)
    assert served_first(second, first) == "b"
    assert served_first(replace(second, moved_up=True), first) == "a"
    assert served_first(replace(second, danger=True), replace(first, moved_up=True)) == "a"


def test_a_court_gets_the_interpreter_for_whom_no_child_waits() -> None:
    assert served_first(for_interpreter("court", "so", line=COURTS), child("ruth", "fr", 900)) == "court"


def test_many_requests_share_the_interpreters_by_turn() -> None:
    waiting = [for_interpreter(f"r{number}", "so", waited=number) for number in range(6)]
    staff = [interpreter(name, "so", "en") for name in ("a", "b", "c", "d", "e")]
    assert pairs(plan(staff, waiting)) == [("r5", "a"), ("r4", "b"), ("r3", "c"), ("r2", "d"), ("r1", "e")]


def test_the_floor_counts_the_interpreters_on_duty_and_shows_a_pair_that_may_come() -> None:
    floor = Floor(policies())
    floor.put_worker(interpreter("ifrah", "so", "en", load_voice=1))
    floor.put_worker(interpreter("away", "so", available=False))
    floor.put_contact(child("amal", "so"))
    assert floor.on_duty(LINE, "so", Role.INTERPRETER) == 1
    assert floor.on_duty(LINE, "so") == 0
    assert list(floor.queues(NOW)) == [(LINE, "so", Stage.PAIR)]
