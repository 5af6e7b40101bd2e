"""What holds on the floor at every moment, whatever happened: the rules that `test_floor_machine` checks.

Each rule reads the database (and, where it is about people in rooms, the carrier) and raises `Broken`.
"""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.contacts.callback import is_safe
from helpline.dispatch import as_waiting, as_worker_state
from helpline.house import House
from helpline.store import assignments, contacts, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.legs import Leg
from helpline.store.tables import alarms as alarms_table
from helpline.store.tables import contacts as contacts_table
from helpline.store.tables import deadlines as deadlines_table
from helpline.store.tables import effects as effects_table
from helpline.store.tables import legs as legs_table
from helpline.store.tables import metadata
from helpline.store.workers import Worker
from routing.model import WaitingContact, WorkerState
from routing.planner import Policies, barred_worker, plan_reference
from tests.village import Call, PaperCarrier

STATE_OF_ASSIGNMENT = {state: state for state in ("offered", "connecting", "connected", "wrap_up")}
KIND_OF_DEADLINE = {"offered": "offer", "connecting": "connect", "wrap_up": "wrap_up"}


class Broken(AssertionError):
    """A rule of the floor does not hold."""


def must(held: object, rule: str, *about: object) -> None:
    if not held:
        raise Broken(f"{rule}: {about}")


@dataclass(frozen=True)
class Scene:
    """The database at one moment."""

    now: int
    contacts: dict[str, Contact]
    live: list[Assignment]
    workers: dict[str, Worker]
    languages: dict[str, dict[str, str]]
    deadlines: list[tuple[str, str, int]]
    legs: list[Leg]
    pending: list[tuple[str, str, str]]  # (kind, contact, subject)
    given_up: set[str]  # contacts for which the carrier did not do something
    refusers: dict[str, list[tuple[str, int, str]]]
    alarms: set[tuple[str, str]]

    def of(self, contact_id: str) -> list[Assignment]:
        return [each for each in self.live if each.contact_id == contact_id]

    def legs_of(self, contact_id: str) -> list[Leg]:
        return [leg for leg in self.legs if leg.contact_id == contact_id]

    def child_leg(self, contact_id: str) -> Leg | None:
        return next((leg for leg in reversed(self.legs_of(contact_id)) if leg.role == "child"), None)


def look(tx: Tx) -> Scene:
    ids = [id for (id,) in tx.execute(sa.select(contacts_table.c.id)).all()]
    worker_ids = [id for (id,) in tx.execute(sa.select(metadata.tables["duty"].c.worker_id)).all()]
    live = [each for id in worker_ids for each in assignments.live_of_worker(tx, id)]
    timers = sa.select(deadlines_table.c.kind, deadlines_table.c.subject_id, deadlines_table.c.due_at)
    undone = sa.select(effects_table.c.kind, effects_table.c.contact_id, effects_table.c.subject_id).where(
        effects_table.c.state.in_(("due", "claimed"))
    )
    failed = sa.select(effects_table.c.contact_id).where(
        effects_table.c.state == "failed", effects_table.c.error != "call_gone"
    )
    return Scene(
        tx.now,
        {id: contacts.get(tx, id) for id in ids},
        live,
        {worker.id: worker for worker in workers.some(tx, worker_ids)},
        workers.languages(tx),
        [(kind, subject, due) for kind, subject, due in tx.execute(timers)],
        [
            Leg(*row)
            for row in tx.execute(
                sa.select(*(legs_table.c[f] for f in Leg.__dataclass_fields__)).order_by(legs_table.c.id)
            )
        ],
        [(kind, contact, subject) for kind, contact, subject in tx.execute(undone)],
        {id for (id,) in tx.execute(failed)},
        assignments.refusers(tx, ids),
        {(kind, contact) for kind, contact in tx.execute(sa.select(alarms_table.c.kind, alarms_table.c.contact_id))},
    )


def everything(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        name: sorted((tuple(row) for row in tx.execute(sa.select(table))), key=repr)
        for name, table in metadata.tables.items()
    }


# At every moment


def check_moment(scene: Scene) -> None:
    for contact in scene.contacts.values():
        _one_state(scene, contact)
        _nobody_joined_alone(scene, contact)
    _loads(scene)
    _languages(scene)
    _timers(scene)


