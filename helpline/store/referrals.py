"""Referrals as they are stored, the links that open them, and who has looked."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store.db import Tx
from helpline.store.tables import link_visits, referral_links, referral_views, referrals


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the table, in its words. Times in µs."""

    id: str
    reference: str
    contact_id: str | None
    concern_id: str | None
    concern: str
    case_id: str | None
    purpose: str
    service_id: str
    follows_id: str | None
    next_json: str
    state: str
    version: int
    consent_json: str
    override_reason: str | None
    override_by: str | None
    override_at: int | None
    fields_json: str
    matter_enc: bytes
    content_enc: bytes
    channel: str
    way: int
    created_at: int
    created_by: str
    sent_at: int | None
    sent_by: str | None
    due_at: int | None
    ack_within: int
    silent_at: int | None
    failed_at: int | None
    problem: str | None
    lost_json: str | None
    delivered_at: int | None
    acknowledged_at: int | None
    acknowledged_how: str | None
    acknowledged_enc: bytes | None
    answered_at: int | None
    refused_reason: str | None
    said_enc: bytes | None
    received_at: int | None
    received_what: str | None
    received_on: str | None
    received_enc: bytes | None
    closed_at: int | None
    closed_by: str | None
    outcome: str | None
    closed_enc: bytes | None
    follow_up_on: str | None
    follow_up_at: int | None
    follow_up_by: str | None
    followed_up_at: int | None
    external_json: str


@dataclass(frozen=True, slots=True)
class Link:
    id: str
    referral_id: str
    contact_id: str | None
    service_id: str
    code_hash: str
    tries: int
    made_at: int
    expires_at: int
    revoked_at: int | None
    opened_at: int | None


@dataclass(frozen=True, slots=True)
class View:
    """Somebody looked: ``how`` link | read_out | console; ``who`` is a link's id or a worker's."""

    at: int
    how: str
    who: str


_ALL = sa.select(*(referrals.c[field.name] for field in fields(Stored)))
_GET = _ALL.where(referrals.c.id == sa.bindparam("wanted"))
_BY_REFERENCE = _ALL.where(referrals.c.reference == sa.bindparam("wanted"))
_OF_CONTACT = _ALL.where(referrals.c.contact_id == sa.bindparam("wanted")).order_by(referrals.c.id)
_OF_CONCERN = _ALL.where(referrals.c.concern_id == sa.bindparam("wanted")).order_by(referrals.c.id)
_OF_CASE = _ALL.where(referrals.c.case_id == sa.bindparam("wanted")).order_by(referrals.c.id)
_OPEN = ("sent", "delivered", "failed", "acknowledged", "accepted", "service_received")
_OF_SERVICE = _ALL.where(
    referrals.c.service_id == sa.bindparam("wanted"),
    referrals.c.state.in_([sa.literal_column(f"'{state}'", sa.String()) for state in _OPEN]),
).order_by(referrals.c.id.desc())
_ALL_OPEN = (
    _ALL.where(referrals.c.state.in_([sa.literal_column(f"'{state}'", sa.String()) for state in _OPEN]))
    .order_by(referrals.c.due_at, referrals.c.id)
    .limit(sa.bindparam("most"))
)
_ENDED = (
    _ALL.where(referrals.c.state.in_([sa.literal_column(f"'{state}'", sa.String()) for state in ("closed", "refused")]))
    .order_by(referrals.c.id.desc())
    .limit(sa.bindparam("most"))
)
_TO_FOLLOW_UP = _ALL.where(
    referrals.c.follow_up_at <= sa.bindparam("by"),
    referrals.c.followed_up_at.is_(None),
).order_by(referrals.c.follow_up_at, referrals.c.id)
_POLLED = sa.select(referrals.c.id).where(
    referrals.c.state.in_([sa.literal_column(f"'{state}'", sa.String()) for state in _OPEN]),
    referrals.c.channel.in_([sa.literal_column(f"'{channel}'", sa.String()) for channel in ("primero", "webhook")]),
)
_MAKING = sa.select(referrals.c.state, referrals.c.making_until).where(referrals.c.id == sa.bindparam("wanted"))
_TAKE_TURN = (
    referrals.update()
    .where(
        referrals.c.id == sa.bindparam("wanted"),
        referrals.c.state.in_([sa.literal_column(f"'{state}'", sa.String()) for state in ("sent", "failed")]),
        sa.or_(referrals.c.making_until.is_(None), referrals.c.making_until <= sa.bindparam("now")),
    )
    .values(making_until=sa.bindparam("until"))
)
_END_TURN = (
    referrals.update()
    .where(referrals.c.id == sa.bindparam("wanted"), referrals.c.making_until == sa.bindparam("mine"))
    .values(making_until=sa.bindparam("until"))
)
_LINK = sa.select(*(referral_links.c[field.name] for field in fields(Link)))
_LINK_BY_TOKEN = _LINK.where(referral_links.c.token_hash == sa.bindparam("wanted"))
_LINK_BY_ID = _LINK.where(referral_links.c.id == sa.bindparam("wanted"))
_LINKS_OF = _LINK.where(referral_links.c.referral_id == sa.bindparam("wanted")).order_by(referral_links.c.id.desc())
_VISIT = sa.select(link_visits.c.link_id).where(
    link_visits.c.token_hash == sa.bindparam("wanted"), link_visits.c.expires_at > sa.bindparam("now")
)
_VIEWS = (
    sa.select(referral_views.c.at, referral_views.c.how, referral_views.c.who)
    .where(referral_views.c.referral_id == sa.bindparam("wanted"))
    .order_by(referral_views.c.id)
)


