"""Officers book an interpreter for a date, see how it stands, change, move and cancel it, and report how it went."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from helpline.clock import DAY
from helpline.console import booked, words
from helpline.console.booked import Shown
from helpline.console.coordinator.filling import Outcome
from helpline.console.requester.door import OfficerVisit
from helpline.errors import HelplineError
from helpline.interpreting import asked, statements
from helpline.interpreting import booking_days as days
from helpline.interpreting import bookings as service
from helpline.interpreting.booking_lifecycle import OVER, State
from helpline.interpreting.civil import civil_of, zones
from helpline.interpreting.fields import Faults, Unfit
from helpline.store import bookings
from helpline.store import statements as rows
from helpline.store.bookings import Booking, Feedback
from helpline.store.db import Tx

LIST = "/requests/bookings"
PAST = 90 * DAY
AHEAD = 500 * DAY
NOTHING = Outcome()


async def page(visit: OfficerVisit) -> web.Response:
    """All of the institution's: what comes, then what was."""
    house, mine = visit.house, visit.officer.institution.id

    def look(tx: Tx) -> list[Shown]:
        return booked.shown(tx, house, bookings.of_institution(tx, mine, tx.now - PAST, tx.now + AHEAD))

    found = await visit.store.read(look)
    coming = [one for one in found if not one.over and one.booking.ends_at > visit.now]
    due = [one for one in found if not one.over and one.booking.ends_at <= visit.now]
    past = [one for one in reversed(found) if one.over]
    return visit.page("requester_bookings.html", coming=coming, due=due, past=past)


async def new(visit: OfficerVisit) -> web.Response:
    """An empty form."""
    zone = visit.officer.institution.timezone
    typed = booked.form_of({"zone": zone, "mode": "in_person"})
    return _form(visit, typed, NOTHING, None)


async def book(visit: OfficerVisit) -> web.Response:
    house, institution, me = visit.house, visit.officer.institution, visit.officer.officer_id
    try:
        wanted = asked.read(visit.form, house.directory, institution, visit.now)
        id = await visit.store.write(lambda tx: service.book(tx, house, institution, me, wanted, me))
    except HelplineError as error:
        return _form(visit, booked.form_of(visit.form), _outcome(visit, error), None)
    return visit.go(f"{LIST}/{id}")


async def one(visit: OfficerVisit, outcome: Outcome = NOTHING) -> web.Response:
    """How one stands, and what can be done about it."""
    house, mine, id = visit.house, visit.officer.institution.id, visit.request.match_info["booking"]

    def look(tx: Tx) -> tuple[Shown, dict[str, Feedback]]:
        found = service.of_institution(tx, id, mine)
        return booked.shown(tx, house, [found])[0], bookings.feedback(tx, id)

    found, said = await visit.store.read(look)
    known = said.get("officer")
    return visit.page(
        "requester_booking.html",
        status=outcome.status,
        one=found,
        outcome=outcome,
        form=visit.form,
        rating=known.rating if known else 0,
        today=civil_of(visit.now, found.booking.zone),
        begun=visit.now >= found.booking.starts_at - days.EARLY,
        since=visit.now >= found.booking.starts_at,
    )


async def change_page(visit: OfficerVisit) -> web.Response:
    found = await _mine(visit)
    return _form(visit, booked.typed(found), NOTHING, found)


async def change(visit: OfficerVisit) -> web.Response:
    house, institution, me = visit.house, visit.officer.institution, visit.officer.officer_id
    id, version = visit.request.match_info["booking"], _version(visit)
    try:
        wanted = asked.read(visit.form, house.directory, institution, visit.now)
        await visit.store.write(
            lambda tx: service.change(tx, house, service.of_institution(tx, id, institution.id), version, wanted, me)
        )
    except HelplineError as error:
        return _form(visit, booked.form_of(visit.form), _outcome(visit, error), await _mine(visit))
    return visit.go(f"{LIST}/{id}")


async def adjourn(visit: OfficerVisit) -> web.Response:
    """To another date, with the same interpreter where they are free."""
    house, institution, me = visit.house, visit.officer.institution, visit.officer.officer_id
    id, version, now = visit.request.match_info["booking"], _version(visit), visit.now
    text = {name: visit.form.get(name, "").strip() for name in ("day", "begins", "ends", "minutes", "zone")}

    def unit(tx: Tx) -> str:
        before = service.of_institution(tx, id, institution.id)
        faults = Faults()
        text["zone"] = text["zone"] or before.zone
        when = asked.read_when(text, house.directory, institution, now, faults)
        faults.raise_any()
        assert when is not None
        return service.adjourn(tx, house, before, version, when, me)[0]

    return await _do(visit, "adjourn", unit, lambda new_id: f"{LIST}/{new_id}")


