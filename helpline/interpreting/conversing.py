"""The telephone conversations of institutions: an officer and an interpreter, now or at the hour of a booking.

Each is a contact of the kind "request" on a line whose audience is institutions, so that everything that holds for a
child's call holds for it too. It seeks an interpreter and nobody else. Where the officer did not call us, the
interpreter's phone rings first, and then the officer's, who presses a key before they are joined.
"""

from typing import Any

from helpline.clock import SECOND
from helpline.contacts import moves
from helpline.contacts.arrival import new_contact
from helpline.contacts.lifecycle import Event, State
from helpline.errors import Conflict, Refused, Unavailable
from helpline.house import House
from helpline.interpreting.booking_mail import venue_of
from helpline.interpreting.institutions import telephone
from helpline.store import assignments, audit, contacts, deadlines, effects, legs, requests, workers
from helpline.store.bookings import Booking
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.legs import LegState
from helpline.store.requests import Request
from helpline.voice import room as rooms
from helpline.voice.service import happen

KIND = "request"


def institutions_line(house: House) -> str:
    """The line that institutions call. Raises `Unavailable` ("conversation_not_there") where there is none."""
    for line in house.directory.lines.values():
        if line.audience == "institutions":
            return line.id
    raise Unavailable("conversation_not_there", "No line of this helpline is for institutions.")


def start(tx: Tx, house: House, request: Request, *, preferred_worker: str | None = None) -> str:
    """A conversation of this request waits for an interpreter, who is called before the officer; gives its id."""
    assert request.call_to_enc is not None, "whoever called us is in the conversation already"
    language = request.languages.split()[0] if request.languages else None
    contact = _waiting(
        tx, house, request.line, language, request.call_to_enc, not_before=max(tx.now, request.not_before or 0),
        priority=priority_of(house, request.line, request.purpose), gender_wish=request.gender_wish,
        dialect=request.dialect, certified=request.certified, child_friendly=request.child_friendly,
        preferred_worker=preferred_worker,
    )  # fmt: skip
    requests.add_contact(tx, request.id, contact.id)
    if contact.not_before is not None and contact.not_before > tx.now:
        deadlines.add(tx, "callback_due", contact.id, contact.not_before)
    return contact.id


def start_booked(tx: Tx, house: House, booking: Booking) -> str:
    """Create the conversation of a booking by telephone or video whose hour has come; gives the contact's id.

    The interpreter is called whether on duty or not, then the institution. What becomes of it is told to
    `booking_days` by `following`. Raises `Unavailable` ("conversation_not_there") when it cannot be created: no line
    for institutions, no interpreter, no number.
    """
    line, number = institutions_line(house), telephone(house, venue_of(house, booking).phone)
    if booking.worker_id is None or not number:
        raise Unavailable("conversation_not_there", "No conversation can be created for this booking.")
    contact = _waiting(tx, house, line, booking.language, house.vault.seal(number), not_before=tx.now)
    contact = moves.move(tx, contact, Event.OFFERED, "system")
    id, until = tx.new_id(), tx.now + int(house.policies[line].connect_s * SECOND)
    workers.take_anyway(tx, booking.worker_id, "voice")
    assignments.add(tx, {
        "id": id, "contact_id": contact.id, "worker_id": booking.worker_id, "role": "interpreter",
        "state": "connecting", "contact_version": contact.version, "load_class": "voice", "stage": "named",
        "reasons_json": '{"stage": "booked"}', "offered_at": tx.now, "accepted_at": tx.now, "until": until,
        "language": booking.language, "relay": house.line(line).own_language,
    })  # fmt: skip
    deadlines.add(tx, "connect", id, until)
    contact = moves.move(tx, contact, Event.ACCEPTED, "system")
    happen(tx, house, contact, rooms.AdultAccepted(id), "system")
    tx.hint("worker", booking.worker_id)
    return contact.id


def _waiting(tx: Tx, house: House, line: str, language: str | None, number_enc: bytes, **more: Any) -> Contact:
    """A contact that waits for an interpreter, whose officer we are to call."""
    return new_contact(
        tx, house, line, kind=KIND, state=State.WAITING.value, language=language,
        language_known_at=tx.now if language else None, queued_at=tx.now, caller_enc=number_enc, **more,
    )  # fmt: skip


def priority_of(house: House, line: str, purpose: str) -> str:
    """A request's purpose, where the line's policy has a target for it."""
    policy = house.policies[line]
    return purpose if purpose in policy.targets_s else policy.default_priority


def dial_in(tx: Tx, contact_id: str, number_enc: bytes, by: str) -> str:
    """Call a second party into a conversation that goes on: a guardian, a detention officer. Gives the leg's id.

    They press a key first, as all do. Raises `Conflict` ("contact_changed", "guest_there").
    """
    contact = contacts.get_for_change(tx, contact_id)
    if contact.kind != KIND or contact.state != State.CONNECTED:
        raise Conflict("contact_changed", "You can add somebody once you are connected.")
    if any(leg.role == "guest" and leg.living for leg in legs.of_contact(tx, contact.id)):
        raise Conflict("guest_there", "Somebody has been added already.")
    leg_id = legs.add(tx, contact.id, "guest", LegState.DIALLING, reach_enc=number_enc)
    effects.add(tx, "call_adult", contact.id, leg_id)
    audit.add(tx, by, "guest_called", contact.id, leg_id)
    return leg_id


def end(tx: Tx, house: House, contact_id: str, by: str) -> None:
    """The institution ends its conversation, or does not want it any more. Done twice, the first counts.

    Raises `Refused` ("not_a_request") for a contact of the helpline.
    """
    contact = contacts.get_for_change(tx, contact_id)
    if contact.kind != KIND:
        raise Refused("not_a_request")
    if contact.state not in (State.CLOSED, State.WRAP_UP):
        event = rooms.Ended() if contact.state == State.CONNECTED else rooms.Stopped()
        happen(tx, house, contact, event, by)
