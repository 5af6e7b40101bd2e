"""Who is told at a rung, and what they are sent: nothing of a child, and nothing of the matter."""

import hashlib
import secrets
from dataclasses import dataclass

from config.ladders import Ladder, Tell
from helpline import notices
from helpline.clock import HOUR, SECOND
from helpline.house import House
from helpline.notices import Notice
from helpline.referrals import directory
from helpline.referrals.proposing import is_fenced, same_organisation
from helpline.store import alarms, climbs, concerns, posts, workers
from helpline.store.climbs import Climb
from helpline.store.db import Tx
from helpline.store.posts import Holder
from helpline.store.workers import Worker

PURPOSE = "page"
KEY = "1"
"""The digit by which a page on the telephone is acknowledged."""

LINK = "/take"
_ALARM = {"concern": "concern"}
"""Kinds of alarms of causes that raise none themselves."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person, or a service's desk. ``address``: number or mail address; empty for a console. ``language``: in which
    they are written to, where it is known.
    """

    address: str = ""
    worker_id: str | None = None
    holder_id: str | None = None
    service_id: str | None = None
    language: str | None = None


def tell_rung(tx: Tx, house: House, climb: Climb, ladder: Ladder, rung: int, round: int) -> frozenset[str]:
    """Tell everyone on this rung; gives the pages that went out, which may be none."""
    told = set()
    for tell in ladder.rungs[rung].tell:
        for one in recipients(tx, house, climb, tell):
            told.add(_page(tx, house, climb, tell, one, rung, round))
        if tell.how == "console" and climb.cause in _ALARM:
            raise_alarm(tx, climb)
    return frozenset(told)


def raise_alarm(tx: Tx, climb: Climb) -> None:
    """On the floor, until somebody has taken it."""
    kind = _ALARM.get(climb.cause, climb.cause)
    alarms.raise_alarm(tx, kind, climb.topic, line=climb.line, language=climb.language, contact_id=climb.contact_id)


def recipients(tx: Tx, house: House, climb: Climb, tell: Tell) -> list[Recipient]:
    """Everyone whom this reaches: none is told of what they did themselves, or of a complaint about them."""
    if tell.role is not None:
        there = _on_duty(tx, climb, tell.role)
        spoken = workers.locales(tx, [one.id for one in there])
        found = [_worker(house, one, tell.how, spoken.get(one.id)) for one in there]
    elif tell.post is not None:
        found = [_holder(tx, house, climb, one, tell.how) for one in posts.holding(tx, tell.post)]
    else:
        found = [_service(tx, house, climb, tell)]
    return [one for one in found if one is not None]


def _on_duty(tx: Tx, climb: Climb, role: str) -> list[Worker]:
    return [
        one
        for one in workers.on_duty(tx)
        if role in one.roles.split()
        and one.id != climb.worker_id
        and (one.lines is None or climb.line is None or climb.line in one.lines.split())
    ]


def _worker(house: House, worker: Worker, how: str, language: str | None) -> Recipient | None:
    if how == "console":
        return Recipient(worker_id=worker.id)
    if how == "email" or worker.reach_enc is None or worker.reach_kind != "phone":
        return None
    return Recipient(house.vault.open(worker.reach_enc), worker_id=worker.id, language=language)


def _holder(tx: Tx, house: House, climb: Climb, holder: Holder, how: str) -> Recipient | None:
    """A post is told wherever its holder is, on duty or not."""
    if holder.worker_id is not None and holder.worker_id == climb.worker_id:
        return None
    known = next(iter(workers.some(tx, [holder.worker_id])), None) if holder.worker_id else None
    if climb.cause == "complaint" and known is not None and "supervisor" in known.roles.split():
        return None
    sealed = holder.email_enc if how == "email" else holder.phone_enc
    if sealed is None and how != "email" and known is not None and known.reach_kind == "phone":
        sealed = known.reach_enc
    if sealed is None:
        return None
    language = workers.locales(tx, [known.id]).get(known.id) if known is not None else None
    return Recipient(house.vault.open(sealed), worker_id=holder.worker_id, holder_id=holder.id, language=language)


