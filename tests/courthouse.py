"""A courthouse: an institution that books, interpreters who are asked, and a clock that is moved by hand.

The store, the services, the timers and the notices are real; what is written to people is read from the table.
"""

import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from helpline.clock import SECOND, ids_from
from helpline.deadlines import Timers
from helpline.heard_back import HOOKS
from helpline.house import House
from helpline.interpreting import asked
from helpline.interpreting import bookings as service
from helpline.interpreting.asked import Asked
from helpline.interpreting.booking_mail import LETTERS
from helpline.metrics import Metrics
from helpline.notices import outcomes, replies
from helpline.store import booking_offers, bookings, busy, institutions, notices
from helpline.store.booking_offers import Offer
from helpline.store.bookings import Booking
from helpline.store.db import Store, Tx
from helpline.store.engine import open_store
from helpline.store.institutions import Institution
from helpline.store.tables import alarms as alarms_table
from helpline.store.tables import certificates as certificates_table
from helpline.store.tables import duty as duty_table
from helpline.store.tables import institutions as institutions_table
from helpline.store.tables import interpreters as interpreters_table
from helpline.store.tables import notices as notices_table
from helpline.store.tables import officers as officers_table
from helpline.store.tables import worker_languages as languages_table
from helpline.store.tables import workers as workers_table
from tests.village import LINE, MONDAY_0800, HandClock, a_house
from webhooks.events import Caller, TextArrived

T = TypeVar("T")

COURT, OFFICER = "0197a7c0-0000-7000-8000-0000000000c0", "0197a7c0-0000-7000-8000-0000000000f0"
OFFICER_EMAIL = "registry@court.example"
ALWAYS = '{"mon": ["00:00-24:00"], "tue": ["00:00-24:00"], "wed": ["00:00-24:00"], "thu": ["00:00-24:00"], '
ALWAYS += '"fri": ["00:00-24:00"], "sat": ["00:00-24:00"], "sun": ["00:00-24:00"]}'

FORM = {
    "reference": "HPR/17/2027",
    "language": "ti",
    "day": "2027-02-01",
    "begins": "10:00",
    "ends": "12:00",
    "mode": "in_person",
    "venue": "High Court, Lusaka",
    "room": "3",
    "technique": "consecutive",
    "hearing": "bail",
    "person_role": "child_in_conflict",
}
"""A hearing in two weeks."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What somebody was written."""

    id: str
    purpose: str
    channel: str
    to: str
    subject: str
    body: str
    calendar: str
    method: str


