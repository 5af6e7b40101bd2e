"""What texts stand beside: a server that does a part of the work. ``python -m bench.text_limits`` serves it.

Texts are read, their signature is checked, and nothing is stored; a stream of events is opened, and nothing is told.
"""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import uvloop
from aiohttp import web

from bench.deployment import TOKEN
from config.directory import Directory
from helpline.app import serving
from helpline.check import read_configuration
from webhooks.body import read_body
from webhooks.twilio import edge as at
from webhooks.twilio import parse
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.form import Received, verified
from webhooks.twilio.signature import Signatures

EVENTS = "/events"
NOTHING = "<?xml version='1.0' encoding='UTF-8'?><Response/>"


async def _text(directory: Directory, edge: TwilioEdge, signatures: Signatures, request: web.Request) -> web.Response:
    body = await read_body(request, edge.most_bytes, edge.read_within_s)
    headers = request.headers
    received = Received(request.raw_path, headers.get("Content-Type", ""), headers.get("X-Twilio-Signature", ""), body)
    parse.text_arrived(verified(received, signatures, edge.account_sid, mended=True), partial(_line_at, directory))
    return web.Response(text=NOTHING, content_type="application/xml", headers={"Cache-Control": "no-store"})


def _line_at(directory: Directory, dialled: str) -> tuple[str, str] | None:
    line = directory.line_at(dialled)
    return None if line is None else (line.id, dialled)


async def _events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = "text/event-stream"
    await response.prepare(request)
    await response.write(b"data: {}\n\n")
    await asyncio.Event().wait()
    return response


async def _ready(_: web.Request) -> web.Response:
    return web.Response()


async def _serve() -> None:
    configuration = read_configuration()
    settings = configuration.settings
    edge = TwilioEdge(settings.twilio.account_sid, (TOKEN,), settings.public_url)
    app = web.Application()
    app.router.add_post(
        at.MESSAGES, partial(_text, configuration.directory, edge, Signatures(edge.auth_tokens, settings.public_url))
    )
    app.router.add_get(EVENTS, _events)
    app.router.add_get("/readyz", _ready)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(app, settings.host, settings.port))
        await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
