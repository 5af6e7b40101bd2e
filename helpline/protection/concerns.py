"""Protection concerns: flagged in ten seconds, completed after, open until a person has seen to them. Units of work.

A concern, its audit, its first page and its first deadline are one transaction.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.concerns import ConcernKind, Urgency
from helpline.clock import DAY, MINUTE, SECOND
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.protection import acknowledging, climbing, kept, starting
from helpline.protection.urgency import Known, urgency_of
from helpline.store import alarms, assignments, audit, climbs, concerns, contacts, deadlines, posts, workers
from helpline.store.climbs import Climb
from helpline.store.concerns import Concern
from helpline.store.db import Tx

SENTENCE_MAX = 1_000
ORGANISATION_MAX = 160
SAID_MAX = 2_000
"""Characters of what a person writes."""

HAPPENING = ("now", "past", "unknown")
SAFE = ("yes", "no", "unknown")
CONSENTS = ("services", "authorities", "family", "others", "statistics")
CONSENT_ANSWERS = ("yes", "no", "not_asked")
ACT = "concern_act"
"""The deadline by which something is to have been done."""

TWICE = 5 * SECOND
"""What the same person flags again within so long (µs), and says no more of, is a button that was pressed twice."""

_FAST_CLOCK = 5 * MINUTE
_OLDEST = 100 * 366 * DAY
_CHILDREN_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of a concern; everything may be unknown. ``incident_at``: µs UTC.

    ``consents``: yes, no or not_asked by audience. ``about_worker``: whom a complaint is about.
    """

    happening: str = "unknown"
    province: str | None = None
    district: str | None = None
    safe_tonight: str = "unknown"
    imminent: bool = False
    hazardous: bool = False
    incident_at: int | None = None
    harmed_by: str | None = None
    organisation: str = ""
    about_worker: str | None = None
    consents: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""

    @property
    def known(self) -> Known:
        return Known(self.incident_at, self.safe_tonight, self.imminent, self.hazardous)


NOTHING_YET = Answers()


def flag(
    tx: Tx, house: House, by: str, kind: str, contact_id: str | None, answers: Answers = NOTHING_YET,
    *, sees_all: bool = False, origin: str | None = None,
) -> str:  # fmt: skip
    """Flag a concern, and tell the first rung of its ladder; gives its id.

    ``contact_id`` None: heard elsewhere, in private. ``sees_all``: this person may read any contact.
    Raises `Invalid` ("concern_kind_unknown", and as `complete`), or `Refused` ("not_yours").
    """
    asked = kind_of(house, kind)
    _must_be_possible(tx, house, answers, tx.now)
    contact = contacts.get(tx, contact_id) if contact_id is not None else None
    if contact is not None and not sees_all and not assignments.served(tx, contact.id, by):
        raise Refused("not_yours", "This contact was not with you.")
    if (twice := _just_flagged(tx, house, by, kind, contact_id, answers)) is not None:
        return twice
    line = contact.line if contact is not None else None
    if origin is None:
        origin = "interpreter" if contact is None else "record" if contact.state == "closed" else "conversation"
    row = {"contact_id": contact_id, "line": line, "origin": origin, "flagged_by": by, "state": "open"}
    concern = _add(tx, house, asked, answers, row)
    audit.add(tx, by, "concern_flagged", contact_id, concern.id, {"kind": kind})
    _begin(tx, house, concern, asked)
    tx.hint("worker", by)
    return concern.id


