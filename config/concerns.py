"""Kinds of protection concerns: who is told, in how long to act and to acknowledge, and by which ladder. Data."""

from functools import cached_property
from typing import Annotated

from pydantic import Field, model_validator

from config.ladders import Ladders
from config.taxonomy import Code, Part, Term, Terms

Seconds = Annotated[int, Field(ge=0, le=31 * 24 * 3600)]


class Urgency(Part):
    """How soon, where all of its conditions hold; one without any is for what is left.

    ``up_to_h``: the incident was so many hours ago at most, or its time is not known. ``no_safe_place``: the child has
    none tonight, or that is not known. ``imminent``, ``hazardous``: somebody said so.
    ``told`` stands in for that of the kind.
    """

    up_to_h: Annotated[int, Field(ge=1, le=24 * 31)] | None = None
    no_safe_place: bool = False
    imminent: bool = False
    hazardous: bool = False
    act_s: Seconds
    acknowledge_s: Annotated[int, Field(ge=60, le=31 * 24 * 3600)]
    ladder: Code
    told: tuple[Code, ...] | None = None

    @property
    def conditional(self) -> bool:
        return self.up_to_h is not None or self.no_safe_place or self.imminent or self.hazardous


class ConcernKind(Term):
    """``told``: kinds of services that it is referred to, those for welfare and health before any other.

    ``holds_flagger``: while it is open, no new offer goes to whoever flagged it. ``private``: it is about one of our
    own: only the ladder's posts see it, never a supervisor or the person whom it is about.
    """

    told: tuple[Code, ...] = ()
    urgency: Annotated[tuple[Urgency, ...], Field(min_length=1)]
    holds_flagger: bool = False
    private: bool = False

    @model_validator(mode="after")
    def _something_is_always_right(self) -> "ConcernKind":
        if self.urgency[-1].conditional:
            raise ValueError(f"{self.code} says nothing for what is left. Add an urgency without conditions at the end")
        for place, one in enumerate(self.urgency[:-1], start=1):
            if not one.conditional:
                raise ValueError(f"{self.code}: urgency {place} leaves nothing for those after it. Move it to the end")
        return self

    def asks(self, condition: str) -> bool:
        """Whether an answer (``up_to_h``, ``no_safe_place``, ``imminent``, ``hazardous``) changes how soon it is."""
        return any(getattr(one, condition) for one in self.urgency)


class Concerns(Part):
    """All of them. ``reveal_minutes``: how long a number stays in clear after a supervisor has revealed it."""

    kind: Annotated[tuple[ConcernKind, ...], Field(min_length=1)]
    harmed_by: Terms
    outcomes: Terms
    reveal_minutes: Annotated[int, Field(ge=1, le=60)] = 15

    @model_validator(mode="after")
    def _each_code_once(self) -> "Concerns":
        for name in ("kind", "harmed_by", "outcomes"):
            codes = [term.code for term in getattr(self, name)]
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"{name} names {', '.join(twice)} twice. Give each its own code")
        return self

    @cached_property
    def by_code(self) -> dict[str, ConcernKind]:
        return {kind.code: kind for kind in self.kind}


def ladder_faults(concerns: Concerns, ladders: Ladders) -> list[tuple[str, str, str]]:
    """What does not fit the ladders: (key, problem, remedy). The last rung must be told by the time to acknowledge."""
    found = []
    for kind in concerns.kind:
        for place, one in enumerate(kind.urgency):
            key = f"kind.{kind.code}.urgency.{place}.ladder"
            ladder = ladders.ladder.get(one.ladder)
            if ladder is None:
                found.append((key, "is no ladder", f"Write one of {', '.join(ladders.ladder)}, or add it there."))
            elif ladder.top_after_s > one.acknowledge_s:
                problem = f"reaches its last rung after {ladder.top_after_s} s, later than acknowledge_s"
                found.append((key, problem, "Shorten its waits, or choose a faster ladder."))
            elif kind.private and any(tell.role for rung in ladder.rungs for tell in rung.tell):
                problem = "tells a role of what is private"
                found.append((key, problem, "Choose a ladder that tells posts only."))
    return found