def _one_state(scene: Scene, contact: Contact) -> None:
    live = scene.of(contact.id)
    must(len({each.role for each in live}) == len(live), "one live assignment a contact and role", contact, live)
    expected = STATE_OF_ASSIGNMENT.get(contact.state)
    states = [each.state for each in live]
    must(states == ([expected] if expected else []), "state and assignments agree", contact.state, states, contact.id)


def _loads(scene: Scene) -> None:
    held = Counter((each.worker_id, each.load_class) for each in scene.live)
    for worker in scene.workers.values():
        loads = (("voice", worker.load_voice, worker.capacity_voice), ("text", worker.load_text, worker.capacity_text))
        for load_class, load, capacity in loads:
            must(load == held[worker.id, load_class], "the load is what is held", worker, held)
            must(load <= capacity, "never over capacity", worker)


def _languages(scene: Scene) -> None:
    for each in scene.live:
        reasons, spoken = json.loads(each.reasons_json), scene.languages.get(each.worker_id, {})
        wanted = reasons["language"]
        if wanted is None:
            must(each.stage in ("unknown_language", "supervisors", "named", "same_person"), "the stage", each)
        else:
            must(wanted in spoken and reasons["level"] == spoken[wanted], "the language at offer", each, spoken)
        if each.stage == "fluent":
            must(reasons["level"] == "fluent", "a fluent stage is for the fluent", each)
        if each.stage == "basic":
            must(reasons["level"] == "basic", "a basic stage is for basic speakers", each)
        contact = scene.contacts[each.contact_id]
        if each.state in ("offered", "connecting") and contact.language is not None:
            must(contact.language in spoken, "who is on the way speaks the language", contact.language, spoken)


def _timers(scene: Scene) -> None:
    for each in scene.live:
        found = [(kind, due) for kind, subject, due in scene.deadlines if subject == each.id]
        kind = KIND_OF_DEADLINE.get(each.state)
        must(found == ([(kind, each.until)] if kind else []), "each hold ends by its deadline", each, found)
    live = {each.id for each in scene.live}
    for kind, subject, _ in scene.deadlines:
        known = subject in live or subject in scene.contacts or subject in scene.workers
        must(known, "no timer outlives what it is about", kind, subject)
    for contact in scene.contacts.values():
        if contact.danger and contact.state in ("waiting", "offered", "connecting"):
            timed = any(kind == "danger_waiting" and subject == contact.id for kind, subject, _ in scene.deadlines)
            must(timed or ("danger_waiting", contact.id) in scene.alarms, "danger is watched", contact)
        if contact.danger and contact.outcome == "abandoned":
            must(("danger_lost", contact.id) in scene.alarms, "danger that left is an alarm", contact)
        if contact.kind == "callback" and contact.state == "waiting" and (contact.not_before or 0) > scene.now:
            timed = any(kind == "callback_due" and subject == contact.id for kind, subject, _ in scene.deadlines)
            must(timed, "a call-back is timed", contact)


def _nobody_joined_alone(scene: Scene, contact: Contact) -> None:
    child = scene.child_leg(contact.id)
    if child is None or child.state not in ("joining", "joined"):
        return
    undone = [kind for kind, of, subject in scene.pending if of == contact.id and subject == child.id]
    if contact.state in ("wrap_up", "closed"):
        must("hang_up" in undone or contact.id in scene.given_up, "whoever is done is let go", contact, child)
        return
    must(contact.state in ("connecting", "connected"), "nobody is in a room without a person due", contact, child)
    wanted = {each.id for each in scene.of(contact.id)}
    there = [leg for leg in scene.legs_of(contact.id) if leg.assignment_id in wanted and leg.state == "joined"]
    must(there, "nobody is alone in a room", contact, child)


# After everything that was due has been done


def check_quiet(scene: Scene, carrier: PaperCarrier, house: House) -> None:
    """No hint, no callback, no effect is open any more."""
    waiting, staff = floor_of(scene, house)
    missed = plan_reference(staff, waiting, Policies(house.policies), scene.now)
    must(not missed, "nobody waits whom a free worker could take", missed)
    for each in scene.live:
        if each.state in KIND_OF_DEADLINE:
            must(each.until > scene.now, "each hold has ended by its deadline", each)
    calls = {call.leg_id: call for call in carrier.calls.values()}
    for contact in scene.contacts.values():
        if contact.id not in scene.given_up:
            _people_are_where_they_should(scene, contact, calls)


