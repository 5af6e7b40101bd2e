"""Three people on the line: a child, a counsellor, and an interpreter between the two."""

import json
from pathlib import Path
from typing import Any

from helpline.contacts import bridging
from helpline.store import assignments
from helpline.store.assignments import Assignment
from helpline.store.db import Tx
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import workers as workers_table
from tests.town import Counsellor, Town, town, until


async def calls_in_tigrinya(here: Town, number: str = "+260971234567") -> Any:
    """A child dials 116 and chooses Tigrinya, which no counsellor on duty speaks."""
    call = await (await here.child(number)).dial("116")
    await call.hears("For English")
    await call.press("9")
    await call.hears("ትግርኛ")
    await call.press("5")
    return call


async def parts(here: Town) -> list[Assignment]:
    """Everyone who has the newest contact, or is asked to."""
    contact = await here.contact()
    return await here.helpline.store.read(lambda tx: assignments.live_of_contact(tx, contact.id))


async def seats(here: Town) -> dict[str, str]:
    """How far each seat's person is."""
    return {each.role: each.state for each in await parts(here)}


async def is_seated(here: Town, **wanted: str) -> None:
    async def look() -> bool:
        return await seats(here) == wanted

    try:
        await until(look, f"seats {wanted}")
    except AssertionError:
        raise AssertionError(f"seats are {await seats(here)}, not {wanted}") from None


async def id_of(here: Town, sign_in: str) -> str:
    def look(tx: Tx) -> str:
        found = tx.execute(workers_table.select().where(workers_table.c.sign_in == sign_in)).one()
        return str(found.id)

    return await here.helpline.store.read(look)


async def does(here: Town, what: Any, who: str, *more: Any, **named: Any) -> None:
    """A counsellor's button of the newest contact."""
    contact, worker = await here.contact(), await id_of(here, who)
    await here.helpline.store.write(lambda tx: what(tx, here.helpline.house, contact.id, worker, *more, **named))


async def bridged(here: Town) -> tuple[Any, Counsellor, Any, Counsellor, Any]:
    """A Tigrinya call with Bwalya and Selam on the line; the child's call, and each with their own."""
    bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
    child = await calls_in_tigrinya(here)
    await bwalya.accepts()
    await selam.accepts()
    hers = await bwalya.picks_up()
    await child.in_conference()
    interpreters = await selam.picks_up()
    await interpreters.in_conference()
    await is_seated(here, counsellor="connected", interpreter="connected")
    return child, bwalya, hers, selam, interpreters


