"""Institutions and interpreters read from a file: the whole file is proved before anything is written.

Reading the same file twice changes nothing. Who is no longer in a file stays as they are: taking somebody off is a
decision of its own. PINs and passwords are in no file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from config.faults import ConfigurationError, Fault, dotted, faults_of, read_toml
from config.lines import Week
from helpline.house import House
from helpline.interpreting import institutions, interpreters, officers, pins
from helpline.store import institutions as institution_rows
from helpline.store import interpreters as interpreter_rows
from helpline.store import officers as officer_rows
from helpline.store.db import Tx
from helpline.store.interpreters import Spoken


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfficerTable(_Table):
    """[[institution.officer]]"""

    sign_in: str
    alias: str
    email: str = ""
    phone: str = ""
    locale: str = "en"


class InstitutionTable(_Table):
    """[[institution]], known by its number."""

    number: str
    name: str
    kind: Literal["court", "police", "immigration", "prison", "social_welfare", "care", "other"]
    timezone: str = "Africa/Lusaka"
    province: str = ""
    district: str = ""
    may: tuple[Literal["request", "book"], ...] = ("request", "book")
    line: str = ""
    telephones: tuple[str, ...] = ()
    officer: tuple[OfficerTable, ...] = ()


class LanguageTable(_Table):
    """[[interpreter.language]]"""

    code: str
    level: Literal["fluent", "basic"] = "fluent"
    dialects: tuple[str, ...] = ()


class CertificateTable(_Table):
    """[[interpreter.certificate]]"""

    language: str
    body: str
    number: str = ""
    issued_on: date | None = None
    expires_on: date | None = None


class InterpreterTable(_Table):
    """[[interpreter]], known by the sign-in. One who is not there yet is added, and needs an alias and a language."""

    sign_in: str
    alias: str = ""
    gender: Literal["woman", "man", "unknown"] | None = None
    phone: str | None = None
    language: tuple[LanguageTable, ...] = ()
    undertaking_on: date | None = None
    undertaking_until: date | None = None
    training: tuple[str, ...] = ()
    hours: Week = {}
    timezone: str = "Africa/Lusaka"
    province: str = ""
    district: str = ""
    travels: tuple[str, ...] = ()
    by_phone: bool = False
    email: str = ""
    certificate: tuple[CertificateTable, ...] = ()

    @field_validator("hours", mode="before")
    @classmethod
    def _one_period_is_a_list(cls, hours: object) -> object:
        if not isinstance(hours, Mapping):
            return hours
        return {day: (said,) if isinstance(said, str) else said for day, said in hours.items()}


class InstitutionsFile(_Table):
    institution: tuple[InstitutionTable, ...] = ()


class InterpretersFile(_Table):
    interpreter: tuple[InterpreterTable, ...] = ()


F = TypeVar("F", InstitutionsFile, InterpretersFile)


@dataclass(slots=True)
class Loaded:
    """What was done: names of what was added, changed, and was the same already."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    def note(self, name: str, *, added: bool, changed: bool) -> None:
        (self.added if added else self.changed if changed else self.same).append(name)


REMEDIES = {
    "missing": ("is missing", "Add it."),
    "too_long": ("is too long", "Shorten it."),
    "too_many": ("holds too many", "Shorten it."),
    "choice_unknown": (
        "is none of the possible values",
        "Take one of docs/institutions.md, places.toml or lines.toml.",
    ),
    "zone_unknown": ("is no time zone", "Write its name, as Africa/Lusaka."),
    "district_elsewhere": ("is no district of that province", "Take a code of places.toml, below its province."),
    "not_digits": ("holds more than digits", "Write digits only: it is keyed in on a telephone."),
    "number_length": ("is too short or too long", "Write 4 to 8 digits."),
    "number_taken": ("is another institution's already", "Choose another number."),
    "sign_in_taken": ("is somebody else's already", "Choose another name to sign in with."),
    "sign_in_unfit": ("cannot be signed in with", "Write 2 to 64 letters without spaces."),
    "not_an_email": ("is no email address", "Write it as name@example.org."),
    "not_a_telephone": ("is no telephone number", "Write it as +260211000000."),
    "named_twice": ("names something twice", "Remove the repetition."),
    "language_unknown": ("names what is no language of languages.toml", "Take a code from there, or add it there."),
    "level_unknown": ("is none of fluent, basic", "Write one of them."),
    "dialect_unfit": ("names a dialect that cannot be kept", "Write small letters, digits, - and _."),
    "date_unreadable": ("is no day of these times", "Write it as 2027-01-18, without quotes."),
    "ends_before_it_begins": ("is before the first day", "Look at the two dates."),
    "hours_unreadable": ("holds what is no working time", 'Write "08:00-17:00".'),
    "hours_overlap": ("holds two times that overlap", "Join them, or move one."),
    "institution_disabled": ("is disabled", "Enable it in the console first, or take it out of the file."),
    "officer_elsewhere": ("is an officer of another institution", "Give the officer another name to sign in with."),
    "worker_disabled": ("is disabled", "Take the table out of the file."),
}
"""What each code of a field means in a file, and what to do."""


