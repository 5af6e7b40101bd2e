"""The picture of which language is lacked, and the statements, in a browser on a small screen."""

import re

import pytest

from helpline import demonstration
from tests.browser.conftest import Screen, Screens
from tests.integration.console.test_reports import month_of, weeks_pass

pytestmark = pytest.mark.browser

SMALL = {"width": 360, "height": 740}


async def signs_in(one: Screen, door: str, name: str) -> None:
    await one.open(door)
    await one.page.fill("#name", name)
    await one.page.fill("#password", demonstration.PASSWORD)
    await one.page.keyboard.press("Enter")
    await one.page.wait_for_selector("nav")


async def test_the_counts_and_the_statements_are_fit_for_everyone_on_a_small_screen(screen: Screens) -> None:
    boss = await screen(viewport=SMALL)
    await weeks_pass(boss.here)
    await signs_in(boss, "/console/sign-in", "demo-coordinator")
    await boss.page.get_by_role("link", name="Counts").click()
    await boss.page.get_by_text(re.compile("Oromo is lacked most")).wait_for()
    await boss.is_fit_for_everyone()
    await boss.page.get_by_text("As a table").click()
    await boss.is_fit_for_everyone()
    dark = await screen(viewport=SMALL, color_scheme="dark")
    await signs_in(dark, "/console/sign-in", "demo-supervisor")
    await dark.open("/console/counts?days=365")
    await dark.is_fit_for_everyone()
    clerk = await screen(viewport=SMALL)
    await signs_in(clerk, "/requests/sign-in", "demo-court")
    month = month_of(clerk.here.clock.now() - 12 * 86_400_000_000)
    await clerk.open(f"/requests/statement?month={month}")
    await clerk.page.get_by_text("An interpreter came").first.wait_for()
    await clerk.is_fit_for_everyone()
