"""The house with one mistake in it: each is a bug that somebody could write, and that the simulation must find.

Where a bug is a line less or a word other, it is planted in the real function's source: what is tested is the house as
it is, but for that.
"""

import asyncio
import inspect
import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import pytest

from helpline import claiming, intake
from helpline import deadlines as timers
from helpline.deadlines import Timers
from helpline.dispatch import Dispatcher
from helpline.house import House
from helpline.intake import Intake
from helpline.outbox import Outbox
from helpline.store import assignments, deadlines, workers
from helpline.store.assignments import Assignment
from helpline.store.db import Store, Tx, Unit
from helpline.store.deadlines import Deadline
from helpline.voice import room
from helpline.voice.parties import Room
from helpline.voice.room import Happen, Return
from webhooks.events import LegStep

T = TypeVar("T")

Plant = Callable[[pytest.MonkeyPatch], None]


def edited(patch: pytest.MonkeyPatch, owner: Any, name: str, was: str, becomes: str) -> None:
    """The function as it is, with one piece of its source, which must be there once, replaced."""
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(was) == 1, f"{name} is not what it was: plant this bug anew"
    planted: dict[str, Any] = {}
    exec(source.replace(was, becomes), function.__globals__, planted)
    patch.setattr(owner, name, planted[name])


def a_claim_that_does_not_check_the_version(patch: pytest.MonkeyPatch) -> None:
    """Whoever waits still is given away, though it is not what was planned for any more."""
    edited(patch, claiming, "_still_fits", "contact.version == decision.contact_version and ", "")


def _answer(known: asyncio.Future[T], answer: T) -> None:
    if not known.done():
        known.set_result(answer)


def an_answer_before_its_commit(patch: pytest.MonkeyPatch) -> None:
    """The carrier is answered as soon as the answer is known."""

    async def at_once(store: Store, unit: Unit[T]) -> T:
        known: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def told(tx: Tx) -> T:
            answer = unit(tx)
            known.get_loop().call_soon(_answer, known, answer)
            return answer

        writing = asyncio.create_task(store.write(told))
        await asyncio.wait((writing, known), return_when=asyncio.FIRST_COMPLETED)
        return known.result() if known.done() else await writing

    async def leg_step(self: Intake, event: LegStep) -> str:
        return await at_once(self.store, lambda tx: intake.leg_step(tx, self.house, event))

    patch.setattr(Intake, "leg_step", leg_step)


def a_timer_that_is_in_memory_only(patch: pytest.MonkeyPatch) -> None:
    """The process that set it knows of it, and its successor does not."""
    real = deadlines.add

    def add(tx: Tx, kind: str, subject_id: str, due_at: int) -> None:
        if kind != "connect":
            real(tx, kind, subject_id, due_at)

    patch.setattr(deadlines, "add", add)


def a_timer_that_is_taken_before_it_is_done(patch: pytest.MonkeyPatch) -> None:
    """Two transactions: whoever dies between them takes the timer along."""

    async def step(self: Timers) -> int:
        due, self._next = await self._store.read(lambda tx: (deadlines.due(tx, 50), deadlines.next_due(tx)))
        for one in due:
            if await self._store.write(partial(_take, one=one)):
                await self._store.write(partial(_handle, house=self._house, one=one))
        return len(due)

    patch.setattr(Timers, "step", step)


def _take(tx: Tx, one: Deadline) -> bool:
    return deadlines.take(tx, one.id)


def _handle(tx: Tx, house: House, one: Deadline) -> None:
    timers.HANDLERS[one.kind](tx, house, one.subject_id)


def an_effect_that_is_done_before_its_commit(patch: pytest.MonkeyPatch) -> None:
    """The outbox begins in the transaction in which it takes an effect, and the commit may fail."""

    async def step(self: Outbox) -> float:
        from helpline.store import effects

        def unit(tx: Tx) -> list[asyncio.Task[None]]:
            taken = effects.claim(tx, self._who, 45_000_000, 10)
            return [asyncio.get_running_loop().create_task(self._do(effect)) for effect in taken]

        self._under_way |= set(await self._store.write(unit))
        return 0.2

    patch.setattr(Outbox, "step", step)


def capacity_that_is_given_back_twice(patch: pytest.MonkeyPatch) -> None:
    """An assignment that has ended already is ended once more."""
    real = assignments.end

    def end(tx: Tx, assignment: Assignment, how: str) -> bool:
        real(tx, assignment, how)
        if how == "expired":
            workers.give_capacity_back(tx, assignment.worker_id, assignment.load_class)
        return True

    patch.setattr(assignments, "end", end)


def a_floor_that_is_not_rebuilt(patch: pytest.MonkeyPatch) -> None:
    """A process that starts, or takes over, plans with what it happens to hear."""

    async def rebuild(self: Dispatcher) -> None:
        await self._refresh()

    patch.setattr(Dispatcher, "_rebuild", rebuild)


def a_bridge_that_is_half_lost_and_releases_the_child(patch: pytest.MonkeyPatch) -> None:
    """One of two adults is lost, and the child leaves the room although the other is in it."""
    real = room._without

    def without(seen: Room, assignment_id: str, event: Any, why: str) -> tuple[room.Effect, ...]:
        effects = real(seen, assignment_id, event, why)
        inside = seen.child is not None and seen.child.inside
        if inside and any(isinstance(one, Happen) for one in effects):
            return (*(one for one in effects if isinstance(one, Happen)), Return("lost"))
        return effects

    patch.setattr(room, "_without", without)


MUTANTS: dict[str, tuple[Plant, tuple[str, ...]]] = {
    plant.__name__: (plant, rules)
    for plant, rules in (
        (
            a_claim_that_does_not_check_the_version,
            (
                "an offer is in the language that is wanted", "an offer comes by the turn that it says",
                "nobody is asked again unawares", "an offer is to somebody who may have it",
            ),
        ),
        (an_answer_before_its_commit, ("an answer leaves after its commit",)),
        (a_timer_that_is_in_memory_only, ("each hold ends by its deadline",)),
        (a_timer_that_is_taken_before_it_is_done, ("each hold ends by its deadline",)),
        (an_effect_that_is_done_before_its_commit, ("an effect is done after its commit",)),
        (capacity_that_is_given_back_twice, ("the load is what is held", "what is already stored")),
        (a_floor_that_is_not_rebuilt, ("nobody waits whom a free worker could take",)),
        (
            a_bridge_that_is_half_lost_and_releases_the_child,
            (
                "a child with a person is in the room", "all are in one room", "connected is two people",
                "a child has a person or a voice",
            ),
        ),
    )
}  # fmt: skip
"""Each planted bug, and the rules that may find it."""

OF_TWO = frozenset({a_claim_that_does_not_check_the_version.__name__})
"""Bugs that one process alone hardly shows: the seeds with several come first."""
