"""What is done to telephone calls: rung, moved, asked, hung up, looked after."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from helpline.clock import SECOND
from helpline.doing import Kind, Settle, nothing, subject
from helpline.house import House
from helpline.intake import ENDS, ask_for_key, invitation
from helpline.store import alarms, assignments, contacts, legs, workers
from helpline.store.db import Store, Tx
from helpline.store.effects import Effect
from helpline.store.legs import INSIDE, Leg, LegState
from helpline.voice import offering
from helpline.voice.documents import from_plain
from helpline.voice.ringing import RING_S, hang_up_unwanted
from helpline.voice.service import child_joined, leg_over, not_asked, spoken_to
from webhooks.answers import Answer, Join
from webhooks.ports import CallGone, CallSeen, Carrier, CarrierTrouble, Reach


@dataclass(frozen=True, slots=True)
class Calls:
    """The effects about calls. Every method returns the unit that writes down what follows from it."""

    store: Store
    house: House
    carrier: Carrier

    def kinds(self) -> Mapping[str, Kind]:
        rings = (self.call_adult, self.call_child)
        does = (*rings, self.move, self.ask, self.hang_up, self.check_call, self.announce, self.hear)
        return {do.__name__: Kind(do, partial(given_up, self.house)) for do in does}

    async def call_adult(self, effect: Effect) -> Settle:
        leg, reach, caller_id, first = await self.store.read(partial(_adult, house=self.house, leg_id=subject(effect)))
        return nothing if reach is None else await self._ring(effect, leg, reach, caller_id, first)

    async def call_child(self, effect: Effect) -> Settle:
        leg, reach, caller_id, first = await self.store.read(partial(_child, house=self.house, leg_id=subject(effect)))
        return nothing if reach is None else await self._ring(effect, leg, reach, caller_id, first)

    async def _ring(self, effect: Effect, leg: Leg, to: Reach, caller_id: str, first: Answer) -> Settle:
        if leg.provider_id is not None:  # it rings: its callbacks were quicker than the carrier's answer to our order
            return partial(_rung, house=self.house, leg_id=leg.id, call_id=leg.provider_id)
        if effect.unknown or effect.attempts:
            seen = await self._made_before(effect, leg, to, caller_id)
            if seen is not None:
                return partial(_found, house=self.house, leg_id=leg.id, seen=seen)
        call_id = await self.carrier.place_call(to, caller_id, leg.id, first, RING_S)
        return partial(_rung, house=self.house, leg_id=leg.id, call_id=call_id)

    async def _made_before(self, effect: Effect, leg: Leg, to: Reach, caller_id: str) -> CallSeen | None:
        """The call that an earlier try has made: whoever has two contacts is rung for each of them."""
        others: list[str] = []
        while True:
            seen = await self.carrier.find_call(to, caller_id, effect.created_at - SECOND, others)
            if seen is None or await self.store.read(partial(_may_be, leg_id=leg.id, call_id=seen.call_id)):
                return seen
            others.append(seen.call_id)

    async def move(self, effect: Effect) -> Settle:
        answer = from_plain(effect.payload["answer"])
        leg = await self._waits_for(answer)
        if leg is None or leg.provider_id is None:
            return nothing
        await self.carrier.move(leg.provider_id, answer)
        return partial(_moved, house=self.house, answer=answer)

    async def ask(self, effect: Effect) -> Settle:
        answer = from_plain(effect.payload["answer"])
        leg = await self._waits_for(answer)
        if leg is None or leg.provider_id is None:
            return nothing
        try:
            await self.carrier.keep_room(effect.payload["room"], leg.provider_id)
        except CallGone:
            pass  # there is no such room yet, or no longer: whoever is in it comes back by itself
        await self.carrier.move(leg.provider_id, answer)
        return nothing

    async def _waits_for(self, answer: Answer) -> Leg | None:
        """The leg, unless it has ended or has been given another order since."""
        leg = await self.store.read(lambda tx: legs.find(tx, answer.leg_id))
        return leg if leg is not None and leg.living and leg.step == answer.step else None

    async def hang_up(self, effect: Effect) -> Settle:
        leg = await self.store.read(lambda tx: legs.find(tx, subject(effect)))
        if leg is not None and leg.living and leg.provider_id is not None:
            with suppress(CallGone):  # it has hung up by itself, which is what was wanted
                await self.carrier.hang_up(leg.provider_id)
        return partial(_over, house=self.house, leg_id=subject(effect), why="released")

    async def hear(self, effect: Effect) -> Settle:
        """The child hears the guest from now on; one who is only on the way in is not in the room yet, or has left."""
        leg = await self.store.read(lambda tx: legs.find(tx, subject(effect)))
        if leg is None or leg.provider_id is None or leg.state not in INSIDE:
            return nothing
        try:
            await self.carrier.let_hear(effect.payload["room"], leg.provider_id)
        except CallGone:
            raise CarrierTrouble("not_in_room", retry=True) from None
        return nothing

    async def announce(self, effect: Effect) -> Settle:
        """A sentence for all who are in the room; one that has been left hears nothing, and need not."""
        said = await self.store.read(partial(_announced, house=self.house, contact_id=effect.contact_id or ""))
        if said:
            with suppress(CallGone):
                await self.carrier.announce(effect.payload["room"], said)
        return nothing

    async def check_call(self, effect: Effect) -> Settle:
        leg = await self.store.read(lambda tx: legs.find(tx, subject(effect)))
        if leg is None or not leg.living or leg.provider_id is None:
            return nothing
        seen = await self.carrier.look(leg.provider_id)
        return partial(_over, house=self.house, leg_id=leg.id, why="hung_up") if seen.state.over else nothing


Whom = tuple[Leg, Reach | None, str, Answer]
"""The leg, where to ring (None: no longer wanted), the caller id, the first words."""


def _adult(tx: Tx, house: House, leg_id: str) -> Whom:
    leg = legs.get(tx, leg_id)
    contact = contacts.get(tx, leg.contact_id)
    line = house.line(contact.line)
    first = ask_for_key(leg.id, 1, invitation(leg), line.own_language)
    if leg.reach_enc is not None:
        number = house.vault.open(leg.reach_enc)
        wanted = leg.living and contact.state == "connected"
        return leg, Reach("phone", number) if wanted else None, line.caller_id, first
    assignment = assignments.get(tx, leg.assignment_id or "")
    if not leg.living or assignment is None or assignment.ended_at is not None:
        return leg, None, line.caller_id, first
    if assignment.state == "offered":
        first = offering.question(house, contact, assignment, leg.id, 1)
    worker = workers.get(tx, assignment.worker_id)
    if worker.reach_enc is None:
        raise CarrierTrouble("worker_without_phone", retry=False)
    reach = Reach(worker.reach_kind, house.vault.open(worker.reach_enc))
    return leg, reach, line.caller_id, first


def _announced(tx: Tx, house: House, contact_id: str) -> tuple[tuple[str, str], ...]:
    """That one of two was cut off: in the child's language, and then for the adult who may not understand that."""
    contact = contacts.get(tx, contact_id)
    line = house.line(contact.line)
    language = spoken_to(house, contact)
    said = tuple((language, prompt) for prompt in house.scripts[line.script].refuge.one_lost)
    return said if language == line.own_language else (*said, (line.own_language, "worker_one_lost"))


