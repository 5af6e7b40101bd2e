"""The numbers of a line's routing policy. All times are in seconds, as an operator writes them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

SECOND = 1_000_000
"""Microseconds."""


class PolicyError(ValueError):
    """A policy that cannot be meant. ``faults`` are (key, what is wrong and how to mend it)."""

    code = "policy_invalid"

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{key}: {fault}" for key, fault in faults))
        self.faults = faults


def micros(seconds: float) -> int:
    return round(seconds * SECOND)


@dataclass(frozen=True, slots=True)
class Stages:
    """When each stage opens, in seconds since the contact first arrived; fluent counsellors are there from 0.

    ``wish_after_s`` is when a wish for a woman or a man that is not required is given up. ``pair_after_s`` is when
    a counsellor with an interpreter may come; where no counsellor on duty speaks the language they come at once.
    None: never opens. The stages for on-call interpreters and the fallback are told of, and not yet planned for.
    """

    basic_after_s: float = 20
    wish_after_s: float = 60
    pair_after_s: float | None = 30
    supervisors_after_s: float = 120
    on_call_after_s: float | None = None
    fallback_after_s: float | None = None


_DANGER_STAGES = Stages(basic_after_s=0, wish_after_s=0, pair_after_s=0, supervisors_after_s=0)


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """How one line routes. Raises PolicyError with every fault when a number makes no sense.

    ``targets_s``: the wait T that each priority aims at; a priority that is not among them counts as
    ``default_priority``. ``danger_stages`` may open no later than ``stages``. ``named_after_s``: how long a
    hand-over waits for the named person. ``refusal_cooldown_s``: how long a worker whom a contact passed by is
    out of its way when nobody else was tried since. ``offer_s``, ``connect_s``, ``wrap_up_s``: limits that the
    dispatcher sets as deadlines. ``scarcity``: among the equally fluent, leave those free for last who speak a
    language that has at most 1/``scarcity_factor`` of the speakers on duty that the contact's language has.
    ``after_children``: a line of institutions, whose turns come after those of all other lines.
    """

    targets_s: Mapping[str, float] = field(default_factory=lambda: {"normal": 60.0})
    default_priority: str = "normal"
    stages: Stages = Stages()
    danger_stages: Stages = _DANGER_STAGES
    named_after_s: float = 120
    refusal_cooldown_s: float = 60
    offer_s: float = 20
    connect_s: float = 30
    wrap_up_s: float = 300
    scarcity: bool = False
    scarcity_factor: float = 2
    after_children: bool = False

    def __post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise PolicyError(faults)

    def stages_for(self, danger: bool) -> Stages:
        return self.danger_stages if danger else self.stages

    def target(self, priority: str) -> int:
        """T of the priority in µs; an unknown priority is never an error while a child waits."""
        seconds = self.targets_s.get(priority)
        return micros(self.targets_s[self.default_priority] if seconds is None else seconds)


_STAGE_KEYS = (
    "basic_after_s",
    "wish_after_s",
    "pair_after_s",
    "supervisors_after_s",
    "on_call_after_s",
    "fallback_after_s",
)


def _faults(policy: LinePolicy) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if policy.default_priority not in policy.targets_s:
        named = ", ".join(sorted(policy.targets_s)) or "none"
        found.append(("default_priority", f"names no target in targets_s (there are: {named})"))
    for name, value in policy.targets_s.items():
        _positive(found, f"targets_s.{name}", value)
    for key in ("offer_s", "connect_s", "wrap_up_s"):
        _positive(found, key, getattr(policy, key))
    for key in ("named_after_s", "refusal_cooldown_s"):
        _not_negative(found, key, getattr(policy, key))
    if not _number(policy.scarcity_factor) or policy.scarcity_factor < 1:
        found.append(("scarcity_factor", "is to be a number of 1 or more"))
    for key in _STAGE_KEYS:
        calm, danger = getattr(policy.stages, key), getattr(policy.danger_stages, key)
        for table, value in (("stages", calm), ("danger_stages", danger)):
            if value is None and key in ("basic_after_s", "wish_after_s", "supervisors_after_s"):
                found.append((f"{table}.{key}", "is to be a number of seconds"))
            elif value is not None:
                _not_negative(found, f"{table}.{key}", value)
        if _number(calm) and _number(danger) and danger > calm:
            found.append((f"danger_stages.{key}", f"opens later than stages.{key}: a child in danger waits less"))
    return found


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _positive(found: list[tuple[str, str]], key: str, value: float) -> None:
    if not _number(value) or micros(value) < 1:
        found.append((key, "is to be a number of seconds above 0"))


def _not_negative(found: list[tuple[str, str]], key: str, value: float) -> None:
    if not _number(value) or value < 0:
        found.append((key, "is to be a number of seconds, 0 or more"))
