"""The board: every concern that is open, and every ladder that is climbed, by how near its deadline is."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.protection.shown import Shown, sees_all, shown
from helpline.errors import HelplineError, Invalid
from helpline.protection import acknowledging
from helpline.protection import concerns as service
from helpline.store import audit, climbs, concerns, contacts
from helpline.store.climbs import Climb
from helpline.store.contacts import Contact
from helpline.store.db import Tx


@dataclass(frozen=True, slots=True)
class Row:
    """A concern, or a ladder that began by itself. ``waits``: no person has taken it yet. ``deadline``: µs."""

    one: Shown | None
    climb: Climb | None
    contact: Contact | None
    waits: bool
    deadline: int


def rows_of(visit: Visit, tx: Tx) -> list[Row]:
    """Those whose deadline has passed first, then the nearest."""
    house, me, all_of_them = visit.house, visit.me.worker_id, sees_all(visit)
    found = []
    for concern in concerns.not_closed(tx):
        if service.may_see(tx, house, concern, me, sees_all=all_of_them):
            one = shown(tx, house, concern)
            contact = contacts.get(tx, concern.contact_id) if concern.contact_id else None
            found.append(Row(one, one.climb, contact, concern.state in ("open", "proposed"), one.deadline))
    for climb in climbs.going(tx):
        if climb.concern_id is None:
            contact = contacts.get(tx, climb.contact_id) if climb.contact_id else None
            found.append(Row(None, climb, contact, True, climb.due_at))
    return sorted(found, key=lambda row: row.deadline)


async def page(visit: Visit) -> web.Response:
    rows, seq = await visit.store.read(lambda tx: (rows_of(visit, tx), audit.latest(tx)))
    return visit.page("concerns.html", rows=rows, seq=seq, notice=None, **_counts(visit, rows))


async def now(visit: Visit, *, notice: str | None = None, status: int = 200) -> web.Response:
    rows = await visit.store.read(lambda tx: rows_of(visit, tx))
    return visit.page("concerns_now.html", status=status, rows=rows, notice=notice, **_counts(visit, rows))


def _counts(visit: Visit, rows: list[Row]) -> dict[str, Any]:
    waiting = [row for row in rows if row.waits]
    return {"waiting": len(waiting), "late": sum(row.deadline <= visit.now for row in rows)}


async def take_climb(visit: Visit) -> web.Response:
    """This person sees to what began by itself."""
    me, id = visit.me.worker_id, visit.request.match_info["climb"]

    def unit(tx: Tx) -> None:
        if climbs.get(tx, id).concern_id is not None:
            raise Invalid("climb_unknown")
        acknowledging.by_worker(tx, id, me)

    try:
        await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json:
            raise
        return await now(visit, notice=words.trouble(visit.wording, error)[1], status=error.status)
    if visit.wants_json:
        return web.json_response({"climb": id})
    return await now(visit) if visit.partial else visit.go("/console/concerns")
