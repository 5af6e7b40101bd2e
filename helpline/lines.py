"""Whether a line is open: by its hours, and by what a supervisor has decided. Units of work."""

from config.directory import Directory
from helpline.clock import DAY, HOUR
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.store import audit, closures
from helpline.store.db import Tx

REASON_MAX = 500
"""Characters of a reason."""

LONGEST = 30 * DAY
"""What is to be closed for longer belongs into the line's hours, or has an open end that somebody looks at."""


def is_open(tx: Tx, house: House, line_id: str) -> bool:
    """Whether people answer now, for calls, texts and chat alike. A closure is over by itself at its end."""
    return house.line(line_id).is_open(tx.now) and not closures.ends(tx, line_id)


def closed_until(tx: Tx, line_id: str) -> int:
    """When the closures that hold now are over (µs); now, when there are none or the end is open."""
    ends = closures.ends(tx, line_id)
    return max([tx.now, *(end for end in ends if end is not None)])


def close_line(tx: Tx, house: House, line_id: str, by: str, hours: int | None, reason: str) -> str:
    """Every call, text and chat gets the line's closed message from now on; the key for danger still works.

    ``hours`` is None for an open end. Raises `Invalid` ("line_unknown", "hours_wrong", "reason_missing") or
    `Conflict` ("line_closed").
    """
    if line_id not in house.directory.lines:
        raise Invalid("line_unknown")
    if hours is not None and not 1 <= hours <= LONGEST // HOUR:
        raise Invalid("hours_wrong", "Choose for how long.")
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise Invalid("reason_missing", f"Give a reason of at most {REASON_MAX} characters.")
    if closures.ends(tx, line_id):
        raise Conflict("line_closed", "This line is closed already.")
    until = None if hours is None else tx.now + hours * HOUR
    id = closures.add(tx, line_id, until, house.vault.seal(reason), by)
    audit.add(tx, by, "line_closed", subject_id=id, detail={"line": line_id, "hours": hours})
    return id


def open_line(tx: Tx, closure_id: str, by: str) -> None:
    """Lift a closure before its end. Raises `Conflict` ("line_open") for one that is over."""
    if not closures.lift(tx, closure_id, by):
        raise Conflict("line_open", "This line is open already.")
    audit.add(tx, by, "line_opened", subject_id=closure_id)


def line_at(directory: Directory, dialled: str) -> tuple[str, str] | None:
    """The line that answers at an address, and the address as it is configured."""
    line = directory.line_at(dialled)
    return None if line is None else (line.id, line.address_for(dialled) or "")
