"""Markov chains that no formula solves, solved by numbers; and the N-model, where not everybody may have everybody.

In the N-model some people speak the common language only and the others speak it and a rare one, as where two of
five counsellors speak English and Somali and the rest English.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

S = TypeVar("S", bound=Hashable)

Moves = Callable[[S], Iterable[tuple[S, float]]]
"""From a state: where it may go, and at which rate."""


def stationary(start: S, moves: Moves[S], precision: float = 1e-12) -> dict[S, float]:
    """The share of time in each state that can be reached (Gauss-Seidel on the balance of flows in and out).

    ``precision``: the sweeps end when no share changes by more.
    """
    number: dict[S, int] = {start: 0}
    found = [start]
    incoming: dict[int, list[tuple[int, float]]] = defaultdict(list)
    leaving: list[float] = []
    for state in found:  # grows while it is gone through
        out = 0.0
        for to, rate in moves(state):
            if to == state or rate <= 0:
                continue
            if to not in number:
                number[to] = len(found)
                found.append(to)
            incoming[number[to]].append((number[state], rate))
            out += rate
        leaving.append(out)
    shares = [1.0 / len(found)] * len(found)
    change = 1.0
    while change > precision:
        change = 0.0
        for at, out in enumerate(leaving):
            share = sum(shares[whence] * rate for whence, rate in incoming[at]) / out
            change = max(change, abs(share - shares[at]))
            shares[at] = share
        total = sum(shares)
        shares = [share / total for share in shares]
    return dict(zip(found, shares, strict=True))


class Floor(NamedTuple):
    """The N-model at one moment.

    ``idle``: the idle people, the longest idle first; True speaks both languages. Of those who wait, in the order
    in which they came: ``passed`` speak the rare language, and were passed over when one came free who does not
    speak it; behind them ``unasked`` of whom nobody has looked yet which language it is.
    """

    idle: tuple[bool, ...]
    passed: int
    unasked: int


@dataclass(frozen=True, slots=True)
class NModelFigures:
    """Shares of those who come in each language."""

    common_waits: float
    rare_waits: float
    common_gives_up: float
    rare_gives_up: float


@dataclass(frozen=True, slots=True)
class NModel:
    """First come first served; of the idle who may have one, the longest idle.

    ``common_only`` and ``both``: how many people of each kind. ``scarcity``: who speaks both is left for last.
    ``most``: more than so many never wait (they are turned away), so that the chain is finite; to be so large
    that this practically never happens. That all who wait give up at one rate makes the languages of the
    ``unasked`` independent of all else, which is what keeps the chain small (Adan and Weiss 2012).
    """

    common: float
    rare: float
    service_rate: float
    patience_rate: float
    common_only: int
    both: int
    scarcity: bool
    most: int = 40

    def figures(self) -> NModelFigures:
        everybody = (False,) * self.common_only + (True,) * self.both
        shares = stationary(Floor(everybody, 0, 0), self.moves)
        share_rare = self.rare / (self.common + self.rare)
        all_busy = sum(share for state, share in shares.items() if not state.idle)
        rare_busy = sum(share for state, share in shares.items() if True not in state.idle)
        unasked = sum(state.unasked * share for state, share in shares.items())
        passed = sum(state.passed * share for state, share in shares.items())
        return NModelFigures(
            common_waits=all_busy,
            rare_waits=rare_busy,
            common_gives_up=self.patience_rate * unasked * (1 - share_rare) / self.common,
            rare_gives_up=self.patience_rate * (passed + unasked * share_rare) / self.rare,
        )

    def moves(self, state: Floor) -> Iterable[tuple[Floor, float]]:
        idle, passed, unasked = state
        full = passed + unasked >= self.most
        if idle:
            yield Floor(self._given(idle, rare=False), passed, 0), self.common
            if True in idle:
                yield Floor(self._given(idle, rare=True), passed, 0), self.rare
            elif not full:
                yield Floor(idle, passed + 1, 0), self.rare
        elif not full:
            yield Floor(idle, passed, unasked + 1), self.common + self.rare
        yield from self._who_speaks_common_only_is_done(state)
        done = (self.both - idle.count(True)) * self.service_rate
        if passed:
            yield Floor(idle, passed - 1, unasked), done + passed * self.patience_rate
        elif unasked:
            yield Floor(idle, 0, unasked - 1), done
        else:
            yield Floor((*idle, True), 0, 0), done
        if unasked:
            yield Floor(idle, passed, unasked - 1), unasked * self.patience_rate

    def _given(self, idle: tuple[bool, ...], *, rare: bool) -> tuple[bool, ...]:
        """The idle when one of them has been given a contact."""
        kept_free = self.scarcity and False in idle
        at = idle.index(True) if rare else idle.index(False) if kept_free else 0
        return idle[:at] + idle[at + 1 :]

    def _who_speaks_common_only_is_done(self, state: Floor) -> Iterable[tuple[Floor, float]]:
        """Goes by all who speak the rare language, to the first who speaks the common one."""
        idle, passed, unasked = state
        done = (self.common_only - idle.count(False)) * self.service_rate
        share_rare = self.rare / (self.common + self.rare)
        chance = done
        for asked in range(unasked):
            yield Floor(idle, passed + asked, unasked - asked - 1), chance * (1 - share_rare)
            chance *= share_rare
        yield Floor((*idle, False), passed + unasked, 0), chance
