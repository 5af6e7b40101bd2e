"""An officer's page for an interpreter now, in a browser: by keyboard, small, dark."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from helpline import demonstration
from tests.browser.conftest import Screen, Screens
from tests.town import Town

pytestmark = pytest.mark.browser

SMALL = {"width": 360, "height": 740}


async def _a_clerk(screen: Screens, **wishes: Any) -> Screen:
    clerk = await screen(**wishes)
    await clerk.open("/requests/sign-in")
    await clerk.page.fill("#name", "demo-court")
    await clerk.page.fill("#password", demonstration.PASSWORD)
    await clerk.page.keyboard.press("Enter")
    await clerk.page.wait_for_url(re.compile("/requests$"))
    return clerk


async def _asks(clerk: Screen) -> None:
    await clerk.page.locator("[name=purpose]").select_option("hearing")
    await clerk.page.locator("[name=boys]").fill("2")
    await clerk.page.locator("[name=language]").first.select_option("ti")
    await clerk.page.locator("[name=call_to]").fill("+260211000001")
    await clerk.page.get_by_role("button", name="Ask for an interpreter").focus()
    await clerk.page.keyboard.press("Enter")


async def test_an_officer_asks_and_sees_the_request_move_to_connected(here: Town, screen: Screens) -> None:
    clerk = await _a_clerk(screen)
    await clerk.is_fit_for_everyone()
    await _asks(clerk)
    now = clerk.page.locator("#request-now")
    await expect(now).to_contain_text("Your telephone rings once somebody is there.")
    await clerk.is_fit_for_everyone()
    selam = await here.person("demo-selam")
    await selam.accepts()
    await selam.picks_up()
    phone = await here.carrier.phone("+260211000001").rings(20)
    await phone.answer()
    await phone.hears("press 1")
    await phone.press("1")
    await expect(now).to_contain_text("You are connected.", timeout=10_000)
    await clerk.is_fit_for_everyone()


async def test_a_telephone_that_was_not_answered_is_said_to_be_so(here: Town, screen: Screens) -> None:
    selam = await here.person("demo-selam")
    clerk = await _a_clerk(screen)
    await _asks(clerk)
    await selam.accepts()
    await selam.picks_up()
    phone = await here.carrier.phone("+260211000001").rings(20)
    await phone.reject()
    now = clerk.page.locator("#request-now")
    await expect(now).to_contain_text("Your telephone was not answered. We try again soon", timeout=10_000)
    await expect(now).not_to_contain_text("Waits for the day")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_a_small_screen(here: Town, screen: Screens, scheme: Any) -> None:
    clerk = await _a_clerk(screen, viewport=SMALL, color_scheme=scheme)
    await clerk.is_fit_for_everyone()
    await _asks(clerk)
    await clerk.page.locator("#request-now").wait_for()
    await clerk.is_fit_for_everyone()
