"""Services outside the house: what kinds there are, and entries of the directory as they stand in a file. Pure."""

import re
from collections.abc import Container, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, field_validator, model_validator

from config.faults import Fault
from config.numbers import is_number
from config.taxonomy import Code, Country, Part, Places, Term

SECOND = 1_000_000
"""Microseconds."""

EVERYWHERE = "*"
STALE_DAYS = 180
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE_DAY = 24 * 60  # minutes
_PERIOD = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=12)]
Place = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]{0,39}(/[a-z][a-z0-9_]{0,39})?)$")]
Week = dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[str, ...]]
Hours = Literal["always"] | Week
Channel = Literal["email", "sms", "voice", "primero", "webhook"]
Audience = Literal["services", "authorities", "others"]


class ServiceKind(Term):
    """``group`` says where it stands; ``asks`` which of the child's answers allows to tell it anything.

    A kind of the group "enforcement" (police, immigration, prosecution) is fenced off: see `helpline.referrals`.
    """

    group: Literal["emergency", "health", "welfare", "legal", "community", "enforcement"]

    @property
    def enforcement(self) -> bool:
        return self.group == "enforcement"

    @property
    def asks(self) -> Audience:
        if self.enforcement:
            return "authorities"
        return "others" if self.group == "community" else "services"


class Way(Part):
    """One way to reach a service. ``to``: an address, a number, or for a computer its URL.

    ``settings`` are what the adapter of the channel needs, such as ``transitioned_to`` of a Primero; never a secret.
    """

    channel: Channel
    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=400)]
    settings: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Way":
        if self.channel == "email" and not _MAIL.fullmatch(self.to):
            raise ValueError("is no mail address. Write it as desk@service.example")
        if self.channel in ("sms", "voice") and not is_number(self.to):
            raise ValueError('is no number. Write it with its country, as "+260..."')
        if self.channel in ("primero", "webhook") and not self.to.startswith(("https://", "http://")):
            raise ValueError("is no address of a server. Begin it with https://")
        return self


class Service(Part):
    """One entry. ``places``: "*" for the whole country, "lusaka" for a province, "lusaka/kafue" for a district.

    ``concerns``: codes of the concerns that it takes, "*" for all. ``language``: in which a referral is written to it.
    ``aliases``: other names of the organisation, so that nothing goes to who is said to have done harm.
    ``person``: who answers for it. ``texts``: what a child may be told of it, by language. ``verified_on``: when
    somebody last asked whether all this is so; it is stale after ``stale_days``.
    """

    code: Code
    name: Line
    kind: Code
    concerns: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]{0,39})$")], ...],
                        Field(min_length=1)]  # fmt: skip
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    language: LanguageCode
    timezone: str
    hours: Hours = "always"
    country: Country
    legal_basis: Annotated[str, StringConstraints(strip_whitespace=True, max_length=600)] = ""
    organisation: Line
    aliases: tuple[Line, ...] = ()
    enforcement: bool = False
    contacts: Annotated[tuple[Way, ...], Field(min_length=1)]
    person: Annotated[str, StringConstraints(strip_whitespace=True, max_length=160)] = ""
    texts: Mapping[LanguageCode, Annotated[str, StringConstraints(strip_whitespace=True, max_length=480)]] = {}
    verified_on: date
    stale_days: Annotated[int, Field(ge=1, le=3_650)] = STALE_DAYS
    state: Literal["open", "paused"] = "open"
    demonstration: bool = False

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no time zone. Write its name, as Africa/Lusaka") from None
        return zone

    @field_validator("hours")
    @classmethod
    def _hours_can_be_read(cls, hours: Hours) -> Hours:
        for said in () if hours == "always" else (one for day in hours.values() for one in day):
            if not _PERIOD.fullmatch(said) or _minutes(said)[0] == _minutes(said)[1]:
                raise ValueError('holds what is no opening time. Write "08:00-17:00"; "00:00-24:00" is the whole day')
        return hours

    @property
    def stale_on(self) -> date:
        """The first day on which somebody has to ask again."""
        return self.verified_on + timedelta(days=self.stale_days)


class Services(Part):
    """A file: the kinds of services, and entries."""

    kind: tuple[ServiceKind, ...] = ()
    service: tuple[Service, ...] = ()

    @model_validator(mode="after")
    def _each_code_once(self) -> "Services":
        for name, codes in (("kind", [one.code for one in self.kind]), ("service", [one.code for one in self.service])):
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"{name} names {', '.join(twice)} twice. Give each its own code")
        return self

    def own(self) -> "Services":
        """Without the demonstration's entries."""
        return Services(kind=self.kind, service=tuple(one for one in self.service if not one.demonstration))

    @property
    def kinds(self) -> dict[str, ServiceKind]:
        return {one.code: one for one in self.kind}


def service_faults(
    file: Path | str,
    found: Services,
    kinds: Mapping[str, ServiceKind],
    places: Places | None,
    languages: Container[str],
) -> list[Fault]:
    """What only the rest of the directory can tell: kinds, places and languages that are none."""
    faults = []

    def fault(service: Service, key: str, problem: str, remedy: str) -> None:
        faults.append(Fault(str(file), f"service.{service.code}.{key}", problem, remedy))

    for one in found.service:
        if one.kind not in kinds:
            fault(one, "kind", "is no kind of service", f"Write one of {', '.join(kinds)}, or add it to `kind`.")
        unknown = [code for code in (one.language, *one.languages, *one.texts) if code not in languages]
        if unknown:
            problem = f"names what is no language of the directory: {', '.join(dict.fromkeys(unknown))}"
            fault(one, "languages", problem, "Take a code from languages.toml, or add the language there.")
        if places is not None and not all(_is_place(place, one.country, places) for place in one.places):
            remedy = 'Write "*", a province or "province/district" of places.toml; "*" for another country.'
            fault(one, "places", "holds what is no place", remedy)
    return faults


def _is_place(place: str, country: str, places: Places) -> bool:
    if place == EVERYWHERE:
        return True
    province, _, district = place.partition("/")
    return country == places.country and places.is_place(province, district or None)


def is_open(hours: Hours, timezone: str, now_us: int) -> bool:
    """Whether somebody is there at this time (µs UTC), by its own clock. Hours may cross midnight."""
    if hours == "always":
        return True
    local = datetime.fromtimestamp(now_us // SECOND, UTC).astimezone(ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in _periods(hours, local.date())) or any(
        minute < end - _WHOLE_DAY for _, end in _periods(hours, local.date() - timedelta(days=1))
    )


def _periods(hours: Week, day: date) -> list[tuple[int, int]]:
    """In minutes from the day's midnight; an end may lie on the next day."""
    found = (_minutes(said) for said in hours.get(_DAYS[day.weekday()], ()))  # type: ignore[call-overload]
    return [(start, end if end > start else end + _WHOLE_DAY) for start, end in found]


def _minutes(period: str) -> tuple[int, int]:
    start, _, end = period.partition("-")
    (h1, m1), (h2, m2) = (part.split(":") for part in (start, end))
    return int(h1) * 60 + int(m1), int(h2) * 60 + int(m2)
