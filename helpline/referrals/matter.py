"""What is known of a concern when somebody thinks of referring it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from helpline.clock import HOUR, MINUTE
from helpline.errors import Invalid

URGENT = HOUR
"""A concern that somebody must take note of within so long (µs) goes first to who is there now."""

LONGEST = 2_000
"""Characters of a text."""


class Answer(StrEnum):
    """What the child said when it was asked. What was not asked is no yes."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Consent:
    """Several answers, not one: to services, to authorities, to the family, to others, and to counts without a name."""

    services: Answer = Answer.NOT_ASKED
    authorities: Answer = Answer.NOT_ASKED
    family: Answer = Answer.NOT_ASKED
    others: Answer = Answer.NOT_ASKED
    statistics: Answer = Answer.NOT_ASKED

    def to(self, audience: str) -> Answer:
        """``audience`` is the name of one of the answers."""
        answer: Answer = getattr(self, audience)
        return answer

    def as_text(self) -> str:
        return json.dumps({one.name: str(getattr(self, one.name)) for one in fields(self)})


AUDIENCES = tuple(one.name for one in fields(Consent))


def consent_from(said: Mapping[str, str]) -> Consent:
    """From stored or posted answers; what is missing was not asked. Raises `Invalid` ("consent_unknown")."""
    try:
        return Consent(**{name: Answer(said.get(name) or Answer.NOT_ASKED) for name in AUDIENCES})
    except ValueError:
        raise Invalid("consent_unknown") from None


class OverrideReason(StrEnum):
    """Why something may go out without the child's yes. There is no fifth."""

    CHILD_ASKS = "child_asks"
    LIFE_IN_DANGER = "life_in_danger"
    HARM_BY_TRUSTED = "harm_by_trusted"  # harm by someone whom the child trusts or depends on
    CHILD_HARMS_ANOTHER = "child_harms_another"  # a child who seriously harms another


@dataclass(frozen=True, slots=True)
class Override:
    """A recorded decision: the reason, and the worker who made it."""

    reason: OverrideReason
    by: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A concern as a referral sees it. Everything but ``concern`` may be unknown (empty or None).

    ``concern``: its kind. ``summary``: the counsellor's sentence. ``whereabouts``: where the child can be found.
    ``called``: what it wants to be called. ``reach``: a number at which it is safe to reach it. ``harm_by``: the
    organisation of who is said to have done harm, which never goes out. ``tell``: kinds of services that are to be
    told, the first before the others. ``ack_within`` (µs): a person there is to take note within so long.
    """

    concern: str
    happening: str = "unknown"  # now | past | unknown
    country: str = ""
    province: str = ""
    district: str = ""
    language: str | None = None
    age: int | None = None
    gender: str = ""
    accompanied: str = ""
    safe_tonight: str = ""  # yes | no | unknown
    safe_to_contact: str = ""
    circumstances: tuple[str, ...] = ()
    incident_at: int | None = None  # µs
    summary: str = ""
    whereabouts: str = ""
    called: str = ""
    reach: str = ""
    harm_by: str = ""
    tell: tuple[str, ...] = ()
    ack_within: int = 24 * HOUR
    consent: Consent = field(default_factory=Consent)

    @property
    def urgent(self) -> bool:
        return self.ack_within <= URGENT

    def as_text(self) -> str:
        """For the store, where it is sealed."""
        return json.dumps(asdict(self))


def matter_from(text: str) -> Matter:
    """What `Matter.as_text` has written."""
    kept: dict[str, Any] = json.loads(text)
    consent = consent_from(kept.pop("consent"))
    for name in ("circumstances", "tell"):
        kept[name] = tuple(kept[name])
    return Matter(**kept, consent=consent)


def must_be_possible(matter: Matter) -> None:
    """Raises `Invalid` ("text_too_long", "ack_within_wrong")."""
    texts = (matter.summary, matter.whereabouts, matter.called, matter.reach, matter.harm_by)
    if any(len(text) > LONGEST for text in texts):
        raise Invalid("text_too_long")
    if not MINUTE <= matter.ack_within <= 100 * 24 * HOUR:
        raise Invalid("ack_within_wrong")