@dataclass
class Courthouse:
    """See the module."""

    store: Store
    house: House
    clock: HandClock
    people: dict[str, str] = field(default_factory=dict)
    texts: int = 0

    def __post_init__(self) -> None:
        self.timers = Timers(self.store, self.house, self.clock, Metrics())

    async def write(self, unit: Callable[[Tx], T]) -> T:
        return await self.store.write(unit)

    # People

    async def interpreter(
        self, name: str, *spoken: str, dialects: str = "", roles: str = "interpreter", **details: Any
    ) -> str:
        """An interpreter with a telephone, an email address, an undertaking, and no hours; ``spoken`` fluently."""
        phone, email = (
            details.pop("phone", f"+26096{len(self.people):07d}"),
            details.pop("email", f"{name}@example.org"),
        )
        gender, basic = details.pop("gender", "woman"), details.pop("basic", ())
        certified = details.pop("certified", ())
        seal = self.house.vault.seal

        def unit(tx: Tx) -> str:
            id = tx.new_id()
            tx.insert(workers_table, {"id": id, "sign_in": name, "alias": name, "roles": roles, "gender": gender,
                                      "reach_enc": seal(phone) if phone else None, "created_at": tx.now})  # fmt: skip
            tx.insert(duty_table, {"worker_id": id, "state": "off", "since": tx.now, "idle_since": tx.now})
            for language in (*spoken, *basic):
                level = "basic" if language in basic else "fluent"
                tx.insert(languages_table, {"worker_id": id, "language": language, "level": level,
                                            "dialects": dialects or None})  # fmt: skip
            known = {"undertaking_on": "2026-01-01", "undertaking_until": "2029-12-31", "timezone": "Africa/Lusaka",
                     "province": "lusaka", "district": "lusaka", **details}  # fmt: skip
            tx.insert(interpreters_table, {"worker_id": id, "email_enc": seal(email) if email else None, **known})
            for language in certified:
                paper = {"language": language, "body": "board", "expires_on": "2028-12-31"}
                tx.insert(certificates_table, {"id": tx.new_id(), "worker_id": id, **paper})
            return id

        self.people[name] = await self.write(unit)
        return self.people[name]

    def name_of(self, worker_id: str | None) -> str | None:
        return next((name for name, id in self.people.items() if id == worker_id), None)

    # Bookings

    async def institution(self) -> Institution:
        return await self.store.read(lambda tx: institutions.get(tx, COURT))

    async def asks(self, **changes: str) -> Asked:
        """What the officer fills in, read as the page reads it."""
        form = {name: value for name, value in {**FORM, **changes}.items() if value}
        return asked.read(form, self.house.directory, await self.institution(), self.clock.now())

    async def books(self, **changes: str) -> str:
        wanted, court = await self.asks(**changes), await self.institution()
        return await self.write(lambda tx: service.book(tx, self.house, court, OFFICER, wanted, OFFICER))

    async def booking(self, id: str) -> Booking:
        return await self.store.read(lambda tx: bookings.get(tx, id))

    async def state(self, id: str) -> str:
        return (await self.booking(id)).state

    async def asked_now(self, id: str) -> str | None:
        """Who is asked, or has agreed."""
        offer = await self.offer(id)
        return self.name_of(offer.worker_id) if offer else None

    async def offer(self, id: str) -> Offer | None:
        return await self.store.read(lambda tx: booking_offers.live(tx, id))

    async def offers(self, id: str) -> list[tuple[str | None, str | None]]:
        """Who was asked, and how it ended."""
        found = await self.store.read(lambda tx: booking_offers.of_booking(tx, id))
        return [(self.name_of(offer.worker_id), offer.end or offer.state) for offer in found]

    async def busy(self) -> list[busy.Busy]:
        def look(tx: Tx) -> list[busy.Busy]:
            return [each for spans in busy.between(tx, 0, 2**60).values() for each in spans]

        return await self.store.read(look)

    # Messages

    async def mail(self, purpose: str | None = None) -> list[Mail]:
        """Everything that was written to anybody, the oldest first."""
        opened, opened_bytes = self.house.vault.open, self.house.vault.open_bytes

        def look(tx: Tx) -> list[Mail]:
            return [
                Mail(row.id, row.purpose, row.channel, opened(row.to_enc),
                     opened(row.subject_enc) if row.subject_enc else "", opened(row.body_enc),
                     opened_bytes(row.calendar_enc).decode() if row.calendar_enc else "", row.calendar_method)
                for row in tx.execute(sa.select(notices_table).order_by(notices_table.c.id))
                if purpose in (None, row.purpose) or (purpose == "booking_mail" and row.purpose in LETTERS.values())
            ]  # fmt: skip

        return await self.store.read(look)

    async def texts_back(self, said: str, purpose: str = "booking_offer") -> bool:
        """The person who was last written by text answers; CODE stands for the code that they were sent."""
        last = [each for each in await self.mail(purpose) if each.channel == "sms"][-1]
        code = re.search(r"(?:YES|HERE) (\d{4})", last.body)[1] if "CODE" in said else ""  # type: ignore[index]
        self.texts += 1
        text = TextArrived(f"SM{self.texts}", "sms", "+260116", LINE, Caller(last.to), said.replace("CODE", code))
        return await self.write(lambda tx: replies.is_reply(tx, self.house, text))

    async def delivery_fails(self, purpose: str = "booking_offer") -> None:
        """What was last sent (of an offer) does not arrive."""
        last = (await self.mail(purpose))[-1]
        await self.write(lambda tx: outcomes.failed(tx, self.house, notices.get(tx, last.id), "undelivered"))

    async def alarms(self) -> list[str]:
        """The kinds of alarms that are open."""
        query = sa.select(alarms_table.c.kind).where(alarms_table.c.closed_at.is_(None)).order_by(alarms_table.c.id)
        return await self.store.read(lambda tx: list(tx.execute(query).scalars()))

    # Time

    async def later(self, **ahead: float) -> None:
        """Time passes, and what is due is done in its order, each at its own time."""
        seconds = sum(
            value * {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}[unit] for unit, value in ahead.items()
        )
        until = self.clock.now() + int(seconds * SECOND)
        await self.until(until)

    async def until(self, moment: int) -> None:
        from helpline.store import deadlines

        while True:
            await self.timers.step()
            due = await self.store.read(deadlines.next_due)
            if due is None or due > moment:
                break
            self.clock.pass_by(max(0, due - self.clock.now()) / SECOND)
        self.clock.pass_by(max(0, moment - self.clock.now()) / SECOND)
        await self.timers.step()


def a_court_house() -> House:
    return replace(a_house(), hooks=HOOKS, public_url="https://helpline.example", mail_from="bookings@helpline.example",
                   chance=random.Random(7))  # fmt: skip


async def found_court(store: Store, house: House) -> None:
    seal = house.vault.seal

    def unit(tx: Tx) -> None:
        tx.insert(institutions_table, {"id": COURT, "name": "High Court, Lusaka (demonstration)", "kind": "court",
                                       "place_province": "lusaka", "place_district": "lusaka",
                                       "timezone": "Africa/Lusaka", "number": "4711", "may": "request book",
                                       "created_at": tx.now})  # fmt: skip
        tx.insert(officers_table, {"id": OFFICER, "institution_id": COURT, "sign_in": "registry", "alias": "Registry",
                                   "email_enc": seal(OFFICER_EMAIL), "phone_enc": seal("+260211000001"),
                                   "created_at": tx.now})  # fmt: skip

    await store.write(unit)


@asynccontextmanager
async def courthouse(url: str = "sqlite://", house: House | None = None) -> AsyncIterator[Courthouse]:
    clock = HandClock(MONDAY_0800)
    house = house or a_court_house()
    store = await open_store(url, clock, ids_from(clock, random.Random(1)))
    try:
        await found_court(store, house)
        yield Courthouse(store, house, clock)
    finally:
        await store.close()


def day(text: str) -> date:
    return date.fromisoformat(text)
