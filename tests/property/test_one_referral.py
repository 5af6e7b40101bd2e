"""Two processes that have one referral in hand at the same moment make one, in whatever order their requests arrive."""

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aiohttp import web
from yarl import URL

from helpline.clock import SECOND, ids_from
from helpline.doing import Settle
from helpline.referrals import directory, service
from helpline.referrals.delivering import Deliveries
from helpline.referrals.http_client import Answer, OutgoingHttp
from helpline.referrals.port import DeliveryTrouble
from helpline.referrals.primero import Account, Primero
from helpline.referrals.telling import DELIVER
from helpline.store.db import Store
from helpline.store.effects import Effect
from helpline.store.engine import open_store
from tests.primero_stand_in import PASSWORD, USERNAME, PrimeroStandIn
from tests.unit.referrals.directory_of_services import a_matter, a_service
from tests.village import HandClock, a_house

WAY = {"channel": "primero", "to": "https://primero.example", "settings": {"transitioned_to": "officer"}}
HOUSE = a_house()
ORDERS = sorted(set(itertools.permutations("AAABBBB")))
"""The first has three requests to make: the case, reading it, the referral. Who comes after it looks for that too."""


@dataclass
class Asked:
    """A request, as the stand-in reads it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None

    async def json(self) -> Any:
        return json.loads(self.body or b"")


@dataclass
class Wire:
    """The way of one process to the Primero. A request arrives when the test lets it.

    ``lost``: the number of the request that is never answered; ``late``: it arrives when nobody expects it any more.
    """

    there: PrimeroStandIn
    lost: int = 0
    late: bool = False
    sent: int = 0
    held: asyncio.Event | None = None
    stray: list[Asked] = field(default_factory=list)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, *, read: bool = True
    ) -> Answer:
        whole = URL(url)
        asked = Asked(method, whole.path, whole.query, headers, body)
        if whole.path.endswith("/lookups"):
            return await self._arrives(asked)
        self.sent += 1
        gate = self.held = asyncio.Event()
        await gate.wait()
        if self.sent != self.lost:
            return await self._arrives(asked)
        if self.late:
            self.stray.append(asked)
        else:
            await self._arrives(asked)
        raise DeliveryTrouble("timeout", retry=True, unknown=method != "GET")

    async def _arrives(self, asked: Asked) -> Answer:
        answer = await self.there._done(cast(web.Request, asked))
        return Answer(answer.status, cast(bytes, answer.body or b""))

    async def strays_arrive(self) -> None:
        for asked in self.stray:
            await self._arrives(asked)
        self.stray.clear()


@dataclass
class Process:
    """One that has claimed the referral's effect, and does it."""

    deliveries: Deliveries
    wire: Wire
    task: asyncio.Task[Settle] | None = None

    def begins(self, effect: Effect) -> None:
        self.task = asyncio.create_task(self.deliveries.deliver(effect))

    async def stands(self) -> bool:
        """Wait until its next request is on the way, or it is done. True: there is a request."""
        assert self.task is not None
        while not self.task.done() and (self.wire.held is None or self.wire.held.is_set()):
            await asyncio.sleep(0)
        return not self.task.done()

    async def goes_on(self) -> None:
        if await self.stands():
            assert self.wire.held is not None
            self.wire.held.set()
            self.wire.held = None
            await self.stands()

    async def ends(self) -> None:
        assert self.task is not None
        while not self.task.done():
            await self.goes_on()
        self.task.exception()


@dataclass
class Two:
    store: Store
    clock: HandClock
    effect: Effect
    there: PrimeroStandIn
    processes: dict[str, Process]


@asynccontextmanager
async def two(store: Store, clock: HandClock, lost: int, late: bool) -> AsyncIterator[Two]:
    there = PrimeroStandIn(url="https://primero.example")
    wires = {"A": Wire(there, lost, late), "B": Wire(there)}
    account = Account(there.url, USERNAME, PASSWORD)

    def ours(wire: Wire) -> Process:
        primero = Primero(cast(OutgoingHttp, wire), account, clock)
        return Process(Deliveries(store, HOUSE, {"primero": primero}), wire)

    def sent(tx: Any) -> str:
        entry = directory.by_code(tx, HOUSE, "welfare")
        welfare = entry.id if entry else directory.keep(tx, HOUSE, a_service(code="welfare", contacts=(WAY,)), "amina")
        id = service.draft(tx, HOUSE, service.Wanted(welfare, a_matter()), "amina")
        return service.send(tx, HOUSE, id, 1, "amina").id

    id = await store.write(sent)
    effect = Effect("effect", DELIVER, None, id, {}, 0, 1, unknown=False)
    yield Two(store, clock, effect, there, {name: ours(wire) for name, wire in wires.items()})


@pytest.mark.parametrize(("lost", "late"), [(0, False), *itertools.product((1, 2, 3), (False, True))])
async def test_in_whatever_order_their_requests_arrive_there_is_one_case_and_one_referral(
    lost: int, late: bool, seed: int
) -> None:
    clock = HandClock(1_800_000_000 * SECOND)
    store = await open_store("sqlite://", clock, ids_from(clock, random.Random(seed)))
    try:
        for order in ORDERS:
            async with two(store, clock, lost, late) as it:
                for process in it.processes.values():
                    process.begins(it.effect)
                    await process.stands()
                for name in order:
                    await it.processes[name].goes_on()
                for process in it.processes.values():
                    await process.ends()
                for process in it.processes.values():
                    await process.wire.strays_arrive()
                assert it.there.creations == 1 and it.there.referrals_made <= 1, order
                clock.pass_by(200)
                again = it.processes["B"]
                again.begins(it.effect)
                await again.ends()
                assert again.task is not None and again.task.exception() is None, order
                assert (it.there.creations, it.there.referrals_made) == (1, 1), order
    finally:
        await store.close()
