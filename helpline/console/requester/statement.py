"""An institution's own statement: its requests and what came of them, by month; nothing of the helpline."""

import csv
import io
from functools import partial

from aiohttp import web

from helpline.clock import SECOND
from helpline.console import booked
from helpline.console.coordinator.counts import csv_file
from helpline.console.requester.door import OfficerVisit
from helpline.interpreting.civil import civil_of
from helpline.interpreting.statements import together
from helpline.reports import exports, languages
from helpline.reports.languages import OfInstitution
from helpline.store.report_view import Span

HEAD = ("day", "time", "zone", "came_by", "purpose", "language", "outcome", "conversations", "waited_s", "minutes",
        "girls", "boys", "same_children_as_before")  # fmt: skip


async def page(visit: OfficerVisit) -> web.Response:
    month, found = await _statement(visit)
    zone = visit.officer.institution.timezone
    return visit.page(
        "requester_requests_statement.html",
        month=month,
        zone=zone,
        found=found,
        rates=found.rates,
        all=together(found.rates),
        asked_at=lambda line: booked.civil_text(visit.wording, line.made.created_at, zone),
    )


async def file(visit: OfficerVisit) -> web.Response:
    """The same as a file, in which no count of children below five stands."""
    month, found = await _statement(visit)
    return csv_file(as_csv(found, visit.officer.institution.timezone), f"requests-{month}.csv")


def as_csv(found: OfInstitution, zone: str) -> str:
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(HEAD)
    for line in found.lines:
        at, made = civil_of(line.made.created_at, zone), line.made
        waited = "" if line.waited is None else line.waited // SECOND
        again = "yes" if made.group != made.id else ""
        out.writerow([
            at.day.isoformat(), f"{at.clock:%H:%M}", zone, made.came_by, made.purpose, line.language or "", line.state,
            line.conversations, waited, line.minutes, exports.people(made.girls), exports.people(made.boys), again,
        ])  # fmt: skip
    return written.getvalue()


async def _statement(visit: OfficerVisit) -> tuple[str, OfInstitution]:
    institution = visit.officer.institution
    month = visit.request.query.get("month") or booked.month_of(visit.now, institution.timezone)
    after, before = booked.span_of_month(month, institution.timezone)
    look = partial(languages.of_institution, institution_id=institution.id, span=Span(after, before, invented=True))
    return month, await visit.store.read(look)
