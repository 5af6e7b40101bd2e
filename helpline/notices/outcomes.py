"""What becomes of a notice is written down, and told in the same transaction to whoever wanted to know."""

from collections.abc import Callable

import structlog

from helpline.clock import HOUR, MINUTE
from helpline.doing import SAFE_IN_BACKUP
from helpline.errors import HelplineError, Unavailable
from helpline.house import House
from helpline.store import alarms, audit, deadlines, effects, notices
from helpline.store.db import Tx
from helpline.store.notices import Stored

LOOK_AFTER = 2 * MINUTE
"""A carrier loses callbacks: after so long it is asked what became of a text or a call."""

LOOKED_AT_FOR = {"voice": 10 * MINUTE, "sms": 2 * HOUR}
"""After so long nothing is learnt any more."""

log = structlog.get_logger()


def sent(tx: Tx, notice: Stored, provider_id: str | None = None) -> None:
    """It has left us; whether it came is not known. Told of twice (by a callback, and by the answer), it is once."""
    if provider_id is not None:
        notices.known_to_carrier(tx, notice.id, provider_id)
    if not notices.advance(tx, notice.id, "sent", was=("due",), sent_at=tx.now):
        return
    audit.add(tx, "system", "notice_sent", None, notice.id)
    if notice.channel != "email":
        deadlines.add(tx, "notice_look", notice.id, tx.now + LOOK_AFTER)
        effects.add(tx, "delete_notice", None, notice.id, not_before=tx.now + SAFE_IN_BACKUP)


def look_due(tx: Tx, house: House, notice_id: str) -> None:
    """Timer: nobody has told what became of this one."""
    notice = notices.find(tx, notice_id)
    if notice is not None and notice.state == "sent":
        effects.add(tx, "notice_look", None, notice_id)


def look_again(tx: Tx, house: House, notice: Stored) -> None:
    """Nothing is known yet. A call that never ends is given up; a text may have come, and stays as sent."""
    waited = tx.now - (notice.sent_at or notice.created_at)
    if waited < LOOKED_AT_FOR[notice.channel]:
        deadlines.add(tx, "notice_look", notice.id, tx.now + max(LOOK_AFTER, waited))
    elif notice.channel == "voice":
        failed(tx, house, notice, "lost")


def delivered(tx: Tx, house: House, notice: Stored) -> None:
    """It has come to the phone. Nobody is known to have read it."""
    if notices.end(tx, notice.id, "delivered", was=("due", "sent")):
        hooks = house.hooks.get(notice.purpose)
        if hooks is not None and hooks.delivered is not None:
            told = hooks.delivered
            _tell(tx, notice, lambda: told(tx, house, notice.subject_id))


def failed(tx: Tx, house: House, notice: Stored, code: str) -> None:
    """It did not come, or nobody was there: silence from now on, not after a wait."""
    if not notices.end(tx, notice.id, "failed", was=("due", "sent"), error=code):
        return
    audit.add(tx, "system", "notice_failed", None, notice.id, {"code": code})
    hooks = house.hooks.get(notice.purpose)
    if hooks is None:
        alarms.raise_alarm(tx, "notice_failed", f"notice_failed:{notice.channel}")
    else:
        _tell(tx, notice, lambda: hooks.failed(tx, house, notice.subject_id, code))


def answered(tx: Tx, house: House, notice: Stored, how: str, said: str) -> None:
    """A person has answered. The first answer counts, even after the carrier has said that it failed."""
    if not notices.answer(tx, notice.id, how):
        return
    notices.end(tx, notice.id, "delivered", was=("due", "sent", "failed"))
    audit.add(tx, "system", "notice_answered", None, notice.id, {"how": how})
    hooks = house.hooks.get(notice.purpose)
    if hooks is not None:
        _tell(tx, notice, lambda: hooks.answered(tx, house, notice.subject_id, how, said))


def _tell(tx: Tx, notice: Stored, tell: Callable[[], None]) -> None:
    """Whoever asked refuses it, because the matter is over: the phone's owner need not hear of that."""
    try:
        with tx.savepoint():
            tell()
    except Unavailable:
        raise
    except HelplineError as error:
        log.warning("notice_not_wanted", kind=notice.purpose, code=error.code)
