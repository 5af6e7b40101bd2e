"""A conversation of three by text: what the child writes is rendered for the counsellor, and back.

Each rendering is tied to its original, and both are kept. Nothing that the two adults write to each other reaches the
child: only an interpreter's rendering of what the counsellor wrote for the child does.
"""

from helpline.contacts import seats
from helpline.contacts.lifecycle import State
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.store import assignments, contacts, threads
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.threads import Text
from helpline.threads import sending
from helpline.threads.arrivals import watch_silence


def write_for_child(
    tx: Tx, house: House, contact_id: str, worker_id: str, body: str, client_key: str | None = None
) -> Text:
    """The counsellor writes what the interpreter is to say to the child; the child gets the rendering alone.

    Raises `Refused` ("not_yours"), `Conflict` ("contact_changed", "no_interpreter"), and as `sending.worth_sending`.
    """
    contact = _open(tx, contact_id)
    mine = assignments.held_by(tx, contact_id, worker_id)
    if mine is None or mine.role == "interpreter":
        raise Refused("not_yours", "This contact is not with you (any more).")
    if seats.seat(tx, contact_id, seats.INTERPRETER) is None:
        raise Conflict("no_interpreter", "There is no interpreter now. Your words are still here.")
    return sending.whisper(tx, house, contact, worker_id, body, client_key, for_child=True)


def render(
    tx: Tx, house: House, contact_id: str, worker_id: str, seq: int, body: str, client_key: str | None = None
) -> Text:
    """The interpreter's rendering of the text with this number: of the child's words for the counsellor, which may be
    written again, better; or of the counsellor's for the child, which goes out once.

    Raises `Refused` ("not_yours"), `Invalid` ("text_unknown", "nothing_to_render"), `Conflict` ("contact_changed",
    "rendered_already"), and as `sending.adult_writes` does.
    """
    contact = _open(tx, contact_id)
    mine = assignments.held_by(tx, contact_id, worker_id)
    if mine is None or mine.role != "interpreter" or mine.state != "connected":
        raise Refused("not_yours", "This contact is not with you (any more).")
    original = threads.numbered(tx, contact_id, seq)
    if original.author == "child":
        return sending.whisper(tx, house, contact, worker_id, body, client_key, renders=seq)
    if not original.for_child:
        raise Invalid("nothing_to_render", "This text needs no rendering.")
    before = None if client_key is None else threads.said(tx, contact_id, client_key)
    if before is not None:
        return before
    if seq not in threads.unrendered(tx, contact_id):
        raise Conflict("rendered_already", "This has been rendered and sent to the child.")
    text = sending.adult_writes(tx, house, contact, worker_id, body, client_key, renders=seq)
    watch_silence(tx, house, contact)
    return text


def _open(tx: Tx, contact_id: str) -> Contact:
    contact = contacts.get_for_change(tx, contact_id)
    if contact.channel == "voice" or contact.state != State.CONNECTED:
        raise Conflict("contact_changed", "This conversation has moved on. Look again.")
    return contact
