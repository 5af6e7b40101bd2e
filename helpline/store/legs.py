"""Legs: one telephone connection each."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import contacts, effects, legs


class LegState(StrEnum):
    """How far a leg is. Late callbacks never move it back; ended is for ever."""

    DIALLING = "dialling"
    RINGING = "ringing"
    ALONE = "alone"  # hears prompts, and its keys are heard
    JOINING = "joining"  # told to go into the room
    JOINED = "joined"
    COACHING = "coaching"  # in the room; heard by its counsellor alone
    ENDED = "ended"


INSIDE = (LegState.JOINING, LegState.JOINED, LegState.COACHING)


@dataclass(frozen=True, slots=True)
class Leg:
    """A row of the table, in its words."""

    id: str
    contact_id: str
    assignment_id: str | None
    role: str
    worker_id: str | None
    provider_id: str | None
    state: str
    step: int
    sequence: int
    created_at: int
    joined_at: int | None
    ended_at: int | None
    end_reason: str | None
    session_json: str | None
    reach_enc: bytes | None = None

    @property
    def living(self) -> bool:
        return self.state != LegState.ENDED


_COLUMNS = tuple(legs.c[field.name] for field in fields(Leg))
_ALL = sa.select(*_COLUMNS)
_GET = _ALL.where(legs.c.id == sa.bindparam("wanted"))
_BY_CALL = _ALL.where(legs.c.provider_id == sa.bindparam("wanted"))
_OF = _ALL.where(legs.c.contact_id == sa.bindparam("wanted")).order_by(legs.c.id)
_changes: dict[tuple[str, ...], sa.Update] = {}


def find(tx: Tx, id: str) -> Leg | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Leg(*row)


def get(tx: Tx, id: str) -> Leg:
    """Raises `Invalid` ("leg_unknown")."""
    leg = find(tx, id)
    if leg is None:
        raise Invalid("leg_unknown")
    return leg


_UNHEARD = (
    sa.select(legs.c.id, legs.c.contact_id)
    .join_from(contacts, legs, legs.c.contact_id == contacts.c.id)
    .where(
        contacts.c.state != "closed",
        legs.c.state != LegState.ENDED,
        legs.c.provider_id.is_not(None),
        legs.c.created_at <= sa.bindparam("since"),
        ~sa.exists().where(
            effects.c.contact_id == legs.c.contact_id,
            effects.c.subject_id == legs.c.id,
            effects.c.kind == "check_call",
            effects.c.created_at > sa.bindparam("since"),
        ),
    )
    .limit(sa.bindparam("most"))
)


def unchecked(tx: Tx, since: int, most: int) -> list[tuple[str, str]]:
    """(leg, contact) of calls that should be going on and have not been looked at ``since``."""
    return [(leg, contact) for leg, contact in tx.execute(_UNHEARD, {"since": since, "most": most})]


def again(tx: Tx, leg: Leg) -> Leg:
    """The leg as it is now that its contact is locked: before that, on PostgreSQL, another may have changed it."""
    return get(tx, leg.id) if tx.conn.dialect.name == "postgresql" else leg


def by_call(tx: Tx, provider_id: str) -> Leg | None:
    row = tx.row(_BY_CALL, {"wanted": provider_id})
    return None if row is None else Leg(*row)


def of_contact(tx: Tx, contact_id: str) -> list[Leg]:
    """All legs that the contact ever had, in the order in which they began."""
    return [Leg(*row) for row in tx.rows(_OF, {"wanted": contact_id})]


def add(tx: Tx, contact_id: str, role: str, state: LegState, **more: Any) -> str:
    """A new leg; its first follow-up is step 1."""
    id = tx.new_id()
    values = {"assignment_id": None, "worker_id": None, "provider_id": None, "session_json": None, **more}
    tx.insert(
        legs,
        {
            "id": id,
            "contact_id": contact_id,
            "role": role,
            "state": state,
            "step": 1,
            "sequence": -1,
            "created_at": tx.now,
            **values,
        },
    )
    return id


def change(tx: Tx, leg: Leg, **values: Any) -> None:
    """Change a leg that has not ended; an ended one stays as it is."""
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            legs.update()
            .where(legs.c.id == sa.bindparam("b_id"), legs.c.state != LegState.ENDED)
            .values(**{name: sa.bindparam(f"v_{name}") for name in names})
        )
    tx.change(statement, {"b_id": leg.id, **{f"v_{name}": value for name, value in values.items()}})
