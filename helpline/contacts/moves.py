"""Moving a contact along its life, with everything that belongs to the move in the same transaction."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from helpline.clock import SECOND
from helpline.contacts.alone import has_no_counsellor
from helpline.contacts.lifecycle import Event, State, after
from helpline.errors import Conflict
from helpline.house import House
from helpline.protection import starting
from helpline.staff.duty import set_away
from helpline.store import assignments, audit, contacts, deadlines, threads, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.traces import forget_calls
from helpline.voice import ringing

AWAY_AFTER = {
    "expired": "missed_offer",
    "no_answer": "no_answer",
    "no_key": "no_key",
    "busy": "unreachable",
    "failed": "unreachable",
    "no_show": "no_answer",
}
"""Ends of an assignment after which the worker is set away, and the reason that they are shown."""

_LEAVES_NO_TRACE = {"stopped", "unreached", "supervisor", "other_language", "child_left", "finished", "let_go"}
"""Ends that are nobody's refusal."""

_REFUSED_AS = {"declined": "declined", "knows": "knows"}
"""Ends that say more than that it passed by. One who may know the child never gets this contact again."""

_FURTHEST = ("connected", "connecting", "offered")
"""States of an assignment: how far the conversation is with its adult."""

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
    if assignment.state == "offered" and assignment.load_class == "voice":
        ringing.stop_ringing(tx, assignment.contact_id, assignment.id)
    workers.give_capacity_back(tx, assignment.worker_id, assignment.load_class)
    audit.add(tx, "system", "assignment_ended", assignment.contact_id, assignment.id, {"how": how})
    if how == "knows" or (assignment.connected_at is None and how not in _LEAVES_NO_TRACE):
        assignments.refuse(tx, assignment.contact_id, assignment.worker_id, _REFUSED_AS.get(how, "expired"))
    if how in AWAY_AFTER and assignment.connected_at is None:
        set_away(tx, house, assignment.worker_id, "system", AWAY_AFTER[how])


def lose(tx: Tx, house: House, contact: Contact, event: Event, why: str, actor: str, assignment_id: str) -> Contact:
    """An adult passes it by, is lost, or hands it over. While others have the child or are on their way, only this
    one is let go, and another is sought for the same seat; else the contact goes back to waiting.

    Raises `Conflict` ("offer_gone") when the assignment has ended meanwhile.
    """
    live = assignments.live_of_contact(tx, contact.id)
    lost = next((each for each in live if each.id == assignment_id), None)
    if lost is None:
        raise Conflict("offer_gone", "This offer is no longer open.")
    others = [each for each in live if each is not lost and (each.role != "guest" or each.state == "connected")]
    if not others:
        return back_to_waiting(tx, house, contact, event, why, actor, lost.id)
    release(tx, house, lost, why)
    audit.add(tx, actor, f"one_{event}", contact.id, lost.id)
    follow(tx, house, contact, "lost", lost.worker_id, why)
    values = {} if lost.role == "guest" else _seeks_another(contact, lost, event, why, tx.now)
    for other in others:
        tx.hint("worker", other.worker_id)
    furthest = next(state for state in _FURTHEST if any(each.state == state for each in others))
    if furthest == contact.state:
        if values or contact.wants is not None:  # the floor knows who is there, and who has let it pass
            contact = touch(tx, contact, **values)
        if contact.wants == "counsellor":
            watch_danger(tx, house, contact)
        return contact
    for other in live:
        if other is not lost and other not in others:  # was asked into a conversation that does not go on now
            release(tx, house, other, "let_go")
    back = Event.OTHER_COMES if furthest == "connecting" else Event.OTHER_RINGS
    contact = move(tx, contact, back, actor, generation=contact.generation + 1, asking=None, **values)
    watch_danger(tx, house, contact)
    return contact


def _seeks_another(contact: Contact, lost: Assignment, event: Event, why: str, now: int) -> dict[str, Any]:
    """For the seat of one who was lost, the same person first; one who was cut off, whoever was talking goes first."""
    known = lost.state == "connected" and event is Event.ADULT_LOST and why != "knows"
    values: dict[str, Any] = {
        "wants": "counsellor" if contact.wants == "counsellor" else lost.role,  # who seeks the other where needed
        "wants_since": now,
        "resumed": contact.resumed or contact.state == State.CONNECTED,
        "preferred_worker": lost.worker_id if known else None,
    }
    if event is not Event.HANDED_OVER:
        values["only_worker"] = None
    return values


def follow(
    tx: Tx, house: House, contact: Contact, what: str, worker_id: str | None = None, why: str | None = None
) -> None:
    """Let those hear of it who made the contact, or who watch over it."""
    for follower in house.followers:
        follower(tx, house, contact, what, worker_id, why)


