"""What happens in a text conversation: the same happenings as in a room, and no telephone to ring."""

from helpline.contacts import moves
from helpline.contacts.alone import has_no_counsellor
from helpline.contacts.lifecycle import Event, State
from helpline.house import House
from helpline.store import assignments, contacts, deadlines, threads
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.threads.arrivals import forget_silence, park, watch_silence
from helpline.voice import room as rooms


def happen(tx: Tx, house: House, contact: Contact, happening: rooms.Happening, actor: str) -> Contact:
    """Let something happen in a conversation. What belongs to telephones alone changes nothing."""
    match happening:
        case rooms.AdultAccepted(assignment_id):
            return _met(tx, house, contact, assignment_id)
        case rooms.Ended():
            deadlines.clear(tx, contact.id)
            return moves.begin_wrap_up(tx, house, contact, Event.ENDED, actor, ended_by="counsellor")
        case rooms.HandedOver(assignment_id):
            return _without(tx, house, contact, Event.HANDED_OVER, "handed_over", actor, assignment_id)
        case rooms.Withdrawn(assignment_id, why):
            return _without(tx, house, contact, Event.ADULT_LOST, why, actor, assignment_id)
        case rooms.LetGo(assignment_id, why):
            return moves.let_go(tx, house, contact, assignment_id, why)
        case rooms.Stopped():
            return moves.close(tx, house, contact, Event.STOPPED, actor, "stopped", "stopped")
        case _:
            return contact


def _met(tx: Tx, house: House, contact: Contact, assignment_id: str) -> Contact:
    """A person has taken it: from now on they and the child can read each other."""
    if contact.state == State.CONNECTING:
        contact = moves.move(
            tx, contact, Event.JOINED, "system", connected_at=contact.connected_at or tx.now, only_worker=None
        )
    moves.there_is(tx, contact, {assignment_id})
    watch_silence(tx, house, contact)
    return contact


def _without(tx: Tx, house: House, contact: Contact, event: Event, why: str, actor: str, assignment_id: str) -> Contact:
    forget_silence(tx, contact)
    contact = moves.lose(tx, house, contact, event, why, actor, assignment_id)
    if contact.state == State.CONNECTED:
        watch_silence(tx, house, contact)
    return contact


def worker_left(tx: Tx, house: House, worker_id: str) -> None:
    """Timer: a worker went off duty. Conversations that wait for an answer, or of a child in danger, go to the floor;
    the others are parked.
    """
    for assignment in assignments.live_of_worker(tx, worker_id):
        contact = contacts.get_for_change(tx, assignment.contact_id)
        if contact.channel == "voice" or contact.state != State.CONNECTED:
            continue
        alone = len(assignments.live_of_contact(tx, contact.id)) == 1 and not has_no_counsellor(tx, contact)
        owed = threads.get(tx, contact.id).owed_since is not None
        if not alone or owed or contact.danger or contact.channel == "webchat":
            happen(tx, house, contact, rooms.Withdrawn(assignment.id, "left"), "system")
        else:
            park(tx, house, contact)
