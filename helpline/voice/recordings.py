"""Messages that were left: fetched from the carrier, sealed, and deleted there when they are safe here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from helpline.doing import LATER, SAFE_IN_BACKUP, Kind, Settle, nothing, subject
from helpline.house import House
from helpline.store import alarms, effects, messages
from helpline.store.db import Store, Tx
from helpline.store.effects import Effect
from webhooks.ports import CallGone, Carrier, CarrierTrouble


@dataclass(frozen=True, slots=True)
class Recordings:
    """The effects about recordings. Every method returns the unit that writes down what follows from it."""

    store: Store
    house: House
    carrier: Carrier

    def kinds(self) -> Mapping[str, Kind]:
        return {do.__name__: Kind(do, _given_up, LATER) for do in (self.fetch_recording, self.delete_recording)}

    async def fetch_recording(self, effect: Effect) -> Settle:
        message = await self.store.read(lambda tx: messages.get(tx, subject(effect)))
        if message.recording_id is None or message.fetched_at is not None:
            return nothing
        try:
            sound = await self.carrier.fetch_recording(message.recording_id)
        except CallGone:  # the carrier has not finished it yet
            raise CarrierTrouble("recording_not_ready", retry=True) from None
        sealed = self.house.vault.seal_bytes(sound)
        return partial(_fetched, message_id=message.id, contact_id=message.contact_id, sealed=sealed)

    async def delete_recording(self, effect: Effect) -> Settle:
        message = await self.store.read(lambda tx: messages.get(tx, subject(effect)))
        if message.recording_id is not None and message.carrier_deleted_at is None:
            try:
                await self.carrier.delete_recording(message.recording_id)
            except CallGone:
                pass  # it is not there any more, which is what was wanted
        return lambda tx: messages.deleted_at_carrier(tx, message.id)


def _fetched(tx: Tx, message_id: str, contact_id: str, sealed: bytes) -> None:
    messages.fetched(tx, message_id, sealed)
    effects.add(tx, "delete_recording", contact_id, message_id, not_before=tx.now + SAFE_IN_BACKUP)


def _given_up(tx: Tx, effect: Effect, code: str) -> None:
    alarms.raise_alarm(tx, "effect_failed", f"effect:{effect.id}", contact_id=effect.contact_id)
