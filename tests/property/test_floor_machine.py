"""People do whatever they like, in any order, and the rules of the floor hold at every moment.

The store, the dispatcher, the timers, the outbox and the services are real; the carrier is of paper, delivers late,
twice and out of order, and sometimes fails. Each run has a seed, which is told when it breaks; `--seed` replays all.
"""

import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from helpline import claiming, dispatch
from helpline import deadlines as timers
from helpline.clock import SECOND
from helpline.contacts import bridging, moves, service
from helpline.contacts.lifecycle import Event, State
from helpline.dispatch import Dispatcher
from helpline.errors import Conflict, HelplineError, Invalid, Refused
from helpline.house import House
from helpline.staff import duty
from helpline.store import assignments, contacts, deadlines, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.legs import Leg
from helpline.voice import documents
from helpline.voice import room as rooms
from helpline.voice import service as voice
from ivr_scripts.machine import Say
from routing.model import Decision, WaitingContact
from tests.property.floor_rules import (
    Broken,
    Scene,
    check_dispatched,
    check_moment,
    check_quiet,
    everything,
    look,
    must,
)
from tests.village import LINE, MONDAY_0800, Call, HandClock, Village, a_house, open_village
from webhooks.answers import Join
from webhooks.events import CallState, LegStep
from webhooks.ports import CarrierTrouble

RUNS = 18
MOST_CHILDREN = 6
STEPS = 220
SPOKEN = ("en", "fr", "so", "bem")
RELAYED = "ti"
"""Spoken by interpreters alone."""

KEYS_OF_LANGUAGE = {"en": ["1"], "bem": ["2"], "fr": ["9", "1"], "so": ["9", "3"], RELAYED: ["9", "5"]}
CHOSEN = (*SPOKEN, RELAYED, RELAYED)
NUMBERS = (*(f"+26097000000{n}" for n in range(6)), None)
EVERY_DAY = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("08:00-20:00",))


DOINGS_OF = {
    "counsellor": (
        "ends", "hands over", "asks before handing over", "leaves to the colleague", "asks a supervisor in",
        "wants an interpreter", "wants none any more", "lets the interpreter go", "hears that the child knows", "asks",
        "asks again", "names", "saves", "finishes",
    ),
    "interpreter": ("leaves", "leaves and knows", "hands over", "names"),
    "guest": ("leaves",),
}  # fmt: skip
"""What people mostly do in their seat; now and then each tries what is another's."""


