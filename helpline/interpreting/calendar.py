"""Who can interpret at a booking, in the order in which they are asked, and why; and what could be given up. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.bookings import BookingRules
from helpline.clock import DAY, HOUR, MINUTE, SECOND
from helpline.interpreting.qualified import Qualifications

Span = tuple[int, int]
"""From a moment until before another (µs UTC)."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a booking asks of its interpreter. ``gender``: woman or man; it is a wish unless it is required."""

    language: str
    dialect: str | None
    starts_at: int
    ends_at: int
    mode: str
    province: str | None
    district: str | None
    certified: bool
    child_friendly: bool
    gender: str | None
    gender_required: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An interpreter as the calendar sees them.

    ``taken``: spans of other bookings, with their buffers. ``minutes``: booked over the days in which the load is
    compared. ``served_at``: the end of the latest booking, 0 for none. ``excluded``: codes of what keeps this person
    out whatever they can do (`conflict_declared`, `served_child`, `declined`, `silent`, ...).
    """

    known: Qualifications
    taken: tuple[Span, ...] = ()
    minutes: int = 0
    served_at: int = 0
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One candidate's place in the list. ``reasons`` speak for; ``against`` keep out, and one who fits has none."""

    worker_id: str
    alias: str
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    minutes: int
    served_at: int
    span: Span

    @property
    def fits(self) -> bool:
        return not self.against


NEVER_WAIVED = frozenset({"language_not_spoken", "no_undertaking", "busy"})
"""What no coordinator can set aside: there is no interpreting without them."""

GIVEN_UP = ("dialect_not_spoken", "basic_only", "wish_not_met", "no_child_training", "not_certified", "too_far")
"""What could be given up, the least loss first; "too_far" by telephone."""

ELSEWHEN = ("busy", "out_of_hours")
"""What another time would mend."""

ASK_AGAIN = ("silent", "unreachable", "declined")
"""Who could be asked once more."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """If ``code`` alone no longer counted, ``people`` more would fit."""

    code: str
    people: int


def shortlist(needs: Needs, candidates: Iterable[Candidate], rules: BookingRules) -> tuple[Place, ...]:
    """Everyone who speaks the language at all: those who fit, in the order in which they are asked, then the others.

    The order: a wish for a woman or a man that is met, then nearness to the venue, then the fewest minutes booked,
    then the longest since the latest booking.
    """
    placed = [(_rank(needs, one), _place(needs, one, rules)) for one in candidates if _speaks(needs, one)]
    placed.sort(key=lambda pair: (not pair[1].fits, len(pair[1].against), pair[0]))
    return tuple(place for _, place in placed)


def relaxations(places: Sequence[Place]) -> tuple[Relaxation, ...]:
    """What could be relaxed so that somebody fits, one thing at a time; what costs the least first."""
    found = []
    for code in (*GIVEN_UP, *ELSEWHEN, *ASK_AGAIN):
        people = sum(1 for place in places if place.against == (code,))
        if people:
            found.append(Relaxation(code, people))
    return tuple(found)


def _speaks(needs: Needs, one: Candidate) -> bool:
    return needs.language in one.known.languages


def span_of(needs: Needs, known: Qualifications | None, rules: BookingRules) -> Span:
    """The time that a booking takes of this interpreter: with buffers, and with the ways for a venue."""
    before = rules.buffer
    if needs.mode == "in_person":
        before += getattr(rules.travel, _distance(needs, known) if known is not None else "same_province")
    return needs.starts_at - before * MINUTE, needs.ends_at + before * MINUTE


def _distance(needs: Needs, known: Qualifications) -> str:
    if needs.district is not None and needs.district == known.district:
        return "same_district"
    if needs.province is None or known.province is None or needs.province == known.province:
        return "same_province"
    return "elsewhere"


def _place(needs: Needs, one: Candidate, rules: BookingRules) -> Place:
    span = span_of(needs, one.known, rules)
    against = (*_unqualified(needs, one.known), *_not_there(needs, one, span), *one.excluded)
    return Place(one.known.worker_id, one.known.alias, _reasons(needs, one), against, one.minutes, one.served_at, span)


def _unqualified(needs: Needs, known: Qualifications) -> list[str]:
    found = []
    if known.languages[needs.language] != "fluent":
        found.append("basic_only")
    if needs.dialect is not None and needs.dialect not in known.dialects.get(needs.language, ()):
        found.append("dialect_not_spoken")
    if needs.certified and needs.language not in known.certified:
        found.append("not_certified")
    if needs.gender_required and needs.gender is not None and known.gender != needs.gender:
        found.append("wish_not_met")
    if needs.child_friendly and not known.child_friendly:
        found.append("no_child_training")
    if not known.undertaking:
        found.append("no_undertaking")
    return found


def _not_there(needs: Needs, one: Candidate, span: Span) -> list[str]:
    found = []
    if needs.mode == "in_person" and not _reaches(needs, one.known):
        found.append("too_far")
    if not works(one.known, needs.starts_at, needs.ends_at):
        found.append("out_of_hours")
    if any(begins < span[1] and ends > span[0] for begins, ends in one.taken):
        found.append("busy")
    return found


def _reaches(needs: Needs, known: Qualifications) -> bool:
    """Whether they go there. Nothing written down about either place keeps nobody out."""
    if needs.province is None or (known.province is None and not known.travels):
        return True
    here = {needs.province, needs.district} - {None}
    return bool(here & known.travels) or (
        needs.district == known.district if needs.district is not None and known.district is not None
        else needs.province == known.province
    )  # fmt: skip


def works(known: Qualifications, starts_at: int, ends_at: int) -> bool:
    """Whether the whole span lies in their working hours, by their own clock; without hours, always."""
    if not known.hours:
        return True
    zone = ZoneInfo(known.timezone or "UTC")
    begin, end = (
        datetime.fromtimestamp(at / SECOND, UTC).astimezone(zone).replace(tzinfo=None) for at in (starts_at, ends_at)
    )
    reached = begin
    for opens, closes in sorted(_open(known.hours, begin, end)):
        if opens <= reached < closes:
            reached = closes
    return reached >= end


def _open(
    hours: Mapping[int, Sequence[tuple[int, int]]], begin: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The working times of the days from the one before to the last, by the wall clock."""
    found = []
    day = begin.date() - timedelta(days=1)
    while day <= end.date():
        midnight = datetime.combine(day, time())
        for first, last in hours.get(day.weekday(), ()):
            found.append((midnight + timedelta(minutes=first), midnight + timedelta(minutes=last)))
        day += timedelta(days=1)
    return found


