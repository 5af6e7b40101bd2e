"""The helpline's side of the practice carrier's own tests: a tiny app that answers what the test told it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from helpline.practice import PracticeCarrier
from helpline.practice.timing import Bell

ACCOUNT = "AC" + "0a" * 16
TOKEN = "a token for practice"
LINE = "+260116"
CHILD = "+260971234567"
COUNSELLOR = "+260950000001"
INTERPRETER = "+260950000002"

Answer = str | web.StreamResponse | Callable[[dict[str, str]], Awaitable[web.StreamResponse]]


class HelplineSide:
    """Answers each path with what was set for it, checks every signature, and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.bad_signatures: list[str] = []
        self.url = ""
        self.bell = Bell()

    def says(self, path: str, answer: Answer) -> str:
        """Answer `path` with TwiML (without its Response element) or with a response; gives the URL."""
        self.answers[path] = answer
        return f"{self.url}{path}"

    def forms(self, path: str) -> list[dict[str, str]]:
        """What was asked of a path, in order."""
        return [form for asked, form in self.asked if asked == path]

    async def asked_of(self, path: str, times: int = 1) -> list[dict[str, str]]:
        """Wait until a path has been asked so many times."""
        return await self.bell.until(lambda: self.forms(path) if len(self.forms(path)) >= times else None, 5)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = f"{self.url}{request.raw_path}"
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(TOKEN).validate(url, form, signature):
            self.bad_signatures.append(url)
        said = {**form, **request.query}
        self.asked.append((request.path, said))
        self.headers.append(dict(request.headers))
        self.bell.ring()
        answer = self.answers.get(request.path)
        if answer is None:
            return web.Response(status=204)
        if isinstance(answer, str):
            return twiml(answer)
        if callable(answer):
            return await answer(said)
        return web.Response(
            status=answer.status,
            body=getattr(answer, "body", None),
            headers=answer.headers,
        )


def twiml(inner: str) -> web.Response:
    """A TwiML answer."""
    return web.Response(
        text=f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>',
        content_type="text/xml",
    )


@pytest_asyncio.fixture
async def helpline() -> AsyncIterator[HelplineSide]:
    side = HelplineSide()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", side.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        side.url = f"http://127.0.0.1:{server.port}"
        yield side
    assert side.bad_signatures == []


Opener = Callable[..., Awaitable[PracticeCarrier]]


@pytest_asyncio.fixture
async def open_carrier(helpline: HelplineSide) -> AsyncIterator[Opener]:
    """Open a practice carrier with settings of one's own."""
    async with AsyncExitStack() as stack:

        async def opened(**changes: Any) -> PracticeCarrier:
            settings: dict[str, Any] = {
                "account_sid": ACCOUNT,
                "auth_token": TOKEN,
                "numbers": ["116", LINE],
                "voice_url": f"{helpline.url}/voice",
                "speed": 40,
            }
            return await stack.enter_async_context(PracticeCarrier(**{**settings, **changes}))

        yield opened


@pytest_asyncio.fixture
async def carrier(open_carrier: Opener) -> PracticeCarrier:
    return await open_carrier()


class _Led(TwilioHttpClient):  # type: ignore[misc]
    """The real library's client, led to the practice carrier."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        led = url.replace("https://api.twilio.com", self._base)
        return super().request(method, led, *args, **kwargs)


class Rest:
    """The real `twilio` library, in a thread, against the practice carrier."""

    def __init__(self, base: str, token: str = TOKEN) -> None:
        self.client = Client(ACCOUNT, token, http_client=_Led(base))

    async def __call__(self, work: Callable[[Client], Any]) -> Any:
        """Do something with the client."""
        return await asyncio.to_thread(work, self.client)


@pytest.fixture
def rest(carrier: PracticeCarrier) -> Rest:
    return Rest(carrier.url)