async def cancel(visit: OfficerVisit) -> web.Response:
    me, reason = visit.officer.officer_id, visit.form.get("reason", "")
    return await _act(visit, "cancel", lambda tx, mine: service.cancel(tx, visit.house, mine, "officer", me, reason))


async def begin(visit: OfficerVisit) -> web.Response:
    me = visit.officer.officer_id
    return await _act(visit, "begin", lambda tx, mine: days.begin_in_person(tx, visit.house, mine, me))


async def missed(visit: OfficerVisit) -> web.Response:
    """The interpreter has not come: another is sought at once."""
    me = visit.officer.officer_id
    return await _act(visit, "missed", lambda tx, mine: days.missed(tx, visit.house, mine, "interpreter", me))


async def complete(visit: OfficerVisit) -> web.Response:
    """It took place, from when to when."""
    me, form = visit.officer.officer_id, visit.form

    def unit(tx: Tx, mine: Booking) -> None:
        begun = booked.moment_of(form.get("day", ""), form.get("begun", ""), mine.zone)
        ended = booked.moment_of(form.get("day", ""), form.get("ended", ""), mine.zone)
        service.complete(tx, visit.house, mine, begun, ended if ended > begun else ended + DAY, me)

    return await _act(visit, "complete", unit)


async def feedback(visit: OfficerVisit) -> web.Response:
    me, form = visit.officer.officer_id, visit.form
    rating = int(form["rating"]) if form.get("rating", "") in ("1", "2", "3", "4", "5") else 0
    said = form.get("said", "")
    return await _act(
        visit, "feedback", lambda tx, mine: service.say_how_it_was(tx, visit.house, mine, "officer", rating, said, me)
    )


async def statement(visit: OfficerVisit) -> web.Response:
    """The institution's own: what it asked for, and what came of it."""
    mine = visit.officer.institution.id

    def look(tx: Tx) -> tuple[rows.Tally, ...]:
        return rows.tallies(tx, tx.now - 365 * DAY, tx.now, mine)

    rates = statements.fill_rates(await visit.store.read(look))
    return visit.page("requester_statement.html", rates=rates, all=statements.together(rates))


async def _act(visit: OfficerVisit, form: str, unit: Callable[[Tx, Booking], object]) -> web.Response:
    mine, id = visit.officer.institution.id, visit.request.match_info["booking"]

    def guarded(tx: Tx) -> None:
        unit(tx, service.of_institution(tx, id, mine))

    return await _do(visit, form, guarded, lambda _: f"{LIST}/{id}")


async def _do(visit: OfficerVisit, form: str, unit: Callable[[Tx], Any], to: Callable[[Any], str]) -> web.Response:
    try:
        done = await visit.store.write(unit)
    except HelplineError as error:
        if error.retry or error.code == "booking_unknown":
            raise
        return await one(visit, replace(_outcome(visit, error), form=form))
    return visit.go(to(done))


def _outcome(visit: OfficerVisit, error: HelplineError) -> Outcome:
    if error.retry or error.code == "booking_unknown":
        raise error
    fields = error.fields if isinstance(error, Unfit) else {}
    return Outcome("booking", words.trouble(visit.wording, error)[1], fields, status=error.status)


def _version(visit: OfficerVisit) -> int:
    text = visit.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


async def _mine(visit: OfficerVisit) -> Shown:
    house, mine, id = visit.house, visit.officer.institution.id, visit.request.match_info["booking"]
    return await visit.store.read(lambda tx: booked.shown(tx, house, [service.of_institution(tx, id, mine)])[0])


def _form(visit: OfficerVisit, typed: Mapping[str, str], outcome: Outcome, changed: Shown | None) -> web.Response:
    if changed is not None and State(changed.booking.state) in OVER:
        return visit.go(f"{LIST}/{changed.booking.id}")
    directory = visit.house.directory
    return visit.page(
        "requester_book.html",
        status=outcome.status,
        typed=typed,
        outcome=outcome,
        changed=changed,
        rules=directory.bookings,
        provinces=directory.places.provinces,
        zones=zones(),
        modes=asked.MODES,
        here=civil_of(visit.now, visit.officer.institution.timezone),
    )
