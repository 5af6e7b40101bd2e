"""Concerns in a real browser: flagged by key in seconds, and a board that is loud, live, and says when it is stale."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from helpline import demonstration
from helpline.console.events import STREAMS
from helpline.store.db import Tx
from helpline.store.tables import workers
from tests.browser.conftest import Screen, Screens
from tests.scenarios.test_concerns import flags
from tests.town import Counsellor, Town

pytestmark = pytest.mark.browser

SMALL = {"width": 360, "height": 740}
SCREENS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"viewport": SMALL}, "en"),
    ({"viewport": SMALL, "color_scheme": "dark"}, "en"),
    ({"viewport": SMALL}, "ar"),
)


async def a_chat(here: Town, counsellor: Counsellor, number: str = "+260977111222") -> str:
    child = await here.child(number)
    await child.text("+260116", "english")
    return str((await counsellor.accepts())["contact"])


async def supervises(screen: Screen) -> None:
    await screen.open("/console/sign-in")
    await screen.page.fill("#name", "demo-supervisor")
    await screen.page.fill("#password", demonstration.PASSWORD)
    await screen.page.keyboard.press("Enter")
    await screen.page.wait_for_selector("nav")


async def test_one_key_and_one_tap_flag_a_concern_and_the_board_hears_of_it(here: Town, screen: Screens) -> None:
    amina = await here.person("demo-amina")
    contact = await a_chat(here, amina)
    board = await screen()
    await supervises(board)
    await board.open("/console/concerns")
    desk = await screen()
    await desk.signs_in("demo-amina")
    await desk.open(f"/console/desk?c={contact}")
    await desk.page.wait_for_selector(f"#concern-{contact}")
    await desk.page.locator("body").click(position={"x": 2, "y": 2})
    await desk.page.keyboard.press("f")
    focused = desk.page.locator(".kinds button:focus")
    await expect(focused).to_have_count(1)
    await desk.page.get_by_role("button", name="Trafficking").click()
    await expect(desk.page.locator(f"#flagged-{contact}")).to_contain_text("Nobody has taken it yet")
    row = board.page.locator("#concerns li", has_text="Trafficking")
    await expect(row).to_be_visible()
    await expect(board.page).to_have_title("(1) Concerns · Helpline")
    await row.get_by_role("button", name="I take it").click()
    await expect(row).to_contain_text("Taken")
    await expect(desk.page.locator(f"#flagged-{contact}")).to_contain_text("Taken")
    await expect(board.page).to_have_title("Concerns · Helpline")


async def test_what_is_being_written_of_a_concern_stays_while_news_come_in(here: Town, screen: Screens) -> None:
    amina = await here.person("demo-amina")
    contact = await a_chat(here, amina)
    id = await flags(amina, contact, "missing")
    desk = await screen()
    await desk.signs_in("demo-amina")
    await desk.open(f"/console/desk?c={contact}")
    await desk.page.get_by_text("Write what is known").click()
    sentence = desk.page.locator(f"#sentence-{id}")
    await sentence.fill("Last seen at the bus station.")
    supervisor = await here.person("demo-supervisor", duty=False)
    assert (await supervisor.post(f"/console/concerns/{id}/take"))["status"] == 200
    await expect(sentence).to_have_value("Last seen at the bus station.")


@pytest.mark.parametrize(("wishes", "locale"), SCREENS, ids=("360 px", "dark", "right to left"))
async def test_the_panel_the_board_and_every_page_of_concerns_are_fit_for_everyone(
    here: Town, screen: Screens, wishes: dict[str, Any], locale: str
) -> None:
    amina = await here.person("demo-amina")
    contact = await a_chat(here, amina)
    id = await flags(amina, contact, "rape")
    await flags(amina, contact, "complaint")
    late = await flags(amina, contact, "missing")
    await here.later(1200)

    def reads(tx: Tx) -> None:
        tx.execute(workers.update().values(locale=locale))

    await here.helpline.store.write(reads)
    one = await screen(**wishes)
    await supervises(one)
    concerns, of_contact = "/console/concerns", f"/console/contacts/{contact}"
    pages = (concerns, f"{concerns}/{id}", f"{concerns}/{late}", f"{concerns}/private", f"{concerns}/words",
             "/console/posts", f"{of_contact}/concerns", f"{of_contact}/number")  # fmt: skip
    for path in pages:
        await one.open(path)
        await one.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        await one.is_fit_for_everyone()
    desk = await screen(**wishes)
    await desk.signs_in("demo-amina")
    await desk.open(f"/console/desk?c={contact}")
    await desk.page.wait_for_selector(f"#concern-{contact}")
    await desk.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    await desk.is_fit_for_everyone()


async def test_the_board_that_has_lost_its_connection_says_so_and_catches_up(here: Town, screen: Screens) -> None:
    amina = await here.person("demo-amina")
    contact = await a_chat(here, amina)
    board = await screen()
    await supervises(board)
    await board.open("/console/concerns")
    await expect(board.page.locator("#stale")).to_be_hidden()
    await board.page.route("**/console/events", lambda route: route.abort())
    streams = here.helpline.app[STREAMS]
    for stream in tuple(streams):
        stream.cancel()
    await expect(board.page.locator("#stale")).to_be_visible(timeout=15_000)
    await flags(amina, contact, "missing")
    await board.page.unroute("**/console/events")
    await expect(board.page.locator("#concerns li", has_text="Missing or abducted")).to_be_visible(timeout=20_000)
    await expect(board.page.locator("#stale")).to_be_hidden()


@pytest.mark.parametrize("wishes", [{"viewport": SMALL}, {"viewport": SMALL, "color_scheme": "dark"}])
async def test_the_page_by_which_somebody_takes_it_is_fit_for_everyone(
    here: Town, screen: Screens, wishes: dict[str, Any]
) -> None:
    amina = await here.person("demo-amina")
    contact = await a_chat(here, amina)
    grace = await here.person("demo-supervisor")
    await flags(amina, contact, "missing")
    text = await grace.phone.receives("an urgent matter waits for you")
    link = re.findall(r"https?://\S+/take/\S+", text.body)[0]
    phone = await screen(java_script_enabled=True, **wishes)
    await phone.page.goto(link)
    await phone.is_fit_for_everyone()
    await phone.page.evaluate("document.documentElement.dir = 'rtl'")
    assert await phone.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    await phone.page.keyboard.press("Tab")
    await phone.page.keyboard.type("J. Zulu")
    await phone.page.keyboard.press("Tab")
    await phone.page.keyboard.type("Duty officer")
    await phone.page.keyboard.press("Enter")
    await phone.page.get_by_text("Thank you: it is written down that you take it").wait_for()
    await phone.is_fit_for_everyone()
    await phone.page.goto(link)
    await phone.page.get_by_text("Somebody has taken it already").wait_for()
    await phone.is_fit_for_everyone()
