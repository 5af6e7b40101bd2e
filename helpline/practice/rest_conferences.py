"""The REST interface: conferences and their participants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler

from helpline.practice.attributes import CALL_EVENTS, ROOM_EVENTS, label
from helpline.practice.conferences import COMPLETED, ENDED_BY_API, MOVED, Room, Seat
from helpline.practice.resources import (
    PAGING,
    Json,
    Params,
    RestError,
    not_found,
    page,
    room_shape,
    seat_shape,
    within,
)
from helpline.practice.speech import announce
from helpline.practice.twiml import Conference, Dial, Document, TwimlError

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

_PREFIX = "/2010-04-01/Accounts/{account}/Conferences"
_CREATE = (
    "From To Label Timeout Beep Muted StartConferenceOnEnter EndConferenceOnExit EarlyMedia MaxParticipants "
    "WaitUrl WaitMethod StatusCallback StatusCallbackMethod StatusCallbackEvent ConferenceStatusCallback "
    "ConferenceStatusCallbackMethod ConferenceStatusCallbackEvent MachineDetection"
)
_UPDATE = "Muted Hold HoldUrl HoldMethod EndConferenceOnExit Coaching CallSidToCoach"


class ConferenceResources:
    """Conferences and participants."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    def table(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each route."""
        room = _PREFIX + "/{room}"
        return [
            ("GET", _PREFIX + ".json", self.list_rooms),
            ("GET", _PREFIX + "/{room:CF[0-9a-f]{32}}.json", self.fetch_room),
            ("POST", _PREFIX + "/{room:CF[0-9a-f]{32}}.json", self.update_room),
            ("GET", room + "/Participants.json", self.list_seats),
            ("POST", room + "/Participants.json", self.create_seat),
            ("GET", room + "/Participants/{seat}.json", self.fetch_seat),
            ("POST", room + "/Participants/{seat}.json", self.update_seat),
            ("DELETE", room + "/Participants/{seat}.json", self.delete_seat),
        ]

    def _room(self, request: web.Request, *, live: bool = False) -> Room:
        key = request.match_info["room"]
        room = self._switch.conferences.by_sid(key) or self._switch.conferences.open_by_name(key)
        if room is None or (live and room.status == COMPLETED):
            raise not_found(request.path)
        return room

    def _seat(self, request: web.Request) -> Seat:
        key = request.match_info["seat"]
        for seat in self._room(request, live=True).seats:
            if key in (seat.call.sid, seat.label):
                return seat
        raise not_found(request.path)

    async def list_rooms(self, request: web.Request) -> web.Response:
        """Conferences, the newest first."""
        dates = " ".join(f"{name}{suffix}" for name in ("DateCreated", "DateUpdated") for suffix in ("", "<", ">"))
        params = Params(request.query, f"FriendlyName Status {dates} {PAGING}")
        found = [
            room
            for room in reversed(self._switch.conferences.rooms)
            if params.text("FriendlyName") in (None, room.name)
            and params.text("Status") in (None, room.status)
            and within(params, "DateCreated", room.created)
            and within(params, "DateUpdated", room.updated)
        ]
        return page(request, "conferences", found, self._room_shape)

    def _room_shape(self, room: Room) -> Json:
        return room_shape(room, self._switch.account_sid)

    async def fetch_room(self, request: web.Request) -> web.Response:
        """One conference, open or past."""
        return web.json_response(self._room_shape(self._room(request)))

    async def update_room(self, request: web.Request) -> web.Response:
        """End a conference for everyone, or let everyone in it hear something once."""
        room = self._room(request)
        params = Params(await request.post(), "Status AnnounceUrl AnnounceMethod")
        url = params.url("AnnounceUrl")
        if url is not None and room.status != COMPLETED:
            self._switch.spawn(announce(self._switch, room, url, params.method("AnnounceMethod")))
            return web.json_response(self._room_shape(room))
        if params.text("Status") != "completed":
            raise RestError(400, 20001, "Status must be completed")
        self._switch.conferences.end(room, "conference-ended-via-api", ENDED_BY_API)
        return web.json_response(self._room_shape(room))

    async def list_seats(self, request: web.Request) -> web.Response:
        """Those who are in an open conference or are being called for it."""
        params = Params(request.query, f"Muted Hold Coaching {PAGING}")
        room = self._room(request)
        found = [
            seat
            for seat in room.seats
            if seat.muted == params.flag("Muted", seat.muted)
            and (seat.hold is not None) == params.flag("Hold", seat.hold is not None)
            and (seat.coaches is not None) == params.flag("Coaching", seat.coaches is not None)
        ]
        return page(request, "participants", found, self._seat_shape)

    def _seat_shape(self, seat: Seat) -> Json:
        return seat_shape(seat, self._switch.account_sid)

    async def create_seat(self, request: web.Request) -> web.Response:
        """Call somebody into a conference; one that is named and not open is opened."""
        switch = self._switch
        params = Params(await request.post(), _CREATE)
        from_, to = params.parties(switch)
        key = request.match_info["room"]
        room = switch.conferences.by_sid(key)
        if room is not None and room.status == COMPLETED:
            raise not_found(request.path)
        noun = self._noun(params, room.name if room else key)
        timeout = params.whole("Timeout", 60, 5, 600)
        callback = params.callback("StatusCallback", CALL_EVENTS, frozenset({"completed"}))
        existing = switch.conferences.open_by_name(noun.name)
        if existing is not None and any(noun.label is not None and one.label == noun.label for one in existing.seats):
            raise RestError(400, 16026, "Participant label is in use by another participant")
        call = switch.new_call(from_, to, "outbound-api", to)
        call.callback = callback
        try:
            call.seat = switch.conferences.reserve(call, noun, None, 16026)
        except TwimlError as problem:
            del switch.calls[call.sid]
            raise RestError(400, problem.code, problem.message) from problem
        shape = self._seat_shape(call.seat)
        document = Document((Dial((), noun),), None)
        switch.outgoing(call, document, timeout, params.text("MachineDetection") is not None)
        return web.json_response(shape, status=201)

    def _noun(self, params: Params, name: str) -> Conference:
        try:
            tag = params.text("Label")
            tag = label(tag, 16024) if tag is not None else None
        except TwimlError as problem:
            raise RestError(400, problem.code, problem.message) from problem
        wait = params.url("WaitUrl")
        if wait is None and "WaitUrl" in params:
            wait = ""
        return Conference(
            name,
            params.flag("StartConferenceOnEnter", True),
            params.flag("EndConferenceOnExit", False),
            wait,
            params.method("WaitMethod"),
            params.callback("ConferenceStatusCallback", ROOM_EVENTS, frozenset({"start", "end"})),
            tag,
            params.text("Beep") or "true",
            params.flag("Muted", False),
            params.whole("MaxParticipants", 250, 2, 250),
        )

    async def fetch_seat(self, request: web.Request) -> web.Response:
        """One participant, by label or by the call's sid."""
        return web.json_response(self._seat_shape(self._seat(request)))

    async def update_seat(self, request: web.Request) -> web.Response:
        """Mute, hold, coach, or change whether the conference ends with this one."""
        seat = self._seat(request)
        params = Params(await request.post(), _UPDATE)
        rooms = self._switch.conferences
        muted = params.flag("Muted", seat.muted)
        if muted != seat.muted:
            seat.muted = muted
            rooms.modify(seat, "mute", "participant-mute" if muted else "participant-unmute")
        held = params.flag("Hold", seat.hold is not None)
        if held:
            changed = seat.hold is None
            seat.hold = (
                params.url("HoldUrl") or "",
                params.method("HoldMethod", "GET"),
            )
            if changed:
                rooms.modify(seat, "hold", "participant-hold")
        elif seat.hold is not None:
            seat.hold = None
            rooms.modify(seat, "hold", "participant-unhold")
        ends = params.flag("EndConferenceOnExit", seat.end_on_exit)
        if ends != seat.end_on_exit:
            seat.end_on_exit = ends
            rooms.modify(seat, "modify", "participant-modify")
        self._coach(seat, params)
        return web.json_response(self._seat_shape(seat))

    def _coach(self, seat: Seat, params: Params) -> None:
        named = params.text("CallSidToCoach")
        coaching = params.flag("Coaching", named is not None or seat.coaches is not None)
        whom = (named or seat.coaches) if coaching else None
        if coaching and whom is None:
            raise RestError(400, 20001, "CallSidToCoach must be given")
        if whom == seat.coaches:
            return
        if whom is not None and not seat.room.seats_call(whom):
            raise RestError(400, 16028, "The participant to be coached is not in the conference")
        seat.coaches = whom
        self._switch.conferences.modify(seat, "modify", "participant-modify")

    async def delete_seat(self, request: web.Request) -> web.Response:
        """Put somebody out; the call goes on with what comes after its Dial."""
        seat = self._seat(request)
        self._switch.conferences.leave(seat, MOVED, kicked=True)
        if not seat.joined:
            seat.call.hang_up()
        return web.Response(status=204)
