"""Officers ask for an interpreter now, and see the request move to connected."""

from dataclasses import replace

from aiohttp import web

from helpline.console import words
from helpline.console.coordinator.filling import Outcome
from helpline.console.requester.door import OfficerVisit
from helpline.errors import HelplineError
from helpline.interpreting import requests as service
from helpline.interpreting.fields import Unfit
from helpline.interpreting.requests import MOST_LANGUAGES, PURPOSES, Standing, Wanted
from helpline.store import requests
from helpline.store.db import Tx, Unit
from helpline.store.requests import Request

HOME = "/requests"
SHOWN = 20
NOTHING = Outcome()


async def home(visit: OfficerVisit, outcome: Outcome = NOTHING) -> web.Response:
    """The form, and what was asked for lately."""
    mine = visit.officer.institution.id

    def look(tx: Tx) -> list[Standing]:
        return [service.standing(tx, one) for one in requests.of_institution(tx, mine, SHOWN)]

    latest = await visit.store.read(look) if visit.may("officer.request") else []
    return visit.page(
        "requester_home.html",
        status=outcome.status,
        outcome=outcome,
        form=visit.form,
        latest=latest,
        purposes=PURPOSES,
        chosen=visit.form.getall("language", []),
        languages_most=MOST_LANGUAGES,
    )


async def ask(visit: OfficerVisit) -> web.Response:
    house, institution, me, wanted = visit.house, visit.officer.institution, visit.officer.officer_id, _wanted(visit)
    try:
        made = await visit.store.write(lambda tx: service.ask(tx, house, institution, me, wanted, "page"))
    except HelplineError as error:
        return await home(visit, _outcome(visit, "request", error))
    return visit.go(f"{HOME}/now/{made.id}")


async def one(visit: OfficerVisit, outcome: Outcome = NOTHING) -> web.Response:
    """How far a request has come, and what can be done now."""
    mine = visit.officer.institution.id

    def look(tx: Tx) -> tuple[Standing, list[Request]]:
        found = _mine(tx, visit)
        others = [each for each in requests.of_institution(tx, mine, SHOWN) if each.id != found.id]
        return service.standing(tx, found), others

    standing, others = await visit.store.read(look)
    template = "requester_request_now.html" if visit.partial else "requester_request.html"
    return visit.page(template, status=outcome.status, one=standing, others=others, outcome=outcome, form=visit.form)


async def cancel(visit: OfficerVisit) -> web.Response:
    return await _do(visit, "cancel", lambda tx: service.cancel(tx, visit.house, _mine(tx, visit), _me(visit)))


async def once_more(visit: OfficerVisit) -> web.Response:
    """The next conversation of the same request, with the same interpreter."""
    number = visit.form.get("call_to", "").strip()
    return await _do(
        visit, "once_more", lambda tx: service.once_more(tx, visit.house, _mine(tx, visit), _me(visit), number)
    )


async def add(visit: OfficerVisit) -> web.Response:
    """Dial a second party in."""
    number = visit.form.get("second_party", "").strip()
    return await _do(
        visit, "add", lambda tx: service.add_second_party(tx, visit.house, _mine(tx, visit), number, _me(visit))
    )


async def link(visit: OfficerVisit) -> web.Response:
    """It was for the same children as another request, who count once."""

    def unit(tx: Tx) -> None:
        other = requests.find(tx, visit.form.get("other", ""))
        if other is None:
            raise service.unknown()
        service.same_group(tx, _mine(tx, visit), other, _me(visit))

    return await _do(visit, "link", unit)


async def _do(visit: OfficerVisit, form: str, unit: Unit[object]) -> web.Response:
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await one(visit, _outcome(visit, form, error))
    return visit.go(f"{HOME}/now/{visit.request.match_info['request']}")


def _outcome(visit: OfficerVisit, form: str, error: HelplineError) -> Outcome:
    if error.retry or isinstance(error, service.UnknownRequest):
        raise error
    fields = error.fields if isinstance(error, Unfit) else {}
    return replace(Outcome(form, words.trouble(visit.wording, error)[1], fields), status=error.status)


def _mine(tx: Tx, visit: OfficerVisit) -> Request:
    """Another institution's request is as unknown as one that never was."""
    found = requests.find(tx, visit.request.match_info["request"])
    if found is None or found.institution_id != visit.officer.institution.id:
        raise service.unknown()
    return found


def _me(visit: OfficerVisit) -> str:
    return visit.officer.officer_id


def _wanted(visit: OfficerVisit) -> Wanted:
    form = visit.form
    return Wanted(
        languages=tuple(code for code in form.getall("language", []) if code),
        purpose=form.get("purpose", ""),
        girls=_count(form.get("girls", "")),
        boys=_count(form.get("boys", "")),
        call_to=form.get("call_to", "").strip(),
        second_party=form.get("second_party", "").strip(),
        dialect=form.get("dialect", "").strip().lower()[:40],
        gender_wish=form.get("gender_wish", ""),
        child_friendly=form.get("child_friendly") == "on",
        certified=form.get("certified") == "on",
        detained=form.get("detained") == "on",
        night=form.get("night", ""),
        same_as=form.get("same_as", ""),
    )


def _count(text: str) -> int:
    """-1 for what is no number, which is told at its field."""
    text = text.strip()
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1
