"""Which language do we lack, and when: the coordinator's page and files, and an institution's own statement."""

import csv
import io
import time
from pathlib import Path

from helpline import demonstration
from helpline.clock import DAY
from helpline.console import booked
from helpline.reports import demonstration as past
from helpline.reports import languages
from helpline.store import requests
from helpline.store.db import Tx
from helpline.store.report_view import INVENTED, Span
from helpline.store.tables import contacts
from tests.integration.console.people import acts, look
from tests.integration.console.test_institutions import an_officer, coordinator, court_of
from tests.town import Town, town, until


async def weeks_pass(here: Town) -> None:
    """The invented past, as a demonstration has it that begins with an empty database."""

    def unit(tx: Tx) -> None:
        assert past.invent(tx, here.helpline.house) == len(past.REQUESTS)
        assert past.invent(tx, here.helpline.house) == 0, "once"

    await here.helpline.store.write(unit)


def month_of(moment: int) -> str:
    return booked.month_of(moment, "Africa/Lusaka")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_the_demonstrations_rows_give_132_children_118_boys_and_14_girls(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        store, now = here.helpline.store, here.clock.now()
        before = await store.read(lambda tx: languages.count(tx, here.helpline.house, Span(0, now, invented=True)))
        assert before.children.children == 0 and before.worst is None and before.bridges.p50 is None
        began = time.perf_counter()
        await weeks_pass(here)
        assert time.perf_counter() - began < 1.0, "some hundredths of a second, on a machine with nothing else to do"
        span = Span(now - 90 * DAY, here.clock.now(), invented=True)
        found = await store.read(lambda tx: languages.count(tx, here.helpline.house, span))
        assert (found.children.children, found.children.boys, found.children.girls) == (132, 118, 14)
        assert found.groups == 13 and found.children.asked == 15, "14 boys were asked for three times, and count once"
        thrice = [line for line in past.REQUESTS if line.again]
        assert len(thrice) == 2 and {one.boys for one in thrice} == {14}
        assert sum(one.boys for one in past.REQUESTS) == 118 + 28
        of_rows = await store.read(lambda tx: list(requests.groups(tx)))
        assert (sum(boys for _, boys in of_rows), sum(girls for girls, _ in of_rows)) == (118, 14)
        assert found.worst is not None and found.worst.language == "om" and found.worst.from_hour == 19
        real = await store.read(lambda tx: languages.count(tx, here.helpline.house, Span(0, here.clock.now())))
        assert real.children.children == 0 and real.demands == (), "a production counts nothing that was invented"
        names = await store.read(lambda tx: [row.pseudonym for row in tx.execute(contacts.select())])
        assert names and all(name.startswith(INVENTED) for name in names)


async def test_a_demonstration_with_somebody_in_it_gets_no_past(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child = await here.child("+260977111222")
        await child.text("+260116", "english")
        await until(here.contacts, "the first text")
        assert await here.helpline.store.write(lambda tx: past.invent(tx, here.helpline.house)) == 0


async def test_the_coordinators_page_answers_which_language_and_when_and_gives_files(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        empty = await look(boss, "/console/counts")
        assert empty.status == 200 and empty.says("Nothing was lacked in a language that is known.")
        await weeks_pass(here)
        page = await look(boss, "/console/counts?days=90")
        assert page.says("Oromo is lacked most: 10 times, 8 of them between 19:00 and 22:00.")
        assert page.says("132 children = 118 boys + 14 girls")
        assert page.says("nobody speaks it here") and page.says("Time to an interpreter")
        assert "<svg" in page.text and "Demo-" not in page.text
        assert (await look(boss, "/console/counts?days=nonsense")).status == 200
        hours = await look(boss, "/console/counts/hours.csv?days=90")
        assert hours.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in hours.headers["Content-Disposition"]
        assert {"language": "om", "hour": "20:00", "wanted": "*", "unmet": "*"} in rows(hours.text)
        by_language = {row["language"]: row for row in rows((await look(boss, "/console/counts/languages.csv")).text)}
        assert (by_language["om"]["wanted"], by_language["om"]["speakers"]) == ("10", "0")
        assert by_language[""]["left_in_menu"] == "6" and by_language["rw"]["wanted"] == "*"
        small = [cell for row in rows(hours.text) for cell in (row["wanted"], row["unmet"]) if cell in set("1234")]
        assert small == []
        children = await look(boss, "/console/counts/children.csv")
        assert rows(children.text)[0]["children"] == "132"
        assert (await look(boss, "/console/counts/everything.csv")).status == 400
        assert (await acts(here)).count("counts_taken") == 3


async def test_only_who_may_see_reports_sees_them(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        for name, status in (("demo-supervisor", 200), ("demo-bwalya", 403), ("demo-selam", 403)):
            person = await here.person(name, duty=False)
            for path in ("/console/counts", "/console/counts/hours.csv"):
                assert (await look(person, path)).status == status, (name, path)
        officer = await an_officer(here)
        await officer.signs_in("demo-court", demonstration.PASSWORD)
        assert (await officer.get("/console/counts")).status in (302, 303)


async def test_an_institution_reads_its_own_requests_and_nothing_of_the_helpline(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await weeks_pass(here)
        prison = await court_of(here, "100118")
        whole = Span(0, here.clock.now(), invented=True)
        own = await here.helpline.store.read(lambda tx: languages.of_institution(tx, prison, whole))
        assert (own.children.boys, own.children.girls, own.groups) == (39, 0, 3)
        officer = await an_officer(here)
        await officer.signs_in("demo-prison", demonstration.PASSWORD)
        contacts_told = [one.id for one in await here.contacts()] + [one.pseudonym for one in await here.contacts()]
        months = {month_of(line.made.created_at) for line in own.lines}
        shown = 0
        for month in months:
            page = await officer.get(f"/requests/statement?month={month}")
            file = await officer.get(f"/requests/statement.csv?month={month}")
            assert page.status == 200 and page.says("What we asked for")
            assert not [told for told in contacts_told if told in page.text or told in file.text]
            assert "High Court" not in page.text and "Demo Selam" not in page.text
            shown += len(rows(file.text))
        assert shown == len(own.lines) == 5
        assert (await officer.get("/requests/statement?month=2026-13")).status == 400
        assert (await officer.get("/requests/statement?month=1999-01")).says("Nothing in this month.")


async def test_a_contact_says_who_interpreted_between_which_languages_and_when(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await weeks_pass(here)
        calls = [one for one in await here.contacts() if one.kind == "call"]
        talk = next(one for one in calls if one.language == "ti" and one.connected_at)
        supervisor = await here.person("demo-supervisor", duty=False)
        page = await look(supervisor, f"/console/contacts/{talk.id}")
        assert page.says("Interpreted by") and page.says("Demo Selam") and page.says("ትግርኛ ↔ English")
        left = next(one for one in await here.contacts() if one.outcome == "left_in_menu")
        assert not (await look(supervisor, f"/console/contacts/{left.id}")).says("Interpreted by")
        selam = await here.person("demo-selam", duty=False)
        months = {month_of(here.clock.now() - days * DAY) for days in range(0, 60, 10)}
        told = [(await look(selam, f"/console/bookings/statement?month={month}")).text for month in months]
        assert any("Conversation of the helpline" in page for page in told)
        assert any("Request" in page and "Demonstration High Court" in page for page in told)
