"""Several processes serve one helpline: whatever reaches which, and whichever of them dies, nobody notices."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from helpline.practice.phones import PhoneCall
from tests.servers import PostgresServer, ValkeyServer
from tests.several import Place, Several, on_this_machine, several, within
from tests.town import Counsellor


@pytest.fixture(scope="module")
def three(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, valkey_server: ValkeyServer
) -> Iterator[Several]:
    """Three processes, for all tests of this file."""
    folder: Path = tmp_path_factory.mktemp("several")
    with several(folder, postgres_server.new_database(), valkey_server.url) as found:
        for server in found.servers:
            server.start()
        yield found


@pytest.fixture
async def place(three: Several) -> AsyncIterator[Place]:
    """All three work. Each test has a counsellor and a language of its own, so that none waits for another's."""
    for server in three.servers:
        if server.process is None or server.process.poll() is not None:
            server.start()
    await three.all_ready()
    async with three.open() as found:
        yield found


async def chooses(place: Place, *keys: str, number: str = "+260971234567") -> PhoneCall:
    """A child dials 116 and chooses a language; "9" leads to more of them."""
    call = await place.carrier.phone(number).dial("116")
    await call.hears("For English")
    for key in keys:
        await call.press(key)
        if key == "9":
            await call.hears("Soomaali")
    return call


async def talks(place: Place, worker: Counsellor, *keys: str, number: str) -> tuple[PhoneCall, PhoneCall]:
    """A child and a counsellor who hear each other; gives both calls."""
    call = await chooses(place, *keys, number=number)
    await worker.accepts()
    phone = await worker.picks_up()
    await call.in_conference()
    await place.becomes("connected")
    return call, phone


async def ends(place: Place, call: PhoneCall, phone: PhoneCall, language: str | None = None) -> None:
    await call.hang_up()
    assert await phone.ended() == "completed"
    await place.becomes("wrap_up", language)


async def holder(place: Place) -> str:
    rows = await place.several.rows("SELECT holder FROM leases WHERE name = 'dispatcher'")
    return str(rows[0][0])


async def taken_over(place: Place, before: str) -> float:
    """How many seconds it took until another process held the lease."""

    async def look() -> bool:
        return await holder(place) != before

    return await within(60, look, "another process dispatching")


async def test_the_webhook_reaches_one_the_page_another_and_a_third_dispatches(place: Place) -> None:
    leader = await place.several.leader()
    first, second = (server for server in place.several.servers if server is not leader)
    place.balancer.only = first
    amina = await place.person("demo-amina", at=second)
    async with amina.http.get(f"{second.url}/console/events") as stream:
        call = await chooses(place, "9", "3")
        async with asyncio.timeout(9):
            told = ""
            while '"language": "so"' not in told:  # long before the stream says that it is still there
                told = (await stream.content.readline()).decode()
    offer = await amina.accepts()
    assert offer["language"] == "so"
    phone = await amina.picks_up()
    await call.in_conference()
    await place.becomes("connected")
    await ends(place, call, phone)


async def test_a_dispatcher_that_is_killed_is_replaced_within_three_seconds(place: Place) -> None:
    bwalya = await place.person("demo-bwalya", duty=False)
    call = await chooses(place, "2", number="+260971000002")
    await place.becomes("waiting")
    before, leader = await holder(place), await place.several.leader()
    leader.kill()
    assert await taken_over(place, before) < on_this_machine(3)
    await bwalya.duty("on")
    await bwalya.accepts()
    phone = await bwalya.picks_up()
    await call.in_conference()
    await ends(place, call, phone)


async def test_a_dispatcher_that_is_frozen_is_replaced_and_does_no_harm_when_it_thaws(place: Place) -> None:
    chanda = await place.person("demo-chanda", duty=False)
    before, leader = await holder(place), await place.several.leader()
    call = await chooses(place, "3", number="+260971000003")
    await place.becomes("waiting")
    others = [server for server in place.several.servers if server is not leader]
    place.balancer.servers = others  # a balancer sees that it does not answer
    leader.send(signal.SIGSTOP)
    try:
        assert await taken_over(place, before) < on_this_machine(3)
        await chanda.duty("on")
        await chanda.is_offered()
    finally:
        leader.send(signal.SIGCONT)
    await chanda.accepts()
    phone = await chanda.picks_up()
    await call.in_conference()
    await place.several.all_ready()
    assert await place.several.leader() in others
    rows = await place.several.rows("SELECT contact_id FROM assignments WHERE ended_at IS NULL AND role = 'counsellor'")
    assert len(rows) == len(set(rows))
    await ends(place, call, phone)