class Life:
    """One run: chance decides who does what next."""

    def __init__(self, village: Village, chance: random.Random, *, interrupted: float, trouble: float) -> None:
        self.village, self.chance = village, chance
        self.interrupted = interrupted
        self.staff: list[str] = []
        self.boss = ""
        self.bridges: set[str] = set()  # contacts in which three were together
        self.told: list[str] = []
        self.stale: list[tuple[str, str, int]] = []
        self.scene: Scene
        village.carrier.trouble = lambda order: self._trouble(order, trouble)

    def _trouble(self, order: str, often: float) -> CarrierTrouble | None:
        if self.chance.random() >= often:
            return None
        unknown = order in ("place_call", "move") and self.chance.random() < 0.4
        return CarrierTrouble("carrier_503", retry=True, unknown=unknown)

    async def hire(self) -> None:
        plans: list[dict[str, object]] = [
            {"capacity_voice": 2},
            {"gender": "woman"},
            {"gender": "man"},
            {},
            {"roles": "counsellor supervisor"},
            {"roles": "supervisor"},
        ]
        plans += [{"roles": "interpreter"}, {"roles": "interpreter"}]
        plans += [{"roles": roles, "capacity_voice": 2} for roles in ("interpreter", "counsellor interpreter")]
        for number, values in enumerate(plans):
            spoken = self.chance.sample(SPOKEN, self.chance.randint(1, 3))
            if values.get("roles") == "interpreter" and self.chance.random() < 0.9:
                spoken.append(RELAYED)
            levels = [(language, self.chance.choice(("fluent", "fluent", "basic"))) for language in spoken]
            hire = self.village.on_duty if self.chance.random() < 0.8 else self.village.hire
            self.staff.append(await hire(f"w{number}", *levels, **values))
            if values.get("roles") == "supervisor":
                self.boss = self.staff[-1]

    async def run(self, steps: int) -> None:
        await self.hire()
        doings: list[tuple[int, Callable[[], Awaitable[str | None]]]] = [
            (8, self.a_child_calls),
            (20, self.a_child_presses),
            (14, self.a_phone_rings),
            (16, self.an_adult_presses),
            (5, self.somebody_hangs_up),
            (34, self.a_callback_comes),
            (6, self.a_callback_comes_twice),
            (16, self.the_dispatcher_looks),
            (6, self.the_timers_look),
            (20, self.the_outbox_looks),
            (8, self.time_passes),
            (8, self.duty_changes),
            (16, self.an_offer_is_answered),
            (14, self.all_goes_well),
            (4, self.a_stale_offer_is_answered),
            (24, self.somebody_works),
            (2, self.a_supervisor_works),
            (4, self.it_is_quiet),
        ]
        weights = [weight for weight, _ in doings]
        for _ in range(steps):
            doing = self.chance.choices(doings, weights)[0][1]
            done = await doing()
            if done is None:
                continue
            self.told.append(f"{doing.__name__}: {done}")
            scene = await self.now()
            check_moment(scene)
            self.bridges |= {
                each.contact_id for each in scene.live if each.role == "interpreter" and each.state == "connected"
            }
        self.told.append("the end")
        await self.it_is_quiet()

    async def now(self) -> Scene:
        return await self.village.store.read(look)

    # Children

    async def a_child_calls(self) -> str | None:
        if sum(call.up and self._is_child(call) for call in self._calls()) >= MOST_CHILDREN:
            return None
        number = self.chance.choice(NUMBERS)
        keys = list(KEYS_OF_LANGUAGE[self.chance.choice(CHOSEN)]) if self.chance.random() < 0.7 else []
        if keys and self.chance.random() < 0.6 and not self._open():
            keys += ["1"] if number is None else ["2", self.chance.choice("1234")]
        call = await self.village.calls_in(keys, number)
        return f"{call.id[-3:]} {number} {keys}"

    async def a_child_presses(self) -> str | None:
        call = self._one(call for call in self._calls() if call.hears_keys and self._is_child(call))
        if call is None:
            return None
        key = self.chance.choice(["", "", "", "1", "1", "1", "2", "9", "3", "0", "*", "#", "4", "5", "7"])
        self.village.carrier.asks(call, keys=key or None)
        return f"{call.id[-3:]} {key!r}"

    def _open(self) -> bool:
        return self.village.house.line(LINE).is_open(self.village.clock.now())

    def _is_child(self, call: Call) -> bool:
        return not call.number.startswith("+26095")

    def _calls(self) -> list[Call]:
        return list(self.village.carrier.calls.values())

    def _one(self, found: Iterable[Call]) -> Call | None:
        calls = list(found)
        return self.chance.choice(calls) if calls else None

    # Telephones

    async def a_phone_rings(self) -> str | None:
        call = self._one(call for call in self._calls() if call.state is CallState.RINGING)
        if call is None:
            return None
        if self.chance.random() < 0.75:
            self.village.carrier.pick_up(call)
            return f"{call.id[-3:]} picked up"
        state = self.chance.choice([CallState.BUSY, CallState.NO_ANSWER, CallState.FAILED])
        self.village.carrier.end(call, state)
        return f"{call.id[-3:]} {state}"

    async def an_adult_presses(self) -> str | None:
        call = self._one(call for call in self._calls() if call.hears_keys and not self._is_child(call))
        if call is None:
            return None
        key = self.chance.choice(["1", "1", "1", "1", "", "5"])
        self.village.carrier.asks(call, keys=key or None)
        return f"{call.id[-3:]} {key!r}"

    async def somebody_hangs_up(self) -> str | None:
        call = self._one(call for call in self._calls() if not call.over)
        if call is None:
            return None
        child, room = self._is_child(call), call.room
        others = [other for other in self._calls() if other is not call and room is not None and other.room == room]
        self.village.carrier.end(call, CallState.COMPLETED)
        for other in others:
            must(child or other.room == room, "one adult's hang-up ends the room for nobody", call, other)
        return f"{call.id[-3:]} {'child' if child else 'adult'}"

    async def a_callback_comes(self) -> str | None:
        post = self.village.carrier.post
        if not post:
            return None
        event = post.pop(self.chance.randrange(len(post)))
        await self.village.deliver(event)
        return str(event)

    async def a_callback_comes_twice(self) -> str | None:
        post = self.village.carrier.post
        if not post:
            return None
        event = post.pop(self.chance.randrange(len(post)))
        first = await self.village.deliver(event)
        before = await self.village.store.read(everything)
        second = await self.village.deliver(event)
        must(first == second, "a repeat gets the same answer", event)
        if isinstance(event, LegStep):
            must(before == await self.village.store.read(everything), "a repeat changes nothing", event)
        return str(event)

    async def all_goes_well(self) -> str | None:
        """An offer becomes a conversation, as it mostly does."""
        scene = await self.now()
        offered = [each for each in scene.live if each.state == "offered" and each.until > scene.now]
        if not offered:
            return None
        offer = self.chance.choice(offered)
        for each in [one for one in offered if one.contact_id == offer.contact_id]:
            if each is offer or self.chance.random() < 0.8:
                await self.village.store.write(partial(accepts, self.village.house, each))
        for _ in range(self.chance.randint(1, 12)):
            await self.village.send()
            for call in self._calls():
                if call.state is CallState.RINGING:
                    self.village.carrier.pick_up(call)
                    self.village.carrier.asks(call, keys="1")
            await self.village.post_everything()
        return f"{offer.id[-3:]} {offer.contact_id[-3:]}"

    # The machinery

    async def the_dispatcher_looks(self) -> str:
        alone = self.chance.random() >= self.interrupted
        if not alone:
            self.village.interrupted.before = self._another_is_quicker
        before = await self.now()
        given = await self.village.dispatcher.step()
        after = await self.now()
        check_dispatched(before, after, self.village.house, alone=alone)
        if not alone:
            self.village.interrupted.before = None
            await self.village.dispatcher.step()
        self._remember(after)
        return f"gave {given}"

    async def _another_is_quicker(self) -> None:
        """Before a plan is committed, a child in danger calls, and another process gives it to whoever is free."""
        for language in self.chance.sample(CHOSEN, self.chance.randint(1, 2)):
            await self.village.calls_in([*KEYS_OF_LANGUAGE[language], "0"], None)
        if self.chance.random() < 0.3:
            await self.duty_changes()
        await self.village.other_dispatcher.step()

    def _remember(self, scene: Scene) -> None:
        offers = [(each.id, each.worker_id, each.contact_version) for each in scene.live if each.state == "offered"]
        self.stale = (self.stale + offers)[-40:]

    async def the_timers_look(self) -> str:
        done = await self.village.timers.step()
        scene = await self.now()
        for each in scene.live:
            must(each.state == "connected" or each.until > scene.now, "each hold has ended by its deadline", each)
        return f"did {done}"

    async def the_outbox_looks(self) -> str:
        already = len(self.village.carrier.orders)
        await self.village.send()
        return str(self.village.carrier.orders[already:])

    async def time_passes(self) -> str:
        due = [at for kind, _, at in (await self.now()).deadlines if kind == "callback_due"]
        if due and self.chance.random() < 0.4:
            self.village.clock.pass_by(max(0.0, (min(due) - self.village.clock.now()) / SECOND))
            return "until a call-back is due"
        seconds = self.chance.choice([0.5, 1, 1, 2, 2, 5, 5, 10, 21, 31, 65])
        if self.chance.random() < 0.07:
            seconds = self.chance.choice([310.0, 1860.0, 3600.0 * 5, 3600.0 * 10])
        self.village.clock.pass_by(seconds)
        return f"{seconds} s"

    async def it_is_quiet(self) -> str:
        await self.village.settle()
        await self._prompts_end()
        scene = await self.now()
        check_moment(scene)
        check_quiet(scene, self.village.carrier, self.village.house)
        return str(sorted((c.id[-3:], c.state) for c in scene.contacts.values() if c.state != "closed"))

    async def _prompts_end(self) -> None:
        """An order that was carried out twice may leave a child at a question that is answered: its end leads back."""
        scene = await self.now()
        for call in self._calls():
            leg = next((leg for leg in scene.legs if leg.id == call.leg_id and leg.role == "child"), None)
            contact = scene.contacts[leg.contact_id] if leg is not None else None
            if contact is not None and contact.state == "connected" and contact.asking is None and call.hears_keys:
                self.village.carrier.asks(call)
        await self.village.settle()

    # Staff

    async def _tried(self, unit: Callable[[Tx], object]) -> str:
        """A person does something, which may be refused; a refusal changes nothing."""
        before = await self.village.store.read(everything)
        try:
            await self.village.store.write(unit)
        except (Conflict, Invalid, Refused) as error:
            must(before == await self.village.store.read(everything), "a refusal changes nothing", error.code)
            return error.code
        return "done"

    async def duty_changes(self) -> str:
        house, scene = self.village.house, await self.now()
        gone = [one for one in self.staff if scene.workers[one].state in ("away", "break")]
        worker = self.chance.choice(gone if gone and self.chance.random() < 0.6 else self.staff)
        name, change = self.chance.choice([
            ("on", duty.go_on_duty), ("on", duty.go_on_duty), ("off", duty.go_off_duty), ("break", duty.take_break),
            ("back", duty.come_back), ("back", duty.come_back), ("back", duty.come_back),
        ])  # fmt: skip
        return f"{worker[-3:]} {name} {await self._tried(lambda tx: change(tx, house, worker))}"

    async def an_offer_is_answered(self) -> str | None:
        scene = await self.now()
        offers = [each for each in scene.live if each.state == "offered"]
        if not offers:
            return None
        offer, house = self.chance.choice(offers), self.village.house
        answers: list[tuple[int, str, Callable[..., None]]] = [
            (16, "accepts", service.accept),
            (3, "declines", service.decline),
            (1, "knows", partial(service.decline, knows=True)),
        ]
        _, name, answer = self.chance.choices(answers, [often for often, _, _ in answers])[0]
        said = await self._tried(lambda tx: answer(tx, house, offer.id, offer.worker_id, offer.contact_version))
        if said == "done" and name != "accepts":
            self._others_keep_it(offer, scene, await self.now())
        return f"{offer.worker_id[-3:]} {name} {offer.id[-3:]} {said}"

    def _others_keep_it(self, passed: Assignment, before: Scene, after: Scene) -> None:
        kept = {(each.id, each.state) for each in after.of(passed.contact_id)}
        others = {(each.id, each.state) for each in before.of(passed.contact_id) if each.id != passed.id}
        must(others == kept, "whoever passes takes it from nobody else", passed, others, kept)

    async def a_stale_offer_is_answered(self) -> str | None:
        scene = await self.now()
        open_now = {(each.id, each.contact_version) for each in scene.live if each.state == "offered"}
        gone = [offer for offer in self.stale if (offer[0], offer[2]) not in open_now]
        gone += [(id, worker, version - 1) for id, worker, version in self.stale]
        if not gone:
            return None
        (id, worker, version), house = self.chance.choice(gone), self.village.house
        answer = self.chance.choice([service.accept, service.decline])
        before = await self.village.store.read(everything)
        try:
            await self.village.store.write(lambda tx: answer(tx, house, id, worker, version))
        except Conflict as error:
            must(error.code == "offer_gone", "a stale answer is told so", error.code)
        else:
            must(False, "a stale answer is refused", id)
        must(before == await self.village.store.read(everything), "a stale answer changes nothing", id)
        return id[-3:]

    async def somebody_works(self) -> str | None:
        scene, house = await self.now(), self.village.house
        busy = [each for each in scene.live if each.state != "offered" or self.chance.random() < 0.1]
        if not busy:
            return None
        talking = [each for each in busy if each.state != "connecting"]
        each = self.chance.choice(talking or busy)
        contact, worker = each.contact_id, each.worker_id
        another = self.chance.choice([None, self.chance.choice(self.staff)])
        colleague = self.chance.choice(self.staff)
        language, wanted = self.chance.choice(CHOSEN), self.chance.choice([None, RELAYED, *SPOKEN])
        question = house.scripts[house.line(LINE).script].card.questions[0]
        content = {"contact_type": house.directory.taxonomy.contact_types[0].code}
        doings: dict[str, Callable[[Tx], object]] = {
            "ends": lambda tx: service.end_contact(tx, house, contact, worker),
            "hands over": lambda tx: service.hand_over(tx, house, contact, worker, another),
            "asks before handing over": lambda tx: service.hand_over(
                tx, house, contact, worker, colleague, ask_first=True
            ),
            "leaves to the colleague": lambda tx: bridging.leave_to_guest(tx, house, contact, worker),
            "asks a supervisor in": lambda tx: bridging.ask_supervisor_in(tx, house, contact, worker),
            "wants an interpreter": lambda tx: bridging.add_interpreter(tx, house, contact, worker, wanted),
            "wants none any more": lambda tx: bridging.stop_seeking(tx, house, contact, worker),
            "lets the interpreter go": lambda tx: bridging.let_interpreter_go(tx, house, contact, worker),
            "hears that the child knows": lambda tx: bridging.let_interpreter_go(
                tx, house, contact, worker, knows=True
            ),
            "leaves": lambda tx: bridging.leave(tx, house, contact, worker),
            "leaves and knows": lambda tx: bridging.leave(tx, house, contact, worker, knows=True),
            "asks": lambda tx: service.ask_question(tx, house, contact, worker, question),
            "asks again": lambda tx: service.ask_question(tx, house, contact, worker, question),
            "names": lambda tx: service.name_language(tx, house, contact, worker, language),
            "saves": lambda tx: service.save_record(tx, house, contact, worker, content, 0),
            "finishes": lambda tx: service.finish_record(tx, house, contact, worker),
        }
        theirs = set(DOINGS_OF[each.role]) & set(doings)
        name = self.chance.choice(sorted(theirs) if self.chance.random() < 0.8 else list(doings))
        return f"{worker[-3:]} {name} {contact[-3:]} {await self._tried(doings[name])}"

    async def a_supervisor_works(self) -> str | None:
        scene, house = await self.now(), self.village.house
        open_contacts = [contact.id for contact in scene.contacts.values() if contact.state != State.CLOSED]
        if not open_contacts:
            return None
        contact, worker, boss = self.chance.choice(open_contacts), self.chance.choice(self.staff), self.boss
        doings: dict[str, Callable[[Tx], object]] = {
            "stops": lambda tx: service.stop_contact(tx, house, contact, boss, "stuck"),
            "moves up": lambda tx: service.move_up(tx, house, contact, boss),
            "sets away": lambda tx: duty.set_away(tx, house, worker, boss),
        }
        name = self.chance.choice(list(doings))
        return f"{name} {contact[-3:]} {worker[-3:]} {await self._tried(doings[name])}"


