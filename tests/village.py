"""A village: the core of the helpline without HTTP, a carrier of paper, and a clock that is moved by hand.

Nothing happens by itself. A test makes people act, posts the carrier's callbacks in whatever order it likes, and lets
the dispatcher, the timers and the outbox take their steps. What the store, the services and the planner do is real.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from config.directory import Directory, load_directory
from helpline.app import effect_kinds
from helpline.clock import SECOND, ids_from
from helpline.contacts import service
from helpline.deadlines import Timers
from helpline.dispatch import Dispatcher
from helpline.house import House
from helpline.intake import Intake
from helpline.metrics import Metrics
from helpline.outbox import Outbox
from helpline.privacy import Vault, pseudonym
from helpline.staff import duty
from helpline.store import assignments, contacts, effects, workers
from helpline.store.assignments import Assignment
from helpline.store.contacts import Contact
from helpline.store.db import Hint, Listener, Outcome, Store, T, Tx, Unit
from helpline.store.engine import open_store
from helpline.store.tables import contacts as contacts_table
from helpline.voice.documents import from_plain, to_plain
from ivr_scripts.loader import SCRIPTS, load_languages, load_prompts, load_script, load_words
from ivr_scripts.machine import HangUp, Listen, Record
from ivr_scripts.texting import text_script
from routing.policy import LinePolicy
from webhooks.answers import Answer, Join, Stay
from webhooks.events import (
    CallArrived,
    Caller,
    CallState,
    CallStatus,
    LegStep,
    RecordingReady,
    RoomChanged,
    TextArrived,
    TextState,
)
from webhooks.ports import CallGone, CallListed, CallSeen, CarrierTrouble, LineAt, Reach

MONDAY_0800 = int(datetime(2027, 1, 18, 6, tzinfo=UTC).timestamp()) * SECOND
"""Eight in the morning in Lusaka."""

LINE = "children"

Event = CallArrived | LegStep | CallStatus | RoomChanged | RecordingReady


class HandClock:
    """Time passes when a test says so."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def pass_by(self, seconds: float) -> None:
        self._now += int(seconds * SECOND)


class PaperRenderer:
    """Writes an answer down so that the paper carrier can read it."""

    def render(self, answer: Answer) -> str:
        return json.dumps(to_plain(answer))


@dataclass
class Call:
    """A telephone call as the carrier knows it, which is more than we are told."""

    id: str
    number: str
    state: CallState
    created_at: int
    leg_id: str | None = None
    answer: Answer | None = None
    keeps_room: bool = False
    heard_by: str | None = None  # it coaches that call, which alone hears it
    asking: bool = False  # it has posted, and waits for what it is to do
    placed: bool = True

    @property
    def over(self) -> bool:
        return self.state.over

    @property
    def up(self) -> bool:
        return self.state is CallState.ANSWERED

    @property
    def room(self) -> str | None:
        then = self.answer.then if self.up and self.answer is not None else None
        return then.room if isinstance(then, Join) else None

    @property
    def hears_keys(self) -> bool:
        then = self.answer.then if self.up and self.answer is not None else None
        return not self.asking and isinstance(then, Listen | Stay | Record)


