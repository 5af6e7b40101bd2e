"""A browser for the tests that need one, and people who sit in front of it."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from helpline import demonstration
from tests.town import Town, town

CHROMIUM = os.environ.get("HELPLINE_TESTS_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
SLOW = 6.0  # people at screens are slower than scripts, so phones ring longer


@dataclass
class Screen:
    """One person's browser window, and what it complained about."""

    page: Page
    here: Town
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        await self.page.goto(self.here.url + path)

    async def signs_in(self, sign_in: str) -> None:
        await self.open("/console/sign-in")
        await self.page.fill("#name", sign_in)
        await self.page.fill("#password", demonstration.PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(re.compile("/console/(desk|floor)$"))

    async def goes_on_duty(self) -> None:
        await self.page.get_by_role("button", name="Go on duty").click()
        await self.page.get_by_text("You are on duty.").wait_for()

    async def is_offered(self) -> None:
        """Until the offer may be answered by key."""
        await self.page.wait_for_selector("#offer[data-shown]")

    async def is_fit_for_everyone(self) -> None:
        """Axe finds nothing serious, and nothing is wider than the screen."""
        found = (await Axe().run(self.page)).response["violations"]
        serious = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if _serious(one)]
        assert serious == []
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert await self.page.evaluate(wide)

    def _says(self, message: ConsoleMessage) -> None:
        # An answer of 4xx is news for the person, and the browser's line about it no fault of the page.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


def _serious(violation: dict[str, Any]) -> bool:
    return violation["impact"] in ("serious", "critical")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is missing: install it, or name it in HELPLINE_TESTS_CHROMIUM")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        await launched.close()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path, speed=SLOW) as found:
        yield found


class Screens:
    """Opens windows, each with its own session."""

    def __init__(self, browser: Browser, here: Town) -> None:
        self._browser = browser
        self._here = here
        self.opened: list[Screen] = []

    async def __call__(self, **wishes: Any) -> Screen:
        context = await self._browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **wishes})
        screen = Screen(await context.new_page(), self._here)
        screen.page.on("console", screen._says)
        screen.page.on("pageerror", lambda error: screen.complaints.append(str(error)))
        self.opened.append(screen)
        return screen


@pytest.fixture
async def screen(browser: Browser, here: Town) -> AsyncIterator[Screens]:
    """``await screen()`` opens a window; at the end none of them has complained."""
    screens = Screens(browser, here)
    yield screens
    for one in screens.opened:
        assert one.complaints == [], "the page's own scripts and styles pass its own policy"
        await one.page.context.close()
