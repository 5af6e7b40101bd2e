"""Interpreters: what they speak, what they have signed and learned, when and where they work."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from aiohttp import web

from config.lines import DAYS
from helpline.clock import SECOND
from helpline.console.context import Visit
from helpline.console.coordinator import board
from helpline.console.coordinator.filling import Outcome, Shown, fill_in
from helpline.errors import Refused
from helpline.interpreting import interpreters as work
from helpline.interpreting import lapsing, officers, pins
from helpline.interpreting.qualified import TRAINING
from helpline.staff.signin import hash_password
from helpline.store import coordinator_view, interpreters, roster
from helpline.store.db import Tx, Unit
from helpline.store.interpreters import Certificate, Interpreter, Spoken

LIST = "/console/interpreters"
NOTHING = Outcome()
SPARE = 3
"""Empty rows for languages that are added."""

_TEXTS = ("gender", "undertaking_on", "undertaking_until", "timezone", "province", "district", "email", "phone")


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate as it stands today."""

    certificate: Certificate
    number: str
    standing: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An interpreter as the list shows them. ``undertaking``: as `lapsing.standing`, or missing."""

    interpreter: Interpreter
    spoken: tuple[Spoken, ...]
    undertaking: str
    papers: tuple[Paper, ...]

    @property
    def needs_somebody(self) -> bool:
        """Whether something is missing, ends soon, or has ended."""
        return self.undertaking != "holds" or any(paper.standing in ("lapsing", "lapsed") for paper in self.papers)


async def page(visit: Visit, outcome: Outcome = NOTHING) -> web.Response:
    """All of them, those first of whom something ends or has ended."""

    def look(tx: Tx) -> tuple[list[Entry], tuple[coordinator_view.Alarm, ...]]:
        spoken, papers = interpreters.languages(tx), interpreters.certificates_of(tx)
        entries = [
            _entry(visit, one, spoken.get(one.worker_id, ()), papers.get(one.worker_id, ()))
            for one in interpreters.everyone(tx)
        ]
        entries.sort(key=lambda entry: not entry.needs_somebody)
        return entries, coordinator_view.open_alarms(tx, board.KINDS)

    entries, alarms = await visit.store.read(look)
    return visit.page(
        "interpreters.html",
        status=outcome.status,
        entries=entries,
        alarms=alarms,
        outcome=outcome,
        typed={name: visit.form.get(name, "") for name in ("sign_in", "alias")},
    )


async def add(visit: Visit) -> web.Response:
    """Somebody new; the page where the rest is written is next."""
    me, form = visit.me.worker_id, visit.form
    sign_in, alias = form.get("sign_in", ""), form.get("alias", "")
    return await fill_in(visit, page, "interpreter", lambda tx: work.add(tx, me, sign_in, alias), _page_of)


async def one(visit: Visit, outcome: Outcome = NOTHING) -> web.Response:
    """Everything of one interpreter."""
    id = visit.request.match_info["worker"]

    def look(tx: Tx) -> Entry:
        found = work.get(tx, id)
        spoken = interpreters.languages(tx, [id]).get(id, ())
        return _entry(visit, found, spoken, interpreters.certificates_of(tx, [id]).get(id, ()))

    entry = await visit.store.read(look)
    typed = _typed(visit) if outcome.form == "interpreter" else _known(visit, entry)
    return visit.page(
        "interpreter.html",
        status=outcome.status,
        entry=entry,
        interpreter=entry.interpreter,
        outcome=outcome,
        typed=typed,
        rows=[*typed["spoken"], *[("", "fluent", "")] * SPARE],
        paper_typed={
            name: visit.form.get(name, "") if outcome.form == "certificate" else ""
            for name in ("language", "body", "number", "issued_on", "expires_on")
        },
        days=DAYS,
        trainings=TRAINING,
        genders=work.GENDERS,
        levels=work.LEVELS,
        provinces=visit.house.directory.places.provinces,
    )


async def save(visit: Visit) -> web.Response:
    house, me, id, written = visit.house, visit.me.worker_id, visit.request.match_info["worker"], _written(visit)
    return await _do(visit, "interpreter", lambda tx: work.write(tx, house, me, id, written))


async def add_certificate(visit: Visit) -> web.Response:
    house, me, id, form = visit.house, visit.me.worker_id, visit.request.match_info["worker"], visit.form
    texts = {name: form.get(name, "").strip() for name in ("language", "body", "number", "issued_on", "expires_on")}
    return await _do(visit, "certificate", lambda tx: work.add_certificate(tx, house, me, id, work.Paper(**texts)))


async def drop_certificate(visit: Visit) -> web.Response:
    house, me, info = visit.house, visit.me.worker_id, visit.request.match_info
    worker, id = info["worker"], info["paper"]
    return await _do(visit, "certificates", lambda tx: work.remove_certificate(tx, house, me, worker, id))


async def set_pin(visit: Visit) -> web.Response:
    """A PIN that was chosen, or one of ours when none was; it is shown once, with the number that goes with it."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["worker"]
    pin = visit.form.get("pin", "").strip() or pins.fresh(house.chance)

    def unit(tx: Tx) -> None:
        work.get(tx, id)
        pins.set_worker_pin(tx, house, me, id, pin, house.chance)

    return await _do(visit, "pin", unit, Shown("pin", pins.digits(pin) or ""))