async def test_a_tigrinya_call_becomes_a_bridge(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        child = await calls_in_tigrinya(here)
        offer, other = await bwalya.is_offered(), await selam.is_offered()
        assert offer["reasons"]["stage"] == "pair" == other["reasons"]["stage"]
        assert offer["reasons"]["bridge"]["relay"] == "en"
        await bwalya.accepts()
        await child.hears("ክልተ ሰባት ብሓደ ይመጹ ኣለዉ")
        await selam.accepts()
        interpreters = await selam.picks_up()
        await child.in_conference()
        await here.becomes("connected")
        hers = await bwalya.picks_up()
        await hers.in_conference()
        await is_seated(here, counsellor="connected", interpreter="connected")
        inside = {each.role: (each.language, each.relay) for each in await parts(here)}
        assert inside == {"counsellor": (None, None), "interpreter": ("ti", "en")}
        await child.hang_up()
        assert await hers.ended() == "completed" == await interpreters.ended()
        await here.becomes("wrap_up")
        await is_seated(here, counsellor="wrap_up")
        assert (await selam.state())["contact"] is None


async def test_the_counsellor_who_does_not_answer_is_replaced_while_the_interpreter_stays(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        child = await calls_in_tigrinya(here)
        await bwalya.accepts()
        await selam.accepts()
        await selam.picks_up()
        await child.in_conference()
        chanda = await here.person("demo-chanda")
        phone = await bwalya.phone.rings(10)
        await phone.reject()
        await chanda.accepts()
        await chanda.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        await bwalya.is_in_duty("away")
        assert (await here.contact()).state == "connected"


async def test_the_interpreter_who_lets_it_pass_is_replaced_while_the_counsellor_talks(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        child = await calls_in_tigrinya(here)
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        await selam.declines()
        tesfay = await here.person("demo-tesfay")
        await tesfay.accepts()
        await tesfay.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")


async def test_the_interpreters_line_drops_and_the_same_one_is_brought_back(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, selam, interpreters = await bridged(here)
        await here.person("demo-tesfay")
        await interpreters.hang_up()
        await child.hears("ናይ ሓደ መስመር ተቛሪጹ")
        assert child.is_connected and hers.is_connected
        await selam.accepts()
        await selam.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert {each.worker_id for each in await parts(here)} >= {await id_of(here, "demo-selam")}


async def test_one_adults_hang_up_never_ends_the_call_for_the_child(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, _, interpreters = await bridged(here)
        await hers.hang_up()
        await until(lambda: seats_are(here, {"interpreter": "connected"}), "the counsellor's end")
        assert child.is_connected
        await interpreters.hang_up()
        await child.hears("መስመር ተቛሪጹ")
        assert child.is_connected


async def seats_are(here: Town, wanted: dict[str, str]) -> bool:
    return {role: at for role, at in (await seats(here)).items() if at == "connected"} == wanted


async def test_a_counsellor_adds_an_interpreter_and_lets_them_go(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        child = await (await here.child()).dial("116")
        await child.hears("For English")
        await child.press("1")
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        await here.becomes("connected")
        selam = await here.person("demo-selam")
        await does(here, bridging.add_interpreter, "demo-bwalya", "ti")
        await selam.accepts()
        phone = await selam.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert (await here.contact()).language == "ti"
        await does(here, bridging.let_interpreter_go, "demo-bwalya")
        assert await phone.ended() == "completed"
        await is_seated(here, counsellor="connected")
        assert child.is_connected and (await here.contact()).wants is None


async def test_who_may_know_the_child_has_no_mark_and_never_gets_it_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, _, selam, interpreters = await bridged(here)
        await does(here, bridging.let_interpreter_go, "demo-bwalya", knows=True)
        assert await interpreters.ended() == "completed"
        tesfay = await here.person("demo-tesfay")
        await tesfay.accepts()
        await tesfay.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert (await selam.state())["duty"]["state"] == "available" and child.is_connected


async def test_a_supervisor_is_asked_in_and_leaves_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        child = await (await here.child()).dial("116")
        await child.hears("For English")
        await child.press("1")
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        await here.becomes("connected")
        supervisor = await here.person("demo-supervisor")
        await does(here, bridging.ask_supervisor_in, "demo-bwalya")
        await supervisor.accepts()
        phone = await supervisor.picks_up()
        await is_seated(here, counsellor="connected", guest="connected")
        await does(here, bridging.leave, "demo-supervisor")
        assert await phone.ended() == "completed"
        await is_seated(here, counsellor="connected")
        assert child.is_connected


async def test_a_call_is_handed_over_warm(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        child = await (await here.child()).dial("116")
        await child.hears("For English")
        await child.press("1")
        await bwalya.accepts()
        hers = await bwalya.picks_up()
        await child.in_conference()
        contact = await here.becomes("connected")
        chanda = await here.person("demo-chanda")
        to = await id_of(here, "demo-chanda")
        asked = await bwalya.post(f"/console/contacts/{contact.id}/hand-over", to=to, how="ask", note="Demo note.")
        assert asked["status"] in (200, 303), asked
        await chanda.accepts()
        await chanda.picks_up()
        await is_seated(here, counsellor="connected", guest="connected")
        await does(here, bridging.leave_to_guest, "demo-bwalya")
        assert await hers.ended() == "completed"
        await is_seated(here, counsellor="connected")
        assert [each.worker_id for each in await parts(here)] == [to] and child.is_connected


async def test_what_the_record_keeps_of_the_interpreter_was_typed_by_nobody(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, *_ = await bridged(here)
        await child.hang_up()
        contact = await here.becomes("wrap_up")

        def look(tx: Tx) -> list[Any]:
            return list(tx.execute(assignments_table.select().where(assignments_table.c.contact_id == contact.id)))

        kept = {row.role: row for row in await here.helpline.store.read(look)}
        interpreter = kept["interpreter"]
        assert (interpreter.language, interpreter.relay) == ("ti", "en")
        assert contact.language_known_at < interpreter.connected_at <= interpreter.ended_at
        assert json.loads(interpreter.reasons_json)["bridge"]["interpreter_level"] == "fluent"
