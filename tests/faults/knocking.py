"""Children who call, as many as are let, each webhook signed as the carrier signs it."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count

import aiohttp

from helpline.ending import end
from helpline.practice.signing import sign
from tests.town import ACCOUNT, TOKEN

VOICE, STATUS = "/webhooks/twilio/voice", "/webhooks/twilio/status"
_calls = count(1)


def _form(call_id: str, status: str) -> dict[str, str]:
    return {
        "AccountSid": ACCOUNT, "CallSid": call_id, "CallStatus": status, "Direction": "inbound",
        "From": f"+26097{int(call_id[-7:], 16) % 10_000_000:07d}", "To": "+260116",
    }  # fmt: skip


class Knocking:
    """What was answered how. A call is acknowledged when its answer asks for a language: then it is promised.

    A dial to the fallback is an answer too, and promises nothing.
    """

    def __init__(self, public_url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = public_url, http
        self.acknowledged: list[str] = []
        self._over = 0
        self.unacknowledged: list[str] = []
        self.answers: Counter[str] = Counter()
        self.seconds: list[float] = []
        self._news = asyncio.Event()

    def has_before(self, calls: Iterable[str]) -> None:
        """These were acknowledged before, and are over."""
        self.acknowledged += calls
        self._over = len(self.acknowledged)

    async def call(self, server_url: str, call_id: str | None = None) -> str:
        """One call, or one again, at one process; how it was answered: menu, fallback, lost, or the status."""
        number = next(_calls)
        call_id = call_id or f"CA{number:032x}"
        form = _form(call_id, "ringing")
        headers = {"X-Twilio-Signature": sign(TOKEN, self._url + VOICE, form.items())}
        began = asyncio.get_running_loop().time()
        try:
            async with self._http.post(server_url + VOICE, data=form, headers=headers) as answer:
                text = await answer.text()
                how = str(answer.status)
                if answer.status == 200:
                    how = "menu" if "<Gather" in text else "fallback" if "<Dial" in text else "other"
        except (aiohttp.ClientError, OSError, TimeoutError):
            how = "lost"
        except asyncio.CancelledError:
            self.unacknowledged.append(call_id)
            raise
        self.seconds.append(asyncio.get_running_loop().time() - began)
        self.answers[how] += 1
        (self.acknowledged if how == "menu" else self.unacknowledged).append(call_id)
        self._news.set()
        return how

    async def all_hang_up(self, server_url: str) -> None:
        """Nobody waits any longer: of those who do, each would be looked after."""
        over, self._over = self.acknowledged[self._over :], len(self.acknowledged)
        for first in range(0, len(over), 8):
            await asyncio.gather(*(self._hangs_up(server_url, call) for call in over[first : first + 8]))

    async def _hangs_up(self, server_url: str, call_id: str) -> None:
        form = _form(call_id, "completed")
        headers = {"X-Twilio-Signature": sign(TOKEN, self._url + STATUS, form.items())}
        async with self._http.post(server_url + STATUS, data=form, headers=headers) as answer:
            assert answer.status < 300, answer.status

    async def keep_on(self, servers: Sequence[str], hands: int = 8) -> None:
        """Call and call again until cancelled; a process that does not answer is tried again in a moment."""

        async def hand(turn: int) -> None:
            while True:
                if await self.call(servers[turn % len(servers)]) == "lost":
                    await asyncio.sleep(0.01)
                turn += 1

        await asyncio.gather(*(hand(turn) for turn in range(hands)))

    async def has_acknowledged(self, more: int) -> None:
        """Wait until so many more are acknowledged."""
        wanted = len(self.acknowledged) + more
        while len(self.acknowledged) < wanted:
            self._news.clear()
            await self._news.wait()


async def stopped(task: asyncio.Task[None]) -> None:
    """Cancel it, and see it end."""
    await end([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
