"""A concern is handed to a service: written, looked at, sent, taken back, closed. Units of work."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from helpline.clock import MINUTE
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.protection import kept, starting
from helpline.referrals import directory, telling
from helpline.referrals.consent import Release, releasable
from helpline.referrals.directory import Entry, kinds
from helpline.referrals.lifecycle import UNANSWERED, Event, State
from helpline.referrals.matter import LONGEST, Matter, Override, OverrideReason, matter_from, must_be_possible
from helpline.referrals.moving import move
from helpline.referrals.proposing import Proposals, audience_of, propose, same_organisation
from helpline.store import alarms, audit, concerns, contacts, deadlines, referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored

DUE = "referral_due"
PENDING = "referral_pending"
PENDING_AFTER = 10 * MINUTE
"""One that has not left the house by then is an alarm, though it is still tried."""

OUTCOMES = ("service_received", "safe", "followed_elsewhere", "not_wanted", "not_found", "not_served", "other")
MOST_NEXT = 5
_REFERENCE = 6  # digits
_ASKED = UNANSWERED | {State.ACKNOWLEDGED, State.ACCEPTED}
"""Something is still expected of the service."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be referred, to whom. ``next``: services that are asked, in order, if this one refuses, is silent
    or cannot be reached; without any, a person is told. ``override``: the reason; ``decided_by``: who decided it, if
    not who writes."""

    service_id: str
    matter: Matter
    contact_id: str | None = None
    concern_id: str | None = None
    override: OverrideReason | None = None
    decided_by: str | None = None
    next: tuple[str, ...] = ()
    case_id: str | None = None
    purpose: str = "concern"  # concern | best_interests
    follows_id: str | None = None


def proposals(
    tx: Tx,
    house: House,
    matter: Matter,
    override: Override | None = None,
    asked: frozenset[str] = frozenset(),
    within: str = "",
) -> Proposals:
    """Which services fit, and why. ``within``: of another country than the child's."""
    entries = [(entry.id, entry.service) for entry in directory.everything(tx, house)]
    zone = next(iter(house.directory.lines.values())).timezone
    return propose(
        matter,
        entries,
        kinds(house),
        now=tx.now,
        today=directory.today_at(zone, tx.now),
        country=house.directory.places.country,
        override=override,
        asked=asked,
        within=within,
    )


def asked_already(tx: Tx, concern_id: str, purpose: str | None = None) -> frozenset[str]:
    """Services that this concern was sent to and that have it, or have refused it; for one purpose or for any."""
    return frozenset(
        one.service_id
        for one in referrals.of_concern(tx, concern_id)
        if one.state not in (State.DRAFT, State.CLOSED) and purpose in (None, one.purpose)
    )


def draft(tx: Tx, house: House, wanted: Wanted, by: str) -> str:
    """Write it down as it would go out; nothing is sent. Gives its id.

    Raises `Refused` ("consent_missing", "service_harm_by"), `Conflict` ("service_paused", "service_asked") or `Invalid`
    ("service_unknown", "text_too_long", "ack_within_wrong", "too_many_next").
    """
    matter = wanted.matter
    must_be_possible(matter)
    if len(wanted.next) > MOST_NEXT:
        raise Invalid("too_many_next", f"At most {MOST_NEXT}.")
    entry = directory.get(tx, house, wanted.service_id)
    override = Override(wanted.override, wanted.decided_by or by) if wanted.override is not None else None
    _may_go(entry, matter)
    _must_be_new(tx, wanted.concern_id, entry.id, wanted.purpose)
    reference = _fresh_reference(tx, house)
    release = release_for(tx, house, entry, matter, override, wanted.contact_id, reference, tx.now + matter.ack_within)
    used = override if release.basis == "override" else None
    id = referrals.add(
        tx,
        {
            "reference": reference,
            "contact_id": wanted.contact_id,
            "concern_id": wanted.concern_id,
            "concern": matter.concern,
            "case_id": wanted.case_id,
            "purpose": wanted.purpose,
            "service_id": entry.id,
            "follows_id": wanted.follows_id,
            "next_json": json.dumps([id for id in dict.fromkeys(wanted.next) if id != entry.id]),
            "state": State.DRAFT,
            "consent_json": matter.consent.as_text(),
            "override_reason": used.reason if used else None,
            "override_by": used.by if used else None,
            "override_at": tx.now if used else None,
            "fields_json": json.dumps(list(release.content)),
            "matter_enc": house.vault.seal(matter.as_text()),
            "content_enc": house.vault.seal(json.dumps(release.content)),
            "channel": directory.ways_of(tx, house, entry)[0].channel,
            "created_by": by,
            "ack_within": matter.ack_within,
        },
    )
    detail = {"service": entry.id, "basis": str(release.basis), "fields": list(release.content)}
    audit.add(tx, by, "referral_written", wanted.contact_id, id, detail)
    if used is not None:
        decided = {"reason": str(used.reason), "answer": str(matter.consent.to(release.audience))}
        audit.add(tx, used.by, "consent_overridden", wanted.contact_id, id, decided)
    return id


