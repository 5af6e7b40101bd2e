"""Who holds a post: one of our own, or a name with a number and an address, which are shown to nobody again."""

from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.errors import HelplineError
from helpline.protection import posts as service
from helpline.protection import trial_calls
from helpline.store import posts, roster, workers
from helpline.store import trial_calls as calls
from helpline.store.db import Tx, Unit

HERE = "/console/posts"
_FIELDS = ("post", "worker", "name", "phone", "email", "at")


async def page(visit: Visit, *, problem: tuple[str, str] | None = None, status: int = 200) -> web.Response:
    """``problem``: which part (posts, calls) could not do what was asked, and why."""
    house = visit.house

    def look(tx: Tx) -> dict[str, Any]:
        held = posts.holding(tx)
        known = {one.id: one.alias for one in workers.some(tx, [one.worker_id for one in held if one.worker_id])}
        names = {
            one.id: known.get(one.worker_id or "") or (house.vault.open(one.name_enc) if one.name_enc else "–")
            for one in held
        }
        people = [one for one in roster.everyone(tx) if not one.disabled]
        return {"held": held, "names": names, "people": people, "calls": calls.all_of(tx)}

    values = await visit.store.read(look)
    values |= {"posts": house.directory.ladders.posts, "lines": house.directory.lines}
    typed = {name: visit.form.get(name, "") for name in _FIELDS}
    return visit.page("posts.html", status=status, problem=problem, typed=typed, **values)


async def name(visit: Visit) -> web.Response:
    """``post``, and a ``worker``, or a ``name`` with a ``phone`` and an ``email``."""
    house, me, form = visit.house, visit.me.worker_id, visit.form

    def unit(tx: Tx) -> None:
        service.name_holder(
            tx, house, me, form.get("post", ""), worker_id=form.get("worker") or None, name=form.get("name", ""),
            phone=form.get("phone", ""), email=form.get("email", ""),
        )  # fmt: skip

    return await _do(visit, "posts", unit)


async def remove(visit: Visit) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["holder"]

    def unit(tx: Tx) -> None:
        service.remove_holder(tx, me, id)

    return await _do(visit, "posts", unit)


async def schedule(visit: Visit) -> web.Response:
    """``line`` is called every day at ``at`` (HH:MM); without it, no more."""
    house, me, form = visit.house, visit.me.worker_id, visit.form

    def unit(tx: Tx) -> None:
        trial_calls.schedule(tx, house, me, form.get("line", ""), form.get("at", ""))

    return await _do(visit, "calls", unit)


async def _do(visit: Visit, part: str, unit: Unit[None]) -> web.Response:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await page(visit, problem=(part, words.trouble(visit.wording, error)[1]), status=error.status)
    return visit.go(f"{HERE}#{part}-title")
