"""From Twilio's verified forms to events. Pure.

An id, state or number that is not of its form raises `Unacceptable` (400); a call to an address that is none of ours
raises it with 403. Of a caller only the number is taken: towns and postal codes are personal data.
"""

import re
from collections.abc import Mapping

from webhooks.events import (
    CallArrived,
    CallState,
    CallStatus,
    LegStep,
    RecordingReady,
    RoomChanged,
    TextArrived,
    TextState,
    TextStatus,
)
from webhooks.ports import LineAt
from webhooks.refusal import Unacceptable
from webhooks.twilio.addresses import MOST_CHARACTERS, caller
from webhooks.twilio.form import Form

INBOUND = ("inbound", "trunking-originating")
"""Directions of a call that the other side began."""

MOST_STEPS = 1_000_000
MOST_LETTERS = 1_600
"""Of a text, in characters; the rest of a longer one is not kept."""
MOST_MEDIA = 99

_LEG = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_KEYS = re.compile(r"[0-9*#A-D]{1,64}")
_ROOM = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_SIDS = {kind: re.compile(f"(?:{kind})[0-9a-fA-F]{{32}}") for kind in ("CA", "CF", "RE", "SM|MM")}
_CHANNEL = re.compile(r"(?!sips?:|tel:)[a-z]+:", re.IGNORECASE)
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_ERROR = re.compile(r"[0-9]{1,10}")
_RECORDING_IN_URL = re.compile(r"/Recordings/(RE[0-9a-fA-F]{32})(?:\.[a-z0-9]+)?$")

_STATES: Mapping[str, CallState] = {**{str(state): state for state in CallState}, "in-progress": CallState.ANSWERED}
# A callback without a number comes where Twilio's own numbering would put it.
_USUAL_SEQUENCE = {CallState.QUEUED: 0, CallState.INITIATED: 0, CallState.RINGING: 1, CallState.ANSWERED: 2}
_LAST_SEQUENCE = 3
# Of a text of ours; those of a text to us are none. Source: Twilio, "Message status values".
TEXT_STATES: Mapping[str, TextState] = {
    "accepted": TextState.QUEUED,
    "scheduled": TextState.QUEUED,
    "queued": TextState.QUEUED,
    "sending": TextState.QUEUED,
    "sent": TextState.SENT,
    "partially_delivered": TextState.SENT,
    "delivered": TextState.DELIVERED,
    "read": TextState.DELIVERED,
    "undelivered": TextState.FAILED,
    "failed": TextState.FAILED,
    "canceled": TextState.FAILED,
}
_STATES_OF_TEXTS_TO_US = ("receiving", "received")
_ROOM_EVENTS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
}


def call_arrived(form: Form, line_at: LineAt) -> CallArrived:
    """The first request of a call to one of our lines."""
    call_id = _sid(form, "CallSid", "CA")
    found = line_dialled(form, line_at)
    if found is None:
        raise Unacceptable(403, "address")
    line, address = found
    return CallArrived(call_id, address, line, caller(_one(form, "From")))


def line_dialled(form: Form, line_at: LineAt) -> tuple[str, str] | None:
    """The line that an inbound call went to, and its address as configured."""
    dialled = _one(form, "To")
    return line_at(dialled) if 0 < len(dialled) <= MOST_CHARACTERS else None


def inbound(form: Form) -> bool:
    """Whether it was the other side that called."""
    return _one(form, "Direction") in INBOUND


def leg_step(form: Form, leg: str, step: str, left: str) -> LegStep:
    """A follow-up of a call; ``leg``, ``step`` and ``left`` are from the address that we gave."""
    keys = _one(form, "Digits")
    hung_up = keys == "hangup"
    if keys and not hung_up and not _KEYS.fullmatch(keys):
        raise Unacceptable(400, "keys")
    return LegStep(
        call_id=_sid(form, "CallSid", "CA"),
        leg_id=leg_id(leg),
        step=_step(step),
        keys=None if hung_up or not keys else keys,
        recording=_recording(form),
        recorded_s=_number(form, "RecordingDuration") or 0,
        left_room=left == "1",
        over=hung_up or ("CallStatus" in form and _state(form).over),
    )


def call_status(form: Form, leg: str | None) -> CallStatus:
    """A status callback; ``leg`` is from the address when we placed the call."""
    state = _state(form)
    sequence = _number(form, "SequenceNumber")
    return CallStatus(
        call_id=_sid(form, "CallSid", "CA"),
        leg_id=None if leg is None else leg_id(leg),
        state=state,
        sequence=_USUAL_SEQUENCE.get(state, _LAST_SEQUENCE) if sequence is None else sequence,
        duration_s=_number(form, "CallDuration"),
    )


def room_changed(form: Form) -> RoomChanged | None:
    """A conference's callback; None for the kinds that we did not ask for."""
    what = _ROOM_EVENTS.get(_one(form, "StatusCallbackEvent"))
    if what is None:
        if not _one(form, "StatusCallbackEvent"):
            raise Unacceptable(400, "room_event")
        return None
    room = _one(form, "FriendlyName")
    sequence = _number(form, "SequenceNumber")
    if not _ROOM.fullmatch(room):
        raise Unacceptable(400, "room")
    if sequence is None:
        raise Unacceptable(400, "sequence")
    label = _one(form, "ParticipantLabel")
    return RoomChanged(
        conference_id=_sid(form, "ConferenceSid", "CF"),
        room=room,
        what=what,
        call_id=_sid(form, "CallSid", "CA") if _one(form, "CallSid") else None,
        label=leg_id(label) if label else None,
        sequence=sequence,
    )