def send(tx: Tx, house: House, referral_id: str, version: int, by: str) -> Stored:
    """Send a draft that somebody has looked at, as it was then: ``version`` is what they saw.

    Raises `Conflict` ("referral_changed", "service_paused", "service_asked", "referral_illegal_move") or `Refused`
    ("service_harm_by").
    """
    referral = referrals.get(tx, referral_id)
    if referral.state == State.DRAFT:
        _must_be_new(tx, referral.concern_id, referral.service_id, referral.purpose)
    if referral.version != version:
        raise Conflict("referral_changed", "This referral has moved on. This is how it is now.")
    entry = directory.get(tx, house, referral.service_id)
    _may_go(entry, matter_of(house, referral))
    due = tx.now + referral.ack_within
    content = {**content_of(house, referral), "answer_by": due}
    sent = move(
        tx,
        referral,
        Event.SENT,
        by,
        {"service": entry.id, "channel": referral.channel},
        sent_at=tx.now,
        sent_by=by,
        due_at=due,
        content_enc=house.vault.seal(json.dumps(content)),
    )
    if sent is None:
        return referral
    deadlines.add(tx, DUE, sent.id, due)
    deadlines.add(tx, PENDING, sent.id, tx.now + PENDING_AFTER)
    telling.tell(tx, house, sent, entry)
    return sent


def send_again(tx: Tx, house: House, referral: Stored, actor: str) -> Stored | None:
    """By the next way to the same service after one has failed; None when there is none left."""
    entry = directory.get(tx, house, referral.service_id)
    ways = directory.ways_of(tx, house, entry)
    way = referral.way + 1
    if way >= len(ways) or entry.service.state == "paused":
        return None
    again = move(tx, referral, Event.SENT, actor, {"way": way}, way=way, channel=ways[way].channel)
    if again is not None:
        telling.tell(tx, house, again, entry)
    return again


def new_link(tx: Tx, house: House, referral_id: str, by: str) -> None:
    """Tell the service once more, with another link and another code. Raises `Conflict` ("referral_over")."""
    referral = referrals.get(tx, referral_id)
    if referral.state not in _ASKED:
        raise Conflict("referral_over", "Nothing is expected of the service any more.")
    entry = directory.get(tx, house, referral.service_id)
    ways = directory.ways_of(tx, house, entry)
    way = referral.way if referral.way < len(ways) and ways[referral.way].channel not in telling.COMPUTERS else None
    if way is None:
        way = next((at for at, one in enumerate(ways) if one.channel not in telling.COMPUTERS), None)
    if way is None:
        raise Conflict("referral_over", "This service has only its own system.")
    referral = referrals.change(tx, referral, way=way, channel=ways[way].channel)
    audit.add(tx, by, "referral_link_made", referral.contact_id, referral.id)
    alarms.close_topic(tx, f"referral_shut:{referral.id}")
    telling.tell(tx, house, referral, entry)


