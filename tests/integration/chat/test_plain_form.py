"""The child's page as a plain form: no script runs, and everything works."""

import re
from pathlib import Path

from tests.integration.chat.child import answers, child, writes
from tests.town import Town, town, with_line


async def test_a_conversation_from_the_first_page_to_the_end(here: Town) -> None:
    amina = await here.person("demo-amina")
    halima = await child(here)
    front = await halima.opens()
    assert front.says("It is free, and you do not have to say who you are.")
    assert '<button name="language" value="so" lang="so" dir="ltr">Soomaali</button>' in front.text
    assert '<button name="language" value="ar" lang="ar" dir="rtl">العربية</button>' in front.text

    page = await halima.chooses("so")
    assert '<html lang="so" dir="ltr">' in page.text
    assert page.says("Weli qofna kulama joogo"), "nobody is there yet, and it is said so"
    contact = await answers(here, amina)
    page = await halima.opens("/chat/talk")
    assert page.says("La-taliye ayaa jooga")

    page = await halima.says("Salaan")
    assert page.texts[-1] == ("child", "Salaan")
    await writes(here, contact, "Salaan, waan ku maqlayaa")
    await writes(here, contact, "she sounds very young", whisper=True)
    page = await halima.opens("/chat/list")
    assert page.texts[-1] == ("worker", "Salaan, waan ku maqlayaa"), "what adults say to each other is not shown"
    assert 'http-equiv="refresh"' in page.text and "<textarea" not in page.text

    await amina.post(f"/console/contacts/{contact}/end")
    page = await halima.opens("/chat/list")
    assert page.says("Wada-sheekaysigan waa dhammaaday") and "refresh" not in page.text
    page = await halima.opens("/chat/talk")
    assert page.says("Bilow wada-sheekaysi kale")
    await halima.chooses("so")
    assert len(await here.contacts()) == 2


async def test_a_form_that_is_sent_twice_is_one_message(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    for _ in range(3):
        await halima.posts("/chat/say", body="are you there?")
    page = await halima.opens("/chat/talk")
    assert [text for text in page.texts if text[0] == "child"] == [("child", "are you there?")]
    await halima.says("are you there?")
    assert len([text for text in halima.page.texts if text[0] == "child"]) == 2, "said again it is another"


async def test_a_language_that_is_pressed_twice_is_one_conversation(here: Town) -> None:
    halima = await child(here)
    await halima.opens()
    ours = {"Sec-Fetch-Site": "same-origin"}
    for _ in range(2):
        halima.http.cookie_jar.clear()
        seen = await halima.posts("/chat", ours, language="en")
        assert seen.status == 303
    assert len(await here.contacts()) == 1
    await halima.opens()
    assert halima.page.says("Your message"), "and the first page leads back into it"


async def test_danger_is_one_tap_and_confirmed_at_once(here: Town) -> None:
    halima = await child(here)
    page = await halima.chooses("en")
    assert 'id="heard" class="danger" hidden' in page.text
    assert (await halima.posts("/chat/danger")).to == "/chat/talk"
    page = await halima.opens("/chat/talk")
    assert 'id="heard" class="danger">We have seen that you are in danger.' in page.text
    assert (await here.contact()).danger

    tesfaye = await child(here)
    await tesfaye.opens()
    await tesfaye.posts("/chat", danger="1")
    contact = await here.contact()
    assert (contact.danger, contact.language) == (True, None), "before any language is chosen"
    assert (await tesfaye.opens("/chat/talk")).says("We have seen that you are in danger.")


async def test_leaving_ends_the_conversation_and_going_back_shows_a_neutral_page(here: Town) -> None:
    amina = await here.person("demo-amina")
    halima = await child(here)
    await halima.chooses("en")
    contact = await answers(here, amina)
    await halima.says("someone is coming")
    seen = await halima.posts("/chat/leave")
    assert (seen.status, seen.to) == (303, "/numbers")
    await here.becomes("wrap_up")
    for path in ("/numbers", "/chat/talk", "/chat/list", "/chat"):
        page = await halima.opens(path)
        assert page.status == 200 and "<h1>1 × 1</h1>" in page.text, path
        assert "help" not in page.text.lower() and "chat" not in re.sub(r"/chat/static[^\"]+", "", page.text).lower()
    assert (await halima.look("/chat/talk")).headers["Cache-Control"] == "no-store"
    assert (await halima.look("/chat/events")).status == 204
    assert (await halima.look("/chat/texts")).status == 403
    record = await amina.is_with("wrap_up")
    assert record["contact"] == contact


async def test_leaving_works_without_a_conversation_and_with_a_stale_page(here: Town) -> None:
    halima = await child(here)
    await halima.opens()
    assert (await halima.posts("/chat/leave")).to == "/numbers"
    tesfaye = await child(here)
    await tesfaye.chooses("en")
    assert (await tesfaye.posts("/chat/leave", page="of yesterday")).to == "/numbers"


async def test_the_wait_is_told_honestly(here: Town) -> None:
    halima = await child(here)
    page = await halima.chooses("en")
    assert page.says("Nobody is here with you yet. Someone is coming.")
    await here.later(200)
    page = await halima.opens("/chat/talk")
    assert page.says("We are sorry, this takes long. Nobody is free yet.")


async def test_out_of_hours_the_child_is_told_when_we_are_back(tmp_path: Path) -> None:
    async with town(tmp_path, change=lambda found: with_line(found, hours={"mon": ("08:00-08:01",)})) as here:
        halima = await child(here)
        page = await halima.chooses("fr")
        assert page.says("Personne n'est là en ce moment.")
        assert page.says("Nous serons là lundi 08:00 (heure de Lusaka).")


async def test_a_language_without_words_of_its_own_is_served_in_the_lines(here: Town) -> None:
    halima = await child(here)
    page = await halima.chooses("bem")
    assert '<html lang="en" dir="ltr">' in page.text and page.says("Nobody is here with you yet.")
    assert (await here.contact()).language == "bem"


async def test_arabic_stands_from_right_to_left(here: Town) -> None:
    halima = await child(here)
    page = await halima.chooses("ar")
    assert '<html lang="ar" dir="rtl">' in page.text
    page = await halima.says("مرحبا 116!")
    assert '<p dir="auto">مرحبا 116!</p>' in page.text


async def test_the_first_page_is_in_the_language_that_the_browser_asks_for(here: Town) -> None:
    halima = await child(here)
    assert '<html lang="fr"' in (await halima.opens("/chat", **{"Accept-Language": "de, fr;q=0.8, en;q=0.5"})).text
    assert '<html lang="en"' in (await halima.opens("/chat", **{"Accept-Language": ";;q=9,*,fr;q=x"})).text


async def test_what_cannot_be_taken_is_given_back_in_the_field(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    long = "ሀ" * 1601
    seen = await halima.posts("/chat/say", body=long)
    assert seen.status == 400 and seen.says("too long for one message") and seen.says(long)
    seen = await halima.posts("/chat/say", body="  \n ")
    assert seen.status == 400 and seen.says("Write something first.")
    assert [text for text in (await halima.opens("/chat/talk")).texts if text[0] == "child"] == []


async def test_too_many_texts_at_once_are_kindly_held_back_and_kept_in_the_field(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    seen = [await halima.posts("/chat/say", body=f"text {n}", key=f"{n:032x}") for n in range(21)]
    assert [each.status for each in seen[:20]] == [303] * 20
    assert seen[20].status == 429 and seen[20].says("It is still here.") and seen[20].says("text 20</textarea>")
