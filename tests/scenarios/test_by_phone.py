"""Officers and interpreters who have only a telephone, as transcripts over the practice carrier."""

from pathlib import Path
from typing import Any

from helpline import demonstration
from helpline.clock import DAY, HOUR, SECOND
from helpline.interpreting import institutions
from helpline.interpreting.demonstration import PIN
from helpline.store import assignments, legs, requests, workers
from helpline.store import institutions as institution_rows
from helpline.store.db import Tx
from helpline.store.requests import Request
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import deliveries as deliveries_table
from helpline.store.tables import requests as requests_table
from tests.scenarios.test_bridges import calls_in_tigrinya, id_of, is_seated
from tests.town import Counsellor, Town, town, until

LINE = "+260950000100"
COURT, COURTS_PHONE = "100116", "+260950000021"
PRISON, PRISONS_PHONE = "100118", "+260950000023"
SELAM, TESFAY = "20009", "20010"
ACCEPT, PASS, KNOWS = "1", "2", "3"


def phone_of(here: Town, sign_in: str) -> Any:
    return here.carrier.phone(next(one.number for one in demonstration.STAFF if one.sign_in == sign_in))


async def keys_in(call: Any, number: str, pin: str) -> None:
    await call.hears("then press hash")
    await call.press(f"{number}#")
    await call.hears("enter the PIN")
    await call.press(f"{pin}#")


async def officer(here: Town, number: str = COURT, phone: str = COURTS_PHONE, pin: str = PIN) -> Any:
    """An officer dials the line, and keys in who calls."""
    call = await here.carrier.phone(phone).dial(LINE)
    await call.hears("for institutions")
    await call.press("1")
    await keys_in(call, number, pin)
    return call


async def asks_for_tigrinya(call: Any) -> None:
    await call.hears("Which language")
    await call.hears("Tigrinya")
    await call.hears("ትግርኛ")
    await call.press("1")
    await call.hears("What is it for")
    await call.press("4")
    await call.hears("How many girls")


async def on_duty(here: Town, sign_in: str, number: str) -> Any:
    """A worker goes on duty by telephone, and hangs up; gives the telephone."""
    phone = phone_of(here, sign_in)
    call = await phone.dial(LINE)
    await call.hears("for institutions")
    await call.press("2")
    await keys_in(call, number, PIN)
    await call.hears("You are off duty")
    await call.press("1")
    await call.hears("on duty by telephone")
    await call.hang_up()
    return phone


async def duty_is(here: Town, sign_in: str, state: str, *, by_phone: bool) -> None:
    worker_id = await id_of(here, sign_in)

    async def look() -> bool:
        worker = await here.helpline.store.read(lambda tx: workers.get(tx, worker_id))
        return (worker.state, worker.by_phone) == (state, by_phone)

    await until(look, f"{sign_in} being {state}")


async def is_offered(phone: Any, what: str, language: str = "Tigrinya") -> Any:
    """The phone rings, and says who asks and for which language."""
    call = await phone.rings(10)
    await call.answer()
    await call.hears(what)
    await call.hears(language)
    await call.hears("let it pass, press 2")
    return call


async def all_requests(here: Town) -> list[Request]:
    def look(tx: Tx) -> list[Request]:
        ids = [str(row.id) for row in tx.execute(requests_table.select().order_by(requests_table.c.id))]
        return [requests.get(tx, id) for id in ids]

    return await here.helpline.store.read(look)


async def outcome_is(here: Town, outcome: str | None) -> Request:
    async def look() -> Request | None:
        found = await all_requests(here)
        return found[-1] if found and found[-1].outcome == outcome else None

    found: Request = await until(look, f"a request that is {outcome}")
    return found


async def seats(here: Town, kind: str) -> dict[str, tuple[str, str]]:
    """Who has the newest conversation of a kind, and how far each is, by seat."""
    contact = [one for one in await here.contacts() if one.kind == kind][-1]
    live = await here.helpline.store.read(lambda tx: assignments.live_of_contact(tx, contact.id))
    return {each.role: (each.worker_id, each.state) for each in live}


