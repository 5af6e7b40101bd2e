"""The bridge as stories: a counsellor and an interpreter together. Each is decided twice, as all of the policy is."""

import json
from dataclasses import replace

import pytest

from routing.index import Floor
from routing.model import Channel, Gender, Level, Refusal, Role, Stage, WaitingContact, WorkerState
from routing.policy import LinePolicy, Stages
from tests.unit.routing.people import (
    NOW,
    ago,
    child,
    interpreter,
    later,
    man,
    plan,
    policies,
    who_together,
    woman,
    worker,
    workers_of,
)

BOTH_ROLES = frozenset({Role.COUNSELLOR, Role.INTERPRETER})

# When two come


def test_a_tigrinya_child_gets_a_counsellor_and_an_interpreter_at_once_where_no_counsellor_speaks_it() -> None:
    staff = [worker("asha", "en", "so", idle_since=ago(50)), interpreter("tsega", "ti", "en-", idle_since=ago(30))]
    (decision,) = plan(staff, [child("dawit", "ti")])
    assert decision.workers == ((Role.COUNSELLOR, "asha"), (Role.INTERPRETER, "tsega"))
    assert decision.stage is Stage.PAIR
    reasons = decision.reasons
    assert (reasons.level, reasons.idle_s, reasons.load, reasons.eligible) == (Level.FLUENT, 50, 0, 1)
    told = json.loads(json.dumps(reasons.as_json()))
    assert told["bridge"] == {
        "relay": "en",
        "counsellor_level": "fluent",
        "interpreter_level": "basic",
        "interpreter_load": 0,
        "interpreter_capacity": 1,
        "interpreter_idle_s": 30.0,
    }


def test_while_one_who_speaks_it_is_busy_two_wait_thirty_seconds() -> None:
    busy = worker("asha", "so", load_voice=1)
    staff = [busy, worker("bupe", "en"), interpreter("ifrah", "so", "en")]
    amal = child("amal", "so")
    assert who_together(staff, amal, now=later(29.9)) == ()
    assert who_together(staff, amal, now=later(30)) == ("bupe", "ifrah")


@pytest.mark.parametrize(
    "nobody",
    [
        worker("away", "so", available=False),
        worker("elsewhere", "so", lines=frozenset({"933"})),
        worker("boss", "so", role=Role.SUPERVISOR, load_voice=1),
        worker("writes only", "so", capacity_voice=0, capacity_text=3),
    ],
    ids=lambda one: one.id,
)
def test_one_who_could_not_take_the_call_is_not_waited_for(nobody: WorkerState) -> None:
    assert who_together([nobody, worker("bupe", "en"), interpreter("ifrah", "so", "en")], child("amal", "so")) == (
        "bupe",
        "ifrah",
    )


def test_in_danger_two_come_at_once() -> None:
    staff = [worker("asha", "so", load_voice=1), worker("bupe", "en"), interpreter("ifrah", "so", "en")]
    assert who_together(staff, child("amal", "so", danger=True)) == ("bupe", "ifrah")


def test_a_line_may_have_no_pairs_at_all() -> None:
    staff = [worker("bupe", "en"), interpreter("ifrah", "so", "en")]
    never = LinePolicy(stages=Stages(pair_after_s=None))
    assert who_together(staff, child("amal", "so", waited=900), never) == ()
    assert who_together(staff, child("amal", "so", danger=True), never) == ("bupe", "ifrah")


@pytest.mark.parametrize("alone", [worker("asha", "so"), worker("asha", "so-")], ids=["fluent", "basic"])
def test_one_who_speaks_it_is_better_than_two(alone: WorkerState) -> None:
    staff = [alone, worker("bupe", "en"), interpreter("ifrah", "so", "en")]
    assert who_together(staff, child("amal", "so", waited=90)) == ("asha",)


def test_two_are_better_than_a_supervisor_alone_but_not_than_a_counsellor() -> None:
    boss = worker("boss", "so", role=Role.SUPERVISOR)
    two = [worker("bupe", "en"), interpreter("ifrah", "so", "en")]
    amal = child("amal", "so", waited=300)
    assert who_together([boss, *two], amal) == ("bupe", "ifrah")
    assert who_together([boss, two[0]], amal) == ("boss",)
    assert who_together([boss, *two, worker("chanda", "so-")], amal) == ("boss",), "one alone, the one who speaks best"


