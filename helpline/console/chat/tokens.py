"""How a page proves which conversation is its own: a token in a cookie, of which the store holds the hash.

Nothing else is set, and nothing that outlives the browser's session but the mark of one who has just left.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from aiohttp import web

from helpline.clock import MINUTE

LEFT = "left"
"""Stands in the cookie for a while after leaving, so that going back leads to a neutral page."""

LEFT_FOR_S = 120
_TICKET_FOR = 2 * MINUTE
_TOKEN = re.compile(r"f?[A-Za-z0-9_-]{43}")


def cookie_name(secure: bool) -> str:
    """The ``__Host-`` prefix needs https; without https there is nothing to promise."""
    return "__Host-chat" if secure else "chat"


def new_token(*, framed: bool) -> str:
    """256 bits. A first letter remembers that the page stands in another site's frame, which its cookie must allow."""
    return ("f" if framed else "") + secrets.token_urlsafe(32)


def token_in(request: web.Request, secure: bool) -> str | None:
    """The token that came with a request; None when there is none or it cannot be one of ours."""
    found = request.cookies.get(cookie_name(secure), "")
    return found if _TOKEN.fullmatch(found) else None


def has_left(request: web.Request, secure: bool) -> bool:
    return request.cookies.get(cookie_name(secure)) == LEFT


def visit_hash(token: str) -> str:
    """What the store knows a conversation by."""
    return hashlib.sha256(token.encode()).hexdigest()


def page_token(token: str) -> str:
    """What a page's own forms carry: another site that makes the browser post has the cookie, and not this."""
    return hashlib.sha256(b"form:" + token.encode()).hexdigest()[:32]


def is_page_token(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), page_token(token).encode())


def keep(response: web.StreamResponse, token: str, *, framed: bool, secure: bool) -> None:
    """Give the token to the page, until the browser is closed."""
    _set(response, token, "", framed=framed, secure=secure)


def forget(response: web.StreamResponse, *, mark: bool, framed: bool, secure: bool) -> None:
    """Take the token from the page. With ``mark`` it is remembered for a while that somebody left."""
    value, age = (LEFT, LEFT_FOR_S) if mark else ("", 0)
    _set(response, value, f"; Max-Age={age}", framed=framed, secure=secure)


def _set(response: web.StreamResponse, value: str, more: str, *, framed: bool, secure: bool) -> None:
    if not secure:
        kind = "SameSite=Strict"
    elif framed:  # in a frame of another site; Partitioned: it is another cookie on every site that frames us
        kind = "Secure; SameSite=None; Partitioned"
    else:
        kind = "Secure; SameSite=Strict"
    response.headers.add("Set-Cookie", f"{cookie_name(secure)}={value}; Path=/; HttpOnly; {kind}{more}")


@dataclass(frozen=True, slots=True)
class Tickets:
    """Each page with languages has a number, so that a doubled tap on one begins one conversation, also where each tap
    reaches another process: all of them make the same token of it, by ``key``, which nobody else has.
    """

    key: bytes = field(repr=False)

    def token_for(self, ticket: str, *, framed: bool) -> str:
        """The token of the conversation that this page begins."""
        made = hmac.new(self.key, b"chat ticket\0" + ticket.encode("utf-8", "replace"), hashlib.sha256).digest()
        return ("f" if framed else "") + base64.urlsafe_b64encode(made).decode().rstrip("=")


def is_spent(first_arrival: int, now: int) -> bool:
    """Whether a ticket's conversation began so long ago (µs) that a tap on its page now means another."""
    return now - first_arrival > _TICKET_FOR