@dataclass
class PaperCarrier:
    """`webhooks.ports.Carrier`. Callbacks pile up in ``post`` until somebody delivers them, in any order."""

    clock: HandClock
    calls: dict[str, Call] = field(default_factory=dict)
    post: list[Event] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)  # notices to adults: a village has no children who write
    trouble: Callable[[str], CarrierTrouble | None] = lambda order: None
    name: str = "CA"

    def new_call(self, number: str, state: CallState, *, placed: bool) -> Call:
        call = Call(f"{self.name}{len(self.calls):032d}", number, state, self.clock.now(), placed=placed)
        self.calls[call.id] = call
        return call

    def _ordered(self, order: str, about: str) -> CarrierTrouble | None:
        """What goes wrong; with ``unknown`` the order is carried out all the same, and nobody hears of it."""
        self.orders.append((order, about))
        trouble = self.trouble(order)
        if trouble is not None and not trouble.unknown:
            raise trouble
        return trouble

    async def place_call(self, to: Reach, caller_id: str, leg_id: str, first: Answer, ring_s: int) -> str:
        trouble = self._ordered("place_call", leg_id)
        call = self.new_call(to.address, CallState.RINGING, placed=True)
        call.leg_id, call.answer = leg_id, first
        self.post.append(CallStatus(call.id, leg_id, CallState.RINGING, 1))
        if trouble is not None:
            raise trouble
        return call.id

    async def find_call(self, to: Reach, caller_id: str, since: int, but: Collection[str] = ()) -> CallSeen | None:
        self.orders.append(("find_call", to.address))
        found = [call for call in self.calls.values() if call.placed and call.number == to.address]
        found = [call for call in found if call.created_at >= since and call.id not in but]
        return CallSeen(found[-1].id, found[-1].state) if found else None

    async def look(self, call_id: str) -> CallSeen:
        self.orders.append(("look", call_id))
        return CallSeen(call_id, self.calls[call_id].state)

    async def move(self, call_id: str, answer: Answer) -> None:
        trouble = self._ordered("move", call_id)
        self.give(self._living(call_id), answer)
        if trouble is not None:
            raise trouble

    async def hang_up(self, call_id: str) -> None:
        self._ordered("hang_up", call_id)
        self.end(self._living(call_id), CallState.COMPLETED)

    async def keep_room(self, room: str, call_id: str) -> None:
        self._ordered("keep_room", call_id)
        call = self._living(call_id)
        if call.room != room:
            raise CallGone
        call.keeps_room = True

    async def let_hear(self, room: str, call_id: str) -> None:
        self._ordered("let_hear", call_id)
        call = self._living(call_id)
        if call.room != room:
            raise CallGone
        call.heard_by = None

    async def announce(self, room: str, said: tuple[tuple[str, str], ...]) -> None:
        self._ordered("announce", room)
        if not any(call.room == room for call in self.calls.values()):
            raise CallGone

    async def fetch_recording(self, recording_id: str) -> bytes:
        self._ordered("fetch_recording", recording_id)
        return b"sound"

    async def delete_recording(self, recording_id: str) -> None:
        self._ordered("delete_recording", recording_id)

    async def delete_call(self, call_id: str) -> None:
        self._ordered("delete_call", call_id)

    async def send_text(self, to: str, channel: str, from_address: str, body: str, text_id: str, part: int) -> str:
        self.texts.append((to, body))
        return f"SM{self.name}{len(self.texts):030d}"

    async def find_text(self, to: str, channel: str, from_address: str, body: str, since: int) -> str | None:
        return None

    async def text_state(self, message_id: str) -> TextState:
        return TextState.DELIVERED

    async def texts_to(self, address: str, line: str, channel: str, since: int) -> tuple[TextArrived, ...]:
        return ()

    async def delete_text(self, message_id: str) -> None:
        raise AssertionError("a village of telephones")

    async def calls_to_lines(self, line_at: LineAt, since: int) -> tuple[CallListed, ...]:
        return ()

    async def is_with_others(self, call_id: str) -> bool:
        return False

    async def ask_anew(self, call_id: str) -> None:
        self._ordered("ask_anew", call_id)

    def _living(self, call_id: str) -> Call:
        call = self.calls[call_id]
        if call.over:
            raise CallGone
        return call

    # What calls do

    def give(self, call: Call, answer: Answer) -> None:
        """The call leaves what it was doing, and does this."""
        self._leaves(call)
        call.answer, call.asking = answer, False
        if isinstance(answer.then, HangUp):
            self.end(call, CallState.COMPLETED)
        elif isinstance(answer.then, Join):
            call.keeps_room = not answer.then.ends_room
            coached = self.calls.get(answer.then.heard_by or "")
            call.heard_by = coached.id if coached is not None and coached.room == answer.then.room else None

    def end(self, call: Call, state: CallState) -> None:
        self._leaves(call)
        call.state = state
        call.answer = None
        self.post.append(CallStatus(call.id, call.leg_id if call.placed else None, state, 9))

    def pick_up(self, call: Call) -> None:
        call.state = CallState.ANSWERED
        self.post.append(CallStatus(call.id, call.leg_id, CallState.ANSWERED, 2))

    def asks(self, call: Call, *, keys: str | None = None, left_room: bool = False) -> None:
        """What the call hears is over, or a key was pressed: it posts, and waits for what to do next."""
        assert call.answer is not None and call.leg_id is not None
        call.asking = True
        step = call.answer.step
        if isinstance(call.answer.then, Record):
            recording = f"RE{call.id}{step}"
            self.post.append(LegStep(call.id, call.leg_id, step, keys, recording, recorded_s=7))
            self.post.append(RecordingReady(call.id, recording, 7))
        else:
            self.post.append(LegStep(call.id, call.leg_id, step, keys, left_room=left_room))

    def _leaves(self, call: Call) -> None:
        room = call.room
        if room is None:
            return
        self.post.append(RoomChanged("CF", room, "leave", call.id, call.leg_id, 1))
        if call.keeps_room:
            return
        for other in list(self.calls.values()):
            if other is not call and other.room == room:
                self.asks(other, left_room=True)
                assert other.answer is not None
                other.answer = Answer(other.answer.leg_id, other.answer.step, (), Stay())  # in no room any more
                other.asking = True