def test_who_is_named_is_waited_for_before_two_come() -> None:
    staff = [worker("bupe", "en"), interpreter("ifrah", "so", "en")]
    amal = child("amal", "so", waited=900, queued_at=NOW, only_worker="asha")
    assert who_together(staff, amal) == ()
    assert who_together(staff, amal, now=later(120)) == ("bupe", "ifrah")


# Both or neither


def test_nobody_is_offered_a_half() -> None:
    dawit = child("dawit", "ti", waited=900)
    assert who_together([worker("asha", "en")], dawit) == ()
    assert who_together([interpreter("tsega", "ti", "en")], dawit) == ()
    assert who_together([worker("asha", "en", load_voice=1), interpreter("tsega", "ti", "en")], dawit) == ()
    assert who_together([worker("asha", "en"), interpreter("tsega", "ti", "en", load_voice=1)], dawit) == ()


def test_two_who_share_no_language_but_the_childs_are_no_pair() -> None:
    dawit = child("dawit", "ti", waited=900)
    assert who_together([worker("asha", "bem"), interpreter("tsega", "ti", "en")], dawit) == ()
    barely = woman("asha", "ti-")
    wish = replace(dawit, gender_wish=Gender.WOMAN, gender_required=True)
    assert who_together([man("musa", "ti-"), interpreter("tsega", "ti", gender=Gender.WOMAN)], wish) == ()
    assert who_together([barely, interpreter("tsega", "ti", "en", gender=Gender.WOMAN)], wish) == ("asha",)


def test_who_is_both_is_one_person_and_takes_one_seat() -> None:
    both, asha = worker("both", "ti", "en", roles=BOTH_ROLES), worker("asha", "en")
    waiting = [child("first", "ti", 32), child("second", "ti", 31)]
    (decision,) = plan([both, asha], waiting)
    assert decision.workers == ((Role.COUNSELLOR, "both"),)
    tsega = interpreter("tsega", "ti", "en")
    assert [workers_of(one) for one in plan([both, tsega], waiting)] == [("both",)]
    assert [workers_of(one) for one in plan([both, asha, tsega], waiting)] == [("both",), ("asha", "tsega")]


def test_one_who_is_both_interprets_where_somebody_else_is_wished_for_as_the_counsellor() -> None:
    both = man("both", "ti", "en", roles=BOTH_ROLES)
    wish = child("dawit", "ti", gender_wish=Gender.WOMAN, waited=31)
    assert who_together([both], wish) == ()
    assert who_together([both, woman("asha", "en")], wish) == ("asha", "both")


def test_an_interpreter_with_one_ear_is_in_one_bridge() -> None:
    staff = [worker("asha", "en"), worker("bupe", "en"), interpreter("tsega", "ti", "en")]
    (decision,) = plan(staff, [child("first", "ti", 9), child("second", "ti", 8)])
    assert decision.contact_id == "first"


# The best two


def test_an_interpreter_who_speaks_it_well_goes_first_and_one_who_speaks_it_a_little_later() -> None:
    well, little = interpreter("well", "ti", "en-"), interpreter("a little", "ti-", "en")
    asha, dawit = worker("asha", "en"), child("dawit", "ti")
    assert who_together([asha, little, well], child("dawit", "ti", waited=60)) == ("asha", "well")
    assert who_together([asha, little], dawit, now=later(19)) == ()
    assert who_together([asha, little], dawit, now=later(20)) == ("asha", "a little")


def test_the_relay_language_is_one_that_the_counsellor_speaks_well() -> None:
    tsega = interpreter("tsega", "ti", "en-", "fr")
    staff = [worker("asha", "en", idle_since=ago(5)), worker("bupe", "fr-", idle_since=ago(900)), tsega]
    (decision,) = plan(staff, [child("dawit", "ti")])
    assert workers_of(decision) == ("asha", "tsega")
    (decision,) = plan([*staff, worker("chanda", "fr", "en", idle_since=ago(1))], [child("dawit", "ti")])
    assert workers_of(decision) == ("chanda", "tsega")
    assert decision.reasons.bridge is not None
    assert decision.reasons.bridge.relay == "fr"


