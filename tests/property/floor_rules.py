"""What holds on the floor at every moment, whatever happened: the rules that `test_floor_machine` checks.

Each rule reads the database (and, where it is about people in rooms, the carrier) and raises `Broken`.
"""

import json
from collections import Counter
from collections.abc import Callable
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
from helpline.store.tables import assignments as assignments_table
from helpline.store.tables import contacts as contacts_table
from helpline.store.tables import deadlines as deadlines_table
from helpline.store.tables import effects as effects_table
from helpline.store.tables import legs as legs_table
from helpline.store.tables import metadata
from helpline.store.workers import Worker
from routing.model import Seeking, WaitingContact, WorkerState
from routing.planner import Policies, barred_worker, plan_reference
from tests.village import Call, PaperCarrier

GOES_ON = ("connected", "connecting", "offered")
FURTHEST = ("wrap_up", *GOES_ON)
OF_THE_FLOOR = ("offer", "connect", "wrap_up", "danger_waiting", "callback_due")
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


_IDS = sa.select(contacts_table.c.id)
_ALL_CONTACTS = sa.select(*contacts.COLUMNS).order_by(contacts_table.c.id)
_ALL_LIVE = (
    sa.select(*(assignments_table.c[name] for name in Assignment.__dataclass_fields__))
    .where(assignments_table.c.ended_at.is_(None))
    .order_by(assignments_table.c.id)
)
_ON_THE_ROSTER = sa.select(metadata.tables["duty"].c.worker_id)
_TIMERS = sa.select(deadlines_table.c.kind, deadlines_table.c.subject_id, deadlines_table.c.due_at)
_UNDONE = sa.select(effects_table.c.kind, effects_table.c.contact_id, effects_table.c.subject_id).where(
    effects_table.c.state.in_(("due", "claimed"))
)
_FAILED = sa.select(effects_table.c.contact_id).where(
    effects_table.c.state == "failed", effects_table.c.error != "call_gone"
)
_ALL_LEGS = sa.select(*(legs_table.c[name] for name in Leg.__dataclass_fields__)).order_by(legs_table.c.id)
_ALARMS = sa.select(alarms_table.c.kind, alarms_table.c.contact_id)

Piece = tuple[str, Callable[[Tx], Any], tuple[str, ...]]

PIECES: tuple[Piece, ...] = (
    ("contacts", lambda tx: {row[0]: Contact(*row) for row in tx.rows(_ALL_CONTACTS, {})}, ("contacts",)),
    ("live", lambda tx: [Assignment(*row) for row in tx.rows(_ALL_LIVE, {})], ("assignments",)),
    ("workers", lambda tx: _staff(tx), ("duty", "workers")),
    ("languages", workers.languages, ("worker_languages",)),
    ("deadlines", lambda tx: tx.rows(_TIMERS, {}), ("deadlines",)),
    ("legs", lambda tx: [Leg(*row) for row in tx.rows(_ALL_LEGS, {})], ("legs",)),
    ("pending", lambda tx: tx.rows(_UNDONE, {}), ("effects",)),
    ("given_up", lambda tx: {id for (id,) in tx.rows(_FAILED, {})}, ("effects",)),
    ("refusers", lambda tx: assignments.refusers(tx, [id for (id,) in tx.rows(_IDS, {})]), ("refusals", "contacts")),
    ("alarms", lambda tx: set(tx.rows(_ALARMS, {})), ("alarms",)),
)
"""Of each part of a scene: how it is read, and the tables in which it stands."""


def look(tx: Tx) -> Scene:
    return Scene(tx.now, **{name: read(tx) for name, read, _ in PIECES})


