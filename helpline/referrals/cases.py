"""Cases in the small: what belongs to one child, by a pseudonym, until it is closed with an outcome. Units of work.

No more than that: case management proper is in Primero, and a case says which one it is there.
"""

import json
from dataclasses import dataclass
from datetime import date

from helpline.clock import SECOND
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.protection import kept
from helpline.referrals import concerning, service
from helpline.referrals.matter import OverrideReason
from helpline.store import audit, cases, concerns, contacts, referrals, workers
from helpline.store.cases import Case
from helpline.store.concerns import Concern
from helpline.store.db import Tx
from helpline.store.referrals import Stored

CIRCUMSTANCES = ("unaccompanied", "separated", "other")
TRIGGERS = ("lasting_solution", "temporary_care", "separation_from_parents")
"""What asks for an assessment of the best interests of an unaccompanied or separated child: a lasting solution,
exceptional temporary care, separation from its parents against their will."""

OUTCOMES = ("reunited", "lasting_solution", "in_care", "safe", "handed_to_primero", "moved_away", "lost", "other")
PANEL = "best_interests_panel"
"""The kind of service that assesses."""

TWICE = 5 * SECOND
"""Within so long (µs) it is a button that was pressed twice."""

TEXT_MAX = 500
PRIMERO_MAX = 64


@dataclass(frozen=True, slots=True)
class Step:
    """Dates as 2027-01-18."""

    id: str
    what: str
    who: str
    due_on: str
    done_at: int | None
    done_by: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that there is: what it is, and where it is kept."""

    id: str
    title: str
    kept: str
    dated_on: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A case with everything that belongs to it. ``contacts``: (id, pseudonym, first arrival µs, channel)."""

    case: Case
    contacts: tuple[tuple[str, str, int, str], ...]
    concerns: tuple[Concern, ...]
    referrals: tuple[Stored, ...]
    steps: tuple[Step, ...]
    documents: tuple[Document, ...]
    closing: str  # what was said at the end


def open_case(tx: Tx, house: House, contact_id: str, by: str, circumstance: str) -> str:
    """Raises `Invalid` ("choice_unknown", "contact_unknown")."""
    if circumstance not in CIRCUMSTANCES:
        raise Invalid("choice_unknown")
    contacts.get(tx, contact_id)
    for one in cases.of_contact(tx, contact_id):
        if one.opened_by == by and tx.now - one.opened_at < TWICE:
            return one.id
    id = cases.add(tx, house.pseudonym(), by, circumstance)
    cases.add_contact(tx, id, contact_id, by)
    audit.add(tx, by, "case_opened", contact_id, id)
    return id


def add_contact(tx: Tx, case_id: str, contact_id: str, by: str) -> None:
    """The same child, by a person's word. Raises `Invalid` ("contact_unknown") or `Conflict` ("case_closed")."""
    _open(tx, case_id)
    contacts.get(tx, contact_id)
    if cases.add_contact(tx, case_id, contact_id, by):
        audit.add(tx, by, "case_contact_added", contact_id, case_id)


def remove_contact(tx: Tx, case_id: str, contact_id: str, by: str) -> None:
    """It was another child after all. Raises `Conflict` ("case_closed", "case_last_contact")."""
    _open(tx, case_id)
    if len(cases.contacts_of(tx, case_id)) == 1:
        raise Conflict("case_last_contact", "A case without a contact is of nobody.")
    if cases.remove_contact(tx, case_id, contact_id):
        audit.add(tx, by, "case_contact_removed", contact_id, case_id)


def add_step(tx: Tx, house: House, case_id: str, what: str, who: str, due_on: date, by: str) -> str:
    """Raises `Invalid` ("text_empty", "text_too_long", "worker_unknown") or `Conflict` ("case_closed")."""
    _open(tx, case_id)
    workers.get(tx, who)
    id = cases.add_step(tx, case_id, _sealed(house, what), who, due_on.isoformat(), by)
    audit.add(tx, by, "case_step_added", None, case_id)
    return id


def step_done(tx: Tx, case_id: str, step_id: str, by: str) -> None:
    if cases.step_done(tx, case_id, step_id, by):
        audit.add(tx, by, "case_step_done", None, case_id)


def add_document(tx: Tx, house: House, case_id: str, title: str, kept: str, dated_on: date | None, by: str) -> str:
    """Raises `Invalid` ("text_empty", "text_too_long") or `Conflict` ("case_closed")."""
    _open(tx, case_id)
    day = dated_on.isoformat() if dated_on is not None else None
    id = cases.add_document(tx, case_id, _sealed(house, title), _sealed(house, kept), day, by)
    audit.add(tx, by, "case_document_added", None, case_id)
    return id


def remove_document(tx: Tx, case_id: str, document_id: str, by: str) -> None:
    if cases.remove_document(tx, case_id, document_id):
        audit.add(tx, by, "case_document_removed", None, case_id)