def find(tx: Tx, id: str) -> Stored | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Stored(*row)


def get(tx: Tx, id: str) -> Stored:
    """Raises `Invalid` ("referral_unknown")."""
    found = find(tx, id)
    if found is None:
        raise Invalid("referral_unknown", "There is no such referral.")
    return found


def by_reference(tx: Tx, reference: str) -> Stored | None:
    row = tx.row(_BY_REFERENCE, {"wanted": reference})
    return None if row is None else Stored(*row)


def of_contact(tx: Tx, contact_id: str) -> list[Stored]:
    return [Stored(*row) for row in tx.rows(_OF_CONTACT, {"wanted": contact_id})]


def of_concern(tx: Tx, concern_id: str) -> list[Stored]:
    return [Stored(*row) for row in tx.rows(_OF_CONCERN, {"wanted": concern_id})]


def of_case(tx: Tx, case_id: str) -> list[Stored]:
    return [Stored(*row) for row in tx.rows(_OF_CASE, {"wanted": case_id})]


def open_at_service(tx: Tx, service_id: str) -> list[Stored]:
    """What a service still has to do with, the newest first."""
    return [Stored(*row) for row in tx.rows(_OF_SERVICE, {"wanted": service_id})]


def still_open(tx: Tx, most: int) -> list[Stored]:
    """All that a service still has to do with, the first due first."""
    return [Stored(*row) for row in tx.rows(_ALL_OPEN, {"most": most})]


def ended(tx: Tx, most: int) -> list[Stored]:
    """Closed and refused, the last that was written first."""
    return [Stored(*row) for row in tx.rows(_ENDED, {"most": most})]


def to_follow_up(tx: Tx, by: int) -> list[Stored]:
    """Those whose follow-up is due by then (µs) and was not done."""
    return [Stored(*row) for row in tx.rows(_TO_FOLLOW_UP, {"by": by})]


def at_computers(tx: Tx) -> list[str]:
    """Open ones that went to a service's own system, which is asked what has become of them."""
    return [id for (id,) in tx.rows(_POLLED, {})]


def add(tx: Tx, values: dict[str, Any]) -> str:
    """Raises `Conflict` ("reference_taken"); the caller draws another."""
    if by_reference(tx, values["reference"]) is not None:
        raise Conflict("reference_taken")
    id = tx.new_id()
    tx.insert(referrals, {"id": id, "created_at": tx.now, **values})
    return id


def change(tx: Tx, referral: Stored, **values: Any) -> Stored:
    """Give it other values if nobody has changed it since it was read; gives it as it is now.

    Raises `Conflict` ("referral_changed").
    """
    changed = (
        referrals.update()
        .where(referrals.c.id == referral.id, referrals.c.version == referral.version)
        .values(version=referral.version + 1, **values)
    )
    if tx.execute(changed).rowcount != 1:
        raise Conflict("referral_changed", "This referral has moved on. This is how it is now.")
    tx.hint("referral", referral.id)
    return get(tx, referral.id)


