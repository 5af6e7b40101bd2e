"""The practice carrier as a whole: a switch with its web server, on loopback only."""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from helpline.practice.calls import Call
from helpline.practice.conferences import Conferences
from helpline.practice.control import Control
from helpline.practice.delivery import READ_SECONDS, Delivery
from helpline.practice.faults import Faults
from helpline.practice.page import Page
from helpline.practice.phones import ANSWERS, Phone, PhoneCall
from helpline.practice.rest import RestApi
from helpline.practice.sounds import Recording
from helpline.practice.switch import WITHHELD, CarrierError, Line, Switch

_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class PracticeCarrier:
    """A carrier for one account.

    `async with PracticeCarrier(account_sid=..., auth_token=..., voice_url=..., numbers=[...]) as carrier:` serves
    it on a free port of loopback; `carrier.url` is its address, which is the base address of its REST interface.

    `voice_url` is the webhook of all numbers (None: set it later with `carrier.serves(url)`); `fallback_url` or
    `fallback_number` is where a call goes when the helpline fails; `status_url` is told when an incoming call
    ends; `message_url` is asked about texts. `speed` carrier seconds pass in one real second; the time limits
    of webhooks are real seconds (`webhook_timeout`). `stop_words`: the account's default handling, by which a text
    of "END" alone silences a number until it writes START; a helpline has it switched off. Raises ValueError for a
    host that is not loopback.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        numbers: Sequence[str],
        voice_url: str | None = None,
        fallback_url: str | None = None,
        fallback_number: str | None = None,
        status_url: str | None = None,
        message_url: str | None = None,
        speed: float = 1.0,
        seed: int = 1,
        webhook_timeout: float = READ_SECONDS,
        host: str = "127.0.0.1",
        port: int = 0,
        stop_words: bool = True,
    ) -> None:
        if not auth_token or not account_sid or not numbers:
            raise ValueError("account_sid, auth_token and numbers must not be empty")
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError("the practice carrier serves loopback only")
        self._line = Line(
            account_sid,
            auth_token,
            tuple(numbers),
            voice_url or "http://127.0.0.1:8116/webhooks/twilio/voice",
            fallback_url,
            fallback_number,
            status_url,
            message_url,
        )
        self._settings = (speed, seed, webhook_timeout)
        self._stop_words = stop_words
        self._place = (host, port)
        self._runner: web.AppRunner | None = None
        self._switch: Switch | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Serve. Raises OSError when the port is taken."""
        speed, seed, limit = self._settings
        switch = self._switch = Switch(self._line, speed=speed, seed=seed, webhook_timeout=limit)
        switch.messages.minds_stop_words = self._stop_words
        app = web.Application(middlewares=[_only_loopback], client_max_size=1024 * 1024)
        app.router.add_routes(RestApi(switch).routes())
        app.router.add_routes(Control(switch).routes())
        Page(switch).add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, *self._place)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        switch.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop serving and drop everything."""
        if self._switch is not None:
            await self._switch.close()
        if self._runner is not None:
            server = self._runner.server
            await self._runner.cleanup()
            if server is not None:
                await server.shutdown(0)  # a connection that was accepted at the last moment is closed too

    @property
    def switch(self) -> Switch:
        """What is behind it all. Raises RuntimeError before the start."""
        if self._switch is None:
            raise RuntimeError("the practice carrier has not started")
        return self._switch

    def serves(self, voice_url: str, **changes: str | None) -> None:
        """Configure the numbers anew: the voice webhook, and any of fallback_url, status_url, message_url, ..."""
        self._line = replace(self.switch.line, voice_url=voice_url, **changes)  # type: ignore[arg-type]
        self.switch.line = self._line

    @property
    def url(self) -> str:
        """Where it serves."""
        return self.switch.url

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.switch.faults

    @property
    def errors(self) -> list[CarrierError]:
        """The error log: everything that the helpline did wrong. A test asserts that it is empty."""
        return self.switch.errors

    @property
    def warnings(self) -> list[CarrierError]:
        """What the helpline did wrong without harm to a call: status callbacks that it did not take."""
        return self.switch.warnings

    @property
    def deliveries(self) -> deque[Delivery]:
        """Every webhook that went out, in order, with the answer that came back."""
        return self.switch.courier.deliveries

    @property
    def conferences(self) -> Conferences:
        """The open conferences, by name."""
        return self.switch.conferences

    @property
    def calls(self) -> dict[str, Call]:
        """All calls by sid."""
        return self.switch.calls

    @property
    def recordings(self) -> dict[str, Recording]:
        """The recordings that callers left and nobody deleted."""
        return self.switch.recordings

    def phone(
        self,
        number: str,
        answers: str | None = None,
        withheld: bool | str | None = None,
    ) -> Phone:
        """The phone with that number (or `sip:` address, or `client:` name).

        `answers` (see ANSWERS) says what it does when called; `withheld` hides its number, as "Anonymous" or as
        one of the other literals that carriers send.
        """
        if answers is not None and answers not in ANSWERS:
            raise ValueError(f"answers must be one of {', '.join(ANSWERS)}")
        phone = self.switch.phones.get(number)
        phone.answers = answers or phone.answers
        if withheld is not None:
            phone.withheld = WITHHELD[0] if withheld is True else withheld or None
        return phone

    async def drop(self, call: PhoneCall) -> None:
        """The connection of a phone drops, without anybody having hung up; the carrier knows it at once."""
        if not call.call.is_over:
            call.call.dropped = True
            call.call.note("loses the connection")
            call.call.hang_up()
            await call.ended()

    async def settled(self) -> None:
        """Wait until every status callback that is on its way has been answered."""
        await self.switch.courier.settle()


@web.middleware
async def _only_loopback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse another name than loopback's (a page elsewhere that was led here), and posts from other pages."""
    host = request.headers.get(hdrs.HOST, "")
    if host.rpartition(":")[0] not in _NAMES and host not in _NAMES:
        raise web.HTTPForbidden(text="The practice carrier answers on loopback only.")
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin != f"http://{host}":
        raise web.HTTPForbidden(text="Not from another page.")
    return await handler(request)