def accepts(house: House, offer: Assignment, tx: Tx) -> None:
    service.accept(tx, house, offer.id, offer.worker_id, offer.contact_version)


async def live(seed: int, *, steps: int = STEPS, interrupted: float = 0.15) -> None:
    """One run. Raises `Broken` with its seed and the last things that happened.

    ``interrupted``: how often another process is quicker between a plan and its commit.
    """
    chance = random.Random(seed)
    hours = chance.choice(["always", EVERY_DAY])
    clock = HandClock(MONDAY_0800 + int(chance.choice([0, 0, -0.6, -0.6, 11.8]) * 3600 * SECOND))
    house = a_house(seed, hours=hours)
    village = await open_village(seed=seed, clock=clock, house=house)
    life = Life(village, chance, interrupted=interrupted, trouble=chance.choice([0, 0, 0.02, 0.1]))
    try:
        await life.run(steps)
    except (AssertionError, HelplineError) as error:
        story = "\n".join(life.told[-14:])
        raise Broken(f"seed {seed}, after {len(life.told)} doings: {error!r}\n{story}") from error
    finally:
        await village.store.close()


@pytest.mark.parametrize("run", range(RUNS))
async def test_the_rules_of_the_floor_hold_whatever_people_do(run: int, seed: int) -> None:
    await live(seed * 1000 + run)