# Whose turn it is to make it at another system


def take_turn(tx: Tx, id: str, until: int) -> int | None:
    """Until then (µs) nobody else makes it there. None: ours; else when it may be ours, 0 if it is not to be made.

    The version stays: nothing of it has changed for those who look at it.
    """
    if tx.change(_TAKE_TURN, {"wanted": id, "now": tx.now, "until": until}) == 1:
        return None
    row = tx.row(_MAKING, {"wanted": id})
    return row[1] if row is not None and row[0] in ("sent", "failed") else 0


def end_turn(tx: Tx, id: str, mine: int, until: int | None) -> None:
    """``mine``: as it was taken; a turn that has gone on to another is left alone."""
    tx.change(_END_TURN, {"wanted": id, "mine": mine, "until": until})


# Links, and who looked


def add_link(tx: Tx, referral: Stored, token_hash: str, expires_at: int) -> str:
    """Without a code yet: see `give_code`."""
    id = tx.new_id()
    tx.insert(
        referral_links,
        {
            "id": id,
            "referral_id": referral.id,
            "contact_id": referral.contact_id,
            "service_id": referral.service_id,
            "token_hash": token_hash,
            "code_hash": "",
            "made_at": tx.now,
            "expires_at": expires_at,
        },
    )
    return id


def give_code(tx: Tx, link_id: str, code_hash: str) -> None:
    """From now on this code opens it, and no other; the tries begin anew."""
    tx.execute(
        referral_links.update()
        .where(referral_links.c.id == link_id)
        .values(code_hash=code_hash, tries=0)
    )  # fmt: skip


def link_by_token(tx: Tx, token_hash: str) -> Link | None:
    row = tx.row(_LINK_BY_TOKEN, {"wanted": token_hash})
    return None if row is None else Link(*row)


def link(tx: Tx, id: str) -> Link:
    row = tx.row(_LINK_BY_ID, {"wanted": id})
    assert row is not None
    return Link(*row)


def links_of(tx: Tx, referral_id: str) -> list[Link]:
    """The newest first."""
    return [Link(*row) for row in tx.rows(_LINKS_OF, {"wanted": referral_id})]


def tried(tx: Tx, link_id: str) -> None:
    tx.execute(referral_links.update().where(referral_links.c.id == link_id).values(tries=referral_links.c.tries + 1))


def opened(tx: Tx, link_id: str) -> None:
    tx.execute(referral_links.update().where(referral_links.c.id == link_id).values(tries=0, opened_at=tx.now))


def revoke_links(tx: Tx, referral_id: str) -> None:
    """No link of this referral opens it any more, and no browser that had one has it open."""
    links = sa.select(referral_links.c.id).where(referral_links.c.referral_id == referral_id)
    tx.execute(link_visits.delete().where(link_visits.c.link_id.in_(links)))
    tx.execute(
        referral_links.update()
        .where(referral_links.c.referral_id == referral_id, referral_links.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )


def begin_visit(tx: Tx, link: Link, token_hash: str, expires_at: int) -> None:
    tx.insert(
        link_visits,
        {
            "token_hash": token_hash,
            "link_id": link.id,
            "contact_id": link.contact_id,
            "begun_at": tx.now,
            "expires_at": expires_at,
        },
    )


def visit(tx: Tx, token_hash: str) -> Link | None:
    """The link that a browser has opened, while its visit lasts."""
    row = tx.row(_VISIT, {"wanted": token_hash, "now": tx.now})
    return None if row is None else link(tx, row[0])


def end_visit(tx: Tx, token_hash: str) -> None:
    tx.execute(link_visits.delete().where(link_visits.c.token_hash == token_hash))


def forget_visits(tx: Tx) -> int:
    """Delete those that are over."""
    return tx.execute(link_visits.delete().where(link_visits.c.expires_at <= tx.now)).rowcount


def viewed(tx: Tx, referral: Stored, how: str, who: str) -> None:
    tx.insert(
        referral_views,
        {
            "id": tx.new_id(),
            "referral_id": referral.id,
            "contact_id": referral.contact_id,
            "at": tx.now,
            "how": how,
            "who": who,
        },
    )


def views(tx: Tx, referral_id: str) -> list[View]:
    return [View(*row) for row in tx.rows(_VIEWS, {"wanted": referral_id})]