def _child(tx: Tx, house: House, leg_id: str) -> Whom:
    leg = legs.get(tx, leg_id)
    contact = contacts.get(tx, leg.contact_id)
    line = house.line(contact.line)
    first = ask_for_key(leg.id, 1, "callback_neutral", spoken_to(house, contact))
    if not leg.living or contact.caller_enc is None or contact.state != "connecting":
        return leg, None, line.caller_id, first
    address = house.vault.open(contact.caller_enc)
    return leg, Reach("sip" if address.startswith("sip:") else "phone", address), line.caller_id, first


def _rung(tx: Tx, house: House, leg_id: str, call_id: str) -> None:
    """The carrier has the call. If nobody wants it any more, it is hung up."""
    leg = legs.get(tx, leg_id)
    if leg.provider_id is None:
        legs.change(tx, leg, provider_id=call_id)
    hang_up_unwanted(tx, leg)


def _may_be(tx: Tx, leg_id: str, call_id: str) -> bool:
    """Whether a call that was found may be this leg's: one that is another's was made before."""
    known = legs.by_call(tx, call_id)
    return known is None or known.id == leg_id


def _found(tx: Tx, house: House, leg_id: str, seen: CallSeen) -> None:
    """An earlier try has made the call after all; it may be over already, and nobody has told us."""
    _rung(tx, house, leg_id, seen.call_id)
    if seen.state.over:
        leg_over(tx, house, legs.get(tx, leg_id), ENDS[seen.state])


def _moved(tx: Tx, house: House, answer: Answer) -> None:
    contact = contacts.get_for_change(tx, legs.get(tx, answer.leg_id).contact_id)
    leg = legs.get(tx, answer.leg_id)  # as it is now that its contact is locked
    if isinstance(answer.then, Join) and leg.state == LegState.JOINING and leg.step == answer.step:
        child_joined(tx, house, contact)


def _over(tx: Tx, house: House, leg_id: str, why: str) -> None:
    leg_over(tx, house, legs.get(tx, leg_id), why)


def given_up(house: House, tx: Tx, effect: Effect, code: str) -> None:
    """The carrier did not do it: whoever depends on it is told, and a supervisor sees it."""
    leg = legs.find(tx, effect.subject_id or "")
    if leg is not None and (effect.kind in ("call_adult", "call_child", "hang_up") or code == "call_gone"):
        leg_over(tx, house, leg, "hung_up" if code == "call_gone" else "failed")
    elif leg is not None and effect.kind == "ask":
        not_asked(tx, house, contacts.get_for_change(tx, leg.contact_id))
    if code != "call_gone":
        alarms.raise_alarm(tx, "effect_failed", f"effect:{effect.id}", contact_id=effect.contact_id)
