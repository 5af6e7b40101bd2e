"""The floor: alarms first, then people, then contacts, each with the reasons for where it went."""

from collections import Counter
from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.errors import HelplineError
from helpline.store import audit, desk_view, floor_view
from helpline.store.db import Tx, Unit


async def floor_values(visit: Visit) -> dict[str, Any]:
    """What the live fragment shows."""

    def look(tx: Tx) -> tuple[floor_view.Floor, tuple[desk_view.Waits, ...]]:
        return floor_view.floor(tx), desk_view.waiting(tx)

    floor, waiting = await visit.store.read(look)
    states = Counter(one.state for one in floor.contacts)
    duty = Counter(person.state for person in floor.people)
    return {"floor": floor, "waiting": waiting, "states": states, "duty": duty, "notice": None}


async def page(visit: Visit, *, notice: str | None = None, status: int = 200) -> web.Response:
    values = await floor_values(visit)
    values["seq"] = await visit.store.read(audit.latest)
    return visit.page("floor.html", status=status, **{**values, "notice": notice})


async def now(visit: Visit) -> web.Response:
    return visit.page("floor_now.html", **await floor_values(visit))


async def alarms(visit: Visit) -> web.Response:
    return await _alarms(visit, None, 200)


async def _alarms(visit: Visit, notice: str | None, status: int) -> web.Response:
    found = await visit.store.read(floor_view.open_alarms)
    return visit.page("floor_alarms.html", status=status, alarms=found, notice=notice)


async def set_away(visit: Visit) -> web.Response:
    """No more offers ring for this person until they come back."""
    duty, house, me, worker = visit.console.duty, visit.house, visit.me.worker_id, visit.request.match_info["worker"]

    def unit(tx: Tx) -> None:
        duty.set_away(tx, house, worker, me)

    return await _direct(visit, unit)


async def move_up(visit: Visit) -> web.Response:
    """This contact goes on before others that are not in danger."""
    work, house, me = visit.console.contacts, visit.house, visit.me.worker_id
    contact = visit.request.match_info["contact"]

    def unit(tx: Tx) -> None:
        work.move_up(tx, house, contact, me)

    return await _direct(visit, unit)


async def _direct(visit: Visit, unit: Unit[None]) -> web.Response:
    notice, status = await _do(visit, unit)
    if visit.partial:
        return visit.page("floor_now.html", status=status, **{**await floor_values(visit), "notice": notice})
    return await page(visit, notice=notice, status=status) if notice else visit.go("/console/floor")


async def take_alarm(visit: Visit) -> web.Response:
    """This person sees to it; it stays on the board until they say what was done."""
    work, me, alarm = visit.console.alarms, visit.me.worker_id, visit.request.match_info["alarm"]

    def unit(tx: Tx) -> None:
        work.take_alarm(tx, alarm, me)

    return await _answer_alarm(visit, unit)


async def close_alarm(visit: Visit) -> web.Response:
    """``said``: what was done."""
    work, house, me = visit.console.alarms, visit.house, visit.me.worker_id
    alarm, said = visit.request.match_info["alarm"], visit.form.get("said", "")

    def unit(tx: Tx) -> None:
        work.close_alarm(tx, house, alarm, me, said)

    return await _answer_alarm(visit, unit)


async def _answer_alarm(visit: Visit, unit: Unit[None]) -> web.Response:
    notice, status = await _do(visit, unit)
    if visit.partial:
        return await _alarms(visit, notice, status)
    return await page(visit, notice=notice, status=status) if notice else visit.go("/console/floor")


async def _do(visit: Visit, unit: Unit[None]) -> tuple[str | None, int]:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return words.trouble(visit.wording, error)[1], error.status
    return None, 200
