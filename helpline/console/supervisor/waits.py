"""Who waits, by line, language and how far the doors have opened for them. Pure but for what it is handed."""

from collections.abc import Iterable
from dataclasses import dataclass

from helpline.dispatch import as_waiting
from helpline.house import House
from helpline.store.contacts import Contact
from routing.planner import stage_reached


@dataclass(frozen=True, slots=True)
class Waits:
    """Those of one line who wait in one language at one stage; ``since`` is the longest wait (µs)."""

    line: str
    language: str | None
    stage: str
    count: int
    danger: int
    since: int


def waits_of(house: House, waiting: Iterable[Contact], now: int) -> tuple[Waits, ...]:
    """The longest wait first, danger before all. Call-backs that are not due yet do not wait."""
    found: dict[tuple[str, str | None, str], Waits] = {}
    for contact in waiting:
        if contact.not_before is not None and contact.not_before > now:
            continue
        stage = stage_reached(as_waiting(contact, ()), house.policies[contact.line], now).value
        key = (contact.line, contact.language, stage)
        since = contact.not_before or contact.queued_at or contact.first_arrival
        was = found.get(key, Waits(*key, 0, 0, since))
        found[key] = Waits(*key, was.count + 1, was.danger + bool(contact.danger), min(was.since, since))
    return tuple(sorted(found.values(), key=lambda one: (not one.danger, one.since)))
