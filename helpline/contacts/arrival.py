"""A contact begins: what is known of whoever calls or writes, and the blank row."""

from typing import Any

from helpline import lines
from helpline.clock import DAY, SECOND
from helpline.contacts.callback import next_safe_time
from helpline.contacts.lifecycle import State
from helpline.house import House
from helpline.store import assignments, audit, contacts, deadlines
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from webhooks.events import Caller

_BLANK = {
    "channel": "voice", "kind": "call", "state": State.ARRIVING.value, "version": 0, "language": None,
    "language_known_at": None, "priority": "normal", "danger": False, "cannot_speak": False, "resumed": False,
    "moved_up": False, "gender_wish": None, "gender_required": False, "preferred_worker": None, "only_worker": None,
    "queued_at": None, "not_before": None, "safe_when": None, "connected_at": None, "left_at": None,
    "closed_at": None, "outcome": None, "ended_by": None, "stop_reason_enc": None, "caller_hash": None,
    "caller_enc": None, "resumes_id": None, "generation": 0, "asking": None, "attempts": 0, "wants": None,
    "wants_since": None, "dialect": None, "certified": False, "child_friendly": False,
}  # fmt: skip


def known_of_caller(tx: Tx, house: House, line: str, caller: Caller | None) -> dict[str, Any]:
    """What a number that is not withheld brings with it: its hash, and a contact that was cut off shortly before.

    Who was with a person goes on before others, to the same person if free; who waited keeps the place that it had.
    A withheld number brings nothing: it is nobody's, and never remembered or joined.
    """
    if caller is None:
        return {}
    hashed = house.vault.hash_number(caller.number)
    values: dict[str, Any] = {"caller_hash": hashed, "caller_enc": house.vault.seal(caller.number)}
    if house.line(line).audience == "institutions":
        return values  # an office's telephone is many people's: nothing is taken up from an earlier call
    since = tx.now - house.line(line).resume_within_s * SECOND
    before = contacts.cut_off(tx, hashed, line, since)
    if before is not None:
        values["danger"] = before.danger
    if before is not None and before.connected_at is None:
        values |= {"resumes_id": before.id, "resumed": before.resumed, "first_arrival": before.first_arrival}
        values["preferred_worker"] = before.preferred_worker
    elif before is not None:
        served = assignments.latest_connected(tx, before.id)
        values |= {"resumes_id": before.id, "resumed": True, "preferred_worker": served.worker_id if served else None}
    return values


def new_contact(tx: Tx, house: House, line: str, **values: Any) -> Contact:
    """A contact that arrives now, with a pseudonym and the date until which it is kept."""
    row = {
        **_BLANK, "id": tx.new_id(), "pseudonym": house.pseudonym(), "line": line, "state_since": tx.now,
        "first_arrival": tx.now, "keep_until": tx.now + house.line(line).keep_days * DAY, **values,
    }  # fmt: skip
    contacts.add(tx, row)
    if row["resumes_id"] is not None:
        assignments.carry_knows(tx, row["resumes_id"], row["id"])
    return Contact(**row)


def call_back_later(tx: Tx, house: House, contact: Contact, when: str) -> None:
    """A call-back waits as a contact of its own, until it is safe to call."""
    at = next_safe_time(house.line(contact.line), when, lines.closed_until(tx, contact.line))
    asked = new_contact(
        tx,
        house,
        contact.line,
        kind="callback",
        state=State.WAITING.value,
        language=contact.language,
        language_known_at=contact.language_known_at,
        cannot_speak=contact.cannot_speak,
        queued_at=tx.now,
        not_before=at,
        safe_when=when,
        caller_hash=contact.caller_hash,
        caller_enc=contact.caller_enc,
        gender_wish=contact.gender_wish,
    )
    assignments.carry_knows(tx, contact.id, asked.id)
    audit.add(tx, "child", "callback_asked", asked.id, contact.id, {"when": when})
    deadlines.add(tx, "callback_due", asked.id, at)
