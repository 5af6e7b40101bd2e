"""The floor: alarms first, then people, then contacts, each with the reasons for where it went."""

from collections import Counter
from typing import Any

from aiohttp import web

from helpline.clock import DAY, SECOND
from helpline.console import words
from helpline.console.context import Visit
from helpline.console.supervisor import roster
from helpline.console.supervisor.picture import picture_of
from helpline.console.supervisor.waits import waits_of
from helpline.contacts.lifecycle import State
from helpline.errors import HelplineError
from helpline.house import House
from helpline.store import audit, closures, contacts, floor_view, hour_view, retention, shifts
from helpline.store.db import Tx, Unit


async def floor_values(visit: Visit) -> dict[str, Any]:
    """What the live fragment shows."""

    house, now = visit.house, visit.now

    def look(tx: Tx) -> dict[str, Any]:
        return {
            "floor": floor_view.floor(tx),
            "waits": waits_of(house, contacts.waiting(tx), tx.now),
            "states": _states(tx),
            "pieces": hour_view.last_hour(tx),
            "closures": [(one, house.vault.open(one.reason_enc)) for one in closures.not_over(tx)],
            "roster": (shifts.between(tx, now - DAY, now + roster.SOON), shifts.members(tx)),
        }

    values = await visit.store.read(look)
    floor: floor_view.Floor = values["floor"]
    return {
        **values,
        "duty": Counter(person.state for person in floor.people),
        "overdue": [one for one in floor.contacts if _is_overdue(house, one, now)],
        "picture": picture_of(values["pieces"]),
        "gaps": roster.soon(visit, *values["roster"]),
        "notice": None,
    }


def _states(tx: Tx) -> Counter[str]:
    found: Counter[str] = Counter()
    for (state, _, _), count in retention.open_contacts(tx).items():
        found[state] += count
    return found


def _is_overdue(house: House, one: floor_view.Open, now: int) -> bool:
    """Whether a child in a conversation waits for an answer longer than its line wants it to."""
    if one.owed_since is None or one.state != State.CONNECTED:
        return False
    return now - one.owed_since > house.line(one.line).answer_within_s * SECOND


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
