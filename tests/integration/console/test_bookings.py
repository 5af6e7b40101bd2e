"""Officers book, interpreters answer and keep their statement, and coordinators see to what nobody took."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from helpline import demonstration
from helpline.clock import SECOND
from helpline.store import bookings
from helpline.store.bookings import Booking
from helpline.store.db import Tx
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import bookings as bookings_table
from helpline.store.tables import contacts as contacts_table
from tests.contract.rows import a_contact, an_assignment
from tests.integration.console.people import Seen, look, send
from tests.integration.console.test_institutions import Officer, an_officer, coordinator
from tests.integration.console.test_roster import id_of
from tests.town import Counsellor, Town, town

LUSAKA = ZoneInfo("Africa/Lusaka")
CONTACT = "0197a7c0-0000-7000-8000-00000000cccc"


def a_weekday(here: Town, ahead: int = 10) -> date:
    """A Tuesday, at least so many days ahead: the invented interpreters work from Monday to Friday."""
    today = datetime.fromtimestamp(here.clock.now() / SECOND, LUSAKA).date() + timedelta(days=ahead)
    return today + timedelta(days=(1 - today.weekday()) % 7)


def a_form(here: Town, **changes: str) -> dict[str, str]:
    return {
        "reference": "HPR/17/2027", "language": "ti", "day": a_weekday(here).isoformat(), "begins": "10:00",
        "ends": "12:00", "mode": "in_person", "venue": "High Court", "room": "3", "hearing": "bail",
        "person_role": "witness", "technique": "consecutive", "girls": "1", **changes,
    }  # fmt: skip


async def a_clerk(here: Town, name: str = "demo-court") -> Officer:
    clerk = await an_officer(here)
    await clerk.signs_in(name, demonstration.PASSWORD)
    await clerk.reads_the_page()
    return clerk


async def books(here: Town, clerk: Officer, **changes: str) -> str:
    """The address of the booking's page."""
    answer = await clerk.post("/requests/bookings", a_form(here, **changes))
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"])


async def booking_of(here: Town, path: str) -> Booking:
    return await here.helpline.store.read(lambda tx: bookings.get(tx, path.rpartition("/")[2]))


async def interpreter(here: Town, sign_in: str) -> Counsellor:
    person = await here.person(sign_in, duty=False)
    person.csrf = (await look(person, "/console/desk")).text.split('name="csrf" value="')[1].split('"')[0]
    return person


async def answers(person: Counsellor, said: str) -> Seen:
    page = await look(person, "/console/bookings")
    offer = re.search(r"/console/bookings/offers/([0-9a-f-]{36})", page.text)
    assert offer is not None, page.text
    return await send(person, f"/console/bookings/offers/{offer[1]}", {"said": said})


async def who_is_asked(here: Town) -> Counsellor:
    """The interpreter whose page holds the offer."""
    for sign_in in ("demo-selam", "demo-tesfay", "demo-dawit"):
        person = await interpreter(here, sign_in)
        if (await look(person, "/console/bookings")).says("Can you interpret?"):
            return person
    raise AssertionError("nobody is asked")


