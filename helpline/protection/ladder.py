"""The escalation ladder, as a table of state and event. Pure.

A ladder is climbed rung by rung, none is left out, and the last one is told again and again. It stops for a person with
a name; only one whose cause may mend by itself (a line without anybody on duty) stops for that too. Every step sets
the time of the next from ``now`` on, so that a clock that jumped, or a server that was away, makes one step late and
none at once with others.
"""

from dataclasses import dataclass, replace

from config.ladders import Ladder
from helpline.clock import SECOND

HASTE_S = 60
"""Seconds after which the last rung is told again when none of its pages could be delivered."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a climb stands. ``rung`` from 0; ``round``: how often the last rung was told again; ``due`` (µs): when the
    next step is; ``open``: pages of this rung that a person may still answer; ``ended``: by whom, None while it runs.
    ``mends``: its cause may go away by itself.
    """

    rung: int
    round: int
    due: int
    open: frozenset[str] = frozenset()
    ended: str | None = None
    mends: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The rung was told; ``pages`` went out. None: nobody could be found, which is silence at once."""

    pages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Failed:
    """A page could not be delivered."""

    page: str


@dataclass(frozen=True, slots=True)
class Due:
    """Its time may have come: a timer says so, which may be early, late, or a second one."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """A process has begun, perhaps with another clock."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A person takes it. ``by`` names them, and is not empty."""

    by: str


@dataclass(frozen=True, slots=True)
class Mended:
    """The cause is gone."""


Event = Told | Failed | Due | Restarted | Acknowledged | Mended


@dataclass(frozen=True, slots=True)
class TellRung:
    """Tell everyone on this rung, in this round, and say with `Told` who was reached."""

    rung: int
    round: int


@dataclass(frozen=True, slots=True)
class CallOff:
    """What is not yet sent need not be."""


Effect = TellRung | CallOff
Step = tuple[Standing, tuple[Effect, ...], int | None]
"""The state, what to do, and when to look again (µs; None when it has ended)."""

MENDED = "mended"


def begin(ladder: Ladder, now: int, *, mends: bool = False) -> Step:
    """The first rung is told at once."""
    standing = Standing(0, 0, now + _wait(ladder, 0), mends=mends)
    return standing, (TellRung(0, 0),), standing.due


def step(ladder: Ladder, state: Standing, event: Event, now: int) -> Step:
    """What the event does. Raises ValueError for an acknowledgement without a name."""
    if state.ended is not None:
        return state, (), None
    match event:
        case Acknowledged(by):
            if not by:
                raise ValueError("an acknowledgement has a name")
            return replace(state, ended=by, open=frozenset()), (CallOff(),), None
        case Mended():
            if not state.mends:
                return state, (), state.due
            return replace(state, ended=MENDED, open=frozenset()), (CallOff(),), None
        case Told(pages):
            state = replace(state, open=pages)
            return (state, (), state.due) if pages else _silence(ladder, state, now, tried=False)
        case Failed(page):
            if page not in state.open:
                return state, (), state.due
            state = replace(state, open=state.open - {page})
            return (state, (), state.due) if state.open else _silence(ladder, state, now, tried=True)
        case Due():
            return (state, (), state.due) if now < state.due else _climb(ladder, state, now)
        case Restarted():
            # A time that is further away than the rung waits was set by a clock that has been put right since.
            state = replace(state, due=min(state.due, now + _wait(ladder, state.rung)))
            return state, (), state.due


def _silence(ladder: Ladder, state: Standing, now: int, *, tried: bool) -> Step:
    """Nobody on this rung can answer. The last rung is told again soon, and never so soon that it spins."""
    if state.rung < len(ladder.rungs) - 1:
        return _climb(ladder, state, now)
    if tried:
        state = replace(state, due=min(state.due, now + HASTE_S * SECOND))
    return state, (), state.due


def _climb(ladder: Ladder, state: Standing, now: int) -> Step:
    top = len(ladder.rungs) - 1
    rung, round = (state.rung + 1, state.round) if state.rung < top else (top, state.round + 1)
    state = replace(state, rung=rung, round=round, due=now + _wait(ladder, rung), open=frozenset())
    return state, (TellRung(rung, round),), state.due


def _wait(ladder: Ladder, rung: int) -> int:
    wait_s = ladder.rungs[rung].wait_s
    return (ladder.repeat_s if wait_s is None else wait_s) * SECOND
