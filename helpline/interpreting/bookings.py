"""What institutions do with bookings, and what each side does to its end of one. Units of work.

``by`` is the id of who acts: an officer, an interpreter or a coordinator; ``side`` says which. Everything that an
officer does names the institution as well, and touches nothing of another's.
"""

import json
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from helpline.clock import DAY
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.interpreting import booking_mail as mail
from helpline.interpreting import booking_offers as asking
from helpline.interpreting import qualified
from helpline.interpreting.asked import Asked, Venue, When
from helpline.interpreting.booking_lifecycle import SEEKING, Event, State
from helpline.interpreting.booking_moves import move, touch
from helpline.store import audit, bookings, busy
from helpline.store import booking_offers as offers
from helpline.store.bookings import Booking
from helpline.store.db import Tx
from helpline.store.institutions import Institution

REASON_MAX = 500
FEEDBACK_MAX = 2_000
AT_ONCE = 200  # bookings that are forgotten in one transaction
SIDES = ("officer", "interpreter", "coordinator")

_ASKED_ANEW = ("language", "dialect", "starts_at", "ends_at", "mode", "province", "district", "certified",
               "child_friendly", "gender_wish", "gender_required")  # fmt: skip
"""What an interpreter agreed to, or what chose them: with a change of it the calendar looks again."""


def book(tx: Tx, house: House, institution: Institution, officer_id: str | None, asked: Asked, by: str) -> str:
    """Write it down and ask the first interpreter. Gives the booking's id.

    Raises `Invalid` ("not_permitted_to_book") for an institution that may not book.
    """
    if "book" not in institution.may:
        raise Invalid("not_permitted_to_book", "Your institution has not been given bookings.")
    id = tx.new_id()
    host = urlsplit(house.public_url).hostname or "localhost"
    values = _columns(house, institution.id, asked)
    bookings.add(tx, {"id": id, "institution_id": institution.id, "officer_id": officer_id, "created_at": tx.now,
                      "state": State.REQUESTED.value, "state_since": tx.now, "calendar_uid": f"booking-{id}@{host}",
                      **values})  # fmt: skip
    audit.add(tx, by, "booking_requested", subject_id=id)
    asking.seek(tx, house, bookings.get_for_change(tx, id))
    return id


def _columns(house: House, institution_id: str, asked: Asked) -> dict[str, Any]:
    civil = asked.when.civil
    return {
        "reference_enc": house.vault.seal(asked.reference),
        "reference_hash": reference_hash(house, institution_id, asked.reference),
        "language": asked.language,
        "dialect": asked.dialect,
        **_times(asked.when),
        "zone": civil.zone,
        "mode": asked.mode,
        "province": asked.province,
        "district": asked.district,
        "place_enc": house.vault.seal(json.dumps(asdict(asked.venue))),
        "technique": asked.technique,
        "hearing": asked.hearing,
        "person_role": asked.person_role,
        "gender_wish": asked.gender,
        "gender_required": asked.gender_required,
        "child_friendly": asked.child_friendly,
        "certified": asked.certified,
        "girls": asked.girls,
        "boys": asked.boys,
    }


def _times(when: When) -> dict[str, Any]:
    return {
        "day": when.civil.day.isoformat(),
        "clock": f"{when.civil.clock:%H:%M}",
        "zone": when.civil.zone,
        "minutes": when.minutes,
        "starts_at": when.starts_at,
        "ends_at": when.ends_at,
    }


def reference_hash(house: House, institution_id: str, reference: str) -> str:
    """By which a case of an institution is known again, however its reference is spaced."""
    same = "".join(reference.split()).casefold()
    return house.vault.hash_word("booking reference", f"{institution_id}:{same}")


def of_institution(tx: Tx, booking_id: str, institution_id: str) -> Booking:
    """Raises `Invalid` ("booking_unknown"), also for a booking of another institution."""
    booking = bookings.get_for_change(tx, booking_id)
    if booking.institution_id != institution_id:
        raise Invalid("booking_unknown", "There is no such booking.")
    return booking


def change(tx: Tx, house: House, booking: Booking, version: int, asked: Asked, by: str) -> Booking:
    """Write the booking anew. An interpreter who still fits stays and is told; else another is asked.

    Raises `Conflict` ("booking_moved_on") when it has changed since the page was made, or is over.
    """
    _unchanged(booking, version)
    values = _columns(house, booking.institution_id, asked)
    changed = {name: value for name, value in values.items() if getattr(booking, name) != value}
    matters = bool(changed.keys() & set(_ASKED_ANEW))
    if State(booking.state) is State.CONFIRMED:
        return _change_agreed(tx, house, booking, values, matters, by)
    if State(booking.state) not in SEEKING:
        raise Conflict("booking_moved_on", "This booking is over or has begun.")
    if not matters:
        return touch(tx, house, booking, by, "booking_changed", **values)
    live = offers.live(tx, booking.id)
    if live is not None:
        asking.end_offer(tx, house, live, "withdrawn")
    booking = move(tx, house, booking, Event.CHANGED, by, round=booking.round + 1, **values)
    return asking.seek(tx, house, booking)


