"""What the carrier still holds of a call or a text: deleted there once it is safe here and in a backup.

What is deleted is a call with its numbers and times, or a text with its words. Both are gone already when somebody else
deleted them, which is as good.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from helpline.doing import LATER, SAFE_IN_BACKUP, Kind, Settle, nothing, subject
from helpline.store import alarms, effects, legs
from helpline.store.db import Store, Tx
from helpline.store.effects import Effect
from webhooks.ports import CallGone, Carrier


def forget_calls(tx: Tx, contact_id: str) -> None:
    """A contact has closed: its calls are to be deleted at the carrier later."""
    for leg in legs.of_contact(tx, contact_id):
        effects.add(tx, "delete_call", contact_id, leg.id, not_before=tx.now + SAFE_IN_BACKUP)


def forget_text(tx: Tx, contact_id: str | None, message_id: str) -> None:
    """A text, to us or from us, is stored: the carrier's copy, known by the carrier's id, is to be deleted later."""
    effects.add(tx, "delete_text", contact_id, None, {"message": message_id}, not_before=tx.now + SAFE_IN_BACKUP)


@dataclass(frozen=True, slots=True)
class Traces:
    """The effects that delete them."""

    store: Store
    carrier: Carrier

    def kinds(self) -> Mapping[str, Kind]:
        return {do.__name__: Kind(do, _given_up, LATER) for do in (self.delete_call, self.delete_text)}

    async def delete_call(self, effect: Effect) -> Settle:
        leg = await self.store.read(lambda tx: legs.find(tx, subject(effect)))
        if leg is not None and leg.provider_id is not None:
            with suppress(CallGone):
                await self.carrier.delete_call(leg.provider_id)
        return nothing

    async def delete_text(self, effect: Effect) -> Settle:
        with suppress(CallGone):
            await self.carrier.delete_text(effect.payload["message"])
        return nothing


def _given_up(tx: Tx, effect: Effect, code: str) -> None:
    alarms.raise_alarm(tx, "effect_failed", f"effect:{effect.id}", contact_id=effect.contact_id)
