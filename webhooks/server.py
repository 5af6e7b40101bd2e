"""The HTTP edge: what the telephone carrier posts is bounded, verified, parsed, handed to the house, and answered.

A request that is not the carrier's is refused with a fitting 4xx, and nothing of it is stored. A call is always
answered with a document: when the house fails or is too slow, with one that dials the line's fallback number. A
text or a status is answered 503 then, so that the carrier sends it again. Logs hold the action and a reason code.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

import structlog
from aiohttp import web

from ivr_scripts.machine import Say
from webhooks.body import read_body
from webhooks.ports import LineAt, TextIntake, VoiceIntake
from webhooks.refusal import Unacceptable
from webhooks.twilio import edge as at
from webhooks.twilio import parse
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.fallback import fallback, hang_up
from webhooks.twilio.form import Form, Received, signed_address, verified
from webhooks.twilio.signature import Signatures
from webhooks.twilio.twiml import NOTHING, TwimlRenderer

FallbackFor = Callable[[str | None], str]
"""The number to dial for a line (None: for whichever) when we cannot serve it; empty when there is none."""
Tell = Callable[[str, str, float], None]
"""Hears of every request its kind, its outcome (taken, refused, fallback, try_again) and how many seconds it took."""

MOST_PROMPTS = 8
UNFINISHED_WITHIN_S = 5.0

Handler = Callable[[web.Request], Awaitable[web.Response]]
T = TypeVar("T")

_NOT_KEPT = {"Cache-Control": "no-store"}

log = structlog.get_logger(__name__)


def attach(
    app: web.Application,
    edge: TwilioEdge,
    intake: VoiceIntake,
    renderer: TwimlRenderer,
    *,
    line_at: LineAt,
    fallback_for: FallbackFor,
    media_folder: str | None = None,
    tell: Tell | None = None,
    texts: TextIntake | None = None,
) -> None:
    """Add the webhooks to an application that has not started. ``media_folder``: recorded prompts, served as they are.

    Without ``texts`` there are no webhooks for texts.
    None of these paths may pass a check against cross-site requests: their signature is their proof.
    """
    served = TwilioWebhooks(edge, intake, renderer, line_at, fallback_for, tell)
    router = app.router
    router.add_post(at.VOICE, served.guarded("voice", served.voice))
    router.add_post(f"{at.LEGS}/{{leg}}/{{step}}", served.guarded("step", served.step))
    router.add_post(at.STATUS, served.guarded("status", served.status))
    router.add_post(at.CONFERENCE, served.guarded("conference", served.conference))
    router.add_post(at.RECORDING, served.guarded("recording", served.recording))
    waiting = router.add_resource(f"{at.WAIT}/{{said:.+}}")
    waiting.add_route("GET", served.guarded("wait", served.wait))
    waiting.add_route("POST", served.guarded("wait", served.wait))
    if texts is not None:
        router.add_post(at.MESSAGES, served.guarded("message", partial(served.message, texts)))
        router.add_post(at.MESSAGE_STATUS, served.guarded("message_status", partial(served.message_status, texts)))
    if media_folder is not None:
        router.add_static(at.MEDIA, media_folder)
    app.on_shutdown.append(served.finish)


class TwilioWebhooks:
    """The handlers of one account's webhooks."""

    def __init__(
        self,
        edge: TwilioEdge,
        intake: VoiceIntake,
        renderer: TwimlRenderer,
        line_at: LineAt,
        fallback_for: FallbackFor,
        tell: Tell | None = None,
    ) -> None:
        self._edge = edge
        self._intake = intake
        self._renderer = renderer
        self._line_at = line_at
        self._fallback_for = fallback_for
        self._signatures = Signatures(edge.auth_tokens, edge.public_url)
        self._tell = tell or (lambda kind, outcome, seconds: None)
        self._unfinished: set[asyncio.Task[Any]] = set()

    def guarded(self, action: str, handler: Handler) -> Handler:
        """The handler, with what it refuses turned into an answer and one line in the log."""

        async def answer(request: web.Request) -> web.Response:
            began = perf_counter()
            try:
                response = await handler(request)
                outcome = response.outcome if isinstance(response, _Instead) else "taken"
            except Unacceptable as refused:
                log.warning("webhook_refused", kind=action, reason=refused.reason)
                response, outcome = web.Response(status=refused.status, text=refused.reason), "refused"
            self._tell(action, outcome, perf_counter() - began)
            return response

        return answer

    async def voice(self, request: web.Request) -> web.Response:
        """The first request of an inbound call."""
        form = await self._form(request)
        event = parse.call_arrived(form, self._line_at)
        return await self._document("voice", request, form, lambda: self._intake.call_arrived(event))

    async def step(self, request: web.Request) -> web.Response:
        """A call asks what to do next."""
        form = await self._form(request)
        path = request.match_info
        event = parse.leg_step(form, path["leg"], path["step"], request.query.get("left", ""))
        if parse.inbound(form):
            self._ours(form)
        return await self._document("step", request, form, lambda: self._intake.leg_step(event))

    async def status(self, request: web.Request) -> web.Response:
        """How far a call has come: one that we placed (with ``leg``), or one to a line."""
        form = await self._form(request)
        event = parse.call_status(form, request.query.get("leg"))
        if event.leg_id is None or parse.inbound(form):
            self._ours(form)
        return await self._noted("status", lambda: self._intake.call_status(event))

    async def conference(self, request: web.Request) -> web.Response:
        """Who came into a conference, and who left."""
        event = parse.room_changed(await self._form(request))
        if event is None:
            return web.Response(status=204)
        return await self._noted("conference", lambda: self._intake.room_changed(event))

    async def recording(self, request: web.Request) -> web.Response:
        """A recording can be fetched."""
        event = parse.recording_ready(await self._form(request))
        if event is None:
            return web.Response(status=204)
        return await self._noted("recording", lambda: self._intake.recording_ready(event))

    async def message(self, texts: TextIntake, request: web.Request) -> web.Response:
        """A text to a line. What it holds is mended rather than refused: a text that is refused is lost."""
        event = parse.text_arrived(await self._form(request, mended=True), self._line_at)
        noted = await self._noted("message", lambda: texts.text_arrived(event))
        return noted if isinstance(noted, _Instead) else _markup(NOTHING)

    async def message_status(self, texts: TextIntake, request: web.Request) -> web.Response:
        """How far a text of ours has come."""
        form = await self._form(request, mended=True)
        event = parse.text_status(form, request.query.get("text"), request.query.get("part"))
        if event is None:
            return web.Response(status=204)
        return await self._noted("message_status", lambda: texts.text_status(event))

    async def wait(self, request: web.Request) -> web.Response:
        """What is heard while waiting in a conference. Nothing is stored; the address says it all."""
        target = request.raw_path
        if request.method == "GET":
            signed_address(target, _signature(request), self._signatures)
        else:
            await self._form(request)
        parts = request.match_info["said"].split("/")
        if len(parts) % 2 or len(parts) > 2 * MOST_PROMPTS:
            raise Unacceptable(400, "prompts")
        said = tuple(Say(prompt, language) for language, prompt in zip(parts[::2], parts[1::2], strict=True))
        again = None if request.query.get("once") else self._edge.again_url(target)
        document = self._renderer.waiting(said, again)
        if document is None:
            raise Unacceptable(404, "prompts")
        return _markup(document)

    async def finish(self, _: web.Application) -> None:
        """Let what is being stored come to its end before the store closes."""
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=UNFINISHED_WITHIN_S)

    async def _form(self, request: web.Request, *, mended: bool = False) -> Form:
        body = await read_body(request, self._edge.most_bytes, self._edge.read_within_s)
        received = Received(request.raw_path, request.headers.get("Content-Type", ""), _signature(request), body)
        return verified(received, self._signatures, self._edge.account_sid, mended=mended)

    def _ours(self, form: Form) -> None:
        if parse.line_dialled(form, self._line_at) is None:
            raise Unacceptable(403, "address")

    async def _document(
        self, action: str, request: web.Request, form: Form, ask: Callable[[], Coroutine[Any, Any, str]]
    ) -> web.Response:
        """What the house says, or a fallback; a caller never hears an error."""
        retries = parse.retries_so_far(request.query.get("again", ""))
        if retries and form.get("DialCallStatus") == "completed":
            return _markup(hang_up())  # the fallback has served this call
        try:
            return _markup(await self._within_time(action, ask()))
        except Exception as failure:
            if (refused := _refused_by_house(failure)) is not None:
                raise refused from None
            log.error("webhook_fallback", kind=action, reason=_code(failure))
        number, dialled = "", ""
        if parse.inbound(form):  # of a call that we placed, the other end is not to be dialled through
            line, dialled = parse.line_dialled(form, self._line_at) or (None, "")
            number = self._fallback_for(line)
        document = fallback(self._edge, request.raw_path, retries, number, dialled)
        return _Instead("fallback", text=document, content_type="application/xml", headers=_NOT_KEPT)

    async def _noted(self, action: str, note: Callable[[], Coroutine[Any, Any, None]]) -> web.Response:
        try:
            await self._within_time(action, note())
        except Exception as failure:
            if (refused := _refused_by_house(failure)) is not None:
                raise refused from None
            log.error("webhook_try_again", kind=action, reason=_code(failure))
            return _Instead("try_again", status=503, text="try_again", headers={"Retry-After": "1"})
        return web.Response(status=204)

    async def _within_time(self, action: str, work: Coroutine[Any, Any, T]) -> T:
        """Do it to the end, even if the carrier hangs up or grows tired of waiting. Raises TimeoutError."""
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        try:
            await asyncio.wait((task,), timeout=self._edge.answer_within_s)
        finally:
            if not task.done():
                task.add_done_callback(lambda late: _tell_late(action, late))
        if not task.done():
            raise TimeoutError
        return task.result()


