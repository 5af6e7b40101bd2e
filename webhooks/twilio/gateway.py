"""What we ask of Twilio, through its own library."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from webhooks.answers import Answer
from webhooks.events import CallState
from webhooks.ports import CallGone, CallSeen, CarrierTrouble, Reach, Renderer
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.http_client import TWILIO, CarrierHttp
from webhooks.twilio.twiml import MOST_INLINE_CHARACTERS

MOST_RECORDING_BYTES = 16 * 1024 * 1024
CALLS_LOOKED_AT = 20

_SECOND = 1_000_000
_STATES = {**{str(state): state for state in CallState}, "in-progress": CallState.ANSWERED}


@asynccontextmanager
async def open_carrier(
    edge: TwilioEdge, renderer: Renderer, *, base_url: str = TWILIO, timeout_s: float = 10.0
) -> AsyncIterator["TwilioCarrier"]:
    """The carrier on a session of its own, which keeps no cookies and closes at the end."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        http = CarrierHttp(session, edge.account_sid, edge.auth_tokens, base_url, timeout_s)
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

    async def find_call(self, to: Reach, caller_id: str, since: int) -> CallSeen | None:
        # Not filtered by start time at Twilio: it counts in days, and a call that does not ring yet has none.
        with _understood():
            calls = await self._account.calls.list_async(
                to=_address(to), from_=caller_id, limit=CALLS_LOOKED_AT, page_size=CALLS_LOOKED_AT
            )
            made = [(_micros(call), call) for call in calls]
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
            rooms = await self._account.conferences.list_async(friendly_name=room, status="in-progress", limit=1)
            if not rooms:
                raise CallGone
            leg = self._account.conferences(rooms[0].sid).participants(call_id)
            await leg.update_async(end_conference_on_exit=False)

    async def fetch_recording(self, recording_id: str) -> bytes:
        path = f"/2010-04-01/Accounts/{self._edge.account_sid}/Recordings/{recording_id}.wav"
        return await self._http.download(path, MOST_RECORDING_BYTES)

    async def delete_recording(self, recording_id: str) -> None:
        with _understood(unknown=True):
            await self._account.recordings(recording_id).delete_async()

    async def delete_call(self, call_id: str) -> None:
        with _understood(unknown=True):
            await self._account.calls(call_id).delete_async()

    def _inline(self, answer: Answer) -> str:
        document = self._renderer.render(answer)
        if len(document) > MOST_INLINE_CHARACTERS:
            raise CarrierTrouble("answer_too_long", retry=False)
        return document


def _address(to: Reach) -> str:
    scheme = {"sip": "sip:", "client": "client:"}.get(to.kind, "")
    return to.address if to.address.startswith(scheme) else scheme + to.address


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