def recording_ready(form: Form) -> RecordingReady | None:
    """A recording's callback; None when there is nothing to fetch (absent, failed, still going on)."""
    state = _one(form, "RecordingStatus")
    if state and state != "completed":
        return None
    return RecordingReady(
        call_id=_sid(form, "CallSid", "CA"),
        recording_id=_sid(form, "RecordingSid", "RE"),
        seconds=_number(form, "RecordingDuration") or 0,
    )


def text_arrived(form: Form, line_at: LineAt) -> TextArrived:
    """A text to one of our lines. What cannot be kept of it is replaced or cut, and it is taken all the same."""
    channel, dialled = _channel(_one(form, "To"))
    found = line_at(dialled) if 0 < len(dialled) <= MOST_CHARACTERS else None
    if found is None:
        raise Unacceptable(403, "address")
    line, address = found
    sender = _one(form, "From")
    return text_of(
        message_id=_message_id(form),
        channel=channel,
        line=line,
        address=address,
        sender=sender[_start(sender) :],
        body=_one(form, "Body"),
        media=_media(form),
    )


def text_of(
    *, message_id: str, channel: str, line: str, address: str, sender: str, body: str, media: int
) -> TextArrived:
    """The event of a text, whether it was posted to us or listed."""
    kept = _UNKEEPABLE.sub("\ufffd", body[:MOST_LETTERS])
    return TextArrived(message_id, channel, address, line, caller(sender), kept, len(body) > MOST_LETTERS, media)


def text_status(form: Form, text_id: str | None, part: str | None) -> TextStatus | None:
    """How far a text of ours has come; None for a state that says nothing of that.

    ``text_id`` and ``part`` are from the address that we gave.
    """
    said = _one(form, "MessageStatus") or _one(form, "SmsStatus")
    if said in _STATES_OF_TEXTS_TO_US:
        return None
    state = TEXT_STATES.get(said)
    if state is None:
        raise Unacceptable(400, "text_state")
    error = _one(form, "ErrorCode")
    return TextStatus(
        message_id=_message_id(form),
        state=state,
        error=error if state is TextState.FAILED and _ERROR.fullmatch(error) else None,
        text_id=None if text_id is None else leg_id(text_id),
        part=None if part is None else _step(part),
    )


def _channel(address: str) -> tuple[str, str]:
    """``whatsapp:+260...`` is WhatsApp, a bare number SMS; the channels that we do not speak are refused."""
    start = _start(address)
    name = address[: start - 1].lower() if start else "sms"
    if name not in ("sms", "whatsapp"):
        raise Unacceptable(400, "channel")
    return name, address[start:]


def _start(address: str) -> int:
    """Where an address begins behind the name of its channel; the schemes of telephones are none."""
    found = _CHANNEL.match(address)
    return found.end() if found else 0


def _message_id(form: Form) -> str:
    """Older callbacks give the id of a text by another name only."""
    return _sid(form, "MessageSid" if "MessageSid" in form else "SmsSid", "SM|MM")


def _media(form: Form) -> int:
    """How many attachments; a place that was shared is one. A count that makes no sense loses no text."""
    count = _one(form, "NumMedia")
    shared = 1 if _one(form, "Latitude") else 0
    return min(int(count) if _WHOLE.fullmatch(count) else 0, MOST_MEDIA) + shared


def leg_id(text: str) -> str:
    """An id of ours that came back."""
    if not _LEG.fullmatch(text):
        raise Unacceptable(400, "leg")
    return text


def retries_so_far(text: str) -> int:
    """How often a caller was already asked to wait for us, from the address that we gave."""
    return int(text) if _WHOLE.fullmatch(text) else 0


def _one(form: Form, name: str) -> str:
    """The only value of a field; empty when it is missing."""
    values = set(form.getall(name, ()))
    if len(values) > 1:
        raise Unacceptable(400, "field_repeated")
    return values.pop() if values else ""


def _sid(form: Form, name: str, kind: str) -> str:
    value = _one(form, name)
    if not _SIDS[kind].fullmatch(value):
        raise Unacceptable(400, "id_malformed" if value else "id_missing")
    return value


def _state(form: Form) -> CallState:
    state = _STATES.get(_one(form, "CallStatus"))
    if state is None:
        raise Unacceptable(400, "call_state")
    return state


def _number(form: Form, name: str) -> int | None:
    value = _one(form, name)
    if not value or value == "-1":  # Twilio's "not known" of a duration
        return None
    if not _WHOLE.fullmatch(value):
        raise Unacceptable(400, "number")
    return int(value)


def _step(text: str) -> int:
    if not _WHOLE.fullmatch(text) or int(text) > MOST_STEPS:
        raise Unacceptable(400, "step")
    return int(text)


def _recording(form: Form) -> str | None:
    """Twilio names the recording of a Record in its address, and not always by its id."""
    if _one(form, "RecordingSid"):
        return _sid(form, "RecordingSid", "RE")
    found = _RECORDING_IN_URL.search(_one(form, "RecordingUrl"))
    return found[1] if found else None
