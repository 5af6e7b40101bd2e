"""The booking form, the interpreter's page and the coordinator's calendar, in a browser."""

import re

import pytest

from helpline import demonstration
from tests.browser.conftest import Screens
from tests.integration.console.test_bookings import a_clerk, a_weekday, books

pytestmark = pytest.mark.browser


async def test_an_officer_books_with_the_keyboard_and_is_told_what_is_wrong_at_the_field(screen: Screens) -> None:
    clerk = await screen()
    await clerk.open("/requests/sign-in")
    await clerk.page.fill("#name", "demo-court")
    await clerk.page.fill("#password", demonstration.PASSWORD)
    await clerk.page.keyboard.press("Enter")
    await clerk.page.wait_for_url(re.compile("/requests$"))
    await clerk.page.get_by_role("link", name="Bookings").click()
    await clerk.is_fit_for_everyone()
    await clerk.page.get_by_role("link", name="Book an interpreter").click()
    await clerk.page.get_by_label("Your number of the case").fill("Mary Phiri")
    await clerk.page.get_by_label("Day", exact=True).fill(a_weekday(clerk.here).isoformat())
    await clerk.page.get_by_label("Begins").fill("10:00")
    await clerk.page.get_by_label("Ends").fill("12:00")
    await clerk.page.get_by_label("Language", exact=True).select_option("ti")
    await clerk.page.get_by_label("Building and address, in person").fill("High Court")
    await clerk.is_fit_for_everyone()
    await clerk.page.keyboard.press("Enter")
    wrong = clerk.page.get_by_label("Your number of the case")
    await clerk.page.get_by_text("This looks like a name.").wait_for()
    assert await wrong.get_attribute("aria-invalid") == "true" and await wrong.input_value() == "Mary Phiri"
    await clerk.is_fit_for_everyone()
    await wrong.fill("HPR/17/2027")
    await clerk.page.keyboard.press("Enter")
    await clerk.page.get_by_text("An interpreter is asked").wait_for()
    await clerk.is_fit_for_everyone()


async def test_the_pages_of_bookings_are_fit_for_everyone_on_a_small_screen(screen: Screens) -> None:
    boss = await screen(viewport={"width": 360, "height": 740})
    path = await books(boss.here, await a_clerk(boss.here))
    await boss.open("/console/sign-in")
    await boss.page.fill("#name", "demo-coordinator")
    await boss.page.fill("#password", demonstration.PASSWORD)
    await boss.page.keyboard.press("Enter")
    await boss.page.wait_for_selector("nav")
    for page in ("", f"/{path.rpartition('/')[2]}", "/counts"):
        await boss.open(f"/console/calendar{page}")
        await boss.is_fit_for_everyone()
    selam = await screen(viewport={"width": 360, "height": 740}, color_scheme="dark")
    await selam.signs_in("demo-selam")
    for page in ("", "/statement"):
        await selam.open(f"/console/bookings{page}")
        await selam.is_fit_for_everyone()
