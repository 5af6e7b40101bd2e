"""Institutions: who they are, who signs in for them, and with what they ask by telephone and by machine."""

import asyncio
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from helpline.console.context import Visit
from helpline.console.coordinator import board
from helpline.console.coordinator.filling import Outcome, Shown, fill_in
from helpline.errors import Invalid
from helpline.interpreting import institutions as work
from helpline.interpreting import officers as officer_work
from helpline.interpreting import pins, tokens
from helpline.staff.signin import hash_password
from helpline.store import coordinator_view, institution_tokens, institutions, officers
from helpline.store.db import Tx, Unit
from helpline.store.institution_tokens import Token
from helpline.store.institutions import Institution
from helpline.store.officers import Officer

LIST = "/console/institutions"
NOTHING = Outcome()
_TEXTS = ("name", "kind", "timezone", "province", "district", "number", "line")
_OFFICER = ("sign_in", "alias", "email", "phone")


@dataclass(frozen=True, slots=True)
class Telephone:
    """One that is known; ``key`` names it in a form."""

    key: str
    number: str


@dataclass(frozen=True, slots=True)
class Person:
    """An officer, opened."""

    officer: Officer
    email: str
    phone: str


async def page(visit: Visit, outcome: Outcome = NOTHING) -> web.Response:
    """All of them, and a form for one more."""

    def look(tx: Tx) -> tuple[tuple[Institution, ...], dict[str, int], tuple[coordinator_view.Alarm, ...]]:
        return (
            institutions.everyone(tx),
            institutions.officers_of_each(tx),
            coordinator_view.open_alarms(tx, board.KINDS),
        )

    found, counts, alarms = await visit.store.read(look)
    return visit.page(
        "institutions.html",
        status=outcome.status,
        institutions=found,
        officers=counts,
        alarms=alarms,
        outcome=outcome,
        typed=_typed(visit) if outcome.form == "institution" else _fresh(visit),
        **_choices(visit),
    )


async def add(visit: Visit) -> web.Response:
    """A new one; its page is next, where officers are added."""
    house, me, written = visit.house, visit.me.worker_id, _written(visit)
    return await fill_in(
        visit, page, "institution", lambda tx: work.add(tx, house, me, written, house.chance), _page_of
    )


async def one(visit: Visit, outcome: Outcome = NOTHING) -> web.Response:
    """Everything of one institution."""
    id = visit.request.match_info["institution"]

    def look(tx: Tx) -> tuple[Institution, tuple[institutions.Telephone, ...], tuple[Officer, ...], tuple[Token, ...]]:
        found = institutions.get(tx, id)
        return (
            found,
            institutions.telephones(tx, id),
            officers.of_institution(tx, id),
            institution_tokens.of_institution(tx, id),
        )

    found, numbers, people, theirs = await visit.store.read(look)
    vault = visit.house.vault
    return visit.page(
        "institution.html",
        status=outcome.status,
        institution=found,
        telephones=[Telephone(each.number_hash, vault.open(each.number_enc)) for each in numbers],
        people=[_person(visit, each) for each in people],
        tokens=theirs,
        outcome=outcome,
        typed=_typed(visit) if outcome.form == "institution" else _known(found),
        officer_typed={
            name: visit.form.get(name, "") if outcome.form == "officer" and outcome.shown is None else ""
            for name in _OFFICER
        },
        days=tokens.DAYS,
        **_choices(visit),
    )


async def change(visit: Visit) -> web.Response:
    house, me, written, id = visit.house, visit.me.worker_id, _written(visit), visit.request.match_info["institution"]
    return await _do(visit, "institution", lambda tx: work.change(tx, house, me, id, written))


async def disable(visit: Visit) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["institution"]
    return await _do(visit, "disable", lambda tx: work.disable(tx, me, id))


async def enable(visit: Visit) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["institution"]
    return await _do(visit, "disable", lambda tx: work.enable(tx, me, id))


