"""Bookings as pages show them: opened, and with times by the clocks of where they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from babel.dates import format_date, format_datetime

from helpline.clock import SECOND
from helpline.console.wording import Wording
from helpline.errors import Invalid
from helpline.house import House
from helpline.interpreting.asked import Venue
from helpline.interpreting.booking_lifecycle import AGREED, OVER, SEEKING, State
from helpline.interpreting.booking_mail import venue_of
from helpline.interpreting.civil import place_of, zone_of
from helpline.store import institutions, interpreters
from helpline.store.bookings import Booking
from helpline.store.db import Tx


@dataclass(frozen=True, slots=True)
class Shown:
    """One booking. ``interpreter`` is the alias of who has agreed, if anybody has."""

    booking: Booking
    reference: str
    venue: Venue
    institution: str
    interpreter: str | None

    @property
    def over(self) -> bool:
        return State(self.booking.state) in OVER

    @property
    def sought(self) -> bool:
        return State(self.booking.state) in SEEKING

    @property
    def agreed(self) -> bool:
        return State(self.booking.state) in AGREED

    def when(self, wording: Wording) -> str:
        """Its beginning by the clocks of its place."""
        return civil_text(wording, self.booking.starts_at, self.booking.zone)

    def until(self) -> str:
        return clock_text(self.booking.ends_at, self.booking.zone)

    def day(self, wording: Wording) -> str:
        return format_date(_local(self.booking.starts_at, self.booking.zone), "EEEE d MMMM y", locale=wording.locale)

    def begins(self) -> str:
        return clock_text(self.booking.starts_at, self.booking.zone)

    @property
    def place(self) -> str:
        return place_of(self.booking.zone)


def civil_text(wording: Wording, moment: int, zone: str) -> str:
    """A moment in a place, in the reader's language: "Mon 1 Feb 2027, 10:00"."""
    return format_datetime(_local(moment, zone), "EEE d MMM y, HH:mm", locale=wording.locale)


def clock_text(moment: int, zone: str) -> str:
    return f"{_local(moment, zone):%H:%M}"


def shown(tx: Tx, house: House, booked: Iterable[Booking]) -> list[Shown]:
    """Opened for a page; names are looked up once."""
    names: dict[str, str] = {}
    aliases: dict[str | None, str | None] = {None: None}
    found = []
    for one in booked:
        if one.institution_id not in names:
            names[one.institution_id] = institutions.get(tx, one.institution_id).name
        if one.worker_id not in aliases:
            known = interpreters.find(tx, one.worker_id or "")
            aliases[one.worker_id] = known.alias if known is not None else None
        reference = house.vault.open(one.reference_enc)
        found.append(Shown(one, reference, venue_of(house, one), names[one.institution_id], aliases[one.worker_id]))
    return found


def typed(one: Shown) -> dict[str, str]:
    """A booking as the form would hold it."""
    booking, venue = one.booking, one.venue
    yes = {True: "on", False: ""}
    ends = _ends(booking.clock, booking.minutes)
    return {
        "reference": one.reference,
        "language": booking.language,
        "dialect": booking.dialect or "",
        "day": booking.day,
        "begins": booking.clock,
        "ends": ends,
        "minutes": "" if ends else str(booking.minutes),
        "zone": booking.zone,
        "mode": booking.mode,
        "province": booking.province or "",
        "district": booking.district or "",
        "venue": venue.venue,
        "room": venue.room,
        "ask_for": venue.ask_for,
        "phone": venue.phone,
        "link": venue.link,
        "notes": venue.notes,
        "technique": booking.technique,
        "hearing": booking.hearing,
        "person_role": booking.person_role,
        "gender": booking.gender_wish or "",
        "gender_required": yes[booking.gender_required],
        "child_friendly": yes[booking.child_friendly],
        "certified": yes[booking.certified],
        "girls": str(booking.girls or ""),
        "boys": str(booking.boys or ""),
    }


def _ends(begins: str, minutes: int) -> str:
    """When it ends by the clock; nothing when that is another day, and only the length says it."""
    at = int(begins[:2]) * 60 + int(begins[3:]) + minutes
    return f"{at // 60:02}:{at % 60:02}" if at < 24 * 60 else ""


FIELDS = (
    "reference", "language", "dialect", "day", "begins", "ends", "minutes", "zone", "mode", "province", "district",
    "venue", "room", "ask_for", "phone", "link", "notes", "technique", "hearing", "person_role", "gender",
    "gender_required", "child_friendly", "certified", "girls", "boys",
)  # fmt: skip
"""Of the form."""


def form_of(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed, every field of it."""
    return {name: form.get(name, "") for name in FIELDS}


def moment_of(day: str, clock: str, zone: str) -> int:
    """A moment that a person wrote down about the past. Raises `Invalid` ("times_wrong")."""
    try:
        local = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=zone_of(zone))
    except ValueError:
        raise Invalid("times_wrong", "It cannot have taken place at these times.") from None
    return int(local.timestamp()) * SECOND


def _local(moment: int, zone: str) -> datetime:
    return datetime.fromtimestamp(moment // SECOND, UTC).astimezone(zone_of(zone))


def month_of(moment: int, zone: str) -> str:
    """The month of a moment in a place, as year-month."""
    return f"{_local(moment, zone):%Y-%m}"


def span_of_month(month: str, zone: str) -> tuple[int, int]:
    """From when until when a month is, in a place (µs UTC). Raises `Invalid` ("date_unreadable")."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone_of(zone))
        after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    except ValueError:
        raise Invalid("date_unreadable", "Write a month as year and month.") from None
    return int(first.timestamp()) * SECOND, int(after.timestamp()) * SECOND
