"""The console in a real browser: by keyboard, on a small screen, in another direction, with a lost connection."""

from typing import Any

import pytest
from playwright.async_api import expect

from helpline import demonstration
from helpline.console.events import STREAMS
from helpline.store.db import Tx
from helpline.store.tables import workers
from tests.browser.conftest import Screen, Screens
from tests.integration.console.people import a_somali_child_calls
from tests.town import Town, until

pytestmark = pytest.mark.browser


async def _a_conversation(here: Town, amina: Screen) -> Any:
    """Amina accepts by key, and her phone is answered."""
    call = await a_somali_child_calls(here)
    await amina.is_offered()
    await amina.page.keyboard.press("a")
    phone = await here.carrier.phone("+260950000001").rings(10)
    await phone.answer()
    await phone.hears("press 1")
    await phone.press("1")
    await amina.page.get_by_role("button", name="End the conversation").wait_for()
    return call


async def test_a_call_from_the_ring_to_the_finished_record_by_keyboard_alone(here: Town, screen: Screens) -> None:
    amina = await screen()
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    page = amina.page
    page.on("dialog", lambda dialog: dialog.accept())
    call = await a_somali_child_calls(here)
    await amina.is_offered()
    assert "Ringing" in await page.title()
    await expect(page.locator("#loud")).to_contain_text("Somali")
    await page.keyboard.press("a")
    phone = await here.carrier.phone("+260950000001").rings(10)
    await expect(page.get_by_text("Your phone rings: answer it and press 1.")).to_be_visible()
    await phone.answer()
    await phone.hears("press 1")
    await phone.press("1")
    await page.get_by_role("button", name="End the conversation").wait_for()

    await page.focus("#summary")
    await page.keyboard.type("A day and a half on a lorry. Accepts help.")
    await expect(page.locator("#saved")).not_to_contain_text("as you type")
    await page.get_by_role("button", name="Finish the record").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Choose the type of contact before you finish.")).to_be_focused()
    await page.focus("input[name=contact_type]")
    await page.keyboard.press("Space")
    await call.hang_up()
    await page.get_by_text("The conversation is over").wait_for()
    await page.get_by_role("button", name="Finish the record").focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("You are on duty.").wait_for()
    await expect(page.locator("#record-form")).to_have_count(0)
    assert (await here.contact()).state == "closed"


async def test_the_keys_do_nothing_while_a_text_is_typed(here: Town, screen: Screens) -> None:
    amina = await screen()
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    await _a_conversation(here, amina)
    page = amina.page
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="End the conversation").click()
    await page.get_by_text("The conversation is over").wait_for()
    await here.later(400)
    await page.get_by_text("You are on duty.").wait_for()

    await page.focus("#summary")
    await a_somali_child_calls(here, "+260971234599")
    await amina.is_offered()
    await page.keyboard.type("Amina had a dad and added dates. ")
    await page.focus("#safe_to_contact")
    await page.keyboard.press("d")
    assert await page.locator("#offer").count() == 1, "typing has neither accepted nor declined"
    await page.focus("#accept")
    for pressed in ("Control+d", "Alt+a", "Shift+D"):
        await page.keyboard.press(pressed)
    assert await page.locator("#offer").count() == 1, "nor has a key with another"
    assert await page.input_value("#summary") == "Amina had a dad and added dates. "
    await page.keyboard.press("d")
    await expect(page.locator("#offer")).to_have_count(0)


async def test_typing_is_not_disturbed_by_what_happens_meanwhile(here: Town, screen: Screens) -> None:
    amina, supervisor = await screen(), await screen()
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    await supervisor.signs_in("demo-supervisor")
    await supervisor.open("/console/floor")
    call = await a_somali_child_calls(here)
    await call.press("0")
    await expect(amina.page.locator("#offer .mark.danger")).to_be_visible()
    await call.hang_up()
    board = supervisor.page
    lost = board.locator(".alarm").filter(has_text="A child in danger left")
    await board.get_by_role("heading", name="A child in danger left").wait_for()
    assert (await board.title()).startswith("(")  # with that a post has nobody who could be told
    await board.get_by_role("button", name="I see to it").first.click()
    said = board.get_by_label("What was done")
    await said.click()
    await board.keyboard.type("Called the ")
    second = await a_somali_child_calls(here, "+260971234599")
    await second.press("0")
    await expect(board.locator("#floor .mark.danger")).to_be_visible()
    await second.hang_up()
    await expect(lost).to_have_count(2)
    await board.keyboard.type("school.")
    await expect(said).to_have_value("Called the school.")
    await board.keyboard.press("Enter")
    await expect(lost).to_have_count(1)


