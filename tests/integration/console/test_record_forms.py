"""The form of the record is data: changed by a file alone, and what was written before still reads right."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from config.directory import OURS
from config.faults import Fault
from config.forms import load_forms
from config.taxonomy import Taxonomy
from helpline.check import Configuration
from helpline.store.db import Tx
from helpline.store.tables import records
from tests.integration.console.people import a_conversation, look, send
from tests.town import Counsellor, town

CAMP = """
[[field]]
id = "camp"
label = "Camp"
kind = "choice"
options = [{ code = "meheba", label = "Meheba" }, { code = "mantapala", label = "Mantapala" }]
"""


def country_changes_its_form(folder: Path) -> Callable[[Configuration], Configuration]:
    """A question is added, another is gone, and a reason has left the list: files alone."""
    shutil.copytree(OURS / "forms", folder)
    old = (folder / "contact.toml").read_text()
    (folder / "contact.1.toml").write_text(old)
    head, _, rest = old.partition('[[field]]\nid = "how_known"')
    new = head + "[[field]]" + rest.partition("[[field]]")[2] + CAMP
    new = new.replace("version = 1", "version = 2").replace(new.split('seal = "')[1].split('"')[0], "")
    (folder / "contact.toml").write_text(new)

    def change(configuration: Configuration) -> Configuration:
        directory = configuration.directory
        values = directory.taxonomy.model_dump()
        values["living_situations"] = [one for one in values["living_situations"] if one["code"] != "homeless"]
        found: list[Fault] = []
        forms = load_forms(folder, directory.taxonomy, found)
        assert found == []
        changed = replace(directory, forms=forms, taxonomy=Taxonomy.model_validate(values))
        return replace(configuration, directory=changed)

    return change


async def enters(person: Counsellor) -> str:
    """A letter, whose record is still to be written."""
    form = {"how": "letter", "at": "2026-03-02T09:30", "line": "children"}
    entered = await send(person, "/console/offline", form, Accept="application/json")
    return str(entered.json["contact"])


OLD = {
    "contact_type": "self",
    "summary": "Wants to go home.",
    "how_known": "radio",
    "children": "1",
    "child-0-age": "14",
    "child-0-living_situation": "homeless",
}


async def test_a_country_changes_its_form_and_old_records_read_as_they_were_written(tmp_path: Path) -> None:
    async with town(tmp_path / "town") as here:
        amina = await here.person("demo-amina", duty=False)
        old = await enters(amina)
        form = {**OLD, "base_version": "0", "form_version": "1", "do": "finish"}
        assert (await send(amina, f"/console/contacts/{old}/record", form)).status == 303

    change = country_changes_its_form(tmp_path / "forms")
    async with town(tmp_path / "town", change=change) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        page = await look(supervisor, f"/console/contacts/{old}")
        for text in ("Type of contact", "A child about itself", "How they know of us", "Radio", "14", "Homeless"):
            assert page.says(text), text
        assert not page.says("Camp")

        amina = await here.person("demo-amina", duty=False)
        again = await look(amina, f"/console/contacts/{old}/record")
        assert again.says('name="form_version" value="1"') and again.says('name="how_known"')
        assert again.says("No longer in the list") and again.says('<option value="homeless" selected>')
        form = {**OLD, "base_version": "1", "form_version": "1", "done": "Told the district.", "do": "save"}
        assert (await send(amina, f"/console/contacts/{old}/record", form)).status == 303

        new = await enters(amina)
        asked = await look(amina, f"/console/contacts/{new}/record")
        assert asked.says('name="form_version" value="2"') and asked.says("Mantapala")
        assert not asked.says('name="how_known"') and not asked.says('value="homeless"')
        form = {"base_version": "0", "form_version": "2", "contact_type": "self", "camp": "meheba"}
        assert (await send(amina, f"/console/contacts/{new}/record", form)).status == 303
        assert (await look(supervisor, f"/console/contacts/{new}")).says("Meheba")

        def versions(tx: Tx) -> dict[str, tuple[str, int]]:
            return {row.contact_id: (row.form, row.form_version) for row in tx.execute(records.select())}

        assert await here.helpline.store.read(versions) == {old: ("contact", 1), new: ("contact", 2)}


async def test_a_page_that_was_open_while_the_form_changed_loses_nothing(tmp_path: Path) -> None:
    change = country_changes_its_form(tmp_path / "forms")
    async with town(tmp_path / "town", change=change) as here:
        amina = await here.person("demo-amina", duty=False)
        contact = await enters(amina)
        form = {"base_version": "0", "form_version": "1", "how_known": "radio", "summary": "Typed before."}
        assert (await send(amina, f"/console/contacts/{contact}/record", form)).status == 303
        page = await look(amina, f"/console/contacts/{contact}/record")
        assert page.says('<option value="radio" selected>') and page.says("Typed before.")


async def test_a_record_whose_form_is_gone_is_read_and_not_overwritten(tmp_path: Path) -> None:
    async with town(tmp_path / "town") as here:
        amina = await here.person("demo-amina", duty=False)
        contact = await enters(amina)
        form = {"base_version": "0", "form_version": "1", "how_known": "radio", "summary": "Written before."}
        await send(amina, f"/console/contacts/{contact}/record", form)
    change = country_changes_its_form(tmp_path / "forms")
    (tmp_path / "forms" / "contact.1.toml").unlink()
    async with town(tmp_path / "town", change=change) as here:
        amina, supervisor = (
            await here.person("demo-amina", duty=False),
            await here.person("demo-supervisor", duty=False),
        )
        read = await look(supervisor, f"/console/contacts/{contact}")
        assert read.says("Written before.") and read.says("How known")
        shown = await look(amina, f"/console/contacts/{contact}/record")
        assert shown.says("The form of this record is missing.") and shown.says("Written before.")
        assert not shown.says('id="record-form"')
        late = {"base_version": "1", "form_version": "2", "summary": "Typed over it."}
        assert (await send(amina, f"/console/contacts/{contact}/record", late)).status == 409
        assert (await look(supervisor, f"/console/contacts/{contact}")).says("Written before.")


async def test_the_desk_in_french_asks_in_french(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        await a_conversation(here, amina)
        await send(amina, "/console/locale", {"locale": "fr", "to": "/console/desk"})
        page = await look(amina, "/console/desk/record")
        assert page.says("De quoi il s") and page.says("Recontacter")
