"""Posts webhooks as Twilio does: signed, with its time limits, its retries and its connection overrides."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp

from helpline.practice.faults import Faults
from helpline.practice.signing import sign
from helpline.practice.twiml import TwimlError

Form = Sequence[tuple[str, str]]

VOICE = "voice"
STATUS_KINDS = frozenset({"status", "conference", "recording", "message-status"})
"""Deliveries whose answer means nothing: they can be lost and reordered."""

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
_REMEMBERED = 20_000


class WebhookError(TwimlError):
    """The helpline could not be asked, or answered with something other than success (11200)."""


@dataclass(slots=True)
class Delivery:
    """One webhook as it went out. `status` None: no answer arrived. `copy` counts duplicates from 0."""

    kind: str
    method: str
    url: str
    form: dict[str, str]
    token: str
    copy: int = 0
    attempts: int = 0
    status: int | None = None
    body: str = ""
    content_type: str = ""
    lost: bool = False
    raw: bytes = field(default=b"", repr=False)

    def __getitem__(self, name: str) -> str:
        return self.form[name]


@dataclass(frozen=True, slots=True)
class Overrides:
    """Connection overrides from the fragment of a URL: seconds, count and which failures are retried."""

    connect: float = CONNECT_SECONDS
    read: float = READ_SECONDS
    total: float = READ_SECONDS
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})


def overrides(url: str, limit: float) -> tuple[str, Overrides]:
    """Split a configured URL into the part that is asked and signed, and how to connect. `limit`: seconds in all."""
    bare, _, fragment = url.partition("#")
    given = dict(parse_qsl(fragment))

    def seconds(name: str, most: float) -> float:
        text = given.get(name, "")
        return min(most, max(0.1, int(text) / 1000)) if text.isdigit() else most

    retries = int(given["rc"]) if given.get("rc", "").isdigit() else 1
    policy = frozenset(part for part in given.get("rp", "ct").split(",") if part)
    if "all" in policy:
        policy = frozenset({"4xx", "5xx", "ct", "rt"})
    return bare, Overrides(
        seconds("ct", min(CONNECT_SECONDS, limit)),
        seconds("rt", limit),
        seconds("tt", limit),
        min(5, retries),
        policy,
    )


class Courier:
    """Carries webhooks out. `deliveries` remembers what went out and what came back."""

    def __init__(
        self,
        auth_token: str,
        faults: Faults,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        warn: Callable[[TwimlError, Delivery], None],
        limit: float,
    ) -> None:
        self._auth_token = auth_token
        self._faults = faults
        self._spawn = spawn
        self._warn = warn
        self._limit = limit
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self.deliveries: deque[Delivery] = deque(maxlen=_REMEMBERED)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def ask(self, kind: str, url: str, method: str = "POST", form: Form = ()) -> Delivery:
        """Ask the helpline and give its answer. Raises WebhookError unless it is a success."""
        copies = self._copies(kind, url, method, form)
        await asyncio.gather(*(self._carry(copy, url) for copy in copies))
        first = copies[0]
        if first.status is None:
            raise WebhookError(11200, "The helpline could not be reached in time")
        if not 200 <= first.status < 300:
            raise WebhookError(11200, f"The helpline answered with status {first.status}")
        return first

    def tell(self, lane: str, kind: str, url: str, method: str, form: Form) -> None:
        """Send a status callback, after the one before it on the same lane unless faults reorder them."""
        copies = self._copies(kind, url, method, form)
        if self._faults.lose is not None and self._faults.lose(copies[0]):
            copies[0].lost = True
            return
        before = None if self._faults.reorder else self._lanes.get(lane)
        task = self._spawn(self._tell(before, copies, url))
        self._lanes[lane] = task
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda done: self._lanes.pop(lane) if self._lanes.get(lane) is done else None)

    async def _tell(self, before: asyncio.Task[None] | None, copies: list[Delivery], url: str) -> None:
        if before is not None:
            await asyncio.wait({before})
        await asyncio.gather(*(self._carry(copy, url) for copy in copies))
        if copies[0].status is None or not 200 <= copies[0].status < 300:
            self._warn(WebhookError(11200, "A status callback was not taken"), copies[0])

    async def settle(self) -> None:
        """Wait until every status callback that is on its way has been answered."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    def _copies(self, kind: str, url: str, method: str, form: Form) -> list[Delivery]:
        token = str(uuid.uuid4())
        fields = dict(form)
        count = max(1, self._faults.duplicates)
        copies = [Delivery(kind, method, url.partition("#")[0], fields, token, copy) for copy in range(count)]
        self.deliveries.extend(copies)
        return copies

    async def _carry(self, delivery: Delivery, url: str) -> None:
        wait = self._faults.seconds_before(status_callback=delivery.kind in STATUS_KINDS)
        if wait:
            await asyncio.sleep(wait)
        bare, how = overrides(url, self._limit)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(how.total):
                while True:
                    failed = await self._attempt(delivery, bare, how)
                    if failed is None or failed not in how.policy or delivery.attempts > how.retries:
                        return

    async def _attempt(self, delivery: Delivery, url: str, how: Overrides) -> str | None:
        """One request. Gives how it failed in Twilio's words (ct, rt, 4xx, 5xx), or None."""
        delivery.attempts += 1
        delivery.status = None
        form = list(delivery.form.items())
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": delivery.token,
        }
        body: bytes | None = None
        if delivery.method == "GET":
            if form:
                url = f"{url}{'&' if '?' in url else '?'}{urlencode(form)}"
            headers["X-Twilio-Signature"] = sign(self._auth_token, url)
        else:
            body = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            headers["X-Twilio-Signature"] = sign(self._auth_token, url, form)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=how.connect, sock_read=how.read)
        try:
            async with self._open().request(
                delivery.method,
                url,
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                delivery.raw = await answer.read()
                delivery.body = delivery.raw.decode(answer.charset or "utf-8", "replace")
                delivery.content_type = answer.content_type
                delivery.status = answer.status
        except aiohttp.ServerTimeoutError as problem:
            return "ct" if isinstance(problem, aiohttp.ConnectionTimeoutError) else "rt"
        except (aiohttp.ClientError, OSError, LookupError, ValueError):
            return "ct"
        return f"{delivery.status // 100}xx" if delivery.status >= 400 else None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session
