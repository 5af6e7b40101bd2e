"""What an officer and a worker do with only a telephone, on the line for institutions.

The script asks (`Identify`, `DutyAsked`), and is answered here, in the same transaction. A PIN is looked at and
forgotten: it is in no row, no log, and no answer.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from helpline import lines
from helpline.clock import DAY, SECOND
from helpline.contacts import moves
from helpline.house import House
from helpline.interpreting import conversing, pins, qualified
from helpline.interpreting import institutions as institutions_service
from helpline.interpreting import requests as asked_for
from helpline.protection import concerns
from helpline.staff import duty
from helpline.store import audit, callers, institutions, requests, workers
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.institutions import Institution
from helpline.voice import room as rooms
from helpline.voice.service import happen
from ivr_scripts import machine
from ivr_scripts.conversation import Duty
from ivr_scripts.schema import Script
from ivr_scripts.speech import language_name

ARRIVING = "office"
"""The kind of a contact that calls here, until it is a request, a worker's duty, or a child's."""

DUTY = "duty"

_ON = {"available": "on", "break": "away", "away": "away", "off": "off"}


def answered(
    tx: Tx, house: House, contact: Contact, script: Script, step: machine.Step
) -> tuple[Contact, machine.Step]:
    """The step with everything answered that it asks us; the contact says by its kind who calls."""
    asked = next((one for one in step.decisions if isinstance(one, machine.Identify | machine.DutyAsked)), None)
    if asked is None:
        return contact, step
    if isinstance(asked, machine.DutyAsked):
        given: machine.Input = machine.DutyIs(_duty(tx, house, asked))
    elif asked.whose == "institution":
        given = _institution(tx, house, contact, asked)
    else:
        contact, given = _worker(tx, house, contact, asked)
    kept = tuple(one for one in step.decisions if one is not asked)
    after = machine.advance(script, step.session, given)
    return contact, replace(after, say=step.say + after.say, decisions=kept + after.decisions)


def _institution(tx: Tx, house: House, contact: Contact, asked: machine.Identify) -> machine.Identified:
    found = pins.check(tx, house, asked.number, asked.pin, contact.caller_hash)
    if found.kind != "ok" or found.institution is None:
        return machine.Identified(found.kind, wait_s=found.wait_s)
    audit.add(tx, "carrier", "institution_identified", contact.id, found.institution.id)
    if "request" not in found.institution.may:
        return machine.Identified("not_allowed", found.institution.id)
    callable = _to_call(tx, contact, found.institution) is not None
    menu = spoken_here(tx, house, contact.line)
    night = asked_for.is_night(found.institution, tx.now)
    return machine.Identified("ok", found.institution.id, menu=menu, callable=callable, night=night)


def _worker(tx: Tx, house: House, contact: Contact, asked: machine.Identify) -> tuple[Contact, machine.Identified]:
    found = pins.worker_check(tx, house, asked.number, asked.pin, contact.caller_hash)
    if found.kind != "ok" or found.worker_id is None:
        return contact, machine.Identified(found.kind, wait_s=found.wait_s)
    audit.add(tx, "carrier", "worker_identified", contact.id, found.worker_id)
    contact = moves.touch(tx, contact, kind=DUTY)
    return contact, machine.Identified("ok", found.worker_id, duty=duty_of(tx, found.worker_id))


def duty_of(tx: Tx, worker_id: str) -> Duty:
    """A worker's duty as the telephone tells it. Raises `Invalid` ("worker_unknown")."""
    worker = workers.get(tx, worker_id)
    if worker.reach_enc is None:
        return "no_phone"
    if worker.state == "available" and not worker.by_phone:
        return "browser"
    found: Duty = _ON[worker.state]  # type: ignore[assignment]  # the table's values are of it
    return found


def _duty(tx: Tx, house: House, asked: machine.DutyAsked) -> Duty:
    now = duty_of(tx, asked.who)
    if asked.to == "on" and now not in ("on", "no_phone"):
        duty.be_on_by_phone(tx, house, asked.who)
    elif asked.to == "off" and now not in ("off", "no_phone"):
        duty.go_off_duty(tx, house, asked.who)
    return duty_of(tx, asked.who)