def keep_primero(tx: Tx, case_id: str, primero_case: str, by: str) -> None:
    """Which Primero case it is. Raises `Invalid` ("text_too_long") or `Conflict` ("case_closed")."""
    case = _open(tx, case_id)
    primero_case = primero_case.strip()
    if len(primero_case) > PRIMERO_MAX:
        raise Invalid("text_too_long")
    if primero_case != (case.primero_case or ""):
        cases.change(tx, case, primero_case=primero_case or None)
        audit.add(tx, by, "case_primero_named", None, case_id)


def ask_best_interests(
    tx: Tx, house: House, case_id: str, concern_id: str, trigger: str, service_id: str, by: str,
    override: OverrideReason | None = None,
) -> str:  # fmt: skip
    """Write the request to the district's panel, a referral of its own; gives its id. It is sent like any other.

    Raises `Invalid` ("trigger_unknown", "not_best_interests", "not_of_case"), `Conflict` ("case_closed"), and as
    `service.draft`.
    """
    case = _open(tx, case_id)
    if trigger not in TRIGGERS:
        raise Invalid("trigger_unknown", "Say why an assessment is asked for.")
    if case.circumstance not in ("unaccompanied", "separated"):
        raise Invalid("not_best_interests", "The child is neither unaccompanied nor separated.")
    concern = concerns.get(tx, concern_id)
    if concern.contact_id not in {id for id, *_ in cases.contacts_of(tx, case_id)}:
        raise Invalid("not_of_case", "This concern belongs to another child.")
    wanted = service.Wanted(
        service_id,
        concerning.matter_of(tx, house, concern),
        concern.contact_id,
        concern_id,
        override,
        case_id=case_id,
        purpose="best_interests",
    )
    id = service.draft(tx, house, wanted, by)
    cases.change(tx, case, best_interests=trigger)
    audit.add(tx, by, "best_interests_asked", concern.contact_id, case_id, {"trigger": trigger})
    return id


def close(tx: Tx, house: House, case_id: str, by: str, outcome: str, said: str) -> None:
    """Raises `Invalid` ("outcome_unknown", "text_too_long") or `Conflict` ("case_closed", "case_waits") while a
    referral is open or a step is not done."""
    if outcome not in OUTCOMES:
        raise Invalid("outcome_unknown", "Choose what became of it.")
    case = _open(tx, case_id)
    waits = any(one.state not in ("closed", "refused", "draft") for one in _referrals(tx, case_id))
    if waits or any(step.done_at is None for step in cases.steps_of(tx, case_id)):
        raise Conflict("case_waits", "A referral is open, or a step is not done.")
    values = {"outcome": outcome, "closed_at": tx.now, "closed_by": by, "closed_enc": service.sealed(house, said)}
    cases.change(tx, case, state="closed", **values)
    for contact_id, *_ in cases.contacts_of(tx, case_id):
        kept.from_now(tx, house, contact_id)
    audit.add(tx, by, "case_closed", None, case_id, {"outcome": outcome})


def whole(tx: Tx, house: House, case_id: str) -> Whole:
    """Raises `Invalid` ("case_unknown")."""
    case, opened = cases.get(tx, case_id), house.vault.open
    of_it = cases.contacts_of(tx, case_id)
    return Whole(
        case,
        tuple(of_it),
        tuple(one for id, *_ in of_it for one in concerns.of_contact(tx, id) if not one.private),
        tuple(_referrals(tx, case_id)),
        tuple(
            Step(one.id, opened(one.what_enc), one.who, one.due_on, one.done_at, one.done_by)
            for one in cases.steps_of(tx, case_id)
        ),
        tuple(
            Document(one.id, opened(one.title_enc), opened(one.kept_enc), one.dated_on)
            for one in cases.documents_of(tx, case_id)
        ),
        opened(case.closed_enc) if case.closed_enc is not None else "",
    )


def primero_heard(tx: Tx, referral: Stored) -> None:
    """A Primero has taken a referral: the case says which one it is there, if nobody has said another."""
    if referral.case_id is None:
        return
    case, known = cases.get(tx, referral.case_id), json.loads(referral.external_json).get("case")
    if known and case.primero_case is None and case.state == "open":
        cases.change(tx, case, primero_case=str(known)[:PRIMERO_MAX])
        audit.add(tx, "system", "case_primero_named", referral.contact_id, case.id)


def _referrals(tx: Tx, case_id: str) -> list[Stored]:
    """Those of its contacts, and those that were written from it; each once, the first written first."""
    found = {one.id: one for one in referrals.of_case(tx, case_id)}
    for contact_id, *_ in cases.contacts_of(tx, case_id):
        found |= {one.id: one for one in referrals.of_contact(tx, contact_id)}
    return [found[id] for id in sorted(found)]


def _open(tx: Tx, case_id: str) -> Case:
    case = cases.get(tx, case_id)
    if case.state != "open":
        raise Conflict("case_closed", "This case is closed.")
    return case


def _sealed(house: House, text: str) -> bytes:
    text = text.strip()
    if not text:
        raise Invalid("text_empty")
    if len(text) > TEXT_MAX:
        raise Invalid("text_too_long")
    return house.vault.seal(text)
