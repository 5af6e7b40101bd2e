"""What has happened since a place in the audit, as far as it is counted and timed for the metrics."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import assignments, audit, contacts


@dataclass(frozen=True, slots=True)
class Waited:
    """A contact met a person for the first time, ``wait`` µs after it first wanted one."""

    line: str
    language: str | None
    wait: int


_LATEST = sa.select(sa.func.coalesce(sa.func.max(audit.c.seq), 0))
_ACCEPTED = (
    sa.select(sa.func.count())
    .select_from(audit)
    .where(
        audit.c.seq > sa.bindparam("after"), audit.c.seq <= sa.bindparam("upto"), audit.c.action == "contact_accepted"
    )
)
_NOT_TAKEN = (
    sa.select(assignments.c.end, sa.func.count())
    .join_from(audit, assignments, assignments.c.id == audit.c.subject_id)
    .where(
        audit.c.seq > sa.bindparam("after"),
        audit.c.seq <= sa.bindparam("upto"),
        audit.c.action == "assignment_ended",
        assignments.c.accepted_at.is_(None),
    )
    .group_by(assignments.c.end)
)
_MET = (
    sa.select(contacts.c.line, contacts.c.language, contacts.c.connected_at - contacts.c.queued_at)
    .join_from(audit, contacts, contacts.c.id == audit.c.contact_id)
    .where(
        audit.c.seq > sa.bindparam("after"),
        audit.c.seq <= sa.bindparam("upto"),
        audit.c.action == "contact_joined",
        audit.c.at == contacts.c.connected_at,
        contacts.c.queued_at.is_not(None),
        contacts.c.not_before.is_(None),
    )
)


def latest(tx: Tx) -> int:
    """The newest place in the audit; 0 in an empty one."""
    row = tx.row(_LATEST, {})
    return 0 if row is None else int(row[0])


def offers(tx: Tx, after: int, upto: int) -> dict[str, int]:
    """How the offers ended that ended between two places.

    ``accepted``, ``declined``, ``expired``, and ``lost``: the child left, or the offer was taken back.
    """
    accepted = tx.row(_ACCEPTED, {"after": after, "upto": upto})
    found = {"accepted": 0 if accepted is None else int(accepted[0])}
    for end, count in tx.rows(_NOT_TAKEN, {"after": after, "upto": upto}):
        result = end if end in ("declined", "expired") else "lost"
        found[result] = found.get(result, 0) + count
    return found


def waits(tx: Tx, after: int, upto: int) -> list[Waited]:
    """Who first met a person between two places. A call-back, which waits for a safe time, is not among them."""
    return [Waited(*row) for row in tx.rows(_MET, {"after": after, "upto": upto})]
