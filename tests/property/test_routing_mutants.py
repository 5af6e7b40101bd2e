"""The promises bite: a floor, or a helpline, that breaks one is found out by the same days.

The plan by its definition is not asked here, so that it is the promises themselves that find what is wrong.
"""

from dataclasses import replace
from typing import Any

import pytest

from routing import rules
from routing.free import Worker
from routing.index import Floor
from routing.model import Decision, Level, WaitingContact, WorkerState
from routing.planner import Policies
from routing.policy import Stages
from routing.waiting import Lane
from tests.property.routing_promises import SUPERVISORS, WISH
from tests.property.test_routing_floor import LANGUAGES, Helpline, live_days


class CapacityIsNotChecked(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Worker, "has_room", lambda self, load_class: self.state.capacity(load_class) > 0)
        patch.setattr(Worker, "any_room", lambda self: True)


class OffersAreNotCounted(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Worker, "reserve", lambda self, contact_id, load_class: None)


class AReleaseIsForgotten(Helpline):
    def release(self, worker: WorkerState) -> None:
        self.world.workers[worker.id] = worker


class AContactIsTakenOffAndNotPutBack(Helpline):
    def wait_again(self, decision: Decision, **changed: Any) -> None:
        again = replace(decision.contact, version=decision.contact_version + 1, **changed)
        self.world.waiting[again.id] = again


class TheRefuserIsAskedAgain(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(rules, "barred_worker", lambda contact, policy, now: None)


class TheFirstArrivalIsLost(Helpline):
    def wait_again(self, decision: Decision, **changed: Any) -> None:
        super().wait_again(decision, **changed)
        again = self.world.waiting[decision.contact_id]
        self.floor.put_contact(replace(again, first_arrival=self.now))


class DangerWaitsItsTurn(Helpline):
    def tell_contact(self, contact: WaitingContact) -> None:
        self.world.waiting[contact.id] = contact
        self.floor.put_contact(replace(contact, danger=False))


class TheYoungestGoesFirst(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Lane, "turn_key", lambda self, now: (2, 0.0, -self.arrived, self.heap[0][1]))


class TheLanguageIsDropped(Helpline):
    class Careless(Floor):
        def put_worker(self, state: WorkerState) -> None:
            super().put_worker(replace(state, languages=dict.fromkeys(LANGUAGES, Level.FLUENT)))

    floor_kind = Careless


class NoDoorEverOpens(Helpline):
    @staticmethod
    def breaks(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Floor, "advance", lambda self, now: setattr(self, "_now", max(now, self._now)))


class BasicSpeakersComeAtOnce(Helpline):
    @staticmethod
    def floor_kind(policies: Policies) -> Floor:
        early = Stages(basic_after_s=0, wish_after_s=WISH, supervisors_after_s=SUPERVISORS)
        return Floor(Policies({line: replace(policy, stages=early) for line, policy in policies.lines.items()}))


class AStaleStateCounts(Helpline):
    class Gullible(Floor):
        def put_worker(self, state: WorkerState) -> None:
            known = self.worker(state.id)
            super().put_worker(state if known is None else replace(state, version=known.version + 1))

    floor_kind = Gullible


class APutBackIsForgotten(Helpline):
    class Forgetful(Floor):
        def put_back(self, decision: Decision) -> None:
            """Nothing."""

    floor_kind = Forgetful


LEFT = "waits while .* is free"
PASSED = "was passed by"
MUTANTS = {
    CapacityIsNotChecked: "over capacity",
    OffersAreNotCounted: "over capacity",
    AReleaseIsForgotten: f"{LEFT}|{PASSED}",
    AContactIsTakenOffAndNotPutBack: f"{LEFT}|{PASSED}",
    TheRefuserIsAskedAgain: "the refuser again",
    TheFirstArrivalIsLost: f"{LEFT}|{PASSED}",
    DangerWaitsItsTurn: f"{LEFT}|{PASSED}",
    TheYoungestGoesFirst: PASSED,
    TheLanguageIsDropped: "language and stage",
    NoDoorEverOpens: f"{LEFT}|{PASSED}|language and stage|the refuser again",
    BasicSpeakersComeAtOnce: "language and stage",
    AStaleStateCounts: "over capacity|off duty",
    APutBackIsForgotten: f"{LEFT}|{PASSED}",
}


@pytest.mark.parametrize(("mutant", "found"), MUTANTS.items(), ids=[one.__name__ for one in MUTANTS])
def test_a_floor_that_breaks_a_promise_is_found_out(
    mutant: type[Helpline], found: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(mutant, "by_definition", False)
    getattr(mutant, "breaks", lambda patch: None)(monkeypatch)
    with pytest.raises(AssertionError, match=found):
        live_days(mutant, seed)
