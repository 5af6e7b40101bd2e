"""How many people a language needs for calls, by Erlang-A, beside how many there are.

A bound from above: as if each language had people of its own, who answer nothing else. The floor shares them, so
that fewer do; the simulation says how much fewer. ``together`` is the bound from below: as if everybody spoke
everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from helpline.simulation.day import HOUR, HOURS, UNKNOWN
from helpline.simulation.erlang import people_needed
from helpline.simulation.running import Plan, Run, can_answer, everybody
from routing.model import Channel

_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Staffing:
    """For calls in one language (None: all together), by hour of the day.

    ``calls``: that come, on the average. ``needed``: people for the goal. ``there``: those on duty who answer
    alone and speak it at any level, in part where they come or go within the hour; they share their time with their
    other languages.
    """

    language: str | None
    calls: tuple[float, ...]
    needed: tuple[int, ...]
    there: tuple[float, ...]

    @property
    def busiest(self) -> int:
        """The hour in which most are needed; of several the first with the most calls."""
        return max(range(HOURS), key=lambda hour: (self.needed[hour], self.calls[hour], -hour))


def staffing(run: Run) -> tuple[Staffing, list[Staffing]] | None:
    """Together, and for each language that is known, the most frequent first; None where nobody calls."""
    rates = _rates(run.plan)
    if not rates:
        return None
    total = [sum(each) for each in zip(*rates.values(), strict=True)]
    known = sorted((one for one in rates if one is not None), key=lambda one: (-sum(rates[one]), one))
    return _staffing(run, None, total), [_staffing(run, one, rates[one]) for one in known]


def _rates(plan: Plan) -> dict[str | None, list[float]]:
    """Calls in each hour of the day by language, as the file has them."""
    found: dict[str | None, list[float]] = {}
    for stream in plan.day.arrivals:
        if stream.channel is Channel.VOICE and any(stream.rates(plan.day.shape)):
            rates = found.setdefault(None if stream.language == UNKNOWN else stream.language, [0.0] * HOURS)
            for hour, rate in enumerate(stream.rates(plan.day.shape)):
                rates[hour] += rate
    for calls in plan.history:
        for call in calls:
            if call.channel is Channel.VOICE:
                rates = found.setdefault(call.language, [0.0] * HOURS)
                rates[call.at // HOUR] += 1 / len(plan.history)
    return found


def _staffing(run: Run, language: str | None, calls: Sequence[float]) -> Staffing:
    day = run.plan.day
    times = day.channel[Channel.VOICE]
    handling_s = times.handling_s + day.offers.ring_s
    needed = tuple(
        people_needed(
            rate,
            _HOUR_S / handling_s,
            _HOUR_S / times.patience.mean_s,
            max(0.0, day.goal.within_s - day.offers.ring_s) / _HOUR_S,
            day.goal.share,
            day.short_s / _HOUR_S,
        )
        for rate in calls
    )
    speakers = [
        run.on_duty[name]
        for name, person in everybody(run.plan)
        if can_answer(person) and (language is None or language in person.spoken)
    ]
    there = tuple(sum(each[hour] for each in speakers) for hour in range(HOURS))
    return Staffing(language, tuple(calls), needed, there)
