"""The life of a referral, as tables."""

import pytest

from helpline.referrals.lifecycle import LATE, OPEN, TABLE, Event, IllegalMove, State, after, diagram

S, E = State, Event


@pytest.mark.parametrize(
    ("story", "events", "ends"),
    [
        ("all goes well", [E.SENT, E.DELIVERED, E.ACKNOWLEDGED, E.ACCEPTED, E.RECEIVED, E.CLOSED], S.CLOSED),
        ("nobody can tell that it was delivered", [E.SENT, E.ACKNOWLEDGED, E.ACCEPTED], S.ACCEPTED),
        ("they serve the child before they write anything", [E.SENT, E.RECEIVED], S.SERVICE_RECEIVED),
        ("they refuse", [E.SENT, E.DELIVERED, E.REFUSED], S.REFUSED),
        ("they had said yes and cannot after all", [E.SENT, E.ACCEPTED, E.REFUSED], S.REFUSED),
        ("the mail comes back, and the text arrives", [E.SENT, E.FAILED, E.SENT, E.DELIVERED], S.DELIVERED),
        ("the mail came back, and they have it all the same", [E.SENT, E.FAILED, E.ACKNOWLEDGED], S.ACKNOWLEDGED),
        ("delivered is said after it was answered", [E.SENT, E.ACCEPTED, E.DELIVERED, E.ACKNOWLEDGED], S.ACCEPTED),
        ("a late bounce takes nothing back", [E.SENT, E.ACKNOWLEDGED, E.FAILED], S.ACKNOWLEDGED),
        ("two services on two days", [E.SENT, E.RECEIVED, E.RECEIVED], S.SERVICE_RECEIVED),
        ("a draft is dropped", [E.WITHDRAWN], S.CLOSED),
    ],
)
def test_what_follows(story: str, events: list[Event], ends: State) -> None:
    state = S.DRAFT
    for event in events:
        state = after(state, event)
    assert state is ends, story


@pytest.mark.parametrize(
    ("state", "event"),
    [(S.DRAFT, E.ACKNOWLEDGED), (S.DRAFT, E.DELIVERED), (S.REFUSED, E.ACCEPTED), (S.CLOSED, E.ACCEPTED),
     (S.CLOSED, E.RECEIVED), (S.SERVICE_RECEIVED, E.REFUSED), (S.SERVICE_RECEIVED, E.WITHDRAWN)],
)  # fmt: skip
def test_what_cannot_be(state: State, event: Event) -> None:
    with pytest.raises(IllegalMove) as refused:
        after(state, event)
    assert refused.value.code == "referral_illegal_move"


def test_no_event_is_both_a_step_and_late() -> None:
    assert not LATE & set(TABLE)


def test_every_state_but_closed_leads_somewhere_and_closed_nowhere() -> None:
    assert {state for state, _ in TABLE} == set(State) - {S.CLOSED}


def test_everything_that_is_open_can_be_closed() -> None:
    assert all(after(state, E.CLOSED) is S.CLOSED for state in OPEN)


def test_the_diagram_shows_every_step() -> None:
    assert diagram().count("-->") == len(TABLE) + 2
