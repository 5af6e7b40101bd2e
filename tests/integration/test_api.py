"""Machines of institutions ask for interpreters: what is described is what is served, and nobody sees another's."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from helpline.interpreting import institutions, tokens
from helpline.interpreting.institutions import Written
from helpline.store.db import Tx
from tests.town import Town, town

TOKEN, OTHERS = "hli_" + "a" * 43, "hli_" + "b" * 43
ASKED = {"languages": ["ti"], "purpose": "welfare", "girls": 2, "boys": 3, "call_to": "+260211000001"}


async def has_institution(here: Town, number: str, name: str, token: str) -> str:
    house = here.helpline.house
    written = Written(name=name, kind="court", number=number, timezone="Africa/Lusaka", may=("request", "book"))

    def unit(tx: Tx) -> str:
        id = institutions.add(tx, house, "system", written, random.Random(1))
        tokens.new(tx, "system", id, "their system", token)
        return id

    return await here.helpline.store.write(unit)


@dataclass
class Machine:
    """The system of an institution."""

    here: Town
    http: aiohttp.ClientSession
    token: str = TOKEN

    async def asks(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        async with self.http.request(method, self.here.url + path, json=body, headers=sent) as answer:
            return answer.status, await answer.json()


ROOT = "/api/v1/interpreter-requests"


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    async with town(tmp_path) as here, aiohttp.ClientSession() as http:
        await has_institution(here, "7001", "Demonstration Registry", TOKEN)
        await has_institution(here, "7002", "Demonstration Prison", OTHERS)
        yield Machine(here, http)


async def test_a_request_is_made_once_for_a_key_and_followed(machine: Machine) -> None:
    status, first = await machine.asks("POST", ROOT, ASKED, **{"Idempotency-Key": "case-17"})
    assert (status, first["state"], first["girls"], first["boys"]) == (201, "waits", 2, 3)
    status, again = await machine.asks("POST", ROOT, ASKED, **{"Idempotency-Key": "case-17"})
    assert (status, again["id"]) == (201, first["id"])
    status, refused = await machine.asks("POST", ROOT, {**ASKED, "girls": 9}, **{"Idempotency-Key": "case-17"})
    assert (status, refused["error"]["code"]) == (409, "key_reused")
    status, listed = await machine.asks("GET", ROOT)
    assert [one["id"] for one in listed["requests"]] == [first["id"]]
    status, gone = await machine.asks("DELETE", f"{ROOT}/{first['id']}")
    assert (status, gone["state"]) == (200, "cancelled")


async def test_the_token_of_another_institution_sees_nothing(machine: Machine) -> None:
    _, mine = await machine.asks("POST", ROOT, ASKED)
    other = Machine(machine.here, machine.http, OTHERS)
    for method, path in (("GET", ""), ("DELETE", "")):
        status, refused = await other.asks(method, f"{ROOT}/{mine['id']}{path}")
        assert (status, refused["error"]["code"]) == (404, "request_unknown")
    status, linked = await other.asks("POST", ROOT, {**ASKED, "same_as": mine["id"]})
    assert (status, linked["error"]["code"]) == (404, "request_unknown")
    nobody = Machine(machine.here, machine.http, "hli_nobody")
    assert (await nobody.asks("GET", ROOT))[0] == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"languages": ["xx"]}, "languages"),
        ({"languages": ["ti", "ti"]}, "languages"),
        ({"purpose": "chat"}, "purpose"),
        ({"girls": -1}, "girls"),
        ({"boys": "three"}, "boys"),
        ({"call_to": "call me"}, "call_to"),
        ({"child": "a name"}, "child"),
        ({"gender_wish": "either"}, "gender_wish"),
        ({"dialect": "Mary Banda"}, "dialect"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_written(
    machine: Machine, change: dict[str, Any], field: str
) -> None:
    status, refused = await machine.asks("POST", ROOT, {**ASKED, **change})
    assert status == 400
    assert next(iter(refused["error"]["fields"])).partition(".")[0] == field
    assert (await machine.asks("GET", ROOT))[1] == {"requests": []}


async def test_it_is_asked_how_many_children_there_are(machine: Machine) -> None:
    for detained in (True, False):
        status, refused = await machine.asks("POST", ROOT, {**ASKED, "detained": detained, "girls": 0, "boys": 0})
        assert (status, refused["error"]["fields"]) == (409, dict.fromkeys(("girls", "boys"), "children_missing"))
    assert (await machine.asks("GET", ROOT))[1] == {"requests": []}


async def test_an_officer_gets_an_interpreter_by_a_machine(machine: Machine) -> None:
    here = machine.here
    selam = await here.person("demo-selam")
    _, made = await machine.asks("POST", ROOT, ASKED)
    offer = await selam.accepts()
    assert offer["kind"] == "request"
    await selam.picks_up()
    officer = await here.carrier.phone("+260211000001").rings(10)
    await officer.answer()
    await officer.hears("press 1")
    await officer.press("1")
    await officer.in_conference()
    await here.becomes("connected")
    status, now = await machine.asks("GET", f"{ROOT}/{made['id']}")
    assert (status, now["state"], now["conversations"][0]["language"]) == (200, "connected", "ti")
    await officer.hang_up()
    await here.becomes("closed")
    _, over = await machine.asks("GET", f"{ROOT}/{made['id']}")
    assert (over["state"], over["outcome"]) == ("done", "served")


# What is described


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """A helpline in a loop of its own, for a client that blocks."""
    started: Future[str] = Future()
    stop = Event()

    async def serve() -> None:
        async with town(tmp_path) as here:
            await has_institution(here, "7001", "Demonstration Registry", TOKEN)
            started.set_result(here.url)
            await asyncio.to_thread(stop.wait)

    thread = Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    yield started.result(30)
    stop.set()
    thread.join(30)


def test_the_document_matches_what_the_server_does(served: str) -> None:
    schema = schemathesis.openapi.from_url(f"{served}/api/openapi.json")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    seen = set()
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        seen.add(operation.label)

        @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            case.call_and_validate(headers=headers)

        holds()
    assert len(seen) == 8
