"""How long things are kept, and how much there is of them."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import (
    alarms,
    assignments,
    audit,
    contacts,
    deadlines,
    duty,
    effects,
    heartbeats,
    legs,
    messages,
    questions,
    records,
    refusals,
)

AT_ONCE = 100
"""Contacts that one transaction forgets."""

_OF_A_CONTACT = (legs, assignments, refusals, records, questions, messages, effects, alarms, audit)


def beat(tx: Tx, name: str) -> None:
    """The store has seen this time."""
    tx.put(heartbeats, {"name": name, "at": tx.now})


def latest_beat(tx: Tx) -> int:
    """The latest time (µs) that the store has seen; 0 in an empty one."""
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(heartbeats.c.at), 0))).scalar_one())


def forget_contacts(tx: Tx) -> int:
    """Deletes closed contacts past the date until which they are kept, and all that hangs on them."""
    past = sa.select(contacts.c.id).where(contacts.c.keep_until < tx.now, contacts.c.state == "closed").limit(AT_ONCE)
    ids = [id for (id,) in tx.execute(past)]
    if ids:
        for table in _OF_A_CONTACT:
            tx.execute(table.delete().where(table.c.contact_id.in_(ids)))
        tx.execute(deadlines.delete().where(deadlines.c.subject_id.in_(ids)))
        tx.execute(contacts.delete().where(contacts.c.id.in_(ids)))
    return len(ids)


def open_contacts(tx: Tx) -> dict[tuple[str, str, str | None], int]:
    """How many are open, by (state, line, language)."""
    rows = tx.execute(
        sa.select(contacts.c.state, contacts.c.line, contacts.c.language, sa.func.count())
        .where(contacts.c.state != "closed")
        .group_by(contacts.c.state, contacts.c.line, contacts.c.language)
    )
    return {(state, line, language): count for state, line, language, count in rows}


def duty_states(tx: Tx) -> dict[str, int]:
    return {
        state: count for state, count in tx.execute(sa.select(duty.c.state, sa.func.count()).group_by(duty.c.state))
    }


def open_alarms(tx: Tx) -> dict[str, int]:
    rows = tx.execute(
        sa.select(alarms.c.kind, sa.func.count()).where(alarms.c.closed_at.is_(None)).group_by(alarms.c.kind)
    )
    return {kind: count for kind, count in rows}
