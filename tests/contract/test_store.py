"""What every store promises, told once and held against SQLite, SQLite in memory and PostgreSQL."""

import asyncio
import traceback
from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from helpline.clock import SystemClock, ids_from
from helpline.errors import Conflict, Invalid, Refused, Unavailable
from helpline.store.db import Hint, Store, Tx
from helpline.store.engine import open_store
from helpline.store.faults import StoreFault
from helpline.store.tables import alarms, assignments, contacts, deliveries, duty, heartbeats, legs, workers
from tests.contract.conftest import Opener
from tests.contract.rows import a_contact, a_worker, an_alarm, an_assignment, delivered, delivering, elsewhere


async def test_what_was_written_is_read_with_the_time_and_an_id_that_were_handed_in(store: Store) -> None:
    def arrives(tx: Tx) -> tuple[str, int]:
        id = tx.new_id()
        tx.insert(contacts, a_contact(id, first_arrival=tx.now))
        return id, tx.now

    id, now = await store.write(arrives)

    row = await store.read(lambda tx: tx.execute(sa.select(contacts.c.id, contacts.c.first_arrival)).one())
    assert tuple(row) == (id, now)


async def test_the_columns_that_nobody_named_have_their_defaults(store: Store) -> None:
    await store.write(lambda tx: tx.insert(contacts, a_contact("c")))

    row = await store.read(lambda tx: tx.execute(sa.select(contacts)).one())

    assert (row.version, row.kind, row.priority, row.danger, row.generation) == (0, "call", "normal", False, 0)


async def test_one_units_error_harms_no_other(store: Store) -> None:
    def refuses(tx: Tx) -> str:
        tx.insert(deliveries, {"key": "refused", "received_at": 1})
        raise Refused("not_yours")

    def breaks(tx: Tx) -> str:
        tx.insert(deliveries, {"key": "broken", "received_at": 1})
        raise KeyError("a mistake in a unit")

    outcomes = await asyncio.gather(
        store.write(delivering("a")),
        store.write(refuses),
        store.write(delivering("b")),
        store.write(breaks),
        store.write(delivering("c")),
        return_exceptions=True,
    )

    assert [type(each) for each in outcomes] == [str, Refused, str, KeyError, str]
    assert await store.read(delivered) == ["a", "b", "c"]


async def test_a_batch_gives_back_a_result_or_an_error_for_each_unit(store: Store) -> None:
    def stale(tx: Tx) -> str:
        tx.insert(deliveries, {"key": "stale", "received_at": 1})
        raise Conflict("offer_gone")

    first, second, third, fourth = await store.write_batch(
        [delivering("a"), stale, delivering("a"), lambda tx: ",".join(delivered(tx))]
    )

    assert first == "a"
    assert isinstance(second, Conflict) and second.code == "offer_gone"
    assert isinstance(third, Conflict) and third.code == "integrity"
    assert fourth == "a"
    assert await store.read(delivered) == ["a"]


async def test_a_unit_may_try_something_and_go_on_without_it(store: Store) -> None:
    def tries(tx: Tx) -> None:
        tx.insert(deliveries, {"key": "a", "received_at": 1})
        with suppress(IntegrityError), tx.savepoint():
            tx.hint("contact", "undone")
            tx.insert(deliveries, {"key": "undone", "received_at": 1})
            tx.insert(deliveries, {"key": "a", "received_at": 1})
        with tx.savepoint():
            tx.insert(deliveries, {"key": "b", "received_at": 1})
        tx.hint("contact", "done")

    heard: list[Hint] = []
    store.listen(heard.extend)

    await store.write(tries)

    assert await store.read(delivered) == ["a", "b"]
    assert heard == [Hint("contact", "done")]


async def test_hints_are_told_after_the_commit_and_never_of_what_was_undone(store: Store) -> None:
    heard: list[Hint] = []
    store.listen(heard.extend)

    def fails(tx: Tx) -> None:
        tx.hint("contact", "nobody")
        raise Conflict("offer_gone")

    def hints_twice(tx: Tx) -> None:
        tx.hint("contact", "c")
        tx.hint("worker", "w")
        tx.hint("contact", "c")
        assert heard == []

    with pytest.raises(Conflict):
        await store.write(fails)
    assert heard == []

    await store.write(hints_twice)
    assert heard == [Hint("contact", "c"), Hint("worker", "w")]


async def test_a_statement_that_breaks_a_rule_of_the_tables_is_a_conflict_that_tells_no_values(store: Store) -> None:
    number = f"+{260971234567}"

    def says_so(tx: Tx) -> None:
        try:
            with tx.savepoint():
                delivering(number)(tx)
        except IntegrityError:
            raise Conflict("record_changed") from None

    await store.write(delivering(number))
    for unit, code in ((delivering(number), "integrity"), (says_so, "record_changed")):
        with pytest.raises(Conflict) as caught:
            await store.write(unit)
        assert caught.value.code == code
        assert number not in "".join(traceback.format_exception(caught.value))


