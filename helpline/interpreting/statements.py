"""What is counted of bookings: fill rates, refusals, and the statements of an institution and of an interpreter.

The fill rate is fulfilled ÷ (requested − cancelled by the requester), by language. What the requester moved to another
date before it began counts where it was moved to, and one for which the requester did not come counts as cancelled by
them. A booking whose time has not come counts nowhere yet. Nothing divided by nothing is no number.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpline.clock import MINUTE
from helpline.interpreting.booking_lifecycle import State
from helpline.interpreting.civil import civil_of
from helpline.store import statements
from helpline.store.db import Tx
from helpline.store.statements import Answer, Served, Tally

BY_REQUESTER = ("adjourned", "no_show")
REFUSALS = ("declined", "silent", "unreachable", "conflict")
NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Filled:
    """Of one language, or of all. ``rate`` is None where nothing was asked for. ``minutes``: truly interpreted."""

    language: str | None
    requested: int
    withdrawn: int
    filled: int
    minutes: int

    @property
    def rate(self) -> float | None:
        asked = self.requested - self.withdrawn
        return self.filled / asked if asked else None


@dataclass(frozen=True, slots=True)
class Statement:
    """What an interpreter did in a period. ``minutes`` are rounded up for each, as they are listed."""

    rows: tuple[Served, ...]

    @property
    def minutes(self) -> int:
        return sum(minutes_of(row) for row in self.rows)


def fill_rates(tallies: Iterable[Tally]) -> tuple[Filled, ...]:
    """By language, the most asked for first. What is still to come is left out."""
    gathered: dict[str, list[int]] = {}
    for one in tallies:
        if State(one.state) in (State.REQUESTED, State.OFFERING, State.EXHAUSTED, State.CONFIRMED, State.BEGUN):
            continue
        counts = gathered.setdefault(one.language, [0, 0, 0, 0])
        counts[0] += one.bookings
        if one.state in BY_REQUESTER or (one.state == State.CANCELLED and one.cancelled_by == "officer"):
            counts[1] += one.bookings
        if one.state == State.COMPLETED:
            counts[2] += one.bookings
        counts[3] += one.minutes
    found = [Filled(language, *counts) for language, counts in gathered.items()]
    return tuple(sorted(found, key=lambda one: (-one.requested, one.language or "")))


def together(rates: Sequence[Filled]) -> Filled:
    """Of all languages."""
    return Filled(
        None,
        sum(one.requested for one in rates),
        sum(one.withdrawn for one in rates),
        sum(one.filled for one in rates),
        sum(one.minutes for one in rates),
    )


def refusals(answers: Iterable[Answer]) -> dict[str, dict[str, int]]:
    """How often offers ended without a yes, and no-shows, by interpreter and way."""
    found: dict[str, dict[str, int]] = {}
    for one in answers:
        if one.end in (*REFUSALS, NO_SHOW):
            theirs = found.setdefault(one.worker_id, {})
            theirs[one.end] = theirs.get(one.end, 0) + one.offers
    return found


def of_interpreter(tx: Tx, worker_id: str, after: int, before: int) -> Statement:
    """Everything that they interpreted: bookings, requests, and conversations of the helpline."""
    return Statement(statements.served(tx, worker_id, after, before))


def minutes_of(row: Served) -> int:
    """Whole minutes, a begun one counting; none for an institution that did not come."""
    return -(-(row.ended_at - row.begun_at) // MINUTE)


def as_csv(statement: Statement, zone: str) -> str:
    """The statement as a file for a spreadsheet; times by the clocks of ``zone``."""
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(["day", "begins", "zone", "kind", "language", "institution", "state", "minutes"])
    for row in statement.rows:
        begins = civil_of(row.begun_at, zone)
        cells = [row.kind, row.language or "", row.institution or "", row.state or ""]
        out.writerow([begins.day.isoformat(), f"{begins.clock:%H:%M}", zone, *map(no_formula, cells), minutes_of(row)])
    return written.getvalue()


def no_formula(cell: str) -> str:
    """What a spreadsheet would take for a formula is text."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
