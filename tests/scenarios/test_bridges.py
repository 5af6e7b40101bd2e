"""Three people on the line: a child, a counsellor, and an interpreter between the two."""

import json
from pathlib import Path
from typing import Any

import pytest

from helpline.contacts import bridging
from helpline.errors import Conflict
from helpline.store import assignments
from helpline.store.assignments import Assignment
from helpline.store.db import Tx
from helpline.store.desk_view import unfinished
from helpline.store.tables import alarms as alarms_table
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import workers as workers_table
from helpline.threads import service, visits
from helpline.threads.service import TextShown
from tests.town import Counsellor, Town, town, until


async def calls_in_tigrinya(here: Town, number: str = "+260971234567") -> Any:
    """A child dials 116 and chooses Tigrinya, which no counsellor on duty speaks."""
    call = await (await here.child(number)).dial("116")
    await call.hears("For English")
    await call.press("9")
    await call.hears("ትግርኛ")
    await call.press("5")
    return call


async def parts(here: Town) -> list[Assignment]:
    """Everyone who has the newest contact, or is asked to."""
    contact = await here.contact()
    return await here.helpline.store.read(lambda tx: assignments.live_of_contact(tx, contact.id))


async def seats(here: Town) -> dict[str, str]:
    """How far each seat's person is."""
    return {each.role: each.state for each in await parts(here)}


async def is_seated(here: Town, **wanted: str) -> None:
    async def look() -> bool:
        return await seats(here) == wanted

    try:
        await until(look, f"seats {wanted}")
    except AssertionError:
        raise AssertionError(f"seats are {await seats(here)}, not {wanted}") from None


async def id_of(here: Town, sign_in: str) -> str:
    def look(tx: Tx) -> str:
        found = tx.execute(workers_table.select().where(workers_table.c.sign_in == sign_in)).one()
        return str(found.id)

    return await here.helpline.store.read(look)


async def does(here: Town, what: Any, who: str, *more: Any, **named: Any) -> None:
    """A counsellor's button of the newest contact."""
    contact, worker = await here.contact(), await id_of(here, who)
    await here.helpline.store.write(lambda tx: what(tx, here.helpline.house, contact.id, worker, *more, **named))


async def bridged(here: Town) -> tuple[Any, Counsellor, Any, Counsellor, Any]:
    """A Tigrinya call with Bwalya and Selam on the line; the child's call, and each with their own."""
    bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
    child = await calls_in_tigrinya(here)
    await bwalya.accepts()
    await selam.accepts()
    hers = await bwalya.picks_up()
    await child.in_conference()
    interpreters = await selam.picks_up()
    await interpreters.in_conference()
    await is_seated(here, counsellor="connected", interpreter="connected")
    return child, bwalya, hers, selam, interpreters


