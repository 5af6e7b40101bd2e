"""Where a request comes from, when proxies of ours stand in front and somebody lies about it."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from helpline.proxies import came_from, seen_through

PROXY, CHILD = "10.0.0.2", "192.0.2.7"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, [CHILD], PROXY),  # nobody's word is taken
        (1, [CHILD], CHILD),
        (1, [f"6.6.6.6, {CHILD}"], CHILD),  # the client wrote the first itself
        (1, ["6.6.6.6", CHILD], CHILD),
        (2, [f"6.6.6.6, {CHILD}, 10.0.0.3"], CHILD),
        (2, [CHILD], PROXY),  # it came past one of the two
        (1, [], PROXY),
        (1, [""], PROXY),
    ],
)
def test_the_clients_address_is_what_our_own_proxies_saw(proxies: int, forwarded: list[str], client: str) -> None:
    assert came_from(PROXY, forwarded, proxies) == client


async def test_what_is_behind_the_middleware_sees_the_client_and_the_whole_request() -> None:
    async def echo(request: web.Request) -> web.Response:
        form = await request.post()
        return web.json_response([request.remote, request.match_info["name"], form["word"]])

    app = web.Application(middlewares=[seen_through(1)])
    app.router.add_post("/{name}", echo)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/here", data={"word": "yes"}, headers={"X-Forwarded-For": f"6.6.6.6, {CHILD}"})
        assert await answer.json() == [CHILD, "here", "yes"]
