"""Referrals on their way to a service's own system, and what has become of them there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from config.services import Way
from helpline.clock import HOUR, MINUTE, SECOND
from helpline.doing import Kind, Settle, nothing, subject
from helpline.errors import Conflict
from helpline.house import House
from helpline.protection import starting
from helpline.referrals import cases, directory, links, service, telling
from helpline.referrals.answers import Heard, hear
from helpline.referrals.lifecycle import Event
from helpline.referrals.port import Adapter, Delivered, DeliveryTrouble, Outgoing, Seen
from helpline.referrals.telling import COMPUTERS, DELIVER, LINKED
from helpline.referrals.turns import StoredTurn
from helpline.store import alarms, audit, effects, referrals
from helpline.store.db import Store, Tx
from helpline.store.effects import Effect
from helpline.store.referrals import Stored

POLL = "referral_poll"
POLL_EVERY = 10 * MINUTE
POLL_FOR = 90 * 24 * HOUR
"""A system that has said nothing for so long is not asked any more; the follow-up is a person's."""

_GOING = ("sent", "failed")
_POLLED = ("delivered", "acknowledged", "accepted")
SHUT_OUT = "service_shut_out"
"""An alarm: our account there has ended, or may not see a referral any more."""

_CAN_TELL = ("primero",)
"""Channels whose systems can be asked; the others answer by themselves, or not."""

PAUSES = (2 * SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, *([15 * MINUTE] * 192))
"""Between tries (µs): for two days, so that what is down for a night gets everything soon after it is back."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The effects about referrals. One that the other side may have is done again with the same key, and no second
    one is made there (`helpline.referrals.port`)."""

    store: Store
    house: House
    adapters: Mapping[str, Adapter]

    def kinds(self) -> Mapping[str, Kind]:
        return {
            DELIVER: Kind(self.deliver, partial(_given_up, house=self.house), PAUSES),
            POLL: Kind(self.poll, partial(_not_polled, house=self.house)),
        }

    async def deliver(self, effect: Effect) -> Settle:
        out = await self.store.read(partial(outgoing, house=self.house, referral_id=subject(effect)))
        if out is None:
            return nothing
        adapter = self.adapters.get(out.channel)
        if adapter is None:
            raise DeliveryTrouble("channel_unknown", retry=False)
        out = replace(out, unknown=effect.unknown or effect.attempts > 0)
        turn = StoredTurn(self.store, out.id)
        try:
            delivered = await adapter.deliver(out, turn)
        except DeliveryTrouble as trouble:
            await turn.ends(unknown=trouble.unknown)
            if trouble.after is None or not (trouble.retry or trouble.unknown):
                raise
            return partial(_later, house=self.house, effect=effect, after=trouble.after, code=trouble.code)
        return partial(_delivered, house=self.house, referral_id=out.id, delivered=delivered)

    async def poll(self, effect: Effect) -> Settle:
        out = await self.store.read(partial(outgoing, house=self.house, referral_id=subject(effect), states=_POLLED))
        adapter = None if out is None else self.adapters.get(out.channel)
        if out is None or adapter is None:
            return nothing
        seen = await adapter.poll(out)
        return partial(_seen, house=self.house, referral_id=out.id, seen=seen)


def outgoing(tx: Tx, house: House, referral_id: str, states: tuple[str, ...] = _GOING) -> Outgoing | None:
    """As it leaves the house; None when nothing is to be done with it any more."""
    referral = referrals.find(tx, referral_id)
    if referral is None or referral.state not in states:
        return None
    entry = directory.get(tx, house, referral.service_id)
    channel = _CAN_TELL[0] if states == _POLLED and referral.external_json != "{}" else referral.channel
    way = _way(directory.ways_of(tx, house, entry), referral.way, channel)
    if way is None or way.channel not in COMPUTERS:  # it goes by a link now
        return None
    linked = way.channel in LINKED
    sent_at = referral.sent_at or tx.now
    return Outgoing(
        id=referral.id,
        service_id=entry.id,
        channel=way.channel,
        settings={"url": way.to, **way.settings},
        content=service.content_of(house, referral),
        language=entry.service.language,
        concern=referral.concern,
        sent_at=sent_at,
        due_at=referral.due_at or tx.now,
        override=referral.override_reason,
        link=links.address_of(house, links.computer_token(house, referral)) if linked else "",
        link_until=sent_at + links.LINK_FOR if linked else 0,
        external=json.loads(referral.external_json),
    )