async def test_a_tigrinya_call_becomes_a_bridge(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        child = await calls_in_tigrinya(here)
        offer, other = await bwalya.is_offered(), await selam.is_offered()
        assert offer["reasons"]["stage"] == "pair" == other["reasons"]["stage"]
        assert offer["reasons"]["bridge"]["relay"] == "en"
        await bwalya.accepts()
        await child.hears("ክልተ ሰባት ብሓደ ይመጹ ኣለዉ")
        await selam.accepts()
        interpreters = await selam.picks_up()
        await child.in_conference()
        await here.becomes("connected")
        hers = await bwalya.picks_up()
        await hers.in_conference()
        await is_seated(here, counsellor="connected", interpreter="connected")
        inside = {each.role: (each.language, each.relay) for each in await parts(here)}
        assert inside == {"counsellor": (None, None), "interpreter": ("ti", "en")}
        await child.hang_up()
        assert await hers.ended() == "completed" == await interpreters.ended()
        await here.becomes("wrap_up")
        await is_seated(here, counsellor="wrap_up")
        assert (await selam.state())["contact"] is None


async def test_the_counsellor_who_does_not_answer_is_replaced_while_the_interpreter_stays(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        child = await calls_in_tigrinya(here)
        await bwalya.accepts()
        await selam.accepts()
        await selam.picks_up()
        await child.in_conference()
        chanda = await here.person("demo-chanda")
        phone = await bwalya.phone.rings(10)
        await phone.reject()
        await chanda.accepts()
        await chanda.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        await bwalya.is_in_duty("away")
        assert (await here.contact()).state == "connected"


async def test_the_interpreter_who_lets_it_pass_is_replaced_while_the_counsellor_talks(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        child = await calls_in_tigrinya(here)
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        await selam.declines()
        tesfay = await here.person("demo-tesfay")
        await tesfay.accepts()
        await tesfay.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")


async def test_the_interpreters_line_drops_and_the_same_one_is_brought_back(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, selam, interpreters = await bridged(here)
        await here.person("demo-tesfay")
        await interpreters.hang_up()
        await child.hears("ናይ ሓደ መስመር ተቛሪጹ")
        await hers.hears("was cut off")
        assert child.is_connected and hers.is_connected
        await selam.accepts()
        await selam.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert {each.worker_id for each in await parts(here)} >= {await id_of(here, "demo-selam")}


async def test_one_adults_hang_up_never_ends_the_call_for_the_child(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, _, interpreters = await bridged(here)
        await hers.hang_up()
        await until(lambda: seats_are(here, {"interpreter": "connected"}), "the counsellor's end")
        assert child.is_connected
        await interpreters.hang_up()
        await child.hears("መስመር ተቛሪጹ")
        assert child.is_connected


async def seats_are(here: Town, wanted: dict[str, str]) -> bool:
    return {role: at for role, at in (await seats(here)).items() if at == "connected"} == wanted


async def test_a_counsellor_adds_an_interpreter_and_lets_them_go(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        child = await (await here.child()).dial("116")
        await child.hears("For English")
        await child.press("1")
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        await here.becomes("connected")
        selam = await here.person("demo-selam")
        await does(here, bridging.add_interpreter, "demo-bwalya", "ti")
        await selam.accepts()
        phone = await selam.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert (await here.contact()).language == "ti"
        await does(here, bridging.let_interpreter_go, "demo-bwalya")
        assert await phone.ended() == "completed"
        await is_seated(here, counsellor="connected")
        assert child.is_connected and (await here.contact()).wants is None


async def test_who_may_know_the_child_has_no_mark_and_never_gets_it_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, _, selam, interpreters = await bridged(here)
        await does(here, bridging.let_interpreter_go, "demo-bwalya", knows=True)
        assert await interpreters.ended() == "completed"
        tesfay = await here.person("demo-tesfay")
        await tesfay.accepts()
        await tesfay.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert (await selam.state())["duty"]["state"] == "available" and child.is_connected


async def test_a_supervisor_is_asked_in_and_leaves_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        child = await (await here.child()).dial("116")
        await child.hears("For English")
        await child.press("1")
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        await here.becomes("connected")
        supervisor = await here.person("demo-supervisor")
        await does(here, bridging.ask_supervisor_in, "demo-bwalya")
        await supervisor.accepts()
        phone = await supervisor.picks_up()
        await is_seated(here, counsellor="connected", guest="connected")
        await does(here, bridging.leave, "demo-supervisor")
        assert await phone.ended() == "completed"
        await is_seated(here, counsellor="connected")
        assert child.is_connected


async def test_a_call_is_handed_over_warm(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, _ = await coached(here)
        to = await id_of(here, "demo-chanda")
        await does(here, bridging.leave_to_guest, "demo-bwalya")
        assert await hers.ended() == "completed"
        await is_seated(here, counsellor="connected")
        assert [each.worker_id for each in await parts(here)] == [to] and child.is_connected


async def coached(here: Town) -> tuple[Any, Counsellor, Any, Any]:
    """A child talks with Bwalya, who has asked Chanda first: the child's call, Bwalya and her call, Chanda's call."""
    bwalya = await here.person("demo-bwalya")
    child = await (await here.child()).dial("116")
    await child.hears("For English")
    await child.press("1")
    await bwalya.accepts()
    hers = await bwalya.picks_up()
    await child.in_conference()
    contact = await here.becomes("connected")
    chanda = await here.person("demo-chanda")
    to = await id_of(here, "demo-chanda")
    asked = await bwalya.post(f"/console/contacts/{contact.id}/hand-over", to=to, how="ask", note="Demo note.")
    assert asked["status"] in (200, 303), asked
    await chanda.accepts()
    colleagues = await chanda.picks_up()
    await colleagues.in_conference()
    await is_seated(here, counsellor="connected", guest="connected")
    return child, bwalya, hers, colleagues


async def is_heard(speaker: Any, what: str, by: Any, *, not_by: Any = None) -> None:
    await speaker.says(what)
    await by.hears(what)
    assert not_by is None or what not in str(not_by.transcript), "somebody hears what is not for them"


async def child_hears(child: Any, colleague: Any) -> None:
    """Wait until the child hears the colleague, of whom it has heard nothing so far."""
    room = await child.in_conference()

    def look() -> bool:
        by_sid = {seat.call.sid: seat for seat in room.seats}
        return bool(by_sid[child.sid].hears(by_sid[colleague.sid]))

    await until(look, "the child hearing the colleague")
    await is_heard(colleague, "Hello, I am with you now", child)


async def test_the_two_speak_first_and_the_child_hears_its_counsellor_all_the_while(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, bwalya, hers, colleagues = await coached(here)
        await is_heard(colleagues, "What does she need", hers, not_by=child)
        await is_heard(hers, "She is afraid to go home", colleagues)
        await child.hears("She is afraid to go home")
        await is_heard(child, "Are you there", hers)
        assert "Are you there" in str(colleagues.transcript)
        desk = await bwalya.http.get(here.url + "/console/desk")
        assert "Only you hear" in await desk.text()
        await does(here, bridging.leave_to_guest, "demo-bwalya")
        await child_hears(child, colleagues)
        assert await hers.ended() == "completed"
        await is_heard(child, "My name is a secret", colleagues)
        await is_seated(here, counsellor="connected")
        assert here.carrier.errors == []


async def test_the_counsellor_lets_the_child_hear_the_colleague(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, bwalya, hers, colleagues = await coached(here)
        contact = await here.contact()
        done = await bwalya.post(f"/console/contacts/{contact.id}/bridge", do="let_hear")
        assert done["status"] in (200, 303), done
        await child_hears(child, colleagues)
        desk = await bwalya.http.get(here.url + "/console/desk")
        assert "Only you hear" not in await desk.text() and hers.is_connected
        with pytest.raises(Conflict):
            await does(here, bridging.let_hear, "demo-bwalya")


async def test_a_supervisor_who_is_asked_in_is_heard_by_the_counsellor_alone(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, _, interpreters = await bridged(here)
        supervisor = await here.person("demo-supervisor")
        await does(here, bridging.ask_supervisor_in, "demo-bwalya")
        await supervisor.accepts()
        phone = await supervisor.picks_up()
        await phone.in_conference()
        await is_heard(phone, "Stay calm and go slowly", hers, not_by=child)
        assert "go slowly" not in str(interpreters.transcript)
        await is_heard(interpreters, "She says yes", phone)


async def test_a_colleague_who_coached_drops_and_the_child_notices_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, colleagues = await coached(here)
        heard = list(child.transcript)
        await here.carrier.drop(colleagues)
        await is_seated(here, counsellor="connected")
        await here.is_quiet()
        assert child.transcript == heard and child.is_connected
        await is_heard(hers, "I am still here", child)


async def test_the_counsellor_drops_and_the_child_hears_the_colleague_who_coached(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        here.carrier.faults.duplicates = 2
        here.carrier.faults.reorder = 0.05
        child, _, hers, colleagues = await coached(here)
        await is_heard(colleagues, "What does she need", hers, not_by=child)
        await here.carrier.drop(hers)
        await child_hears(child, colleagues)
        await here.is_quiet()
        assert child.is_connected and colleagues.is_connected and here.carrier.errors == []


@pytest.mark.parametrize("times", [1, 99], ids=["once", "for good"])
async def test_the_carrier_refuses_to_let_the_colleague_be_heard(tmp_path: Path, times: int) -> None:
    async with town(tmp_path) as here:
        child, _, _, colleagues = await coached(here)
        here.carrier.faults.rest_answers(503, times, lambda method, path: method == "POST" and "/Participants/" in path)
        await does(here, bridging.leave_to_guest, "demo-bwalya")
        if times == 1:
            await child_hears(child, colleagues)
            return

        async def alarmed() -> bool:
            await here.later(5)
            return "effect_failed" in await here.helpline.store.read(alarm_kinds)

        await until(alarmed, "the alarm")
        assert child.is_connected and colleagues.is_connected


def alarm_kinds(tx: Tx) -> set[str]:
    return {str(row.kind) for row in tx.execute(alarms_table.select())}


async def test_what_the_record_keeps_of_the_interpreter_was_typed_by_nobody(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, *_ = await bridged(here)
        await child.hang_up()
        contact = await here.becomes("wrap_up")

        def look(tx: Tx) -> list[Any]:
            return list(tx.execute(assignments_table.select().where(assignments_table.c.contact_id == contact.id)))

        kept = {row.role: row for row in await here.helpline.store.read(look)}
        interpreter = kept["interpreter"]
        assert (interpreter.language, interpreter.relay) == ("ti", "en")
        assert contact.language_known_at < interpreter.connected_at <= interpreter.ended_at
        assert json.loads(interpreter.reasons_json)["bridge"]["interpreter_level"] == "fluent"


async def test_an_interpreter_owes_no_record(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, *_ = await bridged(here)
        await child.hang_up()
        contact = await here.becomes("wrap_up")
        await here.later(301)  # the time for the record is over, and nothing is written
        await here.becomes("closed")
        bwalya, selam = await id_of(here, "demo-bwalya"), await id_of(here, "demo-selam")
        owed = await here.helpline.store.read(lambda tx: (unfinished(tx, bwalya), unfinished(tx, selam)))
        assert ([one.contact_id for one in owed[0]], owed[1]) == ([contact.id], ())


# Each leg fails in each order. Every order with every cause is played in tests/integration/test_bridges.py; here the
# carrier is real.


@pytest.mark.parametrize("while_the_other_talks", [False, True], ids=["before the other came", "while the other talks"])
@pytest.mark.parametrize("answers", ["machine", "busy"])
@pytest.mark.parametrize("fails", ["demo-bwalya", "demo-selam"])
async def test_a_leg_that_fails_releases_only_itself(
    tmp_path: Path, fails: str, answers: str, while_the_other_talks: bool
) -> None:
    async with town(tmp_path) as here:
        people = {name: await here.person(name) for name in ("demo-bwalya", "demo-selam")}
        stays = next(name for name in people if name != fails)
        role = "counsellor" if stays == "demo-bwalya" else "interpreter"
        child = await calls_in_tigrinya(here)
        people[fails].phone.answers = answers
        if while_the_other_talks:
            await people[stays].accepts()
            await people[stays].picks_up()
            await child.in_conference()
        await people[fails].accepts()
        await people[fails].is_in_duty("away")
        await is_seated(here, **{role: "connected" if while_the_other_talks else "offered"})
        if not while_the_other_talks:
            assert child.room is None and child.state == "in-progress"
            await people[stays].accepts()
            await people[stays].picks_up()
            await child.in_conference()
        instead = await here.person("demo-chanda" if fails == "demo-bwalya" else "demo-tesfay")
        await instead.accepts()
        await instead.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert child.is_connected


@pytest.mark.parametrize("first", ["counsellor", "interpreter"])
async def test_both_are_cut_off_and_the_child_waits_where_keys_are_heard(tmp_path: Path, first: str) -> None:
    async with town(tmp_path) as here:
        child, bwalya, hers, selam, interpreters = await bridged(here)
        phones = {"counsellor": hers, "interpreter": interpreters}
        await here.carrier.drop(phones.pop(first))
        await child.hears("ናይ ሓደ መስመር ተቛሪጹ")
        assert child.is_connected
        await here.carrier.drop(phones.popitem()[1])
        await child.out_of_conference()
        await bwalya.accepts()
        await selam.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        await selam.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")


async def test_callbacks_that_are_lost_hold_no_seat(tmp_path: Path) -> None:
    """Nobody says that the interpreter's line has dropped, nor that the child has gone: the calls are looked at."""
    async with town(tmp_path) as here:
        child, _, hers, _, interpreters = await bridged(here)
        here.carrier.faults.lose = lambda delivery: True
        await here.carrier.drop(interpreters)
        assert child.is_connected and hers.is_connected
        await child.hang_up()
        await here.becomes("wrap_up")
        await is_seated(here, counsellor="wrap_up")


async def test_a_bridge_with_everything_twice_and_in_any_order(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        here.carrier.faults.duplicates = 2
        here.carrier.faults.reorder = 0.05
        child, _, hers, selam, interpreters = await bridged(here)
        await here.carrier.drop(interpreters)
        await selam.accepts()
        again = await selam.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert child.is_connected and hers.is_connected
        await child.hang_up()
        assert await hers.ended() == "completed" == await again.ended()
        await here.becomes("wrap_up")
        await here.is_quiet()
        assert len(await here.contacts()) == 1
        assert await seats(here) == {"counsellor": "wrap_up"}


async def test_the_interpreter_drops_twice(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, _, hers, selam, phone = await bridged(here)
        for _ in range(2):
            await here.carrier.drop(phone)
            await selam.accepts()
            phone = await selam.picks_up()
            await is_seated(here, counsellor="connected", interpreter="connected")
            assert child.is_connected and hers.is_connected


async def test_danger_brings_both_at_once(tmp_path: Path) -> None:
    """Dawit speaks Tigrinya and is on duty, so that without danger a pair would have to wait."""
    async with town(tmp_path) as here:
        dawit = await here.person("demo-dawit")
        first = await calls_in_tigrinya(here, "+260971111111")
        await dawit.accepts()
        await dawit.picks_up()
        await here.becomes("connected")
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        second = await calls_in_tigrinya(here)
        await here.becomes("waiting")
        assert (await bwalya.state())["offer"] is None
        await second.press("0")
        offer, other = await bwalya.is_offered(), await selam.is_offered()
        assert (offer["danger"], offer["contact"], offer["reasons"]["stage"]) == (True, other["contact"], "pair")
        await first.hang_up()


async def test_two_counsellors_never_have_one_child(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        _child, _, _, _, _ = await bridged(here)
        chanda = await here.person("demo-chanda")
        await here.later(121)
        assert (await chanda.state())["offer"] is None
        assert [each.role for each in await parts(here)].count("counsellor") == 1


# By text


NUMBER = "+260977111222"


async def written(here: Town, contact: str) -> list[TextShown]:
    return await here.helpline.store.read(lambda tx: service.texts_of(tx, here.helpline.house, contact))


async def says(here: Town, who: Counsellor, contact: str, body: str, **how: str) -> dict[str, Any]:
    """As the desk's form posts it: ``for`` the interpreter, or as what ``renders`` the text with a number."""
    key = await here.helpline.store.write(lambda tx: tx.new_id())
    return await who.post(f"/console/contacts/{contact}/say", body=body, client_key=key, **how)


async def whispers(here: Town, who: Counsellor, contact: str, body: str) -> None:
    key = await here.helpline.store.write(lambda tx: tx.new_id())
    done = await who.post(f"/console/contacts/{contact}/whisper", body=body, client_key=key)
    assert done["status"] == 200, done


async def three_write(here: Town) -> tuple[Any, Counsellor, Counsellor, str]:
    """A Tigrinya text has become a conversation of three."""
    bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
    child = await here.child(NUMBER)
    await child.text("+260116", "tigrinya")
    offer = await bwalya.accepts()
    assert offer["reasons"]["stage"] == "pair"
    await selam.accepts()
    await is_seated(here, counsellor="connected", interpreter="connected")
    return child, bwalya, selam, str(offer["contact"])


async def test_a_tigrinya_text_becomes_a_conversation_of_three(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, bwalya, selam, contact = await three_write(here)
        await child.text("+260116", "ሓገዝ የድልየኒ")
        asked = (await written(here, contact))[-1]
        heard = await says(here, selam, contact, "I need help.", renders=str(asked.seq))
        assert heard["status"] == 200, heard
        wrote = await says(here, bwalya, contact, "Are you safe now?", **{"for": "interpreter"})
        assert wrote["status"] == 200, wrote
        original = (await written(here, contact))[-1]
        said = await says(here, selam, contact, "ሕጂ ውሑስ ዲኻ?", renders=str(original.seq))
        assert said["status"] == 200, said
        await child.receives("ውሑስ ዲኻ")
        await whispers(here, bwalya, contact, "Ask gently.")
        await here.is_quiet()
        kept = {text.seq: text for text in await written(here, contact)}
        ties = [(kept[text.renders].body, text.body) for text in kept.values() if text.renders is not None]
        assert ties == [("ሓገዝ የድልየኒ", "I need help."), ("Are you safe now?", "ሕጂ ውሑስ ዲኻ?")]
        received = " ".join(text.body for text in child.texts if not text.sent)
        for among_adults in ("I need help", "Are you safe", "Ask gently"):
            assert among_adults not in received
        refused = await says(here, selam, contact, "I write this myself.")
        assert refused["status"] == 403, "an interpreter says nothing of their own to the child"


async def test_by_text_the_counsellor_goes_and_the_interpreter_stays(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, bwalya, selam, contact = await three_write(here)
        await child.text("+260116", "ኣለኹ")
        await bwalya.duty("off")
        await is_seated(here, interpreter="connected")
        chanda = await here.person("demo-chanda")
        await chanda.accepts()
        await is_seated(here, counsellor="connected", interpreter="connected")
        await says(here, chanda, contact, "I am here.", **{"for": "interpreter"})
        original = (await written(here, contact))[-1]
        assert (await says(here, selam, contact, "ኣለኹ ኣነ።", renders=str(original.seq)))["status"] == 200
        await child.receives("ኣነ")


async def test_by_text_a_silent_bridge_is_parked_and_brought_back_whole(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child, bwalya, selam, contact = await three_write(here)
        await says(here, bwalya, contact, "Take your time.", **{"for": "interpreter"})
        original = (await written(here, contact))[-1]
        await says(here, selam, contact, "ተረጋጋእ", renders=str(original.seq))
        await child.receives("ተረጋጋእ")
        await here.later(901)
        await here.becomes("parked")
        assert await seats(here) == {}
        await child.text("+260116", "ተመሊሰ")
        await bwalya.accepts()
        await selam.accepts()
        await is_seated(here, counsellor="connected", interpreter="connected")
        assert len(await here.contacts()) == 1


async def test_in_the_web_chat_too_only_renderings_reach_the_child(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya, selam = await here.person("demo-bwalya"), await here.person("demo-selam")
        house, store = here.helpline.house, here.helpline.store
        page = "a" * 64
        await store.write(lambda tx: visits.begin_visit(tx, house, "children", "ti", page))
        await store.write(lambda tx: visits.child_says(tx, house, page, "ሓገዝ", "01a1ff60-0000-7000-8000-000000000009"))
        offer = await bwalya.accepts()
        await selam.accepts()
        await is_seated(here, counsellor="connected", interpreter="connected")
        contact = str(offer["contact"])
        await says(here, bwalya, contact, "Hello, I am listening.", **{"for": "interpreter"})
        original = (await written(here, contact))[-1]
        await says(here, selam, contact, "ሰላም፣ እሰምዓካ ኣለኹ።", renders=str(original.seq))
        await whispers(here, bwalya, contact, "A note between us.")
        view = await store.read(lambda tx: visits.visit_view(tx, house, page))
        seen = repr(view)
        assert "እሰምዓካ" in seen and "listening" not in seen and "between us" not in seen
