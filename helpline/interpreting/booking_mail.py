"""What the officer and the interpreter of a booking are written, with its calendar entry. No child is named in it."""

import json
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from helpline.clock import SECOND
from helpline.house import House
from helpline.interpreting import ical
from helpline.interpreting.asked import Venue
from helpline.interpreting.booking_lifecycle import State
from helpline.interpreting.civil import said
from helpline.notices import Notice, send
from helpline.store import bookings, institutions, interpreters, officers, roster
from helpline.store.bookings import Booking
from helpline.store.db import Tx

PURPOSE = "booking_mail"
"""Texts to either side."""

LETTERS = {"officer": "booking_officer", "interpreter": "booking_interpreter"}
"""Emails by side: one that does not arrive is followed by a text."""

ARRIVAL = "booking_arrival"
"""The last reminder to an interpreter, which holds a code."""

MODES = {"in_person": "in person", "phone": "by telephone", "video": "by video"}


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two, as they can be written to; None where we have nothing of theirs."""

    side: str  # officer | interpreter
    name: str
    email: str | None
    number: str | None
    zone: str | None


def interpreter(tx: Tx, house: House, worker_id: str) -> Party:
    found = interpreters.find(tx, worker_id)
    assert found is not None, "a foreign key holds it"
    vault = house.vault
    email = vault.open(found.email_enc) if found.email_enc else None
    number = vault.open(found.reach_enc) if found.reach_enc and found.reach_kind == "phone" else None
    return Party("interpreter", found.alias, email, number, found.timezone)


def officer(tx: Tx, house: House, booking: Booking) -> Party | None:
    """Who booked it, unless nobody did or they have left."""
    found = officers.find(tx, booking.officer_id) if booking.officer_id else None
    if found is None or found.disabled:
        return None
    vault = house.vault
    email = vault.open(found.email_enc) if found.email_enc else None
    number = vault.open(found.phone_enc) if found.phone_enc else None
    return Party("officer", found.alias, email, number, None)


def confirmed(tx: Tx, house: House, booking: Booking, changed: bool = False) -> Booking:
    """Both are told, with the entry for their calendars. The booking after it: its sequence has grown."""
    booking = _next_sequence(tx, booking)
    word = "has changed" if changed else "is confirmed"
    for party in _both(tx, house, booking):
        _letter(tx, house, booking, party, f"A booking {word}", f"This booking {word}.", "REQUEST")
    return booking


def called_off(tx: Tx, house: House, booking: Booking, worker_id: str | None, why: str, officer_too: bool) -> Booking:
    """The entry leaves the calendar of the interpreter, and of the officer where the whole booking is over."""
    booking = _next_sequence(tx, booking)
    parties = [interpreter(tx, house, worker_id)] if worker_id else []
    theirs = officer(tx, house, booking) if officer_too else None
    for party in [*parties, *([theirs] if theirs else [])]:
        _letter(tx, house, booking, party, "A booking is called off", why, "CANCEL")
    return booking


def tell_officer(tx: Tx, house: House, booking: Booking, title: str, text: str) -> None:
    """How it stands, without a calendar entry."""
    party = officer(tx, house, booking)
    if party is not None:
        _letter(tx, house, booking, party, title, text, None)


def remind(tx: Tx, house: House, booking: Booking, code: str | None) -> None:
    """Both. The interpreter by text where there is a number, with ``code``, by which they say "I am here"; the officer
    by email where there is an address.
    """
    for party in _both(tx, house, booking):
        text = _reminder(house, booking, party)
        if party.number is None or (party.side == "officer" and party.email is not None):
            _letter(tx, house, booking, party, "A booking is near", text, None)
        elif party.side == "interpreter" and code is not None and booking.mode == "in_person":
            good_for = max(60, (booking.ends_at - tx.now) // SECOND)
            body = f"{text} When you are there, reply HERE {code}."
            notice = Notice(ARRIVAL, booking.id, "sms", party.number, body=body, reply_code=code, good_for_s=good_for)
            send(tx, house, notice)
        else:
            send(tx, house, Notice(PURPOSE, booking.id, "sms", party.number, body=text))


def _reminder(house: House, booking: Booking, party: Party) -> str:
    where = venue_of(house, booking).venue[:120] if booking.mode == "in_person" else MODES[booking.mode]
    when = said(booking.starts_at, booking.zone, party.zone)
    return f"Reminder: interpreting {_language(house, booking)}, {when}, {where}."


def letter_failed(tx: Tx, house: House, booking: Booking, side: str) -> bool:
    """A letter to this side did not arrive: the gist goes by text. False where nobody can be told."""
    if side == "interpreter":
        party = interpreter(tx, house, booking.worker_id) if booking.worker_id is not None else None
    else:
        party = officer(tx, house, booking)
    if party is None or party.number is None:
        return False
    title = "A booking is called off" if booking.state == State.CANCELLED else "A booking"
    body = f"{title}: {told_of(house, booking, party.zone)}."
    send(tx, house, Notice(PURPOSE, booking.id, "sms", party.number, body=body))
    return True


def alarm_coordinators(tx: Tx, house: House, booking: Booking, text: str) -> None:
    """By text, to everyone who coordinates and has a telephone. The alarm itself stands in the console."""
    for person in roster.everyone(tx):
        if "coordinator" not in person.roles or person.disabled:
            continue
        found = interpreters.find(tx, person.id)
        if found is not None and found.reach_enc and found.reach_kind == "phone":
            number = house.vault.open(found.reach_enc)
            send(tx, house, Notice(PURPOSE, booking.id, "sms", number, body=text))


def told_of(house: House, booking: Booking, zone: str | None) -> str:
    """The booking in a line, for a text: nothing of the case."""
    when = said(booking.starts_at, booking.zone, zone)
    length = (
        f"{booking.minutes // 60} h {booking.minutes % 60:02d}" if booking.minutes >= 60 else f"{booking.minutes} min"
    )
    return f"{_language(house, booking)}, {when}, {length}, {MODES[booking.mode]}"


def _both(tx: Tx, house: House, booking: Booking) -> list[Party]:
    parties = [officer(tx, house, booking)]
    if booking.worker_id is not None:
        parties.append(interpreter(tx, house, booking.worker_id))
    return [party for party in parties if party is not None]


def _next_sequence(tx: Tx, booking: Booking) -> Booking:
    sequence = booking.calendar_sequence + 1
    return replace(
        booking, calendar_sequence=sequence, version=bookings.change(tx, booking, {"calendar_sequence": sequence})
    )


def _letter(tx: Tx, house: House, booking: Booking, party: Party, title: str, text: str, method: str | None) -> None:
    """By email; where there is none, and it is no mere calendar matter, by text."""
    if party.email is None:
        if party.number is not None:
            body = f"{title}: {told_of(house, booking, party.zone)}."
            send(tx, house, Notice(PURPOSE, booking.id, "sms", party.number, body=body))
        return
    body = f"{text}\n\n{_described(tx, house, booking, party)}\n"
    calendar = None
    if method is not None:
        write = ical.cancellation if method == "CANCEL" else ical.invitation
        calendar = write(_entry(tx, house, booking, party))
    notice = Notice(LETTERS[party.side], booking.id, "email", party.email, subject=title, body=body, calendar=calendar,
                    calendar_method=method or "REQUEST")  # fmt: skip
    send(tx, house, notice)


def _described(tx: Tx, house: House, booking: Booking, party: Party) -> str:
    """Line by line what both need to know. The case stands as the institution's own reference only."""
    place, institution = venue_of(house, booking), institutions.get(tx, booking.institution_id)
    lines = [
        f"Language: {_language(house, booking)}{f' ({booking.dialect})' if booking.dialect else ''}",
        f"When: {said(booking.starts_at, booking.zone, party.zone)}, {booking.minutes} minutes",
        f"How: {MODES[booking.mode]}, {booking.technique}",
        f"For: {institution.name}",
        f"Reference: {house.vault.open(booking.reference_enc)}",
    ]
    for label, value in (
        ("Where", place.venue),
        ("Room", place.room),
        ("Ask for", place.ask_for),
        ("Link", place.link),
    ):
        if value:
            lines.append(f"{label}: {value}")
    if party.side == "interpreter" and place.notes:
        lines.append(f"Notes: {place.notes}")
    if booking.mode != "in_person":
        lines.append("You will be called at the hour.")
    page = "/requests/bookings" if party.side == "officer" else "/console/bookings"
    lines.append(f"{house.public_url}{page}/{booking.id}")
    return "\n".join(lines)


def _entry(tx: Tx, house: House, booking: Booking, party: Party) -> ical.Entry:
    place, institution = venue_of(house, booking), institutions.get(tx, booking.institution_id)
    where = ", ".join(part for part in (place.venue, place.room) if part) if booking.mode == "in_person" else ""
    return ical.Entry(
        uid=booking.calendar_uid,
        sequence=booking.calendar_sequence,
        written_at=tx.now,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=booking.zone,
        summary=f"Interpreting {_language(house, booking)}",
        place=where or MODES[booking.mode],
        description=f"{institution.name}, {booking.technique}",
        organizer=house.mail_from or f"helpline@{urlsplit(house.public_url).hostname or 'localhost'}",
        attendee=party.email or "",
    )


def _language(house: House, booking: Booking) -> str:
    known = house.directory.languages.get(booking.language)
    return known.name if known is not None else booking.language


def venue_of(house: House, booking: Booking) -> Venue:
    """Where it is, opened."""
    return Venue(**json.loads(house.vault.open(booking.place_enc)))
