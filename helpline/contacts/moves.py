"""Moving a contact along its life, with everything that belongs to the move in the same transaction."""

from dataclasses import replace
from typing import Any

from helpline.clock import SECOND
from helpline.contacts.lifecycle import Event, State, after
from helpline.house import House
from helpline.staff.duty import set_away
from helpline.store import alarms, assignments, audit, contacts, deadlines, threads, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.traces import forget_calls

AWAY_AFTER = {
    "expired": "missed_offer",
    "no_answer": "no_answer",
    "no_key": "no_key",
    "busy": "unreachable",
    "failed": "unreachable",
    "no_show": "no_answer",
}
"""Ends of an assignment after which the worker is set away, and the reason that they are shown."""

_LEAVES_NO_TRACE = {"stopped", "unreached", "supervisor", "other_language", "child_left"}
"""Ends that are nobody's refusal."""

_NOBODY_THERE = (State.ARRIVING, State.WAITING, State.OFFERED, State.CONNECTING)
"""Where a child has no adult yet, or not any more."""


def move(tx: Tx, contact: Contact, event: Event, actor: str, **values: Any) -> Contact:
    """The contact after ``event``. Raises `IllegalMove`, or `Conflict` when it has changed since it was read."""
    state = after(State(contact.state), event)
    changed = {"state": state.value, "state_since": tx.now, **values}
    version = contacts.change(tx, contact, changed)
    audit.add(tx, actor, f"contact_{event}", contact.id)
    return replace(contact, version=version, **changed)


def touch(tx: Tx, contact: Contact, **values: Any) -> Contact:
    """Change what is known of a contact without moving it."""
    version = contacts.change(tx, contact, values)
    return replace(contact, version=version, **values)


def release(tx: Tx, house: House, assignment: Assignment, how: str) -> None:
    """End an assignment, once: capacity goes back, its timers go, and what it says about the worker is drawn."""
    if not assignments.end(tx, assignment, how):
        return
    deadlines.clear(tx, assignment.id)
    workers.give_capacity_back(tx, assignment.worker_id, assignment.load_class)
    audit.add(tx, "system", "assignment_ended", assignment.contact_id, assignment.id, {"how": how})
    if assignment.connected_at is None and how not in _LEAVES_NO_TRACE:
        assignments.refuse(
            tx, assignment.contact_id, assignment.worker_id, "declined" if how == "declined" else "expired"
        )
    if how in AWAY_AFTER and assignment.connected_at is None:
        set_away(tx, house, assignment.worker_id, "system", AWAY_AFTER[how])


def release_all(tx: Tx, house: House, contact: Contact, how: str) -> None:
    for assignment in assignments.live_of_contact(tx, contact.id):
        release(tx, house, assignment, how)


def queue(tx: Tx, house: House, contact: Contact, **values: Any) -> Contact:
    """The child wants a person now."""
    contact = move(tx, contact, Event.QUEUED, "child", **{"queued_at": tx.now, **values})
    watch_danger(tx, house, contact)
    return contact


def back_to_waiting(tx: Tx, house: House, contact: Contact, event: Event, why: str, actor: str) -> Contact:
    """An adult was lost, let it pass, or handed it over. The first arrival stays; whoever was served goes first."""
    values: dict[str, Any] = {"generation": contact.generation + 1, "asking": None}
    if event is not Event.HANDED_OVER:
        values["only_worker"] = None  # whoever it was meant for has had it
    live = assignments.live_of_contact(tx, contact.id)
    if contact.state == State.CONNECTED:
        values["resumed"] = True
        if event is Event.ADULT_LOST and live:
            values["preferred_worker"] = live[0].worker_id
    for assignment in live:
        release(tx, house, assignment, why)
    contact = move(tx, contact, event, actor, **values)
    watch_danger(tx, house, contact)
    return contact


def begin_wrap_up(tx: Tx, house: House, contact: Contact, event: Event, actor: str, **values: Any) -> Contact:
    """The conversation is over; the worker has a limited time for the record."""
    until = tx.now + int(house.policies[contact.line].wrap_up_s * SECOND)
    contact = move(tx, contact, event, actor, left_at=contact.left_at or tx.now, asking=None, **values)
    for assignment in assignments.live_of_contact(tx, contact.id):
        if assignment.state == "connected":
            assignments.change(tx, assignment, "connected", state="wrap_up", until=until)
            deadlines.clear(tx, assignment.id)
            deadlines.add(tx, "wrap_up", assignment.id, until)
            tx.hint("worker", assignment.worker_id)
        else:
            release(tx, house, assignment, "child_left")
    return contact


def close(tx: Tx, house: House, contact: Contact, event: Event, actor: str, outcome: str, how: str) -> Contact:
    """Nothing more is owed. A child in danger who left while nobody was there is an alarm."""
    alone = contact.danger and event is Event.CHILD_LEFT and contact.state in _NOBODY_THERE
    release_all(tx, house, contact, how)
    contact = move(
        tx,
        contact,
        event,
        actor,
        closed_at=tx.now,
        left_at=contact.left_at or tx.now,
        outcome=outcome,
        ended_by=contact.ended_by or actor_kind(actor),
        asking=None,
    )
    deadlines.clear(tx, contact.id)
    if contact.channel == "voice":
        forget_calls(tx, contact.id)
    else:
        threads.close(tx, contact.id)
    if alone:
        alarms.raise_alarm(
            tx,
            "danger_lost",
            f"danger_lost:{contact.id}",
            line=contact.line,
            language=contact.language,
            contact_id=contact.id,
        )
    return contact


def actor_kind(actor: str) -> str:
    """Who ended it, as it is stored: a person's id is not needed there."""
    return actor if actor in ("child", "system") else "staff"


def watch_danger(tx: Tx, house: House, contact: Contact) -> None:
    """A contact in danger that waits longer than the line allows is an alarm."""
    if contact.danger and contact.state in (State.WAITING, State.OFFERED, State.CONNECTING):
        due = tx.now + house.line(contact.line).danger_alarm_s * SECOND
        deadlines.add(tx, "danger_waiting", contact.id, due)
