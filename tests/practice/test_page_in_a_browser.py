"""The practice phones as a person uses them: by keyboard, on a small screen, in two scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from helpline.practice import PracticeCarrier

from .conftest import CHILD, COUNSELLOR, LINE, HelplineSide, Rest

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is missing"),
]


@pytest_asyncio.fixture
async def page(carrier: PracticeCarrier) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 360, "height": 800})
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        await page.goto(carrier.url)
        await page.get_by_text("Connected to the practice carrier.").wait_for()
        yield page
        await browser.close()
        assert problems == []


async def test_a_call_from_the_first_key_to_the_counsellor(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest, page: Page
) -> None:
    room = '<Dial><Conference waitUrl="" participantLabel="{}">room</Conference></Dial>'
    arabic = '<Say voice="Google.ar-XA-Standard-A">مرحبا</Say>'
    menu = '<Gather numDigits="1" timeout="600" action="{}"><Say>Press 1</Say>' + arabic + "</Gather>"
    helpline.says("/voice", menu.format("/join-child"))
    helpline.says("/join-child", room.format("child"))
    helpline.says("/adult", menu.format("/join-adult"))
    helpline.says("/join-adult", room.format("counsellor"))

    await page.get_by_role("button", name="Call", exact=True).focus()
    await page.keyboard.press("Enter")
    child = page.get_by_role("article", name=f"Phone {CHILD}")
    await child.get_by_text("مرحبا").wait_for()
    assert await child.get_by_text("مرحبا").get_attribute("dir") == "rtl"
    assert await child.get_by_text("مرحبا").get_attribute("lang") == "ar-XA"
    await page.keyboard.press("1")
    await child.get_by_text("In the conference, waiting for somebody.").wait_for()

    url = f"{helpline.url}/adult"
    await rest(lambda client: client.calls.create(to=COUNSELLOR, from_=LINE, url=url))
    counsellor = page.get_by_role("article", name=f"Phone {COUNSELLOR}")
    await counsellor.get_by_role("button", name="Answer").press("Enter")
    await counsellor.get_by_text("مرحبا").wait_for()
    await counsellor.get_by_role("button", name="1", exact=True).click()
    await child.get_by_text("You are connected with counsellor.").wait_for()
    await counsellor.get_by_label("Say something").fill("Good morning")
    await page.keyboard.press("Enter")
    await child.get_by_text("Good morning").wait_for()

    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    found = (await Axe().run(page)).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []

    await child.get_by_role("button", name="Drop the connection").click()
    await counsellor.get_by_text("In the conference, waiting for somebody.").wait_for()
    await counsellor.get_by_role("button", name="Hang up").click()
    await counsellor.get_by_text("ended", exact=True).wait_for()
    assert carrier.errors == []
