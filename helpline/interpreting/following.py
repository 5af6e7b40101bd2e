"""What becomes of the conversations of institutions, told to the request or the booking that each belongs to."""

from helpline.contacts.lifecycle import State
from helpline.house import House
from helpline.interpreting import booking_days, conversing
from helpline.store import bookings, contacts, deadlines, legs, requests
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.requests import Request
from helpline.voice import room as rooms
from helpline.voice.service import happen


def follow(tx: Tx, house: House, contact: Contact, what: str, worker_id: str | None, why: str | None) -> None:
    """`helpline.house.Follower`: tells the request or the booking that a conversation belongs to."""
    if contact.kind != conversing.KIND:
        return
    request = requests.of_contact(tx, contact.id)
    if request is not None:
        _follow_request(tx, house, request, contact, what)
        return
    booking = bookings.of_contact(tx, contact.id)
    if booking is None:
        return
    if what == "met":
        booking_days.spoke(tx, house, booking.id)
    elif what == "closed" and contact.connected_at is not None:
        booking_days.finished(tx, house, booking.id)
    elif what == "closed" and contact.outcome == "unreached":
        booking_days.missed(tx, house, booking, "requester", "system")
    elif what == "lost" and contact.connected_at is None and why != "unreached":
        deadlines.add(tx, "booked_lost", contact.id, tx.now)


def _follow_request(tx: Tx, house: House, request: Request, contact: Contact, what: str) -> None:
    tx.hint("request", request.id)
    if what == "met" and request.guest_enc is not None and contact.resumed is False:
        deadlines.add(tx, "guest_due", contact.id, tx.now)
    if what == "closed":
        served = contact.connected_at is not None
        outcome = "served" if served else contact.outcome if contact.outcome == "unreached" else "nobody_came"
        requests.change(tx, request, outcome=outcome, done_at=tx.now)


def guest_due(tx: Tx, house: House, contact_id: str) -> None:
    """Timer: officer and interpreter are together, and the second party is called."""
    request, contact = requests.of_contact(tx, contact_id), contacts.get(tx, contact_id)
    if request is None or request.guest_enc is None or contact.state != State.CONNECTED:
        return
    if not any(leg.role == "guest" for leg in legs.of_contact(tx, contact_id)):
        conversing.dial_in(tx, contact_id, request.guest_enc, "system")


def booked_lost(tx: Tx, house: House, contact_id: str) -> None:
    """Timer: the booked interpreter could not be reached at the hour. The booking seeks another; this call is over."""
    contact = contacts.get_for_change(tx, contact_id)
    booking = bookings.of_contact(tx, contact_id)
    if booking is None or contact.connected_at is not None or contact.state != State.WAITING:
        return
    happen(tx, house, contact, rooms.Stopped(), "system")
    booking_days.missed(tx, house, booking, "interpreter", "system")
