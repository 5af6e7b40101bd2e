"""An interpreter's own bookings: what they are asked for, what they have agreed to, and their statement."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from helpline.clock import DAY
from helpline.console import booked, words
from helpline.console.booked import Shown
from helpline.console.context import Visit
from helpline.errors import Conflict, HelplineError, Invalid
from helpline.interpreting import booking_days as days
from helpline.interpreting import booking_offers as asking
from helpline.interpreting import bookings as service
from helpline.interpreting import statements
from helpline.interpreting.booking_lifecycle import AGREED, OVER, State
from helpline.store import booking_offers as offers
from helpline.store import bookings, interpreters
from helpline.store.booking_offers import Offer
from helpline.store.bookings import Booking
from helpline.store.db import Tx

LIST = "/console/bookings"
PAST = 60 * DAY
AHEAD = 500 * DAY
ANSWERS = ("accept", "decline", "conflict")


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer with the booking that it is about."""

    offer: Offer
    shown: Shown


async def page(visit: Visit, problem: str | None = None, status: int = 200) -> web.Response:
    """What waits for an answer, what is agreed, and what was."""
    house, me = visit.house, visit.me.worker_id

    def look(tx: Tx) -> tuple[list[Asked], list[Shown]]:
        open_ = [one for one in offers.open_of_worker(tx, me) if one.until > tx.now]
        about = booked.shown(tx, house, [bookings.get(tx, one.booking_id) for one in open_])
        mine = booked.shown(tx, house, bookings.of_worker(tx, me, tx.now - PAST, tx.now + AHEAD))
        return [Asked(*each) for each in zip(open_, about, strict=True)], mine

    waiting, mine = await visit.store.read(look)
    return visit.page(
        "my_bookings.html",
        status=status,
        problem=problem,
        waiting=waiting,
        coming=[one for one in mine if State(one.booking.state) in AGREED],
        past=[one for one in reversed(mine) if State(one.booking.state) in OVER],
    )


async def answer(visit: Visit) -> web.Response:
    """``said``: accept, decline, or conflict."""
    house, me, offer = visit.house, visit.me.worker_id, visit.request.match_info["offer"]
    said = visit.form.get("said", "")
    if said not in ANSWERS:
        raise Invalid("choice_unknown")

    def unit(tx: Tx) -> None:
        if said == "accept":
            asking.accept(tx, house, offer, me)
        else:
            asking.decline(tx, house, offer, me, conflict=said == "conflict")

    try:
        await visit.store.write(unit)
    except Conflict as error:
        return await page(visit, words.trouble(visit.wording, error)[1], error.status)
    return visit.go(LIST)


async def one(visit: Visit, problem: str | None = None, status: int = 200) -> web.Response:
    """One that this person has agreed to, or had."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["booking"]

    def look(tx: Tx) -> tuple[Shown, int]:
        said = bookings.feedback(tx, id).get("interpreter")
        return booked.shown(tx, house, [_mine(tx, id, me)])[0], said.rating if said else 0

    found, rating = await visit.store.read(look)
    return visit.page(
        "my_booking.html",
        status=status,
        problem=problem,
        one=found,
        rating=rating,
        begun=visit.now >= found.booking.starts_at - days.EARLY,
        since=visit.now >= found.booking.starts_at,
    )


async def let_go(visit: Visit) -> web.Response:
    reason = visit.form.get("reason", "")
    me = visit.me.worker_id
    return await _act(visit, lambda tx, mine: service.let_go(tx, visit.house, mine.id, me, reason), LIST)


async def arrived(visit: Visit) -> web.Response:
    me = visit.me.worker_id
    return await _act(visit, lambda tx, mine: days.arrived(tx, visit.house, mine.id, me))


async def begin(visit: Visit) -> web.Response:
    me = visit.me.worker_id
    return await _act(visit, lambda tx, mine: days.begin_in_person(tx, visit.house, mine, me))


async def missed(visit: Visit) -> web.Response:
    """The institution has not come."""
    me = visit.me.worker_id
    return await _act(visit, lambda tx, mine: days.missed(tx, visit.house, mine, "requester", me))


async def complete(visit: Visit) -> web.Response:
    me, form = visit.me.worker_id, visit.form

    def unit(tx: Tx, mine: Booking) -> None:
        begun = booked.moment_of(form.get("day", ""), form.get("begun", ""), mine.zone)
        ended = booked.moment_of(form.get("day", ""), form.get("ended", ""), mine.zone)
        service.complete(tx, visit.house, mine, begun, ended if ended > begun else ended + DAY, me)

    return await _act(visit, unit)


async def feedback(visit: Visit) -> web.Response:
    me, form = visit.me.worker_id, visit.form
    rating = int(form["rating"]) if form.get("rating", "") in ("1", "2", "3", "4", "5") else 0
    said = form.get("said", "")
    return await _act(
        visit, lambda tx, mine: service.say_how_it_was(tx, visit.house, mine, "interpreter", rating, said, me)
    )


async def statement(visit: Visit) -> web.Response:
    """What I did in a month: ``month`` is year-month, this one when it is not given."""
    month, after, before, zone = await _month(visit)
    me = visit.me.worker_id
    found = await visit.store.read(lambda tx: statements.of_interpreter(tx, me, after, before))
    return visit.page("my_statement.html", statement=found, month=month, zone=zone, minutes_of=statements.minutes_of,
                      begins=lambda row: booked.civil_text(visit.wording, row.begun_at, zone))  # fmt: skip


async def statement_csv(visit: Visit) -> web.Response:
    """The same as a file."""
    month, after, before, zone = await _month(visit)
    me = visit.me.worker_id
    found = await visit.store.read(lambda tx: statements.of_interpreter(tx, me, after, before))
    return web.Response(
        text=statements.as_csv(found, zone),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="statement-{month}.csv"'},
    )


async def _month(visit: Visit) -> tuple[str, int, int, str]:
    """The month that is asked for, and from when until when it is, by the interpreter's own clock."""
    me = visit.me.worker_id
    known = await visit.store.read(lambda tx: interpreters.find(tx, me))
    zone = (known.timezone if known is not None else None) or visit.wording.zone.key
    month = visit.request.query.get("month") or booked.month_of(visit.now, zone)
    after, before = booked.span_of_month(month, zone)
    return month, after, before, zone


async def _act(visit: Visit, unit: Callable[[Tx, Booking], object], to: str | None = None) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["booking"]

    def guarded(tx: Tx) -> None:
        bookings.get_for_change(tx, id)
        unit(tx, _mine(tx, id, me))

    try:
        await visit.store.write(guarded)
    except HelplineError as error:
        if error.retry or error.code == "booking_unknown":
            raise
        return await one(visit, words.trouble(visit.wording, error)[1], error.status)
    return visit.go(to or f"{LIST}/{id}")


def _mine(tx: Tx, id: str, me: str) -> Booking:
    """Raises `Invalid` ("booking_unknown") for one that is another's."""
    found = bookings.get(tx, id)
    if found.worker_id != me:
        raise Invalid("booking_unknown", "There is no such booking.")
    return found
