"""Decisions with their reasons, and the plan by its plainest definition.

The plan: again and again take the contact whose turn is first among those that somebody free may have, alone or as
a pair, and give it to the best of them. ``plan_reference`` says so in O(contacts × workers), and × workers again
where pairs are looked at; the floor's index does the same sequence fast, and is tested against it.
"""

from collections.abc import Iterable

from routing import pairs, rules
from routing.model import (
    BridgeReasons,
    Decision,
    Gender,
    Reasons,
    Role,
    Seeking,
    Stage,
    WaitingContact,
    Wish,
    WorkerState,
)
from routing.pairs import Relay
from routing.policy import SECOND, LinePolicy
from routing.rules import Policies, TurnKey, barred_worker, eligibility, stage_reached

__all__ = [
    "Policies",
    "TurnKey",
    "barred_worker",
    "decide",
    "decide_pair",
    "eligibility",
    "plan_reference",
    "stage_reached",
]


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
    recent = rules.passed_by(contact, policy, now) if contact.refusals else {}
    reasons = Reasons(
        stage,
        rules.turn(contact),
        max(0, now - contact.first_arrival) / SECOND,
        language,
        None if language is None else worker.languages.get(language),
        len(worker.languages),
        load,
        worker.capacity(contact.channel.load_class),
        max(0, now - worker.idle_since) / SECOND,
        eligible,
        wish_outcome(contact, worker.gender) if contact.gender_wish is not None else None,
        tuple(sorted(recent)),
        scarce_speaker,
        worker.id in recent,
        None if contact.seeking is Seeking.ANYONE else _joining(worker, contact),
    )
    # Whoever takes a contact and does not interpret in it counsels in it, a supervisor too.
    role = Role.INTERPRETER if contact.seeking is Seeking.INTERPRETER else Role.COUNSELLOR
    return Decision(contact.id, contact.version, ((role, worker.id),), stage, reasons, contact)


def _joining(worker: WorkerState, contact: WaitingContact) -> BridgeReasons:
    relay = rules.relay_with(worker, contact)
    level = None if relay is None else worker.languages[relay]
    if contact.seeking is Seeking.INTERPRETER:
        return BridgeReasons(relay, interpreter_level=level)
    return BridgeReasons(relay, counsellor_level=level)


def decide_pair(
    counsellor: WorkerState,
    interpreter: WorkerState,
    contact: WaitingContact,
    policy: LinePolicy,
    now: int,
    *,
    relay: Relay,
    eligible: int,
) -> Decision:
    """The decision for a pair that is eligible, with its reasons. Of both the loads are those before it."""
    recent = rules.passed_by(contact, policy, now) if contact.refusals else {}
    load_class = contact.channel.load_class
    reasons = Reasons(
        Stage.PAIR,
        rules.turn(contact),
        rules.waited(contact, now) / SECOND,
        contact.language,
        interpreter.languages[contact.language or ""],
        len(counsellor.languages),
        counsellor.load(load_class),
        counsellor.capacity(load_class),
        max(0, now - counsellor.idle_since) / SECOND,
        eligible,
        wish_outcome(contact, counsellor.gender),
        tuple(sorted(recent)),
        came_round=counsellor.id in recent or interpreter.id in recent,
        bridge=BridgeReasons(
            relay.language,
            relay.counsellor,
            relay.interpreter,
            interpreter.load(load_class),
            interpreter.capacity(load_class),
            max(0, now - interpreter.idle_since) / SECOND,
        ),
    )
    both = ((Role.COUNSELLOR, counsellor.id), (Role.INTERPRETER, interpreter.id))
    return Decision(contact.id, contact.version, both, Stage.PAIR, reasons, contact)


def plan_reference(
    workers: Iterable[WorkerState], contacts: Iterable[WaitingContact], policies: Policies, now: int
) -> list[Decision]:
    """The plan, said plainly: each contact in its turn gets the best who are free for it, if there are any.

    Going once through the contacts in order is the same as starting over after each decision, because a decision
    only ever takes room away.
    """
    staff = {worker.id: worker for worker in workers}
    plan: list[Decision] = []
    for contact in sorted(contacts, key=lambda one: rules.turn_key(one, policies.of(one.line), now)):
        decision = _best(list(staff.values()), contact, policies.of(contact.line), now)
        if decision is not None:
            plan.append(decision)
            for _, worker_id in decision.workers:
                staff[worker_id] = staff[worker_id].with_load(contact.channel.load_class, 1)
    return plan


def _best(staff: list[WorkerState], contact: WaitingContact, policy: LinePolicy, now: int) -> Decision | None:
    """One alone or a pair: first whom the contact has not just passed by; then counsellors, pairs, supervisors."""
    recent = rules.passed_by(contact, policy, now)
    alone = _alone(staff, contact, policy, now)
    together = _together(staff, contact, policy, now)
    doors = [(worker.id in recent, 2 if stage is Stage.SUPERVISORS else 0) for worker, stage in alone]
    if together:
        counsellor, interpreter, relay = min(
            together, key=lambda pair: pairs.pair_key(pair[0], pair[1], contact, pair[2], recent)
        )
        if min(doors, default=(True, 3)) > (counsellor.id in recent or interpreter.id in recent, 1):
            eligible = len({one.id for _, one, _ in together})
            return decide_pair(counsellor, interpreter, contact, policy, now, relay=relay, eligible=eligible)
    if not alone:
        return None
    speakers = rules.speakers_on_duty(staff)
    best, stage = min(alone, key=lambda one: rules.choice_key(one[0], contact, policy, now, speakers))
    return decide(
        best,
        contact,
        policy,
        now,
        stage=stage,
        load=best.load(contact.channel.load_class),
        eligible=len(alone),
        scarce_speaker=rules.kept_free(best, contact, speakers, policy),
    )


def _alone(
    staff: list[WorkerState], contact: WaitingContact, policy: LinePolicy, now: int
) -> list[tuple[WorkerState, Stage]]:
    """Who is free and may have it alone, and by which stage."""
    standings = [(worker, rules.eligibility(worker, contact, policy, now)) for worker in staff]
    return [(worker, stage) for worker, stage in standings if isinstance(stage, Stage)]


def _together(
    staff: list[WorkerState], contact: WaitingContact, policy: LinePolicy, now: int
) -> list[tuple[WorkerState, WorkerState, Relay]]:
    """All pairs of two who are free and may have it together: counsellor, interpreter, relay language."""
    load_class, language = contact.channel.load_class, contact.language
    spoken = any(rules.could_serve(worker, load_class, contact.line, language) for worker in staff)
    if not rules.pair_open(contact, policy, now, spoken):
        return []
    barred = rules.barred_worker(contact, policy, now)
    free = [one for one in staff if one.available and one.load(load_class) < one.capacity(load_class)]
    return [
        (counsellor, interpreter, relay)
        for counsellor in free
        if pairs.can_counsel(counsellor, contact, policy, now, barred)
        for interpreter in free
        if interpreter.id != counsellor.id and pairs.can_interpret(interpreter, contact, policy, now, barred)
        if (relay := pairs.relay_between(counsellor, interpreter, language)) is not None
    ]
