"""Officers of institutions, and who of them is signed in. An officer is nobody who works here."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store import institutions
from helpline.store.db import Tx
from helpline.store.institutions import Institution
from helpline.store.sign_ins import Account
from helpline.store.tables import institutions as institutions_table
from helpline.store.tables import officer_sign_ins, officers


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer. ``alias`` is what screens show; what ends in ``_enc`` is sealed."""

    id: str
    institution_id: str
    sign_in: str
    alias: str
    email_enc: bytes | None
    phone_enc: bytes | None
    locale: str
    has_password: bool
    demonstration: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session of an officer's. ``must_choose``: the password was given by another, and is to be changed."""

    token_hash: str
    csrf: str
    seen_at: int
    officer_id: str
    alias: str
    locale: str
    must_choose: bool
    institution: Institution


_COLUMNS = (
    officers.c.id,
    officers.c.institution_id,
    officers.c.sign_in,
    officers.c.alias,
    officers.c.email_enc,
    officers.c.phone_enc,
    officers.c.locale,
    officers.c.password_hash,
    officers.c.demonstration,
    officers.c.disabled_at,
)
_ONE = sa.select(*_COLUMNS).where(officers.c.id == sa.bindparam("wanted"))
_NAMED = sa.select(*_COLUMNS).where(officers.c.sign_in == sa.bindparam("wanted"))
_OF_INSTITUTION = (
    sa.select(*_COLUMNS).where(officers.c.institution_id == sa.bindparam("wanted")).order_by(officers.c.sign_in)
)
_DEMONSTRATION = (
    sa.select(*_COLUMNS).where(officers.c.demonstration, officers.c.disabled_at.is_(None)).order_by(officers.c.sign_in)
)
_ACCOUNT = (
    sa.select(officers.c.id, officers.c.password_hash)
    .join(institutions_table, institutions_table.c.id == officers.c.institution_id)
    .where(
        officers.c.sign_in == sa.bindparam("wanted"),
        officers.c.disabled_at.is_(None),
        institutions_table.c.disabled_at.is_(None),
    )
)
_SIGNED_IN = (
    sa.select(
        officer_sign_ins.c.csrf,
        officer_sign_ins.c.seen_at,
        officers.c.id,
        officers.c.alias,
        officers.c.locale,
        officers.c.password_temporary,
        officers.c.institution_id,
    )
    .join(officers, officers.c.id == officer_sign_ins.c.officer_id)
    .join(institutions_table, institutions_table.c.id == officers.c.institution_id)
    .where(
        officer_sign_ins.c.token_hash == sa.bindparam("token"),
        officer_sign_ins.c.expires_at > sa.bindparam("now"),
        officer_sign_ins.c.seen_at > sa.bindparam("since"),
        officers.c.disabled_at.is_(None),
        institutions_table.c.disabled_at.is_(None),
    )
)


def find(tx: Tx, id: str) -> Officer | None:
    row = tx.row(_ONE, {"wanted": id})
    return None if row is None else _of(row)


def get(tx: Tx, id: str) -> Officer:
    """Raises `Invalid` ("officer_unknown"); a disabled one is known."""
    found = find(tx, id)
    if found is None:
        raise Invalid("officer_unknown", "There is no such officer.")
    return found


def named(tx: Tx, sign_in: str) -> Officer | None:
    """Who signs in by this name, disabled or not."""
    row = tx.row(_NAMED, {"wanted": sign_in})
    return None if row is None else _of(row)


def of_institution(tx: Tx, institution_id: str) -> tuple[Officer, ...]:
    """All who were ever added, by sign-in."""
    return tuple(_of(row) for row in tx.rows(_OF_INSTITUTION, {"wanted": institution_id}))


def demonstration_officers(tx: Tx) -> tuple[tuple[Officer, Institution], ...]:
    """The invented ones who can sign in, each with the institution."""
    found = [_of(row) for row in tx.rows(_DEMONSTRATION, {})]
    return tuple((one, institutions.get(tx, one.institution_id)) for one in found)


def add(tx: Tx, values: dict[str, Any]) -> str:
    """``values``: columns. The caller has seen that the sign-in is free."""
    id = tx.new_id()
    tx.insert(officers, {"id": id, "created_at": tx.now, **values})
    return id


def change(tx: Tx, id: str, values: dict[str, Any]) -> None:
    tx.execute(officers.update().where(officers.c.id == id).values(**values))


def account_of(tx: Tx, sign_in: str) -> Account | None:
    """The account that signs in under this name, unless it or its institution was disabled."""
    row = tx.row(_ACCOUNT, {"wanted": sign_in})
    return None if row is None else Account(*row)


def add_sign_in(tx: Tx, token_hash: str, officer_id: str, csrf: str, expires_at: int) -> None:
    """Open a session, and forget those that have expired."""
    tx.execute(officer_sign_ins.delete().where(officer_sign_ins.c.expires_at <= tx.now))
    values = {"token_hash": token_hash, "officer_id": officer_id, "csrf": csrf, "expires_at": expires_at}
    tx.insert(officer_sign_ins, {**values, "created_at": tx.now, "seen_at": tx.now})


def signed_in(tx: Tx, token_hash: str, idle: int) -> SignedIn | None:
    """The session of a token, unless expired, not used for ``idle`` µs, or officer or institution is disabled."""
    row = tx.row(_SIGNED_IN, {"token": token_hash, "now": tx.now, "since": tx.now - idle})
    if row is None:
        return None
    csrf, seen_at, id, alias, locale, temporary, institution_id = row
    institution = institutions.get(tx, institution_id)
    return SignedIn(token_hash, csrf, seen_at, id, alias, locale, bool(temporary), institution)


def saw_sign_in(tx: Tx, token_hash: str) -> None:
    """Note that the session was used now."""
    tx.execute(officer_sign_ins.update().where(officer_sign_ins.c.token_hash == token_hash).values(seen_at=tx.now))


def end_sign_in(tx: Tx, token_hash: str) -> None:
    tx.execute(officer_sign_ins.delete().where(officer_sign_ins.c.token_hash == token_hash))


def end_sign_ins(tx: Tx, officer_id: str, but: str = "") -> None:
    """Every session of this officer's but the one of the token hash ``but``."""
    tx.execute(
        officer_sign_ins.delete().where(
            officer_sign_ins.c.officer_id == officer_id, officer_sign_ins.c.token_hash != but
        )
    )


def end_sign_ins_of_institution(tx: Tx, institution_id: str) -> None:
    theirs = sa.select(officers.c.id).where(officers.c.institution_id == institution_id)
    tx.execute(officer_sign_ins.delete().where(officer_sign_ins.c.officer_id.in_(theirs)))


def _of(row: tuple[Any, ...]) -> Officer:
    id, institution_id, sign_in, alias, email, phone, locale, password, demonstration, disabled_at = row
    return Officer(
        id,
        institution_id,
        sign_in,
        alias,
        email,
        phone,
        locale,
        password is not None,
        bool(demonstration),
        disabled_at is not None,
    )
