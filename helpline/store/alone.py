"""A connection to PostgreSQL for one purpose: in no pool, in no transaction, and dropped at the first doubt."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import sqlalchemy as sa

from helpline.errors import Unavailable
from helpline.store.faults import unavailable

WITHIN_S = 1.0
"""Seconds for one question, and for a new connection: who needs this one cannot wait for a server that is frozen."""

_OF_SQLALCHEMY = ("prepared_statement_cache_size", "prepared_statement_name_func")
"""What may stand in the URL, and is no word of the driver's."""

Notified = Callable[[object, int, str, object], None]


class Alone:
    """Opened by the first question. Every error is `Unavailable`, after which the next question opens it anew."""

    def __init__(self, url: sa.URL, purpose: str) -> None:
        _, found = url.get_dialect()().create_connect_args(url)
        self._address = {name: value for name, value in found.items() if name not in _OF_SQLALCHEMY}
        self._settings = {"application_name": f"helpline {purpose}", "statement_timeout": "2000"}
        self._conn: Any = None

    @property
    def is_open(self) -> bool:
        return self._conn is not None and not self._conn.is_closed()

    async def open(self) -> None:
        """Open it anew unless it is open. Raises `Unavailable`."""
        if self.is_open:
            return
        self.drop()
        try:
            async with asyncio.timeout(2 * WITHIN_S):
                self._conn = await asyncpg.connect(
                    **self._address, timeout=WITHIN_S, server_settings=self._settings, statement_cache_size=0
                )
        except Exception as error:
            raise _gone(error) from None

    async def row(self, question: str, *given: object) -> tuple[Any, ...] | None:
        """The first row of the answer, if there is one. Raises `Unavailable`."""
        await self.open()
        try:
            found = await self._conn.fetchrow(question, *given, timeout=WITHIN_S)
        except BaseException as error:
            self.drop()
            if not isinstance(error, Exception):
                raise
            raise _gone(error) from None
        return None if found is None else tuple(found)

    async def listen(self, channel: str, heard: Notified, ended: Callable[[object], None]) -> None:
        """Call ``heard`` for each notification on ``channel``, and ``ended`` when the connection has ended."""
        await self.open()
        try:
            self._conn.add_termination_listener(ended)
            async with asyncio.timeout(WITHIN_S):
                await self._conn.add_listener(channel, heard)
        except Exception as error:
            self.drop()
            raise _gone(error) from None

    def drop(self) -> None:
        """End the connection without waiting for the server."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.terminate()

    async def close(self) -> None:
        """End the connection politely, if the server answers in time."""
        conn, self._conn = self._conn, None
        if conn is not None:
            try:
                await conn.close(timeout=WITHIN_S)
            except Exception:
                conn.terminate()


def _gone(error: Exception) -> Unavailable:
    return unavailable(error) or Unavailable("store_gone", "the database cannot be used now")
