"""What comes to a real process from outside: forged, repeated, slow, and ten times as much."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import aiohttp
import pytest

from helpline.practice.signing import sign
from tests.faults.deployments import calls_kept, on_sqlite, start_all
from tests.faults.knocking import VOICE, Knocking
from tests.several import Several, on_this_machine, within
from tests.town import ACCOUNT, TOKEN

CARRIER_WAITS_S = 15.0
"""So long the carrier waits for an answer to a call (FIELD: 15 s in all)."""

SLOW_ONES = 150


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    with on_sqlite(tmp_path_factory.mktemp("door")) as found:
        start_all(found)
        yield found


@pytest.fixture
async def knocking(deployment: Several) -> AsyncIterator[Knocking]:
    await deployment.all_ready()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as http:
        yield Knocking(deployment.servers[0].env["HELPLINE_PUBLIC_URL"], http)


def forged(public_url: str) -> list[tuple[dict[str, str], str]]:
    """Forms with signatures that the carrier has not made of them."""
    form = {
        "AccountSid": ACCOUNT, "CallSid": f"CA{'f' * 32}", "CallStatus": "ringing", "Direction": "inbound",
        "From": "+260970000000", "To": "+260116",
    }  # fmt: skip
    url = public_url + VOICE
    true = sign(TOKEN, url, form.items())
    return [
        (form, ""),
        (form, sign("another-token", url, form.items())),
        (form, sign("", url, form.items())),
        (form, sign(TOKEN, url + "?more", form.items())),
        (form | {"From": "+260971111111"}, true),
        (form | {"CallSid": f"CA{'e' * 32}"}, true),
        (form | {"Digits": "0"}, true),
        (form | {"AccountSid": "AC" + "00" * 16}, true),
        (form, true[:-2] + "A="),
    ]


async def test_nothing_that_is_forged_is_stored(deployment: Several, knocking: Knocking) -> None:
    server = deployment.servers[0]
    before = await calls_kept(deployment)
    async with aiohttp.ClientSession() as http:
        for form, signature in forged(server.env["HELPLINE_PUBLIC_URL"]):
            headers = {"X-Twilio-Signature": signature}
            async with http.post(server.url + VOICE, data=form, headers=headers) as answer:
                assert answer.status == 403
    assert await calls_kept(deployment) == before


async def test_one_call_twenty_times_at_once_and_replayed_later_is_one_call(
    deployment: Several, knocking: Knocking
) -> None:
    server = deployment.servers[0]
    _, before = await calls_kept(deployment)
    call = "CA" + "d" * 32
    assert set(await asyncio.gather(*(knocking.call(server.url, call) for _ in range(20)))) == {"menu"}
    server.kill()
    server.start()
    await deployment.all_ready()
    assert await knocking.call(server.url, call) == "menu"
    kept, contacts = await calls_kept(deployment)
    assert kept[call] == 1 and contacts == before + 1


@pytest.mark.parametrize("slow", ["in the middle of its head", "in the middle of its body"])
async def test_whoever_is_slow_holds_up_nobody_else(deployment: Several, knocking: Knocking, slow: str) -> None:
    server = deployment.servers[0]
    head = f"POST {VOICE} HTTP/1.1\r\nHost: helpline\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    said = head if slow.endswith("head") else f"{head}Content-Length: 300\r\n\r\nAccountSid="
    opened = []
    try:
        for _ in range(SLOW_ONES):
            opened.append(await asyncio.open_connection("127.0.0.1", server.port))
            opened[-1][1].write(said.encode())
            await opened[-1][1].drain()
        for _ in range(10):
            assert await knocking.call(server.url) == "menu"
        assert max(knocking.seconds) < on_this_machine(2), "a call waited for strangers"
        if slow.endswith("body"):
            answer = await asyncio.wait_for(opened[0][0].readline(), CARRIER_WAITS_S)
            assert b"408" in answer, "nobody waits for a body for ever"
    finally:
        for _, writer in opened:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def test_ten_times_as_many_calls_are_all_answered_in_time_and_it_is_itself_again(
    deployment: Several, knocking: Knocking, rounds: int
) -> None:
    server = deployment.servers[0]
    usual, seconds = 10.0, min(2.0 * rounds, 20.0)

    async def calls(a_second: float) -> list[float]:
        """Each at its time, whether those before were answered or not; how long each took."""
        knocking.seconds.clear()
        began, under_way = time.monotonic(), []
        for number in range(int(a_second * seconds)):
            await asyncio.sleep(max(0.0, began + number / a_second - time.monotonic()))
            under_way.append(asyncio.create_task(knocking.call(server.url)))
        assert set(await asyncio.gather(*under_way)) == {"menu"}
        return sorted(knocking.seconds)

    await calls(usual)
    surge = await calls(10 * usual)
    assert surge[-1] < CARRIER_WAITS_S
    kept, _ = await calls_kept(deployment)
    assert all(kept[call] == 1 for call in knocking.acknowledged)

    async def calm() -> bool:
        return await knocking.call(server.url) == "menu" and knocking.seconds[-1] < on_this_machine(0.5)

    await within(30, calm, "calls being answered as before")
