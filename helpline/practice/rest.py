"""The REST interface: authentication, faults on demand, calls, messages and recordings."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from helpline.practice import calls
from helpline.practice.attributes import CALL_EVENTS
from helpline.practice.calls import Call, Fetch, Inline
from helpline.practice.faults import HANG
from helpline.practice.messages import MAX_BODY, Message
from helpline.practice.resources import (
    PAGING,
    Params,
    RestError,
    call_shape,
    message_shape,
    not_found,
    page,
    recording_shape,
    within,
)
from helpline.practice.rest_conferences import ConferenceResources
from helpline.practice.sounds import Recording, tone
from helpline.practice.twiml import Callback, TwimlError

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

PREFIX = "/2010-04-01/Accounts/{account}"
MAX_INLINE = 4000
"""Longer inline TwiML is refused, in characters."""

HANG_SECONDS = 120.0

_CREATE = (
    "To From Url Method Twiml FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod StatusCallbackEvent "
    "Timeout MachineDetection MachineDetectionTimeout"
)
_UPDATE = "Url Method Twiml Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod"


def document_or_fetch(params: Params) -> object | None:
    """What a call is to follow: inline TwiML (read only once it is followed) or an address."""
    twiml, url = params.text("Twiml"), params.url("Url")
    if twiml is not None and len(twiml) > MAX_INLINE:
        raise RestError(400, 21617, f"Twiml may hold at most {MAX_INLINE} characters")
    if twiml is not None:
        return Inline(twiml)
    return Fetch(url, params.method("Method")) if url else None


class RestApi:
    """The routes of the REST interface."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    def routes(self) -> list[web.RouteDef]:
        """Every route, with authentication and faults around it."""
        sid = PREFIX + "/{kind:Calls|Messages|Recordings}/{sid:[A-Z]{2}[0-9a-f]{32}}.json"
        table = [
            ("POST", PREFIX + "/Calls.json", self.create_call),
            ("GET", PREFIX + "/Calls.json", self.list_calls),
            ("GET", sid, self.fetch),
            ("POST", sid, self.update),
            ("DELETE", sid, self.delete),
            ("POST", PREFIX + "/Messages.json", self.create_message),
            ("GET", PREFIX + "/Messages.json", self.list_messages),
            ("GET", PREFIX + "/Recordings.json", self.list_recordings),
            (
                "GET",
                PREFIX + "/Recordings/{sid:RE[0-9a-f]{32}}{ending:(?:\\.wav)?}",
                self.media,
            ),
            *ConferenceResources(self._switch).table(),
            ("*", "/2010-04-01/{rest:.*}", self.nothing),
        ]
        return [web.route(method, path, self._guard(handler)) for method, path, handler in table]

    def _guard(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self._check_who(request)
            fault = self._switch.faults.next_rest(request.method, request.path)
            if fault is not None and fault.status is not None:
                code = {429: 20429, 401: 20003, 404: 20404}.get(fault.status, 20500)
                return RestError(fault.status, code, "A fault that was asked for").response(fault.headers)
            if fault is None or fault.accepted:
                answer = await self._answer(handler, request)
            if fault is None:
                return answer
            if fault.how == HANG:
                await asyncio.sleep(HANG_SECONDS)
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)

        return guarded

    async def _answer(self, handler: Handler, request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RestError as refused:
            if "practice carrier does not know" in refused.message:
                self._switch.report(TwimlError(refused.code, refused.message), None, request.path)
            return refused.response()

    def _check_who(self, request: web.Request) -> None:
        line = self._switch.line
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            user, password = "", ""
        known = hmac.compare_digest(user.encode(), line.account_sid.encode())
        known &= hmac.compare_digest(password.encode(), line.auth_token.encode())
        if scheme.lower() != "basic" or not known:
            raise web.HTTPUnauthorized(
                text='{"code": 20003, "message": "Authenticate", "status": 401}',
                content_type="application/json",
            )
        if request.match_info.get("account", line.account_sid) != line.account_sid:
            raise web.HTTPNotFound(
                text='{"code": 20404, "message": "Not found", "status": 404}',
                content_type="application/json",
            )

    async def nothing(self, request: web.Request) -> web.Response:
        """A path that nobody serves: an error of the practice, so that tests see it."""
        self._switch.report(
            TwimlError(20404, "The practice carrier does not serve this"),
            None,
            request.path,
        )
        raise not_found(request.path)

    # Calls

    async def create_call(self, request: web.Request) -> web.Response:
        """Ring somebody for the helpline."""
        switch = self._switch
        params = Params(await request.post(), _CREATE)
        from_, to = params.parties(switch)
        target = document_or_fetch(params)
        if target is None:
            raise RestError(400, 21205, "Url or Twiml is required")
        detect = params.text("MachineDetection")
        if detect not in (None, "Enable", "DetectMessageEnd"):
            raise RestError(400, 20001, "MachineDetection must be Enable or DetectMessageEnd")
        timeout = params.whole("Timeout", 60, 1, 600)
        callback = params.callback("StatusCallback", CALL_EVENTS, frozenset({"completed"}))
        fallback = params.url("FallbackUrl")
        call = switch.new_call(from_, to, "outbound-api", to)
        call.callback = callback
        call.fallback = Fetch(fallback, params.method("FallbackMethod")) if fallback else None
        shape = call_shape(call)
        switch.outgoing(call, target, timeout, detect is not None)
        return web.json_response(shape, status=201)

    async def list_calls(self, request: web.Request) -> web.Response:
        """Calls, the newest first."""
        dates = " ".join(f"{name}{suffix}" for name in ("StartTime", "EndTime") for suffix in ("", "<", ">"))
        params = Params(request.query, f"To From Status ParentCallSid {dates} {PAGING}")
        found = [
            call
            for call in reversed(self._switch.calls.values())
            if params.text("To") in (None, call.to)
            and params.text("From") in (None, call.from_)
            and params.text("Status") in (None, call.status)
            and params.text("ParentCallSid") in (None, call.parent_sid)
            and within(params, "StartTime", call.started)
            and within(params, "EndTime", call.ended)
        ]
        return page(request, "calls", found, call_shape)

    async def fetch(self, request: web.Request) -> web.Response:
        """One call, message or recording."""
        found = self._find(request)
        if isinstance(found, Call):
            return web.json_response(call_shape(found))
        return web.json_response(self._shape(found))

    async def update(self, request: web.Request) -> web.Response:
        """Change a live call, or blank a message."""
        found = self._find(request)
        if isinstance(found, Call):
            return self._update_call(found, Params(await request.post(), _UPDATE))
        if isinstance(found, Message):
            params = Params(await request.post(), "Body Status")
            if params.text("Body") is not None or "Body" not in params:
                raise RestError(400, 20001, "A body can only be made empty")
            found.body = ""
            return web.json_response(self._shape(found))
        raise RestError(405, 20004, "Method not allowed")

    def _update_call(self, call: Call, params: Params) -> web.Response:
        status = params.text("Status")
        target = document_or_fetch(params)
        if (status is None) == (target is None):
            raise RestError(400, 21218, "One of Url, Twiml and Status is required")
        if call.is_over or (target is not None and call.status != calls.IN_PROGRESS):
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if status is not None:
            if status not in ("completed", "canceled"):
                raise RestError(400, 20001, "Status must be completed or canceled")
            if status == "canceled" and call.status == calls.IN_PROGRESS:
                raise RestError(400, 21220, "Call is in-progress. Cannot cancel.")
            call.hang_up()
            return web.json_response(call_shape(call))
        callback = params.url("StatusCallback")
        if callback:
            call.callback = Callback(
                callback,
                params.method("StatusCallbackMethod"),
                frozenset({"completed"}),
            )
        fallback = params.url("FallbackUrl")
        if fallback:
            call.fallback = Fetch(fallback, params.method("FallbackMethod"))
        if call.conductor is not None:
            call.note("is led elsewhere by the helpline")
            call.conductor.move(target)
        return web.json_response(call_shape(call))

    async def delete(self, request: web.Request) -> web.Response:
        """Take a resource out of the books; not one that is still going on."""
        found = self._find(request)
        going = isinstance(found, Call) and not found.is_over
        going |= isinstance(found, Message) and found.status in ("queued", "sending")
        if going:
            raise RestError(409, 20009, "The resource cannot be deleted while it is in progress")
        if isinstance(found, Call):
            del self._switch.calls[found.sid]
        elif isinstance(found, Message):
            del self._switch.messages.by_sid[found.sid]
        else:
            del self._switch.recordings[found.sid]
        return web.Response(status=204)

    def _find(self, request: web.Request) -> Call | Message | Recording:
        sid, kind = request.match_info["sid"], request.match_info["kind"]
        books = {
            "Calls": self._switch.calls,
            "Messages": self._switch.messages.by_sid,
            "Recordings": self._switch.recordings,
        }
        found = books[kind].get(sid)  # type: ignore[attr-defined]
        if isinstance(found, Call | Message | Recording):
            return found
        raise not_found(request.path)

    def _shape(self, found: Message | Recording) -> dict[str, object]:
        account = self._switch.account_sid
        if isinstance(found, Message):
            return message_shape(found, account)
        return recording_shape(found, account, self._switch.api_url(f"Recordings/{found.sid}"))

    # Messages and recordings

    async def create_message(self, request: web.Request) -> web.Response:
        """Send a text."""
        switch = self._switch
        params = Params(await request.post(), "To From Body StatusCallback")
        from_, to = params.text_parties(switch)
        body = params.text("Body")
        if body is None:
            raise RestError(400, 21602, "Message body is required")
        if len(body) > MAX_BODY:
            raise RestError(400, 21617, f"The body may hold at most {MAX_BODY} characters")
        if switch.messages.has_stopped(to, from_):
            raise RestError(400, 21610, "Attempt to send to unsubscribed recipient")
        url = params.url("StatusCallback", 21609)
        message = switch.messages.send(from_, to, body, Callback(url) if url else None)
        return web.json_response(self._shape(message), status=201)

    async def list_messages(self, request: web.Request) -> web.Response:
        """Texts, the newest first."""
        params = Params(request.query, f"To From DateSent DateSent< DateSent> {PAGING}")
        found = [
            message
            for message in reversed(self._switch.messages.by_sid.values())
            if params.text("To") in (None, message.to)
            and params.text("From") in (None, message.from_)
            and within(params, "DateSent", message.sent)
        ]
        return page(request, "messages", found, self._shape)

    async def list_recordings(self, request: web.Request) -> web.Response:
        """Recordings, the newest first."""
        params = Params(request.query, f"CallSid DateCreated DateCreated< DateCreated> {PAGING}")
        found = [
            recording
            for recording in reversed(self._switch.recordings.values())
            if params.text("CallSid") in (None, recording.call_sid) and within(params, "DateCreated", recording.created)
        ]
        return page(request, "recordings", found, self._shape)

    async def media(self, request: web.Request) -> web.Response:
        """The sound of a recording. It asks for authentication, as an account that guards its media does."""
        recording = self._switch.recordings.get(request.match_info["sid"])
        if recording is None:
            raise not_found(request.path)
        return web.Response(body=tone(recording.seconds), content_type="audio/x-wav")
