"""How long things are kept, and how much there is of them."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import (
    alarms,
    audit,
    callers,
    concerns,
    contacts,
    deadlines,
    duty,
    effects,
    heartbeats,
    metadata,
    same_child,
    sign_ins,
    text_parts,
    texts,
)

AT_ONCE = 100
"""Contacts that one transaction forgets."""

ROWS_AT_ONCE = 1_000
"""Rows of one kind that one transaction forgets."""

_OF_A_CONTACT = (
    *(
        table
        for table in reversed(metadata.sorted_tables)
        if "contact_id" in table.c and table.c.contact_id.foreign_keys
    ),
    effects,
    alarms,
    audit,
)
"""What hangs on a contact, what points to other rows before them."""

_STILL_AT_THE_CARRIER = sa.exists().where(
    effects.c.contact_id == contacts.c.id, effects.c.state.in_(("due", "claimed"))
)


_IN_CONCERN = sa.exists().where(concerns.c.contact_id == contacts.c.id, concerns.c.state != "closed")


def beat(tx: Tx, name: str) -> None:
    """The store has seen this time."""
    tx.put(heartbeats, {"name": name, "at": tx.now})


def last_beat(tx: Tx, name: str) -> int | None:
    """When this one last beat; None when it never has."""
    return tx.execute(sa.select(heartbeats.c.at).where(heartbeats.c.name == name)).scalar_one_or_none()


def latest_beat(tx: Tx) -> int:
    """The latest time (µs) that the store has seen; 0 in an empty one."""
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(heartbeats.c.at), 0))).scalar_one())


def forget_contacts(tx: Tx) -> int:
    """Deletes closed contacts past the date until which they are kept, and all that hangs on them.

    One that has something to be done outside yet stays until that is over: what the carrier holds of it goes first. So
    does one with a concern that nobody has closed.
    """
    past = (
        sa.select(contacts.c.id)
        .where(contacts.c.keep_until < tx.now, contacts.c.state == "closed", ~_STILL_AT_THE_CARRIER, ~_IN_CONCERN)
        .limit(AT_ONCE)
    )
    ids = [id for (id,) in tx.execute(past)]
    if ids:
        of_them = sa.select(texts.c.id).where(texts.c.contact_id.in_(ids))
        tx.execute(text_parts.delete().where(text_parts.c.text_id.in_(of_them)))
        tx.execute(same_child.delete().where(same_child.c.other_id.in_(ids)))
        for table in _OF_A_CONTACT:
            tx.execute(table.delete().where(table.c.contact_id.in_(ids)))
        tx.execute(deadlines.delete().where(deadlines.c.subject_id.in_(ids)))
        tx.execute(contacts.delete().where(contacts.c.id.in_(ids)))
    return len(ids)


def forget_callers(tx: Tx, seen_before: int) -> int:
    """Forgets numbers that have chosen no language since then (µs), hash and language."""
    old = sa.select(callers.c.hash).where(callers.c.seen_at < seen_before).limit(ROWS_AT_ONCE)
    return tx.execute(callers.delete().where(callers.c.hash.in_(old))).rowcount


def forget_sign_ins(tx: Tx) -> int:
    """Deletes sessions that have expired."""
    return tx.execute(sign_ins.delete().where(sign_ins.c.expires_at <= tx.now)).rowcount


def open_contacts(tx: Tx) -> dict[tuple[str, str, str | None], int]:
    """How many are open, by (state, line, language)."""
    rows = tx.execute(
        sa.select(contacts.c.state, contacts.c.line, contacts.c.language, sa.func.count())
        .where(contacts.c.state != "closed")
        .group_by(contacts.c.state, contacts.c.line, contacts.c.language)
    )
    return {(state, line, language): count for state, line, language, count in rows}


def duty_states(tx: Tx) -> dict[str, int]:
    rows = tx.execute(sa.select(duty.c.state, sa.func.count()).group_by(duty.c.state))
    return {state: int(count) for state, count in rows}


def open_alarms(tx: Tx) -> dict[str, int]:
    rows = tx.execute(
        sa.select(alarms.c.kind, sa.func.count()).where(alarms.c.closed_at.is_(None)).group_by(alarms.c.kind)
    )
    return dict(list(rows))
