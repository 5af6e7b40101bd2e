"""Text messages: those that the helpline sends and those that phones send to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from helpline.practice.delivery import Form, WebhookError
from helpline.practice.forms import API_VERSION, place
from helpline.practice.phones import Text
from helpline.practice.twiml import Callback, TwimlError

if TYPE_CHECKING:
    from helpline.practice.phones import Phone
    from helpline.practice.switch import Switch

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
MAX_BODY = 1600

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


@dataclass(slots=True, eq=False)
class Message:
    """A text message as the REST resource shows it."""

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    callback: Callback | None = None


def parts(body: str) -> int:
    """How many parts a text takes: 160 letters (153 joined) of GSM, else 70 (67 joined)."""
    single, joined, size = (160, 153, len(body))
    if not set(body) <= _GSM:
        single, joined, size = (
            70,
            67,
            len(body.encode("utf-16-le", "surrogatepass")) // 2,
        )
    return 1 if size <= single else -(-size // joined)


class Messages:
    """The carrier's messages."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.by_sid: dict[str, Message] = {}
        self._stopped: set[tuple[str, str]] = set()
        self.minds_stop_words = True

    def has_stopped(self, phone: str, number: str) -> bool:
        """Whether the phone has sent a stop word to this number."""
        return self.minds_stop_words and (phone, number) in self._stopped

    def send(self, from_: str, to: str, body: str, callback: Callback | None) -> Message:
        """The helpline sends a text. It is queued, then sent, then delivered."""
        now = self._switch.clock.now()
        sid = self._switch.sids.new("SM")
        message = Message(sid, from_, to, body, "outbound-api", "queued", now, now, None, callback)
        self.by_sid[sid] = message
        self._switch.spawn(self._deliver(message))
        return message

    async def _deliver(self, message: Message) -> None:
        switch = self._switch
        await switch.clock.pause(0.5)
        phone = switch.phones.get(message.to)
        fails = phone.answers == "unreachable"
        for status in ("sent", "undelivered" if fails else "delivered"):
            message.status = status
            message.updated = switch.clock.now()
            message.sent = message.sent or message.updated
            if status == "delivered":
                phone.texts.append(Text(message.sid, message.body, False, message.updated))
                switch.bell.ring()
            self._tell(message, status)
            await switch.clock.pause(0.5)

    def _tell(self, message: Message, status: str) -> None:
        if message.callback is None:
            return
        form = [
            ("MessageSid", message.sid),
            ("MessageStatus", status),
            ("SmsSid", message.sid),
            ("SmsStatus", status),
            ("AccountSid", self._switch.account_sid),
            ("From", message.from_),
            ("To", message.to),
            ("ApiVersion", API_VERSION),
        ]
        form += [("ErrorCode", "30003")] if status == "undelivered" else []
        self._switch.courier.tell(message.sid, "message-status", message.callback.url, "POST", form)

    async def receive(self, phone: Phone, to: str, body: str) -> None:
        """A phone sends a text to the helpline. A helpline that fails has lost it: Twilio does not ask again."""
        switch = self._switch
        if not switch.is_ours(to):
            raise ValueError("the helpline has no such number at this carrier")
        now = switch.clock.now()
        sid = switch.sids.new("SM")
        message = Message(sid, phone.number, to, body, "inbound", "received", now, now, now)
        self.by_sid[sid] = message
        phone.texts.append(Text(sid, body, True, now))
        switch.bell.ring()
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._stopped.add((phone.number, to))
        elif word in START_WORDS:
            self._stopped.discard((phone.number, to))
        if switch.line.message_url is None:
            return
        try:
            answer = await switch.courier.ask("message", switch.line.message_url, "POST", self._inbound(message))
            for reply in _replies(answer.body):
                if not self.has_stopped(phone.number, to):
                    self.send(to, phone.number, reply, None)
        except WebhookError as problem:
            switch.report(problem, None)
        except TwimlError as problem:
            switch.report(problem, None)
        await asyncio.sleep(0)

    def _inbound(self, message: Message) -> Form:
        form = [
            ("MessageSid", message.sid),
            ("SmsSid", message.sid),
            ("SmsMessageSid", message.sid),
            ("AccountSid", self._switch.account_sid),
            ("From", message.from_),
            ("To", message.to),
            ("Body", message.body),
            ("NumMedia", "0"),
            ("NumSegments", str(parts(message.body))),
            ("SmsStatus", "received"),
            ("ApiVersion", API_VERSION),
        ]
        return form + place("From", message.from_) + place("To", message.to)


def _replies(body: str) -> list[str]:
    """The texts that a message document sends back. Raises TwimlError (12100, 12200)."""
    if not body.strip():
        return []
    try:
        root = fromstring(body.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise TwimlError(12100, "The document is not well-formed XML") from problem
    if root.tag != "Response" or any(child.tag != "Message" or child.attrib for child in root):
        raise TwimlError(12200, "Only Message without attributes is practised")
    return [("".join(child.itertext())).strip() for child in root]
