"""The coordinator's calendar: which bookings have nobody, the days to come, and one booking with its shortlist."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from helpline.clock import DAY
from helpline.console import booked, words
from helpline.console.booked import Shown
from helpline.console.booking_words import ALARM
from helpline.console.context import Visit
from helpline.errors import Conflict, HelplineError, Invalid
from helpline.interpreting import booking_days as days
from helpline.interpreting import booking_offers as asking
from helpline.interpreting import bookings as service
from helpline.interpreting import statements
from helpline.interpreting.calendar import NEVER_WAIVED, Place, Relaxation, relaxations
from helpline.interpreting.statements import Filled
from helpline.store import booking_offers as offers
from helpline.store import bookings, coordinator_view, interpreters
from helpline.store import statements as rows
from helpline.store.booking_offers import Offer
from helpline.store.bookings import Booking
from helpline.store.coordinator_view import Alarm
from helpline.store.db import Tx

LIST = "/console/calendar"
SHOWN_DAYS = 14
COUNTED_DAYS = 90
KINDS = frozenset(ALARM)


@dataclass(frozen=True, slots=True)
class InNeed:
    """A booking without an interpreter. ``asked``: who is asked now; ``ways``: what could be relaxed."""

    shown: Shown
    asked: str | None
    ways: tuple[Relaxation, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One who was asked, with what stands behind it."""

    offer: Offer
    alias: str
    reason: str
    because: str
    chosen_by: str | None


@dataclass(frozen=True, slots=True)
class Board:
    """The page's picture."""

    in_need: tuple[InNeed, ...]
    coming: tuple[Shown, ...]
    alarms: tuple[Alarm, ...]


async def page(visit: Visit) -> web.Response:
    house = visit.house

    def look(tx: Tx) -> Board:
        needy = [_in_need(visit, tx, one) for one in bookings.in_need(tx)]
        coming = bookings.between(tx, tx.now, tx.now + SHOWN_DAYS * DAY)
        agreed = [one for one in coming if one.state in ("confirmed", "begun")]
        return Board(tuple(needy), tuple(booked.shown(tx, house, agreed)), coordinator_view.open_alarms(tx, KINDS))

    found = await visit.store.read(look)
    return visit.page("calendar.html", board=found, alarms=found.alarms, days=SHOWN_DAYS)


def _in_need(visit: Visit, tx: Tx, one: Booking) -> InNeed:
    live = offers.live(tx, one.id)
    asked = _alias(tx, live.worker_id) if live is not None else None
    ways = relaxations(asking.places(tx, visit.house, one)) if one.state == "exhausted" else ()
    return InNeed(booked.shown(tx, visit.house, [one])[0], asked, ways)


async def one(visit: Visit, problem: str | None = None, status: int = 200) -> web.Response:
    """One booking: who fits and why, who was asked, and what a coordinator can do."""
    house, id = visit.house, visit.request.match_info["booking"]

    def look(tx: Tx) -> tuple[Shown, tuple[Place, ...], list[Asked]]:
        found = bookings.get(tx, id)
        history = [_asked(visit, tx, offer) for offer in offers.of_booking(tx, id)]
        return booked.shown(tx, house, [found])[0], asking.places(tx, house, found), history

    found, places, history = await visit.store.read(look)
    return visit.page(
        "calendar_booking.html",
        status=status,
        problem=problem,
        one=found,
        places=places,
        ways=relaxations(places) if found.sought else (),
        relaxable=asking.RELAXABLE,
        never=NEVER_WAIVED,
        history=history,
        since=visit.now >= found.booking.starts_at,
    )


def _asked(visit: Visit, tx: Tx, offer: Offer) -> Asked:
    open_ = visit.house.vault.open
    return Asked(
        offer,
        _alias(tx, offer.worker_id),
        open_(offer.reason_enc) if offer.reason_enc else "",
        open_(offer.chosen_because_enc) if offer.chosen_because_enc else "",
        _alias(tx, offer.chosen_by) if offer.chosen_by else None,
    )


