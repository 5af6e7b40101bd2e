"""The house with one mistake in it: each is a bug that somebody could write, and that the simulation must find."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from helpline import deadlines as timers
from helpline.deadlines import Timers
from helpline.dispatch import Dispatcher
from helpline.house import House
from helpline.outbox import Outbox
from helpline.store import assignments, deadlines, workers
from helpline.store.assignments import Assignment
from helpline.store.db import Tx
from helpline.store.deadlines import Deadline
from helpline.voice import room
from helpline.voice.room import Happen, Return, Room

Plant = Callable[[pytest.MonkeyPatch], None]


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
        if assignment.load_class == "voice" and how == "expired":
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