def test_the_least_loaded_two_then_the_longest_idle_then_the_ids() -> None:
    sms = child("dawit", "ti", channel=Channel.SMS)
    half = worker("a", "en", capacity_text=4, load_text=2)
    free = worker("b", "en", capacity_text=4, load_text=1)
    loaded = interpreter("c", "ti", "en", capacity_text=2, load_text=1)
    less = interpreter("d", "ti", "en", capacity_text=3, load_text=1)
    assert who_together([half, free, loaded, less], sms) == ("b", "d")
    rested = [worker("y", "en", idle_since=ago(60)), interpreter("z", "ti", "en", idle_since=ago(60))]
    tired = [worker("a", "en", idle_since=ago(9)), interpreter("b", "ti", "en", idle_since=ago(9))]
    assert who_together([*tired, *rested], child("dawit", "ti")) == ("y", "z")
    same = [replace(one, idle_since=ago(9)) for one in rested]
    (decision,) = plan([*same, *tired], [child("dawit", "ti")])
    assert workers_of(decision) == ("a", "b")
    assert decision.reasons.eligible == 2


def test_a_wish_is_the_counsellors_to_meet_and_the_interpreters_if_it_can_be() -> None:
    wish = child("dawit", "ti", gender_wish=Gender.WOMAN)
    he, she = man("musa", "en"), woman("asha", "en")
    he_interprets = interpreter("a he", "ti", "en", gender=Gender.MAN)
    she_interprets = interpreter("she", "ti", "en", gender=Gender.WOMAN)
    assert who_together([he, she, he_interprets, she_interprets], wish) == ("asha", "she")
    assert who_together([he, she, he_interprets], wish) == ("asha", "a he")
    assert who_together([he, she_interprets], wish, now=later(59)) == ()
    assert who_together([he, she_interprets], wish, now=later(60)) == ("musa", "she")


def test_a_required_wish_binds_both() -> None:
    required = child("dawit", "ti", waited=900, gender_wish=Gender.WOMAN, gender_required=True, danger=True)
    she = woman("asha", "en")
    assert who_together([she, interpreter("he", "ti", "en", gender=Gender.MAN)], required) == ()
    assert who_together([she, interpreter("she", "ti", "en", gender=Gender.WOMAN)], required) == ("asha", "she")


def test_what_is_required_of_an_interpreter_is_not_bargained_with_and_a_dialect_is() -> None:
    asha = worker("asha", "en")
    plain = interpreter("a plain one", "ti", "en", idle_since=ago(900))
    trained = interpreter("trained", "ti", "en", child_friendly=True, certified=frozenset({"ti"}))
    southern = interpreter("southern", "ti", "en", dialects=frozenset({"south"}))
    for wanted in ({"child_friendly": True}, {"certified": True}):
        assert who_together([asha, plain, trained], child("dawit", "ti", **wanted)) == ("asha", "trained")
        assert who_together([asha, plain], child("dawit", "ti", waited=900, **wanted)) == ()
    other = interpreter("other", "ti", "en", certified=frozenset({"en"}))
    assert who_together([asha, other], child("dawit", "ti", certified=True)) == ()
    assert who_together([asha, plain, southern], child("dawit", "ti", dialect="south")) == ("asha", "southern")
    assert who_together([asha, plain], child("dawit", "ti", dialect="south")) == ("asha", "a plain one")


def test_who_may_know_the_child_has_no_seat_in_it() -> None:
    staff = [worker("asha", "en"), worker("bupe", "en"), interpreter("tsega", "ti", "en")]
    assert who_together(staff, child("dawit", "ti", avoid=frozenset({"asha"}))) == ("bupe", "tsega")
    assert who_together(staff, child("dawit", "ti", avoid=frozenset({"tsega"}))) == ()
    assert who_together([worker("asha", "so")], child("amal", "so", waited=900, avoid=frozenset({"asha"}))) == ()


def test_an_interpreter_with_only_a_telephone_never_has_a_text() -> None:
    asha = worker("asha", "en", capacity_text=5)
    phone = interpreter("tsega", "ti", "en", voice_only=True, capacity_text=5)
    assert who_together([asha, phone], child("dawit", "ti", channel=Channel.SMS, waited=900)) == ()
    assert who_together([asha, phone], child("dawit", "ti")) == ("asha", "tsega")


# Passed by, and met before


