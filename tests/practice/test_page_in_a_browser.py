"""The practice phones as a person uses them: by keyboard, on a small screen, in two scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from helpline.practice import PracticeCarrier

from .conftest import CHILD, COUNSELLOR, LINE, HelplineSide, Opener, Rest

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is missing"),
]


@asynccontextmanager
async def opened(carrier: PracticeCarrier) -> AsyncIterator[Page]:
    """The page at a telephone's width, which must say nothing wrong to its console."""
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


@pytest_asyncio.fixture
async def page(carrier: PracticeCarrier) -> AsyncIterator[Page]:
    async with opened(carrier) as page:
        yield page


async def fits_and_is_accessible(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    found = (await Axe().run(page)).response["violations"]
    assert [one["id"] for one in found] == []


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
    await child.get_by_text(f"You are connected with the phone {COUNSELLOR}.").wait_for()
    await counsellor.get_by_label("Say something").fill("Good morning")
    await page.keyboard.press("Enter")
    await child.get_by_text("Good morning").wait_for()

    await fits_and_is_accessible(page)

    await child.get_by_role("button", name="Drop the connection").click()
    await counsellor.get_by_text("In the conference, waiting for somebody.").wait_for()
    await counsellor.get_by_role("button", name="Hang up").click()
    await counsellor.get_by_text("ended", exact=True).wait_for()
    assert carrier.errors == []


async def test_a_child_writes_by_keyboard_and_sees_the_answer_in_its_own_direction(
    helpline: HelplineSide, open_carrier: Opener
) -> None:
    carrier = await open_carrier(message_url=f"{helpline.url}/text")
    helpline.says("/text", "<Message>مرحبا، نحن هنا 🙂</Message>")
    async with opened(carrier) as page:
        panel = page.get_by_role("form", name="Someone writes to the helpline")
        await panel.get_by_label("Write from").fill(CHILD)
        box = panel.get_by_label("Text", exact=True)
        await box.focus()
        await page.keyboard.type("ሰላም")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("እርዳታ")
        await page.keyboard.press("Enter")
        log = panel.get_by_role("log")
        await log.get_by_text("SMS, ").first.wait_for()
        mine = log.locator("li.own", has_text="ሰላም")
        await mine.get_by_text("taken by the helpline").wait_for()
        theirs = log.locator("li.theirs", has_text="مرحبا")
        await theirs.get_by_text("delivered").wait_for()
        assert await theirs.locator(".body").evaluate("one => getComputedStyle(one).direction") == "rtl"
        assert await mine.locator(".body").evaluate("one => getComputedStyle(one).direction") == "ltr"
        assert await mine.locator(".body").inner_text() == "ሰላም\nእርዳታ"
        assert helpline.forms("/text")[0]["Body"] == "ሰላም\nእርዳታ"
        assert await box.input_value() == ""
        assert await box.evaluate("box => document.activeElement === box")

        await panel.get_by_label("WhatsApp").check()
        assert await panel.get_by_label("Number to write to").input_value() == LINE
        helpline.says("/text", web.Response(status=500))
        await box.fill("Is anybody there?")
        await page.keyboard.press("Enter")
        await log.get_by_text("WhatsApp, ").first.wait_for()
        await log.get_by_text("lost: the helpline did not answer").wait_for()
        assert helpline.forms("/text")[-1]["From"] == f"whatsapp:{CHILD}"
        await fits_and_is_accessible(page)

        await panel.get_by_label("Write from").fill("+260960000000")
        await log.get_by_text("No text yet.").wait_for()
        await panel.get_by_label("Write from").fill(CHILD)
        await mine.wait_for()
        assert await log.locator("li").count() == 3
