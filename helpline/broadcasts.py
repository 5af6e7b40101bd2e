"""A short message to everyone who works here. Units of work."""

from dataclasses import dataclass

from helpline.clock import HOUR
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.store import audit, broadcasts
from helpline.store.broadcasts import Broadcast
from helpline.store.db import Tx

LONGEST = 300
"""Characters: it stands above everything else on every page."""

HOURS_MOST = 24


@dataclass(frozen=True, slots=True)
class Told:
    """A message in clear. Times in µs UTC."""

    id: str
    body: str
    by: str | None
    at: int
    until: int


def tell_everyone(tx: Tx, house: House, by: str, body: str, hours: int) -> str:
    """Raises `Invalid` ("text_empty", "broadcast_too_long", "hours_wrong")."""
    body = " ".join(body.split())
    if not body:
        raise Invalid("text_empty", "Write something first.")
    if len(body) > LONGEST:
        raise Invalid("broadcast_too_long", f"At most {LONGEST} characters.")
    if not 1 <= hours <= HOURS_MOST:
        raise Invalid("hours_wrong", "Choose for how long.")
    id = broadcasts.add(tx, house.vault.seal(body), by, tx.now + hours * HOUR)
    audit.add(tx, by, "everyone_told", subject_id=id, detail={"hours": hours})
    return id


def end(tx: Tx, id: str, by: str) -> None:
    """Take it off every page. Raises `Conflict` ("broadcast_over")."""
    if not broadcasts.end(tx, id, by):
        raise Conflict("broadcast_over", "This message is over already.")
    audit.add(tx, by, "broadcast_ended", subject_id=id)


def put_away(tx: Tx, id: str, worker_id: str) -> None:
    """This person has read it, and sees it no more. One that is over is away already."""
    if broadcasts.put_away(tx, id, worker_id):
        audit.add(tx, worker_id, "broadcast_read", subject_id=id)


def told_to(tx: Tx, house: House, worker_id: str) -> tuple[Told, ...]:
    """What this person is to see now."""
    return tuple(_told(house, one) for one in broadcasts.for_worker(tx, worker_id))


def all_told(tx: Tx, house: House) -> tuple[Told, ...]:
    """Everything that is not over."""
    return tuple(_told(house, one) for one in broadcasts.not_over(tx))


def _told(house: House, one: Broadcast) -> Told:
    return Told(one.id, house.vault.open(one.body_enc), one.set_alias, one.set_at, one.until)
