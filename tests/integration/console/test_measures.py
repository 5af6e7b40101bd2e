"""A supervisor beside a conversation, and what everyone who works here is told."""

from pathlib import Path

from helpline.clock import HOUR, MINUTE, SECOND
from helpline.store import hour_view
from helpline.store.db import Tx
from helpline.store.tables import workers
from helpline.threads import service
from helpline.threads.service import TextShown
from tests.integration.console.people import a_somali_child_calls, acts, look, send
from tests.town import Counsellor, Town, town, until


async def a_chat(here: Town, counsellor: Counsellor, first: str = "english", number: str = "+260977111222") -> str:
    """A child writes, and this counsellor takes it; gives the contact's id."""
    child = await here.child(number)
    await child.text("+260116", first)
    offer = await counsellor.accepts()
    return str(offer["contact"])


async def texts(here: Town, contact: str) -> list[TextShown]:
    return await here.helpline.store.read(lambda tx: service.texts_of(tx, here.helpline.house, contact))


async def notes(here: Town, contact: str) -> list[str]:
    """What the adults wrote to each other."""
    return [text.body for text in await texts(here, contact) if text.audience == "adults"]


async def test_reading_along_is_written_down_and_told_once_in_the_counsellors_language(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        esperance = await here.person("demo-esperance")
        supervisor = await here.person("demo-supervisor", duty=False)
        await send(esperance, "/console/locale", {"locale": "fr", "to": "/console/desk"})
        contact = await a_chat(here, esperance, "french")
        address = f"/console/contacts/{contact}/read"
        page = await look(supervisor, address)
        assert page.says("The child") and page.says("french")
        assert await notes(here, contact) == ["Je lis cette conversation."]
        await look(supervisor, address)
        seen = len(await texts(here, contact))
        await look(supervisor, f"{address}/now?after={seen}")
        assert len(await notes(here, contact)) == 1, "it is told once, not at each look"
        done = await acts(here, contact)
        assert done.count("texts_read") == 2, "the look that found nothing new read nothing"
        assert (await look(supervisor, f"{address}/now?after=rubbish")).status == 200
        here.clock.advance(11 * MINUTE / SECOND)
        await look(supervisor, f"{address}/now?after={seen}")
        assert len(await notes(here, contact)) == 2
        assert (await look(esperance, address)).status == 403, "it is for those who may read every contact"


async def test_a_note_reaches_the_counsellor_and_never_the_child(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        contact = await a_chat(here, amina)
        address = f"/console/contacts/{contact}/read"
        key = (await look(supervisor, address)).text.split('name="key" value="')[1].split('"')[0]
        empty = await send(supervisor, f"{address}/whisper", {"body": " ", "key": key})
        assert empty.status == 400
        long = "Ask where she sleeps. " * 100
        kept = await send(supervisor, f"{address}/whisper", {"body": long, "key": key})
        assert kept.status == 400 and kept.says(long.strip()), "what was typed is still there"
        form = {"body": "Ask where she sleeps.", "key": key}
        for _ in range(2):
            assert (await send(supervisor, f"{address}/whisper", form)).status == 303
        assert (await notes(here, contact)).count("Ask where she sleeps.") == 1, "sent twice, it is there once"
        await here.is_quiet()
        child = await here.child("+260977111222")
        assert not any("sleeps" in text.body for text in child.texts)
        assert (await send(amina, f"{address}/whisper", form)).status == 403


async def test_a_counsellor_is_asked_to_put_an_ordinary_chat_down(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        contact = await a_chat(here, amina)
        address = f"/console/contacts/{contact}/read"
        for _ in range(2):
            assert (await send(supervisor, f"{address}/put-down")).status == 303
        assert len([note for note in await notes(here, contact) if note.startswith("Please put")]) == 1
        assert (await acts(here, contact)).count("asked_to_put_down") == 1
        assert (await look(amina, f"/console/desk?c={contact}")).says("A supervisor asks you to put this conversation")
        assert (await amina.post(f"/console/contacts/{contact}/put-down"))["status"] == 200

        async def resumed() -> bool:
            return (await here.contact()).resumed

        await until(resumed, "the conversation going back to the floor, in front")


async def test_nobody_is_asked_to_put_a_child_in_danger_down(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        contact = await a_chat(here, amina, "0")
        page = await look(supervisor, f"/console/contacts/{contact}/read")
        assert page.says("In danger") and not page.says("to put it down")
        refused = await send(supervisor, f"/console/contacts/{contact}/read/put-down")
        assert refused.status == 409 and refused.says("cannot be put down")


async def test_there_is_no_conversation_to_read_in_a_call(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        await a_somali_child_calls(here)
        contact = (await here.becomes("waiting")).id
        page = await look(supervisor, f"/console/contacts/{contact}/read")
        assert page.status == 400 and page.says("This is a call.")
        assert (await look(supervisor, "/console/contacts/nothing/read")).status == 400


async def test_an_answer_that_takes_too_long_is_marked(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        contact = await a_chat(here, amina)
        floor = await look(supervisor, "/console/floor")
        assert floor.says("waits for an answer") and not floor.says("Children who wait for an answer")
        assert floor.says("1 child waits")
        here.clock.advance(181)
        floor = await look(supervisor, "/console/floor")
        assert floor.says("Children who wait for an answer")
        assert floor.says(f'id="overdue-{contact}"')


async def test_the_floor_shows_who_waits_by_language_and_by_who_is_asked(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        await a_somali_child_calls(here)
        await here.becomes("waiting")
        floor = await look(supervisor, "/console/floor")
        assert floor.says("Soomaali") and (floor.says("fluent speakers") or floor.says("with an interpreter too"))
        here.clock.advance(121)
        assert (await look(supervisor, "/console/floor/now")).says("supervisors too")


async def test_the_last_hour_counts_who_came_who_was_answered_and_who_left(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        supervisor = await here.person("demo-supervisor", duty=False)
        gone = await a_somali_child_calls(here)
        short = await a_somali_child_calls(here, "+260971000002")
        await short.hang_up()
        await here.becomes("closed")
        here.clock.advance(6)
        await gone.hang_up()

        async def both_left() -> bool:
            return all(one.state == "closed" for one in await here.contacts())

        await until(both_left, "both having left")
        await amina.duty("on")
        await a_somali_child_calls(here, "+260971000003")
        await amina.accepts()
        await amina.picks_up()
        await here.becomes("connected")
        pieces = await here.helpline.store.read(hour_view.last_hour)
        counts = [sum(getattr(one, what) for one in pieces) for what in ("offered", "answered", "abandoned")]
        assert counts == [2, 1, 1], "who left within five seconds had not waited"
        floor = await look(supervisor, "/console/floor")
        assert floor.says("2 wanted a person, 1 reached one, 1 left before.") and floor.says("As a table")
        here.clock.advance(HOUR / SECOND + 301)
        assert not any(one.offered for one in await here.helpline.store.read(hour_view.last_hour))


async def test_the_wall_names_nobody(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        await send(supervisor, "/console/broadcasts", {"body": "Mary is ill.", "hours": "1"})
        await a_chat(here, amina)
        call = await a_somali_child_calls(here)
        await call.press("0")

        async def waits() -> bool:
            return (await here.contact()).danger

        await until(waits, "the child in danger")
        here.clock.advance(31)
        wall = await look(supervisor, "/console/wall")
        assert wall.status == 200 and wall.says("Soomaali") and wall.says("longest wait")

        def names(tx: Tx) -> list[str]:
            return [alias for (alias,) in tx.execute(workers.select().with_only_columns(workers.c.alias))]

        told = await here.helpline.store.read(names)
        told += [one.pseudonym for one in await here.contacts()] + [one.id for one in await here.contacts()]
        for name in (*told, "Mary", "Demo Supervisor"):
            assert not wall.says(name), name
        assert (await look(amina, "/console/wall")).status == 403


async def test_everyone_is_told_until_each_has_read_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina", duty=False), await here.person("demo-bwalya", duty=False)
        supervisor = await here.person("demo-supervisor", duty=False)
        for body, hours in (("", "1"), ("x" * 301, "1"), ("x", "25"), ("x", "many")):
            assert (await send(supervisor, "/console/broadcasts", {"body": body, "hours": hours})).status == 400, hours
        form = {"body": "The street is flooded: <stay> where you are.", "hours": "2"}
        assert (await send(supervisor, "/console/broadcasts", form)).status == 303
        desk = await look(amina, "/console/desk")
        assert desk.says("<stay> where you are.") and "<stay>" not in desk.text
        told = desk.text.split("/console/broadcasts/")[2].split("/")[0]
        away = await send(amina, f"/console/broadcasts/{told}/read", {"to": "/console/roster"})
        assert (away.status, away.headers["Location"]) == (303, "/console/roster")
        assert not (await look(amina, "/console/desk")).says("The street is flooded")
        assert (await look(bwalya, "/console/desk")).says("The street is flooded")
        elsewhere = await send(amina, f"/console/broadcasts/{told}/read", {"to": "https://elsewhere.example"})
        assert elsewhere.headers["Location"] == "/console"
        here.clock.advance(HOUR / SECOND * 2 + 1)
        await bwalya.signs_in()
        assert not (await look(bwalya, "/console/desk")).says("The street is flooded")


async def test_what_everyone_was_told_can_be_taken_away(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = (
            await here.person("demo-amina", duty=False),
            await here.person("demo-supervisor", duty=False),
        )
        await send(supervisor, "/console/broadcasts", {"body": "Call me.", "hours": "2"})
        told = (await look(supervisor, "/console/measures")).text.split("/end")[0].rsplit("/", 1)[1]
        assert (await send(amina, f"/console/broadcasts/{told}/end")).status == 403
        assert (await send(supervisor, f"/console/broadcasts/{told}/end")).status == 303
        assert (await send(supervisor, f"/console/broadcasts/{told}/end")).status == 409
        assert not (await look(amina, "/console/desk")).says("Call me.")
        stored = (here.configuration.settings.data_dir / "helpline.db").read_bytes()
        assert b"Call me." not in stored
