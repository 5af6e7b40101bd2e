"""The door of an officer's pages. A worker's sign-in opens nothing here, and the other way round."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from helpline.clock import MINUTE
from helpline.console import gate, words
from helpline.console.context import Console, Visiting
from helpline.console.permissions import PUBLIC
from helpline.console.wording import Wording
from helpline.errors import HelplineError, Refused
from helpline.staff.signin import token_hash
from helpline.store import officers
from helpline.store.db import Tx
from helpline.store.officers import SignedIn

SIGN_IN = "/requests/sign-in"
PASSWORD = "/requests/password"
_SEEN_EVERY = 5 * MINUTE

_HEADERS = {**gate.HEADERS, "Referrer-Policy": "no-referrer"}
_NEEDS = {"officer": None, "officer.request": "request", "officer.book": "book"}
"""What the institution must be allowed for each permission of an officer's."""

_log = structlog.get_logger("helpline.console.requester")


@dataclass(frozen=True, slots=True)
class OfficerVisit(Visiting):
    """One request that was let in. ``who`` is None on pages that need no sign-in."""

    who: SignedIn | None
    form: MultiDictProxy[str] = field(default_factory=lambda: MultiDictProxy(MultiDict()))

    @property
    def officer(self) -> SignedIn:
        """The officer, with the institution; only on routes that need a permission."""
        assert self.who is not None
        return self.who

    def may(self, permission: str) -> bool:
        """One of the permissions of officers; nothing that a worker may do."""
        if self.who is None or permission not in _NEEDS:
            return False
        needed = _NEEDS[permission]
        return needed is None or needed in self.who.institution.may

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """A rendered page or fragment."""
        return self.console.pages.respond(self, template, values, status)


Handler = Callable[[OfficerVisit], Awaitable[web.StreamResponse]]


def cookie_name(console: Console) -> str:
    """The ``__Host-`` prefix needs https; without https there is nothing to promise."""
    return "__Host-helpline-officer" if console.secure else "helpline-officer"


def guard(handler: Handler, permission: str, console: Console) -> gate.Guarded:
    """The handler behind the door. ``permission``: public, or one of `helpline.console.permissions.OFFICERS`."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        visit = OfficerVisit(request, console, _wording(request, console), None)
        try:
            visit = await _let_in(visit, permission)
            response = await handler(visit)
        except HelplineError as error:
            response = _refuse(visit, error)
        except web.HTTPException:
            raise
        except Exception as error:  # the person is told, and keeps what they typed; the log gets no content
            _log.error("requester_failed", route=str(request.match_info.route.name), error=type(error).__name__)
            response = visit.page("requester_error.html", status=500, title=words.FAILED[0], text=words.FAILED[1])
        return gate.closed(response, _HEADERS)

    return guarded


async def still_signed_in(visit: OfficerVisit) -> SignedIn | None:
    """The session behind a visit, looked up and counted as used."""
    token = visit.request.cookies.get(cookie_name(visit.console))
    if not token:
        return None
    hashed, idle = token_hash(token), int(visit.console.settings.console.idle_minutes * MINUTE)

    def look(tx: Tx) -> SignedIn | None:
        return officers.signed_in(tx, hashed, idle)

    who = await visit.store.read(look)
    if who is not None and visit.now - who.seen_at > _SEEN_EVERY:

        def unit(tx: Tx) -> None:
            officers.saw_sign_in(tx, hashed)

        await visit.store.write(unit)
    return who


async def _let_in(visit: OfficerVisit, permission: str) -> OfficerVisit:
    request, console = visit.request, visit.console
    who = await still_signed_in(visit)
    wording = visit.wording if who is None else console.pages.wordings.of(who.locale)
    visit = OfficerVisit(request, console, wording, who)
    if permission != PUBLIC:
        if who is None:
            raise Refused("sign_in_first")
        if who.must_choose and not request.path.startswith((PASSWORD, "/requests/sign-out")):
            raise Refused("choose_password_first")
        if not visit.may(permission):
            raise Refused("institution_may_not")
    if request.method == "POST":
        gate.from_our_pages(request)
        visit = replace(visit, form=await gate.form_of(request))
        if permission != PUBLIC:
            _token_matches(visit)
    return visit


def _token_matches(visit: OfficerVisit) -> None:
    given = visit.form.get("csrf") or visit.request.headers.get("X-CSRF-Token") or ""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), visit.officer.csrf.encode()):
        raise Refused("page_too_old")


def _refuse(visit: OfficerVisit, error: HelplineError) -> web.StreamResponse:
    if visit.wants_json:
        status = 401 if error.code == "sign_in_first" else error.status
        return web.json_response({"error": error.kind, "code": error.code, "retry": error.retry}, status=status)
    if error.code == "sign_in_first":
        return _to_sign_in(visit)
    if error.code == "choose_password_first":
        return visit.go(PASSWORD)
    title, text = words.trouble(visit.wording, error)
    return visit.page("requester_error.html", status=error.status, title=title, text=text)


def _to_sign_in(visit: OfficerVisit) -> web.StreamResponse:
    """A page leads to the sign-in; one that only asks for a fragment may hold what was typed, and stays."""
    if visit.partial:
        return web.Response(status=401, headers={"HX-Reswap": "none"})
    if visit.request.method != "GET":
        return visit.go(SIGN_IN)
    return visit.go(f"{SIGN_IN}?to={visit.request.path}")


def _wording(request: web.Request, console: Console) -> Wording:
    return console.pages.wordings.best(request.headers.get("Accept-Language", ""))
