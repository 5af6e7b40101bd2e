"""PINs on the telephone: an institution's, to ask for an interpreter, and a worker's, to go on duty.

A wrong PIN is answered ever more slowly, up to a bound, counted for the caller and for whose PIN it was: nobody is
ever locked out. A right PIN that comes from a telephone which is known for it is not slowed by what strangers try.
"""

import hmac
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from helpline.clock import HOUR, MINUTE, SECOND
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.privacy import Unreadable
from helpline.store import alarms, audit, institutions, pins, workers
from helpline.store.db import Tx
from helpline.store.institutions import Institution

FREE = 3
"""So many wrong PINs are answered at once."""

FIRST_PAUSE = 5 * SECOND
"""After them; each further one doubles it."""

LONGEST_FOR_CALLER = 15 * MINUTE
LONGEST_FOR_STRANGERS = 5 * MINUTE
"""To whom the PIN belongs, an attack costs at most this, and only on a telephone that is not known."""

LONGEST_FOR_WITHHELD = MINUTE
"""All who withhold their number are counted as one caller, so one of them can make others wait; but not for long."""

FORGOTTEN_AFTER = HOUR
GUESSED = 10
"""So many wrong ones in a row are an alarm: somebody may be guessing."""

SHORTEST, LONGEST = 4, 8
_MADE = 6  # digits

Kind = Literal["ok", "wrong", "slow_down", "not_digits"]


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """``wait_s``: whole seconds until another try is looked at, with "slow_down"; a right one is not looked at before.

    "wrong" is also what an institution hears that is unknown or disabled, or has no PIN.
    """

    kind: Kind
    institution: Institution | None = None
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """As `PinAnswer`, for a worker."""

    kind: Kind
    worker_id: str | None = None
    wait_s: int = 0


def slowed(wrong: int, last_at: int, now: int, longest: int) -> int:
    """Microseconds until the next try is looked at, after so many wrong ones; 0: at once. Pure."""
    if wrong < FREE or now - last_at >= FORGOTTEN_AFTER:
        return 0
    pause = min(longest, FIRST_PAUSE << min(wrong - FREE, 30))
    return max(0, last_at + pause - now)


def digits(said: str) -> str | None:
    """The digits that were keyed in or written, of any script, without spaces and hyphens; None when it is more."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", said) if letter not in " -\u200e\u200f")
    if not plain or len(plain) > 40 or not plain.isdecimal():
        return None
    return "".join(str(unicodedata.decimal(letter)) for letter in plain)


def check(tx: Tx, house: House, number: str, pin: str, from_hash: str | None) -> PinAnswer:
    """Whether institution number and PIN belong together. ``from_hash``: of the caller's number; None when withheld.

    What the institution may do (`Institution.may`) is for the caller of this to look at.
    """
    number_said, pin_said = digits(number), digits(pin)
    if number_said is None or pin_said is None:
        return PinAnswer("not_digits")
    found = institutions.numbered(tx, number_said)
    if found is None or found.disabled:
        wait = _tried(tx, from_hash, None, known=False, right=False)
        return PinAnswer("slow_down", None, wait) if wait else PinAnswer("wrong")
    owner = _of_institution(found.id)
    known = from_hash is not None and institutions.owns(tx, found.id, from_hash)
    right = _is_right(house, owner, pin_said, institutions.pin_hash(tx, found.id))
    wait = _tried(tx, from_hash, owner, known=known, right=right)
    if wait:
        return PinAnswer("slow_down", None, wait)
    return PinAnswer("ok", found) if right else PinAnswer("wrong")


def worker_check(tx: Tx, house: House, number: str, pin: str, from_hash: str | None) -> WorkerAnswer:
    """Whether a worker's number and PIN belong together. The worker's own telephone counts as known."""
    number_said, pin_said = digits(number), digits(pin)
    if number_said is None or pin_said is None:
        return WorkerAnswer("not_digits")
    found = pins.worker_numbered(tx, number_said)
    if found is None:
        wait = _tried(tx, from_hash, None, known=False, right=False)
        return WorkerAnswer("slow_down", None, wait) if wait else WorkerAnswer("wrong")
    worker_id, stored, reach_kind, reach_enc = found
    owner = _of_worker(worker_id)
    known = reach_kind == "phone" and _is_number(house, reach_enc, from_hash)
    right = _is_right(house, owner, pin_said, stored)
    wait = _tried(tx, from_hash, owner, known=known, right=right)
    if wait:
        return WorkerAnswer("slow_down", None, wait)
    return WorkerAnswer("ok", worker_id) if right else WorkerAnswer("wrong")


def set_pin(tx: Tx, house: House, by: str, institution_id: str, pin: str) -> None:
    """Give an institution a PIN, in place of an earlier one.

    Raises `Invalid` ("institution_unknown", "pin_not_digits", "pin_length", "pin_too_easy") and `Conflict`
    ("institution_disabled").
    """
    institution = institutions.get(tx, institution_id)
    if institution.disabled:
        raise Conflict("institution_disabled", "This institution is disabled.")
    said = fit(pin, institution.number)
    stored = _hashed(house, _of_institution(institution.id), said, tx.new_id())
    institutions.change(tx, institution.id, {"pin_hash": stored, "pin_set_at": tx.now})
    pins.forget_tries(tx, _of_institution(institution.id))
    alarms.close_topic(tx, _guessed(_of_institution(institution.id)))
    audit.add(tx, by, "institution_pin_set", subject_id=institution.id)


def set_worker_pin(
    tx: Tx, house: House, by: str, worker_id: str, pin: str, chance: random.Random, wanted: str | None = None
) -> str:
    """Give a worker a PIN; returns the number that goes with it, which stays the same when there was one.

    ``wanted``: the number for one who had none, when it is free.

    Raises `Invalid` ("worker_unknown", "pin_not_digits", "pin_length", "pin_too_easy").
    """
    workers.get(tx, worker_id)
    if wanted is not None and pins.is_taken(tx, wanted):
        wanted = None
    number = pins.number_of(tx, worker_id) or wanted or free_number(lambda digits: pins.is_taken(tx, digits), chance, 5)
    said = fit(pin, number)
    pins.put(tx, worker_id, number, _hashed(house, _of_worker(worker_id), said, tx.new_id()))
    pins.forget_tries(tx, _of_worker(worker_id))
    alarms.close_topic(tx, _guessed(_of_worker(worker_id)))
    audit.add(tx, by, "worker_pin_set", subject_id=worker_id)
    return number


def remove_worker_pin(tx: Tx, by: str, worker_id: str) -> None:
    """The worker can go on duty in the browser only."""
    if pins.remove(tx, worker_id):
        audit.add(tx, by, "worker_pin_removed", subject_id=worker_id)


def fit(pin: str, number: str) -> str:
    """The digits of a new PIN. Raises `Invalid` ("pin_not_digits", "pin_length", "pin_too_easy")."""
    said = digits(pin)
    if said is None:
        raise Invalid("pin_not_digits", "A PIN is digits only: it is keyed in on a telephone.")
    if not SHORTEST <= len(said) <= LONGEST:
        raise Invalid("pin_length", f"From {SHORTEST} to {LONGEST} digits.")
    if is_easy(said) or said == number:
        raise Invalid("pin_too_easy", "This PIN is among the first that somebody would try.")
    return said


def is_easy(pin: str) -> bool:
    """One digit, two that alternate, or a run such as 4567 or 3210."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return steps in ({0}, {1}, {9}) or len(set(pin[::2])) == len(set(pin[1::2])) == 1


