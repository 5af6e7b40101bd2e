"""Floors that queueing theory has solved, and how the real floor is measured against it.

A unit of time is a second, and a talk takes one of them on the average, so that no stage opens meanwhile. Figures
of one run follow and depend on each other: their errors are those of batch means, over 20 batches that are each many
times as long as a floor takes to forget.

With chances that are fresh in each run, one figure in 130 lies more than three of its errors (of 20 batches) from
the truth by chance alone. So a case with a figure outside is measured again, on fresh chances and twice as long,
and then once more: outside three times is a fault. A right floor fails so less than once in 10,000 runs of all cases;
a wrong one lies the further outside the longer it is looked at.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from helpline.simulation.batches import Measured, batch_means
from helpline.simulation.chain import NModel
from helpline.simulation.erlang import Impatient, erlang_c, strict_priorities, waits_longer
from helpline.simulation.queueing import Arrival, Outcome, Simulation, poisson
from routing.index import Floor
from routing.model import Level, Role, WorkerState
from routing.planner import Policies
from routing.policy import SECOND, LinePolicy

PLAIN = LinePolicy()

FloorKind = Callable[[Policies], Floor]
Figures = Callable[[Sequence[Outcome]], Mapping[str, Sequence[float]]]

WARM_UP = 20
"""One in so many of the first who come are not counted: the floor begins empty."""

ERRORS = 3.0


@dataclass(frozen=True)
class Kind:
    """Those who come of one kind, so many a second. ``patience``: its mean in seconds, None for ever."""

    rate: float
    language: str = "en"
    priority: str = "normal"
    patience: float | None = None


@dataclass(frozen=True)
class Case:
    """A floor, what is measured on it, and what theory says of it. ``contacts``: how many come in a run."""

    name: str
    contacts: int
    speak: tuple[tuple[str, ...], ...]
    kinds: tuple[Kind, ...]
    figures: Figures
    exact: Mapping[str, float]
    policy: LinePolicy = PLAIN


def workers(speak: Sequence[tuple[str, ...]]) -> list[WorkerState]:
    return [
        WorkerState(
            id=f"worker-{number:02}",
            roles=frozenset({Role.COUNSELLOR}),
            languages=dict.fromkeys(languages, Level.FLUENT),
            idle_since=number,
        )
        for number, languages in enumerate(speak)
    ]


def arrivals(case: Case, contacts: int, chance: random.Random) -> list[Arrival]:
    rates = [kind.rate for kind in case.kinds]
    times = poisson(sum(rates), chance.random)
    found = []
    for number in range(contacts):
        [kind] = chance.choices(case.kinds, rates)
        patience = None if kind.patience is None else round(chance.expovariate(1 / kind.patience) * SECOND)
        found.append(
            Arrival(
                id=f"{number:08}",
                at=round(next(times) * SECOND),
                language=kind.language,
                talk=round(chance.expovariate(1) * SECOND),
                patience=patience,
                priority=kind.priority,
            )
        )
    return found


def measured(case: Case, seed: str, contacts: int, floor_kind: FloorKind = Floor) -> dict[str, Measured]:
    """One run, with its figures and their errors."""
    floor = floor_kind(Policies({"line": case.policy}))
    course = Simulation(floor, workers(case.speak)).run(arrivals(case, contacts, random.Random(seed)))
    values = case.figures(course.outcomes[contacts // WARM_UP :])
    return {name: batch_means(each) for name, each in values.items()}


def faults(case: Case, seed: int, floor_kind: FloorKind = Floor, times: int = 3) -> set[str]:
    """The figures that theory contradicts as many times as they are measured, which is up to ``times``."""
    outside = set(case.exact)
    for attempt in range(times):
        found = measured(case, f"{seed} {attempt} {case.name}", case.contacts * (2 if attempt else 1), floor_kind)
        tell(case, found)
        outside &= {name for name, one in found.items() if one.errors_from(case.exact[name]) > ERRORS}
        if not outside:
            break
    return outside


def tell(case: Case, found: Mapping[str, Measured]) -> None:
    for name, one in found.items():
        exact = case.exact[name]
        print(
            f"{case.name}: {name} {one.value:.4f} ± {one.error:.4f}, exactly {exact:.4f}:"
            f" {one.errors_from(exact):.1f} errors apart"
        )


# What is measured


def of_all(than: float) -> Figures:
    """Whether they wait, whether longer than so many seconds, whether they give up."""

    def figures(outcomes: Sequence[Outcome]) -> Mapping[str, Sequence[float]]:
        return {
            "waits": [one.wait > 0 for one in outcomes],
            "answered later": [one.answered_at is not None and one.wait > than * SECOND for one in outcomes],
            "gives up": [one.left_at is not None for one in outcomes],
        }

    return figures


def by_priority(outcomes: Sequence[Outcome]) -> Mapping[str, Sequence[float]]:
    return {
        name: [one.wait / SECOND for one in outcomes if one.arrival.priority == name]
        for name in ("first", "second", "third")
    }


def by_language(outcomes: Sequence[Outcome]) -> Mapping[str, Sequence[float]]:
    found: dict[str, Sequence[float]] = {}
    for language, name in (("en", "common"), ("so", "rare")):
        those = [one for one in outcomes if one.arrival.language == language]
        found[f"{name} waits"] = [one.wait > 0 for one in those]
        found[f"{name} gives up"] = [one.left_at is not None for one in those]
    return found


# The cases

TEN = (("en",),) * 10


def erlang_c_case(load: float, contacts: int) -> Case:
    than = 0.5
    return Case(
        f"Erlang-C, 10 workers, load {load:g}",
        contacts,
        TEN,
        (Kind(load),),
        lambda outcomes: {name: values for name, values in of_all(than)(outcomes).items() if name != "gives up"},
        {"waits": erlang_c(10, load), "answered later": waits_longer(10, load, 1, than)},
    )


def erlang_a_case(rate: float, contacts: int) -> Case:
    than, theory = 0.5, Impatient(10, rate, 1, 0.5)
    later = 1 - theory.gives_up() - theory.answered_within(than)
    return Case(
        f"Erlang-A, 10 workers, {rate:g} come",
        contacts,
        TEN,
        (Kind(rate, patience=2),),
        of_all(than),
        {"waits": theory.waits(), "gives up": theory.gives_up(), "answered later": later},
    )


RATES = {"first": 1.0, "second": 3.0, "third": 5.0}
PRIORITIES = Case(
    "three priorities",
    120_000,
    TEN,
    tuple(Kind(rate, priority=name) for name, rate in RATES.items()),
    by_priority,
    dict(zip(RATES, strict_priorities(10, tuple(RATES.values()), 1), strict=True)),
    LinePolicy(targets_s={"first": 1, "second": 1e6, "third": 1e12}, default_priority="third"),
)

COMMON, RARE = 2.2, 0.8
N_PEOPLE = (("en",), ("en",), ("en",), ("en", "so"), ("en", "so"))
N_KINDS = (Kind(COMMON, "en", patience=2), Kind(RARE, "so", patience=2))


def n_model_case(scarcity: bool, contacts: int) -> Case:
    theory = NModel(COMMON, RARE, 1, 0.5, common_only=3, both=2, scarcity=scarcity).figures()
    return Case(
        f"N-model, scarcity {'minded' if scarcity else 'not minded'}",
        contacts,
        N_PEOPLE,
        N_KINDS,
        by_language,
        {
            "common waits": theory.common_waits,
            "common gives up": theory.common_gives_up,
            "rare waits": theory.rare_waits,
            "rare gives up": theory.rare_gives_up,
        },
        LinePolicy(scarcity=scarcity),
    )


CASES = (
    erlang_c_case(7, 40_000),
    erlang_c_case(9, 80_000),
    erlang_a_case(9, 50_000),
    erlang_a_case(12, 50_000),
    PRIORITIES,
    n_model_case(scarcity=False, contacts=50_000),
    n_model_case(scarcity=True, contacts=50_000),
)
