"""What goes wrong in one run, drawn from its seed. One run in five is calm: there the strictest rules hold."""

import random
from dataclasses import dataclass, field

from helpline.simulation.disk import Troubles


@dataclass(frozen=True, slots=True)
class Weather:
    """Probabilities, but for ``processes`` and what ends in ``_every_s`` (seconds on average; 0: never)."""

    processes: int = 1
    killed_every_s: float = 0.0
    stopped_every_s: float = 0.0
    frozen_every_s: float = 0.0
    lease_lost_every_s: float = 0.0
    frozen_with_a_plan: float = 0.0
    wall_jumps: bool = False
    sleeps_deeply: bool = False
    callback_lost: float = 0.0
    callback_doubled: float = 0.0
    callback_late: float = 0.0
    request_lost: float = 0.0
    api_refuses: float = 0.0
    api_unknown: float = 0.0
    store: Troubles = field(default_factory=Troubles)

    @property
    def is_calm(self) -> bool:
        return self == Weather(self.processes)

    def __str__(self) -> str:
        return ", ".join(f"{name} {getattr(self, name)}" for name in self.__slots__ if getattr(self, name))


def draw(seed: int) -> Weather:
    """The weather of a run. An even seed has one process on its own database, an odd one has several that share it."""
    chance = random.Random(f"{seed} weather")
    processes = 1 if seed % 2 == 0 else chance.choice((2, 2, 3))
    if chance.random() < 0.2:
        return Weather(processes)
    often = chance.choice((0.3, 1.0, 1.0, 2.0))

    def some(most: float, usual: float = 0.6) -> float:
        return round(most * often * chance.random(), 4) if chance.random() < usual else 0.0

    def every(seconds: float, usual: float = 0.5) -> float:
        return round(seconds / often * chance.uniform(0.7, 1.5), 1) if chance.random() < usual else 0.0

    return Weather(
        processes=processes,
        killed_every_s=every(40),
        stopped_every_s=every(90, 0.3),
        frozen_every_s=every(60, 0.4),
        lease_lost_every_s=every(25, 0.5) if processes > 1 else 0.0,
        frozen_with_a_plan=some(0.8, 0.7) if processes > 1 else 0.0,
        wall_jumps=chance.random() < 0.2,
        sleeps_deeply=chance.random() < 0.1,
        callback_lost=some(0.05),
        callback_doubled=some(0.1),
        callback_late=some(0.1),
        request_lost=some(0.03),
        api_refuses=some(0.1),
        api_unknown=some(0.06),
        store=Troubles(
            refused=some(0.02),
            commit_fails=some(0.02),
            dies_before=some(0.002),
            dies_after=some(0.002),
            hint_lost=some(0.3),
            slow=some(0.02),
        ),
    )
