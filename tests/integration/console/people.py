"""People at the console, and what a test asks of a page."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import aiohttp

from helpline.store.db import Tx
from helpline.store.tables import audit
from tests.town import Counsellor, Town


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer of the console."""

    status: int
    text: str
    headers: Any

    def says(self, words: str) -> bool:
        return words in unescape(self.text)

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


async def look(person: Counsellor, path: str, /, **headers: str) -> Seen:
    """Open a page without being led on."""
    async with person.http.get(person.town.url + path, headers=headers, allow_redirects=False) as answer:
        return Seen(answer.status, await answer.text(), answer.headers)


async def send(person: Counsellor, path: str, form: dict[str, str] | None = None, /, **headers: str) -> Seen:
    """Post a form as a browser does, with the page's token."""
    data = {"csrf": person.csrf, **(form or {})}
    async with person.http.post(person.town.url + path, data=data, headers=headers, allow_redirects=False) as answer:
        return Seen(answer.status, await answer.text(), answer.headers)


async def nobody(town: Town) -> Counsellor:
    """Somebody who has not signed in."""
    http = await town.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
    return Counsellor(town, "", http, town.carrier.phone("+260950000099"))


async def a_somali_child_calls(town: Town, number: str = "+260971234567") -> Any:
    """Up to the moment at which the child waits."""
    child = await town.child(number)
    call = await child.dial("116")
    await call.hears("For English")
    await call.press("9")
    await call.hears("Soomaali")
    await call.press("3")
    await call.hears("Qof ayaa imanaya")
    return call


async def a_conversation(town: Town, counsellor: Counsellor) -> str:
    """A Somali child and this counsellor talk; gives the contact's id."""
    await a_somali_child_calls(town)
    await counsellor.accepts()
    await counsellor.picks_up()
    return str((await counsellor.is_with("connected"))["contact"])


async def acts(town: Town, contact: str | None = None) -> list[str]:
    """The actions in the audit, in order."""

    def query(tx: Tx) -> list[str]:
        wanted = audit.select().order_by(audit.c.seq)
        if contact is not None:
            wanted = wanted.where(audit.c.contact_id == contact)
        return [row.action for row in tx.execute(wanted)]

    return await town.helpline.store.read(query)


@asynccontextmanager
async def events(
    person: Counsellor, /, **headers: str
) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any], str]]]:
    """The page's stream: (event, data, id) one after another."""
    async with person.http.get(person.town.url + "/console/events", headers=headers) as answer:
        assert answer.status == 200 and answer.content_type == "text/event-stream"

        async def each() -> AsyncIterator[tuple[str, dict[str, Any], str]]:
            event: dict[str, str] = {}
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = value
                elif event:
                    yield event["event"], json.loads(event["data"]), event.get("id", "")
                    event = {}

        yield each()
