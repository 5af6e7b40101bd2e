"""What a counsellor meets at the desk, over HTTP as the page does."""

from pathlib import Path

from tests.integration.console.people import (
    a_conversation,
    a_somali_child_calls,
    events,
    look,
    send,
)
from tests.town import town, until


async def test_an_offer_comes_by_the_stream_with_all_that_the_page_shows(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        async with events(amina) as stream:
            assert (await anext(stream))[0] == "hello"
            name, data, _ = await anext(stream)
            assert name == "desk" and data["duty"]["state"] == "available" and data["offer"] is None
            await a_somali_child_calls(here)
            name, data, seq = await anext(stream)
            while name != "desk" or not data["offer"]:
                name, data, seq = await anext(stream)
            assert data["offer"]["language"] == "so" and int(seq) > 0
            assert 'id="accept"' in data["html"] and "Soomaali" in data["html"]


async def test_a_page_that_missed_something_is_told(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        async with events(amina) as stream:
            _, _, seq = await anext(stream)
        async with events(amina, **{"Last-Event-ID": seq}) as stream:
            assert (await anext(stream))[1] == {"missed": False}
        await amina.duty("break")
        async with events(amina, **{"Last-Event-ID": seq}) as stream:
            assert (await anext(stream))[1] == {"missed": True}


async def test_without_scripts_the_forms_work_and_lead_back_to_the_desk(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        seen = await send(amina, "/console/desk/duty", {"to": "on"})
        assert seen.status == 303 and seen.headers["Location"] == "/console/desk"
        await a_somali_child_calls(here)
        offer = await amina.is_offered()
        page = await look(amina, "/console/desk")
        assert page.says("Ringing for you") and page.says(f"/console/desk/offers/{offer['assignment']}/accept")
        seen = await send(
            amina, f"/console/desk/offers/{offer['assignment']}/accept", {"version": str(offer["version"])}
        )
        assert seen.status == 303
        assert (await look(amina, "/console/desk")).says("answer it and press 1")


async def test_an_answer_that_comes_too_late_is_told_and_shows_how_things_are(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call = await a_somali_child_calls(here)
        offer = await amina.is_offered()
        await call.hang_up()
        await here.becomes("closed")
        path, form = f"/console/desk/offers/{offer['assignment']}/accept", {"version": str(offer["version"])}
        seen = await send(amina, path, form)
        assert seen.status == 409 and seen.says("no longer open") and seen.says("You are on duty.")
        fragment = await send(amina, path, form, **{"HX-Request": "true"})
        assert fragment.status == 409 and fragment.says("no longer open") and "<html" not in fragment.text
        assert (await send(amina, path, form, Accept="application/json")).json["code"] == "offer_gone"


async def test_a_missed_offer_sets_away_and_says_so_until_the_person_is_back(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        await a_somali_child_calls(here)
        await amina.is_offered()
        await here.later(40)
        await amina.is_in_duty("away")
        assert (await look(amina, "/console/desk")).says("because an offer was not answered")
        await amina.duty("back")
        assert not (await look(amina, "/console/desk")).says("because an offer was not answered")


async def test_who_waits_is_counted_by_language_without_naming_anyone(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        await a_somali_child_calls(here)
        await a_somali_child_calls(here, "+260971234568")

        async def both() -> bool:
            waits = (await bwalya.state())["waiting"]
            return [(one["language"], one["count"]) for one in waits] == [("so", 2)]

        await until(both, "two children waiting")
        fragment = await look(bwalya, "/console/desk/waiting")
        pseudonyms = [contact.pseudonym for contact in await here.contacts()]
        assert fragment.says("Soomaali") and not any(name in fragment.text for name in pseudonyms)


async def test_handing_over_to_a_colleague_and_naming_the_language(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        seen = await send(amina, f"/console/contacts/{contact}/language", {"language": "sw"}, **{"HX-Request": "true"})
        assert seen.status == 200
        assert (await look(amina, f"/console/contacts/{contact}/head")).says("Kiswahili")
        esperance = await here.person("demo-esperance")
        seen = await look(amina, "/console/desk")
        assert seen.says("Demo Espérance")
        colleague = seen.text.split("Demo Esp")[0].rsplit('<option value="', 1)[1].split('"')[0]
        await send(amina, f"/console/contacts/{contact}/hand-over", {"to": colleague})
        assert (await esperance.is_offered())["contact"] == contact


async def test_a_contact_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya")
        contact = await a_conversation(here, amina)
        for path, form in (("end", {}), ("hand-over", {"to": ""}), ("language", {"language": "en"})):
            seen = await send(bwalya, f"/console/contacts/{contact}/{path}", form)
            assert seen.status == 403 and seen.says("not with you"), path
        assert (await look(bwalya, f"/console/contacts/{contact}/record")).status == 403
        assert (await amina.is_with("connected"))["contact"] == contact
