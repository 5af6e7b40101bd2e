"""The policy as stories. Each is decided twice, by the plain definition and by the floor."""

import pytest

from routing.model import (
    Bar,
    Channel,
    Gender,
    Passing,
    Refusal,
    Role,
    Stage,
    Turn,
    WaitingContact,
    Wish,
    WorkerState,
)
from routing.planner import eligibility, stage_reached
from routing.policy import SECOND, LinePolicy, Stages
from tests.unit.routing.people import LINE, NOW, ago, child, later, man, pairs, plan, who, woman, worker

# Language


def test_a_child_who_speaks_somali_gets_the_one_who_speaks_it_well() -> None:
    asha, bupe, chanda = worker("asha", "so"), worker("bupe", "so-", "en"), worker("chanda", "en")
    assert who([chanda, bupe, asha], child("amal", "so", waited=60)) == "asha"


def test_one_who_speaks_it_a_little_comes_in_after_twenty_seconds_and_not_before() -> None:
    bupe, amal = worker("bupe", "so-"), child("amal", "so")
    assert who([bupe], amal, now=later(19.999)) is None
    (decision,) = plan([bupe], [amal], now=later(20))
    assert decision.stage is Stage.BASIC


def test_nobody_who_does_not_speak_the_language_ever_gets_the_child() -> None:
    staff = [worker("chanda", "en", "bem"), worker("mutale", "fr", role=Role.SUPERVISOR)]
    assert who(staff, child("amal", "so", waited=90_000, danger=True)) is None


def test_a_child_whose_language_nobody_knows_gets_the_one_who_speaks_most() -> None:
    staff = [worker("asha", "so", "ar"), worker("bupe", "bem-", "ny-", "toi-"), worker("chanda", "en")]
    (decision,) = plan(staff, [child("dawit", None)])
    assert decision.workers == ((Role.COUNSELLOR, "bupe"),)
    assert decision.stage is Stage.UNKNOWN_LANGUAGE
    assert decision.reasons.languages_spoken == 3


def test_an_interpreter_who_is_no_counsellor_is_not_left_alone_with_a_child() -> None:
    assert who([worker("ines", "so", role=Role.INTERPRETER)], child("amal", "so", waited=900)) is None


def test_a_supervisor_comes_in_after_two_minutes_and_counsels() -> None:
    boss, amal = worker("boss", "so", role=Role.SUPERVISOR), child("amal", "so")
    assert who([boss], amal, now=later(119)) is None
    (decision,) = plan([boss], [amal], now=later(120))
    assert decision.workers == ((Role.COUNSELLOR, "boss"),)
    assert decision.stage is Stage.SUPERVISORS


def test_a_supervisor_who_counsels_too_is_there_from_the_first_second() -> None:
    both = worker("both", "so", roles=frozenset({Role.COUNSELLOR, Role.SUPERVISOR}))
    assert who([both], child("amal", "so")) == "both"


def test_a_counsellor_goes_before_a_supervisor_who_speaks_no_better() -> None:
    staff = [worker("a boss", "so", role=Role.SUPERVISOR), worker("bupe", "so")]
    assert who(staff, child("amal", "so", waited=300)) == "bupe"


# Choosing among the eligible


def test_the_least_loaded_goes_first_then_the_longest_idle_then_the_id() -> None:
    sms = child("amal", "so", channel=Channel.SMS)
    half = worker("a", "so", capacity_text=4, load_text=2, idle_since=ago(900))
    fifth = worker("b", "so", capacity_text=5, load_text=1, idle_since=ago(1))
    assert who([half, fifth], sms) == "b"
    rested, tired = worker("c", "so", idle_since=ago(50)), worker("b", "so", idle_since=ago(10))
    assert who([tired, rested], child("amal", "so")) == "c"
    assert who([worker("b", "so"), worker("a", "so")], child("amal", "so")) == "a"


