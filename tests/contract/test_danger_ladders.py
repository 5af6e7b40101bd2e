"""A child in danger whom nobody has: the ladder begins by itself, on every engine."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from helpline.clock import SECOND
from helpline.deadlines import danger_waits
from helpline.protection import acknowledging, starting
from helpline.store import climbs
from helpline.store.db import Tx
from helpline.store.tables import assignments, contacts
from tests.contract.test_protection import of_topic, open_alarms
from tests.village import LINE
from tests.watch import Watch, open_watch


@pytest.fixture
async def watch(url: str) -> AsyncIterator[Watch]:
    opened = await open_watch(url)
    yield opened
    await opened.store.close()


async def test_a_child_in_danger_who_waits_begins_a_ladder_that_ends_when_a_counsellor_has_it(watch: Watch) -> None:
    await watch.hire("grace", "supervisor")
    mary = await watch.hire("mary")
    contact = await watch.conversation(mary, "waiting")
    await watch.write(lambda tx: danger_waits(tx, watch.house, contact.id))
    climb = await of_topic(watch, f"danger_waiting:{contact.id}")
    assert "danger_waiting" in await open_alarms(watch)
    await watch.pass_by((climb.due_at - watch.clock.now()) / SECOND)
    after = await watch.look(lambda tx: climbs.get(tx, climb.id))
    assert after.rung == climb.rung + 1, "nobody has it, so the next rung is told"

    async def moves_on(table: sa.Table, key: sa.Column[str]) -> None:
        moved = table.update().where(key == contact.id).values(state="connected")
        await watch.write(lambda tx: tx.execute(moved).rowcount)

    await moves_on(contacts, contacts.c.id)
    await watch.pass_by((after.due_at - watch.clock.now()) / SECOND)
    still = await watch.look(lambda tx: climbs.get(tx, climb.id))
    assert still.ended_at is None, "an interpreter alone is not who it waits for"
    told = len(await watch.pages(still))
    await moves_on(assignments, assignments.c.contact_id)
    await watch.pass_by((still.due_at - watch.clock.now()) / SECOND)
    ended = await watch.look(lambda tx: climbs.get(tx, climb.id))
    assert ended.ended_how == "mended" and len(await watch.pages(ended)) == told


async def test_a_child_in_danger_who_left_with_nobody_is_climbed_for_until_a_person_takes_it(watch: Watch) -> None:
    grace, mary = await watch.hire("grace", "supervisor"), await watch.hire("mary")
    contact = await watch.conversation(mary, "closed")

    def lost(tx: Tx) -> None:
        about = {"line": LINE, "contact_id": contact.id}
        starting.alarm(tx, watch.house, "danger_lost", f"danger_lost:{contact.id}", **about)
        starting.mended(tx, f"danger_lost:{contact.id}")

    await watch.write(lost)
    climb = await of_topic(watch, f"danger_lost:{contact.id}")
    assert climb.ended_at is None, "it does not go away by itself"
    await watch.pass_by(7_200)
    assert (await watch.look(lambda tx: climbs.get(tx, climb.id))).rung > 0
    await watch.write(lambda tx: acknowledging.by_worker(tx, climb.id, grace))
    assert (await watch.look(lambda tx: climbs.get(tx, climb.id))).ended_how == "console"
