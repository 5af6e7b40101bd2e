"""The directory of services: searched by everyone who counsels, kept by those who keep it."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.referrals import entry_form
from helpline.errors import Conflict, HelplineError, Invalid
from helpline.referrals import directory
from helpline.referrals.directory import Entry, Wanted
from helpline.referrals.reaching import unready
from helpline.store import audit, contacts, desk_view
from helpline.store.contacts import Contact
from helpline.store.db import Tx, Unit
from helpline.threads import service as threads

KEEP = "services.keep"
_SOUGHT = ("concern", "language", "kind", "country", "words")


async def page(visit: Visit) -> web.Response:
    """Search by ``concern``, ``place`` (province/district), ``language``, ``kind``, ``country`` and ``words``."""
    house, query = visit.house, visit.request.query
    province, _, district = query.get("place", "").partition("/")
    wanted = Wanted(province=province, district=district, **{name: query.get(name, "")[:80] for name in _SOUGHT})
    entries = await visit.store.read(lambda tx: directory.everything(tx, house))
    found = directory.search(entries, wanted, house)
    return visit.page(
        "services.html",
        found=found,
        total=len(entries),
        wanted=wanted,
        place=query.get("place", ""),
        countries=sorted({one.service.country for one in entries}),
        told=await _told(visit),
        stale=_stale(visit, entries),
        **_lists(visit),
    )


async def one(visit: Visit, *, problem: str = "", status: int = 200) -> web.Response:
    """An entry. How it is reached is shown to those who keep the directory."""

    def look(tx: Tx) -> dict[str, Any]:
        entry = _entry(visit, tx)
        return {"entry": entry, "stand_ins": directory.stand_ins_of(tx, visit.house, entry)}

    values = await visit.store.read(look)
    service = values["entry"].service
    told = await _told(visit)
    return visit.page(
        "service.html",
        status=status,
        problem=problem,
        service=service,
        kind=directory.kinds(visit.house).get(service.kind),
        stale=bool(_stale(visit, [values["entry"]])),
        unready={way.place: way.code for way in unready(service, visit.console.settings)},
        told=told,
        texts=_own_first(service.texts, told.language if told is not None else None),
        key=secrets.token_urlsafe(12),
        said=visit.request.query.get("said", ""),
        **values,
        **_lists(visit),
    )


async def edit(visit: Visit) -> web.Response:
    entry = await visit.store.read(lambda tx: _entry(visit, tx))
    return _form(visit, entry_form.form_of(entry.service), entry)


async def new(visit: Visit) -> web.Response:
    zone = next(iter(visit.house.directory.lines.values())).timezone
    today = directory.today_at(zone, visit.now).isoformat()
    return _form(visit, entry_form.empty(visit.house.directory, today), None)


async def add(visit: Visit) -> web.Response:
    """A new entry, as the form says."""
    return await _keep(visit, None)


async def change(visit: Visit) -> web.Response:
    """``version``: of what this person has looked at."""
    return await _keep(visit, await visit.store.read(lambda tx: _entry(visit, tx)))


async def verified(visit: Visit) -> web.Response:
    """Somebody has asked, and all of it is so."""
    house, me = visit.house, visit.me.worker_id

    def unit(tx: Tx) -> None:
        entry = _entry(visit, tx)
        directory.verified(tx, house, entry.id, me, entry.version)

    return await _do(visit, unit)


async def set_state(visit: Visit) -> web.Response:
    """``state``: open or paused."""
    house, me, state = visit.house, visit.me.worker_id, visit.form.get("state", "")
    if state not in ("open", "paused"):
        raise Invalid("choice_unknown")

    def unit(tx: Tx) -> None:
        entry = _entry(visit, tx)
        directory.keep(tx, house, entry.service.model_copy(update={"state": state}), me, entry.version)

    return await _do(visit, unit)


async def stand_in(visit: Visit) -> web.Response:
    """``do``: confirm, after a call to the service's own number, or remove."""
    me, id = visit.me.worker_id, visit.request.match_info["stand_in"]

    def unit(tx: Tx) -> None:
        entry = _entry(visit, tx)
        if id not in {each.id for each in directory.stand_ins_of(tx, visit.house, entry)}:
            raise Conflict("stand_in_over")
        if visit.form.get("do") == "confirm":
            directory.confirm_stand_in(tx, id, me)
        else:
            directory.remove_stand_in(tx, id, me)

    return await _do(visit, unit)


async def tell(visit: Visit) -> web.Response:
    """With the child's yes, the entry's short text is written to it: ``contact``, ``key``, in the child's language."""
    house, me, contact_id = visit.house, visit.me.worker_id, visit.form.get("contact", "")

    def unit(tx: Tx) -> None:
        entry = _entry(visit, tx)
        language = visit.form.get("language", "")
        found = directory.text_for(entry.service, language)
        if found is None or found[0] != language:
            raise Invalid("service_text_missing")
        threads.say(tx, house, contact_id, me, found[1], visit.form.get("key", ""))
        audit.add(tx, me, "service_told", contact_id, entry.id)

    return await _do(visit, unit, more=f"?said=told&contact={quote(contact_id, safe='')}")


async def _told(visit: Visit) -> Contact | None:
    """The child that is to be told of a service: ``contact`` of the address, while this person has it."""
    wanted, me = visit.request.query.get("contact", "") or visit.form.get("contact", ""), visit.me.worker_id

    def look(tx: Tx) -> Contact | None:
        return contacts.get(tx, wanted) if desk_view.holds(tx, wanted, me) else None

    return await visit.store.read(look) if wanted else None


def _own_first(texts: Mapping[str, str], language: str | None) -> list[tuple[str, str]]:
    """The one in the child's language stands before the others."""
    return sorted(texts.items(), key=lambda one: one[0] != language)


def _entry(visit: Visit, tx: Tx) -> Entry:
    return directory.get(tx, visit.house, visit.request.match_info["service"])


async def _keep(visit: Visit, entry: Entry | None) -> web.Response:
    house, me, form = visit.house, visit.me.worker_id, visit.form
    given = form.get("version", "")
    version = int(given[:9]) if entry is not None and given.isascii() and given.isdigit() else None
    try:
        service = entry_form.entry_of(form, house.directory, entry.service if entry is not None else None)
        id = await visit.store.write(lambda tx: directory.keep(tx, house, service, me, version))
    except entry_form.NotAnEntry as error:
        return _form(visit, entry_form.typed(form), entry, wrong=error.found, status=error.status)
    except HelplineError as error:
        problem = words.trouble(visit.wording, error)[1]
        return _form(visit, entry_form.typed(form), entry, problem=problem, status=error.status)
    return visit.go(f"/console/services/{id}")


def _form(
    visit: Visit,
    values: dict[str, Any],
    entry: Entry | None,
    *,
    problem: str = "",
    wrong: list[tuple[str, str, str]] | None = None,
    status: int = 200,
) -> web.Response:
    return visit.page(
        "service_form.html",
        status=status,
        values=values,
        entry=entry,
        problem=problem,
        wrong=wrong or [],
        **_lists(visit),
    )


def _lists(visit: Visit) -> dict[str, Any]:
    known = visit.house.directory
    return {"kinds": directory.kinds(visit.house), "concerns": known.concerns.kind, "places": known.places}


def _stale(visit: Visit, entries: list[Entry]) -> set[str]:
    return {one.id for one in entries if one.service.stale_on <= directory.today_at(one.service.timezone, visit.now)}


async def _do(visit: Visit, unit: Unit[None], more: str = "") -> web.Response:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await one(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go(f"/console/services/{visit.request.match_info['service']}{more}")
