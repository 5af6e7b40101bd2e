"""Referrals to a service's own computer, over a real connection: signed, once, and not given up for a small thing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from config.outgoing import place
from helpline.clock import HOUR, SECOND
from helpline.referrals.http_client import OutgoingHttp
from helpline.referrals.port import Delivered, DeliveryTrouble, Outgoing
from helpline.referrals.signed_webhook import SignedWebhook
from tests.village import HandClock
from tests.webhook_receiver import WebhookReceiver, webhook_receiver

NOW = 1_800_000_000 * SECOND
REFERRAL = Outgoing(
    id="01978c7e-0000-7000-8000-000000000001",
    service_id="01978c7e-0000-7000-8000-0000000000aa",
    channel="webhook",
    settings={"account": "shelter"},
    content={"concern": "trafficking", "age": 14},
    language="en",
    concern="trafficking",
    sent_at=NOW,
    due_at=NOW + HOUR,
)


@dataclass
class Side:
    there: WebhookReceiver
    ours: SignedWebhook
    clock: HandClock

    @property
    def referral(self) -> Outgoing:
        return replace(REFERRAL, settings={"url": self.there.url, "account": "shelter"})

    async def refused(self, **change: str) -> DeliveryTrouble:
        with pytest.raises(DeliveryTrouble) as told:
            await self.ours.deliver(replace(self.referral, settings={**self.referral.settings, **change}))
        return told.value


@asynccontextmanager
async def side(*, theirs: tuple[str, ...] = ("one",), ours: tuple[str, ...] = ("one",)) -> AsyncIterator[Side]:
    clock = HandClock(NOW)
    async with webhook_receiver(clock, *theirs) as there:
        http = OutgoingHttp([place(there.url.removesuffix("/referrals"))], timeout_s=0.4)
        try:
            yield Side(there, SignedWebhook(http, {"shelter": ours}, clock), clock)
        finally:
            there.released.set()
            await http.close()


async def test_a_service_takes_a_referral() -> None:
    async with side() as it:
        assert await it.ours.deliver(it.referral) == Delivered()
        assert it.there.taken[REFERRAL.id]["content"] == {"concern": "trafficking", "age": 14}
        assert await it.ours.poll(it.referral) is None


async def test_every_try_is_signed_anew_and_carries_the_same_key_and_body() -> None:
    async with side() as it:
        it.there.answers.extend([500, 500])
        for _ in range(2):
            assert (await it.refused()).retry
            it.clock.pass_by(3600)
        await it.ours.deliver(it.referral)
        headers, bodies = zip(*it.there.tries, strict=True)
        assert len({one["Helpline-Signature"] for one in headers}) == 3
        assert {one["Helpline-Idempotency-Key"] for one in headers} == {REFERRAL.id}
        assert len(set(bodies)) == 1
        assert it.there.unsigned == 0


@pytest.mark.parametrize("answer", [-1, 500])
async def test_what_was_taken_though_it_was_never_answered_is_taken_once(answer: int) -> None:
    async with side() as it:
        it.there.answers.append(answer)
        trouble = await it.refused()
        assert trouble.retry and trouble.unknown
        await it.ours.deliver(it.referral)
        assert len(it.there.taken) == 1


@pytest.mark.parametrize(
    ("theirs", "ours"), [(("old",), ("old", "new")), (("new",), ("old", "new")), (("old", "new"), ("new",))]
)
async def test_a_secret_is_exchanged_without_a_lost_referral(theirs: tuple[str, ...], ours: tuple[str, ...]) -> None:
    async with side(theirs=theirs, ours=ours) as it:
        await it.ours.deliver(it.referral)
        assert it.there.unsigned == 0


async def test_a_secret_that_they_do_not_have_is_told_at_once() -> None:
    with capture_logs() as logged:
        async with side(theirs=("another",), ours=("a-secret-of-ours",)) as it:
            trouble = await it.refused()
            assert (trouble.code, trouble.retry) == ("unauthorised", False)
            assert it.there.unsigned == 1 and not it.there.taken
    assert "a-secret-of-ours" not in f"{logged!r} {trouble!r}"


@pytest.mark.parametrize(
    ("status", "code", "retry", "after"),
    [
        (410, "gone", False, None),
        (404, "invalid", False, None),
        (302, "redirected", False, None),
        (429, "busy", True, 7 * SECOND),
        (503, "busy", True, 7 * SECOND),
        (500, "their_fault", True, None),
    ],
)
async def test_what_they_answer_is_minded(status: int, code: str, retry: bool, after: int | None) -> None:
    async with side() as it:
        it.there.answers.append(status)
        trouble = await it.refused()
        assert (trouble.code, trouble.retry, trouble.after) == (code, retry, after)
        assert len(it.there.tries) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": "nobody"}, "no_secret"),
        ({"account": ""}, "no_secret"),
        ({"url": "https://elsewhere.example/"}, "not_allowed"),
        ({"url": ""}, "not_allowed"),
    ],
)
async def test_an_entry_that_cannot_be_right_sends_nothing(change: dict[str, str], code: str) -> None:
    async with side() as it:
        trouble = await it.refused(**change)
        assert (trouble.code, trouble.retry) == (code, False)
        assert it.there.tries == []


async def test_a_service_that_is_down_for_six_hours_gets_it_once() -> None:
    async with side() as it:
        it.there.down = True
        while it.clock.now() < NOW + 6 * HOUR:
            assert (await it.refused()).retry
            it.clock.pass_by(900)
        it.there.down = False
        await it.ours.deliver(it.referral)
        assert list(it.there.taken) == [REFERRAL.id]
