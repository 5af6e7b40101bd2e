"""The only process ends in the middle of a conversation, told to or not: whoever talks goes on talking, and it goes on
after the restart as if nothing had been.
"""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.deployments import on_sqlite, start_all
from tests.several import Place, Several


class OnFile(Several):
    """Rows come from the file."""

    async def rows(self, statement: str, *given: object) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self._rows, statement.replace("$1", "?"), given)

    def _rows(self, statement: str, given: tuple[object, ...]) -> list[tuple[Any, ...]]:
        conn = sqlite3.connect(self.database.partition(":///")[2])
        try:
            return [tuple(row) for row in conn.execute(statement, given)]
        finally:
            conn.close()


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    folder: Path = tmp_path_factory.mktemp("stopped")
    with on_sqlite(folder) as found:
        yield OnFile(found.servers, found.database, found.carrier_port, found.balancer_port)


@pytest.fixture
async def place(one: Several) -> AsyncIterator[Place]:
    start_all(one)
    await one.all_ready()
    async with one.open() as found:
        yield found


@pytest.mark.parametrize(("how", "sign_in", "number"), [
    (signal.SIGTERM, "demo-amina", "+260971000001"), (signal.SIGKILL, "demo-bwalya", "+260971000002"),
])  # fmt: skip
async def test_a_conversation_goes_on_while_the_helpline_is_not_there(
    place: Place, how: signal.Signals, sign_in: str, number: str
) -> None:
    (server,) = place.several.servers
    worker = await place.person(sign_in)
    call = await place.carrier.phone(number).dial("116")
    await call.hears("For English")
    await call.press("1")
    await worker.accepts()
    phone = await worker.picks_up()
    await call.in_conference()
    await place.becomes("connected")

    server.send(how)
    assert server.process is not None
    ended = await asyncio.to_thread(server.process.wait, 60)
    assert ended == (0 if how is signal.SIGTERM else -how)
    assert call.is_connected and phone.is_connected and call.room is not None
    server.start()
    await place.several.all_ready()

    assert (await worker.is_with("connected"))["contact_state"] == "connected"
    await call.hang_up()
    assert await phone.ended() == "completed"
    await place.becomes("wrap_up")
