"""What people do in text conversations. Units of work; see `helpline.errors` for what they raise."""

from dataclasses import dataclass

from helpline.contacts import moves
from helpline.contacts.lifecycle import Event, State
from helpline.errors import Conflict, Refused
from helpline.house import House
from helpline.store import assignments, audit, contacts, deadlines, threads
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.threads import Text
from helpline.threads import rendering, sending
from helpline.threads.arrivals import watch_silence


@dataclass(frozen=True, slots=True)
class TextShown:
    """A text in clear, for those who may read it. Times in microseconds UTC."""

    id: str
    seq: int
    author: str
    worker_id: str | None
    audience: str
    body: str
    at: int
    state: str
    error: str | None
    cut: bool
    media: int
    renders: int | None = None  # the number of the text that this is the rendering of
    for_child: bool = False  # waits for an interpreter's rendering, or has one


def texts_of(tx: Tx, house: House, contact_id: str, after: int = 0) -> list[TextShown]:
    """The texts with a higher number than ``after``. Whoever calls this has seen to the permission and the audit."""
    return [_shown(house, text) for text in threads.since(tx, contact_id, after)]


def _shown(house: House, text: Text) -> TextShown:
    return TextShown(text.id, text.seq, text.author, text.worker_id, text.audience, house.vault.open(text.body_enc),
                     text.at, text.state, text.error, text.cut, text.media, text.renders, text.for_child)  # fmt: skip


def say(tx: Tx, house: House, contact_id: str, worker_id: str, body: str, client_key: str | None = None) -> TextShown:
    """The worker writes to the child. Raises `Refused` ("not_yours", "render_instead") and what
    `sending.adult_writes` raises.
    """
    contact, mine = _held_by(tx, contact_id, worker_id)
    if mine.role == "interpreter":
        raise Refused("render_instead", "An interpreter writes renderings: choose what you render.")
    if contact.state not in (State.CONNECTED, State.WRAP_UP):
        raise Conflict("contact_changed", "This conversation has moved on. Look again.")
    text = sending.adult_writes(tx, house, contact, worker_id, body, client_key)
    if contact.state == State.CONNECTED:
        watch_silence(tx, house, contact)
    return _shown(house, text)


def whisper(
    tx: Tx, house: House, contact_id: str, worker_id: str, body: str, client_key: str | None = None
) -> TextShown:
    """A note to the other adults of this conversation. Whoever calls this has seen to the permission."""
    contact = contacts.get_for_change(tx, contact_id)
    audit.add(tx, worker_id, "whispered", contact_id)
    return _shown(house, sending.whisper(tx, house, contact, worker_id, body, client_key))


def write_for_child(
    tx: Tx, house: House, contact_id: str, worker_id: str, body: str, client_key: str | None = None
) -> TextShown:
    """What an interpreter is to say to the child (`rendering.write_for_child`)."""
    return _shown(house, rendering.write_for_child(tx, house, contact_id, worker_id, body, client_key))


def render(
    tx: Tx, house: House, contact_id: str, worker_id: str, seq: int, body: str, client_key: str | None = None
) -> TextShown:
    """An interpreter's rendering (`rendering.render`)."""
    return _shown(house, rendering.render(tx, house, contact_id, worker_id, seq, body, client_key))


def put_down(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The worker puts an ordinary conversation down for something urgent: it goes back to the floor, in front."""
    contact, mine = _held_by(tx, contact_id, worker_id)
    if contact.state != State.CONNECTED or contact.danger:
        raise Conflict("cannot_put_down", "This conversation cannot be put down now.")
    assignments.refuse(tx, contact.id, worker_id, "handed_over")
    deadlines.clear(tx, contact.id)
    moves.lose(tx, house, contact, Event.HANDED_OVER, "put_down", worker_id, mine.id)


def _held_by(tx: Tx, contact_id: str, worker_id: str) -> tuple[Contact, Assignment]:
    """The contact, and this worker's part in it. One who is only asked does not have it yet."""
    contact = contacts.get_for_change(tx, contact_id)
    mine = assignments.held_by(tx, contact_id, worker_id)
    if mine is None:
        raise Refused("not_yours", "This contact is not with you (any more).")
    if mine.state == "offered" and contact.state == State.CONNECTED:
        raise Refused("not_yours", "Take the offer first.")
    return contact, mine
