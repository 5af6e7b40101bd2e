"""Durable signed inbound webhooks a second: new calls, each stored and committed before it is answered.

One process serves, another sends; each limit of the same run does a part of the work in the same way. The rounds
take turns, and a figure is the median of its rounds.
"""

import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from bench.deployment import ACCOUNT, TOKEN, Deployment, answers, house_of, new_deployment, opened, process
from bench.load import Loaded, as_fast_as_it_goes, at_a_rate
from bench.processor import Spent, spent
from bench.rows import Row, middle, percentile, row
from helpline.intake import call_arrived
from helpline.practice.signing import sign
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
        served = {}
        for kind in KINDS:
            deployment = new_deployment(Path(folder) / kind)
            arguments = ["helpline", "serve"] if kind == "ours" else ["bench.limits", kind]
            ready = partial(answers, f"{deployment.url}/readyz")
            served[kind] = _Served(deployment, stack.enter_context(process(arguments, deployment.environment, ready)))
        paced = _rounds(served, size)
    return _rows(served, paced, asyncio.run(_unit(quick)))


@dataclass(slots=True)
class _Served:
    """A server of the run: requests a second and µs of processor time a request, by round."""

    deployment: Deployment
    pid: int
    rates: list[float] = field(default_factory=list)
    loop_us: list[float] = field(default_factory=list)
    threads_us: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return middle(self.rates)

    @property
    def processor_us(self) -> float:
        return middle(self.loop_us) + middle(self.threads_us)


def _rounds(served: dict[str, _Served], size: Size) -> Loaded:
    """All of them by turns; then ours at half of its maximum."""
    calls = _Calls()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for number in range(size.rounds + 1):
            for kind, one in served.items():
                requests, before = calls.requests(one.deployment, size.requests), spent(one.pid)
                loaded = runner.run(as_fast_as_it_goes(one.deployment.port, requests, CONNECTIONS))
                if loaded.failed:
                    raise RuntimeError(f"{kind}: {loaded.failed} of {size.requests} were not answered")
                if number:  # the first warms up
                    _note(one, loaded, spent(one.pid), before, size.requests)
        ours = served["ours"]
        requests = calls.requests(ours.deployment, size.paced)
        return runner.run(at_a_rate(ours.deployment.port, requests, ours.rate / 2, 4 * CONNECTIONS))


def _note(one: _Served, loaded: Loaded, after: Spent, before: Spent, requests: int) -> None:
    one.rates.append(loaded.rate)
    one.loop_us.append((after.loop_us - before.loop_us) / requests)
    one.threads_us.append((after.threads_us - before.threads_us) / requests)


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
        signature = sign(TOKEN, deployment.url + at.VOICE, form.items())
        body = urlencode(form).encode()
        head = (
            f"POST {at.VOICE} HTTP/1.1\r\nHost: 127.0.0.1:{deployment.port}\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n"
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
            numbers = [f"+26096{batch:03d}{place:04d}" for place in range(CONNECTIONS)]
            events = [CallArrived(f"CA{number}", "+260116", "children", Caller(number)) for number in numbers]
            units = [partial(call_arrived, house=house, event=event) for event in events]
            began = time.perf_counter()
            await store.write_batch(units)
            each.append((time.perf_counter() - began) / CONNECTIONS * 1e6)
        await store.close()
    return middle(each)


def _rows(served: dict[str, _Served], paced: Loaded, unit_us: float) -> list[Row]:
    bare, signed, stored, ours = (served[kind] for kind in KINDS)
    checked = ("parse and signature", signed.rate)
    limits = "the same four rows a call in shared commits by one writer thread, nothing decided"
    where = (
        f"of it HTTP {bare.processor_us:.0f}, body, signature and form {signed.processor_us - bare.processor_us:.0f}, "
        f"the rest of the loop {middle(ours.loop_us) - signed.processor_us:.0f} (the way to the writer and back, the "
        f"log, hints, the dispatcher's look), other threads {middle(ours.threads_us):.0f} (the unit of work: script, "
        f"document, sealing, eight statements); alone and unhurried a unit with its flush takes {unit_us:.0f}"
    )
    rate = f"{paced.rate:.0f} a second, each timed from when it was due"
    return [
        row("webhooks, bare aiohttp handler", bare.rate, "1/s", ("itself", bare.rate), "the ceiling of the run"),
        row("webhooks, parse and signature", signed.rate, "1/s", ("bare handler", bare.rate)),
        row("webhooks, the same and raw sqlite3", stored.rate, "1/s", checked, limits),
        row("webhooks, durable", ours.rate, "1/s", checked, "aim: a ratio of 0.33"),
        row("webhooks, durable, beside raw sqlite3", ours.rate, "1/s", ("raw sqlite3", stored.rate)),
        row("webhooks, processor time", ours.processor_us, "us", (checked[0], signed.processor_us), where),
        row(
            "webhooks, p50 at half of the maximum", 1e3 * percentile(paced.times, 50), "ms", ("aim of p99", 50.0), rate
        ),
        row("webhooks, p99 at half of the maximum", 1e3 * percentile(paced.times, 99), "ms", ("aim", 50.0)),
    ]
