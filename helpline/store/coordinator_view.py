"""What a coordinator's pages show of alarms."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import alarms, institutions, workers


@dataclass(frozen=True, slots=True)
class Alarm:
    """An open alarm. ``about`` is the institution's name or the worker's alias."""

    id: str
    kind: str
    language: str | None
    worker_id: str | None
    about: str | None
    raised_at: int
    taken_alias: str | None
    taken_at: int | None


_TAKER = workers.alias("taker")
_INSTITUTION = sa.select(institutions.c.name).where(
    alarms.c.topic == sa.literal("pin_guessed:institution:").concat(institutions.c.id)
)
_OPEN = (
    sa.select(
        alarms.c.id,
        alarms.c.kind,
        alarms.c.language,
        alarms.c.worker_id,
        sa.func.coalesce(workers.c.alias, _INSTITUTION.scalar_subquery()),
        alarms.c.raised_at,
        _TAKER.c.alias,
        alarms.c.taken_at,
    )
    .select_from(alarms)
    .outerjoin(workers, workers.c.id == alarms.c.worker_id)
    .outerjoin(_TAKER, _TAKER.c.id == alarms.c.taken_by)
    .where(alarms.c.closed_at.is_(None))
    .order_by(alarms.c.raised_at)
)


def open_alarms(tx: Tx, kinds: Collection[str]) -> tuple[Alarm, ...]:
    """The open ones of these kinds, the oldest first."""
    return tuple(Alarm(*row) for row in tx.rows(_OPEN, {}) if row[1] in kinds)


def alarm_kind(tx: Tx, id: str) -> str | None:
    return tx.execute(sa.select(alarms.c.kind).where(alarms.c.id == id)).scalar()
