"""A page on a sleeping laptop: its connection stands, and nobody reads. No memory grows, and it is let go."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helpline.console import events
from helpline.console.routes import CONSOLE
from helpline.live import MOST_PENDING, Hub, Subscription
from helpline.store.db import Hint
from tests.several import within
from tests.town import Counsellor, Town, town, until


@asynccontextmanager
async def asleep(here: Town, person: Counsellor) -> AsyncIterator[Subscription]:
    """This person's page is open, was told much, and its computer has taken nothing of it for a while."""
    hub = here.helpline.app[CONSOLE].hub
    before = set(hub._subscriptions)
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.http.cookie_jar)
    port = int(here.url.rpartition(":")[2])
    with socket.socket() as page:
        page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        page.setblocking(False)
        await asyncio.get_running_loop().sock_connect(page, ("127.0.0.1", port))
        asked = f"GET /console/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookies}\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(page, asked.encode())
        await until(lambda: set(hub._subscriptions) - before, "the page being open")
        (subscription,) = set(hub._subscriptions) - before
        await within(90, lambda: _told_in_vain(hub, subscription), "the page's connection being full")
        yield subscription


async def _told_in_vain(hub: Hub, subscription: Subscription) -> bool:
    """Tell it something again and again; whether it does not take it any more."""
    for _ in range(500):
        hub.publish((Hint("alarm", ""),))
        await asyncio.sleep(0)
    for _ in range(50):
        if not subscription._pending:
            return False
        await asyncio.sleep(0.002)
    return True


async def test_a_page_that_reads_nothing_takes_no_more_and_more_memory(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        hub = here.helpline.app[CONSOLE].hub
        async with asleep(here, supervisor) as subscription:
            for number in range(20_000):
                hub.publish((Hint("contact", f"{number}"),))
            assert len(subscription._pending) <= MOST_PENDING + 100
            assert Hint("contact", "") in subscription._pending or len(subscription._pending) > 100


async def test_a_page_that_takes_nothing_is_let_go_and_one_that_reads_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SENT_WITHIN_S", 0.3)
    monkeypatch.setattr(events, "BEAT_S", 1.0)  # by which it is seen that a page has gone
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        hub = here.helpline.app[CONSOLE].hub
        async with supervisor.http.get(here.url + "/console/events") as awake:
            await awake.content.readline()
            async with asleep(here, supervisor) as subscription:
                await until(lambda: subscription not in hub._subscriptions, "the sleeping page being let go")
            hub.publish((Hint("alarm", ""),))
            async with asyncio.timeout(5):
                while b"alarms" not in await awake.content.readline():
                    pass
        await until(lambda: not hub.watching, "nobody watching")
