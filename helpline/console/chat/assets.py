"""The page's own style and scripts, held in memory, squeezed once, under an address that changes with their content."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).resolve().parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
}
_FOREVER = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    squeezed: bytes | None
    content_type: str


class Assets:
    """``console_url`` gives the address of one of the console's static files: the large fonts are shared with it."""

    def __init__(self, console_url: Callable[[str], str]) -> None:
        self._files: dict[str, Asset] = {}
        digest = hashlib.sha256()
        for path in sorted(FOLDER.iterdir()):
            if path.suffix not in _TYPES:
                continue
            content = path.read_bytes()
            if path.suffix == ".css":
                for name in ("noto-sans-ethiopic.woff2", "noto-naskh-arabic.woff2"):
                    content = content.replace(f"vendor/{name}".encode(), console_url(f"vendor/{name}").encode())
            digest.update(path.name.encode() + b"\0" + content)
            self._files[path.name] = _asset(content, path.suffix)
        self.version = digest.hexdigest()[:10]

    def url(self, name: str) -> str:
        if name not in self._files:
            raise KeyError(name)
        return f"/chat/static/{self.version}/{name}"

    def respond(self, request: web.Request, version: str, name: str) -> web.Response:
        file = self._files.get(name)
        if file is None:
            return web.Response(status=404, text="Not found.")
        return _respond(request, file, _FOREVER if version == self.version else "no-cache")

    def embed(self, request: web.Request, data: Mapping[str, object]) -> web.Response:
        """The script for partners' pages, with what it must know: only sites that are named may have the frame."""
        script = self._files["embed.js"].content.replace(b"__DATA__", json.dumps(data).encode())
        response = _respond(request, _asset(script, ".js"), _AN_HOUR)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def _asset(content: bytes, suffix: str) -> Asset:
    squeezed = None if suffix == ".woff2" else gzip.compress(content, 9, mtime=0)
    return Asset(content, squeezed, _TYPES[suffix])


def _respond(request: web.Request, file: Asset, kept: str) -> web.Response:
    headers = {"Content-Type": file.content_type, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if file.squeezed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=file.squeezed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=file.content, headers=headers)
