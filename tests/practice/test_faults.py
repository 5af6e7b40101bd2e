"""What goes wrong on demand: doubled, late, reordered and lost webhooks, the same for the same seed."""

from __future__ import annotations

import asyncio

from aiohttp import web

from helpline.practice import PracticeCarrier
from helpline.practice.faults import Faults

from .conftest import CHILD, COUNSELLOR, LINE, HelplineSide, Rest, twiml

EVENTS = ["initiated", "ringing", "answered", "completed"]


async def one_call(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    """The helpline calls a counsellor, who listens and hangs up."""
    helpline.says("/adult", "<Say>Hello</Say><Pause length='600'/>")
    phone = carrier.phone(COUNSELLOR, answers="person")
    await rest(
        lambda client: client.calls.create(
            to=COUNSELLOR,
            from_=LINE,
            url=f"{helpline.url}/adult",
            status_callback=f"{helpline.url}/progress",
            status_callback_event=EVENTS,
        )
    )
    call = await phone.rings()
    await call.hears("hello")
    await call.hang_up()
    await carrier.settled()


async def test_every_webhook_is_posted_twenty_times_at_once(helpline: HelplineSide, carrier: PracticeCarrier) -> None:
    together = asyncio.Barrier(20)

    async def answer(form: dict[str, str]) -> web.StreamResponse:
        async with asyncio.timeout(5):
            await together.wait()
        return twiml("<Say>Hello</Say>")

    helpline.says("/voice", answer)
    carrier.faults.duplicates = 20
    call = await carrier.phone(CHILD).dial("116")
    await call.hears("hello")
    await call.ended()
    assert len(helpline.forms("/voice")) == 20
    assert len({headers["I-Twilio-Idempotency-Token"] for headers in helpline.headers}) == 1
    assert [caption.text for caption in call.captions] == ["Hello"]


async def test_without_faults_status_callbacks_keep_their_order(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    await one_call(helpline, carrier, rest)
    assert [form["SequenceNumber"] for form in helpline.forms("/progress")] == ["0", "1", "2", "3"]


async def test_status_callbacks_overtake_each_other(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    carrier.faults.reorder = 0.5
    await one_call(helpline, carrier, rest)
    numbers = [int(form["SequenceNumber"]) for form in helpline.forms("/progress")]
    assert sorted(numbers) == [0, 1, 2, 3]
    assert numbers != [0, 1, 2, 3]


async def test_a_status_callback_is_lost(helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest) -> None:
    carrier.faults.lose = lambda delivery: delivery["CallStatus"] == "completed"
    await one_call(helpline, carrier, rest)
    assert [form["CallStatus"] for form in helpline.forms("/progress")] == ["initiated", "ringing", "in-progress"]
    assert [delivery["CallStatus"] for delivery in carrier.deliveries if delivery.lost] == ["completed"]


async def test_a_status_callback_that_is_not_taken_is_a_warning_and_harms_no_call(
    helpline: HelplineSide, carrier: PracticeCarrier, rest: Rest
) -> None:
    helpline.says("/progress", web.Response(status=500))
    await one_call(helpline, carrier, rest)
    assert len(carrier.warnings) == 4
    assert carrier.errors == []


def test_faults_are_the_same_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[float]:
        faults = Faults(seed)
        faults.delay, faults.reorder = (0.0, 1.0), 2.0
        return [faults.seconds_before(status_callback=True) for _ in range(5)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