def complete(
    tx: Tx, house: House, by: str, concern_id: str, version: int, kind: str, answers: Answers, *, sees_all: bool = False
) -> None:
    """Write down what else is known. How soon it is follows from it: another ladder begins where that differs.

    Raises `Invalid` ("concern_kind_unknown", "choice_unknown", "place_unknown", "incident_in_future",
    "sentence_too_long", "worker_unknown", "consent_unknown"), `Refused` ("not_yours") or `Conflict`
    ("concern_changed", "concern_closed").
    """
    concern = _mine(tx, house, concern_id, by, sees_all=sees_all)
    if concern.version != version:
        raise Conflict("concern_changed", "This concern was changed in the meantime. Look again.")
    if concern.state == "closed":
        raise Conflict("concern_closed", "This concern is closed.")
    asked = kind_of(house, kind)
    _must_be_possible(tx, house, answers, tx.now)
    urgency = urgency_of(asked, answers.known, concern.flagged_at)
    concerns.change(tx, concern, kind=kind, **_written(house, answers), **_times(asked, urgency, concern.flagged_at))
    detail = {"kind": kind, "before": concern.kind} if kind != concern.kind else None
    audit.add(tx, by, "concern_completed", concern.contact_id, concern_id, detail)
    after = concerns.get(tx, concern_id)
    _watch_act(tx, after)
    climb = climbs.of_concern(tx, concern_id)
    if climb is not None and after.state == "open":
        _go_on(tx, house, climbs.get_for_change(tx, climb.id), after, urgency)
    tx.hint("worker", concern.flagged_by)


def close(tx: Tx, house: House, by: str, concern_id: str, outcome: str, said: str, *, takes: bool = False) -> None:
    """It has an outcome. Whoever may take concerns (``takes``) acknowledges it by that; others wait for one who has.

    Raises `Invalid` ("outcome_unknown", "said_too_long"), `Refused` ("not_yours"), or `Conflict` ("concern_waits" while
    nobody has acknowledged it, "concern_closed").
    """
    if outcome not in {one.code for one in house.directory.concerns.outcomes}:
        raise Invalid("outcome_unknown", "Choose what became of it.")
    said = said.strip()
    if len(said) > SAID_MAX:
        raise Invalid("said_too_long", f"At most {SAID_MAX} characters.")
    concern = _mine(tx, house, concern_id, by, sees_all=takes)
    if concern.state == "closed":
        raise Conflict("concern_closed", "This concern is closed already.")
    climb = climbs.of_concern(tx, concern_id)
    if climb is not None and climb.ended_at is None:
        if not takes:
            raise Conflict("concern_waits", "Nobody has acknowledged this concern yet.")
        acknowledging.by_worker(tx, climb.id, by)
        concern = concerns.get_for_change(tx, concern_id)
    sealed = house.vault.seal(said) if said else None
    concerns.change(tx, concern, state="closed", closed_at=tx.now, closed_by=by, outcome=outcome, closed_enc=sealed)
    deadlines.clear(tx, concern_id)
    alarms.close_topic(tx, _late_topic(concern_id))
    kept.from_now(tx, house, concern.contact_id)
    audit.add(tx, by, "concern_closed", concern.contact_id, concern_id, {"outcome": outcome})
    tx.hint("worker", concern.flagged_by)


def propose_detention(tx: Tx, house: House, institution_id: str, girls: int, boys: int) -> str:
    """A request for an interpreter says that children are detained: numbers only, for a supervisor to look at.

    What was proposed of the same place and nobody has looked at yet takes the new numbers. Gives the concern's id.
    Raises `Invalid` ("children_wrong", "concern_kind_unknown").
    """
    if not (0 <= girls <= _CHILDREN_MOST and 0 <= boys <= _CHILDREN_MOST and girls + boys):
        raise Invalid("children_wrong", "Say how many girls and boys.")
    before = next(
        (one for one in concerns.not_closed(tx) if one.state == "proposed" and one.institution_id == institution_id),
        None,
    )
    if before is not None:
        concerns.change(tx, before, girls=girls, boys=boys)
        return before.id
    asked = kind_of(house, "detention")
    row = {"contact_id": None, "line": None, "origin": "request", "flagged_by": "system", "state": "proposed",
           "institution_id": institution_id, "girls": girls, "boys": boys}  # fmt: skip
    concern = _add(tx, house, asked, NOTHING_YET, row)
    audit.add(tx, "system", "concern_proposed", None, concern.id, {"girls": girls, "boys": boys})
    topic = _proposed_topic(concern.id)
    alarms.raise_alarm(tx, "concern_proposed", topic)
    starting.start(tx, house, "concern_proposed", topic, concern_id=concern.id)
    _watch_act(tx, concern)
    return concern.id