async def is_interpreted_by(here: Town, sign_in: str) -> None:
    """An officer and this interpreter are together."""
    worker_id = await id_of(here, sign_in)

    async def look() -> bool:
        return await seats(here, "request") == {"interpreter": (worker_id, "connected")}

    await until(look, f"{sign_in} being with an officer")


# An officer.


async def test_an_officer_gets_an_interpreter_by_keys_alone(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        selams = await on_duty(here, "demo-selam", SELAM)
        call = await officer(here)
        await asks_for_tigrinya(call)
        hers = await is_offered(selams, "An institution asks for an interpreter")
        await hers.press(ACCEPT)
        await call.in_conference()
        await hers.in_conference()
        await is_interpreted_by(here, "demo-selam")
        [request] = await all_requests(here)
        assert (request.came_by, request.languages, request.call_to_enc) == ("phone", "ti", None)
        assert (request.purpose, request.girls, request.boys, request.guest_enc) == ("hearing", 0, 0, None)
        contact = await here.contact()
        assert (contact.kind, contact.line, contact.language) == ("request", "institutions", "ti")
        await call.hang_up()
        await hers.ended()
        await outcome_is(here, "served")
        await duty_is(here, "demo-selam", "available", by_phone=True)


async def test_a_wrong_pin_is_said_plainly_and_the_right_one_is_taken_after_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        call = await officer(here, pin="1234")
        for wrong in ("9999", "471"):
            await call.hears("do not belong together")
            await keys_in(call, COURT, wrong)
        await call.hears("do not belong together")
        await here.later(6)
        await keys_in(call, COURT, PIN)
        await call.hears("Which language")


async def test_who_tries_too_fast_is_told_to_wait_and_is_not_locked_out(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        call = await officer(here, pin="1234")
        for _ in range(2):
            await keys_in(call, COURT, "1234")
        await keys_in(call, COURT, PIN)
        await call.hears("seconds before you try again")
        await keys_in(call, COURT, PIN)
        await call.hears("You can call again at any time")
        assert await call.ended() == "completed"
        await here.later(60)
        call = await officer(here)
        await call.hears("Which language")


async def test_stars_in_a_number_and_silence_lead_on_to_a_goodbye(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        call = await here.carrier.phone(COURTS_PHONE).dial(LINE)
        await call.hears("for institutions")
        await call.press("1")
        await call.hears("then press hash")
        await call.press("10*116#")
        await call.hears("only the keys from 0 to 9")
        await call.hears("I did not hear a key", timeout=10)
        await call.hears("for you is 116", timeout=15)
        await call.hears("You can call again", timeout=10)
        assert await call.ended() == "completed"
        contact = await here.becomes("closed")
        assert (contact.outcome, contact.queued_at) == ("left_in_menu", None)


async def test_an_unknown_and_a_disabled_institution_hear_the_same(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        call = await officer(here, number="999999")
        await call.hears("do not belong together")
        await call.hang_up()

        def disable(tx: Tx) -> None:
            found = institution_rows.numbered(tx, PRISON)
            assert found is not None
            institutions.disable(tx, "test", found.id)

        await here.helpline.store.write(disable)
        call = await officer(here, PRISON, PRISONS_PHONE)
        await call.hears("do not belong together")


async def test_nobody_is_free_and_the_officer_is_called_once_somebody_is(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        call = await officer(here)
        await asks_for_tigrinya(call)
        await call.hears("takes long", timeout=10)
        await call.hears("To be called")
        await call.press("2")
        await call.hears("Sign in on our page")
        await call.press("1")
        await call.hears("We call you as soon as there is an interpreter")
        assert await call.ended() == "completed"
        selams = await on_duty(here, "demo-selam", SELAM)
        hers = await is_offered(selams, "An institution asks for an interpreter")
        await hers.press(ACCEPT)
        again = await here.carrier.phone(COURTS_PHONE).rings(10)
        await again.answer()
        await again.hears("You asked for a call")
        await again.press("1")
        await again.in_conference()
        await is_interpreted_by(here, "demo-selam")
        await again.hang_up()
        request = await outcome_is(here, "served")
        talks = await here.helpline.store.read(lambda tx: requests.conversations(tx, request.id))
        assert [(one.number, one.outcome) for one in talks] == [(1, "callback_asked"), (2, "served")]


async def test_an_interview_at_night_waits_for_the_day(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.later((20 * HOUR - here.clock.now()) % DAY / SECOND)  # ten at night in Lusaka
        call = await officer(here)
        await call.hears("Which language")
        await call.press("1")
        await call.hears("What is it for")
        await call.press("3")
        await call.hears("Can this interview wait")
        await call.press("1")
        await call.hears("eight in the morning. Goodbye")
        assert await call.ended() == "completed"
        request = await outcome_is(here, None)
        assert request.not_before is not None and request.not_before % DAY == 6 * HOUR, "eight in Lusaka"
        talks = await here.helpline.store.read(lambda tx: requests.conversations(tx, request.id))
        assert [(one.state, one.outcome) for one in talks] == [("closed", "callback_asked"), ("waiting", None)]


async def test_a_withheld_number_is_called_back_on_the_institutions_own(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        phone = await here.child("+260950000021", withheld=True)
        phone.withheld = "+266696687"
        call = await phone.dial(LINE)
        await call.hears("for institutions")
        await call.press("1")
        await keys_in(call, COURT, PIN)
        await asks_for_tigrinya(call)
        await call.hears("takes long", timeout=10)
        await call.press("1")
        await call.ended()
        request = (await all_requests(here))[-1]
        assert here.helpline.house.vault.open(request.call_to_enc or b"") == COURTS_PHONE


async def test_an_officer_who_hangs_up_while_waiting_asks_for_nothing_more(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        selams = await on_duty(here, "demo-selam", SELAM)
        call = await officer(here)
        await asks_for_tigrinya(call)
        hers = await is_offered(selams, "An institution")
        await call.hang_up()
        await outcome_is(here, "nobody_came")
        await hers.ended()
        await duty_is(here, "demo-selam", "available", by_phone=True)


async def test_the_interpreters_line_drops_and_another_comes(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        selams = await on_duty(here, "demo-selam", SELAM)
        call = await officer(here)
        await asks_for_tigrinya(call)
        hers = await is_offered(selams, "An institution")
        await hers.press(ACCEPT)
        await is_interpreted_by(here, "demo-selam")
        tesfays = await on_duty(here, "demo-tesfay", TESFAY)
        await hers.hang_up()
        await call.hears("The connection to the interpreter was lost")
        again = await is_offered(selams, "An institution")
        await again.press(PASS)
        his = await is_offered(tesfays, "An institution")
        await his.press(ACCEPT)
        await call.in_conference()
        await is_interpreted_by(here, "demo-tesfay")


async def test_an_officer_says_how_many_children_and_who_else_is_called_while_waiting(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        selams = await on_duty(here, "demo-selam", SELAM)
        call = await officer(here)
        await asks_for_tigrinya(call)
        hers = await is_offered(selams, "An institution")
        await call.press("2#")
        await call.hears("How many boys")
        await call.press("14#")
        await call.hears("Are they detained")
        await call.press("1")
        await call.hears("somebody else")
        await call.press("0970000777#")
        await call.hears("We call them as soon as you are connected")
        [request] = await all_requests(here)
        assert (request.girls, request.boys, request.detained) == (2, 14, True)
        await hers.press(ACCEPT)
        await is_interpreted_by(here, "demo-selam")
        guardian = await here.carrier.phone("+260970000777").rings(10)
        await guardian.answer()
        await guardian.hears("join a call with an interpreter")
        await guardian.press("1")
        room = await guardian.in_conference()
        assert call.room is room and hers.room is room


async def test_a_language_that_is_not_known_yet_can_be_asked_for(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        selams = await on_duty(here, "demo-selam", SELAM)
        call = await officer(here)
        await call.hears("do not know the language yet, press star")
        await call.press("*")
        await call.hears("What is it for")
        await call.press("4")
        hers = await is_offered(selams, "An institution", "not known yet")
        await hers.press(ACCEPT)
        await call.in_conference()


async def test_children_come_before_institutions_for_the_same_interpreter(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        call = await officer(here)
        await asks_for_tigrinya(call)
        child = await calls_in_tigrinya(here)
        await child.hears("ይመጽእ")
        bwalya = await here.person("demo-bwalya")
        selams = await on_duty(here, "demo-selam", SELAM)
        hers = await is_offered(selams, "An interpreter is asked for. The language is")
        await hers.press(ACCEPT)
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        assert not call.is_connected and not call.call.is_over


async def test_a_child_who_dials_this_number_is_in_the_childrens_line_after_one_key(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        child = await (await here.child()).dial(LINE)
        await child.hears("for you is 116")
        await child.hears("child or in danger, press 0")
        await child.press("0")
        await child.hears("You will be helped first")
        await bwalya.accepts()
        await bwalya.picks_up()
        await child.in_conference()
        contact = await here.contact()
        assert (contact.line, contact.kind, contact.danger) == ("children", "call", True)


# A worker.


async def test_an_interpreter_works_a_whole_shift_with_only_a_telephone(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        selams = await on_duty(here, "demo-selam", SELAM)
        await duty_is(here, "demo-selam", "available", by_phone=True)
        # One offer passes by.
        first = await calls_in_tigrinya(here, "+260971111111")
        passed = await is_offered(selams, "An interpreter is asked for")
        await passed.press(PASS)
        await passed.hears("goes to someone else")
        await passed.ended()
        await first.hang_up()
        await until(lambda: nobody_has_anything(here), "the first child's end")
        # One becomes a bridge: the interpreter is there first.
        child = await calls_in_tigrinya(here, "+260972222222")
        hers = await is_offered(selams, "An interpreter is asked for")
        await hers.press(ACCEPT)
        await hers.hears("Please say only this")
        await child.in_conference()
        await bwalya.accepts()
        await bwalya.picks_up()
        await is_seated(here, counsellor="connected", interpreter="connected")
        await child.hang_up()
        await hers.ended()
        # One is an institution's.
        call = await officer(here)
        await asks_for_tigrinya(call)
        hers = await is_offered(selams, "An institution asks for an interpreter")
        await hers.press(ACCEPT)
        await call.in_conference()
        await is_interpreted_by(here, "demo-selam")
        await call.hang_up()
        await hers.ended()
        off = await selams.dial(LINE)
        await off.hears("for institutions")
        await off.press("2")
        await keys_in(off, SELAM, PIN)
        await off.hears("You are on duty by telephone")
        await off.press("2")
        await off.hears("You are off duty")
        await off.hang_up()
        await duty_is(here, "demo-selam", "off", by_phone=True)
        contact = await here.becomes("closed")
        assert (contact.kind, contact.outcome) == ("duty", "duty")


async def nobody_has_anything(here: Town) -> bool:
    def look(tx: Tx) -> bool:
        rows = tx.execute(assignments_table.select().where(assignments_table.c.ended_at.is_(None)))
        return rows.first() is None

    return await here.helpline.store.read(look)


async def test_a_phone_that_nobody_answers_sets_its_worker_away_who_hears_it_at_the_next_call(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.person("demo-bwalya")
        selams = await on_duty(here, "demo-selam", SELAM)
        await calls_in_tigrinya(here)
        ringing = await selams.rings(10)
        await ringing.ended(10)
        await duty_is(here, "demo-selam", "away", by_phone=True)
        call = await selams.dial(LINE)
        await call.hears("for institutions")
        await call.press("2")
        await keys_in(call, SELAM, PIN)
        await call.hears("you did not answer when we called")
        await call.press("1")
        await call.hears("You are on duty by telephone")


async def test_an_interpreter_who_may_know_the_child_is_never_asked_for_it_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.person("demo-bwalya")
        selams = await on_duty(here, "demo-selam", SELAM)
        await calls_in_tigrinya(here)
        hers = await is_offered(selams, "An interpreter is asked for")
        await hers.press(KNOWS)
        await hers.ended()
        contact = await here.contact()
        known = await here.helpline.store.read(lambda tx: assignments.refusers(tx, [contact.id])[contact.id])
        assert [(worker, how) for worker, _, how in known] == [(await id_of(here, "demo-selam"), "knows")]
        await duty_is(here, "demo-selam", "available", by_phone=True)


async def test_an_offer_that_is_over_stops_ringing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.person("demo-bwalya")
        selams = await on_duty(here, "demo-selam", SELAM)
        child = await calls_in_tigrinya(here)
        ringing = await selams.rings(10)
        await child.hang_up()
        assert await ringing.ended() in ("canceled", "no-answer", "completed")
        await duty_is(here, "demo-selam", "available", by_phone=True)


async def test_a_counsellor_by_phone_is_offered_calls_and_joins_with_one_key(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await gets_a_pin(here, "demo-bwalya", "30001")
        hers = await on_duty(here, "demo-bwalya", "30001")
        child = await (await here.child()).dial("116")
        await child.hears("For English")
        await child.press("1")
        call = await is_offered(hers, "A contact is waiting for you", "English")
        await call.press(ACCEPT)
        await child.in_conference()
        await call.in_conference()
        await here.becomes("connected")


async def gets_a_pin(here: Town, sign_in: str, number: str) -> None:
    from helpline.interpreting import pins

    worker_id, house = await id_of(here, sign_in), here.helpline.house
    await here.helpline.store.write(
        lambda tx: pins.set_worker_pin(tx, house, "test", worker_id, PIN, house.chance, number) and None
    )


async def test_duty_in_the_browser_ends_duty_by_phone(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await on_duty(here, "demo-selam", SELAM)
        selam: Counsellor = await here.person("demo-selam", duty=False)
        await selam.duty("off")
        await selam.duty("on")
        await duty_is(here, "demo-selam", "available", by_phone=False)


async def test_a_pin_by_text_changes_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        phone = phone_of(here, "demo-selam")
        await phone.text(LINE, f"{SELAM} {PIN}")
        await here.is_quiet()
        await duty_is(here, "demo-selam", "off", by_phone=False)
        assert await here.contacts() == []


async def test_a_child_who_writes_to_this_number_is_answered(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        bwalya = await here.person("demo-bwalya")
        child = await here.child()
        await child.text(LINE, "please help me")
        await child.receives("English")
        await child.text(LINE, "1")
        await bwalya.is_offered()
        assert (await here.contact()).line == "children"


async def test_a_pin_is_kept_nowhere(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        call = await officer(here, pin="830527")
        await call.hears("do not belong together")
        await keys_in(call, COURT, PIN)
        await call.hears("Which language")

        def look(tx: Tx) -> list[str]:
            answers = [str(row.answer) for row in tx.execute(deliveries_table.select())]
            contact = max(leg.contact_id for leg in every_leg(tx))
            return answers + [str(leg.session_json) for leg in legs.of_contact(tx, contact)]

        kept = await here.helpline.store.read(look)
        assert kept and not [one for one in kept if "830527" in one or f'"{PIN}"' in one or f"{PIN}<" in one]


def every_leg(tx: Tx) -> list[Any]:
    from helpline.store.tables import legs as legs_table

    return list(tx.execute(legs_table.select()))
