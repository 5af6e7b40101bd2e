"""A day as an operator writes it down: who comes, how long they talk and wait, and who is on duty."""

import csv
import math
import random
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from config.faults import ConfigurationError, Fault, faults_of, read_toml
from config.lines import Code, LanguageCode
from routing.model import Channel, Role
from routing.policy import SECOND

HOUR = 3_600 * SECOND
HOURS = 24
DAY = HOURS * HOUR
UNKNOWN = "unknown"
"""Stands for the language of those who chose none."""

OURS = Path(__file__).with_name("demonstration.toml")
"""The demonstration's day."""

MOST_A_DAY = 100_000
"""More contacts a day are a mistake in the file, or too many for this simulation."""

_PERIOD = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")

Positive = Annotated[float, Field(gt=0, le=7 * 86_400, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=MOST_A_DAY, allow_inf_nan=False)]
ByHour = Annotated[tuple[Rate, ...], Field(min_length=HOURS, max_length=HOURS)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Times(Part):
    """How long something takes, in seconds; of a lognormal ``sd_s`` is the standard deviation, else the mean."""

    mean_s: Positive
    form: Literal["exponential", "lognormal"] = "exponential"
    sd_s: Positive | None = None

    @model_validator(mode="after")
    def _an_exponential_has_no_spread_of_its_own(self) -> "Times":
        if self.sd_s is not None and self.form == "exponential":
            raise ValueError('sd_s belongs to a lognormal only. Write form = "lognormal", or leave sd_s out')
        return self

    def drawn(self, chance: random.Random) -> int:
        """One such time, in µs."""
        if self.form == "exponential":
            return round(chance.expovariate(1 / self.mean_s) * SECOND)
        spread = math.log(1 + ((self.sd_s or self.mean_s) / self.mean_s) ** 2)
        return round(chance.lognormvariate(math.log(self.mean_s) - spread / 2, math.sqrt(spread)) * SECOND)


class ChannelTimes(Part):
    """``patience``: how long they wait before they give up. ``wrap_up``: for the record, after the talk."""

    talk: Times
    patience: Times
    wrap_up: Times | None = None

    @property
    def handling_s(self) -> float:
        """The mean time that one takes of a person."""
        return self.talk.mean_s + (self.wrap_up.mean_s if self.wrap_up else 0.0)


class Stream(Part):
    """Those who come in one language by one channel: so many each hour, or so many a day in the day's shape."""

    language: Literal["unknown"] | LanguageCode
    channel: Channel = Channel.VOICE
    priority: str = "normal"
    danger: Share = 0.0
    by_hour: ByHour | None = None
    per_day: Rate | None = None

    @model_validator(mode="after")
    def _said_once(self) -> "Stream":
        if (self.by_hour is None) == (self.per_day is None):
            raise ValueError("says how many come both ways or not at all. Write either by_hour or per_day")
        return self

    def rates(self, shape: tuple[float, ...]) -> tuple[float, ...]:
        """How many come in each hour of the day, on the average."""
        if self.by_hour is not None:
            return self.by_hour
        return tuple((self.per_day or 0.0) * one / sum(shape) for one in shape)


class Period(NamedTuple):
    """From and to, in minutes from the day's midnight; an end may lie on the next day."""

    start: int
    end: int

    def hours(self) -> frozenset[int]:
        """Hours of the day that it touches."""
        return frozenset(minute // 60 % HOURS for minute in range(self.start, self.end))


def period(said: str) -> Period:
    """`14:00-20:00`; `22:00-06:00` ends on the next day. Raises ValueError."""
    found = _PERIOD.fullmatch(said.strip())
    if found is None:
        raise ValueError('is no time of duty. Write "14:00-20:00"')
    first, last = found.group(1, 2), [one for one in found.groups()[2:] if one is not None]
    start, end = int(first[0]) * 60 + int(first[1]), int(last[0]) * 60 + int(last[1])
    return Period(start, end if end > start else end + HOURS * 60)


class Person(Part):
    """One of the roster, or ``count`` alike. Hours are the helpline's own clock, the same each day."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    roles: tuple[Role, ...] = (Role.COUNSELLOR,)
    fluent: tuple[LanguageCode, ...] = ()
    basic: tuple[LanguageCode, ...] = ()
    hours: Literal["always"] | tuple[str, ...] = "always"
    count: Annotated[int, Field(ge=1, le=1_000)] = 1
    calls_at_once: Annotated[int, Field(ge=0, le=10)] = 1
    texts_at_once: Annotated[int, Field(ge=0, le=20)] = 5

    @field_validator("hours", mode="before")
    @classmethod
    def _one_period_is_a_list(cls, hours: object) -> object:
        return (hours,) if isinstance(hours, str) and hours != "always" else hours

    @field_validator("hours")
    @classmethod
    def _hours_can_be_read(cls, hours: Literal["always"] | tuple[str, ...]) -> Literal["always"] | tuple[str, ...]:
        found = [period(said) for said in hours] if hours != "always" else []
        if hours != "always" and not found:
            raise ValueError('are none. Write "08:00-16:00", or "always"')
        twice = sorted(_minutes_of_day(found))
        if len(set(twice)) < len(twice):
            raise ValueError("lie over each other. Let each begin when the one before has ended")
        return hours

    @model_validator(mode="after")
    def _does_and_speaks_something(self) -> "Person":
        if not self.roles:
            raise ValueError('has no role. Write roles = ["counsellor"]')
        if not self.spoken:
            raise ValueError('speaks no language. Write fluent = ["en"] or basic = ["en"]')
        if len(set(self.spoken)) < len(self.spoken):
            raise ValueError("names a language twice. Leave it in fluent or in basic")
        return self

    @property
    def spoken(self) -> tuple[str, ...]:
        return self.fluent + self.basic

    @property
    def periods(self) -> tuple[Period, ...]:
        return (Period(0, HOURS * 60),) if self.hours == "always" else tuple(period(said) for said in self.hours)


def _minutes_of_day(periods: Iterable[Period]) -> list[int]:
    return [minute % (HOURS * 60) for one in periods for minute in range(one.start, one.end)]


class Goal(Part):
    """The share that is to be answered within a time; a helpline for emergencies aims at 90 % within 15 s."""

    within_s: Positive = 15.0
    share: Annotated[float, Field(gt=0, lt=1)] = 0.9


class Offers(Part):
    """``ring_s``: from the offer to the answer. ``declined``: the share that is let pass."""

    ring_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    declined: Annotated[float, Field(ge=0, lt=1)] = 0.0


class DayFile(Part):
    """The form of the file. ``policy`` stands over the line's, key by key, in the words of lines.toml."""

    title: str = ""
    line: Code | None = None
    short_s: Annotated[float, Field(ge=0, le=600)] = 5.0
    bridge_factor: Annotated[float, Field(ge=1, le=10)] = 1.5
    shape: ByHour = (1.0,) * HOURS
    goal: Goal = Goal()
    offers: Offers = Offers()
    channel: Annotated[Mapping[Channel, ChannelTimes], Field(min_length=1)]
    arrivals: tuple[Stream, ...] = ()
    arrivals_file: str | None = None
    person: Annotated[tuple[Person, ...], Field(min_length=1)]
    policy: Mapping[str, Any] = {}

    @field_validator("shape")
    @classmethod
    def _somebody_comes_at_some_hour(cls, shape: tuple[float, ...]) -> tuple[float, ...]:
        if not sum(shape):
            raise ValueError("is nothing all day. Give the hours in which people come a number above 0")
        return shape


class Call(NamedTuple):
    """One who came, as it was written down. ``at``: µs from the day's midnight."""

    at: int
    language: str | None
    channel: Channel
    priority: str
    danger: bool


History = tuple[tuple[Call, ...], ...]
"""Days, each in the order of time."""


def read_day(path: Path, languages: Collection[str]) -> tuple[DayFile, History]:
    """The file, and the calls of its ``arrivals_file``. Raises ConfigurationError with every fault."""
    values = read_toml(path)
    try:
        day = DayFile.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(faults_of(error, str(path))) from None
    faults = list(_doubts(day, str(path), languages))
    history: History = ()
    if day.arrivals_file is not None:
        history = _history(path.parent / day.arrivals_file, day, languages, faults)
    if faults:
        raise ConfigurationError(faults)
    return day, history


def _doubts(day: DayFile, file: str, languages: Collection[str]) -> Iterable[Fault]:
    if bool(day.arrivals) == (day.arrivals_file is not None):
        problem = "says who comes both ways" if day.arrivals else "does not say who comes"
        yield Fault(file, "arrivals", problem, "Write either [[arrivals]] tables or arrivals_file.")
    for number, stream in enumerate(day.arrivals):
        key = f"arrivals.{number}"
        if stream.language != UNKNOWN and stream.language not in languages:
            yield _no_language(file, f"{key}.language")
        if stream.channel not in day.channel:
            remedy = f"Add a table [channel.{stream.channel}] with talk and patience."
            yield Fault(file, f"{key}.channel", "has no times in this file", remedy)
    if sum(sum(stream.rates(day.shape)) for stream in day.arrivals) > MOST_A_DAY:
        yield Fault(file, "arrivals", f"bring more than {MOST_A_DAY} a day", "Check the numbers: they are per hour.")
    names: set[str] = set()
    for number, person in enumerate(day.person):
        for kind in ("fluent", "basic"):
            if set(getattr(person, kind)) - set(languages):
                yield _no_language(file, f"person.{number}.{kind}")
        if person.name in names:
            yield Fault(file, f"person.{number}.name", "comes twice", "Give each their own; `count` makes many alike.")
        names.add(person.name)


def _no_language(file: str, key: str) -> Fault:
    return Fault(file, key, "names no language of languages.toml", 'Write its code, as "so"; see docs/adding.md.')


_COLUMNS = ("at", "language", "channel", "priority", "danger")


def _history(path: Path, day: DayFile, languages: Collection[str], faults: list[Fault]) -> History:
    """One day for each date in the file; times without a date are of one day."""
    file = str(path)
    days: dict[date | None, list[Call]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            named = tuple(rows.fieldnames or ())
            if not {"at", "language"} <= set(named) or not set(named) <= set(_COLUMNS):
                remedy = f"Let the first line name at,language and, if wanted, {', '.join(_COLUMNS[2:])}."
                faults.append(Fault(file, "line 1", "does not name the columns", remedy))
                return ()
            for row in rows:
                call = _call(row, file, f"line {rows.line_num}", day, languages, faults)
                if call is not None:
                    days.setdefault(call[0], []).append(call[1])
    except OSError as error:
        remedy = "Check arrivals_file: its path counts from the folder of the day's file."
        faults.append(Fault(file, "-", f"cannot be read ({error.strerror})", remedy))
    except (UnicodeDecodeError, csv.Error):
        faults.append(Fault(file, "-", "is no CSV in UTF-8", "Save it as CSV with commas, in UTF-8."))
    if not days and not faults:
        faults.append(Fault(file, "-", "holds no contact", "Write one a line, as `08:15:00,so,voice`."))
    return tuple(tuple(sorted(calls)) for _, calls in sorted(days.items(), key=lambda one: one[0] or date.min))


def _call(
    row: Mapping[str, str | None],
    file: str,
    key: str,
    day: DayFile,
    languages: Collection[str],
    faults: list[Fault],
) -> tuple[date | None, Call] | None:
    on, at = _moment(row["at"] or "")
    language = (row["language"] or "").strip() or UNKNOWN
    channel, danger = (row.get("channel") or "voice").strip(), (row.get("danger") or "0").strip().lower()
    found = []
    if at is None:
        found.append(Fault(file, f"{key}: at", "is no time", "Write 08:15:00 or 2026-11-02T08:15:00, without a zone."))
    if language != UNKNOWN and language not in languages:
        found.append(_no_language(file, f"{key}: language"))
    if channel not in {one.value for one in day.channel}:
        remedy = f"Write one of {', '.join(day.channel)}, or add its table to the day's file."
        found.append(Fault(file, f"{key}: channel", "has no times in the day's file", remedy))
    if danger not in ("0", "1", "no", "yes", "false", "true"):
        found.append(Fault(file, f"{key}: danger", "is neither yes nor no", "Write yes or no."))
    faults += found
    if found or at is None:
        return None
    priority = (row.get("priority") or "normal").strip()
    spoken = None if language == UNKNOWN else language
    return on, Call(at, spoken, Channel(channel), priority, danger in ("1", "yes", "true"))


def _moment(said: str) -> tuple[date | None, int | None]:
    """The date, if one is written, and the µs from its midnight; no time: it cannot be read."""
    try:
        if "-" in said:
            moment = datetime.fromisoformat(said.strip())
            if moment.tzinfo is not None:
                return None, None
            on, clock = moment.date(), moment.time()
        else:
            on, clock = None, time.fromisoformat(said.strip())
            if clock.tzinfo is not None:
                return None, None
    except ValueError:
        return None, None
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    return on, seconds * SECOND + clock.microsecond


@dataclass(frozen=True, slots=True)
class Names:
    """What screens call a language."""

    by_code: Mapping[str, str]

    def of(self, code: str | None) -> str:
        return "not known" if code is None else self.by_code.get(code, code)
