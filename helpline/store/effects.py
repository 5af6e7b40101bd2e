"""What is to be done in the outside world, written with its cause and done at least once."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.clock import MINUTE, id_after
from helpline.store.db import Tx
from helpline.store.tables import effects


@dataclass(frozen=True, slots=True)
class Effect:
    """``attempts`` counts the tries before this one; one that was claimed and never settled has an unknown outcome."""

    id: str
    kind: str
    contact_id: str | None
    subject_id: str | None
    payload: dict[str, Any]
    attempts: int
    created_at: int
    unknown: bool


def add(
    tx: Tx,
    kind: str,
    contact_id: str | None,
    subject_id: str | None,
    payload: dict[str, Any] | None = None,
    not_before: int | None = None,
) -> None:
    """``payload`` holds references only. ``not_before`` (µs) delays it."""
    id = _later_than_those_before(tx, contact_id, tx.new_id())
    tx.insert(
        effects,
        {
            "id": id,
            "kind": kind,
            "contact_id": contact_id,
            "subject_id": subject_id,
            "payload_json": json.dumps(payload or {}),
            "next_at": tx.now if not_before is None else not_before,
            "created_at": tx.now,
        },
    )
    tx.hint("effect", id)


def _words(*words: str) -> list[sa.ColumnElement[str]]:
    """Written out in the statement, so that the index of what is pending is used for it."""
    return [sa.literal_column(f"'{word}'", sa.String()) for word in words]


_LATEST = sa.select(sa.func.max(effects.c.id)).where(
    effects.c.contact_id == sa.bindparam("contact"), effects.c.state.in_(_words("due", "claimed"))
)


def _later_than_those_before(tx: Tx, contact_id: str | None, id: str) -> str:
    """The ids of a contact's effects are their order. Several processes have clocks that differ a little."""
    if contact_id is None or tx.conn.dialect.name != "postgresql":
        return id
    row = tx.row(_LATEST, {"contact": contact_id})
    return id if row is None or row[0] is None or row[0] < id else id_after(row[0])


_RINGS = _words("call_adult", "call_child")
_PENDING = _words("due", "claimed")
_earlier = effects.alias("earlier")
# What an effect has to wait for: a leg is moved or hung up once it was rung, and moved in the order of its moves; texts
# arrive as they were written. Nothing else waits, least of all behind a carrier that is silent: one leg is hung up, or
# the room told, while another's order is still on its way.
_before_it = sa.or_(
    sa.and_(effects.c.kind == sa.literal_column("'send_text'"), _earlier.c.kind == sa.literal_column("'send_text'")),
    sa.and_(
        _earlier.c.subject_id == effects.c.subject_id,
        sa.or_(
            sa.and_(effects.c.kind == sa.literal_column("'hang_up'"), _earlier.c.kind.in_(_RINGS)),
            sa.and_(
                effects.c.kind.in_(_words("move", "ask")),
                _earlier.c.kind.in_([*_RINGS, *_words("move", "ask", "hang_up")]),
            ),
        ),
    ),
)
_waits_its_turn = sa.exists().where(
    _earlier.c.contact_id == effects.c.contact_id,
    _earlier.c.id < effects.c.id,
    _earlier.c.state.in_(_PENDING),
    _before_it,
)
_READY = (
    sa.select(
        effects.c.id,
        effects.c.kind,
        effects.c.contact_id,
        effects.c.subject_id,
        effects.c.payload_json,
        effects.c.attempts,
        effects.c.created_at,
        effects.c.state,
    )
    .where(
        effects.c.state.in_(_PENDING),
        effects.c.next_at <= sa.bindparam("now"),
        sa.or_(effects.c.state == "due", effects.c.claimed_until <= sa.bindparam("now")),
        ~_waits_its_turn,
    )
    .order_by(effects.c.next_at, effects.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True, of=effects)
)
_CLAIM = (
    effects.update()
    .where(effects.c.id == sa.bindparam("wanted"))
    .values(
        state="claimed",
        claimed_by=sa.bindparam("who"),
        claimed_until=sa.bindparam("until"),
        attempts=effects.c.attempts + 1,
    )
)
_SETTLE = (
    effects.update()
    .where(
        effects.c.id == sa.bindparam("wanted"),
        effects.c.state == "claimed",
        effects.c.claimed_by == sa.bindparam("who"),
    )
    .values(
        state=sa.bindparam("to"),
        error=sa.bindparam("code"),
        done_at=sa.bindparam("at"),
        next_at=sa.bindparam("again"),
        claimed_by=None,
        claimed_until=None,
    )
)
_NEXT = sa.select(
    sa.func.min(sa.case((effects.c.state == "due", effects.c.next_at), else_=effects.c.claimed_until))
).where(effects.c.state.in_(_PENDING), effects.c.next_at <= sa.bindparam("by"), ~_waits_its_turn)


