"""The last hour in pieces of five minutes: how many wanted a person, got one, or left before."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.clock import HOUR, MINUTE, SECOND
from helpline.store.db import Tx
from helpline.store.tables import contacts

PIECE = 5 * MINUTE
PIECES = 12
SHORT = 5 * SECOND
"""Whoever leaves within this time has not waited, and counts neither as offered nor as abandoned."""

LOOK_BACK = 6 * HOUR
"""Contacts that came earlier than so long before the hour have long been answered, or are seen by their wait."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Five minutes from ``at`` (µs)."""

    at: int
    offered: int
    answered: int
    abandoned: int


_RECENT = sa.select(
    contacts.c.queued_at, contacts.c.connected_at, contacts.c.left_at, contacts.c.ended_by, contacts.c.state
).where(
    contacts.c.first_arrival >= sa.bindparam("since"),
    contacts.c.queued_at.is_not(None),
    contacts.c.kind == "call",
)


def last_hour(tx: Tx) -> tuple[Piece, ...]:
    """The pieces, the oldest first; the last one holds now. Call-backs are not among them: they wait for a time."""
    first = tx.now - tx.now % PIECE - (PIECES - 1) * PIECE
    offered, answered, abandoned = [0] * PIECES, [0] * PIECES, [0] * PIECES
    for queued_at, connected_at, left_at, ended_by, state in tx.rows(_RECENT, {"since": first - LOOK_BACK}):
        left = connected_at is None and state == "closed" and ended_by == "child"
        if left and left_at is not None and left_at - queued_at < SHORT:
            continue
        _count(offered, queued_at, first)
        _count(answered, connected_at, first)
        if left:
            _count(abandoned, left_at, first)
    return tuple(
        Piece(first + number * PIECE, *counts)
        for number, counts in enumerate(zip(offered, answered, abandoned, strict=True))
    )


def _count(pieces: list[int], at: int | None, first: int) -> None:
    if at is not None and first <= at < first + PIECES * PIECE:
        pieces[(at - first) // PIECE] += 1
