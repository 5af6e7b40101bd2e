"""Cases in the small, and the effect that takes a referral to a service's own computer, on each kind of database."""

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from helpline import heard_back
from helpline.clock import MINUTE
from helpline.console.link.door import TOKEN
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.protection import concerns as protection
from helpline.protection.concerns import Answers
from helpline.referrals import cases, directory, links, service
from helpline.referrals.delivering import PAUSES, POLL, Deliveries
from helpline.referrals.lifecycle import Event
from helpline.referrals.port import NOBODY_ELSE, SETTLED, Delivered, DeliveryTrouble, Outgoing, Seen, Turn
from helpline.referrals.signed_webhook import body_of
from helpline.referrals.telling import CODE, DELIVER
from helpline.referrals.turns import StoredTurn
from helpline.store import effects, notices, referrals
from helpline.store.db import Store, T, Tx
from helpline.store.effects import Effect
from helpline.store.referrals import Stored
from helpline.store.tables import alarms, contacts, duty, workers
from helpline.store.tables import effects as effects_table
from helpline.store.tables import referrals as referrals_table
from tests.contract.rows import a_contact, a_worker
from tests.unit.referrals.directory_of_services import a_matter, a_service
from tests.village import a_house

BY = "amina"
TODAY = date(2027, 1, 18)
PRIMERO = {"channel": "primero", "to": "https://primero.example", "settings": {"transitioned_to": "officer"}}
WEBHOOK = {"channel": "webhook", "to": "https://shelter.example/in", "settings": {"account": "shelter"}}
EMAIL = {"channel": "email", "to": "desk@service.example"}


@dataclass
class Desk:
    store: Store
    house: House

    async def do(self, work: Callable[..., T], *given: Any, **named: Any) -> T:
        return await self.store.write(lambda tx: work(tx, self.house, *given, **named))

    async def tx(self, work: Callable[..., T], *given: Any) -> T:
        return await self.store.write(lambda tx: work(tx, *given))

    async def look(self, id: str) -> Stored:
        return await self.store.read(lambda tx: referrals.get(tx, id))

    async def alarmed(self) -> set[str]:
        query = alarms.select().where(alarms.c.closed_at.is_(None))
        return await self.store.read(lambda tx: {row.kind for row in tx.execute(query)})

    async def flags(self, kind: str, **answers: Any) -> str:
        known = Answers(province="lusaka", district="lusaka", consents={"services": "yes"}, **answers)
        return await self.do(protection.flag, BY, kind, "contact", known, sees_all=True)

    async def opens(self, circumstance: str = "unaccompanied") -> str:
        return await self.do(cases.open_case, "contact", BY, circumstance)

    async def whole(self, id: str) -> cases.Whole:
        return await self.do(cases.whole, id)


@pytest.fixture
async def desk(store: Store, seed: int) -> Desk:
    house = replace(a_house(), public_url="https://help.example", chance=random.Random(seed), hooks=heard_back.HOOKS)

    def unit(tx: Tx) -> None:
        tx.insert(workers, a_worker(BY))
        tx.insert(duty, {"worker_id": BY, "state": "off", "since": 1, "idle_since": 1})
        for id in ("contact", "later", "other"):
            tx.insert(contacts, a_contact(id, line="children", language="en"))

    await store.write(unit)
    return Desk(store, house)


async def test_a_case_gathers_what_belongs_to_one_child(desk: Desk) -> None:
    concern = await desk.flags("unaccompanied", sentence="She is alone at the bus station.")
    case = await desk.opens()
    await desk.tx(cases.add_contact, case, "later", BY)
    await desk.tx(cases.add_contact, case, "later", BY)
    step = await desk.do(cases.add_step, case, "Ask the shelter for a bed", BY, TODAY, BY)
    await desk.do(cases.add_document, case, "Birth certificate, a copy", "With the officer", TODAY, BY)
    whole = await desk.whole(case)
    assert [id for id, *_ in whole.contacts] == ["contact", "later"]
    assert [one.id for one in whole.concerns] == [concern]
    assert [(one.what, one.due_on, one.done_at) for one in whole.steps] == [
        ("Ask the shelter for a bed", "2027-01-18", None)
    ]
    assert [(one.title, one.kept) for one in whole.documents] == [("Birth certificate, a copy", "With the officer")]
    assert whole.case.pseudonym not in ("", "Kwi-4821")
    await desk.tx(cases.step_done, case, step, BY)
    await desk.tx(cases.remove_contact, case, "later", BY)
    with pytest.raises(Conflict):
        await desk.tx(cases.remove_contact, case, "contact", BY)
    assert (await desk.whole(case)).steps[0].done_by == BY


