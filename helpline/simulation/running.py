"""Many days of one kind, each drawn anew, on the real floor with the line's policy."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpline.simulation.day import DAY, HOUR, HOURS, UNKNOWN, Call, DayFile, History, Person
from helpline.simulation.queueing import Answering, Arrival, Busy, Duty, Outcome, Simulation, poisson
from routing.index import Floor
from routing.model import Channel, Level, Role, WorkerState
from routing.planner import Policies
from routing.policy import LinePolicy, micros

_LINE = "line"

ByHour = tuple[float, ...]
"""24 figures."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated: a day, who comes, who is there, and how they are routed."""

    day: DayFile
    history: History
    people: tuple[Person, ...]
    policy: LinePolicy


@dataclass(frozen=True, slots=True)
class Run:
    """Days that were simulated.

    ``days``: what became of all who came, by the day on which they came. ``on_duty``, ``idle``: by person, hours in
    each hour of the day, on the average of the days.
    """

    plan: Plan
    seed: int
    days: tuple[tuple[Outcome, ...], ...]
    on_duty: Mapping[str, ByHour]
    idle: Mapping[str, ByHour]


def everybody(plan: Plan) -> Iterator[tuple[str, Person]]:
    """Each single person by name: ``count`` alike are numbered."""
    for person in plan.people:
        for number in range(person.count):
            yield person.name if person.count == 1 else f"{person.name} {number + 1}", person


def simulate(plan: Plan, days: int, seed: int) -> Run:
    """So many days that follow each other; one before them, which is not counted, brings the floor into its course.

    Who comes on a day, for how long and with how much patience depends on the seed and the day only, so that two
    plans are compared on the same callers.
    """
    workers = {name: _worker(name, person) for name, person in everybody(plan)}
    duty = [one for name, person in everybody(plan) for one in _duty(name, person, days + 2)]
    offers, chance = plan.day.offers, random.Random(f"{seed}/offers")
    answering = Answering(micros(offers.ring_s), offers.declined, plan.day.bridge_factor, chance.random)
    floor = Floor(Policies({_LINE: plan.policy}))
    coming = (one for number in range(days + 1) for one in _coming(plan, seed, number))
    course = Simulation(floor, workers.values(), duty, answering).run(coming)
    found: list[list[Outcome]] = [[] for _ in range(days + 1)]
    for outcome in course.outcomes:
        found[outcome.arrival.at // DAY].append(outcome)
    on_duty = {name: _by_hour(person) for name, person in everybody(plan)}
    busy = _busy_by_hour(course.busy, duty, workers, days)
    idle = {
        name: tuple(max(0.0, there - taken) for there, taken in zip(on_duty[name], busy[name], strict=True))
        for name in workers
    }
    return Run(plan, seed, tuple(tuple(one) for one in found[1:]), on_duty, idle)


def _worker(name: str, person: Person) -> WorkerState:
    return WorkerState(
        id=name,
        roles=frozenset(person.roles),
        languages=dict.fromkeys(person.fluent, Level.FLUENT) | dict.fromkeys(person.basic, Level.BASIC),
        capacity_voice=person.calls_at_once,
        capacity_text=person.texts_at_once,
        available=False,
    )


def _duty(name: str, person: Person, days: int) -> Iterator[Duty]:
    """Periods that meet each other, at midnight too, are one."""
    minute = HOUR // 60
    spans = sorted(
        (day * DAY + one.start * minute, day * DAY + one.end * minute)
        for day in range(-1, days)
        for one in person.periods
    )
    begun, ends = spans[0]
    for start, end in spans[1:]:
        if start <= ends:
            ends = end
            continue
        yield from (Duty(max(0, begun), name, True), Duty(max(0, ends), name, False))
        begun, ends = start, end
    yield from (Duty(max(0, begun), name, True), Duty(max(0, ends), name, False))


def _by_hour(person: Person) -> ByHour:
    minutes = [0] * HOURS
    for one in person.periods:
        for minute in range(one.start, one.end):
            minutes[minute // 60 % HOURS] += 1
    return tuple(one / 60 for one in minutes)


def _busy_by_hour(
    busy: Sequence[Busy], duty: Sequence[Duty], workers: Mapping[str, WorkerState], days: int
) -> dict[str, ByHour]:
    """Hours of each hour of the day in which a person had something to do while on duty, on the average."""
    found = {name: [0.0] * HOURS for name in workers}
    spans: dict[str, list[tuple[int, int]]] = {name: [] for name in workers}
    begun: dict[str, int] = {}
    for one in duty:
        if one.available:
            begun[one.worker_id] = one.at
        else:
            spans[one.worker_id].append((begun[one.worker_id], one.at))
    for name, start, end in sorted(busy):
        while spans[name] and spans[name][0][1] <= start:
            spans[name].pop(0)
        for on, off in spans[name]:
            if on >= end:
                break
            _spread(found[name], max(start, on, DAY), min(end, off, (days + 1) * DAY))
    return {name: tuple(one / HOUR / days for one in hours) for name, hours in found.items()}


def _spread(hours: list[float], start: int, end: int) -> None:
    while start < end:
        upto = min(end, (start // HOUR + 1) * HOUR)
        hours[start // HOUR % HOURS] += upto - start
        start = upto


def _coming(plan: Plan, seed: int, number: int) -> list[Arrival]:
    """All who come on a day, in the order of time."""
    day = plan.day
    found = []
    if plan.history:
        chance = random.Random(f"{seed}/{number}/history")
        calls = plan.history[(number - 1) % len(plan.history)]
        found = [_arrival(day, call, number, f"{at}", chance) for at, call in enumerate(calls)]
    for index, stream in enumerate(day.arrivals):
        chance = random.Random(f"{seed}/{number}/{index}")
        language = None if stream.language == UNKNOWN else stream.language
        for hour, rate in enumerate(stream.rates(day.shape)):
            if not rate:
                continue
            for at in poisson(rate, chance.random, until=hour + 1, start=hour):
                danger = chance.random() < stream.danger
                call = Call(int(at * HOUR), language, Channel(stream.channel), stream.priority, danger)
                found.append(_arrival(day, call, number, f"{index}.{len(found)}", chance))
    return sorted(found, key=lambda one: (one.at, one.id))


def _arrival(day: DayFile, call: Call, number: int, id: str, chance: random.Random) -> Arrival:
    times = day.channel[call.channel]
    return Arrival(
        id=f"{number}/{id}",
        at=number * DAY + call.at,
        language=call.language,
        talk=times.talk.drawn(chance),
        wrap_up=times.wrap_up.drawn(chance) if times.wrap_up else 0,
        patience=times.patience.drawn(chance),
        channel=call.channel,
        line=_LINE,
        priority=call.priority,
        danger=call.danger,
    )


def can_answer(person: Person) -> bool:
    """Whether a counsellor, or a supervisor; one who only interprets answers nobody alone."""
    return Role.COUNSELLOR in person.roles or Role.SUPERVISOR in person.roles