def test_full_hands_full_ears_and_breaks_are_respected() -> None:
    busy = worker("busy", "so", load_voice=1, capacity_text=2)
    away = worker("away", "so", available=False)
    assert who([busy, away], child("amal", "so", waited=900)) is None
    assert who([busy], child("amal", "so", channel=Channel.WEBCHAT)) == "busy"


def test_a_worker_serves_the_lines_they_are_trained_for() -> None:
    trained = worker("asha", "so", lines=frozenset({"933"}))
    assert who([trained], child("amal", "so", waited=900)) is None
    assert who([trained], child("amal", "so", line="933")) == "asha"


def test_a_somali_speaker_is_kept_for_somali_where_the_line_says_so() -> None:
    asha = worker("asha", "en", "so", idle_since=ago(900))
    others = [worker("bupe", "en", idle_since=ago(5)), worker("chanda", "en", load_voice=1, capacity_voice=2)]
    english = child("ruth", "en")
    assert who([asha, *others], english) == "asha"
    (kept,) = plan([asha, *others], [english], LinePolicy(scarcity=True))
    assert kept.workers[0][1] == "bupe"
    assert not kept.reasons.scarce_speaker
    (last,) = plan([asha], [english], LinePolicy(scarcity=True))
    assert last.workers[0][1] == "asha", "kept while others are free, not for ever"
    busy = [worker(f"busy {number}", "en", load_voice=1) for number in range(3)]
    (needed,) = plan([asha, *busy], [english], LinePolicy(scarcity=True))
    assert needed.reasons.scarce_speaker


# A woman or a man


def test_a_wish_for_a_woman_is_honoured_and_then_given_up() -> None:
    amal = child("amal", "so", gender_wish=Gender.WOMAN)
    staff = [man("musa", "so", idle_since=ago(900)), woman("asha", "so")]
    (decision,) = plan(staff, [amal])
    assert decision.workers[0][1] == "asha"
    assert decision.reasons.wish is Wish.HONOURED
    assert who(staff[:1], amal, now=later(59)) is None
    (decision,) = plan(staff[:1], [amal], now=later(60))
    assert decision.reasons.wish is Wish.GIVEN_UP
    assert who(staff, amal, now=later(600)) == "asha", "a wish that was given up is still a wish"


def test_a_required_woman_is_never_replaced_not_even_in_danger() -> None:
    staff = [man("musa", "so"), worker("nobody said", "so")]
    amal = child("amal", "so", waited=90_000, gender_wish=Gender.WOMAN, gender_required=True, danger=True)
    assert who(staff, amal) is None
    (decision,) = plan([*staff, woman("asha", "so-")], [amal])
    assert decision.reasons.wish is Wish.REQUIRED


# Danger


@pytest.mark.parametrize(
    "comes",
    [worker("bupe", "so-"), worker("boss", "so", role=Role.SUPERVISOR), man("musa", "so")],
    ids=["basic speaker", "supervisor", "a man against the wish"],
)
def test_in_danger_all_doors_are_open_at_once(comes: WorkerState) -> None:
    calm = child("amal", "so", gender_wish=Gender.WOMAN)
    assert who([comes], calm) is None
    assert who([comes], child("amal", "so", gender_wish=Gender.WOMAN, danger=True)) == comes.id


def test_danger_goes_before_all_and_among_danger_the_first_come() -> None:
    waiting = [
        child("long", "so", waited=9_000),
        child("lost", "so", waited=500, resumed=True),
        child("second", "so", waited=3, danger=True),
        child("first", "so", waited=4, danger=True),
    ]
    staff = [worker(name, "so") for name in "abcd"]
    assert [contact for contact, _ in pairs(plan(staff, waiting))] == ["first", "second", "lost", "long"]


# Turns


def test_who_lost_their_person_goes_first_and_back_to_the_same_one() -> None:
    lost = child("amal", "so", waited=5, resumed=True, preferred_worker="bupe")
    waiting = [child("long", "so", waited=500), lost]
    staff = [worker("asha", "so", idle_since=ago(900)), worker("bupe", "so-")]
    decisions = plan(staff, waiting)
    assert pairs(decisions) == [("amal", "bupe"), ("long", "asha")]
    assert decisions[0].stage is Stage.SAME_PERSON
    assert decisions[0].reasons.turn is Turn.RESUMED
    assert pairs(plan(staff[:1], waiting)) == [("amal", "asha")], "nobody waits for one who is not free"


