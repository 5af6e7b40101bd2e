"""How soon a concern is: its kind, and what is known of it. Pure. What is not known counts as urgent."""

from dataclasses import dataclass

from config.concerns import ConcernKind, Urgency
from helpline.clock import HOUR


@dataclass(frozen=True, slots=True)
class Known:
    """What changes how soon: when it happened (µs, None: not known), a safe place tonight (yes, no, unknown)."""

    incident_at: int | None = None
    safe_tonight: str = "unknown"
    imminent: bool = False
    hazardous: bool = False


def urgency_of(kind: ConcernKind, known: Known, now: int) -> Urgency:
    """The first of the kind whose conditions hold; the last has none."""
    return next(one for one in kind.urgency if _holds(one, known, now))


def _holds(one: Urgency, known: Known, now: int) -> bool:
    if one.up_to_h is not None and known.incident_at is not None and now - known.incident_at > one.up_to_h * HOUR:
        return False
    if one.no_safe_place and known.safe_tonight == "yes":
        return False
    return not (one.imminent and not known.imminent) and not (one.hazardous and not known.hazardous)
