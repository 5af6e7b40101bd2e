"""The alarms that are a coordinator's to see to, above each of the pages."""

from aiohttp import web

from helpline import alarms
from helpline.console import booking_words, institution_words
from helpline.console.context import Visit
from helpline.errors import Invalid
from helpline.store import coordinator_view
from helpline.store.db import Tx

KINDS = frozenset({**institution_words.ALARM, **booking_words.ALARM})
"""What a coordinator sees and closes; a supervisor sees them on the floor too."""

_PAGES = ("/console/interpreters", "/console/institutions", "/console/calendar")


async def take(visit: Visit) -> web.Response:
    """This person sees to it."""
    me, alarm = visit.me.worker_id, visit.request.match_info["alarm"]

    def unit(tx: Tx) -> None:
        _is_ours(tx, alarm)
        alarms.take_alarm(tx, alarm, me)

    await visit.store.write(unit)
    return visit.go(_back(visit))


async def close(visit: Visit) -> web.Response:
    """``said``: what was done."""
    house, me, alarm = visit.house, visit.me.worker_id, visit.request.match_info["alarm"]
    said = visit.form.get("said", "")

    def unit(tx: Tx) -> None:
        _is_ours(tx, alarm)
        alarms.close_alarm(tx, house, alarm, me, said)

    await visit.store.write(unit)
    return visit.go(_back(visit))


def _is_ours(tx: Tx, alarm: str) -> None:
    if coordinator_view.alarm_kind(tx, alarm) not in KINDS:
        raise Invalid("alarm_unknown")


def _back(visit: Visit) -> str:
    to = visit.form.get("to", "")
    return to if to in _PAGES else _PAGES[0]
