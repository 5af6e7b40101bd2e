"""What happens in a text conversation: the same happenings as in a room, and no telephone to ring."""

from helpline.contacts import moves
from helpline.contacts.lifecycle import Event, State
from helpline.house import House
from helpline.store import assignments, contacts, deadlines, threads
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.threads.arrivals import park, watch_silence
from helpline.voice import room as rooms


def happen(tx: Tx, house: House, contact: Contact, happening: rooms.Happening, actor: str) -> Contact:
    """Let something happen in a conversation. What belongs to telephones alone changes nothing."""
    match happening:
        case rooms.AdultAccepted():
            return _met(tx, house, contact)
        case rooms.Ended():
            deadlines.clear(tx, contact.id)
            return moves.begin_wrap_up(tx, house, contact, Event.ENDED, actor, ended_by="counsellor")
        case rooms.HandedOver():
            deadlines.clear(tx, contact.id)
            return moves.back_to_waiting(tx, house, contact, Event.HANDED_OVER, "handed_over", actor)
        case rooms.Withdrawn(why):
            deadlines.clear(tx, contact.id)
            return moves.back_to_waiting(tx, house, contact, Event.ADULT_LOST, why, actor)
        case rooms.Stopped():
            return moves.close(tx, house, contact, Event.STOPPED, actor, "stopped", "stopped")
        case _:
            return contact


def _met(tx: Tx, house: House, contact: Contact) -> Contact:
    """A person has taken it: from now on the two can read each other."""
    contact = moves.move(tx, contact, Event.JOINED, "system", connected_at=contact.connected_at or tx.now)
    for assignment in assignments.live_of_contact(tx, contact.id):
        assignments.change(tx, assignment, "connecting", state="connected", connected_at=tx.now)
        deadlines.clear(tx, assignment.id)
        tx.hint("worker", assignment.worker_id)
    watch_silence(tx, house, contact)
    return contact


def worker_left(tx: Tx, house: House, worker_id: str) -> None:
    """Timer: a worker went off duty. Conversations that wait for an answer go to the floor, the others are parked."""
    for assignment in assignments.live_of_worker(tx, worker_id):
        contact = contacts.get_for_change(tx, assignment.contact_id)
        if contact.channel == "voice" or contact.state != State.CONNECTED:
            continue
        if threads.get(tx, contact.id).owed_since is not None or contact.channel == "webchat":
            happen(tx, house, contact, rooms.Withdrawn("left"), "system")
        else:
            park(tx, house, contact)
