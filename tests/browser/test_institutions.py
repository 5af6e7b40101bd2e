"""What a coordinator keeps, and an officer's door, in a real browser: by keyboard, small, dark, from right to left."""

from typing import Any

import pytest
from playwright.async_api import expect

from helpline import demonstration
from helpline.store import sign_ins
from tests.browser.conftest import Screen, Screens
from tests.integration.console.test_institutions import court_of
from tests.integration.console.test_roster import id_of
from tests.town import Town

pytestmark = pytest.mark.browser

WIDE, SMALL = {"width": 1200, "height": 900}, {"width": 360, "height": 740}
SCREENS: tuple[dict[str, Any], ...] = (
    {"viewport": WIDE},
    {"viewport": SMALL},
    {"viewport": SMALL, "color_scheme": "dark"},
)


async def _signs_in(screen: Screen, at: str, name: str) -> None:
    await screen.open(f"{at}/sign-in")
    await screen.page.fill("#name", name)
    await screen.page.fill("#password", demonstration.PASSWORD)
    await screen.page.keyboard.press("Enter")
    await screen.page.wait_for_selector("nav")


@pytest.mark.parametrize("wishes", SCREENS, ids=("wide", "360 px", "dark"))
async def test_every_page_of_a_coordinator_and_an_officer_is_fit_for_everyone(
    here: Town, screen: Screens, wishes: dict[str, Any]
) -> None:
    boss = await screen(**wishes)
    await _signs_in(boss, "/console", "demo-coordinator")
    court, amina = await court_of(here), await id_of(here, "demo-esperance")
    pages = ("/console/institutions", f"/console/institutions/{court}", "/console/interpreters",
             f"/console/interpreters/{amina}", "/console/me")  # fmt: skip
    for path in pages:
        await boss.open(path)
        await boss.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        await boss.is_fit_for_everyone()
    clerk = await screen(**wishes)
    await clerk.open("/requests/sign-in")
    await clerk.is_fit_for_everyone()
    await _signs_in(clerk, "/requests", "demo-court")
    await clerk.open("/requests/password")
    await clerk.is_fit_for_everyone()


async def test_in_arabic_the_pages_run_from_right_to_left_and_numbers_do_not(here: Town, screen: Screens) -> None:
    worker = await id_of(here, "demo-coordinator")
    await here.helpline.store.write(lambda tx: sign_ins.set_locale(tx, worker, "ar"))
    boss = await screen(viewport=SMALL)
    await _signs_in(boss, "/console", "demo-coordinator")
    await boss.open(f"/console/institutions/{await court_of(here)}")
    await expect(boss.page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(boss.page.locator("bdi[dir=ltr]").first).to_have_text("demo-court@example.org")
    await boss.is_fit_for_everyone()


async def test_an_institution_is_written_down_by_keyboard_alone(here: Town, screen: Screens) -> None:
    boss = await screen(viewport=WIDE)
    await _signs_in(boss, "/console", "demo-coordinator")
    await boss.open("/console/institutions")
    keyboard = boss.page.keyboard
    await boss.page.focus("#institution-name")
    await keyboard.type("Kafue Police Post")
    await keyboard.press("Tab")
    await keyboard.type("Police")
    await keyboard.press("Tab")
    await keyboard.type("20a")
    await keyboard.press("Enter")
    fault = boss.page.locator("#institution-number-fault")
    await expect(fault).to_have_text("Digits only: it is keyed in on a telephone.")
    await expect(boss.page.locator("#institution-number")).to_have_attribute("aria-invalid", "true")
    await boss.page.fill("#institution-number", "200201")
    await keyboard.press("Enter")
    await expect(boss.page.locator("h1")).to_have_text("Kafue Police Post")
    await boss.page.click("text=Set the PIN")
    secret = boss.page.locator(".secret")
    await expect(secret).to_be_visible()
    assert (await secret.inner_text()).isdecimal()
    await boss.is_fit_for_everyone()
