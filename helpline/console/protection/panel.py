"""The concern panel of a contact: one key opens it, one tap flags, and the rest is written after."""

from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.protection import concern as own_page
from helpline.console.protection.form import answers_of
from helpline.console.protection.shown import flagged_of, sees_all
from helpline.errors import HelplineError, Invalid, Refused
from helpline.protection import concerns as service
from helpline.protection import danger_words
from helpline.store import assignments, concerns, contacts
from helpline.store.db import Tx, Unit


async def values_of(visit: Visit, contact_id: str, notice: str | None = None) -> dict[str, Any]:
    """What the panel shows. Raises Refused ``not_yours``."""
    house, me, all_of_them = visit.house, visit.me.worker_id, sees_all(visit)

    def look(tx: Tx) -> dict[str, Any]:
        contact = contacts.get(tx, contact_id)
        if not all_of_them and not assignments.served(tx, contact_id, me):
            raise Refused("not_yours")
        return {**flagged_of(tx, house, contact_id, me, sees_all=all_of_them), "pseudonym": contact.pseudonym}

    return {"flagged": {**await visit.store.read(look), "notice": notice}}


async def page(visit: Visit) -> web.Response:
    return await _answer(visit, contact_of(visit))


async def flag(visit: Visit) -> web.Response:
    """``kind``: one tap. The people of its first rung are told in the same transaction."""
    house, me, contact, kind = visit.house, visit.me.worker_id, contact_of(visit), visit.form.get("kind", "")
    all_of_them = sees_all(visit)

    def unit(tx: Tx) -> str:
        return service.flag(tx, house, me, kind, contact, sees_all=all_of_them)

    return await _do(visit, contact, unit)


async def private_page(visit: Visit) -> web.Response:
    """To flag what was heard elsewhere, such as in an institution's conversation, which does not see it."""
    return visit.page("concern_private.html", problem=None)


async def flag_in_private(visit: Visit) -> web.Response:
    """``kind``, and a ``sentence`` if there is time."""
    house, me, form = visit.house, visit.me.worker_id, visit.form

    def unit(tx: Tx) -> str:
        return service.flag(tx, house, me, form.get("kind", ""), None, answers_of(form, visit.wording.zone))

    try:
        id = await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json:
            raise
        problem = words.trouble(visit.wording, error)[1]
        return visit.page("concern_private.html", status=error.status, problem=problem)
    return web.json_response({"concern": id}) if visit.wants_json else visit.go(f"/console/concerns/{id}")


async def complete(visit: Visit) -> web.Response:
    """What else is known; ``on``: panel for the panel of the contact, else the concern's own page."""
    house, me, form, id = visit.house, visit.me.worker_id, visit.form, visit.request.match_info["concern"]
    all_of_them = sees_all(visit)
    try:
        version = int(form.get("version", ""))
    except ValueError:
        raise Invalid("version_missing") from None

    def unit(tx: Tx) -> str:
        answers = answers_of(form, visit.wording.zone)
        service.complete(tx, house, me, id, version, form.get("kind", ""), answers, sees_all=all_of_them)
        return id

    contact = await visit.store.read(lambda tx: concerns.get(tx, id).contact_id)
    if form.get("on") == "panel" and contact is not None:
        return await _do(visit, contact, unit)
    return await own_page.do(visit, id, unit)


async def not_so(visit: Visit) -> web.Response:
    """The words meant no danger: that is counted, so that their list can be mended."""
    me, contact, text = visit.me.worker_id, contact_of(visit), visit.request.match_info["text"]
    house = visit.house

    def unit(tx: Tx) -> str:
        danger_words.not_so(tx, house, contact, text, me)
        return ""

    return await _do(visit, contact, unit)


def contact_of(visit: Visit) -> str:
    return visit.request.match_info["contact"]


async def _do(visit: Visit, contact: str, unit: Unit[str]) -> web.Response:
    try:
        id = await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json:
            raise
        return await _answer(visit, contact, words.trouble(visit.wording, error)[1], error.status)
    if visit.wants_json:
        return web.json_response({"concern": id})
    return await _answer(visit, contact) if visit.partial else visit.go(f"/console/contacts/{contact}/concerns")


async def _answer(visit: Visit, contact: str, notice: str | None = None, status: int = 200) -> web.Response:
    values = await values_of(visit, contact, notice)
    return visit.page("concern_flagged.html" if visit.partial else "concern_contact.html", status=status, **values)
