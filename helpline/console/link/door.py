"""The door to the pages behind a link. It lets in whoever holds the link; the code opens the rest."""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from helpline.console import words
from helpline.console.chat.tokens import is_page_token
from helpline.console.context import Console, Visit
from helpline.console.wording import N_
from helpline.errors import HelplineError, Invalid, Refused

MOST_BODY = 16 * 1024  # bytes of a form
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
STYLE = (Path(__file__).resolve().parent / "style.css").read_text(encoding="utf-8").strip()
"""It stands in the page, so that a page is one request; the policy names it by its hash."""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]

NOT_OPEN = N_("This page does not open")

_log = structlog.get_logger("helpline.console.link")


def guard(
    handler: Handler, permission: str, console: Console
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler behind the door."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        visit = Visit(request, console, console.pages.wordings.best(request.headers.get("Accept-Language", "")), None)
        try:
            if request.method == "POST":
                _from_our_pages(request)
                visit = replace(visit, form=await _form(request))
            response = await handler(visit)
        except HelplineError as error:
            response = sorry(visit, error)
        except web.HTTPException:
            raise
        except Exception as error:  # the log gets no content
            _log.error("link_failed", route=str(request.match_info.route.name), error=type(error).__name__)
            response = visit.page(
                "link_over.html", status=500, style=STYLE, title=words.FAILED[0], text=words.FAILED[1]
            )
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guarded


def sorry(visit: Visit, error: HelplineError) -> web.Response:
    title, text = words.trouble(visit.wording, error)
    if error.code in ("link_over", "visit_over"):
        title = NOT_OPEN
    return visit.page("link_over.html", status=error.status, style=STYLE, title=title, text=text)


def cookie_name(visit: Visit) -> str:
    """The ``__Host-`` prefix needs https; without https there is nothing to promise."""
    return "__Host-link" if visit.console.secure else "link"


def token_of(visit: Visit) -> str:
    """What the browser got for the code. Raises `Refused` ("visit_over")."""
    found = visit.request.cookies.get(cookie_name(visit), "")
    if not TOKEN.fullmatch(found):
        raise Refused("visit_over", "Open the link again.")
    return found


def from_this_page(visit: Visit) -> str:
    """The visit's token, if one of its own pages has sent this. Raises `Refused` ("visit_over", "page_too_old")."""
    token = token_of(visit)
    if not is_page_token(visit.form.get("page", ""), token):
        raise Refused("page_too_old")
    return token


def keep(visit: Visit, response: web.StreamResponse, token: str) -> None:
    """Give the browser the visit's token until it is closed; an empty one takes it away."""
    kind = "Secure; SameSite=Strict" if visit.console.secure else "SameSite=Strict"
    gone = "" if token else "; Max-Age=0"
    response.headers.add("Set-Cookie", f"{cookie_name(visit)}={token}; Path=/; HttpOnly; {kind}{gone}")


def _from_our_pages(request: web.Request) -> None:
    """Refuse what the browser says another site sent. Our pages send no referrer: an old browser says ``null``."""
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
    except (ValueError, LookupError, web.HTTPException) as error:  # a bogus charset, bytes that are no text
        raise Invalid("form_unreadable") from error
    return MultiDictProxy(MultiDict((name, str(value)) for name, value in posted.items()))
