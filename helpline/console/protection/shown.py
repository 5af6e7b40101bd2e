"""Concerns as a page shows them: opened, with their ladder and who has taken them."""

from dataclasses import dataclass
from typing import Any

from config.concerns import ConcernKind
from helpline.console.context import Visit
from helpline.house import House
from helpline.protection import concerns as service
from helpline.protection import danger_words
from helpline.protection.acknowledging import taken_by
from helpline.protection.finishing import mark_of
from helpline.store import climbs, concerns, referrals, roster, services
from helpline.store.climbs import Climb
from helpline.store.concerns import Concern
from helpline.store.db import Tx
from helpline.store.referrals import Stored


@dataclass(frozen=True, slots=True)
class Shown:
    """``kind`` is None where the configuration has it no more. ``taken`` is the name of who has acknowledged it."""

    concern: Concern
    kind: ConcernKind | None
    sentence: str
    organisation: str
    climb: Climb | None
    taken: str
    consents: dict[str, str]
    colleagues: tuple[tuple[str, str], ...] = ()  # whom something private may be about: ids and names

    @property
    def label(self) -> str:
        return self.kind.label if self.kind is not None else self.concern.kind

    @property
    def deadline(self) -> int:
        """By when a person is to have answered, and then by when something is to have been done (µs)."""
        return self.concern.act_by if self.concern.state == "acknowledged" else self.concern.acknowledge_by

    def asks(self, condition: str) -> bool:
        return self.kind is not None and self.kind.asks(condition)


@dataclass(frozen=True, slots=True)
class Referred:
    """A referral, and the name of its service."""

    referral: Stored
    service: str

    @property
    def is_open(self) -> bool:
        return self.referral.state not in ("refused", "closed")


def shown(tx: Tx, house: House, concern: Concern) -> Shown:
    opened = house.vault.open
    return Shown(
        concern,
        house.directory.concerns.by_code.get(concern.kind),
        opened(concern.sentence_enc) if concern.sentence_enc else "",
        opened(concern.organisation_enc) if concern.organisation_enc else "",
        climbs.of_concern(tx, concern.id),
        taken_by(tx, house, concern.acknowledged_by, concern.acknowledged_name_enc),
        service.consents_of(concern),
        tuple((one.id, one.alias) for one in roster.everyone(tx)) if concern.private else (),
    )


def referred_of(tx: Tx, found: list[Stored]) -> list[Referred]:
    return [Referred(one, services.get(tx, one.service_id).name) for one in found]


def flagged_of(tx: Tx, house: House, contact_id: str, worker_id: str, *, sees_all: bool) -> dict[str, Any]:
    """What the panel of a contact shows: its concerns that this person may see, and the words that raised it."""
    found = [
        shown(tx, house, one)
        for one in concerns.of_contact(tx, contact_id)
        if service.may_see(tx, house, one, worker_id, sees_all=sees_all)
    ]
    return {"contact_id": contact_id, "concerns": found, "seen": danger_words.seen_in(tx, house, contact_id),
            "referrals": referred_of(tx, referrals.of_contact(tx, contact_id)),
            "mark": mark_of(tx, contact_id)}  # fmt: skip


def sees_all(visit: Visit) -> bool:
    return visit.may("concerns.see")
