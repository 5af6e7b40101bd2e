"""The best pair for a contact from those who are free."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from routing import pairs
from routing.free import EMPTY, Free, Worker
from routing.model import WaitingContact
from routing.pairs import Relay
from routing.waiting import Lane


class Pair(NamedTuple):
    """The best pair for a contact, and how many interpreters could have come with some counsellor."""

    counsellor: Worker
    interpreter: Worker
    relay: Relay
    eligible: int

    def workers(self) -> tuple[Worker, ...]:
        return (self.counsellor, self.interpreter)


class Pairing:
    """Looks at each free interpreter of the language, and for each relay language at the best counsellor only."""

    def __init__(self, free: Free, workers: Mapping[str, Worker]) -> None:
        self._free, self._workers = free, workers

    def best(self, contact: WaitingContact, lane: Lane, now: int, recent: Mapping[str, int]) -> Pair | None:
        """The best pair by ``pairs.pair_key``; the stage for pairs is open. ``recent`` is ``rules.passed_by``."""
        best, best_key, eligible = None, None, 0
        counsellors: dict[str, list[Worker]] = {}
        for interpreter in self._interpreters(contact, lane, now):
            state, could_come = interpreter.counted(), False
            for language, level in state.languages.items():
                if language == lane.language:
                    continue
                if language not in counsellors:
                    counsellors[language] = self._counsellors(contact, lane, language, now, recent)
                for counsellor in counsellors[language]:
                    if counsellor is interpreter:
                        continue
                    could_come = True
                    relay = Relay(language, counsellor.state.languages[language], level)
                    key = (pairs.pair_key(counsellor.counted(), state, contact, relay, recent), language)
                    if best_key is None or key < best_key:
                        best, best_key = (counsellor, interpreter, relay), key
            eligible += could_come
        return None if best is None else Pair(*best, eligible)

    def any_with(self, worker: Worker, contact: WaitingContact, lane: Lane, now: int) -> bool:
        """Whether there is a pair with this worker, who has room and need not be listed as free."""
        policy, state = lane.policy, worker.state
        if worker.interprets and pairs.can_interpret(state, contact, policy, now, lane.barred):
            skip = {state.id, lane.barred, *contact.avoid}
            for language in state.languages:
                if language != lane.language and self._free.counsellor(contact, lane, language, now, skip):
                    return True
        if not worker.counsels or not pairs.can_counsel(state, contact, policy, now, lane.barred):
            return False
        return any(
            other is not worker and pairs.relay_between(state, other.state, lane.language) is not None
            for other in self._interpreters(contact, lane, now)
        )

    def _interpreters(self, contact: WaitingContact, lane: Lane, now: int) -> Iterator[Worker]:
        bench = self._free.interpreting[lane.load_class].get(lane.language, EMPTY)
        for worker in bench.values():
            if pairs.can_interpret(worker.state, contact, lane.policy, now, lane.barred):
                yield worker

    def _counsellors(
        self, contact: WaitingContact, lane: Lane, language: str, now: int, recent: Mapping[str, int]
    ) -> list[Worker]:
        """Those of whom one is in the best pair over this relay language, whoever interprets.

        That is the best; the next, where the best may be needed as the interpreter; and all whom the contact has
        met or passed by, as that puts them in another place.
        """
        found = []
        for worker_id in {*recent, contact.preferred_worker}:
            known = self._workers.get(worker_id or "")
            if (
                known is not None
                and language in known.state.languages
                and known.state.available
                and known.has_room(lane.load_class)
                and pairs.can_counsel(known.state, contact, lane.policy, now, lane.barred)
            ):
                found.append(known)
        skip = {*recent, contact.preferred_worker, lane.barred, *contact.avoid}
        best = self._free.counsellor(contact, lane, language, now, skip)
        if best is not None:
            found.append(best)
            if best.interprets:
                other = self._free.counsellor(contact, lane, language, now, skip | {best.state.id})
                found += [] if other is None else [other]
        return found
