"""Blocks of a number, set by a supervisor with a reason: short, over by themselves, and never deaf to danger.

A blocked caller hears what a caller hears out of hours: the key for danger works, and a message can be left. What a
blocked number writes is kept, and reaches a person when the block is over or lifted, or at once when it says danger.
"""

from helpline.clock import HOUR
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.store import audit, blocks, contacts, deadlines, records
from helpline.store.db import Tx
from helpline.threads.arrivals import no_longer_blocked

HOURS_MOST = 24
REASON_MAX = 500
"""Characters of a reason."""


def set_block(tx: Tx, house: House, contact_id: str, by: str, hours: int, reason: str) -> str:
    """Block the number from which this contact came, on its line.

    Raises `Invalid` ("hours_wrong", "reason_missing"), `Refused` ("number_unknown" for a withheld number or a chat,
    "never_for_silence"), or `Conflict` ("blocked_already").
    """
    contact = contacts.get_for_change(tx, contact_id)
    if contact.caller_hash is None:
        raise Refused("number_unknown", "This contact has no number: there is nothing to block.")
    if contact.cannot_speak or _was_silent(tx, contact_id):
        raise Refused("never_for_silence", "A silent call is never a reason for a block.")
    if not 1 <= hours <= HOURS_MOST:
        raise Invalid("hours_wrong", f"From 1 to {HOURS_MOST} hours.")
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise Invalid("reason_missing", f"Give a reason of at most {REASON_MAX} characters.")
    if blocks.blocked_until(tx, contact.line, contact.caller_hash) is not None:
        raise Conflict("blocked_already", "This number is blocked already.")
    until = tx.now + hours * HOUR
    id = blocks.add(tx, contact.line, contact.caller_hash, contact.id, house.vault.seal(reason), by, until)
    deadlines.add(tx, "block_over", id, until)
    audit.add(tx, by, "number_blocked", contact.id, id, {"hours": hours})
    return id


def _was_silent(tx: Tx, contact_id: str) -> bool:
    written = records.get(tx, contact_id)
    return written is not None and written.contact_type == "silent"


def lift_block(tx: Tx, house: House, block_id: str, by: str) -> None:
    """Raises `Invalid` ("block_unknown"), or `Conflict` ("block_over") for one that holds no more."""
    blocks.caller_of(tx, block_id)
    if not blocks.lift(tx, block_id, by):
        raise Conflict("block_over", "This block is over already.")
    deadlines.clear(tx, block_id)
    audit.add(tx, by, "block_lifted", subject_id=block_id)
    block_over(tx, house, block_id)


def block_over(tx: Tx, house: House, block_id: str) -> None:
    """Timer: what was written meanwhile goes to the floor."""
    line, caller_hash = blocks.caller_of(tx, block_id)
    for contact_id in blocks.kept_back(tx, line, caller_hash):
        no_longer_blocked(tx, house, contact_id)
