"""Blocks, closures, broadcasts, shifts and the floor's views, on each kind of database."""

from functools import partial

import pytest

from helpline.clock import HOUR, MINUTE
from helpline.store import blocks, broadcasts, closures, floor_view, hour_view, shifts
from helpline.store.db import Store, Tx
from helpline.store.tables import assignments, contacts, duty, threads, worker_languages, workers
from tests.contract.rows import a_contact, a_worker, an_assignment


@pytest.fixture
async def staffed(store: Store) -> Store:
    """Amina, who speaks Somali, has a text conversation in which the child waits for an answer."""

    def unit(tx: Tx) -> None:
        tx.insert(workers, a_worker("amina"))
        tx.insert(worker_languages, {"worker_id": "amina", "language": "so", "level": "fluent"})
        tx.insert(duty, {"worker_id": "amina", "state": "available", "since": 1, "idle_since": 1, "load_text": 1})
        now = {"first_arrival": tx.now, "queued_at": tx.now}
        tx.insert(contacts, a_contact("chat", channel="sms", state="connected", connected_at=tx.now, **now))
        tx.insert(threads, {"contact_id": "chat", "owed_since": tx.now})
        given = {"state": "connected", "accepted_at": 1, "load_class": "text"}
        tx.insert(assignments, an_assignment("one", "chat", "amina", **given))
        left = {"state": "closed", "ended_by": "child", "left_at": tx.now + MINUTE, "caller_hash": "h", "line": "116"}
        tx.insert(contacts, a_contact("call", **now, **left))

    await store.write(unit)
    return store


async def test_a_block_holds_for_its_number_and_line_until_it_is_lifted(staffed: Store) -> None:
    until = await staffed.read(lambda tx: tx.now + HOUR)
    id = await staffed.write(lambda tx: blocks.add(tx, "116", "h", "call", b"why", "amina", until))
    assert await staffed.read(lambda tx: blocks.blocked_until(tx, "116", "h")) == until
    assert await staffed.read(lambda tx: blocks.blocked_until(tx, "116", "other")) is None
    assert await staffed.read(lambda tx: blocks.blocked_until(tx, "933", "h")) is None
    assert await staffed.read(lambda tx: blocks.blocked_until(tx, "116", None)) is None
    (one,) = await staffed.read(blocks.holding)
    assert (one.id, one.pseudonym, one.set_alias) == (id, "Kwi-4821", "amina")

    def writes(tx: Tx) -> None:
        tx.insert(contacts, a_contact("text", channel="sms", state="arriving", caller_hash="h"))
        tx.insert(threads, {"contact_id": "text"})

    await staffed.write(writes)
    assert await staffed.read(lambda tx: blocks.kept_back(tx, "116", "h")) == ["text"]
    assert await staffed.write(lambda tx: blocks.lift(tx, id, "amina")) is True
    assert await staffed.write(lambda tx: blocks.lift(tx, id, "amina")) is False
    assert await staffed.read(blocks.holding) == ()
    assert await staffed.write(lambda tx: blocks.forget_before(tx, until + 1)) == 1


async def test_closures_with_and_without_an_end(staffed: Store) -> None:
    until = await staffed.read(lambda tx: tx.now + HOUR)
    first = await staffed.write(lambda tx: closures.add(tx, "116", until, b"why", "amina"))
    await staffed.write(lambda tx: closures.add(tx, "933", None, b"why", "amina"))
    assert await staffed.read(lambda tx: closures.ends(tx, "116")) == [until]
    assert await staffed.read(lambda tx: closures.ends(tx, "933")) == [None]
    assert [one.line for one in await staffed.read(closures.not_over)] == ["116", "933"]
    assert await staffed.write(lambda tx: closures.lift(tx, first, "amina"))
    assert await staffed.read(lambda tx: closures.ends(tx, "116")) == []


async def test_a_broadcast_is_there_for_who_has_not_put_it_away(staffed: Store) -> None:
    await staffed.write(lambda tx: tx.insert(workers, a_worker("bwalya")))
    until = await staffed.read(lambda tx: tx.now + HOUR)
    id = await staffed.write(lambda tx: broadcasts.add(tx, b"body", "amina", until))
    for _ in range(2):
        assert await staffed.write(lambda tx: broadcasts.put_away(tx, id, "amina")) is True
    assert await staffed.read(lambda tx: broadcasts.for_worker(tx, "amina")) == ()
    assert [one.id for one in await staffed.read(lambda tx: broadcasts.for_worker(tx, "bwalya"))] == [id]
    assert await staffed.write(lambda tx: broadcasts.end(tx, id, "amina")) is True
    assert await staffed.write(lambda tx: broadcasts.put_away(tx, id, "bwalya")) is False
    assert await staffed.read(broadcasts.not_over) == ()
    assert await staffed.write(lambda tx: broadcasts.forget_before(tx, until + 1)) == 1


async def test_shifts_are_found_by_any_part_of_them(staffed: Store) -> None:
    id = await staffed.write(lambda tx: shifts.add(tx, "amina", 100, 200, None, "amina"))
    for after, before, there in ((0, 100, False), (0, 101, True), (199, 300, True), (200, 300, False)):
        found = await staffed.read(partial(shifts.of_worker, worker_id="amina", after=after, before=before))
        assert bool(found) is there, (after, before)
        assert await staffed.read(partial(shifts.between, after=after, before=before)) == found
    (amina,) = await staffed.read(shifts.members)
    assert (amina.languages, amina.lines, amina.presence.state) == (("so",), None, "available")
    await staffed.write(lambda tx: shifts.remove(tx, id))
    assert await staffed.read(lambda tx: shifts.find(tx, id)) is None


async def test_the_floor_and_the_last_hour(staffed: Store) -> None:
    floor = await staffed.read(floor_view.floor)
    (amina,) = floor.people
    assert amina.owed == 1 and amina.owed_since is not None
    (chat,) = floor.contacts
    assert chat.owed_since == amina.owed_since
    holder = await staffed.read(lambda tx: floor_view.holder_of(tx, "chat"))
    assert holder is not None and (holder.alias, holder.assignment_id) == ("amina", "one")
    pieces = await staffed.read(hour_view.last_hour)
    assert sum(one.offered for one in pieces) == 2 and sum(one.answered for one in pieces) == 1
