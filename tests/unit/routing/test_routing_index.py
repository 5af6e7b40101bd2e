"""The floor from change to change: what it keeps, what it undoes, and when it wants to be asked again."""

from dataclasses import replace

from routing.index import Floor, Queue
from routing.model import Channel, Gender, Refusal, Stage, WaitingContact, WorkerState
from routing.policy import SECOND
from tests.unit.routing.people import LINE, NOW, ago, child, later, man, pairs, policies, worker


def floor_with(*people: WorkerState | WaitingContact) -> Floor:
    floor = Floor(policies())
    for one in people:
        if isinstance(one, WorkerState):
            floor.put_worker(one)
        else:
            floor.put_contact(one)
    return floor


def planned_by_the_clock(floor: Floor) -> tuple[int, list[tuple[str, str]]]:
    """When the floor, asked whenever it wants to be, decides something, and what."""
    at = floor.next_change(NOW)
    while at is not None:
        if decided := floor.plan(at):
            return at, pairs(decided)
        at = floor.next_change(at)
    raise AssertionError("never")


def test_what_is_planned_is_not_planned_again() -> None:
    floor = floor_with(worker("asha", "so"), child("amal", "so", 5), child("beza", "so", 3))
    assert pairs(floor.plan(NOW)) == [("amal", "asha")]
    assert floor.plan(NOW) == []
    assert floor.contact("amal") is None
    assert floor.contact("beza") is not None
    held = floor.worker("asha")
    assert held is not None
    assert held.load_voice == 1


def test_a_claim_that_failed_is_put_back_and_planned_again() -> None:
    floor = floor_with(worker("asha", "so"), child("amal", "so"))
    (decision,) = floor.plan(NOW)
    floor.put_back(decision)
    assert floor.contact("amal") == child("amal", "so")
    assert floor.plan(NOW) == [decision]


def test_a_put_back_does_not_undo_what_the_database_has_said_since() -> None:
    asha = worker("asha", "so", version=1)
    floor = floor_with(asha, child("amal", "so"))
    (decision,) = floor.plan(NOW)
    floor.put_worker(replace(asha, load_voice=1, version=2))
    floor.put_contact(child("amal", "so", version=2, danger=True))
    floor.put_back(decision)
    held, waits = floor.worker("asha"), floor.contact("amal")
    assert held is not None
    assert waits is not None
    assert (held.load_voice, waits.danger) == (1, True)
    assert floor.plan(NOW) == []


def test_a_declined_offer_goes_to_the_next_and_comes_round_when_its_time_is_over() -> None:
    asha = worker("asha", "so", version=1)
    floor = floor_with(asha, child("amal", "so"))
    floor.plan(NOW)
    floor.put_worker(replace(asha, version=3))
    floor.put_contact(child("amal", "so", version=3, refusals=(Refusal("asha", NOW),)))
    assert floor.plan(NOW) == []
    assert planned_by_the_clock(floor) == (later(60), [("amal", "asha")])


def test_a_freed_worker_gets_whose_turn_it_is() -> None:
    asha = worker("asha", "so", "en", version=1)
    floor = floor_with(asha, child("first", "en", 50))
    floor.plan(NOW)
    for waits in (child("b", "so", 20), child("a", "en", 30), child("c", "fr", 900)):
        floor.put_contact(waits)
    assert floor.plan(NOW) == []
    floor.put_worker(replace(asha, version=3))
    assert pairs(floor.plan(later(1))) == [("a", "asha")]


def test_a_limit_cuts_the_plan_and_the_rest_comes_next() -> None:
    staff = [worker(f"w{number}", "so") for number in range(8)]
    children = [child(f"c{number}", "so", waited=9 - number) for number in range(8)]
    whole = floor_with(*staff, *children).plan(NOW)
    floor = floor_with(*staff, *children)
    parts = [floor.plan(NOW, limit=limit) for limit in (0, 1, 3, 100)]
    assert [len(part) for part in parts] == [0, 1, 3, 4]
    assert [decision.contact_id for part in parts for decision in part] == [one.contact_id for one in whole]


def test_an_older_state_that_comes_late_changes_nothing() -> None:
    floor = floor_with(worker("asha", "so", load_voice=1, version=5), child("amal", "so", version=5, danger=True))
    floor.put_worker(worker("asha", "so", version=4))
    floor.put_contact(child("amal", "so", version=4))
    assert floor.plan(NOW) == []
    waits = floor.contact("amal")
    assert waits is not None
    assert waits.danger


