"""Concerns and their ladders are the same on every engine: what is flagged is told, and ends with a person's name."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
import sqlalchemy as sa

from config.ladders import Ladder, Ladders
from helpline import alarms as floor_alarms
from helpline import cover
from helpline.clock import DAY, HOUR, MINUTE, SECOND
from helpline.errors import Conflict, HelplineError, Invalid, Refused
from helpline.protection import acknowledging, climbing, starting
from helpline.protection import concerns as service
from helpline.protection.concerns import Answers
from helpline.protection.paging import token_hash
from helpline.referrals import directory
from helpline.store import climbs, deadlines, retention
from helpline.store import posts as holders
from helpline.store.climbs import Climb, Page
from helpline.store.db import Tx
from helpline.store.tables import alarms, audit, pages, workers
from helpline.store.tables import deadlines as deadlines_table
from tests.watch import MANAGER, SECRETARIAT, Watch, a_watched_house, open_watch


@pytest.fixture
async def watch(url: str) -> AsyncIterator[Watch]:
    opened = await open_watch(url)
    yield opened
    await opened.store.close()


async def open_alarms(watch: Watch) -> set[str]:
    def look(tx: Tx) -> set[str]:
        return {row.kind for row in tx.execute(alarms.select().where(alarms.c.closed_at.is_(None)))}

    return await watch.look(look)


async def actions(watch: Watch) -> list[str]:
    return await watch.look(lambda tx: list(tx.execute(sa.select(audit.c.action).order_by(audit.c.seq)).scalars()))


async def timers_of(watch: Watch, id: str) -> list[int]:
    due = sa.select(deadlines_table.c.due_at).where(deadlines_table.c.subject_id == id)
    return await watch.look(lambda tx: list(tx.execute(due).scalars()))


async def of_topic(watch: Watch, topic: str) -> Climb:
    found = await watch.look(lambda tx: climbs.open_of(tx, topic))
    assert found is not None
    return found


async def fails(watch: Watch, page: Page) -> None:
    await watch.write(lambda tx: climbing.page_failed(tx, watch.house, page.id, "refused"))


def the(told: list[Page], how: str) -> Page:
    return next(page for page in told if page.how == how)


async def test_one_tap_tells_the_first_rung_and_sets_the_first_deadline(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor", number="+260955000900")
    contact = await watch.conversation(mary)
    id = await watch.flags(mary, "trafficking", contact)
    concern, climb = await watch.concern(id), await watch.climb(id)
    assert (concern.state, concern.act_by - concern.flagged_at) == ("open", HOUR)
    assert await watch.rungs(climb) == [(0, 0, "role:supervisor", "console"), (0, 0, "role:supervisor", "sms")]
    assert await timers_of(watch, climb.id) == [climb.due_at] == [concern.flagged_at + 15 * MINUTE]
    assert {page.worker_id for page in await watch.pages(climb)} == {grace}
    assert "concern" in await open_alarms(watch)
    assert {"concern_flagged", "ladder_begun", "rung_told"} <= set(await actions(watch))


async def test_what_is_sent_names_no_child_and_no_matter(watch: Watch) -> None:
    mary = await watch.hire("mary")
    await watch.hire("grace", "supervisor", number="+260955000900")
    contact = await watch.conversation(mary)
    id = await watch.flags(mary, "suicide_attempt", contact, Answers(sentence="She has taken tablets."))
    await watch.holds_post("manager_on_call")
    for _ in range(2):
        await watch.pass_by(5 * 60)
    for page in await watch.pages(await watch.climb(id)):
        if page.how == "console":
            continue
        _, body, _ = await watch.sent(page)
        assert body.startswith(("116: an urgent matter waits for you, code ", "This is the helpline 116. An urgent"))
        for said in (contact.pseudonym, "suicid", "child", "tablet", contact.id, id):
            assert said not in body.lower()
        assert len(body) <= 160 or page.how == "email"


async def test_three_rungs_and_the_last_again_until_the_manager_presses_the_key(watch: Watch) -> None:
    mary = await watch.hire("mary")
    await watch.hire("grace", "supervisor")
    await watch.holds_post("manager_on_call")
    id = await watch.flags(mary, "suicide_attempt", await watch.conversation(mary))
    await watch.pass_by(90)
    await watch.pass_by(210)
    await watch.pass_by(120)
    climb = await watch.climb(id)
    assert await watch.rungs(climb) == [
        (0, 0, "role:supervisor", "console"),
        (0, 0, "role:supervisor", "sms"),
        (1, 0, "role:supervisor", "voice"),
        (2, 0, "post:manager_on_call", "voice"),
        (2, 0, "post:manager_on_call", "sms"),
        (2, 1, "post:manager_on_call", "voice"),
        (2, 1, "post:manager_on_call", "sms"),
    ]
    call = [page for page in await watch.pages(climb) if page.how == "voice"][-1]
    notice, _, to = await watch.sent(call)
    assert (to, notice.ask_key) == (MANAGER, "1")
    await watch.write(lambda tx: acknowledging.page_answered(tx, watch.house, call.id, "key", "1"))
    concern, ended = await watch.concern(id), await watch.climb(id)
    assert (concern.state, concern.acknowledged_how, ended.ended_how) == ("acknowledged", "key", "key")
    assert concern.acknowledged_name_enc is not None
    assert watch.house.vault.open(concern.acknowledged_name_enc) == "R. Tembo"
    assert await timers_of(watch, ended.id) == []
    assert "concern" not in await open_alarms(watch)
    before = len(await watch.pages(ended))
    await watch.pass_by(3600)
    assert len(await watch.pages(ended)) == before


async def test_a_message_that_cannot_be_delivered_is_silence_at_once(watch: Watch) -> None:
    mary = await watch.hire("mary")
    await watch.holds_post("complaints_manager", email=SECRETARIAT)
    id = await watch.flags(mary, "complaint", await watch.conversation(mary))
    climb = await watch.climb(id)
    told = await watch.pages(climb)
    assert {page.how for page in told} == {"email", "sms"}
    watch.clock.pass_by(5)
    for page in told:
        await fails(watch, page)
    climb = await watch.climb(id)
    assert (climb.rung, climb.due_at) == (1, watch.clock.now() + 72_000 * SECOND)
    assert the(await watch.pages(climb), "voice").rung == 1


async def test_while_nobody_can_be_reached_the_last_rung_is_tried_again_and_does_not_spin(watch: Watch) -> None:
    mary = await watch.hire("mary")
    id = await watch.flags(mary, "suicide_attempt", await watch.conversation(mary))
    climb = await watch.climb(id)
    assert (climb.rung, climb.round, await watch.pages(climb)) == (2, 0, [])
    assert "concern" in await open_alarms(watch), "whoever comes on duty sees it"
    await watch.pass_by(120)
    assert (await watch.climb(id)).round == 1
    await watch.holds_post("manager_on_call")
    await watch.pass_by(120)
    assert [page.how for page in await watch.pages(await watch.climb(id))] == ["voice", "sms"]


async def test_a_reply_with_the_code_comes_from_the_one_it_was_sent_to_and_counts_once(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor")
    id = await watch.flags(mary, "missing", await watch.conversation(mary))
    sms = the(await watch.pages(await watch.climb(id)), "sms")
    notice, body, _ = await watch.sent(sms)
    assert notice.code_hash is not None and sms.code is not None and f"code {sms.code}." in body
    for _ in range(2):
        await watch.write(lambda tx: acknowledging.page_answered(tx, watch.house, sms.id, "reply", sms.code or ""))
    concern = await watch.concern(id)
    assert (concern.state, concern.acknowledged_by, concern.acknowledged_how) == ("acknowledged", grace, "reply")
    assert (await actions(watch)).count("acknowledged") == 1


async def test_a_link_asks_for_a_name_and_is_good_for_its_time_only(watch: Watch) -> None:
    mary = await watch.hire("mary")
    await watch.hire("grace", "supervisor")
    id = await watch.flags(mary, "missing", await watch.conversation(mary))
    sms = the(await watch.pages(await watch.climb(id)), "sms")
    _, body, _ = await watch.sent(sms)
    token = body.rpartition("/")[2]
    hashed = token_hash(token)
    assert sms.token_hash == hashed and token not in str(sms)
    with pytest.raises(Invalid, match="name"):
        await watch.write(lambda tx: acknowledging.by_link(tx, watch.house, hashed, " ", "Nurse"))
    with pytest.raises(Refused):
        await watch.write(lambda tx: acknowledging.by_link(tx, watch.house, token_hash("x"), "J. Zulu", "Nurse"))
    watch.clock.pass_by(24 * 3600)
    with pytest.raises(Refused):
        await watch.write(lambda tx: acknowledging.by_link(tx, watch.house, hashed, "J. Zulu", "Nurse"))
    watch.clock.pass_by(-60)
    assert await watch.write(lambda tx: acknowledging.by_link(tx, watch.house, hashed, "J. Zulu", "Nurse"))
    concern = await watch.concern(id)
    assert concern.acknowledged_name_enc is not None
    assert watch.house.vault.open(concern.acknowledged_name_enc) == "J. Zulu, Nurse"
    assert (concern.state, concern.acknowledged_how) == ("acknowledged", "link")


async def test_two_who_answer_at_once_are_one_acknowledgement(watch: Watch) -> None:
    mary = await watch.hire("mary")
    people = [await watch.hire(name, "supervisor") for name in ("grace", "peter")]
    id = await watch.flags(mary, "missing", await watch.conversation(mary))
    climb = await watch.climb(id)

    async def takes(worker: str) -> str:
        try:
            await watch.write(lambda tx: acknowledging.by_worker(tx, climb.id, worker))
        except Conflict:
            return "late"
        return "took it"

    assert sorted(await asyncio.gather(*(takes(one) for one in people))) == ["late", "took it"]


async def test_whoever_sees_to_the_alarm_on_the_floor_has_acknowledged(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor")
    id = await watch.flags(mary, "missing", await watch.conversation(mary))

    def the_alarm(tx: Tx) -> str:
        return str(tx.execute(sa.select(alarms.c.id).where(alarms.c.kind == "concern")).scalar_one())

    alarm = await watch.look(the_alarm)
    await watch.write(lambda tx: floor_alarms.take_alarm(tx, alarm, grace))
    assert (await watch.concern(id)).acknowledged_by == grace


async def test_no_offer_goes_to_who_has_flagged_a_suicide_until_it_is_in_other_hands(watch: Watch) -> None:
    mary, ann, grace = [await watch.hire(name) for name in ("mary", "ann", "grace")]
    contact = await watch.conversation(mary)
    id = await watch.flags(mary, "suicide_attempt", contact)
    await watch.flags(ann, "documents", await watch.conversation(ann))

    async def held() -> set[str]:
        return await watch.look(lambda tx: service.holds_back(tx, [mary, ann, grace]))

    assert await held() == {mary}
    climb = await watch.climb(id)
    await watch.write(lambda tx: acknowledging.by_worker(tx, climb.id, grace))
    assert await held() == {mary}, "the conversation goes on"
    await watch.write(lambda tx: service.close(tx, watch.house, mary, id, "safe", ""))
    assert await held() == set()


async def test_what_is_known_later_changes_how_soon_and_the_ladder_with_it(watch: Watch) -> None:
    mary = await watch.hire("mary")
    await watch.hire("grace", "supervisor")
    id = await watch.flags(mary, "unaccompanied", await watch.conversation(mary))
    first = await watch.climb(id)
    assert (first.ladder, (await watch.concern(id)).act_by) == ("tonight", watch.clock.now() + HOUR)
    safe = Answers(safe_tonight="yes", province="lusaka", consents={"services": "yes"}, sentence="At the bus station.")
    await watch.write(lambda tx: service.complete(tx, watch.house, mary, id, 1, "unaccompanied", safe))
    concern, climb = await watch.concern(id), await watch.climb(id)
    assert (climb.id, climb.ladder, climb.rung) == (first.id, "one_day_provincial", 0)
    assert concern.act_by == concern.flagged_at + DAY
    assert concern.sentence_enc is not None and b"bus" not in concern.sentence_enc
    with pytest.raises(Conflict, match="changed"):
        await watch.write(lambda tx: service.complete(tx, watch.house, mary, id, 1, "unaccompanied", safe))
    await watch.write(lambda tx: service.complete(tx, watch.house, mary, id, 2, "violence_now", safe))
    assert (await watch.climb(id)).ladder == "quarter_hour"


async def test_a_ladder_that_is_changed_in_the_configuration_skips_no_step_of_one_that_is_climbed(watch: Watch) -> None:
    mary = await watch.hire("mary")
    await watch.hire("grace", "supervisor")
    await watch.holds_post("manager_on_call")
    id = await watch.flags(mary, "suicide_attempt", await watch.conversation(mary))
    ladder = watch.house.directory.ladders.ladder
    changed = {"ladder": {**ladder, "five_minutes": ladder["cover"]}}
    other = a_watched_house(lambda ladders: ladders.model_copy(update=changed))
    climb = await watch.climb(id)
    watch.clock.pass_by(90)
    await watch.write(lambda tx: climbing.due(tx, other, climb.id))
    assert (await watch.rungs(climb))[-1] == (1, 0, "role:supervisor", "voice")


async def test_only_who_had_the_contact_flags_it_and_nobody_closes_what_nobody_has_taken(watch: Watch) -> None:
    mary, ann, grace = [await watch.hire(name) for name in ("mary", "ann", "grace")]
    contact = await watch.conversation(mary)
    with pytest.raises(Refused):
        await watch.flags(ann, "missing", contact)
    with pytest.raises(Invalid):
        await watch.flags(mary, "sorrow", contact)
    id = await watch.flags(mary, "missing", contact)
    with pytest.raises(Conflict, match="acknowledged"):
        await watch.write(lambda tx: service.close(tx, watch.house, mary, id, "safe", ""))
    with pytest.raises(Refused):
        await watch.write(lambda tx: service.close(tx, watch.house, ann, id, "safe", ""))
    await watch.write(lambda tx: service.close(tx, watch.house, grace, id, "safe", "Found at her aunt's.", takes=True))
    closed = await watch.concern(id)
    assert (closed.state, closed.acknowledged_by, closed.closed_by) == ("closed", grace, grace)


async def test_several_concerns_of_one_contact_are_climbed_each_for_itself(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor")
    contact = await watch.conversation(mary)
    ids = [await watch.flags(mary, kind, contact) for kind in ("missing", "trafficking")]
    climb = await watch.climb(ids[0])
    await watch.write(lambda tx: acknowledging.by_worker(tx, climb.id, grace))
    assert [(await watch.concern(id)).state for id in ids] == ["acknowledged", "open"]
    assert [one.id for one in await watch.look(lambda tx: service.open_of(tx, contact.id))] == ids


async def test_a_complaint_is_told_to_no_supervisor_and_shown_to_none(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor")
    manager = await watch.hire("tembo", "coordinator", on_duty=False)

    def named(tx: Tx) -> None:
        for worker in (grace, manager):
            holders.add(tx, "complaints_manager", "operator", worker_id=worker)

    await watch.write(named)
    id = await watch.flags(mary, "complaint", await watch.conversation(mary), Answers(about_worker=grace))
    climb = await watch.climb(id)
    assert {(page.worker_id, page.how) for page in await watch.pages(climb)} == {(manager, "sms")}
    assert "concern" not in await open_alarms(watch)
    concern = await watch.concern(id)

    def sees(tx: Tx) -> list[bool]:
        return [service.may_see(tx, watch.house, concern, one, sees_all=True) for one in (mary, grace, manager)]

    assert await watch.look(sees) == [True, False, True]
    with pytest.raises(Refused):
        await watch.write(lambda tx: acknowledging.by_worker(tx, climb.id, grace))


def told_by_services(*rungs: tuple[dict[str, str], ...]) -> Callable[[Ladders], Ladders]:
    """The fast ladder tells services at its rungs."""
    waits = {"wait_s": 60}
    told = [{"tell": rung, **(waits if rung is not rungs[-1] else {})} for rung in rungs]
    fast = Ladder.model_validate({"repeat_s": 120, "rungs": told})
    return lambda ladders: ladders.model_copy(update={"ladder": {**ladders.ladder, "five_minutes": fast}})


async def test_a_service_is_told_at_its_own_number_and_its_key_is_its_name(url: str) -> None:
    ambulance = {"service": "demo_ambulance", "how": "voice"}
    police = {"service": "demo_police_children", "how": "sms"}
    secours = {"service": "demo_secours", "how": "sms"}
    watch = await open_watch(url, house=a_watched_house(told_by_services((police, ambulance), (secours,))))
    try:
        mary = await watch.hire("mary")
        await watch.write(lambda tx: directory.invent(tx, watch.house))
        id = await watch.flags(mary, "medical_emergency", await watch.conversation(mary))
        (called,) = await watch.pages(await watch.climb(id))
        _, _, to = await watch.sent(called)
        assert (called.who, to) == ("service:demo_ambulance", "+260950000805"), "the police hear nothing without a yes"
        await fails(watch, called)
        (_, texted) = await watch.pages(await watch.climb(id))
        notice, words, to = await watch.sent(texted)
        assert "une affaire urgente" in words and (notice.channel, texted.who) == ("sms", "service:demo_secours")
        await watch.write(lambda tx: acknowledging.page_answered(tx, watch.house, called.id, "key", "1"))
        concern = await watch.concern(id)
        assert (concern.state, concern.acknowledged_by) == ("acknowledged", None)
        assert watch.house.vault.open(concern.acknowledged_name_enc or b"") == "Demo Ambulance"
    finally:
        await watch.store.close()


async def test_a_service_that_is_paused_or_of_who_did_harm_is_passed_by(url: str) -> None:
    ambulance, centre = {"service": "demo_ambulance", "how": "sms"}, {"service": "demo_one_stop", "how": "sms"}
    nobody = {"service": "one_that_was_never_there", "how": "sms"}
    legal = {"service": "demo_legal_aid", "how": "sms"}
    rungs = told_by_services((ambulance, centre), (nobody,), (legal,))
    watch = await open_watch(url, house=a_watched_house(rungs))
    try:
        mary = await watch.hire("mary")
        await watch.write(lambda tx: directory.invent(tx, watch.house))

        def paused(tx: Tx) -> None:
            entry = directory.by_code(tx, watch.house, "demo_legal_aid")
            assert entry is not None
            closed = entry.service.model_copy(update={"state": "paused"})
            directory.keep(tx, watch.house, closed, "operator", entry.version)

        await watch.write(paused)
        harmed = Answers(harmed_by="official", organisation="the demo hospital")
        id = await watch.flags(mary, "medical_emergency", await watch.conversation(mary), harmed)
        climb = await watch.climb(id)
        assert (climb.rung, await watch.pages(climb)) == (2, []), "each rung that reaches nobody is left at once"
        await watch.pass_by(120)
        assert (await watch.climb(id)).round == 1, "and the last is tried again"
    finally:
        await watch.store.close()


async def test_each_is_written_to_in_the_language_of_their_console(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor")
    yusuf = await watch.hire("yusuf", "supervisor")

    def choose(tx: Tx) -> None:
        for worker, locale in ((grace, "fr"), (yusuf, "ar")):
            tx.execute(workers.update().where(workers.c.id == worker).values(locale=locale))

    await watch.write(choose)
    id = await watch.flags(mary, "suicide_attempt", await watch.conversation(mary))
    await watch.pass_by(90)
    said = {}
    for page in await watch.pages(await watch.climb(id)):
        if page.how != "console":
            notice, words, _ = await watch.sent(page)
            said[(page.worker_id, page.how)] = (notice.language, "affaire urgente" in words)
    assert said[grace, "sms"][1] and said[grace, "voice"] == ("fr", True)
    assert said[yusuf, "voice"] == ("en", False), "words in English are not read out by an Arabic voice"


async def test_a_request_that_speaks_of_detained_children_proposes_a_concern_with_numbers_only(watch: Watch) -> None:
    grace, prison = await watch.hire("grace", "supervisor"), "0197a7c0-0000-7000-8000-0000000000aa"
    id = await watch.write(lambda tx: service.propose_detention(tx, watch.house, prison, 2, 11))
    assert id == await watch.write(lambda tx: service.propose_detention(tx, watch.house, prison, 3, 11))
    concern = await watch.concern(id)
    assert (concern.state, concern.girls, concern.boys, concern.sentence_enc) == ("proposed", 3, 11, None)
    assert "concern_proposed" in await open_alarms(watch)
    await watch.write(lambda tx: service.decide_proposal(tx, watch.house, id, grace, is_one=True))
    assert ((await watch.concern(id)).state, (await watch.climb(id)).ended_by) == ("acknowledged", grace)
    with pytest.raises(Conflict):
        await watch.write(lambda tx: service.decide_proposal(tx, watch.house, id, grace, is_one=False))


async def test_what_was_not_done_in_time_is_an_alarm_until_it_is_closed(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor")
    id = await watch.flags(mary, "trafficking", await watch.conversation(mary))
    climb = await watch.climb(id)
    await watch.write(lambda tx: acknowledging.by_worker(tx, climb.id, grace))
    await watch.pass_by(3600)
    assert "concern_late" in await open_alarms(watch)
    await watch.write(lambda tx: service.close(tx, watch.house, grace, id, "service_received", "", takes=True))
    assert "concern_late" not in await open_alarms(watch)


async def test_a_line_without_anybody_begins_a_ladder_that_ends_when_somebody_comes(watch: Watch) -> None:
    await watch.write(lambda tx: cover.look(tx, watch.house))
    climb = await of_topic(watch, "line:children")
    await watch.holds_post("manager_on_call")
    await watch.pass_by(1800)
    assert [page.how for page in await watch.pages(climb)] == ["sms"]
    await watch.hire("mary")
    after = await watch.look(lambda tx: climbs.get(tx, climb.id))
    assert (after.ended_how, await timers_of(watch, climb.id)) == ("mended", [])


async def test_the_second_who_is_told_of_an_alarm_about_a_person_is_never_that_person(watch: Watch) -> None:
    grace, peter = await watch.hire("grace", "supervisor"), await watch.hire("peter", "supervisor")

    def unit(tx: Tx) -> str | None:
        return starting.start(tx, watch.house, "number_revealed", "reveal:1", worker_id=grace)

    id = await watch.write(unit)
    assert id is not None
    climb = await watch.look(lambda tx: climbs.get(tx, id))
    assert {page.worker_id for page in await watch.pages(climb)} == {peter}
    with pytest.raises(Refused):
        await watch.write(lambda tx: acknowledging.by_worker(tx, id, grace))
    with pytest.raises(Refused):
        await watch.write(lambda tx: acknowledging.by_alarm(tx, "reveal:1", grace))
    await watch.write(lambda tx: acknowledging.by_alarm(tx, "reveal:1", peter))
    assert (await watch.look(lambda tx: climbs.get(tx, id))).ended_by == peter


async def test_two_timer_workers_tell_each_rung_once(watch: Watch, url: str) -> None:
    mary = await watch.hire("mary")
    await watch.hire("grace", "supervisor")
    id = await watch.flags(mary, "suicide_attempt", await watch.conversation(mary))
    climb = await watch.climb(id)
    watch.clock.pass_by(90)

    async def due() -> None:
        with suppress(HelplineError):
            await watch.write(lambda tx: climbing.due(tx, watch.house, climb.id))

    await asyncio.gather(*(due() for _ in range(5)))
    assert len([page for page in await watch.pages(climb) if page.rung == 1]) == 1
    assert len(await timers_of(watch, climb.id)) == 1


async def test_a_process_that_begins_gives_a_climb_back_its_timer(watch: Watch) -> None:
    mary = await watch.hire("mary")
    await watch.hire("grace", "supervisor")
    id = await watch.flags(mary, "suicide_attempt", await watch.conversation(mary))
    climb = await watch.climb(id)
    await watch.write(lambda tx: deadlines.clear(tx, climb.id))
    await watch.write(lambda tx: climbing.take_up(tx, watch.house))
    assert await timers_of(watch, climb.id) == [climb.due_at]
    watch.clock.pass_by(-7200)  # it was two hours ahead, and has been put right
    await watch.write(lambda tx: climbing.take_up(tx, watch.house))
    assert await timers_of(watch, climb.id) == [watch.clock.now() + 90 * SECOND]


async def test_what_goes_wrong_while_flagging_leaves_nothing_behind(watch: Watch) -> None:
    mary = await watch.hire("mary")
    contact = await watch.conversation(mary)
    before = await actions(watch)

    def unit(tx: Tx) -> None:
        service.flag(tx, watch.house, mary, "missing", contact.id)
        raise Conflict("stumbled")

    with pytest.raises(Conflict):
        await watch.write(unit)
    assert await actions(watch) == before
    assert await watch.look(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(pages)).scalar_one()) == 0


async def test_a_contact_is_not_forgotten_while_its_concern_is_open(watch: Watch) -> None:
    mary, grace = await watch.hire("mary"), await watch.hire("grace", "supervisor")
    contact = await watch.conversation(mary, "closed")
    id = await watch.flags(mary, "missing", contact)
    await watch.pass_by(400 * 24 * 3600)
    await watch.write(retention.forget_contacts)
    assert (await watch.concern(id)).state == "open"
    await watch.write(lambda tx: service.close(tx, watch.house, grace, id, "safe", "", takes=True))
    await watch.pass_by(364 * 24 * 3600)
    await watch.write(retention.forget_contacts)
    assert (await watch.concern(id)).state == "closed", "it is kept as long after its end as its line keeps a contact"
    await watch.pass_by(2 * 24 * 3600)
    await watch.write(retention.forget_contacts)
    with pytest.raises(Invalid):
        await watch.concern(id)
    assert await watch.look(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(pages)).scalar_one()) == 0
