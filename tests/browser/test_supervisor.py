"""What a supervisor has before them, in a real browser: the floor, the wall, the roster, measures, a conversation."""

from typing import Any

import pytest
from playwright.async_api import expect

from helpline import demonstration
from helpline.store.db import Tx
from helpline.store.tables import workers
from tests.browser.conftest import Screen, Screens
from tests.integration.console.people import a_somali_child_calls
from tests.town import Counsellor, Town

pytestmark = pytest.mark.browser

WIDE, SMALL = {"width": 1200, "height": 900}, {"width": 360, "height": 740}
SCREENS: tuple[dict[str, Any], ...] = (
    {"viewport": WIDE},
    {"viewport": SMALL},
    {"viewport": SMALL, "color_scheme": "dark"},
)


async def _signs_in(supervisor: Screen) -> None:
    await supervisor.open("/console/sign-in")
    await supervisor.page.fill("#name", "demo-supervisor")
    await supervisor.page.fill("#password", demonstration.PASSWORD)
    await supervisor.page.keyboard.press("Enter")
    await supervisor.page.wait_for_selector("nav")


async def _a_chat(here: Town, counsellor: Counsellor) -> str:
    child = await here.child("+260977111222")
    await child.text("+260116", "english")
    return str((await counsellor.accepts())["contact"])


async def _a_busy_hour(here: Town) -> str:
    """A conversation that waits for an answer, a child who waits, one in danger, a closed line, a message to all."""
    amina = await here.person("demo-amina")
    contact = await _a_chat(here, amina)
    await a_somali_child_calls(here)
    danger = await a_somali_child_calls(here, "+260971234599")
    await danger.press("0")
    director = await here.person("demo-supervisor", duty=False)
    await director.post("/console/lines/close", line="children", hours="2", reason="No electricity.")
    await director.post("/console/broadcasts", body="The street is flooded: stay where you are.", hours="2")
    worker = (await here.helpline.store.read(_ids))["demo-bwalya"]
    day = _civil(here)
    await director.post("/console/roster", worker=worker, day=day, begins="00:00", ends="16:00", days="3", line="")
    await director.post("/console/roster", worker=worker, day=day, begins="16:00", ends="23:59", days="3", line="")
    await here.later(200)
    return contact


def _ids(tx: Tx) -> dict[str, str]:
    return {row.sign_in: row.id for row in tx.execute(workers.select())}


def _civil(here: Town) -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime.fromtimestamp(here.clock.now() / 1e6, UTC) + timedelta(hours=2)).date().isoformat()


@pytest.mark.parametrize("wishes", SCREENS, ids=("wide", "360 px", "dark"))
async def test_every_page_of_a_supervisor_is_fit_for_everyone(
    here: Town, screen: Screens, wishes: dict[str, Any]
) -> None:
    contact = await _a_busy_hour(here)
    supervisor = await screen(**wishes)
    await _signs_in(supervisor)
    pages = ("/console/floor", "/console/wall", "/console/roster", "/console/measures",
             f"/console/contacts/{contact}/read", f"/console/contacts/{contact}")  # fmt: skip
    for path in pages:
        await supervisor.open(path)
        await supervisor.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        await supervisor.is_fit_for_everyone()


@pytest.mark.parametrize("locale", ["fr", "ar"])
async def test_the_pages_of_a_supervisor_in_another_language_and_direction(
    here: Town, screen: Screens, locale: str
) -> None:
    contact = await _a_busy_hour(here)

    def reads(tx: Tx) -> None:
        tx.execute(workers.update().where(workers.c.sign_in == "demo-supervisor").values(locale=locale))

    await here.helpline.store.write(reads)
    supervisor = await screen(viewport=SMALL)
    await _signs_in(supervisor)
    for path in ("/console/floor", "/console/wall", "/console/roster", "/console/measures",
                 f"/console/contacts/{contact}/read"):  # fmt: skip
        await supervisor.open(path)
        await supervisor.is_fit_for_everyone()


async def test_the_wall_counts_by_itself(here: Town, screen: Screens) -> None:
    supervisor = await screen(viewport={"width": 1600, "height": 900})
    await _signs_in(supervisor)
    await supervisor.open("/console/wall")
    wall = supervisor.page.locator("#wall")
    await expect(wall).to_contain_text("Nobody waits.")
    await a_somali_child_calls(here)
    await expect(wall).to_contain_text("Soomaali")
    await expect(wall.locator("ul.big time")).to_contain_text(":")


async def test_a_new_text_comes_to_whoever_reads_along_without_taking_the_note_away(
    here: Town, screen: Screens
) -> None:
    amina = await here.person("demo-amina")
    contact = await _a_chat(here, amina)
    supervisor = await screen()
    await _signs_in(supervisor)
    await supervisor.open(f"/console/contacts/{contact}/read")
    page = supervisor.page
    await page.fill("#note", "Ask where ")
    child = await here.child("+260977111222")
    await child.text("+260116", "they took my shoes")
    await expect(page.locator("#reading")).to_contain_text("they took my shoes", timeout=10_000)
    await expect(page.locator("#note")).to_have_value("Ask where ")
    await page.focus("#note")
    await page.keyboard.press("End")
    await page.keyboard.type("he sleeps.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Your note is with the counsellor.")).to_be_visible()
    await expect(page.locator("#reading .adults").last).to_contain_text("Ask where he sleeps.")


async def test_a_message_to_everyone_is_put_away_by_key_without_leaving_the_page(here: Town, screen: Screens) -> None:
    director = await here.person("demo-supervisor", duty=False)
    await director.post("/console/broadcasts", body="The street is flooded.", hours="2")
    supervisor = await screen()
    await _signs_in(supervisor)
    await supervisor.open("/console/floor")
    told = supervisor.page.locator("#told")
    await expect(told).to_contain_text("The street is flooded.")
    await told.get_by_role("button", name="I have read it").focus()
    await supervisor.page.keyboard.press("Enter")
    await expect(told).to_be_hidden()
    assert supervisor.page.url.endswith("/console/floor")


async def test_a_supervisor_needs_no_scripts(here: Town, screen: Screens) -> None:
    contact = await _a_chat(here, await here.person("demo-amina"))
    supervisor = await screen(java_script_enabled=False)
    await _signs_in(supervisor)
    await supervisor.open(f"/console/contacts/{contact}/read")
    await supervisor.page.fill("#note", "Well done.")
    await supervisor.page.get_by_role("button", name="Send the note").click()
    await supervisor.page.get_by_text("Your note is with the counsellor.").wait_for()
    await supervisor.page.get_by_role("button", name="to put it down").click()
    await supervisor.page.get_by_text("The counsellor is asked to put it down.").first.wait_for()
    await supervisor.open("/console/measures")
    await supervisor.page.get_by_text("Close a line …").click()
    await supervisor.page.fill("#close-reason", "A fire drill.")
    await supervisor.page.get_by_role("button", name="Close the line").click()
    await supervisor.page.get_by_role("button", name="Open the line").click()
    await supervisor.page.get_by_text("No line is closed but by its own hours.").wait_for()
