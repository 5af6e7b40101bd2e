"""From a concern to a service: which ones fit and why, and what is written to one. Nothing is sent from here."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.referrals import seeing
from helpline.console.referrals.showing import concern_name
from helpline.errors import HelplineError, Invalid, Refused
from helpline.house import House
from helpline.referrals import cases, concerning, directory, service
from helpline.referrals.matter import Matter, Override, OverrideReason
from helpline.referrals.proposing import Barred
from helpline.store import alarms, audit, contacts, referrals
from helpline.store.concerns import Concern
from helpline.store.db import Tx

_TYPED = ("whereabouts", "called", "reach", "country", "within", "child", "override", "purpose")


async def page(visit: Visit, *, problem: str = "", status: int = 200) -> web.Response:
    """``country``: where the child is; ``within``: whose services are looked for, if another's.

    ``child``: which of the record's; ``purpose``: best_interests for the panel.
    """
    typed = {name: visit.form.get(name) or visit.request.query.get(name, "") for name in _TYPED}

    def look(tx: Tx) -> dict[str, Any]:
        concern = seeing.concern_of(visit, tx)
        matter = _matter(tx, visit.house, concern, typed)
        override = _reason(typed["override"])
        found = service.proposals(
            tx,
            visit.house,
            matter,
            Override(override, visit.me.worker_id) if override else None,
            service.asked_already(tx, concern.id),
            typed["within"],
        )
        names = {one.id: one.service.name for one in directory.everything(tx, visit.house)}
        fitting = [one for one in found.fitting if _for(one.service.kind, typed["purpose"])]
        return {
            "concern": concern,
            "matter": matter,
            "fitting": fitting,
            "barred": [(names[id], why) for id, why in found.barred.items() if why is not Barred.OTHER_CONCERN],
            "before": [(one, names.get(one.service_id, "")) for one in referrals.of_concern(tx, concern.id)],
            "children": concerning.children_in(tx, visit.house, concern.contact_id),
            "pseudonym": contacts.get(tx, concern.contact_id).pseudonym if concern.contact_id else "",
            "countries": sorted(
                {one.service.country for one in directory.everything(tx, visit.house)}
                | {visit.house.directory.places.country}
            ),
        }

    values = await visit.store.read(look)
    return visit.page(
        "refer.html",
        status=status,
        problem=problem,
        typed=typed,
        asked=visit.request.query.get("asked", ""),
        reasons=list(OverrideReason),
        own_country=visit.house.directory.places.country,
        concern_label=concern_name(visit.house, visit.wording, values["concern"].kind),
        **values,
    )


async def write(visit: Visit) -> web.Response:
    """``service``, ``next`` (several), and what else is known: a draft, to be looked at before it is sent."""
    if visit.form.get("override"):
        return await page(visit, problem=words.trouble(visit.wording, Refused("override_not_yours"))[1], status=403)
    return await _write(visit)


async def decide(visit: Visit) -> web.Response:
    """The same without the child's yes: ``override`` is the reason, and this person the one who decides."""
    return await _write(visit)


async def _write(visit: Visit) -> web.Response:
    form, me, house = visit.form, visit.me.worker_id, visit.house
    typed = {name: form.get(name, "") for name in _TYPED}

    def unit(tx: Tx) -> str:
        concern = seeing.concern_of(visit, tx)
        override = _reason(typed["override"])
        if not form.get("service"):
            raise Invalid("service_unknown")
        matter = _matter(tx, house, concern, typed)
        following = tuple(id for id in form.getall("next", []) if id != form["service"])
        wanted = service.Wanted(form["service"], matter, concern.contact_id, concern.id, override, next=following)
        if typed["purpose"] == "best_interests":
            wanted = replace(wanted, purpose="best_interests")
        return service.draft(tx, house, wanted, me)

    try:
        id = await visit.store.write(unit)
    except HelplineError as error:
        if error.code == "not_yours":
            raise
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go(f"/console/referrals/{id}")


async def ask(visit: Visit) -> web.Response:
    """A counsellor asks for a decision without the child's yes: a supervisor is told."""
    me = visit.me.worker_id

    def unit(tx: Tx) -> str:
        concern = seeing.concern_of(visit, tx)
        alarms.raise_alarm(tx, "override_wanted", f"override:{concern.id}", contact_id=concern.contact_id)
        audit.add(tx, me, "override_asked", concern.contact_id, concern.id)
        return concern.id

    return visit.go(f"/console/concerns/{await visit.store.write(unit)}/refer?asked=yes")


def _matter(tx: Tx, house: House, concern: Concern, typed: dict[str, str]) -> Matter:
    child = (
        int(typed["child"]) if typed["child"].isascii() and typed["child"].isdigit() and len(typed["child"]) < 3 else 0
    )
    matter = concerning.matter_of(tx, house, concern, child)
    country = typed["country"] if typed["country"] != house.directory.places.country else ""
    if country:
        matter = replace(matter, country=country, province="", district="")
    return replace(
        matter,
        whereabouts=typed["whereabouts"].strip(),
        called=typed["called"].strip(),
        reach=typed["reach"].strip(),
    )


def _for(kind: str, purpose: str) -> bool:
    """The panel is asked for an assessment, and for nothing else."""
    return (kind == cases.PANEL) == (purpose == "best_interests")


def _reason(given: str) -> OverrideReason | None:
    """Raises `Invalid` ("override_unknown")."""
    if not given:
        return None
    try:
        return OverrideReason(given)
    except ValueError:
        raise Invalid("override_unknown") from None