def claim(tx: Tx, who: str, lease: int, most: int) -> list[Effect]:
    """Take up to ``most`` that are due, for ``lease`` microseconds. Rows that others hold are passed over."""
    taken = []
    for id, kind, contact_id, subject_id, payload, attempts, created_at, state in tx.rows(
        _READY, {"now": tx.now, "most": most}
    ):
        tx.change(_CLAIM, {"wanted": id, "who": who, "until": tx.now + lease})
        unknown = state == "claimed"
        taken.append(Effect(id, kind, contact_id, subject_id, json.loads(payload), attempts, created_at, unknown))
    return taken


def free_claims(tx: Tx, living: Collection[str]) -> None:
    """Whoever else held a claim has died: what became of it is asked for at once, not when the claim runs out."""
    _free(tx, effects.c.claimed_by.not_in(living))


def free_claims_of(tx: Tx, dead: Collection[str]) -> None:
    """The same, of these alone."""
    _free(tx, effects.c.claimed_by.in_(dead))


def _free(tx: Tx, theirs: sa.ColumnElement[bool]) -> None:
    freed = effects.update().where(effects.c.state == "claimed", theirs).values(claimed_until=tx.now, next_at=tx.now)
    if tx.execute(freed).rowcount:
        tx.hint("effect", "")


def settle(tx: Tx, id: str, who: str, to: str, *, error: str | None = None, again: int | None = None) -> bool:
    """Write down how it went: ``to`` is done, failed, or due (again at ``again``). False if the claim was lost."""
    values = {
        "wanted": id,
        "who": who,
        "to": to,
        "code": error,
        "at": tx.now if to == "done" else None,
        "again": tx.now if again is None else again,
    }
    if to != "due":
        tx.hint("effect", id)  # the contact's next one may go
    return tx.change(_SETTLE, values) == 1


_ORDERED = (
    sa.select(effects.c.id)
    .where(
        effects.c.contact_id == sa.bindparam("contact"),
        effects.c.subject_id == sa.bindparam("subject"),
        effects.c.kind.in_(_RINGS),
        effects.c.state.in_(_PENDING),
    )
    .with_for_update(skip_locked=True)
)  # its own process may be writing the same down just now
_CARRIED_OUT = (
    effects.update()
    .where(effects.c.id == sa.bindparam("wanted"))
    .values(state="done", done_at=sa.bindparam("at"), claimed_by=None, claimed_until=None)
)


def has_rung(tx: Tx, contact_id: str, leg_id: str) -> None:
    """The order to ring this leg was carried out, as its call shows: nothing waits for the carrier's answer to it."""
    for (id,) in tx.rows(_ORDERED, {"contact": contact_id, "subject": leg_id}):
        tx.change(_CARRIED_OUT, {"wanted": id, "at": tx.now})
        tx.hint("effect", id)


def next_due(tx: Tx) -> int | None:
    """When something is due or a claim runs out, within the next minute: thousands may wait for days."""
    row = tx.row(_NEXT, {"by": tx.now + MINUTE})
    return None if row is None or row[0] is None else int(row[0])


def pending(tx: Tx) -> dict[str, int]:
    """How many are due or claimed, by kind."""
    rows = tx.execute(
        sa.select(effects.c.kind, sa.func.count())
        .where(effects.c.state.in_(("due", "claimed")))
        .group_by(effects.c.kind)
    )
    return dict(list(rows))
