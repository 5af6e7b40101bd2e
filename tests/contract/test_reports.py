"""Rows behind the reports, on each kind of database."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from helpline.clock import DAY, HOUR, MINUTE, SECOND
from helpline.reports import demonstration as past
from helpline.reports import languages
from helpline.reports.metrics import Group
from helpline.store import report_view, requests, statements
from helpline.store.db import Store, Tx
from helpline.store.report_view import Interpreter, Span
from helpline.store.tables import assignments, audit, bookings, contacts, institutions, worker_languages, workers
from helpline.store.tables import requests as requests_table
from tests.contract.rows import a_contact, a_worker, an_assignment
from tests.office import HIGH_COURT, Office, a_booking, open_office

ALL = Span(0, 2**62)
T0 = 1_800_000_000 * SECOND  # 08:00 UTC


def a_court(id: str = "court", **known: object) -> dict[str, object]:
    row = {"id": id, "name": id.title(), "kind": "court", "timezone": "Africa/Lusaka", "number": str(1000 + len(id))}
    return {**row, "created_at": 1, **known}


def a_request(id: str, **known: object) -> dict[str, object]:
    row = {"id": id, "institution_id": "court", "came_by": "page", "line": "institutions", "languages": "ti so"}
    return {**row, "purpose": "hearing", "created_at": T0, **known}


def left(id: str, language: str | None, after: int, **known: object) -> dict[str, object]:
    times = {"first_arrival": T0, "left_at": T0 + after, "closed_at": T0 + after}
    return a_contact(id, state="closed", language=language, ended_by="child", **times, **known)


@pytest.fixture
async def there(store: Store) -> Store:
    """A court, an interpreter and a counsellor who speaks Bemba."""

    def unit(tx: Tx) -> None:
        tx.insert(institutions, a_court())
        for name, language in (("selam", "ti"), ("bwalya", "bem")):
            tx.insert(workers, a_worker(name))
            tx.insert(worker_languages, {"worker_id": name, "language": language, "level": "fluent"})

    await store.write(unit)
    return store


async def test_who_left_and_who_was_served_by_people_of_whom_nobody_spoke_the_language(there: Store) -> None:
    def unit(tx: Tx) -> None:
        tx.insert(contacts, left("menu", None, 20 * SECOND, outcome="left_in_menu"))
        tx.insert(contacts, left("short", "so", 4 * SECOND, outcome="abandoned", queued_at=T0))
        tx.insert(contacts, left("a", "so", 90 * SECOND, outcome="abandoned", queued_at=T0))
        tx.insert(contacts, left("b", "so", 70 * SECOND, outcome="abandoned", queued_at=T0 + MINUTE))
        spoke = {"outcome": "served", "queued_at": T0, "connected_at": T0}
        for id, language, worker in (("mine", "bem", "bwalya"), ("not", "ti", "bwalya"), ("bridge", "ti", "bwalya")):
            tx.insert(contacts, left(id, language, HOUR, **spoke))
            tx.insert(assignments, an_assignment(f"c-{id}", id, worker, connected_at=T0, ended_at=T0 + HOUR))
        with_selam = {"role": "interpreter", "language": "ti", "connected_at": T0 + 40 * SECOND, "ended_at": T0 + HOUR}
        tx.insert(assignments, an_assignment("i-bridge", "bridge", "selam", **with_selam))
        tx.insert(contacts, left("asked", "ti", HOUR, kind="request", **spoke))
        tx.insert(contacts, left("letter", "ti", HOUR, kind="letter", channel="offline", outcome="entered"))
        tx.insert(contacts, a_contact("waits", language="ti", first_arrival=T0, queued_at=T0))
        tx.insert(contacts, left("Demo", "ti", HOUR, outcome="abandoned", queued_at=T0) | {"pseudonym": "Demo-0001"})

    await there.write(unit)
    rows = await there.read(lambda tx: report_view.ended(tx, ALL))
    found = {(one.language, one.outcome, one.connected, one.spoken, one.short): one.count for one in rows}
    assert found == {
        (None, "left_in_menu", False, False, False): 1,
        ("so", "abandoned", False, False, True): 1,
        ("so", "abandoned", False, False, False): 2,
        ("bem", "served", True, True, False): 1,
        ("ti", "served", True, False, False): 1,
        ("ti", "served", True, True, False): 1,
    }
    assert {one.at for one in rows} == {T0 - T0 % (15 * MINUTE)}
    assert not await there.read(lambda tx: report_view.ended(tx, Span(T0 + 1, 2**62)))
    invented = await there.read(lambda tx: report_view.ended(tx, replace(ALL, invented=True)))
    assert sum(one.count for one in invented) == sum(one.count for one in rows) + 1


async def test_when_an_interpreter_came_for_how_long_and_who_passed_it_by(there: Store) -> None:
    def unit(tx: Tx) -> None:
        tx.insert(requests_table, a_request("r"))
        known = {"language": "ti", "language_known_at": T0, "first_arrival": T0, "state": "closed"}
        for id, kind in (("child", "call"), ("first", "request"), ("again", "request"), ("booked", "request")):
            tx.insert(contacts, a_contact(id, kind=kind, **known))
            came = {"role": "interpreter", "language": "ti", "ended_at": T0 + 10 * MINUTE}
            tx.insert(assignments, an_assignment(f"1{id}", id, "selam", connected_at=T0 + MINUTE, **came))
            came["ended_at"] = T0 + 20 * MINUTE
            tx.insert(assignments, an_assignment(f"2{id}", id, "selam", connected_at=T0 + 11 * MINUTE, **came))
            turned = {"role": "interpreter", "language": "ti", "ended_at": T0, "end": "declined"}
            tx.insert(assignments, an_assignment(f"3{id}", id, "bwalya", **turned))
        requests.add_contact(tx, "r", "first")
        requests.add_contact(tx, "r", "again")
        for at, action in ((T0 + 30 * SECOND, "language_named"), (T0 + 40 * SECOND, "record_saved")):
            tx.insert(audit, {"at": at, "actor": "bwalya", "action": action, "contact_id": "child"})

    await there.write(unit)
    booking = {**a_booking("court", T0), "contact_id": "booked", "worker_id": "selam"}
    await there.write(lambda tx: tx.insert(bookings, booking))
    found = {one.contact_id: one for one in await there.read(lambda tx: report_view.interpreted(tx, ALL))}
    assert set(found) == {"child", "first", "again"}, "a booking's conversation is counted as the booking"
    assert (found["child"].request_id, found["child"].met_at) == (None, T0 + MINUTE)
    assert found["first"].request_id == "r" and found["first"].talked == 18 * MINUTE
    mine = await there.read(lambda tx: report_view.interpreted_for(tx, ALL, "court"))
    assert {one.contact_id for one in mine} == {"first", "again"}
    assert await there.read(lambda tx: report_view.interpreted_for(tx, ALL, "another")) == []
    assert await there.read(lambda tx: report_view.wanted_anew(tx, ALL)) == {"child": [T0 + 30 * SECOND]}
    (turned,) = await there.read(lambda tx: report_view.turned(tx, ALL))
    assert (turned.language, turned.end, turned.offers) == ("ti", "declined", 4)
    (booked,) = await there.read(lambda tx: report_view.booked_for(tx, ALL))
    assert (booked.language, booked.state, booked.zone, booked.count) == ("ti", "confirmed", "Africa/Lusaka", 1)
    own = await there.read(lambda tx: statements.served(tx, "selam", 0, 2**62))
    assert {(one.kind, one.institution) for one in own} == {("helpline", None), ("request", "Court")}
    assert len(own) == 6 and {one.language for one in own} == {"ti"}
    who = await there.read(lambda tx: report_view.interpreters_of(tx, "child"))
    assert who[0] == Interpreter("selam", "ti", None, T0 + MINUTE, T0 + 10 * MINUTE) and len(who) == 2


async def test_an_institution_reads_its_own_requests_only(there: Store) -> None:
    def unit(tx: Tx) -> None:
        tx.insert(institutions, a_court("prison", number="7"))
        tx.insert(institutions, a_court("invented", number="8", demonstration=True))
        tx.insert(requests_table, a_request("r1", girls=0, boys=14))
        tx.insert(requests_table, a_request("r2", girls=0, boys=14, group_of="r1", created_at=T0 + DAY))
        tx.insert(requests_table, a_request("r3", institution_id="prison", girls=3, boys=0, not_before=T0 + HOUR))
        tx.insert(requests_table, a_request("r4", institution_id="invented", girls=100))

    await there.write(unit)
    everybodys = await there.read(lambda tx: report_view.made(tx, ALL))
    assert [one.id for one in everybodys] == ["r1", "r3", "r2"]
    assert [(one.at - one.created_at) // HOUR for one in everybodys] == [0, 1, 0]
    mine = await there.read(lambda tx: report_view.made(tx, ALL, "court"))
    assert [(one.id, one.group) for one in mine] == [("r1", "r1"), ("r2", "r1")]
    own = await there.read(lambda tx: languages.of_institution(tx, "court", ALL))
    assert own.children == Group(0, 14, 2) and own.groups == 1
    assert {line.state for line in own.lines} == {"open"} and own.timing.p50 is None


async def test_who_speaks_what_now(there: Store) -> None:
    gone = a_worker("gone", disabled_at=5)
    await there.write(lambda tx: tx.insert(workers, gone))
    spoken = {"worker_id": "gone", "language": "om", "level": "fluent"}
    await there.write(lambda tx: tx.insert(worker_languages, spoken))
    assert await there.read(report_view.speakers) == {"ti": 1, "bem": 1}


# The demonstration


@pytest.fixture
async def office(url: str) -> AsyncIterator[Office]:
    async with open_office(url) as found:
        yield found


async def test_an_empty_house_without_the_demonstrations_people_gets_no_past(office: Office) -> None:
    await office.court(HIGH_COURT)
    assert await office.does(lambda tx: past.invent(tx, office.house)) == 0
