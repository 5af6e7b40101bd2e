"""A text of the child becomes a stored fact, once, and goes to whoever has the contact or to the floor."""

from dataclasses import dataclass, replace
from typing import Any

from helpline import lines
from helpline.clock import MINUTE, SECOND
from helpline.contacts import moves
from helpline.contacts.alone import has_no_counsellor
from helpline.contacts.arrival import known_of_caller, new_contact
from helpline.contacts.lifecycle import Event, State
from helpline.contacts.seats import seek_interpreter_where_needed
from helpline.errors import Refused
from helpline.house import House
from helpline.interpreting import pins
from helpline.notices import replies
from helpline.protection import danger_words
from helpline.store import assignments, audit, blocks, callers, contacts, deadlines, deliveries, threads, workers
from helpline.store.contacts import Contact
from helpline.store.db import Store, Tx
from helpline.store.threads import Thread
from helpline.threads.outgoing import is_by_carrier
from helpline.threads.script import go_on
from helpline.traces import forget_text
from ivr_scripts import texting
from webhooks.events import TextArrived, TextState, TextStatus

SILENCE = "text_silence"
"""The deadline by which a conversation in which nobody writes is parked."""


@dataclass(frozen=True, slots=True)
class TextIntake:
    """`webhooks.ports.TextIntake` over the store."""

    store: Store
    house: House

    async def text_arrived(self, event: TextArrived) -> None:
        await self.store.write(lambda tx: text_arrived(tx, self.house, event))

    async def text_status(self, event: TextStatus) -> None:
        await self.store.write(lambda tx: text_status(tx, self.house, event))


def text_arrived(tx: Tx, house: House, event: TextArrived) -> None:
    """Twenty copies of one text at once are one text; two first texts at once are one contact.

    One to a line for institutions goes to the first line for children, whose number it may have been meant for; but
    what may be a PIN is not kept, and does nothing by text. Raises `Refused` ("line_without_texts") for
    another line whose script has none.
    """
    key = f"text:{event.message_id}"
    if deliveries.find(tx, key) is not None:
        return
    if replies.is_reply(tx, house, event):
        deliveries.add(tx, key, None)
        return
    if house.line(event.line).audience == "institutions":
        if pins.may_be_pin(event.body):
            deliveries.add(tx, key, None)
            forget_text(tx, None, event.message_id)
            return
        event = replace(event, line=next((line.id for line in house.for_children()), event.line))
    if event.line not in house.text_scripts:
        raise Refused("line_without_texts")
    contact, thread = _conversation(tx, house, event)
    deliveries.add(tx, key, contact.id)
    forget_text(tx, contact.id, event.message_id)
    child_wrote(tx, house, contact, thread, event.body, cut=event.cut, media=event.media)


def _conversation(tx: Tx, house: House, event: TextArrived) -> tuple[Contact, Thread]:
    """The open conversation of this number on this line, or a new one. A withheld number is nobody's: always new."""
    known = known_of_caller(tx, house, event.line, event.caller)
    open_key = f"{event.channel}:{event.line}:{known['caller_hash']}" if known else None
    thread = threads.open_one(tx, open_key) if open_key else None
    if thread is not None:
        contact = contacts.get_for_change(tx, thread.contact_id)
        return contact, threads.get(tx, contact.id)
    contact = new_contact(tx, house, event.line, channel=event.channel, **known)
    audit.add(tx, "child", "text_conversation_began", contact.id)
    threads.add(tx, contact.id, open_key=open_key, address=event.address)
    return contact, threads.get(tx, contact.id)


def child_wrote(
    tx: Tx, house: House, contact: Contact, thread: Thread, body: str, *, cut: bool = False, media: int = 0,
    client_key: str | None = None,
) -> threads.Text:  # fmt: skip
    """Keep the text, and let it do what it does in the state in which the contact is."""
    more: dict[str, Any] = {"cut": cut, "media": media, "client_key": client_key}
    text = threads.append(tx, thread, "child", house.vault.seal(body), "received", **more)
    contact = danger_words.look(tx, house, contact, text.id, body)
    stops = is_by_carrier(contact) and texting.stop_word(body)
    owed = thread.owed_since if thread.owed_since is not None or stops else tx.now
    threads.change(tx, contact.id, child_wrote_at=tx.now, owed_since=owed, stopped_at=tx.now if stops else None)
    blocked = not contact.danger and blocks.blocked_until(tx, contact.line, contact.caller_hash) is not None
    asleep = contact.state in (State.PARKED, State.WRAP_UP)
    listens = State(contact.state) in (State.ARRIVING, State.WAITING, State.OFFERED)
    if listens or thread.safe_asked_at is not None or (blocked and asleep):
        remembered = callers.language(tx, contact.caller_hash) if contact.caller_hash else None
        is_open = lines.is_open(tx, house, contact.line) and not blocked
        language = contact.language
        contact = go_on(tx, house, contact, texting.Wrote(body, remembered, is_open, media))
        if contact.state == State.OFFERED and contact.language != language:
            contact = _meets_another(tx, house, contact)
    elif media:
        contact = go_on(tx, house, contact, texting.Attached())
    if stops:
        audit.add(tx, "child", "stop_word", contact.id)
    if not (blocked and asleep and not contact.danger):
        reaches_a_person(tx, house, contact, stops=stops)
    return text


def _meets_another(tx: Tx, house: House, contact: Contact) -> Contact:
    """A child who corrects the language does not get those who were asked and do not speak it."""
    asked = [each.worker_id for each in assignments.live_of_contact(tx, contact.id)]
    speaks = workers.languages(tx, asked)
    if all(contact.language in speaks.get(worker, {}) for worker in asked):
        return contact
    return moves.back_to_waiting(tx, house, contact, Event.ADULT_LOST, "other_language", "child")


