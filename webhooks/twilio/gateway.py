"""What we ask of Twilio, through its own library."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance

from webhooks.answers import Answer
from webhooks.events import CallArrived, CallState, TextArrived, TextState
from webhooks.ports import CallGone, CallListed, CallSeen, CarrierTrouble, LineAt, Reach, Renderer
from webhooks.twilio.addresses import caller
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.http_client import TWILIO, CarrierHttp
from webhooks.twilio.parse import INBOUND, TEXT_STATES, text_of
from webhooks.twilio.twiml import MOST_INLINE_CHARACTERS

MOST_RECORDING_BYTES = 16 * 1024 * 1024
CALLS_LOOKED_AT = 20
TEXTS_LOOKED_AT = 50
TEXTS_SWEPT = 1_000
CALLS_SWEPT = 5_000
CALLS_A_PAGE = 100

_SECOND = 1_000_000
_SAME_TIME = 5 * _SECOND
"""Two clocks that are no further apart tell the same time: an answer takes a while, and has whole seconds."""

_STATES = {**{str(state): state for state in CallState}, "in-progress": CallState.ANSWERED}


@asynccontextmanager
async def open_carrier(
    edge: TwilioEdge,
    renderer: Renderer,
    *,
    base_url: str = TWILIO,
    timeout_s: float = 10.0,
    now: Callable[[], int] | None = None,
) -> AsyncIterator["TwilioCarrier"]:
    """The carrier on a session of its own, which keeps no cookies and closes at the end.

    ``now``: the house's clock, in whose time is asked and answered; without it the carrier's is taken for ours.
    """
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        http = CarrierHttp(session, edge.account_sid, edge.auth_tokens, base_url, timeout_s, now)
        yield TwilioCarrier(edge, renderer, http)


class TwilioCarrier:
    """`webhooks.ports.Carrier` on Twilio's REST interface."""

    def __init__(self, edge: TwilioEdge, renderer: Renderer, http: CarrierHttp) -> None:
        self._edge = edge
        self._renderer = renderer
        self._http = http
        # The names and passwords of the environment would be taken where these are empty.
        token = next((token for token in edge.auth_tokens if token), "none")
        client = Client(edge.account_sid, token, http_client=http, environment={"": ""})
        self._account = client.api.v2010.account

    async def place_call(self, to: Reach, caller_id: str, leg_id: str, first: Answer, ring_s: int) -> str:
        document = self._inline(first)
        try:
            with _understood(unknown=True):
                placed = await self._account.calls.create_async(
                    to=_address(to),
                    from_=caller_id,
                    twiml=document,
                    timeout=ring_s,
                    status_callback=self._edge.status_url(leg_id),
                    status_callback_event=["initiated", "ringing", "answered", "completed"],
                    status_callback_method="POST",
                )
                return _sid(placed.sid)
        except CallGone:
            # There is no call yet that could be over: the account or the address of the interface is wrong.
            raise CarrierTrouble("carrier_404", retry=False) from None

    async def find_call(self, to: Reach, caller_id: str, since: int, but: Collection[str] = ()) -> CallSeen | None:
        # Not filtered by start time at Twilio: it counts in days, and a call that does not ring yet has none.
        with _understood():
            calls = await self._account.calls.list_async(
                to=_address(to), from_=caller_id, limit=CALLS_LOOKED_AT, page_size=CALLS_LOOKED_AT
            )
            since = self._by_its_clock(since)
            made = [(_micros(call), call) for call in calls if call.sid not in but]
            recent = [(at, call) for at, call in made if at >= since - since % _SECOND]
            return _seen(max(recent, key=lambda one: one[0])[1]) if recent else None

    async def look(self, call_id: str) -> CallSeen:
        with _understood():
            return _seen(await self._account.calls(call_id).fetch_async())

    async def move(self, call_id: str, answer: Answer) -> None:
        document = self._inline(answer)
        with _understood(unknown=True):
            await self._account.calls(call_id).update_async(twiml=document)

    async def hang_up(self, call_id: str) -> None:
        with _understood(unknown=True):
            await self._account.calls(call_id).update_async(status="completed")

    async def keep_room(self, room: str, call_id: str) -> None:
        with _understood(unknown=True):
            sid = await self._room(room)
            await self._account.conferences(sid).participants(call_id).update_async(end_conference_on_exit=False)

    async def let_hear(self, room: str, call_id: str) -> None:
        with _understood(unknown=True):
            sid = await self._room(room)
            await self._account.conferences(sid).participants(call_id).update_async(coaching=False)

    async def announce(self, room: str, said: tuple[tuple[str, str], ...]) -> None:
        with _understood(unknown=True):
            sid = await self._room(room)
            await self._account.conferences(sid).update_async(
                announce_url=self._edge.wait_url(said, once=True), announce_method="POST"
            )

    async def send_text(self, to: str, channel: str, from_address: str, body: str, text_id: str, part: int) -> str:
        try:
            with _understood(unknown=True):
                sent = await self._account.messages.create_async(
                    to=_on(channel, to),
                    from_=_on(channel, from_address),
                    body=_writable(body),
                    status_callback=self._edge.message_status_url(text_id, part),
                )
                return _sid(sent.sid)
        except CallGone:
            raise CarrierTrouble("carrier_404", retry=False) from None

    async def find_text(self, to: str, channel: str, from_address: str, body: str, since: int) -> str | None:
        # Not filtered by the time of sending at Twilio: a text that is still queued there has none.
        with _understood():
            texts = await self._account.messages.list_async(
                to=_on(channel, to),
                from_=_on(channel, from_address),
                limit=TEXTS_LOOKED_AT,
                page_size=TEXTS_LOOKED_AT,
            )
            since = self._by_its_clock(since)
            wanted = _writable(body).strip()  # spaces at its ends may have gone on the way
            made = [(_created(text), _sid(text.sid)) for text in texts if str(text.body or "").strip() == wanted]
            recent = [one for one in made if one[0] >= since - since % _SECOND]
            return max(recent)[1] if recent else None

    async def text_state(self, message_id: str) -> TextState:
        with _understood():
            text = await self._account.messages(message_id).fetch_async()
            return TEXT_STATES[str(text.status)]

    async def delete_text(self, message_id: str) -> None:
        with _understood(unknown=True):
            await self._account.messages(message_id).delete_async()

    async def texts_to(self, address: str, line: str, channel: str, since: int) -> tuple[TextArrived, ...]:
        """The texts to a line's address since that time (µs), oldest first: what a webhook may have lost."""
        await self._learn_its_time()
        since = self._by_its_clock(since)
        with _understood():
            texts = await self._account.messages.list_async(
                to=_on(channel, address),
                date_sent_after=datetime.fromtimestamp(since // _SECOND, UTC),
                limit=TEXTS_SWEPT,
            )
            heard = [(_created(text), text) for text in texts if str(text.direction) == "inbound"]
            return tuple(
                text_of(
                    message_id=_sid(text.sid),
                    channel=channel,
                    line=line,
                    address=address,
                    sender=str(text.from_ or "").removeprefix(f"{channel}:"),
                    body=str(text.body or ""),
                    media=int(text.num_media or 0),
                )
                for at, text in sorted(heard, key=lambda one: one[0])
                if at >= since - since % _SECOND
            )

    async def calls_to_lines(self, line_at: LineAt, since: int) -> tuple[CallListed, ...]:
        """What a webhook may have lost. Twilio lists the newest first, and filters by the day."""
        await self._learn_its_time()
        since, off = self._by_its_clock(since), self._off()
        found = []
        with _understood():
            day = datetime.fromtimestamp(since // _SECOND, UTC).replace(hour=0, minute=0, second=0)
            listed = await self._account.calls.stream_async(
                start_time_after=day, limit=CALLS_SWEPT, page_size=CALLS_A_PAGE
            )
            async for call in listed:
                began = _micros(call)
                if began < since - since % _SECOND:
                    break
                at = line_at(str(call.to or "")) if str(call.direction) in INBOUND else None
                if at is not None:
                    arrived = CallArrived(_sid(call.sid), at[1], at[0], caller(str(call._from or "")))
                    found.append(CallListed(arrived, _STATES[str(call.status)], began + off))
        return tuple(reversed(found))

    async def is_with_others(self, call_id: str) -> bool:
        with _understood():
            dialled = await self._account.calls.list_async(parent_call_sid=call_id, limit=CALLS_LOOKED_AT)
            return any(not _seen(call).state.over for call in dialled)

    async def ask_anew(self, call_id: str) -> None:
        with _understood(unknown=True):
            await self._account.calls(call_id).update_async(url=self._edge.voice_url(), method="POST")

    async def fetch_recording(self, recording_id: str) -> bytes:
        path = f"/2010-04-01/Accounts/{self._edge.account_sid}/Recordings/{recording_id}.wav"
        return await self._http.download(path, MOST_RECORDING_BYTES)

    async def delete_recording(self, recording_id: str) -> None:
        with _understood(unknown=True):
            await self._account.recordings(recording_id).delete_async()

    async def delete_call(self, call_id: str) -> None:
        with _understood(unknown=True):
            await self._account.calls(call_id).delete_async()

    async def _room(self, name: str) -> str:
        """Its id of the room that goes on under this name. Raises `CallGone`."""
        rooms = await self._account.conferences.list_async(friendly_name=name, status="in-progress", limit=1)
        if not rooms:
            raise CallGone
        return _sid(rooms[0].sid)

    async def _learn_its_time(self) -> None:
        """Before it is asked what it has since some time: which time is it there?"""
        if self._http.compares and self._http.ahead is None:
            with _understood():
                await self._account.calls.list_async(limit=1, page_size=1)

    def _off(self) -> int:
        """By how much (µs) our clock is off the carrier's, where it is worth a word."""
        ahead = self._http.ahead or 0
        return ahead if abs(ahead) > _SAME_TIME else 0

    def _by_its_clock(self, time: int) -> int:
        """A time of ours as the carrier's clock had it; two seconds before, as that is learnt by the second."""
        off = self._off()
        return time - off - 2 * _SECOND if off else time

    def _inline(self, answer: Answer) -> str:
        document = self._renderer.render(answer)
        if len(document) > MOST_INLINE_CHARACTERS:
            raise CarrierTrouble("answer_too_long", retry=False)
        return document


def _address(to: Reach) -> str:
    scheme = {"sip": "sip:", "client": "client:"}.get(to.kind, "")
    return to.address if to.address.startswith(scheme) else scheme + to.address


def _on(channel: str, address: str) -> str:
    """An address as its channel has it."""
    scheme = "" if channel == "sms" else f"{channel}:"
    return address if address.startswith(scheme) else scheme + address


def _writable(body: str) -> str:
    """As given, but for halves of letters, which cannot be sent: two that belong together are joined."""
    return body.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _created(text: MessageInstance) -> int:
    created: datetime | None = text.date_created or text.date_sent
    return int(created.timestamp()) * _SECOND if created else 0


def _seen(call: CallInstance) -> CallSeen:
    return CallSeen(_sid(call.sid), _STATES[str(call.status)])


def _sid(sid: str | None) -> str:
    if not sid:
        raise ValueError
    return sid


def _micros(call: CallInstance) -> int:
    created: datetime | None = call.date_created or call.start_time
    return int(created.timestamp()) * _SECOND if created else 0


@contextmanager
def _understood(*, unknown: bool = False) -> Iterator[None]:
    """Raises `CarrierTrouble` when Twilio answered, and not as its interface says."""
    try:
        yield
    except (TwilioException, ValueError, TypeError, LookupError, AttributeError):
        raise CarrierTrouble("carrier_unreadable", retry=True, unknown=unknown) from None