def _people_are_where_they_should(scene: Scene, contact: Contact, calls: dict[str | None, Call]) -> None:
    for leg in scene.legs_of(contact.id):
        call = calls.get(leg.id)
        must(leg.living == (call is not None and not call.over), "legs live as long as calls", contact, leg, call)
    child_leg = scene.child_leg(contact.id)
    child = calls.get(child_leg.id) if child_leg is not None and child_leg.living else None
    adults = [calls[leg.id] for leg in scene.legs_of(contact.id) if leg.role != "child" and leg.living]
    if contact.state in ("wrap_up", "closed"):
        must(child is None and not adults, "everyone was released", contact, child, adults)
    elif contact.state in ("arriving", "waiting", "offered"):
        must(not adults, "no adult without a contact", contact, adults)
        must(child is None or child.room is None, "alone means in the loop", contact, child)
    elif contact.state == "connected":
        must(child is not None and len(adults) == 1, "connected is two people", contact, child, adults)
        assert child is not None
        if contact.asking is None:
            must(child.room is not None and child.room == adults[0].room, "both are in one room", child, adults)
        else:
            must(child.room is None and adults[0].room is not None, "asked where keys are heard", child, adults)
    if contact.kind == "call" and contact.state in ("arriving", "waiting", "offered", "connecting", "connected"):
        must(child is not None, "a contact whose child has gone is over", contact)


# Whose turn it is


def floor_of(scene: Scene, house: House) -> tuple[list[WaitingContact], list[WorkerState]]:
    """Who waits and who is on duty, as the planner takes them, from the rows."""
    waiting = [
        as_waiting(contact, scene.refusers.get(contact.id, ()))
        for contact in scene.contacts.values()
        if contact.state == "waiting" and _callable_now(scene, house, contact)
    ]
    staff = [
        as_worker_state(worker, scene.languages.get(worker.id, {}))
        for worker in scene.workers.values()
        if worker.state != "off"
    ]
    return waiting, staff


def _callable_now(scene: Scene, house: House, contact: Contact) -> bool:
    if contact.not_before is None or contact.connected_at is not None:
        return True
    return contact.not_before <= scene.now and is_safe(house.line(contact.line), contact.safe_when, scene.now)


def check_dispatched(before: Scene, after: Scene, house: House, *, alone: bool) -> None:
    """What one step of the dispatcher gave to whom. ``alone``: nothing else happened meanwhile."""
    known = {each.id for each in before.live}
    given = [each for each in after.live if each.id not in known]
    if alone:
        waiting, staff = floor_of(before, house)
        plan = plan_reference(staff, waiting, Policies(house.policies), before.now)
        expected = sorted((decision.contact_id, decision.workers[0][1]) for decision in plan)
        must(
            sorted((each.contact_id, each.worker_id) for each in given) == expected, "the plan is the plan", given, plan
        )
    left, _ = floor_of(after, house)
    for each in given:
        first = as_waiting(before.contacts.get(each.contact_id) or after.contacts[each.contact_id], ())
        for other in left:
            if alone:
                must(not _passed(house, first, other, each, after), "nobody is passed", first, other, each)


def _passed(house: House, served: WaitingContact, other: WaitingContact, given: Assignment, scene: Scene) -> bool:
    """Whether ``other`` should have had the worker: said without the planner, for the plainest cases."""
    spoken = scene.languages.get(given.worker_id, {})
    if other.language is None or spoken.get(other.language) != "fluent":
        return False
    if other.only_worker or other.gender_wish or barred_worker(other, house.policies[other.line], scene.now):
        return False
    if given.stage in ("named", "same_person") and not other.danger:
        return False
    if served.danger != other.danger:
        return other.danger
    if (served.resumed or served.moved_up) != (other.resumed or other.moved_up):
        return not served.danger and (other.resumed or other.moved_up)
    return served.language == other.language and other.first_arrival < served.first_arrival