def read(path: Path, model: type[F]) -> F:
    """The file in its form. Raises `ConfigurationError` with every fault of form."""
    try:
        return model.model_validate(read_toml(path))
    except ValidationError as error:
        raise ConfigurationError(faults_of(error, str(path))) from None


def load_institutions(tx: Tx, house: House, by: str, file: InstitutionsFile, name: str) -> Loaded:
    """Add and change what the file says.

    Raises `ConfigurationError` with every fault, and has then written nothing.
    """
    faults, numbers, names = _Gathered(name), set[str](), set[str]()
    for place, table in enumerate(file.institution):
        key = f"institution.{place}"
        faults.take(key, _of_institution(tx, house, table, numbers))
        for at, phone in enumerate(table.telephones):
            if institutions.telephone(house, phone) is None:
                faults.add(f"{key}.telephones.{at}", "not_a_telephone")
        for at, officer in enumerate(table.officer):
            faults.take(f"{key}.officer.{at}", _of_officer(tx, house, table, officer, names))
    faults.raise_any()
    loaded = Loaded()
    for table in file.institution:
        _load_institution(tx, house, by, table, loaded)
    return loaded


def load_interpreters(tx: Tx, house: House, by: str, file: InterpretersFile, name: str) -> Loaded:
    """As `load_institutions`, for interpreters."""
    faults, names = _Gathered(name), set[str]()
    for place, table in enumerate(file.interpreter):
        key = f"interpreter.{place}"
        faults.take(key, _of_interpreter(tx, house, table, names))
        for at, paper in enumerate(table.certificate):
            faults.take(f"{key}.certificate.{at}", interpreters.faults_of(house, _paper(paper)).fields)
    faults.raise_any()
    loaded = Loaded()
    for table in file.interpreter:
        _load_interpreter(tx, house, by, table, loaded)
    return loaded