def test_who_declined_is_kept_out_of_the_pair_and_the_other_is_not() -> None:
    staff = [worker("asha", "en"), interpreter("a", "ti", "en", idle_since=ago(900)), interpreter("b", "ti", "en")]
    dawit = child("dawit", "ti", waited=60, refusals=(Refusal("a", ago(5)),))
    (decision,) = plan(staff, [dawit])
    assert workers_of(decision) == ("asha", "b")
    assert decision.reasons.passed_by == ("a",)
    assert who_together(staff[:2], dawit) == ()
    assert who_together(staff[:2], dawit, now=later(55)) == ("asha", "a")
    again = replace(dawit, refusals=(Refusal("a", ago(5)), Refusal("b", ago(2))))
    (decision,) = plan(staff, [again])
    assert workers_of(decision) == ("asha", "a")
    assert decision.reasons.came_round


def test_two_whom_it_has_not_passed_by_go_before_one_whom_it_has() -> None:
    staff = [worker("asha", "so"), worker("bupe", "en"), interpreter("ifrah", "so", "en")]
    amal = child("amal", "so", waited=60, refusals=(Refusal("asha", ago(9)), Refusal("chanda", ago(4))))
    assert who_together(staff, amal) == ("bupe", "ifrah")
    assert who_together(staff[:2], amal) == ("asha",)


def test_a_child_who_comes_back_meets_the_same_person_again_in_either_seat() -> None:
    staff = [
        worker("a", "en", idle_since=ago(900)),
        worker("met", "en"),
        interpreter("c", "ti", "en", idle_since=ago(900)),
        interpreter("known", "ti-", "en-"),
    ]
    assert who_together(staff, child("dawit", "ti", waited=60, resumed=True, preferred_worker="met")) == ("met", "c")
    assert who_together(staff, child("dawit", "ti", waited=60, resumed=True, preferred_worker="known")) == (
        "a",
        "known",
    )


# From change to change


def floor_with(*people: WorkerState | WaitingContact) -> Floor:
    floor = Floor(policies())
    for one in people:
        if isinstance(one, WorkerState):
            floor.put_worker(one)
        else:
            floor.put_contact(one)
    return floor


def test_a_pair_that_could_not_be_claimed_is_put_back_whole() -> None:
    floor = floor_with(worker("asha", "en"), interpreter("tsega", "ti", "en"), child("dawit", "ti"))
    (decision,) = floor.plan(NOW)
    assert [one.load_voice for one in floor.workers()] == [1, 1]
    floor.put_back(decision)
    assert [one.load_voice for one in floor.workers()] == [0, 0]
    assert floor.plan(NOW) == [decision]


@pytest.mark.parametrize("freed", ["asha", "tsega"])
def test_whoever_of_the_two_is_freed_last_brings_them_together(freed: str) -> None:
    two = {"asha": worker("asha", "en"), "tsega": interpreter("tsega", "ti", "en")}
    two[freed] = replace(two[freed], load_voice=1)
    floor = floor_with(*two.values(), child("dawit", "ti"))
    assert floor.plan(NOW) == []
    floor.put_worker(replace(two[freed], load_voice=0, version=1))
    (decision,) = floor.plan(later(1))
    assert workers_of(decision) == ("asha", "tsega")


def test_when_the_last_who_speaks_it_goes_away_nothing_is_waited_for() -> None:
    asha = worker("asha", "so", load_voice=1)
    floor = floor_with(asha, worker("bupe", "en"), interpreter("ifrah", "so", "en"), child("amal", "so"))
    assert floor.plan(NOW) == []
    assert floor.next_change(NOW) == later(20)
    floor.put_worker(replace(asha, available=False, version=1))
    (decision,) = floor.plan(later(1))
    assert workers_of(decision) == ("bupe", "ifrah")


def test_the_clock_alone_brings_two() -> None:
    floor = floor_with(worker("asha", "so", load_voice=1), worker("bupe", "en"), interpreter("ifrah", "so", "en"))
    floor.put_contact(child("amal", "so"))
    at: int | None = NOW
    while at is not None and not (decided := floor.plan(at)):
        at = floor.next_change(at)
    assert (at, [workers_of(one) for one in decided]) == (later(30), [("bupe", "ifrah")])


def test_whose_turn_it_is_goes_first_whether_one_is_needed_or_two() -> None:
    asha = worker("asha", "en", load_voice=1)
    tsega = interpreter("tsega", "ti", "en")
    for waits, gets in (((50, 40), "dawit"), ((40, 50), "ruth")):
        floor = floor_with(asha, tsega, child("dawit", "ti", waits[0]), child("ruth", "en", waits[1]))
        assert floor.plan(NOW) == []
        floor.put_worker(replace(asha, load_voice=0, version=1))
        (decision,) = floor.plan(NOW)
        assert decision.contact_id == gets
