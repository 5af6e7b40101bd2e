"""Who I am here, and the PIN with which I go on duty by telephone."""

from aiohttp import web

from helpline.console.context import Visit
from helpline.console.coordinator.filling import Outcome, fill_in
from helpline.interpreting import pins
from helpline.store import pins as rows
from helpline.store.db import Tx

NOTHING = Outcome()


async def page(visit: Visit, outcome: Outcome = NOTHING) -> web.Response:
    me = visit.me.worker_id
    number = await visit.store.read(lambda tx: rows.number_of(tx, me))
    return visit.page("me.html", status=outcome.status, outcome=outcome, number=number)


async def set_pin(visit: Visit) -> web.Response:
    """A PIN of one's own choice: it is not shown again."""
    house, me, pin = visit.house, visit.me.worker_id, visit.form.get("pin", "")

    def unit(tx: Tx) -> None:
        pins.set_worker_pin(tx, house, me, me, pin, house.chance)

    return await fill_in(visit, page, "pin", unit, _again)


async def remove_pin(visit: Visit) -> web.Response:
    me = visit.me.worker_id
    return await fill_in(visit, page, "pin", lambda tx: pins.remove_worker_pin(tx, me, me), _again)


def _again(_: object) -> str:
    return "/console/me"
