"""What a supervisor decides, as callers and those who write meet it: a block, a closed line."""

from pathlib import Path
from typing import Any

from helpline import lines
from helpline.clock import HOUR, MINUTE, SECOND
from helpline.store.db import Tx
from tests.integration.console.people import Seen, acts, look, send
from tests.town import Counsellor, Town, town

NUMBER = "+260971234567"


async def calls(here: Town, number: str = NUMBER, withheld: bool = False) -> Any:
    call = await (await here.child(number, withheld)).dial("116")
    await call.hears("For English")
    await call.press("1")
    return call


async def called_before(here: Town, number: str = NUMBER, withheld: bool = False) -> str:
    """The id of a contact of this number that is over."""
    call = await calls(here, number, withheld)
    await here.becomes("waiting")
    await call.hang_up()
    return (await here.becomes("closed")).id


async def blocks(supervisor: Counsellor, contact: str, hours: int = 2, reason: str = "Threatens, all night.") -> Seen:
    return await send(supervisor, f"/console/contacts/{contact}/block", {"hours": str(hours), "reason": reason})


async def test_a_blocked_caller_hears_the_closed_message_and_the_danger_key_still_works(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor, amina = (
            await here.person("demo-supervisor", duty=False),
            await here.person("demo-amina", duty=False),
        )
        contact = await called_before(here)
        assert (await blocks(supervisor, contact)).status == 303
        await amina.duty("on")
        call = await calls(here)
        await call.hears("No counsellor is here")
        assert not any("call you" in caption.text for caption in call.captions), "a call-back is no way around it"
        assert (await amina.state())["offer"] is None
        await call.press("0")
        assert (await amina.accepts())["danger"] is True
        await amina.picks_up()
        await call.in_conference()
        newest = (await here.contact()).id
        assert "held_back" in await acts(here, newest)
        assert (await look(supervisor, f"/console/contacts/{newest}")).says(
            "The number is blocked, so nobody was asked"
        )


async def test_a_block_is_over_by_the_clock_and_can_be_lifted_before(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        contact = await called_before(here)
        await blocks(supervisor, contact, hours=1)
        page = await look(supervisor, "/console/measures")
        assert page.says("Threatens, all night.") and page.says("Lift the block")
        assert (await blocks(supervisor, contact)).status == 409, "one at a time, or 24 hours would be no limit"
        here.clock.advance(HOUR / SECOND + 1)
        await supervisor.signs_in()  # an hour without a look signs out
        assert (await look(supervisor, "/console/measures")).says("No number is blocked.")
        await calls(here)
        await here.becomes("waiting")

        await blocks(supervisor, contact, hours=24)
        listed = (await look(supervisor, "/console/measures")).text
        block = listed.split("/console/blocks/")[1].split("/")[0]
        assert (await send(supervisor, f"/console/blocks/{block}/lift")).status == 303
        assert (await send(supervisor, f"/console/blocks/{block}/lift")).status == 409
        await calls(here)
        await here.becomes("waiting")


async def test_what_must_never_be_blocked(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        withheld = await called_before(here, withheld=True)
        refused = await blocks(supervisor, withheld)
        assert refused.status == 403 and refused.says("A withheld number can never be blocked")

        await supervisor.duty("on")
        call = await calls(here)
        silent = str((await supervisor.accepts())["contact"])
        await supervisor.picks_up()
        await here.becomes("connected")
        await supervisor.writes(silent, base_version="0", contact_type="silent")
        await call.hang_up()
        refused = await blocks(supervisor, silent)
        assert refused.status == 403 and refused.says("A silent call is never a reason for a block")

        other = await called_before(here, "+260971000001")
        for hours, reason in ((25, "too long"), (0, "too short"), (2, " ")):
            kept = await blocks(supervisor, other, hours, reason)
            assert kept.status == 400 and kept.says("A joke is no reason"), (hours, reason)
        counsellor = await here.person("demo-bwalya", duty=False)
        assert (await blocks(counsellor, other)).status == 403


async def test_what_a_blocked_number_writes_is_kept_until_the_block_is_over(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor, amina = await here.person("demo-supervisor", duty=False), await here.person("demo-amina")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        first = str((await amina.accepts())["contact"])
        await amina.post(f"/console/contacts/{first}/end")
        await amina.writes(first, base_version="0", do="finish", contact_type="abusive")
        await here.becomes("closed")
        await blocks(supervisor, first, hours=1)

        await child.text("+260116", "english")
        await child.receives("Nobody is here")
        await here.is_quiet()
        kept = await here.contact()
        assert kept.id != first and kept.state == "arriving"
        assert (await amina.state())["offer"] is None
        await here.later(HOUR / SECOND + 1)
        await amina.signs_in()
        assert (await amina.is_offered())["contact"] == kept.id


async def test_danger_reaches_a_person_from_a_blocked_number(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor, amina = (
            await here.person("demo-supervisor", duty=False),
            await here.person("demo-amina", duty=False),
        )
        await blocks(supervisor, await called_before(here))
        await amina.duty("on")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        await child.receives("Nobody is here")
        assert (await here.contact()).state == "arriving"
        await child.text("+260116", "0")
        offer = await amina.is_offered()
        assert offer["danger"] is True


async def test_lifting_a_block_lets_through_what_was_written(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor, amina = (
            await here.person("demo-supervisor", duty=False),
            await here.person("demo-amina", duty=False),
        )
        await blocks(supervisor, await called_before(here), hours=24)
        await amina.duty("on")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        await child.receives("Nobody is here")
        kept = (await here.contact()).id
        page = await look(supervisor, "/console/measures")
        assert page.says("1 contact came since")
        block = page.text.split("/console/blocks/")[1].split("/")[0]
        await send(supervisor, f"/console/blocks/{block}/lift")
        assert (await amina.is_offered())["contact"] == kept


async def closes(supervisor: Counsellor, hours: str, reason: str = "No electricity in the house.") -> Seen:
    form = {"line": "children", "hours": hours, "reason": reason}
    return await send(supervisor, "/console/lines/close", form)


async def test_a_line_that_is_closed_in_mid_day_opens_by_itself(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor, amina = await here.person("demo-supervisor", duty=False), await here.person("demo-amina")
        assert (await closes(supervisor, "2", " ")).status == 400
        assert (await closes(supervisor, "2")).status == 303
        floor = await look(supervisor, "/console/floor")
        assert floor.says("this line is closed.") and floor.says("No electricity in the house.")
        assert (await look(supervisor, "/console/wall")).says("116 children: closed")
        assert (await closes(supervisor, "2")).status == 409

        call = await calls(here)
        await call.hears("No counsellor is here")
        await call.press("0")
        assert (await amina.accepts())["danger"] is True
        await amina.picks_up()
        await call.in_conference()
        await call.hang_up()

        child = await here.child("+260977111222")
        await child.text("+260116", "english")
        await child.receives("Nobody is here")

        here.clock.advance(2 * HOUR / SECOND + 1)
        await supervisor.signs_in()
        assert not (await look(supervisor, "/console/floor")).says("this line is closed.")
        call = await calls(here, "+260971000002")
        await call.hears("Someone is coming")


async def test_a_closure_without_an_end_stays_until_somebody_opens_the_line(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        await closes(supervisor, "")
        here.clock.advance(50 * MINUTE / SECOND)
        house = here.helpline.house

        def is_open(tx: Tx) -> bool:
            return lines.is_open(tx, house, "children")

        assert await here.helpline.store.read(is_open) is False
        page = await look(supervisor, "/console/measures")
        assert page.says("It stays closed until somebody opens it.")
        closure = page.text.split("/console/closures/")[1].split("/")[0]
        assert (await send(supervisor, f"/console/closures/{closure}/lift")).status == 303
        assert await here.helpline.store.read(is_open) is True
        assert (await send(supervisor, f"/console/closures/{closure}/lift")).status == 409
        assert [act for act in await acts(here) if act.startswith("line_")] == ["line_closed", "line_opened"]
