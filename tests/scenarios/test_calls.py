"""A call to 116, from the first ring to the finished record."""

from pathlib import Path

from tests.town import town


async def test_a_somali_call_is_answered_by_a_somali_speaker_and_recorded(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child = await here.child()
        call = await child.dial("116")
        await call.hears("For English")
        await call.press("9")
        await call.hears("Soomaali")
        await call.press("3")
        await call.hears("Qof ayaa imanaya")
        offer = await amina.accepts()
        assert offer["language"] == "so"
        phone = await amina.picks_up()
        await call.in_conference()
        await phone.in_conference()
        has = await amina.is_with("connected")
        contact = await here.becomes("connected")
        assert contact.language == "so" and contact.id == has["contact"]
        await call.hang_up()
        assert await phone.ended() == "completed"
        await here.becomes("wrap_up")
