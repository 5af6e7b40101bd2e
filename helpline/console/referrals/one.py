"""One referral: exactly what goes out, what became of it, and what can be done. Looking at it is written down."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from aiohttp import web

from config.services import Service
from helpline.console import words
from helpline.console.context import Visit
from helpline.console.referrals import seeing
from helpline.console.referrals.showing import concern_name, shown, spoken
from helpline.errors import HelplineError, Invalid
from helpline.house import House
from helpline.referrals import answers, directory, follow_ups, links, service, telling
from helpline.referrals.answers import RECEIVED, REFUSALS, Heard
from helpline.referrals.consent import FIELDS
from helpline.referrals.lifecycle import TABLE, Event, State
from helpline.store import audit, contacts, notices, referrals, workers
from helpline.store.db import Tx
from helpline.store.referrals import Stored

_TOLD = {
    "acknowledge": Event.ACKNOWLEDGED,
    "accept": Event.ACCEPTED,
    "refuse": Event.REFUSED,
    "received": Event.RECEIVED,
}


async def page(visit: Visit, *, problem: str = "", code: str = "", status: int = 200) -> web.Response:
    """``code``: a fresh one, shown once to whoever says it on the phone."""

    def look(tx: Tx) -> dict[str, Any]:
        referral = seeing.referral_of(visit, tx)
        if referral.state != State.DRAFT:
            referrals.viewed(tx, referral, "console", visit.me.worker_id)
        audit.add(tx, visit.me.worker_id, "referral_viewed", referral.contact_id, referral.id, {"how": "console"})
        return _values(tx, visit.house, referral)

    values = await visit.store.write(look)
    house, referral = visit.house, values["referral"]
    zone = values["service"].timezone
    return visit.page(
        "referral.html",
        status=status,
        problem=problem,
        code=code,
        rows=shown(values.pop("content"), house, visit.wording),
        withheld=[words.Words(visit.wording).of("referral_field", name) for name in values.pop("withheld")],
        concern_label=concern_name(house, visit.wording, referral.concern),
        spoken=spoken(referral.reference),
        today=directory.today_at(zone, visit.now).isoformat(),
        can={event for state, event in TABLE if state == referral.state},
        refusals=REFUSALS,
        received=RECEIVED,
        outcomes=service.OUTCOMES,
        **values,
    )


async def send(visit: Visit) -> web.Response:
    """``version``: what this person has looked at."""
    version, me = visit.form.get("version", ""), visit.me.worker_id
    if not (version.isascii() and version.isdigit()):
        raise Invalid("referral_changed")
    return await _do(visit, lambda tx, one: service.send(tx, visit.house, one.id, int(version[:9]), me))


async def withdraw(visit: Visit) -> web.Response:
    me, said = visit.me.worker_id, visit.form.get("said", "")
    return await _do(visit, lambda tx, one: service.withdraw(tx, visit.house, one.id, me, said))


async def close(visit: Visit) -> web.Response:
    """``outcome``, and what is ``said`` of it."""
    me, outcome, said = visit.me.worker_id, visit.form.get("outcome", ""), visit.form.get("said", "")
    return await _do(visit, lambda tx, one: service.close(tx, visit.house, one.id, me, outcome, said))


async def told(visit: Visit) -> web.Response:
    """One of us was told on the phone: ``do`` as behind the link, ``name``, ``reason``, ``what``, ``on``, ``said``."""
    form, me = visit.form, visit.me.worker_id
    event = _TOLD.get(form.get("do", ""))
    if event is None:
        raise Invalid("event_unknown")

    def work(tx: Tx, one: Stored) -> None:
        given = {name: form.get(name, "") for name in ("name", "said", "reason", "what")}
        answers.hear(tx, visit.house, one.id, Heard(event, "console", me, on=day(form.get("on", "")), **given))

    return await _do(visit, work)


async def follow_up(visit: Visit) -> web.Response:
    """``on``: the day on which it comes back to this person."""
    me = visit.me.worker_id

    def work(tx: Tx, one: Stored) -> None:
        on = day(visit.form.get("on", ""))
        if on is None:
            raise Invalid("follow_up_day")
        follow_ups.set_day(tx, visit.house, one.id, me, on)

    return await _do(visit, work)


async def followed_up(visit: Visit) -> web.Response:
    return await _do(visit, lambda tx, one: follow_ups.done(tx, visit.house, one.id, visit.me.worker_id))


async def new_link(visit: Visit) -> web.Response:
    """Tell the service once more, with another link and another code."""
    return await _do(visit, lambda tx, one: service.new_link(tx, visit.house, one.id, visit.me.worker_id))


async def new_code(visit: Visit) -> web.Response:
    """A fresh code for the link that is out, shown once: to be said on the phone to a number of the directory."""
    me, house = visit.me.worker_id, visit.house
    made: list[str] = []

    def work(tx: Tx, one: Stored) -> None:
        standing = [link for link in referrals.links_of(tx, one.id) if link.revoked_at is None]
        if not standing or standing[0].expires_at <= tx.now:
            raise Invalid("link_over")
        made[:] = [links.give_code(tx, house, standing[0].id)]
        audit.add(tx, me, "referral_code_made", one.contact_id, one.id)

    response = await _do(visit, work)
    return await page(visit, code=made[0]) if response.status == 303 and made else response


async def _do(visit: Visit, work: Callable[[Tx, Stored], object]) -> web.Response:
    def unit(tx: Tx) -> str:
        referral = seeing.referral_of(visit, tx)
        work(tx, referral)
        return referral.id

    try:
        id = await visit.store.write(unit)
    except HelplineError as error:
        if error.code in ("not_yours", "referral_unknown"):
            raise
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go(f"/console/referrals/{id}")


def _values(tx: Tx, house: House, referral: Stored) -> dict[str, Any]:
    entry = directory.get(tx, house, referral.service_id)
    matter = service.matter_of(house, referral)
    sent = json.loads(referral.fields_json)
    known = {name for name in FIELDS if getattr(matter, name, None) not in (None, "", ())}
    opened = house.vault.open
    people = {referral.created_by, referral.sent_by, referral.override_by, referral.closed_by, referral.follow_up_by}
    return {
        "referral": referral,
        "entry": entry,
        "service": entry.service,
        "kind": directory.kinds(house).get(entry.service.kind),
        "content": service.content_of(house, referral),
        "withheld": [name for name in FIELDS if name in known and name not in sent],
        "consent": matter.consent,
        "ways": [(way.channel, way.channel == referral.channel) for way in directory.ways_of(tx, house, entry)],
        "following": [directory.get(tx, house, id).service.name for id in json.loads(referral.next_json)],
        "pseudonym": contacts.get(tx, referral.contact_id).pseudonym if referral.contact_id else "",
        "acknowledged_by": opened(referral.acknowledged_enc) if referral.acknowledged_enc else "",
        "said": opened(referral.said_enc) if referral.said_enc else "",
        "received_said": opened(referral.received_enc) if referral.received_enc else "",
        "closing": opened(referral.closed_enc) if referral.closed_enc else "",
        "lost": json.loads(referral.lost_json) if referral.lost_json else [],
        "external": json.loads(referral.external_json),
        "views": referrals.views(tx, referral.id),
        "told": [one for one in notices.about(tx, referral.id) if one.purpose in (telling.NOTICE, telling.CODE)],
        "read_in": _another_language(house, entry.service),
        "waits_to_leave": referral.state == State.SENT and referral.channel in telling.COMPUTERS,
        "code_by_phone": referral.state != State.DRAFT and _no_code_way(tx, house, referral),
        "names": {one.id: one.alias for one in workers.some(tx, [id for id in people if id])},
    }


def _another_language(house: House, service: Service) -> str:
    """In which the service reads, where the helpline itself does not write in it; else empty."""
    own = next(iter(house.directory.lines.values())).own_language
    return "" if service.language == own else service.language


def _no_code_way(tx: Tx, house: House, referral: Stored) -> bool:
    """The code goes by nobody but one of ours."""
    ways = directory.ways_of(tx, house, directory.get(tx, house, referral.service_id))
    used = next((way for way in ways if way.channel == referral.channel), None)
    return (
        used is not None and used.channel in ("email", "sms", *telling.LINKED) and telling.code_way(ways, used) is None
    )


def day(given: str) -> date | None:
    """None for nothing. Raises `Invalid` ("date_unreadable")."""
    if not given.strip():
        return None
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise Invalid("date_unreadable") from None
