"""What is counted of those who came, as the field defines it. An empty denominator gives no number."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from helpline.simulation.batches import jackknife
from helpline.simulation.day import DAY, HOUR, HOURS
from helpline.simulation.queueing import Outcome
from helpline.simulation.running import Plan, Run
from routing.policy import SECOND, micros

_GROUPS = 20
"""Days are put into so many groups at most, from whose differences it is said how sure a figure is."""

Chosen = Callable[[Outcome], bool]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, and the waits (seconds, sorted) of those who were answered.

    ``come``: all. ``short``: left sooner than was meant. ``gave_up``: the others who left. ``in_time``: answered
    within the goal. ``bridged``: answered by two, of whom one interpreted.
    """

    come: int
    short: int
    gave_up: int
    answered: int
    in_time: int
    bridged: int
    waits_s: tuple[float, ...]

    @property
    def abandonment(self) -> float | None:
        """Gave up ÷ (answered + gave up)."""
        return _ratio(self.gave_up, self.answered + self.gave_up)

    @property
    def service_level(self) -> float | None:
        """Answered within the goal ÷ (all less those who left at once)."""
        return _ratio(self.in_time, self.come - self.short)

    @property
    def answer_rate(self) -> float | None:
        """Answered ÷ all."""
        return _ratio(self.answered, self.come)

    @property
    def mean_wait_s(self) -> float | None:
        """The average speed to answer."""
        return _ratio(sum(self.waits_s), self.answered)

    def wait_s(self, share: float) -> float | None:
        """So long at most did this share of the answered wait."""
        if not self.waits_s:
            return None
        return self.waits_s[min(len(self.waits_s) - 1, int(share * len(self.waits_s)))]

    @property
    def median_wait_s(self) -> float | None:
        return self.wait_s(0.5)

    @property
    def long_wait_s(self) -> float | None:
        """Nine in ten of the answered waited no longer."""
        return self.wait_s(0.9)


def _ratio(over: float, under: float) -> float | None:
    return over / under if under else None


def figures(outcomes: Iterable[Outcome], plan: Plan) -> Figures:
    within, short_of = micros(plan.day.goal.within_s), micros(plan.day.short_s)
    come = short = gave_up = in_time = bridged = 0
    waits = []
    for one in outcomes:
        come += 1
        if one.answered_at is None:
            short += one.wait < short_of
            gave_up += one.wait >= short_of
            continue
        waits.append(one.wait / SECOND)
        in_time += one.wait <= within
        bridged += len(one.workers) > 1
    return Figures(come, short, gave_up, len(waits), in_time, bridged, tuple(sorted(waits)))


def hour_of(outcome: Outcome) -> int:
    """The hour of the day in which they came."""
    return outcome.arrival.at % DAY // HOUR


def of_run(run: Run, chosen: Chosen = lambda outcome: True) -> Figures:
    return figures((one for day in run.days for one in day if chosen(one)), run.plan)


def languages_of(run: Run) -> list[str | None]:
    """All in which somebody came, the most frequent first."""
    counts: dict[str | None, int] = {}
    for day in run.days:
        for one in day:
            counts[one.arrival.language] = counts.get(one.arrival.language, 0) + 1
    return sorted(counts, key=lambda one: (-counts[one], one or ""))


def by_hour(run: Run) -> list[Figures]:
    hours: list[list[Outcome]] = [[] for _ in range(HOURS)]
    for day in run.days:
        for one in day:
            hours[hour_of(one)].append(one)
    return [figures(one, run.plan) for one in hours]


METRICS: dict[str, Callable[[Figures], float | None]] = {
    "gave_up": lambda one: one.abandonment,
    "in_time": lambda one: one.service_level,
    "mean_wait_s": lambda one: one.mean_wait_s,
    "long_wait_s": lambda one: one.long_wait_s,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric before and after, the difference, and half the width of its 95 % interval."""

    before: float
    after: float
    change: float
    half: float

    @property
    def is_clear(self) -> bool:
        """Whether chance alone would hardly bring such a difference."""
        return abs(self.change) > self.half


def differences(before: Run, after: Run, chosen: Chosen = lambda outcome: True) -> dict[str, Difference | None]:
    """Of each metric, on the same callers; None where it has no value. Both runs are of the same days."""
    count = min(_GROUPS, len(before.days))
    was, now = (
        [figures((one for day in run.days[at::count] for one in day if chosen(one)), run.plan) for at in range(count)]
        for run in (before, after)
    )
    pairs = [(_without(was, left_out), _without(now, left_out)) for left_out in (None, *range(count))]
    found: dict[str, Difference | None] = {}
    for name, metric in METRICS.items():
        values = [(metric(first), metric(second)) for first, second in pairs]
        changes = [None if one is None or other is None else other - one for one, other in values]
        (one, other), change = values[0], changes[0]
        if one is None or other is None or change is None:
            found[name] = None
        else:
            found[name] = Difference(one, other, change, jackknife(changes[1:]))
    return found


def _without(groups: Sequence[Figures], left_out: int | None) -> Figures:
    """All but one together."""
    kept = [group for at, group in enumerate(groups) if at != left_out]
    return Figures(
        come=sum(one.come for one in kept),
        short=sum(one.short for one in kept),
        gave_up=sum(one.gave_up for one in kept),
        answered=sum(one.answered for one in kept),
        in_time=sum(one.in_time for one in kept),
        bridged=sum(one.bridged for one in kept),
        waits_s=tuple(sorted(wait for one in kept for wait in one.waits_s)),
    )