def _way(ways: tuple[Way, ...], at: int, channel: str) -> Way | None:
    """The one that it went by; the entry may have been changed since."""
    if at < len(ways) and ways[at].channel == channel:
        return ways[at]
    return next((way for way in ways if way.channel == channel), None)


def _delivered(tx: Tx, house: House, referral_id: str, delivered: Delivered) -> None:
    referral = referrals.find(tx, referral_id)
    if referral is None:
        return
    known = {**json.loads(referral.external_json), **delivered.external}
    lost = json.dumps(list(delivered.lost)) if delivered.lost else None
    referral = referrals.change(tx, referral, external_json=json.dumps(known), lost_json=lost, problem=None)
    if delivered.lost:
        detail = {"fields": list(delivered.lost)}
        audit.add(tx, "system", "referral_fields_lost", referral.contact_id, referral.id, detail)
        alarms.raise_alarm(tx, "referral_fields_lost", f"referral_lost:{referral.id}", contact_id=referral.contact_id)
    cases.primero_heard(tx, referral)
    if referral.state in _GOING:
        referral = hear(tx, house, referral.id, Heard(Event.DELIVERED, "system", "system"))
        if referral.channel in LINKED:
            telling.tell_code(tx, house, referral, directory.get(tx, house, referral.service_id))
    _let_in(tx, house, referral, referral.channel)
    if referral.channel in _CAN_TELL:
        effects.add(tx, POLL, None, referral.id, not_before=tx.now + POLL_EVERY)


def _seen(tx: Tx, house: House, referral_id: str, seen: Seen | None) -> None:
    """Write down what is new, and ask again later while anything can still come."""
    if seen is not None:
        what = "other" if seen.event is Event.RECEIVED else ""
        reason = "other" if seen.event is Event.REFUSED else ""
        heard = Heard(seen.event, "system", "system", said=seen.said, reason=reason, what=what)
        try:
            hear(tx, house, referral_id, heard)
        except Conflict:
            return  # it was closed here in the meantime
    referral = referrals.get(tx, referral_id)
    _let_in(tx, house, referral, _CAN_TELL[0])
    if referral.state in _POLLED and tx.now < (referral.sent_at or 0) + POLL_FOR:
        effects.add(tx, POLL, None, referral_id, not_before=tx.now + POLL_EVERY)


def _later(tx: Tx, house: House, effect: Effect, after: int, code: str) -> None:
    """As the other side asked. The key is the referral's, so that another effect makes no second one there."""
    referral = referrals.find(tx, subject(effect))
    if referral is None:
        return
    referrals.change(tx, referral, problem=code[:40])
    if tx.now - (referral.sent_at or tx.now) > sum(PAUSES):
        _given_up(tx, effect, code, house=house)
        return
    effects.add(tx, DELIVER, None, referral.id, not_before=tx.now + max(after, SECOND))


def _given_up(tx: Tx, effect: Effect, code: str, *, house: House) -> None:
    """It could not be delivered by this way: another way, the next service, or a person."""
    referral = referrals.find(tx, subject(effect))
    if referral is not None and referral.state in _GOING:
        _let_in(tx, house, referral, referral.channel, code)
        hear(tx, house, referral.id, Heard(Event.FAILED, "system", "system", reason=code))


def _not_polled(tx: Tx, effect: Effect, code: str, *, house: House) -> None:
    """Their system cannot be asked now: later again. One that lets us in no more does not mend by waiting."""
    referral = referrals.find(tx, subject(effect))
    if referral is None or referral.state not in _POLLED:
        return
    _let_in(tx, house, referral, _CAN_TELL[0], code)
    effects.add(tx, POLL, None, referral.id, not_before=tx.now + HOUR)


def _let_in(tx: Tx, house: House, referral: Stored, channel: str, code: str = "") -> None:
    """What a try has shown of our account there: if it holds no more, a person is told once, not for each referral."""
    account = f"{channel}:{referral.service_id}" if channel in LINKED else channel
    whole, this_one = f"{SHUT_OUT}:{account}", f"{SHUT_OUT}:{referral.id}"
    if code == "unauthorised":
        starting.alarm(tx, house, SHUT_OUT, whole)
    elif code in ("forbidden", "case_unreadable"):
        starting.alarm(tx, house, SHUT_OUT, this_one, contact_id=referral.contact_id)
    elif not code:
        starting.mended(tx, whole)
        starting.mended(tx, this_one)
