"""One concern: what is known, how its ladder is climbed, and what can be done. Looking at it is written down."""

from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.protection import concern_board as board
from helpline.console.protection.shown import referred_of, sees_all, shown
from helpline.errors import HelplineError, Invalid, Refused
from helpline.protection import acknowledging
from helpline.protection import concerns as service
from helpline.store import audit, climbs, concerns, contacts, posts, referrals, services, workers
from helpline.store.climbs import Page
from helpline.store.db import Tx, Unit


async def page(visit: Visit, *, problem: str | None = None, status: int = 200) -> web.Response:
    """Raises Invalid ``concern_unknown``, Refused ``not_yours``."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["concern"]
    all_of_them = sees_all(visit)

    def unit(tx: Tx) -> dict[str, Any]:
        concern = concerns.get(tx, id)
        if not service.may_see(tx, house, concern, me, sees_all=all_of_them):
            raise Refused("not_yours")
        audit.add(tx, me, "concern_read", concern.contact_id, id)
        one = shown(tx, house, concern)
        told = climbs.pages_of(tx, one.climb.id) if one.climb is not None else []
        return {
            "one": one,
            "pseudonym": contacts.get(tx, concern.contact_id).pseudonym if concern.contact_id else None,
            "told": [(each, _whom(visit, tx, each)) for each in told],
            "flagged": {"referrals": referred_of(tx, referrals.of_concern(tx, id))},
            "done": house.vault.open(concern.closed_enc) if concern.closed_enc else "",
            "flagger": next((each.alias for each in workers.some(tx, [concern.flagged_by])), None),
        }

    return visit.page("concern.html", status=status, problem=problem, **await visit.store.write(unit))


def _whom(visit: Visit, tx: Tx, page: Page) -> str:
    """Who was told, for a page of ours."""
    if page.worker_id is not None:
        return next((one.alias for one in workers.some(tx, [page.worker_id])), "–")
    if page.holder_id is not None:
        holder = posts.find(tx, page.holder_id)
        return visit.house.vault.open(holder.name_enc) if holder is not None and holder.name_enc else "–"
    return services.get(tx, page.service_id).name if page.service_id is not None else "–"


async def take(visit: Visit) -> web.Response:
    """This person acknowledges it, by name."""
    me, id = visit.me.worker_id, visit.request.match_info["concern"]

    def unit(tx: Tx) -> None:
        climb = climbs.of_concern(tx, id)
        if climb is None:
            raise Invalid("concern_unknown")
        if not _takes(visit, tx, id):
            raise Refused("not_allowed")
        acknowledging.by_worker(tx, climb.id, me)

    return await do(visit, id, unit)


async def close(visit: Visit) -> web.Response:
    """``outcome``, and what was ``said`` of it."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["concern"]
    outcome, said = visit.form.get("outcome", ""), visit.form.get("said", "")

    def unit(tx: Tx) -> None:
        service.close(tx, house, me, id, outcome, said, takes=_takes(visit, tx, id))

    return await do(visit, id, unit)


async def decide(visit: Visit) -> web.Response:
    """``is_one``: yes or no, of a concern that was proposed."""
    house, me, id, said = visit.house, visit.me.worker_id, visit.request.match_info["concern"], visit.form.get("is_one")
    if said not in ("yes", "no"):
        raise Invalid("choice_unknown")

    def unit(tx: Tx) -> None:
        service.decide_proposal(tx, house, id, me, is_one=said == "yes")

    return await do(visit, id, unit)


def _takes(visit: Visit, tx: Tx, id: str) -> bool:
    """Whether this person may take it: whose role it is, and of what is private whoever holds a post of its ladder.

    Raises Refused ``not_yours`` for one that they may not see.
    """
    concern, me = concerns.get(tx, id), visit.me.worker_id
    if not service.may_see(tx, visit.house, concern, me, sees_all=sees_all(visit)):
        raise Refused("not_yours")
    return visit.may("concerns.take") or (concern.private and concern.flagged_by != me)


async def do(visit: Visit, id: str, unit: Unit[Any]) -> web.Response:
    """Commit it and show the concern, or the board where it was done from there."""
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json or error.code == "not_yours":
            raise
        if visit.partial:
            return await board.now(visit, notice=words.trouble(visit.wording, error)[1], status=error.status)
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    if visit.wants_json:
        return web.json_response({"concern": id})
    if visit.partial:
        return await board.now(visit)
    return visit.go("/console/concerns" if visit.form.get("on") == "board" else f"/console/concerns/{id}")
