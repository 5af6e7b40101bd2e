"""The door that every request of a child's page comes through. It lets everybody in, keeps no address, and answers
what goes wrong in the child's own language."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from helpline.console.chat import tokens
from helpline.console.chat.child import Chat, Child
from helpline.console.context import Console
from helpline.errors import HelplineError, Invalid, Refused

CHAT = web.AppKey("chat", Chat)
MOST_BODY = 64 * 1024  # bytes of a form
NEUTRAL = "/numbers"
"""The page that those who leave are shown: a table for multiplying, which says nothing in any language."""

Handler = Callable[[Child], Awaitable[web.StreamResponse]]
Guarded = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

_SAID = {"text_empty": "empty", "text_too_long": "too_long", "form_too_long": "too_long", "too_fast": "slow",
         "too_many": "many", "visit_unknown": "ended", "visit_ended": "ended"}  # fmt: skip
"""Which word says what went wrong; anything else is only trouble."""

_log = structlog.get_logger("helpline.console.chat")


def policy(ancestors: Sequence[str]) -> str:
    """What the page may do, and who may frame it."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; font-src 'self'; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {' '.join(ancestors) or chr(39) + 'none' + chr(39)}"
    )


def guard(handler: Handler, permission: str, console: Console) -> Guarded:
    """The handler behind the door."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        chat = request.app[CHAT]
        line = chat.line(request.query.get("line", ""))
        words = chat.words.of(chat.words.accepted(request.headers.get("Accept-Language", "")), line.own_language)
        child = Child(request, console, chat, line, words, tokens.token_in(request, console.secure))
        try:
            if request.method == "POST":
                _from_our_pages(request)
                form = await _form(request)
                child = Child(request, console, chat, chat.line(form.get("line", line.id)), words, child.token, form)
            response = await handler(child)
        except HelplineError as error:
            response = sorry(child, error)
        except web.HTTPException:
            raise
        except Exception as error:  # the child is told kindly; the log gets no content
            _log.error("chat_failed", route=str(request.match_info.route.name), error=type(error).__name__)
            response = sorry(child, Trouble())
        if not response.prepared:
            dress(response, child)
        return response

    return guarded


def dress(response: web.StreamResponse, child: Child) -> None:
    """The headers that every answer has, unless its handler said otherwise."""
    response.headers.setdefault("Content-Security-Policy", policy(child.line.chat_origins))
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


class Trouble(HelplineError):
    """Something of ours failed: the same may succeed later."""

    kind = "unavailable"
    status = 500
    retry = True

    def __init__(self) -> None:
        super().__init__("trouble")


class TooFast(Refused):
    """More than a page may do in a while; it may again soon."""

    status = 429
    retry = True


def say_why(child: Child, error: HelplineError) -> str:
    return child.words.say(_SAID.get(error.code, "trouble"))


def sorry(child: Child, error: HelplineError) -> web.Response:
    """What went wrong, said to a script or to a person."""
    if child.wants_json:
        told = {"error": error.kind, "code": error.code, "retry": error.retry, "say": say_why(child, error)}
        return web.json_response(told, status=error.status)
    return child.page("sorry.html", status=error.status, text=say_why(child, error))


def from_this_page(child: Child) -> None:
    """Refuse what another site made the browser post. Raises Refused ("visit_unknown") without a conversation."""
    if child.token is None:
        raise Refused("visit_unknown")
    if not tokens.is_page_token(child.form.get("page", ""), child.token):
        raise Refused("page_too_old")


def is_surely_ours(request: web.Request) -> bool:
    """Whether the browser itself says that one of our pages sent this."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _from_our_pages(request: web.Request) -> None:
    """Refuse what the browser says another site sent. Our pages send no referrer, so an old browser that does not say
    where a POST comes from gives the origin ``null``: such a page still needs its own token."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
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
