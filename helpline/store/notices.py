"""Messages to adults at work, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import notices

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the table, in its words. The ``_enc`` are None once they are erased."""

    id: str
    purpose: str
    subject_id: str
    channel: str
    to_enc: bytes | None
    to_hash: str | None
    subject_enc: bytes | None
    body_enc: bytes | None
    calendar_enc: bytes | None
    calendar_method: str
    language: str
    line: str | None
    caller_id: str | None
    ask_key: str | None
    code_hash: str | None
    tries_left: int
    state: str
    error: str | None
    provider_id: str | None
    created_at: int
    good_until: int
    sent_at: int | None
    ended_at: int | None
    answered_at: int | None
    answered_how: str | None


_ALL = sa.select(*(notices.c[field.name] for field in fields(Stored)))
_GET = _ALL.where(notices.c.id == sa.bindparam("wanted"))
_BY_CARRIER = _ALL.where(notices.c.provider_id == sa.bindparam("wanted"))
_ABOUT = _ALL.where(notices.c.subject_id == sa.bindparam("wanted")).order_by(notices.c.id)
_REPLIES = _ALL.where(
    notices.c.to_hash == sa.bindparam("wanted"),
    notices.c.code_hash.is_not(None),
    notices.c.good_until > sa.bindparam("now"),
    notices.c.tries_left > 0,
    notices.c.state != "cancelled",  # one that counts as failed may have come all the same
).order_by(notices.c.id.desc())

_ANOTHER = sa.select(notices.c.id).where(
    notices.c.to_hash == sa.bindparam("wanted"),
    notices.c.channel == sa.bindparam("channel"),
    notices.c.state == "due",
    notices.c.id != sa.bindparam("but"),
)


def find(tx: Tx, id: str) -> Stored | None:
    row = tx.row(_GET, {"wanted": id})
    return None if row is None else Stored(*row)


def get(tx: Tx, id: str) -> Stored:
    """Raises `Invalid` ("notice_unknown")."""
    found = find(tx, id)
    if found is None:
        raise Invalid("notice_unknown")
    return found


def by_carrier(tx: Tx, provider_id: str) -> Stored | None:
    row = tx.row(_BY_CARRIER, {"wanted": provider_id})
    return None if row is None else Stored(*row)


def about(tx: Tx, subject_id: str) -> list[Stored]:
    """All that was ever sent about this, the oldest first."""
    return [Stored(*row) for row in tx.rows(_ABOUT, {"wanted": subject_id})]


def awaiting_reply(tx: Tx, to_hash: str) -> list[Stored]:
    """Those to this number whose code is an answer now, the newest first."""
    return [Stored(*row) for row in tx.rows(_REPLIES, {"wanted": to_hash, "now": tx.now})]


def another_is_due(tx: Tx, notice: Stored) -> bool:
    """Whether another notice is to go to the same number by the same channel, and is not known to have gone."""
    return tx.row(_ANOTHER, {"wanted": notice.to_hash, "channel": notice.channel, "but": notice.id}) is not None


def add(tx: Tx, **values: Any) -> str:
    id = tx.new_id()
    tx.insert(notices, {"id": id, "created_at": tx.now, **values})
    return id


def known_to_carrier(tx: Tx, id: str, provider_id: str) -> None:
    """The carrier's id of its text or call: the first that is heard of, and no other notice's."""
    if by_carrier(tx, provider_id) is None:
        tx.execute(
            notices.update().where(notices.c.id == id, notices.c.provider_id.is_(None)).values(provider_id=provider_id)
        )


def change(tx: Tx, id: str, **values: Any) -> None:
    tx.execute(notices.update().where(notices.c.id == id).values(**values))


def advance(tx: Tx, id: str, state: str, *, was: Sequence[str], **values: Any) -> bool:
    """Give it another state if it is in one of ``was``; whether it was."""
    changed = notices.update().where(notices.c.id == id, notices.c.state.in_(was)).values(state=state, **values)
    return tx.execute(changed).rowcount == 1


def end(tx: Tx, id: str, state: str, *, was: Sequence[str], error: str | None = None) -> bool:
    """Delivered, failed or cancelled, if it was in one of ``was``; whether it was."""
    return advance(tx, id, state, was=was, error=error, ended_at=tx.now)


def answer(tx: Tx, id: str, how: str) -> bool:
    """Somebody has answered: true for the first answer only."""
    first = (
        notices.update()
        .where(notices.c.id == id, notices.c.answered_at.is_(None))
        .values(answered_at=tx.now, answered_how=how)
    )
    return tx.execute(first).rowcount == 1


def wrong_code(tx: Tx, ids: Sequence[str]) -> None:
    """A try at each of their codes is used up."""
    tx.execute(notices.update().where(notices.c.id.in_(ids)).values(tries_left=notices.c.tries_left - 1))


def erase(tx: Tx, before: int) -> int:
    """Erases recipients and words of which nothing is expected since then (µs); of how many notices."""
    over = sa.func.coalesce(notices.c.ended_at, notices.c.good_until) < before
    some = sa.select(notices.c.id).where(notices.c.to_enc.is_not(None), over).limit(ROWS_AT_ONCE)
    nothing = dict.fromkeys(("to_enc", "to_hash", "subject_enc", "body_enc", "calendar_enc", "code_hash"))
    return tx.execute(notices.update().where(notices.c.id.in_(some)).values(nothing)).rowcount


def forget_before(tx: Tx, time: int) -> int:
    """Deletes notices that were written before then (µs); how many."""
    some = sa.select(notices.c.id).where(notices.c.created_at < time).limit(ROWS_AT_ONCE)
    return tx.execute(notices.delete().where(notices.c.id.in_(some))).rowcount
