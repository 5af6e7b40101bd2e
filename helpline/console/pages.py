"""Renders templates in the reader's language."""

from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket

from helpline.console import words
from helpline.console.static_files import StaticFiles
from helpline.console.wording import Wording, Wordings

if TYPE_CHECKING:
    from helpline.console.context import Console

_HERE = Path(__file__).resolve().parent
_SURFACES = (
    "start",
    "counsellor",
    "supervisor",
    "referrals",
    "link",
    "coordinator",
    "requester",
    "protection",
    "interpreter",
)
_FOLDERS = [_HERE / "templates", *(_HERE / name / "templates" for name in _SURFACES)]


class Reader(Protocol):
    """Who reads a page: a visit of somebody who works here, or of an officer."""

    @property
    def console(self) -> "Console": ...
    @property
    def wording(self) -> Wording: ...
    @property
    def who(self) -> object: ...
    @property
    def takes_gzip(self) -> bool: ...
    def may(self, permission: str) -> bool: ...


class Compiled(BytecodeCache):
    """Templates as they were compiled, in memory: what is compiled for one language serves all."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = Compiled()


class Pages:
    """The templates of every surface, once for each language."""

    def __init__(self, wordings: Wordings, static: StaticFiles) -> None:
        self.wordings = wordings
        self.static = static
        self._environments = {code: self._environment(wordings.of(code)) for code in wordings.codes}

    def _environment(self, wording: Wording) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(_FOLDERS),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        environment.install_gettext_translations(wording.catalogue, newstyle=True)  # type: ignore[attr-defined]
        environment.filters["wait"] = wording.wait
        environment.filters["moment"] = wording.at
        environment.filters["clock"] = wording.time
        environment.globals.update(wording=wording, static=self.static.url, words=words.Words(wording))
        return environment

    def render(self, visit: Reader, template: str, values: dict[str, Any]) -> str:
        console = visit.console
        return (
            self._environments[visit.wording.code]
            .get_template(template)
            .render(
                **values,
                visit=visit,
                me=visit.who,
                may=visit.may,
                languages=console.house.directory.languages,
                demonstration=console.demonstration,
                now=console.clock.now(),
                locales=self.wordings.offered,
            )
        )

    def respond(self, visit: Reader, template: str, values: dict[str, Any], status: int) -> web.Response:
        text = self.render(visit, template, values)
        # A half of a pair may stand in what somebody typed, and cannot be sent as it is.
        body = text.encode("utf-8", "replace")
        response = web.Response(body=body, content_type="text/html", charset="utf-8", status=status)
        if visit.takes_gzip:  # no page repeats what an address says, and our cookies go with no other site's requests
            response.enable_compression(web.ContentCoding.gzip)
        return response
