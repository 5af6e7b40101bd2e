"""Durable signed inbound webhooks a second: new calls, each stored and committed before it is answered.

One process serves, another sends; each limit of the same run does a part of the work in the same way. The rounds
take turns, and a figure is the median of its rounds.
"""

import asyncio
import base64
import hashlib
import hmac
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from bench.deployment import ACCOUNT, TOKEN, Deployment, answers, free_port, house_of, new_deployment, opened, process
from bench.load import Loaded, as_fast_as_it_goes, at_a_rate
from bench.rows import Row, middle, percentile, row
from helpline.intake import call_arrived
from webhooks.events import CallArrived, Caller
from webhooks.twilio import edge as at

CONNECTIONS = 32
KINDS = ("bare", "signed", "stored", "ours")
_FORM = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "CallStatus": "ringing",
    "Called": "+260116",
    "CalledCity": "",
    "CalledCountry": "ZM",
    "CalledState": "",
    "CalledZip": "",
    "CallerCity": "",
    "CallerCountry": "ZM",
    "CallerState": "",
    "CallerZip": "",
    "Direction": "inbound",
    "FromCity": "",
    "FromCountry": "ZM",
    "FromState": "",
    "FromZip": "",
    "To": "+260116",
    "ToCity": "",
    "ToCountry": "ZM",
    "ToState": "",
    "ToZip": "",
}


@dataclass(frozen=True, slots=True)
class Size:
    """Rounds, requests a round, and requests at half of the maximum."""

    rounds: int
    requests: int
    paced: int


WHOLE = Size(5, 1_500, 2_500)
QUICK = Size(1, 60, 60)


def run(quick: bool = False) -> list[Row]:
    size = QUICK if quick else WHOLE
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder, ExitStack() as stack:
        where = {kind: new_deployment(Path(folder) / kind) for kind in KINDS}
        for kind, deployment in where.items():
            arguments = ["helpline", "serve"] if kind == "ours" else ["bench.limits", kind]
            ready = partial(answers, f"{deployment.url}/readyz")
            stack.enter_context(process(arguments, deployment.environment, ready))
        rates, paced = _rounds(where, size)
    unit_us = asyncio.run(_unit(quick))
    return _rows(rates, paced, unit_us)


def _rounds(where: dict[str, Deployment], size: Size) -> tuple[dict[str, float], Loaded]:
    calls = _Calls()
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(size.rounds + 1):
            for kind, deployment in where.items():
                requests = calls.requests(deployment, size.requests)
                loaded = runner.run(as_fast_as_it_goes(deployment.port, requests, CONNECTIONS))
                if loaded.failed:
                    raise RuntimeError(f"{kind}: {loaded.failed} of {size.requests} were not answered")
                found[kind].append(loaded.rate)
        rates = {kind: middle(measured[1:]) for kind, measured in found.items()}  # the first warms up
        ours = where["ours"]
        requests = calls.requests(ours, size.paced)
        paced = runner.run(at_a_rate(ours.port, requests, rates["ours"] / 2, 4 * CONNECTIONS))
    return rates, paced


class _Calls:
    """New calls without end, each signed as the carrier signs."""

    def __init__(self) -> None:
        self._made = 0

    def requests(self, deployment: Deployment, count: int) -> list[bytes]:
        return [self._request(deployment) for _ in range(count)]

    def _request(self, deployment: Deployment) -> bytes:
        self._made += 1
        number = f"+26097{self._made:07d}"
        form = {**_FORM, "CallSid": f"CA{self._made:032x}", "From": number, "Caller": number}
        signed = deployment.url + at.VOICE + "".join(name + form[name] for name in sorted(form))
        digest = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
        body = urlencode(form).encode()
        head = (
            f"POST {at.VOICE} HTTP/1.1\r\nHost: 127.0.0.1:{deployment.port}\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"X-Twilio-Signature: {base64.b64encode(digest).decode()}\r\nContent-Length: {len(body)}\r\n"
            "I-Twilio-Idempotency-Token: 2ad7b2b0-8f0f-4c4e-9c59-0f4a4d6f2f3c\r\nUser-Agent: TwilioProxy/1.1\r\n\r\n"
        )
        return head.encode() + body


async def _unit(quick: bool) -> float:
    """µs that one call's unit of work takes in the store, commits shared by 32, without any HTTP."""
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder:
        configuration = new_deployment(Path(folder)).configuration()
        house = house_of(configuration)
        store = await opened(configuration.settings.store_url)
        each: list[float] = []
        for batch in range(3 if quick else 40):
            events = [
                CallArrived(f"CA{batch:016x}{place:016x}", "+260116", "children", Caller(f"+26096{batch:03d}{place:04d}"))
                for place in range(CONNECTIONS)
            ]
            units = [lambda tx, event=event: call_arrived(tx, house, event) for event in events]
            began = time.perf_counter()
            await store.write_batch(units)
            each.append((time.perf_counter() - began) / CONNECTIONS * 1e6)
        await store.close()
    return middle(each)


def _rows(rates: dict[str, float], paced: Loaded, unit_us: float) -> list[Row]:
    us = {kind: 1e6 / rate for kind, rate in rates.items()}
    p99 = percentile(paced.times, 99) * 1000
    where = (
        f"Of {us['ours']:.0f} us a call: HTTP {us['bare']:.0f}, body, signature and form {us['signed'] - us['bare']:.0f}, "
        f"the unit of work with its share of a flush {unit_us:.0f}, and the rest "
        f"{us['ours'] - us['signed'] - unit_us:.0f} is the log, the gate and the way to the writer thread and back"
    )
    return [
        row("webhooks, bare aiohttp handler", rates["bare"], "1/s", ("itself", rates["bare"]), "the ceiling of the run"),
        row("webhooks, parse and signature", rates["signed"], "1/s", ("bare handler", rates["bare"])),
        row("webhooks, the same and raw sqlite3", rates["stored"], "1/s", ("parse and signature", rates["signed"]),
            "the same four rows a call in shared commits by one writer thread, nothing decided"),
        row("webhooks, durable", rates["ours"], "1/s", ("parse and signature", rates["signed"]),
            f"aim: a ratio of 0.33. {where}"),
        row("webhooks, durable, beside raw sqlite3", rates["ours"], "1/s", ("raw sqlite3", rates["stored"])),
        row("webhooks, p50 at half of the maximum", percentile(paced.times, 50) * 1000, "ms", ("aim for p99", 50.0),
            f"{paced.rate:.0f} a second, each timed from when it was due"),
        row("webhooks, p99 at half of the maximum", p99, "ms", ("aim", 50.0)),
    ]  # fmt: skip
