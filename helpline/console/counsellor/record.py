"""The record of a contact: saved as it is typed, and never overwritten unseen."""

import json
from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.counsellor import form
from helpline.console.counsellor.said import lines_of
from helpline.errors import HelplineError, Invalid, Refused
from helpline.store import audit, desk_view, history_view
from helpline.store.db import Tx
from helpline.store.history_view import ContactPage, SealedRecord


async def values_of(visit: Visit, contact_id: str, *, opening: bool = True) -> dict[str, Any]:
    """What the form shows; to open it leaves an audit row. Raises Refused ``not_yours`` for one who never had it."""
    me = visit.me.worker_id

    def unit(tx: Tx) -> tuple[ContactPage, SealedRecord]:
        contact = history_view.contact_page(tx, contact_id)
        if contact is None or not desk_view.holds(tx, contact_id, me):
            raise Refused("not_yours")
        if opening:
            audit.add(tx, me, "record_read", contact_id=contact_id)
        return contact, history_view.sealed_record(tx, contact_id)

    contact, sealed = await visit.store.write(unit)
    return {
        "contact": contact,
        "content": form.filled(opened(visit, sealed)),
        "version": sealed.version,
        "finished_at": sealed.finished_at,
        "written_at": sealed.written_at,
        **no_trouble(),
        **choices(visit),
    }


def no_trouble() -> dict[str, Any]:
    """A form with which nothing is wrong."""
    return {"problem": None, "problem_code": None, "theirs": None}


def opened(visit: Visit, sealed: SealedRecord) -> dict[str, Any]:
    """The content in clear; nothing for a record that was not begun."""
    if sealed.content is None:
        return {}
    content: dict[str, Any] = json.loads(visit.house.vault.open(sealed.content))
    return content


def choices(visit: Visit) -> dict[str, Any]:
    """The lists that the form offers, countries in the reader's language with the frequent ones first."""
    directory = visit.house.directory
    territories = visit.wording.locale.territories
    countries = sorted(
        ((code, name) for code, name in territories.items() if len(code) == 2 and code.isalpha()),
        key=lambda pair: pair[1],
    )
    first = [(code, territories[code]) for code in directory.taxonomy.countries_first if code in territories]
    return {
        "taxonomy": directory.taxonomy,
        "provinces": directory.places.provinces,
        "countries": first + [pair for pair in countries if pair not in first],
    }


async def page(visit: Visit) -> web.Response:
    """The form on a page of its own: for a record that is still owed."""
    return visit.page("record.html", record=await values_of(visit, visit.request.match_info["contact"]))


async def save(visit: Visit) -> web.Response:
    """Save the draft, and do what the button says: ``do`` is save, add_child, remove_child-N, theirs, or finish.

    A page's script asks for JSON and gets the new version; a browser gets the form again. What was typed is in
    every answer that is a form, also when it could not be saved.
    """
    contact_id, me = visit.request.match_info["contact"], visit.me.worker_id
    work, house, do = visit.console.contacts, visit.house, visit.form.get("do", "save")
    content = form.content_of(visit.form)
    try:
        content = _changed(content, do)
        form.check(content)
        base = _base(visit)

        def unit(tx: Tx) -> int:
            version = work.save_record(tx, house, contact_id, me, content, base)
            if do == "finish":
                work.finish_record(tx, house, contact_id, me)
            return version

        version = await visit.store.write(unit)
    except HelplineError as error:
        return await _not_saved(visit, contact_id, content, do, error)
    if visit.wants_json:
        return web.json_response({"version": version})
    if do == "finish":
        return _leave(visit)
    return await _again(visit, contact_id)


def _changed(content: dict[str, Any], do: str) -> dict[str, Any]:
    if do == "add_child":
        return form.with_one_more(content)
    if do.startswith("remove_child-"):
        index = do.removeprefix("remove_child-")
        return form.without(content, int(index) if index.isdigit() else -1)
    return content


def _base(visit: Visit) -> int:
    try:
        return int(visit.form.get("base_version", ""))
    except ValueError:
        raise Invalid("version_missing") from None


def _leave(visit: Visit) -> web.Response:
    if not visit.partial:
        return visit.go("/console/desk")
    if visit.form.get("on") == "desk":
        return visit.page("desk_record.html", record=None)
    return web.Response(headers={"HX-Redirect": "/console/desk"})


async def _again(visit: Visit, contact_id: str) -> web.Response:
    if visit.partial:
        return visit.page("desk_record.html", record=await values_of(visit, contact_id, opening=False))
    live = visit.form.get("on") == "desk"
    return visit.go("/console/desk#record" if live else f"/console/contacts/{contact_id}/record")


async def _not_saved(
    visit: Visit, contact_id: str, content: dict[str, Any], do: str, error: HelplineError
) -> web.Response:
    """The form with what was typed and what is wrong; after a conflict, with the other text beside it."""
    values = await values_of(visit, contact_id, opening=False)
    if error.code == "contact_type_missing":
        # The text is right and only the finish was not: keep it, so that nothing hangs on the mending.
        values["version"] = await _keep(visit, contact_id, content, values["version"])
    elif error.code == "record_changed":
        values["theirs"] = lines_of(values["content"], visit.house.directory, visit.wording)
    if visit.wants_json:
        status = {"code": error.code, "text": words.trouble(visit.wording, error)[1], "version": values["version"]}
        return web.json_response(status, status=error.status)
    values["content"] = form.filled(content)
    values["problem"] = words.trouble(visit.wording, error)[1]
    values["problem_code"] = error.code
    template = "desk_record.html" if visit.partial else "record.html"
    return visit.page(template, status=error.status, record=values)


async def _keep(visit: Visit, contact_id: str, content: dict[str, Any], stored: int) -> int:
    work, house, me, base = visit.console.contacts, visit.house, visit.me.worker_id, _base(visit)

    def unit(tx: Tx) -> int:
        return work.save_record(tx, house, contact_id, me, content, base)

    return await visit.store.write(unit) if base == stored else stored
