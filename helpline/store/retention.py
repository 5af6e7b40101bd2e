"""How long things are kept, and how much there is of them."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import (
    alarms,
    audit,
    callers,
    case_contacts,
    case_documents,
    case_steps,
    cases,
    climbs,
    concerns,
    contacts,
    deadlines,
    duty,
    effects,
    heartbeats,
    link_visits,
    metadata,
    post_holders,
    referral_links,
    referral_views,
    referrals,
    same_child,
    sign_ins,
    text_parts,
    texts,
)

AT_ONCE = 100
"""Contacts that one transaction forgets."""

ROWS_AT_ONCE = 1_000
"""Rows of one kind that one transaction forgets."""

_OF_A_CONTACT = (
    *(
        table
        for table in reversed(metadata.sorted_tables)
        if "contact_id" in table.c and table.c.contact_id.foreign_keys
    ),
    effects,
    alarms,
    audit,
)
"""What hangs on a contact, what points to other rows before them."""

_STILL_AT_THE_CARRIER = sa.exists().where(
    effects.c.contact_id == contacts.c.id, effects.c.state.in_(("due", "claimed"))
)


_NO_MORE = ("draft", "refused", "closed")
"""States of a referral in which nothing is expected of its service."""

_IN_CONCERN = sa.exists().where(concerns.c.contact_id == contacts.c.id, concerns.c.state != "closed")
_IN_REFERRAL = sa.exists().where(referrals.c.contact_id == contacts.c.id, referrals.c.state.not_in(_NO_MORE))
_IN_CASE = sa.exists().where(
    case_contacts.c.contact_id == contacts.c.id, case_contacts.c.case_id == cases.c.id, cases.c.state != "closed"
)
_KEPT_OPEN = sa.or_(_STILL_AT_THE_CARRIER, _IN_CONCERN, _IN_REFERRAL, _IN_CASE)


def beat(tx: Tx, name: str) -> None:
    """The store has seen this time."""
    tx.put(heartbeats, {"name": name, "at": tx.now})


def last_beat(tx: Tx, name: str) -> int | None:
    """When this one last beat; None when it never has."""
    return tx.execute(sa.select(heartbeats.c.at).where(heartbeats.c.name == name)).scalar_one_or_none()


def latest_beat(tx: Tx) -> int:
    """The latest time (µs) that the store has seen; 0 in an empty one."""
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(heartbeats.c.at), 0))).scalar_one())


def forget_contacts(tx: Tx) -> int:
    """Deletes closed contacts past the date until which they are kept, and all that hangs on them.

    One that has something to be done outside yet stays until that is over: what the carrier holds of it goes first. So
    does one with a concern or a case that nobody has closed, or a referral of which something is expected.
    """
    past = (
        sa.select(contacts.c.id)
        .where(contacts.c.keep_until < tx.now, contacts.c.state == "closed", ~_KEPT_OPEN)
        .limit(AT_ONCE)
    )
    ids = [id for (id,) in tx.execute(past)]
    if ids:
        of_them = sa.select(texts.c.id).where(texts.c.contact_id.in_(ids))
        tx.execute(text_parts.delete().where(text_parts.c.text_id.in_(of_them)))
        tx.execute(same_child.delete().where(same_child.c.other_id.in_(ids)))
        for table in _OF_A_CONTACT:
            tx.execute(table.delete().where(table.c.contact_id.in_(ids)))
        tx.execute(deadlines.delete().where(deadlines.c.subject_id.in_(ids)))
        tx.execute(contacts.delete().where(contacts.c.id.in_(ids)))
    return len(ids)


def keep_until(tx: Tx, contact_id: str, until: int) -> None:
    """A contact is kept until then (µs) at least."""
    later = contacts.update().where(contacts.c.id == contact_id, contacts.c.keep_until < until)
    tx.execute(later.values(keep_until=until))


def forget_concerns(tx: Tx, before: int) -> int:
    """Deletes concerns of no contact that were closed before then (µs), with the ladders climbed for them.

    One with a referral stays as long as that.
    """
    referred = sa.exists().where(referrals.c.concern_id == concerns.c.id)
    past = (
        sa.select(concerns.c.id)
        .where(concerns.c.contact_id.is_(None), concerns.c.closed_at < before, ~referred)
        .limit(AT_ONCE)
    )
    ids = [id for (id,) in tx.execute(past)]
    if ids:
        of_them = [id for (id,) in tx.execute(sa.select(climbs.c.id).where(climbs.c.concern_id.in_(ids)))]
        tx.execute(climbs.delete().where(climbs.c.id.in_(of_them)))
        _forget_traces(tx, [*ids, *of_them])
        tx.execute(concerns.delete().where(concerns.c.id.in_(ids)))
    return len(ids)


def forget_climbs(tx: Tx, before: int) -> int:
    """Deletes what was climbed for no contact and no concern, such as a line without anybody, and ended before then."""
    past = (
        sa.select(climbs.c.id)
        .where(climbs.c.contact_id.is_(None), climbs.c.concern_id.is_(None), climbs.c.ended_at < before)
        .limit(AT_ONCE)
    )
    return tx.execute(climbs.delete().where(climbs.c.id.in_(past))).rowcount


def forget_referrals(tx: Tx, before: int) -> int:
    """Deletes referrals of no contact that ended before then (µs): closed, refused, or written and never sent."""
    ended = sa.case(
        (referrals.c.state == "closed", referrals.c.closed_at),
        (referrals.c.state == "refused", referrals.c.answered_at),
        (referrals.c.state == "draft", referrals.c.created_at),
    )
    past = sa.select(referrals.c.id).where(referrals.c.contact_id.is_(None), ended < before).limit(AT_ONCE)
    ids = [id for (id,) in tx.execute(past)]
    if ids:
        links = sa.select(referral_links.c.id).where(referral_links.c.referral_id.in_(ids))
        tx.execute(link_visits.delete().where(link_visits.c.link_id.in_(links)))
        tx.execute(referral_links.delete().where(referral_links.c.referral_id.in_(ids)))
        tx.execute(referral_views.delete().where(referral_views.c.referral_id.in_(ids)))
        _forget_traces(tx, ids)
        tx.execute(referrals.delete().where(referrals.c.id.in_(ids)))
    return len(ids)


def forget_cases(tx: Tx, before: int) -> int:
    """Deletes closed cases whose contacts are all forgotten, and those that were closed before then (µs)."""
    holds = sa.exists().where(case_contacts.c.case_id == cases.c.id)
    past = (
        sa.select(cases.c.id)
        .where(cases.c.state == "closed", sa.or_(cases.c.closed_at < before, ~holds))
        .limit(AT_ONCE)
    )
    ids = [id for (id,) in tx.execute(past)]
    if ids:
        for table in (case_steps, case_documents, case_contacts):
            tx.execute(table.delete().where(table.c.case_id.in_(ids)))
        tx.execute(referrals.update().where(referrals.c.case_id.in_(ids)).values(case_id=None))
        _forget_traces(tx, ids)
        tx.execute(cases.delete().where(cases.c.id.in_(ids)))
    return len(ids)


def forget_holders(tx: Tx, before: int) -> int:
    """Deletes who left a post before then (µs), with their name and numbers."""
    return tx.execute(post_holders.delete().where(post_holders.c.removed_at < before)).rowcount


def _forget_traces(tx: Tx, ids: list[str]) -> None:
    """Their timers, and what was written down of them."""
    tx.execute(deadlines.delete().where(deadlines.c.subject_id.in_(ids)))
    tx.execute(audit.delete().where(audit.c.subject_id.in_(ids)))


def forget_callers(tx: Tx, seen_before: int) -> int:
    """Forgets numbers that have chosen no language since then (µs), hash and language."""
    old = sa.select(callers.c.hash).where(callers.c.seen_at < seen_before).limit(ROWS_AT_ONCE)
    return tx.execute(callers.delete().where(callers.c.hash.in_(old))).rowcount


def forget_sign_ins(tx: Tx) -> int:
    """Deletes sessions that have expired."""
    return tx.execute(sign_ins.delete().where(sign_ins.c.expires_at <= tx.now)).rowcount


def open_contacts(tx: Tx) -> dict[tuple[str, str, str | None], int]:
    """How many are open, by (state, line, language)."""
    rows = tx.execute(
        sa.select(contacts.c.state, contacts.c.line, contacts.c.language, sa.func.count())
        .where(contacts.c.state != "closed")
        .group_by(contacts.c.state, contacts.c.line, contacts.c.language)
    )
    return {(state, line, language): count for state, line, language, count in rows}


def duty_states(tx: Tx) -> dict[str, int]:
    rows = tx.execute(sa.select(duty.c.state, sa.func.count()).group_by(duty.c.state))
    return {state: int(count) for state, count in rows}


def open_alarms(tx: Tx) -> dict[str, int]:
    rows = tx.execute(
        sa.select(alarms.c.kind, sa.func.count()).where(alarms.c.closed_at.is_(None)).group_by(alarms.c.kind)
    )
    return dict(list(rows))