def _staff(tx: Tx) -> dict[str, Worker]:
    return {worker.id: worker for worker in workers.some(tx, [id for (id,) in tx.rows(_ON_THE_ROSTER, {})])}


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
    must(len({each.worker_id for each in live}) == len(live), "nobody has two seats of one contact", contact, live)
    must({each.role for each in live} <= {"counsellor", "interpreter", "guest"}, "the seats", contact, live)
    states = {each.state for each in live if each.role != "guest" or each.state == "connected"}
    furthest = next((state for state in FURTHEST if state in states), None)
    expected = contact.state if contact.state in FURTHEST else None
    must(furthest == expected, "state and assignments agree", contact.state, live)
    if contact.state == "wrap_up":
        must([each.role for each in live] == ["counsellor"], "the counsellor alone writes the record", contact, live)
    if any(each.role == "guest" for each in live):
        must(contact.state == "connected", "a guest is asked into what goes on", contact, live)
    _wants(contact, {each.role for each in live})
    knows = {worker for worker, _, how in scene.refusers.get(contact.id, ()) if how == "knows"}
    must(not knows & {each.worker_id for each in live}, "who knows the child never gets it again", contact, live)


def _wants(contact: Contact, seats: set[str]) -> None:
    if contact.wants is not None:
        must(contact.state in GOES_ON, "nobody is wanted in what has ended or waits", contact)
        must(contact.wants not in seats, "nobody is wanted for a seat that is taken", contact, seats)
    if contact.state in GOES_ON:
        must("counsellor" in seats or contact.wants == "counsellor", "there is a counsellor, or one is sought", contact)


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
        if "turn" not in reasons:
            continue  # a guest, asked in by a person
        wanted, bridge = reasons["language"], reasons["bridge"]
        if wanted is None:
            must(each.stage in ("unknown_language", "supervisors", "named", "same_person"), "the stage", each)
        elif bridge is None:
            must(wanted in spoken and reasons["level"] == spoken[wanted], "the language at offer", each, spoken)
        else:
            _bridged(each, wanted, bridge, reasons["level"], spoken)
        if each.stage == "fluent":
            must(reasons["level"] == "fluent", "a fluent stage is for the fluent", each)
        if each.stage == "basic":
            must(reasons["level"] == "basic", "a basic stage is for basic speakers", each)
        if each.state in ("offered", "connecting") and each.role != "guest":
            _understands(scene, each, spoken)


def _bridged(each: Assignment, wanted: str, bridge: dict[str, Any], level: str | None, spoken: dict[str, str]) -> None:
    relay, mine = bridge["relay"], bridge[f"{each.role}_level"] if each.role in ("counsellor", "interpreter") else None
    if relay is not None and each.role != "guest":
        must(spoken.get(relay) == mine and relay != wanted, "both speak the relay language", each, spoken)
    if each.role == "interpreter":
        must(each.relay == relay is not None, "an interpreter has a relay language", each)
        must(spoken.get(wanted) == level is not None, "an interpreter speaks the child's language", each, spoken)
    if relay is None:
        must(wanted in spoken, "without a relay language, the child's", each, spoken)


def _understands(scene: Scene, each: Assignment, spoken: dict[str, str]) -> None:
    contact, others = scene.contacts[each.contact_id], [one for one in scene.of(each.contact_id) if one is not each]
    if contact.language is None or contact.language in spoken:
        return
    must(each.role == "counsellor", "who interprets speaks the child's language", contact.language, spoken)
    over = [scene.languages.get(one.worker_id, {}) for one in others if one.role in ("interpreter", "guest")]
    relayed = any(set(spoken) & set(other) - {contact.language} for other in over)
    if each.state == "offered" and not any(one.role == "interpreter" for one in others):
        return  # the interpreter has left since: with the yes another is sought
    must(relayed or contact.wants == "interpreter", "who is on the way is understood", contact, each, spoken)


