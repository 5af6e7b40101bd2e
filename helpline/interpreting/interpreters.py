"""Interpreters as a coordinator writes them down: languages, undertaking, training, hours, places, certificates."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from config.lines import DAYS
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.interpreting import lapsing
from helpline.interpreting.fields import Faults
from helpline.interpreting.institutions import check_place, is_zone, telephone
from helpline.interpreting.officers import is_email
from helpline.interpreting.qualified import TRAINING, may_leave, minutes
from helpline.store import audit, interpreters, roster
from helpline.store.db import Tx
from helpline.store.interpreters import Interpreter, Spoken
from helpline.store.roster import NewWorker

LEVELS = ("fluent", "basic")
GENDERS = ("woman", "man", "unknown")
BODY_MAX = 120
CERTIFICATE_NUMBER_MAX = 80
CERTIFICATES_MOST = 40
LANGUAGES_MOST = 30
_PERIOD = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
_DIALECT = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SIGN_IN = re.compile(r"[^\s]{2,64}")


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote of an interpreter. Dates are year-month-day, and may be empty.

    ``hours``: by day (mon ... sun), periods such as "08:00-16:00". ``phone``: where they are called, None to leave it
    as it is. ``travels``: districts and provinces beside their own.
    """

    spoken: tuple[Spoken, ...]
    timezone: str
    gender: str = "unknown"
    undertaking_on: str = ""
    undertaking_until: str = ""
    training: tuple[str, ...] = ()
    hours: Mapping[str, tuple[str, ...]] | None = None
    province: str = ""
    district: str = ""
    travels: tuple[str, ...] = ()
    by_phone: bool = False
    email: str = ""
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What a person wrote of a certificate. Without ``expires_on`` it does not end."""

    language: str
    body: str
    number: str = ""
    issued_on: str = ""
    expires_on: str = ""


def faults_in(house: House, written: Written) -> Faults:
    """Everything that can be seen to be wrong without the database."""
    faults = Faults()
    _check_spoken(house, faults, written.spoken)
    faults.check(is_zone(written.timezone), "timezone", "zone_unknown")
    faults.check(written.gender in GENDERS, "gender", "choice_unknown")
    check_dates(faults, ("undertaking_on", written.undertaking_on), ("undertaking_until", written.undertaking_until))
    faults.check(not written.undertaking_until or bool(written.undertaking_on), "undertaking_on", "missing")
    faults.check(set(written.training) <= set(TRAINING), "training", "choice_unknown")
    for day, periods in (written.hours or {}).items():
        faults.check(day in DAYS, f"hours.{day}", "choice_unknown")
        wrong = wrong_hours(periods)
        if wrong is not None:
            faults.add(f"hours.{day}", wrong)
    check_place(house, faults, written.province, written.district)
    faults.check(set(written.travels) <= places(house), "travels", "choice_unknown")
    faults.check(len(" ".join(written.travels)) <= 400, "travels", "too_many")
    faults.check(not written.email.strip() or is_email(written.email.strip()), "email", "not_an_email")
    if written.phone:
        faults.check(telephone(house, written.phone) is not None, "phone", "not_a_telephone")
    return faults


def _check_spoken(house: House, faults: Faults, spoken: tuple[Spoken, ...]) -> None:
    faults.check(bool(spoken), "languages", "missing")
    faults.check(len(spoken) <= LANGUAGES_MOST, "languages", "too_many")
    faults.check(len({one.language for one in spoken}) == len(spoken), "languages", "named_twice")
    for one in spoken:
        faults.check(one.language in house.directory.languages, "languages", "language_unknown")
        faults.check(one.level in LEVELS, "languages", "level_unknown")
        right = all(_DIALECT.fullmatch(dialect) for dialect in one.dialects) and len(" ".join(one.dialects)) <= 120
        faults.check(right, "languages", "dialect_unfit")


def check_dates(faults: Faults, begins: tuple[str, str], ends: tuple[str, str]) -> None:
    """Two dates, each with the name of its field; either may be empty, and the second is not before the first."""
    for field, said in (begins, ends):
        faults.check(not said or is_day(said), field, "date_unreadable")
    if is_day(begins[1]) and is_day(ends[1]):
        faults.check(ends[1] >= begins[1], ends[0], "ends_before_it_begins")


def is_day(said: str) -> bool:
    """Whether this is a day, year-month-day, of these times."""
    try:
        return len(said) == 10 and 1990 <= date.fromisoformat(said).year <= 2100
    except ValueError:
        return False


def wrong_hours(periods: tuple[str, ...]) -> str | None:
    """What is wrong with the periods of one day: "hours_unreadable", "hours_overlap"; None when nothing is."""
    if any(not _PERIOD.fullmatch(one) or one[:5] == one[6:] for one in periods):
        return "hours_unreadable"
    spans = sorted(minutes(one) for one in periods)
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        return "hours_overlap"
    return None


def places(house: House) -> set[str]:
    """Every province and district of the directory."""
    known = house.directory.places.provinces
    return {one.code for one in known} | {district.code for one in known for district in one.districts}


def get(tx: Tx, worker_id: str) -> Interpreter:
    """Raises `Invalid` ("worker_unknown"), also for one who is disabled or does not interpret."""
    found = interpreters.find(tx, worker_id)
    if found is None or found.disabled or "interpreter" not in found.roles:
        raise Invalid("worker_unknown", "There is no such interpreter.")
    return found


def is_sign_in(said: str) -> bool:
    """Whether somebody can sign in with this name: 2 to 64 characters without spaces."""
    return _SIGN_IN.fullmatch(said) is not None


def add(tx: Tx, by: str, sign_in: str, alias: str, *, demonstration: bool = False) -> str:
    """A new person who interprets, without a password, off duty; returns the worker's id. Raises `Unfit`."""
    sign_in, alias, faults = sign_in.strip().lower(), alias.strip(), Faults()
    faults.check(is_sign_in(sign_in), "sign_in", "sign_in_unfit")
    faults.check(bool(alias), "alias", "missing")
    faults.check(len(alias) <= 64, "alias", "too_long")
    faults.check(not roster.is_known(tx, sign_in), "sign_in", "sign_in_taken")
    faults.raise_any()
    new = NewWorker(sign_in, alias, ("interpreter",), (), None, capacity_voice=0, demonstration=demonstration)
    return roster.add(tx, new, by)