async def test_a_statement_that_makes_no_sense_is_our_fault_and_tells_no_values(store: Store) -> None:
    with pytest.raises(StoreFault) as caught:
        await store.write(lambda tx: tx.execute(sa.text("INSERT INTO nowhere VALUES (:a)"), {"a": "+260971234567"}))

    assert caught.value.code == "store_fault"
    assert "nowhere" in str(caught.value) and "260971234567" not in str(caught.value)


async def test_a_contact_goes_only_where_it_exists(store: Store) -> None:
    leg = {"id": "l", "contact_id": "nobody", "role": "child", "state": "ringing", "created_at": 1}
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.insert(legs, leg))


async def test_an_answer_to_an_older_version_changes_nothing(store: Store) -> None:
    await store.write(lambda tx: tx.insert(contacts, a_contact("c")))

    def claims(tx: Tx) -> int:
        unchanged = sa.update(contacts).where(contacts.c.id == "c", contacts.c.version == 0)
        return tx.execute(unchanged.values(state="offered", version=contacts.c.version + 1)).rowcount

    counts = await asyncio.gather(*(store.write(claims) for _ in range(8)))

    assert sorted(counts) == [0] * 7 + [1]
    assert await store.read(lambda tx: tx.execute(sa.select(contacts.c.version)).scalar_one()) == 1


async def test_a_contact_has_one_live_assignment_for_each_role(store: Store) -> None:
    def prepares(tx: Tx) -> None:
        tx.insert(contacts, a_contact("c"))
        tx.insert(workers, a_worker("w1"))
        tx.insert(workers, a_worker("w2"))
        tx.insert(assignments, an_assignment("a1", "c", "w1"))

    await store.write(prepares)

    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.insert(assignments, an_assignment("a2", "c", "w2")))
    await store.write(lambda tx: tx.insert(assignments, an_assignment("a3", "c", "w2", role="interpreter")))

    await store.write(lambda tx: tx.execute(sa.update(assignments).where(assignments.c.id == "a1").values(ended_at=9)))
    await store.write(lambda tx: tx.insert(assignments, an_assignment("a4", "c", "w2")))


async def test_a_topic_has_one_open_alarm(store: Store) -> None:
    topic = "danger_waiting:c"
    assert await store.write(lambda tx: tx.insert_once(alarms, an_alarm("a1", topic)))
    assert not await store.write(lambda tx: tx.insert_once(alarms, an_alarm("a2", topic)))
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.insert(alarms, an_alarm("a3", topic)))

    await store.write(lambda tx: tx.execute(sa.update(alarms).values(closed_at=9)))
    assert await store.write(lambda tx: tx.insert_once(alarms, an_alarm("a4", topic)))


async def test_nobodys_load_falls_below_nothing(store: Store) -> None:
    def prepares(tx: Tx) -> None:
        tx.insert(workers, a_worker("w"))
        tx.insert(duty, {"worker_id": "w", "state": "available", "since": 1, "idle_since": 1})

    await store.write(prepares)
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.execute(sa.update(duty).values(load_voice=duty.c.load_voice - 1)))
    assert await store.read(lambda tx: tx.execute(sa.select(duty.c.load_voice)).scalar_one()) == 0


@pytest.mark.parametrize("words", ["እርዳታ እፈልጋለሁ", "أحتاج مساعدة", "Nisaidie 🙏🏾", "quote ' \" ; -- % \\ \n", ""])
async def test_every_script_is_kept_as_it_was_written(store: Store, words: str) -> None:
    row = a_worker("w", name_enc=b"\x00\xff" + words.encode()) | {"alias": words}
    await store.write(lambda tx: tx.insert(workers, row))

    kept = await store.read(lambda tx: tx.execute(sa.select(workers.c.alias, workers.c.name_enc)).one())
    assert tuple(kept) == (words, row["name_enc"])


@pytest.mark.parametrize("words", ["a\0b", "lone \ud83d"])
async def test_a_text_that_one_engine_could_not_hold_is_refused_by_all(store: Store, words: str) -> None:
    row = {"key": words, "received_at": 1}
    for unit in (
        lambda tx: tx.insert(deliveries, row),
        lambda tx: tx.insert_once(deliveries, row),
        lambda tx: tx.put(deliveries, row),
        lambda tx: tx.execute(sa.insert(deliveries), [row]),
    ):
        with pytest.raises(Invalid) as caught:
            await store.write(unit)
        assert caught.value.code == "text_not_storable"
    assert await store.read(delivered) == []


async def test_twenty_of_the_same_delivery_at_once_are_one(store: Store) -> None:
    went_in = await asyncio.gather(
        *(store.write(lambda tx: tx.insert_once(deliveries, {"key": "CA1:0", "received_at": 1})) for _ in range(20))
    )

    assert sorted(went_in) == [False] * 19 + [True]
    assert await store.read(delivered) == ["CA1:0"]


