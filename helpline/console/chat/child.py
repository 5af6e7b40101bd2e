"""One request of a child's page, and the chat as it is composed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from multidict import MultiDict, MultiDictProxy

from config.lines import Line
from config.numbers import is_number
from helpline.console.chat import tokens
from helpline.console.chat.assets import Assets
from helpline.console.chat.limits import Limits
from helpline.console.chat.tokens import Tickets
from helpline.console.chat.words import Wordbook, Words, load_words
from helpline.console.pages import Compiled
from helpline.errors import Invalid
from helpline.store.db import Tx, Unit
from helpline.threads.visits import VisitView

if TYPE_CHECKING:
    from helpline.console.context import Console
    from helpline.house import House

T = TypeVar("T")
_COMPILED = Compiled()


@dataclass(frozen=True, slots=True)
class Chat:
    """What all pages share."""

    words: Wordbook
    assets: Assets
    limits: Limits
    tickets: Tickets
    templates: Environment
    lines: Mapping[str, Line]  # those that have a chat

    def line(self, id: str) -> Line:
        """The line that a page asks for, or the first. Raises Invalid ("no_chat") when no line has a chat."""
        if not self.lines:
            raise Invalid("no_chat", "No line has a chat.")
        return self.lines.get(id) or next(iter(self.lines.values()))

    @property
    def origins(self) -> tuple[str, ...]:
        """Every site that may frame any line's chat."""
        return tuple(dict.fromkeys(origin for line in self.lines.values() for origin in line.chat_origins))


def chat_of(console: "Console") -> Chat:
    """Raises Invalid when the words or the templates cannot be read."""
    drafts = console.demonstration or console.settings.allow_draft_prompts
    assets = Assets(console.pages.static.url)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )
    templates.globals.update(static=assets.url, demonstration=console.demonstration)
    lines = {id: line for id, line in console.house.directory.lines.items() if line.chat}
    words = Wordbook(load_words(), drafts=drafts)
    limits = Limits(lambda: secrets.token_bytes(32), console.counts)
    tickets = Tickets(console.settings.hash_key.get_secret_value().encode())
    return Chat(words, assets, limits, tickets, templates, lines)


@dataclass(frozen=True, slots=True)
class Child:
    """``line`` and ``words`` are the conversation's own once it was looked at (`at`)."""

    request: web.Request
    console: "Console"
    chat: Chat
    line: Line
    words: Words
    token: str | None
    form: MultiDictProxy[str] = field(default_factory=lambda: MultiDictProxy(MultiDict()))

    @property
    def house(self) -> "House":
        return self.console.house

    @property
    def now(self) -> int:
        return self.console.clock.now()

    @property
    def secure(self) -> bool:
        return self.console.secure

    @property
    def framed(self) -> bool:
        """Whether the page stands in a frame, as far as the browser or our own button says so."""
        asked = self.form.get("framed") or self.request.query.get("framed") or ""
        frames = self.request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame")
        return bool(asked) or frames or (self.token or "").startswith("f")

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("Accept", "")

    async def read(self, query: Unit[T]) -> T:
        return await self.console.store.read(query)

    async def write(self, unit: Unit[T]) -> T:
        return await self.console.store.write(unit)

    def at(self, view: VisitView) -> "Child":
        """The same in the conversation's line and language."""
        line = self.house.line(view.line)
        language = view.language or self.words.language
        return replace(self, line=line, words=self.chat.words.of(language, line.own_language))

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        text = self.chat.templates.get_template(template).render(
            **values, words=self.words, say=self.words.say, line=self.line, framed=self.framed, number=self._number()
        )
        # A half of a pair may stand in what somebody typed, and cannot be sent as it is.
        response = web.Response(
            body=text.encode("utf-8", "replace"), status=status, content_type="text/html", charset="utf-8"
        )
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            response.enable_compression(web.ContentCoding.gzip)
        return response

    def go(self, path: str) -> web.Response:
        """Send a browser on after a POST."""
        return web.Response(status=303, headers={"Location": path})

    def _number(self) -> str:
        """What a child can dial, if it can be written in digits."""
        return next((each for each in self.line.addresses if is_number(each)), "")


def unit_of(work: Any, house: "House", *given: Any) -> Any:
    """A unit of work from a service's function."""

    def unit(tx: Tx) -> Any:
        return work(tx, house, *given)

    return unit


def hashed(child: Child) -> str:
    """What the store knows this page's conversation by; of a page without a token, nothing that it knows."""
    return tokens.visit_hash(child.token or "")
