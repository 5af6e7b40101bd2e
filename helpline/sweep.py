"""Asks the carrier for texts that never arrived here, and brings them in as if they had just come.

A webhook can be lost: the carrier tries a few times and gives up. What was swept in is stored once, by the carrier's
id, however often it is seen.
"""

import asyncio

import structlog

from helpline.clock import DAY, MINUTE, Clock
from helpline.house import House
from helpline.store import retention
from helpline.store.db import Store
from helpline.threads.arrivals import TextIntake
from webhooks.ports import Carrier, CarrierTrouble

EVERY_S = 60.0
OVERLAP = 10 * MINUTE
"""Looked at again each time: a webhook may be under way while the carrier lists its text."""

FARTHEST = 2 * DAY
"""After an outage; what is older than this is nobody's emergency any more."""

CHANNELS = ("sms", "whatsapp")

log = structlog.get_logger()


class Sweep:
    """Sweeps until cancelled. How far it came stands in the store, so that an outage of ours is swept as well."""

    def __init__(self, store: Store, house: House, carrier: Carrier, clock: Clock) -> None:
        self._store, self._house, self._carrier, self._clock = store, house, carrier, clock
        self._intake = TextIntake(store, house)

    async def run(self) -> None:
        while True:
            try:
                await self.step()
            except CarrierTrouble as trouble:
                log.warning("sweep_failed", code=trouble.code)
            except Exception:  # the next one begins where the last good one ended
                log.error("sweep_failed", exc_info=True)
            await asyncio.sleep(EVERY_S)

    async def step(self) -> int:
        """One sweep; returns how many texts the carrier listed, known and unknown."""
        now = self._clock.now()
        last = await self._store.read(lambda tx: retention.last_beat(tx, "sweep"))
        since = max(now - FARTHEST, (last or now) - OVERLAP)
        seen = 0
        for line in self._house.directory.lines.values():
            if line.id not in self._house.text_scripts:
                continue
            for address in line.addresses:
                if address.startswith("+"):
                    seen += await self._sweep(address, line.id, since)
        await self._store.write(lambda tx: retention.beat(tx, "sweep"))
        return seen

    async def _sweep(self, address: str, line: str, since: int) -> int:
        seen = 0
        for channel in CHANNELS:
            for event in await self._carrier.texts_to(address, line, channel, since):
                await self._intake.text_arrived(event)
                seen += 1
        return seen