async def test_a_case_is_closed_when_nothing_waits_any_more(desk: Desk) -> None:
    case = await desk.opens()
    step = await desk.do(cases.add_step, case, "Ask the shelter", BY, TODAY, BY)
    for wrong in (
        desk.do(cases.close, case, BY, "nothing", ""),
        desk.do(cases.close, case, BY, "safe", ""),
        desk.do(cases.add_step, case, " ", BY, TODAY, BY),
        desk.do(cases.add_step, case, "Ask", "nobody", TODAY, BY),
    ):
        with pytest.raises((Invalid, Conflict)):
            await wrong
    await desk.tx(cases.step_done, case, step, BY)
    await desk.do(cases.close, case, BY, "reunited", "With her aunt.")
    whole = await desk.whole(case)
    assert (whole.case.state, whole.case.outcome, whole.closing) == ("closed", "reunited", "With her aunt.")
    with pytest.raises(Conflict):
        await desk.tx(cases.add_contact, case, "later", BY)


async def test_the_panel_is_asked_by_a_referral_of_its_own(desk: Desk) -> None:
    panel = await desk.do(
        directory.keep, a_service("panel", kind="best_interests_panel", concerns=("unaccompanied",)), BY
    )
    concern = await desk.flags("unaccompanied")
    case = await desk.opens()
    id = await desk.do(cases.ask_best_interests, case, concern, "lasting_solution", panel, BY)
    written = await desk.look(id)
    assert (written.purpose, written.case_id, written.state) == ("best_interests", case, "draft")
    await desk.do(service.send, id, written.version, BY)
    whole = await desk.whole(case)
    assert whole.case.best_interests == "lasting_solution" and [one.id for one in whole.referrals] == [id]
    with pytest.raises(Conflict):
        await desk.do(cases.close, case, BY, "safe", "")


@pytest.mark.parametrize(
    ("circumstance", "trigger", "code"),
    [("other", "lasting_solution", "not_best_interests"), ("separated", "because", "trigger_unknown")],
)
async def test_when_no_assessment_is_asked_for(desk: Desk, circumstance: str, trigger: str, code: str) -> None:
    panel = await desk.do(directory.keep, a_service("panel", kind="best_interests_panel"), BY)
    concern = await desk.flags("unaccompanied")
    case = await desk.opens(circumstance)
    with pytest.raises(Invalid) as refused:
        await desk.do(cases.ask_best_interests, case, concern, trigger, panel, BY)
    assert refused.value.code == code


async def test_a_concern_about_one_of_our_own_goes_to_nobody_outside_and_stands_in_no_case(desk: Desk) -> None:
    concern = await desk.flags("complaint")
    panel = await desk.do(directory.keep, a_service("panel", kind="best_interests_panel"), BY)
    case = await desk.opens()
    assert (await desk.whole(case)).concerns == ()
    with pytest.raises(Refused) as refused:
        await desk.do(cases.ask_best_interests, case, concern, "lasting_solution", panel, BY)
    assert refused.value.code == "concern_private"


@dataclass
class Computer:
    """A service's computer, which does what it is told."""

    troubles: list[DeliveryTrouble] = field(default_factory=list)
    took: list[Outgoing] = field(default_factory=list)
    says: Seen | None = None

    async def deliver(self, referral: Outgoing, turn: Turn = NOBODY_ELSE) -> Delivered:
        self.took.append(referral)
        if self.troubles:
            raise self.troubles.pop(0)
        return Delivered({"case": "CP-4821"}, ("gender",))

    async def poll(self, referral: Outgoing) -> Seen | None:
        return self.says


async def effect_of(desk: Desk, kind: str, *, attempts: int = 0) -> Effect:
    rows = effects_table

    def look(tx: Tx) -> Effect:
        row = tx.execute(
            rows.select().where(rows.c.kind == kind, rows.c.state == "due").order_by(rows.c.id.desc())
        ).first()
        assert row is not None
        return Effect(row.id, row.kind, None, row.subject_id, {}, attempts, row.created_at, unknown=False)

    return await desk.store.read(look)


