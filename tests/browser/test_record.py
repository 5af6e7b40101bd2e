"""A record from its first answer to the search that finds it again, by keyboard alone on a small screen."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Screens
from tests.town import Town

pytestmark = pytest.mark.browser

SMALL = {"viewport": {"width": 360, "height": 740}}


async def tabs_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; it must be reachable."""
    for _ in range(200):
        if await page.evaluate("wanted => document.activeElement?.matches(wanted)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
async def test_a_letter_is_entered_written_up_and_found_by_keyboard_at_360_px(
    here: Town, screen: Screens, scripts: bool
) -> None:
    amina = await screen(**SMALL, java_script_enabled=scripts)
    page, keyboard = amina.page, amina.page.keyboard
    await amina.signs_in("demo-amina")
    await amina.open("/console/offline")
    fit = amina.is_fit_for_everyone if scripts else _nothing
    await fit()
    if not scripts:  # the browser is moved by what it shows, as without a script no focus can be asked for
        await page.get_by_label("Letter").check()
        await page.get_by_role("button", name="Go on to the record").press("Enter")
        await page.wait_for_url("**/record")
        await page.get_by_label("A child about itself").check()
        await page.fill("#summary", "A teacher writes about a girl.")
        await page.get_by_role("button", name="Add a child").press("Enter")
        await page.fill("#child-0-age", "14")
        await page.get_by_role("button", name="Finish the record").press("Enter")
        await page.wait_for_url("**/console/desk")
    else:
        await tabs_to(page, "input[name=how]")
        await keyboard.press("Space")
        await tabs_to(page, "main form .primary")
        await keyboard.press("Enter")
        await page.wait_for_url("**/record")
        await fit()
        await tabs_to(page, "input[name=contact_type]")
        await keyboard.press("Space")
        await tabs_to(page, "#summary")
        await keyboard.type("A teacher writes about a girl.")
        await tabs_to(page, "button[value=add_child]")
        await keyboard.press("Enter")
        await expect(page.locator("#child-0-age")).to_be_focused()
        await keyboard.type("14")
        await tabs_to(page, "#child-0-gender")
        await keyboard.type("Gi")
        await tabs_to(page, ".reasons summary")
        await keyboard.press("Enter")
        await tabs_to(page, "input[value='missing.abduction']")
        await keyboard.press("Space")
        await expect(page.locator("#saved")).to_contain_text("Saved")
        await expect(page.locator("#saved")).not_to_contain_text("as you type")
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        await fit()
        await page.reload()
        assert await page.input_value("#child-0-gender") == "girl", "what was typed survives"
        await tabs_to(page, "button[value=finish]")
        await keyboard.press("Enter")
        await page.wait_for_url("**/console/desk")

    await amina.open("/console/search")
    await fit()
    await page.focus("#word")
    await keyboard.type("teacher")
    await keyboard.press("Enter")
    await page.get_by_role("heading", name="Found: 1").wait_for()
    assert "teacher" not in page.url
    await fit()
    await page.locator("main .list a").first.press("Enter")
    await page.wait_for_url("**/record")
    assert await page.input_value("#summary") == "A teacher writes about a girl."
    assert await page.input_value("#child-0-age") == "14"


async def _nothing() -> None:
    """Axe needs scripts."""
