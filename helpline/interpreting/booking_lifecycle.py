"""The life of a booking, as a literal table. Documentation diagrams are printed from it."""

from enum import StrEnum

from helpline.errors import Conflict


class State(StrEnum):
    """Where a booking is. Each is in exactly one."""

    REQUESTED = "requested"  # nobody is asked at this moment
    OFFERING = "offering"  # one interpreter is asked
    EXHAUSTED = "exhausted"  # nobody is left to ask; a coordinator is alarmed
    CONFIRMED = "confirmed"
    BEGUN = "begun"
    COMPLETED = "completed"
    UNFILLED = "unfilled"  # its time came and went with nobody
    NO_SHOW = "no_show"  # the interpreter was there, the institution was not
    CANCELLED = "cancelled"
    ADJOURNED = "adjourned"  # before it began, to another booking


class Event(StrEnum):
    """What can happen to it."""

    OFFERED = "offered"
    PASSED = "passed"  # declined, silent, unreachable, or a conflict of interest
    EXHAUSTED = "exhausted"
    SOUGHT_AGAIN = "sought_again"  # a coordinator has relaxed something, or asks everybody anew
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"  # by a coordinator, who has the interpreter's word
    CHANGED = "changed"  # so that whoever was asked or had agreed no longer fits
    LET_GO = "let_go"  # the interpreter who had agreed cannot come, or was taken off
    INTERPRETER_MISSED = "interpreter_missed"
    REQUESTER_MISSED = "requester_missed"
    BEGAN = "began"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ADJOURNED = "adjourned"
    LAPSED = "lapsed"


S, E = State, Event

TABLE: dict[tuple[State, Event], State] = {
    (S.REQUESTED, E.OFFERED): S.OFFERING,
    (S.REQUESTED, E.EXHAUSTED): S.EXHAUSTED,
    (S.REQUESTED, E.ASSIGNED): S.CONFIRMED,
    (S.REQUESTED, E.CHANGED): S.REQUESTED,
    (S.REQUESTED, E.CANCELLED): S.CANCELLED,
    (S.REQUESTED, E.ADJOURNED): S.ADJOURNED,
    (S.REQUESTED, E.LAPSED): S.UNFILLED,
    (S.OFFERING, E.PASSED): S.REQUESTED,
    (S.OFFERING, E.ACCEPTED): S.CONFIRMED,
    (S.OFFERING, E.ASSIGNED): S.CONFIRMED,
    (S.OFFERING, E.CHANGED): S.REQUESTED,
    (S.OFFERING, E.CANCELLED): S.CANCELLED,
    (S.OFFERING, E.ADJOURNED): S.ADJOURNED,
    (S.OFFERING, E.LAPSED): S.UNFILLED,
    (S.EXHAUSTED, E.SOUGHT_AGAIN): S.REQUESTED,
    (S.EXHAUSTED, E.ASSIGNED): S.CONFIRMED,
    (S.EXHAUSTED, E.CHANGED): S.REQUESTED,
    (S.EXHAUSTED, E.CANCELLED): S.CANCELLED,
    (S.EXHAUSTED, E.ADJOURNED): S.ADJOURNED,
    (S.EXHAUSTED, E.LAPSED): S.UNFILLED,
    (S.CONFIRMED, E.CHANGED): S.REQUESTED,
    (S.CONFIRMED, E.LET_GO): S.REQUESTED,
    (S.CONFIRMED, E.ASSIGNED): S.CONFIRMED,
    (S.CONFIRMED, E.BEGAN): S.BEGUN,
    (S.CONFIRMED, E.INTERPRETER_MISSED): S.REQUESTED,
    (S.CONFIRMED, E.REQUESTER_MISSED): S.NO_SHOW,
    (S.CONFIRMED, E.COMPLETED): S.COMPLETED,
    (S.CONFIRMED, E.CANCELLED): S.CANCELLED,
    (S.CONFIRMED, E.ADJOURNED): S.ADJOURNED,
    (S.BEGUN, E.INTERPRETER_MISSED): S.REQUESTED,
    (S.BEGUN, E.REQUESTER_MISSED): S.NO_SHOW,
    (S.BEGUN, E.COMPLETED): S.COMPLETED,
}

SEEKING = frozenset({S.REQUESTED, S.OFFERING, S.EXHAUSTED})
"""Without an interpreter yet."""

AGREED = frozenset({S.CONFIRMED, S.BEGUN})
"""With an interpreter whose time is taken."""

OVER = frozenset({S.COMPLETED, S.UNFILLED, S.NO_SHOW, S.CANCELLED, S.ADJOURNED})


class IllegalMove(Conflict):
    """This cannot happen to a booking in this state; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__("booking_moved_on", f"{event} cannot happen to a booking that is {state}")


def after(state: State, event: Event) -> State:
    """The state that follows. Raises `IllegalMove` where the table has no entry."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalMove(state, event) from None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    rows = [f"    {source} --> {target}: {event}" for (source, event), target in TABLE.items()]
    ends = [f"    {state} --> [*]" for state in State if state in OVER]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {S.REQUESTED}", *rows, *ends]) + "\n"