def decide_proposal(tx: Tx, house: House, concern_id: str, by: str, *, is_one: bool) -> None:
    """A supervisor takes a proposal as a concern, which they have acknowledged by that, or says that it is none.

    Raises `Conflict` ("concern_changed") for one that was decided already.
    """
    concern = concerns.get_for_change(tx, concern_id)
    if concern.state != "proposed":
        raise Conflict("concern_changed", "Somebody has decided this already.")
    acknowledging.by_alarm(tx, _proposed_topic(concern_id), by)
    alarms.close_topic(tx, _proposed_topic(concern_id))
    if is_one:
        concerns.change(tx, concern, state="acknowledged", acknowledged_at=tx.now, acknowledged_by=by,
                        acknowledged_how="console")  # fmt: skip
    else:
        concerns.change(tx, concern, state="closed", closed_at=tx.now, closed_by=by, outcome="no_concern")
        deadlines.clear(tx, concern_id)
    audit.add(tx, by, "concern_taken_up" if is_one else "concern_dismissed", None, concern_id)


def act_due(tx: Tx, house: House, concern_id: str) -> None:
    """Timer: by now something was to be done. Until it is closed, that is an alarm."""
    concern = concerns.find(tx, concern_id)
    if concern is None or concern.state == "closed" or concern.private:
        return
    about = {"line": concern.line, "contact_id": concern.contact_id}
    alarms.raise_alarm(tx, "concern_late", _late_topic(concern_id), **about)
    tx.hint("concern", concern_id)


def holds_back(tx: Tx, worker_ids: Iterable[str]) -> set[str]:
    """Those of them to whom no new offer goes: they have flagged what they must not be called away from.

    A worker is hinted at whenever this changes.
    """
    return concerns.held_back(tx, list(worker_ids))


def open_of(tx: Tx, contact_id: str) -> list[Concern]:
    """Those of a contact that are not closed."""
    return [one for one in concerns.of_contact(tx, contact_id) if one.state != "closed"]


def may_see(tx: Tx, house: House, concern: Concern, worker_id: str, *, sees_all: bool) -> bool:
    """Who flagged it; for what is private whoever holds a post of its ladder; else who sees all, or had the contact."""
    if concern.flagged_by == worker_id:
        return True
    if concern.private:
        asked = house.directory.concerns.by_code.get(concern.kind)
        named = {
            post
            for one in (asked.urgency if asked else ())
            for post in house.directory.ladders.ladder[one.ladder].posts()
        }
        return concern.about_worker != worker_id and bool(named & posts.of_worker(tx, worker_id))
    return sees_all or (concern.contact_id is not None and assignments.served(tx, concern.contact_id, worker_id))


def kind_of(house: House, code: str) -> ConcernKind:
    """Raises `Invalid` ("concern_kind_unknown")."""
    found = house.directory.concerns.by_code.get(code)
    if found is None:
        raise Invalid("concern_kind_unknown", "Choose from the list of concerns.")
    return found


def consents_of(concern: Concern) -> dict[str, str]:
    """The child's answers by audience; what was not asked is not_asked."""
    said = json.loads(concern.consents_json)
    return {name: said.get(name, "not_asked") for name in CONSENTS}


def _add(tx: Tx, house: House, asked: ConcernKind, answers: Answers, row: Mapping[str, Any]) -> Concern:
    urgency = urgency_of(asked, answers.known, tx.now)
    times = _times(asked, urgency, tx.now)
    id = concerns.add(tx, {"kind": asked.code, "flagged_at": tx.now, **_written(house, answers), **times, **row})
    return concerns.get(tx, id)


def _begin(tx: Tx, house: House, concern: Concern, asked: ConcernKind) -> None:
    known = Known(concern.incident_at, concern.safe_tonight, concern.imminent, concern.hazardous)
    climbing.begin(
        tx, house, _cause(asked.private), f"concern:{concern.id}",
        urgency_of(asked, known, concern.flagged_at).ladder, concern_id=concern.id, contact_id=concern.contact_id,
        line=concern.line, worker_id=concern.about_worker,
    )  # fmt: skip
    _watch_act(tx, concern)


