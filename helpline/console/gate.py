"""The gate that every route goes through: who is it, may they, and did the request come from our own pages."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from helpline import broadcasts
from helpline.clock import MINUTE
from helpline.console import words
from helpline.console.context import Console, Visit
from helpline.console.permissions import PUBLIC
from helpline.errors import HelplineError, Invalid, Refused
from helpline.staff.signin import token_hash
from helpline.store.db import Tx
from helpline.store.sign_ins import SignedIn, saw_sign_in, signed_in

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]
Guarded = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BODY = 256 * 1024  # bytes of a form
_SEEN_EVERY = 5 * MINUTE

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_log = structlog.get_logger("helpline.console")


def cookie_name(console: Console) -> str:
    """The ``__Host-`` prefix needs https; without https there is nothing to promise."""
    return "__Host-helpline" if console.secure else "helpline"


def guard(handler: Handler, permission: str, console: Console) -> Guarded:
    """The handler behind the gate."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        wording = console.pages.wordings.best(request.headers.get("Accept-Language", ""))
        visit = Visit(request, console, wording, None)
        try:
            visit = await _let_in(visit, permission)
            response = await handler(visit)
        except HelplineError as error:
            response = _refuse(visit, error)
        except web.HTTPException:
            raise
        except Exception as error:  # the person is told, and keeps what they typed; the log gets no content
            _log.error("console.failed", route=str(request.match_info.route.name), error=type(error).__name__)
            response = visit.page("error.html", status=500, title=words.FAILED[0], text=words.FAILED[1])
        return closed(response, HEADERS)

    return guarded


def closed(response: web.StreamResponse, headers: Mapping[str, str]) -> web.StreamResponse:
    """The answer with what every page says beside it, unless it says something else or is under way already."""
    if not response.prepared:
        for name, value in {**headers, "Cache-Control": "no-store"}.items():
            response.headers.setdefault(name, value)
    return response


def keep_session(response: web.Response, console: Console, name: str, token: str) -> None:
    """Let the browser keep a session's token under this name of a cookie."""
    response.set_cookie(
        name,
        token,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=console.secure,
        max_age=int(console.settings.console.session_hours * 3600),
    )


def drop_session(response: web.Response, console: Console, name: str) -> None:
    """The browser forgets it."""
    response.del_cookie(name, path="/", httponly=True, samesite="Strict", secure=console.secure)


async def _let_in(visit: Visit, permission: str) -> Visit:
    request, console = visit.request, visit.console
    who = await still_signed_in(visit)
    wording = visit.wording if who is None else console.pages.wordings.of(who.locale)
    visit = Visit(request, console, wording, who)
    if permission != PUBLIC:
        if who is None:
            raise Refused("sign_in_first")
        if permission not in console.granted(who.roles):
            raise Refused("not_permitted")
        visit = replace(visit, told=await _told(visit))
    if request.method == "POST":
        from_our_pages(request)
        visit = replace(visit, form=await form_of(request))
        if permission != PUBLIC:
            _token_matches(visit)
    return visit


async def _told(visit: Visit) -> tuple[broadcasts.Told, ...]:
    """What stands above a whole page; a fragment and a machine's answer have nothing above them."""
    if visit.who is None or visit.partial or visit.wants_json:
        return ()
    house, me = visit.house, visit.me.worker_id
    return await visit.store.read(lambda tx: broadcasts.told_to(tx, house, me))


async def still_signed_in(visit: Visit) -> SignedIn | None:
    """The session behind a visit, looked up and counted as used: an open page is a person who is there."""
    token = visit.request.cookies.get(cookie_name(visit.console))
    if not token:
        return None
    hashed, idle = token_hash(token), int(visit.console.settings.console.idle_minutes * MINUTE)

    def look(tx: Tx) -> SignedIn | None:
        return signed_in(tx, hashed, idle)

    who = await visit.store.read(look)
    if who is not None and visit.now - who.seen_at > _SEEN_EVERY:

        def unit(tx: Tx) -> None:
            saw_sign_in(tx, hashed)

        await visit.store.write(unit)
    return who


def from_our_pages(request: web.Request) -> None:
    """Refuse what a page of another site sent. Browsers say where a POST comes from; what says nothing has no cookie
    of ours to misuse, and still needs the token."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site != "same-origin":
            raise Refused("other_site")
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Refused("other_site")


async def form_of(request: web.Request) -> MultiDictProxy[str]:
    """What was posted, as text. Raises `Invalid` ("form_too_long", "form_unreadable")."""
    if (request.content_length or 0) > MOST_BODY:
        raise Invalid("form_too_long")
    if request.content_type not in ("application/x-www-form-urlencoded", "application/octet-stream"):
        raise Invalid("form_unreadable")
    try:
        posted = await request.post()
    except (ValueError, LookupError) as error:  # a bogus charset, bytes that are no text
        raise Invalid("form_unreadable") from error
    except web.HTTPRequestEntityTooLarge as error:  # also for more fields than a form of ours ever has
        raise Invalid("form_too_long") from error
    return MultiDictProxy(MultiDict((name, str(value)) for name, value in posted.items()))


def _token_matches(visit: Visit) -> None:
    given = visit.form.get("csrf") or visit.request.headers.get("X-CSRF-Token") or ""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), visit.me.csrf.encode()):
        raise Refused("page_too_old")


def _refuse(visit: Visit, error: HelplineError) -> web.StreamResponse:
    if visit.wants_json:
        return web.json_response({"error": error.kind, "code": error.code, "retry": error.retry}, status=_status(error))
    if error.code == "sign_in_first":
        return _to_sign_in(visit)
    title, text = words.trouble(visit.wording, error)
    return visit.page("error.html", status=error.status, title=title, text=text)


def _status(error: HelplineError) -> int:
    return 401 if error.code == "sign_in_first" else error.status


def _to_sign_in(visit: Visit) -> web.StreamResponse:
    """A page leads to the sign-in; a page that only asks for a fragment may hold a text, stays, and says so."""
    if visit.partial:
        return web.Response(status=401, headers={"HX-Reswap": "none"})
    if visit.request.method != "GET":
        return visit.go("/console/sign-in")
    return visit.go(f"/console/sign-in?to={visit.request.path}")
