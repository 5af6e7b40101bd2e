"""What a service does behind its link: give the code, read, answer, see what else is open, name a stand-in."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from config.services import Service
from helpline.console import words
from helpline.console.chat.tokens import page_token
from helpline.console.context import Visit
from helpline.console.link.door import STYLE, TOKEN, from_this_page, keep, sorry, token_of
from helpline.console.referrals.showing import shown, spoken
from helpline.console.wording import N_
from helpline.errors import HelplineError, Invalid, Refused
from helpline.referrals import answers, directory, links, service
from helpline.referrals.answers import RECEIVED, REFUSALS, Heard
from helpline.referrals.lifecycle import Event
from helpline.store import referrals
from helpline.store.db import Tx

HERE = "/link/here"
THANKS, CLOSED = N_("Thank you for your answer"), N_("Closed")
CAN_CLOSE = N_("You can close this page now.")
FEW, A_PAGE = 3, 20
"""Others that stand on the page of one, and on the page of all: each stays under 15 KB."""

_SAYS = {
    "acknowledge": Event.ACKNOWLEDGED,
    "accept": Event.ACCEPTED,
    "refuse": Event.REFUSED,
    "received": Event.RECEIVED,
}


async def front(visit: Visit) -> web.Response:
    """The link was opened: ask for the code. Programs that look at links in mail change nothing by it."""
    token = _link_token(visit)
    return _ask(await _read_there(visit, token))


async def give_code(visit: Visit) -> web.Response:
    """``code``: opens the referral in this browser, for some hours."""
    token, code, house = _link_token(visit), visit.form.get("code", ""), visit.house
    tried = await visit.store.write(lambda tx: links.open_link(tx, house, token, code))
    if tried.visit is None:
        return _ask(await _read_there(visit, token), left=tried.left, status=403)
    response = visit.go(HERE)
    keep(visit, response, tried.visit)
    return response


async def page(visit: Visit) -> web.Response:
    """The referral, and what can be answered. Each showing is written down."""
    return await _page(visit)


async def everything(visit: Visit) -> web.Response:
    """All that is open at this service, without a word of what it is about. ``after``: how many are passed over."""
    token, house, given = token_of(visit), visit.house, visit.request.query.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 0

    def look(tx: Tx) -> dict[str, Any]:
        _, referral = links.visited(tx, token)
        service = directory.get(tx, house, referral.service_id).service
        return {"referral": referral, "service": service, "others": links.others_open(tx, referral)}

    values = await visit.store.read(look)
    others = values.pop("others")
    following = after + A_PAGE
    return _as_read_by(visit, values["service"]).page(
        "link_all.html",
        style=STYLE,
        several=others[after:following],
        total=len(others) + 1,
        after=following if following < len(others) else 0,
        page=page_token(token),
        spoken=spoken,
        **values,
    )


async def answer(visit: Visit) -> web.Response:
    """``do``: acknowledge, accept, refuse (``reason``), received (``what``, ``on``); ``name`` and ``said`` are free."""
    token, form, house = from_this_page(visit), visit.form, visit.house
    event = _SAYS.get(form.get("do", ""))
    if event is None:
        raise Invalid("event_unknown")

    def unit(tx: Tx) -> None:
        _, referral = links.visited(tx, token)
        heard = Heard(
            event,
            "link",
            name=form.get("name", ""),
            said=form.get("said", ""),
            reason=form.get("reason", ""),
            what=form.get("what", ""),
            on=_day(form.get("on", "")),
        )
        answers.hear(tx, house, referral.id, heard)

    response = await _do(visit, unit)
    if event is Event.REFUSED and response.status == 303:
        return _done(visit, THANKS)
    return response


async def other(visit: Visit) -> web.Response:
    """Send a new link and a new code for another referral of the same service, by its own ways."""
    token, house, wanted = from_this_page(visit), visit.house, visit.request.match_info["referral"]

    def unit(tx: Tx) -> None:
        _, referral = links.visited(tx, token)
        if wanted not in {one.id for one in links.others_open(tx, referral)}:
            raise Refused("referral_unknown")
        service.new_link(tx, house, wanted, "service")

    return await _do(visit, unit, said="sent")


async def stand_in(visit: Visit) -> web.Response:
    """``name``, ``email`` or ``phone``, ``from`` and ``until``: who takes this officer's place."""
    token, form, house = from_this_page(visit), visit.form, visit.house

    def unit(tx: Tx) -> None:
        link, _ = links.visited(tx, token)
        first, last = _day(form.get("from", "")), _day(form.get("until", ""))
        if first is None or last is None:
            raise Invalid("stand_in_dates")
        given = (form.get("name", ""), form.get("email", ""), form.get("phone", ""))
        directory.name_stand_in(tx, house, link.service_id, *given, first, last)

    return await _do(visit, unit, said="named")