def _go_on(tx: Tx, house: House, climb: Climb, concern: Concern, urgency: Urgency) -> None:
    """What was written of the concern holds for its climb."""
    cause = _cause(concern.private)
    if (climb.cause, climb.worker_id) != (cause, concern.about_worker):
        climbs.change(tx, climb, cause=cause, worker_id=concern.about_worker)
        climb = climbs.get(tx, climb.id)
    if concern.private:
        alarms.close_topic(tx, climb.topic)
    climbing.change_ladder(tx, house, climb, urgency.ladder)


def _cause(private: bool) -> str:
    return "complaint" if private else "concern"


def _watch_act(tx: Tx, concern: Concern) -> None:
    deadlines.clear(tx, concern.id)
    deadlines.add(tx, ACT, concern.id, max(concern.act_by, concern.acknowledge_by))


def _times(asked: ConcernKind, urgency: Urgency, since: int) -> dict[str, Any]:
    return {
        "act_by": since + urgency.act_s * SECOND,
        "acknowledge_by": since + urgency.acknowledge_s * SECOND,
        "holds_flagger": asked.holds_flagger,
        "private": asked.private,
    }


def _written(house: House, answers: Answers) -> dict[str, Any]:
    seal, organisation, sentence = house.vault.seal, answers.organisation.strip(), answers.sentence.strip()
    return {
        "happening": answers.happening,
        "province": answers.province,
        "district": answers.district,
        "safe_tonight": answers.safe_tonight,
        "imminent": answers.imminent,
        "hazardous": answers.hazardous,
        "incident_at": answers.incident_at,
        "harmed_by": answers.harmed_by,
        "organisation_enc": seal(organisation) if organisation else None,
        "about_worker": answers.about_worker,
        "consents_json": json.dumps(dict(answers.consents)),
        "sentence_enc": seal(sentence) if sentence else None,
    }


def _must_be_possible(tx: Tx, house: House, answers: Answers, now: int) -> None:
    directory = house.directory
    if answers.happening not in HAPPENING or answers.safe_tonight not in SAFE:
        raise Invalid("choice_unknown", "Choose from the lists.")
    if answers.harmed_by is not None and answers.harmed_by not in {one.code for one in directory.concerns.harmed_by}:
        raise Invalid("choice_unknown", "Choose from the lists.")
    if answers.province is not None and not directory.places.is_place(answers.province, answers.district):
        raise Invalid("place_unknown", "Choose a place from the list.")
    if answers.district is not None and answers.province is None:
        raise Invalid("place_unknown", "Choose a place from the list.")
    if answers.incident_at is not None and not now - _OLDEST < answers.incident_at <= now + _FAST_CLOCK:
        raise Invalid("incident_in_future", "This time has not come yet. Write when it happened.")
    if len(answers.sentence) > SENTENCE_MAX or len(answers.organisation) > ORGANISATION_MAX:
        raise Invalid("sentence_too_long", "Say it more shortly.")
    if any(name not in CONSENTS or said not in CONSENT_ANSWERS for name, said in answers.consents.items()):
        raise Invalid("consent_unknown", "Choose from the lists.")
    if answers.about_worker is not None:
        workers.get(tx, answers.about_worker)


def said_in(house: House, concern: Concern) -> str:
    """The sentence of a concern; empty without one."""
    return house.vault.open(concern.sentence_enc) if concern.sentence_enc is not None else ""


def _just_flagged(
    tx: Tx, house: House, by: str, kind: str, contact_id: str | None, answers: Answers
) -> str | None:  # fmt: skip
    of_it = concerns.of_contact(tx, contact_id) if contact_id is not None else concerns.not_closed(tx)
    for one in of_it:
        same = (one.flagged_by, one.kind, one.contact_id, one.state) == (by, kind, contact_id, "open")
        if same and tx.now - one.flagged_at < TWICE and said_in(house, one) == answers.sentence.strip():
            return one.id
    return None


def _mine(tx: Tx, house: House, concern_id: str, by: str, *, sees_all: bool) -> Concern:
    concern = concerns.get_for_change(tx, concern_id)
    if not may_see(tx, house, concern, by, sees_all=sees_all):
        raise Refused("not_yours", "This concern is not with you.")
    return concern


def _late_topic(concern_id: str) -> str:
    return f"concern_late:{concern_id}"


def _proposed_topic(concern_id: str) -> str:
    return f"proposed:{concern_id}"
