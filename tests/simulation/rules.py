"""The rules of a simulated world: those of the floor after every commit, and what only a whole world can show."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpline.store import deliveries, legs
from helpline.store.db import Tx
from routing.planner import Policies, plan_reference
from tests.property.floor_rules import Broken, Scene, check_moment, check_quiet, floor_of, must
from tests.simulation import fitting, writing
from tests.simulation.looking import Looking
from tests.village import Call

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOKS_EVERY_S = 1.0
PASSED_OVER_S = 3.0
"""In calm weather nobody waits for so long whom a free worker could take."""

PASSED_OVER_IN_STORMS_S = 40.0
ALONE_S = 8.0
"""In calm weather a child in a room is alone for no longer: then there is a voice again, or a person."""

ALONE_IN_STORMS_S = 210.0
"""A hang-up of which nobody told us is found after two minutes."""

UNANSWERED_S = 40.0
"""A call that asks is answered, or connected to somebody else, within the carrier's two tries."""


class Rules:
    """Watches one world. What does not hold raises `Broken`."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._looking = Looking(world.disk)
        self._states: dict[str, str] = {}
        self._seats: dict[str, str] = {}
        self._passed: dict[tuple[str, tuple[str, ...]], float] = {}
        self._alone: dict[str, float] = {}
        self._asking: dict[str, float] = {}
        self._stood_still_at = 0.0
        self._scene: Scene | None = None

    # After every commit

    def committed(self, by: str, tables: frozenset[str]) -> None:
        scene = self._looking.after(tables)
        if scene is None:
            return
        before, self._scene = self._scene or scene, scene
        self._tell(by, scene)
        check_moment(scene)
        fitting.check_offers(before, scene, self._world.house)
        if not tables.isdisjoint(writing.TABLES):
            self._world.disk.look_now(lambda tx: writing.check_threads(tx, scene))

    def _tell(self, by: str, scene: Scene) -> None:
        """What has changed, in the transcript."""
        trace = self._world.trace
        states: dict[str, Any] = {}
        seats: dict[str, Any] = {}
        for contact in scene.contacts.values():
            if contact.id not in self._states:
                trace.name(contact.id, f"contact{len(self._states) + len(states) + 1}")
            states[contact.id] = f"{contact.state}{f', wants {contact.wants}' if contact.wants else ''}"
            if self._states.get(contact.id) != states[contact.id]:
                trace.tell(by, f"{contact.id} {self._states.get(contact.id, 'new')} -> {states[contact.id]}")
        for each in scene.live:
            seats[each.id] = f"{each.worker_id} {each.role} of {each.contact_id}: {each.state}"
        for id in sorted({*seats, *self._seats}):
            if seats.get(id) != self._seats.get(id):
                trace.tell(by, seats.get(id) or f"{self._seats[id].split(':')[0]}: over")
        self._states, self._seats = {**self._states, **states}, seats

    def must_be_committed(self, order: str, about: str | None, kinds: tuple[str, ...]) -> None:
        """An effect goes out after the commit that caused it, and after the one that took it."""
        if kinds:
            known = any((kind, about) in self._looking.claimed for kind in kinds)
            must(known, "an effect is done after its commit", order, about)

    def must_be_stored(self, key: str) -> None:
        """Whoever is answered, has been heard: what came is stored before the answer leaves."""
        must(key in self._looking.stored, "an answer leaves after its commit", key)

    @property
    def legs(self) -> frozenset[str]:
        """The legs that are stored."""
        return frozenset(leg.id for leg in self._scene.legs) if self._scene is not None else frozenset()

    # Every second

    async def watch(self) -> None:
        world, last = self._world, self._world.loop.time()
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            now = world.loop.time()
            if now - last > 2 * LOOKS_EVERY_S:
                self._stood_still_at = now
            last = now
            self._nobody_is_alone(now)
            self._everybody_is_answered(now)
            if self._scene is not None:  # nothing of it has changed since the last commit that told anybody
                self._nobody_is_passed_over(now, replace(self._scene, now=world.wall()))

    def _nobody_is_alone(self, now: float) -> None:
        """A child in a room in which nobody else is."""
        calls = list(self._world.carrier.calls.values())
        alone = [call for call in calls if _is_child(call) and call.room is not None and not _company(call, calls)]
        self._alone = {call.id: self._alone.get(call.id, now) for call in alone}
        most = ALONE_S if self._world.weather.is_calm and not self._world.rests else ALONE_IN_STORMS_S
        for id, since in self._alone.items():
            must(now - max(since, self._stood_still_at) < most, "a child has a person or a voice", id, since)

    def _everybody_is_answered(self, now: float) -> None:
        asking = [call for call in self._world.carrier.calls.values() if call.up and call.asking]
        self._asking = {call.id: self._asking.get(call.id, now) for call in asking}
        for id, since in self._asking.items():
            late = now - max(since, self._stood_still_at)
            must(late < UNANSWERED_S, "a call that asks is answered", id, since)

    def _nobody_is_passed_over(self, now: float, scene: Scene) -> None:
        world = self._world
        waiting, staff = floor_of(scene, world.house)
        plan = plan_reference(staff, waiting, Policies(world.house.policies), scene.now)
        missed = {(one.contact_id, tuple(sorted(id for _, id in one.workers))) for one in plan}
        self._passed = {one: self._passed.get(one, now) for one in missed}
        most = PASSED_OVER_S if world.weather.is_calm and not world.rests else PASSED_OVER_IN_STORMS_S
        for one, since in self._passed.items():
            late = now - max(since, self._stood_still_at)
            must(late < most, "nobody waits whom a free worker could take", one, since)

    # At the end

    async def becomes_quiet(self, tries: int) -> None:
        """The world has come to rest: what holds then must hold soon, and once is enough."""
        for turn in range(tries):
            await asyncio.sleep(0.5)
            if self._world.disk.in_transaction:
                continue
            try:
                self._quiet()
                break
            except Broken:
                if turn == tries - 1:
                    raise
        self._world.disk.look_now(self._nothing_is_lost)
        self._world.disk.look_now(lambda tx: writing.check_texts(tx, self._world.carrier.inbound_texts))
        self._world.tell("world", "is quiet")

    def _quiet(self) -> None:
        world = self._world
        assert self._scene is not None
        scene = replace(self._scene, now=world.wall())
        with_others = {leg.contact_id for leg in scene.legs if leg.provider_id in world.carrier.with_others}
        check_quiet(replace(scene, given_up=scene.given_up | with_others), world.carrier, world.house)
        writing.check_quiet(scene)
        undone = [one for one in scene.pending if not one[0].startswith(("delete_", "fetch_"))]
        must(not undone, "what is due is done", undone)

    def _nothing_is_lost(self, tx: Tx) -> None:
        """Whatever was acknowledged is there, and whatever came is in a contact."""
        carrier = self._world.carrier
        for what, id in carrier.acknowledged.items():
            there = deliveries.find(tx, f"text:{id}") if what.startswith("text") else legs.by_call(tx, id)
            must(there is not None, "what was acknowledged is there", what)
        for _, text in carrier.inbound_texts:
            must(deliveries.find(tx, f"text:{text.message_id}") is not None, "a text is swept in", text.message_id)
        for call in carrier.calls.values():
            if not call.placed:
                must(legs.by_call(tx, call.id) is not None, "a call is swept in", call.id)


def _is_child(call: Call) -> bool:
    return call.up and not call.number.startswith("+26095")


def _company(call: Call, calls: list[Call]) -> bool:
    return any(other is not call and other.room == call.room for other in calls)
