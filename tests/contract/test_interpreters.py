"""Interpreters on every engine, and files of both: what is kept, what lapses, and who is not let go."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.faults import ConfigurationError
from helpline.alarms import close_alarm
from helpline.clock import DAY, HOUR, SECOND
from helpline.console.institution_words import AT_FIELD
from helpline.deadlines import Timers
from helpline.errors import Conflict
from helpline.interpreting import interpreters, lapsing, loading, qualified
from helpline.interpreting.fields import Unfit
from helpline.metrics import Metrics
from helpline.store import interpreters as interpreter_rows
from helpline.store.db import Tx
from helpline.store.interpreters import Spoken
from helpline.store.tables import alarms, bookings, busy
from tests.office import ABEBA, BY, INSTITUTIONS, INTERPRETERS, Office, a_booking, open_office


@pytest.fixture
async def office(url: str) -> AsyncIterator[Office]:
    async with open_office(url) as found:
        yield found


# Interpreters


async def test_what_is_written_of_an_interpreter_is_what_she_is_qualified_for(office: Office) -> None:
    abeba = await office.interpreter()
    paper = interpreters.Paper("ti", "Board of Interpreters", "17", "2026-01-01", "2027-06-30")
    await office.does(lambda tx: interpreters.add_certificate(tx, office.house, BY, abeba, paper))

    async def on(year: int, month: int, day: int) -> qualified.Qualifications:
        when = date(year, month, day)
        return (await office.store.read(lambda tx: qualified.of(tx, None, when)))[abeba]

    now = await on(2027, 1, 18)
    assert now.languages == {"am": "basic", "ti": "fluent"} and now.dialects == {"ti": {"asmara"}}
    assert now.certified == {"ti"} and now.undertaking and now.child_friendly and now.by_phone
    assert now.travels == {"copperbelt", "ndola"} and now.hours == {0: ((480, 720), (780, 1020))}
    assert (await on(2027, 7, 1)).certified == frozenset() and (await on(2027, 7, 1)).undertaking
    assert not (await on(2028, 1, 1)).undertaking
    some = await office.store.read(lambda tx: qualified.of(tx, [abeba, "nobody"], date(2027, 1, 18)))
    assert list(some) == [abeba] and some[abeba] == now
    assert not await office.does(lambda tx: interpreters.write(tx, office.house, BY, abeba, ABEBA)), "nothing is new"


async def test_an_interpreters_faults_are_told_at_the_field_and_nothing_is_kept(office: Office) -> None:
    abeba = await office.interpreter()
    wrong = interpreters.Written(
        spoken=(Spoken("tlh", "fluent"),),
        timezone="Lusaka time",
        gender="other",
        undertaking_on="18.1.2027",
        undertaking_until="",
        training=("juggling",),
        hours={"mon": ("8-12",), "tue": ("08:00-12:00", "11:00-13:00"), "wed": ("09:00-09:00",)},
        province="lusaka",
        district="ndola",
        travels=("atlantis",),
        email="abeba",
        phone="by the river",
    )
    with pytest.raises(Unfit) as refused:
        await office.does(lambda tx: interpreters.write(tx, office.house, BY, abeba, wrong))
    assert refused.value.fields == {
        "languages": "language_unknown",
        "timezone": "zone_unknown",
        "gender": "choice_unknown",
        "undertaking_on": "date_unreadable",
        "training": "choice_unknown",
        "hours.mon": "hours_unreadable",
        "hours.tue": "hours_overlap",
        "hours.wed": "hours_unreadable",
        "district": "district_elsewhere",
        "travels": "choice_unknown",
        "email": "not_an_email",
        "phone": "not_a_telephone",
    }
    backwards = replace(ABEBA, undertaking_on="2027-02-01", undertaking_until="2027-01-01")
    with pytest.raises(Unfit) as refused:
        await office.does(lambda tx: interpreters.write(tx, office.house, BY, abeba, backwards))
    assert refused.value.fields == {"undertaking_until": "ends_before_it_begins"}


async def test_four_weeks_before_and_on_the_day_after_its_end_a_coordinator_is_told(office: Office) -> None:
    abeba = await office.interpreter(written=replace(ABEBA, undertaking_until="2027-03-31"))
    timers = Timers(office.store, office.house, office.clock, Metrics())
    await timers.step()
    assert await office.open_alarms() == set()
    office.clock.pass_by(44 * DAY / SECOND)  # the morning of 3 March: 28 days to go
    await timers.step()
    assert await office.open_alarms() == set()
    office.clock.pass_by(DAY / SECOND)
    await timers.step()
    assert await office.open_alarms() == {"undertaking_lapsing"}
    office.clock.pass_by(28 * DAY / SECOND)
    await timers.step()
    assert await office.open_alarms() == {"undertaking_lapsed"}
    renewed = replace(ABEBA, undertaking_until="2028-03-31")
    await office.does(lambda tx: interpreters.write(tx, office.house, BY, abeba, renewed))
    assert await office.open_alarms() == set()


async def test_a_warning_that_a_person_has_closed_does_not_come_back(office: Office) -> None:
    abeba = await office.interpreter(written=replace(ABEBA, undertaking_until="2027-01-20"))
    assert await office.open_alarms() == {"undertaking_lapsing"}, "it is near already"
    (alarm,) = await office.store.read(lambda tx: [row.id for row in tx.execute(sa.select(alarms.c.id))])
    await office.does(lambda tx: close_alarm(tx, office.house, alarm, BY, "She signs on Tuesday."))
    await office.does(lambda tx: lapsing.look(tx, office.house, abeba))
    assert await office.open_alarms() == set()
    office.clock.pass_by(4 * DAY / SECOND)
    await office.does(lambda tx: lapsing.look(tx, office.house, abeba))
    assert await office.open_alarms() == {"undertaking_lapsed"}


async def test_one_who_is_booked_is_not_let_go_and_afterwards_is(office: Office) -> None:
    abeba, court = await office.interpreter(), await office.court()
    starts = office.clock.now() + DAY

    def book(tx: Tx) -> None:
        tx.insert(bookings, a_booking(court, starts))
        about = {"booking_id": "0197a7c0-0000-7000-8000-00000000b001", "worker_id": abeba}
        tx.insert(busy, {**about, "busy_from": starts, "busy_until": starts + HOUR})

    await office.does(book)
    with pytest.raises(Conflict) as refused:
        await office.does(lambda tx: interpreters.leave(tx, office.house, BY, abeba))
    assert refused.value.code == "worker_booked"
    assert abeba in await office.store.read(lambda tx: qualified.of(tx, None, date(2027, 1, 18)))
    office.clock.pass_by(2 * DAY / SECOND)
    await office.does(lambda tx: interpreters.leave(tx, office.house, BY, abeba))
    assert abeba not in await office.store.read(lambda tx: qualified.of(tx, None, date(2027, 1, 18)))


# Files


def reads(path: Path, text: str) -> loading.InstitutionsFile:
    path.write_text(text)
    return loading.read(path, loading.InstitutionsFile)


async def test_the_same_file_twice_changes_nothing(office: Office, tmp_path: Path) -> None:
    file = reads(tmp_path / "institutions.toml", INSTITUTIONS)
    house = office.house
    first = await office.does(lambda tx: loading.load_institutions(tx, house, BY, file, "file"))
    assert first.added == ["High Court", "Central Prison"] and not first.changed
    before = await office.actions()
    again = await office.does(lambda tx: loading.load_institutions(tx, house, BY, file, "file"))
    assert again.same == ["High Court", "Central Prison"] and not again.added and not again.changed
    assert await office.actions() == before
    other = reads(tmp_path / "institutions.toml", INSTITUTIONS.replace("M. Clerk", "Mrs Clerk"))
    third = await office.does(lambda tx: loading.load_institutions(tx, house, BY, other, "file"))
    assert third.changed == ["High Court"] and third.same == ["Central Prison"]


async def test_interpreters_are_added_from_a_file_and_the_second_time_are_the_same(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "i.toml").write_text(INTERPRETERS)
    file, house = loading.read(tmp_path / "i.toml", loading.InterpretersFile), office.house
    first = await office.does(lambda tx: loading.load_interpreters(tx, house, BY, file, "file"))
    assert first.added == ["abeba"]
    before = await office.actions()
    again = await office.does(lambda tx: loading.load_interpreters(tx, house, BY, file, "file"))
    assert again.same == ["abeba"] and await office.actions() == before
    (known,) = (await office.store.read(lambda tx: qualified.of(tx, None, date(2027, 1, 18)))).values()
    assert known.certified == {"ti"} and known.child_friendly and known.undertaking and known.gender == "woman"
    found = await office.store.read(lambda tx: interpreter_rows.named(tx, "abeba"))
    assert found is not None and house.vault.open(found.reach_enc or b"") == "+260971000001"


async def test_a_file_with_faults_names_each_and_writes_nothing(office: Office, tmp_path: Path) -> None:
    text = INSTITUTIONS.replace('"+260211000001"', '"reception"').replace("clerk@court.example", "clerk")
    text = text.replace('"100117"', '"100116"').replace('"lusaka"', '"atlantis"')
    file = reads(tmp_path / "institutions.toml", text)
    with pytest.raises(ConfigurationError) as refused:
        await office.does(lambda tx: loading.load_institutions(tx, office.house, BY, file, "my.toml"))
    found = {(fault.file, fault.key) for fault in refused.value.faults}
    assert found == {
        ("my.toml", "institution.0.province"),
        ("my.toml", "institution.0.telephones.0"),
        ("my.toml", "institution.0.officer.0.email"),
        ("my.toml", "institution.1.number"),
    }
    assert all(fault.remedy for fault in refused.value.faults) and "reception" not in str(refused.value)
    assert await office.actions() == []


@pytest.mark.parametrize(
    ("was", "now", "key"),
    [
        ('kind = "court"', 'kind = "castle"', "institution.0.kind"),
        ('kind = "court"', 'kind = "court"\npin = "4711"', "institution.0.pin"),
        ('name = "High Court"', "", "institution.0.name"),
        ('may = ["request"]', 'may = ["rule"]', "institution.1.may.0"),
    ],
)
def test_what_has_not_the_form_of_a_file_is_told_with_its_key(tmp_path: Path, was: str, now: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        reads(tmp_path / "institutions.toml", INSTITUTIONS.replace(was, now))
    assert [fault.key for fault in refused.value.faults] == [key]


def test_every_fault_of_a_field_has_words_in_a_file_and_on_a_page() -> None:
    only_files = {"institution_disabled", "officer_elsewhere", "worker_disabled"}
    assert set(loading.REMEDIES) - only_files <= set(AT_FIELD)