class _Instead(web.Response):
    """An answer in the place of the house's own."""

    def __init__(self, outcome: str, **response: Any) -> None:
        super().__init__(**response)
        self.outcome = outcome


def _tell_late(action: str, task: asyncio.Task[Any]) -> None:
    """What became of work that outlived its request."""
    if task.cancelled():
        log.error("webhook_late", kind=action, reason="cancelled")
    elif (failure := task.exception()) is not None:
        log.error("webhook_late", kind=action, reason=_code(failure))
    else:
        log.warning("webhook_late", kind=action, reason="done")


def _refused_by_house(failure: Exception) -> Unacceptable | None:
    """The house's invalid, refused and conflict, by their attributes; everything else is a failure of ours."""
    status, code = getattr(failure, "status", None), getattr(failure, "code", None)
    if isinstance(status, int) and 400 <= status < 500 and isinstance(code, str):
        return Unacceptable(status, code)
    return None


def _code(failure: BaseException) -> str:
    """A word for the log; never the text of an exception, which may hold what was sent."""
    code = getattr(failure, "code", None)
    return code if isinstance(code, str) else type(failure).__name__


def _signature(request: web.Request) -> str:
    return request.headers.get("X-Twilio-Signature", "")


def _markup(document: str) -> web.Response:
    return web.Response(text=document, content_type="application/xml", headers=_NOT_KEPT)