def spoken_here(tx: Tx, house: House, line_id: str) -> tuple[str, ...]:
    """What interpreters here speak and an officer can be told of: first in the order of the line's menu."""
    line = house.line(line_id)
    today = datetime.fromtimestamp(tx.now // SECOND, UTC).date()
    known = [one for one in qualified.of(tx, None, today).values() if not one.undertaking_lapsed]
    spoken = {language for one in known for language in one.languages} - {line.own_language}
    order = dict.fromkeys((*line.menu, *house.directory.languages))
    named = (code for code in order if house.prompts.has(language_name(code), line.own_language))
    return tuple(code for code in named if code in spoken)


def children_number(house: House) -> str:
    """The number that a child is told who has dialled this line; empty where no line is for children."""
    line = next(iter(house.for_children()), None)
    return "" if line is None else next((one for one in line.addresses if one.isdigit()), line.caller_id)


def to_children(
    tx: Tx, house: House, contact: Contact, step: machine.Step
) -> tuple[Contact, Script, machine.Step] | None:
    """The call goes on in the first line for children, where the key for danger was pressed. None without one."""
    line = next(iter(house.for_children()), None)
    if line is None:
        return None
    script = house.scripts[line.script]
    remembered = callers.language(tx, contact.caller_hash) if contact.caller_hash else None
    is_open, callable = lines.is_open(tx, house, line.id), contact.caller_hash is not None
    arrived = machine.Arrived(is_open, remembered, callable=callable, menu=house.heard_menu(line))
    session = replace(machine.begin(script, arrived).session, step=step.session.step)
    keep_until = tx.now + line.keep_days * DAY
    contact = moves.touch(tx, contact, line=line.id, kind="call", keep_until=keep_until)
    audit.add(tx, "child", "child_on_another_line", contact.id)
    return contact, script, machine.advance(script, session, machine.Digits(script.keys.danger.press))


def wanted(
    tx: Tx, house: House, contact: Contact, institution_id: str, language: str | None, purpose: str
) -> dict[str, Any]:
    """An institution wants an interpreter now: the request, and what changes of its conversation, which queues next."""
    request = requests.add(tx, {
        "id": tx.new_id(), "institution_id": institution_id, "officer_id": None, "came_by": "phone",
        "line": contact.line, "languages": language or "", "dialect": None, "gender_wish": None,
        "child_friendly": False, "certified": False, "purpose": purpose, "girls": 0, "boys": 0, "detained": False,
        "call_to_enc": None, "guest_enc": None, "group_of": None, "not_before": None, "created_at": tx.now,
        "cancelled_at": None, "done_at": None, "outcome": None,
    })  # fmt: skip
    requests.add_contact(tx, request.id, contact.id)
    audit.add(tx, f"institution:{institution_id}"[:40], "request_made", contact.id, request.id)
    known_at = tx.now if language is not None else None
    priority = conversing.priority_of(house, contact.line, purpose)
    return {"kind": conversing.KIND, "language": language, "language_known_at": known_at, "priority": priority}


def told(tx: Tx, house: House, contact: Contact, heard: machine.RequestTold) -> None:
    """An officer who waits has said something more of the request; what cannot be is left as it was."""
    request = requests.of_contact(tx, contact.id)
    if request is None:
        return
    if heard.part == "second_party":
        number = institutions_service.telephone(house, heard.number)
        if number is not None:
            requests.change(tx, request, guest_enc=house.vault.seal(number))
    elif heard.part == "detained":
        detained = bool(heard.count) and request.girls + request.boys > 0
        requests.change(tx, request, detained=detained)
        if detained:
            concerns.propose_detention(tx, house, request.institution_id, request.girls, request.boys)
    else:
        requests.change(tx, request, **{heard.part: min(heard.count, asked_for.MOST_CHILDREN)})


def call_back(tx: Tx, house: House, contact: Contact, *, by_day: bool = False) -> Contact:
    """The officer would rather be called: this call is over, and the request goes on with another, by us, at once or
    when the institution's day begins.

    The number that called is called, or where it was withheld the institution's first.
    """
    request = requests.of_contact(tx, contact.id)
    institution = institutions.get(tx, request.institution_id) if request is not None else None
    number = _to_call(tx, contact, institution) if institution is not None else None
    contact, _ = happen(tx, house, contact, rooms.ChildGone(), "child")
    if request is None or number is None:
        return contact
    assert institution is not None, "a number is known of it"
    contact = moves.touch(tx, contact, outcome="callback_asked")
    begins = asked_for.day_begins(institution, tx.now) if by_day else None
    requests.change(tx, request, call_to_enc=number, not_before=begins, done_at=None, outcome=None)
    again = conversing.start(tx, house, replace(request, call_to_enc=number, not_before=begins))
    audit.add(tx, "child", "callback_asked", again, contact.id)
    return contact


def _to_call(tx: Tx, contact: Contact, institution: Institution) -> bytes | None:
    """The sealed number on which an officer who waits can be called."""
    if contact.caller_enc is not None:
        return contact.caller_enc
    telephones = institutions.telephones(tx, institution.id)
    return telephones[0].number_enc if telephones else None
