"""A call to 116, from the first ring to the finished record."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from helpline.store.db import Tx
from helpline.store.tables import alarms, audit, callers, questions, refusals
from tests.town import Counsellor, Town, town, until


async def chooses_somali(here: Town, number: str = "+260971234567", withheld: bool = False) -> Any:
    """A child dials 116 and presses 9 for more languages, then 3 for Somali."""
    child = await here.child(number, withheld)
    call = await child.dial("116")
    await call.hears("For English")
    await call.press("9")
    await call.hears("Soomaali")
    await call.press("3")
    return call


async def speaks_with(here: Town, worker: Counsellor) -> tuple[Any, Any]:
    """A Somali call that the worker has taken; gives the child's call and the adult's."""
    call = await chooses_somali(here)
    await worker.accepts()
    phone = await worker.picks_up()
    await call.in_conference()
    await here.becomes("connected")
    return call, phone


async def alarms_of(here: Town) -> list[str]:
    def look(tx: Tx) -> list[str]:
        rows = tx.execute(alarms.select().with_only_columns(alarms.c.kind).where(alarms.c.closed_at.is_(None)))
        return [kind for (kind,) in rows]

    return await here.helpline.store.read(look)


async def alarm_rings(here: Town, kind: str) -> None:
    async def look() -> bool:
        return kind in await alarms_of(here)

    await until(look, f"the alarm {kind}")


async def test_a_somali_call_is_answered_by_a_somali_speaker_and_recorded(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call = await chooses_somali(here)
        await call.hears("Qof ayaa imanaya")
        offer = await amina.accepts()
        assert (offer["language"], offer["reasons"]["level"]) == ("so", "fluent")
        phone = await amina.picks_up()
        await call.in_conference()
        has = await amina.is_with("connected")

        wrote = await amina.writes(
            has["contact"], base_version="0", do="save", contact_type="self", summary="ሰላም سلام 🙂"
        )
        assert wrote["status"] == 200, wrote

        await call.hang_up()
        assert await phone.ended() == "completed"
        await here.becomes("wrap_up")
        done = await amina.post(f"/console/contacts/{has['contact']}/record", base_version="1", do="finish",
                                contact_type="self", summary="ሰላም سلام 🙂")  # fmt: skip
        assert done["status"] in (200, 303), done
        contact = await here.becomes("closed")
        assert contact.outcome == "served"
        assert (await amina.state())["contact"] is None


async def test_a_child_who_says_nothing_reaches_a_person_who_then_names_the_language(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        dawit = await here.person("demo-dawit")
        call = await (await here.child()).dial("116")
        await call.hears("For English")
        offer = await dawit.accepts()
        assert offer["language"] is None and offer["stage"] == "unknown_language"
        await dawit.picks_up()
        await call.in_conference()
        contact = await here.becomes("connected")
        named = await dawit.post(f"/console/contacts/{contact.id}/language", language="ti")
        assert named["status"] == 200
        assert (await here.contact()).language == "ti"


async def test_two_wrong_keys_lead_to_a_person_and_never_to_a_hang_up(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-bwalya")
        call = await (await here.child()).dial("116")
        # A menu of nothing but wrong keys: on the second level only six languages stand.
        await call.hears("For English")
        await call.press("9")
        await call.hears("Soomaali")
        await call.press("8")
        await call.hears("Soomaali")
        await call.press("8")
        offer = await supervisor.is_offered()
        assert offer["language"] is None
        assert call.state == "in-progress"


async def test_an_unanswered_offer_goes_on_and_its_worker_is_set_away(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        await chooses_somali(here)
        first = await amina.is_offered()
        await here.later(21)
        await amina.is_in_duty("away")
        assert (await amina.state())["duty"]["reason"] == "missed_offer"
        contact = await here.becomes("waiting")
        stale = await amina.post(f"/console/desk/offers/{first['assignment']}/accept", version=first["version"])
        assert stale["status"] == 409
        assert (await here.contact()).version == contact.version, "a stale answer changes nothing"
        await alarm_rings(here, "line_uncovered")
        await amina.duty("back")
        again = await amina.is_offered()
        assert again["first_arrival"] == first["first_arrival"], "the place in the line is kept"
        assert "line_uncovered" not in await alarms_of(here)


async def test_declining_costs_nothing_and_the_next_speaker_is_asked(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        await chooses_somali(here)
        await amina.declines()
        await here.becomes("waiting")
        assert (await amina.state())["duty"]["state"] == "available"

        def refused(tx: Tx) -> str:
            return str(tx.execute(refusals.select().with_only_columns(refusals.c.how)).scalar_one())

        assert await here.helpline.store.read(refused) == "declined"
        await here.later(61)
        await amina.is_offered()


@pytest.mark.parametrize("answers", ["machine", "never", "busy", "rejects", "unreachable"])
async def test_no_machine_ever_meets_a_child(tmp_path: Path, answers: str) -> None:
    """Whatever answers in the counsellor's place, the child goes on hearing that someone is coming."""
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        amina.phone.answers = answers
        call = await chooses_somali(here)
        await amina.accepts()
        if answers == "never":
            await amina.phone.rings()
            await here.later(31)
        await amina.is_in_duty("away")
        contact = await here.becomes("waiting")
        assert contact.connected_at is None
        await call.hears("imanaya")
        assert call.room is None and call.state == "in-progress"


