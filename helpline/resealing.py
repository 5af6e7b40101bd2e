"""A change of keys: what another key has sealed is sealed anew under the first, a few values at a time."""

from dataclasses import dataclass
from functools import partial

from helpline.privacy import Unreadable, Vault
from helpline.store import sealed
from helpline.store.db import Store, Tx
from helpline.store.sealed import Column, Place

AT_ONCE = 20
"""Values in one transaction, of which one may be a recording of megabytes: a call that comes meanwhile waits little."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many values were sealed anew, and how many cannot be opened with the keys that are there."""

    resealed: int = 0
    unreadable: int = 0

    def __add__(self, other: "Resealed") -> "Resealed":
        return Resealed(self.resealed + other.resealed, self.unreadable + other.unreadable)


async def reseal_all(store: Store, vault: Vault) -> Resealed:
    """Go through every sealed column. What is under the first key already is passed over, so it may be run again."""
    done = Resealed()
    for column in sealed.COLUMNS:
        after: Place | None = None
        while True:
            some, after = await store.write(partial(_some, vault=vault, column=column, after=after))
            done += some
            if after is None:
                break
    return done


def _some(tx: Tx, vault: Vault, column: Column, after: Place | None) -> tuple[Resealed, Place | None]:
    """The next few values of a column; and after which to go on, None at the end."""
    done = Resealed()
    found = sealed.values(tx, column, after, AT_ONCE)
    for place, blob in found:
        if not vault.needs_resealing(blob):
            continue
        try:
            sealed.replace(tx, column, place, blob, vault.reseal(blob))
        except Unreadable:
            done += Resealed(unreadable=1)
        else:
            done += Resealed(resealed=1)
    return done, found[-1][0] if len(found) == AT_ONCE else None
