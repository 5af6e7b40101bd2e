"""A case in the small, on one page."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.referrals import seeing
from helpline.console.referrals.one import day
from helpline.console.referrals.showing import concern_name, spoken
from helpline.errors import HelplineError, Invalid, Refused
from helpline.referrals import cases as service
from helpline.referrals import directory
from helpline.store import assignments, audit, contacts, workers
from helpline.store import cases as rows
from helpline.store.db import Tx


async def page(visit: Visit, *, problem: str = "", status: int = 200) -> web.Response:
    """Looking at it is written down."""
    house = visit.house

    def look(tx: Tx) -> dict[str, Any]:
        case = seeing.case_of(visit, tx)
        whole = service.whole(tx, house, case.id)
        audit.add(tx, visit.me.worker_id, "case_read", None, case.id)
        people = {case.keeper, *(step.who for step in whole.steps)}
        return {
            "whole": whole,
            "names": {one.id: one.alias for one in workers.some(tx, list(people))},
            "panels": [
                one
                for one in directory.everything(tx, house)
                if one.service.kind == service.PANEL and one.service.state == "open"
            ],
            "services": {one.id: one.service.name for one in directory.everything(tx, house)},
        }

    values = await visit.store.write(look)
    whole = values["whole"]
    codes = {one.kind for one in whole.concerns} | {one.concern for one in whole.referrals}
    return visit.page(
        "case.html",
        status=status,
        problem=problem,
        case=whole.case,
        labels={code: concern_name(house, visit.wording, code) for code in codes},
        spoken=spoken,
        triggers=service.TRIGGERS,
        outcomes=service.OUTCOMES,
        **values,
    )


async def of_contact(visit: Visit) -> web.Response:
    """The cases of a contact, and a new one."""
    contact_id = visit.request.match_info["contact"]

    def look(tx: Tx) -> dict[str, Any]:
        _must_have_had(visit, tx, contact_id)
        return {
            "contact": contacts.get(tx, contact_id),
            "its": rows.of_contact(tx, contact_id),
            "others": [one for one in rows.still_open(tx) if seeing.may_see_case(visit, tx, one)],
        }

    values = await visit.store.read(look)
    return visit.page("cases_of_contact.html", circumstances=service.CIRCUMSTANCES, **values)


async def begin(visit: Visit) -> web.Response:
    """``circumstance`` of a new case, or ``case``: the one that this contact belongs to as well."""
    house, me, contact_id = visit.house, visit.me.worker_id, visit.request.match_info["contact"]
    given, circumstance = visit.form.get("case", ""), visit.form.get("circumstance", "")

    def unit(tx: Tx) -> str:
        _must_have_had(visit, tx, contact_id)
        if not given:
            return service.open_case(tx, house, contact_id, me, circumstance)
        if not seeing.may_see_case(visit, tx, rows.get(tx, given)):
            raise Refused("not_yours")
        service.add_contact(tx, given, contact_id, me)
        return given

    return visit.go(f"/console/cases/{await visit.store.write(unit)}")


async def change(visit: Visit) -> web.Response:
    """``do``: step (``what``, ``on``), step_done, document (``title``, ``kept``, ``on``), document_gone, primero,
    contact_gone, close (``outcome``, ``said``); ``id`` of what it is about."""
    form, house, me = visit.form, visit.house, visit.me.worker_id
    id = form.get("id", "")

    def step(tx: Tx, case: str) -> object:
        on = day(form.get("on", ""))
        if on is None:
            raise Invalid("date_unreadable")
        return service.add_step(tx, house, case, form.get("what", ""), me, on, me)

    def document(tx: Tx, case: str) -> object:
        title, kept = form.get("title", ""), form.get("kept", "")
        return service.add_document(tx, house, case, title, kept, day(form.get("on", "")), me)

    what: dict[str, Callable[[Tx, str], object]] = {
        "step": step,
        "step_done": lambda tx, case: service.step_done(tx, case, id, me),
        "document": document,
        "document_gone": lambda tx, case: service.remove_document(tx, case, id, me),
        "primero": lambda tx, case: service.keep_primero(tx, case, form.get("primero", ""), me),
        "contact_gone": lambda tx, case: service.remove_contact(tx, case, id, me),
        "close": lambda tx, case: service.close(tx, house, case, me, form.get("outcome", ""), form.get("said", "")),
    }
    work = what.get(form.get("do", ""))
    if work is None:
        raise Invalid("event_unknown")
    return await _do(visit, work)


async def ask_panel(visit: Visit) -> web.Response:
    """``concern``, ``trigger`` and ``service``: the request to the district's panel, written and not sent yet."""
    form, house, me = visit.form, visit.house, visit.me.worker_id
    written: list[str] = []

    def work(tx: Tx, case: str) -> object:
        given = (form.get("concern", ""), form.get("trigger", ""), form.get("service", ""))
        written[:] = [service.ask_best_interests(tx, house, case, *given, me)]
        return written

    response = await _do(visit, work)
    return visit.go(f"/console/referrals/{written[0]}") if response.status == 303 and written else response


def _must_have_had(visit: Visit, tx: Tx, contact_id: str) -> None:
    contacts.get(tx, contact_id)
    if not seeing.sees_all(visit) and not assignments.served(tx, contact_id, visit.me.worker_id):
        raise Refused("not_yours")


async def _do(visit: Visit, work: Callable[[Tx, str], object]) -> web.Response:
    def unit(tx: Tx) -> str:
        case = seeing.case_of(visit, tx)
        work(tx, case.id)
        return case.id

    try:
        id = await visit.store.write(unit)
    except HelplineError as error:
        if error.code in ("not_yours", "case_unknown"):
            raise
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go(f"/console/cases/{id}")
