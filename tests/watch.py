"""A watch of the night: a helpline's store with a clock that is moved by hand, people, a contact, and its concerns.

No carrier and no mail server: what would be sent is a notice in the store, and a test says what becomes of it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from config.concerns import Concerns
from config.ladders import Ladders
from helpline import heard_back
from helpline.clock import ids_from
from helpline.contacts.arrival import new_contact
from helpline.deadlines import Timers
from helpline.house import House
from helpline.metrics import Metrics
from helpline.protection import concerns as service
from helpline.protection.concerns import NOTHING_YET, Answers
from helpline.staff import duty
from helpline.store import assignments, climbs, concerns, notices, posts, workers
from helpline.store.climbs import Climb, Page
from helpline.store.concerns import Concern
from helpline.store.contacts import Contact
from helpline.store.db import Store, T, Tx
from helpline.store.engine import open_store
from helpline.store.notices import Stored
from tests.village import LINE, MONDAY_0800, HandClock, a_house, hash_of

MANAGER = "+260966000700"
SECRETARIAT = "desk@secretariat.example.org"


def a_watched_house(change: Callable[[Ladders], Ladders] = lambda ladders: ladders, **concerns: Any) -> House:
    """With hooks and links; ``change`` the ladders, and give other values of the concerns."""
    house = a_house()
    directory = house.directory
    asked: Concerns = directory.concerns.model_copy(update=concerns)
    return replace(
        house,
        directory=replace(directory, ladders=change(directory.ladders), concerns=asked),
        hooks=heard_back.HOOKS,
        public_url="https://helpline.example.org",
    )


@dataclass
class Watch:
    """See the module. Built by `open_watch`; a second one over the same database is a second process."""

    store: Store
    house: House
    clock: HandClock
    timers: Timers

    async def write(self, unit: Callable[[Tx], T]) -> T:
        return await self.store.write(unit)

    async def look(self, query: Callable[[Tx], T]) -> T:
        return await self.store.read(query)

    async def hire(self, name: str, roles: str = "counsellor", *, on_duty: bool = True, number: str = "") -> str:
        number = number or f"+26095{hash_of(name):07d}"
        row = {"sign_in": name, "alias": name.capitalize(), "roles": roles, "reach_enc": self.house.vault.seal(number)}
        worker = await self.write(lambda tx: workers.add(tx, row, [("en", "fluent")]))
        if on_duty:
            await self.write(lambda tx: duty.go_on_duty(tx, self.house, worker))
        return worker

    async def holds_post(self, post: str, *, number: str | None = MANAGER, email: str | None = None) -> str:
        seal = self.house.vault.seal

        def unit(tx: Tx) -> str:
            return posts.add(
                tx, post, "operator", name_enc=seal("R. Tembo"), phone_enc=seal(number) if number else None,
                email_enc=seal(email) if email else None,
            )  # fmt: skip

        return await self.write(unit)

    async def conversation(self, counsellor: str, state: str = "connected") -> Contact:
        """A child and a counsellor talk."""

        def unit(tx: Tx) -> Contact:
            contact = new_contact(tx, self.house, LINE, state=state, language="en", connected_at=tx.now)
            assignments.add(tx, {
                "id": tx.new_id(), "contact_id": contact.id, "worker_id": counsellor, "role": "counsellor",
                "state": state, "contact_version": 0, "load_class": "voice", "stage": "fluent", "reasons_json": "{}",
                "offered_at": tx.now, "until": tx.now, "accepted_at": tx.now, "connected_at": tx.now,
            })  # fmt: skip
            return contact

        return await self.write(unit)

    async def flags(self, by: str, kind: str, contact: Contact | None, answers: Answers = NOTHING_YET) -> str:
        id = contact.id if contact is not None else None
        return await self.write(lambda tx: service.flag(tx, self.house, by, kind, id, answers))

    async def concern(self, id: str) -> Concern:
        return await self.look(lambda tx: concerns.get(tx, id))

    async def climb(self, concern_id: str) -> Climb:
        found = await self.look(lambda tx: climbs.of_concern(tx, concern_id))
        assert found is not None
        return found

    async def pages(self, climb: Climb) -> list[Page]:
        return await self.look(lambda tx: climbs.pages_of(tx, climb.id))

    async def rungs(self, climb: Climb) -> list[tuple[int, int, str, str]]:
        """What was told so far: rung, round, whom, how; in the order in which it was."""
        found = [(page.rung, page.round, page.who, page.how) for page in await self.pages(climb)]
        return list(dict.fromkeys(found))

    async def sent(self, page: Page) -> tuple[Stored, str, str]:
        """The notice of a page, with its words and where it goes."""

        def look(tx: Tx) -> Stored:
            assert page.notice_id is not None
            return notices.get(tx, page.notice_id)

        notice = await self.look(look)
        assert notice.body_enc is not None and notice.to_enc is not None
        return notice, self.house.vault.open(notice.body_enc), self.house.vault.open(notice.to_enc)

    async def pass_by(self, seconds: float) -> None:
        """Time passes, and what is due by then is done."""
        self.clock.pass_by(seconds)
        await self.timers.step()


async def open_watch(
    url: str = "sqlite://", *, clock: HandClock | None = None, house: House | None = None, seed: int = 1
) -> Watch:
    clock = clock or HandClock(MONDAY_0800)
    house = house or a_watched_house()
    store = await open_store(url, clock, ids_from(clock, random.Random(seed)))
    return Watch(store, house, clock, Timers(store, house, clock, Metrics()))
