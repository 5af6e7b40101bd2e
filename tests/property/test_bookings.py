"""Officers, interpreters and coordinators do whatever they like, at the same instant, and nobody is booked twice.

The store, the services and the timers are real. Each run has a seed, which is told; `--seed` replays all.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, time
from pathlib import Path

import pytest
import sqlalchemy as sa

from helpline.clock import DAY, HOUR, MINUTE
from helpline.errors import Conflict, Invalid, Refused
from helpline.interpreting import booking_days as days
from helpline.interpreting import booking_offers as asking
from helpline.interpreting import bookings as service
from helpline.interpreting.asked import When
from helpline.interpreting.booking_lifecycle import AGREED, OVER, SEEKING, State
from helpline.interpreting.civil import Civil, civil_of
from helpline.store import booking_offers, bookings, busy
from helpline.store.booking_offers import Offer
from helpline.store.bookings import Booking
from helpline.store.db import Tx
from helpline.store.tables import booking_offers as offers_table
from helpline.store.tables import bookings as bookings_table
from helpline.store.tables import busy as busy_table
from helpline.store.tables import deadlines as deadlines_table
from tests.courthouse import OFFICER, Courthouse, courthouse

RUNS = 3
STEPS = 40
AT_ONCE = 5
BOSS = "0197a7c0-0000-7000-8000-00000000b055"
NAMES = ("abeba", "biniam", "chaltu", "dawit")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite+aiosqlite:///{tmp_path}/data/helpline.db"


@pytest.fixture
async def court(url: str) -> AsyncIterator[Courthouse]:
    async with courthouse(url) as found:
        yield found


def check(tx: Tx) -> int:
    """What must hold at every moment; gives how many bookings have an interpreter."""
    ids = list(tx.execute(sa.select(bookings_table.c.id)).scalars())
    all_ = {id: bookings.get(tx, id) for id in ids}
    taken = {row.booking_id: row for row in tx.execute(sa.select(busy_table))}
    rows = list(taken.values())
    for one in rows:
        for other in rows:
            if one is not other and one.worker_id == other.worker_id:
                assert one.busy_until <= other.busy_from or one.busy_from >= other.busy_until, "booked twice"
    live: dict[str, list[Offer]] = {}
    for (id,) in tx.execute(sa.select(offers_table.c.id).where(offers_table.c.ended_at.is_(None))):
        offer = booking_offers.get(tx, id)
        assert offer is not None
        live.setdefault(offer.booking_id, []).append(offer)
    for id, booking in all_.items():
        _check_one(booking, taken.get(id), live.get(id, []))
    timers = tx.execute(sa.select(deadlines_table.c.subject_id, deadlines_table.c.kind)).all()
    open_ = {offer.id for offers in live.values() for offer in offers if offer.state == "open" and not offer.chosen_by}
    assert {subject for subject, kind in timers if kind == "booking_offer"} == open_, "every question ends by itself"
    assert not {subject for subject, _ in timers if subject in all_ and State(all_[subject].state) in OVER}
    return sum(State(booking.state) in AGREED for booking in all_.values())


def _check_one(booking: Booking, taken: "sa.Row[tuple[object, ...]] | None", live: list[Offer]) -> None:
    state = State(booking.state)
    if state in AGREED:
        assert taken is not None and taken.worker_id == booking.worker_id and len(live) == 1
        assert live[0].state == "agreed" and live[0].worker_id == booking.worker_id
        assert taken.busy_from <= booking.starts_at - 15 * MINUTE and taken.busy_until >= booking.ends_at + 15 * MINUTE
    else:
        assert taken is None, f"{state} takes nobody's time"
        assert [offer.state for offer in live] == (["open"] if state is State.OFFERING else []), state
    if state in SEEKING:
        assert booking.worker_id is None


class Life:
    """One run: chance decides who does what, and several do it at the same instant."""

    def __init__(self, court: Courthouse, chance: random.Random) -> None:
        self.court, self.chance = court, chance
        self.ids: list[str] = []
        self.told: list[str] = []

    async def run(self) -> int:
        for name in NAMES:
            travels = "lusaka copperbelt" if self.chance.random() < 0.5 else ""
            certified = ("ti",) if self.chance.random() < 0.5 else ()
            await self.court.interpreter(name, "ti", *(["am"] if self.chance.random() < 0.5 else []), travels=travels,
                                         certified=certified)  # fmt: skip
        most = 0
        doings: list[tuple[int, Callable[[], Awaitable[object]]]] = [
            (14, self.books), (22, self.answers), (6, self.changes), (5, self.adjourns), (5, self.lets_go),
            (6, self.puts_in), (3, self.asks_anew), (3, self.cancels), (5, self.misses), (4, self.reports),
        ]  # fmt: skip
        for _ in range(STEPS):
            chosen = self.chance.choices([doing for _, doing in doings], [weight for weight, _ in doings], k=AT_ONCE)
            outcomes = await asyncio.gather(*(doing() for doing in chosen), return_exceptions=True)
            for doing, outcome in zip(chosen, outcomes, strict=True):
                self.told.append(f"{doing.__name__}: {type(outcome).__name__}")
                if isinstance(outcome, BaseException) and not isinstance(outcome, Conflict | Invalid | Refused):
                    raise outcome
            most = max(most, await self.court.store.read(check))
            if self.chance.random() < 0.25:
                await self.court.later(minutes=self.chance.choice((5, 45, 300, 1500)))
                await self.court.store.read(check)
        await self.court.later(days=40)
        await self.court.store.read(check)
        return most

    def one(self) -> str:
        if not self.ids:
            raise Invalid("nothing_yet")
        return self.chance.choice(self.ids[-12:])

    def when(self) -> dict[str, str]:
        now = self.court.clock.now()
        at = civil_of(now + self.chance.choice((1, 2, 3)) * DAY, "Africa/Lusaka")
        begins = self.chance.choice((8, 9, 10, 11, 13, 15))
        return {"day": at.day.isoformat(), "begins": f"{begins:02d}:00", "ends": f"{begins + 1:02d}:30"}

    async def books(self) -> None:
        more = {"mode": "phone", "venue": "", "phone": "+260211000001"} if self.chance.random() < 0.6 else {}
        language = self.chance.choice(("ti", "ti", "am"))
        certified = "on" if self.chance.random() < 0.3 else ""
        reference = f"HPR/{self.chance.randint(1, 4)}"
        self.ids.append(await self.court.books(**self.when(), **more, language=language, certified=certified,
                                               reference=reference))  # fmt: skip

    async def answers(self) -> None:
        offer = await self.court.offer(self.one())
        if offer is None:
            return
        how = self.chance.choices(("yes", "yes by text", "no", "conflict", "lost"), (10, 4, 2, 1, 1))[0]
        house = self.court.house

        def unit(tx: Tx) -> None:
            if how == "yes":
                asking.accept(tx, house, offer.id, offer.worker_id)
            elif how == "yes by text":
                asking.offer_answered(tx, house, offer.id, "reply", "yes 1234")
            elif how == "lost":
                asking.offer_failed(tx, house, offer.id, "undelivered")
            else:
                asking.decline(tx, house, offer.id, offer.worker_id, conflict=how == "conflict")

        await self.court.write(unit)

    async def changes(self) -> None:
        booking = await self.court.booking(self.one())
        wanted = await self.court.asks(**self.when(), reference="HPR/9")

        def unit(tx: Tx) -> None:
            now = bookings.get_for_change(tx, booking.id)
            service.change(tx, self.court.house, now, booking.version, wanted, OFFICER)

        await self.court.write(unit)

    async def adjourns(self) -> None:
        booking, at = await self.court.booking(self.one()), self.when()
        civil = Civil(date.fromisoformat(at["day"]), time.fromisoformat(at["begins"]), "Africa/Lusaka")

        def unit(tx: Tx) -> str:
            now = bookings.get_for_change(tx, booking.id)
            return service.adjourn(tx, self.court.house, now, booking.version, When(civil, 60), OFFICER)[0]

        self.ids.append(await self.court.write(unit))

    async def lets_go(self) -> None:
        booking = await self.court.booking(self.one())
        worker = booking.worker_id or BOSS
        await self.court.write(lambda tx: service.let_go(tx, self.court.house, booking.id, worker, "ill"))

    async def puts_in(self) -> None:
        id, who = self.one(), self.court.people[self.chance.choice(NAMES)]
        await self.court.write(lambda tx: asking.assign(tx, self.court.house, id, who, BOSS, "agreed by phone"))

    async def asks_anew(self) -> None:
        id, give_up = self.one(), self.chance.choice(([], ["not_certified"]))
        await self.court.write(lambda tx: asking.seek_again(tx, self.court.house, id, BOSS, give_up))

    async def cancels(self) -> None:
        id = self.one()

        def unit(tx: Tx) -> None:
            service.cancel(tx, self.court.house, bookings.get_for_change(tx, id), "officer", OFFICER, "withdrawn")

        await self.court.write(unit)

    async def misses(self) -> None:
        id, side = self.one(), self.chance.choice(("interpreter", "requester"))
        await self.court.write(
            lambda tx: days.missed(tx, self.court.house, bookings.get_for_change(tx, id), side, OFFICER)
        )

    async def reports(self) -> None:
        booking = await self.court.booking(self.one())
        begun, ended = booking.starts_at, booking.starts_at + HOUR

        def unit(tx: Tx) -> None:
            service.complete(tx, self.court.house, bookings.get_for_change(tx, booking.id), begun, ended, OFFICER)

        await self.court.write(unit)


@pytest.mark.parametrize("run", range(RUNS))
async def test_an_interpreter_never_has_two_bookings_at_once(court: Courthouse, run: int, seed: int) -> None:
    life = Life(court, random.Random(f"{seed} {run}"))
    try:
        most = await life.run()
    except Exception:
        print("\n".join(life.told[-60:]))
        raise
    assert most > 0, "somebody was booked at all"


async def test_of_many_who_take_the_same_hour_at_once_one_gets_it(court: Courthouse, seed: int) -> None:
    chance = random.Random(seed)
    abeba = await court.interpreter("abeba", "ti")
    ids = [await court.books(reference=f"HPR/{number}") for number in range(12)]
    spans = [(begins, begins + chance.randint(1, 90)) for begins in (chance.randint(0, 300) for _ in ids)]

    async def takes(id: str, begins: int, ends: int) -> bool:
        try:
            await court.write(lambda tx: busy.take(tx, id, abeba, begins, ends))
        except Conflict:
            return False
        return True

    got = await asyncio.gather(*(takes(id, *span) for id, span in zip(ids, spans, strict=True)))
    kept = [span for span, took in zip(spans, got, strict=True) if took]
    rows = await court.busy()
    assert sorted((row.begins, row.ends) for row in rows) == sorted(kept) and kept
    assert all(a is b or a[1] <= b[0] or a[0] >= b[1] for a in kept for b in kept)
    refused = [span for span, took in zip(spans, got, strict=True) if not took]
    assert all(any(begins < end and ends > start for start, end in kept) for begins, ends in refused), "no other reason"
