"""The rules of who may have whom, whose turn is first and who is best, for one person at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routing.model import (
    Bar,
    Level,
    LoadClass,
    Role,
    Seeking,
    Stage,
    Turn,
    WaitingContact,
    WorkerState,
)
from routing.policy import LinePolicy, micros

TurnKey = tuple[int, float, int, str]
"""Orders those who wait, first turn first: class, minus (waited ÷ T), first arrival, id."""

DANGER, MOVED_UP, WAITED, CLASSES = range(4)
"""Classes of turn; those of lines that come after the children's follow in the same order."""


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
    """The smaller goes first: danger, then the resumed and moved up, then the largest waited ÷ T.

    All of a line that comes after the children's come after all others, in the same order among themselves.
    """
    first = CLASSES if policy.after_children else 0
    if contact.danger:
        return (first + DANGER, 0.0, contact.first_arrival, contact.id)
    if contact.resumed or contact.moved_up:
        return (first + MOVED_UP, 0.0, contact.first_arrival, contact.id)
    pressure = waited(contact, now) / policy.target(contact.priority)
    return (first + WAITED, -pressure, contact.first_arrival, contact.id)


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


def interprets(worker: WorkerState) -> bool:
    return Role.INTERPRETER in worker.roles


def serves_line(worker: WorkerState, line: str) -> bool:
    return worker.lines is None or line in worker.lines


def relay_with(worker: WorkerState, contact: WaitingContact) -> str | None:
    """The language that the worker speaks best of those that the others who are there speak.

    The contact's own language relays nothing.
    """
    shared = [one for one in contact.relays or () if one in worker.languages and one != contact.language]
    return min(shared, key=lambda one: (-worker.languages[one], one), default=None)


def trained_for(worker: WorkerState, contact: WaitingContact) -> Bar | None:
    """What an interpreter lacks of what the contact requires."""
    if contact.certified and contact.language not in worker.certified:
        return Bar.CERTIFIED
    return Bar.CHILD_FRIENDLY if contact.child_friendly and not worker.child_friendly else None


def _seat_bar(worker: WorkerState, contact: WaitingContact) -> Bar | None:
    """Why the seat that the contact seeks to fill with one person is not for this one, ever."""
    seeking = contact.seeking
    if not (interprets(worker) if seeking is Seeking.INTERPRETER else can_answer(worker)):
        return Bar.ROLE
    if not serves_line(worker, contact.line):
        return Bar.LINE
    relayed = contact.relays is None or relay_with(worker, contact) is not None
    if seeking is Seeking.COUNSELLOR:
        if not relayed and contact.language not in worker.languages:
            return Bar.RELAY
    elif contact.language is not None and contact.language not in worker.languages:
        return Bar.LANGUAGE
    elif seeking is Seeking.INTERPRETER and not relayed:
        return Bar.RELAY
    if worker.id in contact.avoid:
        return Bar.AVOIDED
    return trained_for(worker, contact) if seeking is Seeking.INTERPRETER else None


def standing(worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int) -> Stage | Bar:
    """By which stage the worker may have the contact, or why not; duty and room in the hands are left aside.

    Alone in the seat that it seeks to fill, that is; a pair has rules of its own. The language is never dropped.
    The person named or met before comes at once, without waiting for a stage, and over a wish for a woman or a man
    that was not required.
    """
    unfit = _seat_bar(worker, contact)
    if unfit is not None:
        return unfit
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
    return _by_stage(worker, contact, policy, now, met)


def _by_stage(worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int, met: bool) -> Stage | Bar:
    """A child who has only an interpreter waits for nobody to speak better; the others may."""
    stages, wait = policy.stages_for(contact.danger), waited(contact, now)
    relayed = contact.seeking is Seeking.COUNSELLOR
    level = None if contact.language is None else worker.languages.get(contact.language)
    if not met and wait < micros(stages.wish_after_s):
        return Bar.GENDER
    if level is Level.BASIC and not relayed and wait < micros(stages.basic_after_s):
        return Bar.TOO_EARLY
    if contact.seeking is not Seeking.INTERPRETER and not counsels(worker):
        return Bar.TOO_EARLY if wait < micros(stages.supervisors_after_s) else Stage.SUPERVISORS
    return Stage.PAIR if relayed and level is None else stage_of(level)


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


