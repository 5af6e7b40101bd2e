"""The life of a referral, as literal tables. That it was sent, that a person there took note of it, and that the child
was served are three different facts."""

from enum import StrEnum

from helpline.errors import Conflict


class State(StrEnum):
    """Where a referral is. Each is in exactly one."""

    DRAFT = "draft"
    SENT = "sent"  # on its way; nobody there is known to have it
    DELIVERED = "delivered"  # it is with them, as far as the channel can tell
    ACKNOWLEDGED = "acknowledged"  # a person there has taken note
    ACCEPTED = "accepted"  # they will act
    REFUSED = "refused"  # they will not, and said why
    SERVICE_RECEIVED = "service_received"  # the child was served: what, and when
    CLOSED = "closed"  # with an outcome
    FAILED = "failed"  # it could not be delivered


class Event(StrEnum):
    """What can happen to it."""

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    RECEIVED = "received"  # the service, by the child
    CLOSED = "closed"  # by one of us, with an outcome
    WITHDRAWN = "withdrawn"  # taken back by one of us, or dropped by them without a word


S, E = State, Event

TABLE: dict[tuple[State, Event], State] = {
    (S.DRAFT, E.SENT): S.SENT,
    (S.DRAFT, E.WITHDRAWN): S.CLOSED,
    (S.SENT, E.DELIVERED): S.DELIVERED,
    (S.SENT, E.FAILED): S.FAILED,
    (S.SENT, E.ACKNOWLEDGED): S.ACKNOWLEDGED,
    (S.SENT, E.ACCEPTED): S.ACCEPTED,
    (S.SENT, E.REFUSED): S.REFUSED,
    (S.SENT, E.RECEIVED): S.SERVICE_RECEIVED,
    (S.SENT, E.CLOSED): S.CLOSED,
    (S.SENT, E.WITHDRAWN): S.CLOSED,
    (S.DELIVERED, E.FAILED): S.FAILED,  # a mail may come back after it was taken
    (S.DELIVERED, E.ACKNOWLEDGED): S.ACKNOWLEDGED,
    (S.DELIVERED, E.ACCEPTED): S.ACCEPTED,
    (S.DELIVERED, E.REFUSED): S.REFUSED,
    (S.DELIVERED, E.RECEIVED): S.SERVICE_RECEIVED,
    (S.DELIVERED, E.CLOSED): S.CLOSED,
    (S.DELIVERED, E.WITHDRAWN): S.CLOSED,
    (S.FAILED, E.SENT): S.SENT,  # sent once more
    (S.FAILED, E.DELIVERED): S.DELIVERED,  # it had arrived all the same
    (S.FAILED, E.ACKNOWLEDGED): S.ACKNOWLEDGED,
    (S.FAILED, E.ACCEPTED): S.ACCEPTED,
    (S.FAILED, E.REFUSED): S.REFUSED,
    (S.FAILED, E.RECEIVED): S.SERVICE_RECEIVED,
    (S.FAILED, E.CLOSED): S.CLOSED,
    (S.FAILED, E.WITHDRAWN): S.CLOSED,
    (S.ACKNOWLEDGED, E.ACCEPTED): S.ACCEPTED,
    (S.ACKNOWLEDGED, E.REFUSED): S.REFUSED,
    (S.ACKNOWLEDGED, E.RECEIVED): S.SERVICE_RECEIVED,
    (S.ACKNOWLEDGED, E.CLOSED): S.CLOSED,
    (S.ACKNOWLEDGED, E.WITHDRAWN): S.CLOSED,
    (S.ACCEPTED, E.REFUSED): S.REFUSED,  # they could not do it after all
    (S.ACCEPTED, E.RECEIVED): S.SERVICE_RECEIVED,
    (S.ACCEPTED, E.CLOSED): S.CLOSED,
    (S.ACCEPTED, E.WITHDRAWN): S.CLOSED,
    (S.REFUSED, E.CLOSED): S.CLOSED,
    (S.SERVICE_RECEIVED, E.RECEIVED): S.SERVICE_RECEIVED,  # and again, or something else
    (S.SERVICE_RECEIVED, E.CLOSED): S.CLOSED,
}

LATE: frozenset[tuple[State, Event]] = frozenset(
    {
        (S.SENT, E.SENT),
        (S.DELIVERED, E.SENT),
        (S.DELIVERED, E.DELIVERED),
        (S.FAILED, E.FAILED),
        (S.REFUSED, E.REFUSED),
        (S.CLOSED, E.CLOSED),
        (S.CLOSED, E.WITHDRAWN),
        (S.SERVICE_RECEIVED, E.ACCEPTED),
        (S.ACCEPTED, E.ACCEPTED),
        *(
            (state, event)
            for state in (S.ACKNOWLEDGED, S.ACCEPTED, S.REFUSED, S.SERVICE_RECEIVED, S.CLOSED)
            for event in (E.SENT, E.DELIVERED, E.FAILED, E.ACKNOWLEDGED)
        ),
    }
)
"""What comes twice, or after more is known already: it changes nothing, and is no mistake of the sender's."""

UNANSWERED = frozenset({S.SENT, S.DELIVERED, S.FAILED})
"""Nobody there has said anything yet."""

OPEN = frozenset({S.SENT, S.DELIVERED, S.FAILED, S.ACKNOWLEDGED, S.ACCEPTED, S.SERVICE_RECEIVED})
"""A service still has to do with it."""

GOES_ON = frozenset({S.REFUSED, S.FAILED})
"""The next service is asked, or a person is told."""


class IllegalMove(Conflict):
    """This cannot happen to a referral in this state; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__("referral_illegal_move", f"{event} cannot happen to a referral that is {state}")


def after(state: State, event: Event) -> State:
    """The state that follows; the same one for what comes late. Raises `IllegalMove` where the tables say nothing."""
    if (state, event) in LATE:
        return state
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalMove(state, event) from None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    rows = [f"    {source} --> {target}: {event}" for (source, event), target in TABLE.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {S.DRAFT}", *rows, f"    {S.CLOSED} --> [*]"]) + "\n"
