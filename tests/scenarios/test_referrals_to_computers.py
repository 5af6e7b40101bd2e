"""Referrals to other organisations' computers: a night without them, answers that never came, and what comes back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from config.settings import Primero
from helpline.check import Configuration
from helpline.clock import HOUR, MINUTE, SECOND
from helpline.referrals import directory, service
from helpline.referrals.delivering import POLL_EVERY
from helpline.referrals.matter import Answer, Consent, OverrideReason
from helpline.referrals.telling import DELIVER
from helpline.store import referrals
from helpline.store.db import T
from helpline.store.referrals import Stored
from helpline.store.tables import alarms, effects
from tests.primero_stand_in import FIELDS, PASSWORD, USERNAME, Fault, PrimeroStandIn, primero
from tests.town import Town, town, until
from tests.unit.referrals.directory_of_services import a_matter, a_service
from tests.village import HandClock
from tests.webhook_receiver import WebhookReceiver, webhook_receiver

BY = "worker-amina"
SECRET = "q8Zr2mK5tYx0Wb7Nc3Vd9Lf1Hs6Gj4Pa"


@dataclass
class Desk:
    """A counsellor who refers, a Primero, and a service's own computer."""

    town: Town
    primero: PrimeroStandIn
    shelter: WebhookReceiver

    async def do(self, work: Callable[..., T], *given: Any, **named: Any) -> T:
        helpline = self.town.helpline
        return await helpline.store.write(lambda tx: work(tx, helpline.house, *given, **named))

    async def refers(self, *ways: dict[str, Any], **more: Any) -> Stored:
        """To a service that is reached in these ways, the first before the others."""
        there = await self.do(directory.keep, a_service(code="welfare_office", contacts=ways), BY)
        return await self.refers_to(there, **more)

    async def refers_to(self, there: str, **more: Any) -> Stored:
        matter = more.pop("matter", a_matter())
        id = await self.do(service.draft, service.Wanted(there, matter, **more), BY)
        return await self.do(service.send, id, (await self.look(id)).version, BY)

    async def look(self, id: str) -> Stored:
        return await self.town.helpline.store.read(lambda tx: referrals.get(tx, id))

    async def becomes(self, id: str, state: str) -> Stored:
        async def look() -> Stored | None:
            found = await self.look(id)
            return found if found.state == state else None

        found: Stored = await until(look, f"the referral being {state}")
        return found

    async def waits(self) -> None:
        """Wait until every delivery that is due has been tried, and the next try is still to come."""
        clock = self.town.clock

        async def look() -> bool:
            query = effects.select().where(effects.c.kind == DELIVER, effects.c.state.in_(("due", "claimed")))
            rows = await self.town.helpline.store.read(lambda tx: tx.execute(query).all())
            return all(row.state == "due" and row.next_at > clock.now() for row in rows)

        await until(look, "all deliveries being tried")

    async def alarmed(self) -> set[str]:
        query = alarms.select().where(alarms.c.closed_at.is_(None))
        return await self.town.helpline.store.read(lambda tx: {row.kind for row in tx.execute(query)})

    def in_primero(self) -> dict[str, Any]:
        settings = {"transitioned_to": "officer_lusaka", "service": "shelter_service"}
        return {"channel": "primero", "to": self.primero.url, "settings": settings}

    def at_the_shelter(self) -> dict[str, Any]:
        return {"channel": "webhook", "to": self.shelter.url, "settings": {"account": "shelter"}}


@asynccontextmanager
async def desk(data_dir: Path) -> AsyncIterator[Desk]:
    hands = HandClock(0)
    async with primero() as there, webhook_receiver(hands, SECRET) as shelter:

        def connected(configuration: Configuration) -> Configuration:
            password = SecretStr(PASSWORD)
            changed = configuration.settings.model_copy(
                update={
                    "outgoing_allowed": (there.url, shelter.url.removesuffix("/referrals")),
                    "webhook_secrets": (SecretStr(f"shelter={SECRET}"),),
                    "primero": Primero(url=there.url, username=USERNAME, password=password, timeout_s=0.5),
                }
            )
            return replace(configuration, settings=changed)

        async with town(data_dir, change=connected) as place:
            shelter.clock = place.clock
            try:
                yield Desk(place, there, shelter)
            finally:
                there.released.set()
                shelter.released.set()


