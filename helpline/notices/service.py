"""A notice is written down with its cause, and sent after that; what becomes of it is told to whoever wanted it."""

import re
from dataclasses import dataclass

from helpline.clock import HOUR, SECOND
from helpline.errors import Invalid
from helpline.house import House
from helpline.privacy import Vault
from helpline.store import audit, effects, notices
from helpline.store.db import Tx

CHANNELS = ("email", "sms", "voice")
CODE_TRIES = 5
GOOD_FOR_S = 48 * HOUR // SECOND

_CODE = re.compile(r"[0-9]{4,8}")


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to an adult at work, never to a child. Exactly one channel."""

    purpose: str
    """Whose hooks are told what becomes of it: "page", "booking_offer", "referral_notice" ..."""
    subject_id: str
    """What it is about: an id in the purpose's own table."""
    channel: str
    """email | sms | voice."""
    to: str
    """Address or number, plain; sealed when stored."""
    subject: str = ""
    """Of an email; names no child and no matter."""
    body: str = ""
    """Of an email or a text, or the sentence that a call reads out: neutral."""
    language: str = "en"
    """Of the sentence that is read out."""
    line: str | None = None
    """Whose caller id is shown; None: the first line's."""
    caller_id: str | None = None
    """Of a call: another number of ours that is shown."""
    calendar: bytes | None = None
    """An .ics file, for an email."""
    calendar_method: str = "REQUEST"
    """REQUEST | CANCEL."""
    ask_key: str | None = None
    """Of a call: the digit that acknowledges."""
    reply_code: str | None = None
    """Of a text: 4 to 8 digits. A reply that holds them, from this number only, is an answer: once, within 5 tries."""
    good_for_s: int = GOOD_FOR_S
    """After so many seconds it is not sent any more (it fails as "expired"), and its code is no answer."""


def send(tx: Tx, house: House, notice: Notice) -> str:
    """Store the notice and what sends it; gives its id.

    Raises `Invalid` ("notice_channel", "notice_key", "notice_code", "notice_calendar") for what the program itself got
    wrong. A recipient or words that cannot be sent raise nothing: the notice then fails at once, as any other that
    cannot be delivered, so that no ladder stops at a mistyped address.
    """
    _must_be_possible(notice)
    vault, channel = house.vault, notice.channel
    id = notices.add(
        tx,
        purpose=notice.purpose,
        subject_id=notice.subject_id,
        channel=channel,
        to_enc=vault.seal(notice.to),
        to_hash=_number_hash(vault, notice.to) if channel != "email" else None,
        subject_enc=vault.seal(notice.subject) if notice.subject else None,
        body_enc=vault.seal(notice.body),
        calendar_enc=vault.seal_bytes(notice.calendar) if notice.calendar is not None else None,
        calendar_method=notice.calendar_method,
        language=notice.language,
        line=notice.line,
        caller_id=notice.caller_id,
        ask_key=notice.ask_key,
        tries_left=CODE_TRIES if notice.reply_code is not None else 0,
        good_until=tx.now + notice.good_for_s * SECOND,
    )
    if notice.reply_code is not None:
        notices.change(tx, id, code_hash=code_hash(vault, id, notice.reply_code))
    effects.add(tx, f"notice_{channel}", None, id)
    audit.add(tx, "system", "notice_written", None, id, {"purpose": notice.purpose, "channel": channel})
    return id


def cancel(tx: Tx, notice_id: str) -> None:
    """It is not wanted any more: not sent if it was not yet, and nobody is told. One that went out stays as it is."""
    if notices.end(tx, notice_id, "cancelled", was=("due",)):
        audit.add(tx, "system", "notice_cancelled", None, notice_id)


def code_hash(vault: Vault, notice_id: str, code: str) -> str:
    """By which a reply's code is known; every notice has its own, so that equal codes are not seen to be equal."""
    return vault.hash_word("notice code", f"{notice_id}:{code}")


def _must_be_possible(notice: Notice) -> None:
    if notice.channel not in CHANNELS:
        raise Invalid("notice_channel")
    if notice.ask_key is not None and (notice.channel != "voice" or not re.fullmatch("[0-9]", notice.ask_key)):
        raise Invalid("notice_key")
    if notice.reply_code is not None and (notice.channel != "sms" or not _CODE.fullmatch(notice.reply_code)):
        raise Invalid("notice_code")
    if notice.calendar is not None and (
        notice.channel != "email" or notice.calendar_method not in ("REQUEST", "CANCEL", "PUBLISH")
    ):
        raise Invalid("notice_calendar")


def _number_hash(vault: Vault, number: str) -> str | None:
    try:
        return vault.hash_number(number)
    except (Invalid, UnicodeError):  # it is no number, and none will be called
        return None
