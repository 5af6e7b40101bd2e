"""Workers who are on duty with only a telephone are offered a contact by a call to it."""

from collections.abc import Iterable

from helpline.clock import SECOND
from helpline.store import assignments, effects, legs, workers
from helpline.store.db import Tx
from helpline.store.legs import Leg, LegState

RING_S = 25
"""So long a phone rings that we call."""

OFFER_BY_PHONE = (RING_S + 40) * SECOND
"""So long an offer by call is held: the ringing, and twice the sentence with the time to press a key after it."""


def by_phone(tx: Tx, worker_ids: Iterable[str], load_class: str) -> frozenset[str]:
    """Those of these workers whom an offer of a call reaches by telephone."""
    return workers.only_by_phone(tx, list(worker_ids)) if load_class == "voice" else frozenset()


def ring(tx: Tx, contact_id: str, assignment_id: str, worker_id: str, role: str) -> None:
    """Ring the worker's own phone for an offer that was made just now."""
    leg_id = legs.add(tx, contact_id, role, LegState.DIALLING, assignment_id=assignment_id, worker_id=worker_id)
    effects.add(tx, "call_adult", contact_id, leg_id)


def stop_ringing(tx: Tx, contact_id: str, assignment_id: str) -> None:
    """An offer is over that nobody answered: the phone that rings for it is hung up."""
    for leg in rung(tx, contact_id, assignment_id):
        effects.add(tx, "hang_up", contact_id, leg.id)


def rung(tx: Tx, contact_id: str, assignment_id: str) -> list[Leg]:
    """The calls that were made for an offer and have not ended."""
    return [leg for leg in legs.of_contact(tx, contact_id) if leg.assignment_id == assignment_id and leg.living]


def has_call(tx: Tx, leg: Leg, call_id: str) -> None:
    """The carrier has made this leg's call, as the call itself shows before the answer to our order does."""
    legs.change(tx, leg, provider_id=call_id)
    effects.has_rung(tx, leg.contact_id, leg.id)
    hang_up_unwanted(tx, leg)


def hang_up_unwanted(tx: Tx, leg: Leg) -> None:
    """A call for an assignment that ended while it was being made is hung up."""
    assignment = assignments.get(tx, leg.assignment_id) if leg.assignment_id else None
    if leg.living and assignment is not None and assignment.ended_at is not None:
        effects.add(tx, "hang_up", leg.contact_id, leg.id)
