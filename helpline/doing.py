"""What doing an effect means, whatever its kind: `outbox` does them, and every kind stands with what it is about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from helpline.clock import HOUR, MINUTE, SECOND
from helpline.store.db import Tx
from helpline.store.effects import Effect

Settle = Callable[[Tx], None]
"""Writes down what follows from an effect that was done, in the transaction that settles it."""

SOON = (SECOND // 2, SECOND, 2 * SECOND, 4 * SECOND)
"""Pauses between tries (µs) for what a live call waits for: it is given up after a few seconds."""

LATER = (2 * SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, *([HOUR] * 48))
"""Pauses for what may wait two days."""

SAFE_IN_BACKUP = 48 * HOUR
"""What the carrier holds is deleted there once it is here and in a backup: after so long (µs)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of effect is done. ``do`` raises `webhooks.ports.CarrierTrouble`.

    ``given_up`` writes down, with the trouble's code, that it was not done after all tries.
    """

    do: Callable[[Effect], Awaitable[Settle]]
    given_up: Callable[[Tx, Effect, str], None]
    pauses: tuple[int, ...] = SOON


def nothing(tx: Tx) -> None:
    """Nothing follows."""


def subject(effect: Effect) -> str:
    """What the effect is about; for kinds that are always about something."""
    assert effect.subject_id is not None
    return effect.subject_id
