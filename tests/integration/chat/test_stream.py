"""A child's page hears at once: what it is told, from where on, and when it ends."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.integration.chat.child import Child, answers, child, writes
from tests.town import Town, until


@asynccontextmanager
async def events(one: Child, path: str = "/chat/events", **headers: str) -> AsyncIterator[AsyncIterator[Any]]:
    """(event, data, id) one after another; beats are left out."""
    async with one.http.get(one.here.url + path, headers=headers) as answer:
        assert answer.status == 200 and answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"

        async def each() -> AsyncIterator[Any]:
            event: dict[str, str] = {}
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = value
                elif event:
                    if event.get("event") != "beat":
                        yield event.get("event", ""), json.loads(event["data"]), event.get("id", "")
                    event = {}

        yield each()


async def test_a_page_is_told_what_changes_and_nothing_of_what_adults_say_to_each_other(here: Town) -> None:
    amina = await here.person("demo-amina")
    halima = await child(here)
    await halima.chooses("en")
    async with events(halima) as stream:
        _, first, id = await anext(stream)
        assert first["state"] == "waiting" and [text["who"] for text in first["texts"]] == ["line"]
        assert id == str(first["last"])
        contact = await answers(here, amina)
        told = first
        while told["state"] != "connected":
            _, told, _ = await anext(stream)
        assert told["say"] == "A counsellor is here and reads what you write."
        assert told["texts"] == [], "what was told is not told again"
        await writes(here, contact, "he may be in the room", whisper=True)
        await writes(here, contact, "Hello \ud83d", whisper=False)
        _, told, _ = await anext(stream)
        assert [(text["who"], text["body"]) for text in told["texts"]] == [("worker", "Hello \ud83d")]
        await halima.posts("/chat/say", body="hello")
        _, told, id = await anext(stream)
        key = halima.page.form("/chat/say")["key"]
        assert [(text["who"], text["body"], text["key"]) for text in told["texts"]] == [("child", "hello", key)]
        await amina.post(f"/console/contacts/{contact}/end")
        _, told, _ = await anext(stream)
        assert told["state"] == "ended"
        assert [event async for event in stream] == [], "and that was all"


async def test_a_page_that_lost_its_connection_catches_up_by_number(here: Town) -> None:
    amina = await here.person("demo-amina")
    halima = await child(here)
    await halima.chooses("en")
    contact = await answers(here, amina)
    async with events(halima) as stream:
        _, _, id = await anext(stream)
    for n in range(3):
        await writes(here, contact, f"{n}")
    async with events(halima, "/chat/events?after=0", **{"Last-Event-ID": id}) as stream:
        _, told, _ = await anext(stream)
    assert [text["body"] for text in told["texts"]] == ["0", "1", "2"]
    asked = await halima.look(f"/chat/texts?after={told['last'] - 1}")
    assert [text["body"] for text in json.loads(asked.text)["texts"]] == ["2"]


async def test_leaving_on_one_page_ends_the_others(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    async with events(halima) as stream:
        await anext(stream)
        await halima.posts("/chat/leave")
        assert [event async for event, _, _ in stream] == ["gone"]


async def test_a_page_that_is_gone_is_not_watched_for(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    from helpline.console.routes import CONSOLE

    hub = here.helpline.app[CONSOLE].hub
    before = hub.watching
    async with events(halima) as stream:
        await anext(stream)
        assert hub.watching == before + 1
    for n in range(2):  # it is seen when there is something to tell, at the latest the next beat
        await halima.posts("/chat/say", body="x", key=f"{n:032x}")
    await until(lambda: hub.watching == before, "the stream's end")