async def test_twenty_units_that_look_first_and_insert_then_still_make_one_row(store: Store) -> None:
    def takes_in(tx: Tx) -> str | None:
        stored = tx.execute(sa.select(deliveries.c.answer).where(deliveries.c.key == "CA1:0")).one_or_none()
        if stored is not None:
            return str(stored.answer)
        answer = tx.new_id()
        tx.insert(deliveries, {"key": "CA1:0", "received_at": 1, "answer": answer})
        return answer

    answers = await asyncio.gather(*(store.write(takes_in) for _ in range(20)))

    assert len(set(answers)) == 1
    assert await store.read(delivered) == ["CA1:0"]


async def test_putting_a_row_twice_leaves_the_later_values(store: Store) -> None:
    await store.write(lambda tx: tx.put(heartbeats, {"name": "dispatcher", "at": 1}))
    await store.write(lambda tx: tx.put(heartbeats, {"name": "dispatcher", "at": 2}))
    await store.write(lambda tx: tx.put(heartbeats, {"name": "timers", "at": 3}))

    rows = await store.read(lambda tx: tx.execute(sa.select(heartbeats).order_by("name")).all())
    assert [tuple(row) for row in rows] == [("dispatcher", 2), ("timers", 3)]


async def test_a_read_sees_one_state_while_others_write(store: Store, url: str) -> None:
    if store.name == "memory":
        return  # nobody else can reach it
    await store.write(delivering("a"))

    def looks_twice(tx: Tx) -> tuple[list[str], list[str]]:
        before = delivered(tx)
        elsewhere(url, "INSERT INTO deliveries (key, received_at) VALUES ('b', 1)")
        return before, delivered(tx)

    assert await store.read(looks_twice) == (["a"], ["a"])
    assert await store.read(delivered) == ["a", "b"]


async def test_a_read_changes_nothing(store: Store) -> None:
    with suppress(Unavailable):
        await store.read(delivering("a"))
    assert await store.read(delivered) == []
    await store.write(delivering("b"))
    assert await store.read(delivered) == ["b"]


async def test_a_query_that_raises_leaves_the_store_as_good_as_before(store: Store) -> None:
    def fails(tx: Tx) -> None:
        delivered(tx)
        raise Refused("not_yours")

    for _ in range(12):
        with pytest.raises(Refused):
            await store.read(fails)
    assert await store.read(delivered) == []


async def test_a_caller_that_goes_away_does_not_take_its_unit_along(store: Store) -> None:
    async def asks() -> None:
        await store.write(delivering("a"))

    asking = asyncio.ensure_future(asks())
    await asyncio.sleep(0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking

    await store.write(delivering("b"))
    while await store.read(delivered) != ["a", "b"]:
        await asyncio.sleep(0)


async def test_a_listener_that_fails_harms_no_other(store: Store) -> None:
    if store.name == "memory":
        return  # there it is the test's own error, and is raised
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    heard: list[Hint] = []

    def broken(hints: tuple[Hint, ...]) -> None:
        raise KeyError("a mistake in a listener")

    store.listen(broken)
    store.listen(heard.extend)
    await store.write(lambda tx: tx.hint("contact", "c"))
    await store.write(lambda tx: tx.hint("contact", "d"))

    assert heard == [Hint("contact", "c"), Hint("contact", "d")]
    assert complaints == ["a listener of the store failed"] * 2


async def test_a_store_that_is_ready_says_so_by_a_heartbeat(store: Store) -> None:
    await store.ready()
    name, at = await store.read(lambda tx: tuple(tx.execute(sa.select(heartbeats)).one()))
    assert name == "ready" and at > 0


async def test_closing_finishes_what_was_handed_in(opener: Opener) -> None:
    store = await opener()
    writing = [asyncio.ensure_future(store.write(delivering(f"{each:03}"))) for each in range(50)]
    await asyncio.sleep(0)

    await store.close()

    assert [await each for each in writing] == [f"{each:03}" for each in range(50)]
    if store.name != "memory":
        assert len(await (await opener()).read(delivered)) == 50


async def test_a_store_that_was_closed_is_gone(opener: Opener) -> None:
    store = await opener()
    await store.close()
    await store.close()
    for call in (store.write(delivered), store.write_batch([delivered]), store.read(delivered), store.ready()):
        with pytest.raises(Unavailable) as caught:
            await call
        assert caught.value.code == "store_gone"


async def test_no_one_writes_to_a_database_that_nobody_can_name() -> None:
    from helpline.store.migrate import migrate

    for url in ("mysql://user:secret@host/helpline", "not a url", "postgresql+psycopg2://host/helpline"):
        with pytest.raises(Invalid) as caught:
            migrate(url)
        assert caught.value.code == "database_url"
        assert "secret" not in str(caught.value)


async def test_each_commit_is_told_with_its_time_and_its_units(url: str) -> None:
    told: list[tuple[float, int]] = []
    clock = SystemClock()
    store = await open_store(url, clock, ids_from(clock), committed=lambda *commit: told.append(commit))
    if store.name == "memory":
        await store.close()
        return  # nothing is made durable
    await store.write_batch([delivering("one"), delivering("two"), delivering("three")])
    await store.write(delivering("four"))
    await store.close()
    assert [units for _, units in told] == [3, 1]
    assert all(0 < seconds < 10 for seconds, _ in told)
