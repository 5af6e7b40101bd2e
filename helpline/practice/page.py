"""The practice phone page: a child's phone, and beside it the phones that the helpline calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import jinja2
from aiohttp import web

from helpline.practice.phones import ANSWERS

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FILES = ("phone.css", "phone.js", "texts.js", "handset.svg", "noto-sans-ethiopic.woff2", "noto-naskh-arabic.woff2")
_TYPES = {"woff2": "font/woff2", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

DEMONSTRATION_NUMBERS = ("+260971234567", "+260961112223", "+260951234500")
"""Invented callers for practice."""
ANSWER_WORDS = {
    "manual": "by hand",
    "person": "a person, after 2 s",
    "machine": "an answering machine",
    "never": "nobody",
    "busy": "busy",
    "rejects": "refuses",
    "unreachable": "out of reach",
}
KEYS = (
    ("1", ""),
    ("2", "abc"),
    ("3", "def"),
    ("4", "ghi"),
    ("5", "jkl"),
    ("6", "mno"),
    ("7", "pqrs"),
    ("8", "tuv"),
    ("9", "wxyz"),
    ("*", ""),
    ("0", "+"),
    ("#", ""),
)


class Page:
    """The page and its files."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._home = files("helpline.practice")
        environment = jinja2.Environment(
            loader=jinja2.FunctionLoader(lambda name: (self._home / "templates" / name).read_text("utf-8")),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        self._template = environment.get_template("phone.html")
        self._static = {name: (self._home / "static" / name).read_bytes() for name in _FILES}

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self.show)
        app.router.add_get("/static/{name}", self.file)
        app.router.add_get("/favicon.ico", self.icon)

    async def show(self, request: web.Request) -> web.Response:
        """The page."""
        text = self._template.render(
            lines=self._switch.line.numbers,
            writable=[line for line in self._switch.line.numbers if ":" not in line],
            callers=DEMONSTRATION_NUMBERS,
            answers=[(word, ANSWER_WORDS[word]) for word in ANSWERS],
            keys=KEYS,
        )
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def file(self, request: web.Request) -> web.Response:
        """A static file."""
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound
        kind = _TYPES[name.rpartition(".")[2]]
        return web.Response(
            body=self._static[name],
            content_type=kind,
            charset="utf-8",
            headers=_HEADERS,
        )

    async def icon(self, request: web.Request) -> web.Response:
        """The icon, where browsers look for it by themselves."""
        return web.Response(
            body=self._static["handset.svg"],
            content_type="image/svg+xml",
            headers=_HEADERS,
        )
