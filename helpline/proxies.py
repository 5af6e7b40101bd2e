"""Where a request comes from when proxies of ours stand in front of the helpline.

Each proxy appends the address that it saw to ``X-Forwarded-For``. Whatever stands before what our own proxies wrote is
the client's word, and not believed.
"""

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web


def came_from(remote: str | None, forwarded: Iterable[str], proxies: int) -> str | None:
    """The client's address, as the outermost of ``proxies`` of ours saw it.

    ``remote`` is the connection's own end; it stays the answer where the headers hold fewer addresses than there are
    proxies. ``forwarded``: the values of the header, in their order.
    """
    seen = [address.strip() for value in forwarded for address in value.split(",")]
    return (seen[-proxies] or remote) if 0 < proxies <= len(seen) else remote


def seen_through(proxies: int) -> Any:
    """A middleware that gives every request the address of its client as ``remote``."""

    @web.middleware
    async def look_through(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        client = came_from(request.remote, request.headers.getall("X-Forwarded-For", []), proxies)
        response: web.StreamResponse = await handler(request.clone(remote=client or ""))
        return response

    return look_through
