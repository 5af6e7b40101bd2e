"""One contact from its first ring to now: what is known, its record, and what was done."""

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import assignments, audit, contacts, messages, records, same_child, workers


@dataclass(frozen=True, slots=True)
class ContactPage:
    """What is known of a contact without opening its record."""

    contact_id: str
    pseudonym: str
    line: str
    channel: str
    kind: str
    state: str
    state_since: int
    language: str | None
    danger: bool
    cannot_speak: bool
    first_arrival: int
    connected_at: int | None
    closed_at: int | None
    outcome: str | None
    ended_by: str | None
    keep_until: int
    has_message: bool
    only_gender: str | None  # a supervisor lets only a woman, or only a man, answer


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record as it is stored. Version 0 with nothing in it: none was begun."""

    version: int = 0
    content: bytes | None = None
    written_by: str | None = None
    written_alias: str | None = None
    written_at: int | None = None
    finished_at: int | None = None
    form: str = ""
    form_version: int = 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """A contact from the same number before this one: when and what, and no words. ``says``: same | not | unknown."""

    contact_id: str
    pseudonym: str
    first_arrival: int
    line: str
    channel: str
    kind: str
    language: str | None
    contact_type: str | None
    says: str | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the audit. ``alias`` is the person's, if a person did it."""

    at: int
    actor: str
    alias: str | None
    action: str
    detail: dict[str, Any] = field(default_factory=dict)


def contact_page(tx: Tx, contact_id: str) -> ContactPage | None:
    row = tx.execute(
        sa.select(
            contacts.c.id,
            contacts.c.pseudonym,
            contacts.c.line,
            contacts.c.channel,
            contacts.c.kind,
            contacts.c.state,
            contacts.c.state_since,
            contacts.c.language,
            contacts.c.danger,
            contacts.c.cannot_speak,
            contacts.c.first_arrival,
            contacts.c.connected_at,
            contacts.c.closed_at,
            contacts.c.outcome,
            contacts.c.ended_by,
            contacts.c.keep_until,
            messages.c.id.is_not(None),
            sa.case((contacts.c.gender_required, contacts.c.gender_wish)),
        )
        .outerjoin(messages, messages.c.contact_id == contacts.c.id)
        .where(contacts.c.id == contact_id)
    ).first()
    return None if row is None else ContactPage(*row)


def sealed_record(tx: Tx, contact_id: str) -> SealedRecord:
    row = tx.execute(
        sa.select(
            records.c.version,
            records.c.content_enc,
            records.c.written_by,
            workers.c.alias,
            records.c.written_at,
            records.c.finished_at,
            records.c.form,
            records.c.form_version,
        )
        .outerjoin(workers, workers.c.id == records.c.written_by)
        .where(records.c.contact_id == contact_id)
    ).first()
    return SealedRecord() if row is None else SealedRecord(*row)


def has_now(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Whether this person has taken this contact on and has it still."""
    return tx.row(_HAS_NOW, {"contact": contact_id, "worker": worker_id}) is not None


_HAS_NOW = (
    sa.select(assignments.c.id)
    .where(
        assignments.c.contact_id == sa.bindparam("contact"),
        assignments.c.worker_id == sa.bindparam("worker"),
        assignments.c.accepted_at.is_not(None),
        assignments.c.ended_at.is_(None),
    )
    .limit(1)
)

EARLIER_SHOWN = 20


def earlier_from_phone(tx: Tx, contact_id: str) -> tuple[Earlier, ...]:
    """Contacts that began before this one from its number, the newest first; none of a number that was withheld."""
    this = tx.execute(
        sa.select(contacts.c.caller_hash, contacts.c.first_arrival).where(contacts.c.id == contact_id)
    ).first()
    if this is None or this.caller_hash is None:
        return ()
    rows = tx.execute(
        sa.select(
            contacts.c.id,
            contacts.c.pseudonym,
            contacts.c.first_arrival,
            contacts.c.line,
            contacts.c.channel,
            contacts.c.kind,
            contacts.c.language,
            records.c.contact_type,
            same_child.c.says,
        )
        .outerjoin(records, records.c.contact_id == contacts.c.id)
        .outerjoin(same_child, sa.and_(same_child.c.contact_id == contact_id, same_child.c.other_id == contacts.c.id))
        .where(
            contacts.c.caller_hash == this.caller_hash,
            contacts.c.id != contact_id,
            contacts.c.first_arrival <= this.first_arrival,
        )
        .order_by(contacts.c.first_arrival.desc(), contacts.c.id.desc())
        .limit(EARLIER_SHOWN)
    )
    return tuple(Earlier(*row) for row in rows)


def keep_same_child(tx: Tx, contact_id: str, other_id: str, worker_id: str, says: str) -> None:
    tx.put(
        same_child,
        {"contact_id": contact_id, "other_id": other_id, "says": says, "by": worker_id, "at": tx.now},
    )


def history(tx: Tx, contact_id: str) -> tuple[Happened, ...]:
    """What was done, in order."""
    rows = tx.execute(
        sa.select(audit.c.at, audit.c.actor, workers.c.alias, audit.c.action, audit.c.detail_json)
        .outerjoin(workers, workers.c.id == audit.c.actor)
        .where(audit.c.contact_id == contact_id)
        .order_by(audit.c.seq)
        .limit(1000)
    )
    return tuple(
        Happened(row.at, row.actor, row.alias, row.action, json.loads(row.detail_json) if row.detail_json else {})
        for row in rows
    )