def test_whom_a_supervisor_moved_up_goes_before_the_others() -> None:
    waiting = [child("long", "so", waited=500), child("amal", "so", waited=5, moved_up=True)]
    (decision,) = plan([worker("asha", "so")], waiting)
    assert (decision.contact_id, decision.reasons.turn) == ("amal", Turn.MOVED_UP)


def test_with_one_target_it_is_first_come_first_served() -> None:
    policy = LinePolicy(targets_s={"normal": 60, "other": 60})
    waiting = [child("b", "so", waited=10), child("a", "so", waited=9, priority="other"), child("c", "so", waited=11)]
    order = [contact for contact, _ in pairs(plan([worker(name, "so") for name in "xyz"], waiting, policy))]
    assert order == ["c", "b", "a"]


def test_an_urgent_child_overtakes_and_nobody_starves() -> None:
    policy = LinePolicy(targets_s={"urgent": 10, "normal": 60, "low": 600}, default_priority="normal")
    one = [worker("asha", "so")]
    low = child("low", "so", waited=599, priority="low")
    assert pairs(plan(one, [low, child("urgent", "so", waited=10, priority="urgent")], policy)) == [("urgent", "asha")]
    assert pairs(plan(one, [low, child("urgent", "so", waited=9.9, priority="urgent")], policy)) == [("low", "asha")]


def test_however_many_urgent_children_come_the_one_who_waits_gets_a_turn() -> None:
    policy = LinePolicy(targets_s={"urgent": 10, "normal": 600})
    waiting = [child("patient", "so")]
    for second in range(700):
        waiting.append(child(f"urgent {second:03}", "so", waited=-second, priority="urgent"))
        (decision,) = plan([worker("asha", "so")], waiting, policy, now=later(second))
        if decision.contact_id == "patient":
            return
        waiting = [one for one in waiting if one.id != decision.contact_id]
        waiting.append(child(f"also {second:03}", "so", waited=-second, priority="urgent"))
    pytest.fail("the patient one starved")


# Refusals


def declined(worker_id: str, seconds: float) -> Refusal:
    return Refusal(worker_id, ago(seconds))


def test_who_declined_is_kept_away_until_another_was_tried_or_the_time_is_over() -> None:
    asha, bupe = worker("asha", "so", idle_since=ago(900)), worker("bupe", "so")
    amal = child("amal", "so", waited=30, refusals=(declined("asha", 5),))
    (decision,) = plan([asha, bupe], [amal])
    assert decision.workers[0][1] == "bupe"
    assert decision.reasons.passed_by == ("asha",)
    assert decision.reasons.eligible == 1
    assert who([asha], amal) is None, "not at once, even with nobody else there"
    assert who([asha], amal, now=later(55)) == "asha"
    both = child("amal", "so", waited=30, refusals=(declined("asha", 5), declined("bupe", 2)))
    (decision,) = plan([asha, bupe], [both])
    assert decision.workers[0][1] == "asha"
    assert decision.reasons.came_round


def test_whoever_has_not_been_asked_goes_before_one_who_has_even_if_less_able() -> None:
    staff = [worker("asha", "so"), worker("bupe", "so"), worker("chanda", "so-")]
    amal = child("amal", "so", waited=30, refusals=(declined("asha", 5), declined("bupe", 2)))
    assert who(staff, amal) == "chanda"


@pytest.mark.parametrize("kind", list(Passing))
def test_every_way_of_passing_by_counts_the_same(kind: Passing) -> None:
    amal = child("amal", "so", waited=30, refusals=(Refusal("asha", ago(5), kind),))
    assert who([worker("asha", "so")], amal) is None