async def test_a_computer_takes_it_and_the_case_says_which_one_it_is_there(desk: Desk) -> None:
    welfare = await desk.do(directory.keep, a_service(contacts=(PRIMERO, EMAIL)), BY)
    case = await desk.opens()
    wanted = service.Wanted(welfare, a_matter(), "contact", case_id=case)
    id = await desk.do(service.draft, wanted, BY)
    await desk.do(service.send, id, 1, BY)
    computer = Computer()
    deliveries = Deliveries(desk.store, desk.house, {"primero": computer})
    settle = await deliveries.deliver(await effect_of(desk, DELIVER))
    await desk.store.write(settle)
    there = await desk.look(id)
    assert there.state == "delivered" and computer.took[0].id == id and not computer.took[0].unknown
    assert computer.took[0].settings["transitioned_to"] == "officer"
    assert (await desk.whole(case)).case.primero_case == "CP-4821"
    assert await desk.alarmed() == {"referral_fields_lost"}
    computer.says = Seen(Event.REFUSED, "No officer here.")
    await desk.store.write(await deliveries.poll(await effect_of(desk, "referral_poll")))
    refused = await desk.look(id)
    assert refused.state == "refused" and refused.said_enc is not None
    assert desk.house.vault.open(refused.said_enc) == "No officer here."
    assert "referral_refused" in await desk.alarmed()


async def test_a_computer_that_asks_for_time_is_given_it_and_the_key_stays_the_same(desk: Desk) -> None:
    welfare = await desk.do(directory.keep, a_service(contacts=(PRIMERO, EMAIL)), BY)
    id = await desk.do(service.draft, service.Wanted(welfare, a_matter(), "contact"), BY)
    await desk.do(service.send, id, 1, BY)
    computer = Computer([DeliveryTrouble("busy", retry=True, after=7 * MINUTE)])
    deliveries = Deliveries(desk.store, desk.house, {"primero": computer})
    await desk.store.write(await deliveries.deliver(await effect_of(desk, DELIVER)))
    assert (await desk.look(id)).problem == "busy"
    assert (await desk.store.read(effects.pending))[DELIVER] == 2  # the first is settled by the outbox
    again = await effect_of(desk, DELIVER, attempts=1)
    await desk.store.write(await deliveries.deliver(again))
    assert [one.id for one in computer.took] == [id, id] and computer.took[1].unknown
    assert (await desk.look(id)).state == "delivered"


async def test_a_computer_that_refuses_for_good_is_followed_by_a_letter(desk: Desk) -> None:
    welfare = await desk.do(directory.keep, a_service(contacts=(PRIMERO, EMAIL)), BY)
    id = await desk.do(service.draft, service.Wanted(welfare, a_matter(), "contact"), BY)
    await desk.do(service.send, id, 1, BY)
    deliveries = Deliveries(desk.store, desk.house, {"primero": Computer([DeliveryTrouble("consent", retry=False)])})
    effect = await effect_of(desk, DELIVER)
    with pytest.raises(DeliveryTrouble):
        await deliveries.deliver(effect)
    await desk.store.write(lambda tx: deliveries.kinds()[DELIVER].given_up(tx, effect, "consent"))
    there = await desk.look(id)
    assert (there.state, there.channel, there.problem) == ("sent", "email", "consent")


async def test_a_computer_that_lets_us_in_no_more_is_told_to_a_person_until_it_does(desk: Desk) -> None:
    welfare = await desk.do(directory.keep, a_service(contacts=(PRIMERO, EMAIL)), BY)
    id = await desk.do(service.draft, service.Wanted(welfare, a_matter(), "contact"), BY)
    await desk.do(service.send, id, 1, BY)
    deliveries = Deliveries(desk.store, desk.house, {"primero": Computer()})
    await desk.store.write(await deliveries.deliver(await effect_of(desk, DELIVER)))
    poll, not_polled = await effect_of(desk, POLL), deliveries.kinds()[POLL].given_up
    await desk.tx(not_polled, poll, "unreachable")
    assert "service_shut_out" not in await desk.alarmed()
    for code in ("unauthorised", "forbidden"):
        await desk.tx(not_polled, poll, code)
        assert "service_shut_out" in await desk.alarmed()
        await desk.store.write(await deliveries.poll(await effect_of(desk, POLL)))
        assert "service_shut_out" not in await desk.alarmed()


