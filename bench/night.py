"""A store in the middle of a busy night: counsellors on duty who are signed in, each with conversations of texts.

Made directly: a password takes a fifth of a second, and every conversation would go over the floor.
"""

from dataclasses import dataclass

from helpline.clock import DAY, MINUTE
from helpline.console.chat import tokens
from helpline.contacts.arrival import known_of_caller, new_contact
from helpline.house import House
from helpline.staff.signin import token_hash
from helpline.store import threads, workers
from helpline.store.db import Tx
from helpline.store.sign_ins import add_sign_in
from helpline.store.tables import assignments, duty
from webhooks.events import Caller

LINE = "children"
ADDRESS = "+260116"
HANDS = 5
"""Conversations that a counsellor has at once: four of web chat, one by SMS."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A counsellor's page: its session, and the conversations on it."""

    token: str
    chats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chat:
    """A child's page. ``desk`` is the place of its counsellor among the desks."""

    contact_id: str
    token: str
    desk: int


@dataclass(frozen=True, slots=True)
class Night:
    """``numbers`` are those who write by SMS."""

    desks: tuple[Desk, ...]
    chats: tuple[Chat, ...]
    numbers: tuple[str, ...]


def fill(tx: Tx, house: House, counsellors: int) -> Night:
    """So many counsellors, with `HANDS` conversations each."""
    desks, chats, numbers = [], [], []
    for place in range(counsellors):
        worker = _counsellor(tx, place)
        own = [_chat(tx, house, worker, place, hand) for hand in range(HANDS - 1)]
        desks.append(Desk(f"token-{place}", tuple(chat.contact_id for chat in own)))
        chats += own
        number = f"+26096{place:07d}"
        known = known_of_caller(tx, house, LINE, Caller(number))
        contact = _conversation(tx, house, worker, channel="sms", **known)
        threads.add(tx, contact, open_key=f"sms:{LINE}:{known['caller_hash']}", address=ADDRESS)
        numbers.append(number)
    return Night(tuple(desks), tuple(chats), tuple(numbers))


def _counsellor(tx: Tx, place: int) -> str:
    values = {"sign_in": f"bench-{place}", "alias": f"Bench {place}", "roles": "counsellor", "capacity_text": HANDS}
    id = workers.add(tx, values, [("en", "fluent")])
    tx.execute(duty.update().where(duty.c.worker_id == id).values(state="available", load_text=HANDS))
    add_sign_in(tx, token_hash(f"token-{place}"), id, f"csrf-{place}", tx.now + DAY)
    return id


def _chat(tx: Tx, house: House, worker: str, place: int, hand: int) -> Chat:
    token = f"{place * HANDS + hand:043d}"
    contact = _conversation(tx, house, worker, channel="webchat")
    threads.add(tx, contact, visit_hash=tokens.visit_hash(token))
    return Chat(contact, token, place)


def _conversation(tx: Tx, house: House, worker: str, **values: object) -> str:
    """A child and its counsellor, who write to each other since a moment."""
    contact = new_contact(
        tx, house, LINE, state="connected", version=3, language="en", language_known_at=tx.now, queued_at=tx.now,
        connected_at=tx.now, **values,
    )  # fmt: skip
    row = {
        "id": tx.new_id(), "contact_id": contact.id, "worker_id": worker, "role": "counsellor", "state": "connected",
        "contact_version": contact.version, "load_class": "text", "stage": "fluent", "reasons_json": "{}",
        "offered_at": tx.now, "until": tx.now + MINUTE, "accepted_at": tx.now, "connected_at": tx.now,
    }  # fmt: skip
    tx.execute(assignments.insert(), row)
    return contact.id
