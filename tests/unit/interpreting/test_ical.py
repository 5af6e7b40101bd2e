"""Calendar entries, read back as a calendar reads them."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from icalendar import Calendar

from helpline.clock import SECOND
from helpline.interpreting.civil import Civil, ends_after
from helpline.interpreting.ical import Entry, cancellation, invitation


def an_entry(zone: str = "Africa/Lusaka", **changes: Any) -> Entry:
    begins = Civil(date(2027, 2, 1), time(10), zone).moment
    return Entry(**{
        "uid": "booking-1@helpline.example", "sequence": 1, "written_at": begins - 86_400 * SECOND, "starts_at": begins,
        "ends_at": ends_after(begins, 120), "zone": zone, "summary": "Interpreting Tigrinya",
        "place": "High Court; room 3, upstairs", "description": "consecutive",
        "organizer": "bookings@helpline.example", "attendee": "a@example.org", **changes,
    })  # fmt: skip


def event_of(file: bytes) -> Any:
    return Calendar.from_ical(file).walk("VEVENT")[0]


@pytest.mark.parametrize("zone", ["Africa/Lusaka", "Africa/Addis_Ababa", "Europe/Berlin"])
def test_an_entry_stands_in_its_own_zone_which_the_file_describes(zone: str) -> None:
    entry = an_entry(zone)
    calendar = Calendar.from_ical(invitation(entry))
    event = event_of(invitation(entry))
    assert event["dtstart"].params["tzid"] == zone and event["dtstart"].dt.hour == 10
    assert event["dtstart"].dt.astimezone(UTC) == datetime.fromtimestamp(entry.starts_at // SECOND, UTC)
    assert event["dtend"].dt.astimezone(UTC) == datetime.fromtimestamp(entry.ends_at // SECOND, UTC)
    assert [str(each["tzid"]) for each in calendar.walk("VTIMEZONE")] == [zone]


def test_a_change_and_a_cancellation_are_known_by_uid_and_a_higher_sequence() -> None:
    first, changed = invitation(an_entry()), invitation(an_entry(sequence=2))
    gone = cancellation(an_entry(sequence=3))
    assert {str(event_of(file)["uid"]) for file in (first, changed, gone)} == {"booking-1@helpline.example"}
    assert [int(event_of(file)["sequence"]) for file in (first, changed, gone)] == [1, 2, 3]
    methods = [str(Calendar.from_ical(file)["method"]) for file in (first, changed, gone)]
    assert methods == ["REQUEST", "REQUEST", "CANCEL"]
    assert [str(event_of(file)["status"]) for file in (first, gone)] == ["CONFIRMED", "CANCELLED"]


def test_a_request_names_who_sends_it_and_who_comes() -> None:
    event = event_of(invitation(an_entry()))
    assert str(event["organizer"]) == "mailto:bookings@helpline.example"
    assert str(event["attendee"]) == "mailto:a@example.org"


def test_what_people_wrote_cannot_become_another_line() -> None:
    event = event_of(invitation(an_entry(place="Court\r\nATTENDEE:mailto:x@example.org", description="a;b,c\\d")))
    assert str(event["attendee"]) == "mailto:a@example.org"
    assert str(event["description"]) == "a;b,c\\d" and "x@example.org" in str(event["location"])


def test_no_line_is_longer_than_calendars_take_whatever_the_script() -> None:
    file = invitation(an_entry(summary="ትግርኛ " * 40, place="محكمة " * 40))
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert str(event_of(file)["summary"]).count("ትግርኛ") == 40
