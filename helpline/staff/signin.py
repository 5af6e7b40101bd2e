"""Signing in: a password checked with argon2 off the event loop, and a session that the server holds.

A wrong password and an unknown name get the same answer after the same work. Tries are counted in memory by account
and by address, neither of which is kept in clear.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from helpline.clock import HOUR, MINUTE, Clock
from helpline.errors import Refused
from helpline.store.db import Store, Tx
from helpline.store.sign_ins import Account, account_of, add_sign_in

TRIES_PER_ACCOUNT = 5
TRIES_PER_ADDRESS = 30
WINDOW = 5 * MINUTE
_REMEMBERED = 10_000
_AT_ONCE = 2  # argon2 takes 64 MB and a core for each
_LONGEST = 200  # characters of a name that are looked at

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash to store. Takes about 0.2 s: call it in a thread."""
    return _hasher.hash(password)


def token_hash(token: str) -> str:
    """What the database holds of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Tries:
    """How often somebody failed within `WINDOW`. Pure but for its own counts; bounded in size."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._failed: dict[str, list[int]] = {}

    def wait(self, who: str, now: int) -> int:
        """Microseconds until this one may try again; 0: now."""
        times = self._recent(who, now)
        return times[-self._limit] + WINDOW - now if len(times) >= self._limit else 0

    def failed(self, who: str, now: int) -> None:
        times = self._recent(who, now)
        times.append(now)
        self._failed.pop(who, None)
        self._failed[who] = times[-self._limit :]
        while len(self._failed) > _REMEMBERED:
            del self._failed[next(iter(self._failed))]

    def forget(self, who: str) -> None:
        self._failed.pop(who, None)

    def forgive(self, who: str) -> None:
        """Take back the latest failure: it was none."""
        if self._failed.get(who):
            self._failed[who].pop()

    def _recent(self, who: str, now: int) -> list[int]:
        return [at for at in self._failed.get(who, ()) if at > now - WINDOW]


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: ``token`` goes into the cookie and nowhere else."""

    token: str
    worker_id: str


class SignIn:
    """Opens sessions that last ``hours``."""

    def __init__(
        self, store: Store, clock: Clock, *, hours: float, new_token: Callable[[], str] = secrets.token_urlsafe
    ) -> None:
        self._store = store
        self._clock = clock
        self._life = int(hours * HOUR)
        self._new_token = new_token
        self._by_account = Tries(TRIES_PER_ACCOUNT)
        self._by_address = Tries(TRIES_PER_ADDRESS)
        self._busy = asyncio.Semaphore(_AT_ONCE)
        self._salt = new_token()
        self._nobody: str | None = None

    async def open(self, name: str, password: str, address: str) -> Opened:
        """Check the password and open a session.

        Raises Refused ``wrong_sign_in`` (also for a name that does not exist), or Refused ``too_many_tries``, whose
        message says how long to wait.
        """
        name = name.strip().lower()[:_LONGEST]
        account_key, address_key = self._key(name), self._key(address)
        now = self._clock.now()
        wait = max(self._by_account.wait(account_key, now), self._by_address.wait(address_key, now))
        if wait:
            raise Refused("too_many_tries", str(max(1, -(-wait // MINUTE))))
        # Counted before the slow check, so that tries made at once do not all slip through.
        self._by_account.failed(account_key, now)
        self._by_address.failed(address_key, now)

        def look(tx: Tx) -> Account | None:
            return account_of(tx, name)

        account = await self._store.read(look)
        if not await self._matches(account.password_hash if account else None, password) or account is None:
            raise Refused("wrong_sign_in")
        self._by_account.forget(account_key)
        self._by_address.forgive(address_key)
        token, csrf, worker_id = self._new_token(), self._new_token(), account.worker_id

        def unit(tx: Tx) -> None:
            add_sign_in(tx, token_hash(token), worker_id, csrf, tx.now + self._life)

        await self._store.write(unit)
        return Opened(token, worker_id)

    async def _matches(self, stored: str | None, password: str) -> bool:
        async with self._busy:
            if self._nobody is None:
                self._nobody = await asyncio.to_thread(hash_password, self._new_token())
            right = await asyncio.to_thread(_verify, stored or self._nobody, password)
        return right and stored is not None

    def _key(self, who: str) -> str:
        return token_hash(self._salt + who)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
