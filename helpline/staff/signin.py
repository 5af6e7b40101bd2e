"""Signing in: a password checked with argon2 off the event loop, and a session that the server holds.

A wrong password and an unknown name get the same answer after the same work. Tries are counted by account and by
address, neither of which is kept in clear: in memory, and with the other processes (`helpline.counts`).
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from helpline.clock import HOUR, MINUTE, Clock
from helpline.counts import Counts, Uncounted
from helpline.errors import Refused
from helpline.store import sign_ins
from helpline.store.db import Store, Tx
from helpline.store.sign_ins import Account

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
    person_id: str


class Accounts(Protocol):
    """Whose passwords are checked, and where their sessions are kept: `helpline.store.sign_ins`, or an officer's."""

    def account_of(self, tx: Tx, sign_in: str, /) -> Account | None: ...
    def add_sign_in(self, tx: Tx, token_hash: str, person_id: str, csrf: str, expires_at: int, /) -> None: ...


class SignIn:
    """Opens sessions that last ``hours``, of the people who work here unless other ``accounts`` are given."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        hours: float,
        new_token: Callable[[], str] = secrets.token_urlsafe,
        accounts: Accounts = sign_ins,
        counts: Counts | None = None,
        counted_as: str = "worker",
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._clock = clock
        self._life = int(hours * HOUR)
        self._new_token = new_token
        self._by_account = Tries(TRIES_PER_ACCOUNT)
        self._by_address = Tries(TRIES_PER_ADDRESS)
        self._counts: Counts = counts or Uncounted()
        self._counted_as = counted_as
        self._busy = asyncio.Semaphore(_AT_ONCE)
        self._salt = new_token()
        self._nobody: str | None = None

    async def open(self, name: str, password: str, address: str) -> Opened:
        """Check the password and open a session. Raises as `prove`."""
        person_id = await self.prove(name, password, address)
        token, csrf = self._new_token(), self._new_token()

        def unit(tx: Tx) -> None:
            self._accounts.add_sign_in(tx, token_hash(token), person_id, csrf, tx.now + self._life)

        await self._store.write(unit)
        return Opened(token, person_id)

    async def prove(self, name: str, password: str, address: str) -> str:
        """Whose name and password these are.

        Raises Refused ``wrong_sign_in`` (also for a name that does not exist), or Refused ``too_many_tries``, whose
        message says how long to wait.
        """
        name = name.strip().lower()[:_LONGEST]
        account_key, address_key = self._key(name), self._key(address)
        now = self._clock.now()
        here = max(self._by_account.wait(account_key, now), self._by_address.wait(address_key, now))
        by_all = [(f"{self._counted_as} {name}", TRIES_PER_ACCOUNT), (f"address {address}", TRIES_PER_ADDRESS)]
        wait = here or max([await self._counts.wait(key, most, WINDOW) for key, most in by_all])
        if wait:
            raise Refused("too_many_tries", str(max(1, -(-wait // MINUTE))))
        # Counted before the slow check, so that tries made at once do not all slip through.
        self._by_account.failed(account_key, now)
        self._by_address.failed(address_key, now)
        for key, _ in by_all:
            await self._counts.add(key, WINDOW)

        def look(tx: Tx) -> Account | None:
            return self._accounts.account_of(tx, name)

        account = await self._store.read(look)
        if not await self._matches(account.password_hash if account else None, password) or account is None:
            raise Refused("wrong_sign_in")
        self._by_account.forget(account_key)
        self._by_address.forgive(address_key)
        await self._counts.forget(by_all[0][0])
        await self._counts.take_back(by_all[1][0])
        return account.person_id

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