async def give_password(visit: Visit) -> web.Response:
    """For the browser; shown once. Never of somebody who may do more than interpret."""
    me, id = visit.me.worker_id, visit.request.match_info["worker"]
    password = officers.fresh_password(visit.house.chance)
    hashed = await asyncio.to_thread(hash_password, password)
    found = await visit.store.read(lambda tx: work.get(tx, id))

    def unit(tx: Tx) -> None:
        if work.get(tx, id).roles != ("interpreter",):
            raise Refused("has_other_roles")
        roster.change(tx, found.sign_in, {"password_hash": hashed}, None, me)

    return await _do(visit, "password", unit, Shown("password", password, found.sign_in))


async def leave(visit: Visit) -> web.Response:
    """No longer an interpreter; one who is booked is not let go."""
    house, me, id = visit.house, visit.me.worker_id, visit.request.match_info["worker"]
    return await fill_in(visit, one, "leave", lambda tx: work.leave(tx, house, me, id), lambda _: LIST)


def _page_of(id: str) -> str:
    return f"{LIST}/{id}"


async def _do(visit: Visit, form: str, unit: Unit[Any], shown: Shown | None = None) -> web.Response:
    path = _page_of(visit.request.match_info["worker"])
    return await fill_in(visit, one, form, unit, lambda _: path, shown)


def _entry(visit: Visit, found: Interpreter, spoken: tuple[Spoken, ...], papers: tuple[Certificate, ...]) -> Entry:
    today = _today(visit, found)
    signed = found.undertaking_on
    return Entry(
        found,
        spoken,
        lapsing.standing(signed, found.undertaking_until, today) if signed is not None else "missing",
        tuple(
            Paper(
                each,
                visit.house.vault.open(each.number_enc) if each.number_enc else "",
                lapsing.standing(each.issued_on, each.expires_on, today),
            )
            for each in papers
        ),
    )


def _today(visit: Visit, found: Interpreter) -> date:
    zone = lapsing.zone_of(visit.house, found)
    return datetime.fromtimestamp(visit.now / SECOND, UTC).astimezone(zone).date()


def _written(visit: Visit) -> work.Written:
    typed = _typed(visit)
    return work.Written(
        spoken=tuple(Spoken(language, level, tuple(said.split())) for language, level, said in typed["spoken"]),
        training=tuple(typed["training"]),
        hours={day: _periods(typed["hours"][day]) for day in DAYS},
        travels=tuple(typed["travels"]),
        by_phone=typed["by_phone"],
        **{name: typed[name].strip() for name in _TEXTS if name != "phone"},
        phone=typed["phone"] if "phone" in visit.form else None,
    )


def _typed(visit: Visit) -> dict[str, Any]:
    form = visit.form
    spoken = []
    for row in range(work.LANGUAGES_MOST + SPARE):
        if language := form.get(f"language_{row}", ""):
            spoken.append((language, form.get(f"level_{row}", ""), form.get(f"dialects_{row}", "")))
    return {
        **{name: form.get(name, "") for name in _TEXTS},
        "spoken": spoken,
        "training": form.getall("training", []),
        "hours": {day: form.get(f"hours.{day}", "") for day in DAYS},
        "travels": form.getall("travels", []),
        "by_phone": "by_phone" in form,
    }


def _known(visit: Visit, entry: Entry) -> dict[str, Any]:
    found, open_ = entry.interpreter, visit.house.vault.open
    hours: dict[str, list[str]] = json.loads(found.hours_json)
    return {
        "gender": found.gender,
        "undertaking_on": found.undertaking_on or "",
        "undertaking_until": found.undertaking_until or "",
        "timezone": found.timezone or lapsing.zone_of(visit.house, found).key,
        "province": found.province or "",
        "district": found.district or "",
        "email": open_(found.email_enc) if found.email_enc else "",
        "phone": open_(found.reach_enc) if found.reach_enc and found.reach_kind == "phone" else "",
        "spoken": [(one.language, one.level, " ".join(one.dialects)) for one in entry.spoken],
        "training": found.training,
        "hours": {day: ", ".join(hours.get(day, ())) for day in DAYS},
        "travels": found.travels,
        "by_phone": found.by_phone,
    }


def _periods(said: str) -> tuple[str, ...]:
    plain = said.replace("–", "-").replace(" ", "").replace(";", ",")
    return tuple(part for part in plain.split(",") if part)
