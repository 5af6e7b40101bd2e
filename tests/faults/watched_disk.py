"""SQLite's own way to the disk, watched: every write and every flush in its order, so that a power cut can be played.

SQLite writes through a table of functions (a VFS). This one hands everything on to the usual one and notes what was
written, where, and what was flushed. It stands under the very library that the store uses, which must be a shared one.
Only for a process that does nothing else: it becomes the way of all connections that are opened from then on.
"""

import ctypes
import random
import sqlite3
from collections.abc import Callable
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512

Event = tuple[str, str, int, bytes]
"""(what, file or key, place, bytes): write, truncate (place: the size), flush, delete, and told (file: the key)."""


class _Vfs(Structure):
    pass


class _Methods(Structure):
    pass


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


_OPEN = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, POINTER(_File), c_int, c_void_p)
_DELETE = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_CLOSE = ctypes.CFUNCTYPE(c_int, POINTER(_File))
_WRITE = ctypes.CFUNCTYPE(c_int, POINTER(_File), c_void_p, c_int, c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(c_int, POINTER(_File), c_int64)
_SYNC = ctypes.CFUNCTYPE(c_int, POINTER(_File), c_int)

_Vfs._fields_ = [
    ("version", c_int), ("file_size", c_int), ("most_path", c_int), ("next", c_void_p), ("name", c_char_p),
    ("data", c_void_p), ("open", _OPEN), ("delete", _DELETE), ("others", c_void_p * 14),
]  # fmt: skip
_Methods._fields_ = [
    ("version", c_int), ("close", _CLOSE), ("read", c_void_p), ("write", _WRITE), ("truncate", _TRUNCATE),
    ("sync", _SYNC), ("others", c_void_p * 13),
]  # fmt: skip


class NotWatchable(Exception):
    """This Python has SQLite inside it, where nobody can stand under it."""


@dataclass
class WatchedDisk:
    """From `install` on, all that SQLite does to files of this process is in ``events``, in its order."""

    events: list[Event] = field(default_factory=list)
    _files: dict[int, str] = field(default_factory=dict)
    _kept: list[Any] = field(default_factory=list)  # what C holds pointers to
    _methods: dict[int, _Methods] = field(default_factory=dict)

    def told(self, key: str) -> None:
        """Somebody outside was told that this is safe."""
        self.events.append(("told", key, 0, b""))

    def install(self) -> None:
        """Raises `NotWatchable`."""
        library = _library()
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        library.sqlite3_vfs_find.argtypes = [c_char_p]
        library.sqlite3_vfs_register.argtypes = [POINTER(_Vfs), c_int]
        usual = library.sqlite3_vfs_find(None)
        ours = _Vfs()
        ctypes.memmove(ctypes.byref(ours), usual, ctypes.sizeof(_Vfs))
        ours.name = b"watched"
        ours.open = _OPEN(self._opening(usual))
        ours.delete = _DELETE(self._deleting(usual))
        self._kept += [ours, usual]
        if library.sqlite3_vfs_register(ctypes.byref(ours), 1) != 0:
            raise NotWatchable

    def _opening(self, usual: Any) -> Callable[..., int]:
        real = usual.contents.open

        def opened(_: Any, name: bytes | None, file: Any, flags: int, out: Any) -> int:
            result = int(real(ctypes.cast(usual, c_void_p), name, file, flags, out))
            if result == 0 and name is not None and file.contents.methods:
                self._files[ctypes.addressof(file.contents)] = name.decode()
                file.contents.methods = ctypes.pointer(self._watching(file.contents.methods))
            return result

        return opened

    def _deleting(self, usual: Any) -> Callable[..., int]:
        real = usual.contents.delete

        def deleted(_: Any, name: bytes, flush: int) -> int:
            result = int(real(ctypes.cast(usual, c_void_p), name, flush))
            self.events.append(("delete", name.decode(), 0, b""))
            return result

        return deleted

    def _watching(self, usual: Any) -> _Methods:
        place = ctypes.addressof(usual.contents)
        if place in self._methods:
            return self._methods[place]
        real = _Methods()
        ctypes.memmove(ctypes.byref(real), usual, ctypes.sizeof(_Methods))
        ours = _Methods()
        ctypes.memmove(ctypes.byref(ours), usual, ctypes.sizeof(_Methods))
        ours.version = 2  # no file is mapped into memory, where writes would not be seen

        def note(what: str, file: Any, place: int = 0, data: bytes = b"") -> None:
            self.events.append((what, self._files[ctypes.addressof(file.contents)], place, data))

        def write(file: Any, data: int, size: int, place: int) -> int:
            note("write", file, place, ctypes.string_at(data, size))
            return int(real.write(file, data, size, place))

        def truncate(file: Any, size: int) -> int:
            note("truncate", file, size)
            return int(real.truncate(file, size))

        def sync(file: Any, flags: int) -> int:
            result = int(real.sync(file, flags))
            if result == 0:
                note("flush", file)
            return result

        ours.write, ours.truncate, ours.sync = _WRITE(write), _TRUNCATE(truncate), _SYNC(sync)
        self._kept += [real, ours]
        self._methods[place] = ours
        return ours


def _library() -> Any:
    """The library behind the module ``sqlite3`` of this process."""
    sqlite3.connect(":memory:").close()
    maps = Path("/proc/self/maps")
    loaded = {line.split()[-1] for line in maps.read_text().splitlines()} if maps.exists() else set()
    for path in sorted(each for each in loaded if "sqlite3" in each and ".so" in each):
        library = ctypes.CDLL(path)
        if hasattr(library, "sqlite3_vfs_register"):
            return library
    raise NotWatchable


@dataclass
class Platter:
    """What a disk holds: ``flushed`` for certain, and the writes since, each of which may or may not be there."""

    flushed: dict[str, bytearray] = field(default_factory=dict)
    since: dict[str, list[Event]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        what, path, _, _ = event
        if what in ("write", "truncate"):
            self.since.setdefault(path, []).append(event)
        elif what == "flush":
            content = self.flushed.setdefault(path, bytearray())
            for each in self.since.pop(path, []):
                _apply(content, each)
        elif what == "delete":
            self.flushed.pop(path, None)
            self.since.pop(path, None)

    def after_the_cut(self, chance: random.Random, survives: float) -> dict[str, bytes]:
        """The files when the power is back. Each sector that was written and not flushed is there with this chance."""
        found = {path: bytearray(content) for path, content in self.flushed.items()}
        for path, events in self.since.items():
            content = found.setdefault(path, bytearray())
            for what, _, place, data in events:
                if what == "truncate":
                    if chance.random() < survives:
                        _apply(content, (what, path, place, data))
                    continue
                for begin in range(0, len(data), SECTOR):
                    if chance.random() < survives:
                        _apply(content, ("write", path, place + begin, data[begin : begin + SECTOR]))
        return {path: bytes(content) for path, content in found.items()}


def _apply(content: bytearray, event: Event) -> None:
    what, _, place, data = event
    if what == "truncate":
        del content[place:]
        return
    if len(content) < place:
        content.extend(bytes(place - len(content)))
    content[place : place + len(data)] = data
