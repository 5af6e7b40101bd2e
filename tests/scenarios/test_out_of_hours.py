"""A call when nobody is there: the danger key, a message, a call-back."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from helpline.clock import DAY, HOUR, SECOND
from helpline.store.db import Tx
from helpline.store.tables import messages
from tests.town import Town, town, until, with_line

LUSAKA = ZoneInfo("Africa/Lusaka")


def closed_today() -> Any:
    """The line has a holiday today and in the night that follows, wherever the clock of the machine stands."""
    today = datetime.now(LUSAKA).date()
    return partial(with_line, holidays=frozenset({today, today + timedelta(days=1)}))


async def calls_a_closed_line(here: Town, number: str = "+260971234567", withheld: bool = False) -> Any:
    call = await (await here.child(number, withheld)).dial("116")
    await call.hears("For English")
    await call.press("1")
    await call.hears("No counsellor is here")
    return call


async def test_the_danger_key_still_reaches_a_person(tmp_path: Path) -> None:
    async with town(tmp_path, change=closed_today()) as here:
        amina = await here.person("demo-amina")
        call = await calls_a_closed_line(here)
        await call.press("0")
        offer = await amina.accepts()
        assert offer["danger"] is True
        await amina.picks_up()
        await call.in_conference()


async def test_a_message_is_recorded_fetched_sealed_and_deleted_at_the_carrier(tmp_path: Path) -> None:
    async with town(tmp_path, change=closed_today()) as here:
        amina = await here.person("demo-amina")
        call = await calls_a_closed_line(here)
        await call.press("1")
        await call.hears("Your message is recorded")
        await call.hears("beep")
        await call.says("I am at the bus station.")
        await call.press("#")
        await call.hears("We have your message")
        assert await call.ended() == "completed"
        contact = await here.becomes("closed")
        assert contact.outcome == "message_left"

        async def fetched() -> Any:
            return await here.helpline.store.read(_media)

        sealed = await until(fetched, "the message being fetched")
        assert b"RIFF" not in sealed, "it is kept sealed"
        assert len(here.carrier.recordings) == 1, "until it is safe in a backup it stays at the carrier as well"

        async with amina.http.get(f"{here.url}/console/contacts/{contact.id}/message") as heard:
            assert heard.status == 200
            assert (await heard.read()).startswith(b"RIFF")

        await here.later(48 * HOUR / SECOND + 1)
        await until(lambda: not here.carrier.recordings, "the recording being deleted at the carrier")


def _media(tx: Tx) -> bytes | None:
    row = tx.execute(messages.select().with_only_columns(messages.c.media_enc)).first()
    return None if row is None else row[0]


async def test_a_call_back_waits_as_a_contact_of_its_own_and_says_nothing_to_strangers(tmp_path: Path) -> None:
    async with town(tmp_path, change=closed_today()) as here:
        amina = await here.person("demo-amina")
        call = await calls_a_closed_line(here)
        await call.press("2")
        await call.hears("When is it safe")
        await call.press("2")  # in the morning
        await call.hears("We will call you then")
        await call.ended()
        asked = await here.becomes("waiting")
        assert asked.kind == "callback" and asked.language == "en"
        assert asked.not_before is not None
        when = datetime.fromtimestamp(asked.not_before / SECOND, LUSAKA)
        assert 8 <= when.hour < 12 and when.date() > datetime.now(LUSAKA).date() + timedelta(days=1)
        assert (await amina.state())["offer"] is None, "nobody is asked before it is safe to call"

        await here.later((asked.not_before - here.clock.now()) / SECOND + 1)
        await amina.signs_in()  # it is another day
        await amina.accepts()
        child = await here.child()
        phone = await amina.picks_up()
        rings = await child.rings()
        await rings.answer()
        caption = await rings.hears("You asked for a call")
        assert "helpline" not in caption.text and "child" not in caption.text
        await rings.press("1")
        await rings.in_conference()
        await phone.in_conference()
        await here.becomes("connected")


async def test_a_call_back_that_nobody_takes_is_tried_again_and_then_given_up(tmp_path: Path) -> None:
    async with town(tmp_path, change=closed_today()) as here:
        child = await here.child()
        call = await calls_a_closed_line(here)
        await call.press("2")
        await call.hears("When is it safe")
        await call.press("1")
        await call.ended()
        asked = await here.becomes("waiting")
        child.answers = "rejects"
        await here.later(3 * DAY / SECOND)
        amina = await here.person("demo-amina")
        for attempt in (1, 2, 3):
            await amina.accepts()
            phone = await amina.picks_up()
            await phone.ended()
            contact = await here.becomes("waiting" if attempt < 3 else "closed")
            assert contact.id == asked.id
            await here.is_quiet()
            await here.later(31 * 60)
        assert (await here.contact()).outcome == "unreached"


async def test_a_withheld_number_is_offered_no_call_back(tmp_path: Path) -> None:
    async with town(tmp_path, change=closed_today()) as here:
        call = await calls_a_closed_line(here, withheld=True)
        await call.hears("To leave a message")
        await call.hears("For another language")
        assert not any("call you" in caption.text for caption in call.captions)
