"""A coordinator writes interpreters down, and a worker chooses a PIN."""

import re
from datetime import date
from pathlib import Path

from helpline.clock import HOUR
from helpline.interpreting import pins, qualified
from helpline.store.db import Tx
from helpline.store.tables import bookings, busy
from tests.integration.console.people import look, send
from tests.integration.console.test_institutions import an_officer, coordinator, court_of, secret_in
from tests.integration.console.test_roster import id_of
from tests.office import a_booking
from tests.town import town


def filled(**changes: str) -> dict[str, str]:
    return {
        "gender": "woman",
        "language_0": "ti",
        "level_0": "fluent",
        "dialects_0": "asmara",
        "language_1": "en",
        "level_1": "basic",
        "dialects_1": "",
        "undertaking_on": "2026-01-01",
        "undertaking_until": "2099-12-31",
        "training": "child_friendly",
        "hours.mon": "08:00 – 12:00; 13:00-17:00",
        "timezone": "Africa/Lusaka",
        "province": "lusaka",
        "district": "kafue",
        "travels": "copperbelt",
        "email": "abeba@example.org",
        "phone": "+260971000001",
        "by_phone": "1",
        **changes,
    }


async def test_an_interpreter_is_added_filled_in_certified_and_given_a_pin(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        added = await send(boss, "/console/interpreters", {"sign_in": "abeba", "alias": "Abeba"})
        assert added.status == 303
        path = added.headers["Location"]
        assert (await look(boss, path)).says("not signed") is False
        assert (await look(boss, "/console/interpreters")).says("not signed")
        assert (await send(boss, path, filled())).status == 303
        paper = {"language": "ti", "body": "Board", "number": "17", "issued_on": "", "expires_on": "2099-01-31"}
        assert (await send(boss, f"{path}/certificates", paper)).status == 303
        worker = path.rsplit("/", 1)[1]

        def known(tx: Tx) -> qualified.Qualifications:
            return qualified.of(tx, [worker], date(2027, 1, 18))[worker]

        found = await here.helpline.store.read(known)
        assert found.languages == {"ti": "fluent", "en": "basic"} and found.certified == {"ti"}
        assert found.undertaking and found.child_friendly and found.hours == {0: ((480, 720), (780, 1020))}
        page = await look(boss, path)
        assert 'value="08:00-12:00, 13:00-17:00"' in page.text and 'value="asmara"' in page.text

        shown = await send(boss, f"{path}/pin", {"pin": ""})
        pin, number = secret_in(shown), re.search(r'<bdi dir="ltr">(\d{5})</bdi>', shown.text)
        assert number is not None
        house = here.helpline.house
        answer = await here.helpline.store.write(lambda tx: pins.worker_check(tx, house, number[1], pin, None))
        assert answer.kind == "ok" and answer.worker_id == worker

        remove = re.search(r'action="([^"]*/remove)"', page.text)
        assert remove is not None and (await send(boss, remove[1])).status == 303
        assert (await here.helpline.store.read(known)).certified == frozenset()
        assert (await send(boss, f"{path}/leave")).headers["Location"] == "/console/interpreters"
        assert not (await look(boss, "/console/interpreters")).says(">Abeba<")


async def test_an_interpreters_faults_stand_at_their_fields(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        path = f"/console/interpreters/{await id_of(here, 'demo-yusuf')}"
        wrong = filled(email="abeba", district="ndola", undertaking_until="2025-01-01", **{"hours.mon": "mornings"})
        page = await send(boss, path, wrong)
        assert page.status == 400 and page.text.count('aria-invalid="true"') == 4
        for said in ("This is before the first day.", "Write times as 08:00-12:00", "Write it as name@example.org."):
            assert page.says(said)
        assert 'value="mornings"' in page.text
        nothing = await send(boss, path, filled(language_0="", language_1=""))
        assert nothing.status == 400 and nothing.says("Fill this in.")
        twice = await send(boss, f"{path}/certificates", {"language": "", "body": "", "expires_on": "soon"})
        assert twice.status == 400 and twice.says("Write a day as year, month and day")


async def test_one_who_is_booked_is_not_taken_off_the_list(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss, yusuf = await coordinator(here), await id_of(here, "demo-yusuf")
        starts = here.clock.now() + HOUR

        court = await court_of(here)
        booked = a_booking(court, starts)

        def book(tx: Tx) -> None:
            tx.insert(bookings, booked)
            about = {"booking_id": booked["id"], "worker_id": yusuf}
            tx.insert(busy, {**about, "busy_from": starts, "busy_until": starts + HOUR})

        await here.helpline.store.write(book)
        refused = await send(boss, f"/console/interpreters/{yusuf}/leave")
        assert refused.status == 409 and refused.says("Give the bookings to somebody else first.")


async def test_a_coordinator_gives_no_password_to_somebody_with_other_roles(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        amina, yusuf = await id_of(here, "demo-amina"), await id_of(here, "demo-yusuf")
        refused = await send(boss, f"/console/interpreters/{amina}/password")
        assert refused.status == 403 and 'class="secret"' not in refused.text
        given = secret_in(await send(boss, f"/console/interpreters/{yusuf}/password"))
        person = await an_officer(here)
        answer = await person.post("/console/sign-in", {"name": "demo-yusuf", "password": given})
        assert answer.status == 303


async def test_an_undertaking_that_ends_soon_is_seen_to_and_closed(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        page = await look(boss, "/console/interpreters")
        assert page.says("An interpreter's undertaking of confidentiality ends soon") and page.says("ends soon")
        take = re.search(r'action="(/console/coordinator/alarms/[^"]+/take)"', page.text)
        assert take is not None and (await send(boss, take[1])).status == 303
        close = re.search(
            r'action="(/console/coordinator/alarms/[^"]+/close)"', (await look(boss, "/console/interpreters")).text
        )
        assert close is not None
        assert (await send(boss, close[1], {"said": "He signs on Tuesday."})).status == 303
        assert not (await look(boss, "/console/interpreters")).says("To see to")


async def test_a_worker_chooses_a_pin_at_their_own_page(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        assert (await look(amina, "/console/me")).says("None yet.")
        assert (await send(amina, "/console/me/pin", {"pin": "letters"})).says("Digits only")
        assert (await send(amina, "/console/me/pin", {"pin": "830264"})).status == 303
        page = await look(amina, "/console/me")
        number = re.search(r'<bdi dir="ltr">(\d{5})</bdi>', page.text)
        assert number is not None and "830264" not in page.text
        house = here.helpline.house
        answer = await here.helpline.store.write(lambda tx: pins.worker_check(tx, house, number[1], "830264", None))
        assert answer.kind == "ok"
        assert (await send(amina, "/console/me/pin/remove")).status == 303
        assert (await look(amina, "/console/me")).says("None yet.")