async def leave(visit: Visit) -> web.Response:
    """Close it in this browser."""
    with suppress(Refused):
        token = from_this_page(visit)
        await visit.store.write(lambda tx: referrals.end_visit(tx, links.token_hash(token)))
    return _done(visit, CLOSED)


def _done(visit: Visit, said: str) -> web.Response:
    """Nothing is left to do here: the browser forgets the visit."""
    response = visit.page("link_over.html", style=STYLE, title=said, text=CAN_CLOSE)
    keep(visit, response, "")
    return response


async def _do(visit: Visit, unit: Callable[[Tx], None], said: str = "") -> web.Response:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        if error.code == "visit_over":
            return sorry(visit, error)
        return await _page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go(f"{HERE}?said={said}" if said else HERE)


async def _page(visit: Visit, problem: str = "", status: int = 200) -> web.Response:
    token, house = token_of(visit), visit.house

    def look(tx: Tx) -> dict[str, Any]:
        link, referral = links.visited(tx, token)
        links.look(tx, link, referral)
        entry = directory.get(tx, house, referral.service_id)
        return {
            "referral": referral,
            "service": entry.service,
            "content": service.content_of(house, referral),
            "others": links.others_open(tx, referral),
            "today": directory.today_at(entry.service.timezone, tx.now).isoformat(),
        }

    values = await visit.store.write(look)
    visit = _as_read_by(visit, values["service"])
    rows = shown(values.pop("content"), house, visit.wording)
    return visit.page(
        "link_open.html",
        status=status,
        style=STYLE,
        rows=rows,
        page=page_token(token),
        problem=problem,
        said=visit.request.query.get("said", ""),
        refusals=REFUSALS,
        received=RECEIVED,
        spoken=spoken,
        few=FEW,
        **values,
    )


async def _read_there(visit: Visit, token: str) -> Visit:
    """Raises `Refused` ("link_over")."""

    def look(tx: Tx) -> Service:
        return directory.get(tx, visit.house, links.is_link(tx, token).service_id).service

    return _as_read_by(visit, await visit.store.read(look))


def _as_read_by(visit: Visit, service: Service) -> Visit:
    """Times are those of the service's place. A browser that asks for none of our languages gets the service's."""
    asked = visit.request.headers.get("Accept-Language", "")
    wording = visit.console.pages.wordings.best(asked, service.language)
    return replace(visit, wording=replace(wording, zone=ZoneInfo(service.timezone)))


def _ask(visit: Visit, left: int | None = None, status: int = 200) -> web.Response:
    return visit.page("link_code.html", status=status, style=STYLE, left=left, path=visit.request.path)


def _link_token(visit: Visit) -> str:
    token = visit.request.match_info["token"]
    if not TOKEN.fullmatch(token):
        raise Refused("link_over")
    return token


def _day(given: str) -> date | None:
    """None for nothing. Raises `Invalid` ("date_unreadable")."""
    if not given.strip():
        return None
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise Invalid("date_unreadable") from None
