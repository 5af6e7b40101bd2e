"""A contact that came by letter, by email or on foot: when and how, and then its record."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from helpline.clock import SECOND
from helpline.console import words
from helpline.console.context import Visit
from helpline.contacts import offline
from helpline.contacts.offline import HOW, Entry
from helpline.errors import HelplineError, Invalid
from helpline.store.db import Tx

OLDEST = 2000
"""The first year that an arrival may lie in."""


async def page(visit: Visit) -> web.Response:
    """The empty form, with this moment as the time of arrival."""
    now = datetime.fromtimestamp(visit.now // SECOND, UTC).astimezone(visit.wording.zone)
    return _form(visit, {"at": now.strftime("%Y-%m-%dT%H:%M")})


async def enter(visit: Visit) -> web.Response:
    """Make the contact, and go on to its record. What was typed stays in the form when something is wrong."""
    house, me, typed = visit.house, visit.me.worker_id, visit.form
    try:
        line = house.directory.lines.get(typed.get("line", ""))
        zone = visit.wording.zone if line is None else ZoneInfo(line.timezone)
        entry = Entry(
            line=typed.get("line", ""),
            how=typed.get("how", ""),
            arrived_at=arrival(typed.get("at", ""), zone),
            language=typed.get("language") or None,
        )

        def unit(tx: Tx) -> str:
            return offline.enter(tx, house, me, entry)

        contact_id = await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json:
            raise
        problem = words.trouble(visit.wording, error)[1]
        return _form(visit, typed, problem=problem, status=error.status)
    if visit.wants_json:
        return web.json_response({"contact": contact_id})
    return visit.go(f"/console/contacts/{contact_id}/record")


def arrival(text: str, zone: ZoneInfo) -> int:
    """A date and time of a page's field as µs UTC. Raises Invalid ``arrival_unreadable``."""
    try:
        civil = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("arrival_unreadable") from None
    if civil.tzinfo is not None or not OLDEST <= civil.year <= 9000:
        raise Invalid("arrival_unreadable")
    return int(civil.replace(tzinfo=zone).timestamp()) * SECOND


def _form(visit: Visit, typed: Mapping[str, Any], *, problem: str | None = None, status: int = 200) -> web.Response:
    lines = visit.house.for_children()
    return visit.page("offline.html", status=status, typed=typed, problem=problem, how=HOW, lines=lines)
