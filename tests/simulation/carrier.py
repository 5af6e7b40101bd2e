"""The telephone carrier of the simulated world: callbacks come late, twice, in any order or never, and its API fails.

What calls do is `tests.village.PaperCarrier`'s; prompts take their time here, and end by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from helpline.errors import Unavailable
from helpline.simulation.loop import here
from ivr_scripts.machine import Listen, Record
from tests.property.floor_rules import must
from tests.simulation.servers import NotThere, Server
from tests.simulation.writing import TO_BE_SAID
from tests.village import LINE, Call, Event, PaperCarrier, read
from webhooks.answers import Answer, Stay
from webhooks.events import CallArrived, Caller, CallState, CallStatus, LegStep, TextArrived, TextState, TextStatus
from webhooks.ports import CallListed, CallSeen, CarrierTrouble, LineAt, Reach

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")

ANSWERS_WITHIN_S = 15
"""After so long the carrier takes what we answer for lost, and asks once more."""

RINGS_S = 25
GATEWAY_WAITS_S = 5


class _Post(list[Event]):
    """What `PaperCarrier` posts is on its way at once."""

    def __init__(self, carrier: "SimulatedCarrier") -> None:
        super().__init__()
        self._carrier = carrier

    def append(self, event: Event) -> None:
        self._carrier.send(event)


class SimulatedCarrier(PaperCarrier):
    """See the module."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.true_clock)  # type: ignore[arg-type]
        self.world = world
        self.post = _Post(self)
        self.pressed: Callable[[Call], None] = lambda call: None
        self.with_others: set[str] = set()
        self.acknowledged: dict[str, str] = {}
        self.inbound_texts: list[tuple[int, TextArrived]] = []
        self.sent: list[tuple[str, str, str, int]] = []  # (id, to, body, at)
        self.has_lost = False
        self._answered: dict[tuple[str, int, bool], str] = {}

    # What our own servers are told

    def send(self, event: Event) -> None:
        self.world.spawn(self._deliver(event))

    async def _deliver(self, event: Event) -> None:
        weather, chance = self.world.weather, self.world.chance
        if isinstance(event, LegStep):
            await self._asks(event)
            return
        if chance.random() < weather.callback_lost:
            self.has_lost = True
            self.world.tell("carrier", f"loses {_told(event)}")
            return
        late = chance.random() < weather.callback_late
        await asyncio.sleep(chance.uniform(1, 9) if late else chance.choice((0.02, 0.05, 0.2, 0.6)))
        await self._post_it(event)
        if chance.random() < weather.callback_doubled:
            await asyncio.sleep(chance.choice((0.0, 0.1, 3.0)))
            await self._post_it(event)

    async def _post_it(self, event: Event | TextStatus | TextArrived) -> bool:
        """A few times, until a server has taken it."""
        for pause in (1.0, 3.0, 0.0):
            try:
                await self._at_a_server(lambda server: _taken(server, event))
            except (NotThere, TimeoutError, Unavailable):
                await asyncio.sleep(pause)
            else:
                self.world.tell("carrier", f"told {_told(event)}")
                return True
        self.has_lost = True
        self.world.tell("carrier", f"gives up {_told(event)}")
        return False

    async def _asks(self, event: LegStep) -> None:
        """A call asks what to do next; where we do not answer twice, it is connected to somebody else."""
        call = self.calls[event.call_id]
        document = await self._document(lambda server: server.intake.leg_step(event))
        said = f"{call.id[-3:]} asks at {event.step} {event.keys or ''}{' left' if event.left_room else ''}"
        if document is None:
            self.world.tell("carrier", f"{said}: no answer")
            self._falls_back(call)
            return
        known = self._answered.setdefault((event.call_id, event.step, event.left_room), document)
        must(known == document, "a repeat gets the same answer", event)
        waits = call.asking and call.up and call.answer is not None and call.answer.step == event.step
        if event.leg_id in self.world.rules.legs:
            self.world.rules.must_be_stored(f"call:{event.call_id}:{event.step}{':left' if event.left_room else ''}")
        self.world.tell("carrier", f"{said}: {type(read(document).then).__name__}{'' if waits else ', too late'}")
        if waits:
            self.give(call, read(document))
        if self.world.chance.random() < self.world.weather.callback_doubled:
            again = await self._document(lambda server: server.intake.leg_step(event))
            must(again in (None, document), "a repeat gets the same answer", event)

    async def _document(self, ask: Callable[[Server], Awaitable[str]]) -> str | None:
        for _ in range(2):
            try:
                return await self._at_a_server(ask)
            except (NotThere, TimeoutError, Unavailable):
                await asyncio.sleep(1.0)
        return None

    async def _at_a_server(self, ask: Callable[[Server], Awaitable[T]]) -> T:
        await asyncio.sleep(self.world.chance.choice((0.01, 0.03, 0.08)))
        if self.world.chance.random() < self.world.weather.request_lost:
            raise NotThere
        server = self.world.a_server()
        return await asyncio.wait_for(server.do(ask), ANSWERS_WITHIN_S)

    def _falls_back(self, call: Call) -> None:
        self.has_lost = True
        if call.over:
            return
        if call.placed:
            self.end(call, CallState.COMPLETED)
            return
        self._leaves(call)
        self.with_others.add(call.id)
        call.asking = False
        call.answer = Answer(call.leg_id or call.id, 0, (), Stay())
        self.world.later(self.world.chance.uniform(20, 60), self._fallback_over, call)

    def _fallback_over(self, call: Call) -> None:
        if call.id in self.with_others and call.up:
            self.end(call, CallState.COMPLETED)

    # Children

    async def dial(self, number: str | None) -> Call:
        call = self.new_call(number or "Anonymous", CallState.ANSWERED, placed=False)
        call.asking = True
        self.world.tell("child", f"dials: {call.id[-3:]}")
        await self._arrives(call)
        return call

    async def _arrives(self, call: Call) -> None:
        event = self._arrival(call)
        document = await self._document(lambda server: server.intake.call_arrived(event))
        if document is None:
            self._falls_back(call)
            return
        self.world.rules.must_be_stored(f"call:{call.id}:0")
        self.acknowledged[f"call {call.id}"] = call.id
        if call.up and (call.leg_id is None or call.id in self.with_others):
            answer = read(document)
            call.leg_id = answer.leg_id
            self.give(call, answer)

    def _arrival(self, call: Call) -> CallArrived:
        return CallArrived(call.id, "116", LINE, None if call.number == "Anonymous" else Caller(call.number))

    async def write(self, number: str, body: str) -> None:
        """A child sends a text."""
        event = TextArrived(f"IN{len(self.inbound_texts):032d}", "sms", "+260116", LINE, Caller(number), body)
        self.inbound_texts.append((self.clock.now(), event))
        self.world.tell("child", f"writes {event.message_id[-3:]}")
        if self.world.chance.random() < self.world.weather.callback_lost:
            self.has_lost = True
            return
        if await self._post_it(event):
            self.world.rules.must_be_stored(f"text:{event.message_id}")
            self.acknowledged[f"text {event.message_id}"] = event.message_id
            if self.world.chance.random() < self.world.weather.callback_doubled:
                await self._post_it(event)

    # What a call does

    def give(self, call: Call, answer: Answer) -> None:
        self.with_others.discard(call.id)
        super().give(call, answer)
        self._goes_on(call)

    def pick_up(self, call: Call) -> None:
        super().pick_up(call)
        self._goes_on(call)

    def _goes_on(self, call: Call) -> None:
        """What is said takes its time, and then the carrier asks."""
        answer = call.answer
        if answer is None or not call.up:
            return
        said = 1.5 * len(answer.say)
        if isinstance(answer.then, Listen):
            self.world.later(said + answer.then.timeout_s, self._silence, call, answer)
        elif isinstance(answer.then, Stay):
            self.world.later(said + 0.1, self._silence, call, answer)
        elif isinstance(answer.then, Record):
            self.world.later(said + 5, self._silence, call, answer)

    def _silence(self, call: Call, answer: Answer) -> None:
        if call.answer is answer and call.up and not call.asking:
            self.asks(call)

    # What our servers order

    async def _ordered_by(
        self, order: str, about: str | None, kinds: tuple[str, ...], do: Callable[[], Awaitable[T]]
    ) -> T:
        process = here()
        self.world.must_be_committed(order, about, kinds)
        await asyncio.sleep(self.world.chance.choice((0.02, 0.1, 0.4)))
        weather, draw = self.world.weather, self.world.chance.random()
        by = process.name if process is not None else "nobody"
        if draw < weather.api_refuses:
            self.world.tell(by, f"orders {order} {about}: refused")
            raise CarrierTrouble(self.world.chance.choice(("carrier_429", "carrier_500")), retry=True)
        if draw < weather.api_refuses + weather.api_unknown:
            carried_out = self.world.chance.random() < 0.7
            self.world.tell(by, f"orders {order} {about}: times out{', carried out' if carried_out else ''}")
            if carried_out:
                await do()
            await asyncio.sleep(GATEWAY_WAITS_S)
            raise CarrierTrouble("carrier_timeout", retry=True, unknown=True)
        self.world.tell(by, f"orders {order} {about}")
        done = await do()
        await asyncio.sleep(self.world.chance.choice((0.01, 0.1)))
        return done

    async def place_call(self, to: Reach, caller_id: str, leg_id: str, first: Answer, ring_s: int) -> str:
        async def do() -> str:
            id = await PaperCarrier.place_call(self, to, caller_id, leg_id, first, ring_s)
            self.pressed(self.calls[id])
            self.world.later(RINGS_S, self._rings_no_more, self.calls[id])
            return id

        return await self._ordered_by("place_call", leg_id, ("call_adult", "call_child", "notice_voice"), do)

    def _rings_no_more(self, call: Call) -> None:
        if call.state is CallState.RINGING:
            self.end(call, CallState.NO_ANSWER)

    async def find_call(self, to: Reach, caller_id: str, since: int, but: Collection[str] = ()) -> CallSeen | None:
        since -= self._ahead()
        return await self._ordered_by(
            "find_call", None, (), lambda: PaperCarrier.find_call(self, to, caller_id, since, but)
        )

    def _ahead(self) -> int:
        """By how much the clock of who asks is ahead of ours: `webhooks.twilio` learns it from the answers."""
        process = here()
        server = next((one for one in self.world.servers if one.process is process), None)
        return 0 if server is None else server.store.clock.now() - self.clock.now()

    async def look(self, call_id: str) -> CallSeen:
        return await self._ordered_by("look", None, (), lambda: PaperCarrier.look(self, call_id))

    async def move(self, call_id: str, answer: Answer) -> None:
        await self._ordered_by("move", answer.leg_id, ("move", "ask"), lambda: PaperCarrier.move(self, call_id, answer))

    async def hang_up(self, call_id: str) -> None:
        about = self.calls[call_id].leg_id
        await self._ordered_by("hang_up", about, ("hang_up",), lambda: PaperCarrier.hang_up(self, call_id))

    async def keep_room(self, room: str, call_id: str) -> None:
        about = self.calls[call_id].leg_id
        await self._ordered_by("keep_room", about, ("ask",), lambda: PaperCarrier.keep_room(self, room, call_id))

    async def let_hear(self, room: str, call_id: str) -> None:
        about = self.calls[call_id].leg_id
        await self._ordered_by("let_hear", about, ("hear",), lambda: PaperCarrier.let_hear(self, room, call_id))

    async def announce(self, room: str, said: tuple[tuple[str, str], ...]) -> None:
        about = room.rsplit("-", 1)[0]
        await self._ordered_by("announce", about, ("announce",), lambda: PaperCarrier.announce(self, room, said))

    async def is_with_others(self, call_id: str) -> bool:
        return call_id in self.with_others

    async def ask_anew(self, call_id: str) -> None:
        self.world.spawn(self._arrives(self._living(call_id)))

    async def calls_to_lines(self, line_at: LineAt, since: int) -> tuple[CallListed, ...]:
        ahead = self._ahead()
        found = [call for call in self.calls.values() if not call.placed and call.created_at >= since - ahead]
        return tuple(CallListed(self._arrival(call), call.state, call.created_at + ahead) for call in found)

    # Texts

    async def send_text(self, to: str, channel: str, from_address: str, body: str, text_id: str, part: int) -> str:
        async def do() -> str:
            id = f"SM{len(self.sent):032d}"
            must(body != TO_BE_SAID, "what is for the interpreter to say is not sent", text_id)
            self.sent.append((id, to, body, self.clock.now()))
            for state in (TextState.SENT, TextState.DELIVERED):
                self.world.spawn(self._report(TextStatus(id, state, text_id=text_id, part=part)))
            return id

        return await self._ordered_by("send_text", text_id, ("send_text", "notice_sms"), do)

    async def _report(self, status: TextStatus) -> None:
        if self.world.chance.random() >= self.world.weather.callback_lost:
            await asyncio.sleep(self.world.chance.choice((0.1, 0.5, 4.0)))
            await self._post_it(status)

    async def find_text(self, to: str, channel: str, from_address: str, body: str, since: int) -> str | None:
        since -= self._ahead()
        found = [id for id, whom, said, at in self.sent if (whom, said) == (to, body) and at >= since]
        return found[-1] if found else None

    async def texts_to(self, address: str, line: str, channel: str, since: int) -> tuple[TextArrived, ...]:
        since -= self._ahead()
        return tuple(text for at, text in self.inbound_texts if channel == text.channel and at >= since)

    async def delete_text(self, message_id: str) -> None:
        pass


async def _taken(server: Server, event: Event | TextStatus | TextArrived) -> Any:
    match event:
        case TextArrived():
            return await server.texts.text_arrived(event)
        case TextStatus():
            return await server.texts.text_status(event)
        case CallStatus():
            return await server.intake.call_status(event)
        case CallArrived() | LegStep():
            raise AssertionError("these are asked, not told")
    if hasattr(event, "room"):
        return await server.intake.room_changed(event)  # type: ignore[arg-type]
    return await server.intake.recording_ready(event)


def _told(event: object) -> str:
    """An event in a line of the transcript, without what changes from run to run."""
    match event:
        case CallStatus():
            return f"{event.call_id[-3:]} {event.state.value}"
        case TextStatus():
            return f"{event.message_id[-3:]} {event.state.value}"
        case TextArrived():
            return f"text {event.message_id[-3:]}"
        case _:
            return f"{str(getattr(event, 'call_id', ''))[-3:]} {type(event).__name__}"
