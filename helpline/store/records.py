"""The record of a contact, sealed; only its type stands in clear, for the counts."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.errors import Conflict
from helpline.store.db import Tx
from helpline.store.tables import records

_GET = sa.select(
    records.c.version,
    records.c.form,
    records.c.form_version,
    records.c.contact_type,
    records.c.content_enc,
    records.c.written_by,
    records.c.written_at,
    records.c.finished_at,
).where(records.c.contact_id == sa.bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Written:
    version: int
    form: str
    form_version: int
    contact_type: str | None
    content_enc: bytes
    written_by: str
    written_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is to be written: the form that it was written with, and the content."""

    form: str
    form_version: int
    contact_type: str | None
    content_enc: bytes


def get(tx: Tx, contact_id: str) -> Written | None:
    row = tx.row(_GET, {"wanted": contact_id})
    return None if row is None else Written(*row)


def save(tx: Tx, contact_id: str, worker_id: str, kept: Sealed, base: int) -> int:
    """Write what follows on version ``base`` (0: nothing yet); returns the new version.

    Raises `Conflict` ("record_changed") when another page has written since.
    """
    values = {
        "form": kept.form, "form_version": kept.form_version, "contact_type": kept.contact_type,
        "content_enc": kept.content_enc, "written_by": worker_id, "written_at": tx.now,
    }  # fmt: skip
    was = get(tx, contact_id)
    if was is None and base == 0:
        tx.insert(records, {"contact_id": contact_id, "version": 1, **values})
        return 1
    changed = tx.execute(
        records.update()
        .where(records.c.contact_id == contact_id, records.c.version == base)
        .values(version=base + 1, **values)
    )
    if was is None or changed.rowcount != 1:
        raise Conflict("record_changed", "This record was changed on another page.")
    return base + 1


def finish(tx: Tx, contact_id: str) -> None:
    tx.execute(
        records.update()
        .where(records.c.contact_id == contact_id, records.c.finished_at.is_(None))
        .values(finished_at=tx.now)
    )


_SOME = (
    sa.select(records.c.contact_id, records.c.form, records.c.form_version, records.c.content_enc)
    .where(records.c.contact_id > sa.bindparam("after"))
    .order_by(records.c.contact_id)
    .limit(sa.bindparam("most"))
)


def some(tx: Tx, after: str, most: int) -> list[tuple[str, str, int, bytes]]:
    """(contact, form, its version, sealed content), by contact, of those that follow ``after`` ("": from the first)."""
    return [(row[0], row[1], row[2], row[3]) for row in tx.execute(_SOME, {"after": after, "most": most})]
