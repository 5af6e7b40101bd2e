"""The form fields of Twilio's requests about calls. Pure."""

from __future__ import annotations

import math
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpline.practice.calls import Call

Fields = list[tuple[str, str]]
API_VERSION = "2010-04-01"

# Invented places: the real carrier looks up where a number is registered, which is personal data.
_PLACES = {"+260": ("Lusaka", "Lusaka Province", "10101", "ZM")}


def rfc2822(moment: datetime) -> str:
    """A date as Twilio writes it, in UTC."""
    return format_datetime(moment.replace(microsecond=0))


def place(prefix: str, address: str) -> Fields:
    """City, state, postal code and country of an address; empty when the carrier does not know."""
    found = next(
        (where for code, where in _PLACES.items() if address.startswith(code)),
        ("", "", "", ""),
    )
    return [(f"{prefix}{name}", value) for name, value in zip(("City", "State", "Zip", "Country"), found, strict=True)]


def about(call: Call, status: str | None = None) -> Fields:
    """What every request about a call says."""
    fields = [
        ("AccountSid", call.account_sid),
        ("ApiVersion", API_VERSION),
        ("CallSid", call.sid),
        ("CallStatus", status or call.status),
        ("Direction", call.direction),
        ("From", call.from_),
        ("To", call.to),
        ("Caller", call.from_),
        ("Called", call.to),
    ]
    for prefix, address in (
        ("From", call.from_),
        ("To", call.to),
        ("Caller", call.from_),
        ("Called", call.to),
    ):
        fields += place(prefix, address)
    if call.parent_sid:
        fields.append(("ParentCallSid", call.parent_sid))
    if call.answered_by:
        fields.append(("AnsweredBy", call.answered_by))
    return fields


def progress(call: Call, status: str, sequence: int, now: datetime) -> Fields:
    """A status callback of a call. Durations are there only once it is completed: seconds, and begun minutes."""
    fields = about(call, status) + [
        ("CallbackSource", "call-progress-events"),
        ("SequenceNumber", str(sequence)),
        ("Timestamp", rfc2822(now)),
    ]
    if status in ("completed", "busy", "no-answer", "failed", "canceled"):
        seconds = call.seconds or 0
        fields += [
            ("CallDuration", str(seconds)),
            ("Duration", str(math.ceil(seconds / 60))),
        ]
        code = {
            "busy": "486",
            "no-answer": "487",
            "failed": "404",
            "canceled": "487",
        }.get(status, "200")
        fields.append(("SipResponseCode", code))
    return fields
