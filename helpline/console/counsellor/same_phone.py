"""Earlier contacts from the same number: what a person says of them."""

from typing import Any

from aiohttp import web

from helpline.console.context import Visit
from helpline.contacts.same_phone import earlier, say_same
from helpline.errors import Invalid
from helpline.store import history_view
from helpline.store.db import Tx


async def values_of(visit: Visit, contact_id: str) -> dict[str, Any]:
    """What ``record_same_phone.html`` shows, as its ``record``. Raises Invalid ``contact_unknown``."""
    me, reads_all = visit.me.worker_id, visit.may("contact.read")

    def look(tx: Tx) -> dict[str, Any]:
        contact = history_view.contact_page(tx, contact_id)
        if contact is None:
            raise Invalid("contact_unknown")
        return {"contact": contact, "same_phone": earlier(tx, contact_id, me, reads_all=reads_all)}

    return await visit.store.read(look)


async def say(visit: Visit) -> web.Response:
    """``says``: same, not or unknown; ``on`` is the page to go back to."""
    contact_id, other_id = visit.request.match_info["contact"], visit.request.match_info["other"]
    me, says, reads_all = visit.me.worker_id, visit.form.get("says", ""), visit.may("contact.read")
    on_desk = visit.form.get("on") == "desk"

    def unit(tx: Tx) -> None:
        say_same(tx, contact_id, other_id, me, says, reads_all=reads_all)

    await visit.store.write(unit)
    if visit.wants_json:
        return web.json_response({"says": says})
    if visit.partial:
        return visit.page("record_same_phone.html", record=await values_of(visit, contact_id), on_desk=on_desk)
    return visit.go(f"/console/desk?c={contact_id}#record" if on_desk else f"/console/contacts/{contact_id}/record")
