"""A concern and the record of its contact, as a referral sees them. Units of work."""

from typing import Any

from helpline.clock import SECOND
from helpline.contacts.record import unpacked
from helpline.errors import Refused
from helpline.house import House
from helpline.protection.concerns import consents_of, kind_of
from helpline.protection.urgency import Known, urgency_of
from helpline.referrals.matter import Matter, consent_from
from helpline.store import contacts, records
from helpline.store.concerns import Concern
from helpline.store.db import Tx


def matter_of(tx: Tx, house: House, concern: Concern, child: int = 0) -> Matter:
    """What is known. ``child``: which child of the record, from 0; one that is not there leaves its answers unknown.

    Raises `Refused` ("concern_private") for a complaint about one of our own: it goes to nobody outside from here.
    """
    if concern.private:
        raise Refused("concern_private", "This goes to nobody outside.")
    asked = kind_of(house, concern.kind)
    known = Known(concern.incident_at, concern.safe_tonight, concern.imminent, concern.hazardous)
    urgency = urgency_of(asked, known, concern.flagged_at)
    written = _written(tx, house, concern.contact_id)
    about = _child(written, child)
    place = written.get("place") or {}
    own = concern.province is not None
    contact = contacts.get(tx, concern.contact_id) if concern.contact_id is not None else None
    opened = house.vault.open
    return Matter(
        concern=concern.kind,
        happening=concern.happening,
        province=(concern.province if own else place.get("province")) or "",
        district=(concern.district if own else place.get("district")) or "",
        language=contact.language if contact is not None else None,
        age=about.get("age") if isinstance(about.get("age"), int) else None,
        gender=_said(about.get("gender")),
        accompanied=_said(about.get("accompanied")),
        safe_tonight=_said(concern.safe_tonight),
        safe_to_contact=_said(written.get("safe_to_contact")),
        circumstances=tuple(about.get("circumstances") or ()),
        incident_at=concern.incident_at,
        summary=opened(concern.sentence_enc) if concern.sentence_enc is not None else "",
        harm_by=opened(concern.organisation_enc) if concern.organisation_enc is not None else "",
        tell=urgency.told if urgency.told is not None else asked.told,
        ack_within=urgency.acknowledge_s * SECOND,
        consent=consent_from(consents_of(concern)),
    )


def children_in(tx: Tx, house: House, contact_id: str | None) -> int:
    """How many children the record of a contact speaks of."""
    return len(_written(tx, house, contact_id).get("children") or ())


def _written(tx: Tx, house: House, contact_id: str | None) -> dict[str, Any]:
    kept = records.get(tx, contact_id) if contact_id is not None else None
    if kept is None:
        return {}
    return dict(unpacked(kept.form, kept.form_version, house.vault.open(kept.content_enc)).content)


def _child(written: dict[str, Any], number: int) -> dict[str, Any]:
    children = written.get("children") or ()
    return dict(children[number]) if number < len(children) else {}


def _said(code: Any) -> str:
    """What was answered; what is not known is not sent."""
    return code if isinstance(code, str) and code != "unknown" else ""
