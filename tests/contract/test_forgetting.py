"""What is kept of concerns, referrals and cases, and until when, on each kind of database."""

import random
from dataclasses import dataclass, replace
from datetime import date

import pytest
import sqlalchemy as sa

from config.services import Service
from helpline import heard_back
from helpline.clock import DAY, HOUR
from helpline.errors import Invalid
from helpline.house import House
from helpline.keeping import _clean
from helpline.protection import concerns as protection
from helpline.protection import posts
from helpline.protection.concerns import Answers
from helpline.referrals import answers, cases, directory, links, service
from helpline.referrals.answers import Heard
from helpline.referrals.lifecycle import Event
from helpline.store import concerns, contacts, referrals, tables
from helpline.store.cases import get as case_of
from helpline.store.db import Store, Tx
from helpline.store.tables import (
    audit,
    case_steps,
    climbs,
    duty,
    link_visits,
    pages,
    post_holders,
    referral_links,
    referral_views,
    workers,
)
from helpline.store.tables import contacts as contacts_table
from tests.contract.rows import a_contact, a_worker
from tests.unit.referrals.directory_of_services import a_matter, a_service
from tests.village import a_house

BY = "amina"
EMAIL = {"channel": "email", "to": "desk@service.example"}
SMS = {"channel": "sms", "to": "+260950000900"}
KEPT = {"services": "yes"}


