"""The child's page in a real browser: with and without JavaScript, by keyboard, in three directions of writing."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Screen, Screens
from tests.integration.chat.child import answers, writes
from tests.town import Town

pytestmark = pytest.mark.browser

SMALL: dict[str, Any] = {"viewport": {"width": 360, "height": 640}}


async def _begins(screen: Screen, language: str = "en") -> Page:
    await screen.open("/chat")
    await screen.page.click(f"button[value={language}]")
    await screen.page.locator("#body").wait_for()
    return screen.page


async def _mine(page: Page, *said: str) -> None:
    """The child's own texts on the page are these, each once and sent."""
    await expect(page.locator("li.child > p")).to_have_text(list(said))
    await expect(page.locator("li.child i")).to_have_count(0)


async def test_a_conversation_by_keyboard_on_a_small_screen(here: Town, screen: Screens) -> None:
    amina = await here.person("demo-amina")
    halima = await screen(**SMALL)
    asked: list[str] = []
    halima.page.on("request", lambda request: asked.append(request.url))
    await halima.open("/chat")
    await halima.is_fit_for_everyone()
    await halima.page.get_by_role("button", name="Soomaali").focus()
    await halima.page.keyboard.press("Enter")
    page = halima.page
    await expect(page.locator("html")).to_have_attribute("lang", "so")
    await expect(page.locator("#state")).to_contain_text("Qof ayaa imanaya")
    contact = await answers(here, amina)
    await expect(page.locator("#state")).to_contain_text("La-taliye ayaa jooga")

    await page.focus("#body")
    await page.keyboard.type("Salaan")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("ma i maqlaysaa?")
    await page.keyboard.press("Enter")
    await _mine(page, "Salaan\nma i maqlaysaa?")
    await expect(page.locator("#body")).to_be_focused()
    await page.keyboard.type("half a thou")
    await writes(here, contact, "Haa, waan ku maqlayaa")
    await expect(page.get_by_role("log").locator("li.worker > p")).to_have_text(["Haa, waan ku maqlayaa"])
    await expect(page.locator("#body")).to_have_value("half a thou")
    await halima.is_fit_for_everyone()

    await amina.post(f"/console/contacts/{contact}/end")
    await page.get_by_role("button", name="Bilow wada-sheekaysi kale").click()
    await page.get_by_role("button", name="Soomaali").wait_for()
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {here.url.split("/")[2]}


async def test_danger_is_one_tap(here: Town, screen: Screens) -> None:
    halima = await screen(**SMALL)
    page = await _begins(halima)
    await page.get_by_role("button", name="I am in danger now").dblclick()
    await expect(page.get_by_role("status").get_by_text("We have seen that you are in danger.")).to_be_visible()
    await expect(page.locator("#danger")).to_be_hidden()
    assert (await here.contact()).danger


async def test_pressing_everything_twice_does_everything_once(here: Town, screen: Screens) -> None:
    halima = await screen()
    await halima.open("/chat")
    await halima.page.get_by_role("button", name="English").dblclick()
    page = halima.page
    await page.locator("#body").fill("hello")
    await page.get_by_role("button", name="Send").dblclick()
    await _mine(page, "hello")
    await page.reload()
    await _mine(page, "hello")
    assert len(await here.contacts()) == 1


@pytest.mark.parametrize("how", ["button", "escape"])
async def test_the_quick_exit_leaves_nothing_to_go_back_to(here: Town, screen: Screens, how: str) -> None:
    amina = await here.person("demo-amina")
    halima = await screen()
    await halima.open("/numbers")  # what the child looked at before
    page = await _begins(halima)
    await answers(here, amina)
    await page.fill("#body", "he is com")
    if how == "button":
        await page.get_by_role("button", name="Leave quickly").click()
    else:
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
    await page.wait_for_url("**/numbers")
    await here.becomes("wrap_up")
    for _ in range(2):
        await page.go_back()
        await expect(page.locator("body")).not_to_contain_text("chat")
        assert page.url.endswith("/numbers") or page.url == "about:blank"
    kept = "[localStorage.length, sessionStorage.length, document.cookie]"
    await halima.open("/numbers")
    assert await page.evaluate(kept) == [0, 0, ""]
    await _begins(halima)  # and nothing stands in the way of coming again


async def test_danger_that_did_not_get_through_goes_out_with_leaving(here: Town, screen: Screens) -> None:
    halima = await screen()
    page = await _begins(halima)
    await page.route("**/chat/danger", lambda route: route.abort("connectionreset"))
    await page.get_by_role("button", name="I am in danger now").click()
    await page.get_by_role("button", name="Leave quickly").click()
    assert (await here.becomes("closed")).danger
    halima.complaints.clear()  # the browser's own lines about the connection


async def test_leaving_works_without_a_connection(here: Town, screen: Screens) -> None:
    halima = await screen()
    async with halima.page.expect_response("**/numbers"):
        page = await _begins(halima)
    await page.context.set_offline(True)
    await page.fill("#body", "he is com")
    await page.get_by_role("button", name="Leave quickly").click()
    await page.wait_for_url("**/numbers")
    await expect(page.get_by_role("heading")).to_have_text("1 × 1")
    halima.complaints.clear()  # the browser's own lines about the connection


async def test_arabic_without_javascript(here: Town, screen: Screens) -> None:
    yusuf = await here.person("demo-dawit")
    halima = await screen(java_script_enabled=False, locale="ar", **SMALL)
    page = await _begins(halima, "ar")
    await here.later(25)  # until a basic speaker may be asked
    contact = await answers(here, yusuf)
    frame = page.frame_locator("iframe")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await page.fill("#body", "مرحبا، أنا وحدي")
    await page.get_by_role("button", name="إرسال").dblclick()
    await expect(frame.locator("li.child > p")).to_have_text(["مرحبا، أنا وحدي"])

    await page.fill("#body", "لا أعرف أين")
    await writes(here, contact, "مرحبا، أنا هنا معك.")
    await expect(frame.locator("li.worker > p")).to_have_text(["مرحبا، أنا هنا معك."], timeout=15_000)
    assert await page.input_value("#body") == "لا أعرف أين", "the frame looked again by itself, and touched nothing"
    await expect(page.locator("#log")).to_be_hidden()

    await page.get_by_role("button", name="أنا في خطر الآن").click()
    await expect(page.get_by_text("لقد رأينا أنك في خطر.")).to_be_visible()
    await page.get_by_role("button", name="خروج سريع").click()
    await page.wait_for_url("**/numbers")
    await page.go_back()
    await expect(page.get_by_role("heading")).to_have_text("1 × 1")
    await page.go_back()
    await expect(page.get_by_role("heading")).to_have_text("1 × 1")


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("am", "ltr"), ("ar", "rtl")])
async def test_every_language_is_fit_for_everyone(here: Town, screen: Screens, language: str, direction: str) -> None:
    halima = await screen(locale=language, **SMALL)
    await halima.open("/chat")
    await expect(halima.page.locator("html")).to_have_attribute("lang", language)
    await halima.is_fit_for_everyone()
    page = await _begins(halima, language)
    await page.fill("#body", "مرحبا 116 ሰላም room B")
    await page.keyboard.press("Enter")
    await _mine(page, "مرحبا 116 ሰላም room B")
    assert await page.evaluate("getComputedStyle(document.querySelector('li.child p')).direction") == "rtl"
    assert await page.evaluate("getComputedStyle(document.body).direction") == direction
    await halima.is_fit_for_everyone()
