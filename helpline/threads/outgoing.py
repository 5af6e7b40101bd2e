"""What is put into a conversation for the child: in parts through the carrier, or in web chat by being there."""

from typing import Any

from helpline.house import House
from helpline.store import effects, threads
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.threads import Text
from ivr_scripts.machine import Say
from ivr_scripts.parts import parts


def is_by_carrier(contact: Contact) -> bool:
    return contact.channel in ("sms", "whatsapp")


def parts_of(channel: str, body: str) -> tuple[str, ...]:
    """The pieces in which it goes out: an SMS as its alphabet allows, anything else whole."""
    return parts(body) if channel == "sms" else (body,)


def line_says(tx: Tx, house: House, contact: Contact, say: tuple[Say, ...]) -> None:
    """One text of the line's. What no file has words for is left out."""
    body = house.prompts.written(say, house.line(contact.line).own_language)
    if body:
        put(tx, house, contact, "line", body)


def put(tx: Tx, house: House, contact: Contact, author: str, body: str, *, held: bool = False, **more: Any) -> Text:
    """The next text of a conversation; it goes out now, unless it is held."""
    by_carrier = is_by_carrier(contact)
    state = "held" if held else "due" if by_carrier else "delivered"
    text = threads.append(tx, threads.get(tx, contact.id), author, house.vault.seal(body), state, **more)
    if by_carrier and not held:
        send(tx, house, contact, text)
    return text


def send(tx: Tx, house: House, contact: Contact, text: Text) -> None:
    """Let a text go out, in parts of a size that its alphabet allows, one after the other."""
    if contact.caller_enc is None:
        threads.set_state(tx, text, "failed", "withheld")
        return
    count = len(parts_of(contact.channel, house.vault.open(text.body_enc)))
    threads.add_parts(tx, text.id, count)
    threads.set_state(tx, text, "due")
    for number in range(1, count + 1):
        effects.add(tx, "send_text", contact.id, text.id, {"part": number})
