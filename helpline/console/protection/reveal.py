"""A caller's number, for some minutes, to save a life: who, when and why is written down, and another is told."""

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.errors import HelplineError
from helpline.protection import revealing
from helpline.protection.revealing import Number
from helpline.store import contacts
from helpline.store.contacts import Contact
from helpline.store.db import Tx, Unit


async def page(visit: Visit, *, problem: str | None = None, status: int = 200) -> web.Response:
    """The number, if this person has revealed it and its time is not over."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["contact"]

    def unit(tx: Tx) -> tuple[Contact, Number | None]:
        return contacts.get(tx, id), revealing.seen(tx, house, id, me)

    contact, number = await visit.store.write(unit)
    minutes, reason = house.directory.concerns.reveal_minutes, visit.form.get("reason", "")
    values = {"contact": contact, "number": number, "minutes": minutes, "reason": reason}
    return visit.page("number.html", status=status, problem=problem, **values)


async def reveal(visit: Visit) -> web.Response:
    """``reason``: why a life is at stake."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["contact"]
    reason = visit.form.get("reason", "")

    def unit(tx: Tx) -> None:
        revealing.reveal(tx, house, id, me, reason)

    return await _do(visit, unit, f"/console/contacts/{id}/number")


async def call_back(visit: Visit) -> web.Response:
    """The number is called: first this person's own phone rings, and then the number."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["contact"]

    def unit(tx: Tx) -> None:
        revealing.call_back(tx, house, id, me)

    return await _do(visit, unit, "/console/desk")


async def _do(visit: Visit, unit: Unit[None], to: str) -> web.Response:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json:
            raise
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return web.json_response({}) if visit.wants_json else visit.go(to)
