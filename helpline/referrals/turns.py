"""Whose turn it is to make a referral in a system that cannot tell a second one from the first.

Two tries can be under way at once: a process that is thought dead may only be slow, and what it held is another's by
then. Before the request that makes something, a try writes down that it is making it, and no other makes it until
what came of that can be seen there.
"""

import asyncio
from dataclasses import dataclass

from helpline.clock import SECOND
from helpline.referrals.port import SETTLED, DeliveryTrouble
from helpline.store import referrals
from helpline.store.db import Store, Tx

AT_MOST = 40 * SECOND
"""From taking a turn to the end of the request (µs): more than a whole delivery may last."""

AT_ONCE_S = 5.0
"""A turn that took longer to write down is not used: this process has been standing still, and others have not."""


@dataclass(slots=True)
class StoredTurn:
    """The turn of one try at one referral. ``until`` (µs) is set while it is ours."""

    store: Store
    referral_id: str
    until: int | None = None

    async def take(self) -> None:
        """Raises `DeliveryTrouble` ("under_way"), to be tried again when the other's outcome can be seen."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        until, wait = await self.store.write(self._take)
        if wait is not None:
            raise DeliveryTrouble("under_way", retry=True, after=wait)
        self.until = until
        if loop.time() - began > AT_ONCE_S:
            raise DeliveryTrouble("too_slow", retry=True)

    def _take(self, tx: Tx) -> tuple[int, int | None]:
        until = tx.now + AT_MOST + SETTLED
        free_at = referrals.take_turn(tx, self.referral_id, until)
        return until, None if free_at is None else max(free_at - tx.now, SECOND)

    async def ends(self, *, unknown: bool) -> None:
        """It was not made, and the next try may make it at once; or that is ``unknown``, and can be seen later."""
        if self.until is None:
            return
        mine, self.until = self.until, None
        await self.store.write(
            lambda tx: referrals.end_turn(tx, self.referral_id, mine, tx.now + SETTLED if unknown else None)
        )
