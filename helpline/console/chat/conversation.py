"""The conversation: read, write, say danger."""

import re
import secrets

from aiohttp import web

from helpline.console.chat import tokens, told
from helpline.console.chat.child import Child, hashed, unit_of
from helpline.console.chat.door import NEUTRAL, TooFast, from_this_page, policy, say_why
from helpline.errors import HelplineError, Invalid, Refused
from helpline.threads.visits import child_danger, child_says

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
_REFRESH_S = 8  # without JavaScript


async def page(child: Child) -> web.Response:
    """The conversation so far and a field to write in."""
    try:
        return await _page(child)
    except Refused:
        return _gone(child)


async def texts_page(child: Child) -> web.Response:
    """The texts alone, which look again by themselves: for pages without JavaScript, where nothing typed is touched."""
    try:
        here, found = await told.look(child)
    except Refused:
        return _gone(child)
    response = here.page(
        "list.html",
        talk=found,
        state=told.sentences(here.words, here.line, found.view, here.now),
        refresh_s=0 if found.ended else _REFRESH_S,
    )
    response.headers["Content-Security-Policy"] = policy(("'self'", *here.line.chat_origins))
    return response


async def texts(child: Child) -> web.Response:
    """What came after a number, for a page that lost its connection."""
    if not child.chat.limits.may_look(hashed(child), child.now):
        raise TooFast("too_fast")
    here, found = await told.look(child, after_of(child))
    return web.json_response(told.as_json(here, found))


async def say(child: Child) -> web.Response:
    """The child writes. What cannot be taken is given back in the field."""
    body = child.form.get("body", "").replace("\r\n", "\n")
    try:
        from_this_page(child)
        key = child.form.get("key", "")
        if not _KEY.fullmatch(key):
            raise Invalid("key_invalid")
        if not child.chat.limits.may_say(hashed(child), child.now):
            raise TooFast("too_fast")
        said = await child.write(unit_of(child_says, child.house, hashed(child), body, key))
    except HelplineError as error:
        return await _not_taken(child, error, body)
    return web.json_response({"n": said.seq, "key": key}) if child.wants_json else child.go("/chat/talk")


async def danger(child: Child) -> web.Response:
    try:
        from_this_page(child)
        await child.write(unit_of(child_danger, child.house, hashed(child)))
    except HelplineError as error:
        return await _not_taken(child, error, "")
    return web.json_response({"danger": True}) if child.wants_json else child.go("/chat/talk")


def after_of(child: Child) -> int:
    """The number after which a page wants to be told: the larger of what it and its browser say."""
    given = (child.request.query.get("after", ""), child.request.headers.get("Last-Event-ID", ""))
    return max([0, *(int(each) for each in given if each.isascii() and each.isdigit() and len(each) < 10)])


async def _not_taken(child: Child, error: HelplineError, body: str) -> web.Response:
    if child.wants_json:
        raise error
    try:
        return await _page(child, problem=say_why(child, error), body=body, status=error.status)
    except Refused:
        return _gone(child)


async def _page(child: Child, *, problem: str = "", body: str = "", status: int = 200) -> web.Response:
    here, found = await told.look(child)
    return here.page(
        "talk.html",
        status=status,
        talk=found,
        state=told.sentences(here.words, here.line, found.view, here.now),
        page=tokens.page_token(child.token or ""),
        key=secrets.token_hex(16),
        problem=problem,
        body=body,
    )


def _gone(child: Child) -> web.Response:
    """A page whose conversation is gone: somebody left, and went back."""
    return child.go(NEUTRAL if tokens.has_left(child.request, child.secure) else "/chat")