def _timers(scene: Scene) -> None:
    for each in scene.live:
        found = [(kind, due) for kind, subject, due in scene.deadlines if subject == each.id]
        kind = KIND_OF_DEADLINE.get(each.state)
        must(found == ([(kind, each.until)] if kind else []), "each hold ends by its deadline", each, found)
    live = {each.id for each in scene.live}
    for kind, subject, _ in [timer for timer in scene.deadlines if timer[0] in OF_THE_FLOOR]:
        known = subject in live or subject in scene.contacts or subject in scene.workers
        must(known, "no timer outlives what it is about", kind, subject)
    for contact in scene.contacts.values():
        if contact.danger and (contact.state in ("waiting", "offered", "connecting") or contact.wants == "counsellor"):
            timed = any(kind == "danger_waiting" and subject == contact.id for kind, subject, _ in scene.deadlines)
            must(timed or ("danger_waiting", contact.id) in scene.alarms, "danger is watched", contact)
        if contact.danger and contact.outcome == "abandoned":
            must(("danger_lost", contact.id) in scene.alarms, "danger that left is an alarm", contact)
        if contact.kind == "callback" and contact.state == "waiting" and (contact.not_before or 0) > scene.now:
            timed = any(kind == "callback_due" and subject == contact.id for kind, subject, _ in scene.deadlines)
            must(timed, "a call-back is timed", contact)


IN_ROOM = ("joined", "coaching")


def _nobody_joined_alone(scene: Scene, contact: Contact) -> None:
    if contact.channel != "voice":
        must(not scene.legs_of(contact.id), "who writes is in no room, and nobody is called for it", contact)
        return
    child = scene.child_leg(contact.id)
    inside = child is not None and child.state in ("joining", "joined")
    if contact.state == "connected" and contact.asking is None:
        must(inside, "a child with a person is in the room", contact, child)
    if child is None or not inside:
        return
    undone = [kind for kind, of, subject in scene.pending if of == contact.id and subject == child.id]
    if contact.state in ("wrap_up", "closed"):
        must("hang_up" in undone or contact.id in scene.given_up, "whoever is done is let go", contact, child)
        return
    must(contact.state in ("connecting", "connected"), "nobody is in a room without a person due", contact, child)
    wanted = {each.id for each in scene.of(contact.id)}
    there = [leg for leg in scene.legs_of(contact.id) if leg.assignment_id in wanted and leg.state in IN_ROOM]
    must(there, "nobody is alone in a room", contact, child)
    must(len({leg.assignment_id for leg in there}) == len(there), "each adult is there once", contact, there)


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
    _rooms(scene, carrier)
    for contact in scene.contacts.values():
        if contact.channel == "voice" and contact.id not in scene.given_up:
            _people_are_where_they_should(scene, contact, calls)


def _rooms(scene: Scene, carrier: PaperCarrier) -> None:
    """At most a child, a counsellor, an interpreter, and a guest whom a person asked in."""
    seats, legs = {each.id: each.role for each in scene.live}, {leg.id: leg for leg in scene.legs}
    inside: dict[str, list[str]] = {}
    for call in carrier.calls.values():
        if call.room is not None and call.leg_id in legs:
            leg = legs[call.leg_id]
            inside.setdefault(call.room, []).append(seats.get(leg.assignment_id or "", leg.role))
    for room, roles in inside.items():
        if room.rsplit("-", 1)[0] not in scene.given_up:
            must(len(set(roles)) == len(roles), "one counsellor, one interpreter and one guest a room", room, roles)


def _people_are_where_they_should(scene: Scene, contact: Contact, calls: dict[str | None, Call]) -> None:
    for leg in scene.legs_of(contact.id):
        call = calls.get(leg.id)
        must(leg.living == (call is not None and not call.over), "legs live as long as calls", contact, leg, call)
    child_leg = scene.child_leg(contact.id)
    child = calls.get(child_leg.id) if child_leg is not None and child_leg.living else None
    living = [leg for leg in scene.legs_of(contact.id) if leg.role != "child" and leg.living]
    adults = [calls[leg.id] for leg in living]
    seats = {each.id: each.state for each in scene.of(contact.id)}
    if contact.state in ("wrap_up", "closed"):
        must(child is None and not adults, "everyone was released", contact, child, adults)
    elif contact.state in ("arriving", "waiting", "offered"):
        must(not adults, "no adult without a contact", contact, adults)
        must(child is None or child.room is None, "alone means in the loop", contact, child)
    elif contact.state == "connected":
        talking = [calls[leg.id] for leg in living if seats.get(leg.assignment_id or "") == "connected"]
        must(child is not None and talking, "connected is two people", contact, child, adults)
        must(len(talking) == list(seats.values()).count("connected"), "all who are there have a phone", contact, adults)
        assert child is not None
        rooms = {call.room for call in talking}
        if contact.asking is None:
            must(child.room is not None and rooms == {child.room}, "all are in one room", child, adults)
        else:
            must(child.room is None and None not in rooms, "asked where keys are heard", child, adults)
    if contact.state in ("connecting", "connected"):
        must(all(leg.assignment_id in seats for leg in living), "no adult without a contact", contact, living)
    if contact.kind == "call" and contact.state in ("arriving", "waiting", "offered", "connecting", "connected"):
        must(child is not None, "a contact whose child has gone is over", contact)


