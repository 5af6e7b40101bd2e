"""A child at a browser without JavaScript, and the counsellor who has the conversation."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import aiohttp

from helpline.store import assignments
from helpline.threads import service
from tests.town import Counsellor, Town

_INPUT = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">')
_FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_TEXT = re.compile(r'<li class="([a-z]+)"[^>]*><b>[^<]*</b><p[^>]*>(.*?)</p></li>', re.DOTALL)


@dataclass
class Seen:
    """An answer of the chat."""

    status: int
    text: str
    headers: Any

    def says(self, words: str) -> bool:
        return words in unescape(self.text)

    @property
    def to(self) -> str:
        return str(self.headers.get("Location", ""))

    @property
    def texts(self) -> list[tuple[str, str]]:
        """(who, what) of each text on the page."""
        return [(who, unescape(body)) for who, body in _TEXT.findall(self.text)]

    def form(self, action: str) -> dict[str, str]:
        """What a form of the page carries with it."""
        for address, inside in _FORM.findall(self.text):
            if address == action:
                return {name: unescape(value) for name, value in _INPUT.findall(inside)}
        raise AssertionError(f"there is no form for {action}")


@dataclass
class Child:
    """Follows no redirect by itself, so that a test sees each step."""

    here: Town
    http: aiohttp.ClientSession
    page: Seen = field(default_factory=lambda: Seen(0, "", {}))

    async def look(self, path: str, **headers: str) -> Seen:
        async with self.http.get(self.here.url + path, headers=headers, allow_redirects=False) as answer:
            return Seen(answer.status, (await answer.read()).decode(), answer.headers)

    async def opens(self, path: str = "/chat", **headers: str) -> Seen:
        self.page = await self.look(path, **headers)
        while self.page.status == 303:
            self.page = await self.look(self.page.to)
        return self.page

    async def posts(self, action: str, headers: dict[str, str] | None = None, **more: str) -> Seen:
        """Send a form of the page that is open, as it is."""
        data = {**self.page.form(action), **more}
        return await self.sends(action, data, **(headers or {}))

    async def sends(self, action: str, data: Any, **headers: str) -> Seen:
        where = self.here.url + action
        async with self.http.post(where, data=data, headers=headers, allow_redirects=False) as answer:
            return Seen(answer.status, (await answer.read()).decode(), answer.headers)

    async def chooses(self, language: str) -> Seen:
        """From the first page into the conversation."""
        await self.opens()
        seen = await self.posts("/chat", language=language)
        assert (seen.status, seen.to) == (303, "/chat/talk"), seen.text
        return await self.opens("/chat/talk")

    async def says(self, body: str) -> Seen:
        seen = await self.posts("/chat/say", body=body)
        assert (seen.status, seen.to) == (303, "/chat/talk"), seen.text
        return await self.opens("/chat/talk")

    @property
    def cookie(self) -> str:
        return next((each.value for each in self.http.cookie_jar if each.key == "chat"), "")


async def child(here: Town) -> Child:
    """Somebody with a browser of their own."""
    jar = aiohttp.CookieJar(unsafe=True)
    http = await here.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
    return Child(here, http)


async def answers(here: Town, counsellor: Counsellor) -> str:
    """The counsellor takes the offer; gives the contact's id."""
    offer = await counsellor.accepts()
    await here.becomes("connected")
    return str(offer["contact"])


async def writes(here: Town, contact: str, body: str, *, whisper: bool = False) -> None:
    """The counsellor who has the contact writes to the child, or to the other adults."""
    store, house = here.helpline.store, here.helpline.house
    live = await store.read(lambda tx: assignments.live_of_contact(tx, contact))
    write = service.whisper if whisper else service.say
    await store.write(lambda tx: write(tx, house, contact, live[0].worker_id, body))
