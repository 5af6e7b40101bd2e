"""Break-glass: a supervisor sees a caller's number for some minutes, to save a life. Another person is told at once."""

from dataclasses import dataclass

from helpline.clock import MINUTE, SECOND
from helpline.contacts import moves
from helpline.contacts.arrival import new_contact
from helpline.contacts.lifecycle import State
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.protection import starting
from helpline.store import audit, contacts, reveals
from helpline.store.contacts import Contact
from helpline.store.db import Tx

TWICE = 5 * SECOND
"""Within so long (µs) it is a button that was pressed twice."""

REASON_MAX = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Number:
    """In clear, until then (µs)."""

    number: str
    until: int


def reveal(tx: Tx, house: House, contact_id: str, by: str, reason: str) -> None:
    """From now on and for some minutes this person sees the number of this contact.

    Raises `Invalid` ("reason_missing"), or `Refused` ("number_unknown") for a withheld number or a web chat.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise Invalid("reason_missing", f"Give a reason of at most {REASON_MAX} characters.")
    contact = _with_number(tx, contact_id)
    until = tx.now + house.directory.concerns.reveal_minutes * MINUTE
    if (reveals.until(tx, contact_id, by) or 0) > until - TWICE:
        return
    id = reveals.add(tx, contact_id, by, house.vault.seal(reason), until)
    audit.add(tx, by, "number_revealed", contact_id, id)
    about = {"line": contact.line, "contact_id": contact_id, "worker_id": by}
    starting.alarm(tx, house, "number_revealed", f"number_revealed:{id}", **about)


def seen(tx: Tx, house: House, contact_id: str, by: str) -> Number | None:
    """The number, for who has revealed it, as long as that holds; each look is written down."""
    until = reveals.until(tx, contact_id, by)
    contact = contacts.get(tx, contact_id)
    if until is None or contact.caller_enc is None:
        return None
    audit.add(tx, by, "number_seen", contact_id)
    return Number(house.vault.open(contact.caller_enc), until)


def call_back(tx: Tx, house: House, contact_id: str, by: str) -> str:
    """Call the number that was revealed: a call-back that is offered to this person, and to nobody else.

    Raises `Refused` ("reveal_over") after its time, and `Conflict` ("called_back_already").
    """
    if reveals.until(tx, contact_id, by) is None:
        raise Refused("reveal_over", "The number is hidden again. Reveal it anew.")
    contact = _with_number(tx, contact_id)
    if reveals.called_back(tx, contact_id):
        raise Conflict("called_back_already", "A call-back of this contact is under way.")
    made = new_contact(
        tx,
        house,
        contact.line,
        kind="callback",
        state=State.WAITING.value,
        queued_at=tx.now,
        language=contact.language,
        language_known_at=contact.language_known_at,
        caller_hash=contact.caller_hash,
        caller_enc=contact.caller_enc,
        resumes_id=contact.id,
        danger=True,
        only_worker=by,
    )
    audit.add(tx, by, "called_back", contact_id, made.id)
    moves.watch_danger(tx, house, made)
    return made.id


def _with_number(tx: Tx, contact_id: str) -> Contact:
    contact = contacts.get(tx, contact_id)
    if contact.caller_enc is None:
        raise Refused("number_unknown", "This contact has no number.")
    return contact
