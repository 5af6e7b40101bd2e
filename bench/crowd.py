"""A store filled with the invented people of `bench.routing_bench`: workers on duty, and contacts that wait."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench import routing_bench as memory
from helpline.clock import DAY, SECOND
from helpline.store import workers
from helpline.store.db import Tx
from helpline.store.tables import contacts, duty

LINE = "children"
ARRIVED_OVER = 300 * SECOND
"""How far apart the first and the last of those who wait have arrived (µs)."""


@dataclass(slots=True)
class People:
    """Makes them, the same at each run but for their ids."""

    crowd: memory.Crowd

    def workers(self, tx: Tx, count: int) -> list[str]:
        """So many on duty, with three hands for text; their ids."""
        return [self._worker(tx, number) for number in range(count)]

    def _worker(self, tx: Tx, number: int) -> str:
        one = self.crowd.worker(tx.now)
        values = {
            "sign_in": f"bench-{number}",
            "alias": f"Bench {number}",
            "roles": "counsellor",
            "gender": str(one.gender),
            "capacity_voice": one.capacity_voice,
            "capacity_text": one.capacity_text,
        }
        id = workers.add(tx, values, [(language, level.name.lower()) for language, level in one.languages.items()])
        tx.execute(duty.update().where(duty.c.worker_id == id).values(state="available", idle_since=one.idle_since))
        return id

    def waiting(self, tx: Tx, count: int) -> None:
        """So many who wait for a person, the first for five minutes."""
        tx.execute(contacts.insert(), list(self._rows(tx, count)))

    def _rows(self, tx: Tx, count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            one = self.crowd.contact(tx.now - ARRIVED_OVER + ARRIVED_OVER * number // count)
            yield {
                "id": tx.new_id(),
                "pseudonym": "Kwi-4821",
                "line": LINE,
                "channel": str(one.channel),
                "state": "waiting",
                "version": 1,
                "state_since": one.first_arrival,
                "first_arrival": one.first_arrival,
                "queued_at": one.first_arrival,
                "language": one.language,
                "language_known_at": one.first_arrival,
                "priority": one.priority,
                "gender_wish": None if one.gender_wish is None else str(one.gender_wish),
                "keep_until": tx.now + DAY,
            }
