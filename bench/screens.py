"""Open pages without eyes. A counsellor's hears of a text by its stream of events and fetches it, as the desk's script
does; a child's hears its own text in its stream."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from bench.night import Chat, Desk
from helpline.clock import SystemClock

OPENED_AT_ONCE = 40
SETTLES_S = 1.0
WITHIN_S = 60.0
_KEY = re.compile(rb"bench-[0-9]{8}")


@dataclass(slots=True)
class Screens:
    """What all pages saw: when each text was seen where (µs), by its key; and what the counsellors' were told."""

    port: int
    clock: SystemClock = field(default_factory=SystemClock)
    at_desk: dict[str, int] = field(default_factory=dict)
    at_child: dict[str, int] = field(default_factory=dict)
    events: int = 0
    fetches: int = 0
    bytes_told: int = 0


class Stream(asyncio.Protocol):
    """A stream of server-sent events. ``begun`` is set by the first."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.port = port
        self.begun = asyncio.Event()
        self._asks = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None
        self._ends = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class
        transport.write(self._asks)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        *events, self._buffer = (self._buffer + data).split(b"\n\n")
        for event in events:
            at = event.rfind(b"data: ")
            if at >= 0:
                named = event.rfind(b"event: ", 0, at)
                name = event[named + 7 :].split(b"\n", 1)[0].decode() if named >= 0 else ""
                self.begun.set()
                self.heard(name, event[at + 6 :])

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ends:
            raise RuntimeError(f"a stream has ended: {self._buffer[:60]!r}")

    def close(self) -> None:
        self._ends = True
        if self._transport is not None:
            self._transport.close()

    def heard(self, name: str, data: bytes) -> None:
        """An event came."""


class ChildPage(Stream):
    """A child's page, which shows its own text once the line has it."""

    def __init__(self, screens: Screens, chat: Chat) -> None:
        super().__init__(screens.port, "/chat/events", f"chat={chat.token}")
        self._screens = screens

    def heard(self, name: str, data: bytes) -> None:
        now = self._screens.clock.now()
        for key in _KEY.findall(data):
            self._screens.at_child.setdefault(key.decode(), now)


class DeskPage(Stream):
    """A counsellor's page, on which every conversation has been opened, and the first of them is shown."""

    def __init__(self, screens: Screens, desk: Desk) -> None:
        super().__init__(screens.port, "/console/events", f"helpline={desk.token}")
        self._screens = screens
        self._desk = desk
        self._last = dict.fromkeys(desk.chats, 0)
        self._again: dict[str, bool] = {}
        self._http: Requests | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def heard(self, name: str, data: bytes) -> None:
        screens = self._screens
        screens.events += 1
        screens.bytes_told += len(data)
        if name == "text":
            self._catch_up(json.loads(data)["contact"])
        elif name == "desk":
            for one in json.loads(data)["conversations"]:
                if one["latest_seq"] > self._last.get(one["contact"], one["latest_seq"]):
                    self._catch_up(one["contact"])

    def _catch_up(self, contact: str) -> None:
        """One look at a time; what comes meanwhile makes it look again."""
        if contact not in self._last:
            return
        if contact in self._again:
            self._again[contact] = True
            return
        self._again[contact] = False
        task = asyncio.create_task(self._look(contact))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look(self, contact: str) -> None:
        screens = self._screens
        if self._http is None:
            loop = asyncio.get_running_loop()
            self._http = (await loop.create_connection(Requests, "127.0.0.1", self.port))[1]
        seen = "&seen=1" if contact == self._desk.chats[0] else ""
        screens.fetches += 1
        answer = await self._http.get(
            f"/console/contacts/{contact}/texts?after={self._last[contact]}{seen}",
            f"Host: 127.0.0.1:{self.port}\r\nCookie: helpline={self._desk.token}\r\nHX-Request: true\r\n",
        )
        now = screens.clock.now()
        for key in _KEY.findall(answer):
            screens.at_desk.setdefault(key.decode(), now)
        numbers = [int(number) for number in re.findall(rb'data-seq="([0-9]+)"', answer)]
        self._last[contact] = max([self._last[contact], *numbers])
        if self._again.pop(contact):
            self._catch_up(contact)


class Requests(asyncio.Protocol):
    """One connection that stays open, for one request after the other."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None
        self._turn = asyncio.Lock()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class

    async def get(self, path: str, headers: str) -> bytes:
        """The body of an answer of 200; empty for another."""
        assert self._transport is not None
        async with self._turn:
            self._answer = asyncio.get_running_loop().create_future()
            self._transport.write(f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode())
            return await self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, ended, rest = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: ([0-9]+)", head)
        if not ended or length is None or len(rest) < int(length[1]) or self._answer is None:
            return
        self._buffer = b""
        self._answer.set_result(rest if head.startswith(b"HTTP/1.1 200") else b"")


async def open_all(pages: Sequence[Stream]) -> None:
    """All of them, some at once; each has heard its first event."""
    loop = asyncio.get_running_loop()
    left = iter(pages)

    async def some() -> None:
        for page in left:
            await loop.create_connection(partial(_itself, page), "127.0.0.1", page.port)
            await page.begun.wait()

    try:
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(*(some() for _ in range(OPENED_AT_ONCE)))
    except TimeoutError:
        opened = sum(page.begun.is_set() for page in pages)
        raise RuntimeError(f"{opened} of {len(pages)} pages heard something within {WITHIN_S:g} s") from None
    await asyncio.sleep(SETTLES_S)


def _itself(page: Stream) -> Stream:
    return page
