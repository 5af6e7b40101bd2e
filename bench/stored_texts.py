"""Durable signed texts a second: each joins the open conversation of its number, and is stored before its answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlencode

import uvloop

from bench.deployment import ACCOUNT, TOKEN, Deployment
from bench.load import as_fast_as_it_goes
from bench.night import ADDRESS
from bench.processor import spent
from bench.rows import Row, middle, row
from helpline.practice.signing import sign
from webhooks.twilio import edge as at

CONNECTIONS = 32
BODY = "I left the house this morning and I do not know where to go. Can somebody help me?"
_FORM = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "Body": BODY,
    "FromCity": "",
    "FromCountry": "ZM",
    "FromState": "",
    "FromZip": "",
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsStatus": "received",
    "To": ADDRESS,
    "ToCity": "",
    "ToCountry": "ZM",
    "ToState": "",
    "ToZip": "",
}


@dataclass(frozen=True, slots=True)
class Served:
    """A server of the run: requests a second and µs of processor time a request, by round."""

    deployment: Deployment
    pid: int
    rates: list[float] = field(default_factory=list)
    loop_us: list[float] = field(default_factory=list)
    threads_us: list[float] = field(default_factory=list)

    @property
    def processor_us(self) -> float:
        return middle(self.loop_us) + middle(self.threads_us)


def run(ours: Served, limit: Served, numbers: Sequence[str], rounds: int, texts: int) -> list[Row]:
    """Both by turns, the first round to warm up; a figure is the median of its rounds."""
    posts = _Texts(numbers)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for number in range(rounds + 1):
            for one in (limit, ours):
                requests, before = posts.requests(one.deployment, texts), spent(one.pid)
                loaded = runner.run(as_fast_as_it_goes(one.deployment.port, requests, CONNECTIONS))
                if loaded.failed:
                    raise RuntimeError(f"{loaded.failed} of {texts} texts were not answered")
                if number:
                    after = spent(one.pid)
                    one.rates.append(loaded.rate)
                    one.loop_us.append((after.loop_us - before.loop_us) / texts)
                    one.threads_us.append((after.threads_us - before.threads_us) / texts)
    checked = middle(limit.rates)
    where = (
        f"of it the loop {middle(ours.loop_us):.0f} (of which body, signature and form {limit.processor_us:.0f}), "
        f"other threads {middle(ours.threads_us):.0f} (the unit of work and its statements)"
    )
    return [
        row("texts, parse and signature", checked, "1/s", ("itself", checked), "the ceiling of the run"),
        row("texts, durable", middle(ours.rates), "1/s", ("parse and signature", checked),
            f"each joins one of {len(numbers)} open conversations; the calls of `webhooks` aim at a ratio of 0.33"),
        row("texts, processor time", ours.processor_us, "us", ("parse and signature", limit.processor_us), where),
    ]  # fmt: skip


class _Texts:
    """New texts without end, from one number after the other, each signed as the carrier signs."""

    def __init__(self, numbers: Sequence[str]) -> None:
        self._made = 0
        self._numbers = cycle(numbers)

    def requests(self, deployment: Deployment, count: int) -> list[bytes]:
        return [self._request(deployment) for _ in range(count)]

    def _request(self, deployment: Deployment) -> bytes:
        self._made += 1
        sid = f"SM{self._made:032x}"
        form = {**_FORM, "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "From": next(self._numbers)}
        body = urlencode(form).encode()
        head = (
            f"POST {at.MESSAGES} HTTP/1.1\r\nHost: 127.0.0.1:{deployment.port}\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"X-Twilio-Signature: {sign(TOKEN, deployment.url + at.MESSAGES, form.items())}\r\n"
            f"Content-Length: {len(body)}\r\nUser-Agent: TwilioProxy/1.1\r\n\r\n"
        )
        return head.encode() + body