class Interrupted:
    """A store whose writes are preceded by whatever ``before`` does, once: another process was quicker."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.name = store.name
        self.before: Callable[[], Awaitable[None]] | None = None

    async def write(self, unit: Unit[T]) -> T:
        await self._others_first()
        return await self._store.write(unit)

    async def write_batch(self, units: Sequence[Unit[T]]) -> list[Outcome[T]]:
        await self._others_first()
        return await self._store.write_batch(units)

    async def _others_first(self) -> None:
        before, self.before = self.before, None
        if before is not None:
            await before()

    async def read(self, query: Unit[T]) -> T:
        return await self._store.read(query)

    def listen(self, listener: Listener, *, own_only: bool = False) -> None:
        self._store.listen(listener, own_only=own_only)

    def tell(self, hints: tuple[Hint, ...]) -> None:
        self._store.tell(hints)

    async def ready(self) -> None:
        await self._store.ready()

    async def close(self) -> None:
        await self._store.close()


def a_directory(**line_changes: object) -> Directory:
    """The default directory, with changes of the children's line."""
    languages, _ = load_languages(Path("config/directory/languages.toml"))
    found = load_directory(languages.by_code)
    line = found.lines[LINE].model_copy(update=line_changes)
    return replace(found, lines={LINE: line})


KEYS = ("0GB9tJZX-2nRptHot8uo46KuuLUvJzHgq3vxo-A8y-g=", "qnJ9FSr19oiEPhQzEbAVzfeeM9AImX9o2nAyDqDhgag=")
"""The same in every process, so that one can open what another has sealed."""


def a_house(seed: int = 1, policy: LinePolicy | None = None, **line_changes: object) -> House:
    script, _ = load_script(SCRIPTS / "children.toml")
    assert script is not None
    chance = random.Random(seed)
    languages, _ = load_languages(Path("config/directory/languages.toml"))
    directory = a_directory(**line_changes)
    written = text_script(script, languages, load_words()[0], directory.lines[LINE].menu)
    assert written is not None
    return House(
        directory,
        {LINE: script},
        {LINE: policy or LinePolicy()},
        Vault((KEYS[0],), KEYS[1]),
        PaperRenderer(),
        lambda: pseudonym(chance),
        load_prompts()[0],
        {LINE: written},
    )