def _alias(tx: Tx, worker_id: str) -> str:
    found = interpreters.find(tx, worker_id)
    return found.alias if found is not None else "–"


async def assign(visit: Visit) -> web.Response:
    """``worker`` has given their word; ``because`` says why not by the calendar."""
    house, me, form = visit.house, visit.me.worker_id, visit.form
    worker, because = form.get("worker", ""), form.get("because", "")
    return await _act(visit, lambda tx, booking: asking.assign(tx, house, booking, worker, me, because))


async def seek_again(visit: Visit) -> web.Response:
    house, me, give_up = visit.house, visit.me.worker_id, visit.form.getall("give_up", [])
    return await _act(visit, lambda tx, booking: asking.seek_again(tx, house, booking, me, give_up))


async def take_off(visit: Visit) -> web.Response:
    house, me, reason = visit.house, visit.me.worker_id, visit.form.get("reason", "")
    return await _act(visit, lambda tx, booking: service.take_off(tx, house, booking, me, reason))


async def cancel(visit: Visit) -> web.Response:
    house, me, form = visit.house, visit.me.worker_id, visit.form
    side, reason = form.get("side", ""), form.get("reason", "")
    if side not in ("officer", "coordinator"):
        raise Invalid("choice_unknown")
    return await _act(
        visit, lambda tx, booking: service.cancel(tx, house, bookings.get_for_change(tx, booking), side, me, reason)
    )


async def link(visit: Visit) -> web.Response:
    """To a contact of the helpline, by its name; an empty one takes the link away."""
    house, me, name = visit.house, visit.me.worker_id, visit.form.get("contact", "").strip()

    def unit(tx: Tx, booking: str) -> None:
        found = bookings.contacts_named(tx, name) if name else []
        if name and not found:
            raise Invalid("contact_unknown")
        if len(found) > 1:
            raise Conflict("contact_ambiguous")
        asking.link(tx, house, booking, found[0] if found else None, me)

    return await _act(visit, unit)


async def missed(visit: Visit) -> web.Response:
    """``side``: interpreter or requester."""
    house, me, side = visit.house, visit.me.worker_id, visit.form.get("side", "")
    return await _act(visit, lambda tx, booking: days.missed(tx, house, bookings.get_for_change(tx, booking), side, me))


async def complete(visit: Visit) -> web.Response:
    house, me, form = visit.house, visit.me.worker_id, visit.form

    def unit(tx: Tx, booking: str) -> None:
        found = bookings.get_for_change(tx, booking)
        begun = booked.moment_of(form.get("day", ""), form.get("begun", ""), found.zone)
        ended = booked.moment_of(form.get("day", ""), form.get("ended", ""), found.zone)
        service.complete(tx, house, found, begun, ended if ended > begun else ended + DAY, me)

    return await _act(visit, unit)


async def counts(visit: Visit) -> web.Response:
    """Fill rates by language, and who declined or did not come."""

    def look(tx: Tx) -> tuple[tuple[Filled, ...], list[tuple[str, dict[str, int]]]]:
        after = tx.now - COUNTED_DAYS * DAY
        rates = statements.fill_rates(rows.tallies(tx, after, tx.now))
        refused = statements.refusals(rows.answers(tx, after, tx.now))
        return rates, sorted((_alias(tx, worker_id), counted) for worker_id, counted in refused.items())

    rates, refused = await visit.store.read(look)
    return visit.page("calendar_counts.html", rates=rates, all=statements.together(rates), refused=refused,
                      ways=(*statements.REFUSALS, statements.NO_SHOW), days=COUNTED_DAYS)  # fmt: skip


async def _act(visit: Visit, unit: Callable[[Tx, str], object]) -> web.Response:
    id = visit.request.match_info["booking"]
    try:
        await visit.store.write(lambda tx: unit(tx, id))
    except HelplineError as error:
        if error.retry or error.code == "booking_unknown":
            raise
        return await one(visit, words.trouble(visit.wording, error)[1], error.status)
    return visit.go(f"{LIST}/{id}")
