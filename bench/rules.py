"""What was decided, held against the rules, whoever decided it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LATE = 16
"""An urgent contact that is given within so many decisions after a less urgent one was taken at the same moment."""

Given = tuple[str, str]
"""(contact, worker)"""


@dataclass(frozen=True, slots=True)
class Broken:
    """How often each rule was broken."""

    capacity: int = 0
    language: int = 0
    twice: int = 0
    priority: int = 0

    @property
    def all(self) -> int:
        return self.capacity + self.language + self.twice + self.priority

    def __str__(self) -> str:
        return (
            f"broken rules: {self.capacity} of capacity, {self.language} of language, {self.twice} given twice,"
            f" {self.priority} before one more urgent whom the same worker could have had"
        )


def broken(
    stages: Iterable[tuple[Sequence[Given], Sequence[Given]]],
    workers: Mapping[str, tuple[str, ...]],
    contacts: Mapping[str, tuple[str, int]],
    capacity: int = 3,
) -> Broken:
    """``stages``: what was given, in its order, and what of it had ended before. ``contacts``: language, priority."""
    stages = list(stages)
    order = {contact: at for at, (contact, _) in enumerate(pair for _, given in stages for pair in given)}
    last: dict[tuple[str, int], float] = {}
    for contact, of in contacts.items():
        last[of] = max(last.get(of, -1), order.get(contact, float("inf")))
    load: dict[str, int] = {}
    seen: set[str] = set()
    counts = [0, 0, 0, 0]
    at = 0
    for ended, given in stages:
        for _, worker in ended:
            load[worker] -= 1
        for contact, worker in given:
            language, priority = contacts[contact]
            load[worker] = load.get(worker, 0) + 1
            counts[0] += load[worker] > capacity
            counts[1] += language not in workers[worker]
            counts[2] += contact in seen
            seen.add(contact)
            better = (last.get((each, above), -1) for each in workers[worker] for above in range(priority))
            counts[3] += any(until > at + LATE for until in better)
            at += 1
    return Broken(*counts)
