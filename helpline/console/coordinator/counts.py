"""Which language do we lack, and when: a picture, the numbers behind it, and the same as files."""

from functools import partial

from aiohttp import web

from helpline.clock import DAY
from helpline.console.context import Visit
from helpline.console.coordinator.lack_picture import picture_of
from helpline.errors import Invalid
from helpline.interpreting.statements import together
from helpline.reports import exports, languages
from helpline.reports.languages import WAYS_OF_REFUSAL, Counts
from helpline.reports.unmet import APART, HOURS, UNMET
from helpline.store import audit
from helpline.store.db import Tx
from helpline.store.report_view import Span

PERIODS = (7, 28, 90, 365)
"""Days that can be looked back."""

FILES = {
    "languages": lambda found: exports.by_language(found.demands, found.rates, found.timings),
    "hours": lambda found: exports.by_hour(found.demands),
    "children": lambda found: exports.children(found.children, found.groups),
}


async def page(visit: Visit) -> web.Response:
    days, found = _days(visit), await _count(visit)
    return visit.page(
        "counts.html",
        days=days,
        periods=PERIODS,
        counts=found,
        picture=picture_of(found.demands),
        rates=found.rates,
        all=together(found.rates),
        unmet_ways=[way for way in UNMET if any(one.ways.get(way) for one in found.demands)],
        apart_ways=APART,
        refusal_ways=WAYS_OF_REFUSAL,
        hours=range(HOURS),
    )


async def file(visit: Visit) -> web.Response:
    """One of `FILES`. That it was taken is written down: what leaves the house is somebody's doing."""
    what, me = visit.request.match_info["what"], visit.me.worker_id
    if what not in FILES:
        raise Invalid("choice_unknown")
    days, found = _days(visit), await _count(visit)

    def unit(tx: Tx) -> None:
        audit.add(tx, me, "counts_taken", detail={"what": what, "days": days})

    await visit.store.write(unit)
    return csv_file(FILES[what](found), f"{what}-{days}-days.csv")


def csv_file(text: str, name: str) -> web.Response:
    """``name`` is ours, and holds nothing that somebody typed."""
    return web.Response(
        text=text,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _days(visit: Visit) -> int:
    wanted = visit.request.query.get("days", "")
    return next((days for days in PERIODS if str(days) == wanted), 90)


async def _count(visit: Visit) -> Counts:
    now = visit.now
    span = Span(now - _days(visit) * DAY, now, invented=visit.console.demonstration)
    return await visit.store.read(partial(languages.count, house=visit.house, span=span))
