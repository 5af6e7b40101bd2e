"""The floor for a screen on the wall: numbers that a visitor may see, and nothing of any person."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from helpline import lines
from helpline.console.context import Visit
from helpline.store import desk_view, floor_view, hour_view
from helpline.store.db import Tx


@dataclass(frozen=True, slots=True)
class People:
    """How many can take something now, how many have something, how many pause."""

    free: int
    busy: int
    pausing: int


async def page(visit: Visit) -> web.Response:
    return visit.page("wall.html", **await _values(visit))


async def now(visit: Visit) -> web.Response:
    return visit.page("wall_now.html", **await _values(visit))


async def _values(visit: Visit) -> dict[str, Any]:
    house = visit.house

    def look(tx: Tx) -> dict[str, Any]:
        floor = floor_view.floor(tx)
        closed = [line.name for line in house.directory.lines.values() if not lines.is_open(tx, house, line.id)]
        return {
            "waiting": desk_view.waiting(tx),
            "alarms": Counter("danger" if one.kind.startswith("danger") else "other" for one in floor.alarms),
            "people": people_of(floor.people),
            "closed": closed,
            "hour": hour_view.last_hour(tx),
        }

    return await visit.store.read(look)


def people_of(people: tuple[floor_view.Person, ...]) -> People:
    """Whoever has anything in hand is busy, on duty or not."""
    busy = sum(1 for one in people if one.load_voice or one.load_text)
    idle = [one.state for one in people if not (one.load_voice or one.load_text)]
    return People(idle.count("available"), busy, idle.count("break") + idle.count("away"))
