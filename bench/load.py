"""A load of HTTP requests that were written beforehand, over connections that stay open.

The generator shares the machine with what it measures, so it does next to nothing: bytes out, and as many answers
counted as came back.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loaded:
    """Requests answered a second, how long each took (s), and how many were not answered with 200."""

    rate: float
    times: tuple[float, ...]
    failed: int


class _Connection(asyncio.Protocol):
    """One request at a time; an answer is whole when its Content-Length is there."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._buffer = b""
        self._answered: asyncio.Future[bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class

    def send(self, request: bytes) -> "asyncio.Future[bool]":
        """True for an answer of 200."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = self._buffer[end + 4 + length :]
        self._end(head.startswith(b"http/1.1 200"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(False)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _end(self, well: bool) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(well)


async def _connections(port: int, count: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(_Connection, "127.0.0.1", port))[1] for _ in range(count)]


async def as_fast_as_it_goes(port: int, requests: Sequence[bytes], connections: int) -> Loaded:
    """Each connection sends its next request when the one before was answered."""
    opened = await _connections(port, connections)
    left = deque(requests)
    times: list[float] = []
    failed = 0

    async def talk(connection: _Connection) -> None:
        nonlocal failed
        while left:
            began = time.perf_counter()
            failed += not await connection.send(left.popleft())
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(talk(one) for one in opened))
    took = time.perf_counter() - began
    for one in opened:
        one.close()
    return Loaded(len(requests) / took, tuple(times), failed)


async def at_a_rate(port: int, requests: Sequence[bytes], rate: float, connections: int) -> Loaded:
    """So many requests a second, whatever the answers: each is timed from when it was due, so that no wait is lost."""
    idle = deque(await _connections(port, connections))
    freed = asyncio.Semaphore(connections)
    times: list[float] = []
    failed = 0

    async def talk(request: bytes, due: float) -> None:
        nonlocal failed
        async with freed:
            connection = idle.popleft()
            failed += not await connection.send(request)
            idle.append(connection)
        times.append(time.perf_counter() - due)

    began = time.perf_counter()
    under_way: list[asyncio.Task[None]] = []
    for number, request in enumerate(requests):
        due = began + number / rate
        pause = due - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        under_way.append(asyncio.create_task(talk(request, due)))
    await asyncio.gather(*under_way)
    took = time.perf_counter() - began
    for one in idle:
        one.close()
    return Loaded(len(requests) / took, tuple(times), failed)
