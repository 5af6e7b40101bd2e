"""The console in the reader's language."""

import re
from pathlib import Path

from helpline.console.catalogues import drawn, missing
from helpline.console.wording import CATALOGUES, Wordings, load_catalogues
from helpline.console.words import Words
from helpline.contacts.lifecycle import Event
from helpline.store.db import Tx
from helpline.store.tables import workers
from tests.integration.console.people import look, nobody, send
from tests.town import town


def test_french_has_every_text() -> None:
    assert missing("fr") == []


def test_the_template_is_up_to_date() -> None:
    """After a text has changed: ``python -m helpline.console.catalogues``."""
    template = (CATALOGUES / "helpline.pot").read_text(encoding="utf-8").replace('"\n"', "")
    for message in drawn():
        for id in (message.id,) if isinstance(message.id, str) else message.id:
            if not id:
                continue
            text = id.replace("\\", "\\\\").replace('"', '\\"')
            assert f'"{text}"' in template, message.id


def test_a_reader_gets_the_first_whole_language_that_they_ask_for() -> None:
    wordings = Wordings(load_catalogues(), "Africa/Lusaka")
    for header, code in [
        ("fr-CD,fr;q=0.9,en;q=0.5", "fr"),
        ("de,fr;q=0.1", "fr"),
        ("en;q=0.2,fr;q=0.8", "fr"),
        ("ar,fr", "fr"),  # Arabic has a few texts only, and is offered to nobody yet
        ("", "en"),
        ("xx;q=rubbish, *", "en"),
    ]:
        assert wordings.best(header).code == code, header


def test_lengths_of_time_are_said_as_people_say_them() -> None:
    wording = Wordings(load_catalogues(), "Africa/Lusaka").of("en")
    said = [wording.wait(seconds * 1_000_000) for seconds in (0, 59, 60, 3599, 3600, 7_500)]
    assert said == ["0 s", "59 s", "1 min", "59 min", "1 h 0 min", "2 h 5 min"]


def test_whatever_happens_to_a_contact_has_a_name_in_its_history() -> None:
    said = Words(Wordings(load_catalogues(), "Africa/Lusaka").of("en"))
    nameless = [event for event in Event if not said.has("action", f"contact_{event}")]
    nameless += [
        event for event in (Event.PASSED, Event.ADULT_LOST, Event.HANDED_OVER) if not said.has("action", f"one_{event}")
    ]
    assert nameless == []


def test_every_alarm_has_a_name_and_an_advice() -> None:
    said = Words(Wordings(load_catalogues(), "Africa/Lusaka").of("en"))
    raised = re.compile(r'alarm\(\s*tx,\s*(?:house,\s*)?"(\w+)"')
    kinds = {kind for path in CATALOGUES.parent.rglob("*.py") for kind in raised.findall(path.read_text("utf-8"))}
    assert len(kinds) > 20
    assert [kind for kind in sorted(kinds) if not (said.has("alarm", kind) and said.has("advice", kind))] == []


async def test_the_start_page_speaks_french_to_who_asks_for_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        page = await look(await nobody(here), "/", **{"Accept-Language": "fr"})
        assert page.says('<html lang="fr" dir="ltr">') and page.says("Un enfant appelle.")


async def test_a_worker_reads_in_their_own_language_and_can_change_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        assert (await send(amina, "/console/locale", {"locale": "fr", "to": "/console/desk"})).status == 303
        assert (await look(amina, "/console/desk", **{"Accept-Language": "en"})).says("Prendre mon service")

        def arabic(tx: Tx) -> None:
            tx.execute(workers.update().where(workers.c.sign_in == "demo-amina").values(locale="ar"))

        await here.helpline.store.write(arabic)
        assert (await look(amina, "/console/desk")).says('<html lang="ar" dir="rtl">')
