"""The people as the command line lists them and takes them off; `workers` is what the floor needs of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store import audit, workers
from helpline.store.db import Tx
from helpline.store.tables import duty, sign_ins, worker_languages
from helpline.store.tables import workers as table

OPERATOR = "operator"
"""Who acts at the command line, in the audit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One person. ``languages``: level (fluent or basic) by code."""

    id: str
    sign_in: str
    alias: str
    roles: tuple[str, ...]
    languages: dict[str, str]
    demonstration: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class NewWorker:
    """A person to add. ``lines`` is None for every line. What ends in ``_enc`` is sealed."""

    sign_in: str
    alias: str
    roles: tuple[str, ...]
    spoken: tuple[tuple[str, str], ...]
    password_hash: str | None
    gender: str = "unknown"
    lines: tuple[str, ...] | None = None
    reach_kind: str = "phone"
    reach_enc: bytes | None = None
    capacity_voice: int = 1
    demonstration: bool = False


_ALL = sa.select(
    table.c.id, table.c.sign_in, table.c.alias, table.c.roles, table.c.demonstration, table.c.disabled_at
).order_by(table.c.sign_in)
_NAMED = sa.select(table.c.id, table.c.disabled_at).where(table.c.sign_in == sa.bindparam("wanted"))

_DIALECTS = sa.select(worker_languages.c.language, worker_languages.c.dialects).where(
    worker_languages.c.worker_id == sa.bindparam("wanted")
)


def everyone(tx: Tx) -> list[Entry]:
    """All who were ever added, by sign-in."""
    spoken = workers.languages(tx)
    return [
        Entry(
            row.id,
            row.sign_in,
            row.alias,
            tuple(row.roles.split()),
            spoken.get(row.id, {}),
            bool(row.demonstration),
            row.disabled_at is not None,
        )
        for row in tx.execute(_ALL)
    ]


def is_known(tx: Tx, sign_in: str) -> bool:
    """Whether a person was added under this sign-in, disabled or not."""
    return tx.execute(_NAMED, {"wanted": sign_in}).first() is not None


def add(tx: Tx, new: NewWorker, by: str = OPERATOR) -> str:
    """The new worker's id. Raises `Conflict` ("sign_in_taken")."""
    if is_known(tx, new.sign_in):
        raise Conflict("sign_in_taken", "This sign-in is taken.")
    values = {
        "sign_in": new.sign_in,
        "alias": new.alias,
        "roles": " ".join(new.roles),
        "gender": new.gender,
        "lines": None if new.lines is None else " ".join(new.lines),
        "password_hash": new.password_hash,
        "reach_kind": new.reach_kind,
        "reach_enc": new.reach_enc,
        "capacity_voice": new.capacity_voice,
        "demonstration": new.demonstration,
    }
    id = workers.add(tx, values, new.spoken)
    audit.add(tx, by, "worker_added", subject_id=id)
    tx.hint("roster", id)
    return id


def change(
    tx: Tx, sign_in: str, values: dict[str, Any], spoken: Iterable[tuple[str, str]] | None, by: str = OPERATOR
) -> str:
    """The worker's id. ``values``: columns of the table; ``spoken``: all (language, level) pairs, None for as before.

    A new ``password_hash`` ends the person's sessions. A capacity that is less than what somebody carries now holds
    from the next offer on. Raises `Invalid` ("worker_unknown") and `Conflict` ("worker_disabled").
    """
    id = _able(tx, sign_in)
    if values:
        tx.execute(table.update().where(table.c.id == id).values(**values))
    if spoken is not None:
        dialects = dict(list(tx.execute(_DIALECTS, {"wanted": id})))
        tx.execute(worker_languages.delete().where(worker_languages.c.worker_id == id))
        for language, level in spoken:
            values = {"worker_id": id, "language": language, "level": level, "dialects": dialects.get(language)}
            tx.execute(worker_languages.insert(), values)
    if "password_hash" in values:
        tx.execute(sign_ins.delete().where(sign_ins.c.worker_id == id))
    tx.execute(duty.update().where(duty.c.worker_id == id).values(version=duty.c.version + 1))
    what = sorted({*values, *(() if spoken is None else ("languages",))})
    audit.add(tx, by, "worker_changed", subject_id=id, detail={"what": what})
    tx.hint("worker", id)
    tx.hint("roster", id)
    return id


def _able(tx: Tx, sign_in: str) -> str:
    """The id of a person who was not disabled."""
    row = tx.execute(_NAMED, {"wanted": sign_in}).first()
    if row is None:
        raise Invalid("worker_unknown", "Nobody signs in by this name.")
    if row.disabled_at is not None:
        raise Conflict("worker_disabled", "This person is disabled already.")
    return str(row.id)


def disable(tx: Tx, sign_in: str, by: str = OPERATOR) -> str:
    """The worker's id: signed out and off duty now, never offered anything again.

    A conversation that is under way goes on until it ends. Raises `Invalid` ("worker_unknown") and `Conflict`
    ("worker_disabled").
    """
    id = _able(tx, sign_in)
    tx.execute(table.update().where(table.c.id == id).values(disabled_at=tx.now))
    tx.execute(sign_ins.delete().where(sign_ins.c.worker_id == id))
    tx.execute(
        duty.update().where(duty.c.worker_id == id).values(state="off", since=tx.now, version=duty.c.version + 1)
    )
    audit.add(tx, by, "worker_disabled", subject_id=id)
    tx.hint("worker", id)
    tx.hint("roster", id)
    return id
