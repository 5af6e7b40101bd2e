"""Institutions: added, changed, disabled; their telephones. Units of work, each with its row in the audit."""

import random
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from helpline import privacy
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.interpreting import pins
from helpline.interpreting.fields import Faults
from helpline.store import audit, institutions, officers
from helpline.store.db import Tx
from helpline.store.institutions import Institution

KINDS = ("court", "police", "immigration", "prison", "social_welfare", "care", "other")
MAY = ("request", "book")
"""What an institution may do: have an interpreter now, and book one for a date."""

NAME_MAX = 120
NUMBER_SHORTEST, NUMBER_LONGEST = 4, 8
NUMBER_MADE = 6  # digits
TELEPHONES_MOST = 50


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote of an institution. An empty ``number`` is chosen by us; no ``line`` is the first."""

    name: str
    kind: str
    timezone: str
    may: tuple[str, ...] = MAY
    province: str = ""
    district: str = ""
    number: str = ""
    line: str = ""
    demonstration: bool = False


def faults_in(house: House, written: Written) -> Faults:
    """Everything that can be seen to be wrong without the database."""
    faults, name, directory = Faults(), written.name.strip(), house.directory
    faults.check(bool(name), "name", "missing")
    faults.check(len(name) <= NAME_MAX, "name", "too_long")
    faults.check(written.kind in KINDS, "kind", "choice_unknown")
    faults.check(is_zone(written.timezone), "timezone", "zone_unknown")
    faults.check(set(written.may) <= set(MAY), "may", "choice_unknown")
    check_place(house, faults, written.province, written.district)
    faults.check(not written.line or written.line in directory.lines, "line", "choice_unknown")
    if written.number:
        said = pins.digits(written.number)
        faults.check(said is not None, "number", "not_digits")
        faults.check(said is None or NUMBER_SHORTEST <= len(said) <= NUMBER_LONGEST, "number", "number_length")
    return faults


def check_place(house: House, faults: Faults, province: str, district: str) -> None:
    """A province of the directory, and a district of it; either may be empty."""
    known = {one.code: one for one in house.directory.places.provinces}
    if province and not faults.check(province in known, "province", "choice_unknown"):
        return
    theirs = {one.code for one in known[province].districts} if province else set()
    faults.check(not district or district in theirs, "district", "district_elsewhere")


def is_zone(name: str) -> bool:
    """Whether a time zone of this name is known here."""
    if name not in available_timezones():
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def add(tx: Tx, house: House, by: str, written: Written, chance: random.Random) -> str:
    """The new institution's id. Raises `Unfit`, a number that is taken among its faults ("number_taken")."""
    faults = faults_in(house, written)
    number = (pins.digits(written.number) if written.number else None) or ""
    faults.check(not number or institutions.numbered(tx, number) is None, "number", "number_taken")
    faults.raise_any()
    number = number or pins.free_number(lambda said: institutions.numbered(tx, said) is not None, chance, NUMBER_MADE)
    id = institutions.add(tx, {**_columns(written), "number": number, "demonstration": written.demonstration})
    audit.add(tx, by, "institution_added", subject_id=id)
    tx.hint("institution", id)
    return id


def change(tx: Tx, house: House, by: str, id: str, written: Written) -> bool:
    """Whether anything was different. An empty number stays as it was.

    Raises `Unfit`, and `Invalid` ("institution_unknown").
    """
    before = institutions.get(tx, id)
    faults = faults_in(house, written)
    number = (pins.digits(written.number) if written.number else None) or before.number
    taken = institutions.numbered(tx, number)
    faults.check(taken is None or taken.id == id, "number", "number_taken")
    faults.raise_any()
    values = {**_columns(written), "number": number}
    different = sorted(name for name, value in values.items() if value != _was(before)[name])
    if different:
        institutions.change(tx, id, {name: values[name] for name in different})
        audit.add(tx, by, "institution_changed", subject_id=id, detail={"what": different})
        tx.hint("institution", id)
    return bool(different)


def disable(tx: Tx, by: str, id: str) -> None:
    """Nobody signs in, asks or books for it any more; what was, stays.

    Raises `Invalid` ("institution_unknown") and `Conflict` ("institution_disabled", "institution_booked").
    """
    if institutions.get(tx, id).disabled:
        raise Conflict("institution_disabled", "This institution is disabled already.")
    if institutions.has_bookings(tx, id):
        raise Conflict("institution_booked", "Bookings of this institution are still to come. Cancel them first.")
    institutions.change(tx, id, {"disabled_at": tx.now})
    officers.end_sign_ins_of_institution(tx, id)
    audit.add(tx, by, "institution_disabled", subject_id=id)
    tx.hint("institution", id)


def enable(tx: Tx, by: str, id: str) -> None:
    """Let it ask again, with the officers, telephones, PIN and tokens that it had. Raises as `disable`."""
    if not institutions.get(tx, id).disabled:
        raise Conflict("institution_enabled", "This institution is not disabled.")
    institutions.change(tx, id, {"disabled_at": None})
    audit.add(tx, by, "institution_enabled", subject_id=id)
    tx.hint("institution", id)


def add_telephone(tx: Tx, house: House, by: str, id: str, number: str) -> bool:
    """Let a telephone be known as the institution's; False when it was already.

    Raises `Unfit` ("telephone": "not_a_telephone", "too_many") and `Invalid` ("institution_unknown").
    """
    institution, faults = institutions.get(tx, id), Faults()
    same = telephone(house, number)
    faults.check(same is not None, "telephone", "not_a_telephone")
    faults.check(len(institutions.telephones(tx, id)) < TELEPHONES_MOST, "telephone", "too_many")
    faults.raise_any()
    assert same is not None
    vault = house.vault
    added = institutions.add_telephone(tx, institution.id, vault.hash_number(same), vault.seal(same))
    if added:
        audit.add(tx, by, "institution_telephone_added", subject_id=id)
        tx.hint("institution", id)
    return added


def remove_telephone(tx: Tx, by: str, id: str, number_hash: str) -> None:
    """Raises `Invalid` ("telephone_unknown")."""
    if not institutions.remove_telephone(tx, id, number_hash):
        raise Invalid("telephone_unknown", "This telephone is not there any more.")
    audit.add(tx, by, "institution_telephone_removed", subject_id=id)
    tx.hint("institution", id)


def telephone(house: House, number: str) -> str | None:
    """A number in one spelling; None when it is none."""
    return privacy.telephone(number, house.vault.country_code)


def _columns(written: Written) -> dict[str, object]:
    return {
        "name": written.name.strip(),
        "kind": written.kind,
        "place_province": written.province or None,
        "place_district": written.district or None,
        "timezone": written.timezone,
        "may": " ".join(one for one in MAY if one in written.may),
        "line": written.line or None,
    }


def _was(before: Institution) -> dict[str, object]:
    return {
        "name": before.name,
        "kind": before.kind,
        "place_province": before.province,
        "place_district": before.district,
        "timezone": before.timezone,
        "may": " ".join(before.may),
        "line": before.line,
        "number": before.number,
    }
