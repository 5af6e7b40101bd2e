"""What a supervisor sees and directs."""

from pathlib import Path

from tests.integration.console.people import (
    a_conversation,
    a_somali_child_calls,
    acts,
    events,
    look,
    send,
)
from tests.town import town, until


async def test_the_floor_shows_people_contacts_and_why(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        await a_conversation(here, amina)
        page = await look(supervisor, "/console/floor")
        pseudonym = (await here.contact()).pseudonym
        assert page.says(pseudonym) and page.says("Demo Amina")
        assert page.says("speaks Somali fluently.") and page.says("No other person was free for it")
        assert page.says("1/1"), "her load"


async def test_setting_away_moving_up_and_ending(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        worker = (await look(supervisor, "/console/floor")).text.split("/console/people/")[1].split("/")[0]
        assert (await send(supervisor, f"/console/people/{worker}/away")).status == 303
        assert (await amina.state())["duty"]["state"] == "away"
        assert (await look(amina, "/console/desk")).says("A supervisor set you away.")

        await a_somali_child_calls(here)
        contact = (await here.becomes("waiting")).id
        moved = await send(supervisor, f"/console/contacts/{contact}/move-up", **{"HX-Request": "true"})
        assert moved.status == 200 and moved.says("Moved up")
        only = await send(supervisor, f"/console/contacts/{contact}/gender", {"gender": "woman"})
        assert only.status == 303 and (await here.contact()).gender_required
        assert (await look(supervisor, f"/console/contacts/{contact}")).says("Anybody again")
        assert (await look(supervisor, "/console/floor")).says("Only a woman")
        again = await send(supervisor, f"/console/contacts/{contact}/gender", {"gender": ""})
        assert again.status == 303 and not (await here.contact()).gender_required
        assert (await send(supervisor, f"/console/contacts/{contact}/gender", {"gender": "robot"})).status == 400

        without = await send(supervisor, f"/console/contacts/{contact}/stop", {"reason": " "})
        assert without.status == 400 and without.says("Say in a few words why.")
        too_long = "a reason " * 60
        kept = await send(supervisor, f"/console/contacts/{contact}/stop", {"reason": too_long})
        assert kept.status == 400 and kept.says(too_long.strip()), "what was typed is still there"
        assert (await send(supervisor, f"/console/contacts/{contact}/stop", {"reason": "stuck"})).status == 303
        await here.becomes("closed")


async def test_an_alarm_rings_at_once_and_stays_until_somebody_says_what_was_done(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        async with events(supervisor) as stream:
            call = await a_somali_child_calls(here)
            await call.press("0")

            async def in_danger() -> bool:
                return (await here.contact()).danger

            await until(in_danger, "the child saying that it is in danger")
            await call.hang_up()
            async for name, _, _ in stream:
                if name == "alarms":
                    break
        board = await look(supervisor, "/console/floor/alarms")
        assert board.says("A child in danger left before anyone answered")
        alarm = board.text.split('id="alarm-')[1].split('"')[0]
        taken = await send(supervisor, f"/console/alarms/{alarm}/take", **{"HX-Request": "true"})
        assert taken.says("Demo Supervisor (English) sees to it")
        again = await send(supervisor, f"/console/alarms/{alarm}/take", **{"HX-Request": "true"})
        assert again.status == 409 and again.says("Somebody else has taken this alarm.")
        silent = await send(supervisor, f"/console/alarms/{alarm}/close", {"said": ""}, **{"HX-Request": "true"})
        assert silent.status == 400 and silent.says("what was done")
        form = {"said": "Called the number of the school."}
        closed = await send(supervisor, f"/console/alarms/{alarm}/close", form, **{"HX-Request": "true"})
        assert closed.status == 200 and not closed.says("A child in danger left")


async def test_looking_at_a_contact_is_written_down(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        contact = await a_conversation(here, amina)
        form = {"base_version": "0", "summary": "Wants to go home.", "reasons": "violence.neglect"}
        await send(amina, f"/console/contacts/{contact}/record", form)
        page = await look(supervisor, f"/console/contacts/{contact}")
        assert page.says("Wants to go home.") and page.says("Neglect") and page.says("Saved the record")
        assert (await acts(here, contact)).count("contact_read") == 1
        assert (await look(supervisor, "/console/contacts/nothing")).status == 400
