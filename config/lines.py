"""Lines: the numbers that the public reaches, and when somebody is there. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from config.numbers import PATTERN, is_number

SECOND = 1_000_000
"""Microseconds."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60  # minutes
_PERIOD = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)|([01]\d|2[0-3]):([0-5]\d)-24:00")

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=12)]
Number = Annotated[str, StringConstraints(pattern=f"^{PATTERN}$")]
Origin = Annotated[
    str, StringConstraints(pattern=r"^(https://[a-z0-9][a-z0-9.-]*|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?$")
]
Week = dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[str, ...]]


def spelled(address: str) -> str:
    """One spelling for the many in which an address arrives: `sip:user@host` or the bare digits.

    Spaces, hyphens, dots and brackets in a number, `sips:`, `tel:`, parameters (`;user=phone`), headers, a port and a
    displayed name make no difference.
    """
    text = address.strip().lower()
    if "<" in text:
        text = text.partition("<")[2].partition(">")[0]
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("sip", "sips", "tel"):
        text = rest
    user, at, host = text.partition("?")[0].partition("@")
    user, host = unquote(user.partition(";")[0]), host.partition(";")[0]
    digits = re.sub(r"[\s().-]", "", user)
    user = digits if is_number(digits) else user.strip()
    return f"sip:{user}@{re.sub(r':[0-9]+$', '', host.strip())}" if at else user


class Line(BaseModel):
    """One line. Times in seconds unless a name says otherwise; ``policy`` holds the numbers of its routing.

    ``addresses`` are what may stand as the number that was dialled: digits, or `sip:user@host` where `*` stands for
    any host. ``fallback_number`` is dialled when this server cannot help. ``test_from``: the number of ours that places
    test calls to this line; without one, another line's. ``resume_within_s``: a call that was cut off
    and comes again within it goes on where it was. ``danger_alarm_s``: how long a child in danger waits before a
    supervisor is alarmed. In text: ``long_wait_s`` until a child who waits is told that it takes long;
    ``park_after_s`` of silence until a conversation is parked, and ``parked_for_s`` until a parked one is closed;
    a phone that was silent for ``ask_safe_after_s`` is asked whether it is safe before anything else is sent to it.
    A child in a conversation who waits for an answer longer than ``answer_within_s`` is marked on the floor.
    ``chat``: whether the line is reached by web chat too; ``chat_origins`` are the sites (`https://school.example`)
    whose pages may show the chat in a frame.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Code
    name: str
    demonstration: bool = False
    addresses: Annotated[tuple[str, ...], Field(min_length=1)]
    caller_id: Number
    fallback_number: Number
    test_from: Number | None = None
    audience: Literal["children", "institutions"] = "children"
    script: Code
    own_language: LanguageCode
    menu: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    timezone: str
    hours: Literal["always"] | Week = "always"
    holidays: frozenset[date] = frozenset()
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    resume_within_s: Annotated[int, Field(ge=0, le=86_400)] = 900
    danger_alarm_s: Annotated[int, Field(ge=1, le=3_600)] = 30
    long_wait_s: Annotated[int, Field(ge=10, le=86_400)] = 180
    park_after_s: Annotated[int, Field(ge=30, le=86_400)] = 900
    parked_for_s: Annotated[int, Field(ge=60, le=30 * 86_400)] = 3 * 86_400
    ask_safe_after_s: Annotated[int, Field(ge=60, le=30 * 86_400)] = 1_800
    answer_within_s: Annotated[int, Field(ge=10, le=86_400)] = 180
    chat: bool = True
    chat_origins: tuple[Origin, ...] = ()
    policy: Mapping[str, Any] = {}

    @field_validator("addresses")
    @classmethod
    def _addresses_can_be_dialled(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            user = address.removeprefix("sip:").partition("@")[0] if address.startswith("sip:") else address
            if not user or "*" in user or (address.startswith("sip:") != ("@" in address)):
                raise ValueError('holds what is no address. Write digits, or "sip:116@*"')
        return addresses

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no time zone. Write its name, as Africa/Lusaka") from None
        return zone

    @field_validator("hours", mode="before")
    @classmethod
    def _one_period_is_a_list(cls, hours: object) -> object:
        if not isinstance(hours, Mapping):
            return hours
        return {day: (said,) if isinstance(said, str) else said for day, said in hours.items()}

    @field_validator("hours")
    @classmethod
    def _hours_can_be_read(cls, hours: Literal["always"] | Week) -> Literal["always"] | Week:
        for said in () if hours == "always" else (one for day in hours.values() for one in day):
            if not _PERIOD.fullmatch(said) or _minutes(said)[0] == _minutes(said)[1]:
                raise ValueError('holds what is no opening time. Write "08:00-17:00"; "00:00-24:00" is the whole day')
        if hours != "always" and not any(hours.values()):
            raise ValueError("never open the line. Give at least one day an opening time")
        return hours

    @model_validator(mode="after")
    def _each_language_once(self) -> "Line":
        if len(set(self.menu)) < len(self.menu):
            raise ValueError("menu names a language twice. Remove the repetition")
        return self

    @property
    def public_number(self) -> str:
        """What people dial: the first address that is a number, else the caller id."""
        return next((address for address in self.addresses if not address.startswith("sip:")), self.caller_id)

    def is_open(self, now_us: int) -> bool:
        """Whether people answer at this time (µs UTC), by the line's own clock and holidays.

        Hours that cross midnight belong to the day on which they begin, also when the next day is a holiday.
        """
        local = datetime.fromtimestamp(now_us // SECOND, UTC).astimezone(ZoneInfo(self.timezone))
        minute, today = local.hour * 60 + local.minute, local.date()
        return any(start <= minute < end for start, end in self._periods(today)) or any(
            minute < end - _DAY for _, end in self._periods(today - timedelta(days=1))
        )

    def opens_at(self, now_us: int) -> datetime | None:
        """When people answer next, by the line's own clock; None when they do now, or not within a month."""
        local = datetime.fromtimestamp(now_us // SECOND, UTC).astimezone(ZoneInfo(self.timezone))
        if self.is_open(now_us):
            return None
        for ahead in range(32):
            day = local.date() + timedelta(days=ahead)
            for start, _ in sorted(self._periods(day)):
                opens = datetime.combine(day, time(start // 60, start % 60), local.tzinfo)
                if opens > local:
                    return opens
        return None

    def _periods(self, day: date) -> tuple[tuple[int, int], ...]:
        """When the line is open on a day, in minutes from its midnight; an end may lie on the next day."""
        if day in self.holidays:
            return ()
        if self.hours == "always":
            return ((0, _DAY),)
        found = (_minutes(said) for said in self.hours.get(DAYS[day.weekday()], ()))  # type: ignore[call-overload]
        return tuple((start, end if end > start else end + _DAY) for start, end in found)

    def address_for(self, dialled: str) -> str | None:
        """The address of this line, as configured, that was dialled; None when it was another's."""
        given = spelled(dialled)
        return next((one for one in self.addresses if fnmatchcase(given, _pattern(one))), None)


@lru_cache(1_000)
def _pattern(address: str) -> str:
    """The address in the one spelling; only a `*` of its host stands for more than itself."""
    return spelled(address).replace("[", "[[]").replace("?", "[?]")


def _minutes(period: str) -> tuple[int, int]:
    start, _, end = period.partition("-")
    (h1, m1), (h2, m2) = (part.split(":") for part in (start, end))
    return int(h1) * 60 + int(m1), int(h2) * 60 + int(m2)