def withdraw(tx: Tx, house: House, referral_id: str, by: str, said: str = "") -> None:
    """Take it back: a draft is dropped; of one that was sent, no link opens any more. What was read stays known.

    Raises `Conflict` ("referral_illegal_move") or `Invalid` ("text_too_long").
    """
    referral = referrals.get(tx, referral_id)
    closing = {"closed_at": tx.now, "closed_by": by, "outcome": "withdrawn", "closed_enc": sealed(house, said)}
    if move(tx, referral, Event.WITHDRAWN, by, None, **closing) is not None:
        _ended(tx, house, referral)


def close(tx: Tx, house: House, referral_id: str, by: str, outcome: str, said: str = "") -> None:
    """Raises `Conflict` ("referral_illegal_move") or `Invalid` ("outcome_unknown", "text_too_long")."""
    if outcome not in OUTCOMES:
        raise Invalid("outcome_unknown")
    referral = referrals.get(tx, referral_id)
    closing = {"closed_at": tx.now, "closed_by": by, "outcome": outcome, "closed_enc": sealed(house, said)}
    if move(tx, referral, Event.CLOSED, by, {"outcome": outcome}, **closing) is not None:
        _ended(tx, house, referral)


def _ended(tx: Tx, house: House, referral: Stored) -> None:
    referrals.revoke_links(tx, referral.id)
    over(tx, referral.id)
    kept.from_now(tx, house, referral.contact_id)


def over(tx: Tx, referral_id: str) -> None:
    """Nobody has to be told of it any more."""
    for topic in ("referral", PENDING, "referral_shut"):
        starting.mended(tx, f"{topic}:{referral_id}")


def release_for(
    tx: Tx,
    house: House,
    entry: Entry,
    matter: Matter,
    override: Override | None,
    contact_id: str | None,
    reference: str,
    answer_by: int,
) -> Release:
    """Exactly what goes out to a service. Raises `Refused` ("consent_missing")."""
    line_id = contacts.get(tx, contact_id).line if contact_id is not None else next(iter(house.directory.lines))
    kind = kinds(house)[entry.service.kind]
    if entry.service.country != house.directory.places.country:  # who is abroad needs to be told which country it is
        matter = replace(matter, country=matter.country or house.directory.places.country)
    return releasable(
        matter,
        audience_of(entry.service, kind),
        override,
        reference=reference,
        call_back=house.line(line_id).caller_id,
        answer_by=answer_by,
    )


def matter_of(house: House, referral: Stored) -> Matter:
    return matter_from(house.vault.open(referral.matter_enc))


def content_of(house: House, referral: Stored) -> Mapping[str, Any]:
    """What goes out, or went."""
    content: dict[str, Any] = json.loads(house.vault.open(referral.content_enc))
    return content


def sealed(house: House, said: str) -> bytes | None:
    """Raises `Invalid` ("text_too_long")."""
    said = said.strip()
    if len(said) > LONGEST:
        raise Invalid("text_too_long")
    return house.vault.seal(said) if said else None


def _may_go(entry: Entry, matter: Matter) -> None:
    if entry.service.state == "paused":
        raise Conflict("service_paused", "This service takes nothing now.")
    if matter.harm_by and same_organisation(entry.service, matter.harm_by):
        raise Refused("service_harm_by", "This is the organisation of who is said to have done harm.")


def _must_be_new(tx: Tx, concern_id: str | None, service_id: str, purpose: str) -> None:
    """One concern goes to a service once: whoever asks again closes what went there before."""
    if concern_id is None:
        return
    concerns.lock(tx, concern_id)
    if service_id in asked_already(tx, concern_id, purpose):
        raise Conflict("service_asked", "This service has this concern already.")


def _fresh_reference(tx: Tx, house: House) -> str:
    while True:
        reference = f"{house.chance.randrange(10**_REFERENCE):0{_REFERENCE}d}"
        if referrals.by_reference(tx, reference) is None:
            return reference
