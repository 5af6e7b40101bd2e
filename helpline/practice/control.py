"""Phones over HTTP, for the page and for whoever wants to script it from another process.

All bodies are JSON, with `Content-Type: application/json`. A problem is `{"error": "..."}` with a 4xx.

    GET  /practice/state                     everything: lines, phones, calls (the newest first), conferences
    GET  /practice/events                    server-sent events: `state`, with the same body, on every change
    GET  /practice/phones                    the phones
    PUT  /practice/phones   {"number": "+260950000001", "answers": "person", "withheld": false}
    POST /practice/calls    {"from": "+260971234567", "to": "116", "withheld": false}      201, the call
    GET  /practice/calls/{sid}               the call: state, captions, transcript
    POST /practice/calls/{sid}/keys     {"digits": "1"}
    POST /practice/calls/{sid}/say      {"text": "..."}
    POST /practice/calls/{sid}/answer   {}   also reject, hang-up, drop
    POST /practice/texts    {"from": "+260971234567", "to": "116", "body": "..."}          to whatsapp:+260116 too
    GET  /practice/errors                    the carrier's error log
    GET  /practice/audio/{key}               a recording that the line played

`answers` is one of manual, person, machine, never, busy, rejects, unreachable. `withheld` may also be the
literal that is to arrive in place of the number.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler

from helpline.practice import calls
from helpline.practice.calls import Caption
from helpline.practice.phones import ANSWERS, NotHeard, Phone, PhoneCall, Text
from helpline.practice.switch import WITHHELD

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
_ENDED_SHOWN = 12
_CAPTIONS_SHOWN = 40
_TEXTS_SHOWN = 50
_HEARTBEAT_SECONDS = 15.0


def caption_view(caption: Caption, place: int) -> dict[str, Any]:
    """A caption for the page, with the direction of its script."""
    rtl = any("\u0590" <= letter <= "\u08ff" for letter in caption.text)
    rtl = rtl or caption.language.split("-")[0] in _RIGHT_TO_LEFT
    audio = f"/practice/audio/{caption.audio}" if caption.audio else ""
    return {
        "n": place,
        "kind": caption.kind,
        "text": caption.text,
        "lang": "" if caption.kind == "play" else caption.language,
        "dir": "rtl" if rtl else "ltr",
        "audio": audio,
    }


def call_view(one: PhoneCall) -> dict[str, Any]:
    """A call for the page."""
    call = one.call
    first = max(0, len(call.captions) - _CAPTIONS_SHOWN)
    captions = [caption_view(caption, first + place) for place, caption in enumerate(call.captions[first:])]
    room = one.room
    others: list[str] = []
    if room is not None and one.is_connected:
        others = [seat.call.phone_number for seat in room.seats if seat.joined and seat.call is not call]
    elif call.peer is not None:
        others = [call.peer.phone_number]
    seat = call.seat
    return {
        "sid": call.sid,
        "phone": call.phone_number,
        "direction": "out" if call.direction == "inbound" else "in",
        "from": call.from_,
        "to": call.to,
        "state": call.status,
        "over": call.is_over,
        "dropped": call.dropped,
        "conference": room.name if room else None,
        "with": others,
        "held": bool(seat and seat.hold is not None),
        "listening": call.keys is not None,
        "recording": call.speech is not None,
        "application_error": call.application_error.code if call.application_error else None,
        "captions": captions,
    }


def state_view(switch: Switch) -> dict[str, Any]:
    """Everything that the page shows."""
    live: list[PhoneCall] = []
    over: list[PhoneCall] = []
    for phone in switch.phones.by_number.values():
        for one in phone.calls[-20:]:
            (over if one.call.is_over else live).append(one)
    over.sort(key=lambda one: one.call.created)
    live.sort(key=lambda one: one.call.created)
    shown = [*reversed(live), *reversed(over[-_ENDED_SHOWN:])]
    return {
        "lines": list(switch.line.numbers),
        "phones": [phone_view(phone) for phone in switch.phones.by_number.values()],
        "calls": [call_view(one) for one in shown],
        "conferences": [
            {
                "name": room.name,
                "status": room.status,
                "participants": list(room.participants),
            }
            for room in switch.conferences
        ],
        "errors": len(switch.errors),
    }


def phone_view(phone: Phone) -> dict[str, Any]:
    """A phone for the page, with the latest of its texts in the order in which they were written."""
    return {
        "number": phone.number,
        "answers": phone.answers,
        "withheld": phone.withheld,
        "texts": [text_view(text) for text in phone.thread[-_TEXTS_SHOWN:]],
    }


def text_view(text: Text) -> dict[str, Any]:
    """A text for the page."""
    return {
        "sid": text.sid,
        "channel": text.channel,
        "line": text.line,
        "body": text.body,
        "sent": text.sent,
        "at": text.at.isoformat(),
        "state": text.state,
    }


class Control:
    """The routes under /practice."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    def routes(self) -> list[web.RouteDef]:
        """Every route."""
        call = "/practice/calls/{sid:CA[0-9a-f]{32}}"
        return [
            web.get("/practice/state", self.state),
            web.get("/practice/events", self.events),
            web.get("/practice/phones", self.phones),
            web.put("/practice/phones", _json(self.set_phone)),
            web.post("/practice/calls", _json(self.dial)),
            web.get(call, self.call),
            web.post(call + "/{what:keys|say|answer|reject|hang-up|drop}", _json(self.act)),
            web.post("/practice/texts", _json(self.text)),
            web.get("/practice/errors", self.errors),
            web.get("/practice/audio/{key:[0-9a-f]{20}}", self.audio),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """Everything."""
        return web.json_response(state_view(self._switch))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Everything, again after every change."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await answer.prepare(request)
        bell = self._switch.bell
        try:
            while True:
                rung = bell.next_ring()
                await answer.write(f"event: state\ndata: {json.dumps(state_view(self._switch))}\n\n".encode())
                # Many things happen at once; a page needs no more than ten pictures a second.
                await asyncio.sleep(0.1)
                await asyncio.wait({rung}, timeout=_HEARTBEAT_SECONDS)
                rung.cancel()
        except ConnectionError:
            return answer

    async def phones(self, request: web.Request) -> web.Response:
        """The phones."""
        return web.json_response([phone_view(phone) for phone in self._switch.phones.by_number.values()])

    async def set_phone(self, body: dict[str, Any], request: web.Request) -> web.Response:
        """Say how a phone answers."""
        phone = self._switch.phones.get(_text(body, "number"))
        answers = body.get("answers", phone.answers)
        if answers not in ANSWERS:
            return _problem(f"answers must be one of {', '.join(ANSWERS)}")
        phone.answers = answers
        _withhold(phone, body)
        self._switch.bell.ring()
        return web.json_response(phone_view(phone))

    async def dial(self, body: dict[str, Any], request: web.Request) -> web.Response:
        """Call the helpline from a phone."""
        to = _text(body, "to")
        if not self._switch.is_ours(to):
            return _problem("The helpline has no such number at this carrier.")
        phone = self._switch.phones.get(_text(body, "from"))
        _withhold(phone, body)
        return web.json_response(call_view(await phone.dial(to)), status=201)

    def _find(self, request: web.Request) -> PhoneCall:
        call = self._switch.calls.get(request.match_info["sid"])
        if call is None:
            raise web.HTTPNotFound(
                text='{"error": "There is no such call."}',
                content_type="application/json",
            )
        return next(one for one in self._switch.phones.get(call.phone_number).calls if one.call is call)

    async def call(self, request: web.Request) -> web.Response:
        """One call, with its transcript."""
        one = self._find(request)
        return web.json_response({**call_view(one), "transcript": one.transcript})

    async def act(self, body: dict[str, Any], request: web.Request) -> web.Response:
        """Do something on a phone."""
        one, what = self._find(request), request.match_info["what"]
        if one.call.is_over:
            return _problem("The call has ended.", 409)
        if what in ("answer", "reject") and one.state not in (
            calls.RINGING,
            calls.QUEUED,
        ):
            return _problem("The phone does not ring.", 409)
        if what == "keys":
            await one.press(_text(body, "digits"))
        elif what == "say":
            await one.says(_text(body, "text"))
        elif what == "answer":
            await one.answer()
        elif what == "reject":
            await one.reject()
        else:
            one.call.dropped = what == "drop"
            await one.hang_up()
        return web.json_response(call_view(one))

    async def text(self, body: dict[str, Any], request: web.Request) -> web.Response:
        """Send a text to the helpline."""
        phone = self._switch.phones.get(_text(body, "from"))
        await phone.text(_text(body, "to"), _text(body, "body"))
        return web.json_response(phone_view(phone), status=201)

    async def errors(self, request: web.Request) -> web.Response:
        """The carrier's error log."""
        return web.json_response([asdict(error) for error in self._switch.errors[-200:]])

    async def audio(self, request: web.Request) -> web.Response:
        """A recording that the line played."""
        sound = self._switch.sounds.by_key(request.match_info["key"])
        if sound is None:
            raise web.HTTPNotFound(text="gone")
        return web.Response(
            body=sound.data,
            content_type=sound.content_type,
            headers={"Cache-Control": "max-age=60"},
        )


def _json(handler: Callable[[dict[str, Any], web.Request], Any]) -> Handler:
    async def read(request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json":
            return _problem("The body must be application/json.", 415)
        try:
            body = await request.json()
            if not isinstance(body, dict):
                return _problem("The body must be an object.")
            answer: web.StreamResponse = await handler(body, request)
        except (ValueError, RecursionError) as problem:
            return _problem(str(problem))
        except NotHeard:
            return _problem("That did not happen in time.", 409)
        return answer

    return read


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 2000:
        raise ValueError(f"{name} is required")
    return value.strip()


def _withhold(phone: Phone, body: dict[str, Any]) -> None:
    wish = body.get("withheld")
    if wish is not None:
        phone.withheld = WITHHELD[0] if wish is True else wish if wish in WITHHELD else None


def _problem(text: str, status: int = 400) -> web.Response:
    return web.json_response({"error": text}, status=status)