def _service(tx: Tx, house: House, climb: Climb, tell: Tell) -> Recipient | None:
    """Its first contact of this kind. What belongs to enforcement hears nothing without a yes, not even that; and
    neither does the organisation of who is said to have done harm.
    """
    entry = directory.by_code(tx, house, tell.service or "")
    if entry is None or entry.service.state != "open":
        return None
    service, kind = entry.service, house.directory.services.kinds.get(entry.service.kind)
    if kind is None or is_fenced(service, kind):
        return None
    concern = concerns.find(tx, climb.concern_id) if climb.concern_id is not None else None
    harm_by = concern.organisation_enc if concern is not None else None
    if harm_by is not None and same_organisation(service, house.vault.open(harm_by)):
        return None
    to = next((way.to for way in service.contacts if way.channel == tell.how), None)
    return None if to is None else Recipient(to, service_id=entry.id, language=service.language)


def _page(tx: Tx, house: House, climb: Climb, tell: Tell, one: Recipient, rung: int, round: int) -> str:
    id = tx.new_id()
    values = {
        "id": id, "climb_id": climb.id, "rung": rung, "round": round, "who": tell.who, "how": tell.how,
        "worker_id": one.worker_id, "holder_id": one.holder_id, "service_id": one.service_id,
    }  # fmt: skip
    if tell.how == "console":
        climbs.add_page(tx, values)
        return id
    good_for_s = house.directory.ladders.link_good_h * HOUR // SECOND
    code, token = _code(tx), secrets.token_urlsafe(32)
    linked = tell.how != "voice" and bool(house.public_url)
    if linked:
        values |= {"token_hash": token_hash(token), "link_until": tx.now + good_for_s * SECOND}
    climbs.add_page(tx, {**values, "code": code})
    link = f"{house.public_url}{LINK}/{token}" if linked else ""
    notice = _notice(house, climb, tell.how, one, id, code, link, good_for_s)
    climbs.set_notice(tx, id, notices.send(tx, house, notice))
    return id


def _notice(
    house: House, climb: Climb, how: str, one: Recipient, page_id: str, code: str, link: str, good_for_s: int
) -> Notice:
    line = house.line(climb.line) if climb.line else next(iter(house.directory.lines.values()))
    language, message = house.directory.ladders.message(one.language or line.own_language)
    said = {"line": line.addresses[0], "code": code}
    written = message.written.format(**said)
    opened = f"{message.opened.format(**said)} {link}" if link else ""
    if how == "voice":
        spoken = message.spoken.format(line=line.addresses[0], code=" ".join(code))
        return Notice(PURPOSE, page_id, how, one.address, body=spoken, language=language, line=line.id,
                      ask_key=KEY, good_for_s=good_for_s)  # fmt: skip
    if how == "sms":
        body = " ".join(filter(None, (written, message.answer.format(**said), opened)))
        return Notice(PURPOSE, page_id, how, one.address, body=body, line=line.id, reply_code=code,
                      good_for_s=good_for_s)  # fmt: skip
    body = "\n\n".join(filter(None, (written, opened)))
    return Notice(PURPOSE, page_id, how, one.address, subject=written, body=body, line=line.id, good_for_s=good_for_s)


def _code(tx: Tx) -> str:
    """Four digits that no other matter has now; with thousands of matters at once, six."""
    taken = climbs.codes_in_use(tx)
    for length in (4, 4, 4, 4, 6, 8):
        lowest = 10 ** (length - 1)
        code = str(lowest + secrets.randbelow(9 * lowest))
        if code not in taken:
            return code
    return code


def token_hash(token: str) -> str:
    """What the database holds of a link's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
