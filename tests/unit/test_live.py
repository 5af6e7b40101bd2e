"""Hints to pages."""

import asyncio

from helpline.live import Hub
from helpline.store.db import Hint


async def test_many_hints_wake_a_slow_page_once() -> None:
    hub = Hub()
    with hub.watch(lambda hint: hint.topic == "contact") as page:
        for _ in range(50):
            hub.publish((Hint("contact", "a"), Hint("effect", "x")))
        hub.publish((Hint("contact", "b"),))
        assert await page.wait(1)
        assert page.take() == {Hint("contact", "a"), Hint("contact", "b")}
        assert not await page.wait(0)
    assert hub.watching == 0


async def test_a_page_that_waits_is_woken_by_the_commit() -> None:
    hub = Hub()
    with hub.watch(lambda hint: True) as page:
        waiting = asyncio.create_task(page.wait(5))
        await asyncio.sleep(0)
        hub.publish((Hint("alarm", "a"),))
        assert await waiting


async def test_what_a_page_did_not_ask_for_does_not_wake_it() -> None:
    hub = Hub()
    with hub.watch(lambda hint: False) as page:
        hub.publish((Hint("alarm", "a"),))
        assert not await page.wait(0)
