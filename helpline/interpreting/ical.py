"""A booking as a calendar entry (RFC 5545, sent by RFC 5546). Pure.

The entry stands in the booking's own zone, described within the file, so that it is right in every calendar. A change
and a cancellation carry the same UID and a higher SEQUENCE, which is how a calendar knows that it is the same.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from helpline.clock import SECOND

PRODUCT = "-//Helpline//Bookings//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """Times in µs UTC. ``organizer`` and ``attendee`` are mail addresses. No child is named in any of it."""

    uid: str
    sequence: int
    written_at: int
    starts_at: int
    ends_at: int
    zone: str
    summary: str
    place: str
    description: str
    organizer: str
    attendee: str


def invitation(entry: Entry) -> bytes:
    """METHOD:REQUEST, for a new entry and for every change of it."""
    return _calendar(entry, "REQUEST")


def cancellation(entry: Entry) -> bytes:
    """METHOD:CANCEL, which takes it out of the calendar."""
    return _calendar(entry, "CANCEL")


def _calendar(entry: Entry, method: str) -> bytes:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", datetime.fromtimestamp(entry.written_at // SECOND, UTC))
    zone = ZoneInfo(entry.zone)
    event.add("dtstart", datetime.fromtimestamp(entry.starts_at // SECOND, zone))
    event.add("dtend", datetime.fromtimestamp(entry.ends_at // SECOND, zone))
    event.add("summary", entry.summary)
    if entry.place:
        event.add("location", entry.place)
    if entry.description:
        event.add("description", entry.description)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "CONFIDENTIAL")
    event.add("organizer", vCalAddress(f"mailto:{entry.organizer}"))
    attendee = vCalAddress(f"mailto:{entry.attendee}")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    event.add("attendee", attendee)
    if method == "REQUEST":
        event.add_component(_alarm(entry.summary))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _alarm(said: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", said)
    alarm["trigger"] = vText("-PT2H")
    return alarm
