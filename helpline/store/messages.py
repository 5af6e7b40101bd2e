"""Messages left out of hours: fetched from the carrier, sealed, and deleted there."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import messages


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    contact_id: str
    recording_id: str | None
    fetched_at: int | None
    carrier_deleted_at: int | None


_ALL = sa.select(
    messages.c.id, messages.c.contact_id, messages.c.recording_id, messages.c.fetched_at, messages.c.carrier_deleted_at
)


def add(tx: Tx, contact_id: str, recording_id: str, seconds: int) -> str:
    id = tx.new_id()
    tx.execute(
        messages.insert(),
        {"id": id, "contact_id": contact_id, "recording_id": recording_id, "left_at": tx.now, "seconds": seconds},
    )
    return id


def get(tx: Tx, id: str) -> Message:
    """Raises `Invalid` ("message_unknown")."""
    row = tx.execute(_ALL.where(messages.c.id == id)).first()
    if row is None:
        raise Invalid("message_unknown")
    return Message(*row)


def of_contact(tx: Tx, contact_id: str) -> Message | None:
    row = tx.execute(_ALL.where(messages.c.contact_id == contact_id)).first()
    return None if row is None else Message(*row)


def fetched(tx: Tx, id: str, media_enc: bytes) -> None:
    tx.execute(
        messages.update()
        .where(messages.c.id == id, messages.c.fetched_at.is_(None))
        .values(media_enc=media_enc, fetched_at=tx.now)
    )
    tx.hint("message", id)


def deleted_at_carrier(tx: Tx, id: str) -> None:
    tx.execute(messages.update().where(messages.c.id == id).values(carrier_deleted_at=tx.now))


def media(tx: Tx, id: str) -> bytes:
    """The sealed sound. Raises `Invalid` ("message_unknown") while there is none."""
    found = tx.execute(sa.select(messages.c.media_enc).where(messages.c.id == id)).scalar_one_or_none()
    if found is None:
        raise Invalid("message_unknown", "This message is not here (yet).")
    return bytes(found)


def heard(tx: Tx, id: str, worker_id: str) -> None:
    tx.execute(
        messages.update()
        .where(messages.c.id == id, messages.c.heard_at.is_(None))
        .values(heard_by=worker_id, heard_at=tx.now)
    )
    tx.hint("message", id)
