"""An email as it goes out. Pure: the same notice gives the same headers, so that a doubled one is seen to be one."""

import re
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from helpline.clock import SECOND
from webhooks.ports import CarrierTrouble

MOST_SUBJECT = 150
MOST_ADDRESS = 254  # RFC 5321, with its path's brackets

_PLAIN = SMTP.clone(cte_type="7bit")  # whatever the servers on the way can do
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be written to whom. ``at``: when it was decided (µs)."""

    id: str
    to: str
    subject: str
    body: str
    at: int
    calendar: bytes | None = None
    calendar_method: str = "REQUEST"


@dataclass(frozen=True, slots=True)
class Written:
    """A letter ready for a mail server. Its recipient and its words stay out of every log."""

    to: str = field(repr=False)
    message: bytes = field(repr=False)


class Post(Protocol):
    """Whoever carries letters away. Raises `CarrierTrouble`: retry where the trouble may pass."""

    sender: str

    def deliver(self, written: Written) -> Awaitable[None]: ...


def write(letter: Letter, sender: str) -> Written:
    """Raises `CarrierTrouble` ("address_invalid", "address_not_ascii") for a recipient that cannot be written to.

    An address with letters beyond ASCII is refused: few servers take it, and one that is rewritten may be another's.
    """
    to = usable_address(letter.to)
    message = EmailMessage(policy=_PLAIN)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = datetime.fromtimestamp(letter.at // SECOND, UTC)
    message["Message-ID"] = f"<notice.{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_storable(letter.body))
    if letter.calendar is not None:
        said = letter.calendar.decode("utf-8", "replace")
        message.add_alternative(said, subtype="calendar", params={"method": letter.calendar_method})
        message.add_attachment(letter.calendar, maintype="application", subtype="ics", filename="invite.ics")
    return Written(to, message.as_bytes())


def usable_address(address: str) -> str:
    """The address without spaces around it. Raises `CarrierTrouble` as `write` does."""
    address = address.strip()
    if not address.isascii():
        raise CarrierTrouble("address_not_ascii", retry=False)
    if len(address) > MOST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise CarrierTrouble("address_invalid", retry=False)
    return address


def _one_line(subject: str) -> str:
    """What would begin another header becomes a space."""
    plain = "".join(letter if letter.isprintable() else " " for letter in _storable(subject))
    return " ".join(plain.split())[:MOST_SUBJECT]


def _storable(text: str) -> str:
    """Without halves of letters, which no mail can hold, and without NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
