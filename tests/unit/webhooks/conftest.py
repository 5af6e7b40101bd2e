"""A carrier that speaks to a small REST server, which answers as Twilio does."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.unit.webhooks.twilio_rest import EDGE, Rest, Words
from webhooks.twilio.gateway import TwilioCarrier, open_carrier


@pytest.fixture
async def rest() -> AsyncIterator[Rest]:
    rest = Rest()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", rest.serve)
    server = TestServer(app)
    await server.start_server()
    rest.address = str(server.make_url("/")).rstrip("/")
    yield rest
    await server.close()


@pytest.fixture
async def carrier(rest: Rest) -> AsyncIterator[TwilioCarrier]:
    async with open_carrier(EDGE, Words(), base_url=rest.address, timeout_s=5) as carrier:
        yield carrier
