"""What the processes of one helpline need of each other: who is there, who dispatches, what has changed."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from config.settings import Settings
from helpline.clock import Clock
from helpline.counts import Counts, Uncounted
from helpline.dispatch import Dispatcher
from helpline.ending import end
from helpline.leading import Leading
from helpline.live import RedisChannel, RedisCounts
from helpline.presence import Presence
from helpline.privacy import Vault
from helpline.relay import Relay, Way
from helpline.store.db import Store
from helpline.store.engine import open_lease, open_notifications


@dataclass(frozen=True, slots=True)
class Together:
    """This process among the others. ``relay`` is None where there can be no others."""

    who: str
    leading: Leading
    presence: Presence
    relay: Relay | None
    _leaving: asyncio.Event = field(default_factory=asyncio.Event)

    async def is_staying(self) -> bool:
        """For a health check: this process was not told to stop."""
        return not self._leaving.is_set()

    def facts(self) -> dict[str, object]:
        """For who asks of our health: who we are, whether we dispatch, how many serve, and what makes us slower."""
        found: dict[str, object] = {"id": self.who, "dispatches": self.leading.leads}
        if self.relay is not None:
            slower = ["redis_gone"] if self.relay.way is Way.GONE else []
            found |= {"servers": len(self.presence.present), "slower": slower}
        return found

    async def leave(self) -> None:
        """This process was told to stop: it takes no more work that others can do, and goes on with what it has."""
        self._leaving.set()
        if self.relay is not None:
            self.relay.leave_effects()
            await self.leading.step_down()


@asynccontextmanager
async def together(
    settings: Settings, store: Store, dispatcher: Dispatcher, clock: Clock, who: str
) -> AsyncIterator[Together]:
    """This process is among the others until the block ends. Raises `Conflict` ("store_in_use") on SQLite.

    What is committed in the block is told to the others; ``leading.run`` and ``presence.run`` are the caller's to run.
    """
    lease = open_lease(settings.store_url, "dispatcher", who)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(lease.let_go)
        yield await _joined(stack, settings, store, clock, who, Leading(lease, dispatcher))


async def _joined(
    stack: AsyncExitStack, settings: Settings, store: Store, clock: Clock, who: str, leading: Leading
) -> Together:
    if store.name != "postgresql":
        await leading.must_hold()
        presence = Presence(store, clock, who)
        await presence.begin()
        stack.push_async_callback(presence.leave)
        return Together(who, leading, presence, None)
    url = settings.redis_url.get_secret_value()
    redis = RedisChannel(url, f"helpline:hints:{_name(settings)}") if url else None
    relay = Relay(store, who, redis, open_notifications(settings.store_url))
    presence = Presence(store, clock, who, relay, lambda: leading.leads)
    await presence.begin()
    stack.push_async_callback(presence.leave)
    stack.push_async_callback(end, [asyncio.create_task(relay.run())])  # it tells the last before it ends
    return Together(who, leading, presence, relay)


@asynccontextmanager
async def counting(settings: Settings, vault: Vault) -> AsyncIterator[Counts]:
    """What all processes count together, where there is a Redis."""
    url = settings.redis_url.get_secret_value()
    if not url:
        yield Uncounted()
        return
    counts = RedisCounts(url, f"helpline:counts:{_name(settings)}", lambda key: vault.hash_word("counts", key))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(counts.close)
        yield counts


def _name(settings: Settings) -> str:
    """The same for all processes of a deployment, and for no other that shares its Redis."""
    key = settings.hash_key.get_secret_value().encode()
    return hmac.new(key, b"helpline processes", hashlib.sha256).hexdigest()[:16]
