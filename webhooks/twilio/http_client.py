"""The HTTP under Twilio's library: one shared session, a real timeout, a base address that can be replaced.

The library's own client ignores its timeout, logs addresses (with numbers in them), and its exceptions quote what was
sent. Here every failure becomes a `CarrierTrouble` that holds a code and nothing else.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.http.response import Response
from yarl import URL

from webhooks.ports import CallGone, CarrierTrouble

TWILIO = "https://api.twilio.com"
MOST_TEXT_BYTES = 1024 * 1024
CALL_IS_OVER = 21220
"""Twilio's code for a change to a call that is not in progress."""
NOT_YET = 20009
"""Twilio's code for deleting what is still being sent."""


class CarrierHttp:
    """What `twilio.rest.Client` uses to send (it asks for no more than ``is_async`` and ``request``)."""

    is_async = True

    def __init__(
        self,
        session: aiohttp.ClientSession,
        account_sid: str,
        auth_tokens: tuple[str, ...],
        base_url: str = TWILIO,
        timeout_s: float = 10.0,
        now: Callable[[], int] | None = None,
    ) -> None:
        self._session = session
        self._account_sid = account_sid
        self._auth_tokens = tuple(token for token in auth_tokens if token)
        self._base_url = base_url.rstrip("/")
        self._now = now
        self.compares = now is not None
        self.ahead: int | None = None
        """By how many µs our clock (``now``) is ahead of the carrier's; None before its first answer, or without one.

        The carrier tells the time by the second, and an answer is on its way for some of it.
        """
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=timeout_s / 2)

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """As the library calls it; the timeout is ours and redirects are not followed. Raises `CarrierTrouble`."""
        body = urlencode(_plain(data), doseq=True).encode() if data else None
        status, content = await self._send(method, uri, params, body, dict(headers or {}), MOST_TEXT_BYTES)
        return Response(status, content.decode("utf-8", "replace"))

    async def download(self, path: str, most_bytes: int) -> bytes:
        """A file below the base address. Raises `CarrierTrouble`; ``too_large`` when it is more than ``most_bytes``."""
        _, content = await self._send("GET", f"{TWILIO}{path}", None, None, {}, most_bytes)
        return content

    async def _send(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None,
        body: bytes | None,
        headers: dict[str, str],
        most_bytes: int,
    ) -> tuple[int, bytes]:
        url = self._address(uri, params)
        for token in self._auth_tokens:
            headers["Authorization"] = _basic(self._account_sid, token)
            status, content = await self._once(method, url, body, headers, most_bytes)
            if status != 401:
                break
        else:
            raise CarrierTrouble("carrier_sign_in", retry=False)
        if status >= 300:
            raise _trouble(method, status, content)
        return status, content

    async def _once(
        self, method: str, url: URL, body: bytes | None, headers: dict[str, str], most_bytes: int
    ) -> tuple[int, bytes]:
        changes = method != "GET"
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                self._compare(response.headers.get("Date"))
                return response.status, await _bounded(response, most_bytes)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise CarrierTrouble("carrier_unreachable", retry=True) from None
        except TimeoutError:
            raise CarrierTrouble("carrier_timeout", retry=True, unknown=changes) from None
        except aiohttp.ClientError:
            raise CarrierTrouble("carrier_broken_off", retry=True, unknown=changes) from None

    def _compare(self, date: str | None) -> None:
        if self._now is None or date is None:
            return
        try:
            told = parsedate_to_datetime(date).astimezone(UTC)
        except (ValueError, OverflowError):
            return
        self.ahead = self._now() - int(told.timestamp()) * 1_000_000

    def _address(self, uri: str, params: Mapping[str, Any] | None) -> URL:
        """Our base address in the place of Twilio's; nothing is ever sent elsewhere."""
        if not uri.startswith(f"{TWILIO}/"):
            raise CarrierTrouble("carrier_address", retry=False)
        query = urlencode(_plain(params), doseq=True) if params else ""
        return URL(f"{self._base_url}{uri[len(TWILIO) :]}{'?' if query else ''}{query}", encoded=True)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


async def _bounded(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > most_bytes:
            raise CarrierTrouble("too_large", retry=False)
        pieces.append(piece)
    return b"".join(pieces)


def _trouble(method: str, status: int, content: bytes) -> CarrierTrouble:
    """What a refusal means. Codes: Twilio's error dictionary."""
    code = _twilio_code(content)
    if status == 404 or code == CALL_IS_OVER:
        return CallGone()
    if code == NOT_YET:
        return CarrierTrouble("carrier_not_yet", retry=True)
    if status == 429:
        return CarrierTrouble("carrier_busy", retry=True)
    if status >= 500:
        return CarrierTrouble("carrier_down", retry=True, unknown=method != "GET")
    if status < 400:
        return CarrierTrouble("carrier_redirect", retry=False)
    return CarrierTrouble(f"carrier_{code or status}", retry=False)


def _twilio_code(content: bytes) -> int | None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    code = said.get("code") if isinstance(said, dict) else None
    return code if isinstance(code, int) else None