def _change_agreed(tx: Tx, house: House, booking: Booking, values: dict[str, Any], matters: bool, by: str) -> Booking:
    assert booking.worker_id is not None
    wanted = replace(booking, **values)
    if not matters or _keeps(tx, house, wanted):
        booking = touch(tx, house, booking, by, "booking_changed", **values)
        return mail.confirmed(tx, house, booking, changed=True)
    live = offers.live(tx, booking.id)
    if live is not None:
        asking.end_offer(tx, house, live, "unfit")
    busy.free(tx, booking.id)
    why = "The booking was changed to what you cannot take."
    booking = mail.called_off(tx, house, booking, booking.worker_id, why, officer_too=False)
    booking = move(tx, house, booking, Event.CHANGED, by, round=booking.round + 1, worker_id=None, confirmed_at=None,
                   arrived_at=None, **values)  # fmt: skip
    return asking.seek(tx, house, booking)


def _keeps(tx: Tx, house: House, wanted: Booking) -> bool:
    """Whether the interpreter who has agreed fits the booking as it is wanted now; their time is moved if so."""
    place = next((one for one in asking.places(tx, house, wanted) if one.worker_id == wanted.worker_id), None)
    if place is None or not place.fits:
        return False
    known = qualified.of(tx, [place.worker_id], date.fromisoformat(wanted.day)).get(place.worker_id)
    try:
        asking.take_time(tx, house, wanted, place.worker_id, known)
    except Conflict:  # of two changes at this instant the other was first
        return False
    return True


def adjourn(tx: Tx, house: House, booking: Booking, version: int, when: When, by: str) -> tuple[str, bool]:
    """To a new date, in one step: the new booking's id, and whether the same interpreter comes.

    What had begun is completed with the end that is now. One that had not is adjourned, and its calendar entries move.
    An interpreter who is free then, by the calendar and the working hours, is booked at once and may let go; else the
    search begins. Raises `Conflict` ("booking_moved_on").
    """
    _unchanged(booking, version)
    state = State(booking.state)
    entry = {"calendar_uid": booking.calendar_uid, "calendar_sequence": booking.calendar_sequence + 1}
    worker_id = booking.worker_id
    if state in (State.BEGUN, State.COMPLETED):
        entry = {}
        if state is State.BEGUN:
            complete(tx, house, booking, booking.begun_at or booking.starts_at, tx.now, by)
    else:
        live = offers.live(tx, booking.id)
        if live is not None:
            asking.end_offer(tx, house, live, "adjourned")
        busy.free(tx, booking.id)
        move(tx, house, booking, Event.ADJOURNED, by)
    id = _copy(tx, booking, when, entry)
    audit.add(tx, by, "booking_requested", subject_id=id, detail={"adjourned_from": booking.id})
    new = bookings.get_for_change(tx, id)
    return id, _with_the_same(tx, house, new, worker_id, by)


def _copy(tx: Tx, booking: Booking, when: When, entry: dict[str, Any]) -> str:
    id = tx.new_id()
    kept = {name: value for name, value in asdict(booking).items() if name not in _NOT_CARRIED_OVER}
    host = booking.calendar_uid.rpartition("@")[2]
    bookings.add(tx, {**kept, "id": id, "created_at": tx.now, "state": State.REQUESTED.value, "state_since": tx.now,
                      "adjourned_from": booking.id, "calendar_uid": f"booking-{id}@{host}", **entry,
                      **_times(when)})  # fmt: skip
    return id


_NOT_CARRIED_OVER = frozenset({
    "version", "worker_id", "confirmed_at", "round", "calendar_sequence", "contact_id", "arrived_at", "begun_at",
    "ended_at", "closed_at", "cancelled_by", "cancel_reason_enc",
})  # fmt: skip


def _with_the_same(tx: Tx, house: House, booking: Booking, worker_id: str | None, by: str) -> bool:
    place = next((one for one in asking.places(tx, house, booking) if one.worker_id == worker_id), None)
    if worker_id is not None and place is not None and place.fits:
        asking.put_in(tx, house, booking, place, by)
        return True
    asking.seek(tx, house, booking)
    return False


def cancel(tx: Tx, house: House, booking: Booking, side: str, by: str, reason: str) -> Booking:
    """By the institution (``side`` officer) or a coordinator. Everyone who was asked or had agreed is told.

    Raises `Conflict` ("booking_moved_on") for one that has begun or is over, `Invalid` ("reason_missing").
    """
    reason = _reason(reason)
    live = offers.live(tx, booking.id)
    if live is not None:
        asking.end_offer(tx, house, live, "cancelled")
    busy.free(tx, booking.id)
    values = {"cancelled_by": side, "cancel_reason_enc": house.vault.seal(reason)}
    agreed = booking.worker_id
    booking = move(tx, house, booking, Event.CANCELLED, by, **values)
    return mail.called_off(tx, house, booking, agreed, "This booking is cancelled.", officer_too=True)


