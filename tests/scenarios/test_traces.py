"""What the carrier holds of a call or a text is gone there two days later."""

from pathlib import Path

from helpline.clock import HOUR, SECOND
from tests.scenarios.test_calls import chooses_somali
from tests.town import town, until

ALMOST = 47 * HOUR / SECOND
A_LITTLE_MORE = 2 * HOUR / SECOND


async def test_both_legs_of_a_call_are_deleted_at_the_carrier_two_days_after_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call = await chooses_somali(here)
        offer = await amina.accepts()
        phone = await amina.picks_up()
        await call.in_conference()
        await here.becomes("connected")
        await call.hang_up()
        await here.becomes("wrap_up")
        await amina.writes(offer["contact"], base_version="0", do="finish", contact_type="self")
        await here.becomes("closed")
        sids = {call.sid, phone.sid}
        await here.is_quiet()
        assert sids <= here.carrier.calls.keys()

        await here.later(ALMOST)
        await here.is_quiet()
        assert sids <= here.carrier.calls.keys(), "a backup may not have them yet"
        await here.later(A_LITTLE_MORE)
        await until(lambda: not sids & here.carrier.calls.keys(), "the calls' deletion")


async def test_a_text_in_either_direction_is_deleted_at_the_carrier_two_days_after_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child = await here.child("+260971234567")
        await child.text("+260116", "hi")
        await child.receives("English")
        await here.is_quiet()
        texts = here.carrier.switch.messages.by_sid
        assert len(texts) >= 2
        await here.later(ALMOST)
        await here.is_quiet()
        before = len(texts)  # what was said meanwhile is among them
        assert before >= 2
        await here.later(A_LITTLE_MORE)
        await until(lambda: len(texts) <= before - 2, "the texts' deletion")
