"""An office: institutions and interpreters over a store, with a clock that is moved by hand."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from helpline.clock import HOUR, ids_from
from helpline.house import House
from helpline.interpreting import institutions, interpreters, officers, pins
from helpline.store.db import Store, Tx
from helpline.store.engine import open_store
from helpline.store.interpreters import Spoken
from helpline.store.tables import alarms, audit
from tests.village import MONDAY_0800, HandClock, a_house

T = TypeVar("T")
BY = "0197a7c0-0000-7000-8000-00000000c00d"
HIGH_COURT = institutions.Written(
    "High Court", "court", "Africa/Lusaka", province="lusaka", district="lusaka", number="100116"
)
CLERK = officers.Written("mulenga", "M. Clerk", "clerk@court.example", "+260211000009")
ABEBA = interpreters.Written(
    spoken=(Spoken("am", "basic"), Spoken("ti", "fluent", ("asmara",))),
    timezone="Africa/Lusaka",
    gender="woman",
    undertaking_on="2026-01-01",
    undertaking_until="2027-12-31",
    training=("child_friendly",),
    hours={"mon": ("08:00-12:00", "13:00-17:00")},
    province="lusaka",
    travels=("copperbelt", "ndola"),
    by_phone=True,
    email="abeba@example.org",
    phone="+260 97 100 0001",
)


@dataclass
class Office:
    """A store with a clock that is moved by hand."""

    store: Store
    house: House
    clock: HandClock

    async def does(self, unit: Callable[[Tx], T]) -> T:
        return await self.store.write(unit)

    async def court(self, written: institutions.Written = HIGH_COURT) -> str:
        return await self.does(lambda tx: institutions.add(tx, self.house, BY, written, self.house.chance))

    async def interpreter(self, sign_in: str = "abeba", written: interpreters.Written = ABEBA) -> str:
        def unit(tx: Tx) -> str:
            id = interpreters.add(tx, BY, sign_in, sign_in.title())
            interpreters.write(tx, self.house, BY, id, written)
            return id

        return await self.does(unit)

    async def calls(self, pin: str, caller: str | None = "+260970000001", number: str = "100116") -> pins.PinAnswer:
        hashed = self.house.vault.hash_number(caller) if caller else None
        return await self.does(lambda tx: pins.check(tx, self.house, number, pin, hashed))

    async def actions(self) -> list[str]:
        return await self.store.read(
            lambda tx: [row.action for row in tx.execute(audit.select().order_by(audit.c.seq))]
        )

    async def open_alarms(self) -> set[str]:
        query = alarms.select().where(alarms.c.closed_at.is_(None))
        return await self.store.read(lambda tx: {row.kind for row in tx.execute(query)})


def a_booking(institution: str, starts_at: int) -> dict[str, object]:
    return {
        "id": "0197a7c0-0000-7000-8000-00000000b001",
        "institution_id": institution,
        "state": "confirmed",
        "state_since": 1,
        "created_at": 1,
        "reference_enc": b"-",
        "reference_hash": "-",
        "language": "ti",
        "day": "2027-01-19",
        "clock": "08:00",
        "zone": "Africa/Lusaka",
        "minutes": 60,
        "starts_at": starts_at,
        "ends_at": starts_at + HOUR,
        "mode": "phone",
        "place_enc": b"-",
        "technique": "consecutive",
        "hearing": "bail",
        "person_role": "witness",
        "calendar_uid": "-",
    }


@asynccontextmanager
async def open_office(url: str) -> AsyncIterator[Office]:
    clock = HandClock(MONDAY_0800)
    store = await open_store(url, clock, ids_from(clock, random.Random(6)), migrate=True)
    yield Office(store, replace(a_house(), chance=random.Random(7)), clock)
    await store.close()


INSTITUTIONS = """
[[institution]]
number = "100116"
name = "High Court"
kind = "court"
province = "lusaka"
telephones = ["+260211000001"]

[[institution.officer]]
sign_in = "mulenga"
alias = "M. Clerk"
email = "clerk@court.example"

[[institution]]
number = "100117"
name = "Central Prison"
kind = "prison"
may = ["request"]
"""

INTERPRETERS = """
[[interpreter]]
sign_in = "abeba"
alias = "Abeba"
gender = "woman"
phone = "+260971000001"
undertaking_on = 2026-01-01
undertaking_until = 2027-12-31
training = ["child_friendly"]
hours = { mon = "08:00-16:00", tue = ["08:00-12:00", "13:00-17:00"] }
by_phone = true

[[interpreter.language]]
code = "ti"
dialects = ["asmara"]

[[interpreter.certificate]]
language = "ti"
body = "Board of Interpreters"
expires_on = 2028-01-31
"""
