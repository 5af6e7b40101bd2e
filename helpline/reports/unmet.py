"""Who wanted somebody in a language and got nobody, by language and hour of the day. Pure.

Every wish ends in one of the ways below, and counts by the clock of its place: the line's for a child, the
institution's for a request, the venue's for a booking. A wish that is still open counts nowhere yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from helpline.clock import SECOND
from helpline.reports.metrics import rate

HOURS = 24

REACHED = "reached"
"""Somebody who speaks the language was in the conversation."""

UNMET = ("left_in_menu", "left_waiting", "message", "unreached", "nobody_came", "unfilled", "not_spoken")
"""left_in_menu: left before anybody was sought. left_waiting: left while somebody was sought. message: left a message,
nobody being there. unreached: a call-back that came too late. nobody_came: a request without an interpreter. unfilled:
a booking without one. not_spoken: was served by people of whom nobody spoke the language."""

APART = ("short", "taken_back")
"""short: left within five seconds. taken_back: the institution did not want it any more, or was not there itself."""

_OF_CONTACT = {"message_left": "message", "unreached": "unreached"}
_OF_REQUEST = {"served": REACHED, "cancelled": "taken_back", "unreached": "taken_back", "nobody_came": "nobody_came"}
_OF_BOOKING = {"completed": REACHED, "unfilled": "unfilled", "no_show": "taken_back"}


@dataclass(frozen=True, slots=True)
class Wish:
    """So many wishes that ended alike. ``language`` is None where it was never known; ``hour`` is 0 to 23."""

    language: str | None
    way: str
    hour: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Demand:
    """What was wanted in one language. ``speakers``: people who work here now and speak it."""

    language: str | None
    speakers: int
    ways: Mapping[str, int] = field(default_factory=dict)
    wanted_by_hour: tuple[int, ...] = (0,) * HOURS
    unmet_by_hour: tuple[int, ...] = (0,) * HOURS

    @property
    def wanted(self) -> int:
        return sum(self.wanted_by_hour)

    @property
    def unmet(self) -> int:
        return sum(self.unmet_by_hour)

    @property
    def share(self) -> float | None:
        """Of what was wanted, how much was not met."""
        return rate(self.unmet, self.wanted)

    @property
    def nobody_speaks_it(self) -> bool:
        return self.language is not None and self.speakers == 0


@dataclass(frozen=True, slots=True)
class Worst:
    """The answer in one line: the language that is lacked most, and the hours in which most of it is."""

    language: str
    unmet: int
    from_hour: int
    until_hour: int
    in_these: int


WINDOW = 3
"""Hours that are named together: a shift can begin an hour earlier for them."""


def way_of_contact(
    outcome: str | None, *, queued: bool, connected: bool, short: bool, spoken: bool, known: bool
) -> str | None:
    """How the wish of a caller or writer ended; None where it was none, or goes on elsewhere.

    ``queued``: somebody was sought. ``connected``: a person was heard. ``short``: left within `SHORT` of it.
    ``spoken``: a person in it spoke its language. ``known``: its language is. A call that became a call-back is counted
    by what became of that.
    """
    if connected:
        return REACHED if spoken or not known else "not_spoken"
    if outcome in _OF_CONTACT:
        return _OF_CONTACT[outcome]
    if outcome not in ("left_in_menu", "abandoned"):
        return None
    if short:
        return "short"
    return "left_waiting" if queued else "left_in_menu"


def way_of_request(outcome: str | None) -> str | None:
    return None if outcome is None else _OF_REQUEST.get(outcome)


def way_of_booking(state: str, cancelled_by: str | None) -> str | None:
    """One that was moved to another date counts there; one that we cancelled ourselves was not met."""
    if state == "cancelled":
        return "taken_back" if cancelled_by == "officer" else "unfilled"
    return _OF_BOOKING.get(state)


def hour_of(moment: int, zone: str) -> int:
    """The hour of the day of a moment (µs UTC) by the clocks of an IANA zone."""
    return datetime.fromtimestamp(moment // SECOND, UTC).astimezone(_zone(zone)).hour


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def demands(wishes: Iterable[Wish], speakers: Mapping[str, int]) -> tuple[Demand, ...]:
    """By language, the one that is lacked most first; one that was not known comes last."""
    ways: dict[str | None, dict[str, int]] = {}
    wanted: dict[str | None, list[int]] = {}
    unmet: dict[str | None, list[int]] = {}
    for one in wishes:
        counted = ways.setdefault(one.language, {})
        counted[one.way] = counted.get(one.way, 0) + one.count
        by_hour = wanted.setdefault(one.language, [0] * HOURS), unmet.setdefault(one.language, [0] * HOURS)
        if one.way not in APART:
            by_hour[0][one.hour] += one.count
        if one.way in UNMET:
            by_hour[1][one.hour] += one.count
    found = [
        Demand(language, speakers.get(language or "", 0), counted, tuple(wanted[language]), tuple(unmet[language]))
        for language, counted in ways.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.language is None, -one.unmet, -one.wanted, one.language or "")))


def worst(found: Iterable[Demand]) -> Worst | None:
    """None where nothing was lacked in a language that is known."""
    lacked = [one for one in found if one.language is not None and one.unmet]
    if not lacked:
        return None
    most = max(lacked, key=lambda one: one.unmet)
    windows = [sum(most.unmet_by_hour[(at + more) % HOURS] for more in range(WINDOW)) for at in range(HOURS)]
    at = max(range(HOURS), key=lambda hour: (windows[hour], most.unmet_by_hour[hour]))
    assert most.language is not None
    return Worst(most.language, most.unmet, at, (at + WINDOW) % HOURS, windows[at])
