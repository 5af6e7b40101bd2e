"""The rules of who answers whom, and the plan by its plainest definition.

The plan: again and again take the contact whose turn is first among those that some free worker may have, and
give it to the best of those workers. ``plan_reference`` says so in O(contacts × workers); the floor's index does
the same sequence fast, and is tested against it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routing.model import (
    Bar,
    Decision,
    Gender,
    Level,
    Reasons,
    Role,
    Stage,
    Turn,
    WaitingContact,
    Wish,
    WorkerState,
)
from routing.policy import SECOND, LinePolicy, micros

TurnKey = tuple[int, float, int, str]
"""Orders those who wait, first turn first: class, minus (waited ÷ T), first arrival, id."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy of each line, and the one for a line that has none: a child there is served all the same."""

    lines: Mapping[str, LinePolicy]
    otherwise: LinePolicy = field(default_factory=LinePolicy)

    def of(self, line: str) -> LinePolicy:
        return self.lines.get(line, self.otherwise)


def waited(contact: WaitingContact, now: int) -> int:
    """Microseconds since it first arrived; a time of arrival that lies ahead counts as now."""
    return max(0, now - contact.first_arrival)


def turn(contact: WaitingContact) -> Turn:
    """What its place among those who wait rests on."""
    if contact.danger:
        return Turn.DANGER
    if contact.resumed:
        return Turn.RESUMED
    return Turn.MOVED_UP if contact.moved_up else Turn.WAITED


def turn_key(contact: WaitingContact, policy: LinePolicy, now: int) -> TurnKey:
    """The smaller goes first: danger, then the resumed and moved up, then the largest waited ÷ T."""
    if contact.danger:
        return (0, 0.0, contact.first_arrival, contact.id)
    if contact.resumed or contact.moved_up:
        return (1, 0.0, contact.first_arrival, contact.id)
    pressure = waited(contact, now) / policy.target(contact.priority)
    return (2, -pressure, contact.first_arrival, contact.id)


def passed_by(contact: WaitingContact, policy: LinePolicy, now: int) -> dict[str, int]:
    """Whom the contact passed by within the cooldown: worker id to the last time (µs)."""
    since = now - micros(policy.refusal_cooldown_s)
    latest: dict[str, int] = {}
    for refusal in contact.refusals:
        if refusal.at > since and refusal.at >= latest.get(refusal.worker_id, refusal.at):
            latest[refusal.worker_id] = refusal.at
    return latest


def barred_worker(contact: WaitingContact, policy: LinePolicy, now: int) -> str | None:
    """Who may not have it yet: the last one whom it passed by, until the cooldown ends.

    All earlier ones have seen another tried since, and may have it when nobody is left whom it has not passed.
    """
    if not contact.refusals:
        return None
    last = max(contact.refusals, key=lambda refusal: (refusal.at, refusal.worker_id))
    return last.worker_id if now < last.at + micros(policy.refusal_cooldown_s) else None


def waits_for_named(contact: WaitingContact, policy: LinePolicy, now: int) -> bool:
    """Whether it is still kept for the person it was handed over to: not too long, and not after a refusal."""
    if contact.only_worker is None or now >= contact.queued_at + micros(policy.named_after_s):
        return False
    return not any(
        refusal.worker_id == contact.only_worker and refusal.at >= contact.queued_at for refusal in contact.refusals
    )


def wish_met(worker: WorkerState, contact: WaitingContact) -> bool:
    return contact.gender_wish is None or worker.gender is contact.gender_wish


def counsels(worker: WorkerState) -> bool:
    """Whether the first stages are theirs; a supervisor who does not counsel comes later."""
    return Role.COUNSELLOR in worker.roles


def can_answer(worker: WorkerState) -> bool:
    """Whether the worker may ever have a contact alone; one who only interprets may not."""
    return counsels(worker) or Role.SUPERVISOR in worker.roles


def standing(worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int) -> Stage | Bar:
    """By which stage the worker may have the contact, or why not; duty and room in the hands are left aside.

    The language is never dropped. The person named or met before comes at once, without waiting for a stage, and
    over a wish for a woman or a man that was not required.
    """
    if not can_answer(worker):
        return Bar.ROLE
    if worker.lines is not None and contact.line not in worker.lines:
        return Bar.LINE
    level = None if contact.language is None else worker.languages.get(contact.language)
    if contact.language is not None and level is None:
        return Bar.LANGUAGE
    named = waits_for_named(contact, policy, now)
    if named and worker.id != contact.only_worker:
        return Bar.KEPT_FOR_NAMED
    if barred_worker(contact, policy, now) == worker.id:
        return Bar.REFUSED
    met = wish_met(worker, contact)
    if not met and contact.gender_required:
        return Bar.GENDER
    if named:
        return Stage.NAMED
    if worker.id == contact.preferred_worker and worker.id not in passed_by(contact, policy, now):
        return Stage.SAME_PERSON
    return _by_stage(worker, contact, policy, now, level, met)


def _by_stage(
    worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int, level: Level | None, met: bool
) -> Stage | Bar:
    stages, wait = policy.stages_for(contact.danger), waited(contact, now)
    if not met and wait < micros(stages.wish_after_s):
        return Bar.GENDER
    if level is Level.BASIC and wait < micros(stages.basic_after_s):
        return Bar.TOO_EARLY
    if not counsels(worker):
        return Bar.TOO_EARLY if wait < micros(stages.supervisors_after_s) else Stage.SUPERVISORS
    return stage_of(level)


def stage_of(level: Level | None) -> Stage:
    """The stage of a counsellor by the level in the contact's language; None: that is not known."""
    if level is None:
        return Stage.UNKNOWN_LANGUAGE
    return Stage.FLUENT if level is Level.FLUENT else Stage.BASIC


