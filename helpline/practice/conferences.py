"""Conferences: rooms by name, who sits in them, who hears whom, and what the helpline is told of it.

Source of the rules: Twilio's pages on the Conference noun and the Participant resource.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from helpline.practice.calls import COMPLETED as CALL_COMPLETED
from helpline.practice.calls import Call, Caption
from helpline.practice.forms import rfc2822
from helpline.practice.timing import Bell
from helpline.practice.twiml import Callback, Conference, TwimlError

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

INIT, IN_PROGRESS, COMPLETED = "init", "in-progress", "completed"

HUNG_UP = "participant_hung_up"
MOVED = "participant_updated_via_api"
ADD_FAILED = "participant_add_failed"
MODERATOR_ENDED = "moderator_ended_conference"
ENDED_BY_API = "conference_ended_via_api"

NOBODY_TO_COACH = 13240


@dataclass(slots=True, eq=False)
class Seat:
    """A participant: a call that is in a room, or is being called for it. `left` holds why it left.

    `coaches` is the sid of the call that alone hears this one; after it has left, nobody does.
    """

    room: Room
    call: Call
    label: str | None
    start_on_enter: bool
    end_on_exit: bool
    muted: bool
    wait: tuple[str, str] | None
    created: datetime
    joined: bool = False
    hold: tuple[str, str] | None = None
    coaches: str | None = None
    updated: datetime | None = None
    left: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    bell: Bell = field(default_factory=Bell)

    def sound(self) -> tuple[str, str] | None:
        """What plays to this one alone, as (url, method); an empty url is the carrier's music. None: the room."""
        if self.hold is not None:
            return self.hold
        return self.wait if self.room.status == INIT else None

    def hears(self, other: Seat) -> bool:
        """Whether this participant hears the other."""
        talk = self.room.status == IN_PROGRESS and self is not other and self.joined and other.joined
        whispered = other.coaches not in (None, self.call.sid)
        return talk and self.hold is None and other.hold is None and not other.muted and not whispered

    def listeners(self) -> list[Call]:
        """Who hears this participant."""
        return [seat.call for seat in self.room.seats if seat.hears(self)]

    def status(self) -> str:
        """As the REST resource says it."""
        if self.joined:
            return "connected"
        return {"queued": "queued", "ringing": "ringing"}.get(self.call.status, "connecting")


@dataclass(slots=True, eq=False)
class Room:
    """A conference. The first who opens it sets whom its events are told to."""

    sid: str
    name: str
    created: datetime
    callback: Callback | None
    base_url: str | None
    status: str = INIT
    seats: list[Seat] = field(default_factory=list)
    sequence: int = 0
    updated: datetime | None = None
    reason_ended: str | None = None
    call_ending: str | None = None

    def seats_call(self, sid: str) -> bool:
        """Whether that call is in the room."""
        return any(seat.joined and seat.call.sid == sid for seat in self.seats)

    @property
    def participants(self) -> dict[str, Seat]:
        """Those who are in the room, by label, or by the call's sid where there is none."""
        return {seat.label or seat.call.sid: seat for seat in self.seats if seat.joined}

    @property
    def who_hears_whom(self) -> dict[str, set[str]]:
        """For each participant, whom it hears."""
        people = self.participants
        return {name: {other for other, who in people.items() if seat.hears(who)} for name, seat in people.items()}