async def test_the_counsellors_connection_drops_and_the_child_is_told_and_goes_first(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call, phone = await speaks_with(here, amina)
        await here.carrier.drop(phone)
        await call.out_of_conference()
        offer = await amina.accepts()
        assert offer["resumed"] and offer["stage"] == "same_person"
        await amina.picks_up()
        await call.in_conference()
        await here.becomes("connected")
        told = [caption.text for caption in call.captions]
        assert any("soo noqonaynaa" in text or "ku soo" in text for text in told), told


async def test_a_child_who_was_cut_off_meets_the_same_counsellor_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call, _ = await speaks_with(here, amina)
        await here.carrier.drop(call)
        first = await here.becomes("wrap_up")
        done = await amina.post(
            f"/console/contacts/{first.id}/record", base_version="0", do="finish", contact_type="silent"
        )
        assert done["status"] in (200, 303), done
        again = await (await here.child()).dial("116")
        await again.hears("Soomaali")  # the language of this number stands first, and the menu is not skipped
        await again.press("1")
        offer = await amina.is_offered()
        assert offer["resumed"] and offer["stage"] == "same_person"
        assert (await here.contact()).resumes_id == first.id


async def test_a_withheld_number_is_nobodys(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call = await chooses_somali(here, withheld=True)
        await amina.is_offered()
        contact = await here.contact()
        assert contact.caller_hash is None and contact.caller_enc is None
        await call.hang_up()
        await here.becomes("closed")
        again = await (await here.child(withheld=True)).dial("116")
        caption = await again.hears("press 1.")
        assert "English" in caption.text

        def remembered(tx: Tx) -> int:
            return len(tx.execute(callers.select()).all())

        assert await here.helpline.store.read(remembered) == 0
        assert (await here.contact()).resumes_id is None


async def test_danger_while_waiting_goes_before_everyone_and_alarms_when_it_waits(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        first = await chooses_somali(here, "+260971111111")
        second = await chooses_somali(here, "+260972222222")
        await second.hears("imanaya")
        await second.press("0")
        await until(lambda: _is_danger(here), "danger being known")
        await here.later(31)
        await alarm_rings(here, "danger_waiting")
        amina = await here.person("demo-amina")
        offer = await amina.is_offered()
        assert offer["danger"] is True
        assert first.state == "in-progress"


async def _cannot_speak(here: Town) -> bool:
    return (await here.contact()).cannot_speak


async def _is_danger(here: Town) -> bool:
    return (await here.contact()).danger


async def test_a_child_in_danger_who_leaves_before_an_answer_stays_on_the_board(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        call = await chooses_somali(here)
        await call.hears("imanaya")
        await call.press("0")
        await until(lambda: _is_danger(here), "danger being known")
        await call.hang_up()
        await alarm_rings(here, "danger_lost")

        def alarm(tx: Tx) -> str:
            return str(tx.execute(alarms.select().with_only_columns(alarms.c.id)
                                  .where(alarms.c.kind == "danger_lost")).scalar_one())  # fmt: skip

        id = await here.helpline.store.read(alarm)
        assert (await supervisor.post(f"/console/alarms/{id}/take"))["status"] < 400
        empty = await supervisor.post(f"/console/alarms/{id}/close", said=" ")
        assert empty["status"] == 400
        assert (await supervisor.post(f"/console/alarms/{id}/close", said="Called the station."))["status"] < 400
        assert "danger_lost" not in await alarms_of(here)


async def test_a_child_who_cannot_speak_answers_by_key_and_is_brought_back(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call = await chooses_somali(here)
        await call.hears("imanaya")
        await call.press("*")
        await until(lambda: _cannot_speak(here), "it being known that the child cannot speak")
        offer = await amina.accepts()
        assert offer["cannot_speak"] is True
        phone = await amina.picks_up()
        await call.in_conference()
        contact = await here.becomes("connected")
        asked = await amina.post(f"/console/contacts/{contact.id}/ask", question="question_hurt")
        assert asked["status"] == 200, asked
        await call.out_of_conference()
        twice = await amina.post(f"/console/contacts/{contact.id}/ask", question="question_doctor")
        assert twice["status"] == 409
        await call.hears("2")
        assert phone.room is not None, "the counsellor stays where the child comes back to"
        await call.press("1")
        await call.in_conference()

        def answered(tx: Tx) -> list[Any]:
            return [tuple(row) for row in tx.execute(questions.select().with_only_columns(
                questions.c.question, questions.c.answer))]  # fmt: skip

        async def look() -> bool:
            return await here.helpline.store.read(answered) == [("question_hurt", "yes")]

        await until(look, "the answer")
        assert (await here.contact()).state == "connected"


async def test_handing_over_keeps_the_place_and_the_history(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call = await (await here.child()).dial("116")
        await call.hears("For English")
        await call.press("1")
        await amina.accepts()
        phone = await amina.picks_up()
        await call.in_conference()
        contact = await here.becomes("connected")
        bwalya = await here.person("demo-bwalya")
        handed = await amina.post(f"/console/contacts/{contact.id}/hand-over", to="")
        assert handed["status"] == 200, handed
        assert await phone.ended() == "completed"
        await call.hears("Another person is coming")
        offer = await bwalya.accepts()
        assert offer["contact"] == contact.id
        await bwalya.picks_up()
        await call.in_conference()
        after = await here.becomes("connected")
        assert (after.id, after.first_arrival, after.resumed) == (contact.id, contact.first_arrival, True)


@pytest.mark.parametrize("moment", ["menu", "second_level", "waiting", "offered", "ringing", "key", "connected"])
async def test_a_child_may_hang_up_at_any_moment_and_everyone_is_released(tmp_path: Path, moment: str) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=moment != "waiting")
        call = await (await here.child()).dial("116")
        await call.hears("For English")
        if moment == "menu":
            return await _leaves(here, call, amina, "left_in_menu")
        await call.press("9")
        await call.hears("Soomaali")
        if moment == "second_level":
            return await _leaves(here, call, amina, "left_in_menu")
        await call.press("3")
        await call.hears("imanaya")
        if moment == "waiting":
            return await _leaves(here, call, amina, "abandoned")
        if moment == "offered":
            await amina.is_offered()
            return await _leaves(here, call, amina, "abandoned")
        await amina.accepts()
        phone = await amina.phone.rings()
        if moment == "key":
            await phone.answer()
            await phone.hears("press 1")
        if moment == "connected":
            await phone.answer()
            await phone.hears("press 1")
            await phone.press("1")
            await call.in_conference()
            await here.becomes("connected")
            await call.hang_up()
            await phone.ended()
            assert (await here.becomes("wrap_up")).ended_by == "child"
            return None
        await _leaves(here, call, amina, "abandoned")
        await phone.ended()
        return None


async def _leaves(here: Town, call: Any, worker: Counsellor, outcome: str) -> None:
    await call.hang_up()
    assert (await here.becomes("closed")).outcome == outcome
    await here.is_quiet()
    state = await worker.state()
    assert state["offer"] is None and state["contact"] is None


async def test_everything_twice_changes_nothing(tmp_path: Path) -> None:
    """Every webhook is posted twice at once, and status callbacks come in any order."""
    async with town(tmp_path) as here:
        here.carrier.faults.duplicates = 2
        here.carrier.faults.reorder = 0.05
        amina = await here.person("demo-amina")
        call, phone = await speaks_with(here, amina)
        await call.hang_up()
        await phone.ended()
        await here.becomes("wrap_up")
        await here.is_quiet()
        found = await here.contacts()
        assert len(found) == 1 and found[0].state == "wrap_up"

        def moves(tx: Tx) -> list[str]:
            rows = tx.execute(audit.select().with_only_columns(audit.c.action).order_by(audit.c.seq))
            return [action for (action,) in rows if action.startswith("contact_")]

        assert await here.helpline.store.read(moves) == [
            "contact_queued", "contact_offered", "contact_accepted", "contact_joined", "contact_child_left",
        ]  # fmt: skip


async def test_status_callbacks_that_never_come_hold_nobody_back(tmp_path: Path) -> None:
    """The child's hang-up is not reported; the counsellor's leg tells that the room has ended, and we ask."""
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call, _ = await speaks_with(here, amina)
        here.carrier.faults.lose = lambda delivery: True
        await call.hang_up()
        await here.becomes("wrap_up")


async def test_a_store_that_is_gone_sends_the_call_to_the_fallback_number(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        fallback = await here.child("+260950000116")
        lock = sqlite3.connect(tmp_path / "helpline.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        call = await (await here.child()).dial("116")
        rings = await fallback.rings(14)
        await rings.answer()
        await call.connected()
        assert call.application_error is None
        lock.execute("ROLLBACK")
        lock.close()
        await call.hang_up()
        healed = await (await here.child("+260979999999")).dial("116")
        await healed.hears("For English")


async def test_supervisors_see_move_and_end_what_is_stuck(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        call = await chooses_somali(here)
        contact = await here.becomes("waiting")
        assert (await supervisor.post(f"/console/contacts/{contact.id}/move-up"))["status"] < 400
        assert (await here.contact()).moved_up
        missing = await supervisor.post(f"/console/contacts/{contact.id}/stop", reason="")
        assert missing["status"] == 400
        stopped = await supervisor.post(f"/console/contacts/{contact.id}/stop", reason="A test of the line.")
        assert stopped["status"] < 400
        assert await call.ended() == "completed"
        assert (await here.becomes("closed")).outcome == "stopped"
