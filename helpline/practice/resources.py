"""What the REST interface speaks: parameters in, Twilio's JSON shapes and errors out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from aiohttp import web
from multidict import MultiMapping

from helpline.practice.attributes import address
from helpline.practice.calls import COMPLETED, Call
from helpline.practice.conferences import Room, Seat
from helpline.practice.forms import API_VERSION, rfc2822
from helpline.practice.messages import WHATSAPP, Message, channel_of, parts
from helpline.practice.sounds import Recording
from helpline.practice.twiml import Callback

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

T = TypeVar("T")
Json = dict[str, Any]


class RestError(Exception):
    """A REST request that is refused, with Twilio's code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self, headers: Mapping[str, str] | None = None) -> web.Response:
        """Twilio's error shape."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": more,
            "status": self.status,
        }
        return web.json_response(body, status=self.status, headers=headers)


def not_found(path: str) -> RestError:
    """The resource is not there, or was deleted."""
    return RestError(404, 20404, f"The requested resource {path} was not found")


class Params:
    """The parameters of a request. One that the practice carrier does not know is refused."""

    def __init__(self, values: MultiMapping[Any], known: str) -> None:
        unknown = sorted(set(values) - set(known.split()))
        if unknown:
            raise RestError(400, 20001, f"The practice carrier does not know {', '.join(unknown)}")
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str | None:
        """One value, or None where it is missing or empty."""
        value = self._values.get(name)
        return str(value) if value else None

    def all(self, name: str) -> frozenset[str]:
        """All values of a name, also several in one."""
        return frozenset(word for value in self._values.getall(name, []) for word in str(value).split())

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self.text(name)
        if value is None:
            return default
        if value.lower() not in ("true", "false"):
            raise RestError(400, 20001, f"{name} must be true or false")
        return value.lower() == "true"

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit() or not least <= int(value) <= most:
            raise RestError(400, 20001, f"{name} must be a whole number from {least} to {most}")
        return int(value)

    def url(self, name: str, code: int = 21205) -> str | None:
        """An absolute address."""
        value = self.text(name)
        if value is not None and not re.match(r"https?://[^\s]+$", value):
            raise RestError(400, code, f"{name} is not a valid URL")
        return value

    def method(self, name: str, default: str = "POST") -> str:
        """GET or POST."""
        value = self.text(name) or default
        if value not in ("GET", "POST"):
            raise RestError(400, 20001, f"{name} must be GET or POST")
        return value

    def callback(self, name: str, allowed: frozenset[str], default: frozenset[str]) -> Callback | None:
        """A status callback: its URL, method and events."""
        url = self.url(name)
        events = self.all(f"{name}Event")
        if events - allowed:
            raise RestError(400, 21626, f"{name}Event holds {sorted(events - allowed)}")
        return Callback(url, self.method(f"{name}Method"), events or default) if url else None

    def parties(self, switch: Switch) -> tuple[str, str]:
        """From (ours) and To (any address that can be called)."""
        from_, to = self._both()
        if address(to) is None and not (to.startswith("+") and switch.is_ours(to)):
            raise RestError(400, 21211, "Invalid 'To' Phone Number")
        if not switch.is_ours(from_):
            raise RestError(400, 21210, "'From' phone number not verified")
        if from_ == to:
            raise RestError(400, 21211, "'To' and 'From' are the same number")
        return from_, to

    def text_parties(self, switch: Switch) -> tuple[str, str]:
        """From (ours) and To of a text: two numbers, or two on WhatsApp."""
        from_, to = self._both()
        (channel, ours), (other, theirs) = channel_of(from_), channel_of(to)
        if address(theirs) != theirs or not theirs.startswith("+"):
            raise RestError(400, 21211, "Invalid 'To' Phone Number")
        if channel != other:
            raise RestError(400, 21910, "'From' and 'To' must be of the same channel")
        if not switch.is_ours(ours) or (channel == WHATSAPP and not ours.startswith("+")):
            raise RestError(400, 63007 if channel == WHATSAPP else 21210, "'From' is no sender of this account")
        return from_, to

    def _both(self) -> tuple[str, str]:
        to, from_ = self.text("To"), self.text("From")
        if to is None:
            raise RestError(400, 21201, "No 'To' number is specified")
        if from_ is None:
            raise RestError(400, 21213, "'From' is required")
        return from_, to


# Shapes


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else rfc2822(moment)


def _uri(account_sid: str, path: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}/{path}.json"


def call_shape(call: Call) -> Json:
    """A call."""
    path = f"Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": call.account_sid,
        "annotation": None,
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": _date(call.created),
        "date_updated": _date(call.updated),
        "direction": call.direction,
        "duration": None if call.seconds is None else str(call.seconds),
        "end_time": _date(call.ended),
        "forwarded_from": None,
        "from": call.from_,
        "from_formatted": call.from_,
        "group_sid": None,
        "parent_call_sid": call.parent_sid,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "start_time": _date(call.started),
        "status": call.status,
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": _uri(call.account_sid, path),
        "subresource_uris": {"recordings": _uri(call.account_sid, f"{path}/Recordings")},
    }


def room_shape(room: Room, account_sid: str) -> Json:
    """A conference."""
    path = f"Conferences/{room.sid}"
    return {
        "sid": room.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid_ending_conference": room.call_ending,
        "date_created": _date(room.created),
        "date_updated": _date(room.updated),
        "friendly_name": room.name,
        "reason_conference_ended": room.reason_ended,
        "region": "us1",
        "status": room.status,
        "uri": _uri(account_sid, path),
        "subresource_uris": {"participants": _uri(account_sid, f"{path}/Participants")},
    }


def seat_shape(seat: Seat, account_sid: str) -> Json:
    """A participant."""
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": seat.call.sid,
        "call_sid_to_coach": seat.coaches,
        "coaching": seat.coaches is not None,
        "conference_sid": seat.room.sid,
        "date_created": _date(seat.created),
        "date_updated": _date(seat.updated),
        "end_conference_on_exit": seat.end_on_exit,
        "hold": seat.hold is not None,
        "label": seat.label,
        "muted": seat.muted,
        "queue_time": "0",
        "start_conference_on_enter": seat.start_on_enter,
        "status": seat.status(),
        "uri": _uri(account_sid, f"Conferences/{seat.room.sid}/Participants/{seat.call.sid}"),
    }


_TEXT_ERRORS = {
    30003: "Unreachable destination handset",
    63016: "Failed to send freeform message because you are outside the allowed window",
    63024: "Invalid message recipient",
}


def message_shape(message: Message, account_sid: str) -> Json:
    """A text message."""
    return {
        "sid": message.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": _date(message.created),
        "date_sent": _date(message.sent),
        "date_updated": _date(message.updated),
        "direction": message.direction,
        "error_code": message.error,
        "error_message": _TEXT_ERRORS[message.error] if message.error else None,
        "from": message.from_,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(parts(message.body)),
        "price": None,
        "price_unit": "USD",
        "status": message.status,
        "to": message.to,
        "uri": _uri(account_sid, f"Messages/{message.sid}"),
        "subresource_uris": {},
    }


def recording_shape(recording: Recording, account_sid: str, media_url: str) -> Json:
    """A recording."""
    return {
        "sid": recording.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "channels": 1,
        "date_created": _date(recording.created),
        "date_updated": _date(recording.created),
        "start_time": _date(recording.created),
        "duration": str(recording.seconds),
        "encryption_details": None,
        "error_code": None,
        "media_url": media_url,
        "price": None,
        "price_unit": "USD",
        "source": "RecordVerb",
        "status": COMPLETED,
        "uri": _uri(account_sid, f"Recordings/{recording.sid}"),
        "subresource_uris": {},
    }


# Lists

PAGING = "PageSize Page PageToken"


def within(params: Params, name: str, moment: datetime | None) -> bool:
    """Whether a moment passes the filters `Name`, `Name<` and `Name>`: a day, or an exact time to a second."""
    for suffix in ("", "<", ">"):
        text = params.text(f"{name}{suffix}")
        if text is None:
            continue
        if moment is None:
            return False
        try:
            asked = datetime.fromisoformat(text)
        except ValueError as problem:
            raise RestError(400, 20001, f"{name} is not a date") from problem
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        length = timedelta(days=1) if len(text) == 10 else timedelta(seconds=1)
        if suffix == "" and not asked <= moment < asked + length:
            return False
        if suffix == "<" and moment >= asked + length:
            return False
        if suffix == ">" and moment < asked:
            return False
    return True


def page(request: web.Request, key: str, found: Sequence[T], shape: Callable[[T], Json]) -> web.Response:
    """A page of a list, as Twilio shapes it."""
    query = request.query
    size = min(1000, max(1, int(query.get("PageSize", "50")))) if query.get("PageSize", "50").isdigit() else 50
    number = int(query["Page"]) if query.get("Page", "").isdigit() else 0
    start = number * size

    def uri(to: int) -> str:
        rest = {name: value for name, value in query.items() if name not in PAGING.split()}
        return f"{quote(request.path)}?{urlencode({**rest, 'PageSize': size, 'Page': to})}"

    shown = found[start : start + size]
    body = {
        key: [shape(one) for one in shown],
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(0, start + len(shown) - 1),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1) if start + size < len(found) else None,
        "previous_page_uri": uri(number - 1) if number else None,
    }
    return web.json_response(body)