def _reasons(needs: Needs, one: Candidate) -> tuple[str, ...]:
    known = one.known
    said = {
        "fluent": known.languages[needs.language] == "fluent",
        "dialect": needs.dialect is not None and needs.dialect in known.dialects.get(needs.language, ()),
        "certified": needs.language in known.certified,
        "wish_met": needs.gender is not None and known.gender == needs.gender,
        "wish_not_met": needs.gender is not None and known.gender != needs.gender and not needs.gender_required,
        "child_friendly": known.child_friendly,
        "near": needs.mode == "in_person" and _distance(needs, known) == "same_district",
        "never_booked": one.served_at == 0,
    }
    return tuple(code for code, holds in said.items() if holds)


_NEARNESS = {"same_district": 0, "same_province": 1, "elsewhere": 2}


def _rank(needs: Needs, one: Candidate) -> tuple[int, int, int, int, str]:
    known = one.known
    unmet = int(needs.gender is not None and known.gender != needs.gender)
    far = _NEARNESS[_distance(needs, known)] if needs.mode == "in_person" else 0
    return unmet, far, one.minutes, one.served_at, known.worker_id


def answer_until(now: int, starts_at: int, zone: str | None, rules: BookingRules) -> int:
    """Until when whoever is asked now may answer (µs): never after the hour itself, and at least one minute from now.

    A time that would end in the interpreter's night ends in the morning, unless the hearing is within a day: silence
    at three o'clock says nothing.
    """
    ahead = max(0, starts_at - now)
    until = now + rules.answer_minutes(ahead / MINUTE) * MINUTE
    if ahead > DAY:
        until = min(_morning(until, ZoneInfo(zone or "UTC"), rules), starts_at - 12 * HOUR)
    return max(now + MINUTE, min(until, starts_at)) if starts_at > now else now + rules.answer_minutes(0) * MINUTE


def _morning(at: int, zone: ZoneInfo, rules: BookingRules) -> int:
    local = datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone)
    night, morning = rules.quiet_from_h, rules.quiet_until_h
    asleep = night <= local.hour or local.hour < morning if night > morning else night <= local.hour < morning
    if not asleep:
        return at
    day = local.date() + timedelta(days=1) if local.hour >= morning else local.date()
    return int(datetime.combine(day, time(morning), zone).timestamp()) * SECOND
