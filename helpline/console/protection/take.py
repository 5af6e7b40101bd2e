"""The page behind a link: whoever was told that an urgent matter waits says who they are, and takes it.

No account and no script; it says nothing of the matter. What another site or a scanner of mails opens takes nothing.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from helpline.console.context import Console, Visit
from helpline.errors import HelplineError, Invalid, Refused
from helpline.protection import acknowledging
from helpline.protection.acknowledging import NAME_MAX
from helpline.protection.paging import token_hash
from helpline.store.climbs import Climb
from helpline.store.db import Tx

MOST_BODY = 8 * 1024  # bytes of a form
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_log = structlog.get_logger("helpline.console.take")

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]
Guarded = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(handler: Handler, permission: str, console: Console) -> Guarded:
    """The handler behind a door that needs nothing but the link."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        wording = console.pages.wordings.best(request.headers.get("Accept-Language", ""))
        visit = Visit(request, console, wording, None)
        try:
            if request.method == "POST":
                _from_our_page(request)
                visit = Visit(request, console, wording, None, await _form(request))
            response = await handler(visit)
        except HelplineError as error:
            response = visit.page("take_over.html", status=error.status, gone=error.code == "link_over")
        except web.HTTPException:
            raise
        except Exception as error:  # the person is told whom to ring; the log gets no content
            _log.error("console.failed", route="console.take", error=type(error).__name__)
            response = visit.page("take_over.html", status=500, gone=False)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guarded


async def page(visit: Visit) -> web.Response:
    return await _page(visit)


async def take(visit: Visit) -> web.Response:
    """``name`` and ``post`` of whoever takes it."""
    house, hashed, form = visit.house, _hashed(visit), visit.form

    def unit(tx: Tx) -> bool:
        return acknowledging.by_link(tx, house, hashed, form.get("name", ""), form.get("post", ""))

    try:
        first = await visit.store.write(unit)
    except Invalid as error:
        return await _page(visit, problem=error.code, status=error.status)
    return visit.page("take_done.html", first=first, number=_number(visit, None))


async def _page(visit: Visit, *, problem: str | None = None, status: int = 200) -> web.Response:
    house, hashed = visit.house, _hashed(visit)

    def unit(tx: Tx) -> Climb:
        return acknowledging.page_of_link(tx, house, hashed)[1]

    climb = await visit.store.write(unit)
    number = _number(visit, climb.line)
    if climb.ended_at is not None:
        return visit.page("take_done.html", first=False, number=number)
    typed = {name: visit.form.get(name, "")[:NAME_MAX] for name in ("name", "post")}
    return visit.page("take.html", status=status, problem=problem, typed=typed, number=number, most=NAME_MAX)


def _hashed(visit: Visit) -> str:
    return token_hash(visit.request.match_info["token"])


def _number(visit: Visit, line: str | None) -> str:
    lines = visit.house.directory.lines
    return (lines.get(line or "") or next(iter(lines.values()))).caller_id


def _from_our_page(request: web.Request) -> None:
    """Our page sends no referrer, so that an old browser gives the origin ``null``."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    if site not in (None, "same-origin", "none"):
        raise Refused("other_site")
    if site is None and origin != "null" and urlsplit(origin).netloc != request.host:
        raise Refused("other_site")


async def _form(request: web.Request) -> MultiDictProxy[str]:
    if (request.content_length or 0) > MOST_BODY:
        raise Invalid("form_too_long")
    if request.content_type not in ("application/x-www-form-urlencoded", "application/octet-stream"):
        raise Invalid("form_unreadable")
    try:
        posted = await request.post()
    except web.HTTPRequestEntityTooLarge as error:
        raise Invalid("form_too_long") from error
    except (ValueError, LookupError, web.HTTPException) as error:
        raise Invalid("form_unreadable") from error
    return MultiDictProxy(MultiDict((name, str(value)) for name, value in posted.items()))
