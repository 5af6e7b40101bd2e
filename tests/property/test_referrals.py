"""Referrals over all interleavings of answers, silence, failures and what one of us does: nobody falls through."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import hypothesis.strategies as st
from hypothesis import example, given, settings

from helpline import heard_back
from helpline.clock import HOUR, ids_from
from helpline.errors import Conflict
from helpline.house import House
from helpline.referrals import answers, directory, service, telling
from helpline.referrals.answers import Heard
from helpline.referrals.consent import BY_OVERRIDE, WITH_YES, Basis, releasable
from helpline.referrals.lifecycle import LATE, TABLE, UNANSWERED, Event, IllegalMove, State, after
from helpline.referrals.matter import Answer, Consent, Override, OverrideReason
from helpline.store import notices, referrals
from helpline.store.db import Store, T, Tx
from helpline.store.engine import open_store
from helpline.store.referrals import Stored
from helpline.store.tables import alarms, contacts, deadlines
from tests.contract.rows import a_contact
from tests.unit.referrals.directory_of_services import a_matter, a_service
from tests.village import MONDAY_0800, HandClock, a_house

BY = "worker-amina"

# What can happen, and to which referral of the chain (the first, the second ...).
HAPPENINGS = (
    "deliver",
    "bounce",
    "ack",
    "accept",
    "refuse",
    "receive",
    "silence",
    "reply_no",
    "close",
    "withdraw",
    "link",
)
STEPS = st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 2), st.integers(0, 30)), max_size=14)


@dataclass
class Chain:
    """Three services that are asked one after the other, and what must hold of them at every moment."""

    store: Store
    house: House
    clock: HandClock
    before: dict[str, Stored]

    async def do(self, work: Callable[..., T], *given: Any) -> T:
        return await self.store.write(lambda tx: work(tx, self.house, *given))

    async def all(self) -> list[Stored]:
        return await self.store.read(lambda tx: referrals.of_concern(tx, "concern"))

    async def happens(self, what: str, which: int, hours: int) -> None:
        self.clock.pass_by(hours * 3600)
        found = await self.all()
        one = found[min(which, len(found) - 1)]
        act: dict[str, Callable[[], Awaitable[object]]] = {
            "deliver": lambda: self._hears(one, Event.DELIVERED),
            "bounce": lambda: self._bounces(one),
            "ack": lambda: self._hears(one, Event.ACKNOWLEDGED),
            "accept": lambda: self._hears(one, Event.ACCEPTED),
            "refuse": lambda: self._hears(one, Event.REFUSED, reason="no_room"),
            "receive": lambda: self._hears(one, Event.RECEIVED, what="medical"),
            "silence": self._time_is_up,
            "reply_no": lambda: self.do(heard_back.HOOKS[telling.NOTICE].answered, one.id, "reply", "1234 no"),
            "close": lambda: self.do(service.close, one.id, BY, "other"),
            "withdraw": lambda: self.do(service.withdraw, one.id, BY),
            "link": lambda: self.do(service.new_link, one.id, BY),
        }
        try:
            await act[what]()
        except Conflict:
            pass  # it is too late for this, and nothing was changed
        await self.holds()

    async def _hears(self, one: Stored, event: Event, reason: str = "", what: str = "") -> None:
        await self.do(answers.hear, one.id, Heard(event, "link", reason=reason, what=what))

    async def _bounces(self, one: Stored) -> None:
        def unit(tx: Tx) -> None:
            sent = [each for each in notices.about(tx, one.id) if each.purpose == telling.NOTICE]
            if notices.end(tx, sent[-1].id, "failed", was=("due", "sent"), error="bounced"):
                heard_back.HOOKS[telling.NOTICE].failed(tx, self.house, one.id, "bounced")

        await self.store.write(unit)

    async def _time_is_up(self) -> None:
        """Every deadline that is due is taken and done, as the timers do it."""

        def unit(tx: Tx) -> None:
            rows = tx.execute(deadlines.select().where(deadlines.c.due_at <= tx.now)).all()
            for row in rows:
                tx.execute(deadlines.delete().where(deadlines.c.id == row.id))
                if row.kind == service.DUE:
                    answers.silent(tx, self.house, row.subject_id)
                elif row.kind == service.PENDING:
                    answers.pending(tx, self.house, row.subject_id)

        await self.store.write(unit)

    async def holds(self) -> None:
        found = await self.all()
        following = [one.follows_id for one in found if one.follows_id]
        assert len(following) == len(set(following)), "one referral was followed twice"
        assert len({one.service_id for one in found}) == len(found), "a service was asked twice"
        for one in found:
            self._never_goes_back(one)
        self.before = {one.id: one for one in found}
        assert await self._somebody_minds(found), [one.state for one in found]

    def _never_goes_back(self, one: Stored) -> None:
        was = self.before.get(one.id)
        if was is None or was.version == one.version:
            return
        moves = {(state, to) for (state, _), to in TABLE.items()}
        assert was.state == one.state or any(_reaches(moves, was.state, one.state)), (was.state, one.state)
        for name in ("acknowledged_at", "answered_at", "received_at", "silent_at", "closed_at", "sent_at"):
            assert getattr(was, name) is None or getattr(one, name) is not None, name
        if was.state not in UNANSWERED:
            assert one.state not in UNANSWERED, "what a person answered became unanswered"

    async def _somebody_minds(self, found: list[Stored]) -> bool:
        """A person at a service, one of ours who decided, a deadline still to come, or an alarm that is open."""
        if any(one.state in ("acknowledged", "accepted", "service_received", "closed") for one in found):
            return True

        def look(tx: Tx) -> tuple[set[str], set[str]]:
            waits = {row.subject_id for row in tx.execute(deadlines.select()) if row.kind == service.DUE}
            open_now = {row.topic for row in tx.execute(alarms.select().where(alarms.c.closed_at.is_(None)))}
            return waits, open_now

        waits, open_now = await self.store.read(look)
        return any((one.state in UNANSWERED and one.id in waits) or f"referral:{one.id}" in open_now for one in found)


def _reaches(moves: set[tuple[State, State]], start: str, end: str) -> list[bool]:
    """Whether one state can follow another by some steps of the table."""
    seen: set[str] = {start}
    edge = seen
    while edge:
        edge = {str(to) for state, to in moves if state in edge} - seen
        seen = seen | edge
    return [end in seen]


async def play(steps: list[tuple[str, int, int]]) -> None:
    clock = HandClock(MONDAY_0800)
    store = await open_store("sqlite://", clock, ids_from(clock, random.Random(1)), migrate=True)
    try:
        house = replace(a_house(), public_url="https://help.example", chance=random.Random(1), hooks=heard_back.HOOKS)
        chain = Chain(store, house, clock, {})
        await store.write(lambda tx: tx.insert(contacts, a_contact("contact", line="children")))
        ids = [await chain.do(directory.keep, a_service(code), BY) for code in ("first", "second", "third")]
        wanted = service.Wanted(ids[0], a_matter(ack_within=HOUR), "contact", "concern", next=tuple(ids[1:]))
        draft = await chain.do(service.draft, wanted, BY)
        await chain.do(service.send, draft, 1, BY)
        await chain.holds()
        for step in steps:
            await chain.happens(*step)
    finally:
        await store.close()


@settings(max_examples=60)
@given(STEPS)
@example([("bounce", 0, 0), ("bounce", 0, 0), ("bounce", 1, 0), ("bounce", 1, 0), ("bounce", 2, 0), ("bounce", 2, 0)])
@example([("silence", 0, 2), ("accept", 0, 0), ("refuse", 1, 0), ("silence", 0, 30)])
@example([("refuse", 0, 0), ("withdraw", 1, 0), ("silence", 0, 30)])
@example([("silence", 0, 2), ("refuse", 0, 0), ("bounce", 1, 0), ("bounce", 1, 0), ("silence", 0, 30)])
def test_nobody_falls_through(steps: list[tuple[str, int, int]]) -> None:
    asyncio.run(play(steps))


@given(st.lists(st.sampled_from(list(Event))))
def test_a_life_only_follows_the_tables(events: list[Event]) -> None:
    state = State.DRAFT
    for event in events:
        try:
            to = after(state, event)
        except IllegalMove:
            assert (state, event) not in TABLE and (state, event) not in LATE
            continue
        assert to == TABLE.get((state, event), state)
        state = to


ANSWERS = st.builds(Consent, *(st.sampled_from(list(Answer)) for _ in range(5)))
OVERRIDES = st.none() | st.builds(Override, st.sampled_from(list(OverrideReason)), st.just(BY))


@given(ANSWERS, OVERRIDES, st.sampled_from(["services", "authorities", "others"]))
def test_nothing_goes_out_but_what_a_table_allows(consent: Consent, override: Override | None, audience: str) -> None:
    try:
        told = releasable(a_matter(consent=consent), audience, override, reference="1", call_back="2", answer_by=3)
    except Exception:
        assert consent.to(audience) is not Answer.YES and override is None
        return
    if told.basis is Basis.CONSENT:
        assert consent.to(audience) is Answer.YES and set(told.content) <= WITH_YES[audience]
    else:
        assert override is not None and consent.to(audience) is not Answer.YES
        assert set(told.content) <= BY_OVERRIDE[override.reason] & WITH_YES[audience]
    assert not set(told.withheld) & set(told.content)
