"""A visit to the web chat: a conversation that is known by a token which only the child's page holds."""

from dataclasses import dataclass

from helpline import lines
from helpline.clock import SECOND
from helpline.contacts import moves
from helpline.contacts.arrival import new_contact
from helpline.contacts.lifecycle import Event, State
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.store import audit, contacts, deadlines, threads
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.threads import Thread
from helpline.threads.arrivals import child_wrote, reaches_a_person
from helpline.threads.script import go_on
from helpline.threads.sending import worth_sending
from helpline.threads.service import TextShown, texts_of
from ivr_scripts import texting


@dataclass(frozen=True, slots=True)
class VisitView:
    """What the child's page shows. ``state``: waiting, connected, silent or ended. ``waited_s``: seconds so far."""

    contact_id: str
    line: str
    state: str
    language: str | None
    danger: bool
    waited_s: int
    open: bool
    texts: list[TextShown]


_SHOWN_AS = {
    State.ARRIVING: "waiting",
    State.WAITING: "waiting",
    State.OFFERED: "waiting",
    State.CONNECTING: "waiting",
    State.CONNECTED: "connected",
    State.PARKED: "silent",
    State.WRAP_UP: "ended",
    State.CLOSED: "ended",
}


def begin_visit(tx: Tx, house: House, line_id: str, language: str | None, visit_hash: str) -> str:
    """A child opens the chat, with a language or without one. Returns the contact's id.

    Raises `Invalid` ("line_unknown", "language_unknown"). The same ``visit_hash`` again is the same visit.
    """
    if line_id not in house.text_scripts:
        raise Invalid("line_unknown")
    if language is not None and language not in house.directory.languages:
        raise Invalid("language_unknown")
    known = threads.of_visit(tx, visit_hash)
    if known is not None:
        return known.contact_id
    contact = new_contact(tx, house, line_id, channel="webchat")
    audit.add(tx, "child", "chat_began", contact.id)
    threads.add(tx, contact.id, visit_hash=visit_hash)
    go_on(tx, house, contact, texting.Chosen(language, lines.is_open(tx, house, line_id)))
    return contact.id


def _visit(tx: Tx, visit_hash: str) -> tuple[Contact, Thread]:
    thread = threads.of_visit(tx, visit_hash)
    if thread is None:
        raise Refused("visit_unknown", "This chat has ended.")
    return contacts.get_for_change(tx, thread.contact_id), thread


def child_says(tx: Tx, house: House, visit_hash: str, body: str, client_key: str | None) -> TextShown:
    """The child writes. The same ``client_key`` again gives the first text.

    Raises `Refused` ("visit_unknown"), `Invalid` ("text_empty", "text_too_long") or `Conflict` ("visit_ended").
    """
    contact, thread = _visit(tx, visit_hash)
    before = threads.said(tx, contact.id, client_key) if client_key else None
    if before is None:
        if contact.state == State.CLOSED:
            raise Conflict("visit_ended", "This chat has ended. You can begin another.")
        before = child_wrote(tx, house, contact, thread, worth_sending(body), client_key=client_key)
    return next(text for text in texts_of(tx, house, contact.id, before.seq - 1) if text.seq == before.seq)


def child_danger(tx: Tx, house: House, visit_hash: str) -> None:
    """One tap."""
    contact, _ = _visit(tx, visit_hash)
    if contact.state == State.CLOSED:
        raise Conflict("visit_ended", "This chat has ended. You can begin another.")
    if not contact.danger:
        contact = moves.touch(tx, contact, danger=True)
        audit.add(tx, "child", "danger_key", contact.id)
        moves.watch_danger(tx, house, contact)
        reaches_a_person(tx, house, contact)


def leave_visit(tx: Tx, house: House, visit_hash: str) -> None:
    """The child leaves the page: whoever was there is released. A visit that is not known has ended already."""
    thread = threads.of_visit(tx, visit_hash)
    if thread is None:
        return
    contact = contacts.get_for_change(tx, thread.contact_id)
    threads.change(tx, contact.id, visit_hash=None)
    if contact.state == State.CONNECTED:
        deadlines.clear(tx, contact.id)
        moves.begin_wrap_up(tx, house, contact, Event.CHILD_LEFT, "child", ended_by="child")
    elif contact.state not in (State.WRAP_UP, State.CLOSED):
        outcome = "abandoned" if contact.connected_at is None else "left"
        moves.close(tx, house, contact, Event.CHILD_LEFT, "child", outcome, "child_left")


def visit_view(tx: Tx, house: House, visit_hash: str, after: int = 0) -> VisitView:
    """What there is to see. Texts between adults are not among it. Raises `Refused` ("visit_unknown")."""
    thread = threads.of_visit(tx, visit_hash)
    if thread is None:
        raise Refused("visit_unknown", "This chat has ended.")
    contact = contacts.get(tx, thread.contact_id)
    texts = [text for text in texts_of(tx, house, contact.id, after) if text.audience == "all" and text.state != "held"]
    waited = (tx.now - (contact.queued_at or contact.first_arrival)) // SECOND
    return VisitView(contact.id, contact.line, _SHOWN_AS[State(contact.state)], contact.language, contact.danger,
                     waited, lines.is_open(tx, house, contact.line), texts)  # fmt: skip
