"""Children who call and write, phones that ring, and people at work. Chance decides what they do, and when.

In a world that comes to rest (`World.rests`) nobody begins or ends anything: whoever is offered a contact takes it.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from helpline.contacts import bridging, service
from helpline.errors import Conflict, Invalid, Refused, Unavailable
from helpline.staff import duty
from helpline.store import assignments, contacts, threads, workers
from helpline.store.assignments import Assignment
from helpline.store.db import Tx, Unit
from helpline.threads import rendering
from helpline.threads import service as texting
from tests.simulation.servers import NotThere, Server
from tests.simulation.writing import TO_BE_SAID
from tests.village import LINE, Call
from webhooks.events import CallState

if TYPE_CHECKING:
    from tests.simulation.world import World

SPOKEN = ("en", "fr", "so", "bem")
RELAYED = "ti"
"""Spoken by interpreters alone."""

CHOSEN = (*SPOKEN, RELAYED, RELAYED)
KEYS_OF_LANGUAGE = {"en": ["1"], "bem": ["2"], "fr": ["9", "1"], "so": ["9", "3"], RELAYED: ["9", "5"]}
WRITES = {
    "en": ("English", "hello", "1"),
    "fr": ("Bonjour, aidez-moi",),
    "so": ("Waxaan u baahanahay caawimaad",),
    "bem": ("2",),
    RELAYED: ("ቐልጢፍኩም",),
}
NUMBERS = (*(f"+26097000000{n}" for n in range(6)), None)
ADULTS = "+26095"

PEOPLE: tuple[dict[str, Any], ...] = (
    {"capacity_voice": 2},
    {"gender": "woman"},
    {},
    {"roles": "counsellor supervisor"},
    {"roles": "supervisor"},
    {"roles": "interpreter"},
    {"roles": "interpreter", "capacity_voice": 2},
    {"roles": "counsellor interpreter"},
)


# Children


async def a_child_calls(world: "World") -> None:
    chance = world.chance
    number = chance.choice(NUMBERS)
    call = await world.carrier.dial(number)
    keys = list(KEYS_OF_LANGUAGE[chance.choice(CHOSEN)]) if chance.random() < 0.8 else []
    if chance.random() < 0.15:
        keys.append("0")  # danger
    while call.up:
        await asyncio.sleep(chance.choice((1.0, 2.0, 4.0)))
        if not call.hears_keys or call.id in world.carrier.with_others or call.answer is None:
            if not world.rests and chance.random() < 0.02:
                world.hang_up(call, "child")
            continue
        if keys:
            world.carrier.asks(call, keys=keys.pop(0))
        elif world.rests:
            continue
        elif chance.random() < 0.02:
            world.hang_up(call, "child")
        elif chance.random() < 0.08:
            world.carrier.asks(call, keys=chance.choice("1290*#457"))


async def a_child_writes(world: "World") -> None:
    chance = world.chance
    number = f"+26096000000{chance.randrange(5)}"
    await world.carrier.write(number, chance.choice(WRITES[chance.choice(CHOSEN)]))
    for _ in range(chance.randint(0, 4)):
        await asyncio.sleep(chance.uniform(2, 30))
        if world.rests:
            return
        await world.carrier.write(number, chance.choice(("English", "ok", "#", "1", "2", "so", "I am afraid", "help")))


# Phones


async def a_phone(world: "World", call: Call) -> None:
    """One that we ring: of an adult, or of a child who asked to be called back."""
    chance = world.chance
    await asyncio.sleep(chance.uniform(0.5, 4))
    if call.state is not CallState.RINGING:
        return
    if not world.rests and chance.random() < 0.2:
        state = chance.choice([CallState.BUSY, CallState.NO_ANSWER, CallState.FAILED])
        world.tell("phone", f"{call.id[-3:]} {state.value}")
        world.carrier.end(call, state)
        return
    world.tell("phone", f"{call.id[-3:]} is picked up")
    world.carrier.pick_up(call)
    while call.up:
        await asyncio.sleep(chance.choice((0.7, 1.5, 4.0)))
        if call.hears_keys:
            world.carrier.asks(call, keys="1" if world.rests else chance.choice(["1", "1", "1", "1", "1", "2", "5"]))
        elif not world.rests and chance.random() < 0.02:
            world.hang_up(call, "phone")


# People at work


@dataclass(frozen=True, slots=True)
class Page:
    """What somebody sees on their page."""

    state: str
    live: list[Assignment]
    unrendered: dict[str, list[int]]
    waiting: list[str]


@dataclass(slots=True)
class Person:
    """One at work, who looks at the page every few seconds and does something, or not."""

    world: "World"
    id: str
    name: str
    by_phone: bool = False
    directs: bool = False

    async def works(self) -> None:
        world, chance = self.world, self.world.chance
        while True:
            await asyncio.sleep(chance.uniform(1, 3) if world.rests else chance.uniform(1, 7))
            try:
                page = await world.a_server().do(lambda server: server.store.read(self._look))
            except (NotThere, Unavailable):
                continue
            if world.rests:
                await self._does_what_is_due(page)
            else:
                await self._does_something(page)

    def _look(self, tx: Tx) -> Page:
        live = assignments.live_of_worker(tx, self.id)
        mine = [each.contact_id for each in live if each.role == "interpreter" and each.load_class == "text"]
        waiting = [one.id for one in contacts.waiting(tx)] if self.directs else []
        return Page(workers.get(tx, self.id).state, live, {id: threads.unrendered(tx, id) for id in mine}, waiting)

    async def _does_what_is_due(self, page: Page) -> None:
        """Takes what is offered, finishes what is over, and is there."""
        for each in page.live:
            if each.state == "offered":
                await self._answers(each, "accepts", service.accept)
            elif each.state == "wrap_up":
                await self._finishes(each.contact_id)
        if page.state != "available":
            await self._is_there(page.state)

    async def _does_something(self, page: Page) -> None:
        chance = self.world.chance
        offers = [each for each in page.live if each.state == "offered"]
        if offers and not self.by_phone:
            await self._answers_an_offer(chance.choice(offers))
        busy = [each for each in page.live if each.state != "offered"]
        if busy and chance.random() < 0.6:
            await self._does_work(chance.choice(busy), page)
        if page.waiting and chance.random() < 0.3:
            await self._directs(chance.choice(page.waiting))
        draw = chance.random()
        if page.state != "available" and draw < 0.4:
            await self._is_there(page.state)
        elif draw < 0.02:
            await self._tries("takes a break", lambda tx: duty.take_break(tx, self.world.house, self.id))
        elif draw < 0.035:
            await self._tries("goes off duty", lambda tx: duty.go_off_duty(tx, self.world.house, self.id))

    async def _is_there(self, state: str) -> None:
        house = self.world.house
        if self.by_phone:
            await self._tries("is on by phone", lambda tx: duty.be_on_by_phone(tx, house, self.id))
        elif state == "off":
            await self._tries("goes on duty", lambda tx: duty.go_on_duty(tx, house, self.id))
        else:
            await self._tries("comes back", lambda tx: duty.come_back(tx, house, self.id))

    async def looks_up(self) -> None:
        """A supervisor whose page is served just now, and who does something about somebody who waits."""
        await asyncio.sleep(self.world.chance.choice((0.05, 0.2)))
        there = [one for one in self.world.servers if one.is_reachable and not one.process.frozen]
        if not there or self.world.rests:
            return
        server = self.world.chance.choice(there)
        try:
            page = await server.do(lambda it: it.store.read(self._look))
        except (NotThere, Unavailable):
            return
        if page.waiting:
            await self._directs(self.world.chance.choice(page.waiting), server)

    async def _directs(self, contact: str, at: Server | None = None) -> None:
        """A supervisor decides about one who waits."""
        house, who = self.world.house, self.world.chance.choice(("woman", "man", None))
        if self.world.chance.random() < 0.3:
            await self._tries(f"moves up {contact}", lambda tx: service.move_up(tx, house, contact, self.id), at)
            return
        require = partial(service.require_gender, house=house, contact_id=contact, worker_id=self.id, gender=who)
        await self._tries(f"wants {who} for {contact}", require, at)

    async def _answers_an_offer(self, offer: Assignment) -> None:
        draw = self.world.chance.random()
        if draw < 0.75:
            await self._answers(offer, "accepts", service.accept)
        elif draw < 0.85:
            await self._answers(offer, "declines", service.decline)
        elif draw < 0.87:
            await self._answers(offer, "knows", lambda *given: service.decline(*given, knows=True))

    async def _answers(self, offer: Assignment, name: str, answer: Callable[..., None]) -> None:
        house = self.world.house
        await self._tries(
            f"{name} {offer.contact_id}", lambda tx: answer(tx, house, offer.id, self.id, offer.contact_version)
        )

    async def _finishes(self, contact: str) -> None:
        house = self.world.house
        content = {"contact_type": house.directory.taxonomy.contact_types[0].code}

        def unit(tx: Tx) -> None:
            service.save_record(tx, house, contact, self.id, content, 0)
            service.finish_record(tx, house, contact, self.id)

        await self._tries(f"finishes {contact}", unit)

    async def _does_work(self, each: Assignment, page: Page) -> None:
        if each.state == "wrap_up":
            await self._finishes(each.contact_id)
            return
        doings = self._doings(each, page.unrendered.get(each.contact_id, []))
        name = "ends" if self.world.chance.random() < 0.2 else self.world.chance.choice(sorted(doings))
        await self._tries(f"{name} {each.contact_id}", doings[name])

    def _doings(self, each: Assignment, unrendered: Iterable[int]) -> dict[str, Unit[Any]]:
        """What one may try in a conversation; much of it is refused where it does not fit."""
        world, chance, contact, me = self.world, self.world.chance, each.contact_id, self.id
        house = world.house
        colleague = chance.choice(world.people).id
        to = chance.choice((None, colleague))
        wanted = chance.choice((None, RELAYED, *SPOKEN))
        language = chance.choice(CHOSEN)
        question = house.scripts[house.line(LINE).script].card.questions[0]
        if each.load_class == "text":
            doings: dict[str, Unit[Any]] = {
                "writes to": lambda tx: texting.say(tx, house, contact, me, "I am here."),
                "writes for the child of": lambda tx: rendering.write_for_child(tx, house, contact, me, TO_BE_SAID),
            }
            for seq in unrendered:
                doings["renders in"] = lambda tx, seq=seq: rendering.render(tx, house, contact, me, seq, "rendered")  # type: ignore[misc]
        else:
            doings = {"asks": lambda tx: service.ask_question(tx, house, contact, me, question)}
        usual: dict[str, Unit[Any]] = {
            "ends": lambda tx: service.end_contact(tx, house, contact, me),
            "wants an interpreter in": lambda tx: bridging.add_interpreter(tx, house, contact, me, wanted),
            "leaves": lambda tx: bridging.leave(tx, house, contact, me),
            "asks a supervisor into": lambda tx: bridging.ask_supervisor_in(tx, house, contact, me),
            "asks a colleague into": lambda tx: service.hand_over(tx, house, contact, me, colleague, ask_first=True),
        }
        rare: dict[str, Unit[Any]] = {
            "hands over": lambda tx: service.hand_over(tx, house, contact, me, to),
            "leaves to the colleague": lambda tx: bridging.leave_to_guest(tx, house, contact, me),
            "wants none any more in": lambda tx: bridging.stop_seeking(tx, house, contact, me),
            "lets the interpreter go of": lambda tx: bridging.let_interpreter_go(tx, house, contact, me),
            "hears that the child knows in": lambda tx: bridging.let_interpreter_go(tx, house, contact, me, knows=True),
            "names the language of": lambda tx: service.name_language(tx, house, contact, me, language),
            "stops": lambda tx: service.stop_contact(tx, house, contact, world.boss.id, "stuck"),
            "sets a colleague away in": lambda tx: duty.set_away(tx, house, colleague, world.boss.id),
        }
        return doings | usual | (rare if chance.random() < 0.4 else {})

    async def _tries(self, what: str, unit: Unit[object], at: Server | None = None) -> None:
        """Something that may be refused; without an answer nobody knows whether it was done."""
        try:
            await asyncio.wait_for((at or self.world.a_server()).do(lambda server: server.store.write(unit)), 10)
        except (Conflict, Invalid, Refused) as error:
            self.world.tell(self.name, f"{what}: {error.code}")
        except (NotThere, Unavailable, TimeoutError):
            self.world.tell(self.name, f"{what}: no answer")
        else:
            self.world.tell(self.name, what)