@dataclass
class Archive:
    """A store whose helpline keeps things for 30 days. ``late`` moves what was written into the past."""

    store: Store
    house: House

    async def clean(self) -> None:
        while await self.store.write(lambda tx: _clean(tx, self.house)):
            pass

    async def days_pass(self, days: int) -> None:
        """All dates that count for keeping are so many days further back."""

        def unit(tx: Tx) -> None:
            back = days * DAY
            for table, names in (
                (contacts_table, ("keep_until",)),
                (tables.concerns, ("closed_at",)),
                (tables.referrals, ("closed_at", "answered_at", "created_at")),
                (tables.cases, ("closed_at",)),
                (climbs, ("ended_at",)),
                (link_visits, ("expires_at",)),
                (post_holders, ("removed_at",)),
            ):
                for name in names:
                    tx.execute(table.update().values({name: table.c[name] - back}))

        await self.store.write(unit)
        await self.clean()

    async def count(self, table: sa.Table) -> int:
        def look(tx: Tx) -> int:
            return int(tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

        return await self.store.read(look)

    async def knows_contact(self) -> bool:
        return await self.count(contacts_table) == 1

    async def flags(self, contact: str | None) -> str:
        answers = Answers(province="lusaka", district="lusaka", consents=KEPT)
        return await self.store.write(
            lambda tx: protection.flag(tx, self.house, BY, "trafficking", contact, answers, sees_all=True)
        )

    async def closes(self, concern: str) -> None:
        await self.store.write(lambda tx: protection.close(tx, self.house, BY, concern, "safe", "", takes=True))

    async def refers(self, contact: str | None, concern: str | None = None, one: Service | None = None) -> str:
        def unit(tx: Tx) -> str:
            entry = directory.keep(tx, self.house, one or a_service(contacts=[EMAIL, SMS]), BY)
            id = service.draft(tx, self.house, service.Wanted(entry, a_matter(), contact, concern), BY)
            service.send(tx, self.house, id, 1, BY)
            return id

        return await self.store.write(unit)


@pytest.fixture
async def archive(store: Store, seed: int) -> Archive:
    house = replace(
        a_house(keep_days=30), public_url="https://help.example", chance=random.Random(seed), hooks=heard_back.HOOKS
    )

    def unit(tx: Tx) -> None:
        tx.insert(workers, a_worker(BY))
        tx.insert(duty, {"worker_id": BY, "state": "off", "since": 1, "idle_since": 1})
        given = {"line": "children", "language": "en", "state": "closed", "keep_until": tx.now + DAY}
        tx.insert(contacts_table, a_contact("contact", **given))

    await store.write(unit)
    return Archive(store, house)


async def test_an_open_referral_keeps_its_contact_and_thirty_days_after_its_end_both_go(archive: Archive) -> None:
    id = await archive.refers("contact")
    await archive.days_pass(400)
    assert await archive.knows_contact(), "something is still expected of the service"
    await archive.store.write(lambda tx: service.close(tx, archive.house, id, BY, "safe"))
    await archive.days_pass(29)
    assert await archive.knows_contact()
    assert (await archive.store.read(lambda tx: referrals.get(tx, id))).state == "closed"
    await archive.days_pass(2)
    assert not await archive.knows_contact()
    assert await archive.count(referral_links) == 0


async def test_a_refused_referral_is_kept_for_thirty_days_and_keeps_nothing_for_ever(archive: Archive) -> None:
    id = await archive.refers("contact")
    said = Heard(Event.REFUSED, "link", reason="no_room")
    await archive.store.write(lambda tx: answers.hear(tx, archive.house, id, said))
    await archive.days_pass(29)
    assert await archive.knows_contact()
    await archive.days_pass(2)
    assert not await archive.knows_contact()


async def test_an_open_case_keeps_its_contacts_and_goes_with_them_after_its_end(archive: Archive) -> None:
    house = archive.house
    case = await archive.store.write(lambda tx: cases.open_case(tx, house, "contact", BY, "unaccompanied"))
    step = await archive.store.write(
        lambda tx: cases.add_step(tx, house, case, "Find a bed", BY, date(2027, 1, 18), BY)
    )
    await archive.days_pass(400)
    assert await archive.knows_contact()
    await archive.store.write(lambda tx: cases.step_done(tx, case, step, BY))
    await archive.store.write(lambda tx: cases.close(tx, house, case, BY, "safe", "She is well."))
    await archive.days_pass(29)
    assert await archive.knows_contact()
    assert (await archive.store.read(lambda tx: case_of(tx, case))).state == "closed"
    await archive.days_pass(2)
    assert not await archive.knows_contact()
    assert await archive.count(case_steps) == 0
    with pytest.raises(Invalid) as gone:
        await archive.store.read(lambda tx: case_of(tx, case))
    assert gone.value.code == "case_unknown"


async def test_what_was_heard_elsewhere_goes_thirty_days_after_its_end_with_its_ladder(archive: Archive) -> None:
    concern = await archive.flags(None)
    referral = await archive.refers(None, concern)
    await archive.days_pass(400)
    assert await archive.store.read(lambda tx: concerns.find(tx, concern)), "nobody has closed it"
    await archive.closes(concern)
    await archive.days_pass(31)
    assert await archive.store.read(lambda tx: concerns.find(tx, concern)), "its referral is open"
    await archive.store.write(lambda tx: service.close(tx, archive.house, referral, BY, "safe"))
    await archive.days_pass(29)
    assert await archive.store.read(lambda tx: referrals.find(tx, referral))
    await archive.days_pass(2)
    assert await archive.store.read(lambda tx: referrals.find(tx, referral)) is None
    assert await archive.store.read(lambda tx: concerns.find(tx, concern)) is None
    for table in (climbs, pages, referral_links, referral_views):
        assert await archive.count(table) == 0, table.name
    left = await archive.store.read(lambda tx: {row.subject_id for row in tx.execute(audit.select())})
    assert not left & {concern, referral}


async def test_a_browser_that_had_a_link_open_is_forgotten_when_its_time_is_over(archive: Archive) -> None:
    id = await archive.refers("contact")

    def unit(tx: Tx) -> None:
        link = referrals.links_of(tx, id)[0]
        referrals.begin_visit(tx, link, links.token_hash("a token"), tx.now + HOUR)

    await archive.store.write(unit)
    await archive.clean()
    assert await archive.count(link_visits) == 1
    await archive.days_pass(1)
    assert await archive.count(link_visits) == 0


async def test_who_has_left_a_post_is_forgotten_with_name_and_number(archive: Archive) -> None:
    house = archive.house

    def unit(tx: Tx) -> None:
        gone = posts.name_holder(tx, house, BY, "manager_on_call", name="R. Tembo", phone="+260966000700")
        posts.name_holder(tx, house, BY, "manager_on_call", name="J. Zulu", phone="+260966000701")
        posts.remove_holder(tx, BY, gone)

    await archive.store.write(unit)
    await archive.days_pass(29)
    assert await archive.count(post_holders) == 2
    await archive.days_pass(2)
    assert await archive.count(post_holders) == 1


async def test_a_page_of_a_contact_says_until_when_it_is_kept(archive: Archive) -> None:
    concern = await archive.flags("contact")
    before = (await archive.store.read(lambda tx: contacts.get(tx, "contact"))).keep_until
    await archive.closes(concern)
    after = (await archive.store.read(lambda tx: contacts.get(tx, "contact"))).keep_until
    assert after - before > 28 * DAY
