"""Finding contacts. Words that are looked for come in the body of a request, never in an address."""

from collections.abc import Container, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from config.directory import Directory
from helpline.clock import SECOND
from helpline.console import words
from helpline.console.context import Visit
from helpline.contacts.search import reason_token, word_tokens
from helpline.errors import HelplineError, Invalid
from helpline.privacy import Vault
from helpline.store import audit
from helpline.store import search as store
from helpline.store.db import Tx
from helpline.store.search import COUNTED, Page, Wanted

FIELDS = ("whose", "from", "to", "line", "language", "contact_type", "reason", "state", "outcome", "word")
"""What may be asked for; anything of it may be left out."""

LONGEST_WORD = 200
"""Characters of what is looked for."""


async def page(visit: Visit) -> web.Response:
    """The empty form."""
    return _page(visit, {}, None)


async def find(visit: Visit) -> web.Response:
    """What is asked for, a page at a time; that somebody looked, by what and how many there were, is written down."""
    asked = {name: visit.form.get(name, "").strip() for name in FIELDS}
    try:
        wanted = wanted_of(visit, asked)
        after = visit.form.get("after", "")[:80]
        found = await visit.store.read(lambda tx: store.find(tx, wanted, after))
    except HelplineError as error:
        if visit.wants_json:
            raise
        return _page(visit, asked, None, problem=words.trouble(visit.wording, error)[1], status=error.status)
    await _write_down(visit, asked, found)
    if visit.wants_json:
        return web.json_response(
            {"contacts": [one.contact_id for one in found.found], "count": found.count, "after": found.after}
        )
    return _page(visit, asked, found)


def wanted_of(visit: Visit, asked: Mapping[str, str]) -> Wanted:
    """Whoever may not read every contact finds their own only.

    Raises Invalid ``date_unreadable``, ``word_too_short``, ``text_too_long``, ``choice_unknown``.
    """
    zone, vault = visit.wording.zone, visit.house.vault
    _must_be_listed(visit.house.directory, asked)
    everyones = asked["whose"] == "all" and visit.may("contact.read")
    last = _day(asked["to"])
    return Wanted(
        worker_id=None if everyones else visit.me.worker_id,
        since=_midnight(_day(asked["from"]), zone),
        before=_midnight(last + timedelta(days=1) if last else None, zone),
        line=asked["line"] or None,
        language=asked["language"] or None,
        contact_type=asked["contact_type"] or None,
        state=asked["state"] or None,
        outcome=asked["outcome"] or None,
        tokens=_tokens(vault, asked),
    )


def _tokens(vault: Vault, asked: Mapping[str, str]) -> tuple[str, ...]:
    if len(asked["word"]) > LONGEST_WORD:
        raise Invalid("text_too_long")
    reason = (reason_token(vault, asked["reason"]),) if asked["reason"] else ()
    return reason + word_tokens(vault, asked["word"])


def _must_be_listed(directory: Directory, asked: Mapping[str, str]) -> None:
    taxonomy = directory.taxonomy
    known: Mapping[str, Container[str]] = {
        "line": directory.lines,
        "language": directory.languages,
        "contact_type": {one.code for one in taxonomy.contact_types},
        "reason": taxonomy.reason_codes | {group.code for group in taxonomy.reasons},
        "state": words.CONTACT,
        "outcome": words.OUTCOME,
    }
    if any(asked[name] and asked[name] not in codes for name, codes in known.items()):
        raise Invalid("choice_unknown")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("date_unreadable") from None
    if not 1970 <= day.year <= 9000:
        raise Invalid("date_unreadable")
    return day


def _midnight(day: date | None, zone: ZoneInfo) -> int | None:
    return None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * SECOND


async def _write_down(visit: Visit, asked: Mapping[str, str], found: Page) -> None:
    me = visit.me.worker_id
    detail = {"by": sorted(name for name, value in asked.items() if value), "found": found.count}

    def unit(tx: Tx) -> None:
        audit.add(tx, me, "contacts_searched", detail=detail)

    await visit.store.write(unit)


def _page(
    visit: Visit, asked: Mapping[str, str], found: Page | None, *, problem: str | None = None, status: int = 200
) -> web.Response:
    directory = visit.house.directory
    values: dict[str, Any] = {
        "asked": {name: asked.get(name, "") for name in FIELDS},
        "found": found,
        "counted": COUNTED,
        "problem": problem,
        "taxonomy": directory.taxonomy,
        "lines": directory.lines,
        "types": {one.code: one.label for one in directory.taxonomy.contact_types},
        "states": words.CONTACT,
        "outcomes": words.OUTCOME,
    }
    return visit.page("search.html", status=status, **values)
