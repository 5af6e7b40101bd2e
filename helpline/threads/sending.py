"""What adults write: to the child, and to each other.

Nothing is sent unasked to a number that did not say that it is safe: the line and its people only answer, one that was
silent long is asked first, and after a stop word nothing goes out until the child writes again.
"""

from typing import Any

from helpline.clock import SECOND
from helpline.errors import Invalid, Refused
from helpline.house import House
from helpline.store import audit, threads
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.threads import Text, Thread
from helpline.threads.outgoing import is_by_carrier, put
from helpline.threads.script import go_on
from ivr_scripts.texting import SafeAsked

LONGEST = 1_600
"""Characters of one text."""


def worth_sending(body: str) -> str:
    """The text as it is sent. Raises `Invalid` ("text_empty", "text_too_long")."""
    body = body.strip()
    if not body:
        raise Invalid("text_empty", "Write something first.")
    if len(body) > LONGEST:
        raise Invalid("text_too_long", f"At most {LONGEST} characters at once: send it in two.")
    return body


def adult_writes(
    tx: Tx, house: House, contact: Contact, worker_id: str, body: str, client_key: str | None = None,
    renders: int | None = None,
) -> Text:  # fmt: skip
    """A text of a person who has this conversation. The same ``client_key`` again gives the first.

    ``renders``: the number of the text that this says in the child's language.

    Raises as `worth_sending` does, or `Refused` ("child_said_stop", "nobody_to_write_to").
    """
    body = worth_sending(body)
    before = _said(tx, contact, client_key)
    if before is not None:
        return before
    thread = threads.get(tx, contact.id)
    if thread.stopped_at is not None:
        raise Refused("child_said_stop", "The child asked us to stop, or said that it is not safe.")
    if is_by_carrier(contact) and contact.caller_enc is None:
        raise Refused("nobody_to_write_to", "The number was withheld: there is no way to answer.")
    threads.change(tx, contact.id, adult_wrote_at=tx.now, owed_since=None)
    more: dict[str, Any] = {"worker_id": worker_id, "client_key": client_key, "renders": renders}
    if not _must_ask_first(house, contact, thread, tx.now):
        return put(tx, house, contact, "worker", body, **more)
    text = put(tx, house, contact, "worker", body, held=True, **more)
    if thread.safe_asked_at is None:
        threads.change(tx, contact.id, safe_asked_at=tx.now)
        audit.add(tx, worker_id, "safe_to_write_asked", contact.id)
        go_on(tx, house, contact, SafeAsked())
    return text


def whisper(
    tx: Tx, house: House, contact: Contact, worker_id: str, body: str, client_key: str | None = None, **more: Any
) -> Text:
    """A note between adults, beside the conversation or the call. The child never gets it.

    ``more``: ``renders`` or ``for_child`` (`helpline.threads.rendering`). Raises as `worth_sending` does.
    """
    body = worth_sending(body)
    before = _said(tx, contact, client_key)
    if before is not None:
        return before
    if threads.find(tx, contact.id) is None:
        threads.add(tx, contact.id)  # a call: its adults write to each other beside it
    return threads.append(
        tx, threads.get(tx, contact.id), "worker", house.vault.seal(body), "delivered",
        worker_id=worker_id, audience="adults", client_key=client_key, **more,
    )  # fmt: skip


def _said(tx: Tx, contact: Contact, client_key: str | None) -> Text | None:
    return None if client_key is None else threads.said(tx, contact.id, client_key)


def _must_ask_first(house: House, contact: Contact, thread: Thread, now: int) -> bool:
    """A phone that was silent long may be in other hands."""
    if not is_by_carrier(contact) or thread.child_wrote_at is None:
        return False
    silent_for = now - thread.child_wrote_at
    return thread.safe_asked_at is not None or silent_for > house.line(contact.line).ask_safe_after_s * SECOND
