"""Notices on their way out: an email, a text, a call. One may be doubled by a crash, and none is lost."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from helpline.clock import SECOND
from helpline.doing import LATER, SOON, Kind, Settle, nothing, subject
from helpline.house import House
from helpline.notices import calls, outcomes
from helpline.notices.letters import Letter, Post, write
from helpline.store import alarms, legs, notices
from helpline.store.db import Store, Tx
from helpline.store.effects import Effect
from helpline.store.notices import Stored
from webhooks.events import CallState, TextState
from webhooks.ports import CallGone, Carrier, CarrierTrouble, Reach

TEXT_TRIES = LATER[:6]
RING_S = 30
MOST_TEXT = 480
"""Characters of a text to an adult: three parts in Latin letters."""

TELLS_AFTER = 3
"""Tries after which somebody is told that the mail server is down. The letters wait."""

NOT_SET_UP = "mail_not_set_up"


@dataclass(frozen=True, slots=True)
class Sending:
    """The effects about notices. ``post``: None where no mail server is configured."""

    store: Store
    house: House
    carrier: Carrier
    post: Post | None = None

    def kinds(self) -> Mapping[str, Kind]:
        given_up = partial(_given_up, self.house)
        return {
            "notice_email": Kind(self.email, given_up, LATER),
            "notice_sms": Kind(self.sms, given_up, TEXT_TRIES),
            "notice_voice": Kind(self.voice, given_up, SOON),
            "notice_look": Kind(self.look, partial(_not_seen, self.house), ()),
            "delete_notice": Kind(self.delete, _not_deleted, LATER),
        }

    async def email(self, effect: Effect) -> Settle:
        notice = await self._wanted(effect)
        if notice is None:
            return nothing
        if self.post is None:
            raise CarrierTrouble(NOT_SET_UP, retry=False)
        letter = write(self._letter(notice), self.post.sender)
        try:
            await self.post.deliver(letter)
        except CarrierTrouble as trouble:
            if trouble.retry:
                await self._waits(effect, notice, trouble)
            raise
        return partial(_mail_sent, notice=notice)

    async def _waits(self, effect: Effect, notice: Stored, trouble: CarrierTrouble) -> None:
        """The mail server does not take it now. Raises `CarrierTrouble` where the next try would come too late."""
        if effect.attempts >= TELLS_AFTER:
            await self.store.write(lambda tx: alarms.raise_alarm(tx, "mail_down", "mail_down"))
        now = await self.store.read(lambda tx: tx.now)
        if effect.attempts < len(LATER) and now + LATER[effect.attempts] >= notice.good_until:
            raise CarrierTrouble(trouble.code, retry=False) from None

    def _letter(self, notice: Stored) -> Letter:
        vault = self.house.vault
        subject_line = vault.open(notice.subject_enc) if notice.subject_enc is not None else ""
        calendar = vault.open_bytes(notice.calendar_enc) if notice.calendar_enc is not None else None
        to, body = self._opened(notice)
        return Letter(notice.id, to, subject_line, body, notice.created_at, calendar, notice.calendar_method)

    async def sms(self, effect: Effect) -> Settle:
        notice = await self._wanted(effect)
        if notice is None:
            return nothing
        to, body = self._opened(notice)
        if not body.strip() or len(body) > MOST_TEXT:
            raise CarrierTrouble("text_too_long" if body.strip() else "text_empty", retry=False)
        if notice.to_hash is None:
            raise CarrierTrouble("address_invalid", retry=False)
        from_address = calls.line_of(self.house, notice).caller_id
        if effect.unknown or effect.attempts:
            known = await self.carrier.find_text(to, "sms", from_address, body, effect.created_at - SECOND)
            if known is not None:
                return partial(_sent, notice=notice, provider_id=known)
        sent = await self.carrier.send_text(to, "sms", from_address, body, notice.id, 1)
        return partial(_sent, notice=notice, provider_id=sent)

    async def voice(self, effect: Effect) -> Settle:
        notice = await self._wanted(effect)
        if notice is None:
            return nothing
        to, _ = self._opened(notice)
        if notice.to_hash is None:
            raise CarrierTrouble("address_invalid", retry=False)
        reach = Reach("sip" if to.startswith("sip:") else "phone", to)
        caller_id = notice.caller_id or calls.line_of(self.house, notice).caller_id
        if effect.unknown or effect.attempts:
            seen = await self.carrier.find_call(reach, caller_id, effect.created_at - SECOND)
            if seen is not None and await self.store.read(partial(_may_be, notice=notice, call_id=seen.call_id)):
                return partial(_sent, notice=notice, provider_id=seen.call_id)
        first = calls.reading(self.house, notice, 1)
        call_id = await self.carrier.place_call(reach, caller_id, notice.id, first, RING_S)
        return partial(_sent, notice=notice, provider_id=call_id)

    async def look(self, effect: Effect) -> Settle:
        """No callback has told of the end: the carrier is asked."""
        notice = await self.store.read(lambda tx: notices.find(tx, subject(effect)))
        if notice is None or notice.state != "sent" or notice.provider_id is None:
            return nothing
        if notice.channel == "voice":
            seen = await self.carrier.look(notice.provider_id)
            return partial(_call_seen, house=self.house, notice=notice, state=seen.state)
        state = await self.carrier.text_state(notice.provider_id)
        return partial(_text_seen, house=self.house, notice=notice, state=state)

    async def delete(self, effect: Effect) -> Settle:
        """The carrier's copy goes, once it may."""
        notice = await self.store.read(lambda tx: notices.find(tx, subject(effect)))
        if notice is not None and notice.provider_id is not None:
            with suppress(CallGone):
                if notice.channel == "voice":
                    await self.carrier.delete_call(notice.provider_id)
                else:
                    await self.carrier.delete_text(notice.provider_id)
        return nothing

    def _opened(self, notice: Stored) -> tuple[str, str]:
        """Recipient and words. Raises `CarrierTrouble` ("erased") where they are not kept any more."""
        if notice.to_enc is None or notice.body_enc is None:
            raise CarrierTrouble("erased", retry=False)
        return self.house.vault.open(notice.to_enc), self.house.vault.open(notice.body_enc)

    async def _wanted(self, effect: Effect) -> Stored | None:
        """The notice, unless it was cancelled or is known to have gone. Raises `CarrierTrouble` ("expired")."""
        notice, now = await self.store.read(lambda tx: (notices.get(tx, subject(effect)), tx.now))
        if notice.state != "due":
            return None
        if now >= notice.good_until:
            raise CarrierTrouble("expired", retry=False)
        return notice


