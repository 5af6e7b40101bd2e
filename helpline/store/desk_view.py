"""What a counsellor's page shows: duty, the contact in hand, who waits, and records that are not finished."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import (
    assignments,
    contacts,
    duty,
    legs,
    messages,
    questions,
    records,
    worker_languages,
    workers,
)

WAITING = ("waiting", "offered")


@dataclass(frozen=True, slots=True)
class Duty:
    """A person's duty. ``reason`` says why the person is away."""

    state: str = "off"
    since: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class InHand:
    """A contact that is offered to a person, or that the person has."""

    assignment_id: str
    worker_id: str
    state: str  # offered | connecting | connected | wrap_up
    contact_version: int
    stage: str
    reasons: Mapping[str, Any]
    offered_at: int
    until: int
    connected_at: int | None
    contact_id: str
    contact_state: str
    state_since: int
    kind: str
    channel: str
    line: str
    pseudonym: str
    language: str | None
    danger: bool
    cannot_speak: bool
    resumed: bool
    first_arrival: int
    asking: str | None
    child_gone: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """Those who wait in one language; None is a language that is not known."""

    language: str | None
    count: int
    since: int
    danger: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A contact whose record its counsellor still owes."""

    contact_id: str
    pseudonym: str
    language: str | None
    ended_at: int
    begun: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the card, with its answer when it came."""

    question: str
    asked_at: int
    answer: str | None


@dataclass(frozen=True, slots=True)
class Left:
    """A message that was left out of hours."""

    contact_id: str
    pseudonym: str
    language: str | None
    state: str
    left_at: int
    seconds: int
    fetched: bool
    heard_at: int | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody on duty to whom a contact can be handed over."""

    worker_id: str
    alias: str
    languages: tuple[str, ...]
    busy: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that changes while a counsellor sits there."""

    duty: Duty
    in_hand: tuple[InHand, ...]

    @property
    def offer(self) -> InHand | None:
        return next((held for held in self.in_hand if held.state == "offered"), None)

    @property
    def contact(self) -> InHand | None:
        return next((held for held in self.in_hand if held.state != "offered"), None)


@dataclass(frozen=True, slots=True)
class Card:
    """What goes with a contact in hand: the questions so far, where one's own phone is, who could take over."""

    asked: tuple[Asked, ...] = ()
    phone: str | None = None
    colleagues: tuple[Colleague, ...] = ()


_DUTY = sa.select(duty.c.state, duty.c.since, duty.c.reason).where(duty.c.worker_id == sa.bindparam("worker"))

_IN_HAND = (
    sa.select(
        assignments.c.id,
        assignments.c.worker_id,
        assignments.c.state,
        assignments.c.contact_version,
        assignments.c.stage,
        assignments.c.reasons_json,
        assignments.c.offered_at,
        assignments.c.until,
        assignments.c.connected_at,
        contacts.c.id.label("contact_id"),
        contacts.c.state.label("contact_state"),
        contacts.c.state_since,
        contacts.c.kind,
        contacts.c.channel,
        contacts.c.line,
        contacts.c.pseudonym,
        contacts.c.language,
        contacts.c.danger,
        contacts.c.cannot_speak,
        contacts.c.resumed,
        contacts.c.first_arrival,
        contacts.c.asking,
        contacts.c.left_at,
    )
    .join(contacts, contacts.c.id == assignments.c.contact_id)
    .where(assignments.c.worker_id == sa.bindparam("worker"), assignments.c.ended_at.is_(None))
    .order_by(assignments.c.offered_at, assignments.c.id)
)

_WAITING = (
    sa.select(
        contacts.c.language,
        sa.func.count().label("waiting"),
        sa.func.min(sa.func.coalesce(contacts.c.queued_at, contacts.c.first_arrival)).label("since"),
        sa.func.sum(sa.case((contacts.c.danger, 1), else_=0)).label("danger"),
    )
    .where(contacts.c.state.in_(WAITING), sa.func.coalesce(contacts.c.not_before, 0) <= sa.bindparam("now"))
    .group_by(contacts.c.language)
    .order_by(sa.text("since"))
)


def desk_of(tx: Tx, worker_id: str) -> Desk:
    """One person's desk as it is now."""
    on_duty = tx.row(_DUTY, {"worker": worker_id})
    held = tuple(_in_hand(row) for row in tx.rows(_IN_HAND, {"worker": worker_id}))
    return Desk(Duty(*on_duty) if on_duty else Duty(), held)


def card_of(tx: Tx, desk: Desk, *, around: bool = True) -> Card:
    """What goes with the contact in hand; empty without one. Without ``around``, the colleagues are left out."""
    held = desk.contact
    if held is None or held.state == "wrap_up":
        return Card()
    others = colleagues(tx, held.worker_id) if around and held.state == "connected" else ()
    return Card(asked(tx, held.contact_id), phone_state(tx, held.contact_id, held.assignment_id), others)


def _in_hand(row: Any) -> InHand:
    return InHand(*[*row[:5], json.loads(row[5]), *row[6:22], row[22] is not None])


