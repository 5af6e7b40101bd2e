"""What everyone who works here was told: above every page, until its end or until it is put away."""

from aiohttp import web

from helpline import broadcasts
from helpline.console.context import Visit
from helpline.store.db import Tx


async def now(visit: Visit) -> web.Response:
    """The banner alone, for a page that is open."""
    house, me = visit.house, visit.me.worker_id
    told = await visit.store.read(lambda tx: broadcasts.told_to(tx, house, me))
    return visit.page("told.html", told_now=told)


async def put_away(visit: Visit) -> web.Response:
    """This person has read it. ``to``: the page to go back to."""
    me, id = visit.me.worker_id, visit.request.match_info["broadcast"]

    def unit(tx: Tx) -> None:
        broadcasts.put_away(tx, id, me)

    await visit.store.write(unit)
    if visit.partial:
        return await now(visit)
    to = visit.form.get("to", "")
    return visit.go(to if to.startswith("/console/") and "\\" not in to else "/console")
