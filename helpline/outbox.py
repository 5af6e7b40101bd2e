"""Due effects: claimed, done in the outside world, written down. At least once, in the order of each contact.

An effect whose outcome is unknown (a process died with it, or the carrier took it and never answered) is asked for
before it is done again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from helpline.clock import HOUR, MINUTE, SECOND, Clock
from helpline.house import House
from helpline.intake import ENDS, ask_for_key
from helpline.metrics import Metrics
from helpline.store import alarms, assignments, contacts, effects, legs, messages, workers
from helpline.store.db import Hint, Store, Tx
from helpline.store.effects import Effect
from helpline.store.legs import Leg, LegState
from helpline.voice.documents import from_plain
from helpline.voice.service import child_joined, leg_over, not_asked
from webhooks.answers import Answer, Join
from webhooks.ports import CallGone, CallSeen, Carrier, CarrierTrouble, Reach

TICK_S = 1.0
LEASE = 45 * SECOND
"""A claim of a process that died is free again after this."""

AT_ONCE = 64
"""Effects under way in one process."""

RING_S = 25
SAFE_IN_BACKUP = 48 * HOUR
"""What the carrier holds is deleted there once it is here and in a backup."""

_SOON = (SECOND // 2, SECOND, 2 * SECOND, 4 * SECOND)
_LATER = (2 * SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, *([HOUR] * 48))
PATIENCE = {"fetch_recording": _LATER, "delete_recording": _LATER}
"""Pauses between tries by kind; a live call is given up after a few seconds."""

log = structlog.get_logger()

Settle = Callable[[Tx], None]


@dataclass(frozen=True, slots=True)
class Doer:
    """How each kind of effect is done. Every method returns the unit that writes down what follows from it."""

    store: Store
    house: House
    carrier: Carrier

    async def do(self, effect: Effect) -> Settle:
        """Raises `CarrierTrouble`."""
        kinds: dict[str, Callable[[Effect], Awaitable[Settle]]] = {
            "call_adult": self.call_adult,
            "call_child": self.call_child,
            "move": self.move,
            "ask": self.ask,
            "hang_up": self.hang_up,
            "check_call": self.check_call,
            "fetch_recording": self.fetch_recording,
            "delete_recording": self.delete_recording,
        }
        return await kinds[effect.kind](effect)

    async def call_adult(self, effect: Effect) -> Settle:
        leg, reach, caller_id, language = await self.store.read(partial(_adult, house=self.house, leg_id=_id(effect)))
        if reach is None:
            return _nothing
        first = ask_for_key(leg.id, 1, "worker_offer", language)
        return await self._ring(effect, leg, reach, caller_id, first)

    async def call_child(self, effect: Effect) -> Settle:
        leg, reach, caller_id, language = await self.store.read(partial(_child, house=self.house, leg_id=_id(effect)))
        if reach is None:
            return _nothing
        first = ask_for_key(leg.id, 1, "callback_neutral", language)
        return await self._ring(effect, leg, reach, caller_id, first)

    async def _ring(self, effect: Effect, leg: Leg, to: Reach, caller_id: str, first: Answer) -> Settle:
        if effect.unknown or effect.attempts:
            seen = await self.carrier.find_call(to, caller_id, effect.created_at - SECOND)
            if seen is not None and await self.store.read(partial(_may_be, leg_id=leg.id, call_id=seen.call_id)):
                return partial(_found, house=self.house, leg_id=leg.id, seen=seen)
        call_id = await self.carrier.place_call(to, caller_id, leg.id, first, RING_S)
        return partial(_rung, house=self.house, leg_id=leg.id, call_id=call_id)

    async def move(self, effect: Effect) -> Settle:
        answer = from_plain(effect.payload["answer"])
        leg = await self._waits_for(answer)
        if leg is None or leg.provider_id is None:
            return _nothing
        await self.carrier.move(leg.provider_id, answer)
        return partial(_moved, house=self.house, answer=answer)

    async def ask(self, effect: Effect) -> Settle:
        answer = from_plain(effect.payload["answer"])
        leg = await self._waits_for(answer)
        if leg is None or leg.provider_id is None:
            return _nothing
        try:
            await self.carrier.keep_room(effect.payload["room"], leg.provider_id)
        except CallGone:
            pass  # there is no such room yet, or no longer: whoever is in it comes back by itself
        await self.carrier.move(leg.provider_id, answer)
        return _nothing

    async def _waits_for(self, answer: Answer) -> Leg | None:
        """The leg, unless it has ended or has been given another order since."""
        leg = await self.store.read(lambda tx: legs.find(tx, answer.leg_id))
        return leg if leg is not None and leg.living and leg.step == answer.step else None

    async def hang_up(self, effect: Effect) -> Settle:
        leg = await self.store.read(lambda tx: legs.find(tx, _id(effect)))
        if leg is not None and leg.living and leg.provider_id is not None:
            await self.carrier.hang_up(leg.provider_id)
        return partial(_over, house=self.house, leg_id=_id(effect), why="released")

    async def check_call(self, effect: Effect) -> Settle:
        leg = await self.store.read(lambda tx: legs.find(tx, _id(effect)))
        if leg is None or not leg.living or leg.provider_id is None:
            return _nothing
        seen = await self.carrier.look(leg.provider_id)
        return partial(_over, house=self.house, leg_id=leg.id, why="hung_up") if seen.state.over else _nothing

    async def fetch_recording(self, effect: Effect) -> Settle:
        message = await self.store.read(lambda tx: messages.get(tx, _id(effect)))
        if message.recording_id is None or message.fetched_at is not None:
            return _nothing
        try:
            sound = await self.carrier.fetch_recording(message.recording_id)
        except CallGone:  # the carrier has not finished it yet
            raise CarrierTrouble("recording_not_ready", retry=True) from None
        sealed = self.house.vault.seal_bytes(sound)
        return partial(_fetched, message_id=message.id, contact_id=message.contact_id, sealed=sealed)

    async def delete_recording(self, effect: Effect) -> Settle:
        message = await self.store.read(lambda tx: messages.get(tx, _id(effect)))
        if message.recording_id is not None and message.carrier_deleted_at is None:
            try:
                await self.carrier.delete_recording(message.recording_id)
            except CallGone:
                pass  # it is not there any more, which is what was wanted
        return lambda tx: messages.deleted_at_carrier(tx, message.id)


def _id(effect: Effect) -> str:
    assert effect.subject_id is not None, "these kinds are always about something"
    return effect.subject_id


def _nothing(tx: Tx) -> None:
    """Nothing follows."""


Whom = tuple[Leg, Reach | None, str, str]
"""The leg, where to ring (None: no longer wanted), the caller id, the language of the first words."""


def _adult(tx: Tx, house: House, leg_id: str) -> Whom:
    leg = legs.get(tx, leg_id)
    contact = contacts.get(tx, leg.contact_id)
    line = house.line(contact.line)
    assignment = assignments.get(tx, leg.assignment_id or "")
    if not leg.living or assignment is None or assignment.ended_at is not None:
        return leg, None, line.caller_id, line.own_language
    worker = workers.get(tx, assignment.worker_id)
    if worker.reach_enc is None:
        raise CarrierTrouble("worker_without_phone", retry=False)
    reach = Reach(worker.reach_kind, house.vault.open(worker.reach_enc))
    return leg, reach, line.caller_id, line.own_language


def _child(tx: Tx, house: House, leg_id: str) -> Whom:
    leg = legs.get(tx, leg_id)
    contact = contacts.get(tx, leg.contact_id)
    line = house.line(contact.line)
    language = contact.language or line.own_language
    if not leg.living or contact.caller_enc is None or contact.state != "connecting":
        return leg, None, line.caller_id, language
    address = house.vault.open(contact.caller_enc)
    return leg, Reach("sip" if address.startswith("sip:") else "phone", address), line.caller_id, language


def _rung(tx: Tx, house: House, leg_id: str, call_id: str) -> None:
    """The carrier has the call. If nobody wants it any more, it is hung up."""
    leg = legs.get(tx, leg_id)
    if leg.provider_id is None:
        legs.change(tx, leg, provider_id=call_id)
    assignment = assignments.get(tx, leg.assignment_id) if leg.assignment_id else None
    if leg.living and assignment is not None and assignment.ended_at is not None:
        effects.add(tx, "hang_up", leg.contact_id, leg.id)


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
    leg = legs.get(tx, answer.leg_id)
    if isinstance(answer.then, Join) and leg.state == LegState.JOINING and leg.step == answer.step:
        child_joined(tx, house, contacts.get_for_change(tx, leg.contact_id))


def _over(tx: Tx, house: House, leg_id: str, why: str) -> None:
    leg_over(tx, house, legs.get(tx, leg_id), why)


def _fetched(tx: Tx, message_id: str, contact_id: str, sealed: bytes) -> None:
    messages.fetched(tx, message_id, sealed)
    effects.add(tx, "delete_recording", contact_id, message_id, not_before=tx.now + SAFE_IN_BACKUP)


def given_up(tx: Tx, house: House, effect: Effect, code: str) -> None:
    """The outside world did not do it: whoever depends on it is told, and a supervisor sees it."""
    leg = legs.find(tx, effect.subject_id) if effect.subject_id else None
    if leg is not None and (effect.kind in ("call_adult", "call_child", "hang_up") or code == "call_gone"):
        leg_over(tx, house, leg, "hung_up" if code == "call_gone" else "failed")
    elif leg is not None and effect.kind == "ask":
        not_asked(tx, house, contacts.get_for_change(tx, leg.contact_id))
    if code != "call_gone":
        alarms.raise_alarm(tx, "effect_failed", f"effect:{effect.id}", contact_id=effect.contact_id)


class Outbox:
    """Does what is due, as soon as it is due, until cancelled."""

    def __init__(self, store: Store, house: House, clock: Clock, carrier: Carrier, metrics: Metrics, who: str) -> None:
        self._store, self._house, self._clock, self._metrics = store, house, clock, metrics
        self._doer = Doer(store, house, carrier)
        self._who = who
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self.ticked_at = 0
        store.listen(self._hear)

    def _hear(self, hints: tuple[Hint, ...]) -> None:
        if any(hint.topic == "effect" for hint in hints):
            self._wake.set()

    def nudge(self) -> None:
        """Look now: something may have changed that no hint tells of, such as the time."""
        self._wake.set()

    async def run(self) -> None:
        try:
            while True:
                pause = TICK_S
                try:
                    pause = await self.step()
                except Exception:  # the rows are still there, and the next tick finds them
                    log.error("outbox_failed", exc_info=True)
                try:
                    await asyncio.wait_for(self._wake.wait(), pause)
                except TimeoutError:
                    pass
                self._wake.clear()
        finally:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def step(self) -> float:
        """Begin what is due; returns after how many seconds to look again."""
        self.ticked_at = self._clock.now()
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return TICK_S
        if self._wake.is_set():
            self._wake.clear()
        taken, next_due = await self._store.write(
            lambda tx: (effects.claim(tx, self._who, LEASE, room), effects.next_due(tx))
        )
        for effect in taken:
            task = asyncio.create_task(self._do(effect))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if next_due is None:
            return TICK_S
        return min(TICK_S, max(0.01, (next_due - self._clock.now()) / SECOND))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wake.set()

    async def _do(self, effect: Effect) -> None:
        try:
            settle = await self._doer.do(effect)
        except CarrierTrouble as trouble:
            await self._failed(effect, trouble)
            return
        except Exception:  # our own fault: kept, tried again, and seen
            log.error("effect_failed", effect=effect.id, kind=effect.kind, exc_info=True)
            await self._failed(effect, CarrierTrouble("fault", retry=True))
            return
        await self._write(effect, settle, "done")
        self._metrics.effect(effect.kind, "done")

    async def _failed(self, effect: Effect, trouble: CarrierTrouble) -> None:
        pauses = PATIENCE.get(effect.kind, _SOON)
        again = trouble.retry or trouble.unknown
        if again and effect.attempts < len(pauses):
            self._metrics.effect(effect.kind, "retried")
            until = self._clock.now() + pauses[effect.attempts]
            await self._write(effect, _nothing, "due", error=trouble.code, again=until)
            return
        self._metrics.effect(effect.kind, "failed")
        log.warning("effect_given_up", effect=effect.id, kind=effect.kind, contact=effect.contact_id, code=trouble.code)
        settle = partial(given_up, house=self._house, effect=effect, code=trouble.code)
        await self._write(effect, settle, "failed", error=trouble.code)

    async def _write(
        self, effect: Effect, settle: Settle, to: str, *, error: str | None = None, again: int | None = None
    ) -> None:
        """Write down how it went and what follows, together. A lost claim writes nothing: another has it."""

        def unit(tx: Tx) -> None:
            if effects.settle(tx, effect.id, self._who, to, error=error, again=again):
                settle(tx)

        try:
            await self._store.write(unit)
        except Exception:  # the lease runs out, and it is asked for and done again
            log.error("effect_not_settled", effect=effect.id, kind=effect.kind, exc_info=True)