# The rules bite: whoever breaks the house is found out.


async def is_found_out(interrupted: float = 0.6) -> str:
    """The first rule that is found broken. Always the same runs: how soon they notice is no matter of luck."""
    for run in range(60):
        try:
            await live(run, interrupted=interrupted)
        except Broken as error:
            return str(error)
    pytest.fail("nobody noticed")


async def test_a_claim_that_does_not_look_at_the_capacity_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming.Room, "take", lambda room, decision, contact: True)
    monkeypatch.setattr(workers, "take_capacity", workers.take_anyway)
    assert "never over capacity" in await is_found_out()


async def test_a_release_that_is_forgotten_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "give_capacity_back", lambda tx, worker_id, load_class: None)
    assert "the load is what is held" in await is_found_out()


async def test_a_contact_that_was_taken_off_and_not_put_back_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def commit_and_forget(self: Dispatcher, decisions: list[Decision]) -> int:
        return sum(refused is None for refused in await self._claim(decisions))

    monkeypatch.setattr(Dispatcher, "_commit", commit_and_forget)
    found = await is_found_out()
    assert "nobody waits whom a free worker could take" in found or "the plan is the plan" in found


async def test_a_stale_answer_that_counts_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def any_offer(tx: Tx, assignment_id: str, worker_id: str, contact_version: int) -> tuple[Assignment, Contact]:
        offer = assignments.get(tx, assignment_id)
        assert offer is not None
        return offer, contacts.get(tx, offer.contact_id)

    monkeypatch.setattr(service, "_open_offer", any_offer)
    assert "a stale answer" in await is_found_out()


