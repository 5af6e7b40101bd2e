"""Institutions, officers, tokens, PINs and interpreters on every engine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from helpline.clock import DAY, HOUR, SECOND
from helpline.errors import Conflict, Invalid
from helpline.interpreting import institutions, officers, pins, tokens
from helpline.interpreting.fields import Unfit
from helpline.store import institutions as institution_rows
from helpline.store import officers as officer_rows
from helpline.store.db import Tx
from helpline.store.tables import bookings, institution_numbers
from helpline.store.tables import officers as officers_table
from tests.office import BY, CLERK, HIGH_COURT, Office, a_booking, open_office


@pytest.fixture
async def office(url: str) -> AsyncIterator[Office]:
    async with open_office(url) as found:
        yield found


# Institutions


async def test_an_institution_is_written_down_changed_disabled_and_enabled(office: Office) -> None:
    id = await office.court()
    found = await office.store.read(lambda tx: institution_rows.get(tx, id))
    assert (found.name, found.number, found.may, found.has_pin, found.disabled) == (
        "High Court",
        "100116",
        ("request", "book"),
        False,
        False,
    )
    changed = replace(HIGH_COURT, name="High Court of Lusaka", may=("book",), number="")
    assert await office.does(lambda tx: institutions.change(tx, office.house, BY, id, changed))
    assert not await office.does(lambda tx: institutions.change(tx, office.house, BY, id, changed)), "nothing is new"
    await office.does(lambda tx: institutions.disable(tx, BY, id))
    with pytest.raises(Conflict, match="disabled already"):
        await office.does(lambda tx: institutions.disable(tx, BY, id))
    await office.does(lambda tx: institutions.enable(tx, BY, id))
    found = await office.store.read(lambda tx: institution_rows.get(tx, id))
    assert (found.name, found.number, found.may, found.disabled) == ("High Court of Lusaka", "100116", ("book",), False)
    assert await office.actions() == [
        "institution_added",
        "institution_changed",
        "institution_disabled",
        "institution_enabled",
    ]


async def test_every_fault_is_told_at_its_field_and_nothing_is_kept(office: Office) -> None:
    await office.court()
    wrong = institutions.Written(
        " ", "castle", "Africa/Atlantis", ("rule",), "lusaka", "ndola", "1001a", line="no such line"
    )
    with pytest.raises(Unfit) as refused:
        await office.court(wrong)
    assert refused.value.fields == {
        "name": "missing",
        "kind": "choice_unknown",
        "timezone": "zone_unknown",
        "may": "choice_unknown",
        "district": "district_elsewhere",
        "line": "choice_unknown",
        "number": "not_digits",
    }
    with pytest.raises(Unfit) as refused:
        await office.court(replace(HIGH_COURT, name="Another"))
    assert refused.value.fields == {"number": "number_taken"}
    assert await office.actions() == ["institution_added"]


async def test_without_a_number_one_of_six_digits_is_chosen(office: Office) -> None:
    ids = [await office.court(replace(HIGH_COURT, number="")) for _ in range(2)]
    found = await office.store.read(institution_rows.everyone)
    numbers = {one.number for one in found}
    assert {one.id for one in found} == set(ids)
    assert len(numbers) == 2 and all(len(one) == 6 and one.isdecimal() for one in numbers)


async def test_a_telephone_is_known_once_however_it_is_spelled_and_is_stored_sealed(office: Office) -> None:
    id = await office.court()
    assert await office.does(lambda tx: institutions.add_telephone(tx, office.house, BY, id, "+260 211-000 001"))
    assert not await office.does(lambda tx: institutions.add_telephone(tx, office.house, BY, id, "+260211000001"))
    with pytest.raises(Unfit) as refused:
        await office.does(lambda tx: institutions.add_telephone(tx, office.house, BY, id, "the front desk"))
    assert refused.value.fields == {"telephone": "not_a_telephone"}
    (row,) = await office.store.read(lambda tx: tx.execute(institution_numbers.select()).all())
    assert b"211000001" not in bytes(row.number_enc)
    calling = await office.store.read(lambda tx: institution_rows.calling(tx, row.number_hash))
    assert [one.id for one in calling] == [id]


async def test_one_with_a_booking_to_come_is_not_disabled(office: Office) -> None:
    id = await office.court()
    booking = a_booking(id, office.clock.now() + DAY)
    await office.does(lambda tx: tx.insert(bookings, booking))
    with pytest.raises(Conflict) as refused:
        await office.does(lambda tx: institutions.disable(tx, BY, id))
    assert refused.value.code == "institution_booked"
    office.clock.pass_by(3 * DAY / SECOND)
    await office.does(lambda tx: institutions.disable(tx, BY, id))


# PINs


async def test_number_and_pin_open_and_everything_else_is_wrong(office: Office) -> None:
    id = await office.court()
    assert (await office.calls("830264")).kind == "wrong", "no PIN was set"
    await office.does(lambda tx: pins.set_pin(tx, office.house, BY, id, "830264"))
    answer = await office.calls("830264")
    assert answer.kind == "ok" and answer.institution is not None and answer.institution.id == id
    assert (await office.calls("830265")).kind == "wrong"
    assert (await office.calls("830264", number="100117")).kind == "wrong"
    assert (await office.calls("abcd")).kind == "not_digits"
    assert (await office.calls("830264", number="court")).kind == "not_digits"
    await office.does(lambda tx: institutions.disable(tx, BY, id))
    assert (await office.calls("830264", "+260970000008")).kind == "wrong"


async def test_a_stranger_who_guesses_is_slowed_and_the_courts_own_telephone_is_not(office: Office) -> None:
    id = await office.court()
    await office.does(lambda tx: pins.set_pin(tx, office.house, BY, id, "830264"))
    await office.does(lambda tx: institutions.add_telephone(tx, office.house, BY, id, "+260211000001"))
    for _ in range(3):
        assert (await office.calls("000001", "+260970000001")).kind == "wrong"
    assert await office.calls("000001", "+260970000001") == pins.PinAnswer("slow_down", None, 5)
    assert (await office.calls("830264", "+260970000001")).kind == "slow_down", "a right one is not looked at either"
    assert (await office.calls("830264", "+260970000002")).kind == "slow_down", "nor from another strange number"
    assert (await office.calls("830264", "+260211000001")).kind == "ok"
    office.clock.pass_by(5)
    assert (await office.calls("830264", "+260970000002")).kind == "ok"


async def test_guesses_at_the_same_moment_do_not_slip_through_together(office: Office) -> None:
    id = await office.court()
    await office.does(lambda tx: pins.set_pin(tx, office.house, BY, id, "830264"))
    answers = await asyncio.gather(*(office.calls(f"00000{n}", f"+26097000000{n}") for n in range(9)))
    assert sorted(answer.kind for answer in answers) == ["slow_down"] * 6 + ["wrong"] * 3


async def test_much_guessing_is_an_alarm_that_a_new_pin_ends(office: Office) -> None:
    id = await office.court()
    await office.does(lambda tx: pins.set_pin(tx, office.house, BY, id, "830264"))
    for caller in range(pins.GUESSED):
        answer = await office.calls("000001", f"+2609700000{caller:02d}")
        office.clock.pass_by(answer.wait_s)
        if answer.kind == "slow_down":
            await office.calls("000001", f"+2609700000{caller:02d}")
    while "pin_guessed" not in await office.open_alarms():
        office.clock.pass_by((await office.calls("000001", None)).wait_s)
    await office.does(lambda tx: pins.set_pin(tx, office.house, BY, id, "49170365"))
    assert await office.open_alarms() == set()


async def test_a_worker_keeps_the_number_when_the_pin_changes(office: Office) -> None:
    abeba = await office.interpreter()
    house = office.house
    number = await office.does(lambda tx: pins.set_worker_pin(tx, house, BY, abeba, "830264", house.chance))
    again = await office.does(lambda tx: pins.set_worker_pin(tx, house, BY, abeba, "830265", house.chance))
    assert number == again and len(number) == 5

    async def calls(pin: str, caller: str) -> pins.WorkerAnswer:
        hashed = house.vault.hash_number(caller)
        return await office.does(lambda tx: pins.worker_check(tx, house, number, pin, hashed))

    assert (await calls("830264", "+260970000005")).kind == "wrong"
    assert await calls("830265", "+260970000005") == pins.WorkerAnswer("ok", abeba)
    for n in range(6):
        await calls("000001", f"+26097000001{n}")
    assert (await calls("830265", "+260970000005")).kind == "slow_down"
    assert (await calls("830265", "+260971000001")).kind == "ok", "it is her own telephone"
    await office.does(lambda tx: pins.remove_worker_pin(tx, BY, abeba))
    assert (await calls("830265", "+260971000001")).kind == "wrong"


# Officers and tokens


async def test_an_officer_signs_in_until_officer_or_institution_is_disabled(office: Office) -> None:
    court = await office.court()
    house = office.house
    clerk = await office.does(lambda tx: officers.add(tx, house, BY, court, CLERK, "hash", temporary=True))

    async def account() -> object:
        return await office.store.read(lambda tx: officer_rows.account_of(tx, "mulenga"))

    def session(tx: Tx) -> bool:
        return officer_rows.signed_in(tx, "t" * 64, HOUR) is not None

    assert await account() is not None
    ends = office.clock.now() + HOUR
    await office.does(lambda tx: officer_rows.add_sign_in(tx, "t" * 64, clerk, "csrf", ends))
    seen = await office.store.read(lambda tx: officer_rows.signed_in(tx, "t" * 64, HOUR))
    assert seen is not None and seen.must_choose and seen.institution.id == court
    await office.does(lambda tx: institutions.disable(tx, BY, court))
    assert await account() is None and not await office.store.read(session)
    await office.does(lambda tx: institutions.enable(tx, BY, court))
    assert not await office.store.read(session), "whoever was signed in signs in anew"
    await office.does(lambda tx: officers.disable(tx, BY, clerk))
    assert await account() is None


async def test_an_officers_faults_are_told_at_the_field_and_addresses_are_sealed(office: Office) -> None:
    court, house = await office.court(), office.house
    await office.does(lambda tx: officers.add(tx, house, BY, court, CLERK, None, temporary=True))
    (row,) = await office.store.read(lambda tx: tx.execute(officers_table.select()).all())
    assert b"clerk" not in bytes(row.email_enc) and b"211000009" not in bytes(row.phone_enc)
    wrong = officers.Written("Mulenga", "", "clerk at court", "reception")
    with pytest.raises(Unfit) as refused:
        await office.does(lambda tx: officers.add(tx, house, BY, court, wrong, None, temporary=True))
    assert refused.value.fields == {
        "sign_in": "sign_in_taken",
        "alias": "missing",
        "email": "not_an_email",
        "phone": "not_a_telephone",
    }


async def test_a_token_asks_for_its_institution_until_it_ends_or_is_revoked(office: Office) -> None:
    court, other = await office.court(), await office.court(replace(HIGH_COURT, number="100117"))
    token, short = tokens.fresh(), tokens.fresh()
    id = await office.does(lambda tx: tokens.new(tx, BY, court, "case system", token))
    await office.does(lambda tx: tokens.new(tx, BY, other, "trial", short, 1))

    async def whose(said: str) -> str | None:
        found = await office.store.read(lambda tx: tokens.institution_of(tx, said))
        return found.id if found else None

    assert (await whose(token), await whose(short), await whose(token + "x"), await whose("")) == (
        court,
        other,
        None,
        None,
    )
    office.clock.pass_by(DAY / SECOND)
    assert (await whose(token), await whose(short)) == (court, None)
    await office.does(lambda tx: tokens.revoke(tx, BY, id))
    assert await whose(token) is None
    with pytest.raises(Invalid):
        await office.does(lambda tx: tokens.revoke(tx, BY, id))
    with pytest.raises(Unfit) as refused:
        await office.does(lambda tx: tokens.new(tx, BY, court, " ", token, 0))
    assert refused.value.fields == {"label": "missing", "days": "days_wrong"}