async def test_an_officer_books_and_sees_that_it_is_confirmed(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await a_clerk(here)
        assert (await clerk.get("/requests/bookings")).says("Nothing is booked.")
        form = await clerk.get("/requests/bookings/new")
        assert form.status == 200 and form.says("A number, never the child's name.")
        path = await books(here, clerk)
        page = await clerk.get(path)
        assert page.says("An interpreter is asked") and page.says("HPR/17/2027") and page.says("10:00 – 12:00")
        asked = await who_is_asked(here)
        assert (await answers(asked, "accept")).status == 303
        page = await clerk.get(path)
        assert page.says("Confirmed") and page.says("Demo")
        assert (await clerk.get("/requests/bookings")).says("Confirmed")
        mine = await look(asked, "/console/bookings")
        assert mine.says("Demonstration High Court") and not mine.says("Can you interpret?")


async def test_each_fault_is_told_at_its_field_and_nothing_is_written(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await a_clerk(here)
        wrong = {"reference": "Mary Phiri", "language": "xx", "day": "2020-01-01", "zone": "Mars/Base", "venue": ""}
        page = await clerk.post("/requests/bookings", a_form(here, **wrong))
        assert page.status == 400
        for words in (
            "This looks like a name. Write the number of the case: never the child's name.",
            "Choose a language from the list.",
            "This is no time zone.",
            "Write where to come.",
        ):
            assert page.says(words), words
        assert page.text.count('aria-invalid="true"') == 4 and 'value="Mary Phiri"' in page.text
        for more in ({"day": "2020-01-01"}, {"ends": "09:00"}, {"ends": "", "minutes": "2400"}):
            assert (await clerk.post("/requests/bookings", a_form(here, **more))).status == 400
        rows = await here.helpline.store.read(lambda tx: len(tx.execute(bookings_table.select()).all()))
        assert rows == 0


async def test_an_officer_changes_moves_and_cancels(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await a_clerk(here)
        path = await books(here, clerk)
        await answers(await who_is_asked(here), "accept")
        page = await clerk.get(f"{path}/change")
        assert 'value="HPR/17/2027"' in page.text and 'value="10:00"' in page.text
        assert 'value="12:00"' in page.text and 'value="120"' not in page.text, "what is changed is not outvoted"
        version = page.text.split('name="version" value="')[1].split('"')[0]
        assert (await clerk.post(path, {**a_form(here, room="5"), "version": version})).status == 303
        assert (await clerk.get(path)).says("Confirmed")
        stale = await clerk.post(path, {**a_form(here, room="6"), "version": version})
        assert stale.status == 409 and stale.says("This booking has changed in the meantime.")
        version = str((await booking_of(here, path)).version)
        when = {"day": a_weekday(here, 13).isoformat(), "begins": "09:00", "minutes": "60", "zone": "Africa/Lusaka"}
        wrong = await clerk.post(f"{path}/adjourn", {**when, "day": "2020-01-01", "version": version})
        assert wrong.status == 400 and wrong.says("This day is over.")
        moved = await clerk.post(f"{path}/adjourn", {**when, "version": version})
        new = moved.headers["Location"]
        assert moved.status == 303 and new != path
        assert (await clerk.get(path)).says("Moved to another date")
        assert (await clerk.get(new)).says("Confirmed")
        assert (await clerk.post(f"{new}/cancel", {"reason": ""})).status == 400
        assert (await clerk.post(f"{new}/cancel", {"reason": "withdrawn"})).status == 303
        assert (await clerk.get(new)).says("Cancelled")
        again = await clerk.post(f"{new}/cancel", {"reason": "withdrawn"})
        assert again.status == 409


async def test_no_institution_sees_anothers_booking_and_no_stranger_any(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        court, immigration = await a_clerk(here), await a_clerk(here, "demo-immigration")
        path = await books(here, court)
        assert (await immigration.get(path)).says("There is no such booking.")
        form = {"reason": "x", "day": a_weekday(here).isoformat(), "begins": "10:00", "minutes": "60", "rating": "1"}
        for deed in ("cancel", "adjourn", "complete", "missed", "begin", "feedback"):
            answer = await immigration.post(f"{path}/{deed}", form)
            assert answer.status == 400 and answer.says("There is no such booking."), deed
        prison = await a_clerk(here, "demo-prison")
        assert (await prison.get("/requests/bookings")).status == 403, "it may ask, and not book"
        stranger = await an_officer(here)
        assert (await stranger.get(path)).headers["Location"].startswith("/requests/sign-in")
        selam = await interpreter(here, "demo-selam")
        assert (await look(selam, path)).headers["Location"].startswith("/requests/sign-in")
        assert (await booking_of(here, path)).state == "offering"


async def test_an_interpreter_declines_lets_go_and_knows_the_family(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await a_clerk(here)
        path = await books(here, clerk)
        first = await who_is_asked(here)
        await answers(first, "conflict")
        second = await who_is_asked(here)
        assert second.sign_in != first.sign_in
        await answers(second, "accept")
        mine = f"/console/bookings/{path.rpartition('/')[2]}"
        assert (await look(first, mine)).says("There is no such booking.")
        assert (await send(second, f"{mine}/let-go", {"reason": " "})).status == 400
        assert (await send(second, f"{mine}/arrived")).says("It is not time yet.")
        assert (await send(second, f"{mine}/let-go", {"reason": "ill"})).status == 303
        assert (await clerk.get(path)).says("Nobody found yet") or (await clerk.get(path)).says("is asked")


async def test_a_booking_takes_place_and_stands_in_both_statements(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await a_clerk(here)
        path = await books(here, clerk)
        asked = await who_is_asked(here)
        await answers(asked, "accept")
        booking = await booking_of(here, path)
        await here.later((booking.starts_at - here.clock.now()) / SECOND - 600)
        await clerk.signs_in("demo-court", demonstration.PASSWORD)
        await clerk.reads_the_page()
        await asked.signs_in()
        mine = f"/console/bookings/{booking.id}"
        assert (await send(asked, f"{mine}/arrived")).status == 303
        assert (await clerk.get(path)).says("is there")
        assert (await clerk.post(f"{path}/begin", {})).status == 303
        await here.later(3600)
        await clerk.signs_in("demo-court", demonstration.PASSWORD)
        await clerk.reads_the_page()
        await asked.signs_in()
        begun = datetime.fromtimestamp(here.clock.now() / SECOND - 3000, LUSAKA)
        report = {"day": begun.date().isoformat(), "begun": f"{begun:%H:%M}",
                  "ended": f"{begun + timedelta(minutes=40):%H:%M}"}  # fmt: skip
        assert (await clerk.post(f"{path}/complete", {**report, "ended": "nonsense"})).status == 400
        assert (await clerk.post(f"{path}/complete", report)).status == 303
        assert (await clerk.get(path)).says("Took place")
        assert (await clerk.post(f"{path}/feedback", {"rating": "9"})).status == 400
        assert (await clerk.post(f"{path}/feedback", {"rating": "5", "said": "good"})).status == 303
        assert (await send(asked, f"{mine}/feedback", {"rating": "4"})).status == 303
        statement = await clerk.get("/requests/bookings/statement")
        assert statement.says("100 %")
        month = f"{begun:%Y-%m}"
        page = await look(asked, f"/console/bookings/statement?month={month}")
        assert page.says("40 minutes interpreted") and page.says("Demonstration High Court")
        file = await look(asked, f"/console/bookings/statement.csv?month={month}")
        assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert file.text.splitlines()[1].endswith("Africa/Lusaka,booking,ti,Demonstration High Court,completed,40")
        assert (await look(asked, "/console/bookings/statement?month=2027-13")).status == 400


async def test_a_coordinator_sees_why_nobody_fits_and_puts_somebody_in(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk, boss = await a_clerk(here), await coordinator(here)
        path = await books(here, clerk, language="am", certified="on", gender="woman", gender_required="on")
        id = path.rpartition("/")[2]
        page = await look(boss, "/console/calendar")
        assert page.says("Nobody found yet") and page.says("A booking has no interpreter")
        here_page = f"/console/calendar/{id}"
        page = await look(boss, here_page)
        assert page.says("is not the woman or man that is required") and page.says("Put in")
        dawit = await id_of(here, "demo-tesfay")
        assert (await send(boss, f"{here_page}/assign", {"worker": dawit, "because": ""})).status == 400
        assert (await send(boss, f"{here_page}/seek", {"give_up": "no_undertaking"})).status == 400
        assert (await send(boss, f"{here_page}/assign", {"worker": dawit, "because": "both agree"})).status == 303
        page = await look(boss, here_page)
        assert page.says("Confirmed") and page.says("both agree") and page.says("Demo Coordinator")
        assert not (await look(boss, "/console/calendar")).says("A booking has no interpreter")
        assert (await send(boss, f"{here_page}/take-off", {"reason": "double"})).status == 303
        assert (await send(boss, f"{here_page}/cancel", {"side": "officer", "reason": "they called"})).status == 303
        counts = await look(boss, "/console/calendar/counts")
        assert counts.status == 200


async def test_a_coordinator_links_a_booking_to_a_contact_and_its_officer_never_sees_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk, boss = await a_clerk(here), await coordinator(here)
        path = await books(here, clerk)
        asked = await who_is_asked(here)
        await answers(asked, "accept")
        worker = await id_of(here, asked.sign_in)

        def counselled(tx: Tx) -> None:
            tx.insert(contacts_table, a_contact(CONTACT, line="children", keep_until=2**60))
            tx.insert(assignments_table, an_assignment("a1", CONTACT, worker, accepted_at=5, ended_at=9, state="ended"))

        await here.helpline.store.write(counselled)
        page = f"/console/calendar/{path.rpartition('/')[2]}"
        assert (await send(boss, f"{page}/link", {"contact": "Xxx-0000"})).says("There is no such contact.")
        assert (await send(boss, f"{page}/link", {"contact": "Kwi-4821"})).status == 303
        assert (await look(boss, page)).says("counselled the child of this case")
        assert (await booking_of(here, path)).worker_id is None
        seen = await clerk.get(path)
        assert not seen.says("Kwi-4821") and CONTACT not in seen.text and not seen.says("linked")


async def test_workers_without_the_role_see_no_bookings(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        path = await books(here, await a_clerk(here))
        bwalya = await interpreter(here, "demo-bwalya")
        assert (await look(bwalya, "/console/calendar")).status == 403
        assert (await look(bwalya, f"/console/bookings/{path.rpartition('/')[2]}")).says("There is no such booking.")