@pytest.mark.parametrize("kind", ["offer", "connect", "wrap_up", "danger_waiting"])
async def test_a_timer_that_is_never_set_is_found_out(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = deadlines.add

    def add(tx: Tx, of: str, subject_id: str, due_at: int) -> None:
        if of != kind:
            real(tx, of, subject_id, due_at)

    monkeypatch.setattr(deadlines, "add", add)
    found = await is_found_out()
    assert ("danger is watched" if kind == "danger_waiting" else "each hold ends by its deadline") in found


async def test_a_timer_that_is_taken_and_not_done_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "run_one", lambda tx, house, deadline: deadlines.take(tx, deadline.id))
    assert "by its deadline" in await is_found_out()


async def test_a_claim_that_takes_only_one_of_a_pair_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = claiming.claim

    def one_of_them(tx: Tx, house: House, decisions: list[Decision]) -> list[Conflict | None]:
        return real(tx, house, [replace(decision, workers=decision.workers[:1]) for decision in decisions])

    monkeypatch.setattr(dispatch, "claim", one_of_them)
    found = await is_found_out()
    assert "the plan is the plan" in found or "a pair is all or nothing" in found


async def test_a_loss_of_one_that_lets_both_go_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_go(
        tx: Tx, house: House, contact: Contact, event: Event, why: str, actor: str, assignment_id: str
    ) -> Contact:
        return moves.back_to_waiting(tx, house, contact, event, why, actor)

    monkeypatch.setattr(moves, "lose", all_go)
    found = await is_found_out()
    assert "takes it from nobody else" in found or "a person due" in found or "no adult without a contact" in found


