"""The life of a contact, as a literal table. Documentation diagrams are printed from it."""

from enum import StrEnum

from helpline.errors import Conflict


class State(StrEnum):
    """Where a contact is. Each contact is in exactly one."""

    ARRIVING = "arriving"  # in the script
    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    PARKED = "parked"  # a text thread that has fallen silent; nobody's capacity is held for it
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


class Event(StrEnum):
    """What can happen to it."""

    QUEUED = "queued"  # wants a person now
    OFFERED = "offered"  # claimed for a worker
    PASSED = "passed"  # declined, or not answered in time
    ACCEPTED = "accepted"
    JOINED = "joined"  # the child and the adult hear each other
    ADULT_LOST = "adult_lost"  # did not pick up, or their connection ended
    OTHER_COMES = "other_comes"  # of two adults the one who was there is lost; the other is being connected
    OTHER_RINGS = "other_rings"  # of two adults the one who had said yes is lost; the other is still asked
    HANDED_OVER = "handed_over"
    ENDED = "ended"  # by the counsellor
    CHILD_LEFT = "child_left"
    UNREACHED = "unreached"  # a call-back that nobody took; to be tried again
    FELL_SILENT = "fell_silent"  # the child writes no more for a while
    WROTE_AGAIN = "wrote_again"
    FINISHED = "finished"  # the record, or the time for it
    TURNED = "turned"  # into a message or a call-back
    STOPPED = "stopped"  # by a supervisor, with a reason


S, E = State, Event

TABLE: dict[tuple[State, Event], State] = {
    (S.ARRIVING, E.QUEUED): S.WAITING,
    (S.ARRIVING, E.TURNED): S.CLOSED,
    (S.ARRIVING, E.CHILD_LEFT): S.CLOSED,
    (S.ARRIVING, E.STOPPED): S.CLOSED,
    (S.WAITING, E.OFFERED): S.OFFERED,
    (S.WAITING, E.CHILD_LEFT): S.CLOSED,
    (S.WAITING, E.STOPPED): S.CLOSED,
    (S.OFFERED, E.PASSED): S.WAITING,
    (S.OFFERED, E.ADULT_LOST): S.WAITING,
    (S.OFFERED, E.ACCEPTED): S.CONNECTING,
    (S.OFFERED, E.CHILD_LEFT): S.CLOSED,
    (S.OFFERED, E.STOPPED): S.CLOSED,
    (S.CONNECTING, E.JOINED): S.CONNECTED,
    (S.CONNECTING, E.ADULT_LOST): S.WAITING,
    (S.CONNECTING, E.HANDED_OVER): S.WAITING,
    (S.CONNECTING, E.OTHER_RINGS): S.OFFERED,
    (S.CONNECTING, E.CHILD_LEFT): S.CLOSED,
    (S.CONNECTING, E.STOPPED): S.CLOSED,
    (S.CONNECTING, E.UNREACHED): S.WAITING,
    (S.CONNECTED, E.ADULT_LOST): S.WAITING,
    (S.CONNECTED, E.OTHER_COMES): S.CONNECTING,
    (S.CONNECTED, E.OTHER_RINGS): S.OFFERED,
    (S.CONNECTED, E.HANDED_OVER): S.WAITING,
    (S.CONNECTED, E.ENDED): S.WRAP_UP,
    (S.CONNECTED, E.CHILD_LEFT): S.WRAP_UP,
    (S.CONNECTED, E.STOPPED): S.CLOSED,
    (S.CONNECTED, E.FELL_SILENT): S.PARKED,
    (S.PARKED, E.WROTE_AGAIN): S.WAITING,
    (S.PARKED, E.CHILD_LEFT): S.CLOSED,
    (S.PARKED, E.FINISHED): S.CLOSED,
    (S.PARKED, E.STOPPED): S.CLOSED,
    (S.WRAP_UP, E.WROTE_AGAIN): S.CONNECTED,
    (S.WRAP_UP, E.FINISHED): S.CLOSED,
    (S.WRAP_UP, E.STOPPED): S.CLOSED,
}


class IllegalMove(Conflict):
    """This cannot happen to a contact in this state; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__("illegal_move", f"{event} cannot happen to a contact that is {state}")


def after(state: State, event: Event) -> State:
    """The state that follows. Raises `IllegalMove` where the table has no entry."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalMove(state, event) from None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    rows = [f"    {source} --> {target}: {event}" for (source, event), target in TABLE.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {S.ARRIVING}", *rows, f"    {S.CLOSED} --> [*]"]) + "\n"
