"""The child's page: its weight, and how soon it can be used at 50 kbit/s with 600 ms of delay.

A real browser is asked for the time; without one the row says that nothing was measured.
"""

import asyncio
import gzip
import re
import urllib.request
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.rows import Row, middle, row

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
MOST_KB = 12.0
MOST_S = 3.0
BITS_PER_S = 50_000
DELAY_MS = 600
_LINKED = re.compile(r'(?:href|src)="(/chat/static/[^"]+\.(?:css|js))"')
_TIMES = """() => {
  const load = performance.getEntriesByType("navigation")[0];
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  return [painted ? painted.startTime : load.domContentLoadedEventEnd, load.domContentLoadedEventEnd];
}"""


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    url: str
    token: str

    def weight_kb(self) -> tuple[float, str]:
        """Bodies as they travel, in KB of 1,000 bytes, and of what they are the sum."""
        html = self._got(self.url)
        linked = dict.fromkeys(_LINKED.findall(gzip.decompress(html).decode()))
        parts = {"html": len(html)}
        for path in linked:
            kind = path.rpartition(".")[2]
            parts[kind] = parts.get(kind, 0) + len(self._got(path))
        said = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in parts.items())
        return sum(parts.values()) / 1000, f"{said}; compressed, without fonts"

    def _got(self, path: str) -> bytes:
        url = path if "://" in path else f"{urlsplit(self.url).scheme}://{urlsplit(self.url).netloc}{path}"
        asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", "Cookie": f"chat={self.token}"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            if answer.headers["Content-Encoding"] != "gzip":
                raise RuntimeError("the page is not compressed")
            return bytes(answer.read())


def run(url: str, token: str, looks: int) -> list[Row]:
    """``token`` is of a conversation that is under way."""
    pages = [Page("first page", f"{url}/chat", ""), Page("conversation", f"{url}/chat/talk", token)]
    weights = [(page, *page.weight_kb()) for page in pages]
    rows = [row(f"chat, {page.name}, weight", kb, "KB", ("limit", MOST_KB), said) for page, kb, said in weights]
    try:
        times = asyncio.run(_times(pages, looks))
    except _NoBrowserError as problem:
        rows += [row(f"chat, {page.name}, usable at 50 kbit/s", 0, "s", ("limit", MOST_S), f"not measured: {problem}")
                 for page in pages]  # fmt: skip
        return rows
    for page, (painted, ready) in zip(pages, times, strict=True):
        note = (
            f"painted, and works as plain forms; with its script after {ready:.1f} s. {DELAY_MS} ms are added to each "
            "request by the browser, not to the handshakes of a first connection (with TLS some 1.2 to 1.8 s more)"
        )
        rows.append(row(f"chat, {page.name}, usable at 50 kbit/s", painted, "s", ("limit", MOST_S), note))
    return rows


class _NoBrowserError(Exception):
    """There is nothing to measure with."""


async def _times(pages: list[Page], looks: int) -> list[tuple[float, float]]:
    """Seconds to the first paint and until the script is ready, for each page; medians."""
    try:
        playwright_api = import_module("playwright.async_api")
    except ImportError:
        raise _NoBrowserError("playwright is not installed") from None
    if not CHROMIUM.exists():
        raise _NoBrowserError("there is no chromium")
    async with playwright_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = []
        for page in pages:
            times = [await _look(browser, page) for _ in range(looks)]
            found.append((middle(painted for painted, _ in times), middle(ready for _, ready in times)))
        await browser.close()
    return found


async def _look(browser: "Browser", page: Page) -> tuple[float, float]:
    """One visit with an empty cache."""
    context = await browser.new_context()
    if page.token:
        await context.add_cookies([{"name": "chat", "value": page.token, "url": page.url}])
    tab = await context.new_page()
    network = await context.new_cdp_session(tab)
    await network.send("Network.enable")
    bytes_per_s = BITS_PER_S / 8
    await network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": DELAY_MS, "downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s},
    )
    await tab.goto(page.url, wait_until="domcontentloaded", timeout=60_000)
    await tab.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    painted, ready = await tab.evaluate(_TIMES)
    await context.close()
    return painted / 1000, ready / 1000