def write(tx: Tx, house: House, by: str, worker_id: str, written: Written) -> bool:
    """Whether anything was different. Raises `Unfit`, and `Invalid` ("worker_unknown")."""
    before = get(tx, worker_id)
    faults_in(house, written).raise_any()
    different = sorted([*_write_details(tx, house, before, written), *_write_person(tx, house, before, written)])
    if different:
        audit.add(tx, by, "interpreter_changed", subject_id=worker_id, detail={"what": different})
        lapsing.look(tx, house, worker_id)
    return bool(different)


def _write_details(tx: Tx, house: House, before: Interpreter, written: Written) -> list[str]:
    values = {
        "undertaking_on": written.undertaking_on or None,
        "undertaking_until": written.undertaking_until or None,
        "training": " ".join(one for one in TRAINING if one in written.training),
        "hours_json": _hours_json(written.hours or {}),
        "timezone": written.timezone,
        "province": written.province or None,
        "district": written.district or None,
        "travels": " ".join(sorted(set(written.travels))),
        "by_phone": written.by_phone,
    }
    was = {name: getattr(before, name) for name in values}
    was |= {name: " ".join(was[name]) for name in ("training", "travels")}
    different = [name for name in values if values[name] != was[name] or not before.details]
    email = written.email.strip()
    sealed = before.email_enc
    if email != (house.vault.open(sealed) if sealed else ""):
        sealed = house.vault.seal(email) if email else None
        different.append("email")
    if different:
        interpreters.put(tx, before.worker_id, {**values, "email_enc": sealed})
    return different


