"""Who is signed in, and how a person is found by the name that they sign in with."""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import duty, sign_ins, worker_languages, workers


@dataclass(frozen=True, slots=True)
class Account:
    """What the check of a password needs."""

    person_id: str
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session, with the person it belongs to."""

    token_hash: str
    csrf: str
    seen_at: int
    worker_id: str
    alias: str
    roles: tuple[str, ...]
    locale: str


@dataclass(frozen=True, slots=True)
class DemonstrationPerson:
    """An invented person who may be signed in as with one click, in the demonstration mode only."""

    sign_in: str
    alias: str
    roles: tuple[str, ...]
    languages: tuple[str, ...]


def account_of(tx: Tx, sign_in: str) -> Account | None:
    """The account that signs in under this name, unless it was disabled."""
    row = tx.execute(
        sa.select(workers.c.id, workers.c.password_hash).where(
            workers.c.sign_in == sign_in, workers.c.disabled_at.is_(None)
        )
    ).first()
    return None if row is None else Account(row.id, row.password_hash)


def add_sign_in(tx: Tx, token_hash: str, worker_id: str, csrf: str, expires_at: int) -> None:
    """Open a session, and forget those that have expired."""
    tx.execute(sa.delete(sign_ins).where(sign_ins.c.expires_at <= tx.now))
    tx.execute(
        sa.insert(sign_ins).values(
            token_hash=token_hash,
            worker_id=worker_id,
            csrf=csrf,
            created_at=tx.now,
            seen_at=tx.now,
            expires_at=expires_at,
        )
    )


_SIGNED_IN = (
    sa.select(sign_ins.c.csrf, sign_ins.c.seen_at, workers.c.id, workers.c.alias, workers.c.roles, workers.c.locale)
    .join(workers, workers.c.id == sign_ins.c.worker_id)
    .where(
        sign_ins.c.token_hash == sa.bindparam("token"),
        sign_ins.c.expires_at > sa.bindparam("now"),
        sign_ins.c.seen_at > sa.bindparam("since"),
        workers.c.disabled_at.is_(None),
    )
)


def signed_in(tx: Tx, token_hash: str, idle: int) -> SignedIn | None:
    """The session of a token, unless it has expired, was not used for ``idle`` µs, or its person was disabled."""
    row = tx.row(_SIGNED_IN, {"token": token_hash, "now": tx.now, "since": tx.now - idle})
    if row is None:
        return None
    csrf, seen_at, worker_id, alias, roles, locale = row
    return SignedIn(token_hash, csrf, seen_at, worker_id, alias, tuple(roles.split()), locale)


def saw_sign_in(tx: Tx, token_hash: str) -> None:
    """Note that the session was used now."""
    tx.execute(sa.update(sign_ins).where(sign_ins.c.token_hash == token_hash).values(seen_at=tx.now))


def end_sign_in(tx: Tx, token_hash: str) -> None:
    """Close a session."""
    tx.execute(sa.delete(sign_ins).where(sign_ins.c.token_hash == token_hash))


def set_locale(tx: Tx, worker_id: str, locale: str) -> None:
    """The language in which this person reads the console."""
    tx.execute(sa.update(workers).where(workers.c.id == worker_id).values(locale=locale))


def demonstration_people(tx: Tx) -> tuple[DemonstrationPerson, ...]:
    """The invented people, supervisors last, with the languages that they speak fluently first."""
    speaks: dict[str, list[str]] = {}
    for row in tx.execute(
        sa.select(worker_languages.c.worker_id, worker_languages.c.language)
        .join(workers, workers.c.id == worker_languages.c.worker_id)
        .where(workers.c.demonstration)
        .order_by(worker_languages.c.level.desc(), worker_languages.c.language)
    ):
        speaks.setdefault(row.worker_id, []).append(row.language)
    found = tx.execute(
        sa.select(workers.c.id, workers.c.sign_in, workers.c.alias, workers.c.roles)
        .where(workers.c.demonstration, workers.c.disabled_at.is_(None))
        .order_by(workers.c.alias)
    ).all()
    people = [
        DemonstrationPerson(row.sign_in, row.alias, tuple(row.roles.split()), tuple(speaks.get(row.id, ())))
        for row in found
    ]
    return tuple(sorted(people, key=lambda person: "supervisor" in person.roles))


def duty_state(tx: Tx, worker_id: str) -> str:
    """Whether a person is on duty; a person who never was is off."""
    state = tx.execute(sa.select(duty.c.state).where(duty.c.worker_id == worker_id)).scalar()
    return str(state or "off")
