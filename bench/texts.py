"""A night of texts on one process: stored texts a second, open pages, and a child's page on a slow connection.

The helpline is a process of its own; another holds the pages, which share the processors with what they measure.
"""

import asyncio
import sqlite3
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from bench import chat_page, stored_texts
from bench.deployment import answers, house_of, in_store, new_deployment, process
from bench.load import at_a_rate
from bench.night import Chat, Night, fill
from bench.processor import spent
from bench.rows import Row, percentile, row
from bench.screens import ChildPage, DeskPage, Screens, Stream, open_all
from bench.stored_texts import Served
from bench.text_limits import EVENTS
from helpline.console.chat import tokens

AIM_MS = 150.0
LATE_S = 20.0
SENDERS = 32


@dataclass(frozen=True, slots=True)
class Size:
    """Counsellors (each with four chats), bare streams to compare with, and texts: stored a round, seen, a second."""

    counsellors: int
    bare: int
    rounds: int
    stored: int
    seen: int
    rate: float
    looks: int


WHOLE = Size(500, 1_000, 4, 800, 300, 25.0, 3)
QUICK = Size(3, 20, 1, 40, 12, 20.0, 1)


def run(quick: bool = False) -> list[Row]:
    size = QUICK if quick else WHOLE
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder, ExitStack() as stack:
        deployment = new_deployment(Path(folder) / "ours")
        configuration = deployment.configuration()
        house = house_of(configuration)
        night = in_store(configuration.settings.store_url, lambda tx: fill(tx, house, size.counsellors))
        ours, limit = [
            Served(one, stack.enter_context(process(arguments, one.environment, partial(answers, f"{one.url}/readyz"))))
            for one, arguments in (
                (deployment, ["helpline", "serve"]),
                (new_deployment(Path(folder) / "limit"), ["bench.text_limits"]),
            )
        ]
        rows = stored_texts.run(ours, limit, night.numbers, size.rounds, size.stored)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rows += runner.run(_play(ours, limit, night, size))
        return rows + chat_page.run(deployment.url, night.chats[0].token, size.looks)


async def _play(ours: Served, limit: Served, night: Night, size: Size) -> list[Row]:
    screens = Screens(ours.deployment.port)
    bare = [Stream(limit.deployment.port, EVENTS, "") for _ in range(size.bare)]
    desks = [DeskPage(screens, one) for one in night.desks]
    chats = [ChildPage(screens, one) for one in night.chats]
    bare_kb = await _cost(limit.pid, bare)
    rival = ("a silent stream of aiohttp", bare_kb)
    rows = [
        row(f"memory of an open console, {len(desks):,} open", await _cost(ours.pid, desks), "KB", rival,
            "resident memory gained, over their number; each with five conversations on it"),
        row(f"memory of an open chat, {len(chats):,} more", await _cost(ours.pid, chats), "KB", rival),
    ]  # fmt: skip
    screens.events = screens.fetches = screens.bytes_told = 0
    before = spent(ours.pid)
    keys = await _children_write(ours, night, screens, size)
    after = spent(ours.pid)
    written = _written(ours.deployment.folder / "helpline.db", keys)
    for page in (*bare, *desks, *chats):
        page.close()
    loop_us, threads_us = (
        (after.loop_us - before.loop_us) / size.seen,
        (after.threads_us - before.threads_us) / size.seen,
    )
    alone = ("a text stored, on no page", ours.processor_us)
    said = f"of it the loop {loop_us:.0f}, other threads {threads_us:.0f}; the beats of all pages are in it"
    shown = row("child's text to the screens, processor time", loop_us + threads_us, "us", alone, said)
    return [*rows, *_seen(screens, written, size), shown]


async def _cost(pid: int, pages: list[Stream] | list[DeskPage] | list[ChildPage]) -> float:
    """KB of the server's memory that each of these pages takes once it is open."""
    before = _resident_kb(pid)
    await open_all(pages)
    return max(0.001, (_resident_kb(pid) - before) / len(pages))


def _resident_kb(pid: int) -> float:
    """Not a number where the system does not tell (it is Linux that does)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS:"))) * 1.024


async def _children_write(ours: Served, night: Night, screens: Screens, size: Size) -> list[str]:
    """At a rate, one child after the other; gives the keys of the texts once the last screen has shown the last."""
    keys = [f"bench-{number:08d}" for number in range(size.seen)]
    stride = max(1, len(night.chats) // size.seen) | 1  # not always the same conversation of a counsellor
    chats = [night.chats[number * stride % len(night.chats)] for number in range(size.seen)]
    requests = [_says(ours.deployment.port, chat, key) for chat, key in zip(chats, keys, strict=True)]
    sent = await at_a_rate(ours.deployment.port, requests, size.rate, SENDERS)
    if sent.failed:
        raise RuntimeError(f"{sent.failed} of {size.seen} texts of children were not taken")
    until = time.monotonic() + LATE_S
    while late := [key for key in keys if key not in screens.at_child or key not in screens.at_desk]:
        if time.monotonic() > until:
            raise RuntimeError(f"{len(late)} of {size.seen} texts were not on every screen {LATE_S:g} s after the last")
        await asyncio.sleep(0.02)
    return keys


def _says(port: int, chat: Chat, key: str) -> bytes:
    body = urlencode({"page": tokens.page_token(chat.token), "key": key, "body": f"{key} {stored_texts.BODY}"}).encode()
    head = (
        f"POST /chat/say HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: chat={chat.token}\r\n"
        "Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _written(path: Path, keys: list[str]) -> dict[str, int]:
    """When each text's unit of work began (µs), by its key."""
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as conn:
        found = dict(conn.execute("SELECT client_key, at FROM texts WHERE client_key LIKE 'bench-%'").fetchall())
    conn.close()
    return {key: found[key] for key in keys}


def _seen(screens: Screens, written: dict[str, int], size: Size) -> list[Row]:
    def took(seen: dict[str, int]) -> list[float]:
        return [(seen[key] - at) / 1000 for key, at in written.items()]

    desk, child = took(screens.at_desk), took(screens.at_child)
    last = [max(pair) for pair in zip(desk, child, strict=True)]
    aim = ("aim of p99", AIM_MS)
    many = (
        f"{size.rate:g} texts a second; from the start of the unit of work, its flush included, to the later of the "
        "counsellor's page and the child's own"
    )
    told = (
        f"a text tells its counsellor's page {screens.events / len(written):.1f} events of "
        f"{screens.bytes_told / max(1, screens.events) / 1000:.1f} KB in the mean, and makes it fetch "
        f"{screens.fetches / len(written):.1f} times"
    )
    return [
        row("child's text to the last screen, p50", percentile(last, 50), "ms", aim, many),
        row("child's text to the last screen, p99", percentile(last, 99), "ms", aim),
        row("child's text to the counsellor's screen, p50", percentile(desk, 50), "ms", aim, told),
        row("child's text to its own screen, p50", percentile(child, 50), "ms", aim),
    ]
