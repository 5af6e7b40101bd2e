"""Who is due when, who does not come, and which languages will have nobody."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from helpline.clock import SECOND
from helpline.store.db import Tx
from helpline.store.tables import alarms, shifts, workers
from tests.integration.console.people import Seen, acts, look, send
from tests.town import Counsellor, Town, town, until

LUSAKA = ZoneInfo("Africa/Lusaka")


async def id_of(here: Town, sign_in: str) -> str:
    def query(tx: Tx) -> str:
        wanted = workers.select().with_only_columns(workers.c.id).where(workers.c.sign_in == sign_in)
        return str(tx.execute(wanted).scalar_one())

    return await here.helpline.store.read(query)


def clock(here: Town, minutes: int = 0) -> datetime:
    """The time in the house, so many minutes from now."""
    return datetime.fromtimestamp(here.clock.now() / SECOND, LUSAKA) + timedelta(minutes=minutes)


async def writes_down(
    supervisor: Counsellor, worker: str, begins: datetime, ends: datetime, but: dict[str, str] | None = None
) -> Seen:
    form = {"worker": worker, "day": begins.date().isoformat(), "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
    form |= {"days": "1", "line": "", **(but or {})}
    return await send(supervisor, "/console/roster", form)


async def missed(here: Town) -> list[str]:
    """The workers of the open alarms about shifts."""

    def query(tx: Tx) -> list[str]:
        wanted = alarms.select().where(alarms.c.kind == "shift_missed", alarms.c.closed_at.is_(None))
        return [str(row.worker_id) for row in tx.execute(wanted)]

    return await here.helpline.store.read(query)


async def test_a_shift_is_written_down_seen_by_whom_it_is_about_and_removed(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor, amina = (
            await here.person("demo-supervisor", duty=False),
            await here.person("demo-amina", duty=False),
        )
        worker = await id_of(here, "demo-amina")
        begins = clock(here, 26 * 60).replace(hour=22, minute=0)
        written = await writes_down(
            supervisor, worker, begins, begins.replace(hour=6), {"days": "3", "line": "children"}
        )
        assert written.status == 303
        mine = await look(amina, "/console/roster")
        assert mine.text.count("22:00–06:00") == 3, "over midnight, three nights in a row"
        assert not mine.says("Write a shift down")
        assert (await look(await here.person("demo-bwalya", duty=False), "/console/roster")).says("No shift of yours")
        page = await look(supervisor, "/console/roster")
        shift = page.text.split("/console/roster/")[1].split("/")[0]
        assert (await send(amina, f"/console/roster/{shift}/remove")).status == 403
        assert (await send(supervisor, f"/console/roster/{shift}/remove")).status == 303
        assert (await send(supervisor, f"/console/roster/{shift}/remove")).status == 400
        assert (await look(amina, "/console/roster")).text.count("22:00–06:00") == 2
        assert (await acts(here)).count("shift_added") == 3


async def test_what_cannot_be_meant_is_said_and_stays_in_the_form(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        worker, begins = await id_of(here, "demo-amina"), clock(here, 26 * 60).replace(hour=8, minute=0)
        ends = begins.replace(hour=16)
        yesterday = begins - timedelta(days=3)
        for status, words, answer in (
            (400, "Choose a person from the list.", await writes_down(supervisor, "nobody", begins, ends)),
            (400, "Give a day", await writes_down(supervisor, worker, begins, ends, {"day": "soon"})),
            (400, "Give a day", await writes_down(supervisor, worker, begins, ends, {"begins": "25:00"})),
            (400, "From 1 to 31 days.", await writes_down(supervisor, worker, begins, ends, {"days": "400"})),
            (400, "more than 16 hours", await writes_down(supervisor, worker, begins, begins)),
            (400, "over already", await writes_down(supervisor, worker, yesterday, yesterday.replace(hour=16))),
            (400, "Choose a line", await writes_down(supervisor, worker, begins, ends, {"line": "other"})),
        ):
            assert answer.status == status and answer.says(words), words
        assert answer.says('value="16:00"')
        assert (await writes_down(supervisor, worker, begins, ends)).status == 303
        twice = await writes_down(supervisor, worker, begins.replace(hour=15), begins.replace(hour=20), {"days": "2"})
        assert twice.status == 409 and twice.says("due at that time already")

        def count(tx: Tx) -> int:
            return len(tx.execute(shifts.select()).all())

        assert await here.helpline.store.read(count) == 1, "of an entry that does not fit nothing is written"


async def test_one_who_does_not_come_is_seen_once_and_forgotten_when_they_do(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor, amina = (
            await here.person("demo-supervisor", duty=False),
            await here.person("demo-amina", duty=False),
        )
        bwalya = await here.person("demo-bwalya")
        late, there = await id_of(here, "demo-amina"), await id_of(here, "demo-bwalya")
        for worker in (late, there):
            assert (await writes_down(supervisor, worker, clock(here, 2), clock(here, 200))).status == 303
        await here.later(3 * 60)
        page = await look(supervisor, "/console/roster")
        assert page.says("is expected") and page.says("is here") and not page.says("is late")
        await here.later(5 * 60)

        async def alarmed() -> bool:
            return await missed(here) == [late]

        await until(alarmed, "the alarm about the one who is late")
        assert (await look(supervisor, "/console/roster")).says("is late")
        floor = await look(supervisor, "/console/floor")
        assert floor.says("Somebody who is due has not come") and floor.says("Demo Amina")
        await amina.duty("on")
        assert await missed(here) == []
        await amina.duty("off")
        await bwalya.duty("off")
        await here.later(60)
        assert await missed(here) == [], "once a shift, and who was there is not late"
        assert (await look(supervisor, "/console/roster")).says("came, and left")


async def test_a_language_that_will_have_nobody_is_seen_hours_before(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        empty = await look(supervisor, "/console/roster")
        assert empty.says("No shift is written down yet")
        assert not (await look(supervisor, "/console/floor")).says("Soon without anybody"), "nobody keeps a roster here"
        amina = await id_of(here, "demo-amina")
        begins = clock(here, -30)
        await writes_down(supervisor, amina, begins, begins + timedelta(hours=5))
        page = await look(supervisor, "/console/roster")
        somali = page.text.split('id="gaps-title"')[1].split("</section>")[0]
        assert "Soomaali" in somali and "አማርኛ" in somali
        assert page.text.count("<td>1</td>") >= 4, "the hours of Amina, for each of her languages"
        floor = await look(supervisor, "/console/floor")
        assert floor.says("Soon without anybody")