def let_go(tx: Tx, house: House, booking_id: str, worker_id: str, reason: str) -> Booking:
    """The interpreter who had agreed cannot come. Another is sought at once, and the officer is told.

    Raises `Conflict` ("booking_moved_on") when it is not theirs any more.
    """
    reason = _reason(reason)
    booking = bookings.get_for_change(tx, booking_id)
    live = offers.live(tx, booking_id)
    if live is None or live.worker_id != worker_id or booking.state != State.CONFIRMED:
        raise Conflict("booking_moved_on", "This booking is not with you any more.")
    why = "You have let this booking go."
    return asking.replace_interpreter(tx, house, booking, live, "let_go", Event.LET_GO, worker_id, why, reason)


def take_off(tx: Tx, house: House, booking_id: str, by: str, reason: str) -> Booking:
    """A coordinator takes the interpreter off, and another is sought. Raises as `let_go` does."""
    reason = _reason(reason)
    booking = bookings.get_for_change(tx, booking_id)
    live = offers.live(tx, booking_id)
    if live is None or booking.state not in (State.CONFIRMED, State.OFFERING):
        raise Conflict("booking_moved_on", "Nobody has this booking now.")
    why = "Somebody else interprets."
    return asking.replace_interpreter(tx, house, booking, live, "taken_off", Event.LET_GO, by, why, reason)


def complete(tx: Tx, house: House, booking: Booking, begun_at: int, ended_at: int, by: str) -> Booking:
    """It took place, from when to when in truth (µs). Raises `Invalid` ("times_wrong")."""
    if not begun_at < ended_at <= tx.now or ended_at - begun_at > DAY:
        raise Invalid("times_wrong", "It cannot have taken place at these times.")
    return completed(tx, house, booking, begun_at, ended_at, by)


def completed(tx: Tx, house: House, booking: Booking, begun_at: int, ended_at: int, by: str) -> Booking:
    """As `complete`, of times that we saw ourselves."""
    live = offers.live(tx, booking.id)
    if live is not None:
        asking.end_offer(tx, house, live, "done")
    busy.free(tx, booking.id)
    return move(tx, house, booking, Event.COMPLETED, by, begun_at=begun_at, ended_at=ended_at)


def say_how_it_was(tx: Tx, house: House, booking: Booking, side: str, rating: int, said: str, by: str) -> None:
    """Feedback of one side. Raises `Invalid` ("rating_wrong", "too_long") or `Conflict` ("booking_not_over")."""
    if State(booking.state) not in (State.COMPLETED, State.NO_SHOW, State.UNFILLED):
        raise Conflict("booking_not_over", "Say how it was once it is over.")
    if not 1 <= rating <= 5:
        raise Invalid("rating_wrong", "Choose from 1 to 5.")
    if len(said) > FEEDBACK_MAX:
        raise Invalid("too_long", f"At most {FEEDBACK_MAX} characters.")
    sealed = house.vault.seal(said.strip()) if said.strip() else None
    bookings.put_feedback(tx, booking.id, side, rating, sealed, by)
    audit.add(tx, by, "booking_feedback", subject_id=booking.id)


def let_all_go(tx: Tx, house: House, worker_id: str, by: str) -> int:
    """Everything that this interpreter has agreed to or was asked for goes to others; gives how many."""
    gone = 0
    for offer in offers.open_of_worker(tx, worker_id):
        asking.offer_withdrawn(tx, house, offer, by)
        gone += 1
    for booking in bookings.agreed_of_worker(tx, worker_id):
        live = offers.live(tx, booking.id)
        if live is not None and booking.state == State.CONFIRMED:
            why = "Somebody else interprets."
            booking = bookings.get_for_change(tx, booking.id)
            asking.replace_interpreter(tx, house, booking, live, "taken_off", Event.LET_GO, by, why)
            gone += 1
    return gone


def forget(tx: Tx, house: House) -> int:
    """Take the words out of some bookings that were over long ago: case, place, reasons. Gives how many."""
    before = tx.now - house.directory.bookings.keep_days * DAY
    return bookings.erase(tx, before, house.vault.seal("–"), house.vault.seal(json.dumps(asdict(Venue()))), AT_ONCE)


def _unchanged(booking: Booking, version: int) -> None:
    if booking.version != version:
        raise Conflict("booking_moved_on", "This booking has changed in the meantime. Look again.")


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > REASON_MAX:
        raise Invalid("reason_missing", f"Give a reason of at most {REASON_MAX} characters.")
    return text
