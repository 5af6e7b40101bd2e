"""What is open and what is due: follow-ups, steps of cases, referrals that wait for an answer. And reading out."""

from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.referrals import seeing
from helpline.console.referrals.showing import concern_name, shown, spoken
from helpline.errors import Invalid
from helpline.referrals import directory, follow_ups, links, service
from helpline.store import cases, referrals
from helpline.store.db import Tx

MOST = 200


async def page(visit: Visit) -> web.Response:
    """One's own follow-ups and steps that are due; every open referral that one may see, the first due first."""
    house, me = visit.house, visit.me.worker_id

    def look(tx: Tx) -> dict[str, Any]:
        zone = next(iter(house.directory.lines.values())).timezone
        today = directory.today_at(zone, tx.now).isoformat()
        names = {one.id: one.service.name for one in directory.everything(tx, house)}
        due = follow_ups.on_desk(tx, None if seeing.sees_all(visit) else me)
        open_now = [one for one in referrals.still_open(tx, MOST) if seeing.may_see(visit, tx, one)]
        steps = [
            (one, house.vault.open(one.what_enc), cases.get(tx, one.case_id)) for one in cases.steps_due(tx, me, today)
        ]
        kept = [one for one in cases.still_open(tx) if seeing.may_see_case(visit, tx, one)]
        return {"due": due, "open": open_now, "steps": steps, "cases": kept, "names": names}

    values = await visit.store.read(look)
    labels = {one.concern: concern_name(house, visit.wording, one.concern) for one in values["open"]}
    labels |= {
        each.referral.concern: concern_name(house, visit.wording, each.referral.concern) for each in values["due"]
    }
    return visit.page("referrals.html", labels=labels, spoken=spoken, **values)


async def ended(visit: Visit) -> web.Response:
    """What became of those that are closed or were refused."""
    house = visit.house

    def look(tx: Tx) -> dict[str, Any]:
        names = {one.id: one.service.name for one in directory.everything(tx, house)}
        return {"ended": referrals.ended(tx, MOST), "names": names}

    values = await visit.store.read(look)
    labels = {one.concern: concern_name(house, visit.wording, one.concern) for one in values["ended"]}
    return visit.page("referrals_ended.html", labels=labels, spoken=spoken, **values)


async def read_out_page(visit: Visit) -> web.Response:
    return visit.page("read_out.html", problem="", rows=None, referral=None, reference="")


async def read_out(visit: Visit) -> web.Response:
    """A service calls and says ``reference`` and ``code``: its content is read to it. Each try is written down."""
    house, me = visit.house, visit.me.worker_id
    reference, code = visit.form.get("reference", ""), visit.form.get("code", "")

    def unit(tx: Tx) -> dict[str, Any] | None:
        referral = links.call_in(tx, house, reference[:40], code[:40], me)
        if referral is None:
            return None
        name = directory.get(tx, house, referral.service_id).service.name
        return {"referral": referral, "service": name, "content": service.content_of(house, referral)}

    found = await visit.store.write(unit)
    if found is None:
        problem = words.trouble(visit.wording, Invalid("call_in_wrong"))[1]
        return visit.page(
            "read_out.html", status=403, problem=problem, rows=None, referral=None, reference=reference[:40]
        )
    rows = shown(found.pop("content"), house, visit.wording)
    return visit.page("read_out.html", problem="", rows=rows, reference=spoken(found["referral"].reference), **found)