async def test_an_effect_in_the_hand_of_one_that_is_killed_is_done_by_another(place: Place) -> None:
    esperance = await place.person("demo-esperance")
    call = await chooses(place, "9", "1", number="+260971000006")
    place.carrier.faults.rest_times_out(when=lambda method, path: method == "POST", accepted=False)
    await esperance.accepts()
    owner = ""

    async def held() -> bool:
        nonlocal owner
        rows = await place.several.rows(
            "SELECT claimed_by FROM effects WHERE state = 'claimed' AND kind = 'call_adult'"
        )
        owner = rows[0][0] if rows else ""
        return bool(owner)

    await within(5, held, "the order to ring being on its way")
    ids = {(server.ready() or {})["id"]: server for server in place.several.servers}
    ids[owner].kill()
    phone = await esperance.picks_up()
    await call.in_conference()
    await place.becomes("connected")
    await ends(place, call, phone)


async def test_without_redis_it_goes_on_says_so_and_heals(place: Place, valkey_server: ValkeyServer) -> None:
    inonge = await place.person("demo-inonge", duty=False)

    async def says(slower: list[str]) -> bool:
        found = await asyncio.gather(*(asyncio.to_thread(server.ready) for server in place.several.servers))
        return all(one is not None and one["ready"] and one["slower"] == slower for one in found)

    async def alarms(count: int) -> bool:
        rows = await place.several.rows("SELECT 1 FROM alarms WHERE kind = 'redis_gone' AND closed_at IS NULL")
        return len(rows) == count

    await within(30, lambda: says([]), "all of them hearing by Redis")
    valkey_server.stop()
    call = await chooses(place, "5", number="+260971000004")
    await inonge.duty("on")
    await inonge.is_offered()
    await within(30, lambda: says(["redis_gone"]), "all of them saying that Redis is gone")
    await inonge.accepts()
    phone = await inonge.picks_up()
    await call.in_conference()
    await within(30, lambda: alarms(1), "the supervisors being told")
    valkey_server.start()
    await within(30, lambda: says([]), "all of them hearing by Redis again")
    await within(30, lambda: alarms(0), "the alarm closing")
    await ends(place, call, phone)


async def test_a_redis_that_is_frozen_holds_nobody_up(place: Place, valkey_server: ValkeyServer) -> None:
    valkey_server.send(signal.SIGSTOP)
    try:
        call = await place.carrier.phone("+260971000007").dial("116")
        await call.hears("For English")
        await place.person("demo-yusuf", duty=False)  # signing in counts tries, with Redis where there is one
        await call.hang_up()
    finally:
        valkey_server.send(signal.SIGCONT)


async def test_a_rolling_restart_in_the_middle_of_a_call_is_noticed_by_nobody(place: Place) -> None:
    dawit = await place.person("demo-dawit")
    call, phone = await talks(place, dawit, "9", "4", number="+260971000005")
    for server in place.several.servers:
        before = await holder(place)
        leads = server.dispatches()
        server.send(signal.SIGTERM)
        if leads:
            assert await taken_over(place, before) < on_this_machine(1)
        assert server.process is not None
        assert await asyncio.to_thread(server.process.wait, 60) == 0
        another = await place.carrier.phone("+260971000008").dial("116")
        await another.hears("For English")
        await another.hang_up()
        server.start()
        await place.several.all_ready()
    rows = await place.several.rows("SELECT state FROM contacts WHERE language = 'am'")
    assert rows == [("connected",)] and call.room is not None and call.room is phone.room
    await ends(place, call, phone, "am")


async def test_when_postgresql_is_gone_calls_fall_back_texts_come_again_and_nothing_is_lost(
    place: Place, postgres_server: PostgresServer
) -> None:
    before = await place.several.rows("SELECT count(*) FROM contacts")
    await asyncio.to_thread(postgres_server.kill)
    helper = place.carrier.phone("+260950000116")
    call = await place.carrier.phone("+260971000009").dial("116")
    rings = await helper.rings(20)  # the line's own fallback number, by our answer or by the carrier
    await rings.answer()
    await call.connected()
    texting = asyncio.create_task(place.carrier.phone("+260971000010").text("+260116", "english"))

    async def tried() -> bool:
        return any(one.kind == "message" and one.status == 503 for one in place.carrier.deliveries)

    await within(30, tried, "the text being refused for now")
    await asyncio.to_thread(postgres_server.start)
    await place.several.all_ready()
    await texting
    place.carrier.errors.clear()  # it notes what it had to try again
    await place.carrier.phone("+260971000010").text("+260116", "english, please")

    async def stored() -> bool:
        return len(await place.several.rows("SELECT 1 FROM contacts WHERE channel = 'sms'")) == 1

    await within(30, stored, "the text being here")
    await call.hang_up()
    assert await place.several.rows("SELECT count(*) FROM contacts") == [(before[0][0] + 1,)]