async def test_a_computer_that_cannot_be_asked_gets_a_link_to_answer_by_and_the_code_goes_another_way(
    desk: Desk,
) -> None:
    shelter = await desk.do(directory.keep, a_service(contacts=(WEBHOOK, EMAIL)), BY)
    id = await desk.do(service.draft, service.Wanted(shelter, a_matter(), "contact"), BY)
    await desk.do(service.send, id, 1, BY)
    computer = Computer([DeliveryTrouble("their_fault", retry=True, unknown=True)])
    deliveries = Deliveries(desk.store, desk.house, {"webhook": computer})
    with pytest.raises(DeliveryTrouble):
        await deliveries.deliver(await effect_of(desk, DELIVER))
    assert not await desk.store.read(lambda tx: notices.about(tx, id)), "no code for what is not there"
    await desk.store.write(await deliveries.deliver(await effect_of(desk, DELIVER)))
    first, second = computer.took
    assert first.link == second.link and body_of(first) == body_of(replace(second, unknown=False))
    (told,) = await desk.store.read(lambda tx: notices.about(tx, id))
    assert (told.purpose, told.channel) == (CODE, "email") and told.body_enc is not None
    code = re.search(r"is (\d{6})\.", desk.house.vault.open(told.body_enc))
    token = first.link.removeprefix("https://help.example/link/")
    assert code and code[1] not in first.link and TOKEN.fullmatch(token)
    assert (await desk.do(links.open_link, token, "000000")).visit is None
    visit = (await desk.do(links.open_link, token, code[1])).visit
    assert visit is not None
    assert (await desk.tx(links.visited, visit))[1].id == id


async def test_what_goes_by_a_link_instead_is_neither_sent_to_the_computer_nor_failed_by_it(desk: Desk) -> None:
    shelter = await desk.do(directory.keep, a_service(contacts=(WEBHOOK, EMAIL)), BY)
    id = await desk.do(service.draft, service.Wanted(shelter, a_matter(), "contact"), BY)
    await desk.do(service.send, id, 1, BY)
    computer = Computer()
    deliveries = Deliveries(desk.store, desk.house, {"webhook": computer})
    await desk.do(service.new_link, id, BY)
    await desk.store.write(await deliveries.deliver(await effect_of(desk, DELIVER)))
    assert not computer.took
    assert ((await desk.look(id)).state, (await desk.look(id)).channel) == ("sent", "email")


async def test_a_computer_is_asked_what_became_of_it_though_a_link_went_out_since(desk: Desk) -> None:
    welfare = await desk.do(directory.keep, a_service(contacts=(PRIMERO, EMAIL)), BY)
    id = await desk.do(service.draft, service.Wanted(welfare, a_matter(), "contact"), BY)
    await desk.do(service.send, id, 1, BY)
    computer = Computer()
    deliveries = Deliveries(desk.store, desk.house, {"primero": computer})
    await desk.store.write(await deliveries.deliver(await effect_of(desk, DELIVER)))
    await desk.do(service.new_link, id, BY)
    computer.says = Seen(Event.ACCEPTED)
    await desk.store.write(await deliveries.poll(await effect_of(desk, POLL)))
    assert (await desk.look(id)).state == "accepted"


async def test_one_try_at_a_time_makes_it_and_a_late_one_ends_no_turn_of_another(desk: Desk) -> None:
    welfare = await desk.do(directory.keep, a_service(contacts=(PRIMERO,)), BY)
    id = await desk.do(service.draft, service.Wanted(welfare, a_matter(), "contact"), BY)
    first, second = StoredTurn(desk.store, id), StoredTurn(desk.store, id)
    with pytest.raises(DeliveryTrouble):
        await first.take()  # a draft is made nowhere
    await desk.do(service.send, id, 1, BY)
    done = await asyncio.gather(first.take(), second.take(), return_exceptions=True)
    troubles = [one for one in done if isinstance(one, DeliveryTrouble)]
    assert [(one.code, one.retry, one.unknown) for one in troubles] == [("under_way", True, False)]
    holder, other = (first, second) if first.until is not None else (second, first)
    await other.ends(unknown=False)
    with pytest.raises(DeliveryTrouble):
        await other.take()
    await holder.ends(unknown=True)
    with pytest.raises(DeliveryTrouble) as told:
        await other.take()
    assert told.value.after is not None and SETTLED - MINUTE < told.value.after <= SETTLED
    await desk.store.write(lambda tx: tx.execute(referrals_table.update().values(making_until=tx.now - 1)))
    await other.take()
    await holder.ends(unknown=False)
    with pytest.raises(DeliveryTrouble):
        await StoredTurn(desk.store, id).take()
    await other.ends(unknown=False)
    await StoredTurn(desk.store, id).take()


def test_what_is_down_for_six_hours_gets_it_within_a_quarter_of_an_hour_of_being_back() -> None:
    tried = [sum(PAUSES[:n]) for n in range(len(PAUSES) + 1)]
    after = next(at for at in tried if at >= 6 * 60 * MINUTE)
    assert after <= (6 * 60 + 15) * MINUTE and tried[-1] >= timedelta(days=2) // timedelta(microseconds=1)