def pair_open(contact: WaitingContact, policy: LinePolicy, now: int, spoken: bool) -> bool:
    """Whether a counsellor with an interpreter may have it.

    ``spoken``: somebody on duty could have it alone, busy or free; where there is nobody, nothing is waited for.
    """
    after = policy.stages_for(contact.danger).pair_after_s
    if after is None or contact.seeking is not Seeking.ANYONE or contact.language is None:
        return False
    return not waits_for_named(contact, policy, now) and (not spoken or waited(contact, now) >= micros(after))


def stage_reached(contact: WaitingContact, policy: LinePolicy, now: int, spoken: bool = True) -> Stage:
    """How far the doors have opened for a contact that waits, for those who look at the floor.

    ``spoken``: as in ``pair_open``.
    """
    if waits_for_named(contact, policy, now):
        return Stage.NAMED
    stages, wait = policy.stages_for(contact.danger), waited(contact, now)
    for stage, after in (
        (Stage.FALLBACK, stages.fallback_after_s),
        (Stage.ON_CALL, stages.on_call_after_s),
        (Stage.SUPERVISORS, stages.supervisors_after_s),
    ):
        if stage is Stage.SUPERVISORS and contact.seeking is Seeking.INTERPRETER:
            continue
        if after is not None and wait >= micros(after):
            return stage
    if contact.seeking is Seeking.COUNSELLOR or pair_open(contact, policy, now, spoken):
        return Stage.PAIR
    if contact.language is None:
        return Stage.UNKNOWN_LANGUAGE
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


def could_serve(worker: WorkerState, load_class: LoadClass, line: str | None, language: str | None) -> bool:
    """Whether the worker counts as one on duty, busy or free, who could have such a contact alone."""
    return (
        counts_as_speaker(worker)
        and worker.capacity(load_class) > 0
        and (line is None or serves_line(worker, line))
        and (language is None or language in worker.languages)
    )


def speaks_scarcer(
    spoken: Iterable[str], language: str | None, speakers: Mapping[str, int], policy: LinePolicy
) -> bool:
    """Whether one of the languages ``spoken`` is scarce beside the contact's language, on a line that minds."""
    if not policy.scarcity or language is None:
        return False
    plenty = speakers.get(language, 0) / policy.scarcity_factor
    return any(other != language and speakers.get(other, 0) <= plenty for other in spoken)


def fit(worker: WorkerState, contact: WaitingContact) -> int:
    """How well the eligible worker would be understood; the greater is the better.

    Alone: the level, or for an unknown language how many are spoken. An interpreter: the level in the contact's
    language, then in the relay language. A counsellor over an interpreter: the best level of all that either of the
    two there understands, and of equal ones the contact's own language.
    """
    level = worker.languages.get(contact.language or "", 0)
    if contact.seeking is not Seeking.COUNSELLOR and contact.language is None:
        return len(worker.languages)
    if contact.seeking is Seeking.ANYONE:
        return level
    relay = relay_with(worker, contact)
    if contact.seeking is Seeking.INTERPRETER:
        return 2 * level + (0 if relay is None else worker.languages[relay])
    return max(2 * level, 0 if relay is None else 2 * worker.languages[relay] - 1)


def dialect_met(worker: WorkerState, contact: WaitingContact) -> bool:
    return contact.dialect is None or contact.dialect in worker.dialects


def kept_free(worker: WorkerState, contact: WaitingContact, speakers: Mapping[str, int], policy: LinePolicy) -> bool:
    """Whether the line would rather keep the worker for others, where somebody is sought who answers alone."""
    return contact.seeking is Seeking.ANYONE and speaks_scarcer(worker.languages, contact.language, speakers, policy)


def choice_key(
    worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int, speakers: Mapping[str, int]
) -> tuple[int, bool, int, bool, bool, bool, bool, float, int, str]:
    """Orders the eligible, best first.

    Whom the contact has not passed by, then the longest ago; the person met before; who would be understood better;
    counsellors before supervisors; the wish; an interpreter's dialect; not scarce elsewhere; the least loaded; the
    longest idle; the id, so that the same floor always gives the same plan.
    """
    load_class, interpreter = contact.channel.load_class, contact.seeking is Seeking.INTERPRETER
    return (
        passed_by(contact, policy, now).get(worker.id, -1),
        worker.id != contact.preferred_worker,
        -fit(worker, contact),
        not interpreter and not counsels(worker),
        not wish_met(worker, contact),
        interpreter and not dialect_met(worker, contact),
        kept_free(worker, contact, speakers, policy),
        worker.load(load_class) / worker.capacity(load_class),
        worker.idle_since,
        worker.id,
    )
