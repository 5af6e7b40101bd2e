"""What holds for everyone: messages to all who work here, lines that are closed, numbers that are blocked."""

from typing import Any

from aiohttp import web

from helpline import broadcasts, lines
from helpline.console import words
from helpline.console.context import Visit
from helpline.console.supervisor import contact as contact_page
from helpline.contacts import blocks as blocking
from helpline.errors import HelplineError, Invalid
from helpline.store import blocks, closures
from helpline.store.db import Tx, Unit

HERE = "/console/measures"
TELL_HOURS = (1, 2, 4, 8, 12, 24)
CLOSE_HOURS = (1, 2, 4, 8, 12, 24, 48, 72)


async def page(visit: Visit, *, problem: tuple[str, str] | None = None, status: int = 200) -> web.Response:
    """``problem``: which part of the page (tell, close, blocks) could not do what was asked, and why."""
    house, vault = visit.house, visit.house.vault

    def look(tx: Tx) -> dict[str, Any]:
        return {
            "messages": broadcasts.all_told(tx, house),
            "closures": [(one, vault.open(one.reason_enc)) for one in closures.not_over(tx)],
            "blocks": [(one, vault.open(one.reason_enc)) for one in blocks.holding(tx)],
        }

    values = await visit.store.read(look)
    hours = {"tell_hours": TELL_HOURS, "close_hours": CLOSE_HOURS}
    typed = {name: visit.form.get(name, "") for name in ("body", "reason", "line", "hours")}
    return visit.page("measures.html", status=status, problem=problem, typed=typed, **hours, **values)


async def tell(visit: Visit) -> web.Response:
    """``body`` to everyone, for ``hours``."""
    house, me, body = visit.house, visit.me.worker_id, visit.form.get("body", "")

    def unit(tx: Tx) -> None:
        broadcasts.tell_everyone(tx, house, me, body, _hours(visit) or 0)

    return await _do(visit, "tell", unit)


async def end_told(visit: Visit) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["broadcast"]

    def unit(tx: Tx) -> None:
        broadcasts.end(tx, id, me)

    return await _do(visit, "tell", unit)


async def close_line(visit: Visit) -> web.Response:
    """``line`` for ``hours`` (empty: an open end), and the ``reason``."""
    house, me, line = visit.house, visit.me.worker_id, visit.form.get("line", "")
    reason = visit.form.get("reason", "")

    def unit(tx: Tx) -> None:
        lines.close_line(tx, house, line, me, _hours(visit), reason)

    return await _do(visit, "close", unit)


async def open_line(visit: Visit) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["closure"]

    def unit(tx: Tx) -> None:
        lines.open_line(tx, id, me)

    return await _do(visit, "close", unit)


async def block(visit: Visit) -> web.Response:
    """Block the number of a contact for ``hours``, with a ``reason``."""
    house, me, contact = visit.house, visit.me.worker_id, visit.request.match_info["contact"]
    reason = visit.form.get("reason", "")

    def unit(tx: Tx) -> None:
        blocking.set_block(tx, house, contact, me, _hours(visit) or 0, reason)

    try:
        await visit.store.write(unit)
    except HelplineError as error:
        problem = words.trouble(visit.wording, error)[1]
        return await contact_page.page(visit, block_problem=problem, block_reason=reason, status=error.status)
    return visit.go(f"{HERE}#blocks-title")


async def lift(visit: Visit) -> web.Response:
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["block"]

    def unit(tx: Tx) -> None:
        blocking.lift_block(tx, house, id, me)

    return await _do(visit, "blocks", unit)


def _hours(visit: Visit) -> int | None:
    """None when nothing was chosen. Raises Invalid ``hours_wrong``."""
    given = visit.form.get("hours", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit()) or len(given) > 4:
        raise Invalid("hours_wrong")
    return int(given)


async def _do(visit: Visit, part: str, unit: Unit[None]) -> web.Response:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await page(visit, problem=(part, words.trouble(visit.wording, error)[1]), status=error.status)
    return visit.go(f"{HERE}#{part}-title")
