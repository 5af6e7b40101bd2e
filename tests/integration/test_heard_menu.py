"""A language that could only be announced in another is not offered on a call, and is in texts."""

from dataclasses import replace
from pathlib import Path

from config.settings import Mode
from helpline.app import working
from helpline.check import read_configuration
from helpline.clock import SystemClock, ids_from
from helpline.store.engine import open_store
from tests.village import LINE, a_house, open_village

HEARD = ("en", "fr", "ar")


async def test_a_child_hears_only_what_can_be_heard() -> None:
    village = await open_village(house=replace(a_house(), heard_menus={LINE: HEARD}))
    call = await village.dials()
    assert call.answer is not None
    keys = {say.language: say.key for say in call.answer.say if say.key is not None and say.language in HEARD}
    assert keys == {"en": "1", "fr": "2", "ar": "3"}
    assert not {say.language for say in call.answer.say} - set(HEARD)
    await village.presses(call, "3")
    assert (await village.contact()).language == "ar"


async def test_a_production_with_drafts_leaves_out_what_has_no_voice_of_its_own(tmp_path: Path) -> None:
    demonstration = read_configuration({"HELPLINE_DATA_DIR": str(tmp_path)})
    production = replace(demonstration, settings=demonstration.settings.model_copy(update={"mode": Mode.PRODUCTION}))
    store = await open_store(demonstration.settings.store_url, SystemClock(), ids_from(SystemClock()))
    await store.close()
    async with working(production) as helpline:
        line = helpline.house.line(LINE)
        assert {"so", "bem"} <= set(line.menu)
        heard = helpline.house.heard_menu(line)
        assert "en" in heard and not {"so", "bem"} & set(heard)
        assert heard == tuple(code for code in line.menu if code in heard), "the order stays"
        assert "so" in helpline.house.text_scripts[LINE].menu
    async with working(demonstration) as helpline:
        assert helpline.house.heard_menu(line) == line.menu, "a demonstration reads all of them out"
