"""The day of a booking on every engine: reminders, the hour, who does not come, how it went, and what is counted."""

from dataclasses import replace

import pytest

from helpline.clock import DAY, HOUR, MINUTE
from helpline.errors import HelplineError, Invalid
from helpline.house import House
from helpline.interpreting import booking_days as days
from helpline.interpreting import booking_offers as asking
from helpline.interpreting import bookings as service
from helpline.interpreting import conversing, statements
from helpline.interpreting.booking_lifecycle import State
from helpline.interpreting.booking_mail import venue_of
from helpline.store import bookings
from helpline.store import statements as rows
from helpline.store.bookings import Booking
from helpline.store.db import Tx
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import contacts as contacts_table
from helpline.store.tables import interpreters as interpreters_table
from tests.contract.rows import a_contact, an_assignment
from tests.contract.test_bookings import BOSS, CONTACT, a_confirmed_booking, agrees, court
from tests.courthouse import OFFICER, Courthouse

__all__ = ["court"]


# The day itself


async def test_both_are_reminded_on_the_day_before_and_two_hours_before(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    before = len(await court.mail())
    await court.until(booking.starts_at - DAY)
    reminded = (await court.mail())[before:]
    assert len(reminded) == 2 and all(each.body.startswith("Reminder: interpreting Tigrinya") for each in reminded)
    await court.until(booking.starts_at - 2 * HOUR)
    (last,) = await court.mail("booking_arrival")
    assert "reply HERE" in last.body
    assert await court.texts_back("here CODE", "booking_arrival")
    assert (await court.booking(booking.id)).arrived_at == booking.starts_at - 2 * HOUR


async def test_a_reminder_over_a_change_of_the_clock_comes_at_the_same_time_of_day(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court, day="2027-03-28", zone="Europe/Berlin")
    before = len(await court.mail())
    await court.until(booking.starts_at - 23 * HOUR - 1)
    assert len(await court.mail()) == before
    await court.until(booking.starts_at - 23 * HOUR)
    assert len(await court.mail()) == before + 2


async def test_nobody_who_is_there_is_an_alarm_and_the_interpreter_who_did_not_come_is_replaced(
    court: Courthouse,
) -> None:
    await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    booking = await a_confirmed_booking(court)
    await court.until(booking.starts_at + 15 * MINUTE)
    assert await court.alarms() == ["booking_not_begun"]
    await court.write(
        lambda tx: days.missed(tx, court.house, bookings.get_for_change(tx, booking.id), "interpreter", OFFICER)
    )
    assert await court.offers(booking.id) == [("abeba", "no_show"), ("biniam", "open")]
    offer = await court.offer(booking.id)
    assert offer is not None and offer.until - offer.offered_at == 5 * MINUTE
    after = await agrees(court, booking.id)
    assert after.state == State.CONFIRMED and court.name_of(after.worker_id) == "biniam"
    assert await court.alarms() == []


async def test_a_booking_by_telephone_begins_by_itself_and_its_minutes_are_the_true_ones(
    court: Courthouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court, mode="phone", venue="", phone="+260211000001")
    monkeypatch.setattr(conversing, "start_booked", lambda tx, house, booking: CONTACT)
    await court.until(booking.starts_at)
    begun = await court.booking(booking.id)
    assert (begun.state, begun.contact_id, begun.begun_at) == (State.BEGUN, CONTACT, None), "both are called"
    await court.later(seconds=50)
    await court.write(lambda tx: days.spoke(tx, court.house, booking.id))
    await court.later(minutes=30)
    await court.write(lambda tx: days.spoke(tx, court.house, booking.id))  # after a lost connection
    await court.later(minutes=10)
    await court.write(lambda tx: days.finished(tx, court.house, booking.id))
    await court.write(lambda tx: days.finished(tx, court.house, booking.id))
    after = await court.booking(booking.id)
    assert after.state == State.COMPLETED and after.begun_at is not None and after.ended_at is not None
    assert after.ended_at - after.begun_at == 40 * MINUTE and await court.busy() == []


async def test_an_interpreter_who_does_not_pick_up_at_the_hour_is_replaced_and_it_begins_again(
    court: Courthouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    booking = await a_confirmed_booking(court, mode="phone", venue="", phone="+260211000001")
    called: list[str | None] = []

    def starts(tx: Tx, house: House, booking: Booking) -> str:
        called.append(court.name_of(booking.worker_id))
        return tx.new_id()

    monkeypatch.setattr(conversing, "start_booked", starts)
    await court.until(booking.starts_at)
    await court.write(
        lambda tx: days.missed(tx, court.house, bookings.get_for_change(tx, booking.id), "interpreter", "system")
    )
    assert await court.offers(booking.id) == [("abeba", "no_show"), ("biniam", "open")]
    assert (await court.booking(booking.id)).contact_id is None
    await court.texts_back("YES CODE")
    await court.later(seconds=1)
    assert await court.state(booking.id) == State.BEGUN and called == ["abeba", "biniam"]


async def test_a_booking_that_cannot_begin_by_itself_is_an_alarm_and_stays(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court, mode="phone", venue="", phone="+260211000001")
    await court.until(booking.starts_at)
    assert await court.alarms() == ["booking_not_begun"] and await court.state(booking.id) == State.CONFIRMED


async def test_an_institution_that_does_not_come_is_a_no_show(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.until(booking.starts_at + 20 * MINUTE)
    await court.write(
        lambda tx: days.missed(tx, court.house, bookings.get_for_change(tx, booking.id), "requester", abeba)
    )
    assert await court.state(booking.id) == State.NO_SHOW and await court.busy() == []


async def test_a_booking_that_nobody_took_lapses_at_its_end(court: Courthouse) -> None:
    booking = await court.booking(await court.books())
    await court.until(booking.ends_at)
    assert await court.state(booking.id) == State.UNFILLED and await court.alarms() == []
    assert (await court.mail())[-1].subject == "No interpreter was found"


async def test_it_takes_place_is_reported_and_both_say_how_it_was(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.until(booking.ends_at + 10 * MINUTE)
    begun, ended = booking.starts_at + 10 * MINUTE, booking.ends_at + 5 * MINUTE

    def report(tx: Tx) -> None:
        one = bookings.get_for_change(tx, booking.id)
        with pytest.raises(Invalid):
            service.complete(tx, court.house, one, begun, tx.now + 1, OFFICER)
        one = service.complete(tx, court.house, one, begun, ended, OFFICER)
        service.say_how_it_was(tx, court.house, one, "officer", 5, "Clear and patient.", OFFICER)
        service.say_how_it_was(tx, court.house, one, "interpreter", 3, "", abeba)

    await court.write(report)
    after = await court.booking(booking.id)
    assert (after.state, after.begun_at, after.ended_at) == (State.COMPLETED, begun, ended)
    said = await court.store.read(lambda tx: bookings.feedback(tx, booking.id))
    assert {side: one.rating for side, one in said.items()} == {"officer": 5, "interpreter": 3}


async def test_what_nobody_reported_is_an_alarm_in_the_end(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.until(booking.starts_at - HOUR)
    await court.write(lambda tx: days.arrived(tx, court.house, booking.id, abeba))
    await court.until(booking.ends_at + 13 * HOUR)
    assert await court.alarms() == ["booking_unreported"]


async def test_an_interpreter_whose_undertaking_has_lapsed_since_is_replaced_in_time(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.interpreter("biniam", "ti")

    def lapse(tx: Tx) -> None:
        tx.execute(
            interpreters_table.update()
            .where(interpreters_table.c.worker_id == abeba)
            .values(undertaking_until="2027-01-20")
        )

    await court.write(lapse)
    await court.until(booking.starts_at - DAY)
    assert await court.offers(booking.id) == [("abeba", "unfit"), ("biniam", "open")]


async def test_an_institution_that_may_not_book_does_not(court: Courthouse) -> None:
    wanted = await court.asks()
    only_now = replace(await court.institution(), may=("request",))
    with pytest.raises(HelplineError) as caught:
        await court.write(lambda tx: service.book(tx, court.house, only_now, OFFICER, wanted, OFFICER))
    assert caught.value.code == "not_permitted_to_book"


async def test_what_is_counted_follows_from_the_rows(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")

    async def one(number: int, **more: str) -> Booking:
        return await a_confirmed_booking(court, reference=f"HPR/{number}", day=f"2027-02-{number:02d}", **more)

    held, cancelled, missed = await one(1), await one(2), await one(3)
    unfilled = await court.booking(await court.books(language="am", day="2027-02-04"))
    still_to_come = await one(25)
    house = court.house

    def cancels(tx: Tx) -> None:
        service.cancel(tx, house, bookings.get_for_change(tx, cancelled.id), "officer", OFFICER, "withdrawn")

    await court.write(cancels)
    await court.until(held.ends_at)

    def reports(tx: Tx) -> None:
        service.complete(tx, house, bookings.get_for_change(tx, held.id), held.starts_at, held.ends_at, OFFICER)

    await court.write(reports)
    await court.until(missed.starts_at)
    await court.write(lambda tx: days.missed(tx, house, bookings.get_for_change(tx, missed.id), "requester", abeba))
    await court.until(unfilled.ends_at)
    period = (court.clock.now() - 30 * DAY, court.clock.now() + 60 * DAY)
    rates = statements.fill_rates(await court.store.read(lambda tx: rows.tallies(tx, *period)))
    assert [(one.language, one.requested, one.withdrawn, one.filled, one.rate, one.minutes) for one in rates] == [
        ("ti", 3, 2, 1, 1.0, 120),
        ("am", 1, 0, 0, 0.0, 0),
    ]
    assert statements.together(rates).rate == 0.5 and still_to_come.state == State.CONFIRMED
    theirs = await court.store.read(lambda tx: rows.tallies(tx, *period, institution_id=BOSS))
    assert theirs == () and statements.together(()).rate is None
    mine = await court.store.read(lambda tx: statements.of_interpreter(tx, abeba, *period))
    assert [(row.kind, row.state) for row in mine.rows] == [("booking", "completed"), ("booking", "no_show")]
    assert mine.minutes == 120


async def test_conversations_of_the_helpline_are_minutes_too_and_tell_nothing(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")

    def interpreted(tx: Tx) -> None:
        tx.insert(contacts_table, a_contact(CONTACT, language="ti"))
        tx.insert(assignments_table, an_assignment("a1", CONTACT, abeba, role="interpreter", state="ended",
                                                   connected_at=tx.now, ended_at=tx.now + 90_000_000))  # fmt: skip

    await court.write(interpreted)
    period = (court.clock.now() - DAY, court.clock.now() + DAY)
    found = await court.store.read(lambda tx: statements.of_interpreter(tx, abeba, *period))
    assert [(row.kind, row.language, row.institution) for row in found.rows] == [("helpline", "ti", None)]
    assert found.minutes == 2, "a begun minute counts"
    line = statements.as_csv(found, "Africa/Lusaka").splitlines()[1]
    assert line == "2027-01-18,08:00,Africa/Lusaka,helpline,ti,,,2" and CONTACT not in line


async def test_refusals_and_no_shows_are_counted_by_person(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    await court.books()
    await court.texts_back("NO CODE")
    await court.books(reference="HPR/2")
    await court.later(days=3)
    answers = await court.store.read(lambda tx: rows.answers(tx, 0, tx.now))
    assert statements.refusals(answers) == {abeba: {"declined": 1, "silent": 1}}


def test_a_statement_holds_no_formula() -> None:
    assert [statements.no_formula(cell) for cell in ("=1+1", "+1", "-1", "@x", "Court")] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "Court",
    ]


async def test_a_letter_that_does_not_arrive_is_followed_by_a_text_and_then_by_an_alarm(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    await a_confirmed_booking(court)
    await court.delivery_fails("booking_interpreter")
    text = (await court.mail())[-1]
    assert text.channel == "sms" and text.body.startswith("A booking: Tigrinya, Mon 1 Feb 2027")
    assert await court.alarms() == []
    await court.delivery_fails("booking_mail")
    assert await court.alarms() == ["booking_untold"]


async def test_whoever_passed_before_is_asked_once_more_when_somebody_does_not_come(court: Courthouse) -> None:
    abeba = await court.interpreter("abeba", "ti")
    await court.interpreter("biniam", "ti")
    id = await court.books()
    await court.texts_back("NO CODE")
    booking = await agrees(court, id)
    assert court.name_of(booking.worker_id) == "biniam"
    await court.until(booking.starts_at + 10 * MINUTE)
    await court.write(lambda tx: days.missed(tx, court.house, bookings.get_for_change(tx, id), "interpreter", OFFICER))
    assert await court.offers(id) == [("abeba", "declined"), ("biniam", "no_show"), ("abeba", "open")]
    offer = await court.offer(id)
    assert offer is not None
    await court.write(lambda tx: asking.decline(tx, court.house, offer.id, abeba))
    assert await court.state(id) == State.EXHAUSTED, "once more, and not for ever"


async def test_the_words_of_a_booking_are_kept_for_a_year_and_what_is_counted_stays(court: Courthouse) -> None:
    await court.interpreter("abeba", "ti")
    booking = await a_confirmed_booking(court)
    await court.write(
        lambda tx: service.cancel(
            tx, court.house, bookings.get_for_change(tx, booking.id), "officer", OFFICER, "Phiri withdrew."
        )
    )
    assert await court.write(lambda tx: service.forget(tx, court.house)) == 0
    await court.later(days=366)
    assert await court.write(lambda tx: service.forget(tx, court.house)) == 1
    assert await court.write(lambda tx: service.forget(tx, court.house)) == 0
    after = await court.booking(booking.id)
    assert court.house.vault.open(after.reference_enc) == "–" and venue_of(court.house, after).venue == ""
    assert after.cancel_reason_enc is None and after.state == State.CANCELLED
