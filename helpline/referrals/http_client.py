"""Requests to the outside world, to allowed places only.

The address that was checked is the one that is connected to: a name is resolved once, its addresses are checked, and
each socket is checked again as it is made. Redirects and proxies of the environment are not followed, no cookie is
kept, and a failure holds a code and nothing else.
"""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from config.outgoing import Place
from helpline.clock import HOUR, SECOND
from helpline.referrals.allowed import NotAllowed, may_connect, place_of
from helpline.referrals.port import DeliveryTrouble

MOST_BYTES = 4 * 1024 * 1024
"""Of an answer. A country's lookups are some hundred kilobytes."""

LONGEST_PAUSE = 6 * HOUR
"""What another system may ask us to wait (µs); more is taken for this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``after`` (µs): how long they ask us to wait (Retry-After), None if they do not say."""

    status: int
    body: bytes
    after: int | None = None


class AddressRefused(OSError):
    """The host has an address that may not be connected to. Its text names no address."""

    def __init__(self) -> None:
        super().__init__("address refused")


class OutgoingHttp:
    """One client for all places. ``resolver`` stands in for the system's, in tests.

    ``timeout_s`` bounds a whole request, its answer's body included.
    """

    def __init__(
        self, places: Sequence[Place], *, timeout_s: float = 10.0, resolver: AbstractResolver | None = None
    ) -> None:
        self.places = tuple(places)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=timeout_s / 2)
        self._resolver = resolver
        self._sessions: dict[Place, aiohttp.ClientSession] = {}

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, *, read: bool = True
    ) -> Answer:
        """Raises `DeliveryTrouble`; ``unknown`` when the other side may have taken what was sent.

        With ``read`` false the answer's body is left unread: its status is all that matters.
        """
        try:
            whole = URL(url)
            session = self._session(place_of(self.places, whole))
        except (NotAllowed, ValueError):
            raise DeliveryTrouble("not_allowed", retry=False) from None
        changes = method != "GET"
        try:
            async with session.request(
                method, whole, headers=dict(headers), data=body, timeout=self._timeout, allow_redirects=False
            ) as response:
                content = await _bounded(response) if read else b""
                return Answer(response.status, content, _after(response.headers))
        except aiohttp.ClientSSLError:  # that of a certificate is one of them
            raise DeliveryTrouble("certificate", retry=True) from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, AddressRefused):
                raise DeliveryTrouble("address_refused", retry=False) from None
            raise DeliveryTrouble("unreachable", retry=True) from None
        except aiohttp.ConnectionTimeoutError:
            raise DeliveryTrouble("unreachable", retry=True) from None
        except TimeoutError:
            raise DeliveryTrouble("timeout", retry=True, unknown=changes) from None
        except aiohttp.InvalidURL:
            raise DeliveryTrouble("not_allowed", retry=False) from None
        except (aiohttp.ClientError, OSError):
            raise DeliveryTrouble("broken_off", retry=True, unknown=changes) from None

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, place: Place) -> aiohttp.ClientSession:
        """A session for each place, so that every socket that it opens is judged by that place's networks."""
        if place not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=_Checked(place, self._resolver or aiohttp.ThreadedResolver()),
                socket_factory=_checked_socket(place),
                use_dns_cache=False,
                happy_eyeballs_delay=None,  # one after the other: the error of a refused socket stays what it is
                limit=8,
            )
            self._sessions[place] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,  # few bytes cannot become many
                headers={"User-Agent": "helpline", "Accept-Encoding": "identity"},
            )
        return self._sessions[place]


class _Checked(AbstractResolver):
    """A name of which one address may not be connected to is not connected to at all."""

    def __init__(self, place: Place, resolver: AbstractResolver) -> None:
        self._place, self._resolver = place, resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not all(may_connect(one["host"], self._place.networks) for one in found):
            raise AddressRefused
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _checked_socket(place: Place) -> aiohttp.SocketFactoryType:
    def made(about: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, proto, _, address = about
        if not may_connect(str(address[0]), place.networks):
            raise AddressRefused
        return socket.socket(family=family, type=kind, proto=proto)

    return made


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > MOST_BYTES:
            raise DeliveryTrouble("too_large", retry=False, unknown=response.method != "GET")
        pieces.append(piece)
    return b"".join(pieces)


def _after(headers: Mapping[str, str]) -> int | None:
    return retry_after(headers.get("Retry-After"), headers.get("Date"))


def retry_after(value: str | None, date: str | None = None) -> int | None:
    """How long to wait (µs, at most `LONGEST_PAUSE`): seconds, or a date, which counts from the answer's own ``date``.

    RFC 9110, section 10.2.3. None for what cannot be understood.
    """
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        seconds = int(value.strip()[:9])
    else:
        try:
            seconds = int((parsedate_to_datetime(value) - parsedate_to_datetime(date or "")).total_seconds())
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0) * SECOND, LONGEST_PAUSE)
