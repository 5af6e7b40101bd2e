"""Referrals from the first line to the service that the child received, on each kind of database."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.services import Service
from helpline import heard_back
from helpline.clock import HOUR, MINUTE
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.referrals import answers, directory, follow_ups, links, service, telling
from helpline.referrals.answers import Heard
from helpline.referrals.lifecycle import Event
from helpline.referrals.matter import Answer, Consent, Matter, OverrideReason
from helpline.store import climbs, effects, notices, referrals
from helpline.store.db import Store, T, Tx
from helpline.store.referrals import Stored
from helpline.store.tables import alarms, audit, contacts, deadlines
from tests.contract.rows import a_contact
from tests.unit.referrals.directory_of_services import a_matter, a_service
from tests.village import a_house

BY = "worker-amina"
EMAIL = {"channel": "email", "to": "desk@service.example"}
SMS = {"channel": "sms", "to": "+260950000900"}
VOICE = {"channel": "voice", "to": "+260950000901"}
COMPUTER = {"channel": "webhook", "to": "https://service.example/in"}


@dataclass
class Desk:
    """A counsellor with one contact and a directory."""

    store: Store
    house: House

    async def do(self, work: Callable[..., T], *given: Any, **named: Any) -> T:
        return await self.store.write(lambda tx: work(tx, self.house, *given, **named))

    async def keeps(self, *services: Service) -> list[str]:
        return [await self.do(directory.keep, one, BY) for one in services]

    async def writes(self, service_id: str, matter: Matter | None = None, **more: Any) -> Stored:
        concern = more.pop("concern", "concern")
        wanted = service.Wanted(service_id, matter or a_matter(), "contact", concern, **more)
        id = await self.do(service.draft, wanted, BY)
        return await self.look(id)

    async def sends(self, service_id: str, matter: Matter | None = None, **more: Any) -> Stored:
        draft = await self.writes(service_id, matter, **more)
        return await self.do(service.send, draft.id, draft.version, BY)

    async def look(self, id: str) -> Stored:
        return await self.store.read(lambda tx: referrals.get(tx, id))

    async def all(self) -> list[Stored]:
        return await self.store.read(lambda tx: referrals.of_concern(tx, "concern"))

    async def hears(self, id: str, event: Event, **more: Any) -> Stored:
        return await self.do(answers.hear, id, Heard(event, more.pop("how", "link"), **more))

    async def told(self, id: str, purpose: str) -> list[notices.Stored]:
        return [one for one in await self.store.read(lambda tx: notices.about(tx, id)) if one.purpose == purpose]

    def said(self, notice: notices.Stored) -> str:
        assert notice.body_enc is not None
        return self.house.vault.open(notice.body_enc)

    async def token_and_code(self, id: str) -> tuple[str, str]:
        """What the service has got: the link by one way, the code by another."""
        link = self.said((await self.told(id, telling.NOTICE))[-1])
        code = self.said((await self.told(id, telling.CODE))[-1])
        found, digits = re.search(r"/link/([\w-]{43})\b", link), re.search(r"is (\d{6})\.", code)
        assert found and digits
        return found[1], digits[1]

    async def alarmed(self) -> list[str]:
        query = alarms.select().where(alarms.c.closed_at.is_(None))
        return sorted(await self.store.read(lambda tx: [row.kind for row in tx.execute(query)]))

    async def written(self, id: str) -> list[str]:
        query = audit.select().where(audit.c.subject_id == id).order_by(audit.c.seq)
        return await self.store.read(lambda tx: [row.action for row in tx.execute(query)])


@pytest.fixture
async def desk(store: Store, seed: int) -> Desk:
    chance = random.Random(seed)
    house = replace(a_house(), public_url="https://help.example", chance=chance, hooks=heard_back.HOOKS)
    await store.write(lambda tx: tx.insert(contacts, a_contact("contact", line="children", language="en")))
    return Desk(store, house)


async def test_a_referral_goes_out_as_a_link_and_a_code_by_two_ways_and_says_nothing_of_the_child(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service(contacts=(EMAIL, SMS)))
    sent = await desk.sends(welfare)
    assert sent.state == "sent" and sent.due_at is not None and sent.sent_at is not None
    assert sent.due_at - sent.sent_at == 24 * HOUR
    (mail,), (text,) = await desk.told(sent.id, telling.NOTICE), await desk.told(sent.id, telling.CODE)
    assert (mail.channel, text.channel) == ("email", "sms")
    assert "https://help.example/link/" in desk.said(mail) and sent.reference in desk.said(mail)
    token, code = await desk.token_and_code(sent.id)
    assert code not in desk.said(mail) and token not in desk.said(text)
    for word in ("passport", "trafficking", "lusaka", "14", "girl", "Kwi", "yellow"):
        assert word not in desk.said(mail).replace(token, "").replace(sent.reference, "") + desk.said(text).replace(
            code, ""
        ).replace(sent.reference, "")


async def test_the_service_opens_it_acknowledges_accepts_and_says_what_the_child_received(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    sent = await desk.sends(welfare)
    token, code = await desk.token_and_code(sent.id)
    tried = await desk.do(links.open_link, token, f"{code[:3]} {code[3:]}")
    assert tried.visit is not None
    link, there = await desk.store.write(lambda tx: links.visited(tx, tried.visit or ""))
    await desk.store.write(lambda tx: links.look(tx, link, there))
    content = service.content_of(desk.house, there)
    assert content["summary"] == "A man keeps her passport and makes her work at night."
    assert "harm_by" not in content and content["answer_by"] == sent.due_at
    noted = await desk.hears(sent.id, Event.ACKNOWLEDGED, name="Officer Banda")
    assert noted.acknowledged_at is not None and noted.acknowledged_how == "link" and noted.acknowledged_enc is not None
    assert desk.house.vault.open(noted.acknowledged_enc) == "Officer Banda"
    await desk.hears(sent.id, Event.ACCEPTED)
    served = await desk.hears(sent.id, Event.RECEIVED, what="safe_place", said="She sleeps at the shelter.")
    assert served.state == "service_received" and served.received_what == "safe_place"
    assert served.acknowledged_at == noted.acknowledged_at
    await desk.do(service.close, sent.id, BY, "service_received")
    assert (await desk.look(sent.id)).state == "closed"
    with pytest.raises(Refused, match="link"):
        await desk.do(links.open_link, token, code)
    views = await desk.store.read(lambda tx: referrals.views(tx, sent.id))
    assert [(one.how, one.who) for one in views] == [("link", link.id)]
    assert await desk.written(sent.id) == [
        "referral_written", "referral_sent", "referral_opened", "referral_viewed", "referral_acknowledged",
        "referral_accepted", "referral_received", "referral_closed",
    ]  # fmt: skip


async def test_a_wrong_code_opens_nothing_and_five_shut_the_link_until_it_is_made_anew(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    sent = await desk.sends(welfare)
    token, code = await desk.token_and_code(sent.id)
    wrong = "000000" if code != "000000" else "111111"
    assert [(await desk.do(links.open_link, token, wrong)).left for _ in range(5)] == [4, 3, 2, 1, 0]
    assert (await desk.do(links.open_link, token, code)).visit is None
    assert await desk.alarmed() == ["referral_shut"]
    await desk.do(service.new_link, sent.id, BY)
    with pytest.raises(Refused):
        await desk.do(links.open_link, token, code)
    assert (await desk.do(links.open_link, *await desk.token_and_code(sent.id))).visit is not None
    assert await desk.alarmed() == []


async def test_the_link_of_another_opens_nothing(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    one, other = await desk.sends(welfare), await desk.sends(welfare, concern="another")
    (token, _), (_, code) = await desk.token_and_code(one.id), await desk.token_and_code(other.id)
    assert (await desk.do(links.open_link, token, code)).visit is None
    with pytest.raises(Refused):
        await desk.do(links.open_link, "x" * 43, code)


async def test_a_service_without_a_second_way_gets_its_code_from_a_person(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service(contacts=(EMAIL,)))
    sent = await desk.sends(welfare)
    assert await desk.told(sent.id, telling.CODE) == []
    (mail,) = await desk.told(sent.id, telling.NOTICE)
    (link,) = await desk.store.read(lambda tx: referrals.links_of(tx, sent.id))
    code = await desk.do(links.give_code, link.id)
    found = re.search(r"/link/([\w-]{43})", desk.said(mail))
    assert found and (await desk.do(links.open_link, found[1], code)).visit is not None


async def test_a_service_with_a_plain_phone_calls_in_and_a_supervisor_reads_it_out(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service(contacts=(VOICE,)))
    sent = await desk.sends(welfare)
    (call,) = await desk.told(sent.id, telling.NOTICE)
    assert call.ask_key == "1"
    said = desk.said(call)
    code = "".join(re.findall(r"\d", said.split("The code is")[1]))
    assert " ".join(sent.reference) in said
    assert await desk.do(links.call_in, sent.reference, "12", BY) is None
    spoken = await desk.do(links.call_in, " ".join(sent.reference), " ".join(code), BY)
    assert spoken is not None and spoken.id == sent.id
    assert [one.how for one in await desk.store.read(lambda tx: referrals.views(tx, sent.id))] == ["read_out"]


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("4821", "acknowledged"),
        ("4821 yes we go", "accepted"),
        ("4821 No", "refused"),
        ("Yes, no problem 4821", "acknowledged"),
    ],
)
async def test_a_reply_to_the_text_is_an_answer(desk: Desk, reply: str, state: str) -> None:
    (welfare,) = await desk.keeps(a_service(contacts=(SMS, EMAIL)))
    sent = await desk.sends(welfare)
    await desk.do(heard_back.HOOKS[telling.NOTICE].answered, sent.id, "reply", reply)
    there = await desk.look(sent.id)
    assert there.state == state and there.acknowledged_how == "reply"


async def test_a_refusal_goes_to_the_next_service_and_then_to_a_person(desk: Desk) -> None:
    first, paused, second = await desk.keeps(a_service("first"), a_service("paused"), a_service("second"))
    sent = await desk.sends(first, next=(paused, second))
    entry = await desk.do(directory.get, paused)
    await desk.do(directory.keep, entry.service.model_copy(update={"state": "paused"}), BY, entry.version)
    with pytest.raises(Invalid, match="why"):
        await desk.hears(sent.id, Event.REFUSED)
    await desk.hears(sent.id, Event.REFUSED, reason="no_room", said="All beds are taken.")
    refused, following = await desk.all()
    assert (refused.state, refused.refused_reason) == ("refused", "no_room")
    assert (following.state, following.service_id, following.follows_id) == ("sent", second, sent.id)
    assert await desk.alarmed() == []
    await desk.hears(following.id, Event.REFUSED, reason="not_ours")
    assert len(await desk.all()) == 2
    assert await desk.alarmed() == ["referral_refused"]


async def test_silence_goes_on_once_and_a_late_answer_still_counts(desk: Desk) -> None:
    first, second = await desk.keeps(a_service("first"), a_service("second"))
    sent = await desk.sends(first, next=(second,))
    await desk.do(answers.silent, sent.id)
    await desk.do(answers.silent, sent.id)
    silent, following = await desk.all()
    assert silent.silent_at is not None and following.service_id == second
    await desk.hears(sent.id, Event.ACCEPTED)
    assert (await desk.look(sent.id)).state == "accepted"
    assert await desk.alarmed() == ["referral_twice"]
    await desk.do(answers.silent, following.id)
    assert await desk.alarmed() == ["referral_silent", "referral_twice"]
    climb = await desk.store.read(lambda tx: climbs.open_of(tx, f"referral:{following.id}"))
    assert climb is not None and (climb.ladder, climb.cause) == ("referral", "referral_silent")
    await desk.hears(following.id, Event.ACKNOWLEDGED)
    assert "referral_silent" not in await desk.alarmed()
    assert await desk.store.read(lambda tx: climbs.open_of(tx, f"referral:{following.id}")) is None


async def test_what_was_acknowledged_is_not_silent(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    sent = await desk.sends(welfare)
    await desk.hears(sent.id, Event.ACKNOWLEDGED)
    await desk.do(answers.silent, sent.id)
    assert (await desk.look(sent.id)).silent_at is None and await desk.alarmed() == []


async def test_a_mail_that_comes_back_is_followed_by_another_way_then_another_service_then_a_person(desk: Desk) -> None:
    first, second = await desk.keeps(a_service("first", contacts=(EMAIL, SMS)), a_service("second", contacts=(EMAIL,)))
    sent = await desk.sends(first, next=(second,))
    failed = heard_back.HOOKS[telling.NOTICE].failed

    async def comes_back(id: str) -> None:
        last = (await desk.told(id, telling.NOTICE))[-1]
        await desk.store.write(lambda tx: notices.end(tx, last.id, "failed", was=("due",), error="bounced"))
        await desk.do(failed, id, "bounced")

    await comes_back(sent.id)
    there = await desk.look(sent.id)
    assert (there.state, there.channel, there.problem) == ("sent", "sms", "bounced")
    await comes_back(sent.id)
    one, other = await desk.all()
    assert (one.state, other.state, other.service_id) == ("failed", "sent", second)
    await comes_back(other.id)
    assert await desk.alarmed() == ["referral_failed"]


async def test_a_late_bounce_of_an_earlier_way_says_nothing_of_the_one_that_is_tried(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    sent = await desk.sends(welfare)
    await desk.do(service.new_link, sent.id, BY)
    await desk.do(heard_back.HOOKS[telling.NOTICE].failed, sent.id, "bounced")
    assert (await desk.look(sent.id)).state == "sent"


async def test_without_a_yes_nothing_goes_and_an_override_has_a_reason_and_a_name(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    said_no = a_matter(consent=Consent(services=Answer.NO))
    with pytest.raises(Refused) as refused:
        await desk.writes(welfare, said_no)
    assert refused.value.code == "consent_missing" and await desk.all() == []
    written = await desk.writes(welfare, said_no, override=OverrideReason.LIFE_IN_DANGER)
    assert (written.override_reason, written.override_by) == ("life_in_danger", BY)
    assert "called" not in json.loads(written.fields_json) and "whereabouts" in json.loads(written.fields_json)
    assert await desk.written(written.id) == ["referral_written", "consent_overridden"]


async def test_with_a_yes_no_override_is_recorded(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    written = await desk.writes(welfare, override=OverrideReason.LIFE_IN_DANGER)
    assert written.override_reason is None and "consent_overridden" not in await desk.written(written.id)


async def test_the_police_are_told_nothing_on_a_yes_to_services(desk: Desk) -> None:
    (police,) = await desk.keeps(a_service(kind="police_victim_support"))
    with pytest.raises(Refused, match="yes"):
        await desk.writes(police)
    told = await desk.writes(police, a_matter(consent=Consent(authorities=Answer.YES)))
    assert "circumstances" not in json.loads(told.fields_json)


async def test_nothing_goes_on_to_the_police_by_itself(desk: Desk) -> None:
    first, police = await desk.keeps(a_service("first"), a_service("police", kind="police_victim_support"))
    sent = await desk.sends(first, next=(police,))
    await desk.hears(sent.id, Event.REFUSED, reason="not_ours")
    assert len(await desk.all()) == 1 and await desk.alarmed() == ["referral_refused"]


async def test_nothing_goes_to_the_organisation_of_who_did_harm_also_when_it_is_named_later(desk: Desk) -> None:
    (farm,) = await desk.keeps(a_service(organisation="Golden Farm", aliases=("GF",)))
    with pytest.raises(Refused) as refused:
        await desk.writes(farm, a_matter(harm_by="the golden-farm"))
    assert refused.value.code == "service_harm_by"


async def test_what_was_looked_at_is_what_is_sent(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    draft = await desk.writes(welfare)
    await desk.do(service.send, draft.id, draft.version, BY)
    with pytest.raises(Conflict):
        await desk.do(service.send, draft.id, draft.version, BY)
    assert len(await desk.told(draft.id, telling.NOTICE)) == 1


async def test_a_service_gets_one_concern_once_and_again_when_the_first_was_closed(desk: Desk) -> None:
    [id] = await desk.keeps(a_service(contacts=[EMAIL, SMS]))
    first, second = await desk.writes(id), await desk.writes(id)
    await desk.do(service.send, first.id, first.version, BY)
    with pytest.raises(Conflict) as twice:
        await desk.do(service.send, second.id, second.version, BY)
    assert twice.value.code == "service_asked"
    with pytest.raises(Conflict) as again:
        await desk.writes(id)
    assert again.value.code == "service_asked"
    assert (await desk.do(service.send, first.id, first.version + 1, BY)).id == first.id, "pressed twice"
    assert len(await desk.told(first.id, telling.NOTICE)) == 1
    assert (await desk.writes(id, purpose="best_interests")).state == "draft", "the panel is asked for something else"
    await desk.do(service.close, first.id, BY, "not_served")
    assert (await desk.sends(id)).state == "sent"


async def test_a_computer_gets_it_by_an_effect_and_somebody_sees_that_it_waits(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service(contacts=(COMPUTER, EMAIL)))
    sent = await desk.sends(welfare)
    assert await desk.store.read(effects.pending) == {telling.DELIVER: 1}
    await desk.do(answers.pending, sent.id)
    assert await desk.alarmed() == ["referral_pending"]
    await desk.hears(sent.id, Event.DELIVERED, how="system", actor="system")
    assert await desk.alarmed() == [] and (await desk.look(sent.id)).state == "delivered"


async def test_a_link_that_was_mailed_is_not_pending(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    sent = await desk.sends(welfare)
    (mail,) = await desk.told(sent.id, telling.NOTICE)
    await desk.store.write(lambda tx: notices.change(tx, mail.id, state="sent", sent_at=tx.now))
    await desk.do(answers.pending, sent.id)
    assert await desk.alarmed() == []


async def test_a_follow_up_comes_back_on_its_day_and_to_a_supervisor_when_it_is_late(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    sent = await desk.sends(welfare)
    today = await desk.store.read(lambda tx: directory.today_at("Africa/Lusaka", tx.now))
    with pytest.raises(Invalid):
        await desk.do(follow_ups.set_day, sent.id, BY, today - timedelta(days=1))
    await desk.do(follow_ups.set_day, sent.id, BY, today + timedelta(days=3))
    assert await desk.store.read(lambda tx: follow_ups.on_desk(tx, BY)) == []
    there = await desk.look(sent.id)

    def at(then: int) -> Callable[[Tx], Any]:
        def unit(tx: Tx) -> Any:
            tx.now = then
            follow_ups.due(tx, desk.house, sent.id)
            return [(one.referral.id, one.late) for one in follow_ups.on_desk(tx, BY)]

        return unit

    assert there.follow_up_at is not None
    assert await desk.store.write(at(there.follow_up_at)) == [(sent.id, False)]
    assert await desk.alarmed() == []
    assert await desk.store.write(at(there.follow_up_at + 24 * HOUR)) == [(sent.id, True)]
    assert await desk.alarmed() == ["follow_up_late"]
    await desk.do(follow_ups.done, sent.id, BY)
    assert await desk.alarmed() == []
    with pytest.raises(Conflict):
        await desk.do(follow_ups.done, sent.id, BY)


async def test_a_draft_can_be_dropped_and_one_that_was_sent_taken_back(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    draft, sent = await desk.writes(welfare), await desk.sends(welfare)
    token, code = await desk.token_and_code(sent.id)
    for one in (draft, sent):
        await desk.do(service.withdraw, one.id, BY, "The child does not want it any more.")
        assert (await desk.look(one.id)).outcome == "withdrawn"
    with pytest.raises(Refused):
        await desk.do(links.open_link, token, code)


async def test_an_officer_on_leave_names_another_who_counts_once_we_have_confirmed_it(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service(contacts=(EMAIL, SMS)))
    today = await desk.store.read(lambda tx: directory.today_at("Africa/Lusaka", tx.now))
    for wrong in (("", "a@b.example", ""), ("Mwila", "", ""), ("Mwila", "nothing", "")):
        with pytest.raises(Invalid):
            await desk.do(directory.name_stand_in, welfare, *wrong, today, today)
    named = await desk.do(
        directory.name_stand_in, welfare, "Mwila", "mwila@service.example", "+260950000902", today, today
    )
    entry = await desk.do(directory.get, welfare)
    assert await desk.alarmed() == ["stand_in_named"]
    assert [way.to for way in await desk.do(directory.ways_of, entry)] == ["desk@service.example", "+260950000900"]
    await desk.store.write(lambda tx: directory.confirm_stand_in(tx, named, BY))
    assert [way.to for way in await desk.do(directory.ways_of, entry)][:2] == ["mwila@service.example", "+260950000902"]
    assert await desk.alarmed() == []
    sent = await desk.sends(welfare)
    (mail,) = await desk.told(sent.id, telling.NOTICE)
    assert mail.to_enc is not None and desk.house.vault.open(mail.to_enc) == "mwila@service.example"
    await desk.store.write(lambda tx: directory.remove_stand_in(tx, named, BY))
    assert next(way.to for way in await desk.do(directory.ways_of, entry)) == "desk@service.example"


async def test_an_entry_is_kept_changed_and_reminded_of_when_it_is_stale(desk: Desk) -> None:
    today = await desk.store.read(lambda tx: directory.today_at("Africa/Lusaka", tx.now))
    entry = a_service(verified_on=today - timedelta(days=200), texts={"en": "We help."}, person="Officer Banda")
    (id,) = await desk.keeps(entry)
    kept = await desk.do(directory.get, id)
    assert kept.service == entry
    due = await desk.store.read(
        lambda tx: [row.kind for row in tx.execute(deadlines.select().where(deadlines.c.subject_id == id))]
    )
    assert due == [directory.STALE]
    await desk.do(directory.stale, id)
    assert await desk.alarmed() == ["service_stale"]
    await desk.do(directory.verified, id, BY, kept.version)
    assert await desk.alarmed() == []
    assert (await desk.do(directory.get, id)).service.verified_on == today
    with pytest.raises(Conflict):
        await desk.do(directory.verified, id, BY, kept.version)
    with pytest.raises(Invalid):
        await desk.keeps(entry)


async def test_a_file_brings_in_what_is_new_and_what_has_changed(desk: Desk) -> None:
    file = desk.house.directory.services
    assert await desk.do(directory.load, file, "file") == directory.Loaded(len(file.service), 0, 0)
    assert await desk.do(directory.load, file, "file") == directory.Loaded(0, 0, len(file.service))
    first = file.service[0].model_copy(update={"name": "Another name", "verified_on": date(2027, 1, 5)})
    changed = file.model_copy(update={"service": (first, *file.service[1:])})
    assert await desk.do(directory.load, changed, "file") == directory.Loaded(0, 1, len(file.service) - 1)


async def test_a_counsellor_finds_a_service_by_concern_place_language_and_words(desk: Desk) -> None:
    await desk.do(directory.load, desk.house.directory.services, "file")
    entries = await desk.do(directory.everything)

    def found(**wanted: str) -> set[str]:
        return {one.service.code for one in directory.search(entries, directory.Wanted(**wanted), desk.house)}

    assert "demo_trafficking_desk" in found(concern="trafficking", language="so")
    assert found(language="am") == {"demo_counselling"}
    assert "demo_welfare_lusaka" not in found(province="lusaka", district="kafue")
    assert "demo_welfare_lusaka" in found(province="lusaka")
    assert found(words="free children") == {"demo_trafficking_desk"}
    assert found(country="CD") == {"demo_secours"}
    assert "demo_secours" not in found(province="lusaka") and "demo_legal_aid" in found(province="lusaka")
    assert "demo_welfare_lusaka" in found(words="welfare LUSAKA") and "demo_legal_aid" not in found(words="lusaka")


async def test_a_service_in_another_country_is_told_in_its_language_and_by_its_clock(desk: Desk) -> None:
    abroad = {"country": "CD", "places": ("*",), "language": "fr", "timezone": "Africa/Kinshasa"}
    (secours,) = await desk.keeps(a_service("secours", legal_basis="Accord, article 4", **abroad))
    sent = await desk.sends(secours, a_matter(ack_within=15 * MINUTE))
    content = service.content_of(desk.house, sent)
    assert (content["country"], content["province"]) == ("ZM", "lusaka"), "where the child is"
    letter = desk.said((await desk.told(sent.id, telling.NOTICE))[0])
    by = datetime.fromtimestamp((sent.due_at or 0) // 1_000_000, ZoneInfo("Africa/Kinshasa"))
    assert "quelque chose vous attend" in letter.lower() and f"{by:%Y-%m-%d %H:%M}" in letter
    assert "le code pour la référence" in desk.said((await desk.told(sent.id, telling.CODE))[0])
    at_home = service.content_of(desk.house, await desk.sends((await desk.keeps(a_service()))[0]))
    assert "country" not in at_home


async def test_what_waits_for_an_answer_has_both_its_deadlines(desk: Desk) -> None:
    (welfare,) = await desk.keeps(a_service())
    sent = await desk.sends(welfare, a_matter(ack_within=15 * MINUTE))
    rows = await desk.store.read(
        lambda tx: {
            row.kind: row.due_at for row in tx.execute(deadlines.select().where(deadlines.c.subject_id == sent.id))
        }
    )
    assert sent.sent_at is not None
    assert rows == {service.DUE: sent.due_at, service.PENDING: sent.sent_at + service.PENDING_AFTER}
