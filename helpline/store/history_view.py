"""One contact from its first ring to now: what is known, its record, and what was done."""

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import audit, contacts, messages, records, workers


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


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record as it is stored. Version 0 with nothing in it: none was begun."""

    version: int = 0
    content: bytes | None = None
    written_by: str | None = None
    written_alias: str | None = None
    written_at: int | None = None
    finished_at: int | None = None


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
        )
        .outerjoin(workers, workers.c.id == records.c.written_by)
        .where(records.c.contact_id == contact_id)
    ).first()
    return SealedRecord() if row is None else SealedRecord(*row)


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
