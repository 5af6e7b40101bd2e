"""The rules of those who write: a text conversation is a room without telephones."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import texts as texts_table
from helpline.store.tables import threads as threads_table
from tests.property.floor_rules import Scene, must
from webhooks.events import TextArrived

TABLES = frozenset({"contacts", "threads", "texts"})

TO_BE_SAID = "How are you?"
"""What a counsellor of a bridge writes for the child: an interpreter says it in the child's words."""

_THREADS = sa.select(threads_table.c.contact_id, threads_table.c.open_key, threads_table.c.last_seq)
_TEXTS = sa.select(texts_table.c.contact_id, texts_table.c.seq)
_FROM_CHILDREN = sa.select(texts_table.c.contact_id).where(texts_table.c.author == "child")


def check_threads(tx: Tx, scene: Scene) -> None:
    """After a commit. Raises `Broken`."""
    threads = {contact: (key, last) for contact, key, last in tx.rows(_THREADS, {})}
    for contact in scene.contacts.values():
        if contact.channel == "voice":
            continue
        key, _ = threads.get(contact.id, (None, 0))
        must(contact.id in threads, "who writes has a conversation", contact)
        closed = contact.state == "closed"
        must((key is None) == closed, "the child's next text finds the conversation that is open", contact, key)
    seen: dict[str, set[int]] = {}
    for contact_id, seq in tx.rows(_TEXTS, {}):
        seen.setdefault(contact_id, set()).add(seq)
    for contact_id, (_, last) in threads.items():
        numbers = seen.get(contact_id, set())
        must(numbers == set(range(1, last + 1)), "no text of a conversation is missing", contact_id, numbers, last)


def check_quiet(scene: Scene) -> None:
    """When all is done: whoever is connected by texts has somebody who is there, or is soon taken from who has left."""
    leaving = {subject for kind, subject, _ in scene.deadlines if kind == "worker_left"}
    for contact in scene.contacts.values():
        if contact.channel == "voice" or contact.state != "connected":
            continue
        there = [each.worker_id for each in scene.of(contact.id) if each.state == "connected"]
        held = any(scene.workers[id].state != "off" or id in leaving for id in there)
        must(held, "who writes is read by somebody", contact, there)


def check_texts(tx: Tx, arrived: Sequence[tuple[int, TextArrived]]) -> None:
    """At the end: each text of a child was stored, and once."""
    stored = Counter(contact for (contact,) in tx.rows(_FROM_CHILDREN, {}))
    must(sum(stored.values()) == len(arrived), "each text of a child is there once", sum(stored.values()), len(arrived))
