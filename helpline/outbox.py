"""Due effects: claimed, done in the outside world, written down. At least once, and none before what it depends on.

An effect whose outcome is unknown (a process died with it, or the carrier took it and never answered) is asked for
before it is done again.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

from helpline.clock import SECOND, Clock
from helpline.doing import Kind, Settle, nothing
from helpline.errors import Unavailable
from helpline.metrics import Metrics
from helpline.store import effects, presence
from helpline.store.db import Hint, Store, Tx
from helpline.store.effects import Effect
from webhooks.ports import CarrierTrouble

TICK_S = 1.0
LEASE = 45 * SECOND
"""A claim is free again after this, if nobody has noticed that its process died (`helpline.presence`)."""

SETTLE_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 4.0)
"""Pauses between the tries to write down how one went: until then what depends on it waits."""

AT_ONCE = 64
"""Effects under way in one process."""

log = structlog.get_logger()


class Outbox:
    """Does what is due, as soon as it is due, until cancelled."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics, kinds: Mapping[str, Kind], who: str) -> None:
        self._store, self._clock, self._metrics, self._kinds = store, clock, metrics, kinds
        self._who = who
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self.ticked_at = 0
        store.listen(self._hear)

    def _hear(self, hints: tuple[Hint, ...]) -> None:
        if any(hint.topic in ("effect", "missed") for hint in hints):
            self._wake.set()

    def nudge(self) -> None:
        """Look now: something may have changed that no hint tells of, such as the time."""
        self._wake.set()

    async def begin(self) -> None:
        """Whatever is still claimed by a process that is not there any more is free."""
        await self._store.write(lambda tx: effects.free_claims(tx, presence.living(tx) | {self._who}))

    async def run(self) -> None:
        begun = False
        try:
            while True:
                pause = TICK_S
                try:
                    if not begun:
                        await self.begin()
                        begun = True
                    pause = await self.step()
                except Exception:  # the rows are still there, and the next tick finds them
                    log.error("outbox_failed", exc_info=True)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def step(self) -> float:
        """Begin what is due; returns after how many seconds to look again."""
        self.ticked_at = self._clock.now()
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return TICK_S
        if self._wake.is_set():
            self._wake.clear()
        taken, next_due = await self._store.write(
            lambda tx: (effects.claim(tx, self._who, LEASE, room), effects.next_due(tx))
        )
        for effect in taken:
            task = asyncio.create_task(self._do(effect))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if next_due is None:
            return TICK_S
        return min(TICK_S, max(0.01, (next_due - self._clock.now()) / SECOND))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wake.set()

    async def _do(self, effect: Effect) -> None:
        try:
            settle = await self._kinds[effect.kind].do(effect)
        except CarrierTrouble as trouble:
            await self._failed(effect, trouble)
            return
        except Exception:  # our own fault: kept, tried again, and seen
            log.error("effect_failed", effect=effect.id, kind=effect.kind, exc_info=True)
            await self._failed(effect, CarrierTrouble("fault", retry=True))
            return
        await self._write(effect, settle, "done")
        self._metrics.effect(effect.kind, "done")

    async def _failed(self, effect: Effect, trouble: CarrierTrouble) -> None:
        kind = self._kinds[effect.kind]
        again = trouble.retry or trouble.unknown
        if again and effect.attempts < len(kind.pauses):
            self._metrics.effect(effect.kind, "retried")
            until = self._clock.now() + kind.pauses[effect.attempts]
            await self._write(effect, nothing, "due", error=trouble.code, again=until)
            return
        self._metrics.effect(effect.kind, "failed")
        log.warning("effect_given_up", effect=effect.id, kind=effect.kind, contact=effect.contact_id, code=trouble.code)
        await self._write(effect, lambda tx: kind.given_up(tx, effect, trouble.code), "failed", error=trouble.code)

    async def _write(
        self, effect: Effect, settle: Settle, to: str, *, error: str | None = None, again: int | None = None
    ) -> None:
        """Write down how it went and what follows, together. A lost claim writes nothing: another has it."""

        def unit(tx: Tx) -> None:
            if effects.settle(tx, effect.id, self._who, to, error=error, again=again):
                settle(tx)

        try:
            await self._written(unit)
        except Exception:  # the lease runs out, and it is asked for and done again
            log.error("effect_not_settled", effect=effect.id, kind=effect.kind, exc_info=True)

    async def _written(self, unit: Callable[[Tx], None]) -> None:
        for pause in SETTLE_PAUSES_S:
            try:
                await self._store.write(unit)
                return
            except Unavailable:
                await asyncio.sleep(pause)
        await self._store.write(unit)
