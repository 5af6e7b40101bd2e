"""The life of a contact: every state with every event, and where they lead."""

from itertools import product

import pytest

from helpline.contacts.lifecycle import TABLE, Event, IllegalMove, State, after, diagram


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_a_move_is_in_the_table_or_raises_and_changes_nothing(state: State, event: Event) -> None:
    before = dict(TABLE)
    if (state, event) in TABLE:
        assert after(state, event) is TABLE[state, event]
    else:
        with pytest.raises(IllegalMove) as caught:
            after(state, event)
        assert caught.value.code == "illegal_move" and caught.value.status == 409
        assert state in str(caught.value) and event in str(caught.value)
    assert before == TABLE


def reachable(first: State) -> set[State]:
    found, todo = {first}, [first]
    while todo:
        here = todo.pop()
        for (state, _), then in TABLE.items():
            if state is here and then not in found:
                found.add(then)
                todo.append(then)
    return found


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_every_contact_can_come_to_its_end(state: State) -> None:
    assert State.CLOSED in reachable(state)


def test_every_state_is_reached_and_every_event_happens() -> None:
    assert reachable(State.ARRIVING) == set(State)
    assert {event for _, event in TABLE} == set(Event)


def test_closed_is_the_end() -> None:
    assert reachable(State.CLOSED) == {State.CLOSED}


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_a_supervisor_can_end_whatever_is_stuck(state: State) -> None:
    assert after(state, Event.STOPPED) is State.CLOSED


@pytest.mark.parametrize("state", [State.ARRIVING, State.WAITING, State.OFFERED, State.CONNECTING, State.CONNECTED])
def test_a_child_can_leave_at_every_moment(state: State) -> None:
    assert after(state, Event.CHILD_LEFT) in (State.CLOSED, State.WRAP_UP)


@pytest.mark.parametrize("state", [State.OFFERED, State.CONNECTING, State.CONNECTED])
def test_a_child_who_loses_its_person_waits_for_the_next(state: State) -> None:
    assert after(state, Event.ADULT_LOST) is State.WAITING


@pytest.mark.parametrize("state", [State.WAITING, State.WRAP_UP, State.CLOSED])
def test_what_comes_late_moves_nobody_backwards(state: State) -> None:
    for event in (Event.JOINED, Event.ACCEPTED, Event.ADULT_LOST, Event.PASSED):
        with pytest.raises(IllegalMove):
            after(state, event)


def test_the_diagram_draws_the_whole_table() -> None:
    drawn = diagram().splitlines()
    assert drawn[0] == "stateDiagram-v2"
    assert "    [*] --> arriving" in drawn and "    closed --> [*]" in drawn
    for (state, event), then in TABLE.items():
        assert f"    {state.value} --> {then.value}: {event.value}" in drawn
    assert len(drawn) == len(TABLE) + 3