def eligibility(worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int) -> Stage | Bar:
    """By which stage the worker may have the contact now, or why not."""
    if not worker.available:
        return Bar.OFF_DUTY
    load_class = contact.channel.load_class
    if worker.load(load_class) >= worker.capacity(load_class):
        return Bar.FULL
    return standing(worker, contact, policy, now)


def stage_reached(contact: WaitingContact, policy: LinePolicy, now: int) -> Stage:
    """How far the doors have opened for a contact that waits, for those who look at the floor."""
    if waits_for_named(contact, policy, now):
        return Stage.NAMED
    stages, wait = policy.stages_for(contact.danger), waited(contact, now)
    for stage, after in (
        (Stage.FALLBACK, stages.fallback_after_s),
        (Stage.ON_CALL, stages.on_call_after_s),
        (Stage.SUPERVISORS, stages.supervisors_after_s),
    ):
        if after is not None and wait >= micros(after):
            return stage
    if contact.language is None:
        return Stage.UNKNOWN_LANGUAGE
    if stages.pair_after_s is not None and wait >= micros(stages.pair_after_s):
        return Stage.PAIR
    return Stage.BASIC if wait >= micros(stages.basic_after_s) else Stage.FLUENT


def counts_as_speaker(worker: WorkerState) -> bool:
    return worker.available and counsels(worker)


def speakers_on_duty(workers: Iterable[WorkerState]) -> dict[str, int]:
    """How many counsellors on duty, busy or free, speak each language at any level."""
    counts: dict[str, int] = {}
    for worker in workers:
        if counts_as_speaker(worker):
            for language in worker.languages:
                counts[language] = counts.get(language, 0) + 1
    return counts


def speaks_scarcer(
    spoken: Iterable[str], language: str | None, speakers: Mapping[str, int], policy: LinePolicy
) -> bool:
    """Whether one of the languages ``spoken`` is scarce beside the contact's language, on a line that minds."""
    if not policy.scarcity or language is None:
        return False
    plenty = speakers.get(language, 0) / policy.scarcity_factor
    return any(other != language and speakers.get(other, 0) <= plenty for other in spoken)


def choice_key(
    worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int, speakers: Mapping[str, int]
) -> tuple[int, bool, int, bool, bool, bool, float, int, str]:
    """Orders the eligible, best first.

    Whom the contact has not passed by, then the longest ago; the person met before; the better level (or, for an
    unknown language, the more languages); counsellors before supervisors; the wish; not scarce elsewhere; the
    least loaded; the longest idle; the id, so that the same floor always gives the same plan.
    """
    level = len(worker.languages) if contact.language is None else worker.languages[contact.language]
    load_class = contact.channel.load_class
    return (
        passed_by(contact, policy, now).get(worker.id, -1),
        worker.id != contact.preferred_worker,
        -level,
        not counsels(worker),
        not wish_met(worker, contact),
        speaks_scarcer(worker.languages, contact.language, speakers, policy),
        worker.load(load_class) / worker.capacity(load_class),
        worker.idle_since,
        worker.id,
    )


def wish_outcome(contact: WaitingContact, gender: Gender) -> Wish | None:
    if contact.gender_wish is None:
        return None
    if gender is not contact.gender_wish:
        return Wish.GIVEN_UP
    return Wish.REQUIRED if contact.gender_required else Wish.HONOURED


def decide(
    worker: WorkerState,
    contact: WaitingContact,
    policy: LinePolicy,
    now: int,
    *,
    stage: Stage,
    load: int,
    eligible: int,
    scarce_speaker: bool,
) -> Decision:
    """The decision for a worker who is eligible by ``stage``, with its reasons. ``load``: the worker's before it."""
    language = contact.language
    recent = passed_by(contact, policy, now) if contact.refusals else {}
    reasons = Reasons(
        stage,
        turn(contact),
        max(0, now - contact.first_arrival) / SECOND,
        language,
        None if language is None else worker.languages[language],
        len(worker.languages),
        load,
        worker.capacity(contact.channel.load_class),
        max(0, now - worker.idle_since) / SECOND,
        eligible,
        wish_outcome(contact, worker.gender) if contact.gender_wish is not None else None,
        tuple(sorted(recent)),
        scarce_speaker,
        worker.id in recent,
    )
    # Whoever takes a contact alone counsels in it, a supervisor too.
    return Decision(contact.id, contact.version, ((Role.COUNSELLOR, worker.id),), stage, reasons, contact)


def plan_reference(
    workers: Iterable[WorkerState], contacts: Iterable[WaitingContact], policies: Policies, now: int
) -> list[Decision]:
    """The plan, said plainly: each contact in its turn gets the best worker who is free for it, if there is one.

    Going once through the contacts in order is the same as starting over after each decision, because a decision
    only ever takes room away.
    """
    staff = {worker.id: worker for worker in workers}
    speakers = speakers_on_duty(staff.values())
    plan: list[Decision] = []
    for contact in sorted(contacts, key=lambda one: turn_key(one, policies.of(one.line), now)):
        policy = policies.of(contact.line)
        free: dict[str, Stage] = {}
        for worker in staff.values():
            stage = eligibility(worker, contact, policy, now)
            if isinstance(stage, Stage):
                free[worker.id] = stage
        if not free:
            continue
        best = min((staff[one] for one in free), key=lambda one: choice_key(one, contact, policy, now, speakers))
        load_class = contact.channel.load_class
        plan.append(
            decide(
                best,
                contact,
                policy,
                now,
                stage=free[best.id],
                load=best.load(load_class),
                eligible=len(free),
                scarce_speaker=speaks_scarcer(best.languages, contact.language, speakers, policy),
            )
        )
        staff[best.id] = best.with_load(load_class, 1)
    return plan
