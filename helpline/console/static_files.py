"""Styles and scripts, served by us under an address that changes with what is in them."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).resolve().parent / "static"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """``packed`` by gzip, where that makes it smaller."""

    content: bytes
    content_type: str
    packed: bytes | None


class StaticFiles:
    """All files of the folder, held in memory: they are small and few."""

    def __init__(self, folder: Path = FOLDER) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.suffix in _TYPES)
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(name.encode() + b"\0" + file.content)
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """Scripts find each other relative to it, so the version is a folder."""
        if name not in self._files:
            raise KeyError(name)
        return f"/console/static/{self.version}/{name}"

    def respond(self, version: str, name: str, *, packed: bool = False) -> web.Response:
        """The file, ``packed`` for who can unpack it; a browser keeps it for good if it asked for our version."""
        file = self._files.get(name)
        if file is None:
            return web.Response(status=404, text="Not found.")
        kept = "public, max-age=31536000, immutable" if version == self.version else "no-cache"
        headers = {"Content-Type": file.content_type, "Cache-Control": kept, "Vary": "Accept-Encoding"}
        if packed and file.packed is not None:
            return web.Response(body=file.packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=file.content, headers=headers)


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0) if path.suffix != ".woff2" else content
    return StaticFile(content, _TYPES[path.suffix], packed if len(packed) < len(content) else None)
