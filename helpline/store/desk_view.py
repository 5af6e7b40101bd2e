"""What a counsellor's page shows: duty, the contact in hand, who waits, and records that are not finished."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpline.store import hand_overs
from helpline.store.db import Tx
from helpline.store.hand_overs import HandOver
from helpline.store.tables import assignments, contacts, duty, records, texts, threads

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
    owed_since: int | None  # of texts: the child waits for an answer since then
    stopped: bool  # the child wrote a stop word, and nothing since
    asked_if_safe: bool  # what is written waits for the child's yes
    look_first: bool
    latest_seq: int  # of its texts
    heard_seq: int  # of its texts by others than this worker and the line
    unread: int
    asked_to_put_down: bool  # by a supervisor
    role: str  # counsellor | interpreter | guest | supervisor
    relay: str | None  # of an interpreter: the language of the other adult
    wants: str | None  # one more adult is sought while this goes on
    child_wrote_at: int | None

    @property
    def is_text(self) -> bool:
        return self.channel != "voice"

    @property
    def interprets(self) -> bool:
        return self.role == "interpreter"

    @property
    def leads(self) -> bool:
        """Whether the conversation is this person's to end and to hand over."""
        return self.role not in ("interpreter", "guest")


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
class Desk:
    """Everything that changes while a counsellor sits there."""

    duty: Duty
    in_hand: tuple[InHand, ...]

    @property
    def offers(self) -> tuple[InHand, ...]:
        return tuple(held for held in self.in_hand if held.state == "offered")

    @property
    def offer(self) -> InHand | None:
        return next(iter(self.offers), None)

    @property
    def contact(self) -> InHand | None:
        """The call, else the first conversation."""
        held = [each for each in self.in_hand if each.state != "offered"]
        return min(held, key=lambda each: each.is_text, default=None)

    @property
    def conversations(self) -> tuple[InHand, ...]:
        """All that this person has: a call, then whose child has waited for an answer longest."""
        return tuple(sorted((held for held in self.in_hand if held.state != "offered"), key=_turn))

    def of(self, contact_id: str) -> InHand | None:
        """The conversation of that contact, if this person has it."""
        return next((held for held in self.conversations if held.contact_id == contact_id), None)


def _turn(held: InHand) -> tuple[bool, bool, int, str]:
    waits_since = held.owed_since if held.owed_since is not None else held.offered_at
    return held.is_text, held.owed_since is None, waits_since, held.assignment_id


_DUTY = sa.select(duty.c.state, duty.c.since, duty.c.reason).where(duty.c.worker_id == sa.bindparam("worker"))

_BY_OTHERS = sa.and_(
    texts.c.contact_id == contacts.c.id,
    sa.or_(
        texts.c.author == "child", sa.and_(texts.c.audience == "adults", texts.c.worker_id != assignments.c.worker_id)
    ),
)
_HEARD = sa.select(sa.func.coalesce(sa.func.max(texts.c.seq), 0)).where(_BY_OTHERS).scalar_subquery()
_UNREAD = sa.select(sa.func.count()).where(_BY_OTHERS, texts.c.seq > assignments.c.read_seq).scalar_subquery()

_ASKED_DOWN = sa.exists().where(
    texts.c.contact_id == contacts.c.id, texts.c.client_key == sa.literal("put-down:").concat(assignments.c.id)
)

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
        contacts.c.left_at.is_not(None),
        threads.c.owed_since,
        threads.c.stopped_at.is_not(None),
        threads.c.safe_asked_at.is_not(None),
        sa.func.coalesce(threads.c.look_first, sa.false()),
        sa.func.coalesce(threads.c.last_seq, 0),
        _HEARD,
        _UNREAD,
        _ASKED_DOWN.label("asked_to_put_down"),
        assignments.c.role,
        assignments.c.relay,
        contacts.c.wants,
        threads.c.child_wrote_at,
    )
    .join(contacts, contacts.c.id == assignments.c.contact_id)
    .outerjoin(threads, threads.c.contact_id == contacts.c.id)
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
    .where(
        contacts.c.state.in_([sa.literal_column(f"'{state}'", sa.String()) for state in WAITING]),
        sa.func.coalesce(contacts.c.not_before, 0) <= sa.bindparam("now"),
    )
    .group_by(contacts.c.language)
    .order_by(sa.text("since"))
)


def desk_of(tx: Tx, worker_id: str) -> Desk:
    """One person's desk as it is now."""
    on_duty = tx.row(_DUTY, {"worker": worker_id})
    held = tuple(_in_hand(row) for row in tx.rows(_IN_HAND, {"worker": worker_id}))
    return Desk(Duty(*on_duty) if on_duty else Duty(), held)


def asked_of(tx: Tx, worker_id: str) -> tuple[HandOver, ...]:
    """Conversations that this person is asked to take over."""
    standing = hand_overs.of_worker(tx, worker_id)
    return tuple(one for one in standing if one.to_worker == worker_id and one.declined_at is None)


def _in_hand(row: Any) -> InHand:
    values = [*row[:5], json.loads(row[5]), *row[6:]]
    return InHand(*values)


def waiting(tx: Tx) -> tuple[Waits, ...]:
    """How many wait in each language, the longest wait first. Call-backs that are not due yet do not wait."""
    rows = tx.rows(_WAITING, {"now": tx.now})
    return tuple(Waits(language, waiting, since, int(danger)) for language, waiting, since, danger in rows)


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
            assignments.c.role.not_in(("interpreter", "guest")),  # who cannot write the record owes none
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
