"""What queueing theory knows exactly of a floor on which everybody may have every contact.

Arrivals are Poisson, times of service and patience exponential, turns first come first served. A *load* is arrivals
× mean service: how many people would be busy if nobody ever waited. Rates are in any one unit of time, times in its
inverse.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NOTHING = -40.0
"""The logarithm of a share beside which more of a falling series adds nothing."""


def erlang_b(servers: int, load: float) -> float:
    """The share that finds all busy where nobody waits (Erlang's loss formula)."""
    share = 1.0
    for number in range(1, servers + 1):
        share = load * share / (number + load * share)
    return share


def erlang_c(servers: int, load: float) -> float:
    """The share that has to wait where nobody ever gives up. Raises ValueError where ever more would wait."""
    if load >= servers:
        raise ValueError("nobody gives up and more come than are served: the queue grows without end")
    lost = erlang_b(servers, load)
    return servers * lost / (servers - load * (1 - lost))


def waits_longer(servers: int, load: float, service_rate: float, than: float) -> float:
    """The share that waits longer than a time where nobody gives up and turns are first come first served."""
    return erlang_c(servers, load) * math.exp(-(servers - load) * service_rate * than)


def strict_priorities(servers: int, arrivals: Sequence[float], service_rate: float) -> tuple[float, ...]:
    """The mean wait of each class, the first class first; nobody gives up, nobody is interrupted (Cobham 1954)."""
    load = sum(arrivals) / service_rate
    left = erlang_c(servers, load) / (servers * service_rate)
    waits, above = [], 0.0
    for rate in arrivals:
        upto = above + rate / (servers * service_rate)
        waits.append(left / ((1 - above) * (1 - upto)))
        above = upto
    return tuple(waits)


@dataclass(frozen=True, slots=True)
class Impatient:
    """A floor whose callers give up (Erlang-A, Palm 1957). ``servers`` ≥ 1; all rates > 0."""

    servers: int
    arrivals: float
    service_rate: float
    patience_rate: float

    def states(self) -> list[float]:
        """The share of time at which so many are there, talking or waiting; from none on."""
        heights, height, highest, leaving = [0.0], 0.0, 0.0, 0.0
        while leaving < self.arrivals or height > highest + _NOTHING:
            served = len(heights) <= self.servers
            leaving += self.service_rate if served else self.patience_rate
            height += math.log(self.arrivals / leaving)
            heights.append(height)
            highest = max(highest, height)
        weights = [math.exp(one - highest) for one in heights]
        weights += [0.0] * (self.servers + 1 - len(weights))
        total = math.fsum(weights)
        return [one / total for one in weights]

    def waits(self) -> float:
        """The share that does not find anybody free."""
        return math.fsum(self.states()[self.servers :])

    def gives_up(self) -> float:
        """The share that leaves before anybody answers."""
        queue = math.fsum(number * share for number, share in enumerate(self.states()[self.servers :]))
        return self.patience_rate * queue / self.arrivals

    def mean_wait(self) -> float:
        """Of all, those who give up included; also: of all who come, the time they spend waiting."""
        return self.gives_up() / self.patience_rate

    def answered_within(self, time: float) -> float:
        """The share of all who come that somebody answers within a time."""
        states = self.states()
        free = math.fsum(states[: self.servers])
        if time <= 0:
            return free
        return free + self._over_time(lambda at: self._would_wait(states, at) * self._patient(at), time)

    def left_within(self, time: float) -> float:
        """The share of all who come that gives up within a time."""
        if time <= 0:
            return 0.0
        states = self.states()
        waits = math.fsum(states[self.servers :])
        # Patience ends within the time, and not after the wait would have ended.
        would_be = self._over_time(
            lambda at: self._would_wait(states, at) * (self._patient(at) - self._patient(time)), time
        )
        return waits * (1 - self._patient(time)) - would_be

    def service_level(self, within: float, short: float = 0.0) -> float:
        """Answered within a time ÷ all who come, those left out who give up within ``short``."""
        return self.answered_within(within) / (1 - self.left_within(short))

    def _would_wait(self, states: Sequence[float], at: float) -> float:
        """The density of the wait of one who never gave up (Zeltyn and Mandelbaum 2005)."""
        coming = self.arrivals * (1 - self._patient(at)) / self.patience_rate
        served = self.servers * self.service_rate * at
        return self.arrivals * states[self.servers - 1] * math.exp(coming - served)

    def _patient(self, at: float) -> float:
        """The share whose patience is longer."""
        return math.exp(-self.patience_rate * at)

    def _over_time(self, of: Callable[[float], float], time: float) -> float:
        """The integral from 0 to a time of what has the density of a wait in it (Simpson's rule).

        The density changes no faster than the floor serves, and is nothing beyond where it is cut off.
        """
        served = self.servers * self.service_rate
        end = min(time, (self.arrivals / self.patience_rate - _NOTHING) / served)
        panels = 2 * math.ceil(2 * end * served) + 100
        step = end / panels
        inner = math.fsum((4 if number % 2 else 2) * of(number * step) for number in range(1, panels))
        return step / 3 * (of(0.0) + inner + of(end))


def people_needed(
    arrivals: float, service_rate: float, patience_rate: float, within: float, share: float, short: float = 0.0
) -> int:
    """The fewest people with whom this share is answered within the time; none where nobody comes.

    ``share`` below 1, else it is never reached.
    """
    if arrivals <= 0:
        return 0
    servers = 1
    while Impatient(servers, arrivals, service_rate, patience_rate).service_level(within, short) < share:
        servers += 1
    return servers
