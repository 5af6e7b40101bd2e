"""The first page: what this is, and a language. And the ways out: the neutral page, and partners' pages."""

import secrets
from contextlib import suppress

from aiohttp import web

from helpline.console.chat import tokens
from helpline.console.chat.child import Child
from helpline.console.chat.door import NEUTRAL, TooFast, from_this_page, is_surely_ours, policy, say_why
from helpline.console.chat.told import NOTHING_AFTER, look
from helpline.errors import Conflict, HelplineError, Refused
from helpline.store import contacts, threads
from helpline.store.db import Tx, Unit
from helpline.threads.visits import begin_visit, child_danger, leave_visit

_TICKET_LENGTH = 22


async def page(child: Child) -> web.Response:
    """Languages to choose from; a conversation that is under way goes on."""
    if tokens.has_left(child.request, child.secure) and not child.framed:
        return child.go(NEUTRAL)
    if await _is_under_way(child):
        return child.go("/chat/talk")
    response = _front(child)
    if child.framed and child.token is None:
        # Whether a frame may keep a cookie at all is seen when the form comes back with it.
        tokens.keep(response, tokens.new_token(framed=True), framed=True, secure=child.secure)
    return response


async def begin(child: Child) -> web.Response:
    """Begin a conversation: once for each page, however often it is sent."""
    if child.framed and not child.request.cookies.get(tokens.cookie_name(child.secure)):
        return child.page("window.html", status=409)
    if await _is_under_way(child):
        return _on(child)
    ticket = child.form.get("ticket", "")
    known = is_surely_ours(child.request) and len(ticket) == _TICKET_LENGTH
    token = child.chat.tickets.token_for(ticket, framed=child.framed) if known else None
    if token is None or await _is_spent(child, tokens.visit_hash(token)):
        token = tokens.new_token(framed=child.framed)
    if not await child.chat.limits.may_begin_anywhere(child.line.id, child.request.remote, child.now):
        why = TooFast("too_many")
        if child.wants_json:
            raise why
        return _front(child, problem=say_why(child, why), status=why.status)
    await child.write(_beginning(child, tokens.visit_hash(token)))
    response = _on(child)
    tokens.keep(response, token, framed=child.framed, secure=child.secure)
    return response


async def leave(child: Child) -> web.Response:
    """The quick exit: whatever else fails, the neutral page is shown."""
    if child.token is not None:
        try:
            from_this_page(child)
            await child.write(_leaving(child, tokens.visit_hash(child.token)))
        except HelplineError as error:
            if not isinstance(error, Refused) and child.wants_json:
                raise  # a script can try again; a person is gone
    response = web.Response(status=204) if child.wants_json else child.go(NEUTRAL)
    # A script has replaced the pages that one could go back to; without one they are still there.
    mark = not child.form.get("replaced")
    tokens.forget(response, mark=mark, framed=child.framed, secure=child.secure)
    return response


async def neutral(child: Child) -> web.Response:
    """May be kept by the browser, so that leaving works without a connection too."""
    response = child.page("numbers.html")
    response.headers["Content-Security-Policy"] = policy(child.chat.origins)
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


async def asset(child: Child) -> web.Response:
    info = child.request.match_info
    return child.chat.assets.respond(child.request, info["version"], info["name"])


async def embed(child: Child) -> web.Response:
    """The script that puts a button into a partner's page. Which sites may frame us is no secret: the policy tells."""
    words = child.chat.words
    data = {
        "lines": {id: list(line.chat_origins) for id, line in child.chat.lines.items()},
        "embed": words.labels("embed"),
        "window": words.labels("open_window"),
        "close": words.labels("close"),
    }
    return child.chat.assets.embed(child.request, data)


async def _is_under_way(child: Child) -> bool:
    if child.token is None:
        return False
    try:
        _, found = await look(child, NOTHING_AFTER)
    except Refused:
        return False
    return not found.ended


async def _is_spent(child: Child, hashed: str) -> bool:
    """Whether the page's ticket has begun a conversation some time ago: the page was kept, and is used again."""

    def look(tx: Tx) -> bool:
        begun = threads.of_visit(tx, hashed)
        return begun is not None and tokens.is_spent(contacts.get(tx, begun.contact_id).first_arrival, tx.now)

    return await child.read(look)


def _beginning(child: Child, hashed: str) -> Unit[None]:
    chosen = child.form.get("language", "")
    language = chosen if chosen in child.house.directory.languages else None

    def unit(tx: Tx) -> None:
        begin_visit(tx, child.house, child.line.id, language, hashed)
        if child.form.get("danger"):
            child_danger(tx, child.house, hashed)

    return unit


def _leaving(child: Child, hashed: str) -> Unit[None]:
    def unit(tx: Tx) -> None:
        if child.form.get("danger") and threads.of_visit(tx, hashed) is not None:
            with suppress(Conflict):  # it has ended
                child_danger(tx, child.house, hashed)
        leave_visit(tx, child.house, hashed)

    return unit


def _on(child: Child) -> web.Response:
    return web.json_response({"to": "/chat/talk"}) if child.wants_json else child.go("/chat/talk")


def _front(child: Child, problem: str = "", status: int = 200) -> web.Response:
    languages = [child.house.directory.languages[code] for code in child.line.menu]
    ticket = secrets.token_urlsafe(16)
    return child.page("front.html", status=status, languages=languages, ticket=ticket, problem=problem, page="")
