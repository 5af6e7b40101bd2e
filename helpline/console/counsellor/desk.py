"""The desk: the page, its fragments, and its machine-readable twin."""

from typing import Any

from aiohttp import web

from helpline.console.context import Visit
from helpline.console.counsellor import record
from helpline.console.counsellor.state import desk_state, waiting_state
from helpline.store import audit, desk_view
from helpline.store.db import Tx


async def now_values(visit: Visit) -> dict[str, Any]:
    """What the live fragment shows."""
    me = visit.me.worker_id

    def look(tx: Tx) -> tuple[desk_view.Desk, desk_view.Card]:
        desk = desk_view.desk_of(tx, me)
        return desk, desk_view.card_of(tx, desk)

    desk, card = await visit.store.read(look)
    return {"desk": desk, "card": card, "notice": None}


async def waiting_values(visit: Visit) -> dict[str, Any]:
    return {"waiting": await visit.store.read(desk_view.waiting)}


async def owed_values(visit: Visit) -> dict[str, Any]:
    me = visit.me.worker_id

    def look(tx: Tx) -> dict[str, Any]:
        return {"unfinished": desk_view.unfinished(tx, me), "messages": desk_view.messages_left(tx)}

    return await visit.store.read(look)


async def page(visit: Visit, *, notice: str | None = None, status: int = 200) -> web.Response:
    """The whole desk; ``notice`` says what did not work."""
    values = {**await now_values(visit), **await waiting_values(visit), **await owed_values(visit)}
    values["notice"] = notice
    values["record"] = await _record_values(visit, values["desk"])
    values["seq"] = await visit.store.read(audit.latest)
    return visit.page("desk.html", status=status, **values)


async def now(visit: Visit) -> web.Response:
    return visit.page("desk_now.html", **await now_values(visit))


async def waiting(visit: Visit) -> web.Response:
    return visit.page("desk_waiting.html", **await waiting_values(visit))


async def owed(visit: Visit) -> web.Response:
    return visit.page("desk_owed.html", **await owed_values(visit))


async def record_of_desk(visit: Visit) -> web.Response:
    """The form of the record of the contact in hand, or nothing."""
    values = await now_values(visit)
    return visit.page("desk_record.html", record=await _record_values(visit, values["desk"]))


async def state(visit: Visit) -> web.Response:
    """``GET /console/desk/state``: duty, offer, contact, who waits, and the token that a POST must carry."""
    values = await now_values(visit)
    waits = (await waiting_values(visit))["waiting"]
    return web.json_response({**desk_state(values["desk"]), "waiting": waiting_state(waits), "csrf": visit.me.csrf})


async def _record_values(visit: Visit, desk: desk_view.Desk) -> dict[str, Any] | None:
    if desk.contact is None or not visit.may("record.write"):
        return None
    return await record.values_of(visit, desk.contact.contact_id)