async def test_two_windows_of_one_record_show_each_other_and_lose_nothing(here: Town, screen: Screens) -> None:
    amina = await screen()
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    await _a_conversation(here, amina)
    first = amina.page
    await first.wait_for_selector("#record-form")
    second = await first.context.new_page()
    await second.goto(f"{here.url}/console/desk")
    await first.fill("#summary", "From the first window.")
    await expect(first.locator("#saved")).to_contain_text("Saved")
    await expect(first.locator("#saved")).not_to_contain_text("as you type")
    await second.fill("#summary", "From the second window.")
    await expect(second.locator("#conflict")).to_contain_text("From the first window.")
    assert await second.input_value("#summary") == "From the second window."
    await second.get_by_role("button", name="Keep mine").click()
    await expect(second.locator("#saved")).to_contain_text("Saved")
    await first.reload()
    assert await first.input_value("#summary") == "From the second window."


async def test_a_page_that_lost_its_connection_says_so_and_catches_up(here: Town, screen: Screens) -> None:
    amina = await screen()
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    page = amina.page
    await expect(page.locator("#stale")).to_be_hidden()
    await page.route("**/console/events", lambda route: route.abort())
    streams = here.helpline.app[STREAMS]
    for stream in tuple(streams):
        stream.cancel()
    await expect(page.locator("#stale")).to_be_visible(timeout=15_000)
    await a_somali_child_calls(here)
    await page.unroute("**/console/events")
    await amina.is_offered()
    await expect(page.locator("#stale")).to_be_hidden()


async def test_a_session_that_ends_takes_nothing_away_that_was_typed(here: Town, screen: Screens) -> None:
    amina = await screen()
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    await _a_conversation(here, amina)
    page = amina.page
    await page.wait_for_selector("#record-form")
    here.clock.advance(2 * 3600)
    await page.fill("#summary", "Typed after the session had ended.")
    await expect(page.locator("#saved")).to_contain_text("You are signed out")
    other = await page.context.new_page()
    await other.goto(f"{here.url}/console/sign-in")
    await other.fill("#name", "demo-amina")
    await other.fill("#password", demonstration.PASSWORD)
    await other.keyboard.press("Enter")
    await other.wait_for_url("**/console/desk")
    await expect(page.locator("#saved")).to_contain_text("Saved", timeout=20_000)
    assert await page.input_value("#summary") == "Typed after the session had ended."


PAGES = ("/", "/console/sign-in", "/console/desk", "/console/floor")
SCREENS = (
    {"viewport": {"width": 1200, "height": 900}},
    {"viewport": {"width": 360, "height": 740}},
    {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
)


@pytest.mark.parametrize("wishes", SCREENS, ids=("wide", "360 px", "dark"))
async def test_every_page_is_fit_for_everyone(here: Town, screen: Screens, wishes: dict[str, Any]) -> None:
    supervisor = await screen(**wishes)
    for path in PAGES[:2]:
        await supervisor.open(path)
        await supervisor.is_fit_for_everyone()
    await supervisor.signs_in("demo-supervisor")
    amina = await screen(**wishes)
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    await amina.is_fit_for_everyone()
    call = await a_somali_child_calls(here)
    await amina.is_offered()
    await amina.is_fit_for_everyone()
    await amina.page.keyboard.press("a")
    await amina.page.wait_for_selector("#record-form")
    await amina.page.get_by_role("button", name="Add a child").click()
    await amina.page.wait_for_selector("#child-0-age")
    await amina.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    await amina.is_fit_for_everyone()
    await supervisor.open("/console/floor")
    await supervisor.is_fit_for_everyone()
    await supervisor.page.locator(".row.in-danger a, .row .who a").first.click()
    await supervisor.page.get_by_role("heading", name="What happened").wait_for()
    await supervisor.is_fit_for_everyone()
    await call.hang_up()


@pytest.mark.parametrize("width", [360, 1200])
async def test_the_desk_lays_out_from_right_to_left(here: Town, screen: Screens, width: int) -> None:
    def arabic(tx: Tx) -> None:
        tx.execute(workers.update().where(workers.c.sign_in == "demo-amina").values(locale="ar"))

    await here.helpline.store.write(arabic)
    amina = await screen(viewport={"width": width, "height": 800})
    await amina.signs_in("demo-amina")
    await amina.is_fit_for_everyone()
    brand = await amina.page.locator(".brand").bounding_box()
    assert brand is not None and brand["x"] + brand["width"] > width * 0.7, "what comes first stands on the right"


async def test_signing_in_and_going_on_duty_need_no_scripts(here: Town, screen: Screens) -> None:
    amina = await screen(java_script_enabled=False)
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    await a_somali_child_calls(here)

    async def offered() -> bool:
        await amina.open("/console/desk")
        return bool(await amina.page.locator("#accept").count())

    await until(offered, "the offer")
    await amina.page.click("#decline")
    await amina.page.get_by_text("You are on duty.").wait_for()


async def test_nothing_personal_is_left_in_the_browser(here: Town, screen: Screens) -> None:
    amina = await screen()
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    await _a_conversation(here, amina)
    await amina.page.fill("#summary", "A secret.")
    await expect(amina.page.locator("#saved")).not_to_contain_text("as you type")
    kept = await amina.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'
