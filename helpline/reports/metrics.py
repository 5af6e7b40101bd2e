"""What is counted, as the field defines it. Pure; every rule says where it is from, and what counts where is a table.

Times are in µs. Nothing divided by nothing is no number: a report that shows 0 or 100 % for it lies.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from helpline.clock import SECOND
from helpline.interpreting.statements import Filled

SHORT = 5 * SECOND
"""Whoever leaves within this time is a short abandon: counted apart, and neither as offered nor as abandoned.
The field's contact-centre practice."""

GOOD = 30 * SECOND
"""Time to an interpreter by telephone that is a good service, as providers of interpreting by telephone promise it."""

FEW = 5
"""Counts of people below this, and what is measured on so few, are left out of every file that leaves the house:
the usual threshold of statistics about children."""

SERVED, CANCELLED, UNREACHED = "served", "cancelled", "unreached"


@dataclass(frozen=True, slots=True)
class Group:
    """Children for whom an institution asked, once or more often. ``asked``: how often in the period."""

    girls: int
    boys: int
    asked: int = 1

    @property
    def children(self) -> int:
        return self.girls + self.boys


@dataclass(frozen=True, slots=True)
class Asked:
    """What the fill rate needs of one request. ``outcome``: served, cancelled, unreached, nobody_came; None while open.

    ``language``: the one that was spoken, or else the one wanted most; None when it was not known. ``minutes``: talked.
    """

    language: str | None
    outcome: str | None
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Met:
    """A conversation to which an interpreter came. ``source``: bridge (a child's) or request (an institution's).

    ``known_at``: when its language was known; ``due_at``: before which nobody was to be called; ``asked_at``: when
    somebody in it has asked for the interpreter or named the language anew. None where it does not apply.
    """

    source: str
    language: str | None
    known_at: int
    met_at: int
    due_at: int | None = None
    asked_at: int | None = None

    @property
    def time(self) -> int:
        """From the language being known to a person speaking it (FIELD practice of interpreting services).

        Where nobody was to be called before an hour, from that hour; where an interpreter was added to a conversation
        that went on, from when one was asked for. Never below 0: one who is there already needs no time.
        """
        since = max(self.known_at, self.due_at or 0)
        if self.asked_at is not None and self.asked_at <= self.met_at:
            since = max(since, self.asked_at)
        return max(0, self.met_at - since)


@dataclass(frozen=True, slots=True)
class Timing:
    """Times to an interpreter of one language, or of all. The rest is None where ``conversations`` is 0."""

    source: str | None
    language: str | None
    conversations: int
    p50: int | None
    p90: int | None
    within_good: float | None


def rate(part: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def percentile(values: Sequence[int], share: float) -> int | None:
    """The nearest rank: the smallest value that at least ``share`` (0 < share <= 1) of all do not exceed.

    A value that was measured, never one between two; None of nothing.
    """
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-len(ordered) * round(share * 1000) // 1000)
    return ordered[max(1, rank) - 1]


def timings(met: Iterable[Met]) -> tuple[Timing, ...]:
    """By language and source, the most conversations first."""
    gathered: dict[tuple[str, str | None], list[int]] = {}
    for one in met:
        gathered.setdefault((one.source, one.language), []).append(one.time)
    found = [timing(source, language, times) for (source, language), times in gathered.items()]
    return tuple(sorted(found, key=lambda one: (-one.conversations, one.language or "", one.source or "")))


def timing(source: str | None, language: str | None, times: Sequence[int]) -> Timing:
    good = rate(sum(1 for time in times if time <= GOOD), len(times))
    return Timing(source, language, len(times), percentile(times, 0.5), percentile(times, 0.9), good)


def filled_requests(asked: Iterable[Asked]) -> tuple[Filled, ...]:
    """Fill rate = fulfilled ÷ (requested − cancelled by the requester), by language, the most asked for first.

    One whose requester did not answer the telephone counts as cancelled by them, as a booking does for which nobody
    came. A request that is open counts nowhere yet.
    """
    gathered: dict[str, list[int]] = {}
    for one in asked:
        if one.outcome is None:
            continue
        counts = gathered.setdefault(one.language or "", [0, 0, 0, 0])
        counts[0] += 1
        counts[1] += one.outcome in (CANCELLED, UNREACHED)
        counts[2] += one.outcome == SERVED
        counts[3] += one.minutes
    found = [Filled(language or None, *counts) for language, counts in gathered.items()]
    return tuple(sorted(found, key=lambda one: (-one.requested, one.language or "")))


def joined(*rates: Iterable[Filled]) -> tuple[Filled, ...]:
    """Requests and bookings together, by language."""
    gathered: dict[str, list[int]] = {}
    for one in (each for some in rates for each in some):
        counts = gathered.setdefault(one.language or "", [0, 0, 0, 0])
        for place, count in enumerate((one.requested, one.withdrawn, one.filled, one.minutes)):
            counts[place] += count
    found = [Filled(language or None, *counts) for language, counts in gathered.items()]
    return tuple(sorted(found, key=lambda one: (-one.requested, one.language or "")))


def children(groups: Iterable[Group]) -> Group:
    """All children for whom interpreters were asked: each group once, however often it was asked for."""
    known = list(groups)
    return Group(sum(one.girls for one in known), sum(one.boys for one in known), sum(one.asked for one in known))


REFUSED_AS: Mapping[str, str] = {
    "declined": "declined",
    "knows": "conflict",
    "expired": "silent",
    "no_answer": "unreachable",
    "no_key": "unreachable",
    "busy": "unreachable",
    "failed": "unreachable",
    "no_show": "no_show",
}
"""How an offer to speak now ended, in the words in which offers of bookings end. Any other end is nobody's refusal."""
