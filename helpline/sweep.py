"""Asks the carrier for calls and texts that never arrived here, and brings them in.

A webhook can be lost: the carrier tries a few times and gives up, and while we are gone somebody else answers. What
was swept in is stored once, by the carrier's id, however often it is seen.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from helpline.clock import DAY, MINUTE, SECOND, Clock
from helpline.contacts import moves
from helpline.contacts.arrival import known_of_caller, new_contact
from helpline.contacts.lifecycle import Event
from helpline.errors import Unavailable
from helpline.house import House
from helpline.lines import line_at
from helpline.protection import trial_calls
from helpline.store import alarms, audit, deliveries, legs, retention
from helpline.store.db import Store, Tx
from helpline.store.legs import LegState
from helpline.threads.arrivals import TextIntake
from ivr_scripts.machine import HangUp
from webhooks.answers import Answer
from webhooks.ports import CallGone, CallListed, Carrier, CarrierTrouble

EVERY_S = 60.0
OVERLAP = 10 * MINUTE
"""Looked at again each time: a webhook may be under way while the carrier lists its text."""

FARTHEST = 2 * DAY
"""After an outage; what is older than this is nobody's emergency any more."""

UNDER_WAY = 30 * SECOND
"""A call that is younger (µs) may not have arrived yet, and is no lost one."""

CHANNELS = ("sms", "whatsapp")

log = structlog.get_logger()


class Sweep:
    """Sweeps until cancelled. How far it came stands in the store, so that an outage of ours is swept as well.

    ``leads``: whether this process is the one that does it for all.
    """

    def __init__(
        self, store: Store, house: House, carrier: Carrier, clock: Clock, leads: Callable[[], bool] = lambda: True
    ) -> None:
        self._store, self._house, self._carrier, self._clock, self._leads = store, house, carrier, clock, leads
        self._intake = TextIntake(store, house)
        self._left_out = False

    async def run(self) -> None:
        while True:
            swept = self._leads()
            try:
                if swept:
                    await self.step()
            except CarrierTrouble as trouble:
                log.warning("sweep_failed", code=trouble.code)
            except Exception:  # the next one begins where the last good one ended
                log.error("sweep_failed", exc_info=True)
            await asyncio.sleep(EVERY_S if swept else 1.0)

    async def step(self) -> int:
        """One sweep; returns how many calls and texts the carrier listed, known and unknown.

        One that cannot be brought in holds up no other, and is looked for again each time.
        """
        self._left_out, now = False, self._clock.now()
        last = await self._store.read(lambda tx: retention.last_beat(tx, "sweep"))
        # One that swept before may have had a clock that was ahead of this one's.
        since = max(now - FARTHEST, min(last or now, now) - OVERLAP)
        seen = await self._sweep_calls(since)
        for line in self._house.directory.lines.values():
            if line.id not in self._house.text_scripts:
                continue
            for address in line.addresses:
                if address.startswith("+"):
                    seen += await self._sweep(address, line.id, since)
        if not self._left_out or last is None:
            await self._store.write(lambda tx: retention.beat(tx, "sweep"))
        return seen

    async def _bring_in(self, bringing: Awaitable[None]) -> None:
        """Raises `Unavailable` and `CarrierTrouble` when the next would fare no better."""
        try:
            await bringing
        except Unavailable:
            raise
        except Exception as error:
            if isinstance(error, CarrierTrouble) and error.retry:
                raise
            log.error("sweep_failed", exc_info=True)
            self._left_out = True

    async def _sweep(self, address: str, line: str, since: int) -> int:
        seen = 0
        for channel in CHANNELS:
            for event in await self._carrier.texts_to(address, line, channel, since):
                await self._bring_in(self._intake.text_arrived(event))
                seen += 1
        return seen

    async def _sweep_calls(self, since: int) -> int:
        listed = await self._carrier.calls_to_lines(partial(line_at, self._house.directory), since)
        settled = [call for call in listed if call.began <= self._clock.now() - UNDER_WAY]
        unknown = await self._store.read(lambda tx: [call for call in settled if not _is_known(tx, call)])
        for call in unknown:
            if call.state.over:
                await self._bring_in(self._store.write(partial(call_missed, house=self._house, call=call)))
            else:
                await self._bring_in(self._take_back(call.arrived.call_id))
        return len(listed)

    async def _take_back(self, call_id: str) -> None:
        """A child whom nobody serves comes to us now. Who talks with the fallback's people is not taken from them."""
        try:
            if not await self._carrier.is_with_others(call_id):
                log.warning("call_taken_back")
                await self._carrier.ask_anew(call_id)
        except CallGone:
            pass  # and the next sweep finds it ended


def _is_known(tx: Tx, call: CallListed) -> bool:
    return deliveries.find(tx, _key(call)) is not None or legs.by_call(tx, call.arrived.call_id) is not None


def _key(call: CallListed) -> str:
    return f"call:{call.arrived.call_id}:0"


def call_missed(tx: Tx, house: House, call: CallListed) -> None:
    """A call that came and went without us becomes a contact, so that somebody sees it."""
    if _is_known(tx, call):
        return
    event = call.arrived
    if trial_calls.is_one(tx, house, event, call.began):
        deliveries.add(tx, _key(call), None, "")
        return
    known = known_of_caller(tx, house, event.line, event.caller)
    known = {name: known[name] for name in ("caller_hash", "caller_enc") if name in known}  # it resumes nothing
    contact = new_contact(tx, house, event.line, **known, first_arrival=call.began)
    over = {"ended_at": tx.now, "end_reason": "missed"}
    leg_id = legs.add(tx, contact.id, "child", LegState.ENDED, provider_id=event.call_id, **over)
    deliveries.add(tx, _key(call), contact.id, house.renderer.render(Answer(leg_id, 0, (), HangUp())))
    audit.add(tx, "system", "call_missed", contact.id, leg_id)
    moves.close(tx, house, contact, Event.CHILD_LEFT, "child", "missed", "missed")
    alarms.raise_alarm(tx, "calls_missed", f"calls_missed:{event.line}", line=event.line, contact_id=contact.id)