def test_the_person_met_before_who_declined_is_not_met_again_over_the_stages() -> None:
    bupe = worker("bupe", "so-")
    amal = child("amal", "so", waited=5, preferred_worker="bupe", refusals=(declined("bupe", 3), declined("asha", 1)))
    assert who([bupe], amal) is None
    assert who([bupe], amal, now=later(15)) == "bupe", "as any basic speaker"


# Hand-overs


def test_a_hand_over_waits_for_the_named_person_and_then_for_anybody() -> None:
    amal = child("amal", "so", waited=900, queued_at=NOW, only_worker="bupe")
    asha, bupe = worker("asha", "so"), worker("bupe", "so-")
    (decision,) = plan([asha, bupe], [amal])
    assert (decision.workers[0][1], decision.stage) == ("bupe", Stage.NAMED)
    assert who([asha], amal, now=later(119)) is None
    assert who([asha], amal, now=later(120)) == "asha"


def test_a_hand_over_that_the_named_person_declines_goes_to_the_others_at_once() -> None:
    amal = child("amal", "so", waited=900, queued_at=ago(10), only_worker="bupe", refusals=(declined("bupe", 2),))
    assert who([worker("asha", "so"), worker("bupe", "so")], amal) == "asha"


def test_a_named_person_who_does_not_speak_the_language_does_not_get_the_child() -> None:
    assert who([worker("bupe", "en")], child("amal", "so", queued_at=NOW, only_worker="bupe")) is None


# Whys


@pytest.mark.parametrize(
    ("asked", "contact", "bar"),
    [
        (worker("asha", "so", available=False), child("amal", "so"), Bar.OFF_DUTY),
        (worker("asha", "so", load_voice=1), child("amal", "so"), Bar.FULL),
        (worker("asha", "so", role=Role.INTERPRETER), child("amal", "so"), Bar.ROLE),
        (worker("asha", "so", lines=frozenset()), child("amal", "so"), Bar.LINE),
        (worker("asha", "en"), child("amal", "so"), Bar.LANGUAGE),
        (worker("asha", "so"), child("amal", "so", only_worker="bupe"), Bar.KEPT_FOR_NAMED),
        (worker("asha", "so"), child("amal", "so", refusals=(declined("asha", 1),)), Bar.REFUSED),
        (man("musa", "so"), child("amal", "so", gender_wish=Gender.WOMAN), Bar.GENDER),
        (worker("asha", "so-"), child("amal", "so"), Bar.TOO_EARLY),
        (worker("asha", "so", role=Role.SUPERVISOR), child("amal", "so"), Bar.TOO_EARLY),
    ],
)
def test_who_may_not_is_told_why(asked: WorkerState, contact: WaitingContact, bar: Bar) -> None:
    assert eligibility(asked, contact, LinePolicy(), NOW) is bar


@pytest.mark.parametrize(
    ("contact", "seconds", "stage"),
    [
        (child("amal", "so"), 0, Stage.FLUENT),
        (child("amal", "so"), 20, Stage.BASIC),
        (child("amal", "so"), 60, Stage.PAIR),
        (child("amal", "so"), 120, Stage.SUPERVISORS),
        (child("amal", "so"), 200, Stage.ON_CALL),
        (child("amal", "so"), 300, Stage.FALLBACK),
        (child("amal", None), 60, Stage.UNKNOWN_LANGUAGE),
        (child("amal", "so", danger=True), 0, Stage.SUPERVISORS),
        (child("amal", "so", only_worker="bupe"), 100, Stage.NAMED),
        (child("amal", "so", only_worker="bupe"), 121, Stage.SUPERVISORS),
    ],
)
def test_the_floor_shows_how_far_the_doors_have_opened(contact: WaitingContact, seconds: int, stage: Stage) -> None:
    stages = Stages(pair_after_s=60, on_call_after_s=200, fallback_after_s=300)
    assert stage_reached(contact, LinePolicy(stages=stages), NOW + seconds * SECOND) is stage


def test_a_line_without_a_policy_is_served_all_the_same() -> None:
    assert LINE != "forgotten"
    assert who([worker("asha", "so")], child("amal", "so", line="forgotten")) == "asha"
