"""Three in a conversation, at the desks of the two adults: by call and in writing, small, dark, from right to left."""

from typing import Any

import pytest
from playwright.async_api import expect

from helpline.store import sign_ins
from tests.browser.conftest import Screen, Screens
from tests.integration.console.test_roster import id_of
from tests.scenarios.test_bridges import calls_in_tigrinya, is_seated
from tests.town import Town

pytestmark = pytest.mark.browser

SMALL = {"width": 360, "height": 740}
BWALYA, SELAM = "+260950000002", "+260950000009"


async def _on_duty(screen: Screens, name: str, **wishes: Any) -> Screen:
    one = await screen(**wishes)
    one.page.on("dialog", lambda dialog: dialog.accept())
    await one.signs_in(name)
    await one.goes_on_duty()
    return one


async def _both_accept(bwalya: Screen, selam: Screen) -> None:
    for one in (bwalya, selam):
        await one.is_offered()
        await one.is_fit_for_everyone()
    for one in (bwalya, selam):
        await one.page.keyboard.press("a")


async def _a_call(here: Town, bwalya: Screen, selam: Screen) -> tuple[Any, Any, Any]:
    """The child's call, and the two adults' own."""
    child = await calls_in_tigrinya(here)
    await _both_accept(bwalya, selam)
    phones = []
    for number in (BWALYA, SELAM):
        phone = await here.carrier.phone(number).rings(20)
        await phone.answer()
        await phone.hears("press 1")
        await phone.press("1")
        phones.append(phone)
    await is_seated(here, counsellor="connected", interpreter="connected")
    return child, phones[0], phones[1]


async def _a_conversation(here: Town, bwalya: Screen, selam: Screen) -> Any:
    child = here.carrier.phone("+260961112223")
    await child.text("+260116", "ሰላም ሓገዝ ይደሊ")
    await _both_accept(bwalya, selam)
    await is_seated(here, counsellor="connected", interpreter="connected")
    return child


async def _writes(one: Screen, text: str) -> None:
    await one.page.locator("form.write textarea").fill(text)
    await one.page.keyboard.press("Control+Enter")


async def test_a_call_with_an_interpreter_by_keyboard(here: Town, screen: Screens) -> None:
    bwalya, selam = await _on_duty(screen, "demo-bwalya"), await _on_duty(screen, "demo-selam")
    _, _, interpreters = await _a_call(here, bwalya, selam)
    head = bwalya.page.locator(".talk .head")
    await expect(head).to_contain_text("Demo Selam")
    await expect(head).to_contain_text("is there")
    await expect(selam.page.locator(".talk .head")).to_contain_text("You interpret")
    await expect(selam.page.get_by_role("button", name="End the conversation")).to_have_count(0)
    for one in (bwalya, selam):
        await one.is_fit_for_everyone()
    top = "document.querySelector('#talks').getBoundingClientRect().top"
    below = "document.querySelector('#record').getBoundingClientRect().top"
    assert await bwalya.page.evaluate(f"{top} < {below}"), "the conversation stands before the record"
    await interpreters.hang_up()
    await expect(head).to_contain_text("The interpreter is not there yet. The child stays with you.")
    await bwalya.page.get_by_role("button", name="Go on without an interpreter").focus()
    await bwalya.page.keyboard.press("Enter")
    await expect(head).to_contain_text("Add an interpreter")
    await is_seated(here, counsellor="connected")


async def test_each_rendering_goes_with_its_text_and_the_desk_says_where(here: Town, screen: Screens) -> None:
    bwalya, selam = await _on_duty(screen, "demo-bwalya"), await _on_duty(screen, "demo-selam")
    child = await _a_conversation(here, bwalya, selam)
    goes, sent = selam.page.locator(".goes"), bwalya.page.locator(".goes")
    await expect(goes).to_have_text("Render this for the counsellor: no. 1")
    await expect(sent).to_have_text("What I write goes to the interpreter, who renders it for the child")
    await _writes(bwalya, "I am glad that you write.")
    await expect(selam.page.locator("[data-seq='3']")).to_contain_text("I am glad")
    await expect(goes).to_have_text("Render this for the counsellor: no. 1")
    await _writes(selam, "Hello, I need help")
    await expect(goes).to_have_text("Render this for the child: no. 3")
    await expect(bwalya.page.locator("[data-renders='1']")).to_contain_text("Hello, I need help")
    await expect(bwalya.page.locator("[data-seq='1'] .number")).to_be_visible()
    for one in (bwalya, selam):
        await one.is_fit_for_everyone()
    await _writes(selam, "ብምጽሓፍካ ሕጉስ እየ።")
    await expect(selam.page.locator("[data-renders='3']")).to_contain_text("ብምጽሓፍካ")
    await expect(goes).to_have_text("")
    await child.receives("ብምጽሓፍካ")
    assert not [text for text in child.texts if "glad" in text.body or "Hello" in text.body]
    await _writes(selam, "and a word for nobody")
    await expect(selam.page.locator("form.write .problem")).to_contain_text("choose the text that you render")
    await bwalya.page.get_by_label("to the child as it is").check()
    await expect(sent).to_have_text("What I write goes to the child as it is")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_bridge_fits_a_small_screen(here: Town, screen: Screens, scheme: Any) -> None:
    wishes = {"viewport": SMALL, "color_scheme": scheme}
    bwalya, selam = await _on_duty(screen, "demo-bwalya", **wishes), await _on_duty(screen, "demo-selam", **wishes)
    await _a_conversation(here, bwalya, selam)
    for one in (bwalya, selam):
        await one.page.locator(".talk .bridge").wait_for()
        await one.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        await one.is_fit_for_everyone()


async def test_in_arabic_the_interpreters_desk_runs_from_right_to_left(here: Town, screen: Screens) -> None:
    worker = await id_of(here, "demo-selam")
    await here.helpline.store.write(lambda tx: sign_ins.set_locale(tx, worker, "ar"))
    bwalya, selam = await _on_duty(screen, "demo-bwalya"), await screen(viewport=SMALL)
    await selam.signs_in("demo-selam")
    await selam.page.locator("button[value=on]").click()
    await selam.page.locator("button[value=off]").first.wait_for()
    await _a_conversation(here, bwalya, selam)
    await selam.page.locator(".talk .bridge").wait_for()
    await expect(selam.page.locator("html")).to_have_attribute("dir", "rtl")
    await selam.is_fit_for_everyone()


async def test_a_finished_record_leaves_the_desk_whole(here: Town, screen: Screens) -> None:
    bwalya, selam = await _on_duty(screen, "demo-bwalya"), await _on_duty(screen, "demo-selam")
    child, *_ = await _a_call(here, bwalya, selam)
    await child.hang_up()
    await bwalya.page.get_by_text("The conversation is over").wait_for()
    await bwalya.page.locator("input[name=contact_type]").first.check()
    await bwalya.page.get_by_role("button", name="Finish the record").click()
    await bwalya.page.get_by_text("You are on duty.").wait_for()
    await expect(bwalya.page.locator("#record-form")).to_have_count(0)
    await expect(bwalya.page.locator("main")).to_have_count(1)
    await expect(bwalya.page.locator("#record")).to_have_count(1)
