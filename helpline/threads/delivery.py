"""Texts on their way to the child's phone, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from helpline.clock import SECOND
from helpline.doing import LATER, Kind, Settle, nothing, subject
from helpline.house import House
from helpline.store import alarms, contacts, threads
from helpline.store.db import Store, Tx
from helpline.store.effects import Effect
from helpline.threads.outgoing import parts_of
from helpline.traces import forget_text
from webhooks.ports import Carrier

TRIES = LATER[:6]
"""A text that comes after half an hour answers nobody any more, and may fall into other hands."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One part, as the carrier is to send it."""

    to: str
    channel: str
    from_address: str
    body: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The effects about texts. A doubled text is allowed, a lost one is not."""

    store: Store
    house: House
    carrier: Carrier

    def kinds(self) -> Mapping[str, Kind]:
        return {"send_text": Kind(self.send_text, _given_up, TRIES)}

    async def send_text(self, effect: Effect) -> Settle:
        number = int(effect.payload["part"])
        out = await self.store.read(partial(_outgoing, house=self.house, text_id=subject(effect), number=number))
        if out is None:
            return nothing
        if effect.unknown or effect.attempts:
            known = await self.carrier.find_text(
                out.to, out.channel, out.from_address, out.body, effect.created_at - SECOND
            )
            if known is not None and await self.store.read(partial(_may_be, effect=effect, number=number, known=known)):
                return partial(_sent, effect=effect, number=number, provider_id=known)
        sent = await self.carrier.send_text(out.to, out.channel, out.from_address, out.body, subject(effect), number)
        return partial(_sent, effect=effect, number=number, provider_id=sent)


def _outgoing(tx: Tx, house: House, text_id: str, number: int) -> Outgoing | None:
    text = threads.text(tx, text_id)
    contact = contacts.get(tx, text.contact_id)
    thread = threads.get(tx, text.contact_id)
    if contact.caller_enc is None or text.state == "failed":
        return None
    body = parts_of(contact.channel, house.vault.open(text.body_enc))[number - 1]
    known_as = thread.address or ""
    from_address = known_as if known_as.startswith("+") else house.line(contact.line).caller_id
    return Outgoing(house.vault.open(contact.caller_enc), contact.channel, from_address, body)


def _may_be(tx: Tx, effect: Effect, number: int, known: str) -> bool:
    """Whether a text that was found may be this part: one that is another's was written with the same words."""
    return threads.part_of(tx, known) in (None, (subject(effect), number))


def _sent(tx: Tx, effect: Effect, number: int, provider_id: str) -> None:
    threads.part_state(tx, subject(effect), number, "sent", provider_id=provider_id)
    if effect.contact_id is not None:
        forget_text(tx, effect.contact_id, provider_id)


def _given_up(tx: Tx, effect: Effect, code: str) -> None:
    """It is shown beside the text, with the reason, and stands on the board once for each conversation."""
    threads.part_state(tx, subject(effect), int(effect.payload["part"]), "failed", error=code)
    alarms.raise_alarm(tx, "text_failed", f"text_failed:{effect.contact_id}", contact_id=effect.contact_id)