def test_who_hangs_up_or_goes_home_is_forgotten() -> None:
    floor = floor_with(worker("asha", "so"), child("amal", "so"))
    floor.drop_contact("amal")
    floor.drop_contact("never seen")
    assert floor.plan(NOW) == []
    floor.drop_worker("asha")
    floor.drop_worker("never seen")
    floor.put_contact(child("beza", "so"))
    assert floor.plan(NOW) == []
    assert floor.waiting_count() == 1


def test_the_floor_says_when_the_next_door_opens_and_then_is_quiet() -> None:
    floor = floor_with(man("musa", "so-"), child("amal", "so", gender_wish=Gender.WOMAN))
    assert floor.next_change(NOW) == NOW, "there is something to plan"
    assert floor.plan(NOW) == []
    doors = []
    while (at := floor.next_change(NOW)) is not None:
        doors.append((at - NOW) // SECOND)
        if floor.plan(at):
            break
    assert doors == [20, 30, 60]
    assert floor.next_change(later(60)) is None


def test_a_hand_over_is_opened_to_all_by_the_clock_alone() -> None:
    amal = child("amal", "so", waited=900, queued_at=NOW, only_worker="bupe")
    floor = floor_with(worker("asha", "so"), amal)
    assert floor.plan(NOW) == []
    assert planned_by_the_clock(floor) == (later(120), [("amal", "asha")])


def test_the_next_in_line_is_served_by_its_own_clock_when_the_first_hangs_up() -> None:
    floor = floor_with(worker("bupe", "so-"), child("amal", "so", 15), child("beza", "so", 10))
    assert floor.plan(NOW) == []
    floor.drop_contact("amal")
    assert floor.plan(later(5)) == []
    assert pairs(floor.plan(later(10))) == [("beza", "bupe")]


def test_a_clock_that_is_set_back_closes_no_door() -> None:
    floor = floor_with(child("amal", "so"))
    floor.plan(later(30))
    floor.put_worker(worker("bupe", "so-"))
    assert pairs(floor.plan(NOW)) == [("amal", "bupe")]


def test_the_supervisor_sees_who_waits_where_and_how_long() -> None:
    floor = floor_with(
        worker("busy", "so", load_voice=1),
        child("a", "so", 5),
        child("b", "so", 25),
        child("c", "so", 40),
        child("d", None, 1),
        child("e", "so", 2, line="933"),
    )
    assert floor.queues(NOW) == {
        (LINE, "so", Stage.FLUENT): Queue(1, 5 * SECOND),
        (LINE, "so", Stage.BASIC): Queue(1, 25 * SECOND),
        (LINE, "so", Stage.PAIR): Queue(1, 40 * SECOND),
        (LINE, None, Stage.UNKNOWN_LANGUAGE): Queue(1, 1 * SECOND),
        ("933", "so", Stage.FLUENT): Queue(1, 2 * SECOND),
    }


def test_the_floor_knows_who_is_on_duty_for_a_language_and_a_line() -> None:
    floor = floor_with(
        worker("asha", "so", load_voice=1),
        worker("bupe", "so-", "en", lines=frozenset({"933"})),
        worker("away", "so", available=False),
    )
    assert floor.on_duty(LINE) == 1
    assert floor.on_duty(LINE, "so") == 1
    assert floor.on_duty("933", "so") == 2
    assert floor.on_duty(LINE, "en") == 0


def test_a_worker_who_learns_a_language_or_changes_lines_is_found_by_it() -> None:
    floor = floor_with(worker("asha", "en", version=1), child("amal", "so"), child("lutanda", "en", line="933"))
    floor.put_worker(worker("asha", "so", lines=frozenset({LINE}), version=2))
    assert pairs(floor.plan(NOW)) == [("amal", "asha")]


def test_many_who_come_and_hang_up_behind_one_who_waits_leave_nothing_behind() -> None:
    floor = floor_with(child("patient", "am", 900))
    for number in range(2_000):
        floor.put_contact(child(f"c{number}", "am"))
        floor.plan(NOW)
        floor.drop_contact(f"c{number}")
    (lane,) = floor._waiting.shelves[Channel.VOICE.load_class]["am"].values()
    assert len(lane.heap) < 100
    assert floor.waiting_count() == 1


def test_a_worker_who_is_freed_a_thousand_times_leaves_nothing_behind() -> None:
    busy, rested = worker("asha", "so"), worker("bupe", "so", idle_since=ago(9_000))
    floor = floor_with(busy, rested)
    for number in range(2_000):
        floor.put_worker(replace(busy, idle_since=NOW + number, version=number))
        floor.plan(NOW)
    assert all(len(cell.heap) < 100 for cell in floor._free._cells.values())
