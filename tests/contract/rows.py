"""Rows with as little in them as the tables allow, and ways to look at what is stored."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import asyncpg
import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import deliveries


def a_contact(id: str, **known: Any) -> dict[str, Any]:
    return {
        "id": id,
        "pseudonym": "Kwi-4821",
        "line": "116",
        "channel": "voice",
        "state": "waiting",
        "state_since": 1,
        "first_arrival": 1,
        "keep_until": 2,
    } | known


def a_worker(id: str, **known: Any) -> dict[str, Any]:
    return {"id": id, "sign_in": id, "alias": id, "roles": "counsellor", "created_at": 1} | known


def an_assignment(id: str, contact_id: str, worker_id: str, **known: Any) -> dict[str, Any]:
    return {
        "id": id,
        "contact_id": contact_id,
        "worker_id": worker_id,
        "role": "counsellor",
        "state": "offered",
        "contact_version": 1,
        "load_class": "voice",
        "stage": "fluent",
        "reasons_json": "[]",
        "offered_at": 1,
        "until": 2,
    } | known


def an_alarm(id: str, topic: str, **known: Any) -> dict[str, Any]:
    return {"id": id, "kind": "danger_waiting", "topic": topic, "raised_at": 1} | known


def delivering(key: str) -> Callable[[Tx], str]:
    """A unit that stores a delivery and returns its key."""

    def unit(tx: Tx) -> str:
        tx.insert(deliveries, {"key": key, "received_at": tx.now})
        return key

    return unit


def delivered(tx: Tx) -> list[str]:
    """All stored deliveries."""
    return list(tx.execute(sa.select(deliveries.c.key).order_by(deliveries.c.key)).scalars())


def elsewhere(url: str, statement: str) -> None:
    """Run and commit a statement on a connection of somebody else's, from wherever this is called."""
    parsed = sa.make_url(url)

    async def over_there() -> None:
        conn = await asyncpg.connect(user=parsed.username, host=str(parsed.query["host"]), database=parsed.database)
        await conn.execute(statement)
        await conn.close()

    def run() -> None:
        if parsed.get_backend_name() == "postgresql":
            asyncio.run(over_there())
            return
        conn = sqlite3.connect(str(parsed.database))
        with conn:
            conn.execute(statement)
        conn.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
