"""The rules of two who come together: a counsellor, and an interpreter between the counsellor and the child."""

from collections.abc import Mapping
from typing import NamedTuple

from routing import rules
from routing.model import Level, WaitingContact, WorkerState
from routing.policy import LinePolicy, micros


class Relay(NamedTuple):
    """A language that both of a pair speak, and how well."""

    language: str
    counsellor: Level
    interpreter: Level

    @property
    def quality(self) -> int:
        """The greater is the better; that the counsellor speaks it well weighs more."""
        return 2 * self.counsellor + self.interpreter


PairKey = tuple[int, bool, int, bool, bool, bool, int, float, int, str, str]


def relay_between(counsellor: WorkerState, interpreter: WorkerState, language: str | None) -> Relay | None:
    """The best relay language of the two for a contact that speaks ``language``, which itself relays nothing."""
    shared = [
        Relay(one, level, interpreter.languages[one])
        for one, level in counsellor.languages.items()
        if one in interpreter.languages and one != language
    ]
    return min(shared, key=lambda relay: (-relay.quality, relay.language), default=None)


def can_counsel(worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int, barred: str | None) -> bool:
    """Whether the worker may be the counsellor of a pair; duty, room and relay are left aside.

    The wish for a woman or a man is the counsellor's to meet, until its stage gives it up. ``barred`` is
    ``rules.barred_worker``.
    """
    if not rules.counsels(worker) or not rules.serves_line(worker, contact.line):
        return False
    if worker.id == barred or worker.id in contact.avoid:
        return False
    wish_ends = micros(policy.stages_for(contact.danger).wish_after_s)
    given_up = not contact.gender_required and rules.waited(contact, now) >= wish_ends
    return given_up or rules.wish_met(worker, contact)


def can_interpret(
    worker: WorkerState, contact: WaitingContact, policy: LinePolicy, now: int, barred: str | None
) -> bool:
    """Whether the worker may be the interpreter of a pair; duty, room and relay are left aside.

    A wish for a woman or a man binds the interpreter only if it is required. ``barred`` as in ``can_counsel``.
    """
    level = worker.languages.get(contact.language or "")
    if level is None or not rules.interprets(worker) or not rules.serves_line(worker, contact.line):
        return False
    if worker.id == barred or worker.id in contact.avoid or rules.trained_for(worker, contact) is not None:
        return False
    if contact.gender_required and not rules.wish_met(worker, contact):
        return False
    basic_after = micros(policy.stages_for(contact.danger).basic_after_s)
    return level is Level.FLUENT or rules.waited(contact, now) >= basic_after


def pair_key(
    counsellor: WorkerState,
    interpreter: WorkerState,
    contact: WaitingContact,
    relay: Relay,
    recent: Mapping[str, int],
) -> PairKey:
    """Orders the pairs that are eligible, best first; ``recent`` is ``rules.passed_by``.

    Whom the contact has not passed by, then the longest ago; with the person met before; the interpreter's level in
    the contact's language; the wish, the counsellor's first; the dialect; the relay language; the least loaded
    together; the longest idle together; the ids. Of a counsellor and of an interpreter the best is, for each relay
    language, the same whoever the other is: each term is of one of the two or their sum.
    """
    load_class = contact.channel.load_class
    return (
        max(recent.get(counsellor.id, -1), recent.get(interpreter.id, -1)),
        contact.preferred_worker not in (counsellor.id, interpreter.id),
        -interpreter.languages[contact.language or ""],
        not rules.wish_met(counsellor, contact),
        not rules.wish_met(interpreter, contact),
        not rules.dialect_met(interpreter, contact),
        -relay.quality,
        counsellor.load(load_class) / counsellor.capacity(load_class)
        + interpreter.load(load_class) / interpreter.capacity(load_class),
        counsellor.idle_since + interpreter.idle_since,
        counsellor.id,
        interpreter.id,
    )
