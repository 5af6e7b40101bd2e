"""PostgreSQL's own notifications as a way for hints between processes: `helpline.relay.Channel`."""

import asyncio
from collections.abc import Callable

import sqlalchemy as sa

from helpline.errors import Unavailable
from helpline.store.alone import Alone

CHANNEL = "helpline_hints"
LOOK_EVERY_S = 2.0
"""A connection that has died without a word is found out by a question."""


class NotifyChannel:
    """Says and hears on one connection. Nothing is kept: who does not listen hears nothing of it later."""

    most_bytes = 7_000  # the server takes less than 8,000 in one notification

    def __init__(self, url: sa.URL) -> None:
        self._listening = Alone(url, "hears")
        self._speaking = Alone(url, "tells")

    async def say(self, message: str) -> None:
        # Nobody waits for a disk: there is nothing in it that must not be lost.
        await self._speaking.row(
            "SELECT pg_notify($1, $2), set_config('synchronous_commit', 'off', true)", CHANNEL, message
        )

    async def listen(self, heard: Callable[[str], None], joined: Callable[[], None]) -> None:
        ended = asyncio.Event()
        await self._listening.listen(CHANNEL, lambda _1, _2, _3, said: heard(str(said)), lambda _: ended.set())
        joined()
        try:
            while True:
                try:
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await ended.wait()
                except TimeoutError:
                    await self._listening.row("SELECT 1")
                else:
                    raise Unavailable("store_gone", "the connection that heard of changes has ended")
        finally:
            self._listening.drop()

    async def close(self) -> None:
        self._listening.drop()
        await self._speaking.close()