async def set_pin(visit: Visit) -> web.Response:
    """A PIN that was chosen, or one of ours when none was; it is shown once."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["institution"]
    pin = visit.form.get("pin", "").strip() or pins.fresh(house.chance)
    shown = Shown("pin", pins.digits(pin) or "")
    return await _do(visit, "pin", lambda tx: pins.set_pin(tx, house, me, id, pin), shown)


async def add_telephone(visit: Visit) -> web.Response:
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["institution"]
    number = visit.form.get("telephone", "")
    return await _do(visit, "telephone", lambda tx: work.add_telephone(tx, house, me, id, number))


async def remove_telephone(visit: Visit) -> web.Response:
    me, id, key = visit.me.worker_id, visit.request.match_info["institution"], visit.form.get("key", "")
    return await _do(visit, "telephone", lambda tx: work.remove_telephone(tx, me, id, key))


async def add_officer(visit: Visit) -> web.Response:
    """With a password that is shown once, and changed by the officer at the first sign-in."""
    house, me, id, form = visit.house, visit.me.worker_id, visit.request.match_info["institution"], visit.form
    sign_in, alias, email, phone = (form.get(name, "") for name in _OFFICER)
    written = officer_work.Written(sign_in, alias, email, phone, visit.wording.code)
    password = officer_work.fresh_password(house.chance)
    hashed = await asyncio.to_thread(hash_password, password)
    shown = Shown("password", password, officer_work.sign_in_of(written.sign_in))

    def unit(tx: Tx) -> str:
        return officer_work.add(tx, house, me, id, written, hashed, temporary=True)

    return await _do(visit, "officer", unit, shown)


async def new_password(visit: Visit) -> web.Response:
    """A new one, shown once; who is signed in as this officer is signed out."""
    me, id = visit.me.worker_id, visit.request.match_info["officer"]
    officer = await visit.store.read(lambda tx: _officer(tx, visit, id))
    password = officer_work.fresh_password(visit.house.chance)
    hashed = await asyncio.to_thread(hash_password, password)
    shown = Shown("password", password, officer.sign_in)
    return await _do(visit, "officers", lambda tx: officer_work.give_password(tx, me, id, hashed), shown)


async def disable_officer(visit: Visit) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["officer"]
    return await _do(visit, "officers", lambda tx: officer_work.disable(tx, me, _officer(tx, visit, id).id))


async def enable_officer(visit: Visit) -> web.Response:
    me, id = visit.me.worker_id, visit.request.match_info["officer"]
    return await _do(visit, "officers", lambda tx: officer_work.enable(tx, me, _officer(tx, visit, id).id))


async def make_token(visit: Visit) -> web.Response:
    """For the institution's own systems; shown once."""
    me, id, label = visit.me.worker_id, visit.request.match_info["institution"], visit.form.get("label", "")
    days, token = visit.form.get("days", "").strip() or str(tokens.DAYS), tokens.fresh()
    number = int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0
    shown = Shown("token", token, label.strip())
    return await _do(visit, "token", lambda tx: tokens.new(tx, me, id, label, token, number), shown)


async def revoke_token(visit: Visit) -> web.Response:
    me, institution, id = (
        visit.me.worker_id,
        visit.request.match_info["institution"],
        visit.request.match_info["token"],
    )

    def unit(tx: Tx) -> None:
        if tokens.revoke(tx, me, id) != institution:
            raise Invalid("token_unknown")

    return await _do(visit, "tokens", unit)


def _page_of(id: str) -> str:
    return f"{LIST}/{id}"


async def _do(visit: Visit, form: str, unit: Unit[Any], shown: Shown | None = None) -> web.Response:
    path = _page_of(visit.request.match_info["institution"])
    return await fill_in(visit, one, form, unit, lambda _: path, shown)


def _officer(tx: Tx, visit: Visit, id: str) -> Officer:
    """Raises `Invalid` ("officer_unknown"), also for another institution's."""
    found = officers.get(tx, id)
    if found.institution_id != visit.request.match_info["institution"]:
        raise Invalid("officer_unknown")
    return found


def _person(visit: Visit, officer: Officer) -> Person:
    open_ = visit.house.vault.open
    return Person(
        officer,
        open_(officer.email_enc) if officer.email_enc else "",
        open_(officer.phone_enc) if officer.phone_enc else "",
    )


def _written(visit: Visit) -> work.Written:
    name, kind, timezone, province, district, number, line = (visit.form.get(one, "").strip() for one in _TEXTS)
    may = tuple(visit.form.getall("may", []))
    return work.Written(name, kind, timezone, may, province, district, number, line)


def _typed(visit: Visit) -> dict[str, Any]:
    return {**{name: visit.form.get(name, "") for name in _TEXTS}, "may": visit.form.getall("may", [])}


def _fresh(visit: Visit) -> dict[str, Any]:
    return {**dict.fromkeys(_TEXTS, ""), "timezone": visit.wording.zone.key, "may": work.MAY}


def _known(found: Institution) -> dict[str, Any]:
    return {
        "name": found.name,
        "kind": found.kind,
        "timezone": found.timezone,
        "province": found.province or "",
        "district": found.district or "",
        "number": found.number,
        "line": found.line or "",
        "may": found.may,
    }


def _choices(visit: Visit) -> dict[str, Any]:
    return {
        "kinds": work.KINDS,
        "mays": work.MAY,
        "provinces": visit.house.directory.places.provinces,
        "lines": [(line.id, line.name) for line in visit.house.directory.lines.values()],
    }
