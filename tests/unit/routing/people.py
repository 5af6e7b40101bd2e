"""People and contacts of the routing stories, and a floor that is asked in two ways at once."""

from typing import Any

from routing.index import Floor
from routing.model import Channel, Decision, Gender, Level, Role, WaitingContact, WorkerState
from routing.planner import Policies, plan_reference
from routing.policy import SECOND, LinePolicy

NOW = 1_800_000_000 * SECOND
LINE = "116"


def ago(seconds: float) -> int:
    return NOW - round(seconds * SECOND)


def later(seconds: float) -> int:
    return NOW + round(seconds * SECOND)


def worker(name: str, *spoken: str, role: Role = Role.COUNSELLOR, **known: Any) -> WorkerState:
    """``spoken`` is "so" for a fluent and "so-" for a basic speaker. Texts take no part unless they are asked for."""
    languages = {one.rstrip("-"): Level.BASIC if one.endswith("-") else Level.FLUENT for one in spoken}
    known.setdefault("roles", frozenset({role}))
    known.setdefault("idle_since", ago(600))
    known.setdefault("capacity_text", 0)
    return WorkerState(id=name, languages=languages, **known)


def interpreter(name: str, *spoken: str, **known: Any) -> WorkerState:
    return worker(name, *spoken, role=Role.INTERPRETER, **known)


def woman(name: str, *spoken: str, **known: Any) -> WorkerState:
    return worker(name, *spoken, gender=Gender.WOMAN, **known)


def man(name: str, *spoken: str, **known: Any) -> WorkerState:
    return worker(name, *spoken, gender=Gender.MAN, **known)


def child(name: str, language: str | None, waited: float = 0, **known: Any) -> WaitingContact:
    known.setdefault("line", LINE)
    known.setdefault("version", 1)
    known.setdefault("channel", Channel.VOICE)
    known.setdefault("queued_at", ago(waited))
    return WaitingContact(id=name, language=language, first_arrival=ago(waited), **known)


def policies(policy: LinePolicy | None = None) -> Policies:
    return Policies({LINE: policy or LinePolicy()})


def plan(
    workers: list[WorkerState], contacts: list[WaitingContact], policy: LinePolicy | None = None, now: int = NOW
) -> list[Decision]:
    """What is decided, by the plain definition and by the floor, who have to say the same."""
    plain = plan_reference(workers, contacts, policies(policy), now)
    floor = Floor(policies(policy))
    for one in workers:
        floor.put_worker(one)
    for other in contacts:
        floor.put_contact(other)
    assert floor.plan(now) == plain
    return plain


def pairs(decisions: list[Decision]) -> list[tuple[str, str]]:
    """Who got whom, in the order of the decisions."""
    return [(decision.contact_id, decision.workers[0][1]) for decision in decisions]


def workers_of(decision: Decision) -> tuple[str, ...]:
    """All to whom it is offered, the counsellor first."""
    return tuple(worker_id for _, worker_id in decision.workers)


def who_together(
    workers: list[WorkerState], contact: WaitingContact, policy: LinePolicy | None = None, now: int = NOW
) -> tuple[str, ...]:
    """Who gets the one contact, one or two or nobody."""
    decided = plan(workers, [contact], policy, now)
    return workers_of(decided[0]) if decided else ()


def who(
    workers: list[WorkerState], contact: WaitingContact, policy: LinePolicy | None = None, now: int = NOW
) -> str | None:
    """Who gets the one contact."""
    decided = pairs(plan(workers, [contact], policy, now))
    return decided[0][1] if decided else None
