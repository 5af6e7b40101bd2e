"""Alarms: each stays on the supervisors' board until a person has said what was done."""

from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store import audit
from helpline.store.db import Tx
from helpline.store.tables import alarms

_OPEN = sa.select(alarms.c.id).where(alarms.c.topic == sa.bindparam("wanted"), alarms.c.closed_at.is_(None))
_ADD = alarms.insert()


def raise_alarm(tx: Tx, kind: str, topic: str, **about: Any) -> bool:
    """Open an alarm, unless one of this topic is open already. ``about``: line, language, contact_id, worker_id."""
    if tx.execute(_OPEN, {"wanted": topic}).first() is not None:
        return False
    id = tx.new_id()
    values = {"line": None, "language": None, "contact_id": None, "worker_id": None, **about}
    tx.execute(_ADD, {"id": id, "kind": kind, "topic": topic, "raised_at": tx.now, **values})
    audit.add(tx, "system", "alarm_raised", values["contact_id"], id, {"kind": kind})
    tx.hint("alarm", id)
    return True


def take(tx: Tx, id: str, worker_id: str) -> None:
    """This person is on it. Raises `Conflict` ("alarm_taken") when another is."""
    taken = tx.execute(
        alarms.update()
        .where(alarms.c.id == id, alarms.c.closed_at.is_(None), alarms.c.taken_by.is_(None))
        .values(taken_by=worker_id, taken_at=tx.now)
    )
    if taken.rowcount != 1:
        raise Conflict("alarm_taken", "Somebody else has taken this alarm.")
    audit.add(tx, worker_id, "alarm_taken", subject_id=id)
    tx.hint("alarm", id)


def take_topic(tx: Tx, topic: str, worker_id: str) -> None:
    """This person is on it, and on those of which it is the beginning, where they are open and nobody is yet."""
    about = sa.or_(alarms.c.topic == topic, alarms.c.topic.startswith(f"{topic}:", autoescape=True))
    free = sa.select(alarms.c.id).where(about, alarms.c.closed_at.is_(None), alarms.c.taken_by.is_(None))
    for (id,) in tx.execute(free).all():
        take(tx, id, worker_id)


_beside = alarms.alias("beside")
_BESIDE = (
    sa.select(_beside.c.id)
    .join(alarms, sa.and_(_beside.c.kind == alarms.c.kind, _beside.c.line == alarms.c.line))
    .where(
        alarms.c.id == sa.bindparam("wanted"),
        alarms.c.language.is_not(None),
        _beside.c.language.is_not(None),
        _beside.c.id != alarms.c.id,
        _beside.c.closed_at.is_(None),
        _beside.c.taken_by == sa.bindparam("worker"),
    )
)


def beside(tx: Tx, id: str, worker_id: str) -> list[str]:
    """Open alarms about other languages of the same line, to which this person sees."""
    return [str(other) for (other,) in tx.rows(_BESIDE, {"wanted": id, "worker": worker_id})]


def topic_of(tx: Tx, id: str) -> str:
    """Raises `Invalid` ("alarm_unknown")."""
    row = tx.execute(sa.select(alarms.c.topic).where(alarms.c.id == id)).first()
    if row is None:
        raise Invalid("alarm_unknown", "There is no such alarm.")
    return str(row[0])


def close(tx: Tx, id: str, worker_id: str, said_enc: bytes | None) -> None:
    """A person has said what was done. Raises `Invalid` ("alarm_unknown") for one that is not open."""
    closed = tx.execute(
        alarms.update()
        .where(alarms.c.id == id, alarms.c.closed_at.is_(None))
        .values(closed_by=worker_id, closed_at=tx.now, said_enc=said_enc)
    )
    if closed.rowcount != 1:
        raise Invalid("alarm_unknown", "This alarm is closed already.")
    audit.add(tx, worker_id, "alarm_closed", subject_id=id)
    tx.hint("alarm", id)


def close_topic(tx: Tx, topic: str) -> None:
    """What the alarm was about is mended by itself; it is closed by the system."""
    row = tx.execute(_OPEN, {"wanted": topic}).first()
    if row is not None:
        close(tx, row[0], "system", None)