def _write_person(tx: Tx, house: House, before: Interpreter, written: Written) -> list[str]:
    """Languages, gender and telephone stand with the worker: the floor goes by them."""
    values: dict[str, Any] = {}
    if written.gender != before.gender:
        values["gender"] = written.gender
    if written.phone is not None and before.reach_kind == "phone":
        number = telephone(house, written.phone) if written.phone.strip() else None
        if number != (house.vault.open(before.reach_enc) if before.reach_enc else None):
            values["reach_enc"] = house.vault.seal(number) if number else None
            values["capacity_voice"] = 1 if number else 0
    different = [{"reach_enc": "phone"}.get(name, name) for name in values]
    spoken = tuple(sorted(written.spoken, key=lambda one: one.language))
    if spoken != interpreters.languages(tx, [before.worker_id]).get(before.worker_id, ()):
        interpreters.set_languages(tx, before.worker_id, spoken)
        different.append("languages")
    if different:
        interpreters.change_worker(tx, before.worker_id, values)
    return different


def add_certificate(tx: Tx, house: House, by: str, worker_id: str, paper: Paper) -> str:
    """The certificate's id. Raises `Unfit`, and `Invalid` ("worker_unknown")."""
    get(tx, worker_id)
    faults = faults_of(house, paper)
    theirs = interpreters.certificates_of(tx, [worker_id]).get(worker_id, ())
    faults.check(len(theirs) < CERTIFICATES_MOST, "body", "too_many")
    faults.raise_any()
    id = interpreters.add_certificate(
        tx,
        worker_id,
        {
            "language": paper.language,
            "body": paper.body.strip(),
            "number_enc": house.vault.seal(paper.number.strip()) if paper.number.strip() else None,
            "issued_on": paper.issued_on or None,
            "expires_on": paper.expires_on or None,
        },
    )
    audit.add(tx, by, "certificate_added", subject_id=worker_id, detail={"certificate": id})
    tx.hint("worker", worker_id)
    lapsing.look(tx, house, worker_id)
    return id


def faults_of(house: House, paper: Paper) -> Faults:
    """Everything that can be seen to be wrong with a certificate."""
    faults = Faults()
    faults.check(paper.language in house.directory.languages, "language", "language_unknown")
    faults.check(bool(paper.body.strip()), "body", "missing")
    faults.check(len(paper.body.strip()) <= BODY_MAX, "body", "too_long")
    faults.check(len(paper.number) <= CERTIFICATE_NUMBER_MAX, "number", "too_long")
    check_dates(faults, ("issued_on", paper.issued_on), ("expires_on", paper.expires_on))
    return faults


def remove_certificate(tx: Tx, house: House, by: str, worker_id: str, id: str) -> None:
    """One that was written down by mistake, or is replaced. Raises `Invalid` ("certificate_unknown")."""
    found = interpreters.certificate(tx, id)
    if found is None or found.worker_id != worker_id:
        raise Invalid("certificate_unknown", "This certificate is not there any more.")
    interpreters.remove_certificate(tx, id)
    audit.add(tx, by, "certificate_removed", subject_id=worker_id, detail={"certificate": id})
    tx.hint("worker", worker_id)
    lapsing.look(tx, house, worker_id)


def leave(tx: Tx, house: House, by: str, worker_id: str) -> None:
    """No longer an interpreter: another role stays; one who has none is disabled.

    Raises `Invalid` ("worker_unknown") and `Conflict` ("worker_booked").
    """
    before = get(tx, worker_id)
    may_leave(tx, worker_id)
    others = tuple(role for role in before.roles if role != "interpreter")
    if others:
        interpreters.change_worker(tx, worker_id, {"roles": " ".join(others)})
        audit.add(tx, by, "interpreter_left", subject_id=worker_id)
    else:
        roster.disable(tx, before.sign_in, by)
    lapsing.look(tx, house, worker_id)


def begin(tx: Tx, by: str, worker_id: str) -> None:
    """Give a worker the role. Raises `Invalid` ("worker_unknown") and `Conflict` ("worker_disabled")."""
    found = interpreters.find(tx, worker_id)
    if found is None:
        raise Invalid("worker_unknown", "There is no such person.")
    if found.disabled:
        raise Conflict("worker_disabled", "This person is disabled.")
    if "interpreter" not in found.roles:
        interpreters.change_worker(tx, worker_id, {"roles": " ".join([*found.roles, "interpreter"])})
        audit.add(tx, by, "interpreter_begun", subject_id=worker_id)


def _hours_json(hours: Mapping[str, tuple[str, ...]]) -> str:
    return json.dumps({day: sorted(hours[day]) for day in DAYS if hours.get(day)})