def reaches_a_person(tx: Tx, house: House, contact: Contact, *, stops: bool = False) -> None:
    """A child has stirred: whoever was with it is there, or it is on its way to somebody."""
    match State(contact.state):
        case State.CONNECTED if not stops and not _someone_is_there(tx, contact.id):
            forget_silence(tx, contact)
            moves.back_to_waiting(tx, house, contact, Event.ADULT_LOST, "left", "system")
        case State.CONNECTED:
            watch_silence(tx, house, contact)
        case State.PARKED if not stops:
            _comes_back(tx, house, contact)
        case State.WRAP_UP if not stops:
            _goes_on(tx, house, contact)
        case _:
            pass


def _someone_is_there(tx: Tx, contact_id: str) -> bool:
    """Whether an adult has this conversation and is on duty."""
    live = [each.worker_id for each in assignments.live_of_contact(tx, contact_id)]
    return any(worker.state != "off" for worker in workers.some(tx, live))


def no_longer_blocked(tx: Tx, house: House, contact_id: str) -> None:
    """The block of this number is over: what it wrote meanwhile goes to the floor."""
    contact = contacts.get_for_change(tx, contact_id)
    if contact.state == State.ARRIVING:
        go_on(tx, house, contact, texting.NoChoice())
    elif contact.state == State.PARKED:
        _comes_back(tx, house, contact)


def _comes_back(tx: Tx, house: House, contact: Contact) -> None:
    """To the same person if free, in front of the line."""
    served = assignments.latest_connected(tx, contact.id)
    deadlines.clear(tx, contact.id)
    preferred = served.worker_id if served else None
    contact = moves.move(tx, contact, Event.WROTE_AGAIN, "child", resumed=True, preferred_worker=preferred)
    moves.watch_danger(tx, house, contact)


def _goes_on(tx: Tx, house: House, contact: Contact) -> None:
    """The child writes while the record is being finished: the conversation is open again, with the same person."""
    contact = moves.move(tx, contact, Event.WROTE_AGAIN, "child", left_at=None, ended_by=None)
    for assignment in assignments.live_of_contact(tx, contact.id):
        if assignment.state == "wrap_up":
            assignments.change(tx, assignment, "wrap_up", state="connected")
            deadlines.clear(tx, assignment.id)
            tx.hint("worker", assignment.worker_id)
            contact = seek_interpreter_where_needed(tx, house, contact, assignment)
    watch_silence(tx, house, contact)


def forget_silence(tx: Tx, contact: Contact) -> None:
    """Nothing is waited for any more, but by a child who has no counsellor: that time runs on, whoever writes."""
    if has_no_counsellor(tx, contact):
        deadlines.drop(tx, SILENCE, contact.id)
    else:
        deadlines.clear(tx, contact.id)


def watch_silence(tx: Tx, house: House, contact: Contact) -> None:
    """The time until a silent conversation is parked begins anew with every text."""
    forget_silence(tx, contact)
    deadlines.add(tx, SILENCE, contact.id, tx.now + house.line(contact.line).park_after_s * SECOND)


def fell_silent(tx: Tx, house: House, contact_id: str) -> None:
    """Timer: the child writes no more. The counsellor has room for others; the child's way back is kept."""
    contact = contacts.get_for_change(tx, contact_id)
    thread = threads.find(tx, contact_id)
    if thread is None or contact.state != State.CONNECTED:
        return
    quiet_since = max(thread.child_wrote_at or 0, thread.adult_wrote_at or 0)
    due = quiet_since + house.line(contact.line).park_after_s * SECOND
    # A child who waits for us is not silent: we are.
    waits = thread.owed_since is not None or (contact.danger and has_no_counsellor(tx, contact))
    if due > tx.now or waits:
        deadlines.add(tx, SILENCE, contact_id, max(due, tx.now + MINUTE))
        return
    park(tx, house, contact)


def park(tx: Tx, house: House, contact: Contact) -> None:
    """Give the capacity back, and keep the child's way back."""
    deadlines.clear(tx, contact.id)
    moves.release_all(tx, house, contact, "parked")
    moves.move(tx, contact, Event.FELL_SILENT, "system", wants=None)
    deadlines.add(tx, "text_parked", contact.id, tx.now + house.line(contact.line).parked_for_s * SECOND)


def parked_too_long(tx: Tx, house: House, contact_id: str) -> None:
    """Timer: the conversation ends. What the child writes after this begins another."""
    contact = contacts.get_for_change(tx, contact_id)
    if contact.state == State.PARKED:
        moves.close(tx, house, contact, Event.FINISHED, "system", "fell_silent", "parked")


def no_choice(tx: Tx, house: House, contact_id: str) -> None:
    """Timer: no language was chosen in time."""
    contact = contacts.get_for_change(tx, contact_id)
    if contact.state == State.ARRIVING:
        go_on(tx, house, contact, texting.NoChoice())


def waits_long(tx: Tx, house: House, contact_id: str) -> None:
    """Timer: the child is told honestly, once."""
    contact = contacts.get_for_change(tx, contact_id)
    if contact.state in (State.WAITING, State.OFFERED):
        go_on(tx, house, contact, texting.Waited())


def text_status(tx: Tx, house: House, event: TextStatus) -> None:
    """How far a part of a text of ours has come; only forwards, and a failed one is shown."""
    found = threads.part_of(tx, event.message_id)
    if found is None:
        replies.status(tx, house, event)
    if found is None and event.text_id is not None and event.part is not None:
        found = (event.text_id, event.part)  # it came before the carrier's id was stored
    if found is not None and event.state is not TextState.QUEUED:
        threads.part_state(tx, *found, event.state.value, error=event.error)
