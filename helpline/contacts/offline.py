"""Contacts that came by letter, by email or on foot, entered by hand."""

from dataclasses import dataclass

from helpline.clock import MINUTE
from helpline.contacts.arrival import new_contact
from helpline.contacts.lifecycle import State
from helpline.errors import Invalid
from helpline.house import House
from helpline.store import assignments, audit
from helpline.store.db import Tx

HOW = ("letter", "email", "visit")
"""How a contact came that no line brought."""

OUTCOME = "entered"

_FAST_CLOCK = 5 * MINUTE
"""A clock on a wall may be so much ahead of ours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known before the record is written. ``arrived_at`` µs UTC; ``language`` None when it is not known."""

    line: str
    how: str
    arrived_at: int
    language: str | None = None


def enter(tx: Tx, house: House, worker_id: str, entry: Entry) -> str:
    """The contact, closed from its beginning, with a record that this worker owes; returns its id.

    Nobody waits in it and nobody's capacity is held: the assignment that says who entered it has ended already.
    Raises `Invalid` ("line_unknown", "how_unknown", "language_unknown", "arrival_in_future").
    """
    if entry.line not in {line.id for line in house.for_children()}:
        raise Invalid("line_unknown", "Choose a line from the list.")
    if entry.how not in HOW:
        raise Invalid("how_unknown", "Say how the contact came.")
    if entry.language is not None and entry.language not in house.directory.languages:
        raise Invalid("language_unknown", "Choose a language from the list.")
    if entry.arrived_at > tx.now + _FAST_CLOCK:
        raise Invalid("arrival_in_future", "This time has not come yet.")
    contact = new_contact(
        tx,
        house,
        entry.line,
        channel="offline",
        kind=entry.how,
        state=State.CLOSED.value,
        first_arrival=min(entry.arrived_at, tx.now),
        language=entry.language,
        language_known_at=tx.now if entry.language else None,
        closed_at=tx.now,
        outcome=OUTCOME,
        ended_by="staff",
    )
    assignment = {
        "id": tx.new_id(), "contact_id": contact.id, "worker_id": worker_id, "role": "counsellor", "state": "ended",
        "contact_version": contact.version, "load_class": "text", "stage": "offline", "reasons_json": "{}",
        "offered_at": tx.now, "until": tx.now, "accepted_at": tx.now, "connected_at": tx.now, "ended_at": tx.now,
        "end": OUTCOME,
    }  # fmt: skip
    assignments.add(tx, assignment)
    audit.add(tx, worker_id, "contact_entered", contact.id, detail={"how": entry.how})
    tx.hint("record", contact.id)
    return contact.id
