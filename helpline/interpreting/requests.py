"""Interpreters wanted now: what an institution asks for, and what becomes of it. Units of work.

A request says how many children, how many of them girls and how many boys, and nothing else about them.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from helpline.clock import MINUTE, SECOND
from helpline.contacts import moves
from helpline.contacts.lifecycle import State
from helpline.errors import Conflict, Invalid
from helpline.house import House
from helpline.interpreting import conversing
from helpline.interpreting.asked import DIALECT
from helpline.interpreting.fields import Faults, Unfit
from helpline.interpreting.institutions import telephone
from helpline.protection import concerns
from helpline.store import audit, contacts, deadlines, requests
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.store.institutions import Institution
from helpline.store.requests import Conversation, Request
from ivr_scripts.office_nodes import MOST_CHILDREN as MOST_CHILDREN

PURPOSES = ("welfare", "medical", "interview", "hearing")
"""What for. The first two are urgent."""

MOST_LANGUAGES = 5
NIGHT = (20, 6)
"""Hours of the institution's clock between which an interview is asked whether it can wait for the day."""

DAY_BEGINS = 8
NEXT_LANGUAGE_AFTER = 2 * MINUTE
"""So long nobody was found for a language, and another will do."""


class AskedBack(Unfit):
    """More is to be said: how many children there are; of an interview at night, whether it can wait."""

    status = 409


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``languages``: the first wanted most; empty when it is not known yet.

    ``night``: for an interview at night, "wait" for the day or "now". ``same_as``: an earlier request for the same
    group of children. ``call_to``: the number of whoever is to be called; ``second_party``: of a guardian or a
    detention officer, dialled in once both are together.
    """

    languages: tuple[str, ...] = ()
    purpose: str = ""
    girls: int = 0
    boys: int = 0
    call_to: str = ""
    second_party: str = ""
    dialect: str = ""
    gender_wish: str = ""
    child_friendly: bool = False
    certified: bool = False
    detained: bool = False
    night: str = ""
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A request as its institution may see it. ``state``: waits, planned, ringing, connected, done, cancelled."""

    request: Request
    state: str
    conversations: tuple[Conversation, ...] = field(default=())

    @property
    def latest(self) -> Conversation | None:
        return self.conversations[-1] if self.conversations else None


def ask(
    tx: Tx, house: House, institution: Institution, officer_id: str | None, wanted: Wanted, came_by: str
) -> Request:
    """Ask for an interpreter now. Nothing is written when it raises: `Unfit` with a code for each field; `AskedBack`;
    `UnknownRequest` where ``same_as`` is not the institution's; `Unavailable` where no line is for institutions.
    """
    line = conversing.institutions_line(house)
    faults = Faults()
    _check(house, institution, wanted, faults)
    faults.raise_any()
    group = requests.find(tx, wanted.same_as) if wanted.same_as else None
    if wanted.same_as and (group is None or group.institution_id != institution.id):
        raise unknown()
    not_before = _waits_for_the_day(institution, wanted, tx.now)
    request = requests.add(tx, {
        "id": tx.new_id(), "institution_id": institution.id, "officer_id": officer_id, "came_by": came_by, "line": line,
        "languages": " ".join(wanted.languages), "dialect": wanted.dialect or None,
        "gender_wish": wanted.gender_wish or None, "child_friendly": wanted.child_friendly,
        "certified": wanted.certified, "purpose": wanted.purpose, "girls": wanted.girls, "boys": wanted.boys,
        "detained": wanted.detained, "call_to_enc": _sealed(house, wanted.call_to),
        "guest_enc": _sealed(house, wanted.second_party) if wanted.second_party else None,
        "group_of": (group.group_of or group.id) if group else None, "not_before": not_before, "created_at": tx.now,
        "cancelled_at": None, "done_at": None, "outcome": None,
    })  # fmt: skip
    audit.add(tx, officer_id or f"institution:{institution.id}"[:40], "request_made", subject_id=request.id)
    if wanted.detained:
        concerns.propose_detention(tx, house, institution.id, wanted.girls, wanted.boys)
    contact_id = conversing.start(tx, house, request)
    if len(wanted.languages) > 1:
        deadlines.add(tx, "request_language", contact_id, max(tx.now, not_before or 0) + NEXT_LANGUAGE_AFTER)
    return request


def _check(house: House, institution: Institution, wanted: Wanted, faults: Faults) -> None:
    known = all(code in house.directory.languages for code in wanted.languages)
    faults.check(known, "languages", "language_unknown")
    faults.check(len(set(wanted.languages)) == len(wanted.languages), "languages", "language_twice")
    faults.check(len(wanted.languages) <= MOST_LANGUAGES, "languages", "too_many_languages")
    faults.check(wanted.purpose in PURPOSES, "purpose", "purpose_missing")
    right = not wanted.dialect or DIALECT.fullmatch(wanted.dialect) is not None
    faults.check(right, "dialect", "dialect_unreadable")
    faults.check(wanted.gender_wish in ("", "woman", "man"), "gender_wish", "gender_unknown")
    for name, count in (("girls", wanted.girls), ("boys", wanted.boys)):
        faults.check(0 <= count <= MOST_CHILDREN, name, "children_wrong")
    faults.check(telephone(house, wanted.call_to) is not None, "call_to", "number_unreadable")
    if wanted.second_party:
        faults.check(telephone(house, wanted.second_party) is not None, "second_party", "number_unreadable")
    faults.check("request" in institution.may, "institution", "may_not_request")


def _sealed(house: House, number: str) -> bytes:
    """A number in the one spelling that is called. Raises `Invalid` ("number_unreadable")."""
    same = telephone(house, number)
    if same is None:
        raise Invalid("number_unreadable", "Write a telephone number.")
    return house.vault.seal(same)


