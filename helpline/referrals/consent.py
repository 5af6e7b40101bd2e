"""What may go out to a service, given what the child said and what a person decided. Pure.

The rules are literal tables, so that they can be read as they are. What is not in a table does not go out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from helpline.errors import Refused
from helpline.referrals.matter import Answer, Consent, Matter, Override, OverrideReason

FIELDS = (
    "reference",
    "concern",
    "happening",
    "answer_by",
    "country",
    "province",
    "district",
    "language",
    "age",
    "gender",
    "accompanied",
    "circumstances",
    "safe_tonight",
    "safe_to_contact",
    "incident_at",
    "summary",
    "whereabouts",
    "called",
    "reach",
    "call_back",
)
"""Everything that a referral can hold, in the order in which it is read. Nationality and papers are not among it."""

_BARE = frozenset({"reference", "concern", "happening", "answer_by", "country", "province", "language", "call_back"})
"""What says nothing of a child: that there is something, of what kind, where about, and whom to ask."""

_TO_ACT = _BARE | {"district", "age", "gender", "accompanied", "safe_tonight", "safe_to_contact", "summary"}


class Basis(StrEnum):
    """By what right something goes out."""

    CONSENT = "consent"
    OVERRIDE = "override"


WITH_YES: Mapping[str, frozenset[str]] = {
    "services": frozenset(FIELDS),
    # Circumstances say whether a child has papers: they are nothing for who could detain it for that.
    "authorities": frozenset(FIELDS) - {"circumstances"},
    "others": _TO_ACT - {"summary", "accompanied"},
}
"""By the answer that allows it. To the family nothing is referred: a person speaks with it."""

BY_OVERRIDE: Mapping[OverrideReason, frozenset[str]] = {
    # The child itself wants this told: as with a yes, but for what it has not spoken of.
    OverrideReason.CHILD_ASKS: _TO_ACT | {"incident_at", "whereabouts", "called"},
    # To find the child and to keep it alive.
    OverrideReason.LIFE_IN_DANGER: _TO_ACT | {"incident_at", "whereabouts", "reach"},
    # To protect it, without leading anybody to it who could tell the one it fears.
    OverrideReason.HARM_BY_TRUSTED: _TO_ACT | {"incident_at"},
    # To protect the other child.
    OverrideReason.CHILD_HARMS_ANOTHER: _BARE | {"district", "summary", "incident_at"},
}


@dataclass(frozen=True, slots=True)
class Release:
    """``content`` is exactly what goes out. ``withheld``: fields that are known and stay here."""

    content: Mapping[str, Any]
    basis: Basis
    audience: str
    withheld: tuple[str, ...]


def allowed(audience: str, consent: Consent, override: Override | None) -> tuple[frozenset[str], Basis]:
    """The fields that may go out. Raises `Refused` ("consent_missing") when nothing may.

    With the child's yes an override adds nothing. Without it only the override's own table counts, whatever the answer.
    """
    if audience in WITH_YES and consent.to(audience) is Answer.YES:
        return WITH_YES[audience], Basis.CONSENT
    if override is None or audience not in WITH_YES:
        raise Refused("consent_missing", "The child has not said yes to this, and nobody has decided otherwise.")
    fields = BY_OVERRIDE[override.reason]
    return fields & WITH_YES[audience], Basis.OVERRIDE


def releasable(
    matter: Matter, audience: str, override: Override | None = None, *, reference: str, call_back: str, answer_by: int
) -> Release:
    """What a service of this audience may be told. ``call_back``: the helpline's own number; ``answer_by`` in µs.

    Raises `Refused` ("consent_missing").
    """
    fields, basis = allowed(audience, matter.consent, override)
    known = _known(matter) | {"reference": reference, "call_back": call_back, "answer_by": answer_by}
    content = {name: known[name] for name in FIELDS if name in fields and name in known}
    withheld = tuple(name for name in FIELDS if name in known and name not in fields)
    return Release(content, basis, audience, withheld)


def _known(matter: Matter) -> dict[str, Any]:
    """What there is to tell. A field that is empty is not known, and is not sent as empty either."""
    every: dict[str, Any] = {
        name: getattr(matter, name) for name in FIELDS if name not in ("reference", "answer_by", "call_back")
    }
    every["circumstances"] = list(matter.circumstances)
    return {name: value for name, value in every.items() if value not in ("", None, [])}
