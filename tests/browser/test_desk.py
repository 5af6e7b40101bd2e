"""A night with several conversations in a real browser: what is typed stays, and goes to the child it was meant for."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from helpline.store.db import Tx
from helpline.store.tables import workers
from tests.browser.conftest import Screen, Screens
from tests.town import Town, until

pytestmark = pytest.mark.browser

LINE = "+260116"
HEAVIEST = 120 * 1024  # bytes of the console's first view, compressed


async def on_duty(screen: Screens, sign_in: str = "demo-amina", **wishes: Any) -> Screen:
    person = await screen(**wishes)
    await person.signs_in(sign_in)
    await person.goes_on_duty()
    return person


async def a_child_writes(here: Town, person: Screen, number: int, language: str = "english") -> tuple[Any, str]:
    """A child begins by SMS and this person takes it by key; gives the child's phone and the contact's id."""
    child = await here.child(f"+26097711100{number}")
    await child.text(LINE, language)
    await person.is_offered()
    contact = await person.page.get_attribute("#offer", "data-contact")
    assert contact is not None
    await person.page.keyboard.press("a")
    await expect(panel(person.page, contact)).to_be_visible()
    return child, contact


def panel(page: Page, contact: str) -> Locator:
    return page.locator(f"#talk-{contact}")


def field(page: Page, contact: str) -> Locator:
    return page.locator(f"#body-{contact}")


def item(page: Page, contact: str) -> Locator:
    return page.locator(f"#item-{contact}")


async def test_typing_is_not_disturbed_by_texts_that_arrive_and_a_list_that_moves(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    first, one = await a_child_writes(here, amina, 0)
    second, two = await a_child_writes(here, amina, 1)
    await page.keyboard.press("1")
    await expect(field(page, one)).to_be_focused()
    await page.keyboard.type("I am here.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#conversations li").first).to_have_id(f"item-{two}")

    await page.keyboard.type("Tell more")
    for _ in "more":
        await page.keyboard.press("ArrowLeft")
    await first.text(LINE, "my uncle hits me")
    await second.text(LINE, "hello?")
    await expect(panel(page, one).get_by_text("my uncle hits me")).to_be_visible()
    await expect(item(page, two).locator(".count")).to_contain_text("1")
    await expect(page).to_have_title("(1) My desk · Helpline")
    await expect(page.locator("#heard")).to_contain_text("New text from")
    await page.keyboard.type("me ")
    await expect(field(page, one)).to_have_value("Tell me more")
    await expect(field(page, one)).to_be_focused()
    await page.keyboard.press("Control+Enter")
    await first.receives("Tell me more")
    assert not any("Tell me more" in text.body for text in second.texts)


async def test_the_focus_in_the_list_stays_where_it_is_when_the_order_changes(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    _, one = await a_child_writes(here, amina, 0)
    _, two = await a_child_writes(here, amina, 1)
    await page.focus(f"#choose-{one}")
    await here.helpline.store.write(lambda tx: _answered(tx, one))
    await expect(page.locator("#conversations li").first).to_have_id(f"item-{two}", timeout=20_000)
    await expect(page.locator(f"#choose-{one}")).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.locator(f"#choose-{two}")).to_be_focused()
    await expect(panel(page, two)).to_be_visible()
    await page.keyboard.press("j")
    await expect(panel(page, one)).to_be_visible()


def _answered(tx: Tx, contact: str) -> None:
    from helpline.store import threads

    threads.change(tx, contact, owed_since=None)
    tx.hint("text", contact)


async def test_each_draft_stays_with_its_child(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    first, one = await a_child_writes(here, amina, 0)
    second, two = await a_child_writes(here, amina, 1)
    await page.keyboard.press("1")
    await page.keyboard.type("For the first, 2 words")
    await page.keyboard.press("Escape")
    await expect(page.locator(f"#choose-{one}")).to_be_focused()
    await page.keyboard.press("2")
    await expect(field(page, two)).to_be_focused()
    await expect(field(page, two)).to_have_value("")
    await page.keyboard.type("For the second")
    await page.keyboard.press("Control+Enter")
    await second.receives("For the second")
    await item(page, one).locator("a").click()
    await expect(field(page, one)).to_have_value("For the first, 2 words")
    await expect(page.locator(f"#kept-{one}")).to_contain_text("A draft is kept")
    assert first.texts == [] or all("second" not in text.body for text in first.texts)

    await page.goto("about:blank")  # the laptop is closed
    await page.goto(here.url + f"/console/desk?c={one}")
    await expect(field(page, one)).to_have_value("For the first, 2 words")
    await field(page, one).focus()
    await page.keyboard.press("Control+Enter")
    await first.receives("For the first, 2 words")


async def test_a_connection_that_goes_and_comes_loses_and_doubles_nothing(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    child, one = await a_child_writes(here, amina, 0)
    await field(page, one).focus()
    await page.context.set_offline(True)
    await page.keyboard.type("Written without a connection.")
    await page.keyboard.press("Control+Enter")
    await page.keyboard.type("And a second.")
    await page.keyboard.press("Control+Enter")
    await expect(panel(page, one).locator(".pending")).to_have_count(2)
    await expect(panel(page, one).locator(".pending").first).to_contain_text("No connection")
    await child.text(LINE, "are you there?")
    await page.context.set_offline(False)
    await child.receives("Written without a connection.", 20)
    await child.receives("And a second.", 20)
    await expect(panel(page, one).get_by_text("are you there?")).to_be_visible(timeout=20_000)
    await expect(panel(page, one).locator(".pending")).to_have_count(0)
    for text in ("Written without a connection.", "And a second.", "are you there?"):
        await expect(panel(page, one).get_by_text(text)).to_have_count(1)
        assert sum(text in each.body for each in child.texts if not each.sent) == (text != "are you there?")
    amina.complaints[:] = [one for one in amina.complaints if "Failed to fetch" not in one]  # it says so, rightly


async def test_an_answer_of_the_server_that_is_lost_is_asked_for_again(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    child, one = await a_child_writes(here, amina, 0)
    lost: list[int] = []

    async def lose_the_first(route: Any) -> None:
        if lost:
            await route.continue_()
        else:
            lost.append(1)
            await route.fetch()
            await route.abort()

    await page.route("**/say", lose_the_first)
    await field(page, one).focus()
    await page.keyboard.type("Once only.")
    await page.keyboard.press("Control+Enter")
    await expect(panel(page, one).locator("li", has_text="Once only.").locator(".delivery")).to_have_text("delivered")
    await here.is_quiet()
    assert sum("Once only." in text.body for text in child.texts) == 1
    await expect(panel(page, one).get_by_text("Once only.")).to_have_count(1)


async def test_two_windows_show_the_same_and_write_over_nothing(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    first = amina.page
    child, one = await a_child_writes(here, amina, 0)
    second = await first.context.new_page()
    await second.goto(here.url + "/console/desk")
    await first.bring_to_front()
    await field(first, one).fill("From the first window.")
    await expect(first.locator(f"#kept-{one}")).to_contain_text("A draft is kept")
    await field(second, one).fill("From the second.")
    await expect(second.locator(".other-draft")).to_contain_text("From the first window.")
    await second.locator(".other-draft button").click()
    await expect(field(second, one)).to_have_value("From the second.\nFrom the first window.")
    await field(second, one).press("Control+Enter")
    await child.receives("From the second.")
    await expect(panel(first, one).locator(".texts li", has_text="From the second.")).to_have_count(1)
    await expect(panel(second, one).locator(".texts li", has_text="From the second.")).to_have_count(1)
    await expect(field(first, one)).to_have_value("From the first window.")


async def test_what_is_refused_comes_back_into_the_field(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    child, one = await a_child_writes(here, amina, 0)
    await field(page, one).focus()
    await page.keyboard.type("One more thing")
    await child.text(LINE, "STOP")
    await expect(panel(page, one).get_by_text("The child asked us to stop, or said")).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await expect(panel(page, one).locator(".problem").first).to_contain_text("Not sent: The child asked us to stop")
    await expect(field(page, one)).to_have_value("One more thing")
    await expect(panel(page, one).locator(".pending")).to_have_count(0)


async def test_a_conversation_that_goes_to_another_leaves_what_was_typed(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    _, one = await a_child_writes(here, amina, 0)
    other = await page.context.new_page()
    await other.goto(here.url + "/console/desk")
    await page.bring_to_front()
    await field(page, one).focus()
    await page.keyboard.type("Half a sen")
    await other.locator(f"#hand-over-{one} summary").click()
    await other.get_by_role("button", name="Hand over").click()
    await expect(item(page, one)).to_have_count(0)
    await expect(panel(page, one).locator(".problem").first).to_contain_text("not with you any more")
    await page.keyboard.type("tence")
    await expect(field(page, one)).to_have_value("Half a sentence")


async def test_a_ready_answer_goes_into_the_text_and_is_not_sent(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    page = amina.page
    child, one = await a_child_writes(here, amina, 0, "somali")
    await field(page, one).fill("Salaan.")
    await panel(page, one).get_by_text("Ready answers").click()
    await expect(panel(page, one).locator(".replies .mark").first).to_have_text("draft, not reviewed")
    await panel(page, one).get_by_role("button", name="Are you safe now?").click()
    await expect(field(page, one)).to_have_value("Salaan.\nMa nabad baad tahay meesha aad hadda joogto?")
    assert not any("nabad baad tahay" in text.body for text in child.texts)


async def test_a_colleague_takes_over_and_both_desks_follow(here: Town, screen: Screens) -> None:
    amina = await on_duty(screen)
    _, one = await a_child_writes(here, amina, 0)
    bwalya = await on_duty(screen, "demo-bwalya")
    await panel(amina.page, one).get_by_text("Hand over").first.click()
    await expect(amina.page.get_by_role("option", name="Bwalya")).to_have_count(1, timeout=20_000)
    await (
        panel(amina.page, one)
        .get_by_label("To whom")
        .select_option(label="Demo Bwalya (Bemba, English) – Ichibemba, English, Chinyanja")
    )
    await panel(amina.page, one).get_by_label("Note for whoever comes next").fill("She is nine.")
    await panel(amina.page, one).get_by_role("button", name="Hand over").click()
    await expect(panel(amina.page, one).get_by_text("It stays with you until then.")).to_be_visible()
    await bwalya.page.get_by_role("button", name="Take it over").click()
    await expect(panel(bwalya.page, one).get_by_text("She is nine.")).to_be_visible()
    await expect(amina.page.locator("#conversations li")).to_have_count(0)
    await expect(panel(amina.page, one)).to_have_count(0)
    await amina.page.get_by_text("You are on duty.").wait_for()
    heard_of_others = "document.body.dispatchEvent(new CustomEvent('live:concerns'))"
    await amina.page.evaluate(heard_of_others)  # what has gone looks no more, or the page would complain
    assert (await here.contact()).state == "connected"


SCREENS = (
    {"viewport": {"width": 1400, "height": 900}},
    {"viewport": {"width": 360, "height": 740}},
    {"viewport": {"width": 1100, "height": 800}, "color_scheme": "dark"},
)


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.parametrize("wishes", SCREENS, ids=("wide", "360 px", "dark"))
async def test_the_desk_is_fit_for_everyone(here: Town, screen: Screens, wishes: dict[str, Any], locale: str) -> None:
    def reads(tx: Tx) -> None:
        tx.execute(workers.update().where(workers.c.sign_in == "demo-amina").values(locale=locale))

    await here.helpline.store.write(reads)
    amina = await screen(**wishes)
    page = amina.page
    await amina.signs_in("demo-amina")
    await page.locator("button[value=on]").click()
    await page.locator("#now[data-duty=available]").wait_for()
    child, one = await a_child_writes(here, amina, 0)
    await a_child_writes(here, amina, 1, "somali")
    await item(page, one).locator("a").click()
    await field(page, one).fill("a" * 300)
    await page.keyboard.press("Control+Enter")
    await child.text(LINE, "https://example.org/" + "long" * 60)
    await expect(panel(page, one).locator(".texts li")).to_have_count(4)
    await expect(panel(page, one).locator(".mine[data-state=delivered]")).to_have_count(1)
    child.answers = "unreachable"
    await field(page, one).fill("Are you there?")
    await page.keyboard.press("Control+Enter")
    await expect(panel(page, one).locator(".failed")).to_be_visible()
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    await amina.is_fit_for_everyone()


async def test_the_first_view_is_light(here: Town, screen: Screens) -> None:
    amina = await screen()
    await amina.signs_in("demo-amina")
    await amina.page.wait_for_load_state("load")
    entries = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"

    async def all_there() -> Any:
        sizes = await amina.page.evaluate(f"{entries}.map((one) => [new URL(one.name).pathname, one.encodedBodySize])")
        return sizes if any(path.endswith("/sound.js") for path, _ in sizes) else None

    weights = dict(await until(all_there, "the scripts"))
    fetched = [path for path in weights if "/static/" in path or path == "/console/desk"]
    assert len(fetched) > 8 and all(weights[path] > 0 for path in fetched), weights
    assert sum(weights.values()) < HEAVIEST, weights


async def test_a_child_is_answered_without_scripts(here: Town, screen: Screens) -> None:
    amina = await screen(java_script_enabled=False)
    await amina.signs_in("demo-amina")
    await amina.goes_on_duty()
    child = await here.child("+260977111000")
    await child.text(LINE, "english")

    async def offered() -> bool:
        await amina.open("/console/desk")
        return bool(await amina.page.locator("#accept").count())

    await until(offered, "the offer")
    await amina.page.click("#accept")
    await amina.page.locator("textarea[name=body]").first.fill("I am here.")
    await amina.page.get_by_role("button", name="Keep for later").click()
    await expect(amina.page.locator("textarea[name=body]").first).to_have_value("I am here.")
    await amina.page.get_by_role("button", name="Send", exact=False).first.click()
    await child.receives("I am here.")
    await expect(amina.page.locator(".texts li", has_text="I am here.")).to_have_count(1)
    await expect(amina.page.locator("textarea[name=body]").first).to_have_value("")
