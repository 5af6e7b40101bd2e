"""Who may see and do what with referrals and cases: those who had the child, and those who see all."""

from helpline.console.context import Visit
from helpline.errors import Refused
from helpline.protection import concerns as protection
from helpline.store import assignments, cases, concerns, referrals
from helpline.store.cases import Case
from helpline.store.concerns import Concern
from helpline.store.db import Tx
from helpline.store.referrals import Stored


def sees_all(visit: Visit) -> bool:
    return visit.may("referrals.see")


def concern_of(visit: Visit, tx: Tx) -> Concern:
    """The concern of the address. Raises `Invalid` ("concern_unknown") or `Refused` ("not_yours")."""
    concern = concerns.get(tx, visit.request.match_info["concern"])
    if not protection.may_see(tx, visit.house, concern, visit.me.worker_id, sees_all=sees_all(visit)):
        raise Refused("not_yours")
    return concern


def referral_of(visit: Visit, tx: Tx) -> Stored:
    """The referral of the address. Raises `Invalid` ("referral_unknown") or `Refused` ("not_yours")."""
    referral = referrals.get(tx, visit.request.match_info["referral"])
    if not may_see(visit, tx, referral):
        raise Refused("not_yours")
    return referral


def may_see(visit: Visit, tx: Tx, referral: Stored) -> bool:
    me = visit.me.worker_id
    if sees_all(visit) or me in (referral.created_by, referral.follow_up_by):
        return True
    return referral.contact_id is not None and assignments.served(tx, referral.contact_id, me)


def case_of(visit: Visit, tx: Tx) -> Case:
    """The case of the address. Raises `Invalid` ("case_unknown") or `Refused` ("not_yours")."""
    case = cases.get(tx, visit.request.match_info["case"])
    if not may_see_case(visit, tx, case):
        raise Refused("not_yours")
    return case


def may_see_case(visit: Visit, tx: Tx, case: Case) -> bool:
    me = visit.me.worker_id
    if sees_all(visit) or me in (case.keeper, case.opened_by):
        return True
    return any(assignments.served(tx, contact, me) for contact, *_ in cases.contacts_of(tx, case.id))
