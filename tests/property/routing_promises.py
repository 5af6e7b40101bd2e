"""What the floor promises, written down once more in the plainest way, without the rules of the routing."""

from dataclasses import replace

from routing.model import Level, Role, Seeking, Stage, WaitingContact, WorkerState
from routing.planner import Policies
from routing.policy import SECOND, LinePolicy, Stages

BASIC, WISH, PAIR, SUPERVISORS, COOLDOWN, NAMED = 20, 40, 30, 90, 60, 50
STAGES = Stages(basic_after_s=BASIC, wish_after_s=WISH, pair_after_s=PAIR, supervisors_after_s=SUPERVISORS)
TARGETS = {"urgent": 10.0, "normal": 60.0, "as normal": 60.0}
COURTS = "partners"


def policies(scarcity: bool) -> Policies:
    policy = LinePolicy(
        targets_s=TARGETS, stages=STAGES, refusal_cooldown_s=COOLDOWN, named_after_s=NAMED, scarcity=scarcity
    )
    calm = replace(policy, scarcity=False)
    return Policies({"116": policy, "933": calm, COURTS: replace(calm, after_children=True)})


def waited(contact: WaitingContact, now: int) -> float:
    return (now - contact.first_arrival) / SECOND


def is_free(worker: WorkerState, contact: WaitingContact) -> bool:
    load_class = contact.channel.load_class
    return worker.available and worker.load(load_class) < worker.capacity(load_class)


def serves(worker: WorkerState, contact: WaitingContact) -> bool:
    return worker.lines is None or contact.line in worker.lines


def language_matches(worker: WorkerState, contact: WaitingContact, stage: Stage, now: int) -> bool:
    """Of one who is alone in the seat that was sought."""
    level = worker.languages.get(contact.language) if contact.language else Level.FLUENT
    if contact.seeking is not Seeking.ANYONE and contact.relays is not None:
        relayed = bool((contact.relays & set(worker.languages)) - {contact.language})
        speaks = contact.language is not None and level is not None
        if not relayed and not (contact.seeking is Seeking.COUNSELLOR and speaks):
            return False
    if contact.seeking is Seeking.COUNSELLOR:
        return True
    if contact.language is None:
        return True
    return {
        Stage.FLUENT: level is Level.FLUENT,
        Stage.BASIC: level is Level.BASIC and (contact.danger or waited(contact, now) >= BASIC),
        Stage.SUPERVISORS: level is not None and (contact.danger or waited(contact, now) >= SUPERVISORS),
        Stage.NAMED: level is not None and worker.id == contact.only_worker,
        Stage.SAME_PERSON: level is not None and worker.id == contact.preferred_worker,
    }.get(stage, False)


def just_refused(worker: WorkerState, contact: WaitingContact, now: int) -> bool:
    """Of all whom it passed by, this one was the last, less than the cooldown ago."""
    if not contact.refusals:
        return False
    last = max(contact.refusals, key=lambda one: (one.at, one.worker_id))
    return last.worker_id == worker.id and now < last.at + COOLDOWN * SECOND


def recently(worker: WorkerState, contact: WaitingContact, now: int) -> bool:
    return any(one.worker_id == worker.id and now < one.at + COOLDOWN * SECOND for one in contact.refusals)


def goes_before(one: WaitingContact, other: WaitingContact, now: int) -> bool:
    if (one.line == COURTS) != (other.line == COURTS):
        return other.line == COURTS
    if one.id == other.id or one.danger != other.danger:
        return one.danger and not other.danger
    front = [contact.resumed or contact.moved_up for contact in (one, other)]
    if not one.danger and front[0] != front[1]:
        return front[0]
    if one.first_arrival == other.first_arrival and TARGETS[one.priority] == TARGETS[other.priority]:
        return one.id < other.id
    if one.danger or front[0] or TARGETS[one.priority] == TARGETS[other.priority]:
        return one.first_arrival < other.first_arrival
    pressures = [(now - contact.first_arrival) / TARGETS[contact.priority] for contact in (one, other)]
    return pressures[0] > pressures[1]


def kept_for_named(contact: WaitingContact, now: int) -> bool:
    if contact.only_worker is None or now >= contact.queued_at + NAMED * SECOND:
        return False
    return not any(one.worker_id == contact.only_worker and one.at >= contact.queued_at for one in contact.refusals)


def trained(worker: WorkerState, contact: WaitingContact) -> bool:
    if contact.certified and contact.language not in worker.certified:
        return False
    return worker.child_friendly or not contact.child_friendly


def could_have(worker: WorkerState, contact: WaitingContact, now: int) -> bool:
    """The doors for one alone, in the plainest words."""
    if not is_free(worker, contact) or not serves(worker, contact) or worker.id in contact.avoid:
        return False
    wait = waited(contact, now)
    level = worker.languages.get(contact.language) if contact.language else Level.FLUENT
    if contact.seeking is Seeking.INTERPRETER:
        if Role.INTERPRETER not in worker.roles or not trained(worker, contact):
            return False
    elif worker.roles == {Role.INTERPRETER}:
        return False
    over_relay = set(worker.languages) & ((contact.relays or set()) - {contact.language})
    if contact.seeking is Seeking.INTERPRETER and contact.relays is not None and not over_relay:
        return False
    if contact.seeking is Seeking.COUNSELLOR:
        if contact.relays is not None and not over_relay and (contact.language is None or level is None):
            return False
        level = Level.FLUENT
    if level is None or just_refused(worker, contact, now):
        return False
    as_wished = contact.gender_wish in (None, worker.gender)
    if contact.gender_required and not as_wished:
        return False
    if kept_for_named(contact, now):
        return worker.id == contact.only_worker
    if contact.danger or (worker.id == contact.preferred_worker and not recently(worker, contact, now)):
        return True
    if level is Level.BASIC and wait < BASIC:
        return False
    if contact.seeking is not Seeking.INTERPRETER and Role.COUNSELLOR not in worker.roles and wait < SUPERVISORS:
        return False
    return as_wished or wait >= WISH


def pairs_may_come(contact: WaitingContact, staff: list[WorkerState], now: int) -> bool:
    if contact.seeking is not Seeking.ANYONE or contact.language is None or kept_for_named(contact, now):
        return False
    if contact.danger or waited(contact, now) >= PAIR:
        return True
    return not any(
        one.available
        and Role.COUNSELLOR in one.roles
        and contact.language in one.languages
        and serves(one, contact)
        and one.capacity(contact.channel.load_class)
        for one in staff
    )


def could_pair(counsellor: WorkerState, interpreter: WorkerState, contact: WaitingContact, now: int) -> bool:
    """The door for two together, in the plainest words; that it is open at all is ``pairs_may_come``."""
    both = (counsellor, interpreter)
    if counsellor.id == interpreter.id or not all(is_free(one, contact) and serves(one, contact) for one in both):
        return False
    if Role.COUNSELLOR not in counsellor.roles or Role.INTERPRETER not in interpreter.roles:
        return False
    if any(one.id in contact.avoid or just_refused(one, contact, now) for one in both):
        return False
    level = interpreter.languages.get(contact.language or "")
    if level is None or not trained(interpreter, contact):
        return False
    soon = contact.danger
    if level is Level.BASIC and not soon and waited(contact, now) < BASIC:
        return False
    if not (set(counsellor.languages) & set(interpreter.languages)) - {contact.language}:
        return False
    as_wished = [contact.gender_wish in (None, one.gender) for one in both]
    if contact.gender_required:
        return all(as_wished)
    return as_wished[0] or soon or waited(contact, now) >= WISH
