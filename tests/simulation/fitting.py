"""An offer fits what its contact wants when it is made, not what it wanted when somebody planned.

Between the plan and its commit a child may have chosen another language, whoever was asked may have refused, a
supervisor may have required a woman. The claim that looks at the version finds that out; here it is seen without it.
"""

import json
from dataclasses import replace

from helpline.house import House
from helpline.store.assignments import Assignment
from routing import pairs, rules
from routing.model import Stage, WaitingContact, WorkerState
from routing.policy import LinePolicy
from tests.property.floor_rules import Scene, floor_of, must


def check_offers(before: Scene, after: Scene, house: House) -> None:
    """Of those that are new since ``before``. Raises `Broken`."""
    known = {each.id for each in before.live}
    for offer in after.live:
        if offer.id not in known and offer.state == "offered" and "turn" in json.loads(offer.reasons_json):
            _check(before, after, offer, house)


def _check(before: Scene, after: Scene, offer: Assignment, house: House) -> None:
    contact, reasons = after.contacts[offer.contact_id], json.loads(offer.reasons_json)
    if contact.version == offer.contact_version:
        must(reasons["language"] == contact.language, "an offer is in the language that is wanted", contact, offer)
    found = before.contacts.get(offer.contact_id)
    if found is None or found.version + 1 != offer.contact_version:
        return  # more than this has happened to it in one commit
    waiting, staff = floor_of(before, house)
    waited = next((one for one in waiting if one.id == offer.contact_id), None)
    must(waited is not None, "an offer is of who waits", found, offer)
    worker = next((one for one in staff if one.id == offer.worker_id), None)
    if waited is None or worker is None:
        return  # who came on duty in this commit
    policy, now = house.policies[found.line], offer.offered_at
    must(reasons["language"] == waited.language, "an offer is in the language that is wanted", found, offer)
    must(reasons["turn"] == rules.turn(waited).value, "an offer comes by the turn that it says", found, offer)
    lately = rules.passed_by(waited, policy, now)
    must(
        offer.worker_id not in lately or offer.worker_id in reasons["passed_by"],
        "nobody is asked again unawares",
        found, offer, lately,
    )  # fmt: skip
    # The plan knew of this one's refusals; but that one of another is forgotten makes an earlier one bar again.
    others = tuple(one for one in waited.refusals if one.worker_id != offer.worker_id)
    named = rules.waits_for_named(waited, policy, now)
    must(
        _may_have(replace(waited, refusals=others), worker, offer, policy, now, named),
        "an offer is to somebody who may have it",
        found,
        offer,
    )


def _may_have(
    waited: WaitingContact, worker: WorkerState, offer: Assignment, policy: LinePolicy, now: int, named: bool
) -> bool:
    if offer.stage != Stage.PAIR.value or waited.seeking != "anyone":
        return isinstance(rules.standing(worker, waited, policy, now), Stage)
    barred = rules.barred_worker(waited, policy, now)
    may = pairs.can_interpret if offer.role == "interpreter" else pairs.can_counsel
    return may(worker, waited, policy, now, barred) and not named
