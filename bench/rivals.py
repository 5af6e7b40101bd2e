"""Two ways in which others match contacts with workers, as honest minimal programs over the same servers.

``Matcher``: workers of a queue, each asking PostgreSQL for one pair at a time with ``FOR UPDATE SKIP LOCKED``, in one
statement that also writes the assignment, committed with a flush. ``RoundRobin``: help desks that keep a ring of agents
for each team in a Redis list; a team is a language here, and the assignment is written to PostgreSQL, with a flush.

Neither has what an assignment of ours carries along: an audit row, a deadline, the reasons, who refused before.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from redis.asyncio import Redis

PRIORITIES = ("urgent", "normal", "low")
CAPACITY = 3


@dataclass(frozen=True, slots=True)
class PlainWorker:
    id: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlainContact:
    """``priority``: 0 is the most urgent. Ids are in the order of arrival."""

    id: int
    language: str
    priority: int


_TABLES = """
DROP TABLE IF EXISTS rival_workers, rival_contacts, rival_assignments;
CREATE TABLE rival_workers (
    id int PRIMARY KEY, languages text[] NOT NULL, load int NOT NULL DEFAULT 0, idle_since bigint NOT NULL DEFAULT 0
);
CREATE INDEX ON rival_workers (idle_since) WHERE load < 3;
CREATE TABLE rival_contacts (
    id int PRIMARY KEY, language text NOT NULL, priority int NOT NULL, state text NOT NULL DEFAULT 'waiting'
);
CREATE INDEX ON rival_contacts (priority, id) WHERE state = 'waiting';
CREATE TABLE rival_assignments (
    seq bigserial PRIMARY KEY, contact_id int NOT NULL, worker_id int NOT NULL, at timestamptz NOT NULL DEFAULT now()
);
"""

# The worker who is idle for the longest, and for them the most urgent contact in a language of theirs that nobody else
# is taking. A worker for whom nobody waits is moved to the end, so that they hold up nobody.
_MATCH = """
WITH w AS MATERIALIZED (
    SELECT id, languages FROM rival_workers WHERE load < 3 ORDER BY idle_since LIMIT 1 FOR UPDATE SKIP LOCKED
), c AS MATERIALIZED (
    SELECT c.id FROM rival_contacts c, w WHERE c.state = 'waiting' AND c.language = ANY(w.languages)
    ORDER BY c.priority, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED
), offered AS (
    UPDATE rival_contacts SET state = 'offered' FROM c WHERE rival_contacts.id = c.id RETURNING rival_contacts.id
), held AS (
    UPDATE rival_workers SET load = load + (SELECT count(*)::int FROM c), idle_since = nextval('rival_turns')
    FROM w WHERE rival_workers.id = w.id RETURNING rival_workers.id
)
INSERT INTO rival_assignments (contact_id, worker_id) SELECT offered.id, held.id FROM offered, held RETURNING contact_id
"""
_END = """
WITH ended AS (
    UPDATE rival_contacts SET state = 'ended' WHERE id = ANY($1::int[]) RETURNING id
), freed AS (
    SELECT a.worker_id, count(*)::int AS hands FROM rival_assignments a JOIN ended ON ended.id = a.contact_id
    GROUP BY a.worker_id
)
UPDATE rival_workers SET load = load - freed.hands FROM freed WHERE rival_workers.id = freed.worker_id
"""


async def prepared(conn: Any, workers: Sequence[PlainWorker], contacts: Sequence[PlainContact]) -> None:
    """Tables with these people, as both rivals have them."""
    await conn.execute(_TABLES)
    await conn.execute("DROP SEQUENCE IF EXISTS rival_turns; CREATE SEQUENCE rival_turns CACHE 1")
    await conn.copy_records_to_table(
        "rival_workers", columns=["id", "languages"], records=[(one.id, list(one.languages)) for one in workers]
    )
    await conn.copy_records_to_table(
        "rival_contacts",
        columns=["id", "language", "priority"],
        records=[(one.id, one.language, one.priority) for one in contacts],
    )
    await conn.execute("ANALYZE rival_workers; ANALYZE rival_contacts")


async def connected(url: str, hands: int) -> list[Any]:
    """Connections on which a commit waits for the disk."""
    opened = [await asyncpg.connect(url.replace("+asyncpg", "")) for _ in range(hands)]
    for conn in opened:
        if await conn.fetchval("SHOW synchronous_commit") != "on" or await conn.fetchval("SHOW fsync") != "on":
            raise RuntimeError("this PostgreSQL does not flush")
    return opened


class Matcher:
    """So many workers of a queue, each with a connection of its own."""

    def __init__(self, conns: Sequence[Any], workers: int) -> None:
        self._conns, self._workers = conns, workers

    async def assign(self) -> int:
        """Give what can be given; returns how many."""
        match = [await conn.prepare(_MATCH) for conn in self._conns]

        async def hand(statement: Any) -> int:
            given = fruitless = 0
            while fruitless < self._workers:  # as many as there are workers: nobody waits for any of them
                if await statement.fetchval() is None:
                    if not await free(self._conns[match.index(statement)]):
                        break
                    fruitless += 1
                else:
                    given, fruitless = given + 1, 0
            return given

        return sum(await asyncio.gather(*(hand(statement) for statement in match)))

    async def end(self, contacts: Sequence[int]) -> None:
        """These contacts have ended, and their workers are free again."""
        await self._conns[0].execute(_END, list(contacts))


async def free(conn: Any) -> bool:
    return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM rival_workers WHERE load < 3)"))


class RoundRobin:
    """A ring of agents for each language and a list of contacts for each language and priority, in Redis."""

    def __init__(self, conns: Sequence[Any], redis: Redis, workers: Sequence[PlainWorker]) -> None:
        self._conns, self._redis = conns, redis
        self._of = {one.id: one for one in workers}

    async def prepare(self, contacts: Sequence[PlainContact]) -> None:
        await self._redis.flushdb()
        pipe = self._redis.pipeline(transaction=False)
        for worker in self._of.values():
            for language in worker.languages:
                pipe.rpush(f"ring:{language}", worker.id)
        for contact in contacts:
            pipe.rpush(f"waiting:{contact.language}:{contact.priority}", contact.id)
        await pipe.execute()

    async def assign(self) -> int:
        """Give what can be given; returns how many. The hands take the languages by turns."""
        languages = sorted({language for one in self._of.values() for language in one.languages})
        share = [languages[number :: len(self._conns)] for number in range(len(self._conns))]
        each = zip(self._conns, share, strict=True)
        return sum(await asyncio.gather(*(self._hand(conn, some) for conn, some in each)))

    async def _hand(self, conn: Any, languages: list[str]) -> int:
        write = await conn.prepare(
            "WITH o AS (UPDATE rival_contacts SET state = 'offered' WHERE id = $1)"
            " INSERT INTO rival_assignments (contact_id, worker_id) VALUES ($1, $2)"
        )
        given, left = 0, list(languages)
        while left:
            for language in list(left):
                agent = await self._next_agent(language)
                contact = None if agent is None else await self._next_contact(language)
                if agent is None or contact is None:
                    left.remove(language)
                    continue
                await self._redis.hincrby("load", str(agent), 1)
                await write.fetch(contact, agent)
                given += 1
        return given

    async def _next_agent(self, language: str) -> int | None:
        """The first of the ring who has a hand free; those who were looked at go to its end."""
        ring = f"ring:{language}"
        for _ in range(int(await self._redis.llen(ring))):
            agent = int(await self._redis.lmove(ring, ring, "LEFT", "RIGHT") or 0)
            if int(await self._redis.hget("load", str(agent)) or 0) < CAPACITY:
                return agent
        return None

    async def _next_contact(self, language: str) -> int | None:
        for priority in range(len(PRIORITIES)):
            found = await self._redis.lpop(f"waiting:{language}:{priority}")
            if found is not None:
                return int(str(found.decode() if isinstance(found, bytes) else found))
        return None

    async def end(self, contacts: Sequence[int]) -> None:
        rows = await self._conns[0].fetch(
            "WITH e AS (UPDATE rival_contacts SET state = 'ended' WHERE id = ANY($1::int[]))"
            " SELECT worker_id FROM rival_assignments WHERE contact_id = ANY($1::int[])",
            list(contacts),
        )
        pipe = self._redis.pipeline(transaction=False)
        for row in rows:
            pipe.hincrby("load", str(row[0]), -1)
        await pipe.execute()
