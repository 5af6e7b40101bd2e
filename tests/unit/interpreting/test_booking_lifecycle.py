"""The life of a booking: every state with every event, and where they lead."""

from itertools import product

import pytest

from helpline.interpreting.booking_lifecycle import (
    AGREED,
    OVER,
    SEEKING,
    TABLE,
    Event,
    IllegalMove,
    State,
    after,
    diagram,
)


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_a_move_is_in_the_table_or_raises_and_changes_nothing(state: State, event: Event) -> None:
    before = dict(TABLE)
    if (state, event) in TABLE:
        assert after(state, event) is TABLE[state, event]
    else:
        with pytest.raises(IllegalMove) as caught:
            after(state, event)
        assert caught.value.code == "booking_moved_on" and caught.value.status == 409
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


def test_every_state_is_reached_and_every_event_happens() -> None:
    assert reachable(State.REQUESTED) == set(State)
    assert {event for _, event in TABLE} == set(Event)


def test_the_kinds_of_states_are_all_states_and_what_is_over_stays_so() -> None:
    assert set(State) == SEEKING | AGREED | OVER and not (SEEKING & AGREED or SEEKING & OVER or AGREED & OVER)
    assert not {state for state, _ in TABLE} & OVER


@pytest.mark.parametrize("state", [*sorted(SEEKING), State.CONFIRMED])
def test_an_institution_can_cancel_until_it_begins(state: State) -> None:
    assert after(state, Event.CANCELLED) is State.CANCELLED


def test_what_has_begun_is_not_cancelled_away() -> None:
    with pytest.raises(IllegalMove):
        after(State.BEGUN, Event.CANCELLED)


@pytest.mark.parametrize("state", [State.CONFIRMED, State.BEGUN])
def test_an_interpreter_who_does_not_come_is_replaced(state: State) -> None:
    assert after(state, Event.INTERPRETER_MISSED) is State.REQUESTED


def test_the_diagram_shows_every_move() -> None:
    drawn = diagram()
    assert drawn.startswith("stateDiagram-v2\n    [*] --> requested\n")
    assert all(f"    {source} --> {target}: {event}\n" in drawn for (source, event), target in TABLE.items())
