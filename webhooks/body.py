"""Reads a request body within bounds of size and time."""

import asyncio

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from webhooks.refusal import Unacceptable


async def read_body(request: web.Request, most_bytes: int, within_s: float) -> bytes:
    """The whole body. Raises `Unacceptable`: 413 too large, 408 too slow, 415 compressed, 400 broken off."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Unacceptable(415, "content_encoding")
    if (request.content_length or 0) > most_bytes:
        raise Unacceptable(413, "body_too_large")
    try:
        async with asyncio.timeout(within_s):
            return await _read(request, most_bytes)
    except TimeoutError:
        raise Unacceptable(408, "body_too_slow") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Unacceptable(400, "body_broken_off") from None


async def _read(request: web.Request, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in request.content.iter_any():
        size += len(piece)
        if size > most_bytes:
            raise Unacceptable(413, "body_too_large")
        pieces.append(piece)
    return b"".join(pieces)
