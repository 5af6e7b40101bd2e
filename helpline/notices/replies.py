"""What comes back by text: how far a text has come, and a reply that holds its code.

Phones are shared: whatever is not surely a reply is a child's, and goes on as one.
"""

import re

from helpline.doing import SAFE_IN_BACKUP
from helpline.errors import Invalid
from helpline.house import House
from helpline.notices import outcomes
from helpline.notices.service import code_hash
from helpline.privacy import normalise_number
from helpline.store import effects, notices
from helpline.store.db import Tx
from webhooks.events import TextArrived, TextState, TextStatus

MOST_REPLY = 160
"""Characters. What is longer tells of something, and is no reply."""

_CODES = re.compile(r"(?<!\d)\d{4,8}(?!\d)")


def is_reply(tx: Tx, house: House, event: TextArrived) -> bool:
    """Take a text as the answer to a notice, if it is one: it comes from the number to which the notice went.

    A code that is wrong uses up a try at every notice whose code this number may send, and the text goes on.
    The same code once more is taken, and answers nothing.
    """
    if event.channel != "sms" or event.caller is None or event.cut or len(event.body) > MOST_REPLY:
        return False
    try:
        waiting = notices.awaiting_reply(tx, house.vault.hash_number(event.caller.number))
    except Invalid:
        return False
    codes = _codes_in(event.body) if waiting else []
    if not codes:
        return False
    for notice in waiting:
        if any(code_hash(house.vault, notice.id, code) == notice.code_hash for code in codes):
            outcomes.answered(tx, house, notice, "reply", event.body.strip())
            effects.add(
                tx, "delete_text", None, None, {"message": event.message_id}, not_before=tx.now + SAFE_IN_BACKUP
            )
            return True
    notices.wrong_code(tx, [notice.id for notice in waiting])
    return False


def status(tx: Tx, house: House, event: TextStatus) -> None:
    """How far the text of a notice has come; nothing for a text that is no notice's."""
    notice = notices.by_carrier(tx, event.message_id)
    if notice is None and event.text_id is not None:
        notice = notices.find(tx, event.text_id)  # it came before the carrier's id was stored
    if notice is None or notice.channel != "sms" or event.state is TextState.QUEUED:
        return
    outcomes.sent(tx, notice, event.message_id)
    if event.state is TextState.DELIVERED:
        outcomes.delivered(tx, house, notice)
    elif event.state is TextState.FAILED:
        outcomes.failed(tx, house, notice, f"carrier_{event.error}" if event.error else "undelivered")


def _codes_in(body: str) -> list[str]:
    """Groups of digits, of any script, that may be a code."""
    return [normalise_number(code) for code in _CODES.findall(body)]