# Whose turn it is


def floor_of(scene: Scene, house: House) -> tuple[list[WaitingContact], list[WorkerState]]:
    """Who waits and who is on duty, as the planner takes them, from the rows."""
    waiting = [
        as_waiting(contact, scene.refusers.get(contact.id, ()), _there(scene, contact), _relays(scene, contact))
        for contact in scene.contacts.values()
        if (contact.state == "waiting" or contact.wants is not None) and _callable_now(scene, house, contact)
    ]
    staff = [
        as_worker_state(worker, scene.languages.get(worker.id, {}))
        for worker in scene.workers.values()
        if worker.state != "off"
    ]
    return waiting, staff


def _there(scene: Scene, contact: Contact) -> list[tuple[str, str]]:
    return [(each.worker_id, each.role) for each in scene.of(contact.id)]


def _relays(scene: Scene, contact: Contact) -> frozenset[str] | None:
    """What the other of the bridge speaks; where only a guest is there, what the guest speaks."""
    if contact.wants is None:
        return None
    there = sorted(_there(scene, contact), key=lambda one: one[1] in (contact.wants, "guest"))
    return frozenset(scene.languages.get(there[0][0], {})) if there else None


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
        expected = sorted((one.contact_id, role.value, worker) for one in plan for role, worker in one.workers)
        found = sorted((each.contact_id, each.role, each.worker_id) for each in given)
        must(found == expected, "the plan is the plan", found, expected)
    for each in given:
        _all_or_nothing(each, given)
    left, _ = floor_of(after, house)
    for each in given:
        first = as_waiting(before.contacts.get(each.contact_id) or after.contacts[each.contact_id], ())
        for other in left:
            if alone:
                must(not _passed(house, first, other, each, after), "nobody is passed", first, other, each)


def _all_or_nothing(one: Assignment, given: list[Assignment]) -> None:
    bridge = json.loads(one.reasons_json)["bridge"]
    if bridge is not None and bridge["interpreter_load"] is not None:
        pair = sorted(each.role for each in given if each.contact_id == one.contact_id)
        must(pair == ["counsellor", "interpreter"], "a pair is all or nothing", one, given)


def _passed(house: House, served: WaitingContact, other: WaitingContact, given: Assignment, scene: Scene) -> bool:
    """Whether ``other`` should have had the worker: said without the planner, for the plainest cases."""
    spoken = scene.languages.get(given.worker_id, {})
    if other.language is None or spoken.get(other.language) != "fluent":
        return False
    if given.role != "counsellor" or given.stage == "pair" or {served.seeking, other.seeking} != {Seeking.ANYONE}:
        return False  # who may interpret for whom is the planner's
    if other.avoid:
        return False
    if other.only_worker or other.gender_wish or barred_worker(other, house.policies[other.line], scene.now):
        return False
    if given.stage in ("named", "same_person") and not other.danger:
        return False
    if given.stage == "supervisors":
        return False  # a door that opens for each by the time that it has waited
    if served.danger != other.danger:
        return other.danger
    if (served.resumed or served.moved_up) != (other.resumed or other.moved_up):
        return not served.danger and (other.resumed or other.moved_up)
    return served.language == other.language and other.first_arrival < served.first_arrival
