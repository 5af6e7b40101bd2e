"""The record: saved as it is typed, never overwritten unseen, finished with a type."""

from pathlib import Path

from tests.integration.console.people import a_conversation, acts, look, send
from tests.town import Counsellor, town

JSON = {"Accept": "application/json"}


def _draft(base: int, **more: str) -> dict[str, str]:
    return {"base_version": str(base), "children": "0", "do": "save", **more}


async def _wraps_up(amina: Counsellor, contact: str) -> None:
    await send(amina, f"/console/contacts/{contact}/end")
    await amina.is_with("wrap_up")


async def test_a_draft_survives_a_closed_laptop(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        path = f"/console/contacts/{contact}/record"
        saved = await send(amina, path, _draft(0, summary="Wants to go home.\r\nIs afraid."), **JSON)
        assert saved.json == {"version": 1}
        elsewhere = await here.person("demo-amina", duty=False)
        page = await look(elsewhere, "/console/desk")
        assert page.says("Wants to go home.\nIs afraid.") and page.says('name="base_version" value="1"')


async def test_two_windows_lose_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        path = f"/console/contacts/{contact}/record"
        await send(amina, path, _draft(0, summary="Typed in the first window."), **JSON)
        late = _draft(0, summary="Typed in the second window.")
        by_script = await send(amina, path, late, **JSON)
        assert by_script.status == 409 and by_script.json["code"] == "record_changed"
        page = await send(amina, path, late)
        assert page.status == 409
        assert page.says("Typed in the first window.") and page.says("Typed in the second window.")
        chosen = await send(amina, path, _draft(1, summary="Typed in the second window."), **JSON)
        assert chosen.json == {"version": 2}


async def test_what_cannot_be_kept_stays_in_the_form(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        form = {"base_version": "0", "children": "1", "child-0-age": "fourteen", "summary": "Keep me."}
        seen = await send(amina, f"/console/contacts/{contact}/record", form)
        assert seen.status == 400 and seen.says("as a number")
        assert seen.says("Keep me.") and seen.says("fourteen")


async def test_children_come_and_go_as_buttons_say(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        path, partial = f"/console/contacts/{contact}/record", {"HX-Request": "true"}
        seen = await send(amina, path, {**_draft(0), "do": "add_child", "on": "desk"}, **partial)
        assert seen.says("child-0-age")
        form = {"base_version": "1", "children": "1", "child-0-age": "14", "do": "add_child"}
        seen = await send(amina, path, form, **partial)
        assert seen.says("child-1-age") and seen.says('value="14"')
        form = {"base_version": "2", "children": "2", "child-0-age": "14", "child-1-age": "9", "do": "remove_child-0"}
        seen = await send(amina, path, form, **partial)
        assert seen.says('value="9"') and not seen.says("child-1-age")


async def test_to_finish_needs_the_type_of_contact_and_keeps_the_rest(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        await _wraps_up(amina, contact)
        path = f"/console/contacts/{contact}/record"
        seen = await send(amina, path, {**_draft(0, summary="All is said."), "do": "finish"})
        assert seen.status == 400 and seen.says("Choose the type of contact") and seen.says("All is said.")
        assert seen.says('name="base_version" value="1"'), "the text is kept already"
        done = await send(amina, path, {**_draft(1, summary="All is said.", contact_type="self"), "do": "finish"})
        assert done.status == 303 and done.headers["Location"] == "/console/desk"
        assert (await amina.state())["contact"] is None
        assert (await acts(here, contact)).count("record_finished") == 1


async def test_a_record_that_is_owed_waits_in_the_list_and_can_be_finished(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        await _wraps_up(amina, contact)
        await here.later(3600)
        await here.becomes("closed")
        amina = await here.person("demo-amina", duty=False)
        assert (await look(amina, "/console/desk/owed")).says(f"/console/contacts/{contact}/record")
        form = {**_draft(0, contact_type="silent"), "do": "finish"}
        assert (await send(amina, f"/console/contacts/{contact}/record", form)).status == 303
        assert not (await look(amina, "/console/desk/owed")).says(contact)


async def test_opening_a_record_is_written_down_and_saving_is_no_opening(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        contact = await a_conversation(here, amina)
        before = (await acts(here, contact)).count("record_read")
        await look(amina, "/console/desk/record")
        assert (await acts(here, contact)).count("record_read") == before + 1
        await send(amina, f"/console/contacts/{contact}/record", _draft(0, summary="x"), **{"HX-Request": "true"})
        assert (await acts(here, contact)).count("record_read") == before + 1