class Village:
    """See the module. Built by `open_village`; a second one over the same database is a second process."""

    def __init__(self, store: Store, house: House, clock: HandClock, carrier: PaperCarrier, who: str) -> None:
        self.store, self.house, self.clock, self.carrier = store, house, clock, carrier
        metrics = Metrics()
        self.interrupted = Interrupted(store)
        self.dispatcher = Dispatcher(self.interrupted, house, clock, metrics)
        self.other_dispatcher = Dispatcher(store, house, clock, metrics)
        self.timers = Timers(store, house, clock, metrics)
        self.outbox = Outbox(store, clock, metrics, effect_kinds(store, house, carrier), who)
        self.intake = Intake(store, house)

    # Staff

    async def hire(self, name: str, *spoken: tuple[str, str], **values: object) -> str:
        """A worker, off duty; ``spoken`` are (language, level)."""
        reach = self.house.vault.seal(f"+26095{hash_of(name):07d}")
        row = {"sign_in": name, "alias": name, "roles": "counsellor", "reach_enc": reach, **values}
        return await self.store.write(lambda tx: workers.add(tx, row, spoken))

    async def on_duty(self, name: str, *spoken: tuple[str, str], **values: object) -> str:
        worker = await self.hire(name, *spoken, **values)
        await self.store.write(lambda tx: duty.go_on_duty(tx, self.house, worker))
        return worker

    def answer_in(self, document: str) -> Answer:
        """What a call is answered in a document."""
        return read(document)

    async def offer_to(self, worker: str) -> Assignment:
        """The offer that rings there."""
        live = await self.live_of(worker)
        return next(each for each in live if each.state == "offered")

    async def live_of(self, worker: str) -> list[Assignment]:
        return await self.store.read(lambda tx: assignments.live_of_worker(tx, worker))

    async def accepts(self, worker: str) -> Assignment:
        offer = await self.offer_to(worker)
        await self.store.write(lambda tx: service.accept(tx, self.house, offer.id, worker, offer.contact_version))
        return offer

    # Telephones

    async def dials(self, number: str | None = "+260971234567") -> Call:
        """A child calls; None: the number is withheld."""
        call = self.carrier.new_call(number or "Anonymous", CallState.ANSWERED, placed=False)
        await self._arrives(call, number)
        return call

    async def _arrives(self, call: Call, number: str | None) -> None:
        caller = None if number is None else Caller(number)
        document = await self.intake.call_arrived(CallArrived(call.id, "116", LINE, caller))
        call.answer = read(document)
        call.leg_id = call.answer.leg_id

    async def presses(self, call: Call, *keys: str) -> None:
        """One key after the other, each answered before the next; an empty one is silence."""
        for key in keys:
            self.carrier.asks(call, keys=key or None)
            await self.deliver(self.carrier.post.pop())

    async def calls_in(self, language_keys: Sequence[str], number: str | None = "+260971234567") -> Call:
        """A child calls and chooses a language."""
        call = await self.dials(number)
        await self.presses(call, *language_keys)
        return call

    async def ringing(self) -> Call:
        """The call that rings somewhere."""
        return next(call for call in self.carrier.calls.values() if call.state is CallState.RINGING)

    async def deliver(self, event: Event) -> str | None:
        """Post one event, and let the call do what it is answered, if it still wants to know."""
        match event:
            case CallStatus():
                await self.intake.call_status(event)
            case RoomChanged():
                await self.intake.room_changed(event)
            case RecordingReady():
                await self.intake.recording_ready(event)
            case LegStep():
                document = await self.intake.leg_step(event)
                call = self.carrier.calls[event.call_id]
                if call.asking and call.up and call.answer is not None and call.answer.step == event.step:
                    self.carrier.give(call, read(document))
                return document
        return None

    async def post_everything(self) -> None:
        while self.carrier.post:
            await self.deliver(self.carrier.post.pop(0))

    # Time and the machinery

    async def send(self) -> None:
        """Do what is due outside."""
        await self.outbox.step()
        while self.outbox._under_way:
            await asyncio.gather(*self.outbox._under_way)

    async def settle(self) -> None:
        """Until nothing more happens by itself. What is tried again later is waited for."""
        for _ in range(60):
            await self.post_everything()
            await self.timers.step()
            await self.dispatcher.step()
            await self.send()
            next_at = await self.store.read(effects.next_due)
            if self.carrier.post or (next_at is not None and next_at <= self.clock.now()):
                continue
            if next_at is None or next_at - self.clock.now() > 5 * SECOND:
                await self.timers.step()
                await self.dispatcher.step()
                return
            self.clock.pass_by((next_at - self.clock.now()) / SECOND)
        raise AssertionError("it never settles")

    async def contact(self, id: str | None = None) -> Contact:
        """This contact, or the newest."""
        return (await self.contacts())[-1] if id is None else await self.store.read(lambda tx: contacts.get(tx, id))

    async def contacts(self) -> list[Contact]:
        def look(tx: Tx) -> list[Contact]:
            ids = tx.execute(sa.select(contacts_table.c.id).order_by(contacts_table.c.id))
            return [contacts.get(tx, id) for (id,) in ids.all()]

        return await self.store.read(look)


def read(document: str) -> Answer:
    plain = json.loads(document)
    for said in plain["say"]:
        said.pop("text", None)  # a notice's sentence, which is read out
    return from_plain(plain)


def hash_of(name: str) -> int:
    """The same in every process, which ``hash`` is not."""
    return int.from_bytes(name.encode()[-4:].rjust(4, b"0"), "big") % 10_000_000


async def open_village(
    url: str = "sqlite://",
    *,
    seed: int = 1,
    clock: HandClock | None = None,
    carrier: PaperCarrier | None = None,
    house: House | None = None,
    who: str = "first",
) -> Village:
    clock = clock or HandClock(MONDAY_0800)
    house = house or a_house(seed)
    carrier = carrier or PaperCarrier(clock)
    store = await open_store(url, clock, ids_from(clock, random.Random(seed)))
    return Village(store, house, clock, carrier, who)
