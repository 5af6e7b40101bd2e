"""Text messages, by SMS and WhatsApp: those that the helpline sends and those that phones send to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
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
SMS = "sms"
WHATSAPP = "whatsapp"
WHATSAPP_WINDOW = timedelta(hours=24)
"""So long after the other side has written, WhatsApp takes a text that is no template (63016)."""

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
    error: int | None = None


def channel_of(address: str) -> tuple[str, str]:
    """The channel of an address, and the number on it: ``whatsapp:+260...`` is WhatsApp, a bare number SMS."""
    scheme, _, number = address.rpartition(":")
    return (WHATSAPP, number) if scheme == WHATSAPP else (SMS, address)


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
        """The helpline sends a text. It is queued, then sent, then delivered, and by WhatsApp read."""
        now = self._switch.clock.now()
        sid = self._switch.sids.new("SM")
        message = Message(sid, from_, to, body, "outbound-api", "queued", now, now, None, callback)
        self.by_sid[sid] = message
        (channel, number), (_, line) = channel_of(to), channel_of(from_)
        text = Text(sid, channel, line, body, False, now, "queued")
        self._switch.phones.get(number).thread.append(text)
        self._switch.bell.ring()
        self._switch.spawn(self._deliver(message, text, number))
        return message

    async def _deliver(self, message: Message, text: Text, number: str) -> None:
        switch = self._switch
        await switch.clock.pause(0.5)
        phone = switch.phones.get(number)
        message.error = self._refusal(phone, text)
        ends = ("delivered", "read") if text.channel == WHATSAPP else ("delivered",)
        for status in ("sent", *(("undelivered",) if message.error else ends)):
            message.status = text.state = status
            message.updated = switch.clock.now()
            message.sent = message.sent or message.updated
            if status == "delivered":
                text.at = message.updated
                phone.texts.append(text)
            switch.bell.ring()
            self._tell(message, status)
            await switch.clock.pause(0.5)

    def _refusal(self, phone: Phone, text: Text) -> int | None:
        """Why the text does not arrive, as the carrier numbers it."""
        if text.channel == SMS:
            return 30003 if phone.answers == "unreachable" else None
        wrote = [one.at for one in phone.thread if one.sent and (one.channel, one.line) == (WHATSAPP, text.line)]
        if not wrote or self._switch.clock.now() - wrote[-1] > WHATSAPP_WINDOW:
            return 63016
        return 63024 if phone.answers == "unreachable" else None

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
        if channel_of(message.to)[0] == WHATSAPP:
            form += [("ChannelPrefix", WHATSAPP), ("ChannelToAddress", message.to), ("EventType", status.upper())]
        form += [("ErrorCode", str(message.error))] if status == "undelivered" else []
        self._switch.courier.tell(message.sid, "message-status", message.callback.url, "POST", form)

    async def receive(self, phone: Phone, to: str, body: str) -> None:
        """A phone sends a text to the helpline. A helpline that fails has lost it: Twilio does not ask again."""
        switch = self._switch
        channel, line = channel_of(to)
        if not switch.is_ours(line):
            raise ValueError("the helpline has no such number at this carrier")
        if channel == WHATSAPP and not line.startswith("+"):
            raise ValueError("WhatsApp needs a whole number, with its country code")
        now = switch.clock.now()
        sid = switch.sids.new("SM")
        from_ = phone.number if channel == SMS else f"{WHATSAPP}:{phone.number}"
        message = Message(sid, from_, to, body, "inbound", "received", now, now, now)
        self.by_sid[sid] = message
        text = Text(sid, channel, line, body, True, now, "sending")
        phone.texts.append(text)
        phone.thread.append(text)
        switch.bell.ring()
        if channel == SMS:
            self._mind_stop_words(phone.number, line, body)
        text.state = await self._ask(message)
        switch.bell.ring()
        await asyncio.sleep(0)

    def _mind_stop_words(self, phone: str, line: str, body: str) -> None:
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._stopped.add((phone, line))
        elif word in START_WORDS:
            self._stopped.discard((phone, line))

    async def _ask(self, message: Message) -> str:
        """Tell the helpline of a text and send what it answers. Gives "taken", or "lost" where it did not answer."""
        switch, url = self._switch, self._switch.line.message_url
        if url is None:
            return "lost"
        try:
            answer = await switch.courier.ask("message", url, "POST", self._inbound(message))
            for reply in _replies(answer.body):
                if not self.has_stopped(message.from_, message.to):
                    self.send(message.to, message.from_, reply, None)
        except WebhookError as problem:
            switch.report(problem, None)
            return "lost"
        except TwimlError as problem:
            switch.report(problem, None)
        return "taken"

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
        channel, number = channel_of(message.from_)
        if channel == SMS:
            return form + place("From", message.from_) + place("To", message.to)
        return [
            *form,
            ("MessageType", "text"),
            ("ProfileName", "Practice"),
            ("WaId", number.removeprefix("+")),
            ("ReferralNumMedia", "0"),
        ]


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