def _sent(tx: Tx, notice: Stored, provider_id: str) -> None:
    outcomes.sent(tx, notice, provider_id)


def _mail_sent(tx: Tx, notice: Stored) -> None:
    outcomes.sent(tx, notice)
    for topic in ("mail_down", NOT_SET_UP):
        alarms.close_topic(tx, topic)


def _may_be(tx: Tx, notice: Stored, call_id: str) -> bool:
    """Whether a call to this number can only be this notice's: a second call is better than none."""
    known = legs.by_call(tx, call_id) is not None or notices.by_carrier(tx, call_id) is not None
    return not known and not notices.another_is_due(tx, notice)


def _call_seen(tx: Tx, house: House, notice: Stored, state: CallState) -> None:
    if state.over:
        calls.ended(tx, house, notice, state)
    else:
        outcomes.look_again(tx, house, notice)


def _text_seen(tx: Tx, house: House, notice: Stored, state: TextState) -> None:
    if state is TextState.DELIVERED:
        outcomes.delivered(tx, house, notice)
    elif state is TextState.FAILED:
        outcomes.failed(tx, house, notice, "undelivered")
    else:
        outcomes.look_again(tx, house, notice)


def _given_up(house: House, tx: Tx, effect: Effect, code: str) -> None:
    """It could not be sent: who asked for it hears so at once, and somebody looks why."""
    notice = notices.get(tx, subject(effect))
    kind = NOT_SET_UP if code == NOT_SET_UP else "notice_failed"
    alarms.raise_alarm(tx, kind, kind if kind == NOT_SET_UP else f"{kind}:{notice.channel}")
    outcomes.failed(tx, house, notice, code)


def _not_seen(house: House, tx: Tx, effect: Effect, code: str) -> None:
    """The carrier did not say: it is asked again later. A call that it does not know any more is over."""
    notice = notices.get(tx, subject(effect))
    if code == "call_gone" and notice.channel == "voice":
        outcomes.failed(tx, house, notice, "lost")
    elif code != "call_gone":
        outcomes.look_again(tx, house, notice)


def _not_deleted(tx: Tx, effect: Effect, code: str) -> None:
    alarms.raise_alarm(tx, "effect_failed", f"effect:{effect.id}")