async def test_a_referral_goes_into_primero_and_comes_back_as_a_service_that_was_received(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        sent = await it.refers(it.in_primero())
        delivered = await it.becomes(sent.id, "delivered")
        assert delivered.lost_json is None
        assert it.primero.referrals[sent.id][0]["transitioned_to"] == "officer_lusaka"
        for there, here in (("accepted", "accepted"), ("done", "service_received")):
            it.primero.say(sent.id, there, success_status="successful")
            await it.town.later(POLL_EVERY / SECOND + 1)
            await it.becomes(sent.id, here)


async def test_what_primero_dropped_without_a_word_is_seen_by_a_person(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.primero.fields = FIELDS - {"protection_concerns"}
        sent = await it.refers(it.in_primero())
        delivered = await it.becomes(sent.id, "delivered")
        assert "protection_concerns" in str(delivered.lost_json)
        assert "referral_fields_lost" in await it.alarmed()


async def test_what_is_down_for_six_hours_gets_everything_once_and_a_person_knows_meanwhile(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.primero.down = it.shelter.down = True
        sent = [await it.refers(it.in_primero())]
        there = await it.do(directory.keep, a_service(code="shelter", contacts=(it.at_the_shelter(),)), BY)
        sent += [await it.refers_to(there) for _ in range(2)]
        for _ in range(24):
            await it.town.later(15 * MINUTE / SECOND)
            await it.waits()
        assert it.town.clock.now() - (sent[0].sent_at or 0) >= 6 * HOUR
        assert [(await it.look(one.id)).state for one in sent] == ["sent"] * 3
        assert len(it.shelter.tries) > 24 and not it.shelter.taken
        assert "referral_pending" in await it.alarmed()

        it.primero.down = it.shelter.down = False
        await it.town.later(15 * MINUTE / SECOND + 1)
        for one in sent:
            await it.becomes(one.id, "delivered")
        assert (it.primero.creations, it.primero.referrals_made) == (1, 1)
        assert sorted(it.shelter.taken) == sorted(one.id for one in sent[1:])
        assert "referral_pending" not in await it.alarmed()


@pytest.mark.parametrize("fault", ["silent_after", "dropped_after", "broken_after"])
@pytest.mark.parametrize("request_number", [1, 3])  # the case, and the referral
async def test_a_time_out_after_primero_took_it_makes_no_second_one(
    tmp_path: Path, fault: Fault, request_number: int
) -> None:
    async with desk(tmp_path) as it:
        await until(lambda: it.primero.asked, "the lookups being loaded")
        it.primero.faults.extend([None] * (request_number - 1) + [fault])
        sent = await it.refers(it.in_primero())
        await until(lambda: len(it.primero.asked) > request_number, "the request without an answer")

        async def is_delivered() -> bool:
            if (await it.look(sent.id)).state == "delivered":
                return True
            if not it.town.helpline.outbox._under_way and not it.primero.at_work:
                await it.town.later(30)  # time does not run away from a request that is on its way
            return False

        await until(is_delivered, "the delivery")
        assert (it.primero.creations, it.primero.referrals_made) == (1, 1)


async def test_a_time_out_after_the_shelter_took_it_makes_no_second_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.shelter.answers.append(-1)
        sent = await it.refers(it.at_the_shelter())
        await until(lambda: it.shelter.taken, "the shelter taking it")
        await until(lambda: len(it.shelter.tries) > 1, "another try")
        await it.becomes(sent.id, "delivered")
        assert list(it.shelter.taken) == [sent.id]
        assert len({body for _, body in it.shelter.tries}) == 1, "every try sends the same bytes"
        link = it.shelter.taken[sent.id]["answer"]["link"]
        async with aiohttp.ClientSession() as http, http.get(link) as front:
            assert front.status == 200 and "The code" in await front.text()


async def test_a_primero_that_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await until(lambda: it.primero.asked, "the lookups being loaded")
        it.primero.retry_after = "3600"
        it.primero.faults.append("unavailable")
        sent = await it.refers(it.in_primero())

        async def knows_why() -> bool:
            return (await it.look(sent.id)).problem == "busy"

        await until(knows_why, "the reason being written down")
        asked = len(it.primero.asked)
        await it.town.later(1800)
        await it.waits()
        assert len(it.primero.asked) == asked
        await it.town.later(1801)
        await it.becomes(sent.id, "delivered")


async def test_a_refusal_there_goes_on_to_a_person(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        sent = await it.refers(it.in_primero())
        await it.becomes(sent.id, "delivered")
        it.primero.say(sent.id, "rejected", rejected_reason="No room")
        await it.town.later(POLL_EVERY / SECOND + 1)
        refused = await it.becomes(sent.id, "refused")
        assert refused.said_enc is not None
        assert it.town.helpline.house.vault.open(refused.said_enc) == "No room"
        assert "referral_refused" in await it.alarmed()


async def test_without_the_childs_yes_it_goes_by_an_override_and_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        matter = replace(a_matter(), consent=Consent(services=Answer.NO))
        sent = await it.refers(it.in_primero(), matter=matter, override=OverrideReason.LIFE_IN_DANGER)
        await it.becomes(sent.id, "delivered")
        assert it.primero.referrals[sent.id][0]["consent_overridden"] is True
        assert it.primero.cases[sent.id]["consent_for_services"] is False


async def test_what_their_computer_refuses_for_good_goes_by_the_next_way(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        it.shelter.answers.append(410)
        sent = await it.refers(it.at_the_shelter(), it.in_primero())
        await it.becomes(sent.id, "delivered")
        assert (len(it.shelter.tries), it.primero.creations) == (1, 1)