def waiting(tx: Tx) -> tuple[Waits, ...]:
    """How many wait in each language, the longest wait first. Call-backs that are not due yet do not wait."""
    return tuple(
        Waits(row.language, row.waiting, row.since, int(row.danger)) for row in tx.execute(_WAITING, {"now": tx.now})
    )


def unfinished(tx: Tx, worker_id: str) -> tuple[Unfinished, ...]:
    """Contacts that this person was the last to speak in and whose record is not finished, oldest first."""
    live = sa.select(assignments.c.contact_id).where(assignments.c.ended_at.is_(None))
    rows = tx.execute(
        sa.select(
            contacts.c.id,
            contacts.c.pseudonym,
            contacts.c.language,
            sa.func.max(assignments.c.ended_at).label("ended_at"),
            records.c.contact_id.is_not(None).label("begun"),
        )
        .join(assignments, assignments.c.contact_id == contacts.c.id)
        .outerjoin(records, records.c.contact_id == contacts.c.id)
        .where(
            assignments.c.worker_id == worker_id,
            assignments.c.connected_at.is_not(None),
            assignments.c.ended_at.is_not(None),
            sa.or_(assignments.c.end.is_(None), assignments.c.end.not_in(("handed_over", "lost"))),
            records.c.finished_at.is_(None),
            contacts.c.id.not_in(live),
        )
        .group_by(contacts.c.id, contacts.c.pseudonym, contacts.c.language, records.c.contact_id)
        .order_by(sa.text("ended_at"))
    )
    return tuple(Unfinished(row.id, row.pseudonym, row.language, row.ended_at, bool(row.begun)) for row in rows)


_ASKED = (
    sa.select(questions.c.question, questions.c.asked_at, questions.c.answer)
    .where(questions.c.contact_id == sa.bindparam("contact"))
    .order_by(questions.c.asked_at, questions.c.id)
)


def asked(tx: Tx, contact_id: str) -> tuple[Asked, ...]:
    """The card's questions so far, in the order in which they were asked."""
    return tuple(Asked(*row) for row in tx.rows(_ASKED, {"contact": contact_id}))


def messages_left(tx: Tx) -> tuple[Left, ...]:
    """Messages that nobody has finished with, oldest first."""
    rows = tx.execute(
        sa.select(
            contacts.c.id,
            contacts.c.pseudonym,
            contacts.c.language,
            contacts.c.state,
            messages.c.left_at,
            messages.c.seconds,
            messages.c.fetched_at.is_not(None),
            messages.c.heard_at,
        )
        .join(contacts, contacts.c.id == messages.c.contact_id)
        .where(messages.c.heard_at.is_(None))
        .order_by(messages.c.left_at)
        .limit(100)
    )
    return tuple(Left(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]), row[7]) for row in rows)


def message_of(tx: Tx, contact_id: str) -> bytes | None:
    """The sealed sound of a message, when it has been fetched."""
    row = tx.execute(sa.select(messages.c.media_enc).where(messages.c.contact_id == contact_id)).first()
    return None if row is None else row.media_enc


def mark_handled(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Note who dealt with a message; False when somebody already had."""
    changed = tx.execute(
        sa.update(messages)
        .where(messages.c.contact_id == contact_id, messages.c.heard_at.is_(None))
        .values(heard_by=worker_id, heard_at=tx.now)
    )
    return bool(changed.rowcount)


_SPOKEN = sa.select(worker_languages.c.worker_id, worker_languages.c.language).order_by(worker_languages.c.level.desc())
_COLLEAGUES = (
    sa.select(workers.c.id, workers.c.alias, duty.c.load_voice, workers.c.capacity_voice)
    .join(duty, duty.c.worker_id == workers.c.id)
    .where(duty.c.state == "available", workers.c.id != sa.bindparam("me"), workers.c.disabled_at.is_(None))
    .order_by(workers.c.alias)
)


def colleagues(tx: Tx, worker_id: str) -> tuple[Colleague, ...]:
    """Others on duty, those who are free first."""
    speaks: dict[str, list[str]] = {}
    for worker, language in tx.rows(_SPOKEN, {}):
        speaks.setdefault(worker, []).append(language)
    found = [
        Colleague(id, alias, tuple(speaks.get(id, ())), load >= capacity)
        for id, alias, load, capacity in tx.rows(_COLLEAGUES, {"me": worker_id})
    ]
    return tuple(sorted(found, key=lambda person: person.busy))


def holds(tx: Tx, contact_id: str, worker_id: str) -> bool:
    """Whether this person has, or had, this contact."""
    row = tx.execute(
        sa.select(assignments.c.id)
        .where(
            assignments.c.contact_id == contact_id,
            assignments.c.worker_id == worker_id,
            assignments.c.accepted_at.is_not(None),
        )
        .limit(1)
    ).first()
    return row is not None


_PHONE = (
    sa.select(legs.c.state)
    .where(legs.c.contact_id == sa.bindparam("contact"), legs.c.assignment_id == sa.bindparam("assignment"))
    .order_by(legs.c.created_at.desc())
    .limit(1)
)


def phone_state(tx: Tx, contact_id: str, assignment_id: str) -> str | None:
    """How far the counsellor's own telephone has come for an assignment."""
    row = tx.row(_PHONE, {"contact": contact_id, "assignment": assignment_id})
    return None if row is None else str(row[0])