def let_go(tx: Tx, house: House, contact: Contact, assignment_id: str, why: str) -> Contact:
    """The others go on without this adult, and nobody is sought instead, while one of them is with the child."""
    live = assignments.live_of_contact(tx, contact.id)
    if not any(each.state == "connected" for each in live if each.id != assignment_id):
        return lose(tx, house, contact, Event.ADULT_LOST, why, "system", assignment_id)
    for assignment in live:
        if assignment.id == assignment_id:
            release(tx, house, assignment, why)
        else:
            tx.hint("worker", assignment.worker_id)
    return touch(tx, contact)


def there_is(tx: Tx, contact: Contact, assignment_ids: Collection[str | None]) -> None:
    """The adults who have these assignments are with the child now; the others' pages hear of it."""
    for assignment in assignments.live_of_contact(tx, contact.id):
        if assignment.state == "connecting" and assignment.id in assignment_ids:
            assignments.change(tx, assignment, "connecting", state="connected", connected_at=tx.now)
            deadlines.clear(tx, assignment.id)
        tx.hint("worker", assignment.worker_id)


def release_all(tx: Tx, house: House, contact: Contact, how: str) -> None:
    for assignment in assignments.live_of_contact(tx, contact.id):
        release(tx, house, assignment, how)


def queue(tx: Tx, house: House, contact: Contact, **values: Any) -> Contact:
    """The child wants a person now."""
    contact = move(tx, contact, Event.QUEUED, "child", **{"queued_at": tx.now, **values})
    watch_danger(tx, house, contact)
    return contact


def back_to_waiting(
    tx: Tx, house: House, contact: Contact, event: Event, why: str, actor: str, assignment_id: str | None = None
) -> Contact:
    """An adult was lost, let it pass, or handed it over. The first arrival stays; whoever was served goes first.

    ``why`` is about all who had it, or about ``assignment_id`` alone: the others were guests.
    """
    values: dict[str, Any] = {"generation": contact.generation + 1, "asking": None, "wants": None}
    if event is not Event.HANDED_OVER:
        values["only_worker"] = None  # whoever it was meant for has had it
    live = sorted(assignments.live_of_contact(tx, contact.id), key=lambda each: each.role)  # a counsellor first
    mine = [each for each in live if assignment_id in (None, each.id)]
    if contact.state == State.CONNECTED:
        values["resumed"] = True
        if event is Event.ADULT_LOST and mine and why != "knows":
            values["preferred_worker"] = mine[0].worker_id
    for assignment in live:
        release(tx, house, assignment, why if assignment in mine else "let_go")
    contact = move(tx, contact, event, actor, **values)
    for assignment in mine:
        follow(tx, house, contact, "lost", assignment.worker_id, why)
    watch_danger(tx, house, contact)
    return contact


def begin_wrap_up(tx: Tx, house: House, contact: Contact, event: Event, actor: str, **values: Any) -> Contact:
    """The conversation is over; whoever writes its record has a limited time for it, and the others are free."""
    until = tx.now + int(house.policies[contact.line].wrap_up_s * SECOND)
    contact = move(tx, contact, event, actor, left_at=contact.left_at or tx.now, asking=None, wants=None, **values)
    left_alone = event is Event.CHILD_LEFT and contact.kind != "request"
    writes = False
    for assignment in assignments.live_of_contact(tx, contact.id):
        if assignment.state == "connected" and assignment.role in ("interpreter", "guest"):
            release(tx, house, assignment, "finished")
        elif assignment.state == "connected":
            writes = True
            assignments.change(tx, assignment, "connected", state="wrap_up", until=until)
            deadlines.clear(tx, assignment.id)
            deadlines.add(tx, "wrap_up", assignment.id, until)
            tx.hint("worker", assignment.worker_id)
        else:
            release(tx, house, assignment, "child_left")
    if not writes:  # a request for an interpreter has no record, and an interpreter alone writes none
        if left_alone and contact.danger:
            _alarm_lost(tx, house, contact)
        contact = close(tx, house, contact, Event.FINISHED, "system", contact.outcome or "served", "finished")
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
        wants=None,
    )
    deadlines.clear(tx, contact.id)
    follow(tx, house, contact, "closed")
    if contact.channel == "voice":
        forget_calls(tx, contact.id)
    else:
        threads.close(tx, contact.id)
    if alone:
        _alarm_lost(tx, house, contact)
    return contact


def _alarm_lost(tx: Tx, house: House, contact: Contact) -> None:
    starting.alarm(
        tx,
        house,
        "danger_lost",
        f"danger_lost:{contact.id}",
        line=contact.line,
        language=contact.language,
        contact_id=contact.id,
    )


def actor_kind(actor: str) -> str:
    """Who ended it, as it is stored: a person's id is not needed there."""
    return actor if actor in ("child", "system") else "staff"


def watch_danger(tx: Tx, house: House, contact: Contact) -> None:
    """A contact in danger that has no counsellor for longer than the line allows is an alarm."""
    if contact.danger and has_no_counsellor(tx, contact):
        due = tx.now + house.line(contact.line).danger_alarm_s * SECOND
        deadlines.add(tx, "danger_waiting", contact.id, due)
