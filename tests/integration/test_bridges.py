"""Three on the line, at their awkward moments: each leg fails in each order, and the child is never left.

Each was thought of, or once was, a way to leave a child alone, to seat one person twice, or to seat nobody.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from helpline import intake
from helpline.clock import SECOND
from helpline.contacts import bridging, service
from helpline.errors import Conflict, HelplineError, Refused
from helpline.staff import duty
from helpline.store import assignments, climbs, workers
from helpline.store import threads as thread_rows
from helpline.store.assignments import Assignment
from helpline.store.db import Tx
from helpline.store.tables import alarms as alarms_table
from helpline.store.tables import assignments as assignments_table
from helpline.threads import service as threads
from helpline.threads import visits
from helpline.threads.arrivals import fell_silent, text_arrived
from ivr_scripts.machine import LanguageChosen
from tests.village import LINE, MONDAY_0800, Call, HandClock, Village, a_house, open_village
from webhooks.events import Caller, CallState, CallStatus, LegStep, TextArrived
from webhooks.ports import CallGone

TIGRINYA, ENGLISH, SOMALI, FRENCH = ["9", "5"], ["1"], ["9", "3"], ["9", "1"]
EN, TI, SO, FR = ("en", "fluent"), ("ti", "fluent"), ("so", "fluent"), ("fr", "fluent")
HELPS = ("counsellor", "interpreter")


@pytest.fixture
async def village() -> AsyncIterator[Village]:
    opened = await open_village()
    yield opened
    await opened.store.close()


class People:
    """A counsellor and an interpreter on duty, and one more of each who can come."""

    def __init__(self, village: Village) -> None:
        self.village = village
        self.id: dict[str, str] = {}

    async def begin(self) -> "People":
        self.id["counsellor"] = await self.village.on_duty("bwalya", EN)
        self.id["interpreter"] = await self.village.on_duty("selam", TI, EN, roles="interpreter")
        self.id["other counsellor"] = await self.village.hire("chanda", EN)
        self.id["other interpreter"] = await self.village.hire("tesfay", TI, EN, roles="interpreter")
        return self

    async def comes(self, who: str) -> None:
        await does(self.village, duty.go_on_duty, self.id[who])
        await self.village.dispatcher.step()

    async def phone_of(self, who: str) -> Call:
        """The newest call to this person that is not over."""
        number = await self.village.store.read(
            lambda tx: self.village.house.vault.open(workers.get(tx, self.id[who]).reach_enc or b"")
        )
        for _ in range(4):  # what is to be done for one contact is done in its order
            await self.village.send()
            calls = [call for call in self.village.carrier.calls.values() if call.number == number and not call.over]
            if calls:
                return calls[-1]
        raise AssertionError(f"no phone rings at the {who}'s")

    async def takes_it(self, who: str) -> Call:
        """Accept, pick up, and press the key."""
        await self.village.accepts(self.id[who])
        return await self.presses(who)

    async def presses(self, who: str) -> Call:
        phone = await self.phone_of(who)
        self.village.carrier.pick_up(phone)
        await self.village.post_everything()
        await self.village.presses(phone, "1")
        await self.village.settle()
        return phone


async def does(village: Village, doing: Callable[..., Any], *more: Any, **named: Any) -> Any:
    return await village.store.write(lambda tx: doing(tx, village.house, *more, **named))


async def seats(village: Village, contact: str | None = None) -> dict[str, str]:
    id = (await village.contact(contact)).id
    live = await village.store.read(lambda tx: assignments.live_of_contact(tx, id))
    return {each.role: each.state for each in live}


async def is_carried_out(village: Village) -> None:
    """What is under way between us and the carrier, and nothing else."""
    for _ in range(8):
        await village.post_everything()
        await village.send()


async def seat(village: Village, role: str) -> Assignment:
    id = (await village.contact()).id
    live = await village.store.read(lambda tx: assignments.live_of_contact(tx, id))
    return next(each for each in live if each.role == role)


async def offered(village: Village) -> tuple[People, Call]:
    """A Tigrinya call is offered to both at once."""
    people = await People(village).begin()
    child = await village.calls_in(TIGRINYA)
    await village.dispatcher.step()
    assert await seats(village) == {"counsellor": "offered", "interpreter": "offered"}
    return people, child


async def bridged(village: Village) -> tuple[People, Call, Call, Call]:
    people, child = await offered(village)
    hers, interpreters = await people.takes_it("counsellor"), await people.takes_it("interpreter")
    assert child.room == hers.room == interpreters.room is not None
    assert await seats(village) == {"counsellor": "connected", "interpreter": "connected"}
    return people, child, hers, interpreters


# Each leg fails in each order


async def declines(people: People, who: str) -> None:
    offer = await people.village.offer_to(people.id[who])
    await does(people.village, service.decline, offer.id, people.id[who], offer.contact_version)


async def knows_the_child(people: People, who: str) -> None:
    offer = await people.village.offer_to(people.id[who])
    await does(people.village, service.decline, offer.id, people.id[who], offer.contact_version, knows=True)


async def misses_it(people: People, who: str) -> None:
    offer = await people.village.offer_to(people.id[who])
    people.village.clock.pass_by((offer.until - people.village.clock.now()) / SECOND)
    await people.village.timers.step()


def whose_phone(state: CallState) -> Callable[[People, str], Any]:
    async def fails(people: People, who: str) -> None:
        await people.village.accepts(people.id[who])
        people.village.carrier.end(await people.phone_of(who), state)
        await people.village.post_everything()

    fails.__name__ = f"phone_{state}"
    return fails


async def presses_no_key(people: People, who: str) -> None:
    await people.village.accepts(people.id[who])
    phone = await people.phone_of(who)
    people.village.carrier.pick_up(phone)
    await people.village.post_everything()
    await people.village.presses(phone, "", "")


async def never_comes(people: People, who: str) -> None:
    """It rings, nobody picks up, and no callback ever says so; the other says yes meanwhile."""
    await people.village.accepts(people.id[who])
    await people.phone_of(who)
    people.village.clock.pass_by(10)
    other = next(role for role in HELPS if role != who)
    if any(each.state == "offered" for each in await people.village.live_of(people.id[other])):
        await people.village.accepts(people.id[other])
    held = next(each for each in await people.village.live_of(people.id[who]) if each.state == "connecting")
    people.village.clock.pass_by((held.until - people.village.clock.now()) / SECOND)
    await people.village.timers.step()


async def is_cut_off(people: People, who: str) -> None:
    phone = await people.takes_it(who)
    people.village.carrier.end(phone, CallState.COMPLETED)
    await people.village.post_everything()


FAILS = [
    declines, knows_the_child, misses_it, whose_phone(CallState.NO_ANSWER), whose_phone(CallState.BUSY),
    whose_phone(CallState.FAILED), presses_no_key, never_comes, is_cut_off,
]  # fmt: skip
NO_MARK = ("declines", "knows_the_child", "is_cut_off")


@pytest.mark.parametrize("first", [True, False], ids=["before the other came", "while the other talks"])
@pytest.mark.parametrize("who", HELPS)
@pytest.mark.parametrize("fails", FAILS, ids=[fails.__name__ for fails in FAILS])
async def test_one_fails_the_other_stays_and_another_comes(
    village: Village, fails: Callable[[People, str], Any], who: str, first: bool
) -> None:
    people, child = await offered(village)
    other = next(role for role in HELPS if role != who)
    if not first:
        await people.takes_it(other)
    elif fails is misses_it:
        await village.accepts(people.id[other])  # whose own time would be over by then
    await fails(people, who)
    await is_carried_out(village)
    before = {other: "connected" if not first else "offered" if fails not in (misses_it, never_comes) else "connecting"}
    after = await seats(village)
    assert after == before, "only this one is let go"
    assert (await village.contact()).wants == who and not child.over
    assert (child.room is not None) == (before[other] == "connected"), "alone in the loop, with a person in the room"
    held = await village.store.read(lambda tx: workers.get(tx, people.id[who]))
    assert (held.load_voice, held.state) == (0, "available" if fails.__name__ in NO_MARK else "away")
    await people.comes(f"other {who}")
    if after[other] == "offered":
        await people.takes_it(other)
    elif after[other] == "connecting":
        await people.presses(other)
    if fails is is_cut_off:
        assert (await seat(village, who)).worker_id == people.id[who], "the same one is asked first"
        await declines(people, who)
        await village.dispatcher.step()
    phone = await people.takes_it(f"other {who}")
    await village.settle()
    assert await seats(village) == {"counsellor": "connected", "interpreter": "connected"}
    assert child.room == phone.room is not None
    assert (await village.contact()).wants is None


async def test_both_fail_and_the_contact_waits_with_its_place(village: Village) -> None:
    people, child = await offered(village)
    began = (await village.contact()).first_arrival
    await declines(people, "interpreter")
    await declines(people, "counsellor")
    contact = await village.contact()
    assert (contact.state, contact.wants, contact.first_arrival) == ("waiting", None, began)
    assert contact.resumed is False, "nobody has served it: it goes before nobody"
    assert await seats(village) == {} and child.hears_keys


@pytest.mark.parametrize("order", [HELPS, HELPS[::-1]])
async def test_both_are_cut_off_one_after_the_other(village: Village, order: tuple[str, str]) -> None:
    people, child, hers, interpreters = await bridged(village)
    phones = {"counsellor": hers, "interpreter": interpreters}
    village.carrier.end(phones[order[0]], CallState.COMPLETED)
    await village.post_everything()
    assert child.room is not None and (await village.contact()).wants == order[0]
    village.carrier.end(phones[order[1]], CallState.COMPLETED)
    await village.settle()
    contact = await village.contact()
    assert contact.state == "offered" and contact.resumed, "a pair is planned anew, before others"
    assert child.room is None and child.hears_keys
    again = await people.takes_it("interpreter")
    assert child.room == again.room is not None


async def test_the_interpreter_drops_twice_and_is_brought_back_twice(village: Village) -> None:
    people, child, hers, phone = await bridged(village)
    for _ in range(2):
        village.carrier.end(phone, CallState.COMPLETED)
        await village.settle()
        assert (await seat(village, "interpreter")).worker_id == people.id["interpreter"]
        phone = await people.takes_it("interpreter")
        assert child.room == hers.room == phone.room is not None
    told = [order for order, _ in village.carrier.orders if order == "announce"]
    assert len(told) == 2, "each time the two hear of it"


async def test_a_leg_that_ends_twice_and_late_takes_nothing_from_who_came_instead(village: Village) -> None:
    people, child, hers, phone = await bridged(village)
    village.carrier.end(phone, CallState.COMPLETED)
    ended = list(village.carrier.post)
    await village.settle()
    again = await people.takes_it("interpreter")
    for event in ended:
        await village.deliver(event)
    await village.settle()
    assert await seats(village) == {"counsellor": "connected", "interpreter": "connected"}
    assert child.room == hers.room == again.room is not None


# A colleague who is asked first coaches: only the counsellor hears them


async def coached(village: Village) -> tuple[People, Call, Call, Call]:
    """A child and its counsellor, who has asked a colleague first: the three calls."""
    people = People(village)
    people.id = {"counsellor": await village.on_duty("bwalya", EN)}
    child = await village.calls_in(ENGLISH)
    await village.dispatcher.step()
    hers = await people.takes_it("counsellor")
    people.id["colleague"] = await village.on_duty("chanda", EN)
    contact = (await village.contact()).id
    await does(village, service.hand_over, contact, people.id["counsellor"], people.id["colleague"], ask_first=True)
    colleagues = await people.takes_it("colleague")
    assert child.room == hers.room == colleagues.room is not None and colleagues.heard_by == hers.id
    return people, child, hers, colleagues


def heard(village: Village) -> list[str]:
    return [about for order, about in village.carrier.orders if order == "let_hear"]


async def test_a_key_that_comes_twice_lets_the_colleague_in_as_before(village: Village) -> None:
    _, _, hers, colleagues = await coached(village)
    assert colleagues.answer is not None and colleagues.leg_id is not None
    again = LegStep(colleagues.id, colleagues.leg_id, colleagues.answer.step - 2, "1")
    await village.deliver(again)
    assert colleagues.heard_by == hers.id and heard(village) == []


@pytest.mark.parametrize("ends", ["leaves", "drops"])
async def test_what_comes_late_and_twice_makes_nobody_unheard(village: Village, ends: str) -> None:
    people, child, hers, colleagues = await coached(village)
    if ends == "leaves":
        await does(village, bridging.leave_to_guest, (await village.contact()).id, people.id["counsellor"])
    else:
        village.carrier.end(hers, CallState.COMPLETED)
    await is_carried_out(village)
    late = CallStatus(hers.id, hers.leg_id, CallState.COMPLETED, 9)
    for _ in range(2):
        await village.deliver(late)
        await is_carried_out(village)
    assert hers.over and child.room == colleagues.room is not None
    assert colleagues.heard_by is None and heard(village) == [colleagues.id]


async def test_a_colleague_who_goes_back_into_the_room_is_heard_by_all(village: Village) -> None:
    _, _, hers, colleagues = await coached(village)
    village.carrier.asks(colleagues, left_room=True)  # as if the carrier had not found the counsellor there
    await village.post_everything()
    assert colleagues.room == hers.room and colleagues.heard_by is None


async def test_who_is_not_in_the_room_yet_is_heard_when_they_are(village: Village) -> None:
    people, child, _, colleagues = await coached(village)
    let_hear, tried = village.carrier.let_hear, []

    async def at_the_second_try(room: str, call_id: str) -> None:
        tried.append(room)
        if len(tried) == 1:
            raise CallGone
        await let_hear(room, call_id)

    village.carrier.let_hear = at_the_second_try  # type: ignore[method-assign]
    await does(village, bridging.leave_to_guest, (await village.contact()).id, people.id["counsellor"])
    await is_carried_out(village)
    assert colleagues.heard_by is not None
    village.clock.pass_by(1)
    await is_carried_out(village)
    assert colleagues.heard_by is None and child.room == colleagues.room is not None


async def test_the_child_hangs_up_and_whoever_is_on_the_way_is_called_off(village: Village) -> None:
    people, child = await offered(village)
    hers = await people.takes_it("counsellor")
    offer = await village.offer_to(people.id["interpreter"])
    village.carrier.end(child, CallState.COMPLETED)
    await village.settle()
    assert await seats(village) == {"counsellor": "wrap_up"} and hers.over
    with pytest.raises(Conflict) as refused:
        await does(village, service.accept, offer.id, people.id["interpreter"], offer.contact_version)
    assert refused.value.code == "offer_gone"
    free = await village.store.read(lambda tx: workers.get(tx, people.id["interpreter"]))
    assert (free.load_voice, free.state) == (0, "available")


async def test_the_counsellor_ends_it_while_an_interpreters_phone_rings(village: Village) -> None:
    people, child = await offered(village)
    await people.takes_it("counsellor")
    await village.accepts(people.id["interpreter"])
    phone = await people.phone_of("interpreter")
    await does(village, service.end_contact, (await village.contact()).id, people.id["counsellor"])
    await village.settle()
    assert phone.over and child.over
    assert await seats(village) == {"counsellor": "wrap_up"}


async def test_a_supervisor_stops_a_bridge_and_everyone_is_released(village: Village) -> None:
    people, child, hers, interpreters = await bridged(village)
    boss = await village.hire("boss", EN, roles="supervisor")
    await does(village, service.stop_contact, (await village.contact()).id, boss, "Stuck.")
    await village.settle()
    assert child.over and hers.over and interpreters.over
    assert await seats(village) == {}
    everyone = await village.store.read(lambda tx: workers.some(tx, list(people.id.values())))
    assert [worker.load_voice for worker in everyone] == [0, 0, 0, 0]


async def test_an_offer_that_was_claimed_for_what_has_ended_meanwhile_changes_nothing(village: Village) -> None:
    people, child = await offered(village)
    await people.takes_it("counsellor")
    await declines(people, "interpreter")
    await does(village, duty.go_on_duty, people.id["other interpreter"])

    async def the_child_leaves_first() -> None:
        village.carrier.end(child, CallState.COMPLETED)
        await village.post_everything()

    village.interrupted.before = the_child_leaves_first
    await village.dispatcher.step()
    assert await seats(village) == {"counsellor": "wrap_up"}
    assert await village.live_of(people.id["other interpreter"]) == []
    free = await village.store.read(lambda tx: workers.get(tx, people.id["other interpreter"]))
    assert free.load_voice == 0


# One person, one seat


async def test_one_who_is_both_is_never_asked_for_both_seats(village: Village) -> None:
    both = await village.on_duty("amina", SO, EN, roles="counsellor interpreter", capacity_voice=2)
    await village.calls_in(ENGLISH)
    await village.dispatcher.step()
    await village.accepts(both)
    people = People(village)
    people.id["both"] = both
    await people.presses("both")
    contact = await village.contact()
    await does(village, bridging.add_interpreter, contact.id, both, "so")
    village.clock.pass_by(300)
    await village.dispatcher.step()
    assert await seats(village) == {"counsellor": "connected"}, "nobody interprets for themselves"
    with pytest.raises(Conflict):
        await does(village, service.hand_over, contact.id, both, both)


async def test_who_interprets_is_not_handed_the_counsellors_seat_as_well(village: Village) -> None:
    people = People(village)
    people.id["counsellor"] = await village.on_duty("bwalya", EN)
    people.id["both"] = await village.on_duty("dawit", TI, EN, roles="interpreter")
    await village.calls_in(TIGRINYA)
    await village.dispatcher.step()
    await people.takes_it("counsellor")
    await people.takes_it("both")
    contact = await village.contact()
    for ask_first in (False, True):
        with pytest.raises(Conflict) as refused:
            await does(
                village, service.hand_over, contact.id, people.id["counsellor"], people.id["both"], ask_first=ask_first
            )
        assert refused.value.code == "worker_not_there"


async def test_nobody_is_handed_what_they_do_not_do(village: Village) -> None:
    """One who only interprets would leave the child waiting for an answer that cannot come."""
    people = await People(village).begin()
    await village.calls_in(ENGLISH)
    await village.dispatcher.step()
    await people.takes_it("counsellor")
    with pytest.raises(Conflict) as refused:
        await does(
            village, service.hand_over, (await village.contact()).id, people.id["counsellor"], people.id["interpreter"]
        )
    assert refused.value.code == "worker_not_there"


async def test_nobody_is_handed_at_once_a_child_whom_they_would_not_follow(village: Village) -> None:
    """The floor would give it to nobody else for a while; asked first, they come, and an interpreter is sought."""
    people = await People(village).begin()
    people.id["somali"] = await village.on_duty("hodan", SO)
    await village.calls_in(ENGLISH)
    await village.dispatcher.step()
    await people.takes_it("counsellor")
    contact = await village.contact()
    with pytest.raises(Conflict) as refused:
        await does(village, service.hand_over, contact.id, people.id["counsellor"], people.id["somali"])
    assert refused.value.code == "would_not_follow"
    await does(village, service.hand_over, contact.id, people.id["counsellor"], people.id["somali"], ask_first=True)
    assert await seats(village) == {"counsellor": "connected", "guest": "offered"}


async def test_one_who_is_only_asked_can_end_nothing(village: Village) -> None:
    """The interpreter was first, so the conversation goes on; the counsellor has not said yes."""
    people, child = await offered(village)
    await people.takes_it("interpreter")
    contact = await village.contact()
    assert contact.state == "connected"
    for doing, more in ((service.end_contact, ()), (service.hand_over, (None,)), (service.name_language, ("so",))):
        with pytest.raises(HelplineError):
            await does(village, doing, contact.id, people.id["counsellor"], *more)
    assert await seats(village) == {"counsellor": "offered", "interpreter": "connected"}
    assert child.room is not None


# Who may know the child


async def test_who_may_know_the_child_is_not_asked_again_however_the_floor_is_read(village: Village) -> None:
    people, _ = await offered(village)
    await people.takes_it("counsellor")
    await knows_the_child(people, "interpreter")
    for _ in range(8):
        village.clock.pass_by(11)  # past the time after which the floor is read afresh, and past every cooldown
        await village.dispatcher.step()
        assert await seats(village) == {"counsellor": "connected"}


async def test_a_supervisor_who_may_know_the_child_is_not_asked_in(village: Village) -> None:
    people = await People(village).begin()
    people.id["boss"] = await village.on_duty("boss", EN, roles="counsellor supervisor")
    await village.calls_in(ENGLISH)
    await village.dispatcher.step()
    asked = "boss" if await village.live_of(people.id["boss"]) else "counsellor"
    if asked == "counsellor":
        await declines(people, "counsellor")
        await village.dispatcher.step()
    await knows_the_child(people, "boss")
    village.clock.pass_by(61)
    await village.dispatcher.step()
    await people.takes_it("counsellor")
    contact = await village.contact()
    with pytest.raises(Conflict) as refused:
        await does(village, bridging.ask_supervisor_in, contact.id, people.id["counsellor"])
    assert refused.value.code == "no_supervisor"
    with pytest.raises(Conflict):
        await does(village, service.hand_over, contact.id, people.id["counsellor"], people.id["boss"])


async def test_who_may_know_the_child_is_not_asked_when_it_was_cut_off_and_calls_again(village: Village) -> None:
    people, child = await offered(village)
    await knows_the_child(people, "interpreter")
    village.carrier.end(child, CallState.COMPLETED)
    await village.settle()
    await does(village, duty.go_on_duty, people.id["other interpreter"])
    for _ in range(2):
        village.clock.pass_by(61)
    again = await village.dials()
    await village.presses(again, "1")  # the language of this number stands first
    await village.dispatcher.step()
    contact = await village.contact()
    assert contact.resumes_id is not None and contact.language == "ti"
    assert (await seat(village, "interpreter")).worker_id == people.id["other interpreter"]


# The language


async def test_a_language_that_is_named_anew_lets_the_wrong_interpreter_go(village: Village) -> None:
    people, child, hers, interpreters = await bridged(village)
    contact = await village.contact()
    await does(village, service.name_language, contact.id, people.id["counsellor"], "so")
    await village.settle()
    contact = await village.contact()
    assert interpreters.over and child.room == hers.room is not None
    assert (contact.language, contact.wants) == ("so", "interpreter")
    somali = await village.on_duty("yusuf", SO, EN, roles="interpreter")
    await village.dispatcher.step()
    assert [each.role for each in await village.live_of(somali)] == ["interpreter"]


async def test_a_language_that_the_counsellor_speaks_needs_no_interpreter(village: Village) -> None:
    people, _ = await offered(village)
    await people.takes_it("counsellor")
    contact = await village.contact()
    await does(village, service.name_language, contact.id, people.id["counsellor"], "en")
    assert await seats(village) == {"counsellor": "connected"}
    assert (await village.contact()).wants is None
    free = await village.store.read(lambda tx: workers.get(tx, people.id["interpreter"]))
    assert (free.load_voice, free.state) == (0, "available")


async def test_an_interpreter_who_speaks_the_right_language_too_stays_and_is_written_down_for_it(
    village: Village,
) -> None:
    people = People(village)
    people.id["counsellor"] = await village.on_duty("bwalya", EN)
    people.id["interpreter"] = await village.on_duty("selam", TI, ("am", "basic"), EN, roles="interpreter")
    await village.calls_in(TIGRINYA)
    await village.dispatcher.step()
    await people.takes_it("counsellor")
    await people.takes_it("interpreter")
    contact = await village.contact()
    await does(village, service.name_language, contact.id, people.id["interpreter"], "am")
    assert (await seat(village, "interpreter")).language == "am"
    assert (await village.contact()).wants is None


async def test_a_child_who_corrects_the_language_keeps_whoever_speaks_it(village: Village) -> None:
    people, _ = await offered(village)
    await village.accepts(people.id["counsellor"])
    contact = await village.contact()
    chose = (LanguageChosen("en"),)
    await does(village, lambda tx, house: intake._apply(tx, house, contact, chose))
    contact = await village.contact()
    assert (contact.state, contact.wants) == ("connecting", None)
    assert await seats(village) == {"counsellor": "connecting"}


# A guest


async def with_a_guest(village: Village) -> tuple[People, Call, Call, Call]:
    people = await People(village).begin()
    people.id["boss"] = await village.on_duty("boss", EN, roles="supervisor")
    child = await village.calls_in(ENGLISH)
    await village.dispatcher.step()
    hers = await people.takes_it("counsellor")
    await does(village, bridging.ask_supervisor_in, (await village.contact()).id, people.id["counsellor"])
    guests = await people.takes_it("boss")
    assert child.room == hers.room == guests.room is not None
    return people, child, hers, guests


async def test_a_guest_who_is_the_last_with_the_child_leaves_it_in_the_loop(village: Village) -> None:
    people, child, hers, guests = await with_a_guest(village)
    village.carrier.end(hers, CallState.COMPLETED)
    await village.post_everything()
    contact = await village.contact()
    assert (contact.state, contact.wants, child.room) == ("connected", "counsellor", guests.room)
    await does(village, bridging.leave, contact.id, people.id["boss"])
    await is_carried_out(village)
    contact = await village.contact()
    assert (contact.state, contact.wants) == ("waiting", None)
    assert child.room is None and child.hears_keys and guests.over


async def test_a_guest_who_never_came_is_nobodys_fault_when_the_counsellor_is_cut_off(village: Village) -> None:
    people = await People(village).begin()
    people.id["boss"] = await village.on_duty("boss", EN, roles="supervisor")
    child = await village.calls_in(ENGLISH)
    await village.dispatcher.step()
    hers = await people.takes_it("counsellor")
    await does(village, bridging.ask_supervisor_in, (await village.contact()).id, people.id["counsellor"])
    await village.accepts(people.id["boss"])
    rings = await people.phone_of("boss")
    village.carrier.end(hers, CallState.COMPLETED)
    await is_carried_out(village)
    assert rings.over, "it rings for nothing any more"
    boss = await village.store.read(lambda tx: workers.get(tx, people.id["boss"]))
    assert (boss.load_voice, boss.state) == (0, "available")
    assert child.hears_keys


async def test_a_colleague_who_takes_it_over_and_does_not_speak_the_language_gets_an_interpreter(
    village: Village,
) -> None:
    people = await People(village).begin()
    people.id["tigrinya"] = await village.on_duty("dawit", TI, EN)
    people.id["boss"] = await village.on_duty("boss", EN, roles="supervisor")
    await village.calls_in(TIGRINYA)
    await village.dispatcher.step()
    await people.takes_it("tigrinya")
    contact = await village.contact()
    await does(village, bridging.ask_supervisor_in, contact.id, people.id["tigrinya"])
    await people.takes_it("boss")
    await does(village, bridging.leave_to_guest, contact.id, people.id["tigrinya"])
    assert (await village.contact()).wants == "interpreter"
    await village.dispatcher.step()
    assert await seats(village) == {"counsellor": "connected", "interpreter": "offered"}


# Questions, danger, call-backs


async def test_an_interpreter_who_comes_while_the_child_answers_by_key_has_come(village: Village) -> None:
    people, child = await offered(village)
    hers = await people.takes_it("counsellor")
    contact = await village.contact()
    await does(village, service.ask_question, contact.id, people.id["counsellor"], "question_hurt")
    await village.send()
    assert child.hears_keys
    phone = await people.takes_it("interpreter")
    await village.presses(child, "1")
    village.clock.pass_by(120)
    await village.settle()
    assert await seats(village) == {"counsellor": "connected", "interpreter": "connected"}
    assert child.room == hers.room == phone.room is not None


async def test_danger_brings_both_at_once_though_a_counsellor_could_come_alone_later(village: Village) -> None:
    busy = await village.on_duty("dawit", TI, EN)
    await village.calls_in(TIGRINYA, "+260970000009")
    await village.dispatcher.step()
    await village.accepts(busy)
    await People(village).begin()
    await village.calls_in([*TIGRINYA, "0"])
    await village.dispatcher.step()
    assert (await village.contact()).danger
    assert await seats(village) == {"counsellor": "offered", "interpreter": "offered"}


async def test_a_child_in_danger_with_an_interpreter_alone_is_an_alarm(village: Village) -> None:
    people = await People(village).begin()
    child = await village.calls_in([*TIGRINYA, "0"])
    await village.dispatcher.step()
    await people.takes_it("interpreter")
    await declines(people, "counsellor")
    assert child.room is not None and (await village.contact()).wants == "counsellor"
    village.clock.pass_by(31)
    await village.timers.step()

    def rings(tx: Any) -> list[str]:
        return [row.kind for row in tx.execute(alarms_table.select())]

    assert "danger_waiting" in await village.store.read(rings)
    village.carrier.end(child, CallState.COMPLETED)
    await village.post_everything()
    assert "danger_lost" in await village.store.read(rings), "no counsellor has heard this child"
    assert (await village.contact()).state == "closed"


IN_THE_DAY = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-22:00",))


@pytest.fixture
async def night() -> AsyncIterator[Village]:
    opened = await open_village(clock=HandClock(MONDAY_0800 - 3600 * SECOND), house=a_house(hours=IN_THE_DAY))
    yield opened
    await opened.store.close()


async def a_callback_is_due(night: Village) -> People:
    people = await People(night).begin()
    asks = await night.calls_in([*TIGRINYA, "2", "1"])
    night.carrier.end(asks, CallState.COMPLETED)
    await night.post_everything()
    contact = await night.contact()
    assert contact.kind == "callback" and contact.not_before is not None
    night.clock.pass_by((contact.not_before - night.clock.now()) / SECOND + 1)
    await night.timers.step()
    await night.dispatcher.step()
    assert await seats(night) == {"counsellor": "offered", "interpreter": "offered"}
    return people


async def the_childs_phone(night: Village) -> Call:
    await night.send()
    return next(c for c in night.carrier.calls.values() if c.number == "+260971234567" and c.placed and not c.over)


async def test_a_call_back_rings_when_one_is_there_and_meets_both(night: Village) -> None:
    people = await a_callback_is_due(night)
    interpreters = await people.takes_it("interpreter")
    child = await the_childs_phone(night)
    night.carrier.pick_up(child)
    hers = await people.takes_it("counsellor")
    await night.presses(child, "1")
    await night.settle()
    assert child.room == hers.room == interpreters.room is not None
    assert await seats(night) == {"counsellor": "connected", "interpreter": "connected"}


async def test_a_call_back_goes_on_ringing_when_one_leaves_and_the_other_is_on_the_way(night: Village) -> None:
    people = await a_callback_is_due(night)
    await night.accepts(people.id["counsellor"])
    phone = await people.takes_it("interpreter")
    child = await the_childs_phone(night)
    night.carrier.end(phone, CallState.COMPLETED)
    await night.post_everything()
    await night.send()
    assert not child.over, "the counsellor's phone rings too"
    hers = await people.presses("counsellor")
    night.carrier.pick_up(child)
    await night.post_everything()
    await night.presses(child, "1")
    await night.settle()
    assert child.room == hers.room is not None


async def test_a_call_back_that_nobody_took_seeks_nobody_for_one_seat_alone(night: Village) -> None:
    people = await a_callback_is_due(night)
    await people.takes_it("counsellor")
    child = await the_childs_phone(night)
    await declines(people, "interpreter")
    assert (await night.contact()).wants == "interpreter"
    night.carrier.end(child, CallState.NO_ANSWER)
    await night.settle()
    contact = await night.contact()
    assert (contact.state, contact.wants) == ("waiting", None)
    assert await seats(night) == {}


# By text


async def writes_in_tigrinya(village: Village, body: str, number: int) -> None:
    event = TextArrived(f"SM{number}", "sms", "+260116", LINE, Caller("+260977111222"), body)
    await village.store.write(lambda tx: text_arrived(tx, village.house, event))


async def test_what_a_counsellor_had_answered_alone_needs_no_rendering(village: Village) -> None:
    people = await People(village).begin()
    counsellor, interpreter = people.id["counsellor"], people.id["interpreter"]
    await writes_in_tigrinya(village, "english", 1)
    await village.dispatcher.step()
    await village.accepts(counsellor)
    contact = await village.contact()
    await writes_in_tigrinya(village, "I am afraid", 2)
    await does(village, threads.say, contact.id, counsellor, "I am here. Is another language easier?")
    village.clock.pass_by(1)
    await writes_in_tigrinya(village, "ትግርኛ", 3)
    await does(village, bridging.add_interpreter, contact.id, counsellor, "ti")
    await village.dispatcher.step()
    await village.accepts(interpreter)
    village.clock.pass_by(1)
    await writes_in_tigrinya(village, "ይፈርሕ ኣለኹ", 4)

    async def lack() -> list[str]:
        def look(tx: Tx) -> list[str]:
            found = [thread_rows.numbered(tx, contact.id, seq) for seq in thread_rows.unrendered(tx, contact.id)]
            return [village.house.vault.open(one.body_enc) for one in found]

        return await village.store.read(look)

    assert await lack() == ["ትግርኛ", "ይፈርሕ ኣለኹ"]
    village.clock.pass_by(1)
    await does(village, threads.say, contact.id, counsellor, "To the child as it is.")
    assert await lack() == ["ትግርኛ", "ይፈርሕ ኣለኹ"], "with an interpreter there, none is passed over"


async def test_a_conversation_that_is_parked_seeks_nobody_any_more(village: Village) -> None:
    counsellor = await village.on_duty("bwalya", EN)
    await writes_in_tigrinya(village, "english", 1)
    await village.dispatcher.step()
    await village.accepts(counsellor)
    contact = await village.contact()
    await does(village, bridging.add_interpreter, contact.id, counsellor, "ti")
    await does(village, threads.say, contact.id, counsellor, "One moment.")
    village.clock.pass_by(3600)
    await does(village, fell_silent, contact.id)
    contact = await village.contact()
    assert (contact.state, contact.wants) == ("parked", None)
    interpreter = await village.on_duty("selam", TI, EN, roles="interpreter")
    await village.dispatcher.step()
    assert await village.live_of(interpreter) == []
    await writes_in_tigrinya(village, "እንደገና", 2)
    await village.dispatcher.step()
    assert await seats(village) == {"counsellor": "offered", "interpreter": "offered"}


async def test_a_child_who_writes_while_the_record_is_written_has_an_interpreter_again(village: Village) -> None:
    counsellor = await village.on_duty("bwalya", EN)
    interpreter = await village.on_duty("selam", TI, EN, roles="interpreter")
    await writes_in_tigrinya(village, "tigrinya", 1)
    await village.dispatcher.step()
    await village.accepts(counsellor)
    await village.accepts(interpreter)
    contact = await village.contact()
    await does(village, service.end_contact, contact.id, counsellor)
    assert await seats(village) == {"counsellor": "wrap_up"}
    await writes_in_tigrinya(village, "ሓደ ነገር", 2)
    await village.dispatcher.step()
    assert await seats(village) == {"counsellor": "connected", "interpreter": "offered"}


async def test_one_who_is_only_asked_writes_nothing_to_the_child(village: Village) -> None:
    counsellor = await village.on_duty("bwalya", EN)
    interpreter = await village.on_duty("selam", TI, EN, roles="interpreter")
    await writes_in_tigrinya(village, "tigrinya", 1)
    await village.dispatcher.step()
    await village.accepts(interpreter)
    contact = await village.contact()
    assert contact.state == "connected"
    with pytest.raises(Refused):
        await does(village, threads.say, contact.id, counsellor, "Hello")


async def test_every_conversation_keeps_who_interpreted_what(village: Village) -> None:
    people, child, *_ = await bridged(village)
    await does(village, bridging.let_interpreter_go, (await village.contact()).id, people.id["counsellor"])
    village.carrier.end(child, CallState.COMPLETED)
    await village.settle()

    def kept(tx: Any) -> list[Any]:
        return [row for row in tx.execute(assignments_table.select()) if row.role == "interpreter"]

    (row,) = await village.store.read(kept)
    assert (row.language, row.relay, row.end) == ("ti", "en", "let_go")
    assert row.connected_at <= row.ended_at


async def minutes_pass(village: Village, seconds: int) -> None:
    village.clock.pass_by(seconds)
    await village.timers.step()


async def climbs_for(village: Village, contact: str) -> bool:
    return await village.store.read(lambda tx: climbs.open_of(tx, f"danger_waiting:{contact}")) is not None


async def test_a_child_in_danger_who_goes_on_writing_to_an_interpreter_alone_is_climbed_for_in_time(
    village: Village,
) -> None:
    people = await People(village).begin()
    await writes_in_tigrinya(village, "0", 1)
    await writes_in_tigrinya(village, "tigrinya", 2)
    await village.dispatcher.step()
    await village.accepts(people.id["counsellor"])
    await village.accepts(people.id["interpreter"])
    contact = await village.contact()
    assert contact.danger and await seats(village) == {"counsellor": "connected", "interpreter": "connected"}
    await minutes_pass(village, 60)
    assert not await climbs_for(village, contact.id)
    await does(village, duty.go_off_duty, people.id["counsellor"])
    await village.timers.step()
    assert (await village.contact()).wants == "counsellor"
    await people.comes("other counsellor")
    for number in (3, 4):
        await writes_in_tigrinya(village, "ኣለኹ", number)
        await minutes_pass(village, 12)
    assert not await climbs_for(village, contact.id)
    await minutes_pass(village, 7)
    assert await climbs_for(village, contact.id), "one who is only asked is no counsellor who is there"
    await does(village, fell_silent, contact.id)
    assert (await village.contact()).state == "connected", "it is not put away while it seeks one"


async def test_a_chat_in_danger_that_falls_silent_while_nobody_is_free_is_climbed_for_in_time(village: Village) -> None:
    await does(village, visits.begin_visit, LINE, "en", "hash of the visit")
    await does(village, visits.child_danger, "hash of the visit")
    contact = await village.contact()
    for key in ("a", "b"):
        await minutes_pass(village, 12)
        await does(village, visits.child_says, "hash of the visit", "are you there", key)
    assert not await climbs_for(village, contact.id)
    await minutes_pass(village, 7)
    assert await climbs_for(village, contact.id)


@pytest.mark.parametrize("later", ["parked", "wrap_up"])
async def test_a_tap_on_danger_after_the_conversation_brings_a_person(village: Village, later: str) -> None:
    counsellor = await village.on_duty("bwalya", EN)
    await does(village, visits.begin_visit, LINE, "en", "hash of the visit")
    await village.dispatcher.step()
    await village.accepts(counsellor)
    contact = await village.contact()
    if later == "parked":
        village.clock.pass_by(3600)
        await does(village, fell_silent, contact.id)
    else:
        await does(village, service.end_contact, contact.id, counsellor)
    assert (await village.contact()).state == later
    await does(village, visits.child_danger, "hash of the visit")
    assert (await village.contact()).state == {"parked": "waiting", "wrap_up": "connected"}[later]
    await minutes_pass(village, 31)
    assert await climbs_for(village, contact.id) is (later == "parked")
