"""The least of a carrier that a conversation needs: it takes orders over HTTP, and posts the webhooks that follow.

Not the practice carrier, which is strict and plays what is heard: this one shares two cores with what it loads. Whoever
is called answers at once and presses 1; a child that was brought into a room talks for a while and hangs up.
"""

import asyncio
import html
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from bench.deployment import ACCOUNT, TOKEN, Deployment
from helpline.ending import end
from helpline.practice.signing import sign
from webhooks.twilio import edge as at

_ACTION = re.compile(r'<Gather[^>]* action="([^"]+)"')
_CALLS = "/2010-04-01/Accounts/{account}/Calls"


@dataclass(slots=True)
class _Call:
    sid: str
    inbound: bool
    number: str
    status_url: str
    over: bool = False
    talks: bool = False


@dataclass(slots=True)
class FakeCarrier:
    """``talk``: seconds of a conversation. ``url``: where it serves, once it does. ``processes``: addresses of several
    processes of the helpline, which get the webhooks by turns; ``joined``: when (s) a child's call came into its room.
    """

    talk: Callable[[], float]
    http: aiohttp.ClientSession
    line: Deployment | None = None
    url: str = ""
    hung_up: int = 0
    refused: int = 0
    processes: list[str] = field(default_factory=list)
    joined: dict[str, float] = field(default_factory=dict)
    _turn: int = 0
    _calls: dict[str, _Call] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post(_CALLS + ".json", self._place)
        app.router.add_post(_CALLS + "/{sid}.json", self._change)
        app.router.add_get(_CALLS + "/{sid}.json", self._look)
        return app

    async def child_calls(self, number: str, keys: str) -> str:
        """A child calls the line, and presses a key in each menu until it waits; the call's id."""
        call = self._new(number, inbound=True, status_url=f"{self._line.url}{at.STATUS}")
        document = await self._post(f"{self._line.url}{at.VOICE}", call, CallStatus="ringing")
        for key in keys:
            document = await self._post(_action(document), call, CallStatus="in-progress", Digits=key)
        return call.sid

    async def close(self) -> None:
        await end(self._tasks)

    @property
    def _line(self) -> Deployment:
        assert self.line is not None
        return self.line

    def _new(self, number: str, *, inbound: bool, status_url: str) -> _Call:
        call = _Call(f"CA{len(self._calls):032x}", inbound, number, status_url)
        self._calls[call.sid] = call
        return call

    async def _place(self, request: web.Request) -> web.Response:
        form = await request.post()
        call = self._new(str(form["To"]), inbound=False, status_url=str(form["StatusCallback"]).partition("#")[0])
        self._later(self._picks_up(call, str(form["Twiml"])))
        return _said(call)

    async def _picks_up(self, call: _Call, document: str) -> None:
        await self._post(_action(document), call, CallStatus="in-progress", Digits="1")

    async def _change(self, request: web.Request) -> web.Response:
        call, form = self._calls[request.match_info["sid"]], await request.post()
        if call.over:
            return web.json_response({"code": 21220, "status": 400}, status=400)
        if form.get("Status") == "completed":
            call.over = True
            self._later(self._tell(call))
        elif "<Conference" in str(form.get("Twiml", "")) and call.inbound and not call.talks:
            call.talks = True
            self.joined[call.sid] = time.monotonic()
            self._later(self._talks(call))
        return _said(call)

    async def _look(self, request: web.Request) -> web.Response:
        return _said(self._calls[request.match_info["sid"]])

    async def _talks(self, call: _Call) -> None:
        await asyncio.sleep(self.talk())
        call.over = True
        self.hung_up += 1
        await self._tell(call)

    async def _tell(self, call: _Call) -> None:
        await self._post(call.status_url, call, CallStatus="completed", SequenceNumber="3", CallDuration="1")

    async def _post(self, url: str, call: _Call, **more: str) -> str:
        own, other = "+260116", call.number
        form = {
            "AccountSid": ACCOUNT,
            "CallSid": call.sid,
            "Direction": "inbound" if call.inbound else "outbound-api",
            "From": other if call.inbound else own,
            "To": own if call.inbound else other,
            **more,
        }
        headers = {"X-Twilio-Signature": sign(TOKEN, url, form.items())}
        if self.processes:
            self._turn += 1
            url = self.processes[self._turn % len(self.processes)] + url.removeprefix(self._line.url)
        async with self.http.post(url, data=form, headers=headers) as answer:
            self.refused += answer.status >= 300
            return await answer.text()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _action(document: str) -> str:
    found = _ACTION.search(document)
    if found is None:
        raise RuntimeError("the helpline asked for no key")
    return html.unescape(found[1]).partition("#")[0]


def _said(call: _Call) -> web.Response:
    status = "completed" if call.over else "in-progress"
    return web.json_response({"sid": call.sid, "status": status, "to": call.number, "account_sid": ACCOUNT})