class _Gathered:
    """The faults of one file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: list[Fault] = []

    def add(self, key: str, code: str) -> None:
        problem, remedy = REMEDIES.get(code, (f"is not right ({code})", "Change it."))
        self._found.append(Fault(self._name, key, problem, remedy))

    def take(self, key: str, fields: Mapping[str, str]) -> None:
        for field_, code in fields.items():
            self.add(dotted((key, field_)), code)

    def raise_any(self) -> None:
        if self._found:
            raise ConfigurationError(self._found)


def _of_institution(tx: Tx, house: House, table: InstitutionTable, numbers: set[str]) -> dict[str, str]:
    faults = institutions.faults_in(house, _institution(table))
    number = pins.digits(table.number) or ""
    faults.check(bool(table.number), "number", "missing")
    faults.check(number not in numbers, "number", "named_twice")
    numbers.add(number)
    there = institution_rows.numbered(tx, number)
    faults.check(there is None or not there.disabled, "number", "institution_disabled")
    return faults.fields


def _of_officer(
    tx: Tx, house: House, table: InstitutionTable, officer: OfficerTable, names: set[str]
) -> dict[str, str]:
    faults = officers.faults_in(house, _officer(officer))
    sign_in = officers.sign_in_of(officer.sign_in)
    faults.check(sign_in not in names, "sign_in", "named_twice")
    names.add(sign_in)
    there = officer_rows.named(tx, sign_in)
    if there is not None:
        home = institution_rows.get(tx, there.institution_id)
        faults.check(home.number == pins.digits(table.number), "sign_in", "officer_elsewhere")
    return faults.fields


def _of_interpreter(tx: Tx, house: House, table: InterpreterTable, names: set[str]) -> dict[str, str]:
    sign_in = table.sign_in.strip().lower()
    there = interpreter_rows.named(tx, sign_in)
    known = interpreter_rows.languages(tx, [there.worker_id]).get(there.worker_id, ()) if there is not None else ()
    faults = interpreters.faults_in(house, _interpreter(table, there.gender if there else "unknown", known))
    faults.check(sign_in not in names, "sign_in", "named_twice")
    names.add(sign_in)
    if there is None:
        faults.check(interpreters.is_sign_in(sign_in), "sign_in", "sign_in_unfit")
        faults.check(bool(table.alias.strip()), "alias", "missing")
        faults.check(len(table.alias.strip()) <= officers.ALIAS_MAX, "alias", "too_long")
    else:
        faults.check(not there.disabled, "sign_in", "worker_disabled")
    return {("language" if field_ == "languages" else field_): code for field_, code in faults.fields.items()}


def _load_institution(tx: Tx, house: House, by: str, table: InstitutionTable, loaded: Loaded) -> None:
    there = institution_rows.numbered(tx, pins.digits(table.number) or "")
    written, changed = _institution(table), False
    if there is None:
        id = institutions.add(tx, house, by, written, house.chance)
    else:
        id, changed = there.id, institutions.change(tx, house, by, there.id, written)
    for number in table.telephones:
        changed |= institutions.add_telephone(tx, house, by, id, number)
    for officer in table.officer:
        known = officer_rows.named(tx, officers.sign_in_of(officer.sign_in))
        if known is None:
            officers.add(tx, house, by, id, _officer(officer), None, temporary=True)
            changed = True
        else:
            changed |= officers.change(tx, house, by, known.id, _officer(officer))
    loaded.note(table.name, added=there is None, changed=changed)


def _load_interpreter(tx: Tx, house: House, by: str, table: InterpreterTable, loaded: Loaded) -> None:
    there = interpreter_rows.named(tx, table.sign_in.strip().lower())
    changed = there is not None and "interpreter" not in there.roles
    if there is None:
        id = interpreters.add(tx, by, table.sign_in, table.alias)
    else:
        id = there.worker_id
        interpreters.begin(tx, by, id)
    now = interpreters.get(tx, id)
    known = interpreter_rows.languages(tx, [id]).get(id, ())
    changed |= interpreters.write(tx, house, by, id, _interpreter(table, now.gender, known))
    changed |= _load_certificates(tx, house, by, id, [_paper(paper) for paper in table.certificate])
    loaded.note(table.sign_in, added=there is None, changed=changed)


def _load_certificates(tx: Tx, house: House, by: str, worker_id: str, papers: Iterable[interpreters.Paper]) -> bool:
    """Those that are not there yet. A certificate is known by its language, its body and its dates."""
    there = interpreter_rows.certificates_of(tx, [worker_id]).get(worker_id, ())
    known = {(one.language, one.body, one.issued_on or "", one.expires_on or "") for one in there}
    new = [paper for paper in papers if (paper.language, paper.body, paper.issued_on, paper.expires_on) not in known]
    for paper in new:
        interpreters.add_certificate(tx, house, by, worker_id, paper)
    return bool(new)


def _institution(table: InstitutionTable) -> institutions.Written:
    return institutions.Written(
        name=table.name,
        kind=table.kind,
        timezone=table.timezone,
        may=table.may,
        province=table.province,
        district=table.district,
        number=table.number,
        line=table.line,
    )


def _officer(table: OfficerTable) -> officers.Written:
    return officers.Written(**table.model_dump())


def _interpreter(table: InterpreterTable, gender: str, known: tuple[Spoken, ...]) -> interpreters.Written:
    """Gender, languages and telephone that the file leaves out stay as they are."""
    spoken = tuple(Spoken(one.code, one.level, one.dialects) for one in table.language)
    return interpreters.Written(
        spoken=spoken or known,
        timezone=table.timezone,
        gender=table.gender or gender,
        undertaking_on=_said(table.undertaking_on),
        undertaking_until=_said(table.undertaking_until),
        training=table.training,
        hours={str(day): periods for day, periods in table.hours.items()},
        province=table.province,
        district=table.district,
        travels=table.travels,
        by_phone=table.by_phone,
        email=table.email,
        phone=table.phone,
    )


def _paper(table: CertificateTable) -> interpreters.Paper:
    return interpreters.Paper(
        language=table.language,
        body=table.body.strip(),
        number=table.number,
        issued_on=_said(table.issued_on),
        expires_on=_said(table.expires_on),
    )


def _said(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
