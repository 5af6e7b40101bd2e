"""Bookings on every engine: who is asked, who agrees, what is changed, and that nobody is booked twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, time
from functools import partial
from typing import Any

import pytest
from icalendar import Calendar

from helpline.clock import DAY, HOUR, MINUTE
from helpline.errors import Conflict, Invalid, Refused
from helpline.interpreting import booking_days as days
from helpline.interpreting import booking_offers as asking
from helpline.interpreting import bookings as service
from helpline.interpreting.asked import When
from helpline.interpreting.booking_lifecycle import State
from helpline.interpreting.civil import Civil
from helpline.store import bookings, busy
from helpline.store.bookings import Booking
from helpline.store.db import Tx
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import contacts as contacts_table
from tests.contract.rows import a_contact, an_assignment
from tests.courthouse import OFFICER, OFFICER_EMAIL, Courthouse, courthouse

CONTACT = "0197a7c0-0000-7000-8000-00000000cccc"
BOSS = "0197a7c0-0000-7000-8000-00000000b055"
IN_TWO_WEEKS = Civil(date(2027, 2, 1), time(10), "Africa/Lusaka").moment


@pytest.fixture
async def court(url: str) -> AsyncIterator[Courthouse]:
    async with courthouse(url) as found:
        yield found


async def agrees(court: Courthouse, id: str) -> Booking:
    """Whoever is asked says yes at the console."""
    offer = await court.offer(id)
    assert offer is not None
    await court.write(lambda tx: asking.accept(tx, court.house, offer.id, offer.worker_id))
    return await court.booking(id)


async def a_confirmed_booking(court: Courthouse, **changes: str) -> Booking:
    return await agrees(court, await court.books(**changes))


def event_of(calendar: str) -> Any:
    return Calendar.from_ical(calendar).walk("VEVENT")[0]


def sequences(mails: list[str]) -> list[tuple[str, int]]:
    """(method, sequence) of each calendar file."""
    return [(str(Calendar.from_ical(each)["method"]), int(event_of(each)["sequence"])) for each in mails if each]


# Asking


async def test_the_first_is_asked_by_text_and_agrees_by_text(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await court.books()
    assert await court.state(booking) == State.OFFERING
    (text,) = await court.mail()
    assert text.channel == "sms" and "Tigrinya, Mon 1 Feb 2027, 10:00 (Lusaka), 2 h 00, in person" in text.body
    assert "HPR" not in text.body, "a text says nothing of the case"
    assert await court.texts_back("Yes, CODE")
    assert await court.state(booking) == State.CONFIRMED
    assert await court.offers(booking) == [("abeba", "agreed")]


async def test_both_get_a_confirmation_with_a_calendar_entry(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    await a_confirmed_booking(court)
    letters = [each for each in await court.mail("booking_mail") if each.channel == "email"]
    assert {each.to for each in letters} == {OFFICER_EMAIL, "abeba@example.org"}
    for each in letters:
        assert "HPR/17/2027" in each.body and "High Court, Lusaka" in each.body and "HPR" not in each.subject
        event = event_of(each.calendar)
        assert str(event["summary"]) == "Interpreting Tigrinya" and event["dtstart"].dt.hour == 10


async def test_a_refusal_and_silence_go_to_the_next_and_nobody_left_is_an_alarm(court: Courthouse) -> None:
    for name in ("abeba", "biniam", "chaltu"):
        await court.interpreter(name, "ti")
    booking = await court.books()
    assert await court.texts_back("No CODE")
    assert await court.asked_now(booking) == "biniam"
    await court.later(days=2)
    assert await court.asked_now(booking) == "chaltu"
    await court.later(days=2)
    assert await court.state(booking) == State.EXHAUSTED and await court.alarms() == ["booking_unfilled"]
    assert await court.offers(booking) == [("abeba", "declined"), ("biniam", "silent"), ("chaltu", "silent")]
    assert (await court.booking(booking)).starts_at - court.clock.now() > 9 * DAY, "long before the hearing"


async def test_a_text_that_does_not_arrive_is_followed_by_an_email_and_then_by_the_next_person(
    court: Courthouse,
) -> None:
    await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti", phone="")
    booking = await court.books()
    await court.delivery_fails()
    last = (await court.mail("booking_offer"))[-1]
    assert (last.channel, last.to) == ("email", "abeba@example.org")
    await court.delivery_fails()
    assert await court.offers(booking) == [("abeba", "unreachable"), ("biniam", "open")]
    assert (await court.mail("booking_offer"))[-1].to == "biniam@example.org"


async def test_a_conflict_of_interest_keeps_a_person_out_of_the_whole_case(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    first = await court.books()
    assert await court.texts_back("CONFLICT CODE")
    assert await court.offers(first) == [("abeba", "conflict"), ("biniam", "open")]
    second = await court.books(day="2027-02-08", reference="hpr / 17 / 2027")
    assert await court.asked_now(second) == "biniam", "the same case, spaced otherwise"
    third = await court.books(day="2027-02-15", reference="HPR/18/2027")
    assert await court.asked_now(third) == "abeba"


async def test_an_answer_that_comes_too_late_is_told_so(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await court.books()
    offer = await court.offer(booking)
    assert offer is not None
    await court.later(days=2)
    with pytest.raises(Conflict) as caught:
        await court.write(lambda tx: asking.accept(tx, court.house, offer.id, offer.worker_id))
    assert caught.value.code == "offer_gone"
    await court.write(lambda tx: asking.offer_answered(tx, court.house, offer.id, "reply", "yes 1234"))
    assert (await court.mail())[-1].body == "This booking is no longer open."
    assert await court.state(booking) == State.EXHAUSTED


async def test_a_reply_that_says_neither_is_told_where_to_answer(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await court.books()
    assert await court.texts_back("who is this? CODE")
    assert (await court.mail())[-1].body.endswith("/console/bookings")
    assert await court.state(booking) == State.OFFERING


async def test_an_offer_is_answered_by_its_own_person_only(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    other = await court.interpreter("dawit", "am")
    offer = await court.offer(await court.books())
    assert offer is not None
    with pytest.raises(Invalid) as caught:
        await court.write(lambda tx: asking.accept(tx, court.house, offer.id, other))
    assert caught.value.code == "offer_unknown"


# Never twice


async def test_two_bookings_of_one_hour_go_to_two_people(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    first = await a_confirmed_booking(court)
    second = await a_confirmed_booking(court, reference="HPR/18/2027")
    assert {court.name_of(one.worker_id) for one in (first, second)} == {"abeba", "biniam"}


async def test_one_person_who_was_asked_for_both_and_agrees_to_one_has_no_time_for_the_other(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    first, second = await court.books(), await court.books(reference="HPR/18/2027", begins="12:30", ends="13:00")
    third = await court.books(reference="HPR/19/2027", day="2027-02-02")
    assert [await court.asked_now(id) for id in (first, second, third)] == 3 * ["abeba"]
    await court.interpreter("biniam", "ti", by_phone=True)
    late = await court.offer(second)
    await agrees(court, first)
    await court.later(seconds=1)
    assert await court.offers(second) == [("abeba", "withdrawn"), ("biniam", "open")], "the way there is taken too"
    assert late is not None
    with pytest.raises(Conflict) as caught:  # a second yes that was on its way
        await court.write(lambda tx: asking.accept(tx, court.house, late.id, late.worker_id))
    assert caught.value.code == "offer_gone"
    assert await court.asked_now(third) == "abeba", "what does not clash still stands"
    await agrees(court, second)
    assert await court.state(second) == State.CONFIRMED


async def test_two_answers_at_the_same_instant_book_one_hour_once(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    ids = [await court.books(reference=f"HPR/{number}/2027") for number in range(6)]
    offers = [await court.offer(id) for id in ids]
    units = [
        partial(asking.accept, house=court.house, offer_id=one.id, worker_id=one.worker_id) for one in offers if one
    ]
    found = await asyncio.gather(*(court.write(unit) for unit in units), return_exceptions=True)
    assert [type(each) for each in found].count(Booking) == 1
    assert all(isinstance(each, Booking | Conflict) for each in found), found
    assert len(await court.busy()) == 1


async def test_the_database_itself_refuses_an_overlap_and_nothing_else(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    dawit = await court.interpreter("dawit", "am")
    ids = [await court.books(reference=f"HPR/{number}/2027") for number in range(4)]

    async def takes(id: str, who: str, begins: int, ends: int) -> None:
        await court.write(lambda tx: busy.take(tx, id, who, begins, ends))

    await takes(ids[0], abeba, 100, 200)
    await takes(ids[1], abeba, 200, 300)
    await takes(ids[2], dawit, 100, 200)
    for begins, ends in ((150, 160), (199, 250), (50, 101), (50, 400), (100, 200)):
        with pytest.raises(Conflict):
            await takes(ids[3], abeba, begins, ends)
    await takes(ids[0], abeba, 120, 180)
    with pytest.raises(Conflict):
        await takes(ids[0], abeba, 120, 201)
    assert sorted((each.begins, each.ends) for each in await court.busy()) == [(100, 200), (120, 180), (200, 300)]


async def test_busy_time_is_told_to_the_floor_from_the_buffer_on(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court, mode="phone", venue="", phone="+260211000001")

    async def taken() -> dict[str, int]:
        return await court.store.read(lambda tx: {each.worker_id: each.ends for each in busy.at(tx, tx.now)})

    await court.until(booking.starts_at - 15 * MINUTE - 1)
    assert await taken() == {}
    await court.until(booking.starts_at - 15 * MINUTE)
    assert await taken() == {abeba: booking.ends_at + 15 * MINUTE}


async def test_a_contact_that_runs_into_a_booking_warns_the_supervisor(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)

    def talking(tx: Tx) -> None:
        tx.insert(contacts_table, a_contact(CONTACT))
        tx.insert(assignments_table, an_assignment("a1", CONTACT, abeba, role="interpreter", state="connected"))

    await court.write(talking)
    await court.until(booking.starts_at - 2 * HOUR)
    assert await court.alarms() == []
    await court.until(booking.starts_at - HOUR)
    assert await court.alarms() == ["booking_near"]


# Changing, adjourning, cancelling


async def changes(court: Courthouse, booking: Booking, **said: str) -> Booking:
    wanted = await court.asks(**said)

    def unit(tx: Tx) -> Booking:
        mine = service.of_institution(tx, booking.id, booking.institution_id)
        return service.change(tx, court.house, mine, booking.version, wanted, OFFICER)

    return await court.write(unit)


async def test_a_change_that_the_interpreter_can_take_keeps_them_and_tells_both(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    changed = await changes(court, booking, begins="11:00", ends="12:00", room="5")
    assert changed.state == State.CONFIRMED and court.name_of(changed.worker_id) == "abeba"
    letters = [each for each in await court.mail("booking_mail") if each.to == "abeba@example.org"]
    assert "has changed" in letters[-1].subject and "11:00" in letters[-1].body and "Room: 5" in letters[-1].body
    assert sequences([each.calendar for each in letters]) == [("REQUEST", 1), ("REQUEST", 2)]
    (taken,) = await court.busy()
    assert taken.begins == IN_TWO_WEEKS + HOUR - 75 * MINUTE


async def test_a_change_to_what_the_interpreter_cannot_take_asks_another(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.interpreter("dawit", "am")
    changed = await changes(court, booking, language="am")
    assert changed.state == State.OFFERING and await court.asked_now(booking.id) == "dawit"
    assert await court.offers(booking.id) == [("abeba", "unfit"), ("dawit", "open")]
    letters = [each for each in await court.mail("booking_mail") if each.to == "abeba@example.org"]
    assert sequences([each.calendar for each in letters]) == [("REQUEST", 1), ("CANCEL", 2)]
    assert await court.busy() == []


async def test_a_change_while_somebody_is_asked_asks_everybody_anew(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    booking = await court.booking(await court.books())
    await court.texts_back("NO CODE")
    booking = await court.booking(booking.id)
    changed = await changes(court, booking, day="2027-02-03")
    assert changed.round == 2 and await court.asked_now(booking.id) == "abeba", "the day suits this time, perhaps"


async def test_of_two_changes_from_the_same_page_the_second_is_told(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await changes(court, booking, room="5")
    with pytest.raises(Conflict) as caught:
        await changes(court, booking, room="6")
    assert caught.value.code == "booking_moved_on"


async def test_an_institution_touches_nothing_of_anothers(court: Courthouse) -> None:
    booking = await court.books()
    with pytest.raises(Invalid) as caught:
        await court.write(lambda tx: service.of_institution(tx, booking, BOSS))
    assert caught.value.code == "booking_unknown"


async def adjourns(court: Courthouse, booking: Booking, day: date) -> tuple[str, bool]:
    when = When(Civil(day, time(9), "Africa/Lusaka"), 60)

    def unit(tx: Tx) -> tuple[str, bool]:
        mine = service.of_institution(tx, booking.id, booking.institution_id)
        return service.adjourn(tx, court.house, mine, booking.version, when, OFFICER)

    return await court.write(unit)


async def test_a_hearing_is_adjourned_with_the_same_interpreter_in_one_step(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    booking = await a_confirmed_booking(court)
    id, same = await adjourns(court, booking, date(2027, 3, 1))
    new = await court.booking(id)
    assert same and new.state == State.CONFIRMED and new.worker_id == booking.worker_id
    assert await court.state(booking.id) == State.ADJOURNED and new.adjourned_from == booking.id
    assert new.calendar_uid == booking.calendar_uid, "the entry moves"
    letters = [each for each in await court.mail("booking_mail") if each.to == OFFICER_EMAIL]
    assert sequences([each.calendar for each in letters]) == [("REQUEST", 1), ("REQUEST", 3)]
    assert [each.booking_id for each in await court.busy()] == [id]


async def test_an_interpreter_who_is_taken_on_the_new_date_is_replaced(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await a_confirmed_booking(court, day="2027-03-01", begins="09:00", reference="HPR/18/2027")
    await court.interpreter("biniam", "ti")
    id, same = await adjourns(court, booking, date(2027, 3, 1))
    assert not same and await court.asked_now(id) == "biniam"


async def test_what_had_begun_is_completed_and_goes_on_at_the_new_date(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.until(booking.starts_at + 5 * MINUTE)
    begun = await court.write(
        lambda tx: days.begin_in_person(tx, court.house, bookings.get_for_change(tx, booking.id), OFFICER)
    )
    await court.later(minutes=40)
    id, same = await adjourns(court, begun, date(2027, 3, 1))
    held, new = await court.booking(booking.id), await court.booking(id)
    assert held.state == State.COMPLETED and held.begun_at is not None and held.ended_at is not None
    assert held.ended_at - held.begun_at == 40 * MINUTE and same and new.calendar_uid != held.calendar_uid


async def test_an_institution_cancels_and_everybody_is_told(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.write(
        lambda tx: service.cancel(
            tx, court.house, bookings.get_for_change(tx, booking.id), "officer", OFFICER, "The hearing was withdrawn."
        )
    )
    gone = await court.booking(booking.id)
    assert gone.state == State.CANCELLED and gone.cancelled_by == "officer" and gone.closed_at == court.clock.now()
    assert gone.cancel_reason_enc and court.house.vault.open(gone.cancel_reason_enc) == "The hearing was withdrawn."
    told = [each for each in await court.mail("booking_mail") if each.method == "CANCEL"]
    assert {each.to for each in told} == {OFFICER_EMAIL, "abeba@example.org"} and await court.busy() == []
    await court.later(days=20)
    assert await court.alarms() == []


async def test_nobody_cancels_without_a_reason_or_twice(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    id = await court.books()

    async def cancels(reason: str) -> None:
        await court.write(
            lambda tx: service.cancel(tx, court.house, bookings.get_for_change(tx, id), "officer", OFFICER, reason)
        )

    with pytest.raises(Invalid):
        await cancels(" ")
    await cancels("not needed")
    with pytest.raises(Conflict):
        await cancels("not needed")


async def test_an_interpreter_lets_go_and_another_is_sought_at_once(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    booking = await a_confirmed_booking(court)
    await court.write(lambda tx: service.let_go(tx, court.house, booking.id, abeba, "I am ill."))
    assert await court.offers(booking.id) == [("abeba", "let_go"), ("biniam", "open")]
    assert "Another interpreter is sought" in [each.subject for each in await court.mail() if each.to == OFFICER_EMAIL]
    with pytest.raises(Conflict):
        await court.write(lambda tx: service.let_go(tx, court.house, booking.id, abeba, "I am ill."))
    await agrees(court, booking.id)
    assert court.name_of((await court.booking(booking.id)).worker_id) == "biniam"


async def test_a_person_who_leaves_gives_everything_to_others(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    confirmed = await a_confirmed_booking(court)
    offered = await court.books(day="2027-02-08")
    await court.interpreter("biniam", "ti")
    gone = await court.write(lambda tx: service.let_all_go(tx, court.house, abeba, BOSS))
    assert gone == 2
    assert await court.asked_now(confirmed.id) == await court.asked_now(offered) == "biniam"


# What a coordinator does


async def test_whoever_counselled_the_child_does_not_interpret(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    booking = await a_confirmed_booking(court)

    def counselled(tx: Tx) -> None:
        tx.insert(contacts_table, a_contact(CONTACT))
        tx.insert(assignments_table, an_assignment("a1", CONTACT, abeba, accepted_at=5, ended_at=9, state="ended"))

    await court.write(counselled)
    await court.write(lambda tx: asking.link(tx, court.house, booking.id, CONTACT, BOSS))
    assert await court.offers(booking.id) == [("abeba", "conflict"), ("biniam", "open")]
    listed = await court.store.read(lambda tx: asking.places(tx, court.house, bookings.get(tx, booking.id)))
    assert {one.alias: one.against for one in listed}["abeba"] == ("conflict_declared", "served_child")


async def test_an_override_has_a_reason_and_a_person(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    id = await court.books()
    await court.texts_back("CONFLICT CODE")
    assert await court.state(id) == State.EXHAUSTED
    with pytest.raises(Invalid):
        await court.write(lambda tx: asking.assign(tx, court.house, id, abeba, BOSS, "  "))
    await court.write(lambda tx: asking.assign(tx, court.house, id, abeba, BOSS, "Nobody else; both sides agree."))
    offer = await court.offer(id)
    assert offer is not None and offer.chosen_by == BOSS and offer.chosen_because_enc is not None
    assert court.house.vault.open(offer.chosen_because_enc) == "Nobody else; both sides agree."
    assert await court.state(id) == State.CONFIRMED and await court.alarms() == []


async def test_nobody_sets_an_undertaking_or_another_booking_aside(court: Courthouse) -> None:
    lapsed = await court.interpreter("abeba", "ti", undertaking_until="2027-01-31")
    id = await court.books()
    assert await court.state(id) == State.EXHAUSTED, "the undertaking is over on the day of the hearing"
    with pytest.raises(Refused) as caught:
        await court.write(lambda tx: asking.assign(tx, court.house, id, lapsed, BOSS, "urgent"))
    assert caught.value.code == "not_waivable"


async def test_a_coordinator_gives_something_up_and_everybody_is_asked_anew(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    id = await court.books(certified="on")
    assert await court.state(id) == State.EXHAUSTED and await court.alarms() == ["booking_unfilled"]
    with pytest.raises(Invalid):
        await court.write(lambda tx: asking.seek_again(tx, court.house, id, BOSS, ["no_undertaking"]))
    await court.write(lambda tx: asking.seek_again(tx, court.house, id, BOSS, ["not_certified"]))
    assert await court.asked_now(id) == "abeba" and not (await court.booking(id)).certified


async def test_a_coordinator_is_texted_when_nobody_is_found_for_a_near_hearing(court: Courthouse) -> None:
    await court.interpreter("boss", "en", roles="coordinator", phone="+260977000999")
    await court.books(day="2027-01-20")
    (text,) = await court.mail("booking_mail")
    assert text.to == "+260977000999" and text.body.startswith("No interpreter yet: Tigrinya, Wed 20 Jan 2027")