class Conferences:
    """All rooms, live and past."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.rooms: list[Room] = []

    def __iter__(self) -> Iterator[Room]:
        return iter([room for room in self.rooms if room.status != COMPLETED])

    @property
    def names(self) -> list[str]:
        """The names of the rooms that are open."""
        return [room.name for room in self.rooms if room.status != COMPLETED]

    def __getitem__(self, name: str) -> Room:
        """The open room of that name. Raises KeyError."""
        room = self.open_by_name(name)
        if room is None:
            raise KeyError(name)
        return room

    def open_by_name(self, name: str) -> Room | None:
        """The open room of that name, or None."""
        return next(
            (room for room in self.rooms if room.name == name and room.status != COMPLETED),
            None,
        )

    def by_sid(self, sid: str) -> Room | None:
        """The room, open or past, or None."""
        return next((room for room in self.rooms if room.sid == sid), None)

    def reserve(self, call: Call, noun: Conference, base_url: str | None, code: int = 16025) -> Seat:
        """Give a call a place in the room, opening the room if there is none.

        Raises TwimlError (`code`; 16020 where it is full, 13240 where the coached is not in it).
        """
        room = self.open_by_name(noun.name)
        if room is not None:
            if noun.label is not None and any(seat.label == noun.label for seat in room.seats):
                raise TwimlError(
                    code,
                    "Conference: the participant label is in use by another participant",
                )
            if len(room.seats) >= noun.max_participants:
                raise TwimlError(16020, "Conference: the room is full")
        if noun.coach is not None and (room is None or not room.seats_call(noun.coach)):
            raise TwimlError(NOBODY_TO_COACH, "Conference: the participant to be coached is not in it")
        now = self._switch.clock.now()
        if room is None:
            sid = self._switch.sids.new("CF")
            room = Room(sid, noun.name, now, noun.callback, base_url, updated=now)
            self.rooms.append(room)
        wait = ("", "GET") if noun.wait_url is None else (noun.wait_url, noun.wait_method) if noun.wait_url else None
        seat = Seat(
            room,
            call,
            noun.label,
            noun.start_on_enter,
            noun.end_on_exit,
            noun.muted,
            wait,
            now,
            coaches=noun.coach,
            updated=now,
        )
        room.seats.append(seat)
        return seat

    def join(self, seat: Seat, beep: str) -> None:
        """The call is answered and enters; the room starts with the second, if one of them may start it."""
        room = seat.room
        seat.joined = True
        seat.call.seat = seat
        seat.call.note(f"enters the conference {room.name}")
        self._tell(room, "join", "participant-join", seat)
        present = [one for one in room.seats if one.joined]
        if room.status == INIT and len(present) > 1 and any(one.start_on_enter for one in present):
            room.status = IN_PROGRESS
            self._tell(room, "start", "conference-start")
        if beep in ("true", "onEnter"):
            for other in seat.listeners():
                other.hear(Caption("beep", "(beep)"))
        self._ring(room)

    def leave(self, seat: Seat, reason: str, *, kicked: bool = False) -> None:
        """A call goes out of its room, or was never reached. May end the room."""
        room = seat.room
        if seat not in room.seats:
            return
        self._remove(seat, reason)
        if seat.joined and seat.end_on_exit:
            verb = "kicked" if kicked else "left"
            self.end(
                room,
                f"participant-with-end-conference-on-exit-{verb}",
                MODERATOR_ENDED,
                seat,
            )
        elif not room.seats:
            self.end(
                room,
                f"last-participant-{'kicked' if kicked else 'left'}",
                MODERATOR_ENDED,
                seat,
            )
        self._ring(room)

    def end(self, room: Room, reason: str, reason_left: str, by: Seat | None = None) -> None:
        """Everyone goes out; each call goes on with what comes after its Dial."""
        if room.status == COMPLETED:
            return
        room.status = COMPLETED
        room.reason_ended = reason
        room.call_ending = by.call.sid if by else None
        for seat in list(room.seats):
            self._remove(seat, reason_left)
            if not seat.joined:
                seat.call.hang_up()
        extra = [
            ("ReasonConferenceEnded", reason),
            ("Reason", "The conference has ended"),
        ]
        if by is not None:
            extra.append(("CallSidEndingConference", by.call.sid))
            extra += [("ParticipantLabelEndingConference", by.label)] if by.label else []
        self._tell(room, "end", "conference-end", None, extra)
        self._ring(room)

    def modify(self, seat: Seat, event: str, name: str) -> None:
        """Tell that a participant was changed, and let everyone hear accordingly."""
        seat.updated = self._switch.clock.now()
        self._tell(seat.room, event, name, seat)
        self._ring(seat.room)

    def _remove(self, seat: Seat, reason: str) -> None:
        seat.room.seats.remove(seat)
        status = seat.call.status
        if reason == HUNG_UP and status == "in-progress":
            status = CALL_COMPLETED
        if seat.call.seat is seat:
            seat.call.seat = None
            if seat.joined:
                seat.call.note("leaves the conference")
        extra = [("ReasonParticipantLeft", reason), ("ParticipantCallStatus", status)]
        self._tell(seat.room, "leave", "participant-leave", seat, extra)
        if not seat.left.done():
            seat.left.set_result(reason)

    def _ring(self, room: Room) -> None:
        room.updated = self._switch.clock.now()
        for seat in room.seats:
            seat.bell.ring()
            seat.call.changed()

    def _tell(
        self,
        room: Room,
        event: str,
        name: str,
        seat: Seat | None = None,
        extra: list[tuple[str, str]] | None = None,
    ) -> None:
        if room.callback is None or event not in room.callback.events:
            return
        room.sequence += 1
        form = [
            ("ConferenceSid", room.sid),
            ("FriendlyName", room.name),
            ("AccountSid", self._switch.account_sid),
            ("SequenceNumber", str(room.sequence)),
            ("Timestamp", rfc2822(self._switch.clock.now())),
            ("StatusCallbackEvent", name),
        ]
        if seat is not None:
            form += [
                ("CallSid", seat.call.sid),
                ("Muted", str(seat.muted).lower()),
                ("Hold", str(seat.hold is not None).lower()),
                ("Coaching", str(seat.coaches is not None).lower()),
                ("EndConferenceOnExit", str(seat.end_on_exit).lower()),
                ("StartConferenceOnEnter", str(seat.start_on_enter).lower()),
            ]
            form += [("ParticipantLabel", seat.label)] if seat.label else []
        callback = room.callback
        url = self._switch.absolute(callback.url, room.base_url)
        self._switch.courier.tell(room.sid, "conference", url, callback.method, form + (extra or []))
