"""What goes with one conversation on a counsellor's page: the other adults in it, colleagues who could take it over,
the questions of the card, one's own telephone.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from helpline.store import hand_overs
from helpline.store import threads as threads_store
from helpline.store.db import Tx
from helpline.store.desk_view import InHand
from helpline.store.hand_overs import HandOver
from helpline.store.legs import LegState
from helpline.store.tables import assignments, duty, legs, questions, worker_languages, workers


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the card, with its answer when it came."""

    question: str
    asked_at: int
    answer: str | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody on duty to whom a contact can be handed over."""

    worker_id: str
    alias: str
    languages: tuple[str, ...]
    busy: bool


@dataclass(frozen=True, slots=True)
class Around:
    """Everyone on duty: those first who have room for a call, and for a conversation of texts."""

    for_calls: tuple[Colleague, ...] = ()
    for_texts: tuple[Colleague, ...] = ()

    def for_one(self, held: InHand) -> tuple[Colleague, ...]:
        """Whom this conversation could be handed over to: all but who has it."""
        all = self.for_texts if held.is_text else self.for_calls
        return tuple(person for person in all if person.worker_id != held.worker_id)


@dataclass(frozen=True, slots=True)
class Beside:
    """Another adult of the same conversation, there or on the way."""

    worker_id: str
    alias: str
    role: str
    state: str
    language: str | None
    relay: str | None
    coaches: bool = False  # is heard by the counsellor alone


@dataclass(frozen=True, slots=True)
class Card:
    """What goes with a contact in hand: the questions so far, where one's own phone is, which colleague was asked to
    take over, who could."""

    asked: tuple[Asked, ...] = ()
    phone: str | None = None
    hand_over: HandOver | None = None
    colleagues: tuple[Colleague, ...] = ()
    beside: tuple[Beside, ...] = ()
    unrendered: tuple[int, ...] = ()  # numbers of texts that wait for an interpreter's rendering

    def seat(self, role: str) -> Beside | None:
        """Who else has this part in the conversation."""
        return next((one for one in self.beside if one.role == role), None)


_BESIDE = (
    sa.select(
        workers.c.id,
        workers.c.alias,
        assignments.c.role,
        assignments.c.state,
        assignments.c.language,
        assignments.c.relay,
        sa.exists().where(legs.c.assignment_id == assignments.c.id, legs.c.state == LegState.COACHING),
    )
    .join(workers, workers.c.id == assignments.c.worker_id)
    .where(
        assignments.c.contact_id == sa.bindparam("contact"),
        assignments.c.worker_id != sa.bindparam("me"),
        assignments.c.ended_at.is_(None),
    )
    .order_by(assignments.c.id)
)


def card_of(tx: Tx, held: InHand, around: Around | None = None) -> Card:
    """What goes with a contact in hand. ``around``: who else is on duty, looked up where it is not given."""
    if held.state == "wrap_up":
        return Card()
    others: tuple[Colleague, ...] = ()
    if held.state == "connected":
        others = (around or around_of(tx)).for_one(held)
    beside = beside_of(tx, held)
    if held.is_text:
        bridged = held.interprets or any(one.role == "interpreter" for one in beside)
        return Card(
            hand_over=hand_overs.of_contact(tx, held.contact_id, held.worker_id),
            colleagues=others,
            beside=beside,
            unrendered=tuple(threads_store.unrendered(tx, held.contact_id)) if bridged else (),
        )
    phone = phone_state(tx, held.contact_id, held.assignment_id)
    return Card(asked(tx, held.contact_id), phone, colleagues=others, beside=beside)


def beside_of(tx: Tx, held: InHand) -> tuple[Beside, ...]:
    """The other adults of this conversation, in the order in which they were asked."""
    rows = tx.rows(_BESIDE, {"contact": held.contact_id, "me": held.worker_id})
    return tuple(Beside(*row) for row in rows)


_ASKED = (
    sa.select(questions.c.question, questions.c.asked_at, questions.c.answer)
    .where(questions.c.contact_id == sa.bindparam("contact"))
    .order_by(questions.c.asked_at, questions.c.id)
)


def asked(tx: Tx, contact_id: str) -> tuple[Asked, ...]:
    """The card's questions so far, in the order in which they were asked."""
    return tuple(Asked(*row) for row in tx.rows(_ASKED, {"contact": contact_id}))


_SPOKEN = sa.select(worker_languages.c.worker_id, worker_languages.c.language).order_by(worker_languages.c.level.desc())
_COLLEAGUES = (
    sa.select(
        workers.c.id,
        workers.c.alias,
        duty.c.load_voice >= workers.c.capacity_voice,
        duty.c.load_text >= workers.c.capacity_text,
    )
    .join(duty, duty.c.worker_id == workers.c.id)
    .where(duty.c.state == "available", workers.c.disabled_at.is_(None))
    .order_by(workers.c.alias)
)


def around_of(tx: Tx) -> Around:
    """Everyone on duty as colleagues see them."""
    speaks: dict[str, list[str]] = {}
    for worker, language in tx.rows(_SPOKEN, {}):
        speaks.setdefault(worker, []).append(language)
    rows = tx.rows(_COLLEAGUES, {})
    calls = [Colleague(id, alias, tuple(speaks.get(id, ())), bool(no_call)) for id, alias, no_call, _ in rows]
    texts = [Colleague(id, alias, tuple(speaks.get(id, ())), bool(no_text)) for id, alias, _, no_text in rows]
    return Around(*(tuple(sorted(each, key=lambda person: person.busy)) for each in (calls, texts)))


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