def _waits_for_the_day(institution: Institution, wanted: Wanted, now: int) -> int | None:
    """When an interview that was asked for at night begins, if it can wait. Raises `AskedBack` for what is to be said
    of a request beyond its form: the number of children, and in this case ``night``.
    """
    at_night = wanted.purpose == "interview" and is_night(institution, now)
    missing = {} if wanted.girls + wanted.boys else {"girls": "children_missing", "boys": "children_missing"}
    if at_night and wanted.night not in ("wait", "now"):
        missing["night"] = "can_it_wait"
    if missing:
        raise AskedBack(missing)
    return day_begins(institution, now) if at_night and wanted.night == "wait" else None


def is_night(institution: Institution, now: int) -> bool:
    """Whether it is night where the institution is."""
    hour = _local(institution, now).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]


def day_begins(institution: Institution, now: int) -> int:
    """When its next day begins, or this one where it has not (µs)."""
    local = _local(institution, now)
    day = local.date() + timedelta(days=1 if local.hour >= DAY_BEGINS else 0)
    return int(datetime.combine(day, time(DAY_BEGINS), local.tzinfo).timestamp()) * SECOND


def _local(institution: Institution, now: int) -> datetime:
    return datetime.fromtimestamp(now // SECOND, UTC).astimezone(ZoneInfo(institution.timezone))


def once_more(tx: Tx, house: House, request: Request, by: str, call_to: str = "") -> str:
    """The next conversation of the same request, with the same interpreter if they are free. Gives the contact's id.

    Raises `Conflict` ("request_over", "still_talking") or `Invalid` ("number_unreadable").
    """
    if request.cancelled_at is not None:
        raise Conflict("request_over", "This request was cancelled.")
    before = requests.conversations(tx, request.id)
    if before and before[-1].state != State.CLOSED:
        raise Conflict("still_talking", "The conversation before it has not ended.")
    if call_to:
        request = replace(request, call_to_enc=_sealed(house, call_to))
        requests.change(tx, request, call_to_enc=request.call_to_enc)
    if request.call_to_enc is None:
        raise Invalid("number_unreadable", "Say whom to call.")
    requests.change(tx, request, done_at=None, outcome=None)
    preferred = next((one.interpreter_id for one in reversed(before) if one.connected_at), None)
    contact_id = conversing.start(tx, house, replace(request, not_before=None), preferred_worker=preferred)
    audit.add(tx, by, "request_once_more", contact_id, request.id)
    return contact_id


def cancel(tx: Tx, house: House, request: Request, by: str) -> None:
    """It is not wanted any more, or its conversation is over. Done twice, the first counts."""
    if request.cancelled_at is not None or request.done_at is not None:
        return
    for one in requests.conversations(tx, request.id):
        conversing.end(tx, house, one.contact_id, by)
    again = requests.get(tx, request.id)
    served = any(one.connected_at is not None for one in requests.conversations(tx, request.id))
    if not served:
        requests.change(tx, again, cancelled_at=tx.now, outcome="cancelled", done_at=tx.now)
    audit.add(tx, by, "request_ended" if served else "request_cancelled", subject_id=request.id)


def add_second_party(tx: Tx, house: House, request: Request, number: str, by: str) -> None:
    """Dial somebody into the conversation that goes on. Raises as `conversing.dial_in` does, or `Invalid`."""
    sealed = _sealed(house, number)
    going = [one for one in requests.conversations(tx, request.id) if one.state == State.CONNECTED]
    if not going:
        raise Conflict("contact_changed", "You can add somebody once you are connected.")
    conversing.dial_in(tx, going[-1].contact_id, sealed, by)


def same_group(tx: Tx, request: Request, other: Request, by: str) -> None:
    """The two were for the same children, who count once. Raises `Invalid` ("request_unknown") across institutions."""
    if request.institution_id != other.institution_id or request.id == other.id:
        raise Invalid("request_unknown", "Choose another request of your institution.")
    first, later = sorted((request, other), key=lambda one: (one.created_at, one.id))
    requests.change(tx, later, group_of=first.group_of or first.id)
    audit.add(tx, by, "requests_linked", subject_id=later.id)


class UnknownRequest(Invalid):
    """There is none, or it is another institution's, which is the same to whoever asks."""

    status = 404


def unknown() -> UnknownRequest:
    return UnknownRequest("request_unknown", "There is no such request.")


def standing(tx: Tx, request: Request) -> Standing:
    """How far it has come."""
    held = tuple(requests.conversations(tx, request.id))
    return Standing(request, _state(tx, request, held), held)


def _state(tx: Tx, request: Request, held: tuple[Conversation, ...]) -> str:
    if request.cancelled_at is not None:
        return "cancelled"
    if not held or held[-1].state == State.CLOSED:
        return "done"
    contact = contacts.get(tx, held[-1].contact_id)
    if contact.state in (State.ARRIVING, State.WAITING):
        return "planned" if (contact.not_before or 0) > tx.now else "waits"
    return "connected" if contact.state == State.CONNECTED else "ringing"


def next_language(tx: Tx, house: House, contact_id: str) -> None:
    """Timer: nobody was found for a language, and the next of those that will do is tried, round and round."""
    contact: Contact = contacts.get_for_change(tx, contact_id)
    request = requests.of_contact(tx, contact_id)
    if request is None or contact.state == State.CLOSED or contact.connected_at is not None:
        return
    deadlines.add(tx, "request_language", contact_id, tx.now + NEXT_LANGUAGE_AFTER)
    languages = request.languages.split()
    if contact.state == State.WAITING and contact.language in languages:
        wanted = languages[(languages.index(contact.language) + 1) % len(languages)]
        moves.touch(tx, contact, language=wanted)
