"""The phones over HTTP: the control interface, the page and its rules."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from helpline.practice import PracticeCarrier

from .conftest import CHILD, COUNSELLOR, LINE, HelplineSide, Opener, Rest


@pytest_asyncio.fixture
async def browser(carrier: PracticeCarrier) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(carrier.url) as session:
        yield session


async def test_a_call_is_scripted_over_http(
    helpline: HelplineSide, carrier: PracticeCarrier, browser: aiohttp.ClientSession
) -> None:
    helpline.says("/voice", '<Gather numDigits="1" action="/key"><Say>Press 1</Say></Gather>')
    helpline.says("/key", '<Say voice="Google.ar-XA-Standard-A">مرحبا</Say><Pause length="600"/>')
    async with browser.post("/practice/calls", json={"from": CHILD, "to": "116", "withheld": True}) as answer:
        assert answer.status == 201
        sid = (await answer.json())["sid"]
    (one,) = carrier.phone(CHILD).calls
    await one.hears("press 1")
    async with browser.post(f"/practice/calls/{sid}/keys", json={"digits": "1"}) as answer:
        assert answer.status == 200
    await one.hears("مرحبا")
    async with browser.get(f"/practice/calls/{sid}") as answer:
        call = await answer.json()
    assert call["captions"][-1] == {
        "n": 1,
        "kind": "say",
        "text": "مرحبا",
        "lang": "ar-XA",
        "dir": "rtl",
        "audio": "",
    }
    assert call["from"] == "Anonymous"
    async with browser.post(f"/practice/calls/{sid}/hang-up", json={}) as answer:
        assert (await answer.json())["state"] == "completed"
    async with browser.post(f"/practice/calls/{sid}/keys", json={"digits": "1"}) as answer:
        assert answer.status == 409


async def test_a_called_phone_appears_and_is_answered(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest, browser: aiohttp.ClientSession
) -> None:
    helpline.says("/adult", "<Say>Hello</Say><Pause length='600'/>")
    url = f"{helpline.url}/adult"
    created = await rest(lambda client: client.calls.create(to=COUNSELLOR, from_=LINE, url=url))
    incoming = await carrier.phone(COUNSELLOR).rings()
    async with browser.get("/practice/state") as answer:
        (shown,) = (await answer.json())["calls"]
    assert (shown["phone"], shown["state"], shown["direction"]) == (COUNSELLOR, "ringing", "in")
    async with browser.post(f"/practice/calls/{created.sid}/answer", json={}) as answer:
        assert answer.status == 200
    await incoming.hears("hello")


async def test_the_page_is_told_of_every_change(
    helpline: HelplineSide, carrier: PracticeCarrier, browser: aiohttp.ClientSession
) -> None:
    helpline.says("/voice", "<Say>Good morning</Say><Pause length='600'/>")

    async def picture(answer: aiohttp.ClientResponse) -> dict[str, Any]:
        while not (line := await answer.content.readline()).startswith(b"data: "):
            assert line
        state: dict[str, Any] = json.loads(line[6:])
        return state

    async with asyncio.timeout(5), browser.get("/practice/events") as answer:
        assert (await picture(answer))["calls"] == []
        await carrier.phone(CHILD).dial("116")
        while True:
            calls = (await picture(answer))["calls"]
            if calls and [caption["text"] for caption in calls[0]["captions"]] == ["Good morning"]:
                break


async def test_a_text_is_written_over_http_and_its_fate_is_shown(helpline: HelplineSide, open_carrier: Opener) -> None:
    carrier = await open_carrier(message_url=f"{helpline.url}/text")
    helpline.says("/text", "<Message>እዚህ ነን</Message>")
    async with aiohttp.ClientSession(carrier.url) as browser:
        for to in (LINE, f"whatsapp:{LINE}"):
            async with browser.post("/practice/texts", json={"from": CHILD, "to": to, "body": "ሰላም"}) as answer:
                assert answer.status == 201
        await carrier.switch.bell.until(
            lambda: [text.state for text in carrier.phone(CHILD).thread if not text.sent] == ["delivered", "read"], 5
        )
        helpline.says("/text", web.Response(status=500))
        async with browser.post("/practice/texts", json={"from": CHILD, "to": "116", "body": "hello?"}) as answer:
            (*_, lost) = (await answer.json())["texts"]
        async with browser.get("/practice/state") as answer:
            (phone,) = (await answer.json())["phones"]
    assert lost["state"] == "lost"
    shown = [(text["channel"], text["sent"], text["body"], text["state"]) for text in phone["texts"]]
    assert sorted(shown[:-1]) == [
        ("sms", False, "እዚህ ነን", "delivered"),
        ("sms", True, "ሰላም", "taken"),
        ("whatsapp", False, "እዚህ ነን", "read"),
        ("whatsapp", True, "ሰላም", "taken"),
    ]
    assert [error.code for error in carrier.errors] == [11200]


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/practice/texts", {"from": CHILD, "to": "999", "body": "hi"}, "no such number"),
        ("/practice/texts", {"from": CHILD, "to": "whatsapp:116", "body": "hi"}, "whole number"),
        ("/practice/texts", {"from": CHILD, "to": "116", "body": " "}, "body is required"),
        ("/practice/calls", {"from": CHILD, "to": "999"}, "no such number"),
        ("/practice/calls", {"to": "116"}, "from is required"),
        ("/practice/calls", [], "an object"),
    ],
)
async def test_what_cannot_be_done_is_said(
    carrier: PracticeCarrier, browser: aiohttp.ClientSession, path: str, body: Any, says: str
) -> None:
    async with browser.post(path, json=body) as answer:
        assert answer.status == 400
        assert says in (await answer.json())["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "practice.example"}, 403),
        ({"Host": "127.0.0.1.example:80"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({}, 201),
    ],
)
async def test_only_this_machine_and_this_page_may_use_the_phones(
    helpline: HelplineSide,
    carrier: PracticeCarrier,
    browser: aiohttp.ClientSession,
    headers: dict[str, str],
    status: int,
) -> None:
    body = json.dumps({"from": CHILD, "to": "116"})
    sent = {"Content-Type": "application/json", **headers}
    async with browser.post("/practice/calls", data=body, headers=sent) as answer:
        assert answer.status == status


def test_another_address_than_loopback_is_refused() -> None:
    with pytest.raises(ValueError, match="loopback"):
        PracticeCarrier(account_sid="AC1", auth_token="t", numbers=["116"], host="0.0.0.0")


async def test_the_page_and_its_files_come_from_here_alone(
    carrier: PracticeCarrier, browser: aiohttp.ClientSession
) -> None:
    async with browser.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = await answer.text()
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert "style=" not in page
    assert "<script>" not in page
    assert "http" not in page
    for name in (
        "phone.js",
        "texts.js",
        "phone.css",
        "handset.svg",
        "noto-sans-ethiopic.woff2",
        "noto-naskh-arabic.woff2",
    ):
        async with browser.get(f"/static/{name}") as answer:
            assert answer.status == 200
    async with browser.get("/static/..%2fcarrier.py") as answer:
        assert answer.status == 404


def test_it_runs_as_a_process_of_its_own_and_imports_nothing_of_ours() -> None:
    script = (
        "import sys, helpline.practice.__main__\n"
        "ours = {'webhooks', 'routing', 'ivr_scripts', 'config', 'twilio', 'sqlalchemy'}\n"
        "assert not ours & {name.partition('.')[0] for name in sys.modules}\n"
        "mine = [n for n in sys.modules if n.startswith('helpline.') and not n.startswith('helpline.practice')]\n"
        "assert mine == [], mine\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root, timeout=60)


async def test_the_command_serves_and_stops_when_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "helpline.practice", "--port", str(port), "--account-sid", "AC1", "--auth-token", "t"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            assert (await process.stdout.readline()).decode().strip() == f"Practice phones: http://127.0.0.1:{port}/"
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        async with asyncio.timeout(10):
            assert await process.wait() == 0