async def test_an_adults_leg_that_ends_the_room_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends_it(contact: Contact, leg: Leg, waiting: tuple[Say, ...], heard_by: str | None = None) -> Join:
        return replace(documents.join(contact, leg, waiting, heard_by), ends_room=leg.role in ("child", "interpreter"))

    monkeypatch.setattr(voice, "join", ends_it)
    assert "ends the room for nobody" in await is_found_out()


async def test_capacity_that_is_given_back_twice_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = workers.give_capacity_back

    def twice(tx: Tx, worker_id: str, load_class: str) -> None:
        real(tx, worker_id, load_class)
        real(tx, worker_id, load_class)

    monkeypatch.setattr(workers, "give_capacity_back", twice)
    found = await is_found_out()
    assert "the load is what is held" in found or "does not fit what is already stored" in found


async def test_a_seat_that_is_sought_after_the_end_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = moves.move

    def keeps_wanting(tx: Tx, contact: Contact, event: Event, actor: str, **values: Any) -> Contact:
        values.pop("wants", None)
        return real(tx, contact, event, actor, **values)

    monkeypatch.setattr(moves, "move", keeps_wanting)
    found = await is_found_out()
    assert "nobody is wanted" in found


async def test_a_lost_counsellor_whom_nobody_replaces_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "_seeks_another", lambda contact, lost, event, why, now: {})
    assert "there is a counsellor, or one is sought" in await is_found_out()


async def test_one_who_knows_the_child_and_is_asked_again_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = dispatch.as_waiting

    def forgets(contact: Contact, refusers: Iterable[tuple[str, int, str]], *more: Any) -> WaitingContact:
        return real(contact, [one for one in refusers if one[2] != "knows"], *more)

    monkeypatch.setattr(dispatch, "as_waiting", forgets)
    found = await is_found_out()
    assert "who knows the child" in found or "the plan is the plan" in found


async def test_an_interpreter_who_comes_and_is_never_counted_as_there_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(voice, "_met", lambda tx, contact, leg: contact)
    found = await is_found_out()
    assert "deadline" in found or "no adult without a contact" in found


async def test_an_interpreter_whose_going_takes_the_child_out_of_the_room_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rooms, "_someone_inside", lambda room, but=None: False)
    found = await is_found_out()
    assert "a child with a person is in the room" in found or "all are in one room" in found


async def test_one_who_may_have_two_seats_of_one_contact_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is there already is planned for again."""
    real = dispatch.as_waiting

    def forgets(contact: Contact, refusers: Iterable[tuple[str, int, str]], there: object = (), *more: Any) -> Any:
        return real(contact, refusers, (), *more)

    monkeypatch.setattr(dispatch, "as_waiting", forgets)
    found = await is_found_out(interrupted=0.1)  # what was planned is compared where nobody was quicker
    assert "nobody has two seats" in found or "the plan is the plan" in found