def may_be_pin(text: str) -> bool:
    """Whether a text is digits alone that may be a PIN, or a number with one; a child's 1 or 000 is not."""
    said = digits(text)
    return said is not None and len(said) >= SHORTEST and not is_easy(said)


def fresh(chance: random.Random) -> str:
    """A new PIN of six digits."""
    while True:
        pin = "".join(str(chance.randrange(10)) for _ in range(_MADE))
        if not is_easy(pin):
            return pin


def free_number(is_taken: Callable[[str], bool], chance: random.Random, length: int) -> str:
    """Digits to be known by that nobody has; the first is never 0, so that it is not lost on the way."""
    while True:
        number = str(chance.randrange(10 ** (length - 1), 10**length))
        if not is_taken(number):
            return number


def _tried(tx: Tx, from_hash: str | None, owner: str | None, *, known: bool, right: bool) -> int:
    """Whole seconds to wait, 0 when the try was looked at; then it is counted, or a right one forgiven the caller."""
    caller = f"caller:{from_hash or 'withheld'}"
    longest = {caller: LONGEST_FOR_CALLER if from_hash else LONGEST_FOR_WITHHELD}
    if owner is not None and not known:
        longest[owner] = LONGEST_FOR_STRANGERS
    # Always the caller first: two that hold both never wait for each other.
    tries = {topic: pins.hold_tries(tx, topic) for topic in longest}
    wait = max(slowed(*tries[topic], tx.now, most) for topic, most in longest.items())
    if wait:
        return -(-wait // SECOND)
    if right:
        pins.forget_tries(tx, caller)
        return 0
    for topic, (wrong, last_at) in tries.items():
        count = 1 if tx.now - last_at >= FORGOTTEN_AFTER else wrong + 1
        pins.count(tx, topic, count)
        if topic == owner and count == GUESSED:
            about = {"worker_id": owner.partition(":")[2]} if owner.startswith("worker:") else {}
            alarms.raise_alarm(tx, "pin_guessed", _guessed(owner), **about)
    audit.add(tx, "carrier", "pin_wrong", subject_id=owner.partition(":")[2] if owner else None)
    return 0


def _is_right(house: House, owner: str, pin: str, stored: str | None) -> bool:
    if stored is None:
        return False
    salt, _, _ = stored.partition(":")
    return hmac.compare_digest(stored, _hashed(house, owner, pin, salt))


def _hashed(house: House, owner: str, pin: str, salt: str) -> str:
    """A PIN has so few digits that only the key, which is not in the database, keeps it from being found by trying."""
    return f"{salt}:{house.vault.hash_word(f'pin of {owner}', salt + pin)}"


def _is_number(house: House, sealed: bytes | None, from_hash: str | None) -> bool:
    if sealed is None or from_hash is None:
        return False
    try:
        return house.vault.hash_number(house.vault.open(sealed)) == from_hash
    except (Invalid, Unreadable):
        return False


def _of_institution(id: str) -> str:
    return f"institution:{id}"


def _of_worker(id: str) -> str:
    return f"worker:{id}"


def _guessed(owner: str) -> str:
    return f"pin_guessed:{owner}"
