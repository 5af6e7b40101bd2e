"""Officers of institutions: added, given a new password, disabled. Units of work; passwords come hashed."""

import random
import re
from dataclasses import dataclass

from helpline.errors import Conflict
from helpline.house import House
from helpline.interpreting.fields import Faults
from helpline.interpreting.institutions import telephone
from helpline.store import audit, institutions, officers
from helpline.store.db import Tx

SIGN_IN_MAX = 64
ALIAS_MAX = 64
SHORTEST_PASSWORD = 12

_SIGN_IN = re.compile(r"[^\s]{2,64}")
_EMAIL = re.compile(r"[^@\s<>\",;]+@[^@\s<>\",;]+\.[^@\s<>\",;]{2,}")
_VOWELS, _CONSONANTS = "aeiu", "bdfghjkmnprstvwz"  # none that sounds or looks like another


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote of an officer. ``email`` and ``phone`` may be empty."""

    sign_in: str
    alias: str
    email: str = ""
    phone: str = ""
    locale: str = "en"
    demonstration: bool = False


def is_email(address: str) -> bool:
    return len(address) <= 254 and _EMAIL.fullmatch(address) is not None


def faults_in(house: House, written: Written) -> Faults:
    """Everything that can be seen to be wrong without the database."""
    faults, sign_in = Faults(), sign_in_of(written.sign_in)
    faults.check(bool(sign_in), "sign_in", "missing")
    faults.check(_SIGN_IN.fullmatch(sign_in) is not None, "sign_in", "sign_in_unfit")
    faults.check(bool(written.alias.strip()), "alias", "missing")
    faults.check(len(written.alias.strip()) <= ALIAS_MAX, "alias", "too_long")
    faults.check(not written.email.strip() or is_email(written.email.strip()), "email", "not_an_email")
    faults.check(not written.phone.strip() or telephone(house, written.phone) is not None, "phone", "not_a_telephone")
    return faults


def sign_in_of(said: str) -> str:
    """The one spelling of a name to sign in with."""
    return said.strip().lower()


def add(
    tx: Tx, house: House, by: str, institution_id: str, written: Written, password_hash: str | None, *, temporary: bool
) -> str:
    """The new officer's id. Without a password nobody signs in yet; a temporary one is changed at the first sign-in.

    Raises `Unfit` (a name that is taken among its faults), `Invalid` ("institution_unknown") and `Conflict`
    ("institution_disabled").
    """
    if institutions.get(tx, institution_id).disabled:
        raise Conflict("institution_disabled", "This institution is disabled.")
    faults = faults_in(house, written)
    faults.check(officers.named(tx, sign_in_of(written.sign_in)) is None, "sign_in", "sign_in_taken")
    faults.raise_any()
    values = {"password_hash": password_hash, "password_temporary": temporary, "demonstration": written.demonstration}
    id = officers.add(tx, {"institution_id": institution_id, **_columns(house, written), **values})
    audit.add(tx, by, "officer_added", subject_id=id)
    tx.hint("institution", institution_id)
    return id


def change(tx: Tx, house: House, by: str, id: str, written: Written) -> bool:
    """Whether anything was different; the sign-in stays as it is. Raises `Unfit`, `Invalid` ("officer_unknown")."""
    before = officers.get(tx, id)
    faults_in(house, written).raise_any()
    values = _columns(house, written)
    open_ = house.vault.open
    was = {
        "alias": before.alias,
        "locale": before.locale,
        "email_enc": open_(before.email_enc) if before.email_enc else "",
        "phone_enc": open_(before.phone_enc) if before.phone_enc else "",
    }
    now = {
        "alias": values["alias"],
        "locale": values["locale"],
        "email_enc": written.email.strip(),
        "phone_enc": (telephone(house, written.phone) or "") if written.phone.strip() else "",
    }
    different = sorted(name for name in was if was[name] != now[name])
    if different:
        officers.change(tx, id, {name: values[name] for name in different})
        audit.add(tx, by, "officer_changed", subject_id=id, detail={"what": different})
        tx.hint("institution", before.institution_id)
    return bool(different)


def give_password(tx: Tx, by: str, id: str, password_hash: str) -> None:
    """By somebody else, so that it is temporary; every session of the officer ends.

    Raises `Invalid` ("officer_unknown") and `Conflict` ("officer_disabled").
    """
    if officers.get(tx, id).disabled:
        raise Conflict("officer_disabled", "This officer is disabled.")
    officers.change(tx, id, {"password_hash": password_hash, "password_temporary": True})
    officers.end_sign_ins(tx, id)
    audit.add(tx, by, "officer_password_given", subject_id=id)


def choose_password(tx: Tx, id: str, password_hash: str, this_session: str) -> None:
    """By the officer; every other session ends. Raises `Invalid` ("officer_unknown")."""
    officers.get(tx, id)
    officers.change(tx, id, {"password_hash": password_hash, "password_temporary": False})
    officers.end_sign_ins(tx, id, but=this_session)
    audit.add(tx, id, "officer_password_chosen", subject_id=id)


def disable(tx: Tx, by: str, id: str) -> None:
    """Signed out for good. Raises `Invalid` ("officer_unknown") and `Conflict` ("officer_disabled")."""
    officer = officers.get(tx, id)
    if officer.disabled:
        raise Conflict("officer_disabled", "This officer is disabled already.")
    officers.change(tx, id, {"disabled_at": tx.now})
    officers.end_sign_ins(tx, id)
    audit.add(tx, by, "officer_disabled", subject_id=id)
    tx.hint("institution", officer.institution_id)


def enable(tx: Tx, by: str, id: str) -> None:
    """Let the officer sign in again. Raises `Invalid` ("officer_unknown") and `Conflict` ("officer_enabled")."""
    officer = officers.get(tx, id)
    if not officer.disabled:
        raise Conflict("officer_enabled", "This officer is not disabled.")
    officers.change(tx, id, {"disabled_at": None})
    audit.add(tx, by, "officer_enabled", subject_id=id)
    tx.hint("institution", officer.institution_id)


def fresh_password(chance: random.Random) -> str:
    """One to be said on the telephone and typed once, such as "kabe-rimu-tasa-4821": about 1 in 10^14."""
    words = ["".join(chance.choice(letters) for letters in (_CONSONANTS, _VOWELS) * 2) for _ in range(3)]
    return "-".join([*words, str(chance.randrange(1000, 10_000))])


def _columns(house: House, written: Written) -> dict[str, object]:
    email, phone = written.email.strip(), telephone(house, written.phone) if written.phone.strip() else None
    return {
        "sign_in": sign_in_of(written.sign_in),
        "alias": written.alias.strip(),
        "email_enc": house.vault.seal(email) if email else None,
        "phone_enc": house.vault.seal(phone) if phone else None,
        "locale": written.locale,
    }
