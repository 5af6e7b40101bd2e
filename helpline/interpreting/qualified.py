"""What an interpreter is qualified for on a day: a lapsed undertaking or certificate no longer counts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from config.lines import DAYS
from helpline.errors import Conflict
from helpline.store import interpreters
from helpline.store.db import Tx
from helpline.store.interpreters import Certificate, Interpreter, Spoken

TRAINING = ("child_friendly", "trauma", "court", "medical", "safeguarding")
"""What an interpreter can be trained for."""

Periods = tuple[tuple[int, int], ...]
"""Of a day: from minute to minute of its midnight; an end above 1440 lies on the next day."""


@dataclass(frozen=True, slots=True)
class Qualifications:
    """One interpreter on one day.

    ``languages``: level (fluent or basic) by code. ``certified``: languages with a certificate that is valid on the
    day. ``undertaking``: whether one of confidentiality holds on the day. ``hours``: by day of the week (0 is Monday),
    in ``timezone``; empty when none were written down. ``timezone`` is None for the house's own.
    """

    worker_id: str
    alias: str
    languages: Mapping[str, str]
    dialects: Mapping[str, frozenset[str]]
    certified: frozenset[str]
    training: frozenset[str]
    undertaking: bool
    gender: str
    hours: Mapping[int, Periods]
    timezone: str | None
    province: str | None
    district: str | None
    travels: frozenset[str]
    by_phone: bool
    undertaking_lapsed: bool = False  # there was one, and it does not hold on the day

    @property
    def child_friendly(self) -> bool:
        return "child_friendly" in self.training


def lapsed(begins: str | None, until: str | None, today: date) -> bool:
    """Whether something that holds from the day ``begins`` to the end of the day ``until`` does not hold today.

    Days are year-month-day. Without ``until`` it does not end; without ``begins`` it held from ever.
    """
    day = today.isoformat()
    return (begins is not None and day < begins) or (until is not None and day > until)


def of(tx: Tx, worker_ids: Sequence[str] | None, today: date) -> dict[str, Qualifications]:
    """By worker; of everyone with the role who is not disabled, or of those of them who are named."""
    ids = None if worker_ids is None else list(worker_ids)
    people = interpreters.everyone(tx) if ids is None else interpreters.some(tx, ids)
    spoken, papers = interpreters.languages(tx, ids), interpreters.certificates_of(tx, ids)
    return {
        one.worker_id: qualifications(one, spoken.get(one.worker_id, ()), papers.get(one.worker_id, ()), today)
        for one in people
    }


def qualifications(
    one: Interpreter, spoken: Sequence[Spoken], papers: Sequence[Certificate], today: date
) -> Qualifications:
    """What these rows say on a day. Pure."""
    return Qualifications(
        worker_id=one.worker_id,
        alias=one.alias,
        languages={each.language: each.level for each in spoken},
        dialects={each.language: frozenset(each.dialects) for each in spoken if each.dialects},
        certified=frozenset(paper.language for paper in papers if not lapsed(paper.issued_on, paper.expires_on, today)),
        training=frozenset(one.training),
        undertaking=one.undertaking_on is not None and not lapsed(one.undertaking_on, one.undertaking_until, today),
        gender=one.gender,
        hours=hours_of(one.hours_json),
        timezone=one.timezone,
        province=one.province,
        district=one.district,
        travels=frozenset(one.travels),
        by_phone=one.by_phone,
        undertaking_lapsed=one.undertaking_on is not None and lapsed(one.undertaking_on, one.undertaking_until, today),
    )


def hours_of(text: str) -> dict[int, Periods]:
    """The working hours of a row, by day of the week."""
    week: dict[str, list[str]] = json.loads(text)
    return {place: tuple(minutes(period) for period in week[day]) for place, day in enumerate(DAYS) if week.get(day)}


def minutes(period: str) -> tuple[int, int]:
    """ "08:00-16:00" in minutes; one that does not end after it begins ends on the next day."""
    begins, _, ends = period.partition("-")
    first, last = (int(part[:2]) * 60 + int(part[3:]) for part in (begins, ends))
    return first, last if last > first else last + 24 * 60


def may_leave(tx: Tx, worker_id: str) -> None:
    """Raises `Conflict` ("worker_booked") for one who still has a booking to come: it is given to another first."""
    if interpreters.is_booked(tx, worker_id):
        raise Conflict("worker_booked", "This person is booked. Give the bookings to somebody else first.")
